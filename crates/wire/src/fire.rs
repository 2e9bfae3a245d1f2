//! The decision ledger of a job: every due instant and what was decided about it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::execution::{StatusName, Trigger};

/// What was decided about a due instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It became an execution.
    Execution,
    /// It was due while nothing could run it.
    Missed,
    /// A rule said no.
    Skipped,
    /// A later owed instant ran in its place.
    Coalesced,
}

/// One line of the ledger. A line may stand for a range of instants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fire {
    /// The due instant, or the first of a range.
    pub due_at: Timestamp,
    /// The last instant of a range.
    pub until: Option<Timestamp>,
    /// Number of instants this line stands for.
    pub count: u64,
    /// What was decided.
    pub disposition: Disposition,
    /// Why, as a stable word.
    pub reason: Option<String>,
    /// What stands behind the reason, by name: calendar and entry.
    pub reason_detail: Option<String>,
    /// What started it.
    pub triggered_by: Trigger,
    /// UUID of the execution.
    pub execution_id: Option<String>,
    /// Status of the execution.
    pub status_name: Option<StatusName>,
}

/// A page of the ledger, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FirePage {
    /// The lines of this page.
    pub items: Vec<Fire>,
    /// Lines on all pages.
    pub total: u64,
    /// Page number, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
    /// Number of pages, at least 1.
    pub total_pages: u64,
}

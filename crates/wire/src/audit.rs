//! Who did what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Something that was changed or refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// Number, growing.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who, by the name of that time.
    pub actor: String,
    /// Who; 0 the system.
    pub actor_id: i64,
    /// Session or token.
    pub via: String,
    /// What: `job.created`, `login.failed`, ...
    pub action: String,
    /// Kind of thing.
    pub entity: String,
    /// Number of the thing.
    pub entity_id: Option<i64>,
    /// Name of the thing at that time.
    pub entity_name: Option<String>,
    /// Owner of the thing.
    pub owner_id: Option<i64>,
    /// What changed, without secrets.
    pub details: Value,
}

/// A page of audit events, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditPage {
    /// The events of this page.
    pub items: Vec<AuditEvent>,
    /// Events on all pages.
    pub total: u64,
    /// Page number, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
    /// Number of pages, at least 1.
    pub total_pages: u64,
}

/// Result of checking the chain of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditVerification {
    /// Number of events whose chain is unbroken.
    pub verified: u64,
}

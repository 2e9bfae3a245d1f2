//! Earlier versions of a job.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::job_edit::JobCreate;

/// What a job was after one of its changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobVersion {
    /// Version.
    pub version: i64,
    /// When it was made.
    pub at: Timestamp,
    /// Name of who made it.
    pub by: String,
    /// The job as a body that would create it again.
    pub definition: JobCreate,
}

//! Many jobs at once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::execution::StatusName;
use crate::job_edit::JobCreate;
use crate::schedule::JobType;

/// Many new jobs; all are created or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobBatch {
    /// The jobs.
    #[schema(min_items = 1, max_items = 1000)]
    pub jobs: Vec<JobCreate>,
}

/// The numbers of the jobs created, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobBatchCreated {
    /// The numbers.
    pub ids: Vec<i64>,
}

/// What to do with many jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// Let the schedules count.
    Enable,
    /// Let the schedules not count.
    Disable,
    /// Suspend.
    Pause,
    /// End pauses.
    Resume,
    /// Run now.
    Run,
    /// Delete.
    Delete,
    /// Add `tag`.
    Tag,
    /// Remove `tag`.
    Untag,
}

/// Which jobs, by the same members as the list's query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"tag": "nightly", "isEnabled": true}))]
pub struct JobFilter {
    /// Enabled or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// Paused or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_paused: Option<bool>,
    /// Kind of schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// Key of the task function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_function_key: Option<String>,
    /// Owner (administrators).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<i64>,
    /// A tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Text in names, descriptions, task function, tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Status of the last execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_status: Option<StatusName>,
}

/// An action on many jobs: either `ids` or `filter`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"action": "pause", "ids": [1, 2], "reason": "maintenance"}))]
pub struct BulkRequest {
    /// What to do.
    pub action: BulkAction,
    /// These jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 10000)]
    pub ids: Option<Vec<i64>>,
    /// All jobs that match; an empty object means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<JobFilter>,
    /// End of the pause, for `pause`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why, for `pause`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// The tag, for `tag` and `untag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// An administrator's confirmation for critical jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_primary: Option<bool>,
}

/// A job that a bulk action left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkRefusal {
    /// The job.
    pub id: i64,
    /// Why.
    pub reason: String,
}

/// What a bulk action did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkResponse {
    /// Jobs it was done to.
    pub done: Vec<i64>,
    /// Jobs it was not done to.
    pub refused: Vec<BulkRefusal>,
}

//! Doing something with one job: the seeds' actions, and a run with parameters.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::job::Job;

/// What to do with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobAction {
    /// Let the schedule count.
    Enable,
    /// Let the schedule not count.
    Disable,
    /// Run now.
    Trigger,
    /// Suspend; persistent, separate from disabling.
    Pause,
    /// End a pause.
    Resume,
}

/// A request to do something with a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"action": "trigger"}))]
pub struct JobActionRequest {
    /// What to do.
    pub action: JobAction,
    /// Parameters for this run only, for `trigger`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    pub parameters: Option<Map<String, Value>>,
    /// End of the pause, for `pause`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why, for `pause`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// An administrator's confirmation, for disabling a critical job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_primary: Option<bool>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobActionResponse {
    /// Always true; failures are problems.
    pub success: bool,
    /// One sentence.
    pub message: String,
    /// UUID of the execution, for `trigger`.
    pub execution_id: Option<String>,
    /// The job afterwards.
    pub job: Job,
}

/// A request to run a job now or at an instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"parameters": {"message": "once more"}}))]
pub struct RunRequest {
    /// Parameters for this run only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    pub parameters: Option<Map<String, Value>>,
    /// When to run; at once when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

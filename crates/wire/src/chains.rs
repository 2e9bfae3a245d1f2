//! Jobs that run after other jobs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::execution::StatusName;

/// Which ends of a parent count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnEnd {
    /// `success`.
    Success,
    /// `failed`, `timeout`, `lost` or `partial`.
    Failure,
    /// Any end of a run; not what was missed or skipped.
    Completion,
}

/// How several parents make one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JoinMode {
    /// One run when each of them has ended since the last one.
    #[default]
    All,
    /// One run for each end.
    Any,
}

/// A job after whose end another runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"jobId": 7, "on": "success", "alias": "export"}))]
pub struct ParentJob {
    /// The job.
    pub job_id: i64,
    /// Which of its ends count.
    pub on: OnEnd,
    /// A word by which parameters refer to its result: `{"$result": {"job": "export", "path": "/rows"}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub alias: Option<String>,
}

/// What a job runs after, besides its schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"parents": [{"jobId": 7, "on": "success"}, {"jobId": 8, "on": "completion"}], "mode": "all", "withinSeconds": 3600}))]
pub struct After {
    /// The jobs, at most 20.
    pub parents: Vec<ParentJob>,
    /// How several of them make one run. Default `all`.
    #[serde(default)]
    pub mode: JoinMode,
    /// With `all`: the ends that are joined lie within this time, in seconds. Without it they may lie any time apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub within_seconds: Option<u32>,
}

/// An execution whose end started another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParentExecution {
    /// Its UUID.
    pub execution_id: String,
    /// Its job.
    pub job_id: i64,
}

/// The end of a parent that waits for the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingEnd {
    /// The parent.
    pub job_id: i64,
    /// Its execution's UUID.
    pub execution_id: String,
    /// How it ended.
    pub status_name: StatusName,
    /// When.
    pub finished_at: Timestamp,
}

/// A job in a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainJob {
    /// Number.
    pub id: i64,
    /// English name, or what stands for it.
    pub name: String,
    /// Arabic name.
    pub name_ar: Option<String>,
    /// Whether it is enabled.
    pub is_enabled: bool,
    /// Whether a pause is in force.
    pub is_paused: bool,
    /// A deleted parent never ends again.
    pub is_deleted: bool,
    /// Whether its ends lead to the job that was asked about.
    pub is_ancestor: bool,
    /// Whether the ends of the job that was asked about lead to it.
    pub is_descendant: bool,
    /// Status of its last execution.
    pub last_status: Option<StatusName>,
    /// Due instant of that.
    pub last_run_at: Option<Timestamp>,
    /// Status of an execution that is pending or running.
    pub current_execution_status: Option<StatusName>,
    /// UUID of that execution.
    pub current_execution_id: Option<String>,
    /// What it runs after: the edges of the graph. Jobs that the asker does not see are left out.
    pub after: Option<After>,
    /// Ends of its parents that wait for the others.
    pub waiting: Vec<WaitingEnd>,
}

/// A job with all that leads to it and follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// The job that was asked about.
    pub job_id: i64,
    /// It and the others, by number.
    pub jobs: Vec<ChainJob>,
    /// Whether there are more than are listed.
    pub truncated: bool,
}

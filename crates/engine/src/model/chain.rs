//! Jobs that run after other jobs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Status;

/// Which ends of a parent count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnEnd {
    /// `success`.
    Success,
    /// `failed`, `timeout`, `lost` or `partial`.
    Failure,
    /// Any end of a run; not what was missed or skipped.
    Completion,
}

/// A job after whose end another runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parent {
    /// The job.
    pub job_id: i64,
    /// Which of its ends count.
    pub on: OnEnd,
    /// A word by which parameters refer to its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
}

/// How several parents make one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinMode {
    /// One run when each of them has ended since the last one.
    #[default]
    All,
    /// One run for each end.
    Any,
}

/// What a job runs after, besides its schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct After {
    /// The jobs.
    pub parents: Vec<Parent>,
    /// How several of them make one run.
    #[serde(default)]
    pub mode: JoinMode,
    /// With `all`: the ends that are joined lie within this time, in seconds; `None` means without bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_seconds: Option<u32>,
}

impl OnEnd {
    /// The number stored.
    pub fn id(self) -> i64 {
        match self {
            OnEnd::Success => 1,
            OnEnd::Failure => 2,
            OnEnd::Completion => 3,
        }
    }

    /// Whether a run that ended so counts.
    pub fn counts(self, status: Status) -> bool {
        match self {
            OnEnd::Success => status == Status::Success,
            OnEnd::Failure => matches!(
                status,
                Status::Failed | Status::Timeout | Status::Lost | Status::Partial
            ),
            OnEnd::Completion => status.is_finished_run(),
        }
    }

    /// All of them.
    pub const ALL: [OnEnd; 3] = [OnEnd::Success, OnEnd::Failure, OnEnd::Completion];
}

/// An execution that started another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentExecution {
    /// Its UUID.
    pub execution: String,
    /// Its job.
    pub job_id: i64,
}

/// An end that waits for the other parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEnd {
    /// The parent.
    pub job_id: i64,
    /// Its execution's UUID.
    pub execution: String,
    /// How it ended.
    pub status: Status,
    /// When.
    pub finished_at: Timestamp,
}

/// A job in a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainJob {
    /// Number.
    pub id: i64,
    /// English name, or what stands for it.
    pub title: String,
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
    /// Whether the end of the job that was asked about leads to it.
    pub is_descendant: bool,
    /// Status of its last execution.
    pub last_status: Option<Status>,
    /// Due instant of that.
    pub last_run_at: Option<Timestamp>,
    /// Status of an execution that is pending or running.
    pub current_status: Option<Status>,
    /// UUID of that execution.
    pub current_execution: Option<String>,
    /// What it runs after, of the jobs that the asker sees.
    pub after: Option<After>,
    /// Ends of parents that wait for the others.
    pub waiting: Vec<WaitingEnd>,
}

/// A job with all that leads to it and follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The jobs, by number; the one that was asked about is among them.
    pub jobs: Vec<ChainJob>,
    /// There are more than are listed.
    pub truncated: bool,
}

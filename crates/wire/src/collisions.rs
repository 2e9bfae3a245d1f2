//! Which other jobs start together with a schedule.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many other jobs start together with a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Collisions {
    /// The next runs; of several in one minute the first.
    pub runs: Vec<BusyMinute>,
    /// A minute close to the first run, on the same day, in which fewer jobs start. Null when there is none, or when the
    /// schedule runs more often than each hour.
    pub quieter: Option<BusyMinute>,
    /// Whether the numbers of jobs are estimates from a sample of a thousand.
    pub is_estimate: bool,
}

/// An instant, and how many other jobs start in its minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BusyMinute {
    /// The instant.
    pub at: Timestamp,
    /// The wall clock of the schedule's zone then.
    pub local: String,
    /// Other jobs that start in the same minute.
    pub jobs: u64,
}

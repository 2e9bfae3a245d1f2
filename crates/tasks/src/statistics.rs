//! What a host tells about its jobs, its users and itself, for reports.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

/// A question to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticsRequest {
    /// What it is about.
    pub subject: Subject,
    /// Due instants from here on; the host counts by quarters of an hour.
    pub from: Timestamp,
    /// Due instants before this.
    pub until: Timestamp,
    /// Days are those of this zone.
    pub zone: TimeZone,
}

/// What statistics are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// What people did. For administrators' jobs.
    UserActivity,
    /// The scheduler as a whole.
    System,
    /// Jobs and what became of their due instants.
    Jobs,
}

/// The host's answer, of what the run's owner may see.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Statistics {
    /// What people did.
    UserActivity(UserActivity),
    /// The scheduler as a whole.
    System(SystemStatistics),
    /// Jobs and what became of their due instants.
    Jobs(JobStatistics),
}

/// What became of due instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Ran and succeeded.
    pub success: u64,
    /// Failed, timed out or were lost.
    pub failed: u64,
    /// Did a part of it.
    pub partial: u64,
    /// Were cancelled.
    pub cancelled: u64,
    /// Were due while nothing could run them.
    pub missed: u64,
    /// Did not run because a rule said so.
    pub skipped: u64,
}

impl Counts {
    /// How many ran and ended.
    #[must_use]
    pub const fn finished(&self) -> u64 {
        self.success + self.failed + self.partial + self.cancelled
    }

    /// Successful among those that ran and ended, in per cent with one decimal; `None` when none did.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        let finished = self.finished();
        (finished > 0).then(|| (self.success as f64 / finished as f64 * 1_000.0).round() / 10.0)
    }
}

/// What became of the due instants of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DayCounts {
    /// The day, in the zone that was asked for.
    pub day: Date,
    /// How many of each kind.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What people did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserActivity {
    /// Accounts that are not disabled.
    pub total_users: u64,
    /// Of those, the ones that did something.
    pub active_users: u64,
    /// Every account with something to tell, the busiest first; at most a thousand.
    pub users: Vec<PersonActivity>,
    /// Day by day, also days on which nothing happened.
    pub days: Vec<ActiveDay>,
}

impl UserActivity {
    /// Active among all accounts, in per cent with one decimal; `None` when there is no account.
    #[must_use]
    pub fn activity_rate(&self) -> Option<f64> {
        (self.total_users > 0)
            .then(|| (self.active_users as f64 / self.total_users as f64 * 1_000.0).round() / 10.0)
    }
}

/// What one person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonActivity {
    /// Number of the account.
    pub id: i64,
    /// Name of the account.
    pub name: String,
    /// `admin`, `user` or `viewer`.
    pub role: String,
    /// Events of the audit trail.
    pub actions: u64,
    /// Jobs that are the person's now.
    pub jobs: u64,
    /// Executions of the person's jobs that ran and ended.
    pub executions: u64,
    /// The last event, or the last time they signed in.
    pub last_seen_at: Option<Timestamp>,
}

/// What happened on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveDay {
    /// The day, in the zone that was asked for.
    pub day: Date,
    /// People who did something.
    pub users: u64,
    /// Events of the audit trail.
    pub actions: u64,
}

/// The scheduler as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemStatistics {
    /// Jobs not deleted.
    pub total_jobs: u64,
    /// Of those, enabled and not paused.
    pub active_jobs: u64,
    /// Executions running now.
    pub running: u64,
    /// Executions waiting now.
    pub waiting: u64,
    /// Ended executions in the history.
    pub kept_executions: u64,
    /// What became of due instants.
    pub totals: Counts,
    /// Day by day, also days on which nothing was due.
    pub days: Vec<DayCounts>,
    /// Processes that are part of it.
    pub instances: Vec<InstanceReport>,
}

/// A process of the scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceReport {
    /// Its name.
    pub name: String,
    /// The machine it runs on.
    pub host: String,
    /// Its version.
    pub version: String,
    /// `running`, `stopping` and the like.
    pub status: String,
    /// Since when it runs.
    pub started_at: Timestamp,
}

/// Jobs and what became of their due instants.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobStatistics {
    /// Jobs not deleted.
    pub total_jobs: u64,
    /// Of those, enabled and not paused.
    pub active_jobs: u64,
    /// What became of due instants.
    pub totals: Counts,
    /// Day by day, also days on which nothing was due.
    pub days: Vec<DayCounts>,
    /// Jobs with executions still in the history, the most failures first; at most a thousand.
    pub jobs: Vec<JobCounts>,
    /// Why executions failed, the most frequent cause first.
    pub failures: Vec<CauseCount>,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobCounts {
    /// Its number.
    pub id: i64,
    /// Its name in English.
    pub name: String,
    /// Its name in Arabic.
    pub name_ar: Option<String>,
    /// What became of its executions.
    #[serde(flatten)]
    pub counts: Counts,
    /// How long a run took, on average, in milliseconds.
    pub average_ms: Option<u64>,
    /// How long the longest run took, in milliseconds.
    pub longest_ms: Option<u64>,
}

/// Failures of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CauseCount {
    /// The word of the cause.
    pub cause: String,
    /// How many.
    pub count: u64,
    /// The end of the last one.
    pub last_at: Timestamp,
}

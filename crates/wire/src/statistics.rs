//! Numbers over many jobs and executions: what the dashboard, the calendar and the job list draw.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::execution::StatusName;

/// The numbers of a dashboard, of what the asker may see. "Today" is the present day in the zone of the request, by due
/// instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    /// Jobs not deleted.
    pub total_jobs: u64,
    /// Of those, enabled and not paused.
    pub active_jobs: u64,
    /// Executions running now.
    pub running_now: u64,
    /// Executions due today that ran and ended.
    pub finished_today: u64,
    /// Of those, successful.
    pub success_today: u64,
    /// Of those, failed, timed out or lost.
    pub failed_today: u64,
    /// Instants due today that nothing could run.
    pub missed_today: u64,
    /// Successful among the finished of today, 0-100 with one decimal; null when nothing has finished.
    #[schema(minimum = 0, maximum = 100)]
    pub success_rate: Option<f64>,
    /// Failures of the last 24 hours by cause, most first, at most 8.
    pub failures: Vec<FailureGroup>,
    /// What is due within the next hour, by time, at most 200. When there is more, each job shows its first instant
    /// before any job shows its second.
    pub upcoming: Vec<ComingRun>,
}

/// Failures of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureGroup {
    /// Word for the cause: `exit_code`, `timeout`, `http_status`, `network`, `lost`, …
    pub cause: String,
    /// How many.
    pub count: u64,
    /// End of the last of them.
    pub last_at: Timestamp,
    /// UUID of the newest of them.
    pub execution_id: String,
    /// Its job.
    pub job_id: i64,
    /// Name of the job: English, else Arabic, else its number.
    pub job_name: String,
    /// Arabic name of the job.
    pub job_name_ar: Option<String>,
    /// Why it failed.
    pub message: Option<String>,
    /// The same in Arabic; null where that is not another text.
    pub message_ar: Option<String>,
}

/// A due instant to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComingRun {
    /// The job.
    pub job_id: i64,
    /// Name of the job: English, else Arabic, else its number.
    pub job_name: String,
    /// Arabic name of the job.
    pub job_name_ar: Option<String>,
    /// The instant.
    pub at: Timestamp,
}

/// A heat map: what became of due instants by hour and day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeatMap {
    /// The hours in which something was due, in order.
    pub cells: Vec<HeatCell>,
}

/// One hour of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeatCell {
    /// The day in the zone of the request.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The hour of the day, 0-23.
    #[schema(maximum = 23)]
    pub hour: u8,
    /// Ended executions and missed instants.
    pub total: u64,
    /// Failed, timed out or lost.
    pub failed: u64,
    /// Missed.
    pub missed: u64,
}

/// Jobs by day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Calendar {
    /// The days on which something was or is due, in order.
    pub days: Vec<CalendarDay>,
    /// Whether jobs or instants were left out because there are too many.
    pub truncated: bool,
}

/// The jobs of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarDay {
    /// The day in the zone of the request.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The jobs, by their first instant.
    pub jobs: Vec<CalendarJob>,
}

/// A job on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarJob {
    /// The job.
    pub job_id: i64,
    /// Name of the job: English, else Arabic, else its number.
    pub job_name: String,
    /// Arabic name of the job.
    pub job_name_ar: Option<String>,
    /// Executions, also those that have not ended, and instants that were missed or skipped.
    pub total: u64,
    /// Ended well.
    pub success: u64,
    /// Failed, timed out or lost.
    pub failed: u64,
    /// Missed.
    pub missed: u64,
    /// Skipped.
    pub skipped: u64,
    /// Instants to come, at most 1440.
    pub upcoming: u64,
    /// First instant of the day.
    pub first_at: Timestamp,
    /// Last instant of the day.
    pub last_at: Timestamp,
}

/// The last executions of several jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sparklines {
    /// The jobs that have executions.
    pub items: Vec<Sparkline>,
}

/// The last executions of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sparkline {
    /// The job.
    pub job_id: i64,
    /// At most 20 ended executions, oldest first.
    pub runs: Vec<SparkRun>,
}

/// One execution of a sparkline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SparkRun {
    /// UUID of the execution.
    pub execution_id: String,
    /// How it ended.
    pub status_name: StatusName,
    /// The due instant.
    pub scheduled_at: Timestamp,
    /// Run time in milliseconds, when it ran.
    pub duration_ms: Option<i64>,
}

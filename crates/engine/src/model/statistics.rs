//! Counts over jobs and executions, as dashboards and calendars show them.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Status;

/// The numbers of a dashboard. "Today" is the present day in the zone that was asked for, by due instant.
#[derive(Clone, Debug, PartialEq)]
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
    /// Successful among the finished of today, in per cent; `None` when nothing has finished.
    pub success_rate: Option<f64>,
    /// Failures of the last 24 hours by cause, most first.
    pub failures: Vec<FailureGroup>,
    /// What is due within the next hour, by time. When that is much, every job is shown and frequent ones in part.
    pub upcoming: Vec<ComingRun>,
}

/// Failures of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureGroup {
    /// Word for the cause.
    pub cause: String,
    /// How many.
    pub count: u64,
    /// End of the last of them.
    pub last_at: Timestamp,
    /// UUID of the last of them.
    pub execution: String,
    /// Its job.
    pub job_id: i64,
    /// The job's name (English).
    pub job_name: String,
    /// The job's name in Arabic.
    pub job_name_ar: Option<String>,
    /// Why it failed.
    pub message: Option<String>,
    /// The same in Arabic, where that is not the same text.
    pub message_ar: Option<String>,
}

/// A due instant to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComingRun {
    /// The job.
    pub job_id: i64,
    /// Its name (English).
    pub job_name: String,
    /// Its name in Arabic.
    pub job_name_ar: Option<String>,
    /// The instant.
    pub at: Timestamp,
}

/// What became of the instants due in one hour of one day of a zone. An hour that a clock change repeats is one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeatCell {
    /// The day.
    pub day: Date,
    /// The hour, 0-23.
    pub hour: u8,
    /// Ended executions and missed instants.
    pub total: u64,
    /// Failed, timed out or lost.
    pub failed: u64,
    /// Missed.
    pub missed: u64,
}

/// Jobs by day.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// Days on which something was or is due, in order.
    pub days: Vec<CalendarDay>,
    /// Whether jobs or instants were left out because there are too many of them.
    pub truncated: bool,
}

/// The jobs of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarDay {
    /// The day in the zone that was asked for.
    pub day: Date,
    /// The jobs, by their first instant.
    pub jobs: Vec<CalendarJob>,
}

/// A job on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarJob {
    /// The job.
    pub job_id: i64,
    /// Its name (English).
    pub job_name: String,
    /// Its name in Arabic.
    pub job_name_ar: Option<String>,
    /// Executions, also live ones, and instants that were missed or skipped.
    pub total: u64,
    /// Ended well.
    pub success: u64,
    /// Failed, timed out or lost.
    pub failed: u64,
    /// Missed.
    pub missed: u64,
    /// Skipped.
    pub skipped: u64,
    /// Instants to come.
    pub upcoming: u64,
    /// First instant of the day.
    pub first_at: Timestamp,
    /// Last instant of the day.
    pub last_at: Timestamp,
}

/// The last executions of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparkline {
    /// The job.
    pub job_id: i64,
    /// At most 20 ended executions, oldest first.
    pub runs: Vec<SparkRun>,
}

/// One execution of a sparkline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparkRun {
    /// UUID of the execution.
    pub execution: String,
    /// How it ended.
    pub status: Status,
    /// The due instant.
    pub due_at: Timestamp,
    /// Run time in milliseconds, when it ran.
    pub duration_ms: Option<i64>,
}

/// How many other jobs start together with a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collisions {
    /// The next runs, in order; of several in one minute the first.
    pub runs: Vec<BusyMinute>,
    /// A minute close to the first run, on the same day, in which fewer jobs start.
    pub quieter: Option<BusyMinute>,
    /// Whether the numbers of jobs are estimates from a sample.
    pub is_estimate: bool,
}

/// An instant, and how many jobs start in its minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyMinute {
    /// The instant.
    pub at: Timestamp,
    /// The same on the wall clock of the schedule's zone, with its offset.
    pub local: String,
    /// Other jobs that start in the same minute.
    pub jobs: u64,
}

//! Jobs as the server answers them: the seeds' members and what Orloj adds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::calendars::{CalendarUse, ExecutionWindow, OutsideWindows};
use crate::chains::After;
use crate::execution::StatusName;
use crate::notifications::NotificationPolicy;
use crate::schedule::{CronFields, DstPolicy, JobType, LocalText, Recurrence};
use crate::settings::{Delivery, Overlap, Retention, RetryPolicy};

/// A job with everything known about it. Members that do not apply are null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Number.
    pub id: i64,
    /// Version, growing with every change; the ETag is `"v<version>"`.
    pub version: i64,
    /// Number of the task function.
    pub task_function_id: i64,
    /// Key of the task function.
    pub task_function_key: String,
    /// 1 interval, 2 cron, 3 once, 4 daily, 5 weekly, 6 monthly, 7 manual.
    pub job_type_id: i64,
    /// The same as a word.
    pub job_type_name: JobType,
    /// English name.
    pub name_en: Option<String>,
    /// Arabic name.
    pub name_ar: Option<String>,
    /// English description.
    pub description_en: Option<String>,
    /// Arabic description.
    pub description_ar: Option<String>,
    /// Seconds of the interval; the four parts add up.
    pub interval_seconds: Option<u32>,
    /// Minutes of the interval.
    pub interval_minutes: Option<u32>,
    /// Hours of the interval.
    pub interval_hours: Option<u32>,
    /// Days of the interval.
    pub interval_days: Option<u32>,
    /// Cron expression.
    pub cron_expression: Option<String>,
    /// Cron fields, for a job that was made with them.
    pub cron_fields: Option<CronFields>,
    /// The one instant of a `once` job.
    pub run_at: Option<Timestamp>,
    /// Recurrence of a daily, weekly or monthly job.
    pub recurrence: Option<Recurrence>,
    /// Whether the job runs only by hand.
    pub manual: bool,
    /// IANA time zone whose wall clock the schedule means.
    pub timezone: String,
    /// Nothing runs before this instant; an interval is counted from it.
    pub start_at: Option<Timestamp>,
    /// Nothing runs after this instant.
    pub end_at: Option<Timestamp>,
    /// What happens when the wall clock jumps.
    pub dst: DstPolicy,
    /// The schedule in words.
    pub schedule_text: LocalText,
    /// Calendars that keep instants of the schedule from running, or move them.
    pub calendars: Vec<CalendarUse>,
    /// Hours in which a scheduled run may start; any when empty.
    pub execution_windows: Vec<ExecutionWindow>,
    /// What becomes of an instant outside the windows.
    pub outside_windows: OutsideWindows,
    /// Jobs after whose end it runs, besides its schedule.
    pub after: Option<After>,
    /// Parameters of the task function.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub parameters: Map<String, Value>,
    /// Higher first whenever more is ready than there are free slots.
    pub priority: i32,
    /// Executions of the job that may run at the same time.
    pub max_instances: u32,
    /// How late an instant may start, in seconds; null means without bound.
    pub misfire_grace_time: Option<u32>,
    /// Of several owed instants only the latest runs.
    pub coalesce: bool,
    /// What happens at `maxInstances`.
    pub overlap: Overlap,
    /// What a crash in the middle of a run means.
    pub delivery: Delivery,
    /// Time limit of one attempt, in seconds.
    pub timeout_seconds: Option<u32>,
    /// Time limit of an execution over all attempts, in seconds.
    pub total_timeout_seconds: Option<u32>,
    /// Retries.
    pub retry_policy: RetryPolicy,
    /// History.
    pub retention: Retention,
    /// Who is told of what about this job, besides the rules of its owner and of administrators.
    pub notifications: Vec<NotificationPolicy>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Whether the schedule counts.
    pub is_enabled: bool,
    /// False once deleted.
    pub is_active: bool,
    /// Critical: not deleted or disabled except by an administrator who confirms.
    pub is_primary: bool,
    /// Whether a pause is in force.
    pub is_paused: bool,
    /// Since when.
    pub paused_at: Option<Timestamp>,
    /// Until when; null until somebody resumes it.
    pub paused_until: Option<Timestamp>,
    /// Why.
    pub pause_reason: Option<String>,
    /// Next due instant that will fire.
    pub next_run_at: Option<Timestamp>,
    /// Due instant of the last execution that started.
    pub last_run_at: Option<Timestamp>,
    /// Its status.
    pub last_status: Option<StatusName>,
    /// Executions pending or running now.
    pub live_executions: u64,
    /// UUID of one of them, running first.
    pub current_execution_id: Option<String>,
    /// Its status.
    pub current_execution_status: Option<StatusName>,
    /// Owner.
    pub owner_id: i64,
    /// Name of the owner.
    pub owner_name: String,
    /// When created.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Option<Timestamp>,
    /// Who created it.
    pub created_by_id: Option<i64>,
    /// Who changed it last.
    pub updated_by_id: Option<i64>,
}

/// A page of jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobPage {
    /// The jobs of this page.
    pub items: Vec<Job>,
    /// Jobs on all pages.
    pub total: u64,
    /// Page number, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
    /// Number of pages, at least 1.
    pub total_pages: u64,
}

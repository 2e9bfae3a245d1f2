//! Jobs: a task function, parameters, a schedule and settings, owned by a user.

use jiff::Timestamp;
use orloj_schedule::{CalendarRule, ExecutionWindow, OutsideWindows, Spec};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{After, NotificationPolicy, Status};

/// What may not be lost when an instance dies in the middle of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Never started twice; a run cut off by a crash ends as `lost`.
    AtMostOnce,
    /// Started again after a crash, as its next attempt.
    AtLeastOnce,
}

/// What happens to a fire while its job runs at its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// The fire is skipped and recorded.
    #[default]
    Skip,
    /// The fire waits its turn.
    Queue,
    /// The oldest run is cancelled to make room.
    CancelRunning,
}

/// How the delay between attempts grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// Always the same.
    #[default]
    Fixed,
    /// Delay times attempt number.
    Linear,
    /// Doubles each time.
    Exponential,
}

/// Causes of a failed attempt that a retry policy can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryCause {
    /// Any failure but a refusal of the parameters.
    Failed,
    /// The time limit of an attempt.
    Timeout,
    /// The instance died.
    Lost,
    /// A program's exit code.
    ExitCode,
    /// An HTTP status.
    HttpStatus,
    /// No connection.
    Network,
}

/// When and how often an execution is tried again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RetryPolicy {
    /// Attempts in all, the first included: 1 means no retry.
    pub max_attempts: u32,
    /// Delay before the second attempt, in seconds.
    pub delay_seconds: f64,
    /// How the delay grows.
    pub backoff: Backoff,
    /// Cap of the delay, in seconds.
    pub max_delay_seconds: f64,
    /// Part of the delay that is random, 0 to 1.
    pub jitter: f64,
    /// Only these causes; empty means every failure, time-out and loss.
    pub on: Vec<RetryCause>,
    /// With `exit_code` in `on`: only these codes; empty means any.
    pub exit_codes: Vec<i32>,
    /// With `http_status` in `on`: only these statuses; empty means any.
    pub http_statuses: Vec<u16>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 1,
            delay_seconds: 10.0,
            backoff: Backoff::Fixed,
            max_delay_seconds: 3_600.0,
            jitter: 0.0,
            on: Vec::new(),
            exit_codes: Vec::new(),
            http_statuses: Vec::new(),
        }
    }
}

/// How long history of one job is kept, where it differs from the installation's rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Retention {
    /// Days.
    pub days: Option<u32>,
    /// Number of executions.
    pub count: Option<u32>,
    /// Days that files of runs are kept; never longer than their executions.
    pub artifact_days: Option<u32>,
}

/// A calendar that a job is subject to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarUse {
    /// Number of the calendar.
    pub calendar_id: i64,
    /// What it does to the job.
    pub rule: CalendarRule,
}

/// How a job is run. Stored; what a newer Orloj has added is passed over, so that an older one beside it can still read
/// the job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Higher first whenever more is ready than there are free slots.
    pub priority: i32,
    /// Attempts of the job that may run at the same time, 1-10.
    pub max_instances: u32,
    /// How late an instant may start, in seconds; `None` means without bound.
    pub misfire_grace_seconds: Option<u32>,
    /// Of several owed instants only the latest runs.
    pub coalesce: bool,
    /// What happens at the limit.
    pub overlap: Overlap,
    /// What happens after a crash.
    pub delivery: Delivery,
    /// Time limit of one attempt, in seconds.
    pub timeout_seconds: Option<u32>,
    /// Time limit of an execution over all attempts and delays, in seconds.
    pub total_timeout_seconds: Option<u32>,
    /// Attempts.
    pub retry: RetryPolicy,
    /// History.
    pub retention: Retention,
    /// Who is told of what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notifications: Vec<NotificationPolicy>,
    /// Calendars that keep instants of the schedule from running, or move them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<CalendarUse>,
    /// Hours in which a scheduled run may start; any when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub execution_windows: Vec<ExecutionWindow>,
    /// What becomes of an instant outside the windows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub outside_windows: OutsideWindows,
    /// Jobs after whose end it runs, besides its schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Box<After>>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Settings {
    /// The defaults of the product page for a task function with this delivery.
    pub fn with_delivery(delivery: Delivery) -> Self {
        Self {
            priority: 0,
            max_instances: 1,
            misfire_grace_seconds: Some(60),
            coalesce: true,
            overlap: Overlap::Skip,
            delivery,
            timeout_seconds: None,
            total_timeout_seconds: None,
            retry: RetryPolicy::default(),
            retention: Retention::default(),
            notifications: Vec::new(),
            calendars: Vec::new(),
            execution_windows: Vec::new(),
            outside_windows: OutsideWindows::Skip,
            after: None,
        }
    }
}

/// A pause: persistent, separate from enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` until somebody resumes it.
    pub until: Option<Timestamp>,
    /// Why, for people.
    pub reason: Option<String>,
}

/// A job as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Number.
    pub id: i64,
    /// Version, growing with every change; the ETag.
    pub version: i64,
    /// Owner.
    pub owner_id: i64,
    /// Key of the task function.
    pub task_function: String,
    /// English name.
    pub name_en: Option<String>,
    /// Arabic name.
    pub name_ar: Option<String>,
    /// English description.
    pub description_en: Option<String>,
    /// Arabic description.
    pub description_ar: Option<String>,
    /// When it runs.
    pub schedule: Spec,
    /// Parameters of the task function, an object.
    pub parameters: Value,
    /// How it runs.
    pub settings: Settings,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Whether the schedule counts.
    pub is_enabled: bool,
    /// Deleted softly: kept for its history, never fires.
    pub is_deleted: bool,
    /// Critical: not deleted or disabled except by an administrator who confirms.
    pub is_primary: bool,
    /// Paused.
    pub pause: Option<Pause>,
    /// Instants at or before this one do not count: set by every change that touches when the job runs.
    pub effective_from: Timestamp,
    /// When created.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by_id: Option<i64>,
    /// When last changed.
    pub updated_at: Option<Timestamp>,
    /// By whom.
    pub updated_by_id: Option<i64>,
}

/// What a person decides about a job; the rest of [`Job`] is the engine's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobDraft {
    /// Key of the task function.
    pub task_function: String,
    /// English name.
    pub name_en: Option<String>,
    /// Arabic name.
    pub name_ar: Option<String>,
    /// English description.
    pub description_en: Option<String>,
    /// Arabic description.
    pub description_ar: Option<String>,
    /// When it runs.
    pub schedule: Spec,
    /// Parameters of the task function, an object.
    pub parameters: Value,
    /// How it runs.
    pub settings: Settings,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Whether the schedule counts.
    pub is_enabled: bool,
    /// Critical.
    pub is_primary: bool,
}

/// A job with what is known about it beyond its definition.
#[derive(Clone, Debug, PartialEq)]
pub struct JobView {
    /// The job.
    pub job: Job,
    /// Name of the owner.
    pub owner_name: String,
    /// Number of the task function (the seeds' `taskFunctionId`).
    pub task_function_id: i64,
    /// Whether a pause is in force now.
    pub is_paused: bool,
    /// The schedule in words, English and Arabic.
    pub schedule_text: (String, String),
    /// Next due instant that will fire; `None` when disabled, paused without end, or never again.
    pub next_run_at: Option<Timestamp>,
    /// Due instant of the last execution that started.
    pub last_run_at: Option<Timestamp>,
    /// Its status.
    pub last_status: Option<Status>,
    /// Execution pending or running now: number of them.
    pub live_executions: u64,
    /// The UUID of one of them, running first.
    pub current_execution: Option<String>,
    /// Its status.
    pub current_status: Option<Status>,
}

/// Kinds of schedule, as the lists filter by them. The seed's job types are 1 interval and 2 cron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleKind {
    /// Every so often.
    Interval,
    /// Cron expression (also Texium's six fields).
    Cron,
    /// One instant.
    Once,
    /// Times of day.
    Daily,
    /// Days of the week.
    Weekly,
    /// Days of the month.
    Monthly,
    /// Only by hand.
    Manual,
}

/// Which jobs are wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobFilter {
    /// Enabled or not.
    pub is_enabled: Option<bool>,
    /// Paused or not.
    pub is_paused: Option<bool>,
    /// Kind of schedule.
    pub kind: Option<ScheduleKind>,
    /// Key of the task function.
    pub task_function: Option<String>,
    /// Owner.
    pub owner_id: Option<i64>,
    /// A tag.
    pub tag: Option<String>,
    /// Text in names, descriptions, task function, tags.
    pub search: Option<String>,
    /// Status of the last execution.
    pub last_status: Option<Status>,
    /// Order.
    pub sort: JobSort,
    /// Reverse the order.
    pub descending: bool,
}

/// Order of a list of jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JobSort {
    /// Priority, then creation, both descending (the seeds' order).
    #[default]
    Priority,
    /// Number.
    Id,
    /// Name.
    Name,
    /// Next due instant.
    NextRun,
    /// Creation.
    Created,
    /// Last change.
    Updated,
}

/// A request to run a job now.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRequest {
    /// Which job.
    pub job_id: i64,
    /// Parameters that replace the job's for this run.
    pub parameters: Option<Value>,
    /// When to run; `None` at once.
    pub at: Option<Timestamp>,
    /// What to record as the cause.
    pub trigger: super::Trigger,
    /// The same key within 24 hours answers the same execution.
    pub idempotency_key: Option<String>,
    /// Refuse with a conflict while the job has a live execution (the seeds' rule for `trigger`).
    pub refuse_if_live: bool,
    /// Refuse as not found when the job is disabled (the `dynamic` dialect's rule).
    pub refuse_if_disabled: bool,
}

impl RunRequest {
    /// A run at once with the job's own parameters, which nothing but limits and permissions stands against.
    pub fn new(job_id: i64, trigger: super::Trigger) -> Self {
        Self {
            job_id,
            parameters: None,
            at: None,
            trigger,
            idempotency_key: None,
            refuse_if_live: false,
            refuse_if_disabled: false,
        }
    }
}

/// Which jobs a bulk action is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// These.
    Ids(Vec<i64>),
    /// All that match.
    Filter(JobFilter),
}

/// An action on many jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkAction {
    /// Enable.
    Enable,
    /// Disable.
    Disable,
    /// Pause until (or for good), with a reason.
    Pause(Option<Timestamp>, Option<String>),
    /// Resume.
    Resume,
    /// Run now.
    Run,
    /// Delete.
    Delete,
    /// Add a tag.
    Tag(String),
    /// Remove a tag.
    Untag(String),
}

/// A request for an action on many jobs.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    /// Which.
    pub selection: Selection,
    /// What.
    pub action: BulkAction,
    /// An administrator's confirmation for primary jobs.
    pub confirm_primary: bool,
}

/// What a bulk action did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BulkResult {
    /// Jobs it was done to.
    pub done: Vec<i64>,
    /// Jobs it was not done to, and why.
    pub refused: Vec<(i64, String)>,
}

/// An earlier version of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobVersion {
    /// Version.
    pub version: i64,
    /// When it was made.
    pub at: Timestamp,
    /// By whom (name).
    pub by: String,
    /// What it was, as a draft.
    pub draft: JobDraft,
}

impl Job {
    /// The name shown in English: own name, Arabic name, or the number.
    pub fn title(&self) -> String {
        self.name_en
            .clone()
            .or_else(|| self.name_ar.clone())
            .unwrap_or_else(|| format!("{} {}", self.task_function, self.id))
    }

    /// What a person decided about it.
    pub fn draft(&self) -> JobDraft {
        JobDraft {
            task_function: self.task_function.clone(),
            name_en: self.name_en.clone(),
            name_ar: self.name_ar.clone(),
            description_en: self.description_en.clone(),
            description_ar: self.description_ar.clone(),
            schedule: self.schedule.clone(),
            parameters: self.parameters.clone(),
            settings: self.settings.clone(),
            tags: self.tags.clone(),
            is_enabled: self.is_enabled,
            is_primary: self.is_primary,
        }
    }

    /// Whether a pause is in force at `now`.
    pub fn is_paused_at(&self, now: Timestamp) -> bool {
        self.pause
            .as_ref()
            .is_some_and(|pause| pause.until.is_none_or(|until| now < until))
    }
}

impl ScheduleKind {
    /// All of them.
    pub const ALL: [ScheduleKind; 7] = [
        ScheduleKind::Interval,
        ScheduleKind::Cron,
        ScheduleKind::Once,
        ScheduleKind::Daily,
        ScheduleKind::Weekly,
        ScheduleKind::Monthly,
        ScheduleKind::Manual,
    ];

    /// Number: 1 interval, 2 cron (the seeds'), then 3 once … 7 manual.
    pub fn id(self) -> i64 {
        1 + Self::ALL
            .iter()
            .position(|kind| *kind == self)
            .map_or(0, |at| at as i64)
    }

    /// The kind of a number.
    pub fn from_id(id: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The word: `interval`, `cron`, …
    pub fn word(self) -> &'static str {
        match self {
            ScheduleKind::Interval => "interval",
            ScheduleKind::Cron => "cron",
            ScheduleKind::Once => "once",
            ScheduleKind::Daily => "daily",
            ScheduleKind::Weekly => "weekly",
            ScheduleKind::Monthly => "monthly",
            ScheduleKind::Manual => "manual",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

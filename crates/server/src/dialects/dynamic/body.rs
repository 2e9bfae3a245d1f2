//! What crosses the wire, with the names of the Dynamic Scheduler.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// When a job runs.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DynamicSchedule)]
pub(super) struct Schedule {
    /// `interval` or `cron`; other words are answered for jobs that were made elsewhere.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Seconds between two runs, for `interval`.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub(super) interval_seconds: Option<i64>,
    /// The cron expression, for `cron`.
    #[serde(default)]
    pub(super) expression: Option<String>,
    /// IANA name of the zone.
    #[serde(default = "utc")]
    #[schema(default = "UTC")]
    pub(super) timezone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// How often a failed run is tried again.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = DynamicRetryPolicy)]
pub(super) struct RetryPolicy {
    #[schema(minimum = 0, maximum = 10, default = 3)]
    pub(super) max_retries: i64,
    #[schema(minimum = 1, default = 300)]
    pub(super) retry_delay_seconds: i64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 3,
            retry_delay_seconds: 300,
        }
    }
}

/// Whom to tell: names of channels, and addresses, which are written to through the channel `mail`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = DynamicNotifications)]
pub(super) struct Notifications {
    pub(super) on_success: Vec<String>,
    pub(super) on_failure: Vec<String>,
}

/// A job to be created.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DynamicJobCreate)]
pub(super) struct JobCreate {
    #[schema(min_length = 1, max_length = 200)]
    pub(super) name: String,
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(super) description: String,
    /// The `type` of one of the templates.
    pub(super) template_type: String,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) parameters: Map<String, Value>,
    pub(super) schedule: Schedule,
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(super) enabled: bool,
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 86400, default = 3600)]
    pub(super) timeout_seconds: i64,
    #[serde(default)]
    pub(super) retry_policy: RetryPolicy,
    #[serde(default)]
    pub(super) notifications: Notifications,
}

fn yes() -> bool {
    true
}

fn an_hour() -> i64 {
    3_600
}

/// What of a job is to be changed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = DynamicJobUpdate)]
pub(super) struct JobUpdate {
    #[schema(min_length = 1, max_length = 200)]
    pub(super) name: Option<String>,
    #[schema(max_length = 1000)]
    pub(super) description: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub(super) parameters: Option<Map<String, Value>>,
    pub(super) schedule: Option<Schedule>,
    pub(super) enabled: Option<bool>,
    #[schema(minimum = 1, maximum = 86400)]
    pub(super) timeout_seconds: Option<i64>,
    pub(super) retry_policy: Option<RetryPolicy>,
    pub(super) notifications: Option<Notifications>,
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicJob)]
pub(super) struct Job {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) template_type: String,
    #[schema(value_type = Object)]
    pub(super) parameters: Map<String, Value>,
    pub(super) schedule: Schedule,
    pub(super) enabled: bool,
    pub(super) timeout_seconds: Option<u32>,
    pub(super) retry_policy: RetryPolicy,
    pub(super) notifications: Notifications,
    pub(super) created_by: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) last_run_at: Option<Timestamp>,
    pub(super) next_run_at: Option<Timestamp>,
    /// Grows with every change.
    pub(super) version: i64,
}

/// What a run reported.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicResult)]
pub(super) struct RunResult {
    pub(super) status: &'static str,
    pub(super) message: String,
    #[schema(value_type = Object)]
    pub(super) details: Value,
    pub(super) records_processed: i64,
    pub(super) records_affected: i64,
    pub(super) errors: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// A line of a log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicLogLine)]
pub(super) struct LogLine {
    pub(super) timestamp: Timestamp,
    /// `DEBUG`, `INFO`, `WARNING` or `ERROR`.
    pub(super) level: &'static str,
    pub(super) message: String,
}

/// A run of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicExecution)]
pub(super) struct Execution {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) job_id: String,
    pub(super) job_name: String,
    pub(super) template_type: String,
    /// `success`, `failed`, `timeout`, `running`, `partial` or `cancelled`.
    pub(super) status: &'static str,
    pub(super) started_at: Timestamp,
    pub(super) completed_at: Option<Timestamp>,
    pub(super) duration_seconds: Option<f64>,
    pub(super) result: Option<RunResult>,
    pub(super) error: Option<String>,
    /// The last lines of the log: 1000 of one execution, 100 of each in a list.
    pub(super) logs: Vec<LogLine>,
    /// `scheduler`, or `manual:` and who started it.
    pub(super) triggered_by: String,
    pub(super) execution_host: Option<String>,
}

/// A template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicTemplate)]
pub(super) struct Template {
    #[serde(rename = "_id")]
    pub(super) id: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    pub(super) description: String,
    pub(super) category: &'static str,
    pub(super) icon: &'static str,
    pub(super) estimated_duration: &'static str,
    pub(super) resource_usage: &'static str,
    pub(super) risk_level: &'static str,
    /// JSON Schema of the parameters.
    #[schema(value_type = Object)]
    pub(super) parameters_schema: Value,
}

/// Templates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicTemplates)]
pub(super) struct Templates {
    pub(super) templates: Vec<Template>,
    pub(super) count: u64,
    /// The category that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) category: Option<String>,
}

/// Something was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicDone)]
pub(super) struct Done {
    pub(super) success: bool,
    pub(super) message: String,
}

/// A job was created or changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicJobDone)]
pub(super) struct JobDone {
    pub(super) success: bool,
    pub(super) message: String,
    pub(super) job: Job,
}

/// A run was started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicRunStarted)]
pub(super) struct RunStarted {
    pub(super) success: bool,
    pub(super) message: String,
    pub(super) execution: Execution,
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicOneJob)]
pub(super) struct OneJob {
    pub(super) job: Job,
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicJobPage)]
pub(super) struct JobPage {
    pub(super) jobs: Vec<Job>,
    pub(super) total: u64,
    pub(super) page: u32,
    pub(super) pages: u64,
    pub(super) limit: u32,
}

/// An execution.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicOneExecution)]
pub(super) struct OneExecution {
    pub(super) execution: Execution,
}

/// Executions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicExecutions)]
pub(super) struct Executions {
    pub(super) executions: Vec<Execution>,
    /// How many these are.
    pub(super) count: u64,
}

/// Executions of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicExecutionsOfJob)]
pub(super) struct ExecutionsOfJob {
    pub(super) job_id: String,
    pub(super) executions: Vec<Execution>,
    /// How many these are.
    pub(super) count: u64,
}

/// The scheduler.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicSchedulerStatus)]
pub(super) struct SchedulerStatus {
    /// Always `active`.
    pub(super) status: &'static str,
    pub(super) template_count: u64,
}

/// Numbers of jobs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicJobNumbers)]
pub(super) struct JobNumbers {
    pub(super) total: u64,
    pub(super) enabled: u64,
    pub(super) disabled: u64,
}

/// Numbers of executions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicExecutionNumbers)]
pub(super) struct ExecutionNumbers {
    pub(super) total: u64,
    pub(super) successful: u64,
    pub(super) failed: u64,
    pub(super) running: u64,
    /// Successful of all that have ended, such as `97.5%`; `N/A` while none has.
    pub(super) success_rate: String,
}

/// Status and statistics.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DynamicStatus)]
pub(super) struct Status {
    pub(super) scheduler: SchedulerStatus,
    pub(super) jobs: JobNumbers,
    pub(super) executions: ExecutionNumbers,
}

/// How an execution stands, to choose by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Standing {
    Success,
    Failed,
    Timeout,
    Running,
    Partial,
    Cancelled,
}

/// Which templates.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WhichTemplates {
    /// Only of this category.
    pub(super) category: Option<String>,
}

/// Which jobs.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WhichJobs {
    /// Only made from this template.
    pub(super) template_type: Option<String>,
    /// Enabled or not.
    pub(super) enabled: Option<bool>,
    /// Page number.
    #[param(minimum = 1, default = 1)]
    pub(super) page: Option<u32>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<u32>,
}

/// Which executions of a job.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WhichOfJob {
    /// Only standing like this.
    #[param(inline)]
    pub(super) status: Option<Standing>,
    /// Most rows.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u32>,
    /// Rows to leave out at the beginning.
    #[param(default = 0)]
    pub(super) skip: Option<u32>,
}

/// Which executions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WhichExecutions {
    /// Only standing like this.
    #[param(inline)]
    pub(super) status: Option<Standing>,
    /// Only of this job.
    pub(super) job_id: Option<String>,
    /// Most rows.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u32>,
    /// Rows to leave out at the beginning.
    #[param(default = 0)]
    pub(super) skip: Option<u32>,
}

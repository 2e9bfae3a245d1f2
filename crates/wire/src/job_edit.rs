//! Jobs as a client makes and changes them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::calendars::{CalendarUse, ExecutionWindow, OutsideWindows};
use crate::chains::After;
use crate::double;
use crate::notifications::NotificationPolicy;
use crate::schedule::{CronFields, DstPolicy, Recurrence};
use crate::settings::{Delivery, Overlap, Retention, RetryPolicy};

/// A new job. Exactly one task function (by id or key) and one kind of schedule; everything else has a default.
///
/// The same body is what an export contains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"taskFunctionKey": "echo", "nameEn": "Say hello", "nameAr": "قل مرحبا", "intervalMinutes": 30, "parameters": {"message": "hello"}, "priority": 5, "maxInstances": 1, "isEnabled": true}))]
pub struct JobCreate {
    /// Number of the task function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_function_id: Option<i64>,
    /// Key of the task function, instead of its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub task_function_key: Option<String>,
    /// English name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub name_en: Option<String>,
    /// Arabic name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub name_ar: Option<String>,
    /// English description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_en: Option<String>,
    /// Arabic description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_ar: Option<String>,
    /// Seconds of an interval; the four parts add up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<u32>,
    /// Minutes of an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_minutes: Option<u32>,
    /// Hours of an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_hours: Option<u32>,
    /// Days of an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_days: Option<u32>,
    /// Cron expression: five fields, six with leading seconds, or a word such as `@daily`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron_expression: Option<String>,
    /// Six cron fields by name, with the ISO week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron_fields: Option<CronFields>,
    /// One instant, for a job that runs once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_at: Option<Timestamp>,
    /// Times of day on every day, some weekdays or some days of the month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
    /// True for a job that runs only by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual: Option<bool>,
    /// IANA time zone whose wall clock the schedule means; the installation's default (UTC) when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Africa/Cairo")]
    pub timezone: Option<String>,
    /// Nothing runs before this instant; an interval is counted from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// Nothing runs after this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
    /// What happens when the wall clock jumps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst: Option<DstPolicy>,
    /// Calendars that keep instants of the schedule from running, or move them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendars: Option<Vec<CalendarUse>>,
    /// Hours in which a scheduled run may start; any when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_windows: Option<Vec<ExecutionWindow>>,
    /// What becomes of an instant outside the windows. Default `skip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside_windows: Option<OutsideWindows>,
    /// Jobs after whose end it runs, besides its schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// Parameters of the task function, checked against its schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    pub parameters: Option<Map<String, Value>>,
    /// Higher first whenever more is ready than there are free slots. Default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// Executions of the job that may run at the same time. Default 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10)]
    pub max_instances: Option<u32>,
    /// How late an instant may start, in seconds; null means without bound. Default 60.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub misfire_grace_time: Option<Option<u32>>,
    /// Of several owed instants only the latest runs. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coalesce: Option<bool>,
    /// What happens at `maxInstances`. Default `skip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// What a crash in the middle of a run means. The default depends on the task function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Time limit of one attempt, in seconds. The default depends on the task function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Time limit of an execution over all attempts and delays, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_timeout_seconds: Option<u32>,
    /// Retries. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_policy: Option<RetryPolicy>,
    /// How long history is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// Who is told of what about this job.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 20)]
    pub notifications: Option<Vec<NotificationPolicy>>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Whether the schedule counts. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// Critical job. Administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_primary: Option<bool>,
}

/// A partial update. A member left out keeps its value; null clears it or puts its default back. A member of another
/// kind of schedule switches the kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"intervalMinutes": 60, "priority": 10, "isEnabled": false}))]
pub struct JobUpdate {
    /// Number of the task function.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64)]
    pub task_function_id: Option<Option<i64>>,
    /// Key of the task function, instead of its number.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub task_function_key: Option<Option<String>>,
    /// English name.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 255)]
    pub name_en: Option<Option<String>>,
    /// Arabic name.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 255)]
    pub name_ar: Option<Option<String>>,
    /// English description.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub description_en: Option<Option<String>>,
    /// Arabic description.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub description_ar: Option<Option<String>>,
    /// Seconds of an interval; the four parts add up.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub interval_seconds: Option<Option<u32>>,
    /// Minutes of an interval.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub interval_minutes: Option<Option<u32>>,
    /// Hours of an interval.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub interval_hours: Option<Option<u32>>,
    /// Days of an interval.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub interval_days: Option<Option<u32>>,
    /// Cron expression.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub cron_expression: Option<Option<String>>,
    /// Six cron fields by name.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CronFields>)]
    pub cron_fields: Option<Option<CronFields>>,
    /// One instant.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub run_at: Option<Option<Timestamp>>,
    /// Recurrence.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Recurrence>)]
    pub recurrence: Option<Option<Recurrence>>,
    /// True makes it run only by hand.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    pub manual: Option<Option<bool>>,
    /// IANA time zone.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub timezone: Option<Option<String>>,
    /// Nothing runs before this instant.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub start_at: Option<Option<Timestamp>>,
    /// Nothing runs after this instant.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub end_at: Option<Option<Timestamp>>,
    /// What happens when the wall clock jumps.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DstPolicy>)]
    pub dst: Option<Option<DstPolicy>>,
    /// Calendars that the job is subject to; the list is replaced.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<CalendarUse>>)]
    pub calendars: Option<Option<Vec<CalendarUse>>>,
    /// Hours in which a scheduled run may start; the list is replaced.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<ExecutionWindow>>)]
    pub execution_windows: Option<Option<Vec<ExecutionWindow>>>,
    /// What becomes of an instant outside the windows.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<OutsideWindows>)]
    pub outside_windows: Option<Option<OutsideWindows>>,
    /// Jobs after whose end it runs; replaced as a whole.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<After>)]
    pub after: Option<Option<After>>,
    /// Parameters of the task function; they replace the old ones as a whole.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    pub parameters: Option<Option<Map<String, Value>>>,
    /// Priority.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i32>)]
    pub priority: Option<Option<i32>>,
    /// Executions of the job that may run at the same time.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 10)]
    pub max_instances: Option<Option<u32>>,
    /// How late an instant may start, in seconds; null means without bound.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub misfire_grace_time: Option<Option<u32>>,
    /// Of several owed instants only the latest runs.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    pub coalesce: Option<Option<bool>>,
    /// What happens at `maxInstances`.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Overlap>)]
    pub overlap: Option<Option<Overlap>>,
    /// What a crash in the middle of a run means.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Delivery>)]
    pub delivery: Option<Option<Delivery>>,
    /// Time limit of one attempt, in seconds.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub timeout_seconds: Option<Option<u32>>,
    /// Time limit of an execution over all attempts and delays, in seconds.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub total_timeout_seconds: Option<Option<u32>>,
    /// Retries; the policy is replaced as a whole.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RetryPolicy>)]
    pub retry_policy: Option<Option<RetryPolicy>>,
    /// How long history is kept; replaced as a whole.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Retention>)]
    pub retention: Option<Option<Retention>>,
    /// Who is told of what about this job; replaced as a whole.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<NotificationPolicy>>)]
    pub notifications: Option<Option<Vec<NotificationPolicy>>>,
    /// Words to find it by; the list is replaced.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub tags: Option<Option<Vec<String>>>,
    /// Whether the schedule counts.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    pub is_enabled: Option<Option<bool>>,
    /// Critical job. Administrators only.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    pub is_primary: Option<Option<bool>>,
}

/// A copy of a job under another name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"nameEn": "Say hello (copy)"}))]
pub struct JobDuplicate {
    /// English name of the copy; the original's with "(copy)" when both names are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub name_en: Option<String>,
    /// Arabic name of the copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub name_ar: Option<String>,
    /// Whether the copy's schedule counts. Default false, so that a copy does not surprise anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
}

//! A schedule tried out before it is saved: its words, its next instants, and remarks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendars::{CalendarUse, ExecutionWindow, OutsideWindows};
use crate::schedule::{CronFields, DstPolicy, LocalText, Recurrence};

/// The schedule members of a job, and what to show of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"cronExpression": "0 9 * * 1-5", "timezone": "Africa/Cairo", "count": 3}))]
pub struct PreviewRequest {
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
    /// Cron expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron_expression: Option<String>,
    /// Six cron fields by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron_fields: Option<CronFields>,
    /// One instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_at: Option<Timestamp>,
    /// Recurrence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
    /// Only by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual: Option<bool>,
    /// IANA time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Nothing runs before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// Nothing runs after this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
    /// What happens when the wall clock jumps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst: Option<DstPolicy>,
    /// Calendars that the schedule is to be seen under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendars: Option<Vec<CalendarUse>>,
    /// Execution windows that it is to be seen under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_windows: Option<Vec<ExecutionWindow>>,
    /// What becomes of an instant outside the windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside_windows: Option<OutsideWindows>,
    /// Instants after this one; now when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// How many instants. Default 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub count: Option<u32>,
    /// The job whose preview this is, so that `H` stands for the same as in the saved job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<i64>,
}

/// A future instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewRun {
    /// The instant.
    pub at: Timestamp,
    /// The wall clock of the schedule's zone then.
    pub local: String,
    /// What is special about it, as a stable word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A remark on a schedule that is valid but perhaps not meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewWarning {
    /// Stable word for the kind of remark.
    pub code: String,
    /// The remark, in English or (with `Accept-Language: ar`) in Arabic.
    pub message: String,
    /// The remark in both languages.
    pub text: LocalText,
}

/// What a schedule means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewResponse {
    /// In words.
    pub description: LocalText,
    /// The next instants.
    pub next_runs: Vec<PreviewRun>,
    /// Remarks.
    pub warnings: Vec<PreviewWarning>,
}

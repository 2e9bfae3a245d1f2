//! When a job runs, as members of a job. A body names one kind of schedule: interval parts, a cron expression, cron
//! fields, one instant, a recurrence, or `manual`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A text in both languages of the product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"en": "every 30 minutes", "ar": "كل 30 دقيقة"}))]
pub struct LocalText {
    /// English.
    pub en: String,
    /// Arabic.
    pub ar: String,
}

/// Kind of a schedule. The seeds' job types are `interval` (1) and `cron` (2); the others continue the numbers up to 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobType {
    /// Every so often (1).
    Interval,
    /// A cron expression or cron fields (2).
    Cron,
    /// One instant (3).
    Once,
    /// Times of every day (4).
    Daily,
    /// Times of some weekdays (5).
    Weekly,
    /// Times of some days of the month (6).
    Monthly,
    /// Only by hand (7).
    Manual,
}

/// Kind of a recurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecurrenceKind {
    /// Every day.
    Daily,
    /// On `daysOfWeek`.
    Weekly,
    /// On `daysOfMonth`.
    Monthly,
}

/// A day of the week, by name because every system numbers them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// Times of day on every day, on some weekdays, or on some days of the month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "weekly", "times": ["09:00"], "daysOfWeek": ["monday", "thursday"]}))]
pub struct Recurrence {
    /// Which days.
    pub kind: RecurrenceKind,
    /// Wall-clock times `HH:MM` or `HH:MM:SS` in the job's time zone.
    #[schema(min_items = 1, max_items = 100)]
    pub times: Vec<String>,
    /// Weekdays, for `weekly`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_of_week: Option<Vec<Weekday>>,
    /// Days of the month 1 to 31, or -1 for the last one, for `monthly`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_of_month: Option<Vec<i8>>,
}

/// Six cron fields by name. The ISO week must match too; the others follow cron.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"minute": "0", "hour": "6", "dayOfMonth": "*", "month": "*", "dayOfWeek": "1", "week": "*"}))]
pub struct CronFields {
    /// Minute, 0-59.
    pub minute: String,
    /// Hour, 0-23.
    pub hour: String,
    /// Day of the month, 1-31.
    pub day_of_month: String,
    /// Month, 1-12 or names.
    pub month: String,
    /// Day of the week, 0-7 (0 and 7 are Sunday) or names.
    pub day_of_week: String,
    /// ISO week of the year, 1-53.
    pub week: String,
}

/// What becomes of a wall-clock time that a day does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DstGap {
    /// Run once, right after the gap.
    #[default]
    RunAfter,
    /// Do not run.
    Skip,
}

/// What becomes of a wall-clock time that a day has twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DstOverlap {
    /// Run the first time.
    #[default]
    First,
    /// Run the second time.
    Second,
    /// Run both times.
    Both,
}

/// What to do when the wall clock jumps. Concerns fixed times only; intervals and open rules follow elapsed time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"gap": "run_after", "overlap": "first"}))]
pub struct DstPolicy {
    /// When the clock goes forward over a due time.
    #[serde(default)]
    pub gap: DstGap,
    /// When the clock goes back and a due time comes twice.
    #[serde(default)]
    pub overlap: DstOverlap,
}

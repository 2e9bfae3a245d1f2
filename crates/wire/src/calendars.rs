//! Calendars of holidays and blackouts, and what a job makes of them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::double;
use crate::schedule::{CronFields, DstPolicy, Recurrence, Weekday};

/// What an entry of a calendar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarEntryKind {
    /// The days it touches are no business days.
    Holiday,
    /// Nothing is to run then; the day remains a business day.
    Blackout,
}

/// When an entry is in force. Spans include their beginning and not their end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum CalendarTime {
    /// Whole days, ends included.
    Dates {
        /// First day.
        from: Date,
        /// Last day; `from` when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Date>,
    },
    /// Whole days that begin on a date of every year.
    Yearly {
        /// Month, 1-12.
        #[schema(minimum = 1, maximum = 12)]
        month: i8,
        /// Day of the month. 29 February comes in leap years only.
        #[schema(minimum = 1, maximum = 31)]
        day: i8,
        /// Number of days. Default 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 1, maximum = 366)]
        days: Option<u16>,
    },
    /// The same hours of some weekdays.
    Weekly {
        /// Days on which it begins.
        days: Vec<Weekday>,
        /// Time at which it begins, `HH:MM` or `HH:MM:SS`.
        from: String,
        /// Time at which it ends; on the next day when it is not after `from`.
        to: String,
    },
    /// Begins whenever a cron expression says so.
    Cron {
        /// The expression.
        expression: String,
        /// How long, in seconds: at most 366 days.
        #[serde(rename = "durationSeconds")]
        #[schema(minimum = 1)]
        duration_seconds: u32,
    },
    /// From one instant to another.
    Span {
        /// First instant.
        from: Timestamp,
        /// End.
        to: Timestamp,
    },
    /// Recurs by a rule of iCalendar (RFC 5545).
    Recurrence {
        /// The first day.
        from: Date,
        /// Time of day at which it begins; whole days when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<String>,
        /// Zone of the days and times; the calendar's when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<String>,
        /// Without `at`: number of days. Default 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        days: Option<u16>,
        /// With `at`: how long, in seconds.
        #[serde(
            rename = "durationSeconds",
            default,
            skip_serializing_if = "Option::is_none"
        )]
        duration_seconds: Option<u32>,
        /// The rule: FREQ (DAILY to YEARLY), INTERVAL, COUNT, UNTIL, WKST, BYMONTH, BYMONTHDAY, BYDAY.
        #[schema(example = "FREQ=YEARLY;BYMONTH=4;BYDAY=1MO")]
        rule: String,
        /// Days on which it does not begin although the rule says so.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<Date>,
    },
}

/// One entry of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Labour Day", "nameAr": "عيد العمال", "kind": "holiday", "when": {"type": "yearly", "month": 5, "day": 1}}))]
pub struct CalendarEntry {
    /// Name, for people and for the reasons in the ledger.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The same in Arabic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub name_ar: Option<String>,
    /// What it is.
    pub kind: CalendarEntryKind,
    /// When it is.
    pub when: CalendarTime,
}

/// A calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkCalendar {
    /// Number.
    pub id: i64,
    /// Version, growing with every change; the ETag is `"v<version>"`.
    pub version: i64,
    /// Whose.
    pub owner_id: i64,
    /// English name.
    pub name_en: String,
    /// Arabic name.
    pub name_ar: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// IANA name of the zone in which its days begin and end.
    pub timezone: String,
    /// Days of the week that are no business days.
    pub weekend: Vec<Weekday>,
    /// What is closed besides.
    pub entries: Vec<CalendarEntry>,
    /// Number of jobs that are subject to it.
    pub jobs: u64,
    /// Users who may use it too. Empty for those with whom it is only shared.
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it. False for those with whom it is only shared.
    pub shared_with_everybody: bool,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// Calendars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkCalendarList {
    /// The calendars, by name.
    pub items: Vec<WorkCalendar>,
    /// Number of them.
    pub total: u64,
}

/// A new calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"nameEn": "Egypt", "nameAr": "مصر", "timezone": "Africa/Cairo", "weekend": ["friday", "saturday"], "entries": [{"name": "Labour Day", "kind": "holiday", "when": {"type": "yearly", "month": 5, "day": 1}}]}))]
pub struct WorkCalendarCreate {
    /// English name; unique among the owner's.
    #[schema(min_length = 1, max_length = 100)]
    pub name_en: String,
    /// Arabic name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub name_ar: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// IANA name of its zone; the installation's default when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Days of the week that are no business days. Default: Friday and Saturday in the zones of countries where that
    /// is the weekend, otherwise Saturday and Sunday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekend: Option<Vec<Weekday>>,
    /// What is closed besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<CalendarEntry>,
    /// Users whose jobs may use it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<i64>,
    /// Whether everybody's jobs may use it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared_with_everybody: bool,
    /// Whose, if not one's own. Administrators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<i64>,
}

/// A change of a calendar; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"weekend": ["friday"]}))]
pub struct WorkCalendarUpdate {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name_en: Option<String>,
    /// New Arabic name; null removes it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub name_ar: Option<Option<String>>,
    /// New description; null removes it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    #[schema(value_type = Option<String>, max_length = 1000)]
    pub description: Option<Option<String>>,
    /// New zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// New weekend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekend: Option<Vec<Weekday>>,
    /// New entries, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<Vec<CalendarEntry>>,
    /// New list of users whose jobs may use it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Vec<i64>>,
    /// Whether everybody's jobs may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with_everybody: Option<bool>,
}

/// An iCalendar file (RFC 5545) whose events are to become entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"icalendar": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:New Year\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n", "kind": "holiday"}))]
pub struct CalendarImport {
    /// The text of the file, at most 1 MiB.
    pub icalendar: String,
    /// What its events are.
    pub kind: CalendarEntryKind,
    /// Whether they take the place of the present entries. Default false: they come in addition.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

/// One day of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkDay {
    /// The day.
    pub date: Date,
    /// Whether it is a business day.
    pub is_business_day: bool,
    /// Whether it falls on the weekend.
    pub is_weekend: bool,
    /// The entries that touch it.
    pub entries: Vec<WorkDayEntry>,
}

/// An entry that touches a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkDayEntry {
    /// Its place in the calendar, from 0.
    pub index: u64,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: CalendarEntryKind,
}

/// What a calendar does to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarRule {
    /// What falls into an entry does not run. Weekends do not count.
    Skip,
    /// What falls on a day that is no business day, or into an entry, does not run.
    OnlyBusinessDays,
    /// What falls on a day that is no business day runs at the same time of the business day before it.
    RollPrevious,
    /// What falls on a day that is no business day runs at the same time of the business day after it.
    RollNext,
}

/// A calendar that a job is subject to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"calendarId": 1, "rule": "only_business_days"}))]
pub struct CalendarUse {
    /// Number of the calendar.
    pub calendar_id: i64,
    /// What it does.
    pub rule: CalendarRule,
}

/// Hours in which a scheduled run may start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"days": ["monday", "tuesday"], "from": "22:00", "to": "06:00"}))]
pub struct ExecutionWindow {
    /// Days on which the window opens; every day when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// Time at which it opens, `HH:MM` or `HH:MM:SS`.
    pub from: String,
    /// Time at which it closes; on the next day when it is not after `from`.
    pub to: String,
    /// Zone of its days and times; the job's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// What becomes of an instant outside the execution windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutsideWindows {
    /// It does not run.
    #[default]
    Skip,
    /// It runs when the next window opens; several that wait for the same opening run once.
    Wait,
}

/// A schedule or a job, and the calendars and windows whose effect is to be seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"cronExpression": "0 9 * * *", "timezone": "Africa/Cairo", "calendars": [{"calendarId": 1, "rule": "roll_next"}], "from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}))]
pub struct CalendarPreviewRequest {
    /// A job, whose schedule, calendars and windows count where nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<i64>,
    /// Seconds of an interval; the four parts add up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<u32>,
    /// Minutes of an interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_minutes: Option<u32>,
    /// Hours of an interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_hours: Option<u32>,
    /// Days of an interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_days: Option<u32>,
    /// Cron expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron_expression: Option<String>,
    /// Six cron fields by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron_fields: Option<CronFields>,
    /// One instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_at: Option<Timestamp>,
    /// Recurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
    /// IANA time zone of the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Nothing runs before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// Nothing runs after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
    /// What happens when the wall clock jumps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dst: Option<DstPolicy>,
    /// Calendars, in place of the job's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendars: Option<Vec<CalendarUse>>,
    /// A calendar as it would be. It takes the place of the one with its number among `calendars`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<CalendarDraft>,
    /// Windows, in place of the job's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_windows: Option<Vec<ExecutionWindow>>,
    /// What becomes of the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_windows: Option<OutsideWindows>,
    /// Instants after this one; now when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Instants up to this one, at most 800 days on; 90 days after `from` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// At most so many instants. Default 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 5000)]
    pub limit: Option<u32>,
}

/// A calendar that is not stored, for a preview.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarDraft {
    /// Number of the calendar that it would replace; 0 for a new one.
    #[serde(default)]
    pub calendar_id: i64,
    /// Its zone.
    pub timezone: String,
    /// Its weekend.
    pub weekend: Vec<Weekday>,
    /// Its entries.
    pub entries: Vec<CalendarEntry>,
}

/// What becomes of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarOutcome {
    /// It runs when the schedule says.
    Kept,
    /// It does not run.
    Skipped,
    /// It runs at another instant.
    Moved,
}

/// One instant of a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarChange {
    /// The schedule's instant.
    pub at: Timestamp,
    /// The wall clock of the schedule's zone then.
    pub local: String,
    /// What becomes of it.
    pub outcome: CalendarOutcome,
    /// When it runs instead. Several that are moved to one instant run once.
    pub to: Option<Timestamp>,
    /// The wall clock of the schedule's zone then.
    pub to_local: Option<String>,
    /// Why: `calendar`, `no_business_day`, `no_business_day_in_reach`, `outside_window`, `no_window_in_reach`,
    /// `moved_to_business_day` or `waits_for_window`.
    pub reason: Option<String>,
    /// Number of the calendar that is the cause.
    pub calendar_id: Option<i64>,
    /// Its name.
    pub calendar: Option<String>,
    /// The entry that is the cause; null for a weekend.
    pub entry: Option<String>,
}

/// What calendars and windows change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarPreview {
    /// Instants of the schedule, in order.
    pub items: Vec<CalendarChange>,
    /// How many run when the schedule says.
    pub kept: u64,
    /// How many do not run.
    pub skipped: u64,
    /// How many run at another instant.
    pub moved: u64,
    /// Whether there are more instants than are listed.
    pub truncated: bool,
}

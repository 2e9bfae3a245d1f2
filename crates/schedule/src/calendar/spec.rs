//! A calendar as a person wrote it, exactly as it is stored and compared.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::spec::{TimeOfDay, Weekday};

/// A calendar as said: days off every week, and entries that close single days or hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarSpec {
    /// IANA name of the zone in which the calendar's days begin and end.
    pub timezone: String,
    /// Days of the week that are no business days.
    pub weekend: Vec<Weekday>,
    /// What is closed besides.
    pub entries: Vec<CalendarEntry>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A holiday: the days it touches are no business days.
    Holiday,
    /// A time in which nothing is to run; the day remains a business day.
    Blackout,
}

/// One entry of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarEntry {
    /// What it is called, for people and for the reasons in the ledger.
    pub name: String,
    /// The same in Arabic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_ar: Option<String>,
    /// What it is.
    pub kind: EntryKind,
    /// When it is.
    pub when: When,
}

/// When an entry is in force. Spans include their beginning and not their end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum When {
    /// Whole days, ends included.
    Dates {
        /// First day.
        from: Date,
        /// Last day; `from` when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Date>,
    },
    /// Whole days that begin on a date of every year. 29 February comes in leap years only.
    Yearly {
        /// Month, 1-12.
        month: i8,
        /// Day, 1-31.
        day: i8,
        /// Number of days, 1-366.
        #[serde(default = "one")]
        days: u16,
    },
    /// The same hours of some weekdays.
    Weekly {
        /// Days on which it begins.
        days: Vec<Weekday>,
        /// Time at which it begins.
        from: TimeOfDay,
        /// Time at which it ends; on the next day when it is not after `from`.
        to: TimeOfDay,
    },
    /// Begins whenever a cron expression says so.
    Cron {
        /// The expression.
        expression: String,
        /// How long, in seconds: 1 to 366 days.
        duration_seconds: u32,
    },
    /// From one instant to another.
    Span {
        /// First instant.
        from: Timestamp,
        /// End.
        to: Timestamp,
    },
    /// Recurs as iCalendar (RFC 5545, section 3.3.10) says.
    Recurrence {
        /// The first day.
        from: Date,
        /// Time of day at which it begins; whole days when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<TimeOfDay>,
        /// Zone of the days and times; the calendar's when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<String>,
        /// Without `at`: number of days, 1-366.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        days: Option<u16>,
        /// With `at`: how long, in seconds: 1 to 366 days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_seconds: Option<u32>,
        /// The rule, such as `FREQ=YEARLY;BYMONTH=4;BYDAY=1MO`.
        rule: String,
        /// Days on which it does not begin although the rule says so.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<Date>,
    },
}

fn one() -> u16 {
    1
}

/// What a calendar does to a job that uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// Hours in which a job may start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecutionWindow {
    /// Days on which the window opens; every day when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// Time at which it opens.
    pub from: TimeOfDay,
    /// Time at which it closes; on the next day when it is not after `from`.
    pub to: TimeOfDay,
    /// Zone of its days and times; the schedule's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// What becomes of an instant outside the execution windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideWindows {
    /// It does not run.
    #[default]
    Skip,
    /// It runs when the next window opens; several that wait for the same opening run once.
    Wait,
}

/// Zones of countries whose weekend is Friday and Saturday.
const FRIDAY_AND_SATURDAY: [&str; 15] = [
    "Africa/Algiers",
    "Africa/Cairo",
    "Africa/Khartoum",
    "Africa/Tripoli",
    "Asia/Aden",
    "Asia/Amman",
    "Asia/Baghdad",
    "Asia/Bahrain",
    "Asia/Damascus",
    "Asia/Gaza",
    "Asia/Hebron",
    "Asia/Kuwait",
    "Asia/Muscat",
    "Asia/Qatar",
    "Asia/Riyadh",
];

impl CalendarSpec {
    /// The weekend that is usual where this zone is.
    #[must_use]
    pub fn usual_weekend(timezone: &str) -> [Weekday; 2] {
        if FRIDAY_AND_SATURDAY
            .iter()
            .any(|zone| zone.eq_ignore_ascii_case(timezone))
        {
            [Weekday::Friday, Weekday::Saturday]
        } else {
            [Weekday::Saturday, Weekday::Sunday]
        }
    }
}

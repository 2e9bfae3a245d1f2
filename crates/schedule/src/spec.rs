//! What a person asked for, exactly as it is stored and compared.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::schedule::Schedule;

/// A schedule as said: a rule, the zone whose wall clock it means, and the bounds it is valid in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spec {
    /// When to run.
    pub rule: RuleSpec,
    /// IANA name of the zone whose wall clock the rule means. `UTC` when left out.
    #[serde(default = "utc")]
    pub timezone: String,
    /// What to do when the wall clock jumps. Concerns fixed-time rules only.
    #[serde(default)]
    pub dst: DstPolicy,
    /// Nothing runs before this instant. For an interval it is also the first run and the anchor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// Nothing runs after this instant; a run exactly at it still happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Spec {
    /// A spec in UTC, with the default daylight saving policy and no bounds.
    #[must_use]
    pub fn new(rule: RuleSpec) -> Self {
        Self {
            rule,
            timezone: utc(),
            dst: DstPolicy::default(),
            start_at: None,
            end_at: None,
        }
    }

    /// The same spec on the wall clock of another zone.
    #[must_use]
    pub fn in_zone(mut self, timezone: impl Into<String>) -> Self {
        self.timezone = timezone.into();
        self
    }

    /// Checks the spec and turns it into something that can be asked for instants.
    ///
    /// `hash_seed` decides what `H` stands for; pass something that stays with the job, such as its id.
    ///
    /// # Errors
    /// When a field is malformed or out of range, the zone is unknown, or no instant could ever match.
    pub fn compile(&self, hash_seed: u64) -> Result<Schedule, Error> {
        crate::compile::compile(self, hash_seed)
    }
}

/// The rule of a [`Spec`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum RuleSpec {
    /// Never by itself; only when somebody runs it.
    #[serde(deserialize_with = "nothing_else")]
    Manual,
    /// Every so many seconds of elapsed time, whatever the wall clock does.
    ///
    /// Runs at `anchor + k * every_seconds` for k >= 1. With an explicit `start_at` the grid starts there
    /// instead, and `start_at` itself is the first run (k >= 0).
    Interval {
        /// Seconds between two runs; at least 1.
        every_seconds: u64,
        /// The instant the grid is counted from, normally when the job was created.
        anchor: Timestamp,
    },
    /// A cron expression: five fields, six with leading seconds, or a word such as `@daily`.
    Cron {
        /// The text.
        expression: String,
    },
    /// Six named cron fields as Texium has them. The ISO week must match too; the other five follow cron.
    Fields {
        /// Minute, 0-59.
        minute: String,
        /// Hour, 0-23.
        hour: String,
        /// Day of the month, 1-31.
        day_of_month: String,
        /// Month, 1-12 or names.
        month: String,
        /// Day of the week, 0-7 (0 and 7 are Sunday) or names.
        day_of_week: String,
        /// ISO week of the year, 1-53.
        week: String,
    },
    /// One run.
    Once {
        /// The instant.
        at: Timestamp,
    },
    /// Every day at each of the times.
    Daily {
        /// Wall-clock times.
        times: Vec<TimeOfDay>,
    },
    /// On some weekdays, at each of the times.
    Weekly {
        /// The weekdays.
        days: Vec<Weekday>,
        /// Wall-clock times.
        times: Vec<TimeOfDay>,
    },
    /// On some days of every month, at each of the times. A month without the day is passed over.
    Monthly {
        /// 1 to 31, or -1 for the last day.
        days: Vec<i8>,
        /// Wall-clock times.
        times: Vec<TimeOfDay>,
    },
}

/// Lets a unit variant refuse unknown members, which serde would otherwise ignore.
fn nothing_else<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let members = std::collections::BTreeMap::<String, IgnoredAny>::deserialize(deserializer)?;
    match members.into_keys().next() {
        None => Ok(()),
        Some(name) => Err(serde::de::Error::custom(format_args!(
            "unknown field `{name}`: a manual schedule has none"
        ))),
    }
}

/// What to do when the wall clock jumps. Concerns fixed-time rules; open rules and intervals follow elapsed time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DstPolicy {
    /// When the clock goes forward over a due time.
    #[serde(default)]
    pub gap: Gap,
    /// When the clock goes back and a due time comes twice.
    #[serde(default)]
    pub overlap: Overlap,
}

/// What becomes of a wall-clock time that a day does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// Run once, at the first instant after the gap.
    #[default]
    RunAfter,
    /// Do not run.
    Skip,
}

/// What becomes of a wall-clock time that a day has twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Run the first time the clock shows it.
    #[default]
    First,
    /// Run the last time the clock shows it.
    Second,
    /// Run both times.
    Both,
}

/// A wall-clock time, written `HH:MM` or `HH:MM:SS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    second_of_day: u32,
}

impl TimeOfDay {
    /// A time from its parts; `None` when a part is out of range.
    #[must_use]
    pub fn new(hour: u8, minute: u8, second: u8) -> Option<Self> {
        (hour < 24 && minute < 60 && second < 60).then(|| Self {
            second_of_day: u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second),
        })
    }

    /// Hour, 0-23.
    #[must_use]
    pub fn hour(self) -> u32 {
        self.second_of_day / 3600
    }

    /// Minute, 0-59.
    #[must_use]
    pub fn minute(self) -> u32 {
        self.second_of_day / 60 % 60
    }

    /// Second, 0-59.
    #[must_use]
    pub fn second(self) -> u32 {
        self.second_of_day % 60
    }

    pub(crate) fn second_of_day(self) -> u32 {
        self.second_of_day
    }

    pub(crate) fn from_second_of_day(second_of_day: u32) -> Self {
        Self { second_of_day }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour(), self.minute())?;
        if self.second() != 0 {
            write!(f, ":{:02}", self.second())?;
        }
        Ok(())
    }
}

impl FromStr for TimeOfDay {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let part = |s: &str| -> Option<u8> {
            (matches!(s.len(), 1 | 2) && s.bytes().all(|b| b.is_ascii_digit()))
                .then(|| s.parse().ok())
                .flatten()
        };
        let mut parts = text.split(':');
        let (hour, minute, second) = (parts.next(), parts.next(), parts.next());
        let time = match (
            hour.and_then(part),
            minute.and_then(part),
            second.map(part),
            parts.next(),
        ) {
            (Some(h), Some(m), None, None) => Self::new(h, m, 0),
            (Some(h), Some(m), Some(Some(s)), None) => Self::new(h, m, s),
            _ => None,
        };
        time.ok_or_else(|| {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(20).collect();
            Error::new(
                "times",
                "bad_time",
                format!("times: \"{shown}\" is not a time of day; write it as HH:MM or HH:MM:SS, from 00:00 to 23:59:59."),
                format!("times: \"{shown}\" ليس وقتًا صحيحًا من اليوم؛ اكتبه بالصيغة HH:MM أو HH:MM:SS، من 00:00 إلى 23:59:59."),
            )
        })
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A day of the week. Stored as a name, because every system numbers them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

impl Weekday {
    /// All seven, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// From a number where 0 is Monday, as DeployX counts; `None` above 6.
    #[must_use]
    pub fn from_monday_zero(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The number where 0 is Monday.
    #[must_use]
    pub fn to_monday_zero(self) -> u8 {
        match self {
            Self::Monday => 0,
            Self::Tuesday => 1,
            Self::Wednesday => 2,
            Self::Thursday => 3,
            Self::Friday => 4,
            Self::Saturday => 5,
            Self::Sunday => 6,
        }
    }

    /// The number cron uses, where 0 is Sunday.
    #[must_use]
    pub fn to_sunday_zero(self) -> u8 {
        (self.to_monday_zero() + 1) % 7
    }
}

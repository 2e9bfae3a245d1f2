//! The fields of a cron expression: their ranges, their names, and their items put together.

use super::item::{Item, Names};
use crate::error::Error;

/// Longest text of one field.
const MAX_LENGTH: usize = 400;

/// Which field a text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
    Week,
}

impl Unit {
    /// Smallest and largest number that may be written.
    pub(super) fn range(self) -> (u32, u32) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 7),
            Self::Week => (1, 53),
        }
    }

    /// Smallest and largest distinct value; weekday 7 is 0 once more.
    pub(super) fn values(self) -> (u32, u32) {
        match self {
            Self::DayOfWeek => (0, 6),
            other => other.range(),
        }
    }

    /// The range a bare `H` picks from: days that every month has.
    pub(super) fn hash_range(self) -> (u32, u32) {
        match self {
            Self::DayOfMonth => (1, 28),
            Self::Week => (1, 52),
            other => other.values(),
        }
    }

    pub(super) fn names(self) -> Option<&'static Names> {
        match self {
            Self::Month => Some(&[
                "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
            ]),
            Self::DayOfWeek => Some(&["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
            _ => None,
        }
    }

    pub(super) fn english(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
            Self::Week => "week",
        }
    }

    pub(super) fn arabic(self) -> &'static str {
        match self {
            Self::Second => "الثانية",
            Self::Minute => "الدقيقة",
            Self::Hour => "الساعة",
            Self::DayOfMonth => "يوم الشهر",
            Self::Month => "الشهر",
            Self::DayOfWeek => "يوم الأسبوع",
            Self::Week => "الأسبوع",
        }
    }

    /// The Rust name of the field in a spec of six named fields.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day_of_month",
            Self::Month => "month",
            Self::DayOfWeek => "day_of_week",
            Self::Week => "week",
        }
    }

    /// The number that makes `H` differ between the fields of one job.
    pub(super) fn salt(self) -> u64 {
        match self {
            Self::Second => 0,
            Self::Minute => 1,
            Self::Hour => 2,
            Self::DayOfMonth => 3,
            Self::Month => 4,
            Self::DayOfWeek => 5,
            Self::Week => 6,
        }
    }
}

/// Where a field came from, for error messages and for `H`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) unit: Unit,
    /// The field of the spec to blame.
    pub(super) blame: &'static str,
    pub(super) hash_seed: u64,
}

impl Place {
    /// An error about this field; the sentences are completed with the field's name.
    pub(super) fn refuse(self, code: &'static str, en: &str, ar: &str) -> Error {
        let unit = self.unit;
        Error::new(
            self.blame,
            code,
            format!("{} field: {en}", unit.english()),
            format!("حقل {}: {ar}", unit.arabic()),
        )
    }
}

/// A field's items put together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Field {
    /// The values that match, one bit each.
    pub(super) bits: u64,
    /// Some item runs through the whole field (`*`, `*/5`, `0/5`, `H/15`, `0-59`).
    pub(super) open: bool,
    /// The text starts with `*` or `?`, which is what cron's day rule asks about.
    pub(super) starred: bool,
    /// Day of month only: bit n is the day n days before the last.
    pub(super) from_last: u32,
    /// Day of month only: the working day nearest to day n.
    pub(super) nearest: u32,
    /// Day of month only: the last working day.
    pub(super) last_working_day: bool,
    /// Day of week only: weekdays whose last occurrence in the month matches.
    pub(super) last_weekdays: u8,
    /// Day of week only: bit `weekday * 5 + (n - 1)`.
    pub(super) nth_weekdays: u64,
}

impl Field {
    pub(super) fn parse(text: &str, place: Place) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(place.refuse(
                "empty_field",
                "is empty; write * for every value.",
                "فارغ؛ اكتب * لكل القيم.",
            ));
        }
        if text.len() > MAX_LENGTH {
            return Err(place.refuse(
                "too_long",
                "is longer than 400 characters; use ranges and steps instead of long lists.",
                "أطول من 400 حرف؛ استخدم المجالات والخطوات بدل القوائم الطويلة.",
            ));
        }
        let upper = text.to_ascii_uppercase();
        let mut field = Self {
            starred: upper.starts_with(['*', '?']),
            ..Self::default()
        };
        for item in upper.split(',') {
            field.add(Item::parse(item, place)?);
        }
        Ok(field)
    }

    fn add(&mut self, item: Item) {
        match item {
            Item::Values { bits, open } => {
                self.bits |= bits;
                self.open |= open;
            }
            Item::FromLast(days) => self.from_last |= 1 << days,
            Item::Nearest(day) => self.nearest |= 1 << day,
            Item::LastWorkingDay => self.last_working_day = true,
            Item::LastWeekday(weekday) => self.last_weekdays |= 1 << weekday,
            Item::NthWeekday { weekday, nth } => self.nth_weekdays |= 1 << (weekday * 5 + nth - 1),
        }
    }

    /// Every value of `unit` matches, however it was written.
    pub(super) fn is_any(&self, unit: Unit) -> bool {
        let (low, high) = unit.values();
        (low..=high).all(|value| self.bits >> value & 1 == 1)
    }
}

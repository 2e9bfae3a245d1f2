//! The wall-clock times of a rule, before any zone is involved.
//!
//! A local second is a count of seconds since 1970-01-01T00:00:00 on a clock that never jumps.

use crate::civil::DAY;
use crate::dates::Dates;
use crate::times::Times;

/// Days and times of day; every matching time happens on every matching day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalRule {
    every_day: bool,
    pub(crate) times: Times,
    pub(crate) dates: Dates,
}

impl LocalRule {
    pub(crate) fn new(dates: Dates, times: Times) -> Self {
        Self {
            every_day: dates.is_any(),
            times,
            dates,
        }
    }

    /// The first matching local second at or after `from`.
    #[inline]
    pub(crate) fn at_or_after(&self, from: i64) -> Option<i64> {
        let day = from.div_euclid(DAY);
        let second = (from - day * DAY) as u32;
        if self.every_day {
            return Some(match self.times.at_or_after(second) {
                Some(time) => day * DAY + i64::from(time),
                None => (day + 1) * DAY + i64::from(self.times.first()),
            });
        }
        let mut found = self.dates.at_or_after(day)?;
        if found == day {
            if let Some(time) = self.times.at_or_after(second) {
                return Some(day * DAY + i64::from(time));
            }
            found = self.dates.at_or_after(day + 1)?;
        }
        Some(found * DAY + i64::from(self.times.first()))
    }

    /// The last matching local second at or before `to`.
    pub(crate) fn at_or_before(&self, to: i64) -> Option<i64> {
        let day = to.div_euclid(DAY);
        let second = (to - day * DAY) as u32;
        let mut found = self.dates.at_or_before(day)?;
        if found == day {
            if let Some(time) = self.times.at_or_before(second) {
                return Some(day * DAY + i64::from(time));
            }
            found = self.dates.at_or_before(day - 1)?;
        }
        Some(found * DAY + i64::from(self.times.last()))
    }

    /// Whether the local second matches.
    pub(crate) fn matches(&self, local: i64) -> bool {
        self.at_or_after(local) == Some(local)
    }

    /// Whether some local second in `from..until` matches.
    pub(crate) fn matches_within(&self, from: i64, until: i64) -> bool {
        self.at_or_after(from).is_some_and(|found| found < until)
    }
}

//! A compiled schedule and the questions it answers.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::search::ClockRule;
use crate::zone::{CYCLE, CYCLE_START, TABLE_END, Zone};

const MICROS: i64 = 1_000_000;

/// The kind of rule a schedule was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Runs only by hand.
    Manual,
    /// Every so many seconds.
    Interval,
    /// A cron expression.
    Cron,
    /// One instant.
    Once,
    /// Times of every day.
    Daily,
    /// Times of some weekdays.
    Weekly,
    /// Times of some days of the month.
    Monthly,
    /// Six named cron fields with an ISO week.
    Fields,
}

/// A schedule ready to be asked. Cloning it copies one pointer.
#[derive(Clone, Debug)]
pub struct Schedule {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) kind: Kind,
    pub(crate) rule: Rule,
    pub(crate) zone: Arc<Zone>,
    /// Bounds in microseconds, both inclusive.
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
}

#[derive(Debug)]
pub(crate) enum Rule {
    Manual,
    Once {
        at: i64,
    },
    /// `base + k * every`, k >= 0, in microseconds.
    Interval {
        every: i64,
        base: i64,
    },
    Clock(ClockRule),
}

/// The instants jiff can express, in microseconds.
pub(crate) fn earliest() -> i64 {
    Timestamp::MIN.as_second() * MICROS
}

pub(crate) fn latest() -> i64 {
    Timestamp::MAX.as_second() * MICROS
}

/// Microseconds at or before an instant.
pub(crate) fn micros_floor(at: Timestamp) -> i64 {
    at.as_nanosecond().div_euclid(1_000) as i64
}

/// Microseconds at or after an instant.
pub(crate) fn micros_ceil(at: Timestamp) -> i64 {
    (-(-at.as_nanosecond()).div_euclid(1_000)) as i64
}

pub(crate) fn timestamp(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros).ok()
}

impl Schedule {
    pub(crate) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// The first run strictly after `t`, or `None` when there is none.
    #[must_use]
    pub fn next_after(&self, t: Timestamp) -> Option<Timestamp> {
        self.next_after_us(micros_floor(t)).and_then(timestamp)
    }

    /// [`next_after`](Self::next_after) in microseconds since 1970-01-01T00:00:00Z, for callers that ask millions
    /// of times. Any value is allowed.
    #[inline]
    #[must_use]
    pub fn next_after_us(&self, unix_micros: i64) -> Option<i64> {
        let inner = &*self.inner;
        let after = unix_micros
            .max(inner.not_before.saturating_sub(1))
            .min(inner.not_after);
        let found = match &inner.rule {
            Rule::Clock(rule) => rule
                .next(&inner.zone, after.div_euclid(MICROS))?
                .checked_mul(MICROS)?,
            Rule::Interval { every, base } => next_in_grid(*every, *base, after)?,
            Rule::Once { at } => (*at > after).then_some(*at)?,
            Rule::Manual => return None,
        };
        (found <= inner.not_after).then_some(found)
    }

    /// The last run strictly before `t`, or `None` when there is none.
    #[must_use]
    pub fn previous(&self, t: Timestamp) -> Option<Timestamp> {
        let inner = &*self.inner;
        let until = (micros_ceil(t) - 1)
            .min(inner.not_after)
            .max(inner.not_before.saturating_sub(1));
        let found = match &inner.rule {
            Rule::Clock(rule) => rule
                .previous(&inner.zone, until.div_euclid(MICROS))?
                .checked_mul(MICROS)?,
            Rule::Interval { every, base } => previous_in_grid(*every, *base, until)?,
            Rule::Once { at } => (*at <= until).then_some(*at)?,
            Rule::Manual => return None,
        };
        if found < inner.not_before {
            None
        } else {
            timestamp(found)
        }
    }

    /// Whether the rule reads a wall clock, so that its instants depend on the zone's rules. Intervals, one-time
    /// and manual schedules do not.
    #[must_use]
    pub fn runs_by_wall_clock(&self) -> bool {
        matches!(self.inner.rule, Rule::Clock(_))
    }

    /// The zone the schedule was compiled for.
    #[must_use]
    pub fn timezone(&self) -> &TimeZone {
        self.inner.zone.time_zone()
    }

    /// The kind of rule.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// A remark for a run at `t` that a reader of the wall clock would stumble over:
    /// `moved_by_gap` when it stands in for a time the clock jumped over, `repeated_hour` when the clock shows this
    /// time twice on that day.
    #[must_use]
    pub fn note(&self, t: Timestamp) -> Option<&'static str> {
        if matches!(self.inner.rule, Rule::Manual) {
            return None;
        }
        let zone = &*self.inner.zone;
        let mut at = t.as_second();
        if at >= TABLE_END {
            at = CYCLE_START + (at - CYCLE_START).rem_euclid(CYCLE);
        }
        let period = zone.period_at(at);
        if let Rule::Clock(rule) = &self.inner.rule
            && t.subsec_nanosecond() == 0
            && at == zone.start(period)
            && rule.makes_up_for_gap(zone, period)
            && !rule.local.matches(at + zone.offset(period))
        {
            return Some("moved_by_gap");
        }
        let repeats = |jump: i64, since: i64| jump < 0 && since < -jump;
        let second_pass = repeats(zone.jump(period), at.saturating_sub(zone.start(period)));
        let first_pass = repeats(zone.jump(period + 1), zone.end(period) - 1 - at);
        (first_pass || second_pass).then_some("repeated_hour")
    }
}

fn next_in_grid(every: i64, base: i64, after: i64) -> Option<i64> {
    if after < base {
        return Some(base);
    }
    let steps = (after - base) / every + 1;
    steps.checked_mul(every)?.checked_add(base)
}

fn previous_in_grid(every: i64, base: i64, until: i64) -> Option<i64> {
    (until >= base).then(|| base + (until - base) / every * every)
}

#[cfg(test)]
mod tests {
    use super::Inner;

    #[test]
    fn a_million_schedules_fit_in_a_hundred_megabytes() {
        // The two counters of the `Arc` come on top.
        assert!(size_of::<Inner>() <= 88, "{} bytes", size_of::<Inner>());
    }
}

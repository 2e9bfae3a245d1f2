//! A compiled schedule and the questions it answers.
//!
//! How zones and rules meet: between two changes of a zone's offset, local time and elapsed time run in step, so
//! in each such *period* the next local match is the next instant. The daylight saving policy only decides which
//! part of a period counts (a repeated hour belongs to the first or the last period that shows it, or to both) and
//! whether the instant at which a period begins stands in for times that were jumped over. Every search is a walk
//! over periods that follows from this, forward or backward.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::local::LocalRule;
use crate::spec::{Gap, Overlap};
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

/// A rule that reads the wall clock.
#[derive(Debug)]
pub(crate) struct ClockRule {
    pub(crate) local: LocalRule,
    /// Whether the daylight saving policy applies (see the crate documentation).
    pub(crate) fixed_time: bool,
    pub(crate) gap: Gap,
    pub(crate) overlap: Overlap,
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

impl ClockRule {
    /// The instant at which the first part of `period` that counts begins.
    #[inline]
    fn counts_from(&self, zone: &Zone, period: usize) -> i64 {
        let start = zone.start(period);
        if self.overlap == Overlap::First {
            start.saturating_add(-zone.jump(period).min(0))
        } else {
            start
        }
    }

    /// The instant after the last part of `period` that counts.
    #[inline]
    fn counts_until(&self, zone: &Zone, period: usize) -> i64 {
        let end = zone.end(period);
        if self.overlap == Overlap::Second {
            end + zone.jump(period + 1).min(0)
        } else {
            end
        }
    }

    /// Whether the first instant of `period` stands in for matching times that the clock jumped over.
    fn makes_up_for_gap(&self, zone: &Zone, period: usize) -> bool {
        let jump = zone.jump(period);
        if jump <= 0 || self.gap == Gap::Skip {
            return false;
        }
        let after = zone.start(period) + zone.offset(period);
        self.local.matches_within(after - jump, after)
    }

    /// The first run strictly after second `after`.
    #[inline]
    pub(crate) fn next(&self, zone: &Zone, after: i64) -> Option<i64> {
        let found = if let Some(offset) = zone.fixed_offset() {
            self.local.at_or_after(after + 1 + offset)? - offset
        } else {
            self.next_over_changes(zone, after)?
        };
        (found <= Timestamp::MAX.as_second()).then_some(found)
    }

    #[inline]
    fn next_over_changes(&self, zone: &Zone, after: i64) -> Option<i64> {
        let mut shift = 0;
        let mut from = after + 1;
        if from >= TABLE_END {
            shift = (from - CYCLE_START).div_euclid(CYCLE) * CYCLE;
            from -= shift;
        }
        let mut period = zone.period_at(from);
        // The dense case: the next match lies in the period we are in.
        let first = from.max(self.counts_from(zone, period));
        let offset = zone.offset(period);
        let candidate = self.local.at_or_after(first + offset)?;
        if candidate - offset < self.counts_until(zone, period) {
            return Some(candidate - offset + shift);
        }
        // `candidate` is the first match at or after `asked`; it need not be searched again before it is passed.
        let (mut asked, mut candidate) = (first + offset, candidate);
        loop {
            period += 1;
            if period >= zone.periods() {
                shift += CYCLE;
                if shift + CYCLE_START > Timestamp::MAX.as_second() {
                    return None;
                }
                period = zone.cycle_period();
                from = CYCLE_START;
                asked -= CYCLE;
                candidate -= CYCLE;
            } else {
                from = zone.start(period);
                if self.makes_up_for_gap_at(zone, period, &mut asked, &mut candidate)? {
                    return Some(from + shift);
                }
            }
            let first = from.max(self.counts_from(zone, period));
            let until = self.counts_until(zone, period);
            if first >= until {
                continue;
            }
            let offset = zone.offset(period);
            self.seek(first + offset, &mut asked, &mut candidate)?;
            if candidate - offset < until {
                return Some(candidate - offset + shift);
            }
        }
    }

    /// [`makes_up_for_gap`](Self::makes_up_for_gap) with the candidate of a running search.
    fn makes_up_for_gap_at(
        &self,
        zone: &Zone,
        period: usize,
        asked: &mut i64,
        candidate: &mut i64,
    ) -> Option<bool> {
        let jump = zone.jump(period);
        if jump <= 0 || self.gap == Gap::Skip {
            return Some(false);
        }
        let after = zone.start(period) + zone.offset(period);
        self.seek(after - jump, asked, candidate)?;
        Some(*candidate < after)
    }

    /// Makes `candidate` the first match at or after `from`, searching only if the last search does not tell.
    fn seek(&self, from: i64, asked: &mut i64, candidate: &mut i64) -> Option<()> {
        if from < *asked || from > *candidate {
            *candidate = self.local.at_or_after(from)?;
            *asked = from;
        }
        Some(())
    }

    /// The last run at or before second `until`.
    pub(crate) fn previous(&self, zone: &Zone, until: i64) -> Option<i64> {
        let found = if let Some(offset) = zone.fixed_offset() {
            self.local.at_or_before(until + offset)? - offset
        } else {
            self.previous_over_changes(zone, until)?
        };
        (found >= Timestamp::MIN.as_second()).then_some(found)
    }

    fn previous_over_changes(&self, zone: &Zone, until: i64) -> Option<i64> {
        let mut shift = 0;
        let mut to = until;
        if to >= TABLE_END {
            shift = (to - CYCLE_START).div_euclid(CYCLE) * CYCLE;
            to -= shift;
        }
        let mut period = zone.period_at(to);
        loop {
            let wraps = shift > 0 && period == zone.cycle_period();
            let mut first = self.counts_from(zone, period);
            if wraps {
                first = first.max(CYCLE_START);
            }
            let last = to.min(self.counts_until(zone, period) - 1);
            if last >= first {
                let offset = zone.offset(period);
                let found = self.local.at_or_before(last + offset)? - offset;
                if found >= first {
                    return Some(found + shift);
                }
            }
            if wraps {
                shift -= CYCLE;
                period = zone.periods() - 1;
                to = TABLE_END - 1;
                continue;
            }
            let start = zone.start(period);
            if start <= to && self.makes_up_for_gap(zone, period) {
                return Some(start + shift);
            }
            period = period.checked_sub(1)?;
            to = start - 1;
        }
    }
}

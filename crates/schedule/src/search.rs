//! Finding the next and the previous run of a rule that reads the wall clock.
//!
//! How zones and rules meet: between two changes of a zone's offset, local time and elapsed time run in step, so
//! in each such *period* the next local match is the next instant. The daylight saving policy only decides which
//! part of a period counts (a repeated hour belongs to the first or the last period that shows it, or to both) and
//! whether the instant at which a period begins stands in for times that were jumped over. Every search is a walk
//! over periods that follows from this, forward or backward.

use jiff::Timestamp;

use crate::local::LocalRule;
use crate::spec::{Gap, Overlap};
use crate::zone::{CYCLE, CYCLE_START, TABLE_END, Zone};

/// A rule that reads the wall clock.
#[derive(Debug)]
pub(crate) struct ClockRule {
    pub(crate) local: LocalRule,
    /// Whether the daylight saving policy applies (see the crate documentation).
    pub(crate) fixed_time: bool,
    pub(crate) gap: Gap,
    pub(crate) overlap: Overlap,
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
    pub(crate) fn makes_up_for_gap(&self, zone: &Zone, period: usize) -> bool {
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
        // The period of the last second that does not count, so that a gap that ends at `from` is not passed over.
        let mut period = zone.period_at(from - 1);
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
            if self.makes_up_for_gap(zone, period) {
                return Some(start + shift);
            }
            period = period.checked_sub(1)?;
            to = start - 1;
        }
    }
}

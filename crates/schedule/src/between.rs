//! The runs inside a span of time.

use jiff::Timestamp;

use crate::schedule::{Rule, Schedule, micros_floor, timestamp};

/// The runs after one instant and up to and including another; see [`Schedule::between`].
#[derive(Clone, Debug)]
pub struct Between<'a> {
    schedule: &'a Schedule,
    after: i64,
    until: i64,
}

impl Iterator for Between<'_> {
    type Item = Timestamp;

    fn next(&mut self) -> Option<Timestamp> {
        if self.after >= self.until {
            return None;
        }
        match self
            .schedule
            .next_after_us(self.after)
            .filter(|&at| at <= self.until)
        {
            Some(at) => {
                self.after = at;
                timestamp(at)
            }
            None => {
                self.after = self.until;
                None
            }
        }
    }
}

impl std::iter::FusedIterator for Between<'_> {}

impl Schedule {
    /// The runs strictly after `after_exclusive` and not later than `until_inclusive`, in order.
    #[must_use]
    pub fn between(&self, after_exclusive: Timestamp, until_inclusive: Timestamp) -> Between<'_> {
        Between {
            schedule: self,
            after: micros_floor(after_exclusive),
            until: micros_floor(until_inclusive),
        }
    }

    /// How many runs [`between`](Self::between) would yield, but never more than `cap`. Intervals are computed,
    /// not counted; other rules cost one search for each run up to the cap.
    #[must_use]
    pub fn count_between(&self, after: Timestamp, until: Timestamp, cap: u64) -> u64 {
        let mut span = self.between(after, until);
        if let Rule::Interval { every, .. } = self.inner().rule {
            let until = span.until.min(self.inner().not_after);
            return match self.next_after_us(span.after) {
                Some(first) if first <= until => cap.min((until - first) as u64 / every as u64 + 1),
                _ => 0,
            };
        }
        let mut count = 0;
        while count < cap && span.next().is_some() {
            count += 1;
        }
        count
    }
}

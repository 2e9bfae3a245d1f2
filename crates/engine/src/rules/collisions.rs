//! How many jobs start in the same minute, and which minute nearby is quieter.

use orloj_schedule::Timeline;

const MINUTE_US: i64 = 60_000_000;

/// Minutes in a row, and how many jobs start in each.
#[derive(Clone, Debug)]
pub(crate) struct Minutes {
    /// Number of the first minute since the epoch.
    first: i64,
    starts: Vec<u64>,
}

/// The number of the minute that an instant lies in.
pub(crate) fn minute_of(at_us: i64) -> i64 {
    at_us.div_euclid(MINUTE_US)
}

/// The instant at which a minute begins.
pub(crate) fn minute_begins(minute: i64) -> i64 {
    minute.saturating_mul(MINUTE_US)
}

impl Minutes {
    /// `before` minutes, `minute` itself, and `after` minutes, all still empty.
    pub(crate) fn around(minute: i64, before: u32, after: u32) -> Self {
        Self {
            first: minute - i64::from(before),
            starts: vec![0; before as usize + 1 + after as usize],
        }
    }

    /// The end of the last minute.
    pub(crate) fn end_us(&self) -> i64 {
        minute_begins(self.first + i64::try_from(self.starts.len()).unwrap_or(i64::MAX))
    }

    /// Adds one to each minute in which a job runs after `after_us`, however often it does there.
    pub(crate) fn add(&mut self, timeline: &Timeline, after_us: i64) {
        let (mut after, end) = (
            after_us.max(minute_begins(self.first) - 1),
            self.end_us() - 1,
        );
        while let Some(at) = timeline.runs(after, end).next() {
            let place = usize::try_from(minute_of(at) - self.first).ok();
            let Some(count) = place.and_then(|place| self.starts.get_mut(place)) else {
                break;
            };
            *count += 1;
            after = minute_begins(minute_of(at) + 1) - 1;
        }
    }

    /// How many start in a minute; none in a minute that is not among these.
    pub(crate) fn at(&self, minute: i64) -> u64 {
        usize::try_from(minute - self.first)
            .ok()
            .and_then(|place| self.starts.get(place))
            .copied()
            .unwrap_or(0)
    }

    /// The minute in which fewest start, when that is fewer than in `minute`. Of several the nearest, of two as near the
    /// later. Only minutes that `allowed` accepts count.
    pub(crate) fn quieter(&self, minute: i64, allowed: impl Fn(i64) -> bool) -> Option<i64> {
        (self.first..)
            .zip(&self.starts)
            .filter(|(other, starts)| **starts < self.at(minute) && allowed(*other))
            .min_by_key(|(other, starts)| (**starts, (other - minute).abs(), -other))
            .map(|(other, _)| other)
    }
}

#[cfg(test)]
mod tests {
    use orloj_schedule::{RuleSpec, Spec};

    use super::{Minutes, minute_of};

    fn cron(expression: &str) -> orloj_schedule::Timeline {
        Spec::new(RuleSpec::Cron {
            expression: expression.to_owned(),
        })
        .compile(0)
        .unwrap()
        .free()
    }

    fn minute(text: &str) -> i64 {
        minute_of(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn a_job_counts_once_in_each_minute_it_starts_in() {
        let two = minute("2026-03-02T02:00:00Z");
        let mut minutes = Minutes::around(two, 15, 15);
        for expression in ["0 2 * * *", "*/5 * * * *", "*/20 * * * * *", "30 3 * * *"] {
            minutes.add(&cron(expression), 0);
        }
        assert_eq!(minutes.at(two), 3);
        assert_eq!(minutes.at(two + 1), 1);
        assert_eq!(minutes.at(two - 5), 2);
        assert_eq!(minutes.at(two + 15), 2);
        assert_eq!(minutes.at(two + 16), 0);
    }

    #[test]
    fn what_lies_before_an_instant_does_not_count() {
        let two = minute("2026-03-02T02:00:00Z");
        let mut minutes = Minutes::around(two, 15, 15);
        minutes.add(&cron("* * * * *"), super::minute_begins(two));
        assert_eq!((minutes.at(two), minutes.at(two + 1)), (0, 1));
    }

    #[test]
    fn the_nearest_of_the_quietest_minutes_is_offered() {
        let two = minute("2026-03-02T02:00:00Z");
        let mut minutes = Minutes::around(two, 15, 15);
        for expression in ["0,1 2 * * *", "0 2 * * *", "59 1 * * *"] {
            minutes.add(&cron(expression), 0);
        }
        assert_eq!(minutes.quieter(two, |_| true), Some(two + 2));
        assert_eq!(
            minutes.quieter(two, |other| other <= two + 1),
            Some(two - 2)
        );
        assert_eq!(minutes.quieter(two + 2, |_| true), None);
    }
}

//! Where in time the instants of a recorded range lie.
//!
//! The ledger keeps a range of instants that did not run as one row with its ends and its count. Counting by hour or by
//! day needs to know how many of them fall into each; the schedule knows.

use orloj_schedule::Schedule;

use crate::clock::timestamp;

/// Ranges with more instants are spread evenly: counting them one by one would take long and show no difference.
const COUNT_ONE_BY_ONE: u64 = 100_000;

/// A range of instants, ends included, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First instant.
    pub from: i64,
    /// Last instant.
    pub until: i64,
    /// Number of instants.
    pub count: u64,
}

/// How many instants of `range` lie in each of the spans between neighbouring `edges` (ascending; a span includes its
/// beginning, not its end). Instants outside the edges are left out. A schedule that does not have as many instants
/// there (it was edited since) is not asked further: the instants are spread evenly then.
pub fn spread(schedule: Option<&Schedule>, range: Range, edges: &[i64]) -> Vec<u64> {
    let Range { from, until, count } = range;
    let spans = || edges.windows(2).map(|pair| (pair[0], pair[1]));
    if spans().any(|(begin, end)| begin <= from && until < end) {
        return spans()
            .map(|(begin, end)| {
                if begin <= from && until < end {
                    count
                } else {
                    0
                }
            })
            .collect();
    }
    let exact = schedule.filter(|schedule| {
        count <= COUNT_ONE_BY_ONE
            && schedule.count_between(timestamp(from - 1), timestamp(until), count + 1) == count
    });
    spans()
        .map(|(begin, end)| {
            let (first, last) = (begin.max(from), (end - 1).min(until));
            match exact {
                _ if first > last => 0,
                Some(schedule) => {
                    schedule.count_between(timestamp(first - 1), timestamp(last), count)
                }
                None => before(range, last + 1) - before(range, first),
            }
        })
        .collect()
}

/// Instants before `at` if all of them keep the same distance.
fn before(range: Range, at: i64) -> u64 {
    let length = i128::from(range.until - range.from) + 1;
    let passed = i128::from(at - range.from).clamp(0, length);
    let share = i128::from(range.count) * passed / length;
    u64::try_from(share).unwrap_or(range.count)
}

#[cfg(test)]
mod tests {
    use orloj_schedule::{RuleSpec, Schedule, Spec};

    use super::{Range, spread};

    const HOUR: i64 = 3_600_000_000;

    fn schedule(expression: &str) -> Schedule {
        Spec::new(RuleSpec::Cron {
            expression: expression.to_owned(),
        })
        .compile(0)
        .unwrap()
    }

    #[test]
    fn instants_are_where_the_schedule_has_them() {
        let twice_in_the_first_hour = schedule("10,20 0 * * *");
        let edges: Vec<i64> = (0..=24).map(|hour| hour * HOUR).collect();
        let range = Range {
            from: HOUR / 6,
            until: 24 * HOUR + HOUR / 6,
            count: 3,
        };
        let spans = spread(Some(&twice_in_the_first_hour), range, &edges);
        assert_eq!((spans[0], spans.iter().sum::<u64>()), (2, 2));
    }

    #[test]
    fn a_range_within_one_span_needs_no_schedule() {
        let range = Range {
            from: HOUR + 1,
            until: 2 * HOUR - 1,
            count: 7,
        };
        assert_eq!(spread(None, range, &[0, HOUR, 2 * HOUR]), [0, 7]);
    }

    #[test]
    fn what_the_schedule_does_not_know_is_spread_evenly_and_completely() {
        let hourly = schedule("0 * * * *");
        let range = Range {
            from: 0,
            until: 4 * HOUR - 1,
            count: 1_001,
        };
        let edges: Vec<i64> = (0..=4).map(|hour| hour * HOUR).collect();
        assert_eq!(
            spread(Some(&hourly), range, &edges).iter().sum::<u64>(),
            1_001
        );
        assert_eq!(spread(None, range, &edges[1..3]), [250]);
    }
}

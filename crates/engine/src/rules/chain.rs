//! Which ends of parents make which runs of a child.

use crate::model::{After, JoinMode};

/// The end of a parent that its child has not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The parent.
    pub parent_id: i64,
    /// Its execution.
    pub execution_id: i64,
    /// When that was created; with its number it makes the UUID.
    pub created_at: i64,
    /// When it ended, in microseconds.
    pub finished_at: i64,
}

/// What becomes of arrivals. Each is in exactly one of the lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Each of these makes one run.
    pub runs: Vec<Vec<Arrival>>,
    /// These wait for other parents.
    pub waiting: Vec<Arrival>,
    /// These make no run, with the reason: a stable word.
    pub dropped: Vec<(Arrival, &'static str)>,
}

/// A newer end of the same parent came before the others did.
pub const SUPERSEDED: &str = "superseded";
/// The other parents did not end within the time.
pub const JOIN_EXPIRED: &str = "join_expired";
/// The job does not run after this one any more.
pub const NOT_A_PARENT: &str = "not_a_parent";

/// Joins arrivals, oldest first.
#[must_use]
pub fn join(after: &After, arrivals: &[Arrival]) -> Joined {
    let mut arrivals = arrivals.to_vec();
    arrivals.sort_unstable_by_key(|arrival| (arrival.finished_at, arrival.execution_id));
    let mut joined = Joined::default();
    let within = after
        .within_seconds
        .map(|seconds| i64::from(seconds) * 1_000_000);
    // By finish, one for each parent at most.
    let mut waiting: Vec<Arrival> = Vec::new();
    for arrival in arrivals {
        let is_parent = |id: i64| after.parents.iter().any(|parent| parent.job_id == id);
        if !is_parent(arrival.parent_id) {
            joined.dropped.push((arrival, NOT_A_PARENT));
            continue;
        }
        if after.mode == JoinMode::Any {
            joined.runs.push(vec![arrival]);
            continue;
        }
        waiting.retain(|earlier| {
            let reason = if earlier.parent_id == arrival.parent_id {
                SUPERSEDED
            } else if within
                .is_some_and(|within| arrival.finished_at - earlier.finished_at > within)
            {
                JOIN_EXPIRED
            } else {
                return true;
            };
            joined.dropped.push((*earlier, reason));
            false
        });
        waiting.push(arrival);
        let complete = after
            .parents
            .iter()
            .all(|parent| waiting.iter().any(|have| have.parent_id == parent.job_id));
        if complete {
            joined.runs.push(std::mem::take(&mut waiting));
        }
    }
    joined.waiting = waiting;
    joined
}

/// A way from a job back to itself if it ran after `parents`, as numbers of jobs; `edges` are `(child, parent)`.
#[must_use]
pub fn circle(child: i64, parents: &[i64], edges: &[(i64, i64)]) -> Option<Vec<i64>> {
    let mut seen = std::collections::HashMap::new();
    let mut next: Vec<(i64, i64)> = parents.iter().map(|parent| (*parent, child)).collect();
    while let Some((job, from)) = next.pop() {
        if job == child {
            // Against the edges: from the parent that closes the circle down to the child.
            let mut path = vec![child];
            let mut at = from;
            while at != child {
                path.push(at);
                at = *seen.get(&at)?;
            }
            path.push(child);
            return Some(path);
        }
        if seen.insert(job, from).is_none() {
            let above = edges.iter().filter(|(below, _)| *below == job);
            next.extend(above.map(|(_, parent)| (*parent, job)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Arrival, JOIN_EXPIRED, SUPERSEDED, circle, join};
    use crate::model::{After, JoinMode, OnEnd, Parent};

    fn after(parents: &[i64], mode: JoinMode, within_seconds: Option<u32>) -> After {
        After {
            parents: parents
                .iter()
                .map(|job_id| Parent {
                    job_id: *job_id,
                    on: OnEnd::Success,
                    alias: None,
                })
                .collect(),
            mode,
            within_seconds,
        }
    }

    fn end(parent_id: i64, execution_id: i64, second: i64) -> Arrival {
        Arrival {
            parent_id,
            execution_id,
            created_at: 0,
            finished_at: second * 1_000_000,
        }
    }

    fn numbers(arrivals: &[Arrival]) -> Vec<i64> {
        arrivals
            .iter()
            .map(|arrival| arrival.execution_id)
            .collect()
    }

    #[test]
    fn any_runs_for_each_end() {
        let joined = join(
            &after(&[1, 2], JoinMode::Any, None),
            &[end(2, 11, 5), end(1, 10, 4)],
        );
        let runs: Vec<_> = joined.runs.iter().map(|run| numbers(run)).collect();
        assert_eq!(runs, [[10], [11]]);
        assert!(joined.waiting.is_empty());
    }

    #[test]
    fn all_runs_once_for_the_newest_end_of_each() {
        let both = after(&[1, 2], JoinMode::All, None);
        let joined = join(
            &both,
            &[end(1, 10, 1), end(1, 11, 2), end(2, 12, 3), end(2, 13, 4)],
        );
        assert_eq!(
            joined
                .runs
                .iter()
                .map(|run| numbers(run))
                .collect::<Vec<_>>(),
            [[11, 12]]
        );
        assert_eq!(joined.dropped, [(end(1, 10, 1), SUPERSEDED)]);
        assert_eq!(numbers(&joined.waiting), [13]);
    }

    #[test]
    fn ends_too_far_apart_do_not_join() {
        let both = after(&[1, 2], JoinMode::All, Some(10));
        let joined = join(&both, &[end(1, 10, 0), end(2, 11, 11), end(1, 12, 21)]);
        assert_eq!(joined.dropped, [(end(1, 10, 0), JOIN_EXPIRED)]);
        assert_eq!(
            joined
                .runs
                .iter()
                .map(|run| numbers(run))
                .collect::<Vec<_>>(),
            [[11, 12]]
        );
    }

    #[test]
    fn in_whatever_portions_ends_arrive_the_runs_are_the_same() {
        let all = after(&[1, 2, 3], JoinMode::All, Some(30));
        let mut state = 7_u64;
        let mut random = move |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) % below
        };
        for _ in 0..200 {
            let ends: Vec<Arrival> = (0..20)
                .map(|at| end(1 + random(3) as i64, at, at * 4))
                .collect();
            let whole = join(&all, &ends);
            let (mut runs, mut waiting, mut rest) = (Vec::new(), Vec::new(), ends.as_slice());
            while !rest.is_empty() {
                let (part, later) = rest.split_at(rest.len().min(1 + random(4) as usize));
                waiting.extend_from_slice(part);
                let step = join(&all, &waiting);
                runs.extend(step.runs);
                waiting = step.waiting;
                rest = later;
            }
            assert_eq!((runs, waiting), (whole.runs.clone(), whole.waiting.clone()));
            let counted = whole.runs.iter().map(Vec::len).sum::<usize>()
                + whole.waiting.len()
                + whole.dropped.len();
            assert_eq!(counted, ends.len(), "every end has one fate");
        }
    }

    #[test]
    fn circles_are_found_and_named() {
        // 3 after 2 after 1.
        let edges = [(2, 1), (3, 2)];
        assert_eq!(circle(1, &[3], &edges), Some(vec![1, 2, 3, 1]));
        assert_eq!(circle(1, &[1], &[]), Some(vec![1, 1]));
        assert_eq!(circle(4, &[3, 1], &edges), None);
        assert_eq!(circle(3, &[1], &edges), None, "a short cut is no circle");
    }
}

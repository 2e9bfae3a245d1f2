//! The gates: how many runs of each job are under way, and how many wait for one of them to end.
//!
//! Only jobs with something under way or waiting have a gate. Runs that other instances hold count here too, until they
//! are gone: those that went on when their shard moved here, and those that this instance has offered to the others. What
//! this instance runs of foreign shards is entered as well, so that it counts should such a shard become its own.

use std::collections::{HashMap, HashSet};

use crate::rules::ids::shard_of;

#[derive(Debug, Default)]
struct Gate {
    /// Admitted and not ended, oldest first, each once: ready, running, offered, or held by another instance.
    admitted: Vec<i64>,
    /// Parked in the database.
    parked: u32,
    /// Of them since the last answer from there, which may not know of them.
    fresh: u32,
    /// Asked back from there.
    promoting: u32,
}

/// Where an execution is that was admitted here and is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Another instance holds it.
    Held,
    /// It is offered, and nobody has taken it yet.
    Offered,
    /// Nobody else counts it as running any more: it has ended, or waits for its gate again.
    Gone,
}

/// An execution and the stay elsewhere that is meant: it may come back and leave again before an answer about it comes.
pub(crate) type Stay = (i64, u64);

#[derive(Debug)]
struct Elsewhere {
    job: i64,
    stay: u64,
    is_offered: bool,
}

/// The gates of all jobs of this instance's shards.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    by_job: HashMap<i64, Gate>,
    /// Executions that are offered or held by other instances.
    elsewhere: HashMap<i64, Elsewhere>,
    /// How many of those are offered, as far as is known.
    offered: usize,
    /// Number of the last stay elsewhere.
    stays: u64,
}

impl Gates {
    /// Runs of a job that are under way.
    pub(crate) fn admitted(&self, job: i64) -> usize {
        self.by_job.get(&job).map_or(0, |gate| gate.admitted.len())
    }

    /// The run of a job that was admitted first.
    pub(crate) fn oldest(&self, job: i64) -> Option<i64> {
        self.by_job.get(&job)?.admitted.first().copied()
    }

    /// A run is admitted. One that is already stays what it is.
    pub(crate) fn enter(&mut self, job: i64, id: i64) {
        let gate = self.by_job.entry(job).or_default();
        if !gate.admitted.contains(&id) {
            gate.admitted.push(id);
        }
    }

    /// A run that was admitted here is offered to other instances: it counts as before.
    pub(crate) fn offer(&mut self, job: i64, id: i64) {
        self.goes_elsewhere(job, id, true);
    }

    /// An execution came to this instance. Whether it was counted as one that is elsewhere: it is here now, and counted
    /// still.
    pub(crate) fn comes_back(&mut self, id: i64) -> bool {
        match self.elsewhere.remove(&id) {
            Some(was) => {
                self.offered -= usize::from(was.is_offered);
                true
            }
            None => false,
        }
    }

    /// A run has ended, or was given back. Whether there was one is of no interest.
    pub(crate) fn leave(&mut self, job: i64, id: i64) {
        if let Some(gate) = self.by_job.get_mut(&job) {
            gate.admitted.retain(|admitted| *admitted != id);
            self.forget_idle(job);
        }
    }

    /// A run waits in the database.
    pub(crate) fn park(&mut self, job: i64) {
        let gate = self.by_job.entry(job).or_default();
        gate.parked += 1;
        gate.fresh += 1;
    }

    /// Whether a parked run is to be asked back now; it then counts as asked for.
    pub(crate) fn ask_back(&mut self, job: i64) -> bool {
        match self.by_job.get_mut(&job) {
            Some(gate) if gate.parked > 0 => {
                gate.parked -= 1;
                gate.promoting += 1;
                true
            }
            _ => false,
        }
    }

    /// The answer to `asked` runs asked back: so many came. Where fewer came, so many are parked still: the others are gone
    /// (cancelled), or somebody held them at that moment.
    pub(crate) fn came_back(&mut self, job: i64, asked: u32, came: usize, left: usize) {
        if let Some(gate) = self.by_job.get_mut(&job) {
            gate.promoting = gate.promoting.saturating_sub(asked);
            let fresh = std::mem::take(&mut gate.fresh);
            if u32::try_from(came).unwrap_or(u32::MAX) < asked {
                // Rather one too many, which the next answer puts right, than one that nobody asks back.
                gate.parked = u32::try_from(left)
                    .unwrap_or(u32::MAX)
                    .saturating_add(fresh);
            }
            self.forget_idle(job);
        }
    }

    /// Shards became this instance's: what others still hold of them, and what is parked, by job.
    pub(crate) fn take_over(&mut self, elsewhere: Vec<(i64, i64)>, parked: &[(i64, i64)]) {
        for (id, job) in elsewhere {
            let is_here = !self.elsewhere.contains_key(&id)
                && self
                    .by_job
                    .get(&job)
                    .is_some_and(|gate| gate.admitted.contains(&id));
            // What has come here since the question was asked is not elsewhere.
            if !is_here {
                self.goes_elsewhere(job, id, false);
            }
        }
        for (job, count) in parked {
            self.by_job.entry(*job).or_default().parked = u32::try_from(*count).unwrap_or(u32::MAX);
        }
    }

    /// Executions that are offered or held by other instances.
    pub(crate) fn elsewhere(&self) -> Vec<Stay> {
        self.elsewhere
            .iter()
            .map(|(id, elsewhere)| (*id, elsewhere.stay))
            .collect()
    }

    /// How many executions are offered and were not seen to be taken.
    pub(crate) fn offered(&self) -> usize {
        self.offered
    }

    /// Nothing of what is offered was there when it was looked for: whatever it is that others do with it, the next look
    /// tells.
    pub(crate) fn none_offered(&mut self) {
        for elsewhere in self.elsewhere.values_mut() {
            elsewhere.is_offered = false;
        }
        self.offered = 0;
    }

    /// Where an execution was seen during this stay elsewhere. An answer about an earlier stay says nothing. Answers the
    /// job of one that is gone.
    pub(crate) fn seen(&mut self, (id, stay): Stay, standing: Standing) -> Option<i64> {
        let elsewhere = self.elsewhere.get_mut(&id)?;
        if elsewhere.stay != stay {
            return None;
        }
        let is_offered = standing == Standing::Offered;
        self.offered -= usize::from(elsewhere.is_offered);
        self.offered += usize::from(is_offered);
        elsewhere.is_offered = is_offered;
        if standing != Standing::Gone {
            return None;
        }
        let job = elsewhere.job;
        self.elsewhere.remove(&id);
        self.leave(job, id);
        Some(job)
    }

    /// Shards are handed over: what waits of them is the next owner's to ask back.
    pub(crate) fn give(&mut self, shards: &HashSet<i64>) {
        for (job, gate) in &mut self.by_job {
            if shards.contains(&shard_of(*job)) {
                gate.parked = 0;
                gate.promoting = 0;
            }
        }
        let gone: Vec<(i64, i64)> = self
            .elsewhere
            .iter()
            .filter(|(_, elsewhere)| shards.contains(&shard_of(elsewhere.job)))
            .map(|(id, elsewhere)| (*id, elsewhere.job))
            .collect();
        for (id, job) in gone {
            // Nobody would say here when it has ended.
            self.comes_back(id);
            self.leave(job, id);
        }
        self.by_job.retain(|_, gate| !gate.is_idle());
    }

    fn goes_elsewhere(&mut self, job: i64, id: i64, is_offered: bool) {
        self.comes_back(id);
        self.enter(job, id);
        self.stays += 1;
        self.offered += usize::from(is_offered);
        let elsewhere = Elsewhere {
            job,
            stay: self.stays,
            is_offered,
        };
        self.elsewhere.insert(id, elsewhere);
    }

    fn forget_idle(&mut self, job: i64) {
        if self.by_job.get(&job).is_some_and(Gate::is_idle) {
            self.by_job.remove(&job);
        }
    }
}

impl Gate {
    fn is_idle(&self) -> bool {
        self.admitted.is_empty() && self.parked == 0 && self.promoting == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_held_when_it_was_asked_back_is_asked_back_again() {
        let mut gates = Gates::default();
        gates.park(1);
        assert!(gates.ask_back(1));
        gates.came_back(1, 1, 0, 1);
        while gates.ask_back(1) {
            // It was cancelled meanwhile.
            gates.came_back(1, 1, 0, 0);
        }
        assert!(gates.by_job.is_empty());
    }

    #[test]
    fn what_is_offered_counts_once_wherever_it_goes() {
        let mut gates = Gates::default();
        gates.enter(1, 7);
        gates.offer(1, 7);
        assert_eq!((gates.admitted(1), gates.offered()), (1, 1));
        let stay = gates.elsewhere()[0];
        // Somebody takes it, and gives it up again.
        assert_eq!(gates.seen(stay, Standing::Held), None);
        assert_eq!((gates.admitted(1), gates.offered()), (1, 0));
        assert_eq!(gates.seen(stay, Standing::Offered), None);
        assert_eq!((gates.admitted(1), gates.offered()), (1, 1));
        // It comes back here, and is not counted a second time.
        assert!(gates.comes_back(7));
        gates.enter(1, 7);
        assert_eq!((gates.admitted(1), gates.offered()), (1, 0));
        assert!(!gates.comes_back(7));
        gates.leave(1, 7);
        assert!(gates.by_job.is_empty());
    }

    #[test]
    fn an_answer_about_an_earlier_offer_says_nothing_of_a_later_one() {
        let mut gates = Gates::default();
        gates.enter(1, 7);
        gates.offer(1, 7);
        let first = gates.elsewhere()[0];
        assert!(gates.comes_back(7));
        assert_eq!(gates.seen(first, Standing::Gone), None);
        gates.offer(1, 7);
        assert_eq!(gates.seen(first, Standing::Gone), None);
        assert_eq!((gates.admitted(1), gates.offered()), (1, 1));
        let second = gates.elsewhere()[0];
        assert_eq!(gates.seen(second, Standing::Gone), Some(1));
        assert_eq!((gates.admitted(1), gates.offered()), (0, 0));
    }

    #[test]
    fn a_run_of_a_foreign_shard_counts_once_when_the_shard_becomes_ones_own() {
        let mut gates = Gates::default();
        // It came while the shard was another's; the answer about the shard may be from before that.
        gates.enter(1, 7);
        gates.take_over(vec![(7, 1), (8, 1)], &[]);
        assert_eq!(gates.admitted(1), 2);
        let elsewhere: Vec<i64> = gates.elsewhere().iter().map(|(id, _)| *id).collect();
        assert_eq!(elsewhere, [8]);
        gates.leave(1, 7);
        assert_eq!(gates.admitted(1), 1);
    }

    #[test]
    fn what_is_elsewhere_is_the_next_owners_when_the_shard_is_handed_over() {
        let mut gates = Gates::default();
        gates.enter(1, 6);
        gates.enter(1, 7);
        gates.offer(1, 7);
        gates.take_over(vec![(8, 1)], &[]);
        gates.give(&HashSet::from([shard_of(1)]));
        assert_eq!((gates.admitted(1), gates.offered()), (1, 0));
        assert!(gates.elsewhere().is_empty());
        // What runs here counts again when the shard comes back, and what ended meanwhile does not.
        gates.take_over(vec![(8, 1)], &[]);
        assert_eq!(gates.admitted(1), 2);
    }

    #[test]
    fn what_was_parked_after_the_question_is_not_forgotten_with_the_answer() {
        let mut gates = Gates::default();
        gates.park(1);
        assert!(gates.ask_back(1));
        gates.came_back(1, 1, 1, 0);
        gates.park(1);
        assert!(gates.ask_back(1));
        gates.park(1);
        gates.came_back(1, 1, 0, 0);
        assert!(gates.ask_back(1), "the one that the answer did not know of");
    }
}

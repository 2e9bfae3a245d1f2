//! The gates: how many runs of each job are under way, and how many wait for one of them to end.
//!
//! Only jobs with something under way or waiting have a gate. Runs that other instances still hold after a shard has
//! moved count here too, until they are gone.

use std::collections::{HashMap, HashSet};

use crate::rules::ids::shard_of;

#[derive(Debug, Default)]
struct Gate {
    /// Admitted and not ended, oldest first: ready, running, or held by another instance.
    admitted: Vec<i64>,
    /// Parked in the database.
    parked: u32,
    /// Of them since the last answer from there, which may not know of them.
    fresh: u32,
    /// Asked back from there.
    promoting: u32,
}

/// The gates of all jobs of this instance's shards.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    by_job: HashMap<i64, Gate>,
    /// Executions that other instances hold, with their jobs.
    elsewhere: HashMap<i64, i64>,
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

    /// A run is admitted.
    pub(crate) fn enter(&mut self, job: i64, id: i64) {
        self.by_job.entry(job).or_default().admitted.push(id);
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
            if self.elsewhere.insert(id, job).is_none() {
                self.enter(job, id);
            }
        }
        for (job, count) in parked {
            self.by_job.entry(*job).or_default().parked = u32::try_from(*count).unwrap_or(u32::MAX);
        }
    }

    /// Executions that other instances were seen to hold.
    pub(crate) fn elsewhere(&self) -> Vec<i64> {
        self.elsewhere.keys().copied().collect()
    }

    /// Another instance holds this execution no more; answers its job.
    pub(crate) fn gone(&mut self, id: i64) -> Option<i64> {
        let job = self.elsewhere.remove(&id)?;
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
        self.elsewhere
            .retain(|_, job| !shards.contains(&shard_of(*job)));
        self.by_job.retain(|_, gate| !gate.is_idle());
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

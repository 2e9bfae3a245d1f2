//! How much an instance whose slots are taken offers to the others, and what it asks of the queue in the database.
//!
//! Executions go where their shards are. An owner without a free slot offers what has waited: it stays entered at its
//! job's gate there, so limits hold without a query, and whoever has a free slot takes it. Nothing is offered, and nothing
//! asked for others, where one instance is alone.

use super::pace::Pace;
use crate::model::Overlap;

/// Never more than this is offered at the same time: a long queue stays as it is, and is not written twice.
const MOST_OFFERED: usize = 4_096;

/// What a claim asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Executions altogether, mostly of the queue of this instance's own shards.
    pub limit: usize,
    /// First so many of those that this instance has offered and nobody took.
    pub back: usize,
    /// Where that was too little, so many of those that anybody has offered; as many as there are free slots.
    pub help: usize,
    /// Only what has been due for so long, in microseconds: it is claimed to be offered.
    pub waited_us: i64,
}

impl Ask {
    /// What an instance asks for itself that holds `ready` executions beside the `busy` slots; nothing, when that is not
    /// worth a transaction. So many of what it `offered` nobody has taken.
    pub(crate) fn own(
        pace: &Pace,
        slots: usize,
        (busy, ready): (usize, usize),
        offered: usize,
        peers: usize,
    ) -> Self {
        let held = busy + ready;
        let limit = pace.wanted(held);
        Self {
            limit,
            back: offered.min(pace.room(held)).min(limit),
            help: if peers > 0 {
                slots.saturating_sub(held)
            } else {
                0
            },
            waited_us: 0,
        }
    }

    /// What an instance without a free slot asks for to offer it: what may still be offered, less what is at hand.
    pub(crate) fn for_others(room: usize, ready: usize, waited_us: i64) -> Self {
        Self {
            limit: room.saturating_sub(ready),
            waited_us,
            ..Self::default()
        }
    }

    /// Whether it is claimed to be offered.
    pub(crate) fn is_for_others(self) -> bool {
        self.waited_us > 0
    }

    /// Both, as one claim.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            limit: self.limit.max(other.limit),
            back: self.back.max(other.back),
            help: self.help.max(other.help),
            waited_us: self.waited_us.min(other.waited_us),
        }
    }
}

/// How many more an instance may offer to its `peers`, while so many that it `offered` nobody has taken. Others are taken to
/// have as many slots as this one; with more they take what is offered the sooner.
pub(crate) fn room(slots: usize, peers: usize, offered: usize) -> usize {
    slots
        .saturating_mul(peers)
        .min(MOST_OFFERED)
        .saturating_sub(offered)
}

/// Whether executions of a job may be offered. A job that cancels its oldest run to make room needs it where its gate is,
/// and what only waits takes no slot.
pub(crate) fn may_be_offered(overlap: Overlap, waits: bool) -> bool {
    overlap != Overlap::CancelRunning && !waits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alone_nothing_is_offered_or_asked_of_others() {
        assert_eq!(room(128, 0, 0), 0);
        let pace = Pace::new(10);
        let ask = Ask::own(&pace, 10, (4, 0), 0, 0);
        assert_eq!((ask.limit, ask.back, ask.help), (pace.wanted(4), 0, 0));
    }

    #[test]
    fn as_much_is_offered_as_others_have_slots_and_never_without_bound() {
        assert_eq!(room(10, 2, 0), 20);
        assert_eq!(room(10, 2, 15), 5);
        assert_eq!(room(10, 2, 25), 0);
        assert_eq!(room(1_000_000, 60, 0), MOST_OFFERED);
    }

    #[test]
    fn help_is_given_with_free_slots_only_and_own_offers_come_back_first() {
        let pace = Pace::new(10);
        let ask = Ask::own(&pace, 10, (4, 1), 3, 1);
        assert_eq!((ask.back, ask.help), (3, 5));
        assert_eq!(Ask::own(&pace, 10, (4, 1), 30, 1).back, 5);
        assert_eq!(Ask::own(&pace, 10, (10, 0), 3, 1), Ask::default());
        // The others have gone: what was offered to them comes back all the same.
        let ask = Ask::own(&pace, 10, (4, 1), 3, 0);
        assert_eq!((ask.back, ask.help), (3, 0));
    }

    #[test]
    fn for_others_no_more_is_claimed_than_may_be_offered() {
        assert_eq!(Ask::for_others(10, 4, 1).limit, 6);
        assert_eq!(Ask::for_others(10, 11, 1).limit, 0);
        assert!(Ask::for_others(10, 4, 1).is_for_others());
    }

    #[test]
    fn a_run_that_must_be_found_at_its_gate_is_not_offered() {
        assert!(may_be_offered(Overlap::Queue, false) && may_be_offered(Overlap::Skip, false));
        assert!(!may_be_offered(Overlap::CancelRunning, false));
        assert!(!may_be_offered(Overlap::Queue, true));
    }
}

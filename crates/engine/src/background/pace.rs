//! How much work the dispatcher holds beyond its slots.
//!
//! A claim costs a transaction, and a slot that waits for one is idle. So work is claimed ahead of need, by the pace at
//! which it starts: where a run takes a tenth of a millisecond many are needed ahead, where it takes a minute none. What
//! is held and has not started when the process is killed counts as started, because it may have been; so no more is
//! held ahead than starts within an eighth of a second.

/// Never more than this is claimed ahead, whatever the pace.
const MOST_AHEAD: usize = 4_096;
/// The first step, when slots stand idle for want of claims.
const FIRST_AHEAD: usize = 32;
/// Part of what starts between two ticks that may be held ahead.
const SHARE: usize = 8;

/// The pace of one dispatcher.
#[derive(Debug)]
pub(crate) struct Pace {
    slots: usize,
    /// Starts since the last tick, and between the two before.
    starts: usize,
    before: usize,
    ahead: usize,
}

impl Pace {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            slots,
            starts: 0,
            before: 0,
            ahead: 0,
        }
    }

    /// A run started.
    pub(crate) fn started(&mut self) {
        self.starts += 1;
    }

    /// How many to claim when so many are held, running or ready; 0 when a claim is not worth its transaction.
    pub(crate) fn wanted(&self, held: usize) -> usize {
        if held >= self.slots + self.ahead / 2 {
            return 0;
        }
        let free = self.slots.saturating_sub(held);
        // A quarter more than there is room for keeps the slots busy while the next claim is written.
        self.slots + self.ahead - held + free / 4 + 1
    }

    /// How many more may be held, when so many are.
    pub(crate) fn room(&self, held: usize) -> usize {
        (self.slots + self.ahead).saturating_sub(held)
    }

    /// How many started in the last while: so many may be expected to start soon.
    pub(crate) fn recent(&self) -> usize {
        self.starts.max(self.before)
    }

    /// A claim was answered: with all that it asked for or not, while so many were still ready to start.
    pub(crate) fn claimed(&mut self, all: bool, ready: usize) {
        if all && ready == 0 {
            let most = (self.recent() / SHARE).min(MOST_AHEAD);
            self.ahead = (self.ahead * 2).max(FIRST_AHEAD).min(most);
        }
    }

    /// A tick has passed; answers how many runs will start before the next one, going by this one.
    pub(crate) fn tick(&mut self) -> usize {
        self.before = std::mem::take(&mut self.starts);
        self.ahead = self.ahead.min(self.before / SHARE);
        self.before.max(self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(starts: usize, claims: usize) -> Pace {
        let mut pace = Pace::new(100);
        for _ in 0..starts {
            pace.started();
        }
        for _ in 0..claims {
            pace.claimed(true, 0);
        }
        pace
    }

    #[test]
    fn without_a_pace_only_free_slots_are_filled() {
        let pace = Pace::new(100);
        assert_eq!((pace.wanted(0), pace.wanted(99)), (126, 2));
        assert_eq!((pace.wanted(100), pace.wanted(500)), (0, 0));
    }

    #[test]
    fn slow_work_is_not_claimed_ahead_however_often_slots_stand_idle() {
        let mut pace = after(12, 50);
        assert!(pace.wanted(100) <= 2);
        assert_eq!(pace.tick(), 100);
        pace.claimed(true, 0);
        assert!(pace.wanted(100) <= 2);
    }

    #[test]
    fn quick_work_is_claimed_ahead_up_to_an_eighth_of_a_tick() {
        let pace = after(20_000, 50);
        assert_eq!(pace.wanted(100), 2_501);
        // Half of it is there still: not yet worth a transaction.
        assert_eq!(pace.wanted(100 + 1_250), 0);
    }

    #[test]
    fn a_pace_that_ends_is_forgotten() {
        let mut pace = after(20_000, 50);
        assert_eq!(pace.tick(), 20_000);
        assert!(pace.wanted(100) > 2_000);
        assert_eq!(pace.tick(), 100);
        assert_eq!(pace.wanted(100), 0);
    }
}

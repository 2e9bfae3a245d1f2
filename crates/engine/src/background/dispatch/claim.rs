//! When the dispatcher asks the database for work, for how much, and what it does with the answer.

use std::sync::atomic::Ordering;

use super::{Answer, Dispatcher, READY_PATIENCE_US};
use crate::background::attempt::Item;
use crate::background::commit::Change;
use crate::background::offers::Ask;

impl Dispatcher {
    /// The queue is to be looked at then, whatever an answer that is under way says.
    pub(super) fn look_at(&mut self, at: i64) {
        self.told_visible = Some(self.told_visible.map_or(at, |told| told.min(at)));
    }

    /// When the queue is to be looked at.
    pub(super) fn visible(&self) -> Option<i64> {
        [self.next_visible, self.told_visible]
            .into_iter()
            .flatten()
            .min()
    }

    /// How many to claim.
    pub(super) fn wanted(&self) -> usize {
        self.pace.wanted(self.busy() + self.ready.len())
    }

    /// What to claim for this instance's own slots.
    pub(super) fn ask(&self) -> Ask {
        let held = (self.busy(), self.ready.len());
        let peers = self.engine.peers.load(Ordering::Relaxed);
        Ask::own(&self.pace, self.slots, held, self.gates.offered(), peers)
    }

    pub(super) fn claimed(&mut self, answer: Answer, now: i64) {
        let Answer { ask, offered, .. } = answer;
        self.claiming = false;
        self.offers = true;
        if !ask.is_for_others() {
            self.pace.claimed(answer.all, self.ready.len());
        }
        if !answer.all {
            // The committer's answer about the next instant follows.
            self.next_visible = None;
        }
        if offered.len() < ask.back {
            self.gates.none_offered();
        }
        if answer.more {
            self.look_at(now);
        }
        answer.items.into_iter().for_each(|item| self.arm(item));
        for item in offered {
            self.arm(Item {
                is_admitted: true,
                ..item
            });
        }
    }

    /// Without a free slot nothing is claimed for this instance, and its queue would lie there while others are idle: some of
    /// it is claimed to be offered.
    pub(super) fn claim_for_others(&mut self) {
        let ask = Ask::for_others(self.room_elsewhere(), self.ready.len(), READY_PATIENCE_US);
        if ask.limit > 0 && self.draining.is_none() && !self.claiming && self.wanted() == 0 {
            self.claiming = true;
            self.change(Change::Claim(ask));
        }
    }

    /// Claims for this instance's own slots, when it is time to look at the queue.
    pub(super) fn claim(&mut self, now: i64) {
        if self.draining.is_none() && !self.claiming {
            let ask = self.ask();
            let is_visible = self.visible().is_some_and(|at| at <= now);
            if ask.limit > 0 && (is_visible || ask.back > 0) {
                self.claiming = true;
                // What was told before the claim is sent, the claim sees.
                self.told_visible = self.told_visible.filter(|at| *at > now);
                self.change(Change::Claim(ask));
            }
        }
    }
}

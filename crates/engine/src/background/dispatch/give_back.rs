//! What the dispatcher lets go of before it has started: offered to other instances, back in the queue, handed over.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use orloj_tasks::CancelReason;
use tokio::sync::oneshot;

use super::{Dispatcher, MOST_READY, READY_PATIENCE_US, Rank, WAITING_FOR_SLOT};
use crate::background::attempt::Item;
use crate::background::commit::Change;
use crate::background::offers;
use crate::store::hot::State;

impl Dispatcher {
    pub(super) fn release(&mut self, item: &Item, state: State, reason: &'static str) {
        self.unsettled.insert(item.live.id);
        self.change(Change::Released {
            id: item.live.id,
            attempt: item.live.attempt,
            state,
            reason,
        });
    }

    /// How many more executions may be offered to the others.
    pub(super) fn room_elsewhere(&self) -> usize {
        let peers = self.engine.peers.load(Ordering::Relaxed);
        offers::room(self.slots, peers, self.gates.offered())
    }

    /// Work that has waited for a slot, and will not get one soon here, is offered to the other instances. It stays entered
    /// at its job's gate. What is ready at this instance to help another is offered again, and counts there as before.
    /// Answers whether anything is offered now.
    pub(super) fn offer_waiting(&mut self, now: i64) -> bool {
        let room = self.room_elsewhere();
        if room == 0 {
            return self.gates.offered() > 0;
        }
        let offered: Vec<Rank> = self
            .ready
            .iter()
            .skip(self.pace.recent())
            .filter(|(_, item)| item.live.visible_at < now - READY_PATIENCE_US)
            .filter(|(_, item)| {
                offers::may_be_offered(item.definition.settings.overlap, self.waits(item))
            })
            .take(room)
            .map(|(rank, _)| *rank)
            .collect();
        for rank in offered {
            if let Some(item) = self.ready.remove(&rank) {
                if self.is_help(&item) {
                    self.gates.leave(item.live.job_id, item.live.id);
                } else {
                    self.gates.offer(item.live.job_id, item.live.id);
                }
                self.release(&item, State::Offered, WAITING_FOR_SLOT);
            }
        }
        self.gates.offered() > 0
    }

    /// Work that waits long for a slot, and work beyond what memory should hold, goes back to the database. So many are
    /// about to start.
    pub(super) fn give_back_waiting(&mut self, soon: usize, now: i64) {
        let back: Vec<Rank> = self
            .ready
            .iter()
            .enumerate()
            .skip(soon.min(MOST_READY))
            .filter(|(place, (_, item))| {
                *place >= MOST_READY || item.live.visible_at < now - READY_PATIENCE_US
            })
            .map(|(_, (rank, _))| *rank)
            .collect();
        for rank in back {
            if let Some(item) = self.ready.remove(&rank) {
                self.gates.leave(item.live.job_id, item.live.id);
                self.release(&item, State::Pending, WAITING_FOR_SLOT);
            }
        }
    }

    pub(super) fn give_back_shards(&mut self, shards: HashSet<i64>, durable: oneshot::Sender<()>) {
        let of_shards = |item: &Item| shards.contains(&item.live.shard);
        let armed: Vec<i64> = self
            .armed
            .values()
            .filter(|item| of_shards(item))
            .map(|item| item.live.id)
            .collect();
        let ready: Vec<Rank> = self
            .ready
            .iter()
            .filter(|(_, item)| of_shards(item))
            .map(|(rank, _)| *rank)
            .collect();
        let mut back: Vec<Item> = armed
            .iter()
            .filter_map(|id| self.armed.remove(id))
            .collect();
        for item in ready.iter().filter_map(|rank| self.ready.remove(rank)) {
            self.gates.leave(item.live.job_id, item.live.id);
            back.push(item);
        }
        for item in &back {
            self.release(item, State::Pending, "handed_over");
        }
        self.gates.give(&shards);
        self.owned.retain(|shard| !shards.contains(shard));
        self.given.extend(shards);
        self.change(Change::Barrier(durable));
    }

    pub(super) fn drain(&mut self, reply: oneshot::Sender<()>, now: i64) {
        self.draining = Some(Some(reply));
        let waiting: Vec<Item> = self
            .armed
            .drain()
            .map(|(_, item)| item)
            .chain(std::mem::take(&mut self.ready).into_values())
            .collect();
        self.due.clear();
        for item in waiting {
            self.release(&item, State::Pending, "server_stopping");
        }
        for running in self.running.values().filter(|running| running.waits) {
            running.canceller.cancel(CancelReason::Shutdown);
        }
        self.next_tick = now;
    }

    pub(super) fn drained(&mut self) -> bool {
        let done = self.draining.is_some()
            && self.running.is_empty()
            && self.unsettled.is_empty()
            // What a claim that is under way brings is to be given back.
            && !self.claiming;
        if done && let Some(reply) = self.draining.as_mut().and_then(Option::take) {
            // The asker waits with a deadline and may be gone.
            let _ = reply.send(());
        }
        done
    }
}

//! The dispatcher: from "due" to "running" without I/O, and the one choke point of every limit.
//!
//! It holds in memory what is leased to this instance: executions armed for a coming instant, those ready but without
//! a free slot, those running. Whatever starts an execution of a job (its schedule, a person, a retry, a promotion)
//! comes through [`Dispatcher::admit`], so `maxInstances` holds for all of them alike. Everything it decides goes to the
//! committer to become durable.

mod claim;
mod event;
mod give_back;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use orloj_tasks::{CancelReason, Canceller, Outcome};
use tokio::sync::{mpsc, oneshot};

use super::attempt::{self, Item};
use super::commit::{Change, Committer};
use super::definition::Definition;
use super::found::Found;
use super::gates::Gates;
use super::logbook::{Logbook, Pages};
use super::pace::Pace;
use super::settle;
use crate::announce::{Announcement, Subject};
use crate::clock::Alarm;
use crate::engine::Inner;
use crate::model::{Status, Trigger};
use crate::rules::due::WINDOW_CLOSED;
use crate::rules::overlap::{Admission, admit};
use crate::store::Backend;
use crate::store::hot::State;

pub(crate) use event::{Answer, Event};

/// Ready work beyond this goes back to the database: memory is bounded.
const MOST_READY: usize = 50_000;
/// Runs that only wait for others, at the same time; more take slots.
const MOST_WAITING: usize = 20_000;
/// Work that has waited for a slot so long, and will not get one before the next tick, is offered to the other instances or
/// goes back to the database, so that a crash does not count it as started.
const READY_PATIENCE_US: i64 = 1_000_000;
/// Why an execution waits, as people see it and as [`too_late`] judges it.
const WAITING_FOR_LIMIT: &str = "waiting_for_limit";
const WAITING_FOR_SLOT: &str = "waiting_for_slot";
/// At least once in this time the dispatcher looks around; more often while it is cut off.
const TICK_US: i64 = 1_000_000;
const FENCED_TICK_US: i64 = 100_000;
/// Logs are stored at least so often, and so often while somebody watches.
const PAGES_US: i64 = 1_000_000;
const PAGES_WATCHED_US: i64 = 200_000;

#[derive(Debug)]
struct Running {
    item: Item,
    canceller: Canceller,
    cancel_reason: Option<String>,
    book: Logbook,
    started_at: i64,
    /// It only waits for others, and takes no slot.
    waits: bool,
}

/// Order in which ready work starts: higher priority first, then the earlier due instant.
type Rank = (Reverse<i64>, i64, i64);

pub(crate) struct Dispatcher {
    engine: Arc<Inner>,
    committer: Committer,
    events: mpsc::UnboundedSender<Event>,
    slots: usize,
    pace: Pace,
    due: BinaryHeap<Reverse<(i64, i64)>>,
    armed: HashMap<i64, Item>,
    ready: BTreeMap<Rank, Item>,
    running: HashMap<i64, Running>,
    /// How many of those only wait.
    waiting: usize,
    gates: Gates,
    /// Given to the committer and not yet durable.
    unsettled: HashSet<i64>,
    found: Found,
    /// The earliest instant at which something pending becomes visible, as the database last answered.
    next_visible: Option<i64>,
    /// The same as others told since the last claim was sent. Kept apart, because an answer of the database may be
    /// older than what was told meanwhile.
    told_visible: Option<i64>,
    claiming: bool,
    /// What was claimed may be more than there are slots for: it is to be offered, if anybody is there.
    offers: bool,
    next_tick: i64,
    next_pages: i64,
    draining: Option<Option<oneshot::Sender<()>>>,
    /// Shards that are this instance's, as far as it was told.
    owned: HashSet<i64>,
    /// Shards handed over and not taken again.
    given: HashSet<i64>,
    fenced: bool,
    /// Several instances may put work into the queue: look there regularly.
    shared: bool,
}

impl Dispatcher {
    pub(crate) fn new(
        engine: Arc<Inner>,
        committer: Committer,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let slots = engine.config.worker_slots.max(1);
        let shared = engine.store.db.backend() == Backend::Postgres;
        Self {
            engine,
            committer,
            events,
            slots,
            pace: Pace::new(slots),
            due: BinaryHeap::new(),
            armed: HashMap::new(),
            ready: BTreeMap::new(),
            running: HashMap::new(),
            waiting: 0,
            gates: Gates::default(),
            unsettled: HashSet::new(),
            found: Found::default(),
            // Whatever waited when the instance started is looked for at once.
            next_visible: Some(i64::MIN),
            told_visible: None,
            claiming: false,
            offers: false,
            next_tick: 0,
            next_pages: 0,
            draining: None,
            owned: HashSet::new(),
            given: HashSet::new(),
            fenced: false,
            shared,
        }
    }

    /// Works until the channel closes or a drain is complete.
    pub(crate) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Event>, alarm: Alarm) {
        let mut batch = Vec::with_capacity(1_024);
        loop {
            self.advance(self.engine.clock.now_us());
            if self.drained() {
                return;
            }
            let wake = self.next_wake();
            tokio::select! {
                count = inbox.recv_many(&mut batch, 1_024) => {
                    if count == 0 {
                        return;
                    }
                    let now = self.engine.clock.now_us();
                    for event in batch.drain(..) {
                        self.handle(event, now);
                    }
                }
                () = alarm.wait_until_us(wake) => {}
            }
        }
    }

    fn next_wake(&self) -> i64 {
        if self.fenced {
            return self.next_tick;
        }
        let due = self.due.peek().map_or(i64::MAX, |Reverse((at, _))| *at);
        let visible = match self.visible() {
            Some(at) if self.draining.is_none() && !self.claiming && self.wanted() > 0 => at,
            _ => i64::MAX,
        };
        let pages = if self.running.is_empty() {
            i64::MAX
        } else {
            self.next_pages
        };
        due.min(visible).min(pages).min(self.next_tick)
    }

    /// Slots that are taken.
    fn busy(&self) -> usize {
        self.running.len() - self.waiting
    }

    /// Whether an execution only waits for others.
    fn waits(&self, item: &Item) -> bool {
        self.engine
            .catalogue
            .get(&item.definition.task_function)
            .is_some_and(|function| function.waits())
    }

    /// Whether an execution is here to help its shard's owner: at that instance's gates it counts.
    fn is_help(&self, item: &Item) -> bool {
        item.is_admitted && !self.owned.contains(&item.live.shard)
    }

    fn handle(&mut self, event: Event, now: i64) {
        match event {
            Event::Armed(items) => {
                for item in items {
                    if !self.found.take(item.live.id) {
                        self.arm(item);
                    }
                }
            }
            Event::Strays => self.change(Change::Strays),
            Event::Found { items, foreign } => {
                for item in items {
                    self.found.remember(item.live.id);
                    self.arm(item);
                }
                for item in foreign {
                    // Whether it was offered or has passed no gate at all, its shard's owner knows best.
                    if !self.is_known(&item) && !item.is_lost(&self.engine) {
                        self.release(&item, State::Pending, "handed_over");
                    }
                }
            }
            Event::Claimed(answer) => self.claimed(answer, now),
            Event::Promoted {
                job_id,
                asked,
                items,
                left,
            } => {
                let came = items.len();
                self.gates.came_back(job_id, asked, came, left);
                items.into_iter().for_each(|item| self.arm(item));
                for _ in came..usize::try_from(asked).unwrap_or(0) {
                    self.promote(job_id);
                }
            }
            Event::Finished { id, outcome } => self.finished(id, *outcome, now),
            Event::Settled(ids) => {
                for id in ids {
                    self.unsettled.remove(&id);
                }
            }
            Event::JobChanged(definition) => self.job_changed(&definition, now),
            Event::Cancel { id, reason, known } => {
                let is_known = self.cancel(id, reason, now);
                // The asker may have given up.
                let _ = known.send(is_known);
            }
            Event::LogGrew(id) => {
                if let Some(running) = self.running.get(&id) {
                    self.change(Change::Pages(running.book.take()));
                }
            }
            Event::Visible(at) => self.look_at(at),
            Event::NextVisible(at) => self.next_visible = at,
            Event::Taken {
                shards,
                elsewhere,
                parked,
            } => {
                for shard in shards {
                    self.given.remove(&shard);
                    self.owned.insert(shard);
                }
                self.gates.take_over(elsewhere, &parked);
                for (job_id, _) in parked {
                    self.promote(job_id);
                }
                // An answer to a claim that is under way does not know of these shards yet.
                self.look_at(now);
            }
            Event::Seen(all) => {
                for (stay, standing) in all {
                    if let Some(job_id) = self.gates.seen(stay, standing) {
                        self.promote(job_id);
                    }
                }
            }
            Event::GiveBack { shards, durable } => self.give_back_shards(shards, durable),
            Event::Forget => self.forget(),
            Event::Drain(reply) => self.drain(reply, now),
            Event::StopRunning => {
                // A database that cannot be reached must not keep the program from ending.
                self.claiming = false;
                for running in self.running.values() {
                    running.canceller.cancel(CancelReason::Shutdown);
                }
            }
            Event::Barrier(reply) => {
                self.advance(now);
                self.change(Change::Barrier(reply));
            }
        }
    }

    /// Whether an execution is here, or was until a moment ago.
    fn is_known(&self, item: &Item) -> bool {
        let id = item.live.id;
        self.armed.contains_key(&id)
            || self.running.contains_key(&id)
            || self.unsettled.contains(&id)
            || self.ready.contains_key(&rank(item))
    }

    /// Takes an execution leased to this instance. One that is known already stays as it is. One that was leased under an
    /// earlier number, before others took this instance for dead, is theirs now.
    fn arm(&mut self, item: Item) {
        let id = item.live.id;
        if item.is_lost(&self.engine) || self.is_known(&item) {
            return;
        }
        if self.draining.is_some() {
            self.release(&item, State::Pending, "server_stopping");
            return;
        }
        if !item.is_admitted && self.given.contains(&item.live.shard) {
            self.release(&item, State::Pending, "handed_over");
            return;
        }
        self.due.push(Reverse((item.live.visible_at, id)));
        self.armed.insert(id, item);
    }

    /// Everything that time brings: due work, free slots, claims, logs.
    fn advance(&mut self, now: i64) {
        // A clock that was set back must not put these off.
        self.next_tick = self.next_tick.min(now + TICK_US);
        self.next_pages = self.next_pages.min(now + PAGES_US);
        self.fence(!self.engine.lease.is_held());
        if self.fenced {
            self.next_tick = now + FENCED_TICK_US;
            return;
        }
        while let Some(Reverse((at, id))) = self.due.peek().copied() {
            if at > now {
                break;
            }
            self.due.pop();
            if let Some(item) = self.armed.remove(&id) {
                self.admit(item, now);
            }
        }
        self.fill_slots(now);
        let crowd = !self.ready.is_empty();
        self.engine.crowd.store(crowd, Ordering::Relaxed);
        if now >= self.next_tick {
            self.next_tick = now + TICK_US;
            let mut soon = self.pace.tick();
            if self.offer_waiting(now) {
                // What is offered ranks before the rest, which must not take the next free slot from under it.
                soon = self.pace.recent();
            }
            self.give_back_waiting(soon, now);
            if self.shared {
                self.look_at(now);
            }
            self.claim_for_others();
            let elsewhere = self.gates.elsewhere();
            if !elsewhere.is_empty() {
                self.change(Change::Watch(elsewhere));
            }
        }
        if std::mem::take(&mut self.offers) {
            let _ = self.offer_waiting(now);
        }
        if !self.running.is_empty() && now >= self.next_pages {
            let watched = self.engine.announcer.has_listeners();
            self.next_pages = now + if watched { PAGES_WATCHED_US } else { PAGES_US };
            self.store_pages();
        }
        self.claim(now);
    }

    /// The gate: decides at the due instant whether an execution may start.
    fn admit(&mut self, item: Item, now: i64) {
        if item.is_lost(&self.engine) {
            return;
        }
        let live = &item.live;
        let scheduled = live.trigger == Trigger::Schedule && live.attempt == 1;
        let (job_id, settings) = (live.job_id, &item.definition.settings);
        let was_elsewhere = self.gates.comes_back(live.id);
        if let Some(reason) = &live.cancel_reason {
            let reason = reason.clone();
            if was_elsewhere {
                self.leave_gate(job_id, live.id);
            }
            self.end_unstarted(item, Status::Cancelled, &reason, now);
            return;
        }
        if item.is_admitted && (was_elsewhere || self.is_help(&item)) {
            self.enter(item, now);
            return;
        }
        if was_elsewhere {
            // It counted because others held it, however many of its job they held: what a dead instance leaves behind was
            // perhaps never let through. It passes the gate like any other, and does not stand in its own way.
            self.gates.leave(job_id, live.id);
        }
        let running = self.gates.admitted(job_id);
        match admit(
            running,
            settings.max_instances,
            settings.overlap,
            live.attempt == 1,
        ) {
            Admission::Start => self.enter(item, now),
            Admission::Skip => {
                let reason = if scheduled {
                    "overlap"
                } else {
                    "limit_reached"
                };
                self.end_unstarted(item, Status::Skipped, reason, now);
                if was_elsewhere {
                    self.promote(job_id);
                }
            }
            Admission::Wait => self.park(&item),
            Admission::ReplaceOldest => {
                let oldest = self.gates.oldest(job_id);
                self.park(&item);
                if let Some(oldest) = oldest {
                    self.cancel(oldest, "replaced_by_newer".to_owned(), now);
                }
            }
        }
    }

    /// An admitted run gets ready to start.
    fn enter(&mut self, item: Item, now: i64) {
        self.gates.enter(item.live.job_id, item.live.id);
        if self.waiting < MOST_WAITING && self.waits(&item) {
            self.start_or_miss(item, now);
        } else {
            self.ready.insert(rank(&item), item);
        }
    }

    fn park(&mut self, item: &Item) {
        self.gates.park(item.live.job_id);
        self.release(item, State::Parked, WAITING_FOR_LIMIT);
    }

    fn fill_slots(&mut self, now: i64) {
        while self.busy() < self.slots {
            let Some((_, item)) = self.ready.pop_first() else {
                return;
            };
            self.start_or_miss(item, now);
        }
    }

    fn start_or_miss(&mut self, item: Item, now: i64) {
        if item.is_lost(&self.engine) {
            self.leave_gate(item.live.job_id, item.live.id);
            return;
        }
        match too_late(&item, now) {
            Some(reason) => {
                self.leave_gate(item.live.job_id, item.live.id);
                self.end_unstarted(item, Status::Missed, reason, now);
            }
            None => self.start(item, now),
        }
    }

    fn start(&mut self, mut item: Item, now: i64) {
        let id = item.live.id;
        item.live.started_at = Some(now);
        let first = *item.live.first_started_at.get_or_insert(now);
        let canceller = Canceller::new();
        let book = Logbook::new(&item.live);
        let settings = &item.definition.settings;
        let own = settings
            .timeout_seconds
            .map(|seconds| i64::from(seconds) * 1_000_000);
        let total = settings
            .total_timeout_seconds
            .map(|seconds| i64::from(seconds) * 1_000_000 - (now - first));
        let limit = [own, total]
            .into_iter()
            .flatten()
            .min()
            .map(|limit| limit.max(0));
        crate::faults::point("start");
        self.pace.started();
        self.change(Change::Started {
            id,
            attempt: item.live.attempt,
            at: now,
        });
        self.engine
            .metrics
            .started(now - item.live.visible_at, item.live.trigger);
        self.announce(&item);
        let (events, engine) = (self.events.clone(), Arc::clone(&self.engine));
        let work = attempt::run(
            Arc::clone(&self.engine),
            item.clone(),
            canceller.clone(),
            book.clone(),
            limit,
        );
        self.engine.tracker.spawn(async move {
            let outcome = Box::new(work.await);
            engine.progress.forget(id);
            // The dispatcher outlives its attempts; after a hard stop nobody needs the outcome.
            let _ = events.send(Event::Finished { id, outcome });
        });
        let waits = self.waits(&item);
        self.waiting += usize::from(waits);
        self.running.insert(
            id,
            Running {
                item,
                canceller,
                cancel_reason: None,
                book,
                started_at: now,
                waits,
            },
        );
    }

    fn finished(&mut self, id: i64, outcome: Outcome, now: i64) {
        let Some(Running {
            item,
            canceller,
            cancel_reason,
            book,
            started_at,
            waits,
        }) = self.running.remove(&id)
        else {
            return;
        };
        self.waiting -= usize::from(waits);
        let job_id = item.live.job_id;
        self.engine.metrics.stopped_running();
        self.leave_gate(job_id, id);
        let pages = book.take();
        let stopped = canceller.handle().reason();
        if waits && matches!(stopped, Some(CancelReason::Shutdown | CancelReason::Lost)) {
            // Whoever takes it up goes on waiting; after `Lost` somebody has already, and this changes nothing.
            self.unsettled.insert(id);
            self.change(Change::GivenBack {
                id,
                attempt: item.live.attempt,
                pages,
            });
            return;
        }
        let (log_lines, log_truncated) = book.extent();
        let end = settle::End {
            item: &item,
            outcome,
            stopped,
            cancel_reason,
            started_at,
            finished_at: now,
            log_lines,
            log_truncated,
            random: rand::random::<f64>(),
        };
        self.unsettled.insert(id);
        match settle::settle(end) {
            settle::Settled::Ended(ended) => {
                self.engine
                    .metrics
                    .finished(ended.status, ended.finished_at - started_at);
                self.change(Change::Ended(ended, pages));
            }
            settle::Settled::Retried(retried) => {
                self.engine.metrics.retried.inc();
                self.change(Change::Retried(retried, pages));
            }
        }
    }

    /// Ends an execution that never ran.
    fn end_unstarted(&mut self, item: Item, status: Status, reason: &str, now: i64) {
        self.unsettled.insert(item.live.id);
        self.engine.metrics.finished(status.id(), 0);
        let ended = settle::unstarted(item.live, status, reason, now);
        self.change(Change::Ended(Box::new(ended), Pages::default()));
    }

    /// A run has left the gate of its job: what waits there may come.
    fn leave_gate(&mut self, job_id: i64, id: i64) {
        self.gates.leave(job_id, id);
        self.promote(job_id);
    }

    fn promote(&mut self, job_id: i64) {
        if self.draining.is_none() && self.gates.ask_back(job_id) {
            self.change(Change::Promote { job_id, count: 1 });
        }
    }

    /// Edits are re-checked before the due instant: a scheduled run that is armed but has not started is skipped when
    /// its job was paused, disabled or deleted meanwhile.
    fn job_changed(&mut self, definition: &Arc<Definition>, now: i64) {
        let of_job: Vec<i64> = self
            .armed
            .values()
            .filter(|item| {
                item.live.job_id == definition.id
                    && item.live.trigger == Trigger::Schedule
                    && item.live.attempt == 1
            })
            .filter(|item| definition.blocked(item.live.due_at).is_some())
            .map(|item| item.live.id)
            .collect();
        for id in of_job {
            if let Some(item) = self.armed.remove(&id) {
                let reason = definition.blocked(item.live.due_at).unwrap_or("changed");
                self.end_unstarted(item, Status::Skipped, reason, now);
            }
        }
    }

    fn cancel(&mut self, id: i64, reason: String, now: i64) -> bool {
        if let Some(running) = self.running.get_mut(&id) {
            if running.canceller.cancel(CancelReason::Cancelled) {
                running
                    .book
                    .add(now, "system", format!("cancelling: {reason}"));
                running.cancel_reason = Some(reason);
            }
            return true;
        }
        if let Some(item) = self.armed.remove(&id) {
            self.end_unstarted(item, Status::Cancelled, &reason, now);
            return true;
        }
        let found = self
            .ready
            .iter()
            .find(|(_, item)| item.live.id == id)
            .map(|(rank, _)| *rank);
        if let Some(item) = found.and_then(|rank| self.ready.remove(&rank)) {
            self.leave_gate(item.live.job_id, id);
            self.end_unstarted(item, Status::Cancelled, &reason, now);
            return true;
        }
        false
    }

    fn store_pages(&mut self) {
        let mut all = Pages::default();
        for running in self.running.values() {
            if running.book.has_held() {
                let mut pages = running.book.take();
                all.chunks.append(&mut pages.chunks);
                all.drops.append(&mut pages.drops);
            }
        }
        if !all.chunks.is_empty() || !all.drops.is_empty() {
            self.change(Change::Pages(all));
        }
    }

    /// Without a lease nothing is started, and what runs is stopped: another instance may take it for lost any moment
    /// and, where its job wants that, begin it anew.
    fn fence(&mut self, fenced: bool) {
        if fenced && !self.fenced {
            tracing::error!(
                running = self.running.len(),
                "could not renew the lease for too long: starting nothing more and stopping what runs"
            );
            for running in self.running.values() {
                running.canceller.cancel(CancelReason::Lost);
            }
        } else if self.fenced && !fenced {
            tracing::info!("the lease is renewed again");
        }
        self.fenced = fenced;
    }

    fn forget(&mut self) {
        for running in self.running.values() {
            running.canceller.cancel(CancelReason::Lost);
        }
        self.armed.clear();
        self.due.clear();
        self.ready.clear();
        self.gates = Gates::default();
        self.owned.clear();
        self.given.clear();
        self.claiming = false;
        self.fenced = false;
        self.next_visible = Some(i64::MIN);
    }

    fn announce(&self, item: &Item) {
        if self.engine.announcer.has_listeners() {
            let news = Announcement::of_live(Subject::Execution, &item.live);
            self.engine.announcer.say(news);
        }
    }

    fn change(&self, change: Change) {
        self.committer.send(change);
    }
}

/// Why a scheduled run that could start now must not: its execution window has closed, or it is later than its job's
/// misfire grace. One that waited for an
/// earlier run of its job waited because the job wants it to, and may be as late as it takes.
fn too_late(item: &Item, now: i64) -> Option<&'static str> {
    let live = &item.live;
    let waited_for = live.reason.as_deref();
    if live.trigger != Trigger::Schedule || live.attempt > 1 || live.first_started_at.is_some() {
        return None;
    }
    let closes = item.definition.timeline.closes_at(live.due_at);
    if closes.is_some_and(|closes| closes <= now) {
        return Some(WINDOW_CLOSED);
    }
    if waited_for == Some(WAITING_FOR_LIMIT) {
        return None;
    }
    let grace = i64::from(item.definition.settings.misfire_grace_seconds?) * 1_000_000;
    let reason = match waited_for {
        None | Some(WAITING_FOR_SLOT) => "no_free_slot",
        // Given back by an instance that stopped, or left behind by one that died.
        Some(_) => "misfire_grace",
    };
    (now - live.due_at > grace).then_some(reason)
}

fn rank(item: &Item) -> Rank {
    (Reverse(item.live.priority), item.live.due_at, item.live.id)
}

//! The armer: turns due instants into ledger rows a moment before they are due.
//!
//! It owns shards. Of their jobs it holds those whose next instant lies within the window, in a heap. A little ahead of
//! time it decides what becomes of each instant ([`crate::rules::due`]), commits the decisions together with the
//! shards' watermarks, and hands the leased executions to the dispatcher, which starts them from memory.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::attempt::Item;
use super::definition::Definition;
use super::dispatch::Event;
use super::rewind::{TOO_FAR_AHEAD_US, rewind as go_back};
use crate::engine::Inner;
use crate::error::Result;
use crate::faults;
use crate::model::{Disposition, Status, Trigger};
use crate::rules::due::{Question, Reason, Skip, decide, without};
use crate::rules::spread::{Range, spread};
use crate::store::hot::{self, FireBatch, Live, State};
use crate::store::statistics::{NotRun, QUARTER_US};
use crate::store::{Backend, Tx, instances, jobs, leases, rewind};

/// Jobs due within this time are held in memory.
const WINDOW_US: i64 = 60_000_000;
/// The window is filled again when less than this is left of it.
const REFILL_US: i64 = 30_000_000;
/// Arming never happens later than this before the due instant, and never earlier than `MAX_LEAD_US`.
const MIN_LEAD_US: i64 = 50_000;
const MAX_LEAD_US: i64 = 1_000_000;
/// What arming one instant costs is measured, for the lead of a crowd; it begins with the first value, and no
/// measurement counts for more than the second.
const FIRE_COST_US: i64 = 60;
const MOST_FIRE_COST_US: i64 = 1_000;
/// Fewer instants than this say nothing about the cost of one in a crowd.
const CROWD: usize = 100;
/// Shards are put together into one transaction up to so many fires.
const BATCH_FIRES: usize = 1_000;
/// How often shards without a living owner are looked for, and edits by other instances; and how often on SQLite, where
/// nobody else is.
const LOOK_AROUND_US: i64 = 1_000_000;
const LOOK_ALONE_US: i64 = 15_000_000;

/// The same while free shards could not be taken, because somebody held them just then.
const LOOK_AGAIN_US: i64 = 100_000;

/// Quarters of an hour before the end of a skipped range in which its instants are counted: 45 days.
const COUNTED_BACK: i64 = 45 * 96;

/// A shard with its jobs that are due, each with its instant.
type DueOfShard = (i64, Vec<(i64, Arc<Definition>)>);

/// What the armer is told.
#[derive(Debug)]
pub(crate) enum Nudge {
    /// Jobs of this shard were edited.
    Edited(i64),
    /// Make a pass at the present instant and say when it is done.
    Pass(oneshot::Sender<()>),
    /// Others took this instance for dead: begin anew.
    Forget,
    /// Give the shards back and end.
    Stop(oneshot::Sender<()>),
}

#[derive(Clone, Copy, Debug)]
struct Shard {
    version: i64,
    watermark: i64,
}

pub(crate) struct Armer {
    engine: Arc<Inner>,
    dispatcher: mpsc::UnboundedSender<Event>,
    shards: HashMap<i64, Shard>,
    /// Shards whose edits have not been read yet.
    edited: HashSet<i64>,
    /// Next instant, job, edition; entries of older editions are ignored when they come up.
    heap: BinaryHeap<Reverse<(i64, i64, i64)>>,
    held: HashMap<i64, Arc<Definition>>,
    /// Jobs are held if their hint lies before this instant.
    horizon: i64,
    /// First instant of the range of skips that a job is in, so that the range stays one row.
    open_skips: HashMap<i64, (i64, Reason)>,
    next_look: i64,
    /// Free shards were passed over when shares were last taken: whoever edits a job holds its shard for that moment.
    passed_over: bool,
    /// Slowest of the recent commits, decaying.
    commit_us: i64,
    /// The most that one instant of a crowd cost recently, decaying.
    fire_cost_us: i64,
    /// A commit whose answer was lost may have armed executions that the dispatcher does not know.
    strays: bool,
    /// Instants until this one may have fired already although they are still to be decided: a clock was ahead and was set back.
    fired_ahead: i64,
}

impl Armer {
    pub(crate) fn new(engine: Arc<Inner>, dispatcher: mpsc::UnboundedSender<Event>) -> Self {
        Self {
            engine,
            dispatcher,
            shards: HashMap::new(),
            edited: HashSet::new(),
            heap: BinaryHeap::new(),
            held: HashMap::new(),
            horizon: i64::MIN,
            open_skips: HashMap::new(),
            next_look: i64::MIN,
            passed_over: false,
            commit_us: 20_000,
            fire_cost_us: FIRE_COST_US,
            strays: false,
            fired_ahead: i64::MIN,
        }
    }

    pub(crate) async fn run(mut self, mut nudges: mpsc::UnboundedReceiver<Nudge>) {
        let mut pause = Duration::from_millis(20);
        loop {
            let wake = match self.pass().await {
                Ok(wake) => {
                    pause = Duration::from_millis(20);
                    wake
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot arm due instants yet; nothing is lost, trying again");
                    self.engine.metrics.write_failures.inc();
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                    // What was committed without our hearing of it must be read again.
                    self.forget();
                    i64::MIN
                }
            };
            let clock = self.engine.clock.clone();
            let mut replies = Vec::new();
            tokio::select! {
                nudge = nudges.recv() => match nudge {
                    None => return,
                    Some(nudge) => if self.hear(nudge, &mut replies) { return },
                },
                () = clock.sleep_until_us(wake) => {}
            }
            while let Ok(nudge) = nudges.try_recv() {
                if self.hear(nudge, &mut replies) {
                    return;
                }
            }
            if !replies.is_empty() {
                let passed = self.pass().await;
                if let Err(error) = passed {
                    tracing::warn!(%error, "a requested pass failed");
                    self.forget();
                }
                for reply in replies {
                    // The asker may have given up.
                    let _ = reply.send(());
                }
            }
        }
    }

    /// Whether to end.
    fn hear(&mut self, nudge: Nudge, replies: &mut Vec<oneshot::Sender<()>>) -> bool {
        match nudge {
            Nudge::Edited(shard) => {
                self.edited.insert(shard);
                if self.passed_over && !self.shards.contains_key(&shard) {
                    // Perhaps the very edit that held it.
                    self.next_look = i64::MIN;
                }
                false
            }
            Nudge::Pass(reply) => {
                replies.push(reply);
                false
            }
            Nudge::Forget => {
                self.forget();
                self.strays = false;
                false
            }
            Nudge::Stop(reply) => {
                // The asker waits with a deadline and may be gone.
                let _ = reply.send(());
                true
            }
        }
    }

    /// Does everything that is to be done now; answers when to come again.
    async fn pass(&mut self) -> Result<i64> {
        let now = self.engine.clock.now_us();
        let every = match self.engine.store.db.backend() {
            Backend::Sqlite => LOOK_ALONE_US,
            Backend::Postgres => LOOK_AROUND_US,
        };
        // A clock that was set back must not put this off.
        if now >= self.next_look || self.next_look > now + every || self.is_ahead(now) {
            self.next_look = now + every;
            self.look_around().await?;
        }
        if std::mem::take(&mut self.strays) {
            drop(self.dispatcher.send(Event::Strays));
        }
        for shard in std::mem::take(&mut self.edited) {
            if let Err(error) = self.read_edits(shard).await {
                self.edited.insert(shard);
                return Err(error);
            }
        }
        if now >= self.horizon.saturating_sub(REFILL_US) {
            self.refill(now).await?;
        }
        while self.arm_due().await? {}
        let next = self
            .heap
            .peek()
            .map_or(i64::MAX, |Reverse((at, ..))| at.saturating_sub(self.lead()));
        Ok(next
            .min(self.horizon.saturating_sub(REFILL_US))
            .min(self.next_look))
    }

    /// Whether instants are decided that are not due for long: the clock was set back.
    fn is_ahead(&self, now: i64) -> bool {
        let until = now.saturating_add(TOO_FAR_AHEAD_US);
        self.shards.values().any(|shard| shard.watermark > until)
    }

    /// Takes its share of the shards, gives up what is beyond it, and notices edits and losses.
    async fn look_around(&mut self) -> Result<()> {
        let me = self.engine.me();
        let db = self.engine.store.db.clone();
        let present = instances::shard_versions(&db).await?;
        let now = self.engine.clock.now_us();
        let ahead: Vec<i64> = present
            .iter()
            .filter(|(_, _, watermark, owner)| {
                *owner == Some(me) && *watermark > now.saturating_add(TOO_FAR_AHEAD_US)
            })
            .map(|(shard, ..)| *shard)
            .collect();
        if !ahead.is_empty() {
            go_back(&self.engine, &ahead, now).await?;
            self.open_skips.clear();
            self.forget();
            return Ok(());
        }
        self.passed_over = false;
        let mut free = 0;
        let mut own = Vec::new();
        for (shard, version, watermark, owner) in &present {
            match self.shards.get(shard) {
                Some(_) if *owner != Some(me) => self.drop_shard(*shard),
                Some(known) if known.version < *version => {
                    self.edited.insert(*shard);
                }
                Some(_) => {}
                None if *owner == Some(me) => own.push((*shard, *version, *watermark)),
                None => free += 1,
            }
        }
        if !own.is_empty() {
            // Owned, and forgotten after a failure of unknown effect.
            let tx = db.begin_engine().await?;
            self.take(tx, own).await?;
        }
        if free == 0 && db.backend() == Backend::Sqlite {
            return Ok(());
        }
        if self.engine.outdated.load(Ordering::SeqCst) {
            // What others offer is for those that schedule.
            self.engine.peers.store(0, Ordering::Relaxed);
            let all: Vec<i64> = self.shards.keys().copied().collect();
            return if all.is_empty() {
                Ok(())
            } else {
                self.hand_over(all).await
            };
        }
        let mut tx = db.begin_engine().await?;
        let share = i64::try_from(present.len()).unwrap_or(0).max(1) as u64;
        let scheduling = instances::scheduling(&mut tx).await?.max(1).unsigned_abs();
        self.engine.peers.store(
            usize::try_from(scheduling - 1).unwrap_or(usize::MAX),
            Ordering::Relaxed,
        );
        let share = share.div_ceil(scheduling);
        let share = usize::try_from(share).unwrap_or(usize::MAX);
        let have = self.shards.len();
        if have > share {
            drop(tx);
            let mut extra: Vec<i64> = self.shards.keys().copied().collect();
            extra.sort_unstable();
            return self.hand_over(extra.split_off(share)).await;
        }
        if free == 0 || have == share {
            return Ok(());
        }
        let limit = i64::try_from(share - have).unwrap_or(0);
        let limit = limit.min(instances::free_shards(&mut tx).await?);
        let taken = match limit {
            0 => Vec::new(),
            _ => instances::take_shards(&mut tx, me, limit).await?,
        };
        self.passed_over = i64::try_from(taken.len()).is_ok_and(|taken| taken < limit);
        if self.passed_over {
            self.next_look = now.saturating_add(LOOK_AGAIN_US);
        }
        if taken.is_empty() {
            return Ok(());
        }
        tracing::info!(shards = taken.len(), "taking over shards");
        self.take(tx, taken).await
    }

    /// Begins to work on shards that are this instance's, in the transaction that made or found them so.
    async fn take(&mut self, mut tx: Tx, taken: Vec<(i64, i64, i64)>) -> Result<()> {
        let me = self.engine.me();
        let ids: Vec<i64> = taken.iter().map(|(id, ..)| *id).collect();
        // What the last owner offered waits for this one's gates; what others have taken of it is among what they hold.
        leases::withdraw_offers(&mut tx, &ids).await?;
        let elsewhere = leases::held_elsewhere(&mut tx, &ids, me).await?;
        let parked = leases::parked_counts(&mut tx, &ids).await?;
        let newest = rewind::newest_fire(&mut tx).await?;
        tx.commit().await?;
        if newest > self.engine.clock.now_us().saturating_add(TOO_FAR_AHEAD_US) {
            self.fired_ahead = newest;
        }
        faults::point("shards.taken");
        for (id, version, watermark) in taken {
            self.shards.insert(id, Shard { version, watermark });
        }
        // Before anything of these shards is armed, so that its gates know who runs already.
        drop(self.dispatcher.send(Event::Taken {
            shards: ids.clone(),
            elsewhere,
            parked,
        }));
        // Ends that the last owner noted and did not answer.
        self.engine.chains.notify_one();
        if self.horizon > i64::MIN {
            let definitions =
                jobs::due_between(&self.engine.store.db, &ids, i64::MIN, self.horizon).await?;
            self.hold_all(&definitions);
        }
        Ok(())
    }

    /// Hands shards over to whoever has fewer: first what is leased of them goes back to the queue, then the shards.
    async fn hand_over(&mut self, shards: Vec<i64>) -> Result<()> {
        tracing::info!(shards = shards.len(), "handing shards over");
        for shard in &shards {
            self.drop_shard(*shard);
        }
        let (durable, given_back) = oneshot::channel();
        drop(self.dispatcher.send(Event::GiveBack {
            shards: shards.iter().copied().collect(),
            durable,
        }));
        // A dispatcher that has ended gives back nothing more.
        let _ = given_back.await;
        let mut tx = self.engine.store.db.begin_engine().await?;
        instances::give_shards(&mut tx, self.engine.me(), &shards).await?;
        tx.commit().await
    }

    fn drop_shard(&mut self, shard: i64) {
        self.shards.remove(&shard);
        self.held.retain(|_, definition| definition.shard != shard);
        let held = &self.held;
        self.heap
            .retain(|Reverse((_, id, _))| held.contains_key(id));
    }

    /// After a failure of unknown effect everything held is read anew.
    fn forget(&mut self) {
        self.shards.clear();
        self.heap.clear();
        self.held.clear();
        self.edited.clear();
        self.horizon = i64::MIN;
        self.next_look = i64::MIN;
        self.strays = true;
    }

    async fn read_edits(&mut self, shard: i64) -> Result<()> {
        let Some(known) = self.shards.get(&shard).copied() else {
            return Ok(());
        };
        let (edited, newest) =
            jobs::edited_after(&self.engine.store.db, shard, known.version).await?;
        for stored in &edited {
            self.open_skips.remove(&stored.job.id);
            match Definition::compile(stored) {
                Some(definition) => {
                    // The dispatcher re-checks what is armed of the job.
                    drop(
                        self.dispatcher
                            .send(Event::JobChanged(Arc::clone(&definition))),
                    );
                    self.hold(definition);
                }
                None => drop(self.held.remove(&stored.job.id)),
            }
        }
        if let Some(state) = self.shards.get_mut(&shard) {
            state.version = newest.max(known.version);
        }
        Ok(())
    }

    async fn refill(&mut self, now: i64) -> Result<()> {
        let until = now.saturating_add(WINDOW_US);
        let ids: Vec<i64> = self.shards.keys().copied().collect();
        let mut found = Vec::new();
        if !ids.is_empty() {
            found = jobs::due_between(&self.engine.store.db, &ids, self.horizon, until).await?;
        }
        self.horizon = until;
        self.hold_all(&found);
        Ok(())
    }

    fn hold_all(&mut self, stored: &[jobs::Definition]) {
        for definition in stored.iter().filter_map(Definition::compile) {
            self.hold(definition);
        }
    }

    /// Holds a job, replacing an older version of it. What is not due within the window is found again by its hint.
    fn hold(&mut self, definition: Arc<Definition>) {
        let Some(shard) = self.shards.get(&definition.shard) else {
            return;
        };
        let after = shard.watermark.max(definition.effective_from);
        let next = definition
            .is_scheduled()
            .then(|| definition.timeline.next_decision_us(after))
            .flatten();
        match next {
            Some(_)
                if self
                    .held
                    .get(&definition.id)
                    .is_some_and(|held| held.edition == definition.edition) => {}
            Some(next) if next < self.horizon => {
                self.heap
                    .push(Reverse((next, definition.id, definition.edition)));
                self.held.insert(definition.id, definition);
            }
            _ => drop(self.held.remove(&definition.id)),
        }
    }

    /// How far ahead instants are armed: twice the slowest recent commit, and longer before a crowd.
    fn lead(&self) -> i64 {
        (2 * self.commit_us).clamp(MIN_LEAD_US, MAX_LEAD_US)
    }

    /// Arms what is due within the lead; answers whether there may be more.
    async fn arm_due(&mut self) -> Result<bool> {
        let now = self.engine.clock.now_us();
        let mut until = now + self.lead();
        // A crowd needs more time: see how many are due within the longest lead.
        let soon = now + MAX_LEAD_US;
        let mut due: BTreeMap<i64, Vec<(i64, Arc<Definition>)>> = BTreeMap::new();
        let mut later = Vec::new();
        let mut count = 0i64;
        while let Some(Reverse((at, id, edition))) = self.heap.peek().copied() {
            if at > soon {
                break;
            }
            self.heap.pop();
            let Some(definition) = self.held.get(&id).filter(|held| held.edition == edition) else {
                continue;
            };
            count += 1;
            later.push((at, Arc::clone(definition)));
        }
        until = until.max(now + (count * self.fire_cost_us).min(MAX_LEAD_US));
        for (at, definition) in later {
            if at <= until {
                due.entry(definition.shard)
                    .or_default()
                    .push((at, definition));
            } else {
                self.heap
                    .push(Reverse((at, definition.id, definition.edition)));
            }
        }
        if due.is_empty() {
            return Ok(false);
        }
        let mut group: Vec<DueOfShard> = Vec::new();
        let mut size = 0;
        let mut groups = Vec::new();
        for (shard, entries) in due {
            size += entries.len();
            group.push((shard, entries));
            if size >= BATCH_FIRES {
                groups.push(std::mem::take(&mut group));
                size = 0;
            }
        }
        if !group.is_empty() {
            groups.push(group);
        }
        let mut again = false;
        for group in groups {
            again |= self.arm_group(group, now, until).await?;
        }
        Ok(again)
    }

    /// Decides and commits for whole shards; answers whether a shard has to be tried again.
    async fn arm_group(&mut self, group: Vec<DueOfShard>, now: i64, until: i64) -> Result<bool> {
        let mut work = FireBatch::default();
        let mut items: Vec<Item> = Vec::new();
        let mut next_entries = Vec::new();
        let mut opened = Vec::new();
        for (shard, entries) in &group {
            let Some(state) = self.shards.get(shard).copied() else {
                continue;
            };
            work.shards.push((*shard, until, state.version));
            for (_, definition) in entries {
                let after = state.watermark.max(definition.effective_from);
                let settings = &definition.settings;
                let answer = decide(&Question {
                    timeline: &definition.timeline,
                    after,
                    until,
                    now,
                    grace: settings
                        .misfire_grace_seconds
                        .map(|seconds| i64::from(seconds) * 1_000_000),
                    coalesce: settings.coalesce,
                    pause: definition.pause,
                });
                let fired = self.fired_already(definition.id, &answer.skips).await?;
                let open = self
                    .open_skips
                    .get(&definition.id)
                    .filter(|_| fired.is_empty());
                let skips = without(definition.timeline.schedule(), answer.skips, &fired);
                let mut last_skip = None;
                for skip in skips {
                    // Only an unbroken row of skips for one reason grows; a run in between closes it.
                    let from = match open {
                        Some((from, reason)) if *reason == skip.reason && last_skip.is_none() => {
                            *from
                        }
                        _ => skip.from,
                    };
                    last_skip = answer
                        .run
                        .last()
                        .is_none_or(|run| *run < skip.from)
                        .then(|| (from, skip.reason.clone()));
                    let counted = not_run(definition, &skip);
                    work.not_run
                        .extend(counted.into_iter().map(|instants| (*shard, instants)));
                    if self
                        .engine
                        .notices
                        .watches(definition.owner_id, definition.id)
                    {
                        work.told.push((*shard, definition.id, skip.clone()));
                    }
                    work.skips.push((*shard, definition.id, from, skip));
                }
                opened.push((
                    *shard,
                    definition.id,
                    if answer.run.is_empty() {
                        last_skip
                    } else {
                        None
                    },
                ));
                for due_at in answer.run {
                    let live = self.new_execution(definition, due_at, now);
                    items.push(Item::new(live, Arc::clone(definition)));
                }
                let next = definition.timeline.next_decision_us(until.max(after));
                if next.is_none_or(|next| next >= self.horizon) {
                    work.hints.push((*shard, definition.id, next));
                }
                next_entries.push((*shard, Arc::clone(definition), next));
            }
        }
        if !items.is_empty() {
            let first = self
                .engine
                .execution_numbers
                .take(&self.engine.store.db, items.len())
                .await?;
            for (item, id) in items.iter_mut().zip(first..) {
                item.live.id = id;
            }
            work.fires = items.iter().map(|item| item.live.clone()).collect();
        }
        if faults::mutant("run_before_commit") {
            // The run first, the record of it after.
            drop(self.dispatcher.send(Event::Armed(items.clone())));
            let due = items
                .iter()
                .map(|item| item.live.due_at)
                .max()
                .unwrap_or(now);
            self.engine.clock.sleep_until_us(due + 60_000).await;
        }
        faults::point("fire.before");
        let begun = Instant::now();
        let fired = hot::fire_batch(&self.engine.store.db, self.engine.me(), now, &work).await?;
        faults::point("fire.committed");
        if !work.told.is_empty() {
            self.engine.notices.nudge();
        }
        let took = i64::try_from(begun.elapsed().as_micros()).unwrap_or(MAX_LEAD_US);
        self.commit_us = took.max(self.commit_us - self.commit_us / 16);
        if work.fires.len() >= CROWD {
            // With half as much again as headroom.
            let each = took * 3 / 2 / i64::try_from(work.fires.len()).unwrap_or(i64::MAX);
            let decayed = self.fire_cost_us - self.fire_cost_us / 16;
            self.fire_cost_us = each.max(decayed).clamp(FIRE_COST_US, MOST_FIRE_COST_US);
        }

        for (shard, definition, next) in next_entries {
            if fired.stale.contains(&shard) {
                // Edited or lost meanwhile: the instants are still undecided.
                let after = self
                    .shards
                    .get(&shard)
                    .map_or(until, |state| state.watermark);
                if let Some(at) = definition
                    .timeline
                    .next_decision_us(after.max(definition.effective_from))
                {
                    self.heap
                        .push(Reverse((at, definition.id, definition.edition)));
                }
                continue;
            }
            match next {
                Some(next) if next < self.horizon => {
                    self.heap
                        .push(Reverse((next, definition.id, definition.edition)))
                }
                _ => drop(self.held.remove(&definition.id)),
            }
        }
        for (shard, _, _) in &work.shards {
            if let Some(state) = self
                .shards
                .get_mut(shard)
                .filter(|_| !fired.stale.contains(shard))
            {
                state.watermark = state.watermark.max(until);
            }
        }
        for (_, job, open) in opened
            .into_iter()
            .filter(|(shard, ..)| !fired.stale.contains(shard))
        {
            match open {
                Some(open) => drop(self.open_skips.insert(job, open)),
                None => drop(self.open_skips.remove(&job)),
            }
        }
        self.engine.metrics.fired.add(fired.fired.len() as u64);
        self.engine.metrics.skipped.add(
            work.skips
                .iter()
                .filter(|(shard, ..)| !fired.stale.contains(shard))
                .map(|(.., skip)| skip.count)
                .sum(),
        );
        items.retain(|item| fired.fired.contains(&item.live.id));
        if !items.is_empty() {
            // The dispatcher outlives the armer.
            drop(self.dispatcher.send(Event::Armed(items)));
            faults::point("fire.handed");
        }
        let again = !fired.stale.is_empty();
        if again {
            for shard in &fired.stale {
                self.edited.insert(*shard);
            }
            self.resolve_stale(&fired.stale).await?;
        }
        Ok(again)
    }

    /// Instants of a job within these ranges that the ledger has as fired, ascending. Nobody is asked in ordinary times.
    async fn fired_already(&self, job: i64, skips: &[Skip]) -> Result<Vec<i64>> {
        match (skips.first(), skips.last()) {
            (Some(first), Some(last)) if first.from <= self.fired_ahead => {
                let until = last.until.min(self.fired_ahead);
                rewind::fired(&self.engine.store.db, job, first.from, until).await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// A shard did not move: either it was edited, or it belongs to somebody else now.
    async fn resolve_stale(&mut self, stale: &HashSet<i64>) -> Result<()> {
        let me = self.engine.me();
        for (shard, _, _, owner) in instances::shard_versions(&self.engine.store.db).await? {
            if !stale.contains(&shard) {
                continue;
            }
            if owner == Some(me) {
                self.read_edits(shard).await?;
                self.edited.remove(&shard);
            } else {
                tracing::warn!(shard, "lost a shard to another instance");
                self.drop_shard(shard);
            }
        }
        Ok(())
    }

    fn new_execution(&self, definition: &Definition, due_at: i64, now: i64) -> Live {
        Live {
            id: 0,
            created_at: now,
            shard: definition.shard,
            state: State::Armed,
            job_id: definition.id,
            job_version: definition.version,
            owner_id: definition.owner_id,
            task_function: definition.task_function.clone(),
            priority: i64::from(definition.settings.priority),
            delivery: definition.settings.delivery,
            due_at,
            visible_at: due_at,
            trigger: Trigger::Schedule,
            triggered_by: None,
            parameters: None,
            attempt: 1,
            instance_id: Some(self.engine.me()),
            first_started_at: None,
            started_at: None,
            cancel_reason: None,
            reason: None,
            log_lines: 0,
        }
    }
}

/// Missed and skipped instants by quarter of an hour, as far as statistics look back.
fn not_run(definition: &Definition, skip: &Skip) -> Vec<NotRun> {
    if skip.reason.is_moved() {
        return Vec::new();
    }
    let status = match skip.disposition {
        Disposition::Missed => Status::Missed,
        Disposition::Skipped => Status::Skipped,
        Disposition::Execution | Disposition::Coalesced => return Vec::new(),
    };
    let last = skip.until.div_euclid(QUARTER_US);
    let first = skip.from.div_euclid(QUARTER_US).max(last - COUNTED_BACK);
    let edges: Vec<i64> = (first..=last + 1)
        .map(|bucket| bucket * QUARTER_US)
        .collect();
    let range = Range {
        from: skip.from,
        until: skip.until,
        count: skip.count,
    };
    (first..)
        .zip(spread(Some(definition.timeline.schedule()), range, &edges))
        .filter(|(_, count)| *count > 0)
        .map(|(bucket, count)| NotRun {
            owner_id: definition.owner_id,
            bucket,
            status,
            count,
        })
        .collect()
}

//! Heartbeats, and what dead instances left behind.
//!
//! On PostgreSQL an instance proves that it lives in two ways: by renewing its lease (judged by the database's clock)
//! and by a session lock that the kernel releases the moment its process dies. Peers bury it when its lease has run
//! out, or sooner when its lock is free and it is silent; what it ran is settled when it is certain that it runs no more
//! (see [`Death`]). Who buries must itself have been heard without a gap for that
//! long, so that nobody is buried because the *database* was away.
//!
//! Looking after others and removing what is old are tasks of their own, beside the heartbeats: however much there is to
//! settle or to remove, it must not cost this instance its own lease.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use orloj_tasks::Text;
use tokio::task::JoinHandle;

use super::arm::Nudge;
use super::attempt::attempt_fence;
use super::commit::GIVEN_BACK;
use super::definition::Definition;
use super::dispatch::Event;
use super::settle;
use crate::clock::{Clock, DatabaseClock};
use crate::engine::{Inner, LEASE_US};
use crate::error::{Error, Result};
use crate::faults;
use crate::model::{InstanceStatus, Mode, Status};
use crate::rules::retry;
use crate::store::hot::{self, Ended, Live, Retried, State};
use crate::store::instances::Peer;
use crate::store::{
    Backend, SessionLock, Tx, database_now_us, instance_lock_is_free, instances, jobs, leases,
    logs, notifications,
};

const BEAT_US: i64 = 1_000_000;
/// On SQLite nobody else looks, so the lease is written rarely: an idle server writes almost nothing.
const BEAT_SQLITE_US: i64 = 300_000_000;
/// A gap between two beats after which an instance does not judge others for a while.
const GAP_US: i64 = 3_000_000;
/// An instance whose lock is free is dead when it has been silent for so long.
const SILENCE_US: i64 = 1_300_000;
const BEAT_TIMEOUT: Duration = Duration::from_secs(5);
/// A difference between two clocks that people should hear of.
const WORTH_TELLING_US: i64 = 500_000;
/// So many executions of dead instances are settled in one transaction.
const SLICE: i64 = 500;

/// How certain it is that an instance is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    /// Nothing of it can run any more: its process is gone, or its lease has run out, before which it stops everything.
    Certain,
    /// Its connection is gone and it is silent. Others take its shards at once, so that firing goes on; what it runs
    /// counts as running until its lease has run out, because the network may have failed and not the process.
    Likely,
}

/// Keeps the house of one engine.
pub(crate) struct Keeper {
    engine: Arc<Inner>,
    is_sqlite: bool,
    lock: Option<SessionLock>,
    /// Since when this instance has been heard without a gap, by the clock that leases are judged by.
    steady_since: i64,
    last_beat: i64,
    /// What has been settled.
    settled: Settled,
}

/// What of the dead has been settled.
#[derive(Clone, Copy, Debug)]
struct Settled {
    /// What instances left behind whose lease ended before this instant.
    until: i64,
    /// Something is to be settled whatever the leases say.
    again: bool,
}

/// One look after the other instances.
struct Look {
    engine: Arc<Inner>,
    is_sqlite: bool,
    /// The present instant by the clock that leases are judged by.
    now: i64,
    /// See [`Keeper::steady_since`].
    steady_since: i64,
    settled: Settled,
}

/// What is done beside the heartbeats, at most once at a time.
type Beside<T> = Option<JoinHandle<T>>;

impl Keeper {
    /// Says that this instance lives, and settles what dead ones left behind. On SQLite the lock of the file proves
    /// that every other instance is dead.
    pub(crate) async fn begin(engine: Arc<Inner>) -> Result<Self> {
        let is_sqlite = engine.store.db.backend() == Backend::Sqlite;
        let lock = engine.store.db.lock_instance(engine.me()).await?;
        let mut keeper = Self {
            engine,
            is_sqlite,
            lock,
            steady_since: i64::MAX,
            last_beat: i64::MIN,
            settled: Settled {
                until: i64::MIN,
                again: true,
            },
        };
        if let Some(look) = keeper.beat().await? {
            keeper.settled = look.after_others().await?;
        }
        Ok(keeper)
    }

    /// Works until the engine stops.
    pub(crate) async fn run(mut self) {
        let engine = Arc::clone(&self.engine);
        let every = if self.is_sqlite {
            BEAT_SQLITE_US
        } else {
            BEAT_US
        };
        let mut next_beat = engine.clock.now_us() + every;
        let mut looking: Beside<Result<Settled>> = None;
        loop {
            tokio::select! {
                () = engine.stopping.cancelled() => return,
                looked = ended(&mut looking) => {
                    match looked {
                        // What a gap between the heartbeats has asked for meanwhile is still to be done.
                        Ok(settled) => self.settled = Settled { again: self.settled.again, ..settled },
                        Err(error) => {
                            self.settled.again = true;
                            tracing::warn!(%error, "could not look after the other instances; trying again");
                        }
                    }
                    continue;
                }
                () = engine.clock.sleep_until_us(next_beat) => {}
            }
            let now = engine.clock.now_us();
            // A clock that was set back must not put it off.
            next_beat = next_beat.min(now + every);
            if now >= next_beat {
                next_beat = now + every;
                let beaten = tokio::time::timeout(BEAT_TIMEOUT, self.beat()).await;
                match beaten.unwrap_or_else(|_| {
                    Err(Error::unavailable("the database did not answer in time"))
                }) {
                    Ok(Some(look)) if looking.is_none() => {
                        self.settled.again = false;
                        looking = Some(engine.tracker.spawn(look.after_others()));
                    }
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "the heartbeat could not be written"),
                }
            }
        }
    }

    /// One heartbeat: renews the lease, and answers what is to be looked at next; nothing, when others took this
    /// instance for dead and it began anew. The renewal is a transaction of its own: what a stuck peer holds locked must
    /// not cost this instance its own lease.
    async fn beat(&mut self) -> Result<Option<Look>> {
        let engine = Arc::clone(&self.engine);
        let sent = Instant::now();
        let mut tx = engine.store.db.begin_engine().await?;
        let now = lease_now(&engine, &mut tx).await?;
        let status = if engine.outdated.load(Ordering::SeqCst) {
            InstanceStatus::Stopping
        } else {
            InstanceStatus::Running
        };
        if !instances::beat(&mut tx, engine.me(), status, now, now + LEASE_US).await? {
            drop(tx);
            self.come_back().await?;
            return Ok(None);
        }
        tx.commit().await?;
        engine.lease.renewed(sent);
        if now.saturating_sub(self.last_beat) > GAP_US || now < self.last_beat {
            self.steady_since = now;
            self.settled.again = true;
        }
        self.last_beat = now;
        self.keep_lock(now).await?;
        Ok(Some(Look {
            engine,
            is_sqlite: self.is_sqlite,
            now,
            steady_since: self.steady_since,
            settled: self.settled,
        }))
    }

    /// Makes sure that this instance's session lock stands.
    async fn keep_lock(&mut self, now: i64) -> Result<()> {
        if self.is_sqlite {
            return Ok(());
        }
        if let Some(lock) = &mut self.lock {
            if lock.is_held().await {
                return Ok(());
            }
            // Whatever cut this connection may have cut those of the others: their locks prove nothing for a while.
            self.steady_since = now;
            self.lock = None;
        }
        self.lock = self.engine.store.db.lock_instance(self.engine.me()).await?;
        Ok(())
    }

    /// Others took this instance for dead (it was cut off for longer than its lease): what it held is theirs now. It
    /// lets go of everything and registers anew.
    async fn come_back(&mut self) -> Result<()> {
        let engine = &self.engine;
        tracing::error!(
            instance = engine.me(),
            "this instance was taken for dead; beginning anew under another number"
        );
        drop(engine.events.send(Event::Forget));
        drop(engine.nudges.send(Nudge::Forget));
        let sent = Instant::now();
        let mut tx = engine.store.db.begin_engine().await?;
        let now = lease_now(engine, &mut tx).await?;
        let id = instances::take_numbers(&mut tx, "instance", 1).await?;
        let mut instance = engine.instance.clone();
        instance.id = id;
        instance.started_at = crate::clock::timestamp(now);
        instances::register(&mut tx, &instance, now + LEASE_US).await?;
        tx.commit().await?;
        engine.number.store(id, Ordering::SeqCst);
        engine.lease.renewed(sent);
        self.steady_since = now;
        self.last_beat = now;
        // What it leased under the old number while it was buried, nobody else may have seen.
        self.settled.again = true;
        // Before the next heartbeat, from which on others look for it.
        self.lock = None;
        self.lock = engine.store.db.lock_instance(id).await?;
        Ok(())
    }
}

/// The end of what is done beside the heartbeats; never, when nothing is.
async fn ended<T>(beside: &mut Beside<Result<T>>) -> Result<T> {
    let done = match beside {
        Some(task) => task.await,
        None => std::future::pending().await,
    };
    *beside = None;
    done.unwrap_or_else(|error| {
        Err(Error::internal(format!(
            "upkeep ended by a defect: {error}"
        )))
    })
}

impl Look {
    /// Looks after the other instances, and hears what is asked of this one; answers what has been settled then.
    async fn after_others(self) -> Result<Settled> {
        let (engine, now, mut settled) = (&self.engine, self.now, self.settled);
        let mut tx = engine.store.db.begin_engine().await?;
        let mut settles = false;
        if engine.config.mode != Mode::ApiOnly {
            for peer in instances::peers(&mut tx, engine.me()).await? {
                let Some(death) = self.death(&mut tx, &peer).await? else {
                    continue;
                };
                let lease_until = match death {
                    Death::Certain => now.min(peer.lease_until),
                    Death::Likely => peer.lease_until,
                };
                if instances::bury(&mut tx, &peer, now, lease_until).await? {
                    tracing::warn!(instance = peer.id, ?death, "an instance has died");
                    settled.again |= death == Death::Certain;
                }
            }
            settles =
                settled.again || instances::any_lease_ended(&mut tx, settled.until, now).await?;
            if !self.is_sqlite && instances::is_outdated(&mut tx).await? {
                step_back(engine);
            }
        }
        let asked = leases::asked_to_cancel(&mut tx, engine.me()).await?;
        tx.commit().await?;
        for (id, reason) in asked {
            let (known, _) = tokio::sync::oneshot::channel();
            drop(engine.events.send(Event::Cancel { id, reason, known }));
        }
        if settles {
            // Whoever sees these instances marked as lost settles too, should this one end before it has.
            while rescue(engine, now).await? {}
        }
        Ok(Settled {
            until: now,
            again: false,
        })
    }

    /// Whether a peer is dead, and how certain that is.
    async fn death(&self, tx: &mut Tx, peer: &Peer) -> Result<Option<Death>> {
        if self.is_sqlite {
            return Ok(Some(Death::Certain));
        }
        if self.is_gone_from_this_host(peer) && instance_lock_is_free(tx, peer.id).await? {
            return Ok(Some(Death::Certain));
        }
        let steady = self.now.saturating_sub(self.steady_since);
        if peer.lease_until < self.now && steady >= LEASE_US {
            return Ok(Some(Death::Certain));
        }
        let silent = self.now - peer.seen_at > SILENCE_US;
        // One that starts has nothing yet that others would need to take over in haste.
        if steady >= GAP_US
            && silent
            && !peer.is_starting
            && instance_lock_is_free(tx, peer.id).await?
        {
            return Ok(Some(Death::Likely));
        }
        Ok(None)
    }

    /// Whether a peer ran on this host and its process is no more: an instance that is started again after a crash need
    /// not wait until its predecessor has been silent for long enough.
    fn is_gone_from_this_host(&self, peer: &Peer) -> bool {
        let proc = std::path::Path::new("/proc");
        peer.host == self.engine.config.host
            && peer.pid != self.engine.instance.pid
            && proc.is_dir()
            && !proc.join(peer.pid.to_string()).is_dir()
    }
}

/// The present instant by the clock that leases are judged by: the database's, so that instances need not agree.
async fn lease_now(engine: &Inner, tx: &mut Tx) -> Result<i64> {
    match &engine.clock {
        Clock::Database(_) if faults::mutant("wall_clock_lease") => Ok(Clock::System.now_us()),
        Clock::Database(clock) => set_clock(clock, tx).await,
        // A test holds the clock of all its instances; on SQLite there is one instance.
        Clock::System | Clock::Manual(_) => Ok(engine.clock.now_us()),
    }
}

/// Asks the database for its time, and keeps this instance's idea of it right.
pub(crate) async fn set_clock(clock: &DatabaseClock, tx: &mut Tx) -> Result<i64> {
    let asked = Instant::now();
    let Some(now) = database_now_us(tx).await? else {
        return Err(Error::internal("SQLite has no clock of its own"));
    };
    if let Some(wrong) = clock.hear(asked, Instant::now(), now)
        && wrong.abs() > WORTH_TELLING_US
    {
        tracing::warn!(
            milliseconds = wrong / 1_000,
            "this machine's clock differs from the database's, or one of them was set; going by the database's"
        );
    }
    Ok(now)
}

/// Tells the others that this instance is on its way out, so that they take its shards.
pub(crate) async fn announce_stopping(engine: &Inner) -> Result<()> {
    let mut tx = engine.store.db.begin_engine().await?;
    let now = lease_now(engine, &mut tx).await?;
    instances::beat(
        &mut tx,
        engine.me(),
        InstanceStatus::Stopping,
        now,
        now + LEASE_US,
    )
    .await?;
    tx.commit().await
}

/// Records the orderly end of this instance.
pub(crate) async fn say_goodbye(engine: &Inner) -> Result<()> {
    let mut tx = engine.store.db.begin_engine().await?;
    let now = lease_now(engine, &mut tx).await?;
    instances::stopped(&mut tx, engine.me(), now).await?;
    tx.commit().await
}

/// Settles a part of what dead instances left behind: runs that had (or may have) started end as lost or begin anew by
/// their job's delivery, the others go back into the queue. Answers whether there may be more.
///
/// What takes long (looking for programs that are left) is done before the transaction: on PostgreSQL one that does
/// nothing for a few seconds is ended by the server.
async fn rescue(engine: &Arc<Inner>, lease_now: i64) -> Result<bool> {
    let mut tx = engine.store.db.begin_engine().await?;
    let holding = instances::holding(&mut tx, lease_now).await?;
    let found = leases::orphans(&mut tx, &holding, SLICE).await?;
    tx.commit().await?;
    if found.is_empty() {
        return Ok(false);
    }
    end_leftovers(engine, &found).await;
    let definitions = definitions(engine, &found).await?;
    let now = engine.clock.now_us();
    let held = |live: &Live| (live.id, live.attempt, live.instance_id);
    let known: HashSet<_> = found.iter().map(held).collect();
    let ids: Vec<i64> = found.iter().map(|live| live.id).collect();
    let mut tx = engine.store.db.begin_engine().await?;
    let mut orphans = leases::still_leased(&mut tx, &ids).await?;
    // Another instance may have settled some of them meanwhile, and begun them anew.
    orphans.retain(|live| known.contains(&held(live)));
    let meanwhile = found.len() - orphans.len();
    let line_counts = logs::line_counts(&mut tx, &ids).await?;
    let mut ended: HashMap<i64, Vec<Ended>> = HashMap::new();
    let mut retried: HashMap<i64, Vec<Retried>> = HashMap::new();
    let mut released: HashMap<i64, Vec<(i64, u32, State, &'static str)>> = HashMap::new();
    let mut given_back: HashMap<i64, Vec<(i64, u32)>> = HashMap::new();
    let mut earliest = None;
    let mut becomes_visible =
        |at: i64| earliest = Some(earliest.map_or(at, |known: i64| known.min(at)));
    for mut live in orphans {
        let Some(holder) = live.instance_id else {
            continue;
        };
        if live.state == State::Armed && live.visible_at > now {
            // Certainly not started.
            becomes_visible(live.visible_at);
            released.entry(holder).or_default().push((
                live.id,
                live.attempt,
                State::Pending,
                "instance_lost",
            ));
            continue;
        }
        let function = engine.catalogue.get(&live.task_function);
        if function.is_some_and(|function| function.waits()) {
            // It only waited for others, who go on: the next instance takes it up where it stood.
            becomes_visible(live.visible_at);
            given_back
                .entry(holder)
                .or_default()
                .push((live.id, live.attempt));
            continue;
        }
        live.log_lines = line_counts.get(&live.id).copied().unwrap_or(0);
        match after_loss(live, &definitions, now) {
            AfterLoss::Ended(end) => ended.entry(holder).or_default().push(*end),
            AfterLoss::Retried(retry) => {
                becomes_visible(retry.visible_at);
                retried.entry(holder).or_default().push(*retry);
            }
        }
    }
    let (mut requeued, mut lost, mut again) = (0, 0, 0);
    for (holder, rows) in &released {
        hot::release(&mut tx, *holder, rows).await?;
        requeued += rows.len();
    }
    for (holder, rows) in &given_back {
        hot::give_back(&mut tx, *holder, rows, GIVEN_BACK).await?;
        requeued += rows.len();
    }
    for (holder, rows) in &ended {
        let finished = hot::finish_batch(&mut tx, *holder, rows).await?.mine;
        let told: Vec<&Ended> = rows
            .iter()
            .filter(|end| finished.contains(&end.live.id))
            .filter(|end| engine.notices.watches(end.live.owner_id, end.live.job_id))
            .collect();
        notifications::note_ended(&mut tx, &told).await?;
        lost += finished.len();
    }
    for (holder, rows) in &retried {
        again += hot::retry_batch(&mut tx, *holder, rows).await?.len();
    }
    tx.commit().await?;
    engine.notices.nudge();
    // What ended as lost may be what other jobs run after.
    engine.chains.notify_one();
    if let Some(at) = earliest {
        // The dispatcher may not be there yet; it looks at its start anyway.
        drop(engine.events.send(Event::Visible(at)));
    }
    for _ in 0..lost {
        engine.metrics.finished(Status::Lost.id(), 0);
    }
    tracing::info!(
        requeued,
        lost,
        again,
        "settled what a dead instance left behind"
    );
    Ok(requeued + lost + again + meanwhile > 0)
}

/// A newer Orloj has migrated the database. Instances of two versions run side by side during an upgrade, but what the
/// older one writes is not known to be right any more: it ends what it runs, and leaves the rest to the others.
fn step_back(engine: &Inner) {
    if !engine.outdated.swap(true, Ordering::SeqCst) {
        tracing::error!(
            instance = engine.me(),
            "a newer Orloj has migrated the database: this instance hands its schedules over; start it again with the newer program"
        );
    }
}

/// Ends what lost attempts have left running on this machine, before they are repeated or given up: their programs
/// outlive a server that was killed. On another machine nothing carries their marks, so nothing is found.
async fn end_leftovers(engine: &Inner, orphans: &[Live]) {
    let fence = |live: &Live| {
        attempt_fence(
            live.id,
            live.created_at,
            live.attempt,
            live.instance_id.unwrap_or(0),
        )
    };
    let fences: Vec<String> = orphans.iter().map(fence).collect();
    let search = move || orloj_tasks::end_leftovers(fences.iter().map(String::as_str));
    if let Ok(count @ 1..) = tokio::task::spawn_blocking(search).await {
        tracing::warn!(
            count,
            instance = engine.me(),
            "ended processes that lost runs had left behind"
        );
    }
}

enum AfterLoss {
    Ended(Box<Ended>),
    Retried(Box<Retried>),
}

fn after_loss(live: Live, definitions: &HashMap<i64, Arc<Definition>>, now: i64) -> AfterLoss {
    let started = live.started_at.or(live.first_started_at);
    let end = retry::End {
        attempt: live.attempt,
        status: Status::Lost,
        cause: Some("lost"),
        retryable: true,
        delivery: live.delivery,
        elapsed_us: live.first_started_at.map_or(0, |first| now - first),
    };
    let settings = definitions
        .get(&live.job_id)
        .map(|definition| &definition.settings);
    // Without jitter: a lost run has waited long enough.
    let delay = settings.and_then(|settings| {
        retry::next_delay_us(&settings.retry, settings.total_timeout_seconds, &end, 0.0)
    });
    let message = Text::fixed(
        "the instance that ran it ended without saying how it went",
        "انتهت نسخة الخادم التي نفّذته دون أن تذكر كيف سار",
    );
    let (error_message, error_message_ar) = settle::in_both(Some(&message));
    match delay {
        Some(delay) => AfterLoss::Retried(Box::new(Retried {
            id: live.id,
            attempt: live.attempt,
            started_at: started,
            finished_at: now,
            status: Status::Lost.id(),
            error_message,
            error_message_ar,
            cause: Some("lost".to_owned()),
            first_started_at: live.first_started_at,
            visible_at: now + delay,
            instance_id: live.instance_id,
            reason: "retry_after_loss",
        })),
        None => {
            let log_lines = live.log_lines;
            let mut ended = settle::unstarted(live, Status::Lost, "instance_lost", now);
            ended.error_message = error_message;
            ended.error_message_ar = error_message_ar;
            ended.cause = Some("lost".to_owned());
            ended.log_lines = log_lines;
            AfterLoss::Ended(Box::new(ended))
        }
    }
}

async fn definitions(engine: &Inner, orphans: &[Live]) -> Result<HashMap<i64, Arc<Definition>>> {
    let mut ids: Vec<i64> = orphans.iter().map(|live| live.job_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let stored = jobs::definitions(&engine.store.db, &ids).await?;
    Ok(stored
        .iter()
        .filter_map(|stored| Some((stored.job.id, Definition::compile(stored)?)))
        .collect())
}

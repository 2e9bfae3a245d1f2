//! The engine: store, clock, catalogue, and what happens by itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use orloj_tasks::{Catalogue, Policy};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::announce::{Announcement, Announcer};
use crate::background::arm::{Armer, Nudge};
use crate::background::commit::Committer;
use crate::background::dispatch::{Dispatcher, Event};
use crate::background::fleet::{self, FleetBoard, Report};
use crate::background::lease::LeaseWatch;
use crate::background::link;
use crate::background::notices::Notices;
use crate::background::notifier;
use crate::background::numbers::Numbers;
use crate::background::progress::ProgressBoard;
use crate::background::prune;
use crate::background::upkeep::{self, Keeper};
use crate::caller::Caller;
use crate::clock::{Alarm, Clock, DatabaseClock, timestamp};
use crate::error::{Error, Result};
use crate::metrics::Metrics;
use crate::model::{Actor, ArtifactQuota, FileLimits, Instance, InstanceStatus, Mode};
use crate::operations::accounts_state::AccountsState;
use crate::operations::secrets_key::{KeySource, Keyring};
use crate::rules::ids::instance_uuid;
use crate::store::retention::{self, Old};
use crate::store::{Backend, Store, StoreLocation, instances, sql};

/// An instance of PostgreSQL's that has not said anything for so long is taken for dead by the others.
pub(crate) const LEASE_US: i64 = 20_000_000;

/// What an engine is opened with.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where the data are.
    pub store: StoreLocation,
    /// How this process takes part.
    pub mode: Mode,
    /// Name shown for this instance; `None` makes one from mode and host.
    pub instance_name: Option<String>,
    /// Name of the host, for people.
    pub host: String,
    /// Attempts that run at the same time in this process, at most.
    pub worker_slots: usize,
    /// Where the key comes from under which secrets are sealed.
    pub secret_key: KeySource,
    /// What task functions may do.
    pub policy: Arc<Policy>,
    /// Days that history is kept, unless a job says otherwise; `None` keeps it for ever.
    pub retention_days: Option<u32>,
    /// Days that files of runs are kept, unless a job says otherwise; never longer than their executions. `None` keeps
    /// them as long as those.
    pub artifact_days: Option<u32>,
    /// How much of them is kept.
    pub artifact_quota: ArtifactQuota,
    /// How browsers reach the server, for links in notifications.
    pub public_url: Option<String>,
    /// Folder in which runs get their working folders.
    pub work_dir: PathBuf,
    /// How much may be kept of files for devices.
    pub files: FileLimits,
    /// Defaults of jobs that do not say.
    pub defaults: Defaults,
}

/// What a job gets where its creator said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// IANA time zone.
    pub timezone: String,
    /// How late an instant may start, in seconds; `None` without bound.
    pub misfire_grace_seconds: Option<u32>,
    /// Attempts of a job at the same time.
    pub max_instances: u32,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            timezone: "UTC".to_owned(),
            misfire_grace_seconds: Some(60),
            max_instances: 1,
        }
    }
}

impl EngineConfig {
    /// The configuration of an engine that runs in the same process as the API, with the usual limits.
    pub fn new(store: StoreLocation) -> Self {
        Self {
            secret_key: KeySource::beside(&store),
            store,
            mode: Mode::Embedded,
            instance_name: None,
            host: "localhost".to_owned(),
            worker_slots: 128,
            policy: Arc::new(Policy::default()),
            retention_days: Some(30),
            artifact_days: Some(30),
            artifact_quota: ArtifactQuota::default(),
            public_url: None,
            work_dir: std::env::temp_dir().join("orloj"),
            files: FileLimits::default(),
            defaults: Defaults::default(),
        }
    }
}

/// How an orderly stop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopReport {
    /// Whether everything that ran came to its end within the drain time.
    pub drained: bool,
    /// Runs that were told to stop when the drain time was over.
    pub interrupted: u64,
}

/// A scheduler's engine; clones share everything.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: EngineConfig,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) catalogue: Catalogue,
    pub(crate) announcer: Announcer,
    pub(crate) notices: Notices,
    pub(crate) accounts: AccountsState,
    pub(crate) keys: Keyring,
    /// What this process said of itself when it registered.
    pub(crate) instance: Instance,
    /// Its number now: a new one after it was taken for dead and came back.
    pub(crate) number: AtomicI64,
    /// Whether what this process holds is still its own.
    pub(crate) lease: LeaseWatch,
    /// A newer Orloj has migrated the database: this process ends what it runs and leaves scheduling to others.
    pub(crate) outdated: AtomicBool,
    pub(crate) execution_numbers: Numbers,
    pub(crate) job_numbers: Numbers,
    pub(crate) progress: ProgressBoard,
    /// The devices that are connected to this instance.
    pub(crate) fleet: FleetBoard,
    pub(crate) metrics: Metrics,
    /// Runs that are due wait for a slot: what has ended is written when they have begun.
    pub(crate) crowd: AtomicBool,
    /// Other living instances that schedule, as the armer last counted them; 0 on SQLite.
    pub(crate) peers: AtomicUsize,
    /// Ends were noted that other jobs run after.
    pub(crate) chains: Notify,
    /// Everything that was spawned, so that stopping can wait for it.
    pub(crate) tracker: TaskTracker,
    pub(crate) stopping: CancellationToken,
    /// Numbers of task functions (the seeds' `taskFunctionId`), by key.
    pub(crate) function_numbers: BTreeMap<String, i64>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) nudges: mpsc::UnboundedSender<Nudge>,
    inboxes: Mutex<Option<Inboxes>>,
}

struct Inboxes {
    events: mpsc::UnboundedReceiver<Event>,
    nudges: mpsc::UnboundedReceiver<Nudge>,
    said: mpsc::Receiver<Report>,
}

impl Inner {
    /// The number under which this process holds leases and shards now.
    pub(crate) fn me(&self) -> i64 {
        self.number.load(Ordering::SeqCst)
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens and migrates the store and registers this instance. Nothing runs until [`Engine::start`].
    pub async fn open(config: EngineConfig, catalogue: Catalogue, clock: Clock) -> Result<Self> {
        let now = clock.now_us();
        let store = Store::open(&config.store, now).await?;
        let clock = agree(&store, clock).await?;
        let now = clock.now_us();
        let keyring = Keyring::open(&store, &config.secret_key, now).await?;
        let mut tx = store.db.begin().await?;
        let id = instances::take_numbers(&mut tx, "instance", 1).await?;
        let instance = Instance {
            id,
            uuid: instance_uuid(now, rand::random::<u128>()),
            name: config
                .instance_name
                .clone()
                .unwrap_or_else(|| format!("{}-{}", config.mode.word(), config.host)),
            host: config.host.clone(),
            pid: i64::from(std::process::id()),
            mode: config.mode,
            status: InstanceStatus::Starting,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: timestamp(now),
            seen_at: timestamp(now),
            stopped_at: None,
            shards: 0,
        };
        instances::register(&mut tx, &instance, now + LEASE_US).await?;
        let keys: Vec<String> = numbered_first(&catalogue);
        let functions = instances::number_task_functions(&mut tx, &keys).await?;
        tx.commit().await?;
        let judged = matches!(clock, Clock::Database(_));
        let (events, event_inbox) = mpsc::unbounded_channel();
        let (nudges, nudge_inbox) = mpsc::unbounded_channel();
        let (fleet, said) = FleetBoard::new();
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                store,
                clock,
                catalogue,
                announcer: Announcer::new(),
                notices: Notices::new(),
                accounts: AccountsState::new(),
                keys: keyring,
                number: AtomicI64::new(instance.id),
                lease: LeaseWatch::new(judged),
                outdated: AtomicBool::new(false),
                instance,
                execution_numbers: Numbers::new("execution", 10_000),
                job_numbers: Numbers::new("job", 1),
                progress: ProgressBoard::default(),
                crowd: AtomicBool::new(false),
                peers: AtomicUsize::new(0),
                fleet,
                metrics: Metrics::default(),
                chains: Notify::new(),
                tracker: TaskTracker::new(),
                stopping: CancellationToken::new(),
                function_numbers: functions.into_iter().map(|(id, key)| (key, id)).collect(),
                events,
                nudges,
                inboxes: Mutex::new(Some(Inboxes {
                    events: event_inbox,
                    nudges: nudge_inbox,
                    said,
                })),
            }),
        })
    }

    /// Settles what dead instances left behind and starts to schedule and to run (unless this instance only serves the
    /// API). Refused the second time.
    pub async fn start(&self) -> Result<()> {
        let inner = &self.inner;
        let inboxes = inner
            .inboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Inboxes {
            events,
            nudges,
            said,
        }) = inboxes
        else {
            return Err(Error::internal("an engine is started once"));
        };
        inner.notices.reload(inner).await?;
        let keeper = Keeper::begin(Arc::clone(inner)).await?;
        if inner.config.mode != Mode::ApiOnly {
            let alarm = Alarm::new(&inner.clock)
                .map_err(|error| Error::internal(format!("cannot start the alarm: {error}")))?;
            let committer = Committer::start(inner, &inner.events);
            let dispatcher = Dispatcher::new(Arc::clone(inner), committer, inner.events.clone());
            inner.tracker.spawn(dispatcher.run(events, alarm));
            inner.tracker.spawn(link::run(Arc::clone(inner)));
            inner
                .tracker
                .spawn(Armer::new(Arc::clone(inner), inner.events.clone()).run(nudges));
        }
        if inner.config.mode != Mode::ApiOnly {
            inner.tracker.spawn(notifier::run(Arc::clone(inner)));
        }
        inner.tracker.spawn(keeper.run());
        inner.tracker.spawn(prune::run(Arc::clone(inner)));
        inner.tracker.spawn(fleet::clerk(Arc::clone(inner), said));
        inner.tracker.spawn(fleet::courier(Arc::clone(inner)));
        Ok(())
    }

    /// Stops in order: gives back what has not started, lets running work end for up to `drain`, then tells it to stop.
    pub async fn stop(&self, drain: Duration) -> StopReport {
        let inner = &self.inner;
        let started = inner
            .inboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_none();
        let mut report = StopReport {
            drained: true,
            interrupted: 0,
        };
        if started && inner.config.mode != Mode::ApiOnly {
            // Peers must not wait for an instance that is on its way out; without the word they find out in time.
            let _ = upkeep::announce_stopping(inner).await;
            let (reply, armer_ended) = oneshot::channel();
            if inner.nudges.send(Nudge::Stop(reply)).is_ok() {
                // An armer that has ended already answers with an error, which is as good.
                let _ = tokio::time::timeout(Duration::from_secs(10), armer_ended).await;
            }
            let (reply, mut drained) = oneshot::channel();
            drop(inner.events.send(Event::Drain(reply)));
            if tokio::time::timeout(drain, &mut drained).await.is_err() {
                report.drained = false;
                report.interrupted = inner.metrics.running.get().max(0).unsigned_abs();
                drop(inner.events.send(Event::StopRunning));
                let _ = tokio::time::timeout(Duration::from_secs(20), drained).await;
            }
        }
        inner.stopping.cancel();
        inner.tracker.close();
        let _ = tokio::time::timeout(Duration::from_secs(10), inner.tracker.wait()).await;
        if let Err(error) = upkeep::say_goodbye(inner).await {
            tracing::warn!(%error, "could not record the end of this instance");
        }
        inner.store.close().await;
        report
    }

    /// Whether requests can be served: the database answers, and what schedules has not fallen behind.
    pub async fn ready(&self) -> Result<()> {
        sql("SELECT COUNT(*) FROM shard")
            .one(&self.inner.store.db)
            .await?;
        Ok(())
    }

    /// The engine asked by somebody.
    pub fn caller(&self, actor: Actor) -> Caller {
        Caller {
            engine: self.clone(),
            actor,
        }
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The task functions.
    pub fn catalogue(&self) -> &Catalogue {
        &self.inner.catalogue
    }

    /// What this engine was opened with.
    pub fn config(&self) -> &EngineConfig {
        &self.inner.config
    }

    /// This instance.
    pub fn instance(&self) -> &Instance {
        &self.inner.instance
    }

    /// Counts since the process started.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// Announcements from now on.
    pub fn announcements(&self) -> tokio::sync::broadcast::Receiver<Announcement> {
        self.inner.announcer.listen()
    }

    /// Number of a task function.
    pub fn task_function_id(&self, key: &str) -> Option<i64> {
        self.inner.function_numbers.get(key).copied()
    }

    /// Key of a task function by its number.
    pub fn task_function_key(&self, id: i64) -> Option<String> {
        self.inner
            .function_numbers
            .iter()
            .find(|(_, number)| **number == id)
            .map(|(key, _)| key.clone())
    }

    /// Which database the store is on.
    pub fn backend(&self) -> Backend {
        self.inner.store.db.backend()
    }

    /// Lets everything that is due now be decided, started, and (as far as it has ended) written, then returns. What a
    /// test with a manual clock calls instead of waiting.
    pub async fn settle(&self) {
        // An engine that is not started has nothing to settle.
        let (reply, passed) = oneshot::channel();
        if self.inner.nudges.send(Nudge::Pass(reply)).is_ok() {
            let _ = passed.await;
        }
        let (reply, durable) = oneshot::channel();
        if self.inner.events.send(Event::Barrier(reply)).is_ok() {
            let _ = durable.await;
        }
    }

    /// Removes ended executions that ended before `before_us`; in a dry run only counts them.
    pub(crate) async fn remove_history(
        &self,
        before_us: i64,
        owner: Option<i64>,
        job: Option<i64>,
        statuses: &[i64],
        dry_run: bool,
    ) -> Result<u64> {
        let db = &self.inner.store.db;
        let old = Old {
            before: before_us,
            owner,
            job,
            statuses,
        };
        if dry_run {
            return retention::count(db, &old).await;
        }
        let mut removed = 0;
        loop {
            let mut tx = db.begin().await?;
            let count = retention::prune(&mut tx, &old, 1_000).await?;
            tx.commit().await?;
            removed += count;
            if count < 1_000 {
                return Ok(removed);
            }
        }
    }
}

/// The clock that fires: where several instances share a database, its clock instead of each machine's own.
async fn agree(store: &Store, clock: Clock) -> Result<Clock> {
    if store.db.backend() == Backend::Sqlite || !matches!(clock, Clock::System) {
        return Ok(clock);
    }
    let clock = DatabaseClock::new();
    let mut tx = store.db.begin().await?;
    upkeep::set_clock(&clock, &mut tx).await?;
    Ok(Clock::Database(clock))
}

/// Keys in the order in which they get their numbers: the seeds' examples use 1 and 2 without parameters, so the two
/// functions that need none come first.
fn numbered_first(catalogue: &Catalogue) -> Vec<String> {
    let mut keys: Vec<String> = catalogue
        .iter()
        .map(|function| function.info().key.clone())
        .collect();
    let place = |key: &str| {
        ["echo", "history_cleanup", "script", "webhook"]
            .iter()
            .position(|first| *first == key)
            .unwrap_or(usize::MAX)
    };
    keys.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.cmp(b)));
    keys
}

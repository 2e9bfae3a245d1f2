//! The committer: everything the dispatcher decides becomes durable here, in batches.
//!
//! Natural group commit: while one transaction is being written, the next batch gathers. A batch that cannot be
//! written is kept and tried again until it can: results are never dropped.
//!
//! On PostgreSQL, which writes several transactions at a time, claims have a lane of their own beside that of everything
//! else, so that work is leased while what has ended is written. [`Order`] says what must come before what nevertheless.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, OwnedMutexGuard, mpsc, oneshot};

use super::dispatch::{Answer, Event};
use super::gates::{Standing, Stay};
use super::logbook::Pages;
use super::offers::Ask;
use super::shelf::Shelf;
use crate::announce::{Announcement, Subject};
use crate::engine::Inner;
use crate::error::{Kind, Result};
use crate::faults;
use crate::store::hot::{self, Ended, Live, Retried, State};
use crate::store::{Backend, Tx, leases, notifications};

/// At most so many changes in one transaction.
const BATCH: usize = 4_096;

/// Where so many changes have come while the last ones were being written, more are on their way: they are waited for, so
/// that there are fewer and larger transactions.
const MANY: usize = 8;
const GATHER: Duration = Duration::from_millis(2);
/// While runs that are due wait for a slot, the processors are theirs: what has ended is not written yet, for at most this.
const CROWD: Duration = Duration::from_millis(100);

/// Why a run that only waits for others waits for an instance.
pub(crate) const GIVEN_BACK: &str = "given_back";

/// One thing to make durable.
#[derive(Debug)]
pub(crate) enum Change {
    /// An attempt started.
    Started { id: i64, attempt: u32, at: i64 },
    /// An execution ended.
    Ended(Box<Ended>, Pages),
    /// An attempt ended and another follows.
    Retried(Box<Retried>, Pages),
    /// A leased execution is given back: parked, pending or offered.
    Released {
        id: i64,
        attempt: u32,
        state: State,
        reason: &'static str,
    },
    /// A run that only waited is given back as it is.
    GivenBack { id: i64, attempt: u32, pages: Pages },
    /// Log lines of running executions.
    Pages(Pages),
    /// Lease executions that are due.
    Claim(Ask),
    /// Lease parked executions of a job.
    Promote { job_id: i64, count: u32 },
    /// Look where these executions are, which are not here.
    Watch(Vec<Stay>),
    /// Look for executions leased to this instance of which nobody told. Here and nowhere else: what ends is written
    /// here too, so nothing that has ended can be found.
    Strays,
    /// Say when everything before this is durable.
    Barrier(oneshot::Sender<()>),
}

/// A transaction is closed when what it carries reaches this size: results and logs can be large.
const BATCH_BYTES: usize = 16 << 20;
/// How often a batch is tried that the database refuses (rather than cannot take now) before it is stripped.
const REFUSALS: u32 = 3;

/// Where the dispatcher sends its changes.
#[derive(Clone, Debug)]
pub(crate) struct Committer {
    changes: mpsc::UnboundedSender<Change>,
    /// The lane of claims, where they have one.
    claims: Option<mpsc::UnboundedSender<Change>>,
}

/// What two lanes must not do at the same time.
#[derive(Debug, Default)]
struct Order {
    /// Held from before a commit until it is told that what it gave back is settled, so that nobody tells before that of
    /// having claimed it again.
    telling: Arc<Mutex<()>>,
    /// Held from before a claim until it is told, and by who looks for leases of which nobody told, or where executions
    /// are that are not here: what is about to be told of is neither.
    leasing: Arc<Mutex<()>>,
}

/// What writes one stream of changes.
struct Lane {
    engine: Arc<Inner>,
    dispatcher: mpsc::UnboundedSender<Event>,
    order: Arc<Order>,
    /// The lane of claims hands barriers on to the other one.
    onward: Option<mpsc::UnboundedSender<Change>>,
}

impl Committer {
    /// Starts writing; it ends when every sender is gone.
    pub(crate) fn start(engine: &Arc<Inner>, dispatcher: &mpsc::UnboundedSender<Event>) -> Self {
        let order = Arc::new(Order::default());
        let begin = |onward| {
            let (changes, inbox) = mpsc::unbounded_channel();
            let lane = Lane {
                engine: Arc::clone(engine),
                dispatcher: dispatcher.clone(),
                order: Arc::clone(&order),
                onward,
            };
            engine.tracker.spawn(lane.run(inbox));
            changes
        };
        let changes = begin(None);
        let claims = match engine.store.db.backend() {
            Backend::Sqlite => None,
            Backend::Postgres => Some(begin(Some(changes.clone()))),
        };
        Self { changes, claims }
    }

    /// Takes a change to be made durable.
    pub(crate) fn send(&self, change: Change) {
        let lane = match (&change, &self.claims) {
            (Change::Claim(_) | Change::Barrier(_), Some(claims)) => claims,
            _ => &self.changes,
        };
        // The committer ends after the dispatcher; a closed channel means a hard stop, after which recovery speaks.
        let _ = lane.send(change);
    }
}

impl Lane {
    async fn run(self, mut changes: mpsc::UnboundedReceiver<Change>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut shelf = Shelf::default();
        loop {
            if changes.recv_many(&mut batch, BATCH).await == 0 {
                return;
            }
            gather(&mut batch, &mut changes, &self.engine).await;
            let mut gathered = batch.drain(..).peekable();
            while gathered.peek().is_some() {
                let mut bytes = 0;
                let part = std::iter::from_fn(|| {
                    let next = gathered.next_if(|_| bytes < BATCH_BYTES)?;
                    bytes += next.bytes();
                    Some(next)
                });
                let part = part.take(BATCH);
                self.work(Work::gather(part.collect()), &mut shelf).await;
            }
        }
    }

    async fn work(&self, mut work: Work, shelf: &mut Shelf) {
        let leasing = match self.onward {
            Some(_) => Some(self.order.leasing.lock().await),
            None => None,
        };
        let done = work.write_until_done(self).await;
        self.engine.metrics.commits.inc();
        done.report(self, shelf).await;
        drop(leasing);
        for reply in work.barriers {
            match &self.onward {
                Some(onward) => drop(onward.send(Change::Barrier(reply))),
                // The asker may have gone away.
                None => drop(reply.send(())),
            }
        }
    }
}

/// Waits for what is on its way to a batch that is not small, unless somebody waits for the batch.
async fn gather(
    batch: &mut Vec<Change>,
    changes: &mut mpsc::UnboundedReceiver<Change>,
    engine: &Inner,
) {
    let begun = Instant::now();
    let mut seen = 0;
    while batch.len() >= MANY && !batch[seen..].iter().any(Change::is_awaited) {
        let is_crowd = engine.crowd.load(Ordering::Relaxed) && begun.elapsed() < CROWD;
        if seen > 0 && !is_crowd {
            return;
        }
        seen = batch.len();
        tokio::time::sleep(GATHER).await;
        batch.extend(std::iter::from_fn(|| changes.try_recv().ok()));
    }
}

/// A batch, sorted by what is to be done.
#[derive(Default)]
struct Work {
    size: usize,
    started: Vec<(i64, u32, i64)>,
    ended: Vec<Ended>,
    retried: Vec<Retried>,
    released: Vec<(i64, u32, State, &'static str)>,
    given_back: Vec<(i64, u32)>,
    pages: Pages,
    claim: Option<Ask>,
    promote: Vec<(i64, u32)>,
    watch: Vec<Stay>,
    barriers: Vec<oneshot::Sender<()>>,
    strays: bool,
    /// An earlier try may have been committed without our knowing it.
    doubtful: bool,
}

/// What a written batch tells the others.
struct Done {
    claimed: Option<Claimed>,
    /// Job, how many were asked for, those that came, and how many are parked still where fewer came.
    promoted: Vec<(i64, u32, Vec<Live>, usize)>,
    next_visible: Option<Option<i64>>,
    settled: Vec<i64>,
    announced: Vec<Announcement>,
    logged: Vec<Announcement>,
    strays: Vec<Live>,
    /// The same of shards that are another instance's.
    foreign: Vec<Live>,
    seen: Vec<(Stay, Standing)>,
    /// Something was written down for the notifier.
    told: bool,
    /// A claim may have been committed without our knowing it.
    doubtful: bool,
    telling: Option<OwnedMutexGuard<()>>,
    leasing: Option<OwnedMutexGuard<()>>,
}

/// The answer to a claim.
struct Claimed {
    ask: Ask,
    /// Of the queue; and whether that is all that was asked of it.
    rows: Vec<Live>,
    all: bool,
    /// Of what was offered; and whether there may be more of it.
    offered: Vec<Live>,
    more: bool,
}

/// Leases what is asked for: what this instance has offered and nobody took, its queue, what others offer.
async fn claim(tx: &mut Tx, me: i64, now: i64, ask: Ask) -> Result<Claimed> {
    let mut offered = match ask.back {
        0 => Vec::new(),
        back => hot::take_back_offered(tx, me, back).await?,
    };
    let asked = ask.limit.saturating_sub(offered.len());
    let mut rows = hot::claim_pending(tx, me, now - ask.waited_us, asked).await?;
    let all = rows.len() >= asked;
    let came = offered.len() + rows.len();
    let mut more = false;
    if !all && came < ask.help {
        let mut others = hot::claim_offered(tx, me, ask.help - came).await?;
        more = others.len() == ask.help - came;
        offered.append(&mut others);
    }
    for rows in [&mut rows, &mut offered] {
        rows.sort_unstable_by_key(|live| (-live.priority, live.visible_at, live.id));
    }
    Ok(Claimed {
        ask,
        rows,
        all,
        offered,
        more,
    })
}

impl Work {
    fn gather(changes: Vec<Change>) -> Self {
        let mut work = Work {
            size: changes.len(),
            ..Work::default()
        };
        for change in changes {
            match change {
                Change::Started { id, attempt, at } => work.started.push((id, attempt, at)),
                Change::Ended(ended, pages) => {
                    work.pages.merge(pages);
                    work.ended.push(*ended);
                }
                Change::Retried(retried, pages) => {
                    work.pages.merge(pages);
                    work.retried.push(*retried);
                }
                Change::Released {
                    id,
                    attempt,
                    state,
                    reason,
                } => work.released.push((id, attempt, state, reason)),
                Change::GivenBack { id, attempt, pages } => {
                    work.pages.merge(pages);
                    work.given_back.push((id, attempt));
                }
                Change::Pages(pages) => work.pages.merge(pages),
                Change::Claim(ask) => {
                    work.claim = Some(work.claim.map_or(ask, |other| other.and(ask)));
                }
                Change::Promote { job_id, count } => work.promote.push((job_id, count)),
                Change::Watch(ids) => work.watch = ids,
                Change::Strays => work.strays = true,
                Change::Barrier(reply) => work.barriers.push(reply),
            }
        }
        // A start that has ended meanwhile need not be marked.
        let over: HashSet<i64> = work
            .ended
            .iter()
            .map(|ended| ended.live.id)
            .chain(work.retried.iter().map(|retried| retried.id))
            .collect();
        work.started.retain(|(id, ..)| !over.contains(id));
        work
    }

    /// Tries until it is written. A batch that the database refuses for what it contains must not hold up everything
    /// after it for ever: it is then written without the words and results it carries.
    async fn write_until_done(&mut self, lane: &Lane) -> Done {
        let engine = &lane.engine;
        let mut pause = Duration::from_millis(20);
        let mut refusals = 0;
        loop {
            let error = match self.write(lane).await {
                Ok(done) => return done,
                Err(error) => error,
            };
            tracing::warn!(%error, changes = self.size, "cannot write yet; keeping the changes and trying again");
            engine.metrics.write_failures.inc();
            self.doubtful = true;
            if error.kind == Kind::Internal {
                refusals += 1;
            }
            if refusals == REFUSALS {
                tracing::error!(
                    changes = self.size,
                    "the database refuses these changes: writing them without results and log lines"
                );
                self.strip();
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    fn strip(&mut self) {
        self.pages = Pages::default();
        for ended in &mut self.ended {
            ended.summary = None;
            ended.summary_ar = None;
            ended.outcome = None;
            ended.error_message = Some("what it reported could not be stored".to_owned());
            ended.error_message_ar = Some("تعذّر حفظ ما ذكره التنفيذ".to_owned());
        }
        for retried in &mut self.retried {
            retried.error_message = None;
            retried.error_message_ar = None;
        }
    }

    fn is_only_barriers(&self) -> bool {
        self.size == self.barriers.len()
    }

    async fn write(&self, lane: &Lane) -> Result<Done> {
        let engine = &lane.engine;
        let me = engine.me();
        let now = engine.clock.now_us();
        let mut done = Done {
            claimed: None,
            promoted: Vec::new(),
            next_visible: None,
            settled: Vec::new(),
            announced: Vec::new(),
            logged: Vec::new(),
            strays: Vec::new(),
            foreign: Vec::new(),
            seen: Vec::new(),
            told: false,
            doubtful: self.doubtful,
            telling: None,
            leasing: None,
        };
        if self.is_only_barriers() {
            return Ok(done);
        }
        // What has ended is written by the other lane: only there nothing that has ended can be found.
        let looks_for_strays = (self.doubtful || self.strays) && lane.onward.is_none();
        if looks_for_strays || !self.watch.is_empty() {
            done.leasing = Some(Arc::clone(&lane.order.leasing).lock_owned().await);
        }
        let mut tx = engine.store.db.begin_engine().await?;
        hot::release(&mut tx, me, &self.released).await?;
        hot::started(&mut tx, me, &self.started).await?;
        if !self.started.is_empty() {
            faults::point("start.mark.before");
        }
        // Pages before ends, so that "ended" implies "the log is complete".
        hot::append_logs(&mut tx, &self.pages.chunks).await?;
        hot::drop_logs(&mut tx, &self.pages.drops).await?;
        hot::give_back(&mut tx, me, &self.given_back, GIVEN_BACK).await?;
        if !self.pages.chunks.is_empty() {
            faults::point("log.before");
        }
        let hot::Finished {
            mine: finished,
            leads_on,
        } = hot::finish_batch(&mut tx, me, &self.ended).await?;
        if engine.notices.is_watching() {
            let told: Vec<&Ended> = self
                .ended
                .iter()
                .filter(|end| finished.contains(&end.live.id))
                .filter(|end| engine.notices.watches(end.live.owner_id, end.live.job_id))
                .collect();
            notifications::note_ended(&mut tx, &told).await?;
            done.told = !told.is_empty();
        }
        let retried = hot::retry_batch(&mut tx, me, &self.retried).await?;
        if !self.ended.is_empty() {
            faults::point("finish.before");
        }
        if !self.retried.is_empty() {
            faults::point("retry.before");
        }
        for (job_id, count) in &self.promote {
            let rows = hot::claim_parked(&mut tx, me, *job_id, i64::from(*count)).await?;
            let left = match u32::try_from(rows.len()) {
                Ok(came) if came < *count => leases::parked_of_job(&mut tx, me, *job_id).await?,
                _ => 0,
            };
            done.promoted.push((*job_id, *count, rows, left));
        }
        if let Some(ask) = self.claim {
            let claimed = claim(&mut tx, me, now, ask).await?;
            if claimed.all {
                // There may be more at once; to ask for the earliest of them would cost as much as the next claim.
                done.next_visible = Some(Some(now));
            }
            done.claimed = Some(claimed);
        }
        if done.next_visible.is_some() {
            // Known already.
        } else if self.claim.is_some()
            || !self.retried.is_empty()
            || !self.given_back.is_empty()
            || self
                .released
                .iter()
                .any(|(_, _, state, _)| *state == State::Pending)
        {
            done.next_visible = Some(hot::next_visible(&mut tx, me).await?);
        }
        if !self.watch.is_empty() {
            let ids: Vec<i64> = self.watch.iter().map(|(id, _)| *id).collect();
            let still = leases::still_elsewhere(&mut tx, &ids, me).await?;
            let standing = |id| still.get(&id).copied().unwrap_or(Standing::Gone);
            let watched = self.watch.iter();
            done.seen = watched.map(|stay| (*stay, standing(stay.0))).collect();
        }
        if looks_for_strays {
            for (live, is_foreign) in leases::leased_to(&mut tx, me).await? {
                if is_foreign {
                    done.foreign.push(live);
                } else {
                    done.strays.push(live);
                }
            }
        }
        if self.claim.is_some() {
            faults::point("claim.before");
        }
        if lane.onward.is_none() {
            done.telling = Some(Arc::clone(&lane.order.telling).lock_owned().await);
        }
        tx.commit().await?;
        for (done, name) in [
            (self.claim.is_some(), "claim.committed"),
            (!self.started.is_empty(), "start.mark.committed"),
            (!self.pages.chunks.is_empty(), "log.committed"),
            (!self.ended.is_empty(), "finish.committed"),
            (!self.retried.is_empty(), "retry.committed"),
            (!self.released.is_empty(), "release.committed"),
        ] {
            if done {
                faults::point(name);
            }
        }
        if leads_on {
            engine.chains.notify_one();
        }

        for ended in &self.ended {
            if !finished.contains(&ended.live.id) && !self.doubtful {
                engine.metrics.stale_finishes.inc();
                tracing::warn!(
                    execution = ended.live.id,
                    attempt = ended.live.attempt,
                    status = ended.status,
                    "a finish with a stale fence changed nothing"
                );
            }
        }
        for retried_end in &self.retried {
            if !retried.contains(&retried_end.id) && !self.doubtful {
                engine.metrics.stale_finishes.inc();
                tracing::warn!(
                    execution = retried_end.id,
                    attempt = retried_end.attempt,
                    "a retry with a stale fence changed nothing"
                );
            }
        }
        done.settled
            .extend(self.ended.iter().map(|ended| ended.live.id));
        done.settled
            .extend(self.retried.iter().map(|retried| retried.id));
        done.settled
            .extend(self.released.iter().map(|(id, ..)| *id));
        done.settled
            .extend(self.given_back.iter().map(|(id, _)| *id));
        if engine.announcer.has_listeners() {
            let ended = self.ended.iter();
            done.announced
                .extend(ended.map(|ended| Announcement::of_live(Subject::Execution, &ended.live)));
            let chunks = self.pages.chunks.iter();
            done.logged
                .extend(chunks.map(|chunk| chunk.whose.announcement()));
        }
        Ok(done)
    }
}

impl Done {
    async fn report(self, lane: &Lane, shelf: &mut Shelf) {
        let engine = &lane.engine;
        // The dispatcher outlives the committer's work; a closed channel means that the engine is going down.
        let tell = |event| drop(lane.dispatcher.send(event));
        if self.told {
            engine.notices.nudge();
        }
        if !self.settled.is_empty() {
            tell(Event::Settled(self.settled));
        }
        drop(self.telling);
        if lane.onward.is_some() {
            drop(lane.order.telling.lock().await);
            if self.doubtful {
                tell(Event::Strays);
            }
        }
        for (job_id, asked, rows, left) in self.promoted {
            let items = shelf.items(engine, rows).await;
            tell(Event::Promoted {
                job_id,
                asked,
                items,
                left,
            });
        }
        let is_answer = self.claimed.is_some();
        if let Some(claimed) = self.claimed {
            let items = shelf.items(engine, claimed.rows).await;
            let offered = shelf.items(engine, claimed.offered).await;
            tell(Event::Claimed(Answer {
                ask: claimed.ask,
                items,
                all: claimed.all,
                offered,
                more: claimed.more,
            }));
        }
        if !self.strays.is_empty() || !self.foreign.is_empty() {
            let items = shelf.items(engine, self.strays).await;
            let foreign = shelf.items(engine, self.foreign).await;
            tell(Event::Found { items, foreign });
        }
        if !self.seen.is_empty() {
            tell(Event::Seen(self.seen));
        }
        match self.next_visible {
            Some(next) if is_answer => tell(Event::NextVisible(next)),
            Some(Some(at)) => tell(Event::Visible(at)),
            Some(None) | None => {}
        }
        for news in self.announced.into_iter().chain(self.logged) {
            engine.announcer.say(news);
        }
    }
}

impl Change {
    /// Whether somebody has nothing to do until this is done.
    fn is_awaited(&self) -> bool {
        matches!(
            self,
            Change::Claim(_)
                | Change::Promote { .. }
                | Change::Watch(_)
                | Change::Strays
                | Change::Barrier(_)
        )
    }

    /// About how large the variable part of a change is.
    fn bytes(&self) -> usize {
        let pages = |pages: &Pages| {
            pages
                .chunks
                .iter()
                .map(|chunk| chunk.lines.len())
                .sum::<usize>()
        };
        match self {
            Change::Ended(ended, log) => {
                pages(log)
                    + ended.outcome.as_ref().map_or(0, String::len)
                    + ended.summary.as_ref().map_or(0, String::len)
            }
            Change::Retried(_, log) | Change::Pages(log) | Change::GivenBack { pages: log, .. } => {
                pages(log)
            }
            _ => 0,
        }
    }
}

impl Pages {
    fn merge(&mut self, mut other: Pages) {
        self.chunks.append(&mut other.chunks);
        self.drops.append(&mut other.drops);
    }
}

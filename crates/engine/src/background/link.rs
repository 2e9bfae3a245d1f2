//! The linker: answers the ends of parents with runs of their children.
//!
//! The end of a run is noted for the children of its job in the transaction that ends it; here the note is taken away in
//! the transaction that makes the child's execution. So a crash at any moment neither loses a run nor makes one twice.
//! Children are locked one by one, so it does not matter if two instances look at the same one while a shard moves.

use std::sync::Arc;

use crate::announce::{Announcement, Subject};
use crate::background::dispatch::Event;
use crate::engine::Inner;
use crate::error::Result;
use crate::model::{Disposition, Job, Trigger};
use crate::rules::chain::{Arrival, join};
use crate::rules::due::Skip;
use crate::rules::ids::shard_of;
use crate::store::hot::{self, Live, State};
use crate::store::{Backend, chains, jobs};

/// How often notes are looked for that other instances made. On SQLite there are none, and whoever notes or takes
/// shards says so.
const LOOK_US: i64 = 1_000_000;
/// Children that are looked for at once.
const CHILDREN: i64 = 200;
/// Ends of one child that are answered in one transaction.
const ARRIVALS: usize = 500;

/// Works until the engine stops.
pub(crate) async fn run(engine: Arc<Inner>) {
    let shared = engine.store.db.backend() == Backend::Postgres;
    // What an instance that died has noted waits already.
    let mut again = true;
    loop {
        if !again {
            let look = async {
                if shared {
                    engine.clock.sleep_us(LOOK_US).await;
                } else {
                    std::future::pending().await
                }
            };
            tokio::select! {
                () = engine.stopping.cancelled() => return,
                () = engine.chains.notified() => {}
                () = look => {}
            }
        }
        if engine.stopping.is_cancelled() {
            return;
        }
        again = match pass(&engine).await {
            Ok(more) => more,
            Err(error) => {
                tracing::warn!(%error, "cannot start what runs after other jobs yet; nothing is lost, trying again");
                tokio::select! {
                    () = engine.stopping.cancelled() => return,
                    () = tokio::time::sleep(std::time::Duration::from_millis(500)) => {}
                }
                true
            }
        };
    }
}

/// Answers what is there; answers whether there may be more.
pub(crate) async fn pass(engine: &Arc<Inner>) -> Result<bool> {
    let children = chains::unanswered(&engine.store.db, engine.me(), CHILDREN).await?;
    for child in &children {
        answer(engine, *child).await?;
    }
    Ok(!children.is_empty())
}

async fn answer(engine: &Arc<Inner>, child: i64) -> Result<()> {
    let db = &engine.store.db;
    // Ends that come meanwhile wait for the next pass. A number is taken before the transaction, for a block of numbers
    // is a transaction of its own.
    let count = chains::count(db, child).await?.min(ARRIVALS);
    if count == 0 {
        return Ok(());
    }
    let number = engine.execution_numbers.take(db, count).await?;
    let now = engine.clock.now_us();
    let mut tx = db.begin_engine().await?;
    let job = jobs::get_for_update(&mut tx, child).await?;
    let arrivals = chains::arrivals(&mut tx, child, count).await?;
    let active = job.as_ref().filter(|job| !job.is_deleted);
    let Some((job, after)) = active.and_then(|job| Some((job, job.settings.after.as_deref()?)))
    else {
        // Nobody runs after these any more.
        let all: Vec<i64> = arrivals.iter().map(|one| one.execution_id).collect();
        chains::answer(&mut tx, child, &all, &[]).await?;
        return tx.commit().await;
    };
    let joined = join(after, &arrivals);
    let mut answered: Vec<i64> = Vec::with_capacity(arrivals.len());
    let blocked = blocked(job, now);
    let mut started = Vec::new();
    for (run, id) in joined.runs.iter().zip(number..) {
        answered.extend(run.iter().map(|arrival| arrival.execution_id));
        let due = run.iter().map(|arrival| arrival.finished_at).max();
        let due = due.unwrap_or(now);
        match blocked {
            Some(reason) => skip(&mut tx, job.id, due, reason, run.last(), now).await?,
            None => {
                let live = new_live(job, id, due.min(now), now);
                hot::insert_live(&mut tx, &[&live]).await?;
                chains::record_parents(&mut tx, id, run).await?;
                started.push(live);
            }
        }
    }
    for (arrival, reason) in &joined.dropped {
        answered.push(arrival.execution_id);
        let at = arrival.finished_at;
        skip(&mut tx, job.id, at, reason, Some(arrival), now).await?;
    }
    let waiting: Vec<i64> = joined.waiting.iter().map(|one| one.execution_id).collect();
    chains::answer(&mut tx, child, &answered, &waiting).await?;
    tx.commit().await?;
    for live in &started {
        let news = Announcement::of_live(Subject::Execution, live);
        engine.announcer.say(news);
    }
    if !started.is_empty() {
        // An engine that is stopping leaves them in the database, where the next start finds them.
        drop(engine.events.send(Event::Visible(now)));
    }
    Ok(())
}

/// Why the job runs after nothing now, if so.
fn blocked(job: &Job, now: i64) -> Option<&'static str> {
    if !job.is_enabled {
        Some("disabled")
    } else if job.is_paused_at(crate::clock::timestamp(now)) {
        Some("paused")
    } else {
        None
    }
}

async fn skip(
    tx: &mut crate::store::Tx,
    job: i64,
    at: i64,
    reason: &'static str,
    parent: Option<&Arrival>,
    now: i64,
) -> Result<()> {
    let mut reason: crate::rules::due::Reason = reason.into();
    reason.detail = parent.map(|parent| format!("after job {}", parent.parent_id));
    let skip = Skip {
        from: at,
        until: at,
        count: 1,
        disposition: Disposition::Skipped,
        reason,
    };
    hot::skip_one(tx, job, &skip, now).await
}

fn new_live(job: &Job, id: i64, due: i64, now: i64) -> Live {
    Live {
        id,
        created_at: now,
        shard: shard_of(job.id),
        state: State::Pending,
        job_id: job.id,
        job_version: job.version,
        owner_id: job.owner_id,
        task_function: job.task_function.clone(),
        priority: i64::from(job.settings.priority),
        delivery: job.settings.delivery,
        due_at: due,
        visible_at: now,
        trigger: Trigger::Dependency,
        triggered_by: None,
        parameters: None,
        attempt: 1,
        instance_id: None,
        first_started_at: None,
        started_at: None,
        cancel_reason: None,
        reason: None,
        log_lines: 0,
    }
}

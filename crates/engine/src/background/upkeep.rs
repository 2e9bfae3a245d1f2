//! Housekeeping: heartbeats, what dead instances left behind, retention.

use std::collections::HashMap;
use std::sync::Arc;

use super::definition::Definition;
use super::dispatch::Event;
use super::settle;
use crate::engine::{Inner, LEASE_US};
use crate::error::Result;
use crate::model::{InstanceStatus, Mode, Status};
use crate::rules::retry;
use crate::store::hot::{self, Ended, Live, Retried, State};
use crate::store::{Backend, executions, instances, jobs, logs};

const BEAT_US: i64 = 3_000_000;
/// On SQLite nobody else looks, so the lease is written rarely: an idle server writes almost nothing.
const BEAT_SQLITE_US: i64 = 300_000_000;
const PRUNE_US: i64 = 600_000_000;
/// Ledger rows guard nothing once the watermark is this far beyond them.
const LEDGER_US: i64 = 30 * 86_400_000_000;
const IDEMPOTENCY_US: i64 = 86_400_000_000;
const PRUNE_BATCH: i64 = 1_000;

/// Keeps house until the engine stops.
pub(crate) async fn run(engine: Arc<Inner>) {
    let is_sqlite = engine.store.db.backend() == Backend::Sqlite;
    let every = if is_sqlite { BEAT_SQLITE_US } else { BEAT_US };
    let mut next_beat = engine.clock.now_us() + every;
    let mut next_prune = engine.clock.now_us() + PRUNE_US / 10;
    loop {
        tokio::select! {
            () = engine.stopping.cancelled() => return,
            () = engine.clock.sleep_until_us(next_beat.min(next_prune)) => {}
        }
        let now = engine.clock.now_us();
        if now >= next_beat {
            next_beat = now + every;
            if let Err(error) = keep_alive(&engine, is_sqlite).await {
                tracing::warn!(%error, "the heartbeat could not be written");
            }
        }
        if now >= next_prune {
            next_prune = now + PRUNE_US;
            if let Err(error) = prune(&engine).await {
                tracing::warn!(%error, "old history could not be removed; trying again later");
            }
        }
    }
}

async fn keep_alive(engine: &Arc<Inner>, is_sqlite: bool) -> Result<()> {
    beat(engine, InstanceStatus::Running).await?;
    if !is_sqlite && engine.config.mode != Mode::ApiOnly {
        rescue(engine, false).await?;
    }
    Ok(())
}

/// Renews this instance's lease.
pub(crate) async fn beat(engine: &Inner, status: InstanceStatus) -> Result<()> {
    let now = engine.clock.now_us();
    let mut tx = engine.store.db.begin_engine().await?;
    let alive = instances::beat(&mut tx, engine.instance.id, status, now, now + LEASE_US).await?;
    tx.commit().await?;
    if !alive {
        tracing::error!(
            instance = engine.instance.id,
            "another instance took this one for dead; what it held is not its own any more"
        );
    }
    Ok(())
}

/// Records the orderly end of this instance.
pub(crate) async fn say_goodbye(engine: &Inner) -> Result<()> {
    let mut tx = engine.store.db.begin_engine().await?;
    instances::stopped(&mut tx, engine.instance.id, engine.clock.now_us()).await?;
    tx.commit().await
}

/// Settles what dead instances left behind: runs that had (or may have) started end as lost or begin anew by their
/// job's delivery, the others go back into the queue.
pub(crate) async fn rescue(engine: &Arc<Inner>, all_others_are_dead: bool) -> Result<()> {
    let db = &engine.store.db;
    let now = engine.clock.now_us();
    let me = engine.instance.id;
    let mut tx = db.begin_engine().await?;
    let buried = instances::bury(&mut tx, me, now, all_others_are_dead).await?;
    let living = instances::living(&mut tx).await?;
    let orphans = hot::orphans(&mut tx, &living).await?;
    if orphans.is_empty() {
        if !buried.is_empty() {
            tx.commit().await?;
        }
        return Ok(());
    }
    let definitions = definitions(engine, &orphans).await?;
    let mut ended: HashMap<i64, Vec<Ended>> = HashMap::new();
    let mut retried: HashMap<i64, Vec<Retried>> = HashMap::new();
    let mut released: HashMap<i64, Vec<(i64, u32, State, &'static str)>> = HashMap::new();
    let mut earliest = i64::MAX;
    for mut live in orphans {
        let Some(holder) = live.instance_id else {
            continue;
        };
        if live.state == State::Armed && live.visible_at > now {
            // Certainly not started.
            earliest = earliest.min(live.visible_at);
            released.entry(holder).or_default().push((
                live.id,
                live.attempt,
                State::Pending,
                "instance_lost",
            ));
            continue;
        }
        live.log_lines = logs::line_count(db, live.id).await?;
        match after_loss(live, &definitions, now) {
            AfterLoss::Ended(end) => ended.entry(holder).or_default().push(*end),
            AfterLoss::Retried(retry) => {
                earliest = earliest.min(retry.visible_at);
                retried.entry(holder).or_default().push(*retry);
            }
        }
    }
    let mut counts = (0, 0, 0);
    for (holder, rows) in &released {
        hot::release(&mut tx, *holder, rows).await?;
        counts.0 += rows.len();
    }
    for (holder, rows) in &ended {
        counts.1 += hot::finish_batch(&mut tx, *holder, rows).await?.len();
    }
    for (holder, rows) in &retried {
        counts.2 += hot::retry_batch(&mut tx, *holder, rows).await?.len();
    }
    tx.commit().await?;
    engine.metrics.finished[(Status::Lost.id() - 1) as usize].add(counts.1 as u64);
    tracing::info!(
        requeued = counts.0,
        lost = counts.1,
        again = counts.2,
        "settled what a dead instance left behind"
    );
    if earliest < i64::MAX {
        // The dispatcher may not be there yet; it looks at its start anyway.
        drop(engine.events.send(Event::Visible(earliest)));
    }
    Ok(())
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
    let message = "the instance that ran it ended without saying how it went".to_owned();
    match delay {
        Some(delay) => AfterLoss::Retried(Box::new(Retried {
            id: live.id,
            attempt: live.attempt,
            started_at: started,
            finished_at: now,
            status: Status::Lost.id(),
            error_message: Some(message),
            cause: Some("lost".to_owned()),
            first_started_at: live.first_started_at,
            visible_at: now + delay,
            instance_id: live.instance_id,
            reason: "retry_after_loss",
        })),
        None => {
            let log_lines = live.log_lines;
            let mut ended = settle::unstarted(live, Status::Lost, "instance_lost", now);
            ended.error_message = Some(message);
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

/// Removes history by the installation's rule and by the jobs' own.
pub(crate) async fn prune(engine: &Inner) -> Result<()> {
    let db = &engine.store.db;
    let now = engine.clock.now_us();
    for (job, retention) in jobs::with_retention(db).await? {
        if let Some(days) = retention.days {
            let before = now - i64::from(days) * 86_400_000_000;
            prune_in_batches(engine, |tx| {
                Box::pin(executions::prune(
                    tx,
                    before,
                    None,
                    Some(job),
                    &[],
                    PRUNE_BATCH,
                ))
            })
            .await?;
        }
        if let Some(count) = retention.count {
            prune_in_batches(engine, |tx| {
                Box::pin(executions::prune_beyond(tx, job, count, PRUNE_BATCH))
            })
            .await?;
        }
    }
    if let Some(days) = engine.config.retention_days {
        let before = now - i64::from(days) * 86_400_000_000;
        prune_in_batches(engine, |tx| {
            Box::pin(executions::prune_by_default(tx, before, PRUNE_BATCH))
        })
        .await?;
    }
    let mut tx = db.begin_engine().await?;
    executions::prune_ledger(&mut tx, now - LEDGER_US, now - IDEMPOTENCY_US).await?;
    tx.commit().await
}

type Removed<'a> = std::pin::Pin<Box<dyn Future<Output = Result<u64>> + Send + 'a>>;

async fn prune_in_batches(
    engine: &Inner,
    remove: impl for<'a> Fn(&'a mut crate::store::Tx) -> Removed<'a>,
) -> Result<()> {
    loop {
        let mut tx = engine.store.db.begin_engine().await?;
        let removed = remove(&mut tx).await?;
        tx.commit().await?;
        if removed < PRUNE_BATCH.unsigned_abs() || engine.stopping.is_cancelled() {
            return Ok(());
        }
    }
}

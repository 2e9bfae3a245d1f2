//! Retention: what is too old goes, by the installation's rule and by the jobs' own.

use crate::engine::Inner;
use crate::error::Result;
use crate::store::retention::{self, Old};
use crate::store::{artifacts, deliveries, files, jobs, statistics, trials};

/// Ledger rows guard nothing once the watermark is this far beyond them.
const LEDGER_US: i64 = 30 * 86_400_000_000;
const IDEMPOTENCY_US: i64 = 86_400_000_000;
/// Hourly counts are kept a little longer than a year, for comparisons.
const TALLY_US: i64 = 400 * 86_400_000_000;
/// A file of a run to which nothing was added for so long will not be finished.
const ABANDONED_US: i64 = 600_000_000;
/// Pieces of removed files that go in one transaction.
const PIECES: i64 = 64;
/// An upload that nobody has gone on with for so long is given up.
const UPLOAD_US: i64 = 86_400_000_000;
const PRUNE_BATCH: i64 = 1_000;

/// Removes history by the installation's rule and by the jobs' own.
pub(crate) async fn prune(engine: &Inner) -> Result<()> {
    let db = &engine.store.db;
    let now = engine.clock.now_us();
    for (job, own) in jobs::with_retention(db).await? {
        if let Some(days) = own.days {
            let before = now - i64::from(days) * 86_400_000_000;
            prune_in_batches(engine, |tx| {
                let old = Old {
                    before,
                    owner: None,
                    job: Some(job),
                    statuses: &[],
                };
                Box::pin(async move { retention::prune(tx, &old, PRUNE_BATCH).await })
            })
            .await?;
        }
        if let Some(count) = own.count {
            prune_in_batches(engine, |tx| {
                Box::pin(retention::prune_beyond(tx, job, count, PRUNE_BATCH))
            })
            .await?;
        }
    }
    if let Some(days) = engine.config.retention_days {
        let before = now - i64::from(days) * 86_400_000_000;
        prune_in_batches(engine, |tx| {
            Box::pin(retention::prune_by_default(tx, before, PRUNE_BATCH))
        })
        .await?;
    }
    // One at a time: each can hold many megabytes.
    loop {
        let mut tx = db.begin_engine().await?;
        let removed = files::prune_one(&mut tx, now - UPLOAD_US).await?;
        tx.commit().await?;
        if !removed || engine.stopping.is_cancelled() {
            break;
        }
    }
    if let Some(days) = engine.config.retention_days {
        let before = now - i64::from(days) * 86_400_000_000;
        prune_in_batches(engine, |tx| {
            Box::pin(deliveries::prune(tx, before, PRUNE_BATCH))
        })
        .await?;
    }
    prune_in_batches(engine, |tx| Box::pin(trials::prune(tx, PRUNE_BATCH))).await?;
    let mut tx = db.begin_engine().await?;
    retention::prune_ledger(&mut tx, now - LEDGER_US, now - IDEMPOTENCY_US).await?;
    statistics::prune(&mut tx, now - TALLY_US).await?;
    artifacts::retire(&mut tx, now, now - ABANDONED_US).await?;
    tx.commit().await?;
    sweep_artifacts(engine).await
}

/// Removes the content of removed files, a little at a time: it can be large.
async fn sweep_artifacts(engine: &Inner) -> Result<()> {
    while !engine.stopping.is_cancelled() {
        let mut tx = engine.store.db.begin_engine().await?;
        let swept = artifacts::sweep(&mut tx, PIECES).await?;
        tx.commit().await?;
        if swept == 0 {
            break;
        }
    }
    Ok(())
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

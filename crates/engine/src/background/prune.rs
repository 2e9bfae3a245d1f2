//! Retention: what is too old goes, by the installation's rule and by the jobs' own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::{Clock, DAY_US};
use crate::engine::Inner;
use crate::error::Result;
use crate::store::retention::{self, Old};
use crate::store::{
    artifacts, days, deliveries, devices, files, jobs, partitions, statistics, trials,
};

/// Ledger rows guard nothing once the watermark is this far beyond them.
const LEDGER_US: i64 = 30 * DAY_US;
const IDEMPOTENCY_US: i64 = DAY_US;
/// Hourly counts are kept a little longer than a year, for comparisons.
const TALLY_US: i64 = 400 * DAY_US;
/// A file of a run to which nothing was added for so long will not be finished.
const ABANDONED_US: i64 = 600_000_000;
/// Pieces of removed files that go in one transaction.
const PIECES: i64 = 64;
/// An upload that nobody has gone on with for so long is given up.
const UPLOAD_US: i64 = DAY_US;
const PRUNE_BATCH: i64 = 1_000;
const PRUNE_US: i64 = 600_000_000;
/// How often the parts of history and ledger are made ahead of need: far oftener than the fastest engine fills one.
const PARTS_US: i64 = 60_000_000;
/// A clock that goes this much further than the time that has passed was set.
const STEP_US: i64 = 600_000_000;
/// Nothing is removed for so long after a clock was set: a clock that is wrong by years for a moment must not cost the
/// whole history, nor the ledger that keeps instants from firing again when it is set back.
const DOUBT: Duration = Duration::from_secs(3_600);

/// Whether the clock can be believed when it comes to what is too old.
#[derive(Debug, Default)]
pub(crate) struct ClockWatch {
    seen: Option<(i64, Instant)>,
    set: Option<Instant>,
}

impl ClockWatch {
    /// Looks at the clock; answers whether it has gone on evenly for long enough.
    pub(crate) fn is_even(&mut self, now_us: i64, at: Instant) -> bool {
        if let Some((then_us, then)) = self.seen {
            let passed = at.saturating_duration_since(then).as_micros();
            let passed = i64::try_from(passed).unwrap_or(i64::MAX);
            let ahead = now_us.saturating_sub(then_us).saturating_sub(passed);
            if ahead.unsigned_abs() > STEP_US.unsigned_abs() {
                self.set = Some(at);
            }
        }
        self.seen = Some((now_us, at));
        self.set
            .is_none_or(|set| at.saturating_duration_since(set) >= DOUBT)
    }
}

/// Keeps the history as long as it is to be kept, until the engine stops. A task of its own: removing much takes longer than
/// the heartbeat may wait.
pub(crate) async fn run(engine: Arc<Inner>) {
    let begun = engine.clock.now_us();
    let (mut next_prune, mut next_parts) = (begun + PRUNE_US / 10, begun + PARTS_US);
    let mut watch = ClockWatch::default();
    loop {
        tokio::select! {
            () = engine.stopping.cancelled() => return,
            () = engine.clock.sleep_until_us(next_prune.min(next_parts)) => {}
        }
        let now = engine.clock.now_us();
        let is_even =
            matches!(engine.clock, Clock::Manual(_)) || watch.is_even(now, Instant::now());
        // A clock that was set back must not put these off.
        next_prune = next_prune.min(now + PRUNE_US);
        next_parts = next_parts.min(now + PARTS_US);
        if now >= next_parts {
            next_parts = now + PARTS_US;
            if let Err(error) = partitions::extend(&engine.store.db, now).await {
                tracing::info!(%error, "no parts of the history could be made ahead now; trying again soon");
            }
        }
        if now >= next_prune {
            next_prune = now + PRUNE_US;
            if !is_even {
                tracing::warn!("the clock was set: removing nothing that is old for an hour");
            } else if let Err(error) = prune(&engine).await {
                tracing::warn!(%error, "old history could not be removed; trying again later");
            }
        }
    }
}

/// Removes history by the installation's rule and by the jobs' own.
async fn prune(engine: &Inner) -> Result<()> {
    let db = &engine.store.db;
    let now = engine.clock.now_us();
    for (job, own) in jobs::with_retention(db).await? {
        if let Some(days) = own.days {
            let before = now - i64::from(days) * DAY_US;
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
        let before = now - i64::from(days) * DAY_US;
        for table in partitions::drop_history(db, before).await? {
            prune_in_batches(engine, |tx| {
                let table = table.clone();
                Box::pin(async move {
                    retention::prune_by_default(tx, &table, before, PRUNE_BATCH).await
                })
            })
            .await?;
        }
        prune_in_batches(engine, |tx| {
            Box::pin(deliveries::prune(tx, before, PRUNE_BATCH))
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
    prune_in_batches(engine, |tx| Box::pin(trials::prune(tx, PRUNE_BATCH))).await?;
    prune_ledger(engine, now).await?;
    let mut tx = db.begin_engine().await?;
    devices::prune_enrollments(&mut tx, now - LEDGER_US).await?;
    statistics::prune(&mut tx, now - TALLY_US).await?;
    artifacts::retire(&mut tx, now, now - ABANDONED_US).await?;
    tx.commit().await?;
    if days::mend(db).await? {
        tracing::info!("the history's executions were counted anew, day by day");
    }
    sweep_artifacts(engine).await
}

/// Removes what guards against firing twice once it is too old to matter.
async fn prune_ledger(engine: &Inner, now: i64) -> Result<()> {
    // Whole days, so that the parts of the ledger go as a whole where there are any.
    let before = (now - LEDGER_US).div_euclid(DAY_US) * DAY_US;
    if let Err(error) = partitions::drop_ledger(&engine.store.db, before).await {
        // Nobody could be made to wait; the next attempt is soon enough.
        tracing::info!(%error, "old parts of the ledger could not be dropped now");
        return Ok(());
    }
    prune_in_batches(engine, |tx| {
        Box::pin(retention::prune_fires(tx, before, PRUNE_BATCH))
    })
    .await?;
    prune_in_batches(engine, |tx| {
        Box::pin(retention::prune_skips(tx, before, PRUNE_BATCH))
    })
    .await?;
    prune_in_batches(engine, |tx| {
        Box::pin(retention::prune_keys(tx, now - IDEMPOTENCY_US, PRUNE_BATCH))
    })
    .await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_not_believed_for_an_hour() {
        let start = Instant::now();
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        let us = |seconds: i64| seconds * 1_000_000;
        let mut watch = ClockWatch::default();
        assert!(watch.is_even(us(0), start));
        // A machine that is busy, or a clock that is put right by a little.
        assert!(watch.is_even(us(500), after(10)));
        assert!(!watch.is_even(us(315_360_000), after(20)));
        assert!(!watch.is_even(us(30), after(30)), "set back is set, too");
        assert!(!watch.is_even(us(3_600), after(3_600)));
        assert!(watch.is_even(us(3_640), after(3_640)));
    }
}

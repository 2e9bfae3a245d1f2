//! Watermarks and what hangs on them, brought back from a future that has not come.

use super::{Db, Tx, batch, sql};
use crate::clock::DAY_US;
use crate::error::Result;

/// A retry that lies further ahead than this was set by a clock that was wrong.
const LONGEST_DELAY_US: i64 = DAY_US;

/// A range of instants that were passed over, as it is stored.
#[derive(Debug)]
pub(crate) struct Skipped {
    pub job_id: i64,
    pub from: i64,
    pub until: i64,
    pub disposition: i64,
    pub count: u64,
}

/// Sets the watermarks of these shards back to `now`; answers those of this instance that lay ahead.
pub(crate) async fn watermarks(tx: &mut Tx, me: i64, shards: &[i64], now: i64) -> Result<Vec<i64>> {
    let rows = sql("UPDATE shard SET watermark = $1, version = version + 1 WHERE owner = $2 AND watermark > $1 AND id {each $3} RETURNING id")
        .bind(now)
        .bind(me)
        .bind(batch(shards))
        .all(tx)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// Ranges that end after `now`, of jobs of these shards.
pub(crate) async fn skips_after(tx: &mut Tx, shards: &[i64], now: i64) -> Result<Vec<Skipped>> {
    let rows = sql("SELECT s.job_id, s.from_at, s.until_at, s.disposition, s.count FROM skip s JOIN job j ON j.id = s.job_id \
         WHERE s.until_at > $1 AND j.shard {each $2}")
        .bind(now)
        .bind(batch(shards))
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Skipped {
                job_id: row.int()?,
                from: row.int()?,
                until: row.int()?,
                disposition: row.int()?,
                count: row.int()?.max(0).unsigned_abs(),
            })
        })
        .collect()
}

/// Ends a range at `now`, with so many instants; one without any is removed.
pub(crate) async fn shorten_skip(
    tx: &mut Tx,
    skipped: &Skipped,
    now: i64,
    count: u64,
) -> Result<()> {
    let query = if count == 0 {
        sql("DELETE FROM skip WHERE job_id = $1 AND from_at = $2 AND disposition = $3")
    } else {
        sql(
            "UPDATE skip SET until_at = $4, count = $5 WHERE job_id = $1 AND from_at = $2 AND disposition = $3",
        )
    };
    let query = query
        .bind(skipped.job_id)
        .bind(skipped.from)
        .bind(skipped.disposition);
    let query = if count == 0 {
        query
    } else {
        query
            .bind(now)
            .bind(i64::try_from(count).unwrap_or(i64::MAX))
    };
    query.run(tx).await?;
    Ok(())
}

/// Lets the jobs of these shards count from `now` where they were to count from later, looks at all of them again, and
/// brings back retries that nobody would live to see.
pub(crate) async fn reopen(tx: &mut Tx, shards: &[i64], now: i64) -> Result<()> {
    sql("UPDATE job SET effective_from = $1 WHERE effective_from > $1 AND shard {each $2}")
        .bind(now)
        .bind(batch(shards))
        .run(tx)
        .await?;
    sql("UPDATE job_hint SET next_at = $1 WHERE next_at > $1 AND shard {each $2}")
        .bind(now)
        .bind(batch(shards))
        .run(tx)
        .await?;
    sql("UPDATE live SET visible_at = $1 WHERE state IN (2, 5) AND attempt > 1 AND visible_at > $1 + $3 AND shard {each $2}")
        .bind(now)
        .bind(batch(shards))
        .bind(LONGEST_DELAY_US)
        .run(tx)
        .await?;
    Ok(())
}

/// The latest due instant that has fired; the smallest number when none has.
pub(crate) async fn newest_fire(tx: &mut Tx) -> Result<i64> {
    let mut row = sql("SELECT MAX(due_at) FROM fire").one(tx).await?;
    Ok(row.opt_int()?.unwrap_or(i64::MIN))
}

/// Due instants of a job from `from` until `until` that have fired, ascending.
pub(crate) async fn fired(db: &Db, job: i64, from: i64, until: i64) -> Result<Vec<i64>> {
    let rows = sql("SELECT due_at FROM fire WHERE job_id = $1 AND due_at >= $2 AND due_at <= $3 ORDER BY due_at")
        .bind(job)
        .bind(from)
        .bind(until)
        .all(db)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

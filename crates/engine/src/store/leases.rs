//! Who holds what: live executions as recovery, hand-over and cancelling see them.

use std::collections::HashMap;

use super::hot::{Live, live, live_columns, lives};
use super::{Tx, batch, sql};
use crate::background::gates::Standing;
use crate::error::Result;

/// Up to `limit` executions leased to instances other than these, the oldest first: what a dead instance left behind.
pub(crate) async fn orphans(tx: &mut Tx, holding: &[i64], limit: i64) -> Result<Vec<Live>> {
    let rows = sql(concat!("SELECT ", live_columns!(), " FROM live WHERE instance_id IS NOT NULL AND NOT (instance_id {each $1}) ORDER BY id LIMIT $2"))
        .bind(batch(holding))
        .bind(limit)
        .all(tx)
        .await?;
    lives(rows)
}

/// Those of these executions that are still leased, held until the transaction ends.
pub(crate) async fn still_leased(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Live>> {
    let rows = sql(concat!(
        "SELECT ",
        live_columns!(),
        " FROM live WHERE instance_id IS NOT NULL AND id {each $1} ORDER BY id {for_update}"
    ))
    .bind(batch(ids))
    .all(tx)
    .await?;
    lives(rows)
}

/// Executions armed for this instance, and whether their shard is another's (so that they were offered): after a commit
/// whose answer was lost, some of them may be unknown to it.
pub(crate) async fn leased_to(tx: &mut Tx, instance: i64) -> Result<Vec<(Live, bool)>> {
    let rows = sql(concat!(
        "SELECT ",
        live_columns!(),
        ", EXISTS (SELECT 1 FROM shard s WHERE s.id = live.shard AND s.owner <> $1) FROM live WHERE instance_id = $1 AND state = 1"
    ))
    .bind(instance)
    .all(tx)
    .await?;
    rows.into_iter()
        .map(|mut row| Ok((live(&mut row)?, row.flag()?)))
        .collect()
}

/// Number of live executions of a job.
pub(crate) async fn count_of_job(tx: &mut Tx, job_id: i64) -> Result<i64> {
    sql("SELECT COUNT(*) FROM live WHERE job_id = $1")
        .bind(job_id)
        .one(tx)
        .await?
        .int()
}

/// Executions of a job that nobody holds: pending, parked and offered. In the order of their numbers, as whoever takes
/// over a shard locks them.
pub(crate) async fn waiting_of_job(tx: &mut Tx, job_id: i64) -> Result<Vec<Live>> {
    let rows = sql(concat!(
        "SELECT ",
        live_columns!(),
        " FROM live WHERE job_id = $1 AND state IN (2, 3, 5) ORDER BY id {for_update}"
    ))
    .bind(job_id)
    .all(tx)
    .await?;
    lives(rows)
}

/// Number of parked executions of these shards by job, for the gates of their new owner.
pub(crate) async fn parked_counts(tx: &mut Tx, shards: &[i64]) -> Result<Vec<(i64, i64)>> {
    let rows = sql(
        "SELECT job_id, COUNT(*) FROM live WHERE state = 3 AND shard {each $1} GROUP BY job_id",
    )
    .bind(batch(shards))
    .all(tx)
    .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?)))
        .collect()
}

/// Number of parked executions of a job, if its shard is this instance's.
pub(crate) async fn parked_of_job(tx: &mut Tx, instance: i64, job_id: i64) -> Result<usize> {
    let count = sql("SELECT COUNT(*) FROM live WHERE job_id = $1 AND state = 3 AND shard IN (SELECT id FROM shard WHERE owner = $2)")
        .bind(job_id)
        .bind(instance)
        .one(tx)
        .await?
        .int()?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Takes back what earlier owners of these shards have offered: it waits for its owner's gates again. What somebody takes
/// at this moment is waited for and stays theirs, so whoever asks who holds what ([`held_elsewhere`]) must ask after this.
pub(crate) async fn withdraw_offers(tx: &mut Tx, shards: &[i64]) -> Result<()> {
    sql("WITH picked AS MATERIALIZED (SELECT id AS picked_id FROM live WHERE state = 5 AND shard {each $1} ORDER BY id {for_update}) \
         UPDATE live SET state = 2 WHERE id IN (SELECT picked_id FROM picked) AND state = 5")
        .bind(batch(shards))
        .run(tx)
        .await?;
    Ok(())
}

/// Executions `(id, job)` of these shards that other instances hold, or have offered anew after what was offered was
/// taken back: they count at the gates of the new owner.
pub(crate) async fn held_elsewhere(
    tx: &mut Tx,
    shards: &[i64],
    instance: i64,
) -> Result<Vec<(i64, i64)>> {
    let rows = sql("SELECT id, job_id FROM live WHERE instance_id IS NOT NULL AND instance_id <> $2 AND shard {each $1} \
         UNION ALL SELECT id, job_id FROM live WHERE state = 5 AND shard {each $1}")
        .bind(batch(shards))
        .bind(instance)
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?)))
        .collect()
}

/// Which of these executions are not this instance's and count at its gates all the same: those that other instances
/// hold, and those that are offered, of which it is said.
pub(crate) async fn still_elsewhere(
    tx: &mut Tx,
    ids: &[i64],
    instance: i64,
) -> Result<HashMap<i64, Standing>> {
    let rows = sql("SELECT id, state = 5 FROM live WHERE id {each $1} AND (state = 5 OR (instance_id IS NOT NULL AND instance_id <> $2))")
        .bind(batch(ids))
        .bind(instance)
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            let id = row.int()?;
            let standing = if row.flag()? {
                Standing::Offered
            } else {
                Standing::Held
            };
            Ok((id, standing))
        })
        .collect()
}

/// Executions `(id, reason)` held by this instance that somebody asked to cancel.
pub(crate) async fn asked_to_cancel(tx: &mut Tx, instance: i64) -> Result<Vec<(i64, String)>> {
    let rows = sql(
        "SELECT id, cancel_reason FROM live WHERE instance_id = $1 AND cancel_reason IS NOT NULL",
    )
    .bind(instance)
    .all(tx)
    .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.text()?)))
        .collect()
}

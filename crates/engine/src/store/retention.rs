//! Removing what is old: history by its end, ledger rows by their instant.

use super::db::Query;
use super::{Db, Tx, artifacts, batch, sql};
use crate::error::Result;

/// Which ended executions are meant: by end, and optionally by owner, job and status.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Old<'a> {
    /// Ended before this instant.
    pub before: i64,
    pub owner: Option<i64>,
    pub job: Option<i64>,
    /// Numbers of statuses; empty means any.
    pub statuses: &'a [i64],
}

impl Old<'_> {
    /// Completes `SELECT … FROM execution` to the meant rows.
    fn of(&self, query: Query) -> Query {
        let mut query = query.and(" WHERE finished_at < ?", self.before);
        if let Some(owner) = self.owner {
            query = query.and(" AND owner_id = ?", owner);
        }
        if let Some(job) = self.job {
            query = query.and(" AND job_id = ?", job);
        }
        if !self.statuses.is_empty() {
            query = query.push(" AND status IN (-1");
            for status in self.statuses {
                query = query.and(", ?", *status);
            }
            query = query.push(")");
        }
        query
    }
}

/// Removes old executions, at most `limit`, with their attempts and logs.
pub(crate) async fn prune(tx: &mut Tx, old: &Old<'_>, limit: i64) -> Result<u64> {
    let query = old
        .of(sql("SELECT id FROM execution"))
        .push(" ORDER BY finished_at")
        .and(" LIMIT ?", limit);
    let rows = query.all(&mut *tx).await?;
    let ids: Vec<i64> = rows
        .into_iter()
        .map(|mut row| row.int())
        .collect::<Result<_>>()?;
    remove(tx, &ids).await
}

/// Number of ended executions that [`prune`] would remove in all.
pub(crate) async fn count(db: &Db, old: &Old<'_>) -> Result<u64> {
    Ok(old
        .of(sql("SELECT COUNT(*) FROM execution"))
        .one(db)
        .await?
        .int()?
        .unsigned_abs())
}

/// Removes the executions of a job beyond its newest `keep`, at most `limit`.
pub(crate) async fn prune_beyond(tx: &mut Tx, job: i64, keep: u32, limit: i64) -> Result<u64> {
    let rows = sql("SELECT id FROM execution WHERE job_id = $1 ORDER BY due_at DESC, id DESC LIMIT $2 OFFSET $3")
        .bind(job)
        .bind(limit)
        .bind(keep)
        .all(&mut *tx)
        .await?;
    let ids: Vec<i64> = rows
        .into_iter()
        .map(|mut row| row.int())
        .collect::<Result<_>>()?;
    remove(tx, &ids).await
}

/// Removes old executions of the jobs that have no rule of their own, at most `limit`.
pub(crate) async fn prune_by_default(tx: &mut Tx, before: i64, limit: i64) -> Result<u64> {
    let rows = sql("SELECT e.id FROM execution e WHERE e.finished_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = e.job_id AND j.retention_days IS NOT NULL) ORDER BY e.finished_at LIMIT $2")
        .bind(before)
        .bind(limit)
        .all(&mut *tx)
        .await?;
    let ids: Vec<i64> = rows
        .into_iter()
        .map(|mut row| row.int())
        .collect::<Result<_>>()?;
    remove(tx, &ids).await
}

/// Removes these ended executions with their attempts, logs and files.
pub(crate) async fn remove(tx: &mut Tx, ids: &[i64]) -> Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    sql("DELETE FROM log_chunk WHERE execution_id {each $1}")
        .bind(batch(ids))
        .run(tx)
        .await?;
    super::device_orders::remove(tx, ids).await?;
    for statement in [
        "DELETE FROM attempt WHERE execution_id {each $1}",
        "DELETE FROM execution_parent WHERE execution_id {each $1}",
    ] {
        sql(statement).bind(batch(ids)).run(tx).await?;
    }
    artifacts::remove_of(tx, ids).await?;
    let rows = sql("DELETE FROM execution WHERE id {each $1} RETURNING owner_id, status")
        .bind(batch(ids))
        .all(&mut *tx)
        .await?;
    let removed: Vec<(i64, i64)> = rows
        .into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?)))
        .collect::<Result<_>>()?;
    super::statistics::count_removed(tx, &removed).await?;
    Ok(removed.len() as u64)
}

/// Removes ledger rows, skips and idempotency keys that are too old to matter. The watermark keeps what they guarded.
pub(crate) async fn prune_ledger(tx: &mut Tx, before: i64, idempotency_before: i64) -> Result<u64> {
    let mut removed = sql("DELETE FROM fire WHERE due_at < $1")
        .bind(before)
        .run(tx)
        .await?;
    removed += sql("DELETE FROM skip WHERE until_at < $1")
        .bind(before)
        .run(tx)
        .await?;
    removed += super::devices::prune_enrollments(tx, before).await?;
    removed += sql("DELETE FROM idempotency WHERE created_at < $1")
        .bind(idempotency_before)
        .run(tx)
        .await?;
    Ok(removed)
}

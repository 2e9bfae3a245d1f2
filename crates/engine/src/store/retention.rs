//! Removing what is old: history by its end, ledger rows by their instant.

use super::days::{Kind, day_of};
use super::db::Query;
use super::{Db, Row, Tx, artifacts, batch, sql};
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
    let ids = numbers(query.all(&mut *tx).await?)?;
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
    remove(tx, &numbers(rows)?).await
}

fn numbers(rows: Vec<Row>) -> Result<Vec<i64>> {
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// Removes old executions of the jobs that have no rule of their own from the history or a part of it, at most `limit`.
pub(crate) async fn prune_by_default(
    tx: &mut Tx,
    table: &str,
    before: i64,
    limit: i64,
) -> Result<u64> {
    let query = sql("SELECT e.id FROM ")
        .push(table)
        .and(" e WHERE e.finished_at < ?", before)
        .push(" AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = e.job_id AND j.retention_days IS NOT NULL) ORDER BY e.finished_at")
        .and(" LIMIT ?", limit);
    let ids = numbers(query.all(&mut *tx).await?)?;
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
    let rows =
        sql("DELETE FROM execution WHERE id {each $1} RETURNING owner_id, due_at, status, trigger")
            .bind(batch(ids))
            .all(&mut *tx)
            .await?;
    let removed: Vec<(Kind, i64)> = rows
        .into_iter()
        .map(|mut row| {
            let kind = Kind {
                owner_id: row.int()?,
                day: day_of(row.int()?),
                status: row.int()?,
                trigger: row.int()?,
            };
            Ok((kind, 1))
        })
        .collect::<Result<_>>()?;
    let count = removed.len() as u64;
    super::statistics::count_removed(tx, removed).await?;
    Ok(count)
}

/// Removes ledger rows that are too old to matter, at most `limit`. The watermark keeps what they guarded.
pub(crate) async fn prune_fires(tx: &mut Tx, before: i64, limit: i64) -> Result<u64> {
    sql("DELETE FROM fire WHERE (due_at, job_id) IN (SELECT f.due_at, f.job_id FROM fire f WHERE f.due_at < $1 ORDER BY f.due_at LIMIT $2)")
        .bind(before)
        .bind(limit)
        .run(tx)
        .await
}

/// Removes ranges of due instants without a run that are too old to matter, at most `limit`.
pub(crate) async fn prune_skips(tx: &mut Tx, before: i64, limit: i64) -> Result<u64> {
    sql("DELETE FROM skip WHERE (job_id, from_at, disposition) IN \
         (SELECT s.job_id, s.from_at, s.disposition FROM skip s WHERE s.from_at < $1 AND s.until_at < $1 ORDER BY s.from_at LIMIT $2)")
        .bind(before)
        .bind(limit)
        .run(tx)
        .await
}

/// Removes idempotency keys that are too old to matter, at most `limit`.
pub(crate) async fn prune_keys(tx: &mut Tx, before: i64, limit: i64) -> Result<u64> {
    sql("DELETE FROM idempotency WHERE (owner_id, key) IN (SELECT i.owner_id, i.key FROM idempotency i WHERE i.created_at < $1 ORDER BY i.created_at LIMIT $2)")
        .bind(before)
        .bind(limit)
        .run(tx)
        .await
}

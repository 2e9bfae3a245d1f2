//! Jobs that were made for one trial of a task function.

use super::{Db, Tx, batch, sql};
use crate::error::Result;

pub(crate) async fn insert(tx: &mut Tx, job_id: i64, owner_id: i64, now: i64) -> Result<()> {
    sql("INSERT INTO trial (job_id, owner_id, created_at) VALUES ($1, $2, $3)")
        .bind(job_id)
        .bind(owner_id)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// How many trials of an owner have not ended.
pub(crate) async fn live(db: &Db, owner_id: i64) -> Result<u64> {
    Ok(
        sql(
            "SELECT COUNT(*) FROM live l JOIN trial t ON t.job_id = l.job_id WHERE l.owner_id = $1",
        )
        .bind(owner_id)
        .one(db)
        .await?
        .int()?
        .unsigned_abs(),
    )
}

/// Removes trials whose run has left the history, at most `limit`, with everything that belongs to their jobs.
pub(crate) async fn prune(tx: &mut Tx, limit: i64) -> Result<u64> {
    let rows = sql("SELECT t.job_id FROM trial t WHERE NOT EXISTS (SELECT 1 FROM execution e WHERE e.job_id = t.job_id) \
         AND NOT EXISTS (SELECT 1 FROM live l WHERE l.job_id = t.job_id) ORDER BY t.job_id LIMIT $1")
        .bind(limit)
        .all(&mut *tx)
        .await?;
    let ids: Vec<i64> = rows
        .into_iter()
        .map(|mut row| row.int())
        .collect::<Result<_>>()?;
    if ids.is_empty() {
        return Ok(0);
    }
    for statement in [
        "DELETE FROM job_version WHERE job_id {each $1}",
        "DELETE FROM job WHERE id {each $1} AND is_deleted",
        "DELETE FROM trial WHERE job_id {each $1}",
    ] {
        sql(statement).bind(batch(&ids)).run(&mut *tx).await?;
    }
    Ok(ids.len() as u64)
}

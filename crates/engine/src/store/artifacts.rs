//! Files of runs, in pieces.

use super::{Db, Row, Tx, batch, number, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::Artifact;

/// Bytes of a piece.
pub(crate) const PIECE: usize = 256 * 1024;

/// State of a row.
const WRITING: i64 = 1;
const KEPT: i64 = 2;
const REMOVED: i64 = 3;

/// A file about to be kept.
pub(crate) struct Begun<'a> {
    pub execution_id: i64,
    pub owner_id: i64,
    pub name: &'a str,
    pub media_type: &'a str,
    pub size: u64,
    pub now: i64,
    pub expires_at: Option<i64>,
}

fn read(mut row: Row) -> Result<Artifact> {
    Ok(Artifact {
        id: row.int()?,
        execution_id: row.int()?,
        name: row.text()?,
        media_type: row.text()?,
        size: row.int()?.unsigned_abs(),
        sha256: row.text()?,
        created_at: timestamp(row.int()?),
        expires_at: row.opt_int()?.map(timestamp),
    })
}

/// The next number. Whoever holds it decides alone about what room there is, until the transaction ends.
pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, "artifact").await
}

/// Bytes of an owner's files, and of all, those being written included.
pub(crate) async fn used(tx: &mut Tx, owner: i64) -> Result<(u64, u64)> {
    let mut row = sql("SELECT CAST(COALESCE(SUM(CASE WHEN owner_id = $1 THEN size ELSE 0 END), 0) AS BIGINT), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM artifact WHERE state <> $2")
        .bind(owner)
        .bind(REMOVED)
        .one(tx)
        .await?;
    Ok((row.int()?.unsigned_abs(), row.int()?.unsigned_abs()))
}

/// Reserves the room of a file that nobody sees yet.
pub(crate) async fn begin(tx: &mut Tx, id: i64, begun: &Begun<'_>) -> Result<()> {
    sql("INSERT INTO artifact (id, execution_id, owner_id, state, name, media_type, size, sha256, created_at, written_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $8, $9)")
        .bind(id)
        .bind(begun.execution_id)
        .bind(begun.owner_id)
        .bind(WRITING)
        .bind(begun.name)
        .bind(begun.media_type)
        .bind(i64::try_from(begun.size).unwrap_or(i64::MAX))
        .bind(begun.now)
        .bind(begun.expires_at)
        .run(tx)
        .await?;
    Ok(())
}

/// Adds pieces from number `first` on; false when the file is not being written any more.
pub(crate) async fn append(
    tx: &mut Tx,
    id: i64,
    first: i64,
    pieces: Vec<Vec<u8>>,
    now: i64,
) -> Result<bool> {
    let is_writing = sql("UPDATE artifact SET written_at = $2 WHERE id = $1 AND state = $3")
        .bind(id)
        .bind(now)
        .bind(WRITING)
        .run(&mut *tx)
        .await?
        == 1;
    if is_writing {
        for (number, piece) in (first..).zip(pieces) {
            sql("INSERT INTO artifact_chunk (artifact_id, number, content) VALUES ($1, $2, $3)")
                .bind(id)
                .bind(number)
                .bind(piece)
                .run(&mut *tx)
                .await?;
        }
    }
    Ok(is_writing)
}

/// Shows a file whose pieces are all there; false when it is not being written any more.
pub(crate) async fn complete(tx: &mut Tx, id: i64, sha256: &str) -> Result<bool> {
    Ok(
        sql("UPDATE artifact SET state = $2, sha256 = $3 WHERE id = $1 AND state = $4")
            .bind(id)
            .bind(KEPT)
            .bind(sha256)
            .bind(WRITING)
            .run(tx)
            .await?
            == 1,
    )
}

/// Takes a file out of sight; its pieces go with the next sweep. False when it was out of sight already.
pub(crate) async fn remove(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(
        sql("UPDATE artifact SET state = $2 WHERE id = $1 AND state <> $2")
            .bind(id)
            .bind(REMOVED)
            .run(tx)
            .await?
            == 1,
    )
}

/// The same for all files of these executions.
pub(crate) async fn remove_of(tx: &mut Tx, executions: &[i64]) -> Result<()> {
    sql("UPDATE artifact SET state = $2 WHERE execution_id {each $1} AND state <> $2")
        .bind(batch(executions))
        .bind(REMOVED)
        .run(tx)
        .await?;
    Ok(())
}

/// The files of these executions, in the order in which they were made.
pub(crate) async fn of_executions(db: &Db, executions: &[i64], now: i64) -> Result<Vec<Artifact>> {
    let rows = sql("SELECT id, execution_id, name, media_type, size, sha256, created_at, expires_at FROM artifact WHERE execution_id {each $1} AND state = $2 AND (expires_at IS NULL OR expires_at > $3) ORDER BY id")
        .bind(batch(executions))
        .bind(KEPT)
        .bind(now)
        .all(db)
        .await?;
    rows.into_iter().map(read).collect()
}

/// A piece of a file.
pub(crate) async fn piece(db: &Db, id: i64, number: i64) -> Result<Option<Vec<u8>>> {
    sql("SELECT content FROM artifact_chunk WHERE artifact_id = $1 AND number = $2")
        .bind(id)
        .bind(number)
        .first(db)
        .await?
        .map(|mut row| row.bytes())
        .transpose()
}

/// Takes out of sight what has expired, what a dead run left unfinished before `stale`, and what lost its execution.
pub(crate) async fn retire(tx: &mut Tx, now: i64, stale: i64) -> Result<u64> {
    sql("UPDATE artifact SET state = $1 WHERE (state = $2 AND written_at < $3) OR (state = $4 AND (expires_at <= $5 \
         OR (NOT EXISTS (SELECT 1 FROM execution e WHERE e.id = artifact.execution_id) AND NOT EXISTS (SELECT 1 FROM live l WHERE l.id = artifact.execution_id))))")
        .bind(REMOVED)
        .bind(WRITING)
        .bind(stale)
        .bind(KEPT)
        .bind(now)
        .run(tx)
        .await
}

/// Deletes pieces of removed files, at most `limit`, and the rows of those that have none left. Answers how many pieces.
pub(crate) async fn sweep(tx: &mut Tx, limit: i64) -> Result<u64> {
    let rows = sql("SELECT id FROM artifact WHERE state = $1 ORDER BY id LIMIT 100")
        .bind(REMOVED)
        .all(&mut *tx)
        .await?;
    let removed: Vec<i64> = rows
        .into_iter()
        .map(|mut row| row.int())
        .collect::<Result<_>>()?;
    if removed.is_empty() {
        return Ok(0);
    }
    let count = sql("DELETE FROM artifact_chunk WHERE (artifact_id, number) IN (SELECT c.artifact_id, c.number FROM artifact_chunk c WHERE c.artifact_id {each $1} LIMIT $2)")
        .bind(batch(&removed))
        .bind(limit)
        .run(&mut *tx)
        .await?;
    let emptied = sql("DELETE FROM artifact WHERE id {each $1} AND state = $2 AND NOT EXISTS (SELECT 1 FROM artifact_chunk c WHERE c.artifact_id = artifact.id)")
        .bind(batch(&removed))
        .bind(REMOVED)
        .run(tx)
        .await?;
    Ok(count + emptied)
}

//! Files and their content, in chunks.

use super::{Db, On, Row, Tx, number, shares, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{Sharing, StoredFile};

/// Word of files in the table of shares.
const ENTITY: &str = "file";
/// Files in one list, at most.
const MOST: i64 = 10_000;

const RECEIVING: i64 = 1;
const READY: i64 = 2;

const COLUMNS: &str = "SELECT f.id, f.owner_id, f.name, f.description, f.media_type, f.size, f.received, f.sha256, f.is_shared_with_all, f.created_at, f.updated_at FROM file f WHERE 1 = 1";

/// Things of this user, and what is shared with them.
const USABLE: &str = " AND (f.owner_id = ? OR f.is_shared_with_all OR EXISTS (SELECT 1 FROM share h WHERE h.entity = 'file' AND h.entity_id = f.id AND h.user_id = ?))";

fn read(mut row: Row) -> Result<StoredFile> {
    Ok(StoredFile {
        id: row.int()?,
        owner_id: row.int()?,
        name: row.text()?,
        description: row.opt_text()?,
        media_type: row.text()?,
        size: row.int()?.unsigned_abs(),
        received: row.int()?.unsigned_abs(),
        sha256: row.opt_text()?,
        sharing: Sharing {
            everybody: row.flag()?,
            users: Vec::new(),
        },
        created_at: timestamp(row.int()?),
        updated_at: timestamp(row.int()?),
    })
}

pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, ENTITY).await
}

/// Sizes are checked against limits far below before they come here.
fn int(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

pub(crate) async fn insert(tx: &mut Tx, file: &StoredFile, expected: Option<&str>) -> Result<()> {
    sql("INSERT INTO file (id, owner_id, name, description, media_type, size, received, state, expected_sha256, sha256, is_shared_with_all, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, NULL, $9, $10, $11)")
        .bind(file.id)
        .bind(file.owner_id)
        .bind(&file.name)
        .bind(file.description.as_deref())
        .bind(&file.media_type)
        .bind(int(file.size))
        .bind(RECEIVING)
        .bind(expected)
        .bind(file.sharing.everybody)
        .bind(file.created_at.as_microsecond())
        .bind(file.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    shares::set(tx, ENTITY, file.id, &file.sharing.users).await
}

pub(crate) async fn update(tx: &mut Tx, file: &StoredFile) -> Result<()> {
    sql("UPDATE file SET name = $2, description = $3, is_shared_with_all = $4, updated_at = $5 WHERE id = $1")
        .bind(file.id)
        .bind(&file.name)
        .bind(file.description.as_deref())
        .bind(file.sharing.everybody)
        .bind(file.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    shares::set(tx, ENTITY, file.id, &file.sharing.users).await
}

pub(crate) async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    shares::set(tx, ENTITY, id, &[]).await?;
    for text in [
        "DELETE FROM file_chunk WHERE file_id = $1",
        "DELETE FROM file WHERE id = $1",
    ] {
        sql(text).bind(id).run(&mut *tx).await?;
    }
    Ok(())
}

/// A file that this user may use, or any.
pub(crate) async fn find(db: &Db, id: i64, user: Option<i64>) -> Result<Option<StoredFile>> {
    let mut query = sql(COLUMNS).and(" AND f.id = ?", id);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let Some(row) = query.first(db).await? else {
        return Ok(None);
    };
    Ok(completed(db, vec![read(row)?]).await?.pop())
}

/// The files that this user may use, or all, by name.
pub(crate) async fn list(db: &Db, user: Option<i64>) -> Result<Vec<StoredFile>> {
    let mut query = sql(COLUMNS);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let rows = query
        .push(" ORDER BY f.name, f.id")
        .and(" LIMIT ?", MOST)
        .all(db)
        .await?;
    completed(db, rows.into_iter().map(read).collect::<Result<_>>()?).await
}

async fn completed(db: &Db, mut all: Vec<StoredFile>) -> Result<Vec<StoredFile>> {
    let ids: Vec<i64> = all.iter().map(|file| file.id).collect();
    let mut users = shares::of(db, ENTITY, &ids).await?;
    for file in &mut all {
        file.sharing.users = users.remove(&file.id).unwrap_or_default();
    }
    Ok(all)
}

/// Bytes that an owner's files use up, announced ones included.
pub(crate) async fn used(on: impl Into<On<'_>>, owner_id: i64) -> Result<u64> {
    // PostgreSQL sums integers to a decimal number.
    let used = sql("SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM file WHERE owner_id = $1")
        .bind(owner_id)
        .one(on)
        .await?
        .int()?;
    Ok(used.unsigned_abs())
}

/// Makes uploads of one owner wait for each other, so that together they stay within the quota.
pub(crate) async fn lock_owner(tx: &mut Tx, owner_id: i64) -> Result<()> {
    sql("SELECT id FROM app_user WHERE id = $1 {for_update}")
        .bind(owner_id)
        .all(tx)
        .await?;
    Ok(())
}

/// Appends a chunk where the content ends now. False when it ends elsewhere or is whole already.
pub(crate) async fn append(
    tx: &mut Tx,
    id: i64,
    start: u64,
    content: Vec<u8>,
    now_us: i64,
) -> Result<bool> {
    let length = int(content.len() as u64);
    let moved = sql("UPDATE file SET received = received + $3, updated_at = $4 WHERE id = $1 AND received = $2 AND state = 1 AND received + $3 <= size")
        .bind(id)
        .bind(int(start))
        .bind(length)
        .bind(now_us)
        .run(&mut *tx)
        .await?;
    if moved == 0 {
        return Ok(false);
    }
    sql("INSERT INTO file_chunk (file_id, start, content) VALUES ($1, $2, $3)")
        .bind(id)
        .bind(int(start))
        .bind(content)
        .run(tx)
        .await?;
    Ok(true)
}

/// The SHA-256 that a file must have, if one was announced.
pub(crate) async fn expected(db: &Db, id: i64) -> Result<Option<String>> {
    sql("SELECT expected_sha256 FROM file WHERE id = $1")
        .bind(id)
        .first(db)
        .await?
        .map_or(Ok(None), |mut row| row.opt_text())
}

/// Declares the content whole. False when it is already, or no longer is.
pub(crate) async fn finish(tx: &mut Tx, id: i64, sha256: &str, now_us: i64) -> Result<bool> {
    let changed = sql("UPDATE file SET state = $2, sha256 = $3, updated_at = $4 WHERE id = $1 AND state = 1 AND received = size")
        .bind(id)
        .bind(READY)
        .bind(sha256)
        .bind(now_us)
        .run(tx)
        .await?;
    Ok(changed == 1)
}

/// Throws away what has arrived, so that the upload begins anew.
pub(crate) async fn restart(tx: &mut Tx, id: i64, now_us: i64) -> Result<()> {
    let changed = sql("UPDATE file SET received = 0, updated_at = $2 WHERE id = $1 AND state = 1")
        .bind(id)
        .bind(now_us)
        .run(&mut *tx)
        .await?;
    if changed == 1 {
        sql("DELETE FROM file_chunk WHERE file_id = $1")
            .bind(id)
            .run(tx)
            .await?;
    }
    Ok(())
}

/// The chunk in which this byte is: its offset and content.
pub(crate) async fn chunk(db: &Db, id: i64, at: u64) -> Result<Option<(u64, Vec<u8>)>> {
    let row = sql("SELECT start, content FROM file_chunk WHERE file_id = $1 AND start <= $2 ORDER BY start DESC LIMIT 1")
        .bind(id)
        .bind(int(at))
        .first(db)
        .await?;
    row.map(|mut row| Ok((row.int()?.unsigned_abs(), row.bytes()?)))
        .transpose()
}

/// Removes an upload that nobody has gone on with since `before`; false when there is none left.
pub(crate) async fn prune_one(tx: &mut Tx, before_us: i64) -> Result<bool> {
    let row =
        sql("SELECT id FROM file WHERE state = 1 AND updated_at < $1 ORDER BY updated_at LIMIT 1")
            .bind(before_us)
            .first(&mut *tx)
            .await?;
    match row {
        Some(mut row) => {
            let id = row.int()?;
            delete(tx, id).await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

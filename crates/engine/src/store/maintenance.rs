//! The store looking after itself: statements that no transaction can hold, and what nobody needs any more.

use super::{Backend, Db, sql};
use crate::error::Result;

/// Gives space back to the file system. On SQLite nobody writes meanwhile.
pub(crate) async fn vacuum(db: &Db) -> Result<()> {
    db.outside("VACUUM").await
}

/// Renews the statistics by which the database plans.
pub(crate) async fn analyze(db: &Db) -> Result<()> {
    db.outside("ANALYZE").await
}

/// Does what the database recommends.
pub(crate) async fn optimize(db: &Db) -> Result<()> {
    db.outside(match db.backend() {
        Backend::Sqlite => "PRAGMA optimize",
        Backend::Postgres => "VACUUM (ANALYZE)",
    })
    .await
}

/// Rebuilds indexes; on PostgreSQL while others read and write.
pub(crate) async fn reindex(db: &Db) -> Result<()> {
    if db.backend() == Backend::Sqlite {
        return db.outside("REINDEX").await;
    }
    // The parts, not what they are parts of: that would rebuild them twice.
    let rows = sql("SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY relname")
        .all(db)
        .await?;
    for mut row in rows {
        db.outside(&format!("REINDEX TABLE CONCURRENTLY {}", row.text()?))
            .await?;
    }
    Ok(())
}

/// Gives back memory and folds the write-ahead log into the file. A server of its own looks after both by itself.
pub(crate) async fn caches(db: &Db) -> Result<()> {
    if db.backend() == Backend::Postgres {
        return Ok(());
    }
    db.outside("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    db.outside("PRAGMA shrink_memory").await
}

/// Removes sessions that have ended or were not used since `before`, and tokens that were of no use already then.
pub(crate) async fn expired(db: &Db, now: i64, before: i64) -> Result<u64> {
    let mut tx = db.begin().await?;
    let sessions = sql("DELETE FROM session WHERE expires_at <= $1 OR seen_at < $2")
        .bind(now)
        .bind(before)
        .run(&mut tx)
        .await?;
    let tokens = sql("DELETE FROM token WHERE expires_at < $1 OR revoked_at < $1")
        .bind(before)
        .run(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(sessions + tokens)
}

/// `(id, creation)` of every execution that has not ended.
pub(crate) async fn live(db: &Db) -> Result<Vec<(i64, i64)>> {
    let rows = sql("SELECT id, created_at FROM live").all(db).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?)))
        .collect()
}

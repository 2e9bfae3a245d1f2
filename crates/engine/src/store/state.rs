//! How far a database's schema is, asked without changing it.

use super::{Db, SqliteTuning, StoreLocation, migrate};
use crate::error::Result;

/// Which schema a database has, and which one this program brings it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaState {
    /// The newest migration that was applied; 0 for an empty or missing database.
    pub have: i64,
    /// The newest migration that this program knows.
    pub newest: i64,
}

/// Asks a database for its schema. Takes no lock, so it also answers while another process serves the database; a SQLite
/// file that is not there is not made.
///
/// # Errors
/// `Unavailable` when the database does not answer.
pub async fn schema_state(location: &StoreLocation) -> Result<SchemaState> {
    let newest = migrate::newest();
    let db = match location {
        StoreLocation::Postgres(url) => Db::open_postgres(url).await?,
        StoreLocation::SqliteFile(path) | StoreLocation::SqliteThrowAway(path) => {
            if !path.exists() {
                return Ok(SchemaState { have: 0, newest });
            }
            Db::open_sqlite(path, SqliteTuning { durable: true }).await?
        }
    };
    let have = have(&db).await;
    db.close().await;
    Ok(SchemaState {
        have: have?,
        newest,
    })
}

async fn have(db: &Db) -> Result<i64> {
    // Never committed: it only lets an empty database answer 0 in the same words as any other.
    let mut tx = db.begin().await?;
    db.script(&mut tx, migrate::VERSION_TABLE).await?;
    migrate::have(&mut tx).await
}

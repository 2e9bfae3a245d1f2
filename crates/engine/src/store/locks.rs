//! What only PostgreSQL has: a lock that stands for a living process, and a clock that all instances share.

use std::time::Duration;

use sqlx::Row as _;

use super::db::{Db, Pools, Tx};
use super::loan::in_time;
use crate::error::Result;

/// A lock of PostgreSQL's that lives exactly as long as its connection: the kernel closes the connection of a killed
/// process, so the others see at once that it is gone.
#[derive(Debug)]
pub(crate) struct SessionLock {
    connection: sqlx::PgConnection,
}

/// How long the lock's connection may take to answer.
const LOCK_LIMIT: Duration = Duration::from_secs(2);
/// First key of the locks that stand for living instances; any number that nobody else uses.
const INSTANCE_LOCKS: i32 = 607_316;

impl SessionLock {
    /// Whether the connection, and with it the lock, is still there. One that does not answer counts as gone.
    pub(crate) async fn is_held(&mut self) -> bool {
        let asked = sqlx::query("SELECT 1").execute(&mut self.connection);
        in_time(LOCK_LIMIT, asked).await.is_ok()
    }
}

impl Db {
    /// Takes the lock that stands for a living instance; `None` on SQLite, where the lock of the file does, and while
    /// PostgreSQL still believes in an earlier connection of the same instance: that one then stands for it.
    pub(crate) async fn lock_instance(&self, instance: i64) -> Result<Option<SessionLock>> {
        let Pools::Postgres { engine, .. } = &self.pools else {
            return Ok(None);
        };
        let mut connection = engine.acquire().await?.detach();
        let asked = sqlx::query("SELECT pg_try_advisory_lock($1, $2)")
            .bind(INSTANCE_LOCKS)
            .bind(lock_key(instance))
            .fetch_one(&mut connection);
        let is_mine: bool = in_time(LOCK_LIMIT, asked).await?.try_get(0)?;
        Ok(is_mine.then_some(SessionLock { connection }))
    }
}

/// Whether the process of an instance is gone: its lock can be had. PostgreSQL only.
pub(crate) async fn instance_lock_is_free(tx: &mut Tx, instance: i64) -> Result<bool> {
    match tx {
        Tx::Sqlite(_) => Ok(false),
        Tx::Postgres(tx) => {
            let query = sqlx::query("SELECT pg_try_advisory_xact_lock($1, $2)")
                .bind(INSTANCE_LOCKS)
                .bind(lock_key(instance));
            Ok(tx.one(query).await?.try_get(0)?)
        }
    }
}

/// PostgreSQL's two-part locks take 32 bits; instances that live at the same time are far closer together than that.
fn lock_key(instance: i64) -> i32 {
    i32::try_from(instance % i64::from(i32::MAX)).unwrap_or(0)
}

/// The present instant by the database's own clock, in microseconds; `None` on SQLite, whose clock is the machine's.
pub(crate) async fn database_now_us(tx: &mut Tx) -> Result<Option<i64>> {
    match tx {
        Tx::Sqlite(_) => Ok(None),
        Tx::Postgres(tx) => {
            let query =
                sqlx::query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
            Ok(Some(tx.one(query).await?.try_get(0)?))
        }
    }
}

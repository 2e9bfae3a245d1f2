//! Connections on loan from a pool, and the transactions on them.
//!
//! PostgreSQL: a network that swallows packets gives no error. Without a bound of our own an instance would wait for a
//! quarter of an hour, until the kernel gives up. A connection that did not answer in time, or whose use was given up
//! half-way, is closed instead of being handed to the next one, who would wait just as long.
//!
//! SQLite: when the disk is full it rolls a transaction back by itself. sqlx's own transactions do not expect that: their
//! rollback then fails, and the connection counts as inside a transaction for ever. So both begin and end theirs here.

use std::future::Future;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::{Executor, Postgres, Sqlite, SqliteConnection, SqlitePool};

use super::db::Row;
use crate::error::{Error, Result};

/// How long one statement of a request may take: a little more than the server's own `statement_timeout`.
pub(super) const REQUEST_LIMIT: Duration = Duration::from_secs(65);
/// How long one statement of the engine may take: well within the lease.
pub(super) const ENGINE_LIMIT: Duration = Duration::from_secs(8);

/// How long the end of a transaction that was given up may take.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(2);

/// A connection on loan, perhaps inside a transaction. Dropping it rolls back.
pub(crate) struct PgLoan {
    /// Absent only while it is being dropped.
    connection: Option<PoolConnection<Postgres>>,
    limit: Duration,
    in_transaction: bool,
    /// Something was asked and has not been answered.
    asked: bool,
}

impl PgLoan {
    /// Takes a connection for single statements.
    pub(super) async fn take(pool: &PgPool, limit: Duration) -> Result<Self> {
        Ok(Self {
            connection: Some(pool.acquire().await?),
            limit,
            in_transaction: false,
            asked: false,
        })
    }

    /// Takes a connection and begins a transaction.
    pub(super) async fn begin(pool: &PgPool, limit: Duration) -> Result<Self> {
        let mut loan = Self::take(pool, limit).await?;
        loan.say("BEGIN").await?;
        loan.in_transaction = true;
        Ok(loan)
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        self.say("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    async fn say(&mut self, words: &'static str) -> Result<()> {
        let (limit, connection) = self.use_it()?;
        let done = in_time(limit, connection.execute(words)).await;
        self.heard(done).map(|_| ())
    }

    pub(super) async fn all(
        &mut self,
        query: Query<'static, Postgres, PgArguments>,
    ) -> Result<Vec<Row>> {
        let (limit, connection) = self.use_it()?;
        let rows = in_time(limit, query.fetch_all(connection)).await;
        self.heard(rows)
            .map(|rows| rows.into_iter().map(|row| Row::Postgres(row, 0)).collect())
    }

    pub(super) async fn one(
        &mut self,
        query: Query<'static, Postgres, PgArguments>,
    ) -> Result<PgRow> {
        let (limit, connection) = self.use_it()?;
        let row = in_time(limit, query.fetch_one(connection)).await;
        self.heard(row)
    }

    pub(super) async fn run(
        &mut self,
        query: Query<'static, Postgres, PgArguments>,
    ) -> Result<u64> {
        let (limit, connection) = self.use_it()?;
        let done = in_time(limit, query.execute(connection)).await;
        self.heard(done).map(|done| done.rows_affected())
    }

    /// The connection, for a statement; [`PgLoan::heard`] follows with what came of it.
    pub(super) fn use_it(&mut self) -> Result<(Duration, &mut PgConnection)> {
        self.asked = true;
        match &mut self.connection {
            Some(connection) => Ok((self.limit, connection)),
            None => Err(Error::internal("a connection was used after its end")),
        }
    }

    /// An error of the server's is an answer too.
    pub(super) fn heard<T>(&mut self, answer: std::result::Result<T, sqlx::Error>) -> Result<T> {
        if matches!(
            &answer,
            Ok(_) | Err(sqlx::Error::Database(_) | sqlx::Error::RowNotFound)
        ) {
            self.asked = false;
        }
        answer.map_err(Error::from)
    }
}

impl Drop for PgLoan {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if self.asked {
            connection.close_on_drop();
        } else if self.in_transaction {
            later(async move {
                let ended = connection.execute("ROLLBACK");
                if in_time(ROLLBACK_LIMIT, ended).await.is_err() {
                    connection.close_on_drop();
                }
            });
        }
    }
}

/// The writing connection to SQLite, inside a transaction. Dropping it rolls back.
pub(crate) struct SqliteLoan(Option<PoolConnection<Sqlite>>);

impl SqliteLoan {
    /// Takes the connection and begins.
    pub(super) async fn begin(pool: &SqlitePool) -> Result<Self> {
        let mut loan = Self(Some(pool.acquire().await?));
        loan.connection()?.execute("BEGIN IMMEDIATE").await?;
        Ok(loan)
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        self.connection()?.execute("COMMIT").await?;
        // Back to the pool as it is.
        drop(self.0.take());
        Ok(())
    }

    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection> {
        match &mut self.0 {
            Some(connection) => Ok(connection),
            None => Err(Error::internal("a connection was used after its end")),
        }
    }
}

impl Drop for SqliteLoan {
    fn drop(&mut self) {
        if let Some(mut connection) = self.0.take() {
            later(async move {
                // It fails where SQLite has rolled back already, which is as good.
                let _ = connection.execute("ROLLBACK").await;
            });
        }
    }
}

/// Does something that a drop cannot wait for. Without a runtime, which has ended then, the connection ends with it.
fn later(work: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(work);
    }
}

/// The answer, or an error when it did not come in time.
pub(super) async fn in_time<T>(
    limit: Duration,
    answer: impl Future<Output = std::result::Result<T, sqlx::Error>>,
) -> std::result::Result<T, sqlx::Error> {
    tokio::time::timeout(limit, answer)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut))
}

//! The only place with SQL. Statements are said once for both databases; see [`fragments`].

mod arrays;
pub(crate) mod artifacts;
pub(crate) mod audit;
pub(crate) mod calendars;
pub(crate) mod chains;
pub(crate) mod connections;
mod copy;
pub(crate) mod days;
mod db;
pub(crate) mod deliveries;
pub(crate) mod deployments;
pub(crate) mod device_orders;
pub(crate) mod devices;
pub(crate) mod executions;
pub(crate) mod files;
mod fragments;
pub(crate) mod groups;
pub(crate) mod hot;
pub(crate) mod instances;
pub(crate) mod jobs;
pub(crate) mod key_file;
pub(crate) mod leases;
mod loan;
mod locks;
pub(crate) mod logs;
pub(crate) mod maintenance;
mod migrate;
pub(crate) mod notes;
pub(crate) mod notifications;
mod number;
pub(crate) mod partitions;
pub(crate) mod reports;
pub(crate) mod retention;
pub(crate) mod rewind;
pub(crate) mod secrets;
pub(crate) mod servers;
pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod shares;
pub(crate) mod software;
mod state;
pub(crate) mod statistics;
mod text;
pub(crate) mod tokens;
pub(crate) mod trials;
pub(crate) mod users;
pub(crate) mod uses;
pub(crate) mod views;
mod window;

use std::path::PathBuf;

pub use copy::{DatabaseCopy, copy_database, restore_database};
pub(crate) use db::{Db, On, Row, SqliteTuning, Tx, batch, sql};
pub use fragments::Backend;
pub(crate) use locks::{SessionLock, database_now_us, instance_lock_is_free};
pub use state::{SchemaState, schema_state};

use crate::error::{Error, Result};

/// Where the data are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreLocation {
    /// A SQLite file, opened by one process at a time.
    SqliteFile(PathBuf),
    /// As `SqliteFile`, but without fsync: for tests that throw the file away.
    SqliteThrowAway(PathBuf),
    /// A PostgreSQL URL.
    Postgres(String),
}

/// An open, migrated database.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) db: Db,
    /// Held while the store is open, so that a second process cannot open the same SQLite file.
    lock: Option<std::sync::Arc<std::fs::File>>,
}

impl Store {
    /// Opens and migrates. Refuses a SQLite file that another process has open, and a schema newer than this program.
    pub(crate) async fn open(location: &StoreLocation, now_us: i64) -> Result<Self> {
        let (db, lock) = match location {
            StoreLocation::Postgres(url) => (Db::open_postgres(url).await?, None),
            StoreLocation::SqliteFile(path) | StoreLocation::SqliteThrowAway(path) => {
                let lock = lock_file(path)?;
                let durable = matches!(location, StoreLocation::SqliteFile(_));
                (
                    Db::open_sqlite(path, SqliteTuning { durable }).await?,
                    Some(std::sync::Arc::new(lock)),
                )
            }
        };
        migrate::run(&db, now_us).await?;
        Ok(Self { db, lock })
    }

    /// Closes every connection; from then on another process may open a SQLite file.
    pub(crate) async fn close(&self) {
        self.db.close().await;
        if let Some(lock) = &self.lock
            && let Err(error) = lock.unlock()
        {
            tracing::warn!(%error, "the lock of the database file goes only with this process");
        }
    }
}

fn lock_file(path: &std::path::Path) -> Result<std::fs::File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|error| {
            Error::unavailable(format!(
                "cannot open the lock file {}: {error}",
                name.display()
            ))
        })?;
    file.try_lock().map_err(|_| {
        Error::unavailable(format!(
            "another process has {} open; SQLite serves one Orloj at a time (use PostgreSQL for several)",
            path.display()
        ))
    })?;
    Ok(file)
}

//! One numbered sequence of migrations for both databases.

use super::db::{Db, Tx, sql};
use super::fragments::Backend;
use super::partitions;
use crate::error::{Error, Result};
use crate::faults;

/// The sequence. A migration that has been released is never changed.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (
        1,
        "initial",
        include_str!("../../migrations/0001_initial.sql"),
    ),
    (
        2,
        "accounts",
        include_str!("../../migrations/0002_accounts.sql"),
    ),
    (
        3,
        "statistics",
        include_str!("../../migrations/0003_statistics.sql"),
    ),
    (
        4,
        "servers",
        include_str!("../../migrations/0004_servers.sql"),
    ),
    (
        5,
        "connections",
        include_str!("../../migrations/0005_connections.sql"),
    ),
    (
        6,
        "artifacts",
        include_str!("../../migrations/0006_artifacts.sql"),
    ),
    (
        7,
        "notifications",
        include_str!("../../migrations/0007_notifications.sql"),
    ),
    (
        8,
        "calendars",
        include_str!("../../migrations/0008_calendars.sql"),
    ),
    (
        10,
        "devices",
        include_str!("../../migrations/0010_devices.sql"),
    ),
    (11, "files", include_str!("../../migrations/0011_files.sql")),
    (
        20,
        "views_and_trials",
        include_str!("../../migrations/0020_views_and_trials.sql"),
    ),
    (
        21,
        "chains",
        include_str!("../../migrations/0021_chains.sql"),
    ),
    (
        22,
        "arabic_results",
        include_str!("../../migrations/0022_arabic_results.sql"),
    ),
    (
        23,
        "offers",
        include_str!("../../migrations/0023_offers.sql"),
    ),
    (
        24,
        "history_by_day",
        include_str!("../../migrations/0024_history_by_day.sql"),
    ),
];

/// Where it is written down which migrations were applied.
pub(super) const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// The newest migration that was applied.
pub(super) async fn have(tx: &mut Tx) -> Result<i64> {
    sql("SELECT COALESCE(MAX(version), 0) FROM schema_version")
        .one(tx)
        .await?
        .int()
}

/// The newest schema this program knows.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

/// Brings the schema up to date in one transaction. Instances that start together wait for each other.
pub(crate) async fn run(db: &Db, now_us: i64) -> Result<()> {
    let mut tx = db.begin().await?;
    if db.backend() == Backend::Postgres {
        // Any fixed number: it only has to be the same in every Orloj.
        sql("SELECT 1::bigint FROM pg_advisory_xact_lock(607315)")
            .all(&mut tx)
            .await?;
    }
    db.script(&mut tx, VERSION_TABLE).await?;
    let have = have(&mut tx).await?;
    if have > newest() {
        return Err(Error::unavailable(format!(
            "the database has schema {have}, this program knows {}: start a newer Orloj",
            newest()
        )));
    }
    for (version, name, text) in MIGRATIONS.iter().filter(|(version, ..)| *version > have) {
        db.script(&mut tx, text).await?;
        sql("INSERT INTO schema_version (version, name, applied_at) VALUES ($1, $2, $3)")
            .bind(*version)
            .bind(*name)
            .bind(now_us)
            .run(&mut tx)
            .await?;
        faults::point("migrate.step");
    }
    partitions::adopt(db, &mut tx, now_us).await?;
    faults::point("migrate.before");
    tx.commit().await?;
    faults::point("migrate.committed");
    Ok(())
}

//! Copying a SQLite database that may be in use, and putting such a copy in the place of a database.

use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Row as _};

use super::{lock_file, migrate};
use crate::error::{Error, Kind, Result};

/// A copy of a database, after it was read again and found whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseCopy {
    /// Bytes of the file.
    pub bytes: u64,
    /// The newest migration that was applied to it.
    pub schema: i64,
}

/// Writes a copy of the SQLite database `from` to the new file `to`. It holds what was committed when the copying began;
/// whoever serves the database goes on meanwhile. Under its name the file appears only when it is complete, checked and
/// on disk.
///
/// # Errors
/// `NotFound` without a database, `Conflict` when `to` is there already, `Unavailable` when reading or writing fails.
pub async fn copy_database(from: &Path, to: &Path) -> Result<DatabaseCopy> {
    if !from.exists() {
        return Err(Error::new(
            Kind::NotFound,
            format!("there is no database {}", from.display()),
        ));
    }
    must_be_new(to)?;
    let part = beside(to, ".part");
    remove(&part)?;
    let copied = async {
        let mut source = open(from).await?;
        sqlx::query("VACUUM INTO $1")
            .bind(part.to_string_lossy().into_owned())
            .execute(&mut source)
            .await?;
        source.close().await?;
        check(&part).await
    }
    .await;
    let copy = match copied {
        Ok(copy) => copy,
        Err(error) => {
            remove(&part)?;
            return Err(error);
        }
    };
    put(&part, to)?;
    Ok(copy)
}

/// Puts the copy `from` in the place of the SQLite database `to`, which no process may have open. With `replace` a
/// database that is there is kept beside it, under the answered name; without it, it is refused.
///
/// # Errors
/// `NotFound` without a copy, `Invalid` when it is no whole Orloj database or is newer than this program, `Conflict` when
/// there is a database already, `Unavailable` when another process has it open or the disk fails.
pub async fn restore_database(
    from: &Path,
    to: &Path,
    replace: bool,
    now_us: i64,
) -> Result<(DatabaseCopy, Option<PathBuf>)> {
    if !from.exists() {
        return Err(Error::new(
            Kind::NotFound,
            format!("there is no file {}", from.display()),
        ));
    }
    let copy = check(from).await?;
    let newest = migrate::newest();
    if copy.schema > newest {
        return Err(Error::invalid(
            "file",
            format!(
                "its schema is {}, this program knows {newest}: restore it with a newer Orloj",
                copy.schema
            ),
        ));
    }
    let _lock = lock_file(to)?;
    let part = beside(to, ".restoring");
    remove(&part)?;
    std::fs::copy(from, &part).map_err(|error| told(&part, &error))?;
    let kept = if to.exists() {
        if !replace {
            remove(&part)?;
            must_be_new(to)?;
        }
        let kept = beside(to, &format!(".before-{}", now_us / 1_000_000));
        // What is not yet folded into the old file belongs to it, and must not be applied to the new one.
        for suffix in ["-wal", "-shm"] {
            let (old, new) = (beside(to, suffix), beside(&kept, suffix));
            if old.exists() {
                std::fs::rename(&old, &new).map_err(|error| told(&old, &error))?;
            }
        }
        std::fs::rename(to, &kept).map_err(|error| told(to, &error))?;
        Some(kept)
    } else {
        None
    };
    put(&part, to)?;
    Ok((copy, kept))
}

async fn open(path: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(std::time::Duration::from_secs(10));
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// Whether the file is a whole database of Orloj.
async fn check(path: &Path) -> Result<DatabaseCopy> {
    let bytes = std::fs::metadata(path)
        .map_err(|error| told(path, &error))?
        .len();
    let damaged = |error: &dyn std::fmt::Display| {
        Error::invalid(
            "file",
            format!("{} is not a whole Orloj database: {error}", path.display()),
        )
    };
    let mut connection = open(path).await?;
    let verdict: String = sqlx::query("PRAGMA integrity_check(1)")
        .fetch_one(&mut connection)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| damaged(&error))?;
    if verdict != "ok" {
        return Err(damaged(&verdict));
    }
    let schema: i64 = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM schema_version")
        .fetch_one(&mut connection)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| damaged(&error))?;
    connection.close().await?;
    Ok(DatabaseCopy { bytes, schema })
}

fn must_be_new(path: &Path) -> Result<()> {
    if path.exists() {
        return Err(Error::new(
            Kind::Conflict,
            format!("{} is there already", path.display()),
        ));
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(told(path, &error)),
        _ => Ok(()),
    }
}

/// Gives a complete file its name, durably.
fn put(part: &Path, to: &Path) -> Result<()> {
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::File::open(part)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(part, to))
        .and_then(|()| std::fs::File::open(folder)?.sync_all())
        .map_err(|error| told(to, &error))
}

fn told(path: &Path, error: &std::io::Error) -> Error {
    Error::unavailable(format!("{}: {error}", path.display()))
}

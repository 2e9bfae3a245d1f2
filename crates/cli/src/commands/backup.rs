//! `orloj backup FILE`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::local;
use crate::config::{Environment, ServerOptions};
use crate::exit::{Code, Failure};
use crate::terminal;
use orloj_engine::StoreLocation;

pub(super) mod tool;

/// Arguments of `backup`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The key of the secrets (orloj.key in the data folder, or ORLOJ_SECRET_KEY) is not in the file: keep it in another place.\nOn PostgreSQL this runs pg_dump, in its custom format."
)]
pub(crate) struct Backup {
    /// A file that is not there yet
    file: PathBuf,
    #[command(flatten)]
    options: ServerOptions,
}

impl Backup {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let config = local::config(&self.options, environment)?;
        match local::store(&config) {
            StoreLocation::Postgres(url) => dump(&url, &self.file).await,
            StoreLocation::SqliteFile(path) | StoreLocation::SqliteThrowAway(path) => {
                let copy = orloj_engine::copy_database(&path, &self.file).await?;
                terminal::line(&format!(
                    "{}: {} bytes, schema {}, read again and whole",
                    self.file.display(),
                    copy.bytes,
                    copy.schema
                ))
            }
        }
    }
}

async fn dump(url: &str, file: &Path) -> Result<()> {
    if file.exists() {
        return Err(Failure::new(
            Code::Conflict,
            format!("{} is there already", file.display()),
        )
        .into());
    }
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    tool::command("pg_dump", url)?
        .args(["--format=custom", "--no-owner", "--no-privileges", "--file"])
        .arg(&part)
        .run()
        .await?;
    std::fs::File::open(&part)
        .and_then(|written| written.sync_all())
        .and_then(|()| std::fs::rename(&part, file))
        .with_context(|| format!("cannot write {}", file.display()))?;
    let bytes = std::fs::metadata(file)?.len();
    terminal::line(&format!("{}: {bytes} bytes, by pg_dump", file.display()))
}

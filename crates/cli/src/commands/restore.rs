//! `orloj restore FILE`.

use std::path::PathBuf;

use anyhow::Result;
use orloj_engine::{Clock, StoreLocation};

use super::backup::tool;
use super::local;
use crate::config::{Environment, ServerOptions};
use crate::exit::{Code, Failure};
use crate::terminal;

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Instants that fell due after the backup was made are judged by each job's misfire settings when the server starts.\nOn PostgreSQL this runs pg_restore, in one transaction, into a database that has no Orloj data."
)]
pub(crate) struct Restore {
    /// A file that `orloj backup` wrote
    file: PathBuf,
    /// Keep the database that is there under another name, and take its place (SQLite)
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    options: ServerOptions,
}

impl Restore {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let config = local::config(&self.options, environment)?;
        let store = local::store(&config);
        let path = match &store {
            StoreLocation::Postgres(url) => return self.load(url, &store).await,
            StoreLocation::SqliteFile(path) | StoreLocation::SqliteThrowAway(path) => path,
        };
        local::private_folder(&config.data_dir)?;
        let now = Clock::System.now_us();
        let (copy, kept) =
            orloj_engine::restore_database(&self.file, path, self.replace, now).await?;
        if let Some(kept) = kept {
            terminal::remark(&format!("the old database is kept as {}", kept.display()));
        }
        terminal::line(&format!(
            "{}: {} bytes, schema {}",
            path.display(),
            copy.bytes,
            copy.schema
        ))
    }

    async fn load(&self, url: &str, store: &StoreLocation) -> Result<()> {
        if !self.file.exists() {
            return Err(Failure::new(
                Code::NotFound,
                format!("there is no file {}", self.file.display()),
            )
            .into());
        }
        if orloj_engine::schema_state(store).await?.have > 0 {
            return Err(Failure::new(
                Code::Conflict,
                "this database has Orloj data already; name an empty one with --database-url",
            )
            .into());
        }
        tool::command("pg_restore", url)?
            .args([
                "--single-transaction",
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
            ])
            .args(database(url))
            .arg(&self.file)
            .run()
            .await?;
        let state = orloj_engine::schema_state(store).await?;
        terminal::line(&format!("restored by pg_restore, schema {}", state.have))
    }
}

/// pg_restore prints a script unless a database is named; the name alone tells nobody a password.
fn database(url: &str) -> Vec<String> {
    let path = url::Url::parse(url).map_or_else(|_| String::new(), |url| url.path().to_owned());
    let name = percent_encoding::percent_decode_str(path.trim_start_matches('/'))
        .decode_utf8_lossy()
        .into_owned();
    vec!["--dbname".to_owned(), name]
}

//! `orloj file …`: files that are kept to be brought onto devices.

mod delete;
mod download;
mod list;
mod upload;

use anyhow::Result;
use clap::Subcommand;
use orloj_wire::files::{File as Kept, FileState};

use super::ApiOptions;
use crate::config::Environment;
use crate::output::{Column, column, instant, wide};

/// Columns of a list of files.
const COLUMNS: &[Column<Kept>] = &[
    column("NUMBER", |file| file.id.to_string()),
    column("NAME", |file| file.name.clone()),
    column("BYTES", |file| file.size.to_string()),
    column("STATE", |file| match file.state {
        FileState::Ready => "ready".to_owned(),
        FileState::Receiving => format!("receiving, {} arrived", file.received),
    }),
    column("MADE", |file| instant(file.created_at)),
    wide("SHA-256", |file| file.sha256.clone().unwrap_or_default()),
];

/// Files that are kept to be brought onto devices.
#[derive(Debug, clap::Args)]
pub(crate) struct File {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List files
    List(list::List),
    /// Upload a file; goes on where an earlier try broke off
    Upload(upload::Upload),
    /// Download a file
    Download(download::Download),
    /// Delete files
    Delete(delete::Delete),
}

impl File {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let api = self.api.open(environment)?;
        match self.verb {
            Verb::List(verb) => verb.run(&api).await,
            Verb::Upload(verb) => verb.run(&api).await,
            Verb::Download(verb) => verb.run(&api).await,
            Verb::Delete(verb) => verb.run(&api).await,
        }
    }
}

//! `orloj software …`: what can be installed on devices.

use anyhow::Result;
use clap::Subcommand;
use orloj_wire::software::{Software as Entry, SoftwareList};

use super::ApiOptions;
use crate::config::Environment;
use crate::output::{Column, column, wide};

/// Columns of a list of software.
const COLUMNS: &[Column<Entry>] = &[
    column("NUMBER", |entry| entry.id.to_string()),
    column("NAME", |entry| entry.name.clone()),
    column("VERSION", |entry| entry.version.clone().unwrap_or_default()),
    column("CATEGORY", |entry| {
        entry.category.clone().unwrap_or_default()
    }),
    wide("DESCRIPTION", |entry| {
        entry.description.clone().unwrap_or_default()
    }),
];

/// What can be installed on devices.
#[derive(Debug, clap::Args)]
pub(crate) struct Software {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the catalogue
    List {},
}

impl Software {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let api = self.api.open(environment)?;
        let Verb::List {} = self.verb;
        let answer = api.client.get("/software").send().await?;
        let list: SoftwareList = answer.read()?;
        api.format
            .list(&list.items, &answer.value()?, COLUMNS, |entry| {
                entry.id.to_string()
            })
    }
}

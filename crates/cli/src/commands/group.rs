//! `orloj group …`: devices that are worked on together.

use anyhow::Result;
use clap::Subcommand;
use orloj_wire::groups::{Group as Kept, GroupList};

use super::ApiOptions;
use crate::config::Environment;
use crate::output::{Column, column, wide};

/// Columns of a list of groups.
const COLUMNS: &[Column<Kept>] = &[
    column("NUMBER", |group| group.id.to_string()),
    column("NAME", |group| group.name.clone()),
    column("DEVICES", |group| group.member_count.to_string()),
    column("BY", |group| {
        if group.rule.is_some() { "rule" } else { "list" }.to_owned()
    }),
    wide("DESCRIPTION", |group| {
        group.description.clone().unwrap_or_default()
    }),
];

/// Devices that are worked on together.
#[derive(Debug, clap::Args)]
pub(crate) struct Group {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List groups
    List {},
}

impl Group {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let api = self.api.open(environment)?;
        let Verb::List {} = self.verb;
        let answer = api.client.get("/groups").send().await?;
        let list: GroupList = answer.read()?;
        api.format
            .list(&list.items, &answer.value()?, COLUMNS, |group| {
                group.id.to_string()
            })
    }
}

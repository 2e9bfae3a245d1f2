//! `orloj execution …`: what ran, and what it wrote.

mod artifacts;
mod cancel;
mod follow;
mod get;
mod list;
mod logs;
mod rerun;
mod show;

use anyhow::Result;
use clap::Subcommand;

use super::ApiOptions;
use crate::config::Environment;

pub(super) use follow::wait;
pub(super) use show::one;

/// What ran, and what it wrote.
#[derive(Debug, clap::Args)]
pub(crate) struct Execution {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List executions, newest first
    List(list::List),
    /// Show an execution
    Get(get::Get),
    /// Show the log of an execution
    Logs(logs::Logs),
    /// List the files that an execution made, or download one
    Artifacts(artifacts::Artifacts),
    /// Cancel an execution
    Cancel(cancel::Cancel),
    /// Run again what an execution ran
    Rerun(rerun::Rerun),
}

impl Execution {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let api = self.api.open(environment)?;
        match self.verb {
            Verb::List(verb) => verb.run(&api).await,
            Verb::Get(verb) => verb.run(&api).await,
            Verb::Logs(verb) => verb.run(&api).await,
            Verb::Artifacts(verb) => verb.run(&api).await,
            Verb::Cancel(verb) => verb.run(&api).await,
            Verb::Rerun(verb) => verb.run(&api).await,
        }
    }
}

/// The path of an execution by its UUID or number.
fn path(reference: &str) -> String {
    format!(
        "/scheduler/executions/{}",
        crate::client::encoded(reference)
    )
}

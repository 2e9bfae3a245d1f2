//! `orloj job …`: what is scheduled.

mod create;
mod definition;
mod delete;
mod edit;
mod get;
mod list;
mod lookup;
mod run;
mod show;
mod switch;

use anyhow::Result;
use clap::Subcommand;
use orloj_wire::action::JobAction;

use super::ApiOptions;
use crate::config::Environment;

pub(super) use definition::{INTERVAL_PARTS, complete_interval};
pub(super) use show::definition_members;

/// What is scheduled.
#[derive(Debug, clap::Args)]
pub(crate) struct Job {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List jobs
    List(list::List),
    /// Show a job
    Get(get::Get),
    /// Create a job
    Create(Box<create::Create>),
    /// Change a job; what is not mentioned stays as it is
    Edit(Box<edit::Edit>),
    /// Delete a job; its history stays
    Delete(delete::Delete),
    /// Run a job now
    Run(run::Run),
    /// Suspend a job
    Pause(switch::Pause),
    /// End a pause
    Resume(switch::Which),
    /// Let the schedule count
    Enable(switch::Which),
    /// Let the schedule not count
    Disable(switch::Disable),
}

impl Job {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let api = self.api.open(environment)?;
        match self.verb {
            Verb::List(verb) => verb.run(&api).await,
            Verb::Get(verb) => verb.run(&api).await,
            Verb::Create(verb) => verb.run(&api).await,
            Verb::Edit(verb) => verb.run(&api).await,
            Verb::Delete(verb) => verb.run(&api).await,
            Verb::Run(verb) => verb.run(&api).await,
            Verb::Pause(verb) => verb.run(&api).await,
            Verb::Resume(verb) => verb.run(&api, JobAction::Resume).await,
            Verb::Enable(verb) => verb.run(&api, JobAction::Enable).await,
            Verb::Disable(verb) => verb.run(&api).await,
        }
    }
}

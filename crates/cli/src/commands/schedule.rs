//! `orloj schedule …`: works without a server.

mod explain;

use anyhow::Result;
use clap::Subcommand;

/// Schedules in words and instants.
#[derive(Debug, clap::Args)]
pub(crate) struct Schedule {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say what a cron expression means and when it is due
    Explain(explain::Explain),
}

impl Schedule {
    pub(crate) fn run(self) -> Result<()> {
        match self.verb {
            Verb::Explain(verb) => verb.run(),
        }
    }
}

//! `orloj user …`: people who may sign in.

mod add;
mod list;
mod lookup;
mod passwd;
mod password;
mod show;
mod switch;

use anyhow::Result;
use clap::Subcommand;

use super::local::AdminOptions;
use crate::config::Environment;
use crate::output::OutputOptions;

pub(super) use lookup::find;

/// People who may sign in.
#[derive(Debug, clap::Args)]
pub(crate) struct User {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    admin: AdminOptions,
    #[command(flatten)]
    output: OutputOptions,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a user
    Add(add::Add),
    /// List users
    List(list::List),
    /// Keep a user out; their jobs stay, their sessions and tokens end
    Disable(switch::Name),
    /// Let a disabled user in again
    Enable(switch::Name),
    /// Set a user's password; their sessions end
    Passwd(passwd::Passwd),
}

impl User {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let admin = self.admin.open(environment).await?;
        let format = self.output.output;
        let ended = match self.verb {
            Verb::Add(verb) => verb.run(&admin.client, format).await,
            Verb::List(verb) => verb.run(&admin.client, format).await,
            Verb::Disable(verb) => verb.run(&admin.client, format, true).await,
            Verb::Enable(verb) => verb.run(&admin.client, format, false).await,
            Verb::Passwd(verb) => verb.run(&admin.client).await,
        };
        admin.close().await;
        ended
    }
}

//! `orloj token …`: tokens for programs.

mod create;
mod list;
mod revoke;

use anyhow::Result;
use clap::Subcommand;

use super::local::AdminOptions;
use crate::config::Environment;
use crate::output::OutputOptions;

/// Tokens for programs.
#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    admin: AdminOptions,
    #[command(flatten)]
    output: OutputOptions,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Create a token and print it, and nothing else
    Create(create::Create),
    /// List tokens
    List(list::List),
    /// Revoke a token
    Revoke(revoke::Revoke),
}

impl Token {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let admin = self.admin.open(environment).await?;
        let format = self.output.output;
        let ended = match self.verb {
            Verb::Create(verb) => verb.run(&admin, format).await,
            Verb::List(verb) => verb.run(&admin, format).await,
            Verb::Revoke(verb) => verb.run(&admin).await,
        };
        admin.close().await;
        ended
    }
}

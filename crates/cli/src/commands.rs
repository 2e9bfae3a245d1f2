//! The command line as a tree: one file per noun, one per verb.

mod apply;
mod backup;
mod completions;
mod config;
mod decrypt;
mod device;
mod execution;
mod export;
mod file;
mod group;
mod guard;
mod import;
mod job;
mod local;
mod migrate;
mod paging;
mod reference;
mod restore;
mod schedule;
mod serve;
mod software;
mod token;
mod user;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::client::Client;
use crate::config::{ClientOptions, Environment};
use crate::output::OutputOptions;

/// Orloj: a self-hosted scheduler with a web page, an API and this command line.
#[derive(Debug, Parser)]
#[command(
    name = "orloj",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong command line or configuration, 3 not found, 4 refused, 5 conflict,\n6 the server does not answer, 10 the execution that was waited for did not succeed."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the web page and the API, and run jobs
    Serve(serve::Serve),
    /// Schedule and run jobs without the API
    Scheduler(serve::Scheduler),
    /// People who may sign in
    User(user::User),
    /// Tokens for programs
    Token(token::Token),
    /// What is scheduled
    Job(job::Job),
    /// What ran, and what it wrote
    Execution(execution::Execution),
    /// Files that are kept to be brought onto devices
    File(file::File),
    /// What can be installed on devices
    Software(software::Software),
    /// Devices that are worked on together
    Group(group::Group),
    /// Hosts with an agent
    Device(device::Device),
    /// Make the jobs, calendars, channels and rules of a file or folder exist as written there
    Apply(apply::Apply),
    /// Write all jobs, and your calendars, channels and rules, as a file for `apply`
    Export(export::Export),
    /// Make jobs of what other schedulers have
    Import(import::Import),
    /// Schedules in words and instants
    Schedule(schedule::Schedule),
    /// Bring the database up to date
    Migrate(migrate::Migrate),
    /// Copy the database into a file, also while it is served
    Backup(backup::Backup),
    /// Put a copy of the database in its place
    Restore(restore::Restore),
    /// The configuration of the server
    Config(config::Config),
    /// Make an encrypted backup readable
    Decrypt(decrypt::Decrypt),
    /// Completions for a shell
    Completions(completions::Completions),
    /// End the programs of a server that was killed; started by the server itself
    #[command(hide = true)]
    Guard(guard::Guard),
    /// Reference documents about this version
    #[command(hide = true)]
    Reference(reference::Reference),
}

/// The options of a command that talks to a server and shows what it says.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ApiOptions {
    #[command(flatten)]
    client: ClientOptions,
    #[command(flatten)]
    output: OutputOptions,
}

/// A way to the server, and how to show what it says.
#[derive(Debug)]
pub(crate) struct Api {
    /// The way to the server.
    pub(crate) client: Client,
    /// How results are written.
    pub(crate) format: crate::output::Format,
}

impl ApiOptions {
    fn open(&self, environment: &Environment) -> Result<Api> {
        Ok(Api {
            client: Client::network(&self.client.target(environment)?)?,
            format: self.output.output,
        })
    }
}

/// Runs what was typed.
pub(crate) async fn run(cli: Cli, environment: &Environment) -> Result<()> {
    match cli.command {
        Command::Serve(command) => Box::pin(command.run(environment)).await,
        Command::Scheduler(command) => Box::pin(command.run(environment)).await,
        Command::User(command) => Box::pin(command.run(environment)).await,
        Command::Token(command) => Box::pin(command.run(environment)).await,
        Command::Job(command) => Box::pin(command.run(environment)).await,
        Command::Execution(command) => Box::pin(command.run(environment)).await,
        Command::File(command) => Box::pin(command.run(environment)).await,
        Command::Software(command) => Box::pin(command.run(environment)).await,
        Command::Group(command) => Box::pin(command.run(environment)).await,
        Command::Device(command) => Box::pin(command.run(environment)).await,
        Command::Apply(command) => Box::pin(command.run(environment)).await,
        Command::Export(command) => Box::pin(command.run(environment)).await,
        Command::Import(command) => Box::pin(command.run(environment)).await,
        Command::Schedule(command) => command.run(),
        Command::Migrate(command) => Box::pin(command.run(environment)).await,
        Command::Backup(command) => Box::pin(command.run(environment)).await,
        Command::Restore(command) => Box::pin(command.run(environment)).await,
        Command::Config(command) => command.run(environment),
        Command::Decrypt(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Guard(command) => command.run().await,
        Command::Reference(command) => command.run(),
    }
}

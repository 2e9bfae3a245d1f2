//! `orloj import …`: jobs out of what other schedulers have.

mod crontab;

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Subcommand;

use super::{ApiOptions, apply};
use crate::config::Environment;
use crate::exit::Failure;
use crate::terminal;

/// Make jobs of what other schedulers have.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, Subcommand)]
enum From {
    /// One job of each line of a crontab; lines that were imported before are compared, not doubled
    Crontab(Crontab),
}

#[derive(Debug, clap::Args)]
struct Crontab {
    /// The crontab (`crontab -l > FILE`), or - for standard input
    file: PathBuf,
    /// Lines name an account before the command, as in /etc/crontab and /etc/cron.d
    #[arg(long)]
    system: bool,
    /// Zone of the lines that no CRON_TZ speaks for; this machine's if left out
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Only show what would be made, and the next runs
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

impl Import {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        match self.from {
            From::Crontab(crontab) => crontab.run(environment).await,
        }
    }
}

impl Crontab {
    async fn run(self, environment: &Environment) -> Result<()> {
        let text = text(&self.file)?;
        let zone = self
            .timezone
            .or_else(|| jiff::tz::TimeZone::system().iana_name().map(str::to_owned));
        let read = crontab::read(&text, self.system, zone.as_deref());
        if !read.mistakes.is_empty() {
            return Err(Failure::usage(format!(
                "nothing was imported\n{}",
                read.mistakes.join("\n")
            ))
            .into());
        }
        for remark in &read.remarks {
            terminal::remark(remark);
        }
        let files = apply::Files {
            jobs: read.jobs,
            ..apply::Files::default()
        };
        apply::make_so(&self.api.open(environment)?, files, self.dry_run).await
    }
}

fn text(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path)
        .with_context(|| Failure::usage(format!("cannot read {}", path.display())))
}

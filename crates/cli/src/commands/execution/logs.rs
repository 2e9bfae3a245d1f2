//! `orloj execution logs [-f]`.

use anyhow::Result;
use orloj_wire::log::LogPage;

use super::follow::{self, Style};
use super::path;
use crate::commands::Api;
use crate::output::Format;

/// Arguments of `execution logs`.
#[derive(Debug, clap::Args)]
pub(super) struct Logs {
    /// UUID or number of the execution
    execution: String,
    /// Go on until the execution has ended
    #[arg(short, long)]
    follow: bool,
    /// Only the last lines
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    tail: Option<u32>,
    /// The text alone, without time and level
    #[arg(long)]
    plain: bool,
}

impl Logs {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let style = match (api.format, self.plain) {
            (Format::Json | Format::Yaml, _) => Style::Json,
            (_, true) => Style::Plain,
            (_, false) => Style::Full,
        };
        let mut after = 0;
        if let Some(tail) = self.tail {
            let page: LogPage = api
                .client
                .get(format!("{}/logs", path(&self.execution)))
                .query("tail", Some(true))
                .query("limit", Some(tail))
                .read()
                .await?;
            after = page.total;
            for line in &page.lines {
                follow::write(line, style)?;
                after = line.number;
            }
        }
        if self.follow {
            return follow::lines(&api.client, &self.execution, after, Some(style)).await;
        }
        if self.tail.is_none() {
            return self.all(api, style).await;
        }
        Ok(())
    }

    /// What is there now, page after page.
    async fn all(&self, api: &Api, style: Style) -> Result<()> {
        let mut after = 0;
        loop {
            let page: LogPage = api
                .client
                .get(format!("{}/logs", path(&self.execution)))
                .query("after", Some(after))
                .query("limit", Some(1_000))
                .read()
                .await?;
            let Some(last) = page.lines.last() else {
                return Ok(());
            };
            after = last.number;
            for line in &page.lines {
                follow::write(line, style)?;
            }
        }
    }
}

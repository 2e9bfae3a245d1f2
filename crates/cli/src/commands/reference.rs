//! `orloj reference`: the documents that are generated from this program and committed.

mod manual;

use anyhow::Result;

use crate::terminal;

/// Arguments of `reference`.
#[derive(Debug, clap::Args)]
pub(crate) struct Reference {
    /// Which document
    #[arg(value_enum)]
    topic: Topic,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Topic {
    /// The OpenAPI document of the API (JSON)
    Openapi,
    /// The native API (Markdown)
    Api,
    /// The command line (Markdown)
    Cli,
}

impl Reference {
    pub(crate) fn run(self) -> Result<()> {
        match self.topic {
            Topic::Openapi => terminal::line(&orloj_server::openapi().to_pretty_json()?),
            Topic::Api => terminal::text(&orloj_server::reference()),
            Topic::Cli => terminal::text(&manual::markdown()),
        }
    }
}

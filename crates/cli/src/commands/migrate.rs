//! `orloj migrate [--check]`.

use anyhow::Result;

use super::local;
use crate::config::{Environment, ServerOptions};
use crate::terminal;

/// Arguments of `migrate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Migrate {
    /// Change nothing; exit with 1 when there is something to do
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    options: ServerOptions,
}

impl Migrate {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let config = local::config(&self.options, environment)?;
        let store = local::store(&config);
        if self.check {
            let schema = orloj_engine::schema_state(&store).await?;
            if schema.have == schema.newest {
                return terminal::line(&format!("the schema is up to date ({})", schema.newest));
            }
            anyhow::bail!(
                "the schema is at {}, this program knows {}; `orloj migrate` or the next start brings it up to date",
                schema.have,
                schema.newest
            );
        }
        let engine = local::open(&config).await?;
        engine.stop(std::time::Duration::ZERO).await;
        terminal::line("the schema is up to date")
    }
}

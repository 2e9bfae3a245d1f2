//! `orloj job delete`.

use anyhow::Result;

use super::lookup;
use crate::commands::Api;
use crate::terminal;

/// Arguments of `job delete`.
#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    /// Numbers or names of the jobs
    #[arg(required = true)]
    jobs: Vec<String>,
    /// Confirm the deletion of a critical job
    #[arg(long)]
    confirm_primary: bool,
}

impl Delete {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        for reference in &self.jobs {
            let job = lookup::job(&api.client, reference).await?;
            api.client
                .delete(format!("/scheduler/jobs/{}", job.id))
                .query("confirm_primary", self.confirm_primary.then_some(true))
                .send()
                .await?;
            terminal::line(&job.id.to_string())?;
        }
        Ok(())
    }
}

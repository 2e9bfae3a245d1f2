//! `orloj job get`.

use anyhow::Result;

use super::{lookup, show};
use crate::commands::Api;

/// Arguments of `job get`.
#[derive(Debug, clap::Args)]
pub(super) struct Get {
    /// Number or name of the job
    job: String,
}

impl Get {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let job = lookup::job(&api.client, &self.job).await?;
        let raw = serde_json::to_value(&job)?;
        show::one(api.format, &job, &raw)
    }
}

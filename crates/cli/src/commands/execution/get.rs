//! `orloj execution get`.

use anyhow::Result;

use super::{path, show};
use crate::commands::Api;

/// Arguments of `execution get`.
#[derive(Debug, clap::Args)]
pub(super) struct Get {
    /// UUID or number of the execution
    execution: String,
}

impl Get {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let answer = api.client.get(path(&self.execution)).send().await?;
        show::one(api.format, &answer.read()?, &answer.value()?)
    }
}

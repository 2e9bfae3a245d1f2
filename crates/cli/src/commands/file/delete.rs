//! `orloj file delete`.

use anyhow::Result;

use crate::commands::Api;

/// Arguments of `file delete`.
#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    /// Numbers of the files
    #[arg(required = true, value_name = "ID")]
    files: Vec<i64>,
}

impl Delete {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        for id in self.files {
            api.client.delete(format!("/files/{id}")).send().await?;
        }
        Ok(())
    }
}

//! `orloj execution cancel`.

use anyhow::Result;
use orloj_wire::execution::CancelRequest;

use super::{path, show};
use crate::commands::Api;

/// Arguments of `execution cancel`.
#[derive(Debug, clap::Args)]
pub(super) struct Cancel {
    /// UUID or number of the execution
    execution: String,
    /// Why, for people
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Cancel {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let answer = api
            .client
            .post(format!("{}/cancel", path(&self.execution)))
            .body(&CancelRequest {
                reason: self.reason,
            })?
            .send()
            .await?;
        show::one(api.format, &answer.read()?, &answer.value()?)
    }
}

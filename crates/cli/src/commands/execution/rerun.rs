//! `orloj execution rerun [--wait]`.

use anyhow::Result;
use orloj_wire::execution::{Execution, RerunRequest};

use super::{follow, path, show};
use crate::commands::Api;
use crate::said;

/// Arguments of `execution rerun`.
#[derive(Debug, clap::Args)]
pub(super) struct Rerun {
    /// UUID or number of the execution
    execution: String,
    /// Parameters instead of the earlier ones: a JSON object, or @FILE with one
    #[arg(long, value_name = "JSON")]
    parameters: Option<String>,
    /// Only on those devices that did not succeed
    #[arg(long, conflicts_with = "parameters")]
    failed_devices: bool,
    /// Follow the log until the end; exit with 10 unless it is a success
    #[arg(short, long)]
    wait: bool,
}

impl Rerun {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let parameters = said::parameters(&[], self.parameters.as_deref())?;
        let answer = api
            .client
            .post(format!("{}/rerun", path(&self.execution)))
            .body(&RerunRequest {
                parameters,
                failed_devices_only: self.failed_devices,
            })?
            .send()
            .await?;
        let started: Execution = answer.read()?;
        if self.wait {
            return follow::wait(api, &started).await;
        }
        show::one(api.format, &started, &answer.value()?)
    }
}

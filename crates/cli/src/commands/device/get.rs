//! `orloj device get`.

use anyhow::Result;
use orloj_wire::devices::Device;

use super::COLUMNS;
use crate::commands::Api;

/// Arguments of `device get`.
#[derive(Debug, clap::Args)]
pub(super) struct Get {
    /// Number of the device
    device: i64,
}

impl Get {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let path = format!("/devices/{}", self.device);
        let answer = api.client.get(path).send().await?;
        let device: Device = answer.read()?;
        api.format
            .list(&[device], &answer.value()?, COLUMNS, |device| {
                device.id.to_string()
            })
    }
}

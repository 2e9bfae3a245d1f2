//! `orloj device revoke`.

use anyhow::Result;

use crate::commands::Api;

/// Arguments of `device revoke`.
#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    /// Numbers of the devices
    #[arg(required = true, value_name = "ID")]
    devices: Vec<i64>,
}

impl Revoke {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        for id in self.devices {
            let path = format!("/devices/{id}/revoke");
            api.client.post(path).send().await?;
        }
        Ok(())
    }
}

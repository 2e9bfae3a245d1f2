//! `orloj device list`.

use anyhow::Result;
use orloj_wire::devices::Device;

use super::COLUMNS;
use crate::commands::{Api, paging};

/// Arguments of `device list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only devices in this status (online, offline, suspended, revoked)
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only devices with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Only with this text in name, address or facts
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// List at most so many; 0 lists all
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
}

impl List {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let listed = paging::fetch::<Device>(
            || {
                api.client
                    .get("/devices")
                    .query("status", self.status.as_ref())
                    .query("tag", self.tag.as_ref())
                    .query("search", self.search.as_ref())
            },
            self.limit,
        )
        .await?;
        api.format.list(&listed.items, &listed, COLUMNS, |device| {
            device.id.to_string()
        })?;
        listed.remark_on_rest();
        Ok(())
    }
}

//! `orloj file list`.

use anyhow::Result;
use orloj_wire::files::FileList;

use super::COLUMNS;
use crate::commands::Api;

/// Arguments of `file list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {}

impl List {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let answer = api.client.get("/files").send().await?;
        let list: FileList = answer.read()?;
        api.format
            .list(&list.items, &answer.value()?, COLUMNS, |file| {
                file.id.to_string()
            })
    }
}

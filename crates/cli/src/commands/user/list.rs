//! `orloj user list`.

use anyhow::Result;
use orloj_wire::user::User;

use super::show;
use crate::client::Client;
use crate::commands::paging;
use crate::output::Format;

/// Arguments of `user list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {}

impl List {
    pub(super) async fn run(self, client: &Client, format: Format) -> Result<()> {
        let listed = paging::fetch::<User>(|| client.get("/users"), 0).await?;
        format.list(&listed.items, &listed, show::COLUMNS, |user| {
            user.name.clone()
        })
    }
}

//! `orloj user disable|enable`.

use anyhow::Result;
use orloj_wire::user::{User, UserUpdate};

use super::{lookup, show};
use crate::client::Client;
use crate::output::Format;

/// Arguments of `user disable` and `user enable`.
#[derive(Debug, clap::Args)]
pub(super) struct Name {
    /// Sign-in name
    name: String,
}

impl Name {
    pub(super) async fn run(self, client: &Client, format: Format, disable: bool) -> Result<()> {
        let user = lookup::find(client, &self.name).await?;
        let body = UserUpdate {
            is_disabled: Some(disable),
            ..UserUpdate::default()
        };
        let answer = client
            .patch(format!("/users/{}", user.id))
            .body(&body)?
            .send()
            .await?;
        let user: User = answer.read()?;
        format.one(&user, &answer.value()?, show::COLUMNS, |user| {
            user.name.clone()
        })
    }
}

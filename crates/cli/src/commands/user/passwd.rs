//! `orloj user passwd`.

use anyhow::Result;
use orloj_wire::user::PasswordSet;

use super::{lookup, password};
use crate::client::Client;

/// Arguments of `user passwd`.
#[derive(Debug, clap::Args)]
pub(super) struct Passwd {
    /// Sign-in name
    name: String,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

impl Passwd {
    pub(super) async fn run(self, client: &Client) -> Result<()> {
        let user = lookup::find(client, &self.name).await?;
        let password = password::read(self.password_stdin)?;
        client
            .put(format!("/users/{}/password", user.id))
            .body(&PasswordSet { password })?
            .send()
            .await?;
        Ok(())
    }
}

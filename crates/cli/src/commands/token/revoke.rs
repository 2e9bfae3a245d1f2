//! `orloj token revoke`.

use anyhow::Result;

use crate::commands::local::Admin;

/// Arguments of `token revoke`.
#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    /// Numbers of the tokens
    #[arg(required = true, value_name = "ID")]
    tokens: Vec<i64>,
}

impl Revoke {
    pub(super) async fn run(self, admin: &Admin) -> Result<()> {
        for id in self.tokens {
            admin.client.delete(format!("/tokens/{id}")).send().await?;
        }
        Ok(())
    }
}

//! `orloj token create`.

use std::time::Duration;

use anyhow::{Context, Result};
use orloj_engine::Clock;
use orloj_wire::account::Account;
use orloj_wire::token::{TokenCreate, TokenCreated};
use orloj_wire::user::Scope;

use crate::commands::local::Admin;
use crate::commands::user;
use crate::exit::Failure;
use crate::output::Format;
use crate::{said, terminal};

/// Arguments of `token create`.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// Whose token; through the API one's own when left out
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Name to recognise it by
    #[arg(long, default_value = "command line", value_name = "LABEL")]
    name: String,
    /// When it ends (30d, 12h); never when left out
    #[arg(long, value_name = "SPAN", value_parser = said::span)]
    expires: Option<Duration>,
    /// What it may do
    #[arg(long, value_enum, default_value_t = ScopeName::Full)]
    scope: ScopeName,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ScopeName {
    /// Only look
    Read,
    /// Look, start, cancel
    Run,
    /// All that the user may do
    Full,
}

impl Create {
    pub(super) async fn run(self, admin: &Admin, format: Format) -> Result<()> {
        let user_id = self.user_id(admin).await?;
        let expires_at = match self.expires {
            None => None,
            Some(span) => Some(
                Clock::System
                    .now()
                    .checked_add(span)
                    .with_context(|| Failure::usage("--expires is too far in the future"))?,
            ),
        };
        let body = TokenCreate {
            label: self.name,
            scope: Some(match self.scope {
                ScopeName::Read => Scope::Read,
                ScopeName::Run => Scope::Run,
                ScopeName::Full => Scope::Full,
            }),
            expires_at,
            user_id,
        };
        let answer = admin.client.post("/tokens").body(&body)?.send().await?;
        match format {
            Format::Json | Format::Yaml => format.raw(&answer.value()?),
            Format::Table | Format::Wide | Format::Name => {
                let created: TokenCreated = answer.read()?;
                terminal::line(&created.secret)
            }
        }
    }

    async fn user_id(&self, admin: &Admin) -> Result<Option<i64>> {
        match &self.user {
            Some(name) if !admin.is_local => {
                // One's own name needs no administrator.
                let account: Account = admin.client.get("/account").read().await?;
                if account.user.name.to_lowercase() == name.to_lowercase() {
                    return Ok(None);
                }
                Ok(Some(user::find(&admin.client, name).await?.id))
            }
            Some(name) => Ok(Some(user::find(&admin.client, name).await?.id)),
            None if admin.is_local => Err(Failure::usage("say whose token: --user NAME").into()),
            None => Ok(None),
        }
    }
}

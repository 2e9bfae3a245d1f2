//! `orloj token list`.

use anyhow::Result;
use orloj_wire::token::{Token, TokenList};

use crate::commands::local::Admin;
use crate::commands::user;
use crate::output::{Column, Format, column, instant, maybe_instant, wide, word};

/// Arguments of `token list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only tokens of this user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

const COLUMNS: &[Column<Token>] = &[
    column("ID", |token| token.id.to_string()),
    column("LABEL", |token| token.label.clone()),
    column("USER", |token| token.user_id.to_string()),
    column("SCOPE", |token| word(&token.scope)),
    column("BEGINS WITH", |token| token.hint.clone()),
    column("EXPIRES", |token| {
        token.expires_at.map_or_else(|| "never".to_owned(), instant)
    }),
    column("LAST USED", |token| maybe_instant(token.used_at)),
    wide("CREATED", |token| instant(token.created_at)),
    wide("REVOKED", |token| maybe_instant(token.revoked_at)),
];

impl List {
    pub(super) async fn run(self, admin: &Admin, format: Format) -> Result<()> {
        let user_id = match &self.user {
            None => None,
            Some(name) => Some(user::find(&admin.client, name).await?.id),
        };
        let answer = admin
            .client
            .get("/tokens")
            .query("user_id", user_id)
            .send()
            .await?;
        let tokens: TokenList = answer.read()?;
        format.list(&tokens.items, &answer.value()?, COLUMNS, |token| {
            token.id.to_string()
        })
    }
}

//! Bearer tokens.

use jiff::Timestamp;
use serde_json::json;

use super::accounts_state::random;
use super::audit::AuditEntry;
use super::authenticate::{Via, parse_via};
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{NewToken, Token};
use crate::rules::person;
use crate::rules::secret::{SecretKind, hint};
use crate::store::{tokens, users};

/// Tokens of one user that work at the same time.
const TOKENS_PER_USER: i64 = 200;

impl Caller {
    /// Tokens without their secrets, of one user or of all whom the caller may see: revoked ones last, newest first.
    /// Of very many, the first thousand.
    ///
    /// # Errors
    /// `NotFound` for another user unless the caller is an administrator.
    pub async fn tokens(&self, user_id: Option<i64>) -> Result<Vec<Token>> {
        self.may(Need::Read)?;
        let visible = self.actor.visible_owner();
        if let (Some(own), Some(wanted)) = (visible, user_id)
            && own != wanted
        {
            return Err(Error::not_found("user"));
        }
        tokens::list(&self.engine.inner.store.db, user_id.or(visible)).await
    }

    /// Makes a token; the secret is shown this once.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit, also for a token that would outlive the one it is made with;
    /// `NotFound` for another user unless the caller is an administrator; `Conflict` when the user is disabled or has
    /// too many tokens.
    pub async fn create_token(&self, new: NewToken) -> Result<(Token, String)> {
        self.may(Need::Account)?;
        let user_id = new.user_id.unwrap_or(self.actor.user_id);
        if user_id != self.actor.user_id && !self.actor.is_admin() {
            return Err(Error::not_found("user"));
        }
        let label = person::label(&new.label)?;
        let now_us = self.engine.clock().now_us();
        self.check_expiry(new.expires_at, now_us).await?;

        let secret = SecretKind::Token.secret(random()?);
        let hash = SecretKind::Token
            .hash(&secret)
            .ok_or_else(|| Error::internal("a new secret does not look like one"))?;
        let mut tx = self.engine.inner.store.db.begin().await?;
        let user = users::hold(&mut tx, user_id)
            .await?
            .ok_or_else(|| Error::not_found("user"))?
            .user;
        if user.is_disabled {
            return Err(Error::conflict("user", "this user is disabled"));
        }
        if tokens::count_usable(&mut tx, user_id, now_us).await? >= TOKENS_PER_USER {
            return Err(Error::conflict(
                "token",
                format!(
                    "{} has {TOKENS_PER_USER} tokens: revoke some first",
                    user.name
                ),
            ));
        }
        let token = Token {
            id: tokens::next_id(&mut tx).await?,
            user_id,
            label,
            scope: new.scope,
            hint: hint(&secret),
            created_at: timestamp(now_us),
            expires_at: new.expires_at,
            used_at: None,
            revoked_at: None,
        };
        tokens::insert(&mut tx, &token, &hash).await?;
        let expires_at = token.expires_at.map(|at| at.to_string());
        self.record(
            &mut tx,
            now_us,
            entry(
                "token.created",
                &token,
                json!({ "scope": token.scope.word(), "expiresAt": expires_at, "user": user.name }),
            ),
        )
        .await?;
        tx.commit().await?;
        Ok((token, secret))
    }

    /// Revokes a token at once and for good. Revoking it again changes nothing.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it is another user's and the caller no administrator.
    pub async fn revoke_token(&self, id: i64) -> Result<Token> {
        self.may(Need::Account)?;
        let (mut token, user) = tokens::find(&self.engine.inner.store.db, id)
            .await?
            .filter(|(token, _)| {
                self.actor
                    .visible_owner()
                    .is_none_or(|own| own == token.user_id)
            })
            .ok_or_else(|| Error::not_found("token"))?;
        let now_us = self.engine.clock().now_us();
        let _forget = self.engine.inner.accounts.forget_on_drop();
        let mut tx = self.engine.inner.store.db.begin().await?;
        if tokens::revoke(&mut tx, id, now_us).await? {
            token.revoked_at = Some(timestamp(now_us));
            self.record(
                &mut tx,
                now_us,
                entry("token.revoked", &token, json!({ "user": user.name })),
            )
            .await?;
            tx.commit().await?;
        }
        Ok(token)
    }

    /// A token that ends must not be able to make itself a successor that does not.
    async fn check_expiry(&self, expires_at: Option<Timestamp>, now_us: i64) -> Result<()> {
        if expires_at.is_some_and(|at| at.as_microsecond() <= now_us) {
            return Err(Error::invalid("expiresAt", "must be in the future"));
        }
        let Via::Token(id) = parse_via(&self.actor.via) else {
            return Ok(());
        };
        let own_end = tokens::find(&self.engine.inner.store.db, id)
            .await?
            .and_then(|(token, _)| token.expires_at);
        match (own_end, expires_at) {
            (Some(end), None) => Err(outlives(end)),
            (Some(end), Some(at)) if at > end => Err(outlives(end)),
            _ => Ok(()),
        }
    }
}

fn outlives(end: Timestamp) -> Error {
    Error::invalid(
        "expiresAt",
        format!(
            "must not be later than {end}, when the token you use ends; sign in to make a longer one"
        ),
    )
}

fn entry(action: &'static str, token: &Token, details: serde_json::Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "token",
        entity_id: Some(token.id),
        entity_name: Some(token.label.clone()),
        owner_id: Some(token.user_id),
        details,
    }
}

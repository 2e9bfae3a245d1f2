//! The own account: what everybody may see and change about themselves.

use serde_json::json;

use super::audit::{self, AuditEntry};
use super::authenticate::{Via, parse_via};
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, Kind, Result};
use crate::model::{Account, AccountPatch, Session};
use crate::rules::password::{self, Verdict};
use crate::rules::person;
use crate::store::users::WithPassword;
use crate::store::{Tx, sessions, users};

impl Caller {
    /// The own account.
    ///
    /// # Errors
    /// `NotFound` for the system itself, which has none.
    pub async fn account(&self) -> Result<Account> {
        self.may(Need::Read)?;
        let user = users::find(&self.engine.inner.store.db, self.actor.user_id)
            .await?
            .ok_or_else(|| Error::not_found("user"))?;
        Ok(Account {
            user,
            via: self.actor.via.clone(),
        })
    }

    /// Changes the own name to show, mail address, preferences.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Forbidden` through a restricted token.
    pub async fn update_account(&self, patch: AccountPatch) -> Result<Account> {
        self.may(Need::Account)?;
        let display_name = patch.display_name.map(person::display_name).transpose()?;
        let email = patch.email.map(person::email).transpose()?;
        let preferences = patch.preferences.map(person::preferences).transpose()?;

        let now_us = self.engine.clock().now_us();
        let mut tx = self.engine.inner.store.db.begin().await?;
        let mut user = self.hold_own(&mut tx).await?.user;
        let mut changed = Vec::new();
        if let Some(new) = display_name
            && new != user.display_name
        {
            user.display_name = new;
            changed.push("displayName");
        }
        if let Some(new) = email
            && new != user.email
        {
            user.email = new;
            changed.push("email");
        }
        if let Some(new) = preferences
            && new != user.preferences
        {
            user.preferences = new;
            changed.push("preferences");
        }
        if !changed.is_empty() {
            user.updated_at = timestamp(now_us);
            users::update(&mut tx, &user).await?;
            self.record(
                &mut tx,
                now_us,
                AuditEntry {
                    action: "account.changed",
                    entity: "user",
                    entity_id: Some(user.id),
                    entity_name: Some(user.name.clone()),
                    owner_id: Some(user.id),
                    details: json!({ "changed": changed }),
                },
            )
            .await?;
            tx.commit().await?;
        }
        Ok(Account {
            user,
            via: self.actor.via.clone(),
        })
    }

    /// Changes the own password and ends all own sessions but the present one.
    ///
    /// # Errors
    /// `Invalid` when `current` is not the present password or `new` is unfit; `TooMany` after several wrong ones.
    pub async fn change_password(&self, current: &str, new: &str) -> Result<()> {
        self.may(Need::Account)?;
        let state = &self.engine.inner.accounts;
        let WithPassword {
            user,
            password_hash: stored,
        } = users::find_with_password(&self.engine.inner.store.db, self.actor.user_id)
            .await?
            .ok_or_else(|| Error::not_found("user"))?;
        password::check("newPassword", &user.name, new)?;
        // The same count as for signing in: a stolen session must not be a way to guess the password.
        let attempt = self
            .engine
            .begin_attempt(&person::name_key(&user.name), None)
            .await?;
        let verified = state
            .verify_password(current.to_owned(), stored.clone())
            .await;
        match &verified {
            Ok(Verdict::Wrong) => return Err(self.wrong_password(&user.name).await),
            Ok(Verdict::Right | Verdict::RightButOld) => state.delays().succeeded(&attempt),
            Err(_) => state.delays().undecided(&attempt),
        }
        verified?;
        let hash = state.hash_password(new.to_owned()).await?;

        let now_us = self.engine.clock().now_us();
        let _forget = state.forget_on_drop();
        let mut tx = self.engine.inner.store.db.begin().await?;
        if self.hold_own(&mut tx).await?.password_hash != stored {
            return Err(Error::conflict(
                "user",
                "the password was changed meanwhile",
            ));
        }
        users::set_password(&mut tx, user.id, &hash, now_us).await?;
        let present = match parse_via(&self.actor.via) {
            Via::Session(id) => Some(id),
            _ => None,
        };
        let ended = sessions::end_all(&mut tx, user.id, present).await?;
        self.record(
            &mut tx,
            now_us,
            AuditEntry {
                action: "account.password_changed",
                entity: "user",
                entity_id: Some(user.id),
                entity_name: Some(user.name),
                owner_id: Some(user.id),
                details: json!({ "sessionsEnded": ended }),
            },
        )
        .await?;
        tx.commit().await
    }

    async fn wrong_password(&self, name: &str) -> Error {
        self.engine
            .record_sampled(
                super::accounts_state::Sample::SignIn,
                &self.actor,
                AuditEntry {
                    action: "account.password_refused",
                    entity: "user",
                    entity_id: Some(self.actor.user_id),
                    entity_name: Some(name.to_owned()),
                    owner_id: Some(self.actor.user_id),
                    details: json!({}),
                },
            )
            .await;
        Error::invalid("currentPassword", "is not the present password")
    }

    /// The own sessions that have not ended, newest first.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn sessions(&self) -> Result<Vec<Session>> {
        self.may(Need::Read)?;
        sessions::list(
            &self.engine.inner.store.db,
            self.actor.user_id,
            self.engine.clock().now_us(),
        )
        .await
    }

    /// Ends one of the own sessions at once.
    ///
    /// # Errors
    /// `NotFound` when it is not an own session, or has ended.
    pub async fn end_session(&self, id: i64) -> Result<()> {
        self.may(Need::Account)?;
        let now_us = self.engine.clock().now_us();
        let _forget = self.engine.inner.accounts.forget_on_drop();
        let mut tx = self.engine.inner.store.db.begin().await?;
        if !sessions::end(&mut tx, id, self.actor.user_id).await? {
            return Err(Error::not_found("session"));
        }
        self.record(
            &mut tx,
            now_us,
            AuditEntry {
                action: "session.ended",
                entity: "session",
                entity_id: Some(id),
                entity_name: None,
                owner_id: Some(self.actor.user_id),
                details: json!({}),
            },
        )
        .await?;
        tx.commit().await
    }

    /// Ends the session that is used now.
    ///
    /// # Errors
    /// `Conflict` when the caller came by a token or is the system: there is no session to end.
    pub async fn sign_out(&self) -> Result<()> {
        match parse_via(&self.actor.via) {
            Via::Session(id) => match self.end_session(id).await {
                // Somebody else ended it a moment ago: signed out is signed out.
                Err(error) if error.kind == Kind::NotFound => Ok(()),
                result => result,
            },
            _ => Err(Error::conflict(
                "session",
                "there is no session to end: this request is authenticated by a token",
            )),
        }
    }

    async fn hold_own(&self, tx: &mut Tx) -> Result<WithPassword> {
        users::hold(tx, self.actor.user_id)
            .await?
            .ok_or_else(|| Error::not_found("user"))
    }

    /// Records what this caller did. Last before the commit: see [`audit::record`].
    pub(crate) async fn record(&self, tx: &mut Tx, now_us: i64, entry: AuditEntry) -> Result<()> {
        audit::record(tx, now_us, &self.actor, entry).await
    }
}

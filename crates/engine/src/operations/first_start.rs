//! The first start: while there are no users, a one-time secret lets somebody make the first administrator.

use serde_json::json;

use super::accounts_state::{Sample, not_known, random};
use super::audit::{self, AuditEntry};
use super::sign_in::{Origin, begin_session, stranger};
use crate::clock::{DAY_US, timestamp};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{Actor, NewSession, Role, User};
use crate::rules::secret::SecretKind;
use crate::rules::{password, person};
use crate::store::{Tx, setup, users};

/// How long a setup secret can be used, in microseconds: a day.
const SETUP_VALID_US: i64 = DAY_US;

impl Engine {
    /// Whether there are no users yet.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn setup_required(&self) -> Result<bool> {
        if self.inner.accounts.has_users() {
            return Ok(false);
        }
        let has_users = users::any(&self.inner.store.db).await?;
        if has_users {
            self.inner.accounts.note_users();
        }
        Ok(!has_users)
    }

    /// A new one-time secret for [`Engine::setup`], good for a day. Only its hash is stored.
    ///
    /// # Errors
    /// `Conflict` when there are users already.
    pub async fn issue_setup_token(&self) -> Result<String> {
        let secret = SecretKind::Setup.secret(random()?);
        let hash = SecretKind::Setup.hash(&secret).ok_or_else(not_known)?;
        let now_us = self.clock().now_us();
        let mut tx = self.inner.store.db.begin().await?;
        users::lock(&mut tx).await?;
        if users::any_in(&mut tx).await? {
            return Err(is_set_up());
        }
        setup::insert(
            &mut tx,
            &hash,
            now_us,
            now_us.saturating_add(SETUP_VALID_US),
        )
        .await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Makes the first administrator and signs them in.
    ///
    /// # Errors
    /// `Conflict` when there are users already, `Unauthenticated` when the secret is not one that was issued or too
    /// old, `Invalid` for an unfit name or password (the secret stays usable).
    pub async fn setup(
        &self,
        secret: &str,
        name: &str,
        password: &str,
    ) -> Result<(User, NewSession)> {
        if !self.setup_required().await? {
            return Err(is_set_up());
        }
        let hash = SecretKind::Setup.hash(secret);
        let mut tx = self.inner.store.db.begin().await?;
        let is_valid = match &hash {
            Some(hash) => setup::is_valid(&mut tx, hash, self.clock().now_us()).await?,
            None => false,
        };
        drop(tx);
        let (true, Some(hash)) = (is_valid, hash) else {
            self.record_sampled(
                Sample::SignIn,
                &stranger(None),
                AuditEntry {
                    action: "setup.failed",
                    entity: "user",
                    entity_id: None,
                    entity_name: None,
                    owner_id: None,
                    details: json!({}),
                },
            )
            .await;
            return Err(not_known());
        };
        let name = person::name(name)?;
        let password_hash = self.hash_new_password("password", &name, password).await?;

        let now_us = self.clock().now_us();
        let mut tx = self.inner.store.db.begin().await?;
        users::lock(&mut tx).await?;
        if users::any_in(&mut tx).await? {
            return Err(is_set_up());
        }
        // Again, because hashing took a while.
        if !setup::is_valid(&mut tx, &hash, now_us).await? {
            return Err(not_known());
        }
        let mut user = first_admin(&mut tx, name, &password_hash, now_us, "setup").await?;
        users::signed_in(&mut tx, user.id, &password_hash, None, now_us).await?;
        user.last_login_at = Some(timestamp(now_us));
        let session = begin_session(&mut tx, user.clone(), Origin::default(), now_us).await?;
        tx.commit().await?;
        self.inner.accounts.note_users();
        Ok((user, session))
    }

    /// Makes the first administrator without a secret, for whoever starts the process. `None` when there are users
    /// already: nothing is changed then.
    ///
    /// # Errors
    /// `Invalid` for an unfit name or password.
    pub async fn create_first_admin(&self, name: &str, password: &str) -> Result<Option<User>> {
        if !self.setup_required().await? {
            return Ok(None);
        }
        let name = person::name(name)?;
        let password_hash = self.hash_new_password("password", &name, password).await?;
        let now_us = self.clock().now_us();
        let mut tx = self.inner.store.db.begin().await?;
        users::lock(&mut tx).await?;
        if users::any_in(&mut tx).await? {
            return Ok(None);
        }
        let user = first_admin(&mut tx, name, &password_hash, now_us, "configuration").await?;
        tx.commit().await?;
        self.inner.accounts.note_users();
        Ok(Some(user))
    }

    /// Checks and hashes a password that is to be set.
    pub(crate) async fn hash_new_password(
        &self,
        field: &str,
        name: &str,
        new: &str,
    ) -> Result<String> {
        password::check(field, name, new)?;
        self.inner.accounts.hash_password(new.to_owned()).await
    }
}

async fn first_admin(
    tx: &mut Tx,
    name: String,
    password_hash: &str,
    now_us: i64,
    by: &'static str,
) -> Result<User> {
    let user = User {
        id: users::next_id(tx).await?,
        name,
        display_name: None,
        email: None,
        role: Role::Admin,
        grants: Vec::new(),
        is_disabled: false,
        preferences: json!({}),
        created_at: timestamp(now_us),
        updated_at: timestamp(now_us),
        last_login_at: None,
    };
    users::insert(tx, &user, Some(password_hash)).await?;
    setup::clear(tx).await?;
    audit::record(
        tx,
        now_us,
        &Actor::system(),
        AuditEntry {
            action: "user.created",
            entity: "user",
            entity_id: Some(user.id),
            entity_name: Some(user.name.clone()),
            owner_id: Some(user.id),
            details: json!({ "role": user.role.word(), "by": by }),
        },
    )
    .await?;
    Ok(user)
}

fn is_set_up() -> Error {
    Error::conflict("user", "there are users already: sign in")
}

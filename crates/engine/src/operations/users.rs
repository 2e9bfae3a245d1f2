//! Users, by administrators.

use serde_json::{Map, Value, json};

use super::audit::AuditEntry;
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{NewUser, Page, Paged, Role, User, UserFilter, UserPatch};
use crate::rules::person;
use crate::store::{sessions, users};

impl Caller {
    /// A page of users, by name.
    ///
    /// # Errors
    /// `Forbidden` to all but administrators.
    pub async fn users(&self, filter: UserFilter, page: Page) -> Result<Paged<User>> {
        self.may(Need::Admin)?;
        users::list(&self.engine.inner.store.db, &filter, page).await
    }

    /// One user; everybody may look at themselves.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the caller may not see them.
    pub async fn user(&self, id: i64) -> Result<User> {
        self.may(Need::Read)?;
        if !self.actor.is_admin() && id != self.actor.user_id {
            return Err(Error::not_found("user"));
        }
        users::find(&self.engine.inner.store.db, id)
            .await?
            .ok_or_else(|| Error::not_found("user"))
    }

    /// The user with this sign-in name, without regard to case; everybody may look at themselves.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the caller may not see them.
    pub async fn user_named(&self, name: &str) -> Result<User> {
        self.may(Need::Read)?;
        users::find_by_key(&self.engine.inner.store.db, &person::name_key(name))
            .await?
            .map(|found| found.user)
            .filter(|user| self.actor.is_admin() || user.id == self.actor.user_id)
            .ok_or_else(|| Error::not_found("user"))
    }

    /// Makes a user.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the name is taken; `Forbidden` to all but administrators.
    pub async fn create_user(&self, new: NewUser) -> Result<User> {
        self.may(Need::Admin)?;
        let name = person::name(&new.name)?;
        let display_name = person::display_name(new.display_name)?;
        let email = person::email(new.email)?;
        let grants = person::grants(new.grants)?;
        let password_hash = match &new.password {
            Some(password) => Some(
                self.engine
                    .hash_new_password("password", &name, password)
                    .await?,
            ),
            None => None,
        };
        let now_us = self.engine.clock().now_us();
        let mut tx = self.engine.inner.store.db.begin().await?;
        users::lock(&mut tx).await?;
        if users::name_is_taken(&mut tx, &person::name_key(&name)).await? {
            return Err(Error::conflict(
                "user",
                format!("there is a user named {name} already (names differ in more than case)"),
            ));
        }
        let user = User {
            id: users::next_id(&mut tx).await?,
            name,
            display_name,
            email,
            role: new.role,
            grants,
            is_disabled: false,
            preferences: json!({}),
            created_at: timestamp(now_us),
            updated_at: timestamp(now_us),
            last_login_at: None,
        };
        users::insert(&mut tx, &user, password_hash.as_deref()).await?;
        self.record(
            &mut tx,
            now_us,
            entry(
                "user.created",
                &user,
                json!({ "role": user.role.word(), "grants": user.grants }),
            ),
        )
        .await?;
        tx.commit().await?;
        self.engine.inner.accounts.note_users();
        Ok(user)
    }

    /// Changes a user. Role, grants and disabling count at once, also for sessions and tokens in use; disabling ends
    /// the user's sessions for good and stops their tokens until the user is enabled again.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` with the fields that do not fit; `Conflict` for what would leave no enabled administrator;
    /// `Forbidden` to all but administrators.
    pub async fn update_user(&self, id: i64, patch: UserPatch) -> Result<User> {
        self.may(Need::Admin)?;
        let display_name = patch.display_name.map(person::display_name).transpose()?;
        let email = patch.email.map(person::email).transpose()?;
        let grants = patch.grants.map(person::grants).transpose()?;

        let now_us = self.engine.clock().now_us();
        let _forget = self.engine.inner.accounts.forget_on_drop();
        let mut tx = self.engine.inner.store.db.begin().await?;
        // Two administrators who disable each other at the same time must not both succeed.
        users::lock(&mut tx).await?;
        let before = users::hold(&mut tx, id)
            .await?
            .ok_or_else(|| Error::not_found("user"))?
            .user;
        let mut after = before.clone();
        if let Some(new) = display_name {
            after.display_name = new;
        }
        if let Some(new) = email {
            after.email = new;
        }
        if let Some(new) = grants {
            after.grants = new;
        }
        after.role = patch.role.unwrap_or(after.role);
        after.is_disabled = patch.is_disabled.unwrap_or(after.is_disabled);
        let details = differences(&before, &after);
        if details.is_empty() {
            return Ok(before);
        }
        if administers(&before)
            && !administers(&after)
            && users::other_admins(&mut tx, id).await? == 0
        {
            return Err(Error::conflict(
                "user",
                "this is the last enabled administrator: make another one first",
            ));
        }
        after.updated_at = timestamp(now_us);
        users::update(&mut tx, &after).await?;
        if after.is_disabled && !before.is_disabled {
            sessions::end_all(&mut tx, id, None).await?;
        }
        let action = match (before.is_disabled, after.is_disabled) {
            (false, true) => "user.disabled",
            (true, false) => "user.enabled",
            _ => "user.changed",
        };
        self.record(
            &mut tx,
            now_us,
            entry(action, &after, Value::Object(details)),
        )
        .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Sets the password of another user and ends all their sessions. Their tokens keep working.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for an unfit password; `Conflict` for the own account, whose present password must be
    /// given; `Forbidden` to all but administrators.
    pub async fn set_password(&self, id: i64, new: &str) -> Result<()> {
        self.may(Need::Admin)?;
        if id == self.actor.user_id {
            return Err(Error::conflict(
                "user",
                "change your own password in your account, with the present one",
            ));
        }
        let user = self.user(id).await?;
        let hash = self
            .engine
            .hash_new_password("password", &user.name, new)
            .await?;
        let now_us = self.engine.clock().now_us();
        let _forget = self.engine.inner.accounts.forget_on_drop();
        let mut tx = self.engine.inner.store.db.begin().await?;
        users::hold(&mut tx, id).await?;
        users::set_password(&mut tx, id, &hash, now_us).await?;
        let ended = sessions::end_all(&mut tx, id, None).await?;
        self.record(
            &mut tx,
            now_us,
            entry(
                "user.password_set",
                &user,
                json!({ "sessionsEnded": ended }),
            ),
        )
        .await?;
        tx.commit().await
    }
}

fn administers(user: &User) -> bool {
    user.role == Role::Admin && !user.is_disabled
}

/// What changed: old and new where that matters for rights, only the name of the field where it is personal.
fn differences(before: &User, after: &User) -> Map<String, Value> {
    let mut details = Map::new();
    let personal: Vec<&str> = [
        ("displayName", before.display_name != after.display_name),
        ("email", before.email != after.email),
    ]
    .into_iter()
    .filter_map(|(field, is_changed)| is_changed.then_some(field))
    .collect();
    if !personal.is_empty() {
        details.insert("changed".to_owned(), json!(personal));
    }
    if before.role != after.role {
        details.insert(
            "role".to_owned(),
            json!([before.role.word(), after.role.word()]),
        );
    }
    if before.grants != after.grants {
        details.insert("grants".to_owned(), json!([before.grants, after.grants]));
    }
    if before.is_disabled != after.is_disabled {
        details.insert(
            "isDisabled".to_owned(),
            json!([before.is_disabled, after.is_disabled]),
        );
    }
    details
}

fn entry(action: &'static str, user: &User, details: Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "user",
        entity_id: Some(user.id),
        entity_name: Some(user.name.clone()),
        owner_id: Some(user.id),
        details,
    }
}

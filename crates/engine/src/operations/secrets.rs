//! Secrets: stored, listed without their values, and filled into the parameters of runs.

use std::collections::HashSet;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::accounts_state::random;
use super::referrers::Named;
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};
use crate::model::{NewSecret, Secret, SecretPatch, Sharing};
use crate::rules::secrets::{Hidden, Place, has_reference, references, replaced};
use crate::store::audit::{self, AuditEntry};
use crate::store::{Tx, secrets, shares};

const MAX_NAME: usize = 100;
const MAX_VALUE: usize = 65_536;
const MAX_DESCRIPTION: usize = 1_000;
const MAX_SHARES: usize = 1_000;

impl Caller {
    /// Secrets that the caller may use, by name; administrators see all. Of very many, the first thousand.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn secrets(&self) -> Result<Vec<Secret>> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let all = secrets::list(db, self.actor.visible_owner()).await?;
        Ok(all
            .into_iter()
            .map(|secret| self.seen_secret(secret))
            .collect())
    }

    /// A secret that the caller may use, without its value.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else who does not share it.
    pub async fn secret(&self, id: i64) -> Result<Secret> {
        self.may(Need::Read)?;
        let found = secrets::find(&self.engine.inner.store.db, id, self.actor.visible_owner());
        let found = found.await?.ok_or_else(|| Error::not_found("secret"))?;
        Ok(self.seen_secret(found.secret))
    }

    /// Stores a secret. Its value cannot be read back by anybody.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the owner has one of this name, or there is no key;
    /// `Forbidden` for others' secrets to all but administrators.
    pub async fn create_secret(&self, new: NewSecret) -> Result<Secret> {
        self.may(Need::Change)?;
        let owner_id = new.owner_id.unwrap_or(self.actor.user_id);
        if owner_id != self.actor.user_id {
            self.may_own_for(owner_id).await?;
        }
        let mut wrong = Wrong::default();
        wrong.name(&new.name);
        wrong.description(new.description.as_deref());
        wrong.value(&new.value);
        wrong.sharing(&new.sharing);
        wrong.into_result()?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let key = engine.keys.sealing(&mut tx).await?;
        let secret = Secret {
            id: secrets::next_id(&mut tx).await?,
            owner_id,
            name: new.name,
            description: new.description,
            key_id: key.id().to_owned(),
            sharing: tidy(&mut tx, new.sharing, owner_id).await?,
            created_at: timestamp(now),
            updated_at: timestamp(now),
        };
        let sealed = key.seal(Place::Secret(secret.id, owner_id), &new.value, &random()?)?;
        secrets::insert(&mut tx, &secret, &sealed)
            .await
            .map_err(|error| name_taken(error, "secret"))?;
        let details = json!({ "sharedWith": shared_words(&secret.sharing) });
        let event = entry("secret.created", &secret, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Changes a secret.
    ///
    /// # Errors
    /// As [`Caller::create_secret`]; `Forbidden` for those with whom it is only shared.
    pub async fn update_secret(&self, id: i64, patch: SecretPatch) -> Result<Secret> {
        self.may(Need::Change)?;
        let engine = &self.engine.inner;
        let stored = secrets::find(&engine.store.db, id, self.actor.visible_owner()).await?;
        let stored = stored.ok_or_else(|| Error::not_found("secret"))?;
        self.may_manage(stored.secret.owner_id)?;
        let mut wrong = Wrong::default();
        if let Some(name) = &patch.name {
            wrong.name(name);
        }
        wrong.description(patch.description.as_ref().and_then(|text| text.as_deref()));
        if let Some(value) = &patch.value {
            wrong.value(value);
        }
        if let Some(sharing) = &patch.sharing {
            wrong.sharing(sharing);
        }
        wrong.into_result()?;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let key = engine.keys.sealing(&mut tx).await?;
        let (mut secret, mut sealed) = (stored.secret, stored.sealed);
        let changed = json!({
            "name": patch.name.is_some(),
            "value": patch.value.is_some(),
            "description": patch.description.is_some(),
            "sharedWith": patch.sharing.as_ref().map(shared_words),
        });
        if let Some(name) = patch.name {
            secret.name = name;
        }
        if let Some(description) = patch.description {
            secret.description = description;
        }
        if let Some(sharing) = patch.sharing {
            secret.sharing = tidy(&mut tx, sharing, secret.owner_id).await?;
        }
        let place = Place::Secret(secret.id, secret.owner_id);
        if let Some(value) = &patch.value {
            sealed = key.seal(place, value, &random()?)?;
        } else if sealed.key_id != key.id() {
            return Err(Error::conflict(
                "secret",
                "the key was changed meanwhile; try again",
            ));
        }
        secret.key_id.clone_from(&sealed.key_id);
        secret.updated_at = timestamp(now);
        secrets::update(&mut tx, &secret, &sealed)
            .await
            .map_err(|error| name_taken(error, "secret"))?;
        let event = entry("secret.updated", &secret, json!({ "changed": changed }));
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Deletes a secret. What refers to it fails from then on: so only with `force` while anything does.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for those with whom it is only shared; `Conflict` while it is in use, naming what uses it.
    pub async fn delete_secret(&self, id: i64, force: bool) -> Result<()> {
        self.may(Need::Change)?;
        let secret = self.secret(id).await?;
        self.may_manage(secret.owner_id)?;
        if !force {
            self.refuse_while_named(Named::Secret, id, &secret.name)
                .await?;
        }
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        secrets::delete(&mut tx, id).await?;
        let event = entry("secret.deleted", &secret, json!({}));
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await
    }

    fn seen_secret(&self, mut secret: Secret) -> Secret {
        self.hide_sharing(secret.owner_id, &mut secret.sharing);
        secret
    }

    /// Takes away with whom a thing is shared, for those who only share it.
    pub(super) fn hide_sharing(&self, owner_id: i64, sharing: &mut Sharing) {
        if !self.sees(owner_id) {
            *sharing = Sharing::default();
        }
    }

    /// Refuses those who may use a thing of this owner but not change it.
    pub(super) fn may_manage(&self, owner_id: i64) -> Result<()> {
        if self.sees(owner_id) {
            Ok(())
        } else {
            Err(Error::forbidden(
                "this is shared with you: you may use it, and only its owner may change it",
            ))
        }
    }

    /// Checks that every secret that these parameters of a job refer to can be used by the job's owner.
    pub(super) async fn check_references<'a>(
        &self,
        owner_id: i64,
        parameters: impl IntoIterator<Item = (String, &'a Value)>,
    ) -> Result<()> {
        let mut errors = Vec::new();
        let mut usable = None;
        for (at, value) in parameters {
            if !has_reference(value) {
                continue;
            }
            let usable = match &mut usable {
                Some(usable) => usable,
                none => none.insert(self.engine.usable_secrets(owner_id).await?),
            };
            errors.extend(unknown_references(&at, value, usable));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid_fields(errors))
        }
    }
}

/// References in a value to secrets that are not among these names.
pub(super) fn unknown_references(
    at: &str,
    value: &Value,
    usable: &HashSet<String>,
) -> Vec<FieldError> {
    let named = references(value)
        .into_iter()
        .filter_map(|reference| reference.name.map(|name| (reference.pointer, name)));
    named
        .filter(|(_, name)| !usable.contains(name))
        .map(|(pointer, name)| missing(format!("{at}{pointer}"), &name))
        .collect()
}

impl Engine {
    /// Names of the secrets that this user's jobs may use.
    pub(crate) async fn usable_secrets(&self, user: i64) -> Result<HashSet<String>> {
        let names = secrets::usable_names(&self.inner.store.db, user).await?;
        Ok(names.into_iter().collect())
    }

    /// The value of a secret for a run of this user's job. What it is goes among the hidden values first.
    pub(crate) async fn secret_for_run(
        &self,
        user: i64,
        name: &str,
        hidden: &Hidden,
    ) -> Result<Zeroizing<String>> {
        let stored = secrets::usable(&self.inner.store.db, user, name).await?;
        let stored = stored.ok_or_else(|| {
            let missing = missing(String::new(), name);
            Error {
                message: missing.message.clone(),
                ..Error::invalid_fields(vec![missing])
            }
        })?;
        let place = Place::Secret(stored.secret.id, stored.secret.owner_id);
        let value = self.inner.keys.key()?.open(place, &stored.sealed)?;
        hidden.add(&value);
        Ok(value)
    }

    /// The value with all references replaced by the secrets of this user.
    pub(crate) async fn resolved(
        &self,
        user: i64,
        value: &Value,
        hidden: &Hidden,
    ) -> Result<Value> {
        let mut known = std::collections::HashMap::new();
        for reference in references(value) {
            let name = reference
                .name
                .ok_or_else(|| Error::invalid(&reference.pointer, "is not a reference"))?;
            if let std::collections::hash_map::Entry::Vacant(place) = known.entry(name) {
                let opened = self.secret_for_run(user, place.key(), hidden).await?;
                place.insert(opened);
            }
        }
        Ok(replaced(value, &mut |name| {
            known.get(name).map(|opened| opened.as_str().to_owned())
        }))
    }
}

fn missing(pointer: String, name: &str) -> FieldError {
    FieldError {
        pointer,
        message: format!("there is no secret `{name}` that the job's owner may use"),
        message_ar: Some(format!(
            "لا يوجد سر باسم `{name}` يجوز لمالك المهمة استخدامه"
        )),
    }
}

fn entry(action: &'static str, secret: &Secret, details: Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "secret",
        entity_id: Some(secret.id),
        entity_name: Some(secret.name.clone()),
        owner_id: Some(secret.owner_id),
        details,
    }
}

/// Sharing for the audit trail.
pub(super) fn shared_words(sharing: &Sharing) -> Value {
    if sharing.everybody {
        json!("everybody")
    } else {
        json!(sharing.users)
    }
}

/// Sharing in order, with users that exist, and without the owner.
pub(super) async fn tidy(tx: &mut Tx, mut sharing: Sharing, owner_id: i64) -> Result<Sharing> {
    sharing.users.retain(|user| *user != owner_id);
    sharing.users.sort_unstable();
    sharing.users.dedup();
    let known = shares::count_users(tx, &sharing.users).await?;
    if usize::try_from(known).is_ok_and(|known| known == sharing.users.len()) {
        return Ok(sharing);
    }
    Err(Error::invalid_fields(vec![FieldError {
        pointer: "/sharedWith".to_owned(),
        message: "names a user that does not exist".to_owned(),
        message_ar: Some("يذكر مستخدمًا غير موجود".to_owned()),
    }]))
}

/// Says what a violated unique name means.
pub(super) fn name_taken(error: Error, entity: &'static str) -> Error {
    if error.kind == crate::error::Kind::Conflict {
        Error::conflict(entity, "the owner already has one of this name")
    } else {
        error
    }
}

/// Fields that are wrong.
#[derive(Default)]
pub(super) struct Wrong {
    pub(super) list: Vec<FieldError>,
}

impl Wrong {
    pub(super) fn add(&mut self, pointer: &str, message: String, message_ar: String) {
        self.list.push(FieldError {
            pointer: pointer.to_owned(),
            message,
            message_ar: Some(message_ar),
        });
    }

    pub(super) fn name(&mut self, name: &str) {
        let fits = (1..=MAX_NAME).contains(&name.chars().count())
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if !fits {
            self.add(
                "/name",
                format!("must have 1 to {MAX_NAME} letters, digits, dots, hyphens or underscores"),
                format!(
                    "يجب أن يتكوّن من 1 إلى {MAX_NAME} من الحروف أو الأرقام أو النقاط أو الشرطات"
                ),
            );
        }
    }

    pub(super) fn description(&mut self, text: Option<&str>) {
        let Some(text) = text else { return };
        let has_control = text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        if text.chars().count() > MAX_DESCRIPTION || has_control {
            self.add(
                "/description",
                format!("at most {MAX_DESCRIPTION} characters, no control characters"),
                format!("{MAX_DESCRIPTION} محرف على الأكثر دون محارف تحكم"),
            );
        }
    }

    fn value(&mut self, value: &str) {
        if value.is_empty() || value.len() > MAX_VALUE || value.contains('\0') {
            self.add(
                "/value",
                format!("must have 1 to {MAX_VALUE} bytes and no character U+0000"),
                format!("يجب أن يتكوّن من 1 إلى {MAX_VALUE} بايت دون المحرف U+0000"),
            );
        }
    }

    pub(super) fn sharing(&mut self, sharing: &Sharing) {
        if sharing.users.len() > MAX_SHARES {
            self.add(
                "/sharedWith",
                format!("at most {MAX_SHARES} users"),
                format!("{MAX_SHARES} مستخدم على الأكثر"),
            );
        }
    }

    pub(super) fn into_result(self) -> Result<()> {
        if self.list.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid_fields(self.list))
        }
    }
}

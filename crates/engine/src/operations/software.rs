//! The software catalogue: what comes with the program, and what people add.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::secrets::{Wrong, name_taken, shared_words, tidy};
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{NewSoftware, Software, SoftwareDefinition, SoftwarePatch};
use crate::rules::software::{builtin, judge, ordered};
use crate::rules::uses::Noun;
use crate::store::audit::{self, AuditEntry};
use crate::store::{files, software};

const MAX_WORDS: usize = 100;

impl Caller {
    /// The catalogue as the caller may use it: what comes with the program first, then by name.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn software_catalogue(&self) -> Result<Vec<Software>> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let mut all = builtin().to_vec();
        for mut entry in software::list(db, self.actor.visible_owner()).await? {
            self.hide_sharing(entry.owner_id, &mut entry.sharing);
            all.push(entry);
        }
        Ok(all)
    }

    /// An entry that the caller may use.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else who does not share it.
    pub async fn software(&self, id: i64) -> Result<Software> {
        self.may(Need::Read)?;
        let mut found = self
            .engine
            .usable_software(self.actor.visible_owner(), id)
            .await?
            .ok_or_else(|| Error::not_found("software"))?;
        self.hide_sharing(found.owner_id, &mut found.sharing);
        Ok(found)
    }

    /// Adds an entry of one's own.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the owner has one of this name.
    pub async fn create_software(&self, new: NewSoftware) -> Result<Software> {
        self.may(Need::Change)?;
        let mut wrong = Wrong::default();
        name(&mut wrong, &new.name);
        words(&mut wrong, "/version", new.version.as_deref());
        words(&mut wrong, "/category", new.category.as_deref());
        words(&mut wrong, "/publisher", new.publisher.as_deref());
        wrong.description(new.description.as_deref());
        wrong.sharing(&new.sharing);
        wrong.list.extend(judge(&new.definition));
        wrong.into_result()?;
        let owner_id = self.actor.user_id;
        self.check_definition(owner_id, None, &new.definition)
            .await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let entry = Software {
            id: software::next_id(&mut tx).await?,
            owner_id,
            name: new.name,
            version: new.version,
            description: new.description,
            description_ar: None,
            category: new.category,
            publisher: new.publisher,
            definition: new.definition,
            sharing: tidy(&mut tx, new.sharing, owner_id).await?,
            created_at: timestamp(now),
            updated_at: timestamp(now),
        };
        software::insert(&mut tx, &entry)
            .await
            .map_err(|error| name_taken(error, "software"))?;
        let details = json!({
            "definition": entry.definition,
            "sharedWith": shared_words(&entry.sharing),
        });
        let event = event("software.created", &entry, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Changes an entry.
    ///
    /// # Errors
    /// As [`Caller::create_software`]; `Forbidden` for those with whom it is only shared; `Conflict` for what comes
    /// with the program.
    pub async fn update_software(&self, id: i64, patch: SoftwarePatch) -> Result<Software> {
        self.may(Need::Change)?;
        let mut entry = self.own_software(id).await?;
        let mut wrong = Wrong::default();
        if let Some(new) = &patch.name {
            name(&mut wrong, new);
        }
        let inner = |text: &Option<Option<String>>| text.clone().flatten();
        words(&mut wrong, "/version", inner(&patch.version).as_deref());
        words(&mut wrong, "/category", inner(&patch.category).as_deref());
        words(&mut wrong, "/publisher", inner(&patch.publisher).as_deref());
        wrong.description(inner(&patch.description).as_deref());
        if let Some(sharing) = &patch.sharing {
            wrong.sharing(sharing);
        }
        if let Some(definition) = &patch.definition {
            wrong.list.extend(judge(definition));
        }
        wrong.into_result()?;
        if let Some(definition) = &patch.definition {
            self.check_definition(entry.owner_id, Some(id), definition)
                .await?;
        }
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let details = json!({ "changed": {
            "name": patch.name.is_some(),
            "definition": patch.definition,
            "sharedWith": patch.sharing.as_ref().map(shared_words),
        } });
        entry.name = patch.name.unwrap_or(entry.name);
        entry.version = patch.version.unwrap_or(entry.version);
        entry.description = patch.description.unwrap_or(entry.description);
        entry.category = patch.category.unwrap_or(entry.category);
        entry.publisher = patch.publisher.unwrap_or(entry.publisher);
        entry.definition = patch.definition.unwrap_or(entry.definition);
        if let Some(sharing) = patch.sharing {
            entry.sharing = tidy(&mut tx, sharing, entry.owner_id).await?;
        }
        entry.updated_at = timestamp(now);
        software::update(&mut tx, &entry)
            .await
            .map_err(|error| name_taken(error, "software"))?;
        let event = event("software.updated", &entry, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Deletes an entry.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for those with whom it is only shared; `Conflict` for what comes with the program, and
    /// while a job or another entry uses it.
    pub async fn delete_software(&self, id: i64) -> Result<()> {
        self.may(Need::Change)?;
        let entry = self.own_software(id).await?;
        self.refuse_while_used(Noun::Software, id).await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        software::delete(&mut tx, id).await?;
        let event = event("software.deleted", &entry, json!({}));
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await
    }

    /// An entry that the caller may change.
    async fn own_software(&self, id: i64) -> Result<Software> {
        let entry = self.software(id).await?;
        if entry.is_builtin() {
            return Err(Error::conflict(
                "software",
                "this entry comes with the program and cannot be changed; make one of your own",
            ));
        }
        self.may_manage(entry.owner_id)?;
        Ok(entry)
    }

    /// Checks what a definition refers to: files and entries that its owner may use, and no circle.
    async fn check_definition(
        &self,
        owner_id: i64,
        id: Option<i64>,
        definition: &SoftwareDefinition,
    ) -> Result<()> {
        let db = &self.engine.inner.store.db;
        let mut wrong = Wrong::default();
        for (system, platform) in &definition.platforms {
            let Some(file) = platform.file else { continue };
            if files::find(db, file, Some(owner_id)).await?.is_none() {
                wrong.add(
                    &format!("/platforms/{}/file", system.word()),
                    format!("there is no file {file} that the owner may use"),
                    format!("لا يوجد ملف رقمه {file} يجوز للمالك استخدامه"),
                );
            }
        }
        wrong.into_result()?;
        let needed = &definition.dependencies;
        let mut all = self
            .engine
            .software_closure(Some(owner_id), needed, "/dependencies")
            .await?;
        let Some(id) = id else { return Ok(()) };
        if let Some(own) = all.get_mut(&id) {
            own.definition.dependencies.clone_from(needed);
            ordered(&[id], &all, "/dependencies")?;
        }
        Ok(())
    }
}

impl Engine {
    /// An entry that this user may use (`None`: any).
    async fn usable_software(&self, user: Option<i64>, id: i64) -> Result<Option<Software>> {
        if id < Software::FIRST_OWN {
            return Ok(builtin().iter().find(|entry| entry.id == id).cloned());
        }
        software::find(&self.inner.store.db, id, user).await
    }

    /// The wanted entries and all that they need, by number. What an entry needs is looked up with its owner's rights.
    async fn software_closure(
        &self,
        user: Option<i64>,
        wanted: &[i64],
        field: &str,
    ) -> Result<BTreeMap<i64, Software>> {
        let mut all = BTreeMap::new();
        let mut open: Vec<(Option<i64>, i64)> = wanted.iter().map(|id| (user, *id)).collect();
        let mut seen: BTreeSet<i64> = wanted.iter().copied().collect();
        while let Some((user, id)) = open.pop() {
            let entry = self.usable_software(user, id).await?.ok_or_else(|| {
                Error::invalid(
                    field,
                    format!("there is no software {id} that may be used here"),
                )
            })?;
            for needed in &entry.definition.dependencies {
                if seen.insert(*needed) {
                    open.push((Some(entry.owner_id), *needed));
                }
            }
            all.insert(id, entry);
        }
        Ok(all)
    }

    /// The wanted entries and what they need, needed ones first, for a run of this owner's job.
    pub(crate) async fn software_for_run(
        &self,
        owner_id: i64,
        wanted: &[i64],
        field: &str,
    ) -> Result<Vec<Software>> {
        let user = self.cleanup_scope(owner_id, None).await?;
        let all = self.software_closure(user, wanted, field).await?;
        Ok(ordered(wanted, &all, field)?.into_iter().cloned().collect())
    }
}

fn name(wrong: &mut Wrong, name: &str) {
    let length = name.chars().count();
    if !(1..=MAX_WORDS).contains(&length)
        || name.trim().is_empty()
        || name.chars().any(char::is_control)
    {
        wrong.add(
            "/name",
            format!("must have 1 to {MAX_WORDS} characters, no control characters"),
            format!("يجب أن يتكوّن من 1 إلى {MAX_WORDS} محرف دون محارف تحكم"),
        );
    }
}

fn words(wrong: &mut Wrong, pointer: &str, text: Option<&str>) {
    let Some(text) = text else { return };
    if text.chars().count() > MAX_WORDS || text.chars().any(char::is_control) {
        wrong.add(
            pointer,
            format!("at most {MAX_WORDS} characters, no control characters"),
            format!("{MAX_WORDS} محرف على الأكثر دون محارف تحكم"),
        );
    }
}

fn event(action: &'static str, software: &Software, details: Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "software",
        entity_id: Some(software.id),
        entity_name: Some(software.name.clone()),
        owner_id: Some(software.owner_id),
        details,
    }
}

//! Groups of devices: by list or by rule, with a look at who belongs to them.
//!
//! Whoever asks, a group only ever yields devices that the asker (for a run: the job's owner) may use: that a group is
//! shared does not share its devices.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::secrets::{Wrong, name_taken, shared_words, tidy};
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, Kind, Result};
use crate::model::{Group, GroupDevice, GroupPatch, GroupRule, Members, NewGroup};
use crate::rules::group::{Candidate, judge, matches};
use crate::rules::uses::Noun;
use crate::store::audit::{self, AuditEntry};
use crate::store::groups::{self, Member};

const MAX_NAME: usize = 100;
const MAX_LISTED: usize = 10_000;

impl Caller {
    /// Groups that the caller may use, by name, each with the number of devices in it that the caller may use.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn groups(&self) -> Result<Vec<(Group, u64)>> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let user = self.actor.visible_owner();
        let all = groups::list(db, user).await?;
        let devices = groups::devices(db, user, self.engine.clock().now_us()).await?;
        Ok(all
            .into_iter()
            .map(|group| {
                let count = devices
                    .iter()
                    .filter(|device| belongs(device, &group.members))
                    .count();
                (self.seen_group(group), count as u64)
            })
            .collect())
    }

    /// A group that the caller may use.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else who does not share it.
    pub async fn group(&self, id: i64) -> Result<Group> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        groups::find(db, id, self.actor.visible_owner())
            .await?
            .map(|group| self.seen_group(group))
            .ok_or_else(|| Error::not_found("group"))
    }

    /// The devices of a group that the caller may use, by name.
    ///
    /// # Errors
    /// `NotFound`, as for [`Caller::group`].
    pub async fn group_devices(&self, id: i64) -> Result<Vec<GroupDevice>> {
        let db = &self.engine.inner.store.db;
        self.group(id).await?;
        // Who is shared a group does not see its list, but what of it they may use.
        let members = groups::find(db, id, None)
            .await?
            .ok_or_else(|| Error::not_found("group"))?
            .members;
        self.members(&members).await
    }

    /// The devices that would belong to a group with this rule.
    ///
    /// # Errors
    /// `Invalid` with what is wrong with the rule.
    pub async fn preview_group(&self, rule: GroupRule) -> Result<Vec<GroupDevice>> {
        self.may(Need::Read)?;
        let mut wrong = Wrong::default();
        wrong.list.extend(judge(&rule));
        wrong.into_result()?;
        self.members(&Members::Matching(rule)).await
    }

    async fn members(&self, members: &Members) -> Result<Vec<GroupDevice>> {
        let db = &self.engine.inner.store.db;
        let now = self.engine.clock().now_us();
        let devices = groups::devices(db, self.actor.visible_owner(), now).await?;
        Ok(devices
            .into_iter()
            .filter(|device| belongs(device, members))
            .map(|device| GroupDevice {
                id: device.id,
                name: device.name,
                status: device.status,
            })
            .collect())
    }

    /// Makes a group.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the owner has one of this name.
    pub async fn create_group(&self, new: NewGroup) -> Result<Group> {
        self.may(Need::Change)?;
        let mut wrong = Wrong::default();
        name(&mut wrong, &new.name);
        color(&mut wrong, new.color.as_deref());
        wrong.description(new.description.as_deref());
        wrong.sharing(&new.sharing);
        let owner_id = self.actor.user_id;
        let members = self.judged(owner_id, new.members, &mut wrong).await?;
        wrong.into_result()?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let group = Group {
            id: groups::next_id(&mut tx).await?,
            owner_id,
            name: new.name,
            description: new.description,
            color: new.color,
            members,
            sharing: tidy(&mut tx, new.sharing, owner_id).await?,
            created_at: timestamp(now),
            updated_at: timestamp(now),
        };
        groups::insert(&mut tx, &group)
            .await
            .map_err(|error| name_taken(error, "group"))?;
        let details =
            json!({ "members": words(&group.members), "sharedWith": shared_words(&group.sharing) });
        let event = entry("group.created", &group, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(group)
    }

    /// Changes a group.
    ///
    /// # Errors
    /// As [`Caller::create_group`]; `Forbidden` for those with whom it is only shared.
    pub async fn update_group(&self, id: i64, patch: GroupPatch) -> Result<Group> {
        self.may(Need::Change)?;
        let mut group = self.group(id).await?;
        self.may_manage(group.owner_id)?;
        let mut wrong = Wrong::default();
        if let Some(new) = &patch.name {
            name(&mut wrong, new);
        }
        color(
            &mut wrong,
            patch.color.as_ref().and_then(|text| text.as_deref()),
        );
        wrong.description(patch.description.as_ref().and_then(|text| text.as_deref()));
        if let Some(sharing) = &patch.sharing {
            wrong.sharing(sharing);
        }
        let members = match patch.members {
            Some(members) => Some(self.judged(group.owner_id, members, &mut wrong).await?),
            None => None,
        };
        wrong.into_result()?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let details = json!({ "changed": {
            "name": patch.name.is_some(),
            "members": members.as_ref().map(words),
            "sharedWith": patch.sharing.as_ref().map(shared_words),
        } });
        group.name = patch.name.unwrap_or(group.name);
        group.description = patch.description.unwrap_or(group.description);
        group.color = patch.color.unwrap_or(group.color);
        group.members = members.unwrap_or(group.members);
        if let Some(sharing) = patch.sharing {
            group.sharing = tidy(&mut tx, sharing, group.owner_id).await?;
        }
        group.updated_at = timestamp(now);
        groups::update(&mut tx, &group)
            .await
            .map_err(|error| name_taken(error, "group"))?;
        let event = entry("group.updated", &group, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(group)
    }

    /// Deletes a group. Its devices stay.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for those with whom it is only shared; `Conflict` while a job uses it.
    pub async fn delete_group(&self, id: i64) -> Result<()> {
        self.may(Need::Change)?;
        let group = self.group(id).await?;
        self.may_manage(group.owner_id)?;
        self.refuse_while_used(Noun::Group, id).await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        groups::delete(&mut tx, id).await?;
        let event = entry("group.deleted", &group, json!({}));
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await
    }

    fn seen_group(&self, mut group: Group) -> Group {
        self.hide_sharing(group.owner_id, &mut group.sharing);
        if !self.sees(group.owner_id)
            && let Members::Listed(devices) = &mut group.members
        {
            // Numbers of devices that may be nobody's business.
            devices.clear();
        }
        group
    }

    /// Members in order, each once; a listed device must be one that the group's owner may use.
    async fn judged(&self, owner_id: i64, members: Members, wrong: &mut Wrong) -> Result<Members> {
        let devices = match members {
            Members::Matching(rule) => {
                wrong.list.extend(judge(&rule));
                return Ok(Members::Matching(rule));
            }
            Members::Listed(devices) => devices,
        };
        let wanted: BTreeSet<i64> = devices.into_iter().collect();
        if wanted.len() > MAX_LISTED {
            wrong.add(
                "/devices",
                format!("at most {MAX_LISTED} devices; a rule takes any number"),
                format!("{MAX_LISTED} جهاز على الأكثر؛ والقاعدة تقبل أي عدد"),
            );
        }
        let unknown = self
            .engine
            .unusable(
                Noun::Device,
                owner_id,
                &wanted.iter().copied().collect::<Vec<_>>(),
            )
            .await?;
        if let Some(device) = unknown {
            wrong.add(
                "/devices",
                format!("there is no device {device} that the owner may use"),
                format!("لا يوجد جهاز رقمه {device} يجوز للمالك استخدامه"),
            );
        }
        Ok(Members::Listed(wanted.into_iter().collect()))
    }
}

impl Engine {
    /// Numbers of the devices that these groups have now, as far as this user may use them (`None`: anybody).
    ///
    /// # Errors
    /// `NotFound` naming a group that the user may not use.
    pub(crate) async fn group_members(
        &self,
        user: Option<i64>,
        wanted: &[i64],
    ) -> Result<BTreeSet<i64>> {
        let mut all = BTreeSet::new();
        if wanted.is_empty() {
            return Ok(all);
        }
        let db = &self.inner.store.db;
        let devices = groups::devices(db, user, self.clock().now_us()).await?;
        for id in wanted {
            let group = groups::find(db, *id, user).await?.ok_or_else(|| {
                Error::new(
                    Kind::NotFound,
                    format!("there is no group {id} that the job's owner may use"),
                )
            })?;
            all.extend(
                devices
                    .iter()
                    .filter(|device| belongs(device, &group.members))
                    .map(|device| device.id),
            );
        }
        Ok(all)
    }
}

fn belongs(device: &Member, members: &Members) -> bool {
    match members {
        Members::Listed(devices) => devices.contains(&device.id),
        Members::Matching(rule) => {
            let candidate = Candidate {
                name: &device.name,
                status: device.status,
                tags: &device.tags,
                facts: &device.facts,
            };
            matches(rule, &candidate)
        }
    }
}

fn words(members: &Members) -> Value {
    match members {
        Members::Listed(devices) => json!({ "devices": devices.len() }),
        Members::Matching(rule) => json!({ "rule": rule }),
    }
}

fn name(wrong: &mut Wrong, name: &str) {
    let fits = (1..=MAX_NAME).contains(&name.chars().count())
        && !name.trim().is_empty()
        && !name.chars().any(char::is_control);
    if !fits {
        wrong.add(
            "/name",
            format!("must have 1 to {MAX_NAME} characters, no control characters"),
            format!("يجب أن يتكوّن من 1 إلى {MAX_NAME} محرف دون محارف تحكم"),
        );
    }
}

fn color(wrong: &mut Wrong, color: Option<&str>) {
    let fits = |text: &str| {
        text.strip_prefix('#').is_some_and(|digits| {
            digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    if color.is_some_and(|text| !fits(text)) {
        wrong.add(
            "/color",
            "must look like #1c7ed6".to_owned(),
            "يجب أن يكون على شكل #1c7ed6".to_owned(),
        );
    }
}

fn entry(action: &'static str, group: &Group, details: Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "group",
        entity_id: Some(group.id),
        entity_name: Some(group.name.clone()),
        owner_id: Some(group.owner_id),
        details,
    }
}

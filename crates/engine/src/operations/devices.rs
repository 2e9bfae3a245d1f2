//! Devices as people see and change them, and the tokens that enrol new ones.

use serde_json::{Value, json};

use super::accounts_state::random;
use super::secrets::{Wrong, shared_words, tidy};
use crate::announce::Announcement;
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{
    Device, DeviceFilter, DeviceOrder, DeviceOutput, DevicePatch, Dismissal, Enrollment,
    Maintenance, NewEnrollment, OrderState, Page, Paged, Suspension,
};
use crate::rules::devices::{check_name, check_tags, check_text, tidy_tags};
use crate::rules::secret::SecretKind;
use crate::store::audit::{self, AuditEntry};
use crate::store::devices::{self, StoredEnrollment};
use crate::store::{Tx, device_orders};

/// How long a token for an enrolment can be used, in seconds: usually, at least, at most.
const ENROLLMENT_SECONDS: (u32, u32, u32) = (900, 60, 86_400);
/// Tokens of one user that can still be used.
const MOST_ENROLLMENTS: i64 = 1_000;
/// Orders of a device in one list.
const MOST_ORDERS: i64 = 200;
/// Pieces of output in one answer.
const MOST_PIECES: i64 = 1_000;

impl Caller {
    /// A page of the devices that the caller may use, by name; administrators see all.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn devices(&self, filter: DeviceFilter, page: Page) -> Result<Paged<Device>> {
        self.may(Need::Read)?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let visible = self.actor.visible_owner();
        let mut found = devices::list(&engine.store.db, &filter, visible, page, now).await?;
        for device in &mut found.items {
            self.hide_sharing(device.owner_id, &mut device.sharing);
        }
        Ok(found)
    }

    /// A device that the caller may use.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else who does not share it.
    pub async fn device(&self, id: i64) -> Result<Device> {
        self.may(Need::Read)?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let found = devices::find(&engine.store.db, id, self.actor.visible_owner(), now).await?;
        let mut device = found.ok_or_else(|| Error::not_found("device"))?;
        self.hide_sharing(device.owner_id, &mut device.sharing);
        Ok(device)
    }

    /// Makes a token that enrols one device. Its secret is answered this once.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Forbidden` for others' devices to all but administrators;
    /// `Conflict` when very many tokens are open.
    pub async fn create_enrollment(&self, new: NewEnrollment) -> Result<Enrollment> {
        self.may(Need::Change)?;
        let owner_id = new.owner_id.unwrap_or(self.actor.user_id);
        if owner_id != self.actor.user_id {
            self.may_own_for(owner_id).await?;
        }
        let mut wrong = Wrong::default();
        wrong.list.extend(
            new.name
                .as_deref()
                .and_then(|name| check_name("/name", name)),
        );
        wrong.list.extend(check_tags("/tags", &new.tags));
        let (usual, least, most) = ENROLLMENT_SECONDS;
        let seconds = new.valid_seconds.unwrap_or(usual);
        if !(least..=most).contains(&seconds) {
            wrong.add(
                "/validSeconds",
                format!("must lie between {least} and {most}"),
                format!("يجب أن يقع بين {least} و{most}"),
            );
        }
        wrong.into_result()?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let secret = SecretKind::Enrollment.secret(random()?);
        let hash = SecretKind::Enrollment
            .hash(&secret)
            .ok_or_else(|| Error::internal("a new secret does not look like one"))?;
        let mut tx = engine.store.db.begin().await?;
        if devices::open_enrollments(&mut tx, self.actor.user_id, now).await? >= MOST_ENROLLMENTS {
            return Err(Error::conflict(
                "enrollment_token",
                format!("{MOST_ENROLLMENTS} tokens are open: wait until some of them have ended"),
            ));
        }
        let token = StoredEnrollment {
            id: devices::next_enrollment_id(&mut tx).await?,
            owner_id,
            created_by: self.actor.user_id,
            device_name: new.name.map(|name| name.trim().to_owned()),
            tags: tidy_tags(new.tags),
            created_at: now,
            expires_at: now + i64::from(seconds) * 1_000_000,
            is_used: false,
        };
        devices::insert_enrollment(&mut tx, &token, &hash.text()).await?;
        let entry = AuditEntry {
            action: "device.enrollment_token_created",
            entity: "enrollment_token",
            entity_id: Some(token.id),
            entity_name: token.device_name.clone(),
            owner_id: Some(owner_id),
            details: json!({ "expiresAt": timestamp(token.expires_at) }),
        };
        audit::record(&mut tx, now, &self.actor, entry).await?;
        tx.commit().await?;
        Ok(Enrollment {
            token: secret,
            expires_at: timestamp(token.expires_at),
        })
    }

    /// Changes a device.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Forbidden` for those with whom it is only shared.
    pub async fn update_device(&self, id: i64, patch: DevicePatch) -> Result<Device> {
        let mut wrong = Wrong::default();
        wrong.list.extend(
            patch
                .name
                .as_deref()
                .and_then(|name| check_name("/name", name)),
        );
        wrong.description(patch.description.as_ref().and_then(|text| text.as_deref()));
        wrong.list.extend(
            patch
                .tags
                .as_deref()
                .and_then(|tags| check_tags("/tags", tags)),
        );
        if let Some(sharing) = &patch.sharing {
            wrong.sharing(sharing);
        }
        wrong.into_result()?;
        let details = json!({ "changed": {
            "name": patch.name.is_some(),
            "description": patch.description.is_some(),
            "tags": patch.tags,
            "sharedWith": patch.sharing.as_ref().map(shared_words),
        } });
        self.change_device(id, "device.updated", details, async |tx, device, _| {
            if let Some(name) = patch.name {
                device.name = name.trim().to_owned();
            }
            if let Some(description) = patch.description {
                device.description = description;
            }
            if let Some(tags) = patch.tags {
                device.tags = tidy_tags(tags);
            }
            if let Some(sharing) = patch.sharing {
                device.sharing = tidy(tx, sharing, device.owner_id).await?;
            }
            Ok(())
        })
        .await
    }

    /// Begins or ends maintenance: a device in maintenance is given no new work.
    ///
    /// # Errors
    /// `Invalid` when `until` is past or the reason does not fit; `Forbidden` for those with whom it is only shared.
    pub async fn set_device_maintenance(
        &self,
        id: i64,
        on: bool,
        until: Option<jiff::Timestamp>,
        reason: Option<String>,
    ) -> Result<Device> {
        let now = self.engine.inner.clock.now_us();
        let mut wrong = Wrong::default();
        wrong.list.extend(
            reason
                .as_deref()
                .and_then(|text| check_text("/reason", text)),
        );
        if on && until.is_some_and(|until| until.as_microsecond() <= now) {
            wrong.add(
                "/until",
                "must be in the future".to_owned(),
                "يجب أن يكون في المستقبل".to_owned(),
            );
        }
        wrong.into_result()?;
        let action = if on {
            "device.maintenance_began"
        } else {
            "device.maintenance_ended"
        };
        let details = json!({ "until": until, "reason": reason });
        self.change_device(id, action, details, async |_, device, now| {
            device.maintenance = on.then(|| Maintenance {
                since: device
                    .maintenance
                    .as_ref()
                    .map_or(timestamp(now), |present| present.since),
                until,
                reason,
            });
            Ok(())
        })
        .await
    }

    /// Suspends a device, or lets it in again after a person has looked. An agent that is let in again is believed
    /// whichever of its copies comes first: who is not sure revokes the device and enrols it anew.
    ///
    /// # Errors
    /// `Conflict` when it was revoked; `Forbidden` for those with whom it is only shared.
    pub async fn set_device_suspended(&self, id: i64, on: bool) -> Result<Device> {
        let action = if on {
            "device.suspended"
        } else {
            "device.resumed"
        };
        let changed = self
            .change_device(id, action, json!({}), async |tx, device, now| {
                if device.revoked_at.is_some() {
                    return Err(Error::conflict(
                        "device",
                        "the device was revoked; enrol it anew",
                    ));
                }
                if !on {
                    devices::forget_links(tx, device.id).await?;
                }
                device.suspension = on.then(|| Suspension {
                    at: timestamp(now),
                    reason: "by_hand".to_owned(),
                });
                Ok(())
            })
            .await?;
        if on {
            self.engine.inner.fleet.dismiss(id, Dismissal::Suspended);
        }
        Ok(changed)
    }

    /// Takes the right to connect from a device's agent, for good. What it was to do ends.
    ///
    /// # Errors
    /// `Forbidden` for those with whom it is only shared.
    pub async fn revoke_device(&self, id: i64) -> Result<Device> {
        let mut ended = Vec::new();
        let changed = self
            .change_device(id, "device.revoked", json!({}), async |tx, device, now| {
                device.revoked_at.get_or_insert(timestamp(now));
                devices::revoke_keys(tx, device.id, now).await?;
                ended = device_orders::end_of_device(tx, device.id, "revoked", now).await?;
                Ok(())
            })
            .await?;
        let fleet = &self.engine.inner.fleet;
        fleet.dismiss(id, Dismissal::Revoked);
        fleet.wake(ended);
        Ok(changed)
    }

    /// Removes a device. Its history stays with the executions; its key never opens the door again.
    ///
    /// # Errors
    /// `Forbidden` for those with whom it is only shared.
    pub async fn delete_device(&self, id: i64) -> Result<()> {
        self.may(Need::Change)?;
        let device = self.managed_device(id).await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let ended = device_orders::end_of_device(&mut tx, id, "removed", now).await?;
        devices::delete(&mut tx, id, now).await?;
        let entry = entry("device.deleted", &device, json!({}));
        audit::record(&mut tx, now, &self.actor, entry).await?;
        tx.commit().await?;
        engine.fleet.dismiss(id, Dismissal::Revoked);
        engine.fleet.wake(ended);
        let news = Announcement::of_device(id, device.owner_id);
        engine.announcer.say(news);
        Ok(())
    }

    /// What a device did last, newest first: all for its owner, their own for those with whom it is shared.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn device_orders(&self, id: i64) -> Result<Vec<DeviceOrder>> {
        let device = self.device(id).await?;
        let engine = &self.engine.inner;
        let own = self
            .actor
            .visible_owner()
            .filter(|user| *user != device.owner_id);
        let now = engine.clock.now_us();
        let db = &engine.store.db;
        let orders = device_orders::of_device(db, id, own, MOST_ORDERS, now).await?;
        Ok(orders.into_iter().map(|stored| stored.order).collect())
    }

    /// What the devices did for an execution: the last order of each.
    ///
    /// # Errors
    /// `NotFound` when the caller does not see the execution.
    pub async fn execution_devices(&self, reference: &str) -> Result<Vec<DeviceOrder>> {
        let execution = self.execution(reference).await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let orders = device_orders::of_execution(&engine.store.db, execution.id, true, now).await?;
        Ok(orders.into_iter().map(|stored| stored.order).collect())
    }

    /// What a device wrote for an execution, after this piece; at most a thousand pieces. Also whether it has ended and
    /// this is the rest.
    ///
    /// # Errors
    /// `NotFound` when the caller does not see the execution, or the device had no part in it.
    pub async fn execution_device_output(
        &self,
        reference: &str,
        device: i64,
        after: i64,
    ) -> Result<(bool, Vec<DeviceOutput>)> {
        let orders = self.execution_devices(reference).await?;
        let order = orders
            .into_iter()
            .find(|order| order.device_id == device)
            .ok_or_else(|| Error::not_found("device"))?;
        let db = &self.engine.inner.store.db;
        let pieces = device_orders::output_after(db, order.id, after, MOST_PIECES).await?;
        let is_rest = i64::try_from(pieces.len()).is_ok_and(|count| count < MOST_PIECES);
        Ok((order.state == OrderState::Ended && is_rest, pieces))
    }

    /// A device that the caller may change.
    async fn managed_device(&self, id: i64) -> Result<Device> {
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let found = devices::find(&engine.store.db, id, self.actor.visible_owner(), now).await?;
        let device = found.ok_or_else(|| Error::not_found("device"))?;
        self.may_manage(device.owner_id)?;
        Ok(device)
    }

    /// Reads, changes, writes, records, and tells the courier.
    async fn change_device(
        &self,
        id: i64,
        action: &'static str,
        details: Value,
        change: impl AsyncFnOnce(&mut Tx, &mut Device, i64) -> Result<()>,
    ) -> Result<Device> {
        self.may(Need::Change)?;
        // Asked before the transaction: who may not, does not wait for a row.
        self.managed_device(id).await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        devices::hold(&mut tx, id).await?;
        let mut device = self.managed_device(id).await?;
        change(&mut tx, &mut device, now).await?;
        device.updated_at = timestamp(now);
        devices::update(&mut tx, &device).await?;
        let entry = entry(action, &device, details);
        audit::record(&mut tx, now, &self.actor, entry).await?;
        tx.commit().await?;
        engine.fleet.hurry();
        let news = Announcement::of_device(id, device.owner_id);
        engine.announcer.say(news);
        self.device(id).await
    }
}

fn entry(action: &'static str, device: &Device, details: Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "device",
        entity_id: Some(device.id),
        entity_name: Some(device.name.clone()),
        owner_id: Some(device.owner_id),
        details,
    }
}

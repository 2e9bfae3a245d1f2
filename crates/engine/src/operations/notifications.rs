//! Channels and rules of notifications: kept, checked, tried out.

use std::collections::HashSet;

use orloj_tasks::{ParameterError, check_template};
use serde_json::{Value, json};

use super::secrets::{Wrong, name_taken, shared_words, tidy};
use crate::background::courier;
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, FieldError, Result};
use crate::model::{
    Channel, ChannelKind, ConnectionTest, NewChannel, NewNotificationRule, NotificationPolicy,
    NotificationRule, Sharing,
};
use crate::rules::secrets::{has_reference, replaced};
use crate::rules::{notify_check, notify_text};
use crate::store::audit::{self, AuditEntry};
use crate::store::notifications;

const MAX_FILTER: usize = 1_000;

impl Caller {
    /// Channels that the caller may use, by name; administrators see all. Settings are only for those who may change
    /// them. Of very many, the first thousand.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn channels(&self) -> Result<Vec<Channel>> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let all = notifications::channels(db, self.actor.visible_owner()).await?;
        Ok(all.into_iter().map(|one| self.shown(one)).collect())
    }

    /// A channel that the caller may use.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else who does not share it.
    pub async fn channel(&self, id: i64) -> Result<Channel> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        notifications::find_channel(db, id, self.actor.visible_owner())
            .await?
            .map(|channel| self.shown(channel))
            .ok_or_else(|| Error::not_found("channel"))
    }

    /// What somebody sees of a channel with whom it is only shared: that it is there.
    fn shown(&self, mut channel: Channel) -> Channel {
        if !self.sees(channel.owner_id) {
            channel.settings = json!({});
            channel.template = None;
            channel.sharing = Sharing::default();
        }
        channel
    }

    /// Makes a channel.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the owner has one of this name.
    pub async fn create_channel(&self, new: NewChannel) -> Result<Channel> {
        self.may(Need::Change)?;
        let owner = self.actor.user_id;
        self.check_channel(owner, &new).await?;
        let engine = &self.engine.inner;
        let now = timestamp(engine.clock.now_us());
        let mut tx = engine.store.db.begin().await?;
        let channel = Channel {
            id: notifications::next_channel_id(&mut tx).await?,
            owner_id: owner,
            name: new.name,
            description: new.description,
            kind: new.kind,
            settings: new.settings,
            language: new.language,
            template: new.template,
            is_enabled: new.is_enabled,
            sharing: tidy(&mut tx, new.sharing, owner).await?,
            created_at: now,
            updated_at: now,
        };
        notifications::write_channel(&mut tx, &channel)
            .await
            .map_err(|error| name_taken(error, "channel"))?;
        let event = channel_entry("channel.created", &channel);
        audit::record(&mut tx, now.as_microsecond(), &self.actor, event).await?;
        tx.commit().await?;
        Ok(channel)
    }

    /// Changes a channel: `edit` makes what it shall be out of what it is. Its kind stays.
    ///
    /// # Errors
    /// As [`Caller::create_channel`]; `NotFound`; `Forbidden` for those with whom it is only shared.
    pub async fn update_channel(
        &self,
        id: i64,
        edit: impl FnOnce(NewChannel) -> NewChannel + Send,
    ) -> Result<Channel> {
        self.may(Need::Change)?;
        let before = self.channel(id).await?;
        self.may_manage(before.owner_id)?;
        let kind = before.kind;
        let mut new = edit(NewChannel {
            name: before.name.clone(),
            description: before.description.clone(),
            kind,
            settings: before.settings.clone(),
            language: before.language,
            template: before.template.clone(),
            is_enabled: before.is_enabled,
            sharing: before.sharing.clone(),
        });
        new.kind = kind;
        self.check_channel(before.owner_id, &new).await?;
        let engine = &self.engine.inner;
        let now = timestamp(engine.clock.now_us());
        let mut tx = engine.store.db.begin().await?;
        let channel = Channel {
            name: new.name,
            description: new.description,
            settings: new.settings,
            language: new.language,
            template: new.template,
            is_enabled: new.is_enabled,
            sharing: tidy(&mut tx, new.sharing, before.owner_id).await?,
            updated_at: now,
            ..before
        };
        notifications::write_channel(&mut tx, &channel)
            .await
            .map_err(|error| name_taken(error, "channel"))?;
        let event = channel_entry("channel.updated", &channel);
        audit::record(&mut tx, now.as_microsecond(), &self.actor, event).await?;
        tx.commit().await?;
        Ok(channel)
    }

    /// Deletes a channel. Rules that name it tell nobody through it from then on.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for those with whom it is only shared.
    pub async fn delete_channel(&self, id: i64) -> Result<()> {
        self.may(Need::Change)?;
        let channel = self.channel(id).await?;
        self.may_manage(channel.owner_id)?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        notifications::delete_channel(&mut tx, id).await?;
        let event = channel_entry("channel.deleted", &channel);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await
    }

    /// Sends a test message through a channel, also through one that is switched off.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for those with whom it is only shared. That it does not arrive is no error, but the answer.
    pub async fn test_channel(&self, id: i64) -> Result<ConnectionTest> {
        self.may(Need::Change)?;
        let channel = self.channel(id).await?;
        self.may_manage(channel.owner_id)?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let payload = notify_text::sample(&timestamp(now).to_string());
        let uuid = crate::rules::ids::instance_uuid(now, rand::random::<u128>());
        let sent = courier::send(engine, &channel, &uuid, 1, &payload, None).await;
        let mut tx = engine.store.db.begin().await?;
        let mut event = channel_entry("channel.tested", &channel);
        event.details = json!({ "works": sent.works });
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(ConnectionTest {
            works: sent.works,
            message_ar: if sent.works {
                "أُرسلت الرسالة التجريبية".to_owned()
            } else {
                format!("لم تُرسل الرسالة التجريبية: {}", sent.message)
            },
            message: sent.message,
        })
    }

    async fn check_channel(&self, owner: i64, new: &NewChannel) -> Result<()> {
        let mut wrong = Wrong::default();
        wrong.name(&new.name);
        wrong.description(new.description.as_deref());
        wrong.sharing(&new.sharing);
        let template = new.template.clone().unwrap_or_default();
        for (field, text) in [
            ("subject", template.subject),
            ("text", template.text),
            ("html", template.html),
        ] {
            if let Some(Err(reason)) = text.map(|text| check_template(&text)) {
                let ar = format!("لا يمكن قراءة القالب: {reason}");
                wrong.add(&format!("/template/{field}"), reason, ar);
            }
        }
        self.check_settings(new.kind, &new.settings, &mut wrong);
        wrong.into_result()?;
        self.check_references(owner, [("/settings".to_owned(), &new.settings)])
            .await
    }

    /// Judges settings as the task function would that sends with them.
    fn check_settings(&self, kind: ChannelKind, settings: &Value, wrong: &mut Wrong) {
        let Some(members) = settings.as_object() else {
            wrong.add(
                "/settings",
                "must be an object".to_owned(),
                "يجب أن يكون كائنًا".to_owned(),
            );
            return;
        };
        let allowed: &[&str] = match kind {
            ChannelKind::Mail => &["connection", "recipients", "replyTo"],
            ChannelKind::Webhook => &["url", "secret"],
            ChannelKind::Slack => &["url"],
        };
        for name in members
            .keys()
            .filter(|name| !allowed.contains(&name.as_str()))
        {
            wrong.add(
                &format!("/settings/{name}"),
                format!("is not known; {} are", allowed.join(", ")),
                format!("غير معروف؛ المعروف: {}", allowed.join("، ")),
            );
        }
        if let Some(secret) = members.get("secret").filter(|secret| !secret.is_null())
            && !has_reference(secret)
        {
            wrong.add(
                "/settings/secret",
                "must refer to a secret: {\"$secret\": \"name\"}".to_owned(),
                "يجب أن يشير إلى سر: {\"$secret\": \"name\"}".to_owned(),
            );
        }
        // What a secret is worth is not known here; an address of nobody stands in for it.
        let known = replaced(settings, &mut |_| {
            Some("https://stand-in.invalid/".to_owned())
        });
        let sample = notify_text::Message {
            subject: "x".to_owned(),
            text: "x".to_owned(),
            html: "x".to_owned(),
        };
        let (key, parameters) = courier::parameters(kind, &known, &sample, &json!({}), None);
        let engine = &self.engine.inner;
        let judged = engine
            .catalogue
            .get(key)
            .map(|function| function.check(&parameters, &engine.config.policy));
        if let Some(Err(errors)) = judged {
            for ParameterError {
                pointer, message, ..
            } in errors
            {
                let (en, ar) = (message.en.into_owned(), message.ar.into_owned());
                wrong.add(&format!("/settings{pointer}"), en, ar);
            }
        }
    }

    /// Rules: an administrator's everybody's, others' their own, by name. Of very many, the first thousand.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn notification_rules(&self) -> Result<Vec<NotificationRule>> {
        self.may(Need::Read)?;
        notifications::rules(&self.engine.inner.store.db, self.actor.visible_owner()).await
    }

    /// A rule.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else.
    pub async fn notification_rule(&self, id: i64) -> Result<NotificationRule> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        notifications::find_rule(db, id, self.actor.visible_owner())
            .await?
            .ok_or_else(|| Error::not_found("rule"))
    }

    /// Makes a rule.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the owner has one of this name; `Forbidden` for rules
    /// for everybody's jobs to all but administrators.
    pub async fn create_notification_rule(
        &self,
        new: NewNotificationRule,
    ) -> Result<NotificationRule> {
        self.may(Need::Change)?;
        self.check_rule(self.actor.user_id, &new).await?;
        let now = timestamp(self.engine.inner.clock.now_us());
        let rule = NotificationRule {
            id: 0,
            owner_id: self.actor.user_id,
            name: new.name,
            is_global: new.is_global,
            is_enabled: new.is_enabled,
            filter: new.filter,
            policy: new.policy,
            created_at: now,
            updated_at: now,
        };
        self.store_rule("notification_rule.created", rule).await
    }

    /// Changes a rule: `edit` makes what it shall be out of what it is.
    ///
    /// # Errors
    /// As [`Caller::create_notification_rule`]; `NotFound`.
    pub async fn update_notification_rule(
        &self,
        id: i64,
        edit: impl FnOnce(NewNotificationRule) -> NewNotificationRule + Send,
    ) -> Result<NotificationRule> {
        self.may(Need::Change)?;
        let before = self.notification_rule(id).await?;
        let new = edit(NewNotificationRule {
            name: before.name.clone(),
            is_global: before.is_global,
            is_enabled: before.is_enabled,
            filter: before.filter.clone(),
            policy: before.policy.clone(),
        });
        self.check_rule(before.owner_id, &new).await?;
        let rule = NotificationRule {
            name: new.name,
            is_global: new.is_global,
            is_enabled: new.is_enabled,
            filter: new.filter,
            policy: new.policy,
            updated_at: timestamp(self.engine.inner.clock.now_us()),
            ..before
        };
        self.store_rule("notification_rule.updated", rule).await
    }

    /// Deletes a rule. What it has decided is still sent.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_notification_rule(&self, id: i64) -> Result<()> {
        self.may(Need::Change)?;
        let rule = self.notification_rule(id).await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        notifications::delete_rule(&mut tx, id).await?;
        let event = rule_entry("notification_rule.deleted", &rule);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        engine.notices.reload(engine).await
    }

    async fn store_rule(
        &self,
        action: &'static str,
        mut rule: NotificationRule,
    ) -> Result<NotificationRule> {
        let engine = &self.engine.inner;
        // Everything that ends from now on is noted, so that nothing slips through while the rule comes into force.
        let _attentive = engine.notices.attentive();
        let mut tx = engine.store.db.begin().await?;
        if rule.id == 0 {
            rule.id = notifications::next_rule_id(&mut tx).await?;
        }
        notifications::write_rule(&mut tx, &rule)
            .await
            .map_err(|error| name_taken(error, "rule"))?;
        let event = rule_entry(action, &rule);
        let now = rule.updated_at.as_microsecond();
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        engine.notices.reload(engine).await?;
        Ok(rule)
    }

    async fn check_rule(&self, owner: i64, new: &NewNotificationRule) -> Result<()> {
        if new.is_global && !self.actor.is_admin() {
            return Err(Error::forbidden(
                "only administrators make and change rules for everybody's jobs",
            ));
        }
        let mut wrong = Wrong::default();
        wrong.name(&new.name);
        let filter = &new.filter;
        for (field, count) in [
            ("jobIds", filter.job_ids.len()),
            ("tags", filter.tags.len()),
            ("taskFunctionKeys", filter.task_functions.len()),
        ] {
            if count > MAX_FILTER {
                wrong.add(
                    &format!("/filter/{field}"),
                    format!("at most {MAX_FILTER}"),
                    format!("{MAX_FILTER} على الأكثر"),
                );
            }
        }
        for (at, key) in filter.task_functions.iter().enumerate() {
            if self.engine.catalogue().get(key).is_none() {
                wrong.add(
                    &format!("/filter/taskFunctionKeys/{at}"),
                    "there is no such task function".to_owned(),
                    "لا توجد مهمة كهذه".to_owned(),
                );
            }
        }
        wrong
            .list
            .extend(notify_check::policy(&new.policy, "/notify"));
        wrong.into_result()?;
        let usable = self.usable_channels(owner).await?;
        let unknown = unknown_channels(&new.policy, "/notify", &usable);
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid_fields(unknown))
        }
    }

    /// Names of the channels that this user's rules and jobs may use.
    pub(super) async fn usable_channels(&self, user: i64) -> Result<HashSet<String>> {
        let db = &self.engine.inner.store.db;
        let all = notifications::channels(db, Some(user)).await?;
        Ok(all.into_iter().map(|channel| channel.name).collect())
    }
}

/// Channels in a policy that are not among these names.
pub(super) fn unknown_channels(
    policy: &NotificationPolicy,
    at: &str,
    usable: &HashSet<String>,
) -> Vec<FieldError> {
    let named = policy.channels.iter().enumerate();
    named
        .filter(|(_, name)| !usable.contains(*name))
        .map(|(place, name)| FieldError {
            pointer: format!("{at}/channels/{place}"),
            message: format!("there is no channel `{name}` that the owner may use"),
            message_ar: Some(format!("لا توجد قناة باسم `{name}` يجوز للمالك استخدامها")),
        })
        .collect()
}

fn channel_entry(action: &'static str, channel: &Channel) -> AuditEntry {
    AuditEntry {
        action,
        entity: "channel",
        entity_id: Some(channel.id),
        entity_name: Some(channel.name.clone()),
        owner_id: Some(channel.owner_id),
        details: json!({ "kind": channel.kind.word(), "sharedWith": shared_words(&channel.sharing) }),
    }
}

fn rule_entry(action: &'static str, rule: &NotificationRule) -> AuditEntry {
    AuditEntry {
        action,
        entity: "notification_rule",
        entity_id: Some(rule.id),
        entity_name: Some(rule.name.clone()),
        owner_id: Some(rule.owner_id),
        details: json!({ "isGlobal": rule.is_global, "isEnabled": rule.is_enabled }),
    }
}

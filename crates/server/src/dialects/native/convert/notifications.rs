//! Channels, rules and deliveries of notifications on their way in and out.

use orloj_engine::model;
use orloj_wire::notifications::{
    Channel, ChannelKind, ChannelLanguage, ChannelTemplate, DeliveryAttempt, DeliveryState,
    NotificationDelivery, NotificationDeliveryPage, NotificationEvent, NotificationFilter,
    NotificationPolicy, NotificationRule, QuietHours, RuleScope,
};

use super::draft::object;

/// A policy.
pub(crate) fn to_policy(policy: model::NotificationPolicy) -> NotificationPolicy {
    NotificationPolicy {
        events: policy.events.into_iter().map(to_event).collect(),
        channels: policy.channels,
        recipients: policy.recipients,
        after_failures: policy.after_failures,
        late_seconds: policy.late_seconds,
        running_seconds: policy.running_seconds,
        dedupe_seconds: policy.dedupe_seconds,
        remind_seconds: policy.remind_seconds,
        quiet_hours: policy.quiet_hours.map(|quiet| QuietHours {
            timezone: quiet.timezone,
            from: quiet.from,
            until: quiet.until,
            critical_passes: quiet.critical_passes,
        }),
    }
}

/// A policy as it was sent.
pub(crate) fn from_policy(policy: NotificationPolicy) -> model::NotificationPolicy {
    let mut events: Vec<model::NotificationEvent> =
        policy.events.into_iter().map(from_event).collect();
    events.sort_unstable();
    events.dedup();
    model::NotificationPolicy {
        events,
        channels: policy.channels,
        recipients: policy.recipients,
        after_failures: policy.after_failures,
        late_seconds: policy.late_seconds,
        running_seconds: policy.running_seconds,
        dedupe_seconds: policy.dedupe_seconds,
        remind_seconds: policy.remind_seconds,
        quiet_hours: policy.quiet_hours.map(|quiet| model::QuietHours {
            timezone: quiet.timezone,
            from: quiet.from,
            until: quiet.until,
            critical_passes: quiet.critical_passes,
        }),
    }
}

fn to_event(event: model::NotificationEvent) -> NotificationEvent {
    match event {
        model::NotificationEvent::Failure => NotificationEvent::Failure,
        model::NotificationEvent::Success => NotificationEvent::Success,
        model::NotificationEvent::Recovery => NotificationEvent::Recovery,
        model::NotificationEvent::Missed => NotificationEvent::Missed,
        model::NotificationEvent::Late => NotificationEvent::Late,
        model::NotificationEvent::LongRunning => NotificationEvent::LongRunning,
        model::NotificationEvent::Lost => NotificationEvent::Lost,
        model::NotificationEvent::Partial => NotificationEvent::Partial,
    }
}

fn from_event(event: NotificationEvent) -> model::NotificationEvent {
    match event {
        NotificationEvent::Failure => model::NotificationEvent::Failure,
        NotificationEvent::Success => model::NotificationEvent::Success,
        NotificationEvent::Recovery => model::NotificationEvent::Recovery,
        NotificationEvent::Missed => model::NotificationEvent::Missed,
        NotificationEvent::Late => model::NotificationEvent::Late,
        NotificationEvent::LongRunning => model::NotificationEvent::LongRunning,
        NotificationEvent::Lost => model::NotificationEvent::Lost,
        NotificationEvent::Partial => model::NotificationEvent::Partial,
    }
}

/// A filter as it was sent.
pub(crate) fn from_filter(filter: NotificationFilter) -> model::NotificationFilter {
    model::NotificationFilter {
        job_ids: filter.job_ids,
        tags: filter.tags,
        task_functions: filter.task_function_keys,
    }
}

/// A rule.
pub(crate) fn to_rule(rule: model::NotificationRule) -> NotificationRule {
    NotificationRule {
        id: rule.id,
        owner_id: rule.owner_id,
        name: rule.name,
        scope: if rule.is_global {
            RuleScope::Everybody
        } else {
            RuleScope::Own
        },
        is_enabled: rule.is_enabled,
        filter: NotificationFilter {
            job_ids: rule.filter.job_ids,
            tags: rule.filter.tags,
            task_function_keys: rule.filter.task_functions,
        },
        notify: to_policy(rule.policy),
        created_at: rule.created_at,
        updated_at: rule.updated_at,
    }
}

/// A channel.
pub(crate) fn to_channel(channel: model::Channel) -> Channel {
    Channel {
        id: channel.id,
        owner_id: channel.owner_id,
        name: channel.name,
        description: channel.description,
        kind: match channel.kind {
            model::ChannelKind::Mail => ChannelKind::Mail,
            model::ChannelKind::Webhook => ChannelKind::Webhook,
            model::ChannelKind::Slack => ChannelKind::Slack,
        },
        settings: object(channel.settings),
        language: match channel.language {
            model::ChannelLanguage::En => ChannelLanguage::En,
            model::ChannelLanguage::Ar => ChannelLanguage::Ar,
        },
        template: channel.template.map(|template| ChannelTemplate {
            subject: template.subject,
            text: template.text,
            html: template.html,
        }),
        is_enabled: channel.is_enabled,
        shared_with: channel.sharing.users,
        shared_with_everybody: channel.sharing.everybody,
        created_at: channel.created_at,
        updated_at: channel.updated_at,
    }
}

/// A kind of channel as it was sent.
pub(crate) fn from_kind(kind: ChannelKind) -> model::ChannelKind {
    match kind {
        ChannelKind::Mail => model::ChannelKind::Mail,
        ChannelKind::Webhook => model::ChannelKind::Webhook,
        ChannelKind::Slack => model::ChannelKind::Slack,
    }
}

/// A language as it was sent.
pub(crate) fn from_language(language: ChannelLanguage) -> model::ChannelLanguage {
    match language {
        ChannelLanguage::En => model::ChannelLanguage::En,
        ChannelLanguage::Ar => model::ChannelLanguage::Ar,
    }
}

/// Own texts as they were sent; empty ones are none.
pub(crate) fn from_template(template: ChannelTemplate) -> Option<model::ChannelTemplate> {
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    let template = model::ChannelTemplate {
        subject: said(template.subject),
        text: said(template.text),
        html: said(template.html),
    };
    (template != model::ChannelTemplate::default()).then_some(template)
}

/// A delivery.
pub(crate) fn to_delivery(delivery: model::NotificationDelivery) -> NotificationDelivery {
    NotificationDelivery {
        id: delivery.id,
        delivery_id: delivery.uuid,
        owner_id: delivery.owner_id,
        rule_id: delivery.rule_id,
        rule_name: delivery.rule_name,
        channel_id: delivery.channel_id,
        channel_name: delivery.channel_name,
        job_name: delivery
            .job_id
            .and(delivery.payload["job"]["name"].as_str())
            .map(str::to_owned),
        job_name_ar: delivery
            .job_id
            .and(delivery.payload["job"]["nameAr"].as_str())
            .map(str::to_owned),
        job_id: delivery.job_id,
        execution_id: delivery.execution,
        event: delivery.event,
        state: match delivery.state {
            model::DeliveryState::Pending => DeliveryState::Pending,
            model::DeliveryState::Sending => DeliveryState::Sending,
            model::DeliveryState::Sent => DeliveryState::Sent,
            model::DeliveryState::Failed => DeliveryState::Failed,
            model::DeliveryState::Held => DeliveryState::Held,
            model::DeliveryState::Summarized => DeliveryState::Summarized,
        },
        attempts: delivery
            .attempts
            .into_iter()
            .map(|attempt| DeliveryAttempt {
                at: attempt.at,
                works: attempt.works,
                message: attempt.message,
            })
            .collect(),
        next_attempt_at: delivery.next_at,
        error_message: delivery.error,
        summary_id: delivery.summary_id,
        created_at: delivery.created_at,
        completed_at: delivery.ended_at,
    }
}

/// A page of deliveries.
pub(crate) fn to_deliveries(
    page: model::Paged<model::NotificationDelivery>,
) -> NotificationDeliveryPage {
    NotificationDeliveryPage {
        total: page.total,
        page: page.page.number,
        per_page: page.page.size,
        total_pages: page.pages(),
        items: page.items.into_iter().map(to_delivery).collect(),
    }
}

//! Channels, rules and deliveries of notifications.

use http::StatusCode;
use serde_json::Value;

use orloj_engine::model::{
    DeliveryFilter, DeliveryState, NewChannel, NewNotificationRule, Sharing,
};
use orloj_wire::notifications::{
    Channel, ChannelCreate, ChannelList, ChannelTest, ChannelUpdate, NotificationDelivery,
    NotificationDeliveryPage, NotificationRule, NotificationRuleCreate, NotificationRuleList,
    NotificationRuleUpdate, RuleScope,
};

use super::convert::notifications::{
    from_filter, from_kind, from_language, from_policy, from_template, to_channel, to_deliveries,
    to_delivery, to_rule,
};
use super::convert::query::page;
use super::query;
use crate::auth::Asked;
use crate::http::access::Access::{Change, Read, Run};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;
use crate::http::query::Query;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// The routes of notifications.
pub(super) fn routes() -> Vec<Route> {
    let mut all = channel_routes();
    all.extend(rule_routes());
    all.extend(vec![
        Route::get("/api/v1/notifications/deliveries", Read, deliveries)
            .named("notifications", "listDeliveries", "List deliveries")
            .about("Newest first: those of one's own rules and jobs, an administrator's everybody's.")
            .query::<query::Deliveries>()
            .answers::<NotificationDeliveryPage>(200),
        Route::get("/api/v1/notifications/deliveries/{id}", Read, delivery)
            .named("notifications", "getDelivery", "Get a delivery")
            .answers::<NotificationDelivery>(200),
        Route::post("/api/v1/notifications/deliveries/{id}/retry", Run, retry)
            .named("notifications", "retryDelivery", "Try a delivery again")
            .about("At once: one that was given up, waits for its next try, or is held for quiet hours.")
            .answers::<NotificationDelivery>(202)
            .or(409, "It was sent, was told in a summary, or is being sent"),
    ]);
    all
}

fn channel_routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/notifications/channels", Read, channels)
            .named("notifications", "listChannels", "List channels")
            .about("One's own and those shared with one; administrators see all. Settings are only for those who may change them.")
            .answers::<ChannelList>(200),
        Route::post("/api/v1/notifications/channels", Change, create_channel)
            .named("notifications", "createChannel", "Make a channel")
            .about("Mail goes through a connection to a mail server, with the rights of the channel's owner. Calls of web addresses obey the same rules as those of jobs; with a `secret` they are signed as Standard Webhooks are (`webhook-id`, `webhook-timestamp`, `webhook-signature`).")
            .takes::<ChannelCreate>()
            .answers::<Channel>(201)
            .or(409, "The owner has one of this name"),
        Route::get("/api/v1/notifications/channels/{id}", Read, channel)
            .named("notifications", "getChannel", "Get a channel")
            .answers::<Channel>(200),
        Route::patch("/api/v1/notifications/channels/{id}", Change, update_channel)
            .named("notifications", "updateChannel", "Update a channel")
            .takes::<ChannelUpdate>()
            .answers::<Channel>(200)
            .or(409, "The owner has one of this name"),
        Route::delete("/api/v1/notifications/channels/{id}", Change, delete_channel)
            .named("notifications", "deleteChannel", "Delete a channel")
            .about("Rules that name it tell nobody through it from then on."),
        Route::post("/api/v1/notifications/channels/{id}/test", Change, test_channel)
            .named("notifications", "testChannel", "Send a test message")
            .answers::<ChannelTest>(200),
    ]
}

fn rule_routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/notifications/rules", Read, rules)
            .named("notifications", "listNotificationRules", "List rules")
            .about("One's own; administrators see all. Rules of single jobs are in the jobs' `notifications`.")
            .answers::<NotificationRuleList>(200),
        Route::post("/api/v1/notifications/rules", Change, create_rule)
            .named("notifications", "createNotificationRule", "Make a rule")
            .about("In force at once on this instance, within two seconds on the others.")
            .takes::<NotificationRuleCreate>()
            .answers::<NotificationRule>(201)
            .or(409, "The owner has one of this name"),
        Route::get("/api/v1/notifications/rules/{id}", Read, rule)
            .named("notifications", "getNotificationRule", "Get a rule")
            .answers::<NotificationRule>(200),
        Route::patch("/api/v1/notifications/rules/{id}", Change, update_rule)
            .named("notifications", "updateNotificationRule", "Update a rule")
            .takes::<NotificationRuleUpdate>()
            .answers::<NotificationRule>(200)
            .or(409, "The owner has one of this name"),
        Route::delete("/api/v1/notifications/rules/{id}", Change, delete_rule)
            .named("notifications", "deleteNotificationRule", "Delete a rule")
            .about("What it has decided is still sent."),
    ]
}

async fn channels(Asked(caller): Asked) -> Answer<Json<ChannelList>> {
    let channels = caller.channels().await?;
    Ok(Json(ChannelList {
        total: channels.len() as u64,
        items: channels.into_iter().map(to_channel).collect(),
    }))
}

async fn create_channel(
    Asked(caller): Asked,
    Json(body): Json<ChannelCreate>,
) -> Answer<(StatusCode, Json<Channel>)> {
    let new = NewChannel {
        name: body.name,
        description: body.description,
        kind: from_kind(body.kind),
        settings: Value::Object(body.settings),
        language: from_language(body.language),
        template: body.template.and_then(from_template),
        is_enabled: body.is_enabled,
        sharing: Sharing {
            users: body.shared_with,
            everybody: body.shared_with_everybody,
        },
    };
    let channel = caller.create_channel(new).await?;
    Ok((StatusCode::CREATED, Json(to_channel(channel))))
}

async fn channel(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Channel>> {
    Ok(Json(to_channel(caller.channel(id).await?)))
}

async fn update_channel(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<ChannelUpdate>,
) -> Answer<Json<Channel>> {
    let edit = move |before: NewChannel| NewChannel {
        name: body.name.unwrap_or(before.name),
        description: body.description.unwrap_or(before.description),
        kind: before.kind,
        settings: body.settings.map_or(before.settings, Value::Object),
        language: body.language.map_or(before.language, from_language),
        template: match body.template {
            Some(template) => template.and_then(from_template),
            None => before.template,
        },
        is_enabled: body.is_enabled.unwrap_or(before.is_enabled),
        sharing: Sharing {
            users: body.shared_with.unwrap_or(before.sharing.users),
            everybody: body
                .shared_with_everybody
                .unwrap_or(before.sharing.everybody),
        },
    };
    Ok(Json(to_channel(caller.update_channel(id, edit).await?)))
}

async fn delete_channel(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.delete_channel(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn test_channel(Asked(caller): Asked, Id(id): Id) -> Answer<Json<ChannelTest>> {
    let test = Box::pin(caller.test_channel(id)).await?;
    Ok(Json(ChannelTest {
        works: test.works,
        message: test.message,
        message_ar: test.message_ar,
    }))
}

async fn rules(Asked(caller): Asked) -> Answer<Json<NotificationRuleList>> {
    let rules = caller.notification_rules().await?;
    Ok(Json(NotificationRuleList {
        total: rules.len() as u64,
        items: rules.into_iter().map(to_rule).collect(),
    }))
}

async fn create_rule(
    Asked(caller): Asked,
    Json(body): Json<NotificationRuleCreate>,
) -> Answer<(StatusCode, Json<NotificationRule>)> {
    let new = NewNotificationRule {
        name: body.name,
        is_global: body.scope == RuleScope::Everybody,
        is_enabled: body.is_enabled,
        filter: from_filter(body.filter),
        policy: from_policy(body.notify),
    };
    let rule = caller.create_notification_rule(new).await?;
    Ok((StatusCode::CREATED, Json(to_rule(rule))))
}

async fn rule(Asked(caller): Asked, Id(id): Id) -> Answer<Json<NotificationRule>> {
    Ok(Json(to_rule(caller.notification_rule(id).await?)))
}

async fn update_rule(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<NotificationRuleUpdate>,
) -> Answer<Json<NotificationRule>> {
    let edit = move |before: NewNotificationRule| NewNotificationRule {
        name: body.name.unwrap_or(before.name),
        is_global: body
            .scope
            .map_or(before.is_global, |scope| scope == RuleScope::Everybody),
        is_enabled: body.is_enabled.unwrap_or(before.is_enabled),
        filter: body.filter.map_or(before.filter, from_filter),
        policy: body.notify.map_or(before.policy, from_policy),
    };
    let rule = caller.update_notification_rule(id, edit).await?;
    Ok(Json(to_rule(rule)))
}

async fn delete_rule(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.delete_notification_rule(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn deliveries(
    Asked(caller): Asked,
    Query(query): Query<query::Deliveries>,
) -> Answer<Json<NotificationDeliveryPage>> {
    let mut states = Vec::new();
    for word in query.state.iter().flat_map(|words| words.split(',')) {
        let state = DeliveryState::from_word(word.trim()).ok_or_else(|| {
            Failure::invalid(
                "/state",
                "the states are pending, sending, sent, failed, held, summarized",
            )
        })?;
        states.push(state);
    }
    let filter = DeliveryFilter {
        states,
        rule_id: query.rule_id,
        channel_id: query.channel_id,
        job_id: query.job_id,
    };
    let page = page(query.page, query.per_page)?;
    Ok(Json(to_deliveries(caller.deliveries(filter, page).await?)))
}

async fn delivery(Asked(caller): Asked, Id(id): Id) -> Answer<Json<NotificationDelivery>> {
    Ok(Json(to_delivery(caller.delivery(id).await?)))
}

async fn retry(
    Asked(caller): Asked,
    Id(id): Id,
) -> Answer<(StatusCode, Json<NotificationDelivery>)> {
    let delivery = caller.retry_delivery(id).await?;
    Ok((StatusCode::ACCEPTED, Json(to_delivery(delivery))))
}

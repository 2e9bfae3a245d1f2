//! Server-sent events: what changes, and logs while they grow.

use axum::body::BodyDataStream;
use futures_util::StreamExt;
use http::Method;
use orloj_engine::model::{DeviceSaid, Role};
use serde_json::json;

use crate::agents::{commander, enrol};
use crate::app::TestApp;

/// Reads a stream until it has said `wanted`; the whole text so far.
async fn until(stream: &mut BodyDataStream, wanted: &str) -> String {
    let mut text = String::new();
    while !text.contains(wanted) {
        let chunk = stream
            .next()
            .await
            .expect("the stream ended early")
            .unwrap();
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    text
}

async fn events(app: &TestApp, token: &str, resume: bool) -> BodyDataStream {
    let mut ask = app
        .ask(Method::GET, "/api/v1/events")
        .token(token)
        .header("accept", "text/event-stream");
    if resume {
        ask = ask.header("last-event-id", "17");
    }
    let response = ask.open().await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response.into_body().into_data_stream()
}

#[tokio::test]
async fn everybody_hears_of_their_own_things_only() {
    let app = TestApp::new().await;
    let mut mine = events(&app, &app.user, false).await;
    let mut everything = events(&app, &app.admin, false).await;
    until(&mut mine, "ping").await;
    let foreign = app.manual_job(&app.admin, "not theirs").await;
    let own = app.manual_job(&app.user, "theirs").await;
    let heard = until(&mut mine, &format!("{{\"jobId\":{own}}}")).await;
    assert!(heard.contains("event: job.changed"), "{heard}");
    assert!(
        !heard.contains(&format!("{{\"jobId\":{foreign}}}")),
        "{heard}"
    );
    until(&mut everything, &format!("{{\"jobId\":{foreign}}}")).await;
    let uuid = app.run(&app.user, own).await;
    let heard = until(&mut mine, "event: log.grew").await;
    assert!(heard.contains("event: execution.changed"), "{heard}");
    assert!(
        heard.contains(&format!("\"executionId\":\"{uuid}\"")),
        "{heard}"
    );
}

#[tokio::test]
async fn who_may_use_a_device_hears_of_it() {
    let app = TestApp::new().await;
    let maryam = commander(&app, app.user_id).await;
    let (basim_id, basim) = app.person("basim", Role::User).await;
    let mut hers = events(&app, &app.user, false).await;
    let mut his = events(&app, &basim, false).await;
    let mut everything = events(&app, &app.admin, false).await;
    let device = enrol(&maryam, "laptop").await;
    let id = device.session.device_id();
    let path = format!("/api/v1/devices/{id}");
    let news = format!("event: device.changed\ndata: {{\"deviceId\":{id}}}");
    until(&mut hers, &news).await;
    until(&mut everything, &news).await;
    let change = json!({"name": "desk"});
    app.ask(Method::PATCH, &path)
        .token(&app.user)
        .json(&change)
        .send()
        .await
        .expect(200);
    until(&mut hers, &news).await;
    // Others hear nothing, until it is shared with them.
    let own = app.manual_job(&basim, "his").await;
    let heard = until(&mut his, &format!("{{\"jobId\":{own}}}")).await;
    assert!(!heard.contains("device.changed"), "{heard}");
    let share = json!({"sharedWith": [basim_id]});
    app.ask(Method::PATCH, &path)
        .token(&app.user)
        .json(&share)
        .send()
        .await
        .expect(200);
    until(&mut his, &news).await;
    until(&mut hers, &news).await;
    // New facts, and that it goes.
    let facts = json!({"hostname": "desk", "os": "linux"});
    device.session.say(DeviceSaid::Facts(facts)).await.unwrap();
    until(&mut his, &news).await;
    device.session.close().await;
    until(&mut his, &news).await;
    let now = app.get(&basim, &path).await.expect(200);
    assert_eq!(
        (&now["status"], &now["facts"]["hostname"]),
        (&json!("offline"), &json!("desk"))
    );
    app.delete(&app.user, &path).await.expect(204);
    for _ in 0..3 {
        until(&mut hers, &news).await;
    }
}

#[tokio::test]
async fn resuming_asks_for_everything_again_and_stopping_ends_the_stream() {
    let app = TestApp::new().await;
    let mut stream = events(&app, &app.user, true).await;
    let text = until(&mut stream, "resumed").await;
    assert!(text.contains("event: resync"), "{text}");
    app.closing.cancel();
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_log_is_followed_to_its_end() {
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "followed").await;
    let uuid = app.run(&app.user, job).await;
    let follow = |from: Option<&'static str>| {
        let mut ask = app
            .ask(
                Method::GET,
                &format!("/api/v1/scheduler/executions/{uuid}/logs?follow=true"),
            )
            .token(&app.user)
            .header("accept", "text/event-stream");
        if let Some(line) = from {
            ask = ask.header("last-event-id", line);
        }
        ask.send()
    };
    let whole = follow(None).await.text();
    assert!(
        whole.contains("event: line") && whole.contains("id: 1") && whole.contains("event: end"),
        "{whole}"
    );
    let rest = follow(Some("1")).await.text();
    assert!(!rest.contains("id: 1\n"), "{rest}");
    assert!(rest.contains("event: end"), "{rest}");
    let missing = app
        .ask(
            Method::GET,
            "/api/v1/scheduler/executions/424242/logs?follow=true",
        )
        .token(&app.user)
        .header("accept", "text/event-stream")
        .send()
        .await;
    missing.problem(404);
    assert_eq!(json!(app.closing.is_cancelled()), json!(false));
}

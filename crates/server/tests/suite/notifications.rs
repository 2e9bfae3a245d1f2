//! Notifications that really arrive: at a web server that checks the signature, and at a mail server over TLS.

use hmac::{Hmac, KeyInit, Mac};
use rcgen::CertificateParams;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::app::TestApp;
use crate::mail_server::{MailServer, Protection};
use crate::web_server::{Received, WebServer, answer, tls};

const CHANNELS: &str = "/api/v1/notifications/channels";
const RULES: &str = "/api/v1/notifications/rules";
const DELIVERIES: &str = "/api/v1/notifications/deliveries";
const SECRET: &str = "not-to-be-seen-4711";

/// A job that fails at once, with these rules of its own.
async fn failing(app: &TestApp, name: &str, notifications: Value) -> i64 {
    let body = json!({
        "taskFunctionKey": "webhook", "nameEn": name, "nameAr": "مهمة", "manual": true,
        "parameters": { "url": "http://127.0.0.1:1/" }, "notifications": notifications,
    });
    let job = app
        .post(&app.admin, "/api/v1/scheduler/jobs", body)
        .await
        .expect(201);
    assert_eq!(
        job["notifications"].as_array().map(Vec::len),
        notifications.as_array().map(Vec::len)
    );
    job["id"].as_i64().unwrap()
}

/// The newest delivery, once it has come to this state and was tried.
async fn delivered(app: &TestApp, state: &str) -> Value {
    app.until("the delivery is recorded", async || {
        let page = app.get(&app.admin, DELIVERIES).await.expect(200);
        let newest = &page["items"][0];
        // One that waits for its first try is pending too.
        newest["state"] == state && newest["attempts"][0].is_object()
    })
    .await;
    app.get(&app.admin, DELIVERIES).await.expect(200)["items"][0].clone()
}

fn signature(received: &Received) -> String {
    use base64::Engine as _;
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let id = received.header("webhook-id").unwrap();
    let at = received.header("webhook-timestamp").unwrap();
    mac.update(format!("{id}.{at}.{}", received.body).as_bytes());
    let sum = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    format!("v1,{sum}")
}

#[tokio::test]
async fn a_receiver_verifies_the_signature_and_sees_a_repetition() {
    // The first message is refused for the moment.
    let receiver =
        WebServer::start(|_, number| answer(if number == 2 { 503 } else { 200 }, &[], "ok")).await;
    let app = TestApp::reaching(vec![receiver.address.to_string()]).await;
    app.post(
        &app.admin,
        "/api/v1/secrets",
        json!({ "name": "hook", "value": SECRET }),
    )
    .await
    .expect(201);
    let channel = json!({
        "name": "hook", "kind": "webhook",
        "settings": { "url": receiver.url("/in"), "secret": { "$secret": "hook" } },
    });
    let channel = app.post(&app.admin, CHANNELS, channel).await.expect(201);
    assert_eq!(channel["settings"]["secret"], json!({ "$secret": "hook" }));
    let path = format!("{CHANNELS}/{}", channel["id"]);
    let test = app
        .post(&app.admin, &format!("{path}/test"), json!({}))
        .await
        .expect(200);
    assert_eq!(test["works"], true, "{test}");
    let job = failing(
        &app,
        "Broken",
        json!([{ "events": ["failure"], "channels": ["hook"] }]),
    )
    .await;
    app.run(&app.admin, job).await;
    let waiting = delivered(&app, "pending").await;
    assert_eq!(waiting["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(waiting["nextAttemptAt"], "2026-03-02T10:00:30Z");
    let retry = format!("{DELIVERIES}/{}/retry", waiting["id"]);
    app.post(&app.user, &retry, json!({})).await.problem(404);
    app.post(&app.viewer, &retry, json!({})).await.problem(403);
    app.post(&app.admin, &retry, json!({})).await.expect(202);
    let sent = delivered(&app, "sent").await;
    assert_eq!(
        (
            &sent["event"],
            &sent["jobName"],
            &sent["jobId"],
            &sent["ruleId"]
        ),
        (
            &json!("failure"),
            &json!("Broken"),
            &json!(job),
            &Value::Null
        )
    );
    app.post(&app.admin, &retry, json!({})).await.problem(409);
    let got = receiver.requests();
    assert_eq!(got.len(), 3);
    for received in &got {
        assert_eq!(
            received.header("webhook-signature"),
            Some(signature(received).as_str())
        );
    }
    assert_eq!(got[1].header("webhook-id"), sent["deliveryId"].as_str());
    assert_eq!(got[1].header("webhook-id"), got[2].header("webhook-id"));
    let body: Value = serde_json::from_str(&got[2].body).unwrap();
    assert_eq!(
        (
            &body["event"],
            &body["job"]["name"],
            &body["title"],
            &body["status"]
        ),
        (
            &json!("failure"),
            &json!("Broken"),
            &json!("Failed: Broken"),
            &json!("failed")
        )
    );
    // Nobody finds the secret anywhere.
    for path in [path.as_str(), DELIVERIES] {
        assert!(!app.get(&app.admin, path).await.text().contains(SECRET));
    }
    let only = app
        .get(&app.admin, &format!("{DELIVERIES}?state=sent&job_id={job}"))
        .await
        .expect(200);
    assert_eq!(only["total"], 1);
    app.get(&app.admin, &format!("{DELIVERIES}?state=x"))
        .await
        .problem(422);
}

#[tokio::test]
async fn mail_arrives_over_tls_in_arabic() {
    let (acceptor, pem) = tls(CertificateParams::new(vec!["localhost".to_owned()]).unwrap());
    let server = MailServer::start(Protection::Tls(acceptor)).await;
    let app = TestApp::new().await;
    let connection = json!({
        "name": "post", "kind": "smtp",
        "settings": {
            "host": "localhost", "port": server.address.port(), "security": "tls", "from": "orloj@example.com",
            "caCertificate": pem, "allowPrivateAddresses": true,
        },
    });
    app.post(&app.admin, "/api/v1/connections", connection)
        .await
        .expect(201);
    let channel = json!({
        "name": "mail", "kind": "mail", "language": "ar",
        "settings": { "connection": "post", "recipients": ["ops@example.com"] },
        "template": { "subject": "[{{ event }}] {{ job.name }}" },
    });
    app.post(&app.admin, CHANNELS, channel).await.expect(201);
    let rule = json!({ "name": "all", "scope": "everybody", "notify": { "events": ["failure"], "channels": ["mail"], "recipients": ["boss@example.com"] } });
    app.post(&app.user, RULES, rule.clone()).await.problem(403);
    app.post(&app.admin, RULES, rule).await.expect(201);
    let job = failing(&app, "Broken", json!([])).await;
    app.run(&app.admin, job).await;
    let sent = delivered(&app, "sent").await;
    let mails = server.mails();
    let [mail] = mails.as_slice() else {
        panic!("one mail: {mails:?}");
    };
    assert!(mail.protected);
    assert_eq!(mail.to, ["boss@example.com"]);
    let id = mail.header("Message-ID").unwrap();
    assert!(id.contains(sent["deliveryId"].as_str().unwrap()), "{id}");
    assert!(mail.data.contains("text/html") && mail.data.contains("text/plain"));
    assert!(
        mail.header("Subject")
            .is_some_and(|subject| subject.contains("=?utf-8?"))
    );
}

#[tokio::test]
async fn private_addresses_and_mistakes_are_refused() {
    let app = TestApp::new().await;
    let refused = async |path: &str, body: Value| {
        let problem = app.post(&app.user, path, body).await.problem(422);
        let errors = problem["errors"].as_array().unwrap().clone();
        errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let hook =
        |kind: &str, url: &str| json!({ "name": "x", "kind": kind, "settings": { "url": url } });
    for kind in ["webhook", "slack"] {
        assert_eq!(
            refused(CHANNELS, hook(kind, "http://127.0.0.1:2/")).await,
            ["/settings/url"]
        );
        assert_eq!(
            refused(CHANNELS, hook(kind, "ftp://example.com/")).await,
            ["/settings/url"]
        );
    }
    let rule = |notify: Value| json!({ "name": "r", "notify": notify });
    assert_eq!(
        refused(
            RULES,
            rule(json!({ "events": ["late"], "channels": ["none"] }))
        )
        .await,
        ["/notify/lateSeconds"]
    );
    assert_eq!(
        refused(
            RULES,
            rule(json!({ "events": ["failure"], "channels": ["none"] }))
        )
        .await,
        ["/notify/channels/0"]
    );
    let channel = app
        .post(
            &app.user,
            CHANNELS,
            hook("webhook", "https://hooks.example.com/"),
        )
        .await
        .expect(201);
    let path = format!("{CHANNELS}/{}", channel["id"]);
    app.get(&app.viewer, &path).await.problem(404);
    assert_eq!(app.get(&app.admin, CHANNELS).await.expect(200)["total"], 1);
    let changed = app
        .ask(http::Method::PATCH, &path)
        .token(&app.user)
        .json(&json!({ "isEnabled": false, "template": { "text": "{{ error }}" } }))
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&changed["isEnabled"], &changed["template"]["text"]),
        (&json!(false), &json!("{{ error }}"))
    );
    let rule = app
        .post(
            &app.user,
            RULES,
            rule(json!({ "events": ["failure", "failure"], "channels": ["x"] })),
        )
        .await
        .expect(201);
    assert_eq!(rule["notify"]["events"], json!(["failure"]));
    let rule_path = format!("{RULES}/{}", rule["id"]);
    let changed = app
        .ask(http::Method::PATCH, &rule_path)
        .token(&app.user)
        .json(&json!({ "isEnabled": false }))
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&changed["isEnabled"], &changed["notify"]),
        (&json!(false), &rule["notify"])
    );
    app.delete(&app.user, &rule_path).await.expect(204);
    app.delete(&app.user, &path).await.expect(204);
    app.get(&app.user, &path).await.problem(404);
}

#[tokio::test]
async fn whom_the_dynamic_scheduler_tells_is_told() {
    let receiver = WebServer::start(|_, _| answer(200, &[], "ok")).await;
    let app = TestApp::reaching(vec![receiver.address.to_string()]).await;
    let channel =
        json!({ "name": "hook", "kind": "slack", "settings": { "url": receiver.url("/in") } });
    app.post(&app.admin, CHANNELS, channel).await.expect(201);
    let job = json!({
        "name": "Call", "template_type": "webhook_trigger", "parameters": { "url": "http://127.0.0.1:1/", "max_retries": 0 },
        "schedule": { "type": "interval", "interval_seconds": 3600 }, "retry_policy": { "max_retries": 0, "retry_delay_seconds": 1 },
        "notifications": { "on_failure": ["hook", "nobody@example.com"], "on_success": [] },
    });
    let made = app.post(&app.admin, "/api/admin/scheduler/jobs", job).await;
    let made = made.json();
    assert_eq!(
        made["job"]["notifications"]["on_failure"],
        json!(["hook", "nobody@example.com"]),
        "{made}"
    );
    let native = app
        .get(&app.admin, "/api/v1/scheduler/jobs")
        .await
        .expect(200)["items"][0]
        .clone();
    assert_eq!(native["notifications"].as_array().unwrap().len(), 1);
    app.run(&app.admin, native["id"].as_i64().unwrap()).await;
    delivered(&app, "sent").await;
    let body: Value = serde_json::from_str(&receiver.requests()[0].body).unwrap();
    assert_eq!(body["text"], "Failed: Call");
}

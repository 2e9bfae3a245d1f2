//! Connections tried out against the real servers: what is right is accepted, what is not says what is wrong.

use orloj_tasks::{Policy, try_connection};
use serde_json::{Value, json};

use crate::celery_amqp::Rabbit;
use crate::celery_task::Programs;
use crate::databases::databases;
use crate::mail_server::{MailServer, Protection};
use crate::object_store::Moto;
use crate::ports::free_port;
use crate::web_server::{WebServer, answer, tls};

/// A value that no refusal may repeat.
const WRONG: &str = "canary-wrong-password";

/// Tries settings, and the same with other values; the second must fail, in both languages and without its password.
async fn try_both(settings: &Value, wrong: Value) -> String {
    let policy = Policy::default();
    let good = try_connection(settings, &policy).await;
    assert!(good.is_ok(), "{settings}: {good:?}");
    let mut other = settings.clone();
    for (name, value) in wrong.as_object().expect("an object") {
        other[name] = value.clone();
    }
    let refused = try_connection(&other, &policy)
        .await
        .expect_err("wrong settings");
    let (en, ar) = (refused.en.to_string(), refused.ar.to_string());
    assert!(!en.is_empty() && !ar.is_empty() && en != ar, "{refused:?}");
    assert!(!en.contains(WRONG) && !ar.contains(WRONG), "{refused:?}");
    en
}

#[tokio::test]
async fn databases_are_opened() {
    for database in databases().await {
        let wrong = match database.settings["type"].as_str() {
            Some("sqlite") => json!({ "path": "/nowhere/canary.db" }),
            _ => json!({ "database": "nowhere", "password": WRONG }),
        };
        try_both(&database.settings, wrong).await;
        database.remove().await;
    }
}

#[tokio::test]
async fn mail_servers_let_in() {
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("params");
    let (acceptor, pem) = tls(params);
    let server = MailServer::start(Protection::StartTls(acceptor)).await;
    let settings = json!({
        "type": "smtp", "host": "localhost", "port": server.address.port(), "security": "starttls",
        "username": "orloj", "password": "secret", "from": "orloj@example.org", "caCertificate": pem,
        "allowPrivateAddresses": true,
    });
    try_both(&settings, json!({ "password": WRONG })).await;
    assert!(server.mails().is_empty(), "nothing is sent");
}

#[tokio::test]
async fn web_services_are_asked() {
    let server = WebServer::start(|request, _| {
        let is_known = request.header("authorization") == Some("Bearer right");
        answer(if is_known { 204 } else { 401 }, &[], "")
    })
    .await;
    let settings = json!({
        "type": "http", "url": server.url("/"), "token": "right", "allowPrivateAddresses": true,
    });
    let said = try_both(&settings, json!({ "token": WRONG })).await;
    assert!(said.contains("refuses who asks"), "{said}");
    let said = try_both(&settings, json!({ "allowPrivateAddresses": false })).await;
    assert!(said.contains("private"), "{said}");
    assert_eq!(server.count(), 3, "a closed address is not asked");
}

#[tokio::test]
async fn object_stores_open_their_bucket() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    try_both(&moto.settings(), json!({ "bucket": "nowhere" })).await;
}

#[tokio::test]
async fn redis_lets_in() {
    let Some(redis) = Programs::redis().await else {
        return;
    };
    try_both(&redis.settings(), json!({ "password": WRONG })).await;
    try_both(&redis.settings(), json!({ "port": free_port() })).await;
}

#[tokio::test]
async fn rabbitmq_lets_in() {
    let Some(rabbit) = Rabbit::start().await else {
        return;
    };
    let said = try_both(&rabbit.settings(), json!({ "password": WRONG })).await;
    assert!(said.contains("wrong name, password"), "{said}");
    try_both(&rabbit.settings(), json!({ "virtualHost": "nowhere" })).await;
}

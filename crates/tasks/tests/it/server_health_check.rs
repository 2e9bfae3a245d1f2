use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use orloj_tasks::{
    CancelReason, Cause, CleanupReport, HistoryCleanup, Outcome, ServerAddress, Services, Status,
};
use rcgen::CertificateParams;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Host, problems};
use crate::web_server::{WebServer, answer};

fn open_host() -> Host {
    let mut host = Host::new();
    host.policy.allow_private_addresses = true;
    host
}

async fn check(parameters: Value) -> Outcome {
    let mut parameters = parameters;
    if parameters.get("attempts").is_none() {
        parameters["attempts"] = json!(1);
    }
    open_host().run("server_health_check", parameters).await
}

/// A port on which nobody listens.
async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a certificate ends by the world's clock"
)]
fn certificate(days: u64) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("params");
    params.not_after = (SystemTime::now() + Duration::from_secs(days * 86_400 + 3_600)).into();
    params
}

#[tokio::test]
async fn servers_that_answer_are_up() {
    let web = WebServer::start(|_, _| answer(204, &[], "")).await;
    let port = web.address.port();
    let outcome = check(json!({ "targets": [
        { "name": "site", "url": web.url("/health?key=hidden") },
        { "url": web.url("/head"), "method": "HEAD", "expectedStatus": [204] },
        { "host": "127.0.0.1", "port": port },
        { "host": "localhost", "port": port },
    ] }))
    .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    assert_eq!(outcome.records_processed, Some(4));
    let result = outcome.result.expect("a result");
    assert_eq!((&result["up"], &result["down"]), (&json!(4), &json!(0)));
    let site = &result["servers"][0];
    assert_eq!(site["name"], "site");
    assert_eq!(site["state"], "up");
    assert_eq!(site["httpStatus"], 204);
    assert!(site["latencyMs"].is_u64());
    assert!(!result.to_string().contains("hidden"));
    assert_eq!(
        web.requests()[0].first_line(),
        "GET /health?key=hidden HTTP/1.1"
    );
    assert_eq!(web.requests()[1].first_line(), "HEAD /head HTTP/1.1");
}

#[tokio::test]
async fn one_that_is_down_fails_the_run_unless_all_must_be() {
    let web = WebServer::start(|_, _| answer(200, &[], "")).await;
    let port = closed_port().await;
    let targets = json!([
        { "name": "site", "url": web.url("/") },
        { "name": "gone", "host": "127.0.0.1", "port": port },
    ]);
    let outcome = check(json!({ "targets": targets })).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.failure.expect("a failure").cause, Cause::Network);
    assert!(outcome.errors[0].starts_with("gone: "));
    assert!(outcome.retryable);
    let result = outcome.result.expect("a result");
    assert_eq!(result["servers"][1]["state"], "down");
    let outcome = check(json!({ "targets": targets, "failWhen": "all" })).await;
    assert_eq!(outcome.status, Status::Partial);
    let outcome = check(json!({ "targets": [targets[1]], "failWhen": "all" })).await;
    assert_eq!(outcome.status, Status::Failed);
}

#[tokio::test]
async fn an_unexpected_status_is_down() {
    let web = WebServer::start(|_, _| answer(503, &[], "")).await;
    let outcome = check(json!({ "targets": [{ "url": web.url("/") }] })).await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::HttpStatus(503)
    );
}

#[tokio::test]
async fn a_second_look_may_find_it_up() {
    let web =
        WebServer::start(|_, number| answer(if number == 1 { 503 } else { 200 }, &[], "")).await;
    let outcome = check(json!({ "targets": [{ "url": web.url("/") }], "attempts": 2 })).await;
    assert_eq!(outcome.status, Status::Success);
    assert_eq!(web.requests().len(), 2);
}

#[tokio::test]
async fn silence_is_down_after_the_time_limit() {
    let web = WebServer::start(|_, _| None).await;
    let outcome = check(json!({ "targets": [{ "url": web.url("/") }], "timeoutSeconds": 1 })).await;
    assert_eq!(outcome.failure.expect("a failure").cause, Cause::Timeout);
}

#[tokio::test]
async fn a_slow_answer_is_a_warning() {
    let web = WebServer::start(|_, _| {
        std::thread::sleep(Duration::from_millis(60));
        answer(200, &[], "")
    })
    .await;
    let outcome =
        check(json!({ "targets": [{ "name": "slow", "url": web.url("/") }], "warnLatencyMs": 20 }))
            .await;
    assert_eq!(outcome.status, Status::Partial);
    assert!(outcome.warnings[0].starts_with("slow: the answer took"));
    assert_eq!(
        outcome.result.expect("a result")["servers"][0]["state"],
        "degraded"
    );
}

#[tokio::test]
async fn certificates_are_looked_at() {
    let server = WebServer::start_tls(|_, _| answer(200, &[], ""), certificate(5)).await;
    let port = server.address.port();
    let by_url = json!({ "name": "site", "url": format!("https://localhost:{port}/") });
    let by_port = json!({ "name": "port", "host": "localhost", "port": port, "tls": true });
    for target in [&by_url, &by_port] {
        let outcome = check(json!({ "targets": [target] })).await;
        assert_eq!(outcome.status, Status::Failed, "nobody vouches for it");
        assert!(
            outcome.errors[0].contains("certificate"),
            "{:?}",
            outcome.errors
        );
    }
    let outcome = check(json!({ "targets": [by_url, by_port], "verifyTls": false })).await;
    assert_eq!(outcome.status, Status::Partial, "{outcome:?}");
    let result = outcome.result.expect("a result");
    for index in [0, 1] {
        let seen = &result["servers"][index]["certificate"];
        assert_eq!(seen["daysLeft"], 5);
        assert_eq!(seen["trusted"], false);
    }
    assert!(
        outcome
            .warnings
            .iter()
            .any(|warning| warning == "port: the certificate ends in 5 days")
    );
    let outcome = check(json!({ "targets": [{ "host": "localhost", "port": port, "tls": true }], "verifyTls": false, "certificateWarnDays": 5 })).await;
    assert_eq!(
        outcome.warnings,
        ["localhost: the certificate is not trusted"]
    );
}

#[tokio::test]
async fn closed_addresses_get_no_connection() {
    let web = WebServer::start(|_, _| answer(200, &[], "")).await;
    let port = web.address.port();
    let host = Host::new();
    for target in [
        json!({ "host": "127.0.0.1", "port": port }),
        json!({ "host": "localhost", "port": port }),
        json!({ "host": "::ffff:127.0.0.1", "port": port }),
        json!({ "host": "[::1]", "port": port, "tls": true }),
        json!({ "url": web.url("/") }),
    ] {
        let parameters = json!({ "targets": [target], "attempts": 1 });
        assert_eq!(
            problems(&host, "server_health_check", &parameters)[0].1,
            "address",
            "{target}"
        );
        let outcome = host.run("server_health_check", parameters).await;
        assert_eq!(
            outcome.failure.expect("a failure").cause,
            Cause::InvalidParameters
        );
    }
    assert_eq!(web.count(), 0);
}

#[test]
fn targets_are_checked() {
    let host = Host::new();
    for (parameters, pointer) in [
        (json!({}), "/targets"),
        (json!({ "targets": [] }), "/targets"),
        (
            json!({ "targets": [{ "host": "a b", "port": 1 }] }),
            "/targets/0/host",
        ),
        (
            json!({ "targets": [{ "url": "ftp://example.com" }] }),
            "/targets/0/url",
        ),
        (
            json!({ "targets": [{ "url": "nonsense" }] }),
            "/targets/0/url",
        ),
        (
            json!({ "targets": [{ "host": "example.com" }] }),
            "/targets/0",
        ),
        (
            json!({ "targets": [{ "host": "example.com", "port": 70000 }] }),
            "/targets/0",
        ),
        (
            json!({ "targets": [{ "host": "example.com", "port": 1, "url": "https://example.com" }] }),
            "/targets/0",
        ),
        (json!({ "serverIds": [0] }), "/serverIds/0"),
    ] {
        assert_eq!(
            problems(&host, "server_health_check", &parameters)[0].0,
            pointer,
            "{parameters}"
        );
    }
    assert_eq!(
        problems(
            &host,
            "server_health_check",
            &json!({ "targets": [{ "host": "example.com", "port": 22 }] })
        ),
        []
    );
}

/// A host with registered servers.
struct Registered(Vec<ServerAddress>);

#[async_trait]
impl Services for Registered {
    async fn cleanup_history(&self, _: &HistoryCleanup) -> Result<CleanupReport, String> {
        Err("not here".to_owned())
    }

    async fn servers(&self, ids: &[i64]) -> Result<Vec<ServerAddress>, String> {
        let found: Vec<_> = self
            .0
            .iter()
            .filter(|server| ids.contains(&server.id))
            .cloned()
            .collect();
        if found.len() == ids.len() {
            Ok(found)
        } else {
            Err("there is no such server".to_owned())
        }
    }
}

#[tokio::test]
async fn registered_servers_are_looked_at() {
    let web = WebServer::start(|_, _| answer(200, &[], "")).await;
    let mut host = open_host();
    host.services = Arc::new(Registered(vec![
        ServerAddress {
            id: 1,
            name: "by port".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: Some(web.address.port()),
            url: None,
        },
        ServerAddress {
            id: 2,
            name: "by address".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: None,
            url: Some(web.url("/")),
        },
    ]));
    let outcome = host
        .run("server_health_check", json!({ "serverIds": [1, 2] }))
        .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    assert_eq!(
        outcome.result.expect("a result")["servers"][1]["name"],
        "by address"
    );
    let outcome = host
        .run("server_health_check", json!({ "serverIds": [1, 3] }))
        .await;
    assert_eq!(
        outcome.failure.expect("a failure").message.en,
        "there is no such server"
    );
    let outcome = open_host()
        .run("server_health_check", json!({ "serverIds": [7] }))
        .await;
    assert!(
        outcome
            .failure
            .expect("a failure")
            .message
            .en
            .contains("servers 7")
    );
}

#[tokio::test]
async fn a_stop_ends_the_looking() {
    let web = WebServer::start(|_, _| None).await;
    let host = open_host();
    let looking = host.run(
        "server_health_check",
        json!({ "targets": [{ "url": web.url("/") }], "timeoutSeconds": 120 }),
    );
    let stop = async {
        crate::harness::until("it is asked", || !web.requests().is_empty()).await;
        host.canceller.cancel(CancelReason::Cancelled);
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        outcome = looking => outcome,
        () = stop => unreachable!(),
    };
    assert_eq!(outcome.status, Status::Cancelled);
}

use std::time::{Duration, Instant};

use orloj_tasks::{CancelReason, Cause, Outcome, Status};
use serde_json::{Value, json};

use crate::harness::{Host, problems};
use crate::web_server::{WebServer, answer};

/// A host whose jobs may call this machine.
fn open_host() -> Host {
    let mut host = Host::new();
    host.policy.allowed_hosts = vec!["127.0.0.0/8".to_owned(), "localhost".to_owned()];
    host
}

async fn call(server: &WebServer, parameters: Value) -> Outcome {
    let mut parameters = parameters;
    if parameters.get("url").is_none() {
        parameters["url"] = json!(server.url("/hook"));
    }
    open_host().run("webhook", parameters).await
}

fn cause(outcome: &Outcome) -> Cause {
    outcome.failure.as_ref().expect("a failure").cause
}

#[tokio::test]
async fn every_method_arrives_as_chosen() {
    let server = WebServer::start(|_, _| answer(200, &[], "ok")).await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let outcome = call(&server, json!({ "method": method })).await;
        assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    }
    let lines: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.first_line().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "GET /hook HTTP/1.1",
            "POST /hook HTTP/1.1",
            "PUT /hook HTTP/1.1",
            "PATCH /hook HTTP/1.1",
            "DELETE /hook HTTP/1.1"
        ]
    );
    let requests = server.requests();
    assert_eq!(requests[0].header("idempotency-key"), None);
    assert_eq!(
        requests[1].header("idempotency-key"),
        Some("0198c0de-0000-7000-8000-000000000001")
    );
    assert!(
        requests[1]
            .header("user-agent")
            .expect("one")
            .starts_with("Orloj/")
    );
}

#[tokio::test]
async fn placeholders_are_filled_in_everywhere() {
    let server = WebServer::start(|_, _| answer(204, &[], "")).await;
    let outcome = call(
        &server,
        json!({
            "url": format!("{}?fixed=1", server.url("/jobs/{{ job.id }}")),
            "query": { "due": "{{ scheduledAt }}", "n": 5, "odd": "a&b=c d" },
            "headers": { "X-Job": "{{ job.name }}", "x-team": "{{ params.team }}" },
            "json": { "job": { "id": "{{ job.id }}" }, "text": "try {{ attempt }}", "team": "{{ params }}" },
            "params": { "team": "ops" },
        }),
    )
    .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let request = &server.requests()[0];
    assert_eq!(
        request.first_line(),
        "POST /jobs/17?fixed=1&due=2026-03-01T02%3A30%3A00Z&n=5&odd=a%26b%3Dc+d HTTP/1.1"
    );
    assert_eq!(request.header("x-team"), Some("ops"));
    assert_eq!(request.header("x-job"), Some("nightly تقرير"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        serde_json::from_str::<Value>(&request.body).expect("json"),
        json!({ "job": { "id": 17 }, "text": "try 2", "team": { "team": "ops" } })
    );
}

#[tokio::test]
async fn text_and_form_bodies() {
    let server = WebServer::start(|_, _| answer(200, &[], "")).await;
    call(&server, json!({ "body": "{{ raw", "templates": false })).await;
    call(
        &server,
        json!({ "body": "<a>{{ attempt }}</a>", "headers": { "Content-Type": "application/xml" } }),
    )
    .await;
    call(&server, json!({ "form": { "a b": "c&d", "n": 1 } })).await;
    let requests = server.requests();
    assert_eq!(requests[0].body, "{{ raw");
    assert_eq!(
        requests[0].header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(requests[1].body, "<a>2</a>");
    assert_eq!(requests[1].header("content-type"), Some("application/xml"));
    assert_eq!(requests[2].body, "a+b=c%26d&n=1");
    assert_eq!(
        requests[2].header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
}

#[tokio::test]
async fn sign_in_is_sent_and_not_shown() {
    let server = WebServer::start(|_, _| answer(200, &[], "")).await;
    let host = open_host();
    for (auth, expected) in [
        (
            json!({ "type": "basic", "username": "ann", "password": "pä:ss" }),
            "Basic YW5uOnDDpDpzcw==",
        ),
        (
            json!({ "type": "bearer", "token": "top-secret" }),
            "Bearer top-secret",
        ),
    ] {
        let url = format!("{}?key=hidden", server.url("/"));
        let outcome = host
            .run("webhook", json!({ "url": url, "auth": auth }))
            .await;
        let requests = server.requests();
        assert_eq!(
            requests[requests.len() - 1].header("authorization"),
            Some(expected)
        );
        let shown = format!("{outcome:?}{:?}", host.texts());
        for secret in ["top-secret", "pä:ss", "hidden", "YW5u"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn the_answer_is_the_result() {
    let server = WebServer::start(|_, _| {
        answer(
            201,
            &[
                "X-Id: 5",
                "Set-Cookie: session=secret",
                "X-Two: a",
                "X-Two: b",
            ],
            "{\"made\":true}",
        )
    })
    .await;
    let outcome = call(&server, json!({})).await;
    let result = outcome.result.expect("a result");
    assert_eq!(result["status"], 201);
    assert_eq!(result["body"], "{\"made\":true}");
    assert_eq!(result["truncated"], false);
    assert_eq!(result["attempts"], 1);
    assert!(result["latencyMs"].is_u64());
    assert_eq!(result["headers"]["x-id"], "5");
    assert_eq!(result["headers"]["x-two"], "a, b");
    assert_eq!(result["headers"]["set-cookie"], "(not kept)");
    assert_eq!(result["address"], server.address.to_string());
}

#[tokio::test]
async fn a_long_answer_is_cut() {
    let server = WebServer::start(|_, _| answer(200, &[], &"é".repeat(100_000))).await;
    let outcome = call(&server, json!({ "responseCapBytes": 1001 })).await;
    let result = outcome.result.expect("a result");
    assert_eq!(result["truncated"], true);
    assert!(result["body"].as_str().expect("text").len() <= 1003);
    let mut host = open_host();
    host.policy.max_response_bytes = 10;
    let outcome = host
        .run(
            "webhook",
            json!({ "url": server.url("/"), "responseCapBytes": 1000 }),
        )
        .await;
    assert_eq!(outcome.result.expect("a result")["body"], "ééééé");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_kept_as_text() {
    let server = WebServer::start(|_, _| {
        Some(b"HTTP/1.1 200 X\r\nContent-Length: 3\r\nConnection: close\r\n\r\na\xff\0".to_vec())
    })
    .await;
    let outcome = call(&server, json!({})).await;
    assert_eq!(
        outcome.result.expect("a result")["body"],
        "a\u{fffd}\u{fffd}"
    );
}

#[tokio::test]
async fn the_expected_status_decides() {
    let server = WebServer::start(|request, _| {
        let status = request
            .first_line()
            .split(['/', ' '])
            .nth(2)
            .expect("a status");
        answer(status.parse().expect("a number"), &[], "because")
    })
    .await;
    for (status, expected, success, retryable) in [
        (200, json!(null), true, false),
        (299, json!(null), true, false),
        (300, json!(null), false, false),
        (404, json!(null), false, false),
        (404, json!([200, 404]), true, false),
        (418, json!(["400-420"]), true, false),
        (200, json!([204]), false, false),
        (429, json!(null), false, true),
        (503, json!(null), false, true),
    ] {
        let mut parameters = json!({ "url": server.url(&format!("/{status}")) });
        if !expected.is_null() {
            parameters["expectedStatus"] = expected.clone();
        }
        let outcome = call(&server, parameters).await;
        assert_eq!(
            outcome.status == Status::Success,
            success,
            "{status} {expected}"
        );
        assert_eq!(outcome.retryable, retryable, "{status}");
        if !success {
            assert_eq!(cause(&outcome), Cause::HttpStatus(status));
            let failure = outcome.failure.expect("a failure");
            assert_eq!(failure.detail.as_deref(), Some("because"));
            assert_eq!(outcome.result.expect("a result")["status"], status);
        }
    }
}

#[tokio::test]
async fn further_attempts_wait_longer_each_time() {
    let server = WebServer::start(|_, number| {
        if number < 4 {
            answer(503, &[], "")
        } else {
            answer(200, &[], "fine")
        }
    })
    .await;
    let start = Instant::now();
    let outcome = call(
        &server,
        json!({ "retries": { "count": 3, "initialSeconds": 0.1, "maxSeconds": 0.25 } }),
    )
    .await;
    let took = start.elapsed();
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    assert_eq!(outcome.result.expect("a result")["attempts"], 4);
    // 0.1 + 0.2 + 0.25
    assert!(took >= Duration::from_millis(550), "{took:?}");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn only_the_named_reasons_lead_to_further_attempts() {
    for (status, on, requests) in [
        (503, json!(["network"]), 1),
        (503, json!([503]), 3),
        (503, json!(["500-502"]), 1),
        (404, json!(["unexpected"]), 3),
        (404, json!(null), 1),
    ] {
        let server = WebServer::start(move |_, _| answer(status, &[], "")).await;
        let mut retries = json!({ "count": 2, "initialSeconds": 0 });
        if !on.is_null() {
            retries["on"] = on.clone();
        }
        call(&server, json!({ "retries": retries })).await;
        assert_eq!(server.requests().len(), requests, "{status} {on}");
    }
}

#[tokio::test]
async fn the_other_side_may_ask_for_a_longer_pause() {
    let server = WebServer::start(|_, number| {
        if number == 1 {
            answer(429, &["Retry-After: 3600"], "")
        } else {
            answer(200, &[], "")
        }
    })
    .await;
    let start = Instant::now();
    call(
        &server,
        json!({ "retries": { "count": 1, "initialSeconds": 0, "maxSeconds": 0.3 } }),
    )
    .await;
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let server = WebServer::start(|_, _| None).await;
    let outcome = call(&server, json!({ "timeoutSeconds": 1 })).await;
    assert_eq!(cause(&outcome), Cause::Timeout);
    assert!(outcome.retryable);
}

#[tokio::test]
async fn nobody_there_is_a_network_failure() {
    let server = WebServer::start(|_, _| None).await;
    let url = server.url("/");
    drop(server);
    let host = open_host();
    let outcome = host
        .run(
            "webhook",
            json!({ "url": url, "retries": { "count": 1, "initialSeconds": 0 } }),
        )
        .await;
    assert_eq!(cause(&outcome), Cause::Network);
    assert_eq!(outcome.result.expect("a result")["attempts"], 2);
}

#[tokio::test]
async fn a_broken_answer_is_a_network_failure() {
    for garbage in [
        "",
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nshort",
    ] {
        let server = WebServer::start(move |_, _| Some(garbage.as_bytes().to_vec())).await;
        let outcome = call(&server, json!({})).await;
        assert_eq!(cause(&outcome), Cause::Network, "{garbage}");
    }
}

#[tokio::test]
async fn a_stop_ends_a_call_and_a_pause() {
    for (reason, status) in [
        (CancelReason::Cancelled, Status::Cancelled),
        (CancelReason::TimedOut, Status::Timeout),
    ] {
        let server = WebServer::start(|_, _| answer(503, &[], "")).await;
        let host = open_host();
        let outcome = host
            .run_and_stop(
                "webhook",
                json!({ "url": server.url("/"), "retries": { "count": 5, "initialSeconds": 600, "maxSeconds": 600 } }),
                "the next follows",
                reason,
            )
            .await;
        assert_eq!(outcome.status, status);
    }
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused_unless_told() {
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("params");
    let server = WebServer::start_tls(|_, _| answer(200, &[], "private"), params).await;
    let url = format!("https://localhost:{}/", server.address.port());
    let host = open_host();
    let outcome = host.run("webhook", json!({ "url": url })).await;
    assert_eq!(cause(&outcome), Cause::Network);
    assert!(server.requests().is_empty());
    let outcome = host
        .run("webhook", json!({ "url": url, "verifyTls": false }))
        .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
}

#[test]
fn bodies_and_sign_ins_do_not_contradict() {
    let host = open_host();
    let found = |parameters: Value| problems(&host, "webhook", &parameters);
    let url = "https://example.com/";
    let contradiction = |pointer: &str| vec![(pointer.to_owned(), "contradiction".to_owned())];
    assert_eq!(
        found(json!({ "url": url, "json": 1, "body": "x" })),
        contradiction("/body")
    );
    assert_eq!(
        found(json!({ "url": url, "body": "x", "form": {} })),
        contradiction("/form")
    );
    assert_eq!(
        found(json!({ "url": url, "method": "GET", "json": {} })),
        contradiction("/json")
    );
    assert_eq!(
        found(
            json!({ "url": url, "headers": { "AUTHORIZATION": "x" }, "auth": { "type": "bearer", "token": "t" } })
        ),
        contradiction("/auth")
    );
    assert_eq!(
        found(json!({ "url": url, "method": "DELETE", "json": {} })),
        []
    );
    for auth in [
        json!({ "type": "bearer" }),
        json!({ "type": "basic", "username": "a" }),
        json!({ "type": "other", "token": "x" }),
        json!({ "type": "bearer", "token": "x", "more": 1 }),
    ] {
        assert_eq!(found(json!({ "url": url, "auth": auth }))[0].0, "/auth");
    }
}

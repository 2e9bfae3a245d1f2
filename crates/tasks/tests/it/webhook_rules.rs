//! What jobs must not reach, and what they must not smuggle in.

use orloj_tasks::{Cause, Status};
use serde_json::{Value, json};

use crate::harness::{Host, problems};
use crate::web_server::{WebServer, answer};

#[test]
fn closed_addresses_are_refused_when_a_job_is_saved() {
    let host = Host::new();
    for (url, code) in [
        ("http://127.0.0.1/", "address"),
        ("http://2130706433/", "address"),
        ("http://0x7f.1/", "address"),
        ("http://[::ffff:127.0.0.1]/", "address"),
        ("http://[64:ff9b::7f00:1]/", "address"),
        ("http://169.254.169.254/latest/meta-data/", "address"),
        ("http://localhost:8080/", "address"),
        ("http://10.1.2.3/{{ job.id }}", "address"),
        ("http://0.0.0.0/", "address"),
        ("http://example.com:25/", "port"),
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("unix:///var/run/docker.sock", "scheme"),
        ("http://user:pass@example.com/", "userinfo"),
        ("not a web address", "url"),
        ("http://{{ params.host }}/", "template"),
        ("{{ params.address }}/path", "template"),
        ("http://example.com{{ params.more }}", "template"),
        ("http://example.com/\r\nX: y", "control"),
        ("http://example.com/{{ 'x' * 9 }}", "template"),
    ] {
        let found = problems(&host, "webhook", &json!({ "url": url }));
        assert_eq!(found, [("/url".to_owned(), code.to_owned())], "{url}");
    }
    assert_eq!(
        problems(
            &host,
            "webhook",
            &json!({ "url": "https://example.com/{{ job.id }}?a={{ attempt }}" })
        ),
        []
    );
}

#[tokio::test]
async fn closed_addresses_get_no_connection() {
    let server = WebServer::start(|_, _| answer(200, &[], "secret")).await;
    let port = server.address.port();
    for name in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "localhost",
        "LOCALHOST",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ] {
        let host = Host::new();
        let outcome = host
            .run(
                "webhook",
                json!({ "url": format!("http://{name}:{port}/") }),
            )
            .await;
        assert_eq!(
            outcome.failure.expect("a failure").cause,
            Cause::InvalidParameters,
            "{name}"
        );
        assert!(!outcome.retryable);
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn an_exception_opens_one_port_and_no_other() {
    let open = WebServer::start(|_, _| answer(200, &[], "")).await;
    let closed = WebServer::start(|_, _| answer(200, &[], "")).await;
    let mut host = Host::new();
    host.policy.allowed_hosts = vec![open.address.to_string()];
    let outcome = host.run("webhook", json!({ "url": open.url("/") })).await;
    assert_eq!(outcome.status, Status::Success);
    let outcome = host.run("webhook", json!({ "url": closed.url("/") })).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(closed.count(), 0);
}

#[tokio::test]
async fn every_hop_of_a_redirect_is_judged() {
    let inner = WebServer::start(|_, _| answer(200, &[], "secret")).await;
    for target in [
        format!("http://localhost:{}/", inner.address.port()),
        format!("http://2130706433:{}/", inner.address.port()),
        format!("http://[::ffff:127.0.0.1]:{}/", inner.address.port()),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://127.0.0.1:6379/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1:70/".to_owned(),
        "http://user:x@example.com/".to_owned(),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let location = format!("Location: {target}");
            let outer = WebServer::start(move |_, _| answer(status, &[&location], "")).await;
            let mut host = Host::new();
            host.policy.allowed_hosts = vec![outer.address.to_string()];
            let outcome = host
                .run(
                    "webhook",
                    json!({ "url": outer.url("/"), "followRedirects": 5 }),
                )
                .await;
            let failure = outcome.failure.expect("a failure");
            assert_eq!(
                failure.cause,
                Cause::InvalidParameters,
                "{target}: {failure:?}"
            );
            assert_eq!(outer.count(), 1);
        }
    }
    assert_eq!(inner.count(), 0);
}

#[tokio::test]
async fn redirects_are_not_followed_unless_wanted_and_not_for_ever() {
    let server =
        WebServer::start(|_, number| answer(302, &[&format!("Location: /{number}")], "")).await;
    let mut host = Host::new();
    host.policy.allow_private_addresses = true;
    let outcome = host.run("webhook", json!({ "url": server.url("/") })).await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::HttpStatus(302)
    );
    assert_eq!(server.requests().len(), 1);
    let outcome = host
        .run(
            "webhook",
            json!({ "url": server.url("/"), "followRedirects": 3 }),
        )
        .await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::HttpStatus(302)
    );
    assert_eq!(outcome.result.expect("a result")["redirects"], 3);
    assert_eq!(server.requests().len(), 1 + 4);
}

#[tokio::test]
async fn another_origin_gets_no_credentials() {
    let other = WebServer::start(|_, _| answer(200, &[], "")).await;
    let location = format!("Location: {}", other.url("/next"));
    let first = WebServer::start(move |_, _| answer(307, &[&location], "")).await;
    let mut host = Host::new();
    host.policy.allow_private_addresses = true;
    let outcome = host
        .run(
            "webhook",
            json!({
                "url": first.url("/"),
                "followRedirects": 1,
                "headers": { "X-Api-Key": "k" },
                "auth": { "type": "bearer", "token": "t" },
                "json": { "a": 1 },
            }),
        )
        .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    assert_eq!(first.requests()[0].header("x-api-key"), Some("k"));
    let request = &other.requests()[0];
    assert_eq!(request.first_line(), "POST /next HTTP/1.1");
    assert_eq!(request.body, "{\"a\":1}");
    for name in [
        "x-api-key",
        "authorization",
        "idempotency-key",
        "x-orloj-execution-id",
        "referer",
    ] {
        assert_eq!(request.header(name), None, "{name}");
    }
}

#[tokio::test]
async fn a_post_that_is_sent_elsewhere_becomes_a_get() {
    let server = WebServer::start(|request, _| {
        if request.first_line().starts_with("POST") {
            answer(303, &["Location: /done"], "")
        } else {
            answer(200, &[], "")
        }
    })
    .await;
    let mut host = Host::new();
    host.policy.allow_private_addresses = true;
    host.run(
        "webhook",
        json!({ "url": server.url("/"), "followRedirects": 1, "json": 1 }),
    )
    .await;
    let last = &server.requests()[1];
    assert_eq!(last.first_line(), "GET /done HTTP/1.1");
    assert_eq!(last.body, "");
    assert_eq!(last.header("content-type"), None);
}

#[test]
fn headers_cannot_split_a_request() {
    let host = Host::new();
    for (name, value, code) in [
        ("X-A", "b\r\nX-Evil: 1", "header_value"),
        ("X-A", "b\nX-Evil: 1", "header_value"),
        ("X-A", "b\rX", "header_value"),
        ("X-A", "\u{0}", "header_value"),
        ("X-A", "\u{7f}", "header_value"),
        ("X A", "b", "header_name"),
        ("X-A:", "b", "header_name"),
        ("X-A\r\nB", "b", "header_name"),
        ("", "b", "header_name"),
        ("عنوان", "b", "header_name"),
        ("Host", "internal", "reserved"),
        ("content-length", "0", "reserved"),
        ("Transfer-Encoding", "chunked", "reserved"),
        ("Connection", "upgrade", "reserved"),
        ("Proxy-Authorization", "x", "reserved"),
        ("X-A", "{{ job.id", "template"),
    ] {
        let found = problems(
            &host,
            "webhook",
            &json!({ "url": "https://example.com/", "headers": { name: value } }),
        );
        assert_eq!(found.len(), 1, "{name}: {value:?}");
        assert_eq!(found[0].1, code, "{name}: {value:?}");
        assert!(found[0].0.starts_with("/headers/"));
    }
    let found = problems(
        &host,
        "webhook",
        &json!({ "url": "https://example.com/", "headers": { "X-a": "1", "x-A": "2" } }),
    );
    assert_eq!(found[0].1, "duplicate");
}

#[tokio::test]
async fn a_placeholder_cannot_split_a_request_either() {
    let server = WebServer::start(|_, _| answer(200, &[], "")).await;
    let mut host = Host::new();
    host.policy.allow_private_addresses = true;
    let outcome = host
        .run(
            "webhook",
            json!({ "url": server.url("/"), "headers": { "X-A": "{{ params.v }}" }, "params": { "v": "b\r\nX-Evil: 1" } }),
        )
        .await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::InvalidParameters
    );
    assert_eq!(server.count(), 0);
    host.run(
        "webhook",
        json!({ "url": format!("{}{}", server.url("/"), "{{ params.v }}"), "params": { "v": "a b\r\nX-Evil: 1" } }),
    )
    .await;
    for request in server.requests() {
        assert_eq!(request.header("x-evil"), None);
    }
}

#[tokio::test]
async fn a_placeholder_cannot_change_the_host() {
    let server = WebServer::start(|_, _| answer(200, &[], "")).await;
    let mut host = Host::new();
    host.policy.allowed_hosts = vec![server.address.to_string()];
    for value in [
        "@example.com/",
        "//example.com",
        "..//..//@x",
        "\\\\example.com",
        "#",
        "?",
    ] {
        let url = format!("{}{}", server.url("/"), "{{ params.v }}");
        let outcome = host
            .run("webhook", json!({ "url": url, "params": { "v": value } }))
            .await;
        assert_eq!(outcome.status, Status::Success, "{value}: {outcome:?}");
    }
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn an_unknown_name_in_a_placeholder_sends_nothing() {
    let server = WebServer::start(|_, _| answer(200, &[], "")).await;
    let mut host = Host::new();
    host.policy.allow_private_addresses = true;
    for parameters in [
        json!({ "json": { "a": "{{ nothing }}" } }),
        json!({ "body": "x {{ params.nothing }}" }),
        json!({ "query": { "a": "{{ secrets.key }}" } }),
        json!({ "json": "{% for a in [1,2,3,4,5,6,7,8,9,0] %}{% for b in [1,2,3,4,5,6,7,8,9,0] %}{% for c in [1,2,3,4,5,6,7,8,9,0] %}{% for d in [1,2,3,4,5,6,7,8,9,0] %}{{ d }}{% endfor %}{% endfor %}{% endfor %}{% endfor %}" }),
    ] {
        let mut parameters: Value = parameters;
        parameters["url"] = json!(server.url("/"));
        let outcome = host.run("webhook", parameters).await;
        assert_eq!(
            outcome.failure.expect("a failure").cause,
            Cause::InvalidParameters
        );
    }
    assert_eq!(server.count(), 0);
}

use std::sync::Arc;

use async_trait::async_trait;
use orloj_tasks::{CancelReason, Cause, CleanupReport, HistoryCleanup, Outcome, Services, Status};
use rcgen::CertificateParams;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Host, problems};
use crate::mail_server::{MailServer, Protection};
use crate::web_server::tls;

/// A host that knows one connection.
struct Connections(Value);

#[async_trait]
impl Services for Connections {
    async fn cleanup_history(&self, _: &HistoryCleanup) -> Result<CleanupReport, String> {
        Err("not here".to_owned())
    }

    async fn connection(&self, name: &str) -> Result<Value, String> {
        if name == "office" {
            Ok(self.0.clone())
        } else {
            Err("there is no such connection".to_owned())
        }
    }
}

fn host_with(settings: Value) -> Host {
    let mut host = Host::new();
    host.services = Arc::new(Connections(settings));
    host
}

fn settings(server: &MailServer, more: Value) -> Value {
    let mut settings = json!({
        "type": "smtp",
        "host": "127.0.0.1",
        "port": server.address.port(),
        "security": "none",
        "from": "Orloj <orloj@example.com>",
        "allowPrivateAddresses": true,
        "somethingOfTheHost": 1,
    });
    for (name, value) in more.as_object().expect("an object") {
        settings[name] = value.clone();
    }
    settings
}

fn mail(more: Value) -> Value {
    let mut mail = json!({
        "connection": "office",
        "recipients": ["ann@example.com"],
        "subject": "Subject",
        "text": "Text",
    });
    for (name, value) in more.as_object().expect("an object") {
        mail[name] = value.clone();
    }
    mail
}

async fn send(server: &MailServer, parameters: Value) -> Outcome {
    host_with(settings(server, json!({})))
        .run("email", mail(parameters))
        .await
}

#[tokio::test]
async fn a_mail_arrives_as_written() {
    let server = MailServer::start(Protection::None).await;
    let outcome = send(
        &server,
        json!({
            "recipients": ["Ann Example <ann@example.com>"],
            "subject": "تقرير {{ job.id }}",
            "text": "Due {{ scheduledAt }}\n.\nlast line {{ params.n }}",
            "params": { "n": 5 },
            "fromName": "Night shift",
            "replyTo": "desk@example.com",
            "priority": "high",
        }),
    )
    .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    assert_eq!(
        outcome.summary.as_ref().map(|text| text.en.as_ref()),
        Some("sent to 1 of 1 recipients")
    );
    assert_eq!(
        (outcome.records_processed, outcome.records_affected),
        (Some(1), Some(1))
    );
    let mail = &server.mails()[0];
    assert_eq!(mail.from, "orloj@example.com");
    assert_eq!(mail.to, ["ann@example.com"]);
    let header = |name: &str| mail.header(name).unwrap_or_default();
    assert!(
        header("From").starts_with("\"Night shift\" <orloj@"),
        "{}",
        header("From")
    );
    assert!(header("To").contains("ann@example.com"));
    assert!(
        header("Subject").starts_with("=?utf-8?"),
        "{}",
        header("Subject")
    );
    assert_eq!(header("Reply-To"), "desk@example.com");
    assert_eq!(header("X-Priority"), "1");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(
        header("Message-ID"),
        "<0198c0de-0000-7000-8000-000000000001.0@example.com>"
    );
    assert!(!header("Date").is_empty());
    assert!(
        mail.data
            .contains("Due 2026-03-01T02:30:00Z\r\n.\r\nlast line 5"),
        "{}",
        mail.data
    );
}

#[tokio::test]
async fn text_html_and_attachments_go_together() {
    let server = MailServer::start(Protection::None).await;
    let outcome = send(
        &server,
        json!({
            "html": "<p>{{ params.name }}</p>",
            "params": { "name": "<script>" },
            "attachments": [
                { "filename": "تقرير.csv", "contentType": "text/csv", "text": "a,b\n" },
                { "filename": "x.bin", "base64": "AAEC" },
            ],
        }),
    )
    .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let data = &server.mails()[0].data;
    for part in [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain; charset=utf-8",
        "text/html; charset=utf-8",
        "text/csv",
        "application/octet-stream",
        "&lt;script&gt;",
        "AAEC",
    ] {
        assert!(data.contains(part), "{part} not in {data}");
    }
    assert!(!data.contains("<script>"));
}

#[tokio::test]
async fn each_recipient_gets_a_mail_of_their_own_over_one_connection() {
    let server = MailServer::start(Protection::None).await;
    let people = ["a@example.com", "b@example.com", "c@example.com"];
    let outcome = send(&server, json!({ "recipients": people })).await;
    assert_eq!(outcome.records_affected, Some(3));
    let mails = server.mails();
    assert_eq!(mails.len(), 3);
    for (mail, person) in mails.iter().zip(people) {
        assert_eq!(mail.to, [person]);
        for other in people {
            assert_eq!(mail.data.contains(other), other == person);
        }
    }
    assert_eq!(server.connections(), 1);
    send(&server, json!({ "recipients": people, "mode": "together" })).await;
    assert_eq!(server.mails()[3].to, people);
}

#[tokio::test]
async fn who_is_refused_does_not_keep_the_others_from_their_mail() {
    let server = MailServer::start(Protection::None).await;
    let outcome = send(
        &server,
        json!({ "recipients": ["a@example.com", "refuse@example.com", "later@example.com", "b@example.com"] }),
    )
    .await;
    assert_eq!(outcome.status, Status::Partial);
    assert!(!outcome.retryable);
    assert_eq!(
        (outcome.records_processed, outcome.records_affected),
        (Some(4), Some(2))
    );
    let result = outcome.result.expect("a result");
    assert_eq!(result["sent"], json!(["a@example.com", "b@example.com"]));
    assert_eq!(result["failed"][0]["address"], "refuse@example.com");
    assert!(
        outcome.errors[0].contains("no such mailbox"),
        "{:?}",
        outcome.errors
    );
}

#[tokio::test]
async fn only_passing_refusals_are_worth_another_attempt() {
    let server = MailServer::start(Protection::None).await;
    for (recipient, retryable) in [("refuse@example.com", false), ("later@example.com", true)] {
        let outcome = send(&server, json!({ "recipients": [recipient] })).await;
        assert_eq!(outcome.status, Status::Failed);
        assert_eq!(
            outcome.failure.as_ref().map(|failure| failure.cause),
            Some(Cause::Other)
        );
        assert_eq!(outcome.retryable, retryable, "{recipient}");
    }
}

#[tokio::test]
async fn protected_connections_sign_in() {
    let params = || CertificateParams::new(vec!["localhost".to_owned()]).expect("params");
    for (security, wrap) in [
        ("starttls", Protection::StartTls as fn(_) -> _),
        ("tls", Protection::Tls as fn(_) -> _),
    ] {
        let (acceptor, pem) = tls(params());
        let server = MailServer::start(wrap(acceptor)).await;
        let base = |more: Value| {
            let mut all = json!({ "host": "localhost", "security": security, "username": "orloj", "password": "secret" });
            for (name, value) in more.as_object().expect("an object") {
                all[name] = value.clone();
            }
            host_with(settings(&server, all))
        };
        let outcome = base(json!({})).run("email", mail(json!({}))).await;
        assert_eq!(
            outcome.status,
            Status::Failed,
            "nobody vouches for the certificate"
        );
        assert!(server.mails().is_empty() && server.sign_ins().is_empty());
        let outcome = base(json!({ "caCertificate": pem }))
            .run("email", mail(json!({})))
            .await;
        assert_eq!(outcome.status, Status::Success, "{security}: {outcome:?}");
        let outcome = base(json!({ "verifyTls": false }))
            .run("email", mail(json!({})))
            .await;
        assert_eq!(outcome.status, Status::Success, "{security}: {outcome:?}");
        assert!(server.mails().iter().all(|mail| mail.protected));
        let host = base(json!({ "verifyTls": false, "password": "wrong-pass" }));
        let outcome = host.run("email", mail(json!({}))).await;
        assert_eq!(outcome.status, Status::Failed);
        let shown = format!("{outcome:?}{:?}", host.texts());
        assert!(shown.contains("wrong name or password"), "{shown}");
        assert!(!shown.contains("wrong-pass"), "{shown}");
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing() {
    let server = MailServer::start(Protection::None).await;
    let host = host_with(settings(
        &server,
        json!({ "security": "starttls", "username": "orloj", "password": "secret" }),
    ));
    let outcome = host.run("email", mail(json!({}))).await;
    assert_eq!(outcome.status, Status::Failed);
    assert!(server.mails().is_empty() && server.sign_ins().is_empty());
}

#[tokio::test]
async fn a_server_that_is_not_there_or_silent_is_asked_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = MailServer::start(Protection::None).await;
    let silent = listener.local_addr().expect("an address").port();
    let people = json!({ "recipients": ["a@example.com", "b@example.com"], "timeoutSeconds": 1 });
    let host = host_with(settings(&server, json!({ "port": silent })));
    let outcome = host.run("email", mail(people.clone())).await;
    assert_eq!(
        outcome.failure.as_ref().map(|failure| failure.cause),
        Some(Cause::Timeout)
    );
    assert_eq!(outcome.errors.len(), 2);
    drop(listener);
    let host = host_with(settings(&server, json!({ "port": silent })));
    let outcome = host.run("email", mail(people)).await;
    assert_eq!(
        outcome.failure.as_ref().map(|failure| failure.cause),
        Some(Cause::Network)
    );
    assert!(outcome.retryable);
}

#[tokio::test]
async fn closed_addresses_get_no_connection() {
    let server = MailServer::start(Protection::None).await;
    let host = host_with(settings(&server, json!({ "allowPrivateAddresses": false })));
    let outcome = host.run("email", mail(json!({}))).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn connections_that_do_not_fit_are_refused_without_showing_them() {
    let server = MailServer::start(Protection::None).await;
    for wrong in [
        json!({ "type": "postgres", "password": "hidden" }),
        json!({ "host": 5, "password": "hidden" }),
        json!({ "from": "nobody", "password": "hidden" }),
        json!({ "security": "magic", "password": "hidden" }),
    ] {
        let host = host_with(settings(&server, wrong));
        let outcome = host.run("email", mail(json!({}))).await;
        assert_eq!(
            outcome.failure.as_ref().map(|failure| failure.cause),
            Some(Cause::InvalidParameters)
        );
        assert!(!format!("{outcome:?}{:?}", host.texts()).contains("hidden"));
    }
    let outcome = Host::new().run("email", mail(json!({}))).await;
    assert!(
        outcome
            .failure
            .expect("a failure")
            .message
            .en
            .contains("office")
    );
}

#[test]
fn addresses_texts_and_attachments_are_checked() {
    let host = Host::new();
    for (more, pointer, code) in [
        (
            json!({ "recipients": ["nobody"] }),
            "/recipients/0",
            "address",
        ),
        (
            json!({ "recipients": ["a@b\r\nBcc: x@y"] }),
            "/recipients/0",
            "address",
        ),
        (
            json!({ "recipients": ["a@example.com>\nRCPT TO:<x@y"] }),
            "/recipients/0",
            "address",
        ),
        (
            json!({ "recipients": ["a@example.com, b@example.com"] }),
            "/recipients/0",
            "address",
        ),
        (
            json!({ "recipients": ["a@example.com", "A <A@example.com>"] }),
            "/recipients/1",
            "duplicate",
        ),
        (json!({ "recipients": [] }), "/recipients", "minItems"),
        (
            json!({ "replyTo": "x" , "subject": "s" }),
            "/replyTo",
            "minLength",
        ),
        (json!({ "replyTo": "x y z" }), "/replyTo", "address"),
        (
            json!({ "subject": "a\r\nBcc: x@example.com" }),
            "/subject",
            "control",
        ),
        (json!({ "subject": "  " }), "/subject", "required"),
        (json!({ "subject": "{{ a * b }}" }), "/subject", "template"),
        (json!({ "fromName": "a\nb" }), "/fromName", "control"),
        (json!({ "text": null }), "/text", "type"),
        (
            json!({ "attachments": [{ "filename": "../x", "text": "" }] }),
            "/attachments/0/filename",
            "filename",
        ),
        (
            json!({ "attachments": [{ "filename": "a\r\nb", "text": "" }] }),
            "/attachments/0/filename",
            "filename",
        ),
        (
            json!({ "attachments": [{ "filename": "a", "contentType": "x", "text": "" }] }),
            "/attachments/0/contentType",
            "content_type",
        ),
        (
            json!({ "attachments": [{ "filename": "a", "base64": "%%" }] }),
            "/attachments/0/base64",
            "base64",
        ),
        (
            json!({ "attachments": [{ "filename": "a" }] }),
            "/attachments/0/text",
            "contradiction",
        ),
    ] {
        assert_eq!(
            problems(&host, "email", &mail(more.clone())),
            [(pointer.to_owned(), code.to_owned())],
            "{more}"
        );
    }
    let mut without = mail(json!({}));
    without.as_object_mut().expect("an object").remove("text");
    assert_eq!(problems(&host, "email", &without)[0].0, "/text");
    without["html"] = json!("<p>");
    assert_eq!(problems(&host, "email", &without), []);
}

#[tokio::test]
async fn a_placeholder_cannot_add_headers() {
    let server = MailServer::start(Protection::None).await;
    let outcome = send(
        &server,
        json!({ "subject": "{{ params.v }}", "params": { "v": "a\r\nBcc: x@example.com" } }),
    )
    .await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::InvalidParameters
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_stop_ends_the_sending() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = MailServer::start(Protection::None).await;
    let port = listener.local_addr().expect("an address").port();
    let host = host_with(settings(&server, json!({ "port": port })));
    let sending = host.run("email", mail(json!({ "timeoutSeconds": 300 })));
    let stop = async {
        let _held = listener.accept().await;
        host.canceller.cancel(CancelReason::Cancelled);
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        outcome = sending => outcome,
        () = stop => unreachable!(),
    };
    assert_eq!(outcome.status, Status::Cancelled);
    assert_eq!(outcome.records_affected, Some(0));
}

use orloj_tasks::{Cause, Status};
use serde_json::{Value, json};

use crate::harness::Host;

#[tokio::test]
async fn nothing_at_all_is_enough() {
    for parameters in [Value::Null, json!({})] {
        let host = Host::new();
        assert!(
            host.function("echo")
                .check(&parameters, &host.policy)
                .is_ok()
        );
        let outcome = host.run("echo", parameters).await;
        assert_eq!(outcome.status, Status::Success);
        assert_eq!(
            outcome.summary.as_ref().map(|text| text.en.as_ref()),
            Some("echo")
        );
        assert_eq!(outcome.result, None);
        assert_eq!(host.texts(), ["echo"]);
    }
}

#[tokio::test]
async fn it_gives_back_what_it_got() {
    let host = Host::new();
    let parameters =
        json!({ "message": "مرحبا", "args": [1, null], "kwargs": { "a": { "b": 2 } } });
    let outcome = host.run("echo", parameters.clone()).await;
    assert_eq!(outcome.result, Some(parameters));
    assert_eq!(host.texts(), ["مرحبا"]);
}

#[tokio::test]
async fn nul_never_gets_through() {
    let host = Host::new();
    let outcome = host
        .run(
            "echo",
            json!({ "message": "a\u{0}b", "kwargs": { "k\u{0}": ["\u{0}"] } }),
        )
        .await;
    assert_eq!(
        outcome.summary.as_ref().map(|text| text.en.as_ref()),
        Some("a\u{fffd}b")
    );
    let everything = serde_json::to_string(&outcome).expect("json") + &host.texts().concat();
    assert!(!everything.contains("\\u0000") && !everything.contains('\0'));
}

#[tokio::test]
async fn wrong_parameters_end_as_a_failure() {
    let host = Host::new();
    let outcome = host.run("echo", json!({ "mesage": "x" })).await;
    assert_eq!(outcome.status, Status::Failed);
    let failure = outcome.failure.expect("a failure");
    assert_eq!(failure.cause, Cause::InvalidParameters);
    assert!(
        failure.message.en.contains("/mesage"),
        "{}",
        failure.message.en
    );
    assert!(!outcome.retryable);
}

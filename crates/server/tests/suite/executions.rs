//! Runs, history, logs, the ledger.

use http::Method;
use serde_json::json;

use crate::app::{TestApp, steady};

const JOBS: &str = "/api/v1/scheduler/jobs";
const EXECUTIONS: &str = "/api/v1/scheduler/executions";

#[tokio::test]
async fn a_run_leaves_history_log_and_attempts() {
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "say hello").await;
    let uuid = app.run(&app.user, job).await;
    let execution = app
        .get(&app.user, &format!("{EXECUTIONS}/{uuid}"))
        .await
        .expect(200);
    assert_eq!(
        (&execution["statusId"], &execution["statusName"]),
        (&json!(3), &json!("success"))
    );
    insta::assert_json_snapshot!("execution", steady(execution.clone()));
    let by_number = app
        .get(&app.user, &format!("{EXECUTIONS}/{}", execution["id"]))
        .await
        .expect(200);
    assert_eq!(by_number["executionId"], execution["executionId"]);
    let history = app
        .get(&app.user, &format!("{JOBS}/{job}/history"))
        .await
        .expect(200);
    insta::assert_json_snapshot!("history", steady(history));
    let all = app
        .get(
            &app.user,
            "/api/v1/scheduler/history?status_id=3&triggered_by=api",
        )
        .await
        .expect(200);
    assert_eq!(all["total"], 1);
    assert_eq!(
        app.get(&app.user, "/api/v1/scheduler/history?status=failed,timeout")
            .await
            .expect(200)["total"],
        0
    );
    let log = app
        .get(&app.user, &format!("{EXECUTIONS}/{uuid}/logs"))
        .await
        .expect(200);
    insta::assert_json_snapshot!("log", log);
    let attempts = app
        .get(&app.user, &format!("{EXECUTIONS}/{uuid}/attempts"))
        .await
        .expect(200);
    insta::assert_json_snapshot!("attempts", steady(attempts));
    let file = app
        .get(&app.user, &format!("{EXECUTIONS}/{uuid}/logs/download"))
        .await;
    assert_eq!(file.header("content-type"), "text/plain; charset=utf-8");
    assert!(file.text().contains("hello"), "{}", file.text());
}

#[tokio::test]
async fn the_whole_history_is_read_piece_by_piece() {
    const FEED: &str = "/api/v1/scheduler/history/feed";
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "say hello").await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(app.run(&app.user, job).await);
    }
    let first = app
        .get(&app.user, &format!("{FEED}?limit=2&job_id={job}"))
        .await
        .expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    assert_eq!(first["items"][1]["executionId"], next);
    let rest = app
        .get(&app.user, &format!("{FEED}?limit=2&after={next}"))
        .await
        .expect(200);
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], serde_json::Value::Null);
    let none = app
        .get(&app.user, &format!("{FEED}?status=failed"))
        .await
        .expect(200);
    assert_eq!(none, json!({ "items": [], "next": null }));
    for (query, name) in [
        ("limit=0", "?limit"),
        ("limit=101", "?limit"),
        ("status=odd", "?status"),
        ("page=2", "?page"),
        ("after=0198c0de-0000-7000-8000-000000000001", "?after"),
        ("after=", "?after"),
    ] {
        let problem = app
            .get(&app.user, &format!("{FEED}?{query}"))
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["pointer"], name, "{query}");
    }
}

#[tokio::test]
async fn runs_with_parameters_keys_and_reruns() {
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "say").await;
    let run = async |key: &str, body: serde_json::Value| {
        app.ask(Method::POST, &format!("{JOBS}/{job}/run"))
            .token(&app.user)
            .header("idempotency-key", key)
            .json(&body)
            .send()
            .await
    };
    let first = run("k1", json!({"parameters": {"message": "once"}}))
        .await
        .expect(202);
    app.engine.settle().await;
    let again = run("k1", json!({"parameters": {"message": "once"}}))
        .await
        .expect(202);
    assert_eq!(first["executionId"], again["executionId"]);
    assert_eq!(first["parameters"], json!({"message": "once"}));
    run(&"k".repeat(201), json!({})).await.problem(400);
    let uuid = first["executionId"].as_str().unwrap();
    let rerun = app
        .ask(Method::POST, &format!("{EXECUTIONS}/{uuid}/rerun"))
        .token(&app.user)
        .send()
        .await
        .expect(202);
    assert_eq!(
        (&rerun["triggeredBy"], &rerun["parameters"]),
        (&json!("rerun"), &json!({"message": "once"}))
    );
    app.engine.settle().await;
    app.post(&app.user, &format!("{EXECUTIONS}/{uuid}/cancel"), json!({}))
        .await
        .problem(409);
    let bad = app
        .post(
            &app.user,
            &format!("{JOBS}/{job}/run"),
            json!({"parameters": {"message": 7}}),
        )
        .await
        .problem(422);
    assert_eq!(bad["errors"][0]["pointer"], "/parameters/message");
}

#[tokio::test]
async fn what_a_run_says_of_itself_has_both_languages() {
    let app = TestApp::new().await;
    let job = async |name: &str, body: serde_json::Value| {
        let mut all = json!({"nameEn": name, "manual": true});
        all.as_object_mut()
            .unwrap()
            .extend(body.as_object().unwrap().clone());
        let made = app.post(&app.admin, JOBS, all).await.expect(201);
        made["id"].as_i64().unwrap()
    };
    let ended = async |job: i64| {
        let uuid = app.run(&app.admin, job).await;
        app.get(&app.admin, &format!("{EXECUTIONS}/{uuid}"))
            .await
            .expect(200)
    };
    let good = job(
        "good",
        json!({"taskFunctionKey": "script", "parameters": {"script": "true"}}),
    );
    let good = ended(good.await).await;
    assert_eq!(
        (&good["resultSummary"], &good["resultSummaryAr"]),
        (&json!("exit code 0"), &json!("رمز الخروج 0"))
    );
    // What somebody wrote is in no language of ours.
    let echo = ended(app.manual_job(&app.admin, "echo").await).await;
    assert_eq!(
        (&echo["resultSummary"], &echo["resultSummaryAr"]),
        (&json!("hello"), &json!(null))
    );
    let bad = job(
        "bad",
        json!({
            "taskFunctionKey": "script", "parameters": {"script": "exit 3"},
            "retryPolicy": {"maxAttempts": 2, "delaySeconds": 0},
        }),
    );
    let bad = ended(bad.await).await;
    assert_eq!(
        (&bad["errorMessage"], &bad["errorMessageAr"]),
        (&json!("exit code 3"), &json!("رمز الخروج 3"))
    );
    let uuid = bad["executionId"].as_str().unwrap();
    let attempts = app
        .get(&app.admin, &format!("{EXECUTIONS}/{uuid}/attempts"))
        .await
        .expect(200);
    let first = &attempts[0];
    assert_eq!(first["errorMessageAr"], "رمز الخروج 3", "{attempts}");
    let found = app
        .get(
            &app.admin,
            "/api/v1/scheduler/history?search=%D8%B1%D9%85%D8%B2%20%D8%A7%D9%84%D8%AE%D8%B1%D9%88%D8%AC%203",
        )
        .await
        .expect(200);
    assert_eq!(found["total"], 1, "{found}");
    let dashboard = app
        .get(&app.admin, "/api/v1/scheduler/stats/dashboard")
        .await
        .expect(200);
    assert_eq!(dashboard["failures"][0]["messageAr"], "رمز الخروج 3");
}

#[tokio::test]
async fn the_ledger_says_what_was_decided() {
    let app = TestApp::new().await;
    let body = json!({"taskFunctionKey": "echo", "intervalSeconds": 10, "parameters": {"message": "tick"}});
    let job = app.post(&app.user, JOBS, body).await.expect(201)["id"].clone();
    for lines in 1..=2 {
        app.advance_until_decided(&app.user, &job, 10, lines).await;
    }
    app.post(
        &app.user,
        &format!("{JOBS}/{job}/action"),
        json!({"action": "pause", "reason": "holiday"}),
    )
    .await
    .expect(200);
    app.advance_until_decided(&app.user, &job, 10, 3).await;
    let fires = app
        .get(&app.user, &format!("{JOBS}/{job}/fires"))
        .await
        .expect(200);
    insta::assert_json_snapshot!(steady(fires));
    let skipped = app
        .get(
            &app.user,
            &format!("{JOBS}/{job}/fires?disposition=skipped"),
        )
        .await
        .expect(200);
    assert_eq!(skipped["items"][0]["reason"], "paused");
    let problem = app
        .get(
            &app.user,
            &format!("{JOBS}/{job}/fires?disposition=exploded"),
        )
        .await
        .problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "?disposition");
}

#[tokio::test]
async fn logs_are_read_in_parts() {
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "log").await;
    let uuid = app.run(&app.user, job).await;
    let logs = format!("{EXECUTIONS}/{uuid}/logs");
    let whole = app.get(&app.user, &logs).await.expect(200);
    let total = whole["total"].as_i64().unwrap();
    assert!(total >= 1, "{whole}");
    assert_eq!(whole["complete"], true);
    let rest = app
        .get(&app.user, &format!("{logs}?after={total}"))
        .await
        .expect(200);
    assert_eq!(rest["lines"], json!([]));
    let last = app
        .get(&app.user, &format!("{logs}?tail=true&limit=1"))
        .await
        .expect(200);
    assert_eq!(last["lines"][0]["number"], total);
    let found = app
        .get(&app.user, &format!("{logs}?search=HELLO"))
        .await
        .expect(200);
    assert_eq!(found["lines"].as_array().unwrap().len(), 1);
    for (query, name) in [
        ("limit=0", "?limit"),
        ("limit=1001", "?limit"),
        ("levels=loud", "?levels"),
        ("after=-1", "?after"),
        ("before=0", "?before"),
    ] {
        let problem = app
            .get(&app.user, &format!("{logs}?{query}"))
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["pointer"], name);
    }
    app.get(&app.user, &format!("{logs}?follow=true"))
        .await
        .problem(406);
}

#[tokio::test]
async fn cleaning_up_is_the_administrators() {
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "old").await;
    app.run(&app.user, job).await;
    app.clock.advance_seconds(20 * 86_400);
    app.post(&app.user, "/api/v1/scheduler/cleanup", json!({}))
        .await
        .problem(403);
    let done = app
        .post(
            &app.admin,
            "/api/v1/scheduler/cleanup",
            json!({"retentionDays": 10}),
        )
        .await
        .expect(200);
    assert_eq!(
        done,
        json!({"deletedCount": 1, "message": "Cleaned up 1 execution records older than 10 days"})
    );
    app.ask(Method::POST, "/api/v1/scheduler/cleanup")
        .token(&app.admin)
        .send()
        .await
        .expect(200);
    app.post(
        &app.admin,
        "/api/v1/scheduler/cleanup",
        json!({"retentionDays": 0}),
    )
    .await
    .problem(422);
}

//! Bad requests: each a clear 4xx, none a 500.

use http::Method;
use serde_json::json;

use crate::app::TestApp;

const JOBS: &str = "/api/v1/scheduler/jobs";

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let app = TestApp::new().await;
    let send = async |content_type: &str, body: &'static str| {
        app.ask(Method::POST, JOBS)
            .token(&app.user)
            .raw(content_type, body)
            .send()
            .await
    };
    insta::assert_json_snapshot!(
        "broken_json",
        send("application/json", "{\"taskFunctionId\": ")
            .await
            .problem(400)
    );
    insta::assert_json_snapshot!("not_json", send("text/plain", "{}").await.problem(415));
    send("application/json", "").await.problem(400);
    send("application/json", "{} trailing").await.problem(400);
    send("application/json", "{\"priority\": 1e999}")
        .await
        .problem(400);
    send("application/json", "[]").await.problem(422);
    send("application/json", "null").await.problem(422);
    send("application/json; charset=utf-8", "{}")
        .await
        .problem(422);
    send(
        "application/json",
        "{\"taskFunctionId\": 1, \"taskFunctionId\": 2}",
    )
    .await
    .problem(422);
    let deep = format!(
        "{{\"parameters\": {}1{}}}",
        "{\"a\":".repeat(300),
        "}".repeat(300)
    );
    app.ask(Method::POST, JOBS)
        .token(&app.user)
        .raw("application/json", deep)
        .send()
        .await
        .problem(400);
    let no_type = app.ask(Method::POST, JOBS).token(&app.user).send().await;
    no_type.problem(415);
}

#[tokio::test]
async fn members_that_are_wrong_are_pointed_at() {
    let app = TestApp::new().await;
    let bad = [
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "colour": "red"}),
            "/colour",
        ),
        (
            json!({"taskFunctionId": "one", "intervalMinutes": 5}),
            "/taskFunctionId",
        ),
        (
            json!({"taskFunctionId": 987_654, "intervalMinutes": 5}),
            "/taskFunctionId",
        ),
        (
            json!({"taskFunctionKey": "no_such_thing", "intervalMinutes": 5}),
            "/taskFunctionKey",
        ),
        (json!({"intervalMinutes": 5}), "/taskFunctionId"),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "maxInstances": 0}),
            "/maxInstances",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "maxInstances": 11}),
            "/maxInstances",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "maxInstances": 1.5}),
            "/maxInstances",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "misfireGraceTime": -1}),
            "/misfireGraceTime",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "isEnabled": "yes"}),
            "/isEnabled",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "priority": 99_999_999_999_i64}),
            "/priority",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "nameEn": "x".repeat(256)}),
            "/nameEn",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "nameEn": "nul \u{0} nul"}),
            "/nameEn",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "parameters": []}),
            "/parameters",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "timezone": "Nowhere/Land"}),
            "/timezone",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "retryPolicy": {"maxAttempts": 0}}),
            "/retryPolicy/maxAttempts",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "retryPolicy": {"retries": 3}}),
            "/retryPolicy/retries",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "timeoutSeconds": 0}),
            "/timeoutSeconds",
        ),
        (
            json!({"taskFunctionId": 1, "intervalMinutes": 5, "overlap": "explode"}),
            "/overlap",
        ),
        (
            json!({"taskFunctionId": 1, "cronExpression": "61 * * * *"}),
            "/cronExpression",
        ),
        (
            json!({"taskFunctionId": 1, "runAt": "2026-13-01T00:00:00Z"}),
            "/runAt",
        ),
        (
            json!({"taskFunctionKey": "echo", "intervalMinutes": 5, "parameters": {"nonsense": true}}),
            "/parameters/nonsense",
        ),
    ];
    for (body, pointer) in bad {
        let problem = app.post(&app.user, JOBS, body.clone()).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body} {problem}");
        assert_eq!(problem["error_type"], "validation_error");
    }
}

#[tokio::test]
async fn query_parameters_that_are_wrong_are_named() {
    let app = TestApp::new().await;
    for (query, name) in [
        ("page=0", "?page"),
        ("page=-1", "?page"),
        ("page=abc", "?page"),
        ("per_page=101", "?per_page"),
        ("per_page=0", "?per_page"),
        ("per_page=99999999999999", "?per_page"),
        ("is_enabled=maybe", "?is_enabled"),
        ("job_type_id=8", "?job_type_id"),
        ("job_type_id=1&job_type=cron", "?job_type"),
        ("page=1&page=2", "?page"),
        ("colour=red", "?colour"),
        ("search=%00", "?search"),
        ("sort=beauty", "?sort"),
    ] {
        let problem = app
            .get(&app.user, &format!("{JOBS}?{query}"))
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["pointer"], name, "{query} {problem}");
    }
    let problem = app
        .get(&app.user, "/api/v1/scheduler/history?from_date=tomorrow")
        .await
        .problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "?from_date");
    app.get(&app.user, "/api/v1/scheduler/status?verbose=1")
        .await
        .problem(422);
    app.get(&app.user, &format!("{JOBS}?page=4294967295&per_page=100"))
        .await
        .expect(200);
}

#[tokio::test]
async fn what_is_not_there() {
    let app = TestApp::new().await;
    for path in [
        "/api/v1/nothing",
        "/api",
        "/api/v2/scheduler/jobs",
        "/assets/nothing.js",
    ] {
        app.get(&app.user, path).await.problem(404);
    }
    for id in [
        "0",
        "-1",
        "abc",
        "1e3",
        "99999999999999999999",
        "%00",
        "1%2F2",
    ] {
        app.get(&app.user, &format!("{JOBS}/{id}"))
            .await
            .problem(404);
        app.get(&app.user, &format!("/api/v1/scheduler/executions/{id}"))
            .await
            .problem(404);
    }
    app.get(
        &app.user,
        "/api/v1/scheduler/executions/01890000-0000-7000-8000-000000000000",
    )
    .await
    .problem(404);
    let answer = app.ask(Method::PATCH, JOBS).token(&app.user).send().await;
    assert!(
        answer.header("allow").contains("POST"),
        "{}",
        answer.header("allow")
    );
    answer.problem(405);
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let app = TestApp::new().await;
    let body =
        json!({"taskFunctionKey": "echo", "manual": true, "descriptionEn": "x".repeat(1_100_000)});
    insta::assert_json_snapshot!(app.post(&app.user, JOBS, body.clone()).await.problem(413));
    let batch = json!({"jobs": [body]});
    app.post(&app.user, &format!("{JOBS}/batch"), batch)
        .await
        .problem(422);
}

#[tokio::test]
async fn a_flood_is_slowed_down() {
    let config = orloj_server::ServerConfig {
        requests_per_second: 1,
        ..Default::default()
    };
    let app = TestApp::with(config).await;
    let mut last = None;
    for _ in 0..10 {
        last = Some(app.get(&app.user, "/api/v1/about").await);
    }
    let answer = last.unwrap();
    assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
    answer.problem(429);
}

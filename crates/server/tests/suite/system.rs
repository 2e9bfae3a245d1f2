//! Status, lookups, health, metrics, pages, headers.

use http::Method;
use serde_json::json;

use crate::app::{TestApp, steady};

#[tokio::test]
async fn the_state_of_the_scheduler() {
    let app = TestApp::new().await;
    app.post(
        &app.user,
        "/api/v1/scheduler/jobs",
        json!({"taskFunctionKey": "echo", "intervalHours": 1}),
    )
    .await
    .expect(201);
    let status = app
        .get(&app.user, "/api/v1/scheduler/status")
        .await
        .expect(200);
    for member in [
        "isRunning",
        "mode",
        "instanceId",
        "activeInstances",
        "totalJobs",
        "enabledJobs",
        "runningExecutions",
        "lastHeartbeat",
    ] {
        assert!(!status[member].is_null(), "{member}");
    }
    assert_eq!(
        (
            &status["totalJobs"],
            &status["enabledJobs"],
            &status["mode"]
        ),
        (&json!(1), &json!(1), &json!("embedded"))
    );
    assert_eq!(
        (&status["isRunning"], &status["activeInstances"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(
        app.get(&app.viewer, "/api/v1/scheduler/status")
            .await
            .expect(200)["totalJobs"],
        0
    );
}

#[tokio::test]
async fn lookups_are_plain_lists() {
    let app = TestApp::new().await;
    let types = app
        .get(&app.viewer, "/api/v1/scheduler/job-types")
        .await
        .expect(200);
    insta::assert_json_snapshot!("job_types", types);
    let statuses = app
        .get(&app.viewer, "/api/v1/scheduler/execution-statuses")
        .await
        .expect(200);
    insta::assert_json_snapshot!("execution_statuses", statuses);
    let functions = app
        .get(&app.viewer, "/api/v1/scheduler/task-functions")
        .await
        .expect(200);
    let functions = functions.as_array().unwrap();
    assert_eq!(
        (&functions[0]["id"], &functions[0]["key"]),
        (&json!(1), &json!("echo"))
    );
    for function in functions {
        assert!(
            !function["nameAr"].as_str().unwrap().is_empty() && function["schema"].is_object(),
            "{function}"
        );
    }
}

#[tokio::test]
async fn health_and_readiness_need_nobody() {
    let app = TestApp::new().await;
    assert_eq!(
        app.ask(Method::GET, "/healthz").send().await.expect(200),
        json!({"status": "ok"})
    );
    assert_eq!(
        app.ask(Method::GET, "/readyz").send().await.expect(200),
        json!({"status": "ok"})
    );
    app.closing.cancel();
    app.ask(Method::GET, "/readyz").send().await.problem(503);
    app.ask(Method::GET, "/healthz").send().await.expect(200);
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_administrators() {
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "counted").await;
    app.run(&app.user, job).await;
    let page = app.ask(Method::GET, "/metrics").send().await;
    assert!(
        page.header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    let text = page.text();
    assert!(
        text.contains("orloj_executions_finished_total{status=\"success\"} 1"),
        "{text}"
    );
    let far = async |token: Option<&str>| {
        let mut ask = app
            .ask(Method::GET, "/metrics")
            .header("x-forwarded-for", "203.0.113.9");
        if let Some(token) = token {
            ask = ask.token(token);
        }
        ask.send().await.status.as_u16()
    };
    assert_eq!(far(None).await, 401);
    assert_eq!(far(Some(&app.user)).await, 403);
    assert_eq!(far(Some(&app.admin)).await, 200);
}

#[tokio::test]
async fn pages_carry_their_policy() {
    let app = TestApp::new().await;
    let page = app
        .ask(Method::GET, "/")
        .header("accept", "text/html")
        .send()
        .await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").to_owned();
    assert!(
        policy.contains("script-src 'self'") && !policy.contains("unsafe-inline"),
        "{policy}"
    );
    assert!(!page.text().contains("__ORLOJ_CSP_NONCE__"));
    let deep = app
        .ask(Method::GET, "/jobs/7")
        .header("accept", "text/html")
        .send()
        .await;
    assert_eq!(deep.status, 200);
    for path in ["/scheduler", "/dynamic-scheduler"] {
        let redirect = app.ask(Method::GET, path).send().await;
        assert!(redirect.status.is_redirection());
        assert_eq!(redirect.header("location"), "/jobs");
    }
    let docs = app.ask(Method::GET, "/docs").send().await;
    assert_eq!(docs.status, 200);
    assert!(docs.text().contains("<title>Orloj API</title>"));
    let data = app.get(&app.user, "/api/v1/about").await;
    assert_eq!(data.header("x-content-type-options"), "nosniff");
    assert_eq!(data.header("x-frame-options"), "DENY");
    assert_eq!(data.header("cache-control"), "no-store");
    assert!(
        data.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    assert!(!data.headers.contains_key("access-control-allow-origin"));
    assert!(!data.header("x-request-id").is_empty());
}

#[tokio::test]
async fn about_says_what_runs() {
    let app = TestApp::new().await;
    let mut about = steady(app.get(&app.viewer, "/api/v1/about").await.expect(200));
    about["version"] = json!("[version]");
    // What this machine has; its tests are beside it.
    about["timezoneDatabase"] = json!("[database]");
    insta::assert_json_snapshot!(about);
}

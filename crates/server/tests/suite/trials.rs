//! What the wizard and the lists ask for: collisions, test runs, saved views, filtered exports.

use http::Method;
use orloj_engine::model::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, steady};

const COLLISIONS: &str = "/api/v1/scheduler/schedules/collisions";
const TEST_RUNS: &str = "/api/v1/scheduler/test-runs";
const VIEWS: &str = "/api/v1/scheduler/views";
const JOBS: &str = "/api/v1/scheduler/jobs";

#[tokio::test]
async fn collisions_are_counted_and_a_quieter_minute_offered() {
    let app = TestApp::new().await;
    for name in ["one", "two"] {
        let body =
            json!({"taskFunctionKey": "echo", "nameEn": name, "cronExpression": "0 9 * * *"});
        app.post(&app.user, JOBS, body).await.expect(201);
    }
    let body = json!({"cronExpression": "0 9 * * *", "timezone": "Africa/Cairo", "count": 2});
    insta::assert_json_snapshot!(
        "alone_in_cairo",
        app.post(&app.user, COLLISIONS, body).await.expect(200)
    );
    let body = json!({"recurrence": {"kind": "daily", "times": ["09:00"]}});
    let found = app
        .post(&app.user, COLLISIONS, body.clone())
        .await
        .expect(200);
    insta::assert_json_snapshot!("two_at_nine", found);
    let found = app.post(&app.viewer, COLLISIONS, body).await.expect(200);
    assert_eq!(found["runs"][0]["jobs"], 0, "others' jobs do not count");
    for (body, pointer) in [
        (
            json!({"cronExpression": "0 9 * * *", "count": 11}),
            "/count",
        ),
        (json!({"cronExpression": "0 25 * * *"}), "/cronExpression"),
        (json!({"manual": true, "unknown": 1}), "/unknown"),
    ] {
        let problem = app.post(&app.viewer, COLLISIONS, body).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let foreign = app.manual_job(&app.admin, "not hers").await;
    let body = json!({"manual": true, "jobId": foreign});
    app.post(&app.user, COLLISIONS, body).await.problem(404);
}

#[tokio::test]
async fn a_task_function_is_tried_out_without_a_job() {
    let app = TestApp::new().await;
    let body = json!({"taskFunctionKey": "echo", "nameEn": "Hello", "parameters": {"message": "from a trial"}});
    let started = app.post(&app.user, TEST_RUNS, body).await.expect(202);
    let path = format!(
        "/api/v1/scheduler/executions/{}",
        started["executionId"].as_str().unwrap()
    );
    app.until("the trial ends", async || {
        !app.get(&app.user, &path).await.expect(200)["completedAt"].is_null()
    })
    .await;
    let ended = app.get(&app.user, &path).await.expect(200);
    assert_eq!(
        (&ended["statusName"], &ended["jobName"]),
        (&json!("success"), &json!("Test run: Hello"))
    );
    let log = app.get(&app.user, &format!("{path}/logs")).await;
    assert!(log.text().contains("from a trial"));
    assert_eq!(app.get(&app.user, JOBS).await.expect(200)["total"], 0);
    let (_, other) = app.person("other", Role::User).await;
    app.get(&other, &path).await.problem(404);

    for (token, body, status) in [
        (&app.viewer, json!({"taskFunctionKey": "echo"}), 403),
        (&app.user, json!({"taskFunctionKey": "script"}), 422),
        (&app.user, json!({"taskFunctionKey": "no such"}), 422),
        (&app.user, json!({}), 422),
        (
            &app.user,
            json!({"taskFunctionKey": "echo", "cronExpression": "* * * * *"}),
            422,
        ),
        (
            &app.user,
            json!({"taskFunctionKey": "webhook", "parameters": {}}),
            422,
        ),
    ] {
        app.post(token, TEST_RUNS, body).await.problem(status);
    }
}

#[tokio::test]
async fn views_are_saved_shared_and_deleted() {
    let app = TestApp::new().await;
    let body =
        json!({"page": "jobs", "name": "Failed", "query": "status=failed", "isShared": true});
    let saved = app.post(&app.user, VIEWS, body).await.expect(201);
    insta::assert_json_snapshot!("saved_view", saved);
    let list = async |token: &str| -> Vec<Value> {
        let list = app.get(token, &format!("{VIEWS}?page=jobs")).await;
        list.expect(200)["items"].as_array().unwrap().clone()
    };
    assert_eq!(list(&app.viewer).await, std::slice::from_ref(&saved));
    let history = app.get(&app.user, &format!("{VIEWS}?page=history")).await;
    assert_eq!(history.expect(200)["total"], 0);
    let path = format!("{VIEWS}/{}", saved["id"]);
    app.delete(&app.viewer, &path).await.problem(403);
    app.delete(&app.user, &path).await.expect(204);
    app.delete(&app.user, &path).await.problem(404);
    assert!(list(&app.viewer).await.is_empty());
    for body in [
        json!({"page": "jobs", "name": "", "query": ""}),
        json!({"page": "kitchen", "name": "a", "query": ""}),
        json!({"page": "jobs", "name": "a"}),
        json!({"page": "jobs", "name": "a", "query": "", "colour": "red"}),
    ] {
        app.post(&app.user, VIEWS, body).await.problem(422);
    }
    for query in ["", "?page=kitchen", "?page=jobs&x=1"] {
        let path = format!("{VIEWS}{query}");
        app.get(&app.user, &path).await.problem(422);
    }
    let arabic = app
        .ask(Method::POST, VIEWS)
        .token(&app.user)
        .header("accept-language", "ar")
        .json(&json!({"page": "jobs", "name": "", "query": ""}))
        .send()
        .await
        .problem(422);
    assert!(
        arabic["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("محارف")
    );
}

#[tokio::test]
async fn an_export_honours_the_filters_of_the_list() {
    let app = TestApp::new().await;
    let webhook = json!({"taskFunctionKey": "webhook", "nameEn": "calls", "cronExpression": "0 9 * * *", "isEnabled": false, "tags": ["shop"], "parameters": {"url": "http://127.0.0.1:1/"}});
    let made = app.post(&app.user, JOBS, webhook).await.expect(201);
    let echo = app.manual_job(&app.user, "says hello").await;
    app.run(&app.user, echo).await;
    for (query, name) in [
        ("is_enabled=false", "calls"),
        ("is_enabled=true", "says hello"),
        ("task_function_key=webhook", "calls"),
        ("job_type=manual", "says hello"),
        ("job_type_id=2", "calls"),
        ("search=HELLO", "says hello"),
        ("last_status=success", "says hello"),
        ("tag=shop", "calls"),
    ] {
        let path = format!("{JOBS}/export?{query}");
        let exported = steady(app.get(&app.user, &path).await.expect(200));
        let names: Vec<_> = exported.as_array().unwrap().iter().collect();
        assert_eq!(names.len(), 1, "{query}");
        assert_eq!(names[0]["nameEn"], name, "{query}");
    }
    let path = format!("{JOBS}/export?is_paused=true");
    assert_eq!(app.get(&app.user, &path).await.expect(200), json!([]));
    app.post(
        &app.user,
        &format!("{JOBS}/{}/action", made["id"]),
        json!({"action": "pause"}),
    )
    .await
    .expect(200);
    let paused = app.get(&app.user, &path).await.expect(200);
    assert_eq!(paused[0]["nameEn"], "calls");
    for query in ["page=2", "job_type=1", "task_function_id=987654"] {
        let path = format!("{JOBS}/export?{query}");
        app.get(&app.user, &path).await.problem(422);
    }
}

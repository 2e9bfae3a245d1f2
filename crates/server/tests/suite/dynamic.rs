//! The dynamic dialect: what its documents show, sent as they show it, and every error of its tables.

use std::time::Duration;

use http::Method;
use orloj_engine::model::{Role, Scope};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, hex};
use crate::databases::{Database, databases};
use crate::web_server::{WebServer, answer};

const BASE: &str = "/api/admin/scheduler";
const JOBS: &str = "/api/admin/scheduler/jobs";

/// The request of the seed's own test.
pub(crate) fn cleanup() -> Value {
    json!({
        "name": "Test Cleanup Job",
        "template_type": "database_cleanup",
        "parameters": {
            "collection": "logs",
            "days_old": 30,
            "date_field": "created_at",
            "dry_run": true
        },
        "schedule": {
            "type": "interval",
            "interval_seconds": 3600
        }
    })
}

/// A job that ends well wherever it runs.
fn test_job() -> Value {
    json!({
        "name": "Test",
        "template_type": "test_scheduler",
        "parameters": {"check_interval": 60},
        "schedule": {"type": "cron", "expression": "0 8 * * *", "timezone": "Africa/Cairo"},
    })
}

fn detail(answer: Answer, status: u16) -> String {
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.expect(status);
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    body["detail"].as_str().unwrap().to_owned()
}

async fn create(app: &TestApp, body: Value) -> Value {
    app.post(&app.admin, JOBS, body).await.expect(200)["job"].take()
}

fn path_of(job: &Value) -> String {
    format!("{JOBS}/{}", job["_id"].as_str().unwrap())
}

/// Runs a job and answers the ended execution.
async fn run(app: &TestApp, job: &Value) -> Value {
    let path = format!("{}/run", path_of(job));
    let started = app
        .ask(Method::POST, &path)
        .token(&app.admin)
        .send()
        .await
        .expect(200);
    assert_eq!(started["success"], true);
    let id = started["execution"]["_id"].as_str().unwrap();
    let path = format!("{BASE}/executions/{id}");
    app.until("the run ends", async || {
        app.get(&app.admin, &path).await.expect(200)["execution"]["status"] != "running"
    })
    .await;
    app.get(&app.admin, &path).await.expect(200)["execution"].take()
}

/// Replaces the numbers of executions, which depend on what else runs.
fn steady(mut value: Value) -> Value {
    value["_id"] = "[id]".into();
    value
}

#[tokio::test]
async fn the_seeds_own_tests() {
    let app = TestApp::new().await;
    let templates = app
        .get(&app.admin, &format!("{BASE}/templates"))
        .await
        .expect(200);
    insta::assert_json_snapshot!("templates", templates);
    let created = app.post(&app.admin, JOBS, cleanup()).await.expect(200);
    insta::assert_json_snapshot!("created", created);
    // The two usage examples.
    let mut daily = cleanup();
    daily["schedule"]["interval_seconds"] = 86_400.into();
    create(&app, daily).await;
    let execution = run(&app, &created["job"]).await;
    assert_eq!(execution["status"], "failed");
    let error = execution["error"].as_str().unwrap();
    assert!(
        error.contains("default"),
        "it says which connection is missing: {error}"
    );
}

#[tokio::test]
async fn a_run_from_start_to_deletion() {
    let app = TestApp::new().await;
    let job = create(&app, test_job()).await;
    assert_eq!(job["next_run_at"], "2026-03-03T06:00:00Z");
    let status = app
        .get(&app.admin, &format!("{BASE}/status"))
        .await
        .expect(200);
    insta::assert_json_snapshot!("status_before_any_run", status);
    let execution = run(&app, &job).await;
    insta::assert_json_snapshot!("execution", steady(execution.clone()));
    let of_job = format!("{}/executions", path_of(&job));
    let list = app.get(&app.admin, &of_job).await.expect(200);
    assert_eq!(list["job_id"], job["_id"]);
    assert_eq!(list["count"], 1);
    assert_eq!(list["executions"][0], execution);
    for (query, count) in [
        ("?status=success", 1),
        ("?status=failed", 0),
        ("?status=running", 0),
        ("?skip=1", 0),
        ("?limit=1", 1),
    ] {
        let list = app
            .get(&app.admin, &format!("{of_job}{query}"))
            .await
            .expect(200);
        assert_eq!(list["count"], count, "{query}");
        let all = format!(
            "{BASE}/executions{query}&job_id={}",
            job["_id"].as_str().unwrap()
        );
        let list = app.get(&app.admin, &all).await.expect(200);
        assert_eq!(list["count"], count, "{query}");
        assert_eq!(list.as_object().unwrap().len(), 2);
    }
    let status = app
        .get(&app.admin, &format!("{BASE}/status"))
        .await
        .expect(200);
    insta::assert_json_snapshot!("status", status);
    let path = format!("{BASE}/executions/{}", execution["_id"].as_str().unwrap());
    insta::assert_json_snapshot!(
        "execution_deleted",
        app.delete(&app.admin, &path).await.expect(200)
    );
    assert_eq!(
        detail(app.get(&app.admin, &path).await, 404),
        "Execution not found"
    );
    assert_eq!(
        detail(app.delete(&app.admin, &path).await, 404),
        "Execution not found"
    );
    // A deleted job's executions stay.
    run(&app, &job).await;
    insta::assert_json_snapshot!(
        "deleted",
        app.delete(&app.admin, &path_of(&job)).await.expect(200)
    );
    assert_eq!(app.get(&app.admin, &of_job).await.expect(200)["count"], 1);
}

#[tokio::test]
async fn the_report_of_the_document_is_made() {
    report_of_the_document(&TestApp::new().await).await;
}

/// What the report tells about is in the data of the scheduler itself, which may be on PostgreSQL too.
#[tokio::test]
async fn the_report_of_the_document_is_made_on_postgres() {
    let Some(database) = Database::postgres().await else {
        return;
    };
    let app = TestApp::on_postgres(&database.url()).await;
    report_of_the_document(&app).await;
    app.engine.stop(Duration::ZERO).await;
    database.remove().await;
}

async fn report_of_the_document(app: &TestApp) {
    let body = json!({
        "name": "Daily User Activity Report",
        "template_type": "report_generation",
        "parameters": {"report_type": "user_activity", "date_range": "last_7d", "format": "json"},
        "schedule": {"type": "cron", "expression": "0 8 * * *"},
    });
    let job = create(app, body).await;
    assert_eq!(job["parameters"]["report_type"], "user_activity");
    let execution = run(app, &job).await;
    assert_eq!(execution["status"], "success", "{execution}");
    let details = &execution["result"]["details"];
    assert_eq!(details["kind"], "user_activity");
    assert_eq!(
        details["summary"]["totalUsers"],
        details["data"]["totalUsers"]
    );
    assert!(
        details["data"]["users"].as_array().unwrap().len() >= 2,
        "{details}"
    );
    assert!(details["file"]["artifact"]["size"].as_u64().unwrap() > 100);

    let cleanup = json!({
        "name": "System cleanup",
        "template_type": "system_cleanup",
        "parameters": {},
        "schedule": {"type": "interval", "interval_seconds": 86400},
    });
    let job = create(app, cleanup).await;
    let execution = run(app, &job).await;
    assert_eq!(execution["status"], "success", "{execution}");
    assert_eq!(execution["result"]["records_processed"], 2);
}

/// Makes the connection `default`, which leads to these tables of a database.
async fn connect(app: &TestApp, database: &Database, tables: &str) {
    let mut settings = database.settings.clone();
    let members = settings.as_object_mut().unwrap();
    for other in ["type", "allowedTables"] {
        members.remove(other);
    }
    members.retain(|_, value| value != "");
    let connection = json!({"name": "default", "kind": database.kind, "settings": settings, "allowedTables": [tables]});
    app.post(&app.admin, "/api/v1/connections", connection)
        .await
        .expect(201);
}

/// A table of logs as an application has it, of which two rows are old.
async fn fill(database: &Database) {
    let created_at = database.pick(["TEXT", "TIMESTAMPTZ", "DATETIME"]);
    let sql = format!(
        "CREATE TABLE logs (id BIGINT PRIMARY KEY, created_at {created_at}); \
         INSERT INTO logs VALUES (1, '2020-01-01 00:00:00'), (2, '2020-01-02 00:00:00'), (3, '2999-01-01 00:00:00')"
    );
    database.exec(&sql).await;
}

#[tokio::test]
async fn the_clean_up_of_the_document_removes_rows_from_every_database() {
    for database in databases().await {
        let app = TestApp::new().await;
        fill(&database).await;
        connect(&app, &database, "logs").await;
        let left = async || database.number("SELECT COUNT(*) FROM logs").await;
        // First as the document shows it, in its test and in its example: that only looks.
        let mut daily = cleanup();
        daily["schedule"]["interval_seconds"] = json!(86_400);
        for body in [cleanup(), daily] {
            let job = create(&app, body).await;
            let looked = run(&app, &job).await;
            let kind = database.kind;
            assert_eq!(looked["status"], "success", "{kind}: {looked}");
            assert_eq!(looked["result"]["records_processed"], 2, "{kind}");
            assert_eq!(looked["result"]["records_affected"], 0, "{kind}");
            assert_eq!(left().await, 3, "{kind}");
        }
        let mut real = cleanup();
        real["parameters"]["dry_run"] = json!(false);
        let job = create(&app, real).await;
        let removed = run(&app, &job).await;
        assert_eq!(removed["status"], "success", "{removed}");
        assert_eq!(removed["result"]["records_affected"], 2, "{removed}");
        assert_eq!(database.number("SELECT id FROM logs").await, 3);
        database.remove().await;
    }
}

#[tokio::test]
async fn a_report_of_a_statement_reads_every_database() {
    for database in databases().await {
        let app = TestApp::new().await;
        fill(&database).await;
        connect(&app, &database, "*").await;
        let body = json!({
            "name": "Old logs",
            "template_type": "report_generation",
            "parameters": {"report_type": "custom", "date_range": "last_7d", "format": "json", "query": "SELECT id FROM logs WHERE created_at < '2021-01-01' ORDER BY id"},
            "schedule": {"type": "cron", "expression": "0 8 * * *"},
        });
        let job = create(&app, body).await;
        let execution = run(&app, &job).await;
        let kind = database.kind;
        assert_eq!(execution["status"], "success", "{kind}: {execution}");
        let rows = &execution["result"]["details"];
        assert_eq!(
            execution["result"]["records_processed"], 2,
            "{kind}: {rows}"
        );
        database.remove().await;
    }
}

#[tokio::test]
async fn the_webhook_of_the_document_is_called() {
    let receiver =
        WebServer::start(|_, number| answer(if number == 1 { 503 } else { 202 }, &[], "ok")).await;
    let app = TestApp::reaching(vec![receiver.address.to_string()]).await;
    let job = json!({
        "name": "Tell the shop",
        "template_type": "webhook_trigger",
        "parameters": {"url": receiver.url("/hook"), "headers": {"X-Shop": "1"}, "body": {"event": "sync"}, "max_retries": 1},
        "schedule": {"type": "interval", "interval_seconds": 300},
    });
    let job = create(&app, job).await;
    let execution = run(&app, &job).await;
    assert_eq!(execution["status"], "success", "{execution}");
    // Refused for the moment, and called once more.
    let calls = receiver.requests();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].first_line(), "POST /hook HTTP/1.1");
    assert_eq!(calls[1].header("x-shop"), Some("1"));
    let body: Value = serde_json::from_str(&calls[1].body).unwrap();
    assert_eq!(body, json!({"event": "sync"}));
}

#[tokio::test]
async fn what_is_scheduled_runs_and_says_so() {
    let app = TestApp::new().await;
    let mut body = test_job();
    body["schedule"] = json!({"type": "interval", "interval_seconds": 20});
    let job = create(&app, body).await;
    let list = format!("{}/executions?status=success", path_of(&job));
    for _ in 0..5 {
        app.clock.advance_seconds(5);
        app.engine.settle().await;
    }
    app.until("it has run", async || {
        app.get(&app.admin, &list).await.expect(200)["count"] == 1
    })
    .await;
    let list = app.get(&app.admin, &list).await.expect(200);
    assert_eq!(list["executions"][0]["triggered_by"], "scheduler");
    let job = app.get(&app.admin, &path_of(&job)).await.expect(200);
    assert_eq!(job["job"]["last_run_at"], "2026-03-02T10:00:20Z");
}

#[tokio::test]
async fn updates() {
    let app = TestApp::new().await;
    let job = create(&app, test_job()).await;
    let path = path_of(&job);
    let all = json!({
        "name": "New",
        "description": "what",
        "parameters": {"check_interval": 30, "auto_run": false},
        "schedule": {"type": "interval", "interval_seconds": 60},
        "enabled": false,
        "timeout_seconds": 5,
        "retry_policy": {"max_retries": 0, "retry_delay_seconds": 1},
        "notifications": {"on_success": [], "on_failure": ["ops@example.com"]},
    });
    let changed = app.put(&app.admin, &path, all).await.expect(200);
    insta::assert_json_snapshot!("updated", changed);
    let answer = app
        .ask(Method::POST, &format!("{path}/run"))
        .token(&app.admin)
        .send()
        .await;
    assert_eq!(
        detail(answer, 404),
        "Job not found",
        "a disabled job does not run"
    );
    let enabled = app
        .put(&app.admin, &path, json!({"enabled": true}))
        .await
        .expect(200);
    assert_eq!(enabled["job"]["version"], 3);
    assert_eq!(
        enabled["job"]["notifications"]["on_failure"],
        json!(["ops@example.com"])
    );
    assert_eq!(
        enabled["job"]["parameters"],
        json!({"check_interval": 30, "auto_run": false})
    );
    assert_eq!(
        detail(app.put(&app.admin, &path, json!({})).await, 400),
        "No fields to update"
    );
    detail(app.put(&app.admin, &path, json!({"name": null})).await, 400);
    app.put(
        &app.admin,
        &path,
        json!({"template_type": "webhook_trigger"}),
    )
    .await
    .expect(422);
    let answer = app
        .put(
            &app.admin,
            &path,
            json!({"parameters": {"check_interval": 5}}),
        )
        .await;
    assert!(detail(answer, 400).starts_with("Parameter validation failed: check_interval: "));
    assert_eq!(
        detail(
            app.put(
                &app.admin,
                &format!("{JOBS}/{}", hex(99)),
                json!({"name": "x"})
            )
            .await,
            404
        ),
        "Job not found"
    );
    // What was changed elsewhere is what is answered.
    let number = i64::from_str_radix(job["_id"].as_str().unwrap(), 16).unwrap();
    let native = format!("/api/v1/scheduler/jobs/{number}");
    app.put(&app.admin, &native, json!({"parameters": {"message": "m"}}))
        .await
        .expect(200);
    let seen = app.get(&app.admin, &path).await.expect(200);
    assert_eq!(seen["job"]["parameters"], json!({"message": "m"}));
    let shorter = app
        .put(
            &app.admin,
            &path,
            json!({"schedule": {"type": "interval", "interval_seconds": 30}}),
        )
        .await
        .expect(200);
    assert_eq!(shorter["job"]["parameters"], json!({"message": "m"}));
}

#[tokio::test]
async fn lists() {
    let app = TestApp::new().await;
    for name in ["a", "b", "c"] {
        let mut body = test_job();
        body["name"] = name.into();
        create(&app, body).await;
        app.clock.advance_seconds(1);
    }
    let mut disabled = cleanup();
    disabled["enabled"] = false.into();
    create(&app, disabled).await;
    let names = |answer: &Value| -> Vec<String> {
        answer["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let page = app
        .get(&app.admin, &format!("{JOBS}?limit=3"))
        .await
        .expect(200);
    assert_eq!(names(&page), ["Test Cleanup Job", "c", "b"]);
    let numbers = ["total", "page", "pages", "limit"].map(|name| page[name].as_i64().unwrap());
    assert_eq!(numbers, [4, 1, 2, 3]);
    for (query, wanted) in [
        ("limit=3&page=2", vec!["a"]),
        ("enabled=false", vec!["Test Cleanup Job"]),
        ("enabled=true", vec!["c", "b", "a"]),
        ("template_type=database_cleanup", vec!["Test Cleanup Job"]),
        ("template_type=webhook_trigger", vec![]),
        ("template_type=report_generation", vec![]),
    ] {
        let page = app
            .get(&app.admin, &format!("{JOBS}?{query}"))
            .await
            .expect(200);
        assert_eq!(names(&page), wanted, "{query}");
    }
    let body = json!({"taskFunctionKey": "webhook", "nameEn": "Elsewhere", "recurrence": {"kind": "daily", "times": ["09:00"]}, "parameters": {"url": "https://example.com/"}});
    let created = app.post(&app.user, "/api/v1/scheduler/jobs", body).await;
    let created = created.expect(201);
    let seen = app
        .get(
            &app.admin,
            &format!("{JOBS}/{}", hex(created["id"].as_i64().unwrap())),
        )
        .await
        .expect(200);
    insta::assert_json_snapshot!("a_job_made_elsewhere", seen);
}

#[tokio::test]
async fn templates_by_word_and_category() {
    let app = TestApp::new().await;
    let one = app
        .get(&app.admin, &format!("{BASE}/templates/webhook_trigger"))
        .await
        .expect(200);
    assert_eq!(
        (&one["_id"], &one["icon"]),
        (&json!("webhook_trigger"), &json!("🔗"))
    );
    assert_eq!(
        detail(
            app.get(&app.admin, &format!("{BASE}/templates/nonsense"))
                .await,
            404
        ),
        "Template not found"
    );
    let reports = app
        .get(&app.admin, &format!("{BASE}/templates?category=reports"))
        .await
        .expect(200);
    assert_eq!(reports["count"], 2);
    assert_eq!(reports["category"], "reports");
    let arabic = app
        .ask(Method::GET, &format!("{BASE}/templates/backup_job"))
        .token(&app.admin)
        .header("accept-language", "ar")
        .send()
        .await
        .expect(200);
    assert_eq!(arabic["name"], "نسخ احتياطي");
}

#[tokio::test]
async fn errors_of_jobs() {
    let app = TestApp::new().await;
    let with = |name: &str, value: Value| {
        let mut body = cleanup();
        body[name] = value;
        body
    };
    let mut said = Vec::new();
    for body in [
        with("template_type", json!("nonsense")),
        with("template_type", json!("ticket_cleanup")),
        with("parameters", json!({})),
        with(
            "parameters",
            json!({"collection": "passwords", "days_old": 1, "date_field": "created_at"}),
        ),
        with(
            "parameters",
            json!({"collection": "logs", "days_old": -1, "date_field": "created_at"}),
        ),
        with("schedule", json!({"type": "interval"})),
        with(
            "schedule",
            json!({"type": "interval", "interval_seconds": null}),
        ),
        with(
            "schedule",
            json!({"type": "interval", "interval_seconds": 0}),
        ),
        with(
            "schedule",
            json!({"type": "interval", "interval_seconds": -5}),
        ),
        with("schedule", json!({"type": "cron"})),
        with(
            "schedule",
            json!({"type": "cron", "expression": "61 * * * *"}),
        ),
        with(
            "schedule",
            json!({"type": "cron", "expression": "* * * * *", "timezone": "Mars/Olympus"}),
        ),
        with("schedule", json!({"type": "hourly"})),
        json!({"name": "w", "template_type": "webhook_trigger", "parameters": {"url": "http://127.0.0.1/"}, "schedule": {"type": "cron", "expression": "@daily"}}),
    ] {
        said.push(detail(app.post(&app.admin, JOBS, body).await, 400));
    }
    insta::assert_json_snapshot!("bad_requests", said);
    let mut unreadable = Vec::new();
    for body in [
        json!({"name": "x", "template_type": "test_scheduler"}),
        with("name", json!("")),
        with("name", json!("x".repeat(201))),
        with("description", json!("x".repeat(1_001))),
        with("timeout_seconds", json!(0)),
        with("timeout_seconds", json!(86_401)),
        with("retry_policy", json!({"max_retries": 11})),
        with("retry_policy", json!({"retry_delay_seconds": 0})),
        with("enabled", json!("perhaps")),
        with("color", json!("red")),
    ] {
        unreadable
            .push(app.post(&app.admin, JOBS, body).await.expect(422)["detail"][0]["loc"].take());
    }
    for query in [
        "?limit=0",
        "?limit=101",
        "?page=0",
        "?enabled=maybe",
        "?x=1",
    ] {
        unreadable.push(
            app.get(&app.admin, &format!("{JOBS}{query}"))
                .await
                .expect(422)["detail"][0]["loc"]
                .take(),
        );
    }
    for query in ["?limit=201", "?status=lost"] {
        app.get(&app.admin, &format!("{BASE}/executions{query}"))
            .await
            .expect(422);
    }
    insta::assert_json_snapshot!("unreadable", unreadable);
    for id in [
        hex(99),
        "507f1f77bcf86cd799439011".to_owned(),
        "nonsense".to_owned(),
    ] {
        let path = format!("{JOBS}/{id}");
        assert_eq!(
            detail(app.get(&app.admin, &path).await, 404),
            "Job not found"
        );
        assert_eq!(
            detail(app.delete(&app.admin, &path).await, 404),
            "Job not found"
        );
        let answer = app
            .post(&app.admin, &format!("{path}/run"), json!({}))
            .await;
        assert_eq!(detail(answer, 404), "Job not found");
        let answer = app
            .get(&app.admin, &format!("{BASE}/executions/{id}"))
            .await;
        assert_eq!(detail(answer, 404), "Execution not found");
    }
    let unknown = app
        .get(&app.admin, &format!("{JOBS}/{}/executions", hex(99)))
        .await
        .expect(200);
    assert_eq!(
        unknown,
        json!({"job_id": hex(99), "executions": [], "count": 0})
    );
}

#[tokio::test]
async fn administrators_only() {
    let app = TestApp::new().await;
    let reader = {
        let (id, _) = app.person("second", Role::Admin).await;
        app.token(id, Scope::Read).await
    };
    for (method, path, _) in orloj_server::access_matrix()
        .into_iter()
        .filter(|(_, path, _)| path.starts_with(BASE))
    {
        let path = path.replace(['{', '}'], "");
        detail(app.ask(method.clone(), &path).send().await, 401);
        for token in [&app.user, &app.viewer] {
            let answer = app.ask(method.clone(), &path).token(token).send().await;
            assert_eq!(detail(answer, 403), "Admin access required");
        }
        detail(app.ask(method, &path).token(&reader).send().await, 403);
    }
}

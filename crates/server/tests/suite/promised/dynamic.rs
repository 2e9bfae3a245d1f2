//! The 13 endpoints of the Dynamic Scheduler.

use serde_json::{Value, json};

use super::case::{GONE, LARGE_LIMIT, MALFORMED, NO_LIMIT, OTHER_SYSTEM, UNKNOWN};
use super::{Endpoint, Patience, Promises, body, changed, of, plain, query, without};
use tokio::net::TcpStream;

use crate::app::{TestApp, hex};
use crate::dynamic::cleanup;

const TEMPLATES: &str = "GET /api/admin/scheduler/templates";
const TEMPLATE: &str = "GET /api/admin/scheduler/templates/{type}";
const CREATE: &str = "POST /api/admin/scheduler/jobs";
const JOBS: &str = "GET /api/admin/scheduler/jobs";
const JOB: &str = "GET /api/admin/scheduler/jobs/{job_id}";
const UPDATE: &str = "PUT /api/admin/scheduler/jobs/{job_id}";
const DELETE: &str = "DELETE /api/admin/scheduler/jobs/{job_id}";
const RUN: &str = "POST /api/admin/scheduler/jobs/{job_id}/run";
const OF_JOB: &str = "GET /api/admin/scheduler/jobs/{job_id}/executions";
const EXECUTION: &str = "GET /api/admin/scheduler/executions/{execution_id}";
const EXECUTIONS: &str = "GET /api/admin/scheduler/executions";
const DELETE_EXECUTION: &str = "DELETE /api/admin/scheduler/executions/{execution_id}";
const STATUS: &str = "GET /api/admin/scheduler/status";

// Cases that several endpoints have.
const NO_STATUS: &str = "a status that there is not";

/// Everything that the seed and the tables about it say, by endpoint.
const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        route: TEMPLATES,
        answers: &[
            (200, "all templates"),
            (200, "of a category"),
            (200, "of a category that there is not"),
            (200, "in Arabic"),
        ],
    },
    Endpoint {
        route: TEMPLATE,
        answers: &[
            (200, "database_cleanup"),
            (200, "email_notification"),
            (200, "data_export"),
            (200, "report_generation"),
            (200, "backup_job"),
            (200, "webhook_trigger"),
            (404, "a template that there is not"),
        ],
    },
    Endpoint {
        route: CREATE,
        answers: &[
            (200, "the seed's own test"),
            (200, "the seed's clean-up"),
            (200, "the seed's report"),
            (200, "database_cleanup by a condition"),
            (200, "email_notification"),
            (200, "data_export"),
            (200, "report_generation of a custom range"),
            (200, "backup_job"),
            (200, "webhook_trigger"),
            (200, "all that can be said"),
            (200, "a cron expression with seconds"),
            (200, "a cron expression that is a word"),
            (200, "a time zone"),
            (400, "a template that there is not"),
            (400, "a template that is not available"),
            (400, "an interval without seconds"),
            (400, "an interval of null"),
            (400, "an interval of 0"),
            (400, "an interval below 0"),
            (400, "cron without an expression"),
            (400, "a malformed cron expression"),
            (400, "a time zone that there is not"),
            (400, "another type of schedule"),
            (400, "database_cleanup: no collection"),
            (400, "database_cleanup: a collection that is not allowed"),
            (400, "database_cleanup: a condition type that there is not"),
            (400, "database_cleanup: no days"),
            (400, "database_cleanup: days below 1"),
            (400, "database_cleanup: no date field"),
            (400, "database_cleanup: a condition that is no object"),
            (400, "database_cleanup: a batch that is too large"),
            (400, "email_notification: no recipients"),
            (400, "email_notification: more than 100 recipients"),
            (400, "email_notification: a recipient without an address"),
            (400, "email_notification: a blank subject"),
            (400, "email_notification: a subject that is too long"),
            (400, "email_notification: a blank body"),
            (400, "email_notification: a body that is too long"),
            (400, "email_notification: nowhere to reply to"),
            (400, "data_export: a collection that is not allowed"),
            (400, "data_export: a format that there is not"),
            (400, "data_export: a limit that is too large"),
            (400, "data_export: a file name that is a path"),
            (400, "data_export: a destination that is not available"),
            (400, "report_generation: no type"),
            (400, "report_generation: a custom range without dates"),
            (400, "backup_job: too many days"),
            (400, "webhook_trigger: no address"),
            (400, "webhook_trigger: an address that is none"),
            (400, "webhook_trigger: a private address"),
            (400, "webhook_trigger: a method that is not allowed"),
            (400, "webhook_trigger: a time that is too long"),
            (400, "webhook_trigger: too many retries"),
            (422, "without a name"),
            (422, "without a template"),
            (422, "without a schedule"),
            (422, "an empty name"),
            (422, "a name that is too long"),
            (422, "a description that is too long"),
            (422, "a time-out of 0"),
            (422, "a time-out of more than a day"),
            (422, "too many retries"),
            (422, "a retry without delay"),
            (422, "parameters that are no object"),
            (422, "a member of the wrong type"),
        ],
    },
    Endpoint {
        route: JOBS,
        answers: &[
            (200, "before any job"),
            (200, "the first page"),
            (200, "a page of two"),
            (200, "enabled ones"),
            (200, "disabled ones"),
            (200, "of a template"),
            (422, "page 0"),
            (422, NO_LIMIT),
            (422, LARGE_LIMIT),
            (422, "a filter that is neither true nor false"),
        ],
    },
    Endpoint {
        route: JOB,
        answers: &[
            (200, "a job"),
            (200, "after a run"),
            (200, "made elsewhere"),
            (404, UNKNOWN),
            (404, OTHER_SYSTEM),
            (404, MALFORMED),
            (404, GONE),
        ],
    },
    Endpoint {
        route: UPDATE,
        answers: &[
            (200, "all that can be changed"),
            (200, "enabled again"),
            (200, "a schedule"),
            (400, "nothing at all"),
            (400, "nothing but null"),
            (400, "parameters that fail the check"),
            (400, "a malformed cron expression"),
            (400, "an interval without seconds"),
            (404, UNKNOWN),
            (404, MALFORMED),
            (404, GONE),
            (422, "another template"),
            (422, "an empty name"),
            (422, "a time-out of 0"),
            (422, "a member of the wrong type"),
        ],
    },
    Endpoint {
        route: DELETE,
        answers: &[
            (200, "a job"),
            (400, "a protected job"),
            (404, UNKNOWN),
            (404, MALFORMED),
            (404, GONE),
        ],
    },
    Endpoint {
        route: RUN,
        answers: &[
            (200, "a job"),
            (404, "a disabled job"),
            (404, UNKNOWN),
            (404, MALFORMED),
            (404, GONE),
        ],
    },
    Endpoint {
        route: OF_JOB,
        answers: &[
            (200, "before any run"),
            (200, "after a run"),
            (200, "by status"),
            (200, "one of them"),
            (200, "of a job that there is not"),
            (200, "of a deleted job"),
            (404, MALFORMED),
            (422, NO_STATUS),
            (422, NO_LIMIT),
            (422, LARGE_LIMIT),
        ],
    },
    Endpoint {
        route: EXECUTION,
        answers: &[
            (200, "success"),
            (200, "failed"),
            (200, "running"),
            (200, "timeout"),
            (200, "cancelled"),
            (404, UNKNOWN),
            (404, OTHER_SYSTEM),
            (404, MALFORMED),
            (404, GONE),
        ],
    },
    Endpoint {
        route: EXECUTIONS,
        answers: &[
            (200, "before any run"),
            (200, "all, newest first"),
            (200, "of one job"),
            (200, "success"),
            (200, "failed"),
            (200, "timeout"),
            (200, "running"),
            (200, "partial"),
            (200, "cancelled"),
            (200, "a part of the list"),
            (404, "a malformed id of a job"),
            (422, NO_STATUS),
            (422, NO_LIMIT),
            (422, LARGE_LIMIT),
        ],
    },
    Endpoint {
        route: DELETE_EXECUTION,
        answers: &[
            (200, "an execution"),
            (400, "a running one"),
            (404, UNKNOWN),
            (404, MALFORMED),
            (404, GONE),
        ],
    },
    Endpoint {
        route: STATUS,
        answers: &[(200, "before any run"), (200, "after runs")],
    },
];

/// An id of another system that nothing here goes by.
const NOBODYS: &str = "507f1f77bcf86cd799439011";

fn id(answer: &Value) -> String {
    answer["_id"].as_str().unwrap().to_owned()
}

fn hourly(template: &str, parameters: Value) -> Value {
    json!({
        "name": template,
        "template_type": template,
        "parameters": parameters,
        "schedule": { "type": "cron", "expression": "0 * * * *" },
    })
}

/// The seed's own test with some members changed.
fn with(changes: Value) -> Value {
    changed(cleanup(), changes)
}

#[tokio::test]
async fn every_promise_of_the_dynamic_scheduler_is_kept() {
    let patience = Patience::new().await;
    let app = TestApp::exporting(vec![patience.host.clone()]).await;
    let is_ours = |path: &str| path.starts_with("/api/admin/scheduler");
    let mut promises = Promises::new(
        &app,
        ENDPOINTS,
        is_ours,
        ("admin", &app.admin),
        &patience.host,
    );
    templates(&mut promises).await;
    promises.ask(STATUS, "before any run", plain()).await;
    promises.ask(EXECUTIONS, "before any run", plain()).await;
    let job = jobs(&app, &mut promises).await;
    refusals(&mut promises).await;
    lists(&mut promises).await;
    let execution = runs(&app, &mut promises, &job, &patience).await;
    updates(&app, &mut promises, &job).await;
    let ids = [
        ("type", "database_cleanup"),
        ("job_id", &job),
        ("execution_id", &execution),
    ];
    promises.ask_what_is_usual(&ids).await;
    deletions(&app, &mut promises, &job, &execution).await;
    promises.settle("dynamic");
}

async fn templates(p: &mut Promises<'_>) {
    p.ask(TEMPLATES, "all templates", plain()).await;
    p.ask(TEMPLATES, "of a category", query("?category=reports"))
        .await;
    let none = query("?category=nonsense");
    p.ask(TEMPLATES, "of a category that there is not", none)
        .await;
    let arabic = query("?category=integrations").language("ar");
    p.ask(TEMPLATES, "in Arabic", arabic).await;
    for template in [
        "database_cleanup",
        "email_notification",
        "data_export",
        "report_generation",
        "backup_job",
        "webhook_trigger",
    ] {
        p.ask(TEMPLATE, template, of(template)).await;
    }
    p.ask(TEMPLATE, "a template that there is not", of("nonsense"))
        .await;
}

/// Creates jobs; answers the id of one that is no longer needed as it is.
async fn jobs(app: &TestApp, p: &mut Promises<'_>) -> String {
    p.ask(JOBS, "before any job", plain()).await;
    let first = p.ask(CREATE, "the seed's own test", body(cleanup())).await;
    let first = id(&first["job"]);
    p.ask(JOB, "a job", of(&first)).await;
    p.ask(OF_JOB, "before any run", of(&first)).await;
    let daily = with(json!({
        "name": "Clean up logs", "schedule": { "type": "interval", "interval_seconds": 86400 },
    }));
    let report = json!({
        "name": "Daily User Activity Report",
        "template_type": "report_generation",
        "parameters": { "report_type": "user_activity", "date_range": "last_7d", "format": "json" },
        "schedule": { "type": "cron", "expression": "0 8 * * *" },
    });
    let everything = json!({
        "name": "Everything",
        "description": "All that can be said of a job",
        "template_type": "test_scheduler",
        "parameters": { "check_interval": 60, "auto_run": true },
        "schedule": { "type": "interval", "interval_seconds": 900, "expression": null, "timezone": "UTC" },
        "enabled": false,
        "timeout_seconds": 86400,
        "retry_policy": { "max_retries": 10, "retry_delay_seconds": 1 },
        "notifications": { "on_success": ["ops@example.com"], "on_failure": ["ops@example.com", "desk@example.com"] },
    });
    let cron = |expression: &str, zone: &str| {
        json!({
            "name": expression,
            "template_type": "test_scheduler",
            "schedule": { "type": "cron", "expression": expression, "timezone": zone },
        })
    };
    for (case, request) in [
        ("the seed's clean-up", daily),
        ("the seed's report", report),
        (
            "database_cleanup by a condition",
            hourly(
                "database_cleanup",
                json!({
                    "collection": "sessions", "condition_type": "custom_query", "custom_condition": { "user": null },
                    "batch_size": 10_000, "dry_run": false,
                }),
            ),
        ),
        (
            "email_notification",
            hourly(
                "email_notification",
                json!({
                    "recipients": ["ops@example.com"], "subject": "Good morning", "body": "<b>Hello</b>", "body_type": "html",
                    "template": "default", "reply_to": "desk@example.com", "priority": "high", "include_unsubscribe": false,
                }),
            ),
        ),
        (
            "data_export",
            hourly(
                "data_export",
                json!({
                    "collection": "users", "format": "csv", "filters": { "active": true }, "projection": { "name": 1 },
                    "sort": { "name": 1 }, "limit": 100_000, "destination": "file", "filename": "users_2026",
                }),
            ),
        ),
        (
            "report_generation of a custom range",
            hourly(
                "report_generation",
                json!({
                    "report_type": "system_stats", "date_range": "custom", "start_date": "2026-01-01T00:00:00Z",
                    "end_date": "2026-02-01T00:00:00Z", "format": "html", "include_charts": true,
                }),
            ),
        ),
        (
            "backup_job",
            hourly(
                "backup_job",
                json!({
                    "collections": [], "backup_type": "full", "compression": true, "retention_days": 365,
                    "destination": "local",
                }),
            ),
        ),
        (
            "webhook_trigger",
            hourly(
                "webhook_trigger",
                json!({
                    "url": "https://example.com/hook", "method": "PATCH", "headers": { "X-Shop": "1" },
                    "body": { "event": "sync" }, "timeout_seconds": 300, "retry_on_failure": true, "max_retries": 5,
                    "expected_status": [200, 204],
                }),
            ),
        ),
        ("all that can be said", everything),
        (
            "a cron expression with seconds",
            cron("30 0 8 * * *", "UTC"),
        ),
        ("a cron expression that is a word", cron("@daily", "UTC")),
        ("a time zone", cron("0 8 * * *", "Africa/Cairo")),
    ] {
        app.clock.advance_seconds(1);
        p.ask(CREATE, case, body(request)).await;
    }
    first
}

async fn refusals(p: &mut Promises<'_>) {
    let schedule = |schedule: Value| with(json!({ "schedule": schedule }));
    for (case, request) in [
        (
            "a template that there is not",
            with(json!({ "template_type": "nonsense" })),
        ),
        (
            "a template that is not available",
            with(json!({ "template_type": "ticket_cleanup" })),
        ),
        (
            "an interval without seconds",
            schedule(json!({ "type": "interval" })),
        ),
        (
            "an interval of null",
            schedule(json!({ "type": "interval", "interval_seconds": null })),
        ),
        (
            "an interval of 0",
            schedule(json!({ "type": "interval", "interval_seconds": 0 })),
        ),
        (
            "an interval below 0",
            schedule(json!({ "type": "interval", "interval_seconds": -5 })),
        ),
        (
            "cron without an expression",
            schedule(json!({ "type": "cron" })),
        ),
        (
            "a malformed cron expression",
            schedule(json!({ "type": "cron", "expression": "every day" })),
        ),
        (
            "a time zone that there is not",
            schedule(
                json!({ "type": "cron", "expression": "0 8 * * *", "timezone": "Mars/Olympus" }),
            ),
        ),
        (
            "another type of schedule",
            schedule(json!({ "type": "hourly" })),
        ),
        ("without a name", without(cleanup(), "name")),
        ("without a template", without(cleanup(), "template_type")),
        ("without a schedule", without(cleanup(), "schedule")),
        ("an empty name", with(json!({ "name": "" }))),
        (
            "a name that is too long",
            with(json!({ "name": "x".repeat(201) })),
        ),
        (
            "a description that is too long",
            with(json!({ "description": "x".repeat(1_001) })),
        ),
        ("a time-out of 0", with(json!({ "timeout_seconds": 0 }))),
        (
            "a time-out of more than a day",
            with(json!({ "timeout_seconds": 86_401 })),
        ),
        (
            "too many retries",
            with(json!({ "retry_policy": { "max_retries": 11 } })),
        ),
        (
            "a retry without delay",
            with(json!({ "retry_policy": { "retry_delay_seconds": 0 } })),
        ),
        (
            "parameters that are no object",
            with(json!({ "parameters": ["logs"] })),
        ),
        (
            "a member of the wrong type",
            with(json!({ "enabled": "perhaps" })),
        ),
    ] {
        p.ask(CREATE, case, body(request)).await;
    }
    let logs = json!({ "collection": "logs", "days_old": 30, "date_field": "created_at" });
    let mail = json!({ "recipients": ["ops@example.com"], "subject": "s", "body": "b" });
    let export = json!({ "collection": "users", "format": "json" });
    let hook = json!({ "url": "https://example.com/" });
    let many: Vec<String> = (0..101).map(|at| format!("a{at}@example.com")).collect();
    for (case, before, change) in [
        (
            "database_cleanup: a collection that is not allowed",
            &logs,
            json!({ "collection": "passwords" }),
        ),
        (
            "database_cleanup: a condition type that there is not",
            &logs,
            json!({ "condition_type": "by_mood" }),
        ),
        (
            "database_cleanup: days below 1",
            &logs,
            json!({ "days_old": 0 }),
        ),
        (
            "database_cleanup: a condition that is no object",
            &logs,
            json!({ "condition_type": "custom_query", "custom_condition": "1 = 1" }),
        ),
        (
            "database_cleanup: a batch that is too large",
            &logs,
            json!({ "batch_size": 10_001 }),
        ),
        (
            "email_notification: no recipients",
            &mail,
            json!({ "recipients": [] }),
        ),
        (
            "email_notification: more than 100 recipients",
            &mail,
            json!({ "recipients": many }),
        ),
        (
            "email_notification: a recipient without an address",
            &mail,
            json!({ "recipients": ["ops"] }),
        ),
        (
            "email_notification: a blank subject",
            &mail,
            json!({ "subject": " " }),
        ),
        (
            "email_notification: a subject that is too long",
            &mail,
            json!({ "subject": "x".repeat(201) }),
        ),
        (
            "email_notification: a blank body",
            &mail,
            json!({ "body": " " }),
        ),
        (
            "email_notification: a body that is too long",
            &mail,
            json!({ "body": "x".repeat(10_001) }),
        ),
        (
            "email_notification: nowhere to reply to",
            &mail,
            json!({ "reply_to": "desk" }),
        ),
        (
            "data_export: a collection that is not allowed",
            &export,
            json!({ "collection": "passwords" }),
        ),
        (
            "data_export: a format that there is not",
            &export,
            json!({ "format": "xml" }),
        ),
        (
            "data_export: a limit that is too large",
            &export,
            json!({ "limit": 100_001 }),
        ),
        (
            "data_export: a file name that is a path",
            &export,
            json!({ "filename": "../users" }),
        ),
        (
            "data_export: a destination that is not available",
            &export,
            json!({ "destination": "memory" }),
        ),
        (
            "report_generation: a custom range without dates",
            &json!({ "report_type": "user_activity" }),
            json!({ "date_range": "custom" }),
        ),
        (
            "backup_job: too many days",
            &json!({}),
            json!({ "retention_days": 366 }),
        ),
        (
            "webhook_trigger: an address that is none",
            &hook,
            json!({ "url": "ftp://example.com/" }),
        ),
        (
            "webhook_trigger: a private address",
            &hook,
            json!({ "url": "http://127.0.0.1/" }),
        ),
        (
            "webhook_trigger: a method that is not allowed",
            &hook,
            json!({ "method": "DELETE" }),
        ),
        (
            "webhook_trigger: a time that is too long",
            &hook,
            json!({ "timeout_seconds": 301 }),
        ),
        (
            "webhook_trigger: too many retries",
            &hook,
            json!({ "max_retries": 6 }),
        ),
    ] {
        let template = case.split_once(':').unwrap().0;
        let request = hourly(template, changed(before.clone(), change));
        p.ask(CREATE, case, body(request)).await;
    }
    for (case, parameters) in [
        (
            "database_cleanup: no collection",
            without(logs.clone(), "collection"),
        ),
        (
            "database_cleanup: no days",
            without(logs.clone(), "days_old"),
        ),
        (
            "database_cleanup: no date field",
            without(logs, "date_field"),
        ),
        (
            "report_generation: no type",
            json!({ "date_range": "last_7d" }),
        ),
        ("webhook_trigger: no address", json!({})),
    ] {
        let template = case.split_once(':').unwrap().0;
        p.ask(CREATE, case, body(hourly(template, parameters)))
            .await;
    }
}

async fn lists(p: &mut Promises<'_>) {
    for (case, text) in [
        ("the first page", ""),
        ("a page of two", "?page=2&limit=2"),
        ("enabled ones", "?enabled=true&limit=1"),
        ("disabled ones", "?enabled=false"),
        ("of a template", "?template_type=report_generation"),
        ("page 0", "?page=0"),
        (NO_LIMIT, "?limit=0"),
        (LARGE_LIMIT, "?limit=101"),
        ("a filter that is neither true nor false", "?enabled=maybe"),
    ] {
        p.ask(JOBS, case, query(text)).await;
    }
    for (case, id) in [
        (UNKNOWN, hex(424_242)),
        (OTHER_SYSTEM, NOBODYS.to_owned()),
        (MALFORMED, "nonsense".to_owned()),
    ] {
        p.ask(JOB, case, of(&id)).await;
        p.ask(EXECUTION, case, of(id)).await;
    }
}

/// Waits until a run stands so, and answers it.
async fn stands(app: &TestApp, execution: &str, status: &str) {
    let path = format!("/api/admin/scheduler/executions/{execution}");
    app.until("the run stands so", async || {
        app.get(&app.admin, &path).await.expect(200)["execution"]["status"] == status
    })
    .await;
}

/// Makes a job that calls who does not answer, and starts it; answers the id of the run, which has begun.
async fn waiting(app: &TestApp, patience: &Patience, timeout_seconds: u32) -> (String, TcpStream) {
    let mut job = hourly(
        "webhook_trigger",
        json!({ "url": patience.url(), "max_retries": 0 }),
    );
    job["timeout_seconds"] = timeout_seconds.into();
    job["retry_policy"] = json!({ "max_retries": 0 });
    let job = app
        .post(&app.admin, "/api/admin/scheduler/jobs", job)
        .await
        .expect(200);
    let path = format!("/api/admin/scheduler/jobs/{}/run", id(&job["job"]));
    let run = app.post(&app.admin, &path, json!({})).await.expect(200);
    let call = patience.call().await;
    let execution = id(&run["execution"]);
    // This dialect says `running` also of those that wait.
    let number = i64::from_str_radix(&execution, 16).unwrap();
    let path = format!("/api/v1/scheduler/executions/{number}");
    app.until("the beginning is written down", async || {
        app.get(&app.admin, &path).await.expect(200)["statusName"] == "running"
    })
    .await;
    (execution, call)
}

async fn runs(app: &TestApp, p: &mut Promises<'_>, cleanup: &str, patience: &Patience) -> String {
    let test = hourly("test_scheduler", json!({ "check_interval": 60 }));
    let test = app
        .post(&app.admin, "/api/admin/scheduler/jobs", test)
        .await
        .expect(200);
    let test = id(&test["job"]);
    let run = p.ask(RUN, "a job", of(&test)).await;
    let success = id(&run["execution"]);
    p.call(&success, "the first run");
    stands(app, &success, "success").await;
    p.ask(EXECUTION, "success", of(&success)).await;
    p.ask(JOB, "after a run", of(&test)).await;

    // There is no connection called `default` here, and the run says so.
    app.clock.advance_seconds(1);
    let path = format!("/api/admin/scheduler/jobs/{cleanup}");
    let once = json!({ "retry_policy": { "max_retries": 0 } });
    app.put(&app.admin, &path, once).await.expect(200);
    let run = app
        .post(&app.admin, &format!("{path}/run"), json!({}))
        .await
        .expect(200);
    let failed = id(&run["execution"]);
    p.call(&failed, "the failed run");
    stands(app, &failed, "failed").await;
    p.ask(EXECUTION, "failed", of(&failed)).await;

    app.clock.advance_seconds(1);
    let (late, _call) = waiting(app, patience, 1).await;
    p.call(&late, "the run that took too long");
    app.clock.advance_seconds(2);
    stands(app, &late, "timeout").await;
    p.ask(EXECUTION, "timeout", of(&late)).await;

    let elsewhere = json!({
        "taskFunctionKey": "script", "nameEn": "Elsewhere", "manual": true, "parameters": { "script": "true" },
    });
    let elsewhere = app
        .post(&app.admin, "/api/v1/scheduler/jobs", elsewhere)
        .await
        .expect(201);
    p.ask(
        JOB,
        "made elsewhere",
        of(hex(elsewhere["id"].as_i64().unwrap())),
    )
    .await;

    app.clock.advance_seconds(1);
    let (running, _call) = waiting(app, patience, 3_600).await;
    p.call(&running, "the running run");
    p.ask(EXECUTION, "running", of(&running)).await;
    p.ask(EXECUTIONS, "running", query("?status=running")).await;
    p.ask(DELETE_EXECUTION, "a running one", of(&running)).await;
    let number = i64::from_str_radix(&running, 16).unwrap();
    let cancel = format!("/api/v1/scheduler/executions/{number}/cancel");
    app.post(&app.admin, &cancel, json!({})).await;
    stands(app, &running, "cancelled").await;
    p.ask(EXECUTION, "cancelled", of(&running)).await;

    for (case, text) in [
        ("all, newest first", "".to_owned()),
        ("of one job", format!("?job_id={test}")),
        ("success", "?status=success".to_owned()),
        ("failed", "?status=failed".to_owned()),
        ("timeout", "?status=timeout".to_owned()),
        ("partial", "?status=partial".to_owned()),
        ("cancelled", "?status=cancelled".to_owned()),
        ("a part of the list", "?skip=1&limit=1".to_owned()),
        ("a malformed id of a job", "?job_id=nonsense".to_owned()),
        (NO_STATUS, "?status=lost".to_owned()),
        (NO_LIMIT, "?limit=0".to_owned()),
        (LARGE_LIMIT, "?limit=201".to_owned()),
    ] {
        p.ask(EXECUTIONS, case, query(text)).await;
    }
    for (case, id, text) in [
        ("after a run", test.as_str(), ""),
        ("by status", &test, "?status=failed"),
        ("one of them", &test, "?limit=1"),
        ("of a job that there is not", &hex(424_242), ""),
        (MALFORMED, "nonsense", ""),
        (NO_STATUS, &test, "?status=lost"),
        (NO_LIMIT, &test, "?limit=0"),
        (LARGE_LIMIT, &test, "?limit=201"),
    ] {
        p.ask(OF_JOB, case, of(id).query(text)).await;
    }
    p.ask(STATUS, "after runs", plain()).await;
    for (case, id) in [(UNKNOWN, hex(424_242)), (MALFORMED, "nonsense".to_owned())] {
        p.ask(RUN, case, of(id)).await;
    }
    success
}

async fn updates(app: &TestApp, p: &mut Promises<'_>, job: &str) {
    let all = json!({
        "name": "New",
        "description": "what",
        "parameters": { "collection": "sessions", "days_old": 1, "date_field": "seen_at", "dry_run": false },
        "schedule": { "type": "cron", "expression": "0 3 * * *", "timezone": "Africa/Cairo" },
        "enabled": false,
        "timeout_seconds": 5,
        "retry_policy": { "max_retries": 0, "retry_delay_seconds": 1 },
        "notifications": { "on_success": [], "on_failure": ["ops@example.com"] },
    });
    p.ask(UPDATE, "all that can be changed", of(job).body(all))
        .await;
    p.ask(RUN, "a disabled job", of(job)).await;
    let enabled = json!({ "enabled": true });
    p.ask(UPDATE, "enabled again", of(job).body(enabled)).await;
    let schedule = |schedule: Value| json!({ "schedule": schedule });
    for (case, change) in [
        (
            "a schedule",
            schedule(json!({ "type": "interval", "interval_seconds": 60 })),
        ),
        ("nothing at all", json!({})),
        (
            "nothing but null",
            json!({ "name": null, "schedule": null }),
        ),
        (
            "parameters that fail the check",
            json!({ "parameters": { "collection": "logs" } }),
        ),
        (
            "a malformed cron expression",
            schedule(json!({ "type": "cron", "expression": "every day" })),
        ),
        (
            "an interval without seconds",
            schedule(json!({ "type": "interval" })),
        ),
        (
            "another template",
            json!({ "template_type": "webhook_trigger" }),
        ),
        ("an empty name", json!({ "name": "" })),
        ("a time-out of 0", json!({ "timeout_seconds": 0 })),
        (
            "a member of the wrong type",
            json!({ "enabled": "perhaps" }),
        ),
    ] {
        p.ask(UPDATE, case, of(job).body(change)).await;
    }
    for (case, id) in [(UNKNOWN, hex(424_242)), (MALFORMED, "nonsense".to_owned())] {
        p.ask(UPDATE, case, of(id).body(json!({ "name": "x" })))
            .await;
    }
    app.engine.settle().await;
}

async fn deletions(app: &TestApp, p: &mut Promises<'_>, job: &str, execution: &str) {
    let protected = json!({
        "taskFunctionKey": "echo", "nameEn": "Protected", "manual": true, "isPrimary": true, "parameters": { "message": "m" },
    });
    let protected = app
        .post(&app.admin, "/api/v1/scheduler/jobs", protected)
        .await
        .expect(201);
    let protected = hex(protected["id"].as_i64().unwrap());
    p.ask(DELETE, "a protected job", of(protected)).await;
    for route in [DELETE, DELETE_EXECUTION] {
        p.ask(route, UNKNOWN, of(hex(424_242))).await;
        p.ask(route, MALFORMED, of("nonsense")).await;
    }
    p.ask(DELETE, "a job", of(job)).await;
    for route in [DELETE, JOB, RUN] {
        p.ask(route, GONE, of(job)).await;
    }
    p.ask(UPDATE, GONE, of(job).body(json!({ "name": "x" })))
        .await;
    p.ask(OF_JOB, "of a deleted job", of(job)).await;
    p.ask(DELETE_EXECUTION, "an execution", of(execution)).await;
    p.ask(DELETE_EXECUTION, GONE, of(execution)).await;
    p.ask(EXECUTION, GONE, of(execution)).await;
}

//! The Texium dialect: what its documents show, sent as they show it, and every error of its tables.

use http::Method;
use orloj_engine::model::{Role, Scope};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, hex};

const JOBS: &str = "/api/scheduler/jobs";
/// The owner in the example of the seed: an id of another system.
pub(crate) const FOREIGN: &str = "507f1f77bcf86cd799439011";

/// The seed's own request.
pub(crate) fn first_job() -> Value {
    json!({
        "user_id": FOREIGN,
        "job_class_string": "jobs.echo.EchoJob",
        "name": "My First Job",
        "minute": "*/5",
        "hour": "*",
        "pub_args": ["Hello", "World"],
    })
}

fn job_of(owner: i64) -> Value {
    json!({"user_id": hex(owner), "job_class_string": "jobs.echo.EchoJob", "name": "Mine", "minute": "0"})
}

async fn create(app: &TestApp, token: &str, body: Value) -> String {
    app.post(token, JOBS, body).await.expect(200)["job_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn patch(app: &TestApp, token: &str, path: &str) -> Answer {
    app.ask(Method::PATCH, path).token(token).send().await
}

async fn data(app: &TestApp, token: &str, path: &str) -> Value {
    app.get(token, path).await.expect(200)["data"].take()
}

/// Runs a job and answers the ended execution.
async fn run(app: &TestApp, token: &str, job: &str) -> Value {
    let started = app
        .ask(Method::POST, &format!("{JOBS}/{job}/run"))
        .token(token)
        .send()
        .await
        .expect(200);
    assert_eq!(started["status"], "success");
    assert_eq!(started["message"], "Job execution started");
    let path = format!(
        "/api/scheduler/executions/{}",
        started["execution_id"].as_str().unwrap()
    );
    app.until("the run ends", async || {
        !data(app, token, &path).await["completed_at"].is_null()
    })
    .await;
    data(app, token, &path).await
}

/// The sentence of an error.
fn detail(answer: Answer, status: u16) -> String {
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.expect(status);
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    body["detail"].as_str().unwrap().to_owned()
}

/// Replaces the numbers of executions, which depend on what else runs.
fn steady(mut value: Value) -> Value {
    value["_id"] = "[id]".into();
    value
}

#[tokio::test]
async fn the_seeds_example_runs_every_five_minutes() {
    let app = TestApp::new().await;
    let created = app.post(&app.user, JOBS, first_job()).await.expect(200);
    insta::assert_json_snapshot!("created", created);
    let id = created["job_id"].as_str().unwrap().to_owned();
    let path = format!("{JOBS}/{id}");
    insta::assert_json_snapshot!("job", app.get(&app.user, &path).await.expect(200));
    for _ in 0..31 {
        app.clock.advance_seconds(10);
        app.engine.settle().await;
    }
    let list = format!("/api/scheduler/executions?job_id={id}");
    app.until("it has run", async || {
        data(&app, &app.user, &list).await[0]["status"] == "completed"
    })
    .await;
    let list = app
        .get(&app.user, "/api/scheduler/executions")
        .await
        .expect(200);
    let completed: Vec<Value> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["status"] == "completed")
        .map(|one| steady(one.clone()))
        .collect();
    insta::assert_json_snapshot!("completed", completed);
    let job = data(&app, &app.user, &path).await;
    assert_eq!(job["total_executions"], 1);
    assert_eq!(job["last_run_time"], "2026-03-02T10:05:00Z");
    assert_eq!(job["next_run_time"], "2026-03-02T10:10:00Z");
}

#[tokio::test]
async fn the_seeds_cron_examples_mean_what_they_say() {
    let app = TestApp::new().await;
    for (fields, next) in [
        (json!({"minute": "0", "hour": "9"}), "2026-03-03T09:00:00Z"),
        (
            json!({"minute": "0", "hour": "15", "day_of_week": "1"}),
            "2026-03-02T15:00:00Z",
        ),
        (
            json!({"minute": "*/5", "hour": "*"}),
            "2026-03-02T10:05:00Z",
        ),
        (
            json!({"minute": "0", "hour": "0", "day_of_month": "1"}),
            "2026-04-01T00:00:00Z",
        ),
        (
            json!({"minute": "30", "hour": "17", "day_of_week": "5"}),
            "2026-03-06T17:30:00Z",
        ),
        (
            json!({"minute": "0", "hour": "0", "day_of_week": "0", "week": "12"}),
            "2026-03-22T00:00:00Z",
        ),
    ] {
        let mut body = job_of(app.user_id);
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let id = create(&app, &app.user, body).await;
        let job = data(&app, &app.user, &format!("{JOBS}/{id}")).await;
        assert_eq!(job["next_run_time"], next, "{fields}");
        for (name, value) in fields.as_object().unwrap() {
            assert_eq!(&job[name], value);
        }
    }
}

#[tokio::test]
async fn every_doing_with_a_job() {
    let app = TestApp::new().await;
    let id = create(&app, &app.user, job_of(app.user_id)).await;
    let path = format!("{JOBS}/{id}");
    let changed = app
        .put(
            &app.user,
            &path,
            json!({"name": "New", "description": "what", "hour": "9", "pub_kwargs": {"key": "value"}, "is_enabled": false, "week": null}),
        )
        .await
        .expect(200);
    insta::assert_json_snapshot!("updated", changed);
    insta::assert_json_snapshot!("after_the_update", data(&app, &app.user, &path).await);
    insta::assert_json_snapshot!(
        "paused",
        patch(&app, &app.user, &format!("{path}/pause"))
            .await
            .expect(200)
    );
    assert_eq!(data(&app, &app.user, &path).await["is_paused"], true);
    let stats = app.get(&app.user, "/api/scheduler/stats").await.expect(200);
    insta::assert_json_snapshot!("stats_before_any_run", stats);
    // Disabled and paused jobs run by hand.
    let execution = run(&app, &app.user, &id).await;
    assert_eq!(execution["status"], "completed");
    insta::assert_json_snapshot!(
        "resumed",
        patch(&app, &app.user, &format!("{path}/resume"))
            .await
            .expect(200)
    );
    let stats = app.get(&app.user, "/api/scheduler/stats").await.expect(200);
    insta::assert_json_snapshot!("stats", stats);
    insta::assert_json_snapshot!("deleted", app.delete(&app.user, &path).await.expect(200));
    assert_eq!(
        detail(app.get(&app.user, &path).await, 404),
        "Job not found"
    );
    let history = data(&app, &app.user, "/api/scheduler/executions").await;
    assert_eq!(history[0]["job_id"], id, "the history stays");
}

#[tokio::test]
async fn lists() {
    let app = TestApp::new().await;
    for name in ["a", "b", "c"] {
        let mut body = job_of(app.user_id);
        body["name"] = name.into();
        create(&app, &app.user, body).await;
    }
    let foreign = create(&app, &app.user, first_job()).await;
    let names = |answer: &Value| -> Vec<String> {
        assert_eq!(answer["status"], "success");
        assert_eq!(answer["total"], answer["data"].as_array().unwrap().len());
        answer["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = app.get(&app.user, JOBS).await.expect(200);
    assert_eq!(names(&all), ["a", "b", "c", "My First Job"]);
    let part = app
        .get(&app.user, &format!("{JOBS}?skip=1&limit=2"))
        .await
        .expect(200);
    assert_eq!(names(&part), ["b", "c"]);
    let of_user = |owner: &str| format!("/api/scheduler/users/{owner}/jobs");
    let own = app
        .get(&app.user, &of_user(&hex(app.user_id)))
        .await
        .expect(200);
    assert_eq!(names(&own).len(), 4);
    let under = app.get(&app.user, &of_user(FOREIGN)).await.expect(200);
    assert_eq!(under["data"][0]["_id"], foreign);
    assert_eq!(under["data"][0]["user_id"], FOREIGN);
    assert_eq!(names(&under).len(), 1);
    let stats = app
        .get(
            &app.user,
            &format!("/api/scheduler/stats?user_id={FOREIGN}"),
        )
        .await
        .expect(200);
    assert_eq!(stats["stats"]["total_jobs"], 1);
    let none = app
        .get(&app.user, &of_user(&hex(424_242)))
        .await
        .expect(200);
    assert_eq!(names(&none).len(), 0);
    let (_, other) = app.person("other", Role::User).await;
    for path in [
        JOBS.to_owned(),
        of_user(FOREIGN),
        of_user(&hex(app.user_id)),
    ] {
        let theirs = app.get(&other, &path).await.expect(200);
        assert_eq!(names(&theirs).len(), 0, "{path}");
    }
    let everybodys = app.get(&app.admin, JOBS).await.expect(200);
    assert_eq!(names(&everybodys).len(), 4);
}

#[tokio::test]
async fn the_newest_hundred_executions_are_listed() {
    let app = TestApp::new().await;
    let job = create(&app, &app.user, job_of(app.user_id)).await;
    let first = run(&app, &app.user, &job).await;
    for _ in 0..100 {
        run(&app, &app.user, &job).await;
    }
    let list = async |query: &str| {
        let path = format!("/api/scheduler/executions{query}");
        data(&app, &app.user, &path).await
    };
    let newest = list("").await;
    assert_eq!(newest.as_array().unwrap().len(), 100);
    assert_eq!(list("?limit=500").await.as_array().unwrap().len(), 101);
    assert_eq!(list("?skip=100").await, json!([first]));
}

#[tokio::test]
async fn errors_of_jobs() {
    let app = TestApp::new().await;
    let with = |name: &str, value: Value| {
        let mut body = job_of(app.user_id);
        body[name] = value;
        body
    };
    let mut said = Vec::new();
    for body in [
        with("job_class_string", json!("jobs.unknown.Job")),
        {
            let mut backup = with("job_class_string", json!("jobs.backup.DataBackupJob"));
            backup["pub_kwargs"] = json!({"collections": ["users"]});
            backup
        },
        {
            let mut report = with("job_class_string", json!("jobs.report.ReportGenerationJob"));
            report["pub_kwargs"] = json!({"report_type": "yearly"});
            report
        },
        with("job_class_string", json!("jobs.webhook.WebhookJob")),
        with("user_id", json!("not an id")),
        with("name", json!("  ")),
        with("minute", json!("61")),
        with("day_of_month", json!("")),
        with("week", json!("54")),
    ] {
        said.push(detail(app.post(&app.user, JOBS, body).await, 400));
    }
    insta::assert_json_snapshot!("bad_requests", said);
    let mut unreadable = Vec::new();
    for body in [
        json!({"name": "x"}),
        with("minute", json!(5)),
        with("pub_args", json!("Hello")),
        with("is_paused", json!(true)),
    ] {
        unreadable.push(app.post(&app.user, JOBS, body).await.expect(422));
    }
    let broken = app
        .ask(Method::POST, JOBS)
        .token(&app.user)
        .raw("application/json", "{")
        .send()
        .await;
    unreadable.push(broken.expect(422));
    unreadable.push(
        app.get(&app.user, &format!("{JOBS}?color=red"))
            .await
            .expect(422),
    );
    insta::assert_json_snapshot!("unreadable", unreadable);
    for unknown in [hex(424_242), FOREIGN.to_owned()] {
        let path = format!("{JOBS}/{unknown}");
        assert_eq!(
            detail(app.get(&app.user, &path).await, 404),
            "Job not found"
        );
        assert_eq!(
            detail(app.delete(&app.user, &path).await, 404),
            "Job not found"
        );
        for doing in ["pause", "resume"] {
            let answer = patch(&app, &app.user, &format!("{path}/{doing}")).await;
            assert_eq!(detail(answer, 404), "Job not found");
        }
        let answer = app.put(&app.user, &path, json!({"name": "x"})).await;
        assert_eq!(detail(answer, 400), "Job not found");
        let answer = app.post(&app.user, &format!("{path}/run"), json!({})).await;
        assert_eq!(detail(answer, 400), "Job not found");
        let path = format!("/api/scheduler/executions/{unknown}");
        assert_eq!(
            detail(app.get(&app.user, &path).await, 404),
            "Execution not found"
        );
    }
    for path in [
        format!("{JOBS}/1"),
        "/api/scheduler/users/me/jobs".to_owned(),
        "/api/scheduler/executions/nonsense".to_owned(),
        "/api/scheduler/executions?job_id=nonsense".to_owned(),
        "/api/scheduler/stats?user_id=nonsense".to_owned(),
        "/api/users/nonsense".to_owned(),
        "/api/servers/nonsense".to_owned(),
        "/api/servers/user/nonsense".to_owned(),
    ] {
        detail(app.get(&app.user, &path).await, 404);
    }
    detail(
        app.put(&app.user, &format!("{JOBS}/1"), json!({})).await,
        404,
    );
}

#[tokio::test]
async fn who_may_do_what() {
    let app = TestApp::new().await;
    for (method, path, _) in orloj_server::access_matrix()
        .into_iter()
        .filter(|(_, path, _)| {
            let others = ["/api/v1", "/api/admin", "/api/schedule/", "/api/auth/"];
            *path != "/api/schedule" && !others.iter().any(|other| path.starts_with(other))
        })
    {
        let answer = app.ask(method, &path.replace(['{', '}'], "")).send().await;
        assert!(!answer.header("www-authenticate").is_empty());
        detail(answer, 401);
    }
    let job = create(&app, &app.user, job_of(app.user_id)).await;
    let (other_id, other) = app.person("other", Role::User).await;
    let path = format!("{JOBS}/{job}");
    detail(app.get(&other, &path).await, 404);
    detail(app.delete(&other, &path).await, 404);
    detail(app.post(&other, JOBS, job_of(app.user_id)).await, 403);
    detail(app.post(&app.viewer, JOBS, job_of(app.user_id)).await, 403);
    let reader = app.token(app.user_id, Scope::Read).await;
    detail(
        app.post(&reader, &format!("{path}/run"), json!({})).await,
        403,
    );
    // Administrators create for others, who then own what was created.
    let theirs = create(&app, &app.admin, job_of(other_id)).await;
    let seen = data(&app, &other, &format!("{JOBS}/{theirs}")).await;
    assert_eq!(seen["user_id"], hex(other_id));
    assert_eq!(
        detail(app.post(&app.admin, JOBS, job_of(424_242)).await, 400),
        "user_id: there is no such user"
    );
    let script = json!({"user_id": hex(app.user_id), "job_class_string": "jobs.custom.CustomScriptJob", "name": "s", "pub_args": ["echo hello"]});
    let refused = detail(app.post(&app.user, JOBS, script).await, 400);
    assert!(refused.contains("permission `script`"), "{refused}");
}

#[tokio::test]
async fn classes_do_real_work() {
    let app = TestApp::new().await;
    let make = async |class: &str, args: Value, kwargs: Value| {
        let body = json!({"user_id": hex(1), "job_class_string": class, "name": class, "minute": "0", "pub_args": args, "pub_kwargs": kwargs});
        let id = create(&app, &app.admin, body).await;
        let job = data(&app, &app.admin, &format!("{JOBS}/{id}")).await;
        assert_eq!(job["pub_args"], args);
        assert_eq!(job["pub_kwargs"], kwargs);
        assert_eq!(job["job_class_string"], class);
        run(&app, &app.admin, &id).await
    };
    let script = make(
        "jobs.custom.CustomScriptJob",
        json!(["echo \"$GREETING $1\"; exit 3", "world"]),
        json!({"GREETING": "hello"}),
    )
    .await;
    assert_eq!(script["status"], "failed");
    assert!(
        script["output"]
            .as_str()
            .unwrap()
            .starts_with("hello world"),
        "{script}"
    );
    assert!(script["error"].as_str().unwrap().contains('3'), "{script}");
    let cleanup = make(
        "jobs.cleanup.DataCleanupJob",
        json!([]),
        json!({"days_old": 30}),
    )
    .await;
    assert_eq!(cleanup["status"], "completed");
    let metrics = make("jobs.metrics.SystemMetricsJob", json!([]), json!({})).await;
    assert!(
        metrics["output"].as_str().unwrap().contains("memory"),
        "{metrics}"
    );
    let mail = make(
        "jobs.email.EmailNotificationJob",
        json!(["a@example.com"]),
        json!({}),
    )
    .await;
    assert_eq!(
        mail["status"], "failed",
        "there is no mail server here, and it says so"
    );
    assert!(
        mail["error"].as_str().unwrap().contains("default"),
        "{mail}"
    );
    // No folder for exports is configured here: the backup is kept with the execution.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    std::fs::write(&file, b"").unwrap();
    let connection = json!({"name": "default", "kind": "sqlite", "settings": {"path": file}, "allowedTables": ["*"]});
    app.post(&app.admin, "/api/v1/connections", connection)
        .await
        .expect(201);
    let backup = make("jobs.backup.DataBackupJob", json!([]), json!({})).await;
    assert_eq!(backup["status"], "completed", "{backup}");
    let runs = app
        .get(
            &app.admin,
            "/api/v1/scheduler/history?status=success&per_page=100",
        )
        .await
        .expect(200);
    let mut files = runs["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|run| run["artifacts"][0]["name"].as_str());
    assert!(files.next().unwrap().ends_with(".sqlite.gz"), "{runs}");
}

#[tokio::test]
async fn a_job_made_elsewhere_is_seen_here() {
    let app = TestApp::new().await;
    let body = json!({"taskFunctionKey": "webhook", "nameEn": "Elsewhere", "cronExpression": "0 9 * * 1-5", "parameters": {"url": "https://example.com/"}});
    let id = app
        .post(&app.user, "/api/v1/scheduler/jobs", body)
        .await
        .expect(201)["id"]
        .as_i64()
        .unwrap();
    let path = format!("{JOBS}/{}", hex(id));
    let job = data(&app, &app.user, &path).await;
    assert_eq!(job["job_class_string"], "jobs.webhook.WebhookJob");
    assert_eq!(job["pub_kwargs"], json!({"url": "https://example.com/"}));
    assert_eq!(job["day_of_week"], "1-5");
    let native = app.manual_job(&app.user, "by hand").await;
    let job = data(&app, &app.user, &format!("{JOBS}/{}", hex(native))).await;
    assert_eq!(job["minute"], Value::Null);
    // And the other way round, with what was changed elsewhere.
    let mine = create(&app, &app.user, job_of(app.user_id)).await;
    let number = i64::from_str_radix(&mine, 16).unwrap();
    let native = format!("/api/v1/scheduler/jobs/{number}");
    let seen = app.get(&app.user, &native).await.expect(200);
    assert_eq!(seen["cronFields"]["minute"], "0");
    app.put(
        &app.user,
        &native,
        json!({"parameters": {"message": "other"}}),
    )
    .await
    .expect(200);
    let job = data(&app, &app.user, &format!("{JOBS}/{mine}")).await;
    assert_eq!(job["pub_kwargs"], json!({"message": "other"}));
}

#[tokio::test]
async fn users() {
    let app = TestApp::new().await;
    let body = json!({"name": "Mona Ali", "email": "mona@example.org", "role": "user"});
    let created = app
        .post(&app.admin, "/api/users/", body.clone())
        .await
        .expect(200);
    insta::assert_json_snapshot!("user_created", created);
    let path = format!("/api/users/{}", created["user_id"].as_str().unwrap());
    insta::assert_json_snapshot!("user", app.get(&app.admin, &path).await.expect(200));
    detail(app.post(&app.admin, "/api/users/", body).await, 400);
    detail(
        app.post(&app.admin, "/api/users/", json!({"name": " "}))
            .await,
        400,
    );
    detail(
        app.post(
            &app.admin,
            "/api/users/",
            json!({"name": "x", "role": "king"}),
        )
        .await,
        400,
    );
    app.post(&app.admin, "/api/users/", json!({"email": "x@example.org"}))
        .await
        .expect(422);
    detail(
        app.post(&app.user, "/api/users/", json!({"name": "x"}))
            .await,
        403,
    );
    let changed = app
        .put(&app.admin, &path, json!({"name": "Mona", "role": "viewer"}))
        .await
        .expect(200);
    insta::assert_json_snapshot!("user_updated", changed);
    let user = data(&app, &app.admin, &path).await;
    assert_eq!(
        (user["name"].as_str(), user["role"].as_str()),
        (Some("Mona"), Some("viewer"))
    );
    let list = app.get(&app.admin, "/api/users/").await.expect(200);
    assert_eq!(list["total"], 4);
    let own = app.get(&app.user, "/api/users/").await.expect(200);
    assert_eq!(own["data"][0]["name"], "maryam");
    assert_eq!(own["total"], 1);
    detail(app.get(&app.user, &path).await, 404);
    insta::assert_json_snapshot!(
        "user_deleted",
        app.delete(&app.admin, &path).await.expect(200)
    );
    assert_eq!(
        detail(app.get(&app.admin, &path).await, 404),
        "User not found"
    );
    detail(app.delete(&app.admin, &path).await, 404);
    detail(app.put(&app.admin, &path, json!({"name": "x"})).await, 404);
    detail(
        app.delete(&app.admin, &format!("/api/users/{}", hex(1)))
            .await,
        400,
    );
}

#[tokio::test]
async fn servers_are_registered_and_checked() {
    let app = TestApp::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let body = json!({"user_id": FOREIGN, "name": "Web", "hostname": "127.0.0.1", "port": 80, "connection_name": "c", "instance_url": "https://example.com/", "username": "u", "password": "hunter2"});
    let created = app
        .post(&app.user, "/api/servers/create", body)
        .await
        .expect(200);
    insta::assert_json_snapshot!("server_created", created);
    let path = format!("/api/servers/{}", created["server_id"].as_str().unwrap());
    let answer = app.get(&app.user, &path).await;
    assert!(!answer.text().contains("hunter2") && !answer.text().contains("password"));
    insta::assert_json_snapshot!("server", answer.expect(200));
    let local = json!({"name": "Here", "hostname": "127.0.0.1", "port": listener.local_addr().unwrap().port()});
    let local = app
        .post(&app.user, "/api/servers/create", local)
        .await
        .expect(200)["server_id"]
        .clone();
    let list = app.get(&app.user, "/api/servers/").await.expect(200);
    assert_eq!(list["total"], 2);
    let under = app
        .get(&app.user, &format!("/api/servers/user/{FOREIGN}"))
        .await
        .expect(200);
    assert_eq!(under["data"][0]["name"], "Web");
    assert_eq!(under["total"], 1);
    let own = app
        .get(
            &app.user,
            &format!("/api/servers/user/{}", hex(app.user_id)),
        )
        .await
        .expect(200);
    assert_eq!(own["total"], 2);
    let (_, other) = app.person("other", Role::User).await;
    detail(app.get(&other, &path).await, 404);
    assert_eq!(
        app.get(&other, "/api/servers/").await.expect(200)["total"],
        0
    );
    for bad in [
        json!({"name": "", "hostname": "a"}),
        json!({"name": "a", "hostname": "http://a/"}),
        json!({"name": "a", "hostname": "a", "port": 0}),
        json!({"name": "a", "hostname": "a", "instance_url": "ftp://a"}),
        json!({"name": "a", "hostname": "a", "user_id": "x"}),
    ] {
        detail(app.post(&app.user, "/api/servers/create", bad).await, 400);
    }
    app.post(&app.user, "/api/servers/create", json!({"name": "a"}))
        .await
        .expect(422);
    detail(
        app.get(&app.user, &format!("/api/servers/{}", hex(99)))
            .await,
        404,
    );
    // A check of it really looks: here a private address, which the rules of this host forbid.
    let mut job = job_of(app.user_id);
    job["job_class_string"] = "jobs.server.ServerHealthCheckJob".into();
    job["pub_args"] = json!([local]);
    let id = create(&app, &app.user, job).await;
    let execution = run(&app, &app.user, &id).await;
    assert_eq!(execution["status"], "failed");
    assert!(
        execution["output"].as_str().unwrap().contains("Here"),
        "{execution}"
    );
    let mut all = job_of(app.user_id);
    all["job_class_string"] = "jobs.server.ServerHealthCheckJob".into();
    let id = create(&app, &app.user, all).await;
    let job = data(&app, &app.user, &format!("{JOBS}/{id}")).await;
    assert_eq!(job["pub_args"], json!([]), "as it was written");
    let mut unknown = job_of(app.user_id);
    unknown["job_class_string"] = "jobs.server.ServerHealthCheckJob".into();
    unknown["pub_args"] = json!(["server_123"]);
    detail(app.post(&app.user, JOBS, unknown).await, 400);
}

#[tokio::test]
async fn utility() {
    let app = TestApp::new().await;
    let classes = app
        .get(&app.user, "/api/scheduler/available-jobs")
        .await
        .expect(200);
    insta::assert_json_snapshot!("available_jobs", classes);
    insta::assert_json_snapshot!(
        "health",
        app.get(&app.user, "/api/scheduler/health")
            .await
            .expect(200)
    );
    for limit in [0, 501] {
        let path = format!("/api/scheduler/executions?limit={limit}");
        app.get(&app.user, &path).await.expect(422);
    }
    let empty = app
        .get(&app.user, "/api/scheduler/executions")
        .await
        .expect(200);
    insta::assert_json_snapshot!("no_executions", empty);
}

//! The DeployX dialect: the document's curl examples, what its clients find in answers, and none of its known defects.

use http::Method;
use orloj_engine::model::{NewToken, Role, Scope};
use orloj_engine::{Admitted, Caller};
use orloj_server::ServerConfig;
use serde_json::{Value, json};

use crate::agents::{commander, enrol, obey};
use crate::app::{Answer, PASSWORD, TestApp, steady};

const TASKS: &str = "/api/schedule/tasks";

/// Before the moments that the document's examples name.
const BEFORE: &str = "2025-10-25T10:00:00Z";

/// The service on the day before the document's examples, with a user who may command devices.
struct Fleet {
    app: TestApp,
    token: String,
    caller: Caller,
}

impl Fleet {
    async fn new() -> Self {
        let app = TestApp::starting(ServerConfig::default(), BEFORE).await;
        let (id, token) = app.person("nischay", Role::User).await;
        let caller = commander(&app, id).await;
        Self { app, token, caller }
    }

    async fn device(&self, name: &str) -> Admitted {
        enrol(&self.caller, name).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.app.post(&self.token, path, body).await
    }

    async fn get(&self, path: &str) -> Value {
        self.app.get(&self.token, path).await.expect(200)
    }

    async fn task(&self, id: &Value) -> Value {
        self.get(&format!("{TASKS}/{id}")).await
    }

    async fn until_status(&self, id: &Value, status: &str) -> Value {
        let path = format!("{TASKS}/{id}");
        self.app
            .until(&format!("the task is {status}"), async || {
                self.get(&path).await["status"] == status
            })
            .await;
        self.get(&path).await
    }

    /// A refusal with this status; answers what it says.
    fn refusal(answer: Answer, status: u16) -> String {
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
        assert_eq!(answer.headers["content-type"], "application/json");
        match &answer.json()["detail"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

fn command(devices: &[i64]) -> Value {
    json!({
        "task_name": "System Info Check",
        "task_type": "command",
        "scheduled_time": "2025-10-26T15:00:00",
        "recurrence_type": "once",
        "device_ids": devices,
        "command_payload": { "command": "systeminfo", "shell": "cmd" }
    })
}

fn daily(devices: &[i64]) -> Value {
    json!({
        "task_name": "Every night",
        "task_type": "command",
        "scheduled_time": "2025-10-25T11:00:00",
        "recurrence_type": "daily",
        "recurrence_config": { "type": "daily", "time": "01:00" },
        "device_ids": devices,
        "command_payload": { "command": "true" }
    })
}

#[tokio::test]
async fn the_curl_examples_of_the_document_work_as_they_are() {
    let fleet = Fleet::new().await;
    let mut devices = Vec::new();
    for name in ["one", "two", "three"] {
        devices.push(fleet.device(name).await);
    }
    let group = json!({ "name": "All", "devices": [1, 2, 3] });
    fleet.post("/api/v1/groups", group).await.expect(201);
    // The examples name the files 10 and 11.
    for number in 1..=11 {
        let body = json!({ "name": format!("file-{number}"), "size": 0 });
        fleet.post("/api/v1/files", body).await.expect(201);
    }
    let made = fleet.post(TASKS, command(&[1, 2])).await.expect(201);
    insta::assert_json_snapshot!("command", steady(made));
    let weekly = json!({
        "task_name": "Weekly Security Updates",
        "task_type": "software_deployment",
        "scheduled_time": "2025-10-28T02:00:00",
        "recurrence_type": "weekly",
        "recurrence_config": { "type": "weekly", "days_of_week": [0], "time": "02:00" },
        "group_ids": [1],
        "software_payload": { "software_ids": [5, 8], "deployment_name": "Weekly Updates" }
    });
    let made = fleet.post(TASKS, weekly).await.expect(201);
    // The 28th is a Tuesday: the first Monday after it is the 3rd.
    assert_eq!(made["next_execution"], "2025-11-03T02:00:00Z");
    insta::assert_json_snapshot!("software", steady(made));
    let daily = json!({
        "task_name": "Daily Config Sync",
        "task_type": "file_deployment",
        "scheduled_time": "2025-10-26T01:00:00",
        "recurrence_type": "daily",
        "recurrence_config": { "type": "daily", "time": "01:00" },
        "device_ids": [1, 2, 3],
        "file_payload": {
            "file_ids": [10, 11],
            "target_path": "C:\\Config",
            "create_path_if_not_exists": true
        }
    });
    let made = fleet.post(TASKS, daily).await.expect(201);
    assert_eq!(made["next_execution"], "2025-10-26T01:00:00Z");
    insta::assert_json_snapshot!("file", steady(made));
    let list = fleet.get(TASKS).await;
    let names: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["task_name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "Weekly Security Updates",
            "System Info Check",
            "Daily Config Sync"
        ]
    );
    insta::assert_json_snapshot!("detail", steady(fleet.get("/api/schedule/tasks/1").await));
    let paused = fleet
        .post("/api/schedule/tasks/1/pause", json!({}))
        .await
        .expect(200);
    insta::assert_json_snapshot!("paused", paused);
    let started = fleet
        .app
        .ask(Method::POST, "/api/schedule/tasks/1/execute")
        .token(&fleet.token)
        .send()
        .await
        .expect(200);
    insta::assert_json_snapshot!("started", started);
    let now = fleet.app.engine.clock().now();
    for device in devices.iter_mut().take(2) {
        let steps = obey(device, now, 0).await;
        assert_eq!(steps[0]["command"], "systeminfo");
        assert_eq!(steps[0]["shells"], json!({ "windows": "cmd" }));
    }
    let executions = "/api/schedule/tasks/1/executions";
    fleet
        .app
        .until("the run has ended", async || {
            fleet.get(executions).await[0]["status"] == "completed"
        })
        .await;
    let mut done = fleet.get(executions).await;
    done[0]["result"]["details"] = json!("[details]");
    insta::assert_json_snapshot!("executions", done);
    insta::assert_json_snapshot!("stats", fleet.get("/api/schedule/stats").await);
}

#[tokio::test]
async fn a_task_ends_as_its_devices_did() {
    let fleet = Fleet::new().await;
    let mut good = fleet.device("good").await;
    let mut bad = fleet.device("bad").await;
    let once = fleet.post(TASKS, command(&[1, 2])).await.expect(201);
    let again = fleet.post(TASKS, daily(&[2])).await.expect(201);
    let execute = format!("{TASKS}/{}/execute", once["id"]);
    fleet.post(&execute, json!({})).await.expect(200);
    fleet.until_status(&once["id"], "running").await;
    assert_eq!(
        Fleet::refusal(fleet.post(&execute, json!({})).await, 400),
        "Task is already running"
    );
    let now = fleet.app.engine.clock().now();
    obey(&mut good, now, 0).await;
    obey(&mut bad, now, 3).await;
    let failed = fleet.until_status(&once["id"], "failed").await;
    assert_eq!(failed["next_execution"], Value::Null);
    assert_eq!(failed["error_message"], "bad: failed: exit code 3");
    assert_eq!(
        failed["last_result"]["message"],
        "1 of 2 devices succeeded, 1 failed"
    );
    assert_eq!(failed["executions"][0]["status"], "failed");
    assert_eq!(failed["execution_count"], 1);
    assert_eq!(
        failed["last_result"]["deployment_id"],
        failed["executions"][0]["id"]
    );
    // A recurring one that failed goes on.
    let execute = format!("{TASKS}/{}/execute", again["id"]);
    fleet.post(&execute, json!({})).await.expect(200);
    obey(&mut bad, now, 1).await;
    let failed = fleet.until_status(&again["id"], "failed").await;
    assert!(failed["next_execution"].is_string());
    let upcoming = &fleet.get("/api/schedule/stats").await["upcoming_tasks"];
    assert_eq!(upcoming[0]["id"], again["id"]);
    fleet
        .post(&format!("{TASKS}/{}/pause", again["id"]), json!({}))
        .await
        .expect(200);
    assert_eq!(fleet.task(&again["id"]).await["status"], "paused");
    // Executed before its time: its time does not come again.
    fleet.app.clock.advance_seconds(3 * 86_400);
    fleet.app.engine.settle().await;
    assert_eq!(fleet.task(&once["id"]).await["execution_count"], 1);
}

#[tokio::test]
async fn what_would_never_run_is_refused() {
    let fleet = Fleet::new().await;
    fleet.device("one").await;
    let with = |changes: Value| {
        let mut body = command(&[1]);
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for (changes, status, says) in [
        (
            json!({"scheduled_time": "2025-10-25T10:00:00"}),
            400,
            "in the future",
        ),
        (
            json!({"device_ids": []}),
            400,
            "At least one device or group",
        ),
        (json!({"device_ids": [9]}), 400, "device_ids"),
        (json!({"group_ids": [9]}), 400, "group_ids"),
        (json!({"command_payload": {}}), 400, "command or commands"),
        (
            json!({"command_payload": null}),
            400,
            "command_payload is required",
        ),
        (
            json!({"task_type": "file_deployment", "command_payload": null, "file_payload": {"file_ids": [], "target_path": "/x"}}),
            400,
            "file_ids",
        ),
        (
            json!({"task_type": "file_deployment", "command_payload": null, "file_payload": {"file_ids": [77], "target_path": "/x"}}),
            400,
            "file_payload.file_ids",
        ),
        (
            json!({"task_type": "file_deployment", "command_payload": null, "file_payload": {"file_ids": [1], "target_path": " "}}),
            400,
            "target_path",
        ),
        (
            json!({"task_type": "software_deployment", "command_payload": null, "software_payload": {"software_ids": [999]}}),
            400,
            "software_ids",
        ),
        (
            json!({"task_type": "software_deployment", "command_payload": null, "software_payload": {}}),
            400,
            "software_ids",
        ),
        (
            json!({"recurrence_type": "weekly", "recurrence_config": {"days_of_week": []}}),
            400,
            "days_of_week",
        ),
        (
            json!({"recurrence_type": "monthly", "recurrence_config": {"day_of_month": 32}}),
            400,
            "day_of_month",
        ),
        (
            json!({"recurrence_type": "daily", "recurrence_config": {"time": "24:00"}}),
            400,
            "time",
        ),
        (
            json!({"recurrence_type": "daily", "recurrence_config": {"type": "weekly"}}),
            400,
            "type",
        ),
        (json!({"recurrence_type": "custom"}), 400, "cron_expression"),
        (
            json!({"recurrence_type": "custom", "recurrence_config": {"cron_expression": "61 * * * *"}}),
            400,
            "cron_expression",
        ),
        (json!({"scheduled_time": "soon"}), 422, "scheduled_time"),
        (json!({"task_name": ""}), 422, "task_name"),
        (json!({"task_type": "reboot"}), 422, "task_type"),
        (json!({"priority": 1}), 422, "priority"),
    ] {
        let answer = fleet.post(TASKS, with(changes.clone())).await;
        let said = Fleet::refusal(answer, status);
        assert!(said.contains(says), "{changes}: {said}");
    }
    // Unlike what it stands in for: an end is kept, and counts.
    let ends = json!({"recurrence_type": "daily", "recurrence_config": {"time": "01:00", "end_date": "2025-10-27T00:00:00"}, "scheduled_time": "2025-10-25T11:00:00"});
    let made = fleet.post(TASKS, with(ends)).await.expect(201);
    let detail = fleet.task(&made["id"]).await;
    assert_eq!(
        detail["recurrence_config"]["end_date"],
        "2025-10-27T00:00:00Z"
    );
}

#[tokio::test]
async fn weekdays_count_from_monday_and_in_cron_from_sunday() {
    let fleet = Fleet::new().await;
    fleet.device("one").await;
    // The 25th of October 2025 is a Saturday.
    for (recurrence, config, next) in [
        (
            "weekly",
            json!({"days_of_week": [6], "time": "02:00"}),
            "2025-10-26T02:00:00Z",
        ),
        (
            "weekly",
            json!({"days_of_week": [0], "time": "02:00"}),
            "2025-10-27T02:00:00Z",
        ),
        (
            "custom",
            json!({"cron_expression": "0 2 * * 1-5"}),
            "2025-10-27T02:00:00Z",
        ),
        (
            "custom",
            json!({"cron_expression": "0 2 * * 0"}),
            "2025-10-26T02:00:00Z",
        ),
        (
            "monthly",
            json!({"day_of_month": 31, "time": "00:00"}),
            "2025-10-31T00:00:00Z",
        ),
        ("monthly", json!({}), "2025-11-01T00:00:00Z"),
        ("daily", json!(null), "2025-10-26T00:00:00Z"),
    ] {
        let body = json!({
            "task_name": recurrence,
            "task_type": "command",
            "scheduled_time": "2025-01-01T00:00:00",
            "recurrence_type": recurrence,
            "recurrence_config": config,
            "device_ids": [1],
            "command_payload": { "command": "true" }
        });
        let made = fleet.post(TASKS, body).await.expect(201);
        assert_eq!(made["next_execution"], next, "{recurrence} {config}");
    }
}

#[tokio::test]
async fn changes_keep_what_they_do_not_name() {
    let fleet = Fleet::new().await;
    for name in ["one", "two"] {
        fleet.device(name).await;
    }
    let made = fleet.post(TASKS, daily(&[1])).await.expect(201);
    let path = format!("{TASKS}/{}", made["id"]);
    let put = async |body: Value| fleet.app.put(&fleet.token, &path, body).await;
    // The guide's own example, which the original refuses: the status that the task has.
    let same = put(json!({"status": "pending", "task_name": "Renamed", "device_ids": [2]}))
        .await
        .expect(200);
    assert_eq!(
        (
            &same["task_name"],
            &same["device_ids"],
            &same["next_execution"]
        ),
        (&json!("Renamed"), &json!([2]), &made["next_execution"])
    );
    assert_eq!(same["payload"]["command"], "true");
    let moved = put(json!({"recurrence_config": {"type": "daily", "time": "05:30"}}))
        .await
        .expect(200);
    assert_eq!(moved["next_execution"], "2025-10-26T05:30:00Z");
    assert_eq!(
        put(json!({"status": "paused"})).await.expect(200)["status"],
        "paused"
    );
    // A paused task stays paused, whatever else is changed.
    let still = put(json!({"recurrence_config": {"time": "06:00"}}))
        .await
        .expect(200);
    assert_eq!(still["status"], "paused");
    assert_eq!(
        put(json!({"status": "pending"})).await.expect(200)["status"],
        "pending"
    );
    assert_eq!(
        put(json!({"status": "cancelled"})).await.expect(200)["status"],
        "cancelled"
    );
    assert_eq!(
        put(json!({"status": "pending"})).await.expect(200)["status"],
        "pending"
    );
    for (body, says) in [
        (json!({"status": "completed"}), "completed"),
        (json!({"status": "running"}), "running"),
        (json!({"device_ids": []}), "At least one device"),
        (json!({"device_ids": [5]}), "device_ids"),
        (
            json!({"recurrence_type": "once", "scheduled_time": "2025-10-01T00:00:00"}),
            "in the future",
        ),
        (
            json!({"file_payload": {"file_ids": [1], "target_path": "/x"}}),
            "file_payload",
        ),
    ] {
        let said = Fleet::refusal(put(body.clone()).await, 400);
        assert!(said.contains(says), "{body}: {said}");
    }
    let pause = format!("{path}/pause");
    fleet.post(&pause, json!({})).await.expect(200);
    Fleet::refusal(fleet.post(&pause, json!({})).await, 400);
    // Not lost with a restart: it is in the store, and the instants of the pause do not run afterwards.
    fleet.app.clock.advance_seconds(2 * 86_400);
    fleet.app.engine.settle().await;
    let resume = format!("{path}/resume");
    fleet.post(&resume, json!({})).await.expect(200);
    Fleet::refusal(fleet.post(&resume, json!({})).await, 400);
    assert_eq!(fleet.task(&made["id"]).await["execution_count"], 0);
    fleet.app.delete(&fleet.token, &path).await.expect(200);
    assert_eq!(
        Fleet::refusal(fleet.app.get(&fleet.token, &path).await, 404),
        "Task not found"
    );
}

#[tokio::test]
async fn everybody_has_their_own_tasks() {
    let fleet = Fleet::new().await;
    fleet.device("one").await;
    let made = fleet.post(TASKS, daily(&[1])).await.expect(201);
    let path = format!("{TASKS}/{}", made["id"]);
    let (_, other) = fleet.app.person("other", Role::User).await;
    for token in [&other, &fleet.app.admin] {
        for (method, path) in [
            (Method::GET, path.clone()),
            (Method::DELETE, path.clone()),
            (Method::POST, format!("{path}/pause")),
            (Method::POST, format!("{path}/resume")),
            (Method::POST, format!("{path}/execute")),
            (Method::GET, format!("{path}/executions")),
        ] {
            let answer = fleet.app.ask(method, &path).token(token).send().await;
            assert_eq!(Fleet::refusal(answer, 404), "Task not found");
        }
        let answer = fleet.app.put(token, &path, json!({"task_name": "x"})).await;
        assert_eq!(Fleet::refusal(answer, 404), "Task not found");
        let list = fleet.app.get(token, TASKS).await.expect(200);
        assert_eq!(list, json!([]));
        let stats = fleet
            .app
            .get(token, "/api/schedule/stats")
            .await
            .expect(200);
        assert_eq!(stats["total_tasks"], 0);
    }
    // Neither somebody else's device, nor commands without the permission for them.
    let refused = fleet.app.post(&other, TASKS, daily(&[1])).await;
    assert!(
        matches!(refused.status.as_u16(), 400 | 403),
        "{}",
        refused.text()
    );
    for id in ["0", "abc", "99999999999999999999", "-1"] {
        let answer = fleet.app.get(&fleet.token, &format!("{TASKS}/{id}")).await;
        assert_eq!(Fleet::refusal(answer, 404), "Task not found");
    }
    assert_eq!(fleet.app.ask(Method::GET, TASKS).send().await.status, 401);
    // Jobs of other functions are no tasks.
    let job = fleet.app.manual_job(&fleet.token, "echo").await;
    let answer = fleet.app.get(&fleet.token, &format!("{TASKS}/{job}")).await;
    assert_eq!(Fleet::refusal(answer, 404), "Task not found");
}

#[tokio::test]
async fn clients_log_in_for_a_bearer_token() {
    let fleet = Fleet::new().await;
    let login = async |name: &str, password: &str| {
        let body = json!({ "username": name, "password": password });
        fleet
            .app
            .ask(Method::POST, "/api/auth/login")
            .json(&body)
            .send()
            .await
    };
    let mut answer = login("nischay", PASSWORD).await.expect(200);
    let token = answer["access_token"].as_str().unwrap().to_owned();
    answer["access_token"] = json!("[token]");
    insta::assert_json_snapshot!("login", answer);
    let list = fleet.app.get(&token, TASKS).await.expect(200);
    assert_eq!(list, json!([]));
    Fleet::refusal(login("nischay", "wrong").await, 401);
    Fleet::refusal(login("nobody", PASSWORD).await, 401);
    // Of one user, twenty such tokens are kept.
    for _ in 0..19 {
        let new = NewToken {
            user_id: None,
            label: "DeployX client".to_owned(),
            scope: Scope::Full,
            expires_at: None,
        };
        fleet.caller.create_token(new).await.unwrap();
    }
    assert_eq!(fleet.app.get(&token, TASKS).await.status, 200);
    login("nischay", PASSWORD).await.expect(200);
    assert_eq!(fleet.app.get(&token, TASKS).await.status, 401);
    fleet.app.clock.advance_seconds(7 * 86_400 + 1);
    let fresh = login("nischay", PASSWORD).await.expect(200);
    assert!(fresh["access_token"].as_str().unwrap().starts_with("orl_"));
}

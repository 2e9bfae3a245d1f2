//! A server and an agent that talk over loopback as they do in earnest: files and software arrive on this machine.

use std::path::Path;
use std::time::{Duration, Instant};

use orloj_agent::enroll::enroll;
use orloj_agent::identity::Home;
use orloj_agent::platform;
use orloj_agent::policy::Policy;
use orloj_agent::session;
use orloj_engine::model::{Actor, NewToken, Page, Scope};
use orloj_engine::{Clock, Engine, EngineConfig, StoreLocation};
use orloj_server::{Server, ServerConfig};
use orloj_tasks::Catalogue;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

/// A server on a free port, and an administrator's token.
struct Service {
    engine: Engine,
    url: String,
    token: String,
    http: reqwest::Client,
    stop: CancellationToken,
    folder: tempfile::TempDir,
}

impl Service {
    async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let mut config = EngineConfig::new(StoreLocation::SqliteThrowAway(
            folder.path().join("orloj.db"),
        ));
        config.work_dir = folder.path().join("work");
        let engine = Engine::open(config, Catalogue::builtin(), Clock::System)
            .await
            .unwrap();
        engine
            .create_first_admin("admin", "correct horse battery")
            .await
            .unwrap();
        engine.start().await.unwrap();
        let system = engine.caller(Actor::system());
        let page = Page {
            number: 1,
            size: 10,
        };
        let admin = system.users(Default::default(), page).await.unwrap().items[0].id;
        let new = NewToken {
            user_id: Some(admin),
            label: "test".to_owned(),
            scope: Scope::Full,
            expires_at: None,
        };
        let token = system.create_token(new).await.unwrap().1;
        let config = ServerConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            ..ServerConfig::default()
        };
        let server = Server::bind(config, engine.clone()).await.unwrap();
        let url = format!("http://{}", server.local_addr());
        let stop = CancellationToken::new();
        tokio::spawn(server.run(stop.clone()));
        Self {
            engine,
            url,
            token,
            http: reqwest::Client::new(),
            stop,
            folder,
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, value) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, 200, "{value}");
        value
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, value) = self.ask(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "{path}: {status} {value}");
        value
    }

    async fn upload(&self, name: &str, content: &[u8]) -> i64 {
        let body = json!({ "name": name, "size": content.len() });
        let file = self.post("/api/v1/files", body).await;
        let path = format!("{}/api/v1/files/{}/content", self.url, file["id"]);
        let sent = self
            .http
            .put(path)
            .bearer_auth(&self.token)
            .header("content-type", "application/octet-stream")
            .body(content.to_vec())
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 200);
        file["id"].as_i64().unwrap()
    }

    /// Enrols an agent that may put files below `root`, and lets it work.
    async fn agent(&self, name: &str, root: &Path) -> CancellationToken {
        let answer = self
            .post("/api/v1/devices/enrollment-tokens", json!({ "name": name }))
            .await;
        let home = Home::open(&self.folder.path().join(name)).unwrap();
        let policy = Policy {
            paths: vec![root.to_owned()],
            ..Policy::default()
        };
        let url = self.url.parse().unwrap();
        let token = answer["token"].as_str().unwrap();
        enroll(&home, &url, token, platform::facts(&policy))
            .await
            .unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(session::run(home, policy, stop.clone()));
        stop
    }

    /// Waits, woken by news, until the deployment has ended.
    async fn ended(&self, id: &Value) -> Value {
        let path = format!("/api/v1/deployments/{id}");
        let mut news = self.engine.announcements();
        let begun = Instant::now();
        loop {
            let deployment = self.get(&path).await;
            if !matches!(
                deployment["status"].as_str(),
                Some("pending" | "in_progress")
            ) {
                return deployment;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{deployment}");
            let _ = tokio::time::timeout(Duration::from_millis(200), news.recv()).await;
        }
    }

    async fn deploy(&self, kind: &str, parameters: Value) -> Value {
        let body = json!({ "name": kind, "kind": kind, "parameters": parameters });
        let made = self.post("/api/v1/deployments", body).await;
        self.ended(&made["id"]).await
    }
}

fn sum(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_software_arrive_on_real_agents() {
    let service = Service::start().await;
    let room = tempfile::tempdir().unwrap();
    let root = room.path().canonicalize().unwrap();
    let agents = [
        service.agent("one", &root.join("one")).await,
        service.agent("two", &root.join("two")).await,
    ];
    let content: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 241) as u8).collect();
    let file = service.upload("app.bin", &content).await;
    let targets = json!({ "devices": [1], "offline": "wait" });
    let path = root.join("one/app");
    let placed = service
        .deploy(
            "file",
            json!({ "files": [file], "targetPath": path, "targets": targets }),
        )
        .await;
    assert_eq!(placed["status"], "completed", "{placed}");
    assert_eq!(placed["counts"]["succeeded"], 1);
    assert_eq!(placed["devices"][0]["steps"], json!(["success"]));
    let there = std::fs::read(path.join("app.bin")).unwrap();
    assert_eq!(sum(&there), sum(&content));
    // Both devices, and on the second the policy says no: the deployment is partial, and tried again only there.
    let both = json!({ "devices": [1, 2], "offline": "wait" });
    let partly = service
        .deploy(
            "file",
            json!({ "files": [file], "targetPath": path, "targets": both }),
        )
        .await;
    assert_eq!(partly["status"], "partial", "{partly}");
    let again = service
        .post(
            &format!("/api/v1/deployments/{}/retry", partly["id"]),
            json!({}),
        )
        .await;
    let again = service.ended(&again["id"]).await;
    assert_eq!(again["counts"]["total"], 1);
    assert_eq!(again["devices"][0]["deviceId"], 2);
    // What was new goes again.
    let undone = service
        .deploy(
            "file",
            json!({ "files": [file], "targetPath": path, "targets": targets, "action": "undo" }),
        )
        .await;
    assert_eq!(undone["status"], "completed", "{undone}");
    assert!(!path.join("app.bin").exists());
    // Software of one's own, with an installer from the store, on a group.
    let installer = service
        .upload("setup.sh", b"echo installed > \"$1\"\n")
        .await;
    let flag = root.join("flag");
    let entry = json!({ "name": "Flag", "platforms": { "linux": {
        "file": installer,
        "install": format!("sh \"$ORLOJ_FILE\" {}", flag.display()),
        "uninstall": format!("rm {}", flag.display()),
        "detect": format!("test -f {}", flag.display()),
    } } });
    let entry = service.post("/api/v1/software", entry).await;
    let rule = json!({ "field": "name", "op": "eq", "value": "one" });
    let group = json!({ "name": "Ones", "rule": rule });
    let group = service.post("/api/v1/groups", group).await;
    let targets = json!({ "groups": [group["id"]] });
    for (action, is_there) in [("install", true), ("install", true), ("uninstall", false)] {
        let done = service
            .deploy(
                "software",
                json!({ "software": [entry["id"]], "targets": targets, "action": action }),
            )
            .await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(flag.exists(), is_there, "{action}");
    }
    // The document's own words, to a real device.
    let task = json!({
        "task_name": "System Info Check",
        "task_type": "command",
        "scheduled_time": "2099-10-26T15:00:00",
        "recurrence_type": "once",
        "device_ids": [1, 2],
        "command_payload": { "command": "uname -s", "shell": "cmd" }
    });
    let task = service.post("/api/schedule/tasks", task).await;
    let path = format!("/api/schedule/tasks/{}", task["id"]);
    service.post(&format!("{path}/execute"), json!({})).await;
    let execution = service.get(&format!("{path}/executions")).await[0]["deployment_id"].clone();
    service.ended(&execution).await;
    assert_eq!(service.get(&path).await["status"], "completed");
    let log = service
        .get(&format!("/api/v1/scheduler/executions/{execution}/logs"))
        .await;
    assert!(log.to_string().contains("Linux"), "{log}");
    // Without a ticket, or with one that is made up, nobody gets a file.
    for ticket in ["", "1.x.y", "999999.a.b"] {
        let answer = service
            .http
            .get(format!("{}/api/v1/agents/files/{file}", service.url))
            .header("orloj-ticket", ticket)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401, "{ticket}");
    }
    for agent in agents {
        agent.cancel();
    }
    service.stop.cancel();
    service.engine.stop(Duration::ZERO).await;
}

//! A real Redis server, and a real Celery worker when `TEST_CELERY` names the
//! program `celery` (with the package `celery[redis]`).

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use orloj_tasks::{CancelReason, Cause, Outcome, Status};
use serde_json::{Value, json};

use crate::databases::skipped;
use crate::harness::{Host, problems};
use crate::shop::host_with;

pub(crate) const PASSWORD: &str = "canary-51ce";

const TASKS: &str = r#"
import os, time
from celery import Celery

url = os.environ["BROKER"]
app = Celery("shop", broker=url, backend=os.environ.get("BACKEND", url))
app.conf.broker_connection_retry_on_startup = True

@app.task
def add(a, b, times=1):
    return {"sum": (a + b) * times, "text": "قهوة"}

@app.task
def fail(word):
    raise ValueError("no " + word)

@app.task(bind=True)
def slow(self):
    self.update_state(state="PROGRESS", meta={"current": 3, "total": 4})
    time.sleep(1)
    return "done"
"#;

pub(crate) struct Programs {
    children: Vec<Child>,
    folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Programs {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Programs {
    pub(crate) async fn redis() -> Option<Self> {
        if !Path::new("/usr/bin/redis-server").exists() {
            skipped("Redis", "the package redis-server is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let port = crate::ports::free_port();
        let server = Command::new("/usr/bin/redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--requirepass",
                PASSWORD,
            ])
            .args(["--port", &port.to_string()])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server");
        let programs = Self {
            children: vec![server],
            folder,
            port,
        };
        let start = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "Redis does not come up"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(programs)
    }

    /// Starts a worker; `false` when there is no Celery.
    fn worker(&mut self) -> bool {
        let url = self.url();
        let Some(worker) = worker(self.folder.path(), &url, &url) else {
            return false;
        };
        self.children.push(worker);
        true
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}/2", self.port)
    }

    pub(crate) fn settings(&self) -> Value {
        json!({
            "type": "redis", "host": "127.0.0.1", "port": self.port, "database": 2,
            "password": PASSWORD, "allowPrivateAddresses": true,
        })
    }

    fn host(&self) -> Host {
        host_with(self.settings())
    }

    async fn ask(&self, words: &[&str]) -> Option<String> {
        let client = redis::Client::open(format!("redis://:{PASSWORD}@127.0.0.1:{}/2", self.port))
            .expect("an address");
        let mut connection = client
            .get_multiplexed_async_connection()
            .await
            .expect("Redis");
        let mut command = redis::cmd(words[0]);
        for word in &words[1..] {
            command.arg(*word);
        }
        command
            .query_async(&mut connection)
            .await
            .expect("an answer")
    }
}

/// A worker of the module `shop` with this broker and this result backend; `None` when there is no Celery.
pub(crate) fn worker(folder: &Path, broker: &str, backend: &str) -> Option<Child> {
    let Some(celery) = std::env::var_os("TEST_CELERY") else {
        skipped("Celery", "TEST_CELERY does not name the program");
        return None;
    };
    std::fs::write(folder.join("shop.py"), TASKS).expect("a module");
    let log = std::fs::File::create(folder.join("worker.log")).expect("a log");
    let mut worker = Command::new(celery)
        .args(["-A", "shop", "worker", "--pool", "solo"])
        .args(["--loglevel", "INFO", "--without-gossip"])
        .args(["--without-mingle", "--without-heartbeat"])
        .current_dir(folder)
        .env("BROKER", broker)
        .env("BACKEND", backend)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("celery");
    // A task that is taken while the worker still sets up its connections is lost with Redis.
    let start = Instant::now();
    let said = || std::fs::read_to_string(folder.join("worker.log")).expect("a log");
    while !said().contains(" ready.") {
        let has_ended = worker.try_wait().expect("a process").is_some();
        assert!(
            !has_ended && start.elapsed() < Duration::from_secs(120),
            "the worker does not come up: {}",
            said()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(worker)
}

/// Runs a task that a worker must answer; tells what the worker said when it does not.
pub(crate) async fn answered(host: &Host, folder: &Path, parameters: Value) -> Outcome {
    let run = host.run("celery_task", parameters);
    let outcome = tokio::time::timeout(Duration::from_secs(60), run).await;
    assert!(
        outcome.is_ok(),
        "no answer: {}",
        std::fs::read_to_string(folder.join("worker.log")).expect("a log")
    );
    outcome.expect("an answer")
}

pub(crate) fn task(name: &str, more: Value) -> Value {
    let mut parameters = json!({ "connection": "shop", "task": name });
    for (name, value) in more.as_object().expect("an object") {
        parameters[name] = value.clone();
    }
    parameters
}

#[tokio::test]
async fn a_real_worker_does_the_task_and_its_result_is_the_runs() {
    let Some(mut programs) = Programs::redis().await else {
        return;
    };
    if !programs.worker() {
        return;
    }
    let host = programs.host();
    let outcome = answered(
        &host,
        programs.folder.path(),
        task(
            "shop.add",
            json!({ "args": [2, 3], "kwargs": { "times": 4 } }),
        ),
    )
    .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let result = outcome.result.expect("a result");
    assert_eq!(result["result"], json!({ "sum": 20, "text": "قهوة" }));
    assert_eq!(result["task"], "shop.add");

    let outcome = answered(
        &host,
        programs.folder.path(),
        task("shop.fail", json!({ "args": ["milk"] })),
    )
    .await;
    assert_eq!(outcome.status, Status::Failed);
    let failure = outcome.failure.expect("a failure");
    assert_eq!(failure.message.en, "ValueError: no milk");
    assert!(failure.detail.expect("a traceback").contains("Traceback"));

    let outcome = answered(&host, programs.folder.path(), task("shop.slow", json!({}))).await;
    assert_eq!(outcome.result.expect("a result")["result"], "done");
    assert!(
        host.progress
            .lock()
            .expect("progress")
            .contains(&(75, None))
    );
    assert!(
        host.texts()
            .iter()
            .any(|text| text == "the task is PROGRESS")
    );

    // Due long ago: the worker puts it aside.
    let outcome = answered(
        &host,
        programs.folder.path(),
        task("shop.add", json!({ "args": [1, 1], "expiresSeconds": 1 })),
    )
    .await;
    assert_eq!(outcome.status, Status::Failed, "{outcome:?}");
    assert!(
        outcome
            .failure
            .expect("a failure")
            .message
            .en
            .contains("expired")
    );
}

#[tokio::test]
async fn without_waiting_the_message_stands_in_the_queue() {
    let Some(programs) = Programs::redis().await else {
        return;
    };
    let host = programs.host();
    let outcome = host
        .run(
            "celery_task",
            task(
                "a.b",
                json!({ "queue": "slow-ones", "args": ["س"], "waitForResult": false }),
            ),
        )
        .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let id = outcome.result.expect("a result")["taskId"].clone();
    let message = programs
        .ask(&["RPOP", "slow-ones"])
        .await
        .expect("a message");
    let message: Value = serde_json::from_str(&message).expect("JSON");
    assert_eq!(message["headers"]["id"], id);
    assert_eq!(message["properties"]["correlation_id"], id);
    assert_eq!(message["headers"]["task"], "a.b");
    assert_eq!(
        message["headers"]["orloj_execution"],
        host.context().execution_id
    );
    let body = STANDARD
        .decode(message["body"].as_str().expect("a text"))
        .expect("base64");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(body[0], json!(["س"]));
    assert_eq!(body[1], json!({}));
}

#[tokio::test]
async fn a_stopped_run_is_not_repeated_and_nothing_secret_is_said() {
    let Some(programs) = Programs::redis().await else {
        return;
    };
    let host = programs.host();
    let outcome = host
        .run_and_stop(
            "celery_task",
            task("a.b", json!({})),
            "handed to",
            CancelReason::TimedOut,
        )
        .await;
    assert_eq!(outcome.status, Status::Timeout);
    assert!(!outcome.retryable && outcome.warnings.len() == 1);
    let mut settings = programs.settings();
    settings["password"] = json!("wrong-77aa");
    let refused = host_with(settings.clone())
        .run("celery_task", task("a.b", json!({})))
        .await;
    assert_eq!(refused.status, Status::Failed, "{refused:?}");
    settings["allowPrivateAddresses"] = json!(false);
    let private = host_with(settings)
        .run("celery_task", task("a.b", json!({})))
        .await;
    assert_eq!(
        private.failure.clone().expect("a failure").cause,
        Cause::Network
    );
    let said = format!("{outcome:?}{refused:?}{private:?}{:?}", host.texts());
    assert!(
        !said.contains(PASSWORD) && !said.contains("wrong-77aa"),
        "{said}"
    );
    assert_eq!(
        problems(&host, "celery_task", &task("a b", json!({}))),
        [("/task".to_owned(), "pattern".to_owned())]
    );
}

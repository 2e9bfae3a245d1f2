//! A real RabbitMQ server (Debian's package `rabbitmq-server`), and a real Celery
//! worker when `TEST_CELERY` names the program `celery`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use orloj_tasks::{
    CancelReason, Cause, CleanupReport, HistoryCleanup, Services, Status, try_connection,
};
use serde_json::{Value, json};

use crate::celery_task::{PASSWORD, Programs, answered, task, worker};
use crate::databases::skipped;
use crate::harness::Host;
use crate::ports::free_port;
use crate::shop::host_with;

/// Not the wrapper of the package, which insists on its own account.
const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

pub(crate) struct Rabbit {
    children: Vec<Child>,
    folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Rabbit {
    fn drop(&mut self) {
        // The server is a shell script; what it started goes by its own number.
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).unwrap_or_default();
        if let Ok(pid) = pid.trim().parse() {
            let pid = nix::unistd::Pid::from_raw(pid);
            // It may have ended by itself.
            let _ended = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
        for child in self.children.iter_mut().rev() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Rabbit {
    pub(crate) async fn start() -> Option<Self> {
        if !Path::new(SERVER).exists() {
            skipped("RabbitMQ", "the package rabbitmq-server is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let (port, epmd) = (free_port(), free_port());
        let at = |name: &str| folder.path().join(name);
        std::fs::write(
            at("rabbitmq.conf"),
            format!(
                "listeners.tcp.1 = 127.0.0.1:{port}\ndefault_user = orloj\ndefault_pass = {PASSWORD}\nlog.console = false\n"
            ),
        )
        .expect("a file");
        std::fs::write(at("plugins"), "[].\n").expect("a file");
        let log = std::fs::File::create(at("server.log")).expect("a log");
        // Erlang's directory of nodes, which would outlive the test if the server started it.
        let directory = Command::new("epmd")
            .args(["-address", "127.0.0.1", "-port", &epmd.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("epmd");
        crate::harness::until("epmd is up", || {
            std::net::TcpStream::connect(("127.0.0.1", epmd)).is_ok()
        })
        .await;
        let server = Command::new(SERVER)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").expect("a PATH"))
            .env("HOME", folder.path())
            .env("LANG", "C.UTF-8")
            .env("RABBITMQ_NODENAME", format!("orloj{port}@localhost"))
            .env("RABBITMQ_NODE_PORT", port.to_string())
            .env("RABBITMQ_DIST_PORT", free_port().to_string())
            .env("ERL_EPMD_PORT", epmd.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            // A server that is ended before it is up would write a file into the present folder.
            .env("ERL_CRASH_DUMP_BYTES", "0")
            .env("RABBITMQ_MNESIA_BASE", at("data"))
            .env("RABBITMQ_LOG_BASE", at("logs"))
            .env("RABBITMQ_PID_FILE", at("pid"))
            .env("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("rabbitmq-server");
        let rabbit = Self {
            children: vec![directory, server],
            folder,
            port,
        };
        let start = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            assert!(
                start.elapsed() < Duration::from_secs(120),
                "RabbitMQ does not come up: {}",
                std::fs::read_to_string(rabbit.folder.path().join("server.log")).expect("a log")
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Some(rabbit)
    }

    pub(crate) fn settings(&self) -> Value {
        json!({
            "type": "amqp", "host": "127.0.0.1", "port": self.port, "virtualHost": "/",
            "username": "orloj", "password": PASSWORD, "allowPrivateAddresses": true,
        })
    }

    fn url(&self) -> String {
        format!("amqp://orloj:{PASSWORD}@127.0.0.1:{}//", self.port)
    }

    fn worker(&mut self, backend: &str) -> bool {
        let Some(worker) = worker(self.folder.path(), &self.url(), backend) else {
            return false;
        };
        self.children.push(worker);
        true
    }
}

/// A host with the broker `shop` and the Redis server `results`.
struct Both(Value, Value);

#[async_trait]
impl Services for Both {
    async fn cleanup_history(&self, _: &HistoryCleanup) -> Result<CleanupReport, String> {
        Err("not here".to_owned())
    }

    async fn connection(&self, name: &str) -> Result<Value, String> {
        match name {
            "shop" => Ok(self.0.clone()),
            "results" => Ok(self.1.clone()),
            _ => Err("there is no such connection".to_owned()),
        }
    }
}

#[tokio::test]
async fn a_real_worker_answers_by_message_and_through_redis() {
    let Some(mut rabbit) = Rabbit::start().await else {
        return;
    };
    if !rabbit.worker("rpc://") {
        return;
    }
    let host = host_with(rabbit.settings());
    let add = json!({ "args": [2, 3], "kwargs": { "times": 4 } });
    let outcome = answered(&host, rabbit.folder.path(), task("shop.add", add.clone())).await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let result = outcome.result.expect("a result");
    assert_eq!(result["result"], json!({ "sum": 20, "text": "قهوة" }));

    let fail = task("shop.fail", json!({ "args": ["milk"] }));
    let outcome = answered(&host, rabbit.folder.path(), fail).await;
    assert_eq!(outcome.status, Status::Failed);
    let failure = outcome.failure.expect("a failure");
    assert_eq!(failure.message.en, "ValueError: no milk");
    assert!(failure.detail.expect("a traceback").contains("Traceback"));

    let outcome = answered(&host, rabbit.folder.path(), task("shop.slow", json!({}))).await;
    assert_eq!(outcome.result.expect("a result")["result"], "done");
    assert!(
        host.texts()
            .iter()
            .any(|text| text == "the task is PROGRESS")
    );

    // Another worker, on a queue of its own, keeps its results in Redis.
    let Some(redis) = Programs::redis().await else {
        return;
    };
    let stopped = rabbit.children.pop();
    drop(stopped.map(|mut worker| worker.kill().and_then(|()| worker.wait())));
    assert!(rabbit.worker(&redis.url()));
    let mut mixed = Host::new();
    mixed.services = Arc::new(Both(rabbit.settings(), redis.settings()));
    let mut through_redis = task("shop.add", add);
    through_redis["resultConnection"] = json!("results");
    let outcome = answered(&mixed, rabbit.folder.path(), through_redis).await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    assert_eq!(outcome.result.expect("a result")["result"]["sum"], 20);
}

#[tokio::test]
async fn tasks_wait_in_durable_queues_and_refusals_tell_no_secret() {
    let Some(rabbit) = Rabbit::start().await else {
        return;
    };
    let host = host_with(rabbit.settings());
    for _ in 0..2 {
        let outcome = host
            .run(
                "celery_task",
                task(
                    "a.b",
                    json!({ "queue": "slow-ones", "waitForResult": false }),
                ),
            )
            .await;
        assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    }
    let tried = try_connection(&rabbit.settings(), &host.policy).await;
    assert!(tried.is_ok(), "{tried:?}");
    let outcome = host_with(rabbit.settings())
        .run_and_stop(
            "celery_task",
            task("a.b", json!({})),
            "handed to",
            CancelReason::TimedOut,
        )
        .await;
    assert_eq!(outcome.status, Status::Timeout);
    assert!(!outcome.retryable && outcome.warnings.len() == 1);
    let mut said = format!("{outcome:?}");
    for (member, value, cause) in [
        // The server closes the line without a word.
        ("password", json!("wrong-77aa"), Cause::Network),
        ("virtualHost", json!("nowhere"), Cause::Network),
        (
            "virtualHost",
            json!("x".repeat(300)),
            Cause::InvalidParameters,
        ),
        ("allowPrivateAddresses", json!(false), Cause::Network),
        ("port", json!(1), Cause::Network),
        ("tls", json!(true), Cause::Network),
    ] {
        let mut settings = rabbit.settings();
        settings[member] = value;
        let refused = host_with(settings)
            .run("celery_task", task("a.b", json!({})))
            .await;
        assert_eq!(refused.status, Status::Failed, "{member}");
        let failure = refused.failure.clone().expect("a failure");
        assert_eq!(failure.cause, cause, "{member}: {}", failure.message.en);
        said.push_str(&format!("{refused:?}"));
    }
    assert!(
        !said.contains(PASSWORD) && !said.contains("wrong-77aa"),
        "{said}"
    );
}

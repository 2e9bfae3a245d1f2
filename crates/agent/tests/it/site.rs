//! A server with its engine, and agents that are processes of their own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orloj_agent::identity::Identity;
use orloj_engine::model::{
    Actor, AuditFilter, Delivery, DeviceOrder, DeviceStatus, Execution, JobDraft, NewToken,
    NewUser, OrderState, Page, Role, RunRequest, Scope, Settings, Trigger,
};
use orloj_engine::{Caller, Clock, Engine, EngineConfig, StoreLocation};
use orloj_schedule::{RuleSpec, Spec};
use orloj_server::{Server, ServerConfig};
use orloj_tasks::Catalogue;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nothing here takes so long unless it never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with its engine.
pub(crate) struct Site {
    pub(crate) engine: Engine,
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Site {
    pub(crate) async fn start(folder: &Path, listen: SocketAddr) -> Self {
        Self::start_by(folder, listen, Clock::System).await
    }

    /// With a clock of the test's.
    pub(crate) async fn start_by(folder: &Path, listen: SocketAddr, clock: Clock) -> Self {
        let location = StoreLocation::SqliteFile(folder.join("orloj.db"));
        let engine = Engine::open(EngineConfig::new(location), Catalogue::builtin(), clock)
            .await
            .unwrap();
        engine.start().await.unwrap();
        let config = ServerConfig {
            listen,
            drain: Duration::from_millis(500),
            ..ServerConfig::default()
        };
        let server = Server::bind(config, engine.clone()).await.unwrap();
        let address = server.local_addr();
        let stop = CancellationToken::new();
        let until = stop.clone();
        let task = tokio::spawn(async move { server.run(until).await.unwrap() });
        Self {
            engine,
            address,
            stop,
            task,
        }
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
        self.engine.stop(Duration::from_millis(500)).await;
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn system(&self) -> Caller {
        self.engine.caller(Actor::system())
    }

    /// A token for an enrolment, as a person gets it.
    pub(crate) async fn token(&self, bearer: &str) -> String {
        let answer: Value = reqwest::Client::new()
            .post(format!("{}/api/v1/devices/enrollment-tokens", self.url()))
            .bearer_auth(bearer)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert!(answer["expiresAt"].is_string(), "{answer}");
        answer["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn admin(&self) -> String {
        let user = self
            .system()
            .create_user(NewUser {
                name: "admin".to_owned(),
                display_name: None,
                email: None,
                role: Role::Admin,
                password: None,
                grants: Vec::new(),
            })
            .await
            .unwrap();
        let token = NewToken {
            user_id: Some(user.id),
            label: "test".to_owned(),
            scope: Scope::Full,
            expires_at: None,
        };
        self.system().create_token(token).await.unwrap().1
    }

    pub(crate) async fn run(&self, command: &str, device: i64, wait: bool) -> Execution {
        self.run_within(command, device, wait.then_some(86_400))
            .await
    }

    /// Has a device run a command, once it is there within these seconds; at once or not at all with `None`.
    pub(crate) async fn run_within(
        &self,
        command: &str,
        device: i64,
        wait: Option<u32>,
    ) -> Execution {
        let caller = self.system();
        let job = caller
            .create_job(JobDraft {
                task_function: "command".to_owned(),
                name_en: Some("Command".to_owned()),
                name_ar: None,
                description_en: None,
                description_ar: None,
                schedule: Spec::new(RuleSpec::Manual),
                parameters: json!({
                    "command": command,
                    "targets": {
                        "devices": [device],
                        "offline": if wait.is_some() { "wait" } else { "fail" },
                        "waitSeconds": wait.unwrap_or(86_400),
                    },
                    "timeoutSeconds": 120,
                }),
                settings: Settings::with_delivery(Delivery::AtMostOnce),
                tags: Vec::new(),
                is_enabled: true,
                is_primary: false,
            })
            .await
            .unwrap();
        caller
            .run_job(RunRequest::new(job.job.id, Trigger::Manual))
            .await
            .unwrap()
    }

    pub(crate) async fn order(&self, execution: &Execution) -> Option<DeviceOrder> {
        let orders = self.system().execution_devices(&execution.uuid).await;
        orders.unwrap().pop()
    }

    pub(crate) async fn until_state(&self, execution: &Execution, state: OrderState) {
        until("the state of the order", async || {
            self.order(execution)
                .await
                .is_some_and(|order| order.state == state)
        })
        .await;
    }

    pub(crate) async fn end_of(&self, execution: &Execution) -> Execution {
        let caller = self.system();
        until("the end of the execution", async || {
            let now = caller.execution(&execution.uuid).await.unwrap();
            now.status.is_final()
        })
        .await;
        caller.execution(&execution.uuid).await.unwrap()
    }

    /// Waits until the order of an execution waits for its device.
    pub(crate) async fn until_queued(&self, execution: &Execution) {
        until("the order is written", async || {
            self.order(execution)
                .await
                .is_some_and(|order| order.state > OrderState::Planned)
        })
        .await;
    }

    pub(crate) async fn until_online(&self, device: i64) {
        until("the device is online", async || {
            let device = self.system().device(device).await.unwrap();
            device.status == DeviceStatus::Online
        })
        .await;
    }

    pub(crate) async fn refusals(&self) -> Vec<String> {
        let filter = AuditFilter {
            action: Some("device.".to_owned()),
            ..AuditFilter::default()
        };
        let all = Page {
            number: 1,
            size: 100,
        };
        let events = self.system().audit_events(filter, all).await.unwrap();
        events
            .items
            .into_iter()
            .filter_map(|event| Some(event.details["reason"].as_str()?.to_owned()))
            .collect()
    }
}

pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        // Other processes do the work: there is nothing to be woken by.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The program of an agent, with its folder.
pub(crate) struct Agent {
    pub(crate) folder: PathBuf,
    process: Option<Child>,
    pub(crate) device: i64,
}

impl Agent {
    pub(crate) fn command(folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orloj-agent"));
        command
            .env("ORLOJ_AGENT_DATA_DIR", folder)
            .env("ORLOJ_LOG", "warn")
            .stdin(Stdio::null());
        command
    }

    /// Enrols and starts.
    pub(crate) async fn new(site: &Site, bearer: &str, folder: PathBuf) -> Self {
        let token = site.token(bearer).await;
        let folder_of = folder.clone();
        let url = site.url();
        let output = tokio::task::spawn_blocking(move || {
            Self::command(&folder_of)
                .args(["enroll", "--server", &url, "--token", &token])
                .output()
        })
        .await
        .unwrap()
        .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let device = text.split(' ').nth(3).unwrap().parse().unwrap();
        let mut agent = Self {
            folder,
            process: None,
            device,
        };
        // Enrolling is a connection of its own, which must not be taken for the one that stays.
        until("the enrolment is over", async || {
            let device = site.system().device(device).await.unwrap();
            device.status != DeviceStatus::Online
        })
        .await;
        agent.start();
        site.until_online(device).await;
        agent
    }

    pub(crate) fn start(&mut self) {
        self.process = Some(Self::command(&self.folder).arg("run").spawn().unwrap());
    }

    /// As a power cut would.
    pub(crate) fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    pub(crate) fn identity(&self) -> Identity {
        let text = std::fs::read(self.folder.join("identity.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}

pub(crate) fn loopback() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

//! Real agents, each a process of its own, and a real server on a loopback port.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the scenarios share is test code, outside the functions marked as tests"
)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orloj_agent::connection::{Connection, Trouble};
use orloj_agent::identity::{Home, Identity};
use orloj_engine::model::{
    Actor, AuditFilter, Delivery, DeviceOrder, DeviceStatus, Execution, JobDraft, LogQuery,
    NewToken, NewUser, OrderOutcome, OrderState, Page, Role, RunRequest, Scope, Settings, Status,
    Trigger,
};
use orloj_engine::{Caller, Clock, Engine, EngineConfig, StoreLocation};
use orloj_schedule::{RuleSpec, Spec};
use orloj_server::{Server, ServerConfig};
use orloj_tasks::Catalogue;
use orloj_wire::agent::channel::KeyPair;
use orloj_wire::agent::{AgentFrame, AgentProof, Hello, PROTOCOL, Refusal, ServerFrame};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nothing here takes so long unless it never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with its engine.
struct Site {
    engine: Engine,
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Site {
    async fn start(folder: &Path, listen: SocketAddr) -> Self {
        let location = StoreLocation::SqliteFile(folder.join("orloj.db"));
        let engine = Engine::open(
            EngineConfig::new(location),
            Catalogue::builtin(),
            Clock::System,
        )
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

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
        self.engine.stop(Duration::from_millis(500)).await;
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn system(&self) -> Caller {
        self.engine.caller(Actor::system())
    }

    /// A token for an enrolment, as a person gets it.
    async fn token(&self, bearer: &str) -> String {
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

    async fn admin(&self) -> String {
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

    async fn run(&self, command: &str, device: i64, wait: bool) -> Execution {
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
                    "targets": { "devices": [device], "offline": if wait { "wait" } else { "fail" } },
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
            .run_job(RunRequest {
                job_id: job.job.id,
                parameters: None,
                at: None,
                trigger: Trigger::Manual,
                idempotency_key: None,
                refuse_if_live: false,
                refuse_if_disabled: false,
            })
            .await
            .unwrap()
    }

    async fn order(&self, execution: &Execution) -> Option<DeviceOrder> {
        let orders = self.system().execution_devices(&execution.uuid).await;
        orders.unwrap().pop()
    }

    async fn until_state(&self, execution: &Execution, state: OrderState) {
        until("the state of the order", async || {
            self.order(execution)
                .await
                .is_some_and(|order| order.state == state)
        })
        .await;
    }

    async fn end_of(&self, execution: &Execution) -> Execution {
        let caller = self.system();
        until("the end of the execution", async || {
            let now = caller.execution(&execution.uuid).await.unwrap();
            now.status.is_final()
        })
        .await;
        caller.execution(&execution.uuid).await.unwrap()
    }

    async fn until_online(&self, device: i64) {
        until("the device is online", async || {
            let device = self.system().device(device).await.unwrap();
            device.status == DeviceStatus::Online
        })
        .await;
    }

    async fn refusals(&self) -> Vec<String> {
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

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        // Other processes do the work: there is nothing to be woken by.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The program of an agent, with its folder.
struct Agent {
    folder: PathBuf,
    process: Option<Child>,
    device: i64,
}

impl Agent {
    fn command(folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orloj-agent"));
        command
            .env("ORLOJ_AGENT_DATA_DIR", folder)
            .env("ORLOJ_LOG", "warn")
            .stdin(Stdio::null());
        command
    }

    /// Enrols and starts.
    async fn new(site: &Site, bearer: &str, folder: PathBuf) -> Self {
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
        agent.start();
        site.until_online(device).await;
        agent
    }

    fn start(&mut self) {
        self.process = Some(Self::command(&self.folder).arg("run").spawn().unwrap());
    }

    /// As a power cut would.
    fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    fn identity(&self) -> Identity {
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

fn loopback() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

#[tokio::test]
async fn commands_run_and_are_followed_and_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path(), loopback()).await;
    let bearer = site.admin().await;
    let agent = Agent::new(&site, &bearer, folder.path().join("agent")).await;

    let execution = site
        .run("echo hello; echo trouble >&2; exit 3", agent.device, false)
        .await;
    let ended = site.end_of(&execution).await;
    assert_eq!(ended.status, Status::Failed);
    assert_eq!(ended.outcome.cause.as_deref(), Some("exit_code:3"));
    let log = site
        .system()
        .log(
            &execution.uuid,
            LogQuery {
                limit: 100,
                ..LogQuery::default()
            },
        )
        .await
        .unwrap();
    let name = site.system().device(agent.device).await.unwrap().name;
    for (level, text) in [("stdout", "hello"), ("stderr", "trouble")] {
        let line = format!("[{name}] {text}");
        assert!(
            log.lines.iter().any(|l| l.level == level && l.text == line),
            "{line}: {:?}",
            log.lines
        );
    }

    // What it started beside it is ended as well.
    let mark = folder.path().join("alive");
    let command = format!(
        "setsid sh -c 'while :; do date > {0}; sleep 0.1; done' & sleep 600",
        mark.display()
    );
    let execution = site.run(&command, agent.device, false).await;
    site.until_state(&execution, OrderState::Started).await;
    until("the program beside it runs", async || mark.exists()).await;
    site.system()
        .cancel_execution(&execution.uuid, None)
        .await
        .unwrap();
    assert_eq!(site.end_of(&execution).await.status, Status::Cancelled);
    let order = site.order(&execution).await.unwrap();
    assert_eq!(order.outcome, Some(OrderOutcome::Cancelled), "{order:?}");
    std::fs::remove_file(&mark).unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!mark.exists(), "a program outlived the cancellation");
    drop(agent);
    site.end().await;
}

#[tokio::test]
async fn a_killed_agent_reports_what_it_was_at_as_lost_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path(), loopback()).await;
    let bearer = site.admin().await;
    let mut agent = Agent::new(&site, &bearer, folder.path().join("agent")).await;
    let count = folder.path().join("count");
    let command = format!("echo x >> {}; sleep 600", count.display());
    let execution = site.run(&command, agent.device, true).await;
    until("the command has begun", async || count.exists()).await;
    let behind = site.run("echo behind", agent.device, true).await;
    site.until_state(&behind, OrderState::Accepted).await;
    agent.kill();
    agent.start();
    site.end_of(&execution).await;
    let order = site.order(&execution).await.unwrap();
    assert_eq!(order.outcome, Some(OrderOutcome::Lost), "{order:?}");
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\n");
    // What had not begun begins now, once.
    assert_eq!(site.end_of(&behind).await.status, Status::Success);
    drop(agent);
    site.end().await;
}

#[tokio::test]
async fn a_command_goes_on_while_the_server_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path(), loopback()).await;
    let bearer = site.admin().await;
    let agent = Agent::new(&site, &bearer, folder.path().join("agent")).await;
    let (count, go) = (folder.path().join("count"), folder.path().join("go"));
    let command = format!(
        "echo x >> {}; echo before; while [ ! -e {} ]; do sleep 0.1; done; echo after",
        count.display(),
        go.display()
    );
    let execution = site.run(&command, agent.device, true).await;
    until("the command has begun", async || count.exists()).await;
    let address = site.address;
    site.end().await;
    std::fs::write(&go, "").unwrap();
    let site = Site::start(folder.path(), address).await;
    let ended = site.end_of(&execution).await;
    assert_eq!(
        (ended.status, ended.attempt),
        (Status::Success, 1),
        "{ended:?}"
    );
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\n");
    let (_, pieces) = site
        .system()
        .execution_device_output(&execution.uuid, agent.device, 0)
        .await
        .unwrap();
    let text: String = pieces.into_iter().map(|piece| piece.text).collect();
    assert_eq!(text, "before\nafter\n");
    drop(agent);
    site.end().await;
}

#[tokio::test]
async fn twenty_commands_wait_for_an_agent_and_run_in_order_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path(), loopback()).await;
    let bearer = site.admin().await;
    let mut agent = Agent::new(&site, &bearer, folder.path().join("agent")).await;
    agent.kill();
    let list = folder.path().join("list");
    let mut executions = Vec::new();
    for number in 1..=20 {
        let command = format!("echo {number} >> {}", list.display());
        let execution = site.run(&command, agent.device, true).await;
        until("the order is written", async || {
            site.order(&execution)
                .await
                .is_some_and(|order| order.state > OrderState::Planned)
        })
        .await;
        executions.push(execution);
    }
    agent.start();
    for execution in &executions {
        let ended = site.end_of(execution).await;
        assert_eq!(ended.status, Status::Success, "{ended:?}");
    }
    let wanted: String = (1..=20).map(|number| format!("{number}\n")).collect();
    assert_eq!(std::fs::read_to_string(&list).unwrap(), wanted);
    drop(agent);
    site.end().await;
}

#[tokio::test]
async fn the_owner_of_a_device_has_the_last_word() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path(), loopback()).await;
    let bearer = site.admin().await;
    let home = folder.path().join("agent");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("policy.toml"), "steps = [\"file\"]\n").unwrap();
    let agent = Agent::new(&site, &bearer, home).await;
    let execution = site.run("echo hello", agent.device, false).await;
    site.end_of(&execution).await;
    let order = site.order(&execution).await.unwrap();
    assert_eq!(order.outcome, Some(OrderOutcome::Refused));
    assert!(order.reason.unwrap().contains("policy"));
    drop(agent);
    site.end().await;
}

fn connect(link: &str) -> AgentProof {
    AgentProof::Connect {
        protocol: PROTOCOL,
        link: link.to_owned(),
        holding: Vec::new(),
        hello: Hello::default(),
    }
}

async fn refused(connection: &mut Connection, proof: &AgentProof) -> Refusal {
    match connection.enter(proof).await {
        Err(Trouble::Refused { reason, .. }) => reason,
        other => panic!("was not refused: {other:?}"),
    }
}

/// Reads until the server ends the connection; answers why.
async fn bye(connection: &mut Connection) -> Refusal {
    loop {
        match tokio::time::timeout(Duration::from_secs(10), connection.receive()).await {
            Ok(Ok(ServerFrame::Bye { reason, .. })) => return reason,
            Ok(Ok(_)) => {}
            other => panic!("the server did not say goodbye: {other:?}"),
        }
    }
}

#[tokio::test]
async fn impersonators_are_refused_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path(), loopback()).await;
    let bearer = site.admin().await;
    let mut agent = Agent::new(&site, &bearer, folder.path().join("agent")).await;
    agent.kill();
    let identity = agent.identity();
    let (own, server) = identity.keys().unwrap();
    let url = site.url().parse().unwrap();

    // Another key, with everything else of this device.
    let other = KeyPair::generate().unwrap();
    let mut line = Connection::dial(&url, &other, server).await.unwrap();
    assert_eq!(
        refused(&mut line, &connect(&identity.link)).await,
        Refusal::Unknown
    );

    // A server that does not hold the pinned key.
    let strange = KeyPair::generate().unwrap().public;
    assert!(Connection::dial(&url, &own, strange).await.is_err());

    // A token a second time.
    let token = site.token(&bearer).await;
    let secret = token.split('.').next().unwrap().to_owned();
    let enroll = AgentProof::Enroll {
        protocol: PROTOCOL,
        token: secret,
        hello: Hello::default(),
    };
    let mut line = Connection::dial(&url, &other, server).await.unwrap();
    line.enter(&enroll).await.unwrap();
    let third = KeyPair::generate().unwrap();
    let mut line = Connection::dial(&url, &third, server).await.unwrap();
    assert_eq!(refused(&mut line, &enroll).await, Refusal::Unknown);

    // Another protocol.
    let mut line = Connection::dial(&url, &own, server).await.unwrap();
    let future = AgentProof::Connect {
        protocol: PROTOCOL + 1,
        link: identity.link.clone(),
        holding: Vec::new(),
        hello: Hello::default(),
    };
    assert_eq!(refused(&mut line, &future).await, Refusal::Protocol);

    // A frame that is repeated.
    let mut line = Connection::dial(&url, &own, server).await.unwrap();
    let ServerFrame::Welcome { link, .. } = line.enter(&connect(&identity.link)).await.unwrap()
    else {
        panic!("no welcome");
    };
    line.send(&AgentFrame::Linked {}).await.unwrap();
    let sealed = line.seal(&AgentFrame::Heartbeat {}).unwrap();
    line.post(sealed.clone()).await.unwrap();
    line.post(sealed).await.unwrap();
    assert_eq!(bye(&mut line).await, Refusal::Misbehaved);

    // The identity as it was before: somebody copied it. Both are out until a person has looked.
    let mut right = Connection::dial(&url, &own, server).await.unwrap();
    let ServerFrame::Welcome { link, .. } = right.enter(&connect(&link)).await.unwrap() else {
        panic!("no welcome");
    };
    right.send(&AgentFrame::Linked {}).await.unwrap();
    right.send(&AgentFrame::Heartbeat {}).await.unwrap();
    assert!(matches!(
        right.receive().await,
        Ok(ServerFrame::Beat { .. })
    ));
    until("the link is confirmed", async || {
        // The copy is only known as one once the last link has arrived.
        site.system().device(agent.device).await.unwrap().status == DeviceStatus::Online
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut copy = Connection::dial(&url, &own, server).await.unwrap();
    assert_eq!(
        refused(&mut copy, &connect(&identity.link)).await,
        Refusal::Duplicate
    );
    assert_eq!(bye(&mut right).await, Refusal::Suspended);
    let mut right = Connection::dial(&url, &own, server).await.unwrap();
    assert_eq!(
        refused(&mut right, &connect(&link)).await,
        Refusal::Suspended
    );

    // A live connection ends when the device is revoked.
    site.system()
        .set_device_suspended(agent.device, false)
        .await
        .unwrap();
    let mut right = Connection::dial(&url, &own, server).await.unwrap();
    right.enter(&connect(&link)).await.unwrap();
    let begun = Instant::now();
    site.system().revoke_device(agent.device).await.unwrap();
    assert_eq!(bye(&mut right).await, Refusal::Revoked);
    assert!(begun.elapsed() < Duration::from_secs(10));
    let mut right = Connection::dial(&url, &own, server).await.unwrap();
    assert_eq!(refused(&mut right, &connect(&link)).await, Refusal::Revoked);

    let refusals = site.refusals().await;
    for reason in [
        "unknown_key",
        "used_token",
        "broken_seal",
        "duplicate_identity",
        "suspended",
        "revoked",
    ] {
        assert!(
            refusals.iter().any(|known| known == reason),
            "{reason}: {refusals:?}"
        );
    }

    // The agent itself gives up, with the exit code that keeps systemd from starting it again.
    let home = agent.folder.clone();
    let status = tokio::task::spawn_blocking(move || Agent::command(&home).arg("run").status())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(status.code(), Some(3));
    // An agent that runs keeps others out of its folder.
    let _home = Home::open(&agent.folder).unwrap();
    assert!(Home::open(&agent.folder).is_err());
    site.end().await;
}

//! What is asked of agents, each a process of its own, while they and their server come and go.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use orloj_agent::connection::{Connection, Trouble};
use orloj_agent::identity::Home;
use orloj_engine::model::{DeviceStatus, LogQuery, OrderOutcome, OrderState, Status};
use orloj_engine::{Clock, ManualClock};
use orloj_wire::agent::channel::KeyPair;
use orloj_wire::agent::{AgentFrame, AgentProof, Hello, PROTOCOL, Refusal, ServerFrame};
use tempfile::TempDir;

use crate::site::{Agent, Site, loopback, until};

/// A server in a folder of its own, the bearer of its administrator, and an agent.
async fn site_with_agent() -> (TempDir, Site, String, Agent) {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path(), loopback()).await;
    let bearer = site.admin().await;
    let agent = Agent::new(&site, &bearer, folder.path().join("agent")).await;
    (folder, site, bearer, agent)
}

#[tokio::test]
async fn commands_run_and_are_followed_and_cancelled() {
    let (folder, site, _, agent) = site_with_agent().await;

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
    let (folder, site, _, mut agent) = site_with_agent().await;
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
    let (folder, site, _, agent) = site_with_agent().await;
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
    let (folder, site, _, mut agent) = site_with_agent().await;
    agent.kill();
    let list = folder.path().join("list");
    let mut executions = Vec::new();
    for number in 1..=20 {
        let command = format!("echo {number} >> {}", list.display());
        let execution = site.run(&command, agent.device, true).await;
        site.until_queued(&execution).await;
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
async fn what_waited_too_long_for_an_agent_is_dropped_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new("2026-03-02T10:00:00Z".parse::<Timestamp>().unwrap());
    let site = Site::start_by(folder.path(), loopback(), Clock::Manual(clock.clone())).await;
    let bearer = site.admin().await;
    let mut agent = Agent::new(&site, &bearer, folder.path().join("agent")).await;
    agent.kill();
    let list = folder.path().join("list");
    // Every other one may wait longer than the agent is away.
    let mut executions = Vec::new();
    for number in 1..=20 {
        let seconds = if number % 2 == 0 { 3_600 } else { 60 };
        let command = format!("echo {number} >> {}", list.display());
        let execution = site.run_within(&command, agent.device, Some(seconds)).await;
        site.until_queued(&execution).await;
        executions.push((number, execution));
    }
    clock.advance_seconds(61);
    for (_, execution) in executions.iter().filter(|(number, _)| number % 2 == 1) {
        let ended = site.end_of(execution).await;
        assert_eq!(
            (ended.status, ended.attempt),
            (Status::Failed, 1),
            "{ended:?}"
        );
        let order = site.order(execution).await.unwrap();
        assert_eq!(order.outcome, Some(OrderOutcome::Unreached), "{order:?}");
        assert_eq!(order.reason.as_deref(), Some("deadline"), "{order:?}");
    }
    assert!(!list.exists());
    agent.start();
    for (_, execution) in executions.iter().filter(|(number, _)| number % 2 == 0) {
        let ended = site.end_of(execution).await;
        assert_eq!(
            (ended.status, ended.attempt),
            (Status::Success, 1),
            "{ended:?}"
        );
    }
    let wanted: String = (1..=10).map(|half| format!("{}\n", 2 * half)).collect();
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
    let (_folder, site, bearer, mut agent) = site_with_agent().await;
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

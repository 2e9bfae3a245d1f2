//! Frames of agents as JSON, and the channel they travel in.
#![expect(
    clippy::unwrap_used,
    reason = "what cannot be read in a test is a failed test, also in its helpers"
)]

use std::collections::BTreeMap;

use orloj_wire::agent::channel::{Channel, ChannelError, Handshake, KeyPair};
use orloj_wire::agent::{
    AgentFrame, AgentProof, CommandStep, Facts, FileAction, FileRef, FileStep, Hello, Order,
    Outcome, Refusal, ServerFrame, SoftwareAction, SoftwareOn, SoftwareStep, Step, StepResult,
    Stream, Verdict,
};

fn connected() -> (Channel, Channel) {
    let (agent, server) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut a = Handshake::agent(&agent, server.public).unwrap();
    let mut s = Handshake::server(&server).unwrap();
    s.read(&a.write().unwrap()).unwrap();
    a.read(&s.write().unwrap()).unwrap();
    s.read(&a.write().unwrap()).unwrap();
    let (a, s) = (a.finish().unwrap(), s.finish().unwrap());
    assert_eq!(s.other(), agent.public);
    assert_eq!(a.other(), server.public);
    (a, s)
}

#[test]
fn a_frame_goes_through_the_channel_also_when_it_is_large() {
    let (mut agent, mut server) = connected();
    for length in [0, 1, 65_000, 65_519, 65_520, 200_000] {
        let text = "x".repeat(length);
        let sealed = agent.seal(&text).unwrap();
        assert_eq!(server.open::<String>(&sealed).unwrap(), text);
    }
    let back = server.seal(&ServerFrame::Drop { fence: 3 }).unwrap();
    assert_eq!(
        agent.open::<ServerFrame>(&back).unwrap(),
        ServerFrame::Drop { fence: 3 }
    );
}

#[test]
fn what_is_repeated_moved_changed_or_cut_does_not_open() {
    let heartbeat = AgentFrame::Heartbeat {};
    let (mut agent, mut server) = connected();
    let (one, two) = (
        agent.seal(&heartbeat).unwrap(),
        agent.seal(&heartbeat).unwrap(),
    );
    assert_eq!(server.open::<AgentFrame>(&two), Err(ChannelError::Seal));
    assert_eq!(server.open::<AgentFrame>(&one), Ok(heartbeat.clone()));
    assert_eq!(server.open::<AgentFrame>(&one), Err(ChannelError::Seal));

    let (mut agent, mut server) = connected();
    let mut changed = agent.seal(&heartbeat).unwrap();
    changed[3] ^= 1;
    assert_eq!(server.open::<AgentFrame>(&changed), Err(ChannelError::Seal));
    let large = agent.seal(&"y".repeat(70_000)).unwrap();
    assert!(server.open::<String>(&large[..65_535]).is_err());
    // Of another connection.
    let (mut other, _) = connected();
    assert_eq!(
        server.open::<AgentFrame>(&other.seal(&heartbeat).unwrap()),
        Err(ChannelError::Seal)
    );
}

#[test]
fn nobody_else_can_pose_as_the_server_or_as_the_agent() {
    let (agent, server, wrong) = (
        KeyPair::generate().unwrap(),
        KeyPair::generate().unwrap(),
        KeyPair::generate().unwrap(),
    );
    // A server with another key than the one that is pinned.
    let mut a = Handshake::agent(&agent, server.public).unwrap();
    let mut s = Handshake::server(&wrong).unwrap();
    assert_eq!(s.read(&a.write().unwrap()), Err(ChannelError::Seal));
    // A handshake that was recorded and is played again.
    let mut a = Handshake::agent(&agent, server.public).unwrap();
    let mut s = Handshake::server(&server).unwrap();
    let first = a.write().unwrap();
    s.read(&first).unwrap();
    a.read(&s.write().unwrap()).unwrap();
    let third = a.write().unwrap();
    let mut again = Handshake::server(&server).unwrap();
    again.read(&first).unwrap();
    again.write().unwrap();
    assert_eq!(again.read(&third), Err(ChannelError::Seal));
}

#[test]
fn keys_are_read_from_their_text_and_nothing_else() {
    let pair = KeyPair::generate().unwrap();
    let again = KeyPair::parse(&pair.private_text(), &pair.public.text()).unwrap();
    assert_eq!(again.public, pair.public);
    assert_eq!(*again.private, *pair.private);
    for text in ["", "abc", "*", &pair.public.text()[1..]] {
        assert_eq!(KeyPair::parse(text, text).err(), Some(ChannelError::Key));
    }
}

#[test]
fn frames_are_said_so() {
    let at = "2026-11-20T08:00:00Z".parse().unwrap();
    let hello = Hello {
        version: "0.1.0".to_owned(),
        facts: Facts {
            hostname: "web-01".to_owned(),
            shells: vec!["bash".to_owned()],
            ..Facts::default()
        },
    };
    let order = Order {
        fence: 41,
        execution: "019ee000-0000-7000-8000-000000000001".to_owned(),
        attempt: 1,
        not_before: at,
        expires_at: at,
        limit_seconds: 60,
        stop_on_failure: true,
        ticket: None,
        steps: vec![Step::Command(CommandStep {
            command: "uptime".to_owned(),
            shell: Some("sh".to_owned()),
            shells: BTreeMap::from([("windows".to_owned(), "cmd".to_owned())]),
            cwd: Some("/tmp".to_owned()),
            env: BTreeMap::from([("A".to_owned(), "b".to_owned())]),
            run_as: Some("nobody".to_owned()),
            limit_seconds: 60,
            success_codes: vec![0],
        })],
    };
    insta::assert_json_snapshot!(
        "from the agent",
        (
            AgentProof::Enroll {
                protocol: 1,
                token: "ore_secret".to_owned(),
                hello: hello.clone(),
            },
            AgentProof::Connect {
                protocol: 1,
                link: "link".to_owned(),
                holding: vec![7],
                hello,
            },
            AgentFrame::Linked {},
            AgentFrame::Facts {
                facts: Box::default()
            },
            AgentFrame::Heartbeat {},
            AgentFrame::Accept { fence: 41 },
            AgentFrame::Started { fence: 41, at },
            AgentFrame::Progress {
                fence: 41,
                step: 0,
                percent: 50,
                note: Some("halfway".to_owned()),
            },
            AgentFrame::Output {
                fence: 41,
                seq: 1,
                at,
                step: 0,
                stream: Stream::Stdout,
                text: "up\n".to_owned(),
            },
            AgentFrame::Result {
                fence: 41,
                outcome: Outcome {
                    verdict: Verdict::Failed,
                    reason: Some("exit code 2".to_owned()),
                    exit_code: Some(2),
                    steps: vec![StepResult {
                        kind: "command".to_owned(),
                        succeeded: false,
                        exit_code: Some(2),
                        reason: Some("exit code 2".to_owned()),
                        duration_ms: 12,
                        details: serde_json::Map::new(),
                    }],
                },
                at,
                last_seq: 1,
            },
        )
    );
    insta::assert_json_snapshot!(
        "from the server",
        (
            ServerFrame::Welcome {
                device_id: 3,
                name: "web-01".to_owned(),
                link: "next".to_owned(),
                heartbeat_seconds: 15,
                server_time: at,
            },
            ServerFrame::Refused {
                reason: Refusal::Duplicate,
                message: "this identity was used twice".to_owned(),
            },
            ServerFrame::Order {
                order: Box::new(order)
            },
            ServerFrame::Ack {
                fence: 41,
                seq: 1,
                settled: true,
            },
            ServerFrame::Cancel {
                fence: 41,
                reason: "cancelled by anna".to_owned(),
            },
            ServerFrame::Drop { fence: 41 },
            ServerFrame::Beat { server_time: at },
            ServerFrame::Bye {
                reason: Refusal::Revoked,
                message: "the device was revoked".to_owned(),
            },
        )
    );
}

#[test]
fn steps_for_files_and_software() {
    let file = FileRef {
        id: 7,
        name: "app.conf".to_owned(),
        size: 12,
        sha256: "ab".repeat(32),
    };
    let linux = SoftwareOn {
        packages: [("apt".to_owned(), vec!["hello".to_owned()])].into(),
        ..SoftwareOn::default()
    };
    let windows = SoftwareOn {
        file: Some(file.clone()),
        install: Some("msiexec /i %ORLOJ_FILE% /qn".to_owned()),
        uninstall: Some("msiexec /x hello /qn".to_owned()),
        detect: Some("where hello".to_owned()),
        ..SoftwareOn::default()
    };
    let steps = vec![
        Step::File(FileStep {
            action: FileAction::Deploy,
            file,
            folder: "/etc/app".to_owned(),
            create_folder: true,
            mode: Some("0640".to_owned()),
            owner: Some("app".to_owned()),
            group: None,
            keep_previous: true,
            limit_seconds: 1_800,
        }),
        Step::Software(SoftwareStep {
            action: SoftwareAction::Uninstall,
            name: "Hello".to_owned(),
            version: Some("2".to_owned()),
            platforms: [("linux".to_owned(), linux), ("windows".to_owned(), windows)].into(),
            min_memory_mb: Some(64),
            min_disk_mb: None,
            limit_seconds: 60,
        }),
    ];
    insta::assert_json_snapshot!("steps for files and software", steps);
    let text = serde_json::to_string(&steps).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Step>>(&text).unwrap(), steps);
    assert_eq!(steps[0].kind(), "file");
    assert_eq!(steps[1].limit_seconds(), 60);
}

//! Secrets and connections: sealed at rest, filled into runs, hidden in everything that runs say.
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use orloj_engine::model::{
    Actor, Connection, ConnectionPatch, JobDraft, LogQuery, NewConnection, NewSecret, NewUser,
    Page, Role, RunRequest, SecretPatch, Settings, Sharing, Trigger,
};
use orloj_engine::{
    Caller, Clock, Engine, EngineConfig, KeySource, Kind, ManualClock, SecretKey, StoreLocation,
};
use orloj_tasks::{
    Catalogue, Category, Cause, Context, Delivery, Outcome, ParameterError, Policy, TaskFunction,
    TaskInfo, Text,
};
use serde_json::{Value, json};

const CANARY: &str = "canary-8f3a/\"quoted\" wörd";
const MAIL_CANARY: &str = "mail-canary-55102";

/// A task function that says everything it knows, in every way there is.
struct Gossip {
    info: TaskInfo,
}

impl Gossip {
    fn new() -> Self {
        Self {
            info: TaskInfo {
                key: "gossip".to_owned(),
                name: Text::fixed("Gossip", "ثرثرة"),
                description: Text::fixed("Says all it knows.", "تقول كل ما تعرف."),
                category: Category::General,
                icon: "flask".to_owned(),
                schema: json!({ "type": "object" }),
                default_delivery: Delivery::AtMostOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({}),
            },
        }
    }
}

#[async_trait]
impl TaskFunction for Gossip {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _: &Policy) -> Result<(), Vec<ParameterError>> {
        match parameters.get("token") {
            None | Some(Value::String(_)) => Ok(()),
            Some(_) => Err(vec![ParameterError::new(
                "/token",
                "type",
                Text::fixed("must be a text", "يجب أن يكون نصًا"),
            )]),
        }
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        let token = parameters["token"].as_str().unwrap_or("none").to_owned();
        let mut known = token.clone();
        if let Some(name) = parameters["connection"].as_str() {
            match context.services.connection(name).await {
                Ok(settings) => {
                    known = format!("{token} {}", settings["password"].as_str().unwrap_or("-"));
                    context.log.info(settings.to_string());
                }
                Err(message) => return Outcome::failed(Cause::InvalidParameters, message),
            }
        }
        context.log.info(format!("info {known}"));
        let (head, tail) = token.as_bytes().split_at(token.len() / 2);
        context.log.stdout(b"out ");
        context.log.stdout(head);
        context.log.stdout(tail);
        context.log.stdout(b" written in pieces\n");
        // So long a line that it is cut in the middle of the value.
        context.log.stderr("x".repeat(16 * 1024 - 5).as_bytes());
        context.log.stderr(known.as_bytes());
        context.log.stderr(b" end\n");
        context.progress.set(50, Some(&known));
        let mut outcome = Outcome::failed(Cause::Other, format!("failed with {known}"))
            .with_result(json!({ "said": known, (known.clone()): [token] }))
            .with_detail(format!("detail {known}"));
        outcome.warnings.push(format!("warning {known}"));
        outcome.retryable = false;
        outcome
    }
}

struct Room {
    engine: Engine,
    folder: tempfile::TempDir,
}

async fn open(config: EngineConfig) -> orloj_engine::Result<Engine> {
    let mut catalogue = Catalogue::builtin();
    catalogue.register(Arc::new(Gossip::new()));
    let clock = ManualClock::new(support::START.parse().unwrap());
    Engine::open(config, catalogue, Clock::Manual(clock)).await
}

impl Room {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(config(&folder)).await.unwrap();
        Self { engine, folder }
    }

    async fn person(&self, name: &str, role: Role) -> Caller {
        let user = self
            .engine
            .caller(Actor::system())
            .create_user(NewUser {
                name: name.to_owned(),
                display_name: None,
                email: None,
                role,
                password: None,
                grants: Vec::new(),
            })
            .await
            .unwrap();
        self.engine.caller(Actor {
            user_id: user.id,
            name: name.to_owned(),
            role,
            ..Actor::system()
        })
    }

    /// Everything that the database's files hold.
    fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() && !path.ends_with("orloj.key") {
                all.extend(std::fs::read(path).unwrap());
            }
        }
        all
    }
}

fn config(folder: &tempfile::TempDir) -> EngineConfig {
    EngineConfig::new(StoreLocation::SqliteThrowAway(
        folder.path().join("orloj.db"),
    ))
}

fn secret(name: &str, value: &str) -> NewSecret {
    NewSecret {
        owner_id: None,
        name: name.to_owned(),
        value: value.to_owned().into(),
        description: None,
        sharing: Sharing::default(),
    }
}

fn mail(name: &str, settings: Value) -> NewConnection {
    NewConnection {
        owner_id: None,
        name: name.to_owned(),
        description: None,
        kind: "smtp".to_owned(),
        settings,
        is_read_only: false,
        allowed_tables: Vec::new(),
        sharing: Sharing::default(),
    }
}

fn gossip(parameters: Value) -> JobDraft {
    JobDraft {
        task_function: "gossip".to_owned(),
        name_en: Some("Gossip".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule: orloj_schedule::Spec::new(orloj_schedule::RuleSpec::Manual),
        parameters,
        settings: Settings::with_delivery(orloj_engine::model::Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

fn all_lines() -> LogQuery {
    LogQuery {
        limit: 1_000,
        ..LogQuery::default()
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

async fn run(engine: &Engine, caller: &Caller, job_id: i64) -> String {
    let mut news = engine.announcements();
    let started = caller
        .run_job(RunRequest::new(job_id, Trigger::Manual))
        .await
        .unwrap();
    let number = started.id.to_string();
    for _ in 0..400 {
        engine.settle().await;
        if caller.execution(&number).await.unwrap().status.is_final() {
            return number;
        }
        let wait = std::time::Duration::from_millis(25);
        let _ = tokio::time::timeout(wait, news.recv()).await;
    }
    unreachable!("the run does not end")
}

#[tokio::test]
async fn a_secret_is_nowhere_to_be_found() {
    let room = Room::new().await;
    let ann = room.person("ann", Role::User).await;
    ann.create_secret(secret("token", CANARY)).await.unwrap();
    ann.create_connection(mail(
        "office",
        json!({ "host": "mail.example.com", "from": "o@example.com", "password": MAIL_CANARY }),
    ))
    .await
    .unwrap();
    room.engine.start().await.unwrap();
    let draft = gossip(json!({ "token": { "$secret": "token" }, "connection": "office" }));
    let job = ann.create_job(draft).await.unwrap().job;
    let number = run(&room.engine, &ann, job.id).await;

    let execution = ann.execution(&number).await.unwrap();
    let log = ann.log(&number, all_lines()).await.unwrap();
    let attempts = ann.attempts(&number).await.unwrap();
    let page = Page {
        number: 1,
        size: 100,
    };
    let audit = ann.audit_events(Default::default(), page).await.unwrap();
    let said = format!(
        "{execution:?} {log:?} {attempts:?} {audit:?} {:?}",
        ann.job(job.id).await
    );
    let shown = log
        .lines
        .iter()
        .map(|line| line.text.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    assert!(shown.contains("out ••• written in pieces"), "{shown}");
    assert!(shown.contains("info ••• •••"), "{shown}");
    assert!(shown.ends_with("••• ••• end"), "the cut line is whole");
    assert!(said.contains("failed with ••• •••"), "{execution:?}");
    room.engine.stop(std::time::Duration::ZERO).await;
    let escaped = json!(CANARY).to_string();
    let twice = json!(escaped).to_string();
    for text in [
        CANARY,
        escaped.trim_matches('"'),
        twice.trim_matches('"'),
        "canary-8f3a",
        "wörd",
        MAIL_CANARY,
    ] {
        assert!(!said.contains(text), "{text} is in an answer: {said}");
        assert!(!contains(&room.bytes(), text), "{text} is in the database");
    }
    assert!(
        contains(&room.bytes(), "failed with"),
        "the files that were searched are the right ones"
    );
}

#[tokio::test]
async fn a_job_uses_only_secrets_of_its_owner_or_shared_with_them() {
    let room = Room::new().await;
    let ann = room.person("ann", Role::User).await;
    let bob = room.person("bob", Role::User).await;
    let token = ann.create_secret(secret("token", CANARY)).await.unwrap();
    let draft = || gossip(json!({ "list": [{ "token": { "$secret": "token" } }] }));
    let refused = bob.create_job(draft()).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid);
    assert_eq!(refused.fields[0].pointer, "/parameters/list/0/token");
    assert!(refused.fields[0].message_ar.is_some());
    assert_eq!(bob.secret(token.id).await.unwrap_err().kind, Kind::NotFound);
    assert!(bob.secrets().await.unwrap().is_empty());

    let patch = SecretPatch {
        sharing: Some(Sharing {
            everybody: false,
            users: vec![bob.actor().user_id],
        }),
        ..SecretPatch::default()
    };
    ann.update_secret(token.id, patch).await.unwrap();
    bob.create_job(draft()).await.unwrap();
    let seen = bob.secret(token.id).await.unwrap();
    assert_eq!(
        seen.sharing,
        Sharing::default(),
        "with whom else is not for bob"
    );
    assert_eq!(
        bob.delete_secret(token.id, false).await.unwrap_err().kind,
        Kind::Forbidden
    );
    let broken = gossip(json!({ "token": { "$secret": 5 } }));
    assert_eq!(
        ann.create_job(broken).await.unwrap_err().fields[0].pointer,
        "/parameters/token"
    );
    let twice = ann
        .create_secret(secret("token", "other"))
        .await
        .unwrap_err();
    assert_eq!(twice.kind, Kind::Conflict);
}

#[tokio::test]
async fn a_connection_keeps_its_password_until_told_otherwise() {
    let room = Room::new().await;
    let ann = room.person("ann", Role::User).await;
    let settings =
        json!({ "host": "mail.example.com", "from": "o@example.com", "password": MAIL_CANARY });
    let made = ann
        .create_connection(mail("office", settings))
        .await
        .unwrap();
    assert_eq!(made.sealed_fields, ["password"]);
    assert!(made.settings.get("password").is_none());
    let patch = |settings: Value| ConnectionPatch {
        settings: Some(settings),
        ..ConnectionPatch::default()
    };
    let kept = json!({ "host": "other.example.com", "from": "o@example.com", "password": { "$set": true } });
    let changed = ann.update_connection(made.id, patch(kept)).await.unwrap();
    assert_eq!(
        (changed.sealed_fields.as_slice(), &changed.settings["host"]),
        (
            ["password".to_owned()].as_slice(),
            &json!("other.example.com")
        )
    );
    let gone = json!({ "host": "other.example.com", "from": "o@example.com" });
    let changed = ann
        .update_connection(made.id, patch(gone.clone()))
        .await
        .unwrap();
    assert!(changed.sealed_fields.is_empty());
    let absent = json!({ "host": "h", "from": "o@example.com", "password": { "$set": true } });
    let refused = ann
        .update_connection(made.id, patch(absent))
        .await
        .unwrap_err();
    assert_eq!(refused.fields[0].pointer, "/settings/password");
}

#[tokio::test]
async fn dangerous_connections_are_for_administrators() {
    let room = Room::new().await;
    let ann = room.person("ann", Role::User).await;
    let admin = room.person("root", Role::Admin).await;
    let file = |path: &std::path::Path| NewConnection {
        kind: "sqlite".to_owned(),
        ..mail("shop", json!({ "path": path }))
    };
    let shop = room.folder.path().join("shop.db");
    assert_eq!(
        ann.create_connection(file(&shop)).await.unwrap_err().kind,
        Kind::Forbidden
    );
    let own = room.folder.path().join("orloj.db");
    assert_eq!(
        admin
            .create_connection(file(&own))
            .await
            .unwrap_err()
            .fields[0]
            .pointer,
        "/settings/path"
    );
    let made = admin.create_connection(file(&shop)).await.unwrap();
    let test = admin.test_connection(made.id).await.unwrap();
    assert!(!test.works, "there is no such file: {test:?}");
    let private =
        json!({ "host": "127.0.0.1", "from": "o@example.com", "allowPrivateAddresses": true });
    let refused = ann
        .create_connection(mail("here", private))
        .await
        .unwrap_err();
    assert_eq!(refused.fields[0].pointer, "/settings/allowPrivateAddresses");
    let closed = json!({ "host": "127.0.0.1", "port": 2525, "from": "o@example.com" });
    let made = ann.create_connection(mail("here", closed)).await.unwrap();
    assert!(
        !ann.test_connection(made.id).await.unwrap().works,
        "loopback is closed"
    );

    let listed = admin.connections().await.unwrap();
    assert_eq!(listed[0].name, Connection::HISTORY);
    assert!(admin.test_connection(0).await.unwrap().works);
    assert_eq!(
        admin.delete_connection(0, true).await.unwrap_err().kind,
        Kind::Conflict
    );
    assert_eq!(ann.connection(0).await.unwrap_err().kind, Kind::NotFound);
    assert!(
        ann.connections()
            .await
            .unwrap()
            .iter()
            .all(|one| !one.is_builtin())
    );
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_a_rotated_one_opens_everything() {
    let room = Room::new().await;
    let ann = room.person("ann", Role::User).await;
    let admin = room.person("root", Role::Admin).await;
    ann.create_secret(secret("token", CANARY)).await.unwrap();
    ann.create_connection(mail(
        "office",
        json!({ "host": "mail.example.com", "from": "o@example.com", "password": MAIL_CANARY }),
    ))
    .await
    .unwrap();
    assert_eq!(
        ann.rotate_secret_key().await.unwrap_err().kind,
        Kind::Forbidden
    );
    let rotation = admin.rotate_secret_key().await.unwrap();
    assert_eq!(rotation.values, 2);
    room.engine.stop(std::time::Duration::ZERO).await;

    let key_file = room.folder.path().join("orloj.key");
    let kept = std::fs::read(&key_file).unwrap();
    std::fs::remove_file(&key_file).unwrap();
    let refused = open(config(&room.folder)).await.unwrap_err();
    assert!(refused.message.contains(&rotation.key_id), "{refused}");
    assert!(
        !key_file.exists(),
        "no new key takes the place of a lost one"
    );
    let other = EngineConfig {
        secret_key: KeySource::Given {
            key: SecretKey::new([3; 32]),
            previous: None,
        },
        ..config(&room.folder)
    };
    let refused = open(other.clone()).await.unwrap_err();
    assert!(refused.message.contains("start with that key"), "{refused}");

    // What a crash between the database and the file leaves: the new key still waits beside the old one.
    std::fs::write(&key_file, "ab".repeat(32)).unwrap();
    std::fs::write(room.folder.path().join("orloj.key.next"), &kept).unwrap();
    open(config(&room.folder))
        .await
        .unwrap()
        .stop(std::time::Duration::ZERO)
        .await;
    assert_eq!(std::fs::read(&key_file).unwrap(), kept);

    let text = String::from_utf8(kept).unwrap();
    let handed_over = EngineConfig {
        secret_key: KeySource::Given {
            key: SecretKey::new([3; 32]),
            previous: Some(SecretKey::parse(&text).unwrap()),
        },
        ..config(&room.folder)
    };
    open(handed_over)
        .await
        .unwrap()
        .stop(std::time::Duration::ZERO)
        .await;
    let engine = open(other).await.unwrap();
    engine.start().await.unwrap();
    let ann = engine.caller(ann.actor().clone());
    let draft = gossip(json!({ "token": { "$secret": "token" }, "connection": "office" }));
    let job = ann.create_job(draft).await.unwrap().job;
    let number = run(&engine, &ann, job.id).await;
    let log = ann.log(&number, all_lines()).await.unwrap();
    assert!(
        log.lines.iter().any(|line| line.text == "info ••• •••"),
        "{log:?}"
    );
    engine.stop(std::time::Duration::ZERO).await;
}

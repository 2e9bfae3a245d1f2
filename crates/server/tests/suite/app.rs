//! The service under test and who asks it.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use orloj_engine::model::{Actor, NewToken, NewUser, Role, Scope};
use orloj_engine::{Clock, Engine, EngineConfig, ManualClock, StoreLocation};
use orloj_server::ServerConfig;
use orloj_tasks::{Catalogue, Policy};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// A number as the ids of the seeds' systems are: 24 hexadecimal digits.
pub fn hex(id: i64) -> String {
    format!("{id:024x}")
}

/// Where the clock of every test begins: a Monday.
pub const START: &str = "2026-03-02T10:00:00Z";
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// The service, and tokens of an administrator, a user and a viewer.
pub struct TestApp {
    pub engine: Engine,
    pub clock: ManualClock,
    pub router: Router,
    pub closing: CancellationToken,
    pub admin: String,
    pub user: String,
    pub user_id: i64,
    pub viewer: String,
    _folder: tempfile::TempDir,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

/// A request being put together.
pub struct Ask<'a> {
    app: &'a TestApp,
    builder: http::request::Builder,
    body: Body,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(ServerConfig::default()).await
    }

    pub async fn with(config: ServerConfig) -> Self {
        Self::open(config, |_, _| {}, START).await
    }

    /// A service whose clock begins at this instant.
    pub async fn starting(config: ServerConfig, start: &str) -> Self {
        Self::open(config, |_, _| {}, start).await
    }

    /// A service whose jobs and notifications may also call these hosts of this machine.
    pub async fn reaching(hosts: Vec<String>) -> Self {
        let reach = |settings: &mut EngineConfig, _: &Path| {
            policy(settings).allowed_hosts.extend(hosts);
        };
        Self::open(ServerConfig::default(), reach, START).await
    }

    /// A service with a folder for exports and backups, whose jobs may also call these hosts of this machine.
    pub async fn exporting(hosts: Vec<String>) -> Self {
        let export = |settings: &mut EngineConfig, folder: &Path| {
            policy(settings).export_dir = Some(folder.join("exports"));
            policy(settings).allowed_hosts.extend(hosts);
        };
        Self::open(ServerConfig::default(), export, START).await
    }

    /// A service that keeps its own data in a PostgreSQL database.
    pub async fn on_postgres(url: &str) -> Self {
        let keep = |settings: &mut EngineConfig, _: &Path| {
            settings.store = StoreLocation::Postgres(url.to_owned());
        };
        Self::open(ServerConfig::default(), keep, START).await
    }

    /// A service that answers requests and schedules nothing, as do all others of its installation.
    pub async fn idle() -> Self {
        Self::prepared(ServerConfig::default(), |_, _| {}, START).await
    }

    async fn open(
        config: ServerConfig,
        change: impl FnOnce(&mut EngineConfig, &Path),
        start: &str,
    ) -> Self {
        let app = Self::prepared(config, change, start).await;
        app.engine.start().await.unwrap();
        app
    }

    async fn prepared(
        config: ServerConfig,
        change: impl FnOnce(&mut EngineConfig, &Path),
        start: &str,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(start.parse::<Timestamp>().unwrap());
        let mut settings = EngineConfig::new(StoreLocation::SqliteThrowAway(
            folder.path().join("orloj.db"),
        ));
        settings.work_dir = folder.path().join("work");
        settings.host = "test-host".to_owned();
        settings.policy = Arc::new(Policy {
            script_interpreters: Policy::find_interpreters(OsStr::new("/usr/bin:/bin")),
            // Nothing listens there: calls to it fail without leaving the machine.
            allowed_hosts: vec!["127.0.0.1:1".to_owned()],
            ..Policy::default()
        });
        change(&mut settings, folder.path());
        let engine = Engine::open(settings, Catalogue::builtin(), Clock::Manual(clock.clone()))
            .await
            .unwrap();
        engine.create_first_admin("admin", PASSWORD).await.unwrap();
        let closing = CancellationToken::new();
        let router = orloj_server::router(engine.clone(), config, closing.clone());
        let (admin, user, user_id, viewer) = people(&engine).await;
        Self {
            engine,
            clock,
            router,
            closing,
            admin,
            user,
            user_id,
            viewer,
            _folder: folder,
        }
    }

    /// A token of this scope for a user.
    pub async fn token(&self, user_id: i64, scope: Scope) -> String {
        token(&self.engine, user_id, scope, None).await
    }

    /// A user with a token.
    pub async fn person(&self, name: &str, role: Role) -> (i64, String) {
        person(&self.engine, name, role).await
    }

    /// Begins a request.
    pub fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        Ask {
            app: self,
            builder: Request::builder().method(method).uri(path),
            body: Body::empty(),
        }
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(Method::GET, path).token(token).send().await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path)
            .token(token)
            .json(&body)
            .send()
            .await
    }

    pub async fn put(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(Method::PUT, path)
            .token(token)
            .json(&body)
            .send()
            .await
    }

    pub async fn delete(&self, token: &str, path: &str) -> Answer {
        self.ask(Method::DELETE, path).token(token).send().await
    }

    /// Makes a job that runs only by hand and answers its number.
    pub async fn manual_job(&self, token: &str, name: &str) -> i64 {
        let body = json!({"taskFunctionKey": "echo", "nameEn": name, "manual": true, "parameters": {"message": "hello"}});
        self.post(token, "/api/v1/scheduler/jobs", body)
            .await
            .expect(201)["id"]
            .as_i64()
            .unwrap()
    }

    /// Runs a job and waits for the end of the run; answers the execution's UUID.
    pub async fn run(&self, token: &str, job: i64) -> String {
        let path = format!("/api/v1/scheduler/jobs/{job}/run");
        let started = self.post(token, &path, json!({})).await.expect(202);
        let uuid = started["executionId"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/scheduler/executions/{uuid}");
        self.until("the run ends", async || {
            !self.get(token, &path).await.expect(200)["completedAt"].is_null()
        })
        .await;
        uuid
    }

    /// Moves the clock and waits until the ledger of a job has so many lines.
    pub async fn advance_until_decided(&self, token: &str, job: &Value, seconds: i64, lines: u64) {
        self.clock.advance_seconds(seconds);
        let path = format!("/api/v1/scheduler/jobs/{job}/fires");
        self.until("the instant is decided", async || {
            self.get(token, &path).await.expect(200)["total"] == lines
        })
        .await;
    }

    /// Waits until `holds` answers true, woken by news. The clock stands still: nothing here takes long.
    pub async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let mut news = self.engine.announcements();
        let begun = Instant::now();
        loop {
            self.engine.settle().await;
            if holds().await {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "waited in vain: {what}"
            );
            let _ = tokio::time::timeout(Duration::from_millis(25), news.recv()).await;
        }
    }
}

/// The policy of an engine that is not open yet.
fn policy(settings: &mut EngineConfig) -> &mut Policy {
    Arc::get_mut(&mut settings.policy).unwrap()
}

async fn people(engine: &Engine) -> (String, String, i64, String) {
    let admin = engine
        .caller(Actor::system())
        .users(
            Default::default(),
            orloj_engine::model::Page {
                number: 1,
                size: 10,
            },
        )
        .await
        .unwrap();
    let admin = token(engine, admin.items[0].id, Scope::Full, None).await;
    let (user_id, user) = person(engine, "maryam", Role::User).await;
    let (_, viewer) = person(engine, "vera", Role::Viewer).await;
    (admin, user, user_id, viewer)
}

async fn person(engine: &Engine, name: &str, role: Role) -> (i64, String) {
    let user = engine
        .caller(Actor::system())
        .create_user(NewUser {
            name: name.to_owned(),
            display_name: None,
            email: None,
            role,
            password: Some(PASSWORD.to_owned()),
            grants: Vec::new(),
        })
        .await
        .unwrap();
    (user.id, token(engine, user.id, Scope::Full, None).await)
}

/// A token for a user.
pub async fn token(
    engine: &Engine,
    user_id: i64,
    scope: Scope,
    expires_at: Option<Timestamp>,
) -> String {
    let new = NewToken {
        user_id: Some(user_id),
        label: "test".to_owned(),
        scope,
        expires_at,
    };
    engine
        .caller(Actor::system())
        .create_token(new)
        .await
        .unwrap()
        .1
}

impl Ask<'_> {
    pub fn token(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    pub fn cookie(self, cookie: &str) -> Self {
        self.header(COOKIE.as_str(), cookie)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    pub fn raw(self, content_type: &str, body: impl Into<Body>) -> Self {
        let mut ask = self.header(CONTENT_TYPE.as_str(), content_type);
        ask.body = body.into();
        ask
    }

    /// Sends it and reads the answer to its end.
    pub async fn send(self) -> Answer {
        let response = self.open().await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    /// Sends it and leaves the body to be read.
    pub async fn open(self) -> http::Response<Body> {
        let request = self.builder.body(self.body).unwrap();
        self.app.router.clone().oneshot(request).await.unwrap()
    }
}

impl Answer {
    /// The body as JSON; null when there is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body, of an answer that must have this status.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }

    /// Asserts that this is a problem of this status, and answers it without the number of the request.
    pub fn problem(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let mut problem = self.json();
        assert_eq!(problem["status"], status);
        let members = problem.as_object_mut().unwrap();
        assert!(members.remove("request_id").is_some());
        problem
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// Replaces what differs from run to run.
pub fn steady(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    let is_changing = matches!(
                        name.as_str(),
                        "executionId"
                            | "currentExecutionId"
                            | "executorId"
                            | "instanceId"
                            | "processId"
                            | "pid"
                            | "secret"
                            | "hint"
                            | "hostName"
                    );
                    if is_changing && !member.is_null() {
                        *member = Value::String(format!("[{name}]"));
                    } else {
                        walk(member);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    value
}

//! A laboratory for scenarios through the engine's only door: a manual clock, and each scenario on both databases.
//!
//! SQLite is a file in a directory that is thrown away. PostgreSQL is a database made for the scenario on the server
//! that `TEST_POSTGRES_URL` names (whoever it names may create databases); without that variable these tests say that
//! they were skipped.
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    unused_imports,
    unused_macros,
    unreachable_pub,
    reason = "every test binary uses its own part of the laboratory, and a broken laboratory is a failed test"
)]

pub mod probe;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use orloj_engine::model::{
    Actor, Delivery, Execution, ExecutionFilter, JobDraft, NewUser, Page, Role, RunRequest,
    Settings, Status, Trigger, User,
};
use orloj_engine::{Caller, Clock, Engine, EngineConfig, ManualClock, StoreLocation};
use orloj_schedule::{RuleSpec, Spec};
use orloj_tasks::Catalogue;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};

/// Where the clock of every scenario begins.
pub const START: &str = "2026-03-02T10:00:00Z";

/// The password of [`Lab::user`]'s users.
pub const PASSWORD: &str = "correct horse battery";

/// One scenario's engine, clock and database.
pub struct Lab {
    pub engine: Engine,
    pub clock: ManualClock,
    /// The task function `probe`, which does what a scenario tells it.
    pub probe: Arc<probe::Probe>,
    location: StoreLocation,
    _directory: Option<tempfile::TempDir>,
}

/// Makes each scenario two tests, `<name>::sqlite` and `<name>::postgres`.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($lab:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a scenario may need nothing of its file")]
            use super::*;

            async fn scenario($lab: &$crate::support::Lab) $body

            #[tokio::test]
            async fn sqlite() {
                let lab = $crate::support::Lab::sqlite().await;
                scenario(&lab).await;
            }

            #[tokio::test]
            async fn postgres() {
                let Some(lab) = $crate::support::Lab::postgres().await else {
                    println!("skipped: TEST_POSTGRES_URL is not set");
                    return;
                };
                scenario(&lab).await;
                lab.drop_database().await;
            }
        }
    )*};
}
pub(crate) use both;

/// Runs a scenario on PostgreSQL; SQLite has one instance.
macro_rules! on_postgres {
    ($($(#[$meta:meta])* async fn $name:ident($lab:ident) $body:block)*) => {$(
        $(#[$meta])*
        #[tokio::test]
        async fn $name() {
            let Some(lab) = $crate::support::Lab::postgres().await else {
                println!("skipped: TEST_POSTGRES_URL is not set");
                return;
            };
            {
                let $lab = &lab;
                $body
            }
            lab.drop_database().await;
        }
    )*};
}
pub(crate) use on_postgres;

/// Moves the clock second by second, letting every instance do what is due.
pub async fn pass_seconds(lab: &Lab, engines: &[&Engine], seconds: usize) {
    for _ in 0..seconds {
        lab.advance(1);
        for engine in engines {
            engine.settle().await;
        }
        for engine in engines {
            engine.settle().await;
        }
    }
}

/// The living instances, and how many shards each owns.
pub async fn shards(engine: &Engine) -> Vec<(i64, u32)> {
    let status = engine.caller(Actor::system()).status().await.unwrap();
    let mut counts: Vec<(i64, u32)> = status
        .instances
        .iter()
        .map(|instance| (instance.id, instance.shards))
        .collect();
    counts.sort_unstable();
    counts
}

/// All executions with this status.
pub async fn with_status(caller: &Caller, status: Status) -> Vec<Execution> {
    let filter = ExecutionFilter {
        statuses: vec![status],
        ..ExecutionFilter::default()
    };
    let all = Page {
        number: 1,
        size: 1_000,
    };
    caller.executions(filter, all).await.unwrap().items
}

impl Lab {
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let location = StoreLocation::SqliteThrowAway(directory.path().join("orloj.db"));
        Self::open(location, Some(directory)).await
    }

    /// `None` when there is no server to test with.
    pub async fn postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("TEST_POSTGRES_URL").ok()?;
        let name = format!(
            "orloj_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let mut connection = PgConnection::connect(&server).await.unwrap();
        for statement in [
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            format!("CREATE DATABASE {name} TEMPLATE template0"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        connection.close().await.unwrap();
        let location = StoreLocation::Postgres(with_database(&server, &name));
        Some(Self::open(location, None).await)
    }

    async fn open(location: StoreLocation, directory: Option<tempfile::TempDir>) -> Self {
        // Warnings of the engine belong to the report of a failed scenario. A second scenario finds it set already.
        let _ = tracing_subscriber::fmt()
            .with_test_writer()
            .with_max_level(tracing::Level::WARN)
            .try_init();
        let clock = ManualClock::new(START.parse().unwrap());
        let probe = Arc::new(probe::Probe::new());
        let engine = open_engine(&location, &clock, &probe, |_| {}).await;
        Self {
            engine,
            clock,
            probe,
            location,
            _directory: directory,
        }
    }

    /// Another process on the same database; PostgreSQL only.
    pub async fn another_instance(&self) -> Engine {
        open_engine(&self.location, &self.clock, &self.probe, |_| {}).await
    }

    /// An administrator's view of an engine that is not this lab's own.
    pub fn system_of(&self, engine: &Engine) -> Caller {
        engine.caller(Actor::system())
    }

    /// Opens the database again after its engine was stopped, with further task functions, or others of the same keys.
    pub async fn reopen_with(&self, register: impl FnOnce(&mut Catalogue)) -> Engine {
        let mut catalogue = Catalogue::builtin();
        catalogue.register(Arc::clone(&self.probe) as Arc<dyn orloj_tasks::TaskFunction>);
        register(&mut catalogue);
        Engine::open(
            EngineConfig::new(self.location.clone()),
            catalogue,
            Clock::Manual(self.clock.clone()),
        )
        .await
        .unwrap()
    }

    /// Why another process is not let in.
    pub async fn another_instance_refused(&self) -> String {
        let config = EngineConfig::new(self.location.clone());
        match Engine::open(
            config,
            Catalogue::builtin(),
            Clock::Manual(self.clock.clone()),
        )
        .await
        {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    /// Opens the database again after its engine was stopped, with another configuration.
    pub async fn reopen(&self, tune: impl FnOnce(&mut EngineConfig)) -> Engine {
        open_engine(&self.location, &self.clock, &self.probe, tune).await
    }

    /// Waits until `holds` answers true. Fails after ten seconds: nothing here takes long, the clock stands still.
    pub async fn until<F: Future<Output = bool>>(
        &self,
        engine: &Engine,
        what: &str,
        mut holds: impl FnMut() -> F,
    ) {
        let mut news = engine.announcements();
        let begun = Instant::now();
        loop {
            engine.settle().await;
            if holds().await {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "waited in vain: {what}"
            );
            // Woken by news; the time-out only bounds how long missing news can hold a scenario up.
            let _ = tokio::time::timeout(Duration::from_millis(25), news.recv()).await;
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.location, StoreLocation::Postgres(_))
    }

    pub async fn drop_database(self) {
        let StoreLocation::Postgres(url) = &self.location else {
            return;
        };
        let server = std::env::var("TEST_POSTGRES_URL").unwrap();
        let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
        let mut connection = PgConnection::connect(&server).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!(
            "DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        )))
        .execute(&mut connection)
        .await
        .unwrap();
    }

    /// The system itself.
    pub fn system(&self) -> Caller {
        self.engine.caller(Actor::system())
    }

    /// Makes a user with [`PASSWORD`].
    pub async fn user(&self, name: &str, role: Role) -> User {
        self.user_of(&self.engine, name, role).await
    }

    async fn user_of(&self, engine: &Engine, name: &str, role: Role) -> User {
        self.system_of(engine)
            .create_user(NewUser {
                name: name.to_owned(),
                display_name: None,
                email: None,
                role,
                password: Some(PASSWORD.to_owned()),
                grants: Vec::new(),
            })
            .await
            .unwrap()
    }

    /// Makes a user and asks as they do after signing in.
    pub async fn caller(&self, name: &str, role: Role) -> Caller {
        self.caller_of(&self.engine, name, role).await
    }

    /// The same with an engine that is not this lab's own.
    pub async fn caller_of(&self, engine: &Engine, name: &str, role: Role) -> Caller {
        self.user_of(engine, name, role).await;
        let session = engine.sign_in(name, PASSWORD, None, None).await.unwrap();
        let actor = engine.authenticate_session(&session.secret).await.unwrap();
        engine.caller(actor)
    }

    pub fn now(&self) -> Timestamp {
        self.engine.clock().now()
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
    }

    /// Does something to the database behind the engine's back.
    pub async fn sql(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match &self.location {
            StoreLocation::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::raw_sql(statement)
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            StoreLocation::SqliteFile(path) | StoreLocation::SqliteThrowAway(path) => {
                let mut connection = sqlite(path).await;
                sqlx::raw_sql(statement)
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
        }
    }

    /// Does something to the database in a transaction that stays open until [`Held::let_go`]; PostgreSQL only.
    pub async fn hold(&self, statement: &str) -> Held {
        let StoreLocation::Postgres(url) = &self.location else {
            panic!("one process has a SQLite file");
        };
        let mut connection = PgConnection::connect(url).await.unwrap();
        for statement in ["BEGIN", statement] {
            sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        Held(connection)
    }

    /// The first column, a text, of the rows of a query.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        match &self.location {
            StoreLocation::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
            StoreLocation::SqliteFile(path) | StoreLocation::SqliteThrowAway(path) => {
                let mut connection = sqlite(path).await;
                let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }
}

/// A transaction that stays open.
pub struct Held(PgConnection);

impl Held {
    pub async fn let_go(mut self) {
        sqlx::raw_sql("ROLLBACK")
            .execute(&mut self.0)
            .await
            .unwrap();
        self.0.close().await.unwrap();
    }
}

async fn open_engine(
    location: &StoreLocation,
    clock: &ManualClock,
    probe: &Arc<probe::Probe>,
    tune: impl FnOnce(&mut EngineConfig),
) -> Engine {
    let mut config = EngineConfig::new(location.clone());
    tune(&mut config);
    let mut catalogue = Catalogue::builtin();
    catalogue.register(Arc::clone(probe) as Arc<dyn orloj_tasks::TaskFunction>);
    Engine::open(config, catalogue, Clock::Manual(clock.clone()))
        .await
        .unwrap()
}

async fn sqlite(path: &std::path::Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(std::time::Duration::from_secs(10));
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// The URL of another database on the same server.
fn with_database(server: &str, name: &str) -> String {
    let (base, options) = server
        .split_once('?')
        .map_or((server, None), |(b, o)| (b, Some(o)));
    let authority = base.split_once("://").map_or(base, |(_, rest)| rest);
    let root = match authority.split_once('/') {
        Some((_, database)) => base.strip_suffix(database).unwrap().trim_end_matches('/'),
        None => base,
    };
    match options {
        Some(options) => format!("{root}/{name}?{options}"),
        None => format!("{root}/{name}"),
    }
}

/// A job of the task function `probe` as simple as can be.
pub fn draft(schedule: RuleSpec, parameters: serde_json::Value) -> JobDraft {
    JobDraft {
        task_function: "probe".to_owned(),
        name_en: Some("scenario".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule: Spec::new(schedule),
        parameters,
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

/// A run of a job by hand.
pub fn run_of(job_id: i64) -> RunRequest {
    RunRequest::new(job_id, Trigger::Manual)
}

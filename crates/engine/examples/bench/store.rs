//! New databases, engines on them, and jobs in them.

use std::sync::Arc;

use orloj_engine::model::{Actor, Delivery, JobDraft, Settings};
use orloj_engine::{Clock, Engine, EngineConfig, StoreLocation};
use orloj_schedule::{RuleSpec, Spec};
use orloj_tasks::{Catalogue, Policy, TaskFunction};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::Outcome;
use crate::tasks::{Noop, Stamp};

#[derive(Clone, Copy)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// A new database.
pub(crate) struct Place {
    pub(crate) url: String,
    /// The server and the name of the database, on PostgreSQL.
    made: Option<(String, String)>,
    _folder: Option<tempfile::TempDir>,
}

impl Database {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// `None` when there is no server to measure.
    pub(crate) async fn create(self) -> Outcome<Option<Place>> {
        if let Self::Sqlite = self {
            let folder = tempfile::tempdir()?;
            return Ok(Some(Place {
                url: folder.path().join("orloj.db").display().to_string(),
                made: None,
                _folder: Some(folder),
            }));
        }
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
            return Ok(None);
        };
        let name = format!("orloj_bench_{}", std::process::id());
        execute(
            &server,
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )
        .await?;
        execute(
            &server,
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        )
        .await?;
        let (base, _) = server
            .rsplit_once('/')
            .ok_or("TEST_POSTGRES_URL names no database")?;
        Ok(Some(Place {
            url: format!("{base}/{name}"),
            made: Some((server, name)),
            _folder: None,
        }))
    }
}

impl Place {
    /// Lets every commit wait for two milliseconds before it is written through; false where that cannot be set.
    pub(crate) async fn slow_down(&self) -> Outcome<bool> {
        let Some((server, name)) = &self.made else {
            return Ok(false);
        };
        let statement = format!(
            "ALTER DATABASE {name} SET commit_delay = 2000; ALTER DATABASE {name} SET commit_siblings = 0"
        );
        execute(server, &statement).await?;
        Ok(true)
    }

    pub(crate) async fn remove(self) -> Outcome<()> {
        if let Some((server, name)) = &self.made {
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            execute(server, &statement).await?;
        }
        Ok(())
    }
}

pub(crate) fn location(url: &str) -> StoreLocation {
    if url.starts_with("postgres") {
        StoreLocation::Postgres(url.to_owned())
    } else {
        StoreLocation::SqliteFile(url.into())
    }
}

/// Runs a statement behind the engine's back, on a PostgreSQL URL or a SQLite file.
pub(crate) async fn execute(url: &str, statement: &str) -> Outcome<()> {
    let statement = AssertSqlSafe(statement.to_owned());
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::raw_sql(statement).execute(&mut connection).await?;
    } else {
        let options = SqliteConnectOptions::new().filename(url);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        sqlx::raw_sql(statement).execute(&mut connection).await?;
        connection.close().await?;
    }
    Ok(())
}

/// The address in a location.
pub(crate) fn url(location: &StoreLocation) -> String {
    match location {
        StoreLocation::Postgres(url) => url.clone(),
        StoreLocation::SqliteFile(path) | StoreLocation::SqliteThrowAway(path) => {
            path.display().to_string()
        }
    }
}

/// An engine with the defaults, and with the functions of this program.
pub(crate) async fn open(location: &StoreLocation, stamp: &Arc<Stamp>) -> Outcome<Engine> {
    let mut config = EngineConfig::new(location.clone());
    let path = std::env::var_os("PATH").unwrap_or_default();
    config.policy = Arc::new(Policy {
        script_interpreters: Policy::find_interpreters(&path),
        ..Policy::default()
    });
    let mut catalogue = Catalogue::builtin();
    catalogue.register(Arc::new(Noop::new()));
    catalogue.register(Arc::clone(stamp) as Arc<dyn TaskFunction>);
    Ok(Engine::open(config, catalogue, Clock::System).await?)
}

pub(crate) fn draft(function: &str, rule: RuleSpec) -> JobDraft {
    JobDraft {
        task_function: function.to_owned(),
        name_en: Some("Measured".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule: Spec::new(rule),
        parameters: match function {
            "script" => json!({ "script": "true" }),
            _ => json!({}),
        },
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

/// Stores jobs in the largest batches the API takes; answers their numbers.
pub(crate) async fn store(
    engine: &Engine,
    drafts: impl IntoIterator<Item = JobDraft>,
) -> Outcome<Vec<i64>> {
    let caller = engine.caller(Actor::system());
    let mut ids = Vec::new();
    let mut rest = drafts.into_iter().peekable();
    while rest.peek().is_some() {
        let batch = rest.by_ref().take(1_000).collect();
        ids.extend(caller.create_jobs(batch).await?);
    }
    Ok(ids)
}

//! Working on the server's own data: for `user`, `token`, `migrate`, and to start a server.
//!
//! Whoever may read the data folder administers the installation. A running server listens on a socket in that folder
//! for this; when none runs, the database is opened here and the same router answers inside this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use orloj_engine::model::{ArtifactQuota, FileLimits, Mode};
use orloj_engine::{Clock, Defaults, Engine, EngineConfig, KeySource, StoreLocation};
use orloj_tasks::{Catalogue, Policy};

use crate::client::Client;
use crate::config::{ClientOptions, Config, Environment, ServerOptions, load};
use crate::exit::{Code, Failure};

/// Name of the socket in the data folder.
const SOCKET: &str = "orloj.sock";

/// The options of the commands that administer: where the data are, or which server to talk to.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct AdminOptions {
    /// Folder of the server's data [default: ./orloj-data]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Local data")]
    data_dir: Option<PathBuf>,
    /// PostgreSQL URL of the server's data
    #[arg(long, global = true, value_name = "URL", help_heading = "Local data")]
    database_url: Option<String>,
    /// Configuration file of the server (TOML)
    #[arg(long, global = true, value_name = "FILE", help_heading = "Local data")]
    config: Option<PathBuf>,
    #[command(flatten)]
    client: ClientOptions,
}

/// A way to administer, and the engine behind it when this process opened it.
#[derive(Debug)]
pub(crate) struct Admin {
    /// Speaks the API's routes for users and tokens.
    pub(crate) client: Client,
    /// Whether the caller is the system itself and not somebody with a token.
    pub(crate) is_local: bool,
    engine: Option<Engine>,
}

impl AdminOptions {
    /// Finds the way: named data, then a named server, then the data folder.
    pub(crate) async fn open(&self, environment: &Environment) -> Result<Admin> {
        let names_data =
            self.data_dir.is_some() || self.database_url.is_some() || self.config.is_some();
        if !names_data && self.client.names_server(environment) {
            let target = self.client.target(environment)?;
            // A server named by the environment alone, and no token: that is somebody about to make the first one.
            if target.token.is_some() || self.client.is_typed() {
                return Ok(Admin {
                    client: Client::network(&target)?,
                    is_local: false,
                    engine: None,
                });
            }
        }
        let options = ServerOptions {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            config: self.config.clone(),
        };
        let config = config(&options, environment)?;
        let socket = socket(&config);
        if tokio::net::UnixStream::connect(&socket).await.is_ok() {
            return Ok(Admin {
                client: Client::socket(&socket)?,
                is_local: true,
                engine: None,
            });
        }
        let engine = open(&config).await?;
        Ok(Admin {
            client: Client::inside(orloj_server::local_admin_router(engine.clone())),
            is_local: true,
            engine: Some(engine),
        })
    }
}

impl Admin {
    /// Closes the database when this process opened it.
    pub(crate) async fn close(self) {
        if let Some(engine) = self.engine {
            engine.stop(Duration::ZERO).await;
        }
    }
}

/// The configuration that these options lead to.
pub(crate) fn config(options: &ServerOptions, environment: &Environment) -> Result<Config> {
    let loaded = load(options.flags(), options.config.as_deref(), environment)?;
    Ok(loaded.config)
}

/// The socket for administration.
pub(crate) fn socket(config: &Config) -> PathBuf {
    config.data_dir.join(SOCKET)
}

/// Where the data are.
pub(crate) fn store(config: &Config) -> StoreLocation {
    match &config.database_url {
        Some(url) => StoreLocation::Postgres(url.clone()),
        None => StoreLocation::SqliteFile(config.data_dir.join("orloj.db")),
    }
}

/// What an engine in this process is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Answer the API and schedule.
    Everything,
    /// Only schedule.
    Scheduler,
    /// Only answer the API, or only administer.
    Answering,
}

/// Opens the database of the configuration for a short command; nothing is scheduled.
pub(crate) async fn open(config: &Config) -> Result<Engine> {
    let has_data = config.database_url.is_some() || config.data_dir.join("orloj.db").exists();
    if !has_data {
        return Err(Failure::new(
            Code::NotFound,
            format!(
                "there is no Orloj data in {}; say --data-dir or --database-url, start `orloj serve` once, or name a server with --url",
                config.data_dir.display()
            ),
        )
        .into());
    }
    open_as(config, Part::Answering, &Environment::default(), None)
        .await
        .map_err(explain_lock)
}

/// Opens the database for a part in the installation. `guard`: the token by which this process's guard knows its programs.
pub(crate) async fn open_as(
    config: &Config,
    part: Part,
    environment: &Environment,
    guard: Option<String>,
) -> Result<Engine> {
    let mut catalogue = Catalogue::builtin();
    if config.task_functions_dir.is_dir() {
        for error in catalogue.load_manifests(&config.task_functions_dir) {
            tracing::warn!("{error}");
        }
    }
    let engine = Engine::open(
        engine_config(config, part, environment, guard)?,
        catalogue,
        Clock::System,
    )
    .await?;
    Ok(engine)
}

fn engine_config(
    config: &Config,
    part: Part,
    environment: &Environment,
    guard: Option<String>,
) -> Result<EngineConfig> {
    let data_dir = private_folder(&config.data_dir)?;
    if config.script_run_as.is_some() {
        // To the work folders of their own runs; whatever else is in it is the server's alone.
        orloj_tasks::let_pass(&data_dir).with_context(|| {
            format!(
                "scripts that run as another account (script_run_as) must be able to pass through the data folder {}",
                data_dir.display()
            )
        })?;
    }
    let mut engine = EngineConfig::new(store(config));
    engine.mode = match part {
        Part::Everything => Mode::Embedded,
        Part::Scheduler => Mode::Standalone,
        Part::Answering => Mode::ApiOnly,
    };
    engine.secret_key = match &config.secret_key {
        Some(key) => KeySource::Given {
            key: key.clone(),
            previous: config.secret_key_previous.clone(),
        },
        None => KeySource::File(data_dir.join("orloj.key")),
    };
    engine.instance_name.clone_from(&config.instance_name);
    engine.host = host_name();
    engine.worker_slots = usize::try_from(config.workers)?;
    engine.policy = Arc::new(Policy {
        export_dir: Some(data_dir.join("files")),
        guard,
        ..policy(config, environment)
    });
    engine.retention_days = Some(config.retention_days);
    engine.public_url.clone_from(&config.public_url);
    engine.artifact_days = Some(config.artifact_days);
    engine.artifact_quota = ArtifactQuota {
        owner: config.artifact_owner_megabytes << 20,
        total: config.artifact_total_megabytes << 20,
    };
    engine.files = FileLimits {
        largest: config.file_megabytes << 20,
        quota: config.file_owner_megabytes << 20,
    };
    engine.work_dir = data_dir.join("work");
    engine.defaults = Defaults {
        timezone: config.timezone.clone(),
        misfire_grace_seconds: Some(config.misfire_grace_seconds),
        max_instances: config.max_instances,
    };
    Ok(engine)
}

fn policy(config: &Config, environment: &Environment) -> Policy {
    Policy {
        allow_private_addresses: config.allow_private_addresses,
        allowed_hosts: config.allowed_hosts.clone(),
        script_interpreters: environment
            .get("PATH")
            .map(|path| Policy::find_interpreters(path.as_ref()))
            .unwrap_or_default(),
        env_allow: config.script_env_allow.clone(),
        script_run_as: config.script_run_as.clone(),
        max_output_bytes: config.max_output_bytes,
        max_response_bytes: usize::try_from(config.max_response_bytes).unwrap_or(usize::MAX),
        kill_grace_ms: u64::from(config.kill_grace_seconds) * 1_000,
        ..Policy::default()
    }
}

/// The folder, made when it is not there, as an absolute path: runs have other working folders.
pub(super) fn private_folder(path: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot create the data folder {}", path.display()))?;
    path.canonicalize()
        .with_context(|| format!("cannot open the data folder {}", path.display()))
}

fn host_name() -> String {
    nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok())
        .unwrap_or_else(|| "localhost".to_owned())
}

/// A database that another process holds: says what can be done about it.
fn explain_lock(error: anyhow::Error) -> anyhow::Error {
    let is_held = error
        .downcast_ref::<orloj_engine::Error>()
        .is_some_and(|error| {
            error.kind == orloj_engine::Kind::Unavailable
                && error.message.contains("another process")
        });
    if !is_held {
        return error;
    }
    Failure::new(
        Code::Conflict,
        format!("{error}. Its administration socket does not answer; use its API instead (--url, ORLOJ_TOKEN)"),
    )
    .into()
}

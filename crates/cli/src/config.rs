//! The configuration: one documented structure, filled once, at the edge of the program.
//!
//! Layers, the strongest first: flags, environment, file, defaults. This is the only place that reads the environment.

mod client;
mod layers;
mod settings;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use orloj_engine::SecretKey;

pub(crate) use client::{ClientOptions, Target};
pub(crate) use layers::Entry;
#[cfg(test)]
pub(crate) use layers::Origin;
pub(crate) use settings::{SETTINGS, Setting};

use crate::exit::Failure;
use layers::Layers;

/// What a server process is configured with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// Address and port of the HTTP server.
    pub(crate) listen: SocketAddr,
    /// How browsers reach the server, for links that Orloj prints.
    pub(crate) public_url: Option<String>,
    /// Folder of the SQLite file, the local administration socket and everything else that is kept.
    pub(crate) data_dir: PathBuf,
    /// PostgreSQL URL; without it SQLite in the data folder.
    pub(crate) database_url: Option<String>,
    /// Key of the secrets; without it the key file in the data folder.
    pub(crate) secret_key: Option<SecretKey>,
    /// The key before.
    pub(crate) secret_key_previous: Option<SecretKey>,
    /// Whether `serve` schedules, or leaves that to `orloj scheduler` processes.
    pub(crate) mode: ServeMode,
    /// Name of this process among the instances.
    pub(crate) instance_name: Option<String>,
    /// Executions that run at the same time in this process.
    pub(crate) workers: u32,
    /// Time zone of jobs that name none.
    pub(crate) timezone: String,
    /// Misfire grace of jobs that name none, in seconds.
    pub(crate) misfire_grace_seconds: u32,
    /// Limit of parallel runs of jobs that name none.
    pub(crate) max_instances: u32,
    /// Days that history is kept.
    pub(crate) retention_days: u32,
    /// Days that files of executions are kept.
    pub(crate) artifact_days: u32,
    /// Megabytes of them that one owner may have.
    pub(crate) artifact_owner_megabytes: u64,
    /// Megabytes of them in all.
    pub(crate) artifact_total_megabytes: u64,
    /// Megabytes of one file for devices.
    pub(crate) file_megabytes: u64,
    /// Megabytes of such files that one owner may have.
    pub(crate) file_owner_megabytes: u64,
    /// Seconds that running executions get to end when the process is asked to stop.
    pub(crate) drain_seconds: u32,
    /// Folder with task functions of one's own.
    pub(crate) task_functions_dir: PathBuf,
    /// Whether jobs may call private and loopback addresses.
    pub(crate) allow_private_addresses: bool,
    /// Exceptions to that.
    pub(crate) allowed_hosts: Vec<String>,
    /// Variables of this process that scripts inherit.
    pub(crate) script_env_allow: Vec<String>,
    /// Account that scripts run as.
    pub(crate) script_run_as: Option<String>,
    /// Bytes of output that one execution may keep.
    pub(crate) max_output_bytes: u64,
    /// Bytes of an HTTP answer that are kept.
    pub(crate) max_response_bytes: u64,
    /// Seconds between the polite and the final signal to a program.
    pub(crate) kill_grace_seconds: u32,
    /// Whether `/metrics` answers anybody, or only administrators and this machine.
    pub(crate) open_metrics: bool,
    /// Addresses whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub(crate) trusted_proxies: Vec<String>,
    /// What is logged.
    pub(crate) log: String,
    /// How it is written.
    pub(crate) log_format: LogFormat,
}

/// Who schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServeMode {
    /// `orloj serve` does.
    Embedded,
    /// `orloj scheduler` processes do; `orloj serve` answers the API only.
    Standalone,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A configuration with where each of its values came from.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// The values.
    pub(crate) config: Config,
    /// The same for people, in the order of [`SETTINGS`].
    pub(crate) entries: Vec<Entry>,
    /// What is probably a mistake, but does not keep the program from starting.
    pub(crate) warnings: Vec<String>,
}

/// The environment as it was at the start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
}

/// Options of the commands that work on the server's own data.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ServerOptions {
    /// Folder of the data [default: ./orloj-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// PostgreSQL URL; without it SQLite at <data-dir>/orloj.db
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process. Variables that are no text are left out.
    pub(crate) fn of_process() -> Self {
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        }
    }

    /// The value of a variable; empty counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Names of all variables that begin with this.
    pub(crate) fn names(&self, prefix: &str) -> impl Iterator<Item = &str> {
        self.variables
            .keys()
            .map(String::as_str)
            .filter(move |name| name.starts_with(prefix))
    }

    #[cfg(test)]
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        Self {
            variables: pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }
}

impl ServerOptions {
    /// The flags as a layer.
    pub(crate) fn flags(&self) -> Flags {
        let mut flags = Flags::default();
        flags.set(
            "data_dir",
            self.data_dir.as_ref().map(|path| path.display()),
        );
        flags.set("database_url", self.database_url.as_ref());
        flags
    }
}

/// Values given as flags, by the key of the setting.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags(BTreeMap<&'static str, String>);

impl Flags {
    /// Sets a value when it was given.
    pub(crate) fn set(&mut self, key: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.0.insert(key, value.to_string());
        }
    }
}

/// Reads all layers. Every mistake is reported, not only the first.
pub(crate) fn load(flags: Flags, file: Option<&Path>, environment: &Environment) -> Result<Loaded> {
    let file = file
        .map(Path::to_owned)
        .or_else(|| environment.get("ORLOJ_CONFIG").map(PathBuf::from));
    let table = match &file {
        None => toml::Table::new(),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| Failure::usage(format!("cannot read {}", path.display())))?;
            text.parse().map_err(|error| {
                Failure::usage(format!("{} is not valid TOML: {error}", path.display()))
            })?
        }
    };
    let mut layers = Layers::new(flags.0, environment, table, file);
    let data_dir = layers.path("data_dir");
    let config = Config {
        listen: layers.parsed("listen"),
        public_url: layers.optional("public_url"),
        task_functions_dir: layers
            .optional("task_functions_dir")
            .map_or_else(|| data_dir.join("task-functions"), PathBuf::from),
        data_dir,
        database_url: layers.optional("database_url"),
        secret_key: layers.secret_key("secret_key"),
        secret_key_previous: layers.secret_key("secret_key_previous"),
        mode: layers.word(
            "mode",
            &[
                ("embedded", ServeMode::Embedded),
                ("standalone", ServeMode::Standalone),
            ],
        ),
        instance_name: layers.optional("instance_name"),
        workers: layers.number("workers", 1..=10_000),
        timezone: layers.timezone("timezone"),
        misfire_grace_seconds: layers.number("misfire_grace_seconds", 0..=31_536_000),
        max_instances: layers.number("max_instances", 1..=10),
        retention_days: layers.number("retention_days", 1..=36_500),
        artifact_days: layers.number("artifact_days", 1..=36_500),
        artifact_owner_megabytes: layers.number("artifact_owner_megabytes", 0..=1 << 30),
        artifact_total_megabytes: layers.number("artifact_total_megabytes", 0..=1 << 30),
        file_megabytes: layers.number("file_megabytes", 0..=1 << 30),
        file_owner_megabytes: layers.number("file_owner_megabytes", 0..=1 << 30),
        drain_seconds: layers.number("drain_seconds", 0..=86_400),
        allow_private_addresses: layers.parsed("allow_private_addresses"),
        allowed_hosts: layers.list("allowed_hosts"),
        script_env_allow: layers.list("script_env_allow"),
        script_run_as: layers.optional("script_run_as"),
        max_output_bytes: layers.number("max_output_bytes", 1_024..=u64::from(u32::MAX)),
        max_response_bytes: layers.number("max_response_bytes", 0..=64 * 1024 * 1024),
        kill_grace_seconds: layers.number("kill_grace_seconds", 0..=600),
        open_metrics: layers.parsed("open_metrics"),
        trusted_proxies: layers.list("trusted_proxies"),
        log: layers.text("log"),
        log_format: layers.word(
            "log_format",
            &[("text", LogFormat::Text), ("json", LogFormat::Json)],
        ),
    };
    let (entries, warnings) = layers.finish()?;
    Ok(Loaded {
        config,
        entries,
        warnings,
    })
}

/// The password of the first administrator, taken from the environment only: a flag would show it to everybody on the machine.
pub(crate) fn admin_password(environment: &Environment) -> Option<&str> {
    environment.get("ORLOJ_ADMIN_PASSWORD")
}

#[cfg(test)]
mod tests;

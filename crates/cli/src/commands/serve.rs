//! `orloj serve` and `orloj scheduler`: from the configuration to an orderly end.

mod guard;
mod signals;
mod socket;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use orloj_engine::Engine;
use orloj_server::{Server, ServerConfig};
use tokio_util::sync::CancellationToken;

use super::local::{self, Part};
use crate::config::{Config, Environment, Flags, ServeMode, ServerOptions, admin_password, load};
use crate::exit::Failure;
use crate::{logging, terminal};

/// Options that `serve` and `scheduler` share.
#[derive(Debug, clap::Args)]
struct ProcessOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// Time that running executions get to end when the process is asked to stop, in seconds [default: 30]
    #[arg(long, value_name = "SECONDS")]
    drain_seconds: Option<u32>,
    /// What is logged (error, warn, info, debug, trace) [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How log lines are written (text, json) [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Answer the API only; `orloj scheduler` processes schedule
    #[arg(long)]
    no_scheduler: bool,
    #[command(flatten)]
    options: ProcessOptions,
}

/// Arguments of `scheduler`.
#[derive(Debug, clap::Args)]
pub(crate) struct Scheduler {
    #[command(flatten)]
    options: ProcessOptions,
}

impl ProcessOptions {
    fn flags(&self) -> Flags {
        let mut flags = self.server.flags();
        flags.set("drain_seconds", self.drain_seconds);
        flags.set("log", self.log.as_ref());
        flags.set("log_format", self.log_format.as_ref());
        flags
    }

    fn load(&self, flags: Flags, environment: &Environment) -> Result<Config> {
        let loaded = load(flags, self.server.config.as_deref(), environment)?;
        logging::start(&loaded.config)?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        Ok(loaded.config)
    }
}

impl Serve {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let mut flags = self.options.flags();
        flags.set("listen", self.listen.as_ref());
        flags.set("mode", self.no_scheduler.then_some("standalone"));
        let config = self.options.load(flags, environment)?;
        let part = match config.mode {
            ServeMode::Embedded => Part::Everything,
            ServeMode::Standalone => Part::Answering,
        };
        if part == Part::Answering && config.database_url.is_none() {
            tracing::warn!(
                "nothing will run: on SQLite only this process can schedule, and it was told not to"
            );
        }
        process(&config, part, environment).await
    }
}

impl Scheduler {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let config = self.options.load(self.options.flags(), environment)?;
        process(&config, Part::Scheduler, environment).await
    }
}

/// Opens, serves until a signal comes, drains, closes.
async fn process(config: &Config, part: Part, environment: &Environment) -> Result<()> {
    // The database, the socket and the working folders are nobody else's business.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    // A core file would hold secrets in clear.
    nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0)?;
    let shutdown = signals::watch()?;
    let guard = (part != Part::Answering).then(guard::start).transpose()?;
    let engine = local::open_as(config, part, environment, guard).await?;
    let ended = running(config, part, environment, &engine, shutdown).await;
    tracing::info!(
        seconds = config.drain_seconds,
        "stopping: running executions may end"
    );
    let report = engine
        .stop(Duration::from_secs(config.drain_seconds.into()))
        .await;
    if report.drained {
        tracing::info!("stopped");
    } else {
        tracing::warn!(
            interrupted = report.interrupted,
            "stopped; some executions were interrupted"
        );
    }
    ended
}

async fn running(
    config: &Config,
    part: Part,
    environment: &Environment,
    engine: &Engine,
    shutdown: CancellationToken,
) -> Result<()> {
    first_administrator(engine, environment).await?;
    let server = if part == Part::Scheduler {
        None
    } else {
        Some(Server::bind(server_config(config)?, engine.clone()).await?)
    };
    // After the socket, so that what is printed next is true at once.
    let _socket = socket::listen(config, engine.clone(), shutdown.clone()).await;
    engine.start().await?;
    match server {
        None => {
            tracing::info!("scheduling");
            shutdown.cancelled().await;
        }
        Some(server) => {
            let address = server.local_addr();
            let url = config
                .public_url
                .clone()
                .unwrap_or_else(|| format!("http://{}", reachable(address)));
            let url = url.trim_end_matches('/');
            tracing::info!(%address, "listening");
            terminal::line(&format!("Orloj serves {url}"))?;
            if engine.setup_required().await? {
                let token = engine.issue_setup_token().await?;
                terminal::line(&format!(
                    "There is no user yet. Create the first administrator (works once): {url}/setup?token={token}"
                ))?;
            }
            server.run(shutdown).await?;
        }
    }
    Ok(())
}

/// Where a browser on this machine reaches what listens there: "every address" is none that can be opened.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn first_administrator(engine: &Engine, environment: &Environment) -> Result<()> {
    let Some(password) = admin_password(environment) else {
        return Ok(());
    };
    let created = engine
        .create_first_admin("admin", password)
        .await
        .context("ORLOJ_ADMIN_PASSWORD")?;
    if created.is_some() {
        tracing::info!(
            "created the administrator `admin` with the password of ORLOJ_ADMIN_PASSWORD"
        );
    }
    Ok(())
}

fn server_config(config: &Config) -> Result<ServerConfig> {
    let trusted_proxies = config
        .trusted_proxies
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|_| Failure::usage(format!("trusted_proxies: {text:?} is no address")))
        })
        .collect::<Result<_, _>>()?;
    Ok(ServerConfig {
        listen: config.listen,
        trusted_proxies,
        open_metrics: config.open_metrics,
        ..ServerConfig::default()
    })
}

//! `orloj-agent`: enrols a device and does what its server asks of it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use orloj_agent::enroll::enroll;
use orloj_agent::identity::Home;
use orloj_agent::policy::Policy;
use orloj_agent::session::{Ended, run};
use orloj_agent::{platform, systemd_unit};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use url::Url;

/// The agent of Orloj: does on this device what its server asks, as far as this device's policy allows.
#[derive(Parser)]
#[command(name = "orloj-agent", version, about)]
struct Arguments {
    /// Folder of the agent's identity and spool.
    #[arg(
        long,
        env = "ORLOJ_AGENT_DATA_DIR",
        default_value = "/var/lib/orloj-agent",
        global = true
    )]
    data_dir: PathBuf,
    /// Policy file; without one, `policy.toml` in the data folder, if it is there.
    #[arg(long, env = "ORLOJ_AGENT_POLICY", global = true)]
    policy: Option<PathBuf>,
    /// What is logged: `error`, `warn`, `info`, `debug`.
    #[arg(long, env = "ORLOJ_LOG", default_value = "info", global = true)]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make this device known to a server.
    Enroll {
        /// Address of the server: https://, or http:// to a loopback address.
        #[arg(long, env = "ORLOJ_SERVER")]
        server: Url,
        /// The token that the server gave out for this device. It works once.
        #[arg(long, env = "ORLOJ_ENROLLMENT_TOKEN", hide_env_values = true)]
        token: String,
    },
    /// Connect and work until stopped.
    Run,
    /// Print what this device would report of itself.
    Facts,
    /// Print a systemd unit.
    Install {
        /// Print the unit instead of installing it; the only way so far.
        #[arg(long, required = true)]
        print_unit: bool,
    },
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_new(&arguments.log).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match work(arguments).await {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a program talks to its user")]
async fn work(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let policy_file = arguments
        .policy
        .unwrap_or_else(|| arguments.data_dir.join("policy.toml"));
    let policy = || Policy::read(&policy_file).context("the policy cannot be used");
    match arguments.command {
        Command::Enroll { server, token } => {
            let home = Home::open(&arguments.data_dir).context("the data folder cannot be used")?;
            let facts = platform::facts(&policy()?);
            let (id, name) = enroll(&home, &server, &token, facts).await?;
            println!("enrolled as device {id} ({name})");
        }
        Command::Run => {
            let home = Home::open(&arguments.data_dir).context("the data folder cannot be used")?;
            let stop = CancellationToken::new();
            stop_on_signal(stop.clone())?;
            if let Ended::Unwanted(_) = run(home, policy()?, stop).await? {
                return Ok(ExitCode::from(3));
            }
        }
        Command::Facts => {
            let facts = platform::facts(&policy()?);
            println!("{}", serde_json::to_string_pretty(&facts)?);
        }
        Command::Install { .. } => {
            let program = std::env::current_exe().context("where this program is")?;
            println!("{}", systemd_unit(&program, &arguments.data_dir));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn stop_on_signal(stop: CancellationToken) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}

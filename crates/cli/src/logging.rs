//! The log of a server process, on standard error: text for people or one JSON object a line.

use anyhow::Result;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{Config, LogFormat};
use crate::exit::Failure;

/// Begins to log as configured.
pub(crate) fn start(config: &Config) -> Result<()> {
    // What PostgreSQL remarks on harmless statements is no news, unless somebody asks for it.
    let filter = EnvFilter::try_new(format!("sqlx=warn,{}", config.log))
        .map_err(|error| Failure::usage(format!("log = {:?}: {error}", config.log)))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => {
            use std::io::IsTerminal;
            builder
                .with_ansi(std::io::stderr().is_terminal())
                .with_target(false)
                .try_init()
        }
    };
    started.map_err(|error| anyhow::anyhow!("cannot begin to log: {error}"))
}

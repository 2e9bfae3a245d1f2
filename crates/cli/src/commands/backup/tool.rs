//! Programs of PostgreSQL. The address of the database goes through the environment: arguments can be read by everybody.

use std::ffi::OsStr;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use percent_encoding::percent_decode_str;
use tokio::process::Command;
use url::Url;

use crate::exit::Failure;

/// A program that is about to be run on a database.
pub(in super::super) struct Tool {
    name: &'static str,
    command: Command,
}

/// The program `name`, for the database of a PostgreSQL URL.
pub(in super::super) fn command(name: &'static str, url: &str) -> Result<Tool> {
    // Without the URL itself in the message: it holds a password.
    let url =
        Url::parse(url).map_err(|error| Failure::usage(format!("the database URL: {error}")))?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut command = Command::new(name);
    let mut set = |variable: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            command.env(variable, value);
        }
    };
    set("PGHOST", url.host_str().map(decoded));
    set("PGPORT", url.port().map(|port| port.to_string()));
    set("PGUSER", Some(decoded(url.username())));
    set("PGPASSWORD", url.password().map(decoded));
    set(
        "PGDATABASE",
        Some(decoded(url.path().trim_start_matches('/'))),
    );
    for (name, value) in url.query_pairs() {
        let variable = match &*name {
            "sslmode" | "ssl-mode" => "PGSSLMODE",
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
            "sslcert" | "ssl-cert" => "PGSSLCERT",
            "sslkey" | "ssl-key" => "PGSSLKEY",
            "host" => "PGHOST",
            "port" => "PGPORT",
            "user" => "PGUSER",
            "dbname" => "PGDATABASE",
            _ => continue,
        };
        set(variable, Some(value.into_owned()));
    }
    Ok(Tool { name, command })
}

impl Tool {
    /// Adds arguments.
    pub(in super::super) fn args(
        mut self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Self {
        self.command.args(arguments);
        self
    }

    /// Adds an argument.
    pub(in super::super) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Runs it; what it complains about becomes the error.
    pub(in super::super) async fn run(mut self) -> Result<()> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .await
            .with_context(|| {
                format!(
                    "{} cannot be started; it comes with PostgreSQL's client programs (Debian: apt-get install postgresql-client)",
                    self.name
                )
            })?;
        if !output.status.success() {
            bail!(
                "{} failed ({}): {}",
                self.name,
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }
}

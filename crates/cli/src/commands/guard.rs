//! `orloj guard`: ends the programs of a server that was killed.
//!
//! The server starts it and never types anything but the token: the pipe on standard input breaks when the server is
//! gone, however it went. The token comes through the pipe, too, because an argument can be read by everybody.

use std::io::{BufRead, Read};
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::signal::unix::{SignalKind, signal};

/// Time between the polite and the final signal.
const GRACE: Duration = Duration::from_secs(2);

/// Ends the programs of a server that was killed.
#[derive(Debug, clap::Args)]
pub(crate) struct Guard {}

impl Guard {
    pub(crate) async fn run(self) -> Result<()> {
        // Whoever stops a service often signals all of its processes. The guard must outlive the server; the end of the
        // pipe is its end.
        let _deaf = [
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        ];
        tokio::task::spawn_blocking(|| {
            let mut input = std::io::stdin().lock();
            let mut token = String::new();
            input.read_line(&mut token)?;
            let token = token.trim_end();
            if token.is_empty() {
                bail!("this command is for the server: it expects a token on standard input");
            }
            input.read_to_end(&mut Vec::new())?;
            orloj_tasks::end_orphans(token, GRACE);
            Ok(())
        })
        .await?
    }
}

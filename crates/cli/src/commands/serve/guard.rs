//! The guard beside the server: it ends the server's programs when the server is killed.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use rand::distr::{Alphanumeric, SampleString};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

/// How soon a guard that ended is replaced.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts the guard and keeps one there. Answers the token by which it knows this server's programs.
pub(super) fn start() -> Result<String> {
    let token = Alphanumeric.sample_string(&mut rand::rng(), 32);
    let mut guard = spawn().context("the guard of this server's programs could not be started")?;
    let known = token.clone();
    tokio::spawn(async move {
        loop {
            // Kept until the guard ends: dropping it would break the pipe.
            let pipe = guard.stdin.take();
            if let Some(mut pipe) = pipe {
                let told = pipe.write_all(format!("{known}\n").as_bytes()).await;
                let ended = guard.wait().await;
                tracing::warn!(
                    ?told,
                    ?ended,
                    "the guard of this server's programs ended; starting another"
                );
            }
            guard = loop {
                tokio::time::sleep(PAUSE).await;
                match spawn() {
                    Ok(guard) => break guard,
                    Err(error) => {
                        tracing::warn!(%error, "the guard of this server's programs could not be started")
                    }
                }
            };
        }
    });
    Ok(token)
}

fn spawn() -> std::io::Result<Child> {
    // Also right when the file has been replaced by a newer version meanwhile.
    Command::new("/proc/self/exe")
        .arg("guard")
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

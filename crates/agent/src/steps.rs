//! What an order's steps do, one kind in each file.

pub(crate) mod command;
mod fetch;
mod file;
mod folder;
mod program;
mod software;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use orloj_wire::agent::{AgentFrame, Order, Step, StepResult, Stream};
use rustls_platform_verifier::ConfigVerifierExt as _;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::ServerClock;
use crate::policy::Policy;
use crate::spool::Spool;

use fetch::{Source, Told, Trouble};

/// What a step may use.
pub(crate) struct Scene<'a> {
    pub(crate) order: &'a Order,
    /// Number of the step, from 0.
    pub(crate) step: u32,
    pub(crate) policy: &'a Policy,
    pub(crate) spool: &'a Spool,
    pub(crate) clock: &'a ServerClock,
    /// The order is to stop: its time is over, or somebody asked.
    pub(crate) stop: &'a CancellationToken,
    /// A folder for this step alone; it does not exist yet.
    pub(crate) work_dir: &'a Path,
    /// By which its programs are found again after a crash.
    pub(crate) mark: &'a str,
    /// Where the server is.
    pub(crate) server: &'a Url,
    /// The agent's own folder.
    pub(crate) data_dir: &'a Path,
    /// Frames that may be lost.
    pub(crate) chatter: &'a mpsc::Sender<AgentFrame>,
}

/// How a step ended that was not told to stop by the order's own stop.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It came to its end.
    Done(StepResult),
    /// Its own time was over.
    TimedOut(StepResult),
    /// The order was told to stop.
    Stopped(StepResult),
}

impl Scene<'_> {
    /// Keeps what was written.
    pub(crate) fn write(&self, stream: Stream, text: &str) {
        self.spool.write(
            self.order.fence,
            self.clock.label(),
            self.step,
            stream,
            text,
            self.policy.max_output_bytes,
        );
    }
}

impl Scene<'_> {
    /// Where the files of the order come from; `None` when it brought no ticket.
    fn source(&self) -> Result<Option<Source>, Trouble> {
        let Some(ticket) = &self.order.ticket else {
            return Ok(None);
        };
        // Fails when a provider was chosen before, which is just as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let tls = rustls::ClientConfig::with_platform_verifier()
            .map_err(|error| Trouble::Failed(error.to_string()))?;
        Source::new(tls, self.server.as_str(), ticket)
            .map(Some)
            .map_err(Trouble::Failed)
    }

    /// Passes on how far a transfer is, once for each per cent.
    fn transfer(&self) -> Told {
        let (fence, step) = (self.order.fence, self.step);
        let count = u64::try_from(self.order.steps.len()).unwrap_or(1).max(1);
        let chatter = self.chatter.clone();
        let last = std::sync::atomic::AtomicU64::new(u64::MAX);
        Arc::new(move |have, size| {
            let part = have.saturating_mul(100) / size.max(1);
            if last.swap(part, std::sync::atomic::Ordering::Relaxed) == part {
                return;
            }
            let percent = (u64::from(step) * 100 + part) / count;
            // Nobody misses it when the connection is busy or away.
            let _ = chatter.try_send(AgentFrame::Progress {
                fence,
                step,
                percent: u8::try_from(percent).unwrap_or(100),
                note: Some(format!("{have} of {size} bytes")),
            });
        })
    }
}

/// Does a step.
pub(crate) async fn run(scene: &Scene<'_>, step: &Step) -> Ended {
    match step {
        Step::Command(command) => command::run(scene, command).await,
        Step::Software(software) => {
            let limit = software.limit_seconds;
            limited(scene, "software", limit, |stop| {
                software::step(scene, software, stop)
            })
            .await
        }
        Step::File(file) => {
            let limit = file.limit_seconds;
            limited(scene, "file", limit, |stop| file::step(scene, file, stop)).await
        }
    }
}

/// Does something until it is done, its time is over, or the order is told to stop.
async fn limited<'s, F>(
    scene: &Scene<'s>,
    kind: &str,
    limit_seconds: u32,
    work: impl FnOnce(CancellationToken) -> F,
) -> Ended
where
    F: Future<Output = Result<Map<String, Value>, Trouble>>,
{
    let begun = Instant::now();
    let stop = scene.stop.child_token();
    let working = work(stop.clone());
    tokio::pin!(working);
    let limit = Duration::from_secs(u64::from(limit_seconds));
    let (worked, is_late) = tokio::select! {
        worked = &mut working => (worked, false),
        () = tokio::time::sleep(limit) => {
            stop.cancel();
            (working.await, true)
        }
    };
    let result = |reason: Option<String>, details| StepResult {
        kind: kind.to_owned(),
        succeeded: reason.is_none(),
        exit_code: None,
        reason,
        duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        details,
    };
    // What was done is done, however late.
    match worked {
        Ok(details) => Ended::Done(result(None, details)),
        Err(Trouble::Failed(reason)) => Ended::Done(result(Some(reason), Map::new())),
        Err(Trouble::Stopped) if is_late => {
            let reason = format!("stopped after its limit of {limit_seconds} seconds");
            Ended::TimedOut(result(Some(reason), Map::new()))
        }
        Err(Trouble::Stopped) => Ended::Stopped(result(Some("stopped".to_owned()), Map::new())),
    }
}

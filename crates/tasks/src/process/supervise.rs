//! The life of one program: start, listen, stop, and nobody left behind.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use super::output::{Capture, Report};
use super::program::Program;
use super::tree::{EndOnDrop, Tree};
use crate::cancel::CancelReason;
use crate::context::Context;

/// How long processes that a finished program left behind may keep its output open.
const LINGER: Duration = Duration::from_secs(2);
/// How long the last output of ended processes is waited for.
const DRAIN: Duration = Duration::from_secs(1);
/// A run that belongs to somebody else now must be gone before they start.
const LOST_GRACE: Duration = Duration::from_secs(2);

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Absent when the kernel does not let go of the process.
    pub(super) status: Option<ExitStatus>,
    /// Set when it was told to stop.
    pub(super) stopped: Option<CancelReason>,
    /// What it reported.
    pub(super) report: Report,
    /// The end of its error stream, or of its output when it wrote no errors.
    pub(super) last_words: String,
    /// Processes that no signal could end.
    pub(super) survivors: usize,
}

/// Runs a program to its end, or until the run is told to stop. When this
/// returns, no process of the run is left (except those counted as survivors and
/// background processes that closed their output after a normal end).
///
/// # Errors
/// The program could not be started.
pub(crate) async fn supervise(context: &Context, program: Program) -> io::Result<Ended> {
    let loss = program.server_loss;
    let mut child = program.spawn(context)?;
    let tree = Tree::of(child.id(), loss, &context.fence);
    let mut end_on_drop = EndOnDrop(Some(tree.clone()));
    let mut capture = Capture::new(
        context.log.clone(),
        context.progress.clone(),
        context.policy.max_output_bytes,
    );
    let stdout = child.stdout().take();
    let stderr = child.stderr().take();
    let mut status = None;
    let mut survivors = 0;
    let stopped;
    {
        let listening = capture.listen(stdout, stderr);
        tokio::pin!(listening);
        let mut open = true;
        stopped = loop {
            tokio::select! {
                biased;
                ended = child.wait() => {
                    status = Some(ended?);
                    break None;
                }
                reason = context.cancel.stopped() => break Some(reason),
                () = &mut listening, if open => open = false,
            }
        };
        let must_end = if let Some(reason) = stopped {
            Some(grace(context, reason))
        } else if open && tokio::time::timeout(LINGER, &mut listening).await.is_err() {
            context
                .log
                .warn("processes left behind by the finished program keep its output open and are being ended");
            Some(Duration::from_millis(500))
        } else {
            open = false;
            None
        };
        if let Some(grace) = must_end {
            // Its output must be taken meanwhile, or a program that still has
            // something to say could not end.
            let ending = async {
                let (left, ended) = tokio::join!(tree.end(grace), async {
                    match status {
                        Some(status) => Some(status),
                        None => tokio::time::timeout(grace + Duration::from_secs(3), child.wait())
                            .await
                            .ok()
                            .and_then(Result::ok),
                    }
                });
                survivors = left;
                status = ended;
            };
            tokio::pin!(ending);
            loop {
                tokio::select! {
                    () = &mut ending => break,
                    () = &mut listening, if open => open = false,
                }
            }
            if open {
                drop(tokio::time::timeout(DRAIN, &mut listening).await);
            }
        }
    }
    end_on_drop.0 = None;
    let (report, last_words) = capture.finish();
    Ok(Ended {
        status,
        stopped,
        report,
        last_words,
        survivors,
    })
}

fn grace(context: &Context, reason: CancelReason) -> Duration {
    let grace = Duration::from_millis(context.policy.kill_grace_ms);
    match reason {
        CancelReason::Lost => grace.min(LOST_GRACE),
        CancelReason::Cancelled | CancelReason::TimedOut | CancelReason::Shutdown => grace,
    }
}

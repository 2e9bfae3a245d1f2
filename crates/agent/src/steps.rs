//! What an order's steps do, one kind in each file.

pub(crate) mod command;

use std::path::Path;

use orloj_wire::agent::{Order, Step, StepResult, Stream};
use tokio_util::sync::CancellationToken;

use crate::clock::ServerClock;
use crate::policy::Policy;
use crate::spool::Spool;

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

/// Does a step.
pub(crate) async fn run(scene: &Scene<'_>, step: &Step) -> Ended {
    match step {
        Step::Command(command) => command::run(scene, command).await,
    }
}

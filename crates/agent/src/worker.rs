//! Does the orders of the spool, in their order.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use orloj_wire::agent::{AgentFrame, Order, Outcome, Verdict};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::ServerClock;
use crate::policy::Policy;
use crate::spool::Spool;
use crate::steps::{self, Ended, Scene};

/// What the worker is told.
#[derive(Debug)]
pub(crate) enum Told {
    /// Stop this order.
    Cancel { fence: i64, reason: String },
    /// Stop this order; nobody wants to know how it went.
    Drop(i64),
    /// Stop everything, at once: the device is not wanted any more.
    DropAll,
}

/// Why an order was told to stop.
#[derive(Clone, Debug, Default)]
struct Stop {
    token: CancellationToken,
    reason: Arc<std::sync::OnceLock<String>>,
}

pub(crate) struct Worker {
    pub(crate) spool: Spool,
    pub(crate) clock: ServerClock,
    pub(crate) policy: Arc<Policy>,
    pub(crate) work_dir: PathBuf,
    /// Where the server is.
    pub(crate) server: Url,
    /// The agent's own folder.
    pub(crate) data_dir: PathBuf,
    /// Frames that may be lost.
    pub(crate) chatter: mpsc::Sender<AgentFrame>,
}

impl Worker {
    /// Works until the channel closes; then everything that runs is ended.
    pub(crate) async fn run(self, mut told: mpsc::UnboundedReceiver<Told>) {
        let worker = Arc::new(self);
        let mut running: HashMap<i64, Stop> = HashMap::new();
        let mut tasks = JoinSet::new();
        loop {
            while running.len() < worker.policy.parallel {
                let busy: Vec<i64> = running.keys().copied().collect();
                // Without the server's time nothing can be judged too late.
                let (Some(_), Some(order)) = (worker.clock.now(), worker.spool.next(&busy)) else {
                    break;
                };
                let stop = Stop::default();
                running.insert(order.fence, stop.clone());
                let worker = Arc::clone(&worker);
                tasks.spawn(async move {
                    let fence = order.fence;
                    worker.one(order, stop).await;
                    fence
                });
            }
            tokio::select! {
                () = worker.spool.to_do.notified() => {}
                Some(done) = tasks.join_next() => match done {
                    Ok(fence) => drop(running.remove(&fence)),
                    Err(error) => {
                        tracing::error!(%error, "an order ended by a defect");
                        // Which one is not known; the next start of the program finds it begun and reports it lost.
                        return;
                    }
                },
                said = told.recv() => match said {
                    Some(Told::Cancel { fence, reason }) => match running.get(&fence) {
                        Some(stop) => {
                            let _ = stop.reason.set(reason);
                            stop.token.cancel();
                        }
                        None => worker.spool.cancel(fence, &reason),
                    },
                    Some(Told::Drop(fence)) => {
                        if let Some(stop) = running.get(&fence) {
                            stop.token.cancel();
                        }
                        forget(&worker.spool, fence);
                    }
                    Some(Told::DropAll) => {
                        for stop in running.values() {
                            stop.token.cancel();
                        }
                        for fence in worker.spool.holding() {
                            forget(&worker.spool, fence);
                        }
                    }
                    None => break,
                },
            }
        }
        for stop in running.values() {
            let _ = stop.reason.set("the agent was stopped".to_owned());
            stop.token.cancel();
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Does one order and writes down how it ended.
    async fn one(&self, order: Order, stop: Stop) {
        let outcome = self.outcome(&order, &stop).await;
        let mut pause = Duration::from_millis(100);
        while let Err(error) = self
            .spool
            .end(order.fence, outcome.clone(), self.clock.label())
        {
            tracing::error!(%error, fence = order.fence, "cannot write down how an order ended; trying again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(30));
        }
    }

    async fn outcome(&self, order: &Order, stop: &Stop) -> Outcome {
        let plain = |verdict, reason: String| Outcome {
            verdict,
            reason: Some(reason),
            exit_code: None,
            steps: Vec::new(),
        };
        if let Some(reason) = self.spool.cancelled(order.fence) {
            return plain(Verdict::Cancelled, reason);
        }
        let Some(now) = self.clock.now() else {
            return plain(Verdict::Refused, "the time is not known".to_owned());
        };
        let goes_on = self.spool.goes_on(order.fence);
        if now > order.expires_at && !goes_on {
            return plain(
                Verdict::Expired,
                format!("was to begin until {}, now it is {now}", order.expires_at),
            );
        }
        // The policy may have become narrower since the order was taken.
        if let Err(reason) = self.policy.check(order) {
            // `Refused` means: not begun.
            let verdict = if goes_on {
                Verdict::Failed
            } else {
                Verdict::Refused
            };
            return plain(verdict, reason);
        }
        if !goes_on && let Err(error) = self.spool.start(order.fence, now) {
            return plain(
                Verdict::Refused,
                format!("the start cannot be written down: {error}"),
            );
        }
        let token = stop.token.clone();
        let limit = Duration::from_secs(u64::from(order.limit_seconds));
        let steps = self.steps(order, &token);
        tokio::pin!(steps);
        let (mut outcome, timed_out) = tokio::select! {
            outcome = &mut steps => (outcome, false),
            () = tokio::time::sleep(limit) => {
                token.cancel();
                (steps.await, true)
            }
        };
        if timed_out && outcome.verdict == Verdict::Cancelled {
            outcome.verdict = Verdict::Timeout;
            outcome.reason = Some(format!("stopped after {} seconds", order.limit_seconds));
        } else if outcome.verdict == Verdict::Cancelled {
            outcome.reason = stop.reason.get().cloned();
        }
        outcome
    }

    async fn steps(&self, order: &Order, stop: &CancellationToken) -> Outcome {
        let mut outcome = Outcome {
            verdict: Verdict::Success,
            reason: None,
            exit_code: None,
            steps: Vec::new(),
        };
        let mark = mark(&self.work_dir, order.fence);
        let count = u32::try_from(order.steps.len()).unwrap_or(u32::MAX);
        for (number, step) in (0..).zip(&order.steps) {
            if number > 0 {
                self.tell_progress(order.fence, number, count);
            }
            let scene = Scene {
                order,
                step: number,
                policy: &self.policy,
                spool: &self.spool,
                clock: &self.clock,
                stop,
                work_dir: &self.work_dir.join(format!("{}-{number}", order.fence)),
                mark: &mark,
                server: &self.server,
                data_dir: &self.data_dir,
                chatter: &self.chatter,
            };
            let (result, verdict) = match steps::run(&scene, step).await {
                Ended::Done(result) if result.succeeded => (result, None),
                Ended::Done(result) => (result, Some(Verdict::Failed)),
                Ended::TimedOut(result) => (result, Some(Verdict::Timeout)),
                Ended::Stopped(result) => (result, Some(Verdict::Cancelled)),
            };
            outcome.exit_code = result.exit_code;
            if let Some(verdict) = verdict {
                if outcome.verdict == Verdict::Success || verdict == Verdict::Cancelled {
                    outcome.verdict = verdict;
                    outcome.reason.clone_from(&result.reason);
                }
                outcome.steps.push(result);
                if order.stop_on_failure || verdict == Verdict::Cancelled {
                    break;
                }
            } else {
                outcome.steps.push(result);
            }
        }
        outcome
    }

    fn tell_progress(&self, fence: i64, step: u32, count: u32) {
        let percent = u8::try_from(u64::from(step) * 100 / u64::from(count.max(1))).unwrap_or(100);
        // Nobody misses it when the connection is busy or away.
        let _ = self.chatter.try_send(AgentFrame::Progress {
            fence,
            step,
            percent,
            note: None,
        });
    }
}

/// By which the programs of an order are found again: of this agent and no other on the same machine.
pub(crate) fn mark(work_dir: &Path, fence: i64) -> String {
    format!("{}:{fence}", work_dir.display())
}

fn forget(spool: &Spool, fence: i64) {
    if let Err(error) = spool.forget(fence) {
        tracing::error!(%error, fence, "cannot forget an order; the server says it again");
    }
}

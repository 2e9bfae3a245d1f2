//! The life of the agent: connect, keep the connection, come back.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use orloj_wire::agent::{
    AgentFrame, AgentProof, Order, Outcome, PROTOCOL, Refusal, ServerFrame, Verdict,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clock::ServerClock;
use crate::connection::{Connection, Trouble};
use crate::enroll::hello;
use crate::identity::{Home, Identity};
use crate::platform;
use crate::policy::Policy;
use crate::spool::{Spool, Taken};
use crate::worker::{Told, Worker, mark};

/// Longest pause between two connections.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A connection that held for so long was a good one: the next pause is short again.
const GOOD: Duration = Duration::from_secs(30);
/// Pause when the server says that a person has to do something first.
const PATIENT: Duration = Duration::from_secs(60);
/// Without a word from the server for so many heartbeats, the connection is taken for dead.
const SILENT_BEATS: u32 = 3;
/// Facts are looked at so often, and sent when they have changed.
const FACTS_EVERY: Duration = Duration::from_secs(600);
/// Frames sent in one go, so that what comes in is not left waiting.
const BURST: usize = 64;

/// How an agent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was told to stop.
    Stopped,
    /// The server does not want this device any more.
    Unwanted(Refusal),
}

/// What can stop an agent from working at all.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Not enrolled.
    #[error("this device is not enrolled: run `orloj-agent enroll --server URL --token T` first")]
    NotEnrolled,
    /// The disk.
    #[error("the data folder cannot be used: {0}")]
    Disk(#[from] std::io::Error),
}

/// Runs the agent until `stop` is cancelled, or the server does not want it any more.
///
/// # Errors
/// See [`AgentError`]; trouble with the network is none.
pub async fn run(home: Home, policy: Policy, stop: CancellationToken) -> Result<Ended, AgentError> {
    let identity = home.identity()?.ok_or(AgentError::NotEnrolled)?;
    let clock = ServerClock::default();
    let work_dir = home.folder().join("work");
    let before = Spool::open(home.folder(), clock.label())?;
    for fence in before.holding() {
        // Programs outlive an agent that was killed.
        let count = platform::end_leftovers(&mark(&work_dir, fence));
        if count > 0 {
            tracing::warn!(
                fence,
                count,
                "ended programs that an earlier agent had left behind"
            );
        }
    }
    remove_work(&work_dir)?;
    let policy = Arc::new(policy);
    let (chatter, chat) = mpsc::channel(256);
    let (tell, told) = mpsc::unbounded_channel();
    let worker = Worker {
        spool: before.clone(),
        clock: clock.clone(),
        policy: Arc::clone(&policy),
        work_dir,
        server: identity.server.clone(),
        data_dir: home.folder().to_owned(),
        chatter,
    };
    let mut agent = Agent {
        home,
        identity,
        policy,
        clock,
        spool: before,
        tell,
        chat,
    };
    let worker = tokio::spawn(worker.run(told));
    let ended = agent.live(&stop).await;
    drop(agent);
    // What runs is ended, and its end is on the disk.
    let _ = worker.await;
    ended
}

fn remove_work(folder: &PathBuf) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

struct Agent {
    home: Home,
    identity: Identity,
    policy: Arc<Policy>,
    clock: ServerClock,
    spool: Spool,
    tell: mpsc::UnboundedSender<Told>,
    chat: mpsc::Receiver<AgentFrame>,
}

impl Agent {
    async fn live(&mut self, stop: &CancellationToken) -> Result<Ended, AgentError> {
        let mut pause = Duration::from_secs(1);
        loop {
            let begun = Instant::now();
            let trouble = tokio::select! {
                () = stop.cancelled() => return Ok(Ended::Stopped),
                trouble = self.connect_once() => trouble?,
            };
            if begun.elapsed() > GOOD {
                pause = Duration::from_secs(1);
            }
            let wait = match &trouble {
                Trouble::Refused { reason, message } => match reason {
                    Refusal::Revoked | Refusal::Unknown => {
                        tracing::error!(%message, "the server does not want this device any more");
                        drop(self.tell.send(Told::DropAll));
                        return Ok(Ended::Unwanted(*reason));
                    }
                    Refusal::Suspended | Refusal::Duplicate | Refusal::Protocol => PATIENT,
                    Refusal::Replaced | Refusal::Misbehaved | Refusal::Unavailable => pause,
                },
                _ => pause,
            };
            // Anywhere within the pause: many agents that lost the same server do not come back at once.
            let wait = wait.mul_f64(rand::random::<f64>());
            tracing::warn!(%trouble, seconds = wait.as_secs_f64(), "not connected; trying again");
            tokio::select! {
                () = stop.cancelled() => return Ok(Ended::Stopped),
                () = tokio::time::sleep(wait) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One connection, to its end. The outer error is about this device's disk.
    async fn connect_once(&mut self) -> Result<Trouble, AgentError> {
        let (own, server) = self.identity.keys()?;
        let mut connection = match Connection::dial(&self.identity.server, &own, server).await {
            Ok(connection) => connection,
            Err(trouble) => return Ok(trouble),
        };
        let proof = AgentProof::Connect {
            protocol: PROTOCOL,
            link: self.identity.link.clone(),
            holding: self.spool.holding(),
            hello: hello(platform::facts(&self.policy)),
        };
        let welcome = match connection.enter(&proof).await {
            Ok(frame) => frame,
            Err(trouble) => return Ok(trouble),
        };
        let ServerFrame::Welcome {
            device_id,
            name,
            link,
            heartbeat_seconds,
            server_time,
        } = welcome
        else {
            return Ok(Trouble::Ended);
        };
        self.clock.set(server_time);
        self.identity.link = link;
        self.home.store(&self.identity)?;
        tracing::info!(device_id, %name, "connected");
        let beat = Duration::from_secs(u64::from(heartbeat_seconds.clamp(1, 300)));
        let trouble = match connection.send(&AgentFrame::Linked {}).await {
            Ok(()) => self.converse(&mut connection, beat).await,
            Err(trouble) => Err(trouble),
        };
        connection.close().await;
        match trouble {
            Ok(never) => match never {},
            Err(trouble) => Ok(trouble),
        }
    }

    /// Talks until the connection ends.
    async fn converse(
        &mut self,
        connection: &mut Connection,
        beat: Duration,
    ) -> Result<std::convert::Infallible, Trouble> {
        self.spool.rewind();
        self.spool.to_do.notify_one();
        let mut facts = platform::facts(&self.policy);
        let mut heard = Instant::now();
        let mut beats = tokio::time::interval(beat);
        let mut facts_due = tokio::time::interval(FACTS_EVERY);
        beats.tick().await;
        facts_due.tick().await;
        loop {
            let frames = self.spool.frames(BURST);
            let is_more = frames.len() >= BURST;
            for frame in frames {
                connection.send(&frame).await?;
            }
            if is_more {
                self.spool.to_send.notify_one();
            }
            tokio::select! {
                () = self.spool.to_send.notified() => {}
                Some(frame) = self.chat.recv() => connection.send(&frame).await?,
                frame = connection.receive() => {
                    heard = Instant::now();
                    self.hear(connection, frame?).await?;
                }
                _ = beats.tick() => {
                    if heard.elapsed() > beat * SILENT_BEATS {
                        return Err(Trouble::Slow);
                    }
                    connection.send(&AgentFrame::Heartbeat {}).await?;
                }
                _ = facts_due.tick() => {
                    let now = platform::facts(&self.policy);
                    if now != facts {
                        connection.send(&AgentFrame::Facts { facts: Box::new(now.clone()) }).await?;
                        facts = now;
                    }
                }
            }
        }
    }

    async fn hear(
        &mut self,
        connection: &mut Connection,
        frame: ServerFrame,
    ) -> Result<(), Trouble> {
        match frame {
            ServerFrame::Order { order } => return self.take(connection, &order).await,
            ServerFrame::Ack {
                fence,
                seq,
                settled,
            } => self.spool.acknowledged(fence, seq, settled)?,
            ServerFrame::Cancel { fence, reason } => {
                drop(self.tell.send(Told::Cancel { fence, reason }));
            }
            ServerFrame::Drop { fence } => drop(self.tell.send(Told::Drop(fence))),
            ServerFrame::Beat { server_time } => self.clock.set(server_time),
            ServerFrame::Bye { reason, message } | ServerFrame::Refused { reason, message } => {
                return Err(Trouble::Refused { reason, message });
            }
            // Said once, before this.
            ServerFrame::Welcome { .. } => return Err(Trouble::Ended),
        }
        Ok(())
    }

    /// Takes an order, or says why not.
    async fn take(&mut self, connection: &mut Connection, order: &Order) -> Result<(), Trouble> {
        let fence = order.fence;
        let is_late = self.clock.now().is_some_and(|now| now > order.expires_at);
        let refused = match self.policy.check(order) {
            Err(reason) => Some((Verdict::Refused, reason)),
            Ok(()) if is_late => Some((Verdict::Expired, "the order came too late".to_owned())),
            Ok(()) => match self.spool.take(order)? {
                Taken::New | Taken::Known => None,
                Taken::Stale => Some((
                    Verdict::Refused,
                    "the order is older than one that was taken before".to_owned(),
                )),
                Taken::Full => Some((
                    Verdict::Refused,
                    "this device holds too many orders".to_owned(),
                )),
            },
        };
        let Some((verdict, reason)) = refused else {
            return connection.send(&AgentFrame::Accept { fence }).await;
        };
        tracing::warn!(fence, %reason, "refused an order");
        let frame = AgentFrame::Result {
            fence,
            outcome: Outcome {
                verdict,
                reason: Some(reason),
                exit_code: None,
                steps: Vec::new(),
            },
            at: self.clock.label(),
            last_seq: 0,
        };
        connection.send(&frame).await
    }
}

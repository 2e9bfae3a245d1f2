//! What the dispatcher is told.

use std::collections::HashSet;
use std::sync::Arc;

use orloj_tasks::Outcome;
use tokio::sync::oneshot;

use crate::background::attempt::Item;
use crate::background::definition::Definition;
use crate::background::gates::{Standing, Stay};
use crate::background::offers::Ask;

/// What the dispatcher is told.
#[derive(Debug)]
pub(crate) enum Event {
    /// Executions leased to this instance a moment ago, to start at their `visible_at`. Each comes once.
    Armed(Vec<Item>),
    /// A commit whose answer was lost may have leased executions to this instance that nobody told of: look for them.
    Strays,
    /// Executions that the database says are leased to this instance and have not started. Some may be on their way as
    /// [`Event::Armed`] still. The shards of the `foreign` ones are another instance's.
    Found {
        items: Vec<Item>,
        foreign: Vec<Item>,
    },
    /// The answer to a claim.
    Claimed(Answer),
    /// The answer to a promotion of up to `asked`; where fewer came, so many are `left`.
    Promoted {
        job_id: i64,
        asked: u32,
        items: Vec<Item>,
        left: usize,
    },
    /// An attempt ended.
    Finished { id: i64, outcome: Box<Outcome> },
    /// These are durable now.
    Settled(Vec<i64>),
    /// A job was changed.
    JobChanged(Arc<Definition>),
    /// Cancel an execution that is leased to this instance; answers whether it is known here.
    Cancel {
        id: i64,
        reason: String,
        known: oneshot::Sender<bool>,
    },
    /// So much of the log of a running execution is held that it is to be stored now.
    LogGrew(i64),
    /// Something pending becomes visible at this instant.
    Visible(i64),
    /// The earliest instant at which something pending becomes visible.
    NextVisible(Option<i64>),
    /// Shards became this instance's: executions `(id, job)` of them that other instances still hold, and how many are
    /// parked, by job.
    Taken {
        shards: Vec<i64>,
        elsewhere: Vec<(i64, i64)>,
        parked: Vec<(i64, i64)>,
    },
    /// Where executions that are elsewhere were seen.
    Seen(Vec<(Stay, Standing)>),
    /// Shards are to be handed over: give back what has not started of them; say when that is durable.
    GiveBack {
        shards: HashSet<i64>,
        durable: oneshot::Sender<()>,
    },
    /// Others took this instance for dead: nothing held is its own any more.
    Forget,
    /// Start nothing more and give back what has not started; say when nothing runs and all is durable.
    Drain(oneshot::Sender<()>),
    /// Tell what still runs to stop.
    StopRunning,
    /// Say when everything before this is decided and durable.
    Barrier(oneshot::Sender<()>),
}

/// What a claim brought.
#[derive(Debug)]
pub(crate) struct Answer {
    pub ask: Ask,
    /// Of the queue; and whether that is all that was asked of it.
    pub items: Vec<Item>,
    pub all: bool,
    /// Of what was offered, by this instance or another; and whether there may be more of it.
    pub offered: Vec<Item>,
    pub more: bool,
}

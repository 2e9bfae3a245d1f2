//! The one way a run is told to stop, and why.

use std::sync::Arc;
use std::sync::OnceLock;

use tokio_util::sync::CancellationToken;

/// Why a run has to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// Somebody asked for it.
    Cancelled,
    /// The time limit of the attempt or of the whole execution is reached.
    TimedOut,
    /// The instance is going down and the drain time is over.
    Shutdown,
    /// The instance lost the right to the run; nothing it does may count any more.
    Lost,
}

/// The host's end: says stop, once. The first reason given stays.
#[derive(Debug, Clone, Default)]
pub struct Canceller {
    shared: Arc<Shared>,
}

/// The function's end: waits for the word, or asks whether it was given.
#[derive(Debug, Clone)]
pub struct Cancel {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    token: CancellationToken,
    reason: OnceLock<CancelReason>,
}

impl Canceller {
    /// A fresh pair's host end.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells the run to stop. Returns whether this was the first word; later
    /// reasons are ignored so that a run has one story.
    pub fn cancel(&self, reason: CancelReason) -> bool {
        let first = self.shared.reason.set(reason).is_ok();
        self.shared.token.cancel();
        first
    }

    /// The matching end for the function.
    #[must_use]
    pub fn handle(&self) -> Cancel {
        Cancel {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl Cancel {
    /// A run nobody will stop.
    #[must_use]
    pub fn never() -> Self {
        Canceller::new().handle()
    }

    /// Completes when the run is told to stop; at once if it already was.
    pub async fn cancelled(&self) {
        self.shared.token.cancelled().await;
    }

    /// Whether the run was told to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.token.is_cancelled()
    }

    /// Why, once it was told to.
    #[must_use]
    pub fn reason(&self) -> Option<CancelReason> {
        self.shared.reason.get().copied()
    }

    /// Waits for the word and gives the reason.
    pub async fn stopped(&self) -> CancelReason {
        self.cancelled().await;
        self.reason().unwrap_or(CancelReason::Cancelled)
    }
}

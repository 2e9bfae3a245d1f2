//! Whether this instance may still believe that what it holds is its own.
//!
//! The lease is judged by the database's clock; here only the time since the last renewal counts, on the monotonic
//! clock. Whoever starts something asks at that very moment: a process that stood still (stopped, swapped out, on a
//! paused machine) must not start on waking what others have taken over meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// An instance that has not renewed its lease for so long (of its 20 s) starts nothing more and stops what runs.
const FENCE: Duration = Duration::from_secs(12);

/// When the lease was last renewed.
#[derive(Debug)]
pub(crate) struct LeaseWatch {
    /// Whether anybody else could take over: on PostgreSQL only, and not where a test holds the clock.
    judged: bool,
    origin: Instant,
    renewed_ms: AtomicU64,
}

impl LeaseWatch {
    pub(crate) fn new(judged: bool) -> Self {
        Self {
            judged,
            origin: Instant::now(),
            renewed_ms: AtomicU64::new(0),
        }
    }

    /// The lease was renewed by a request that left at `sent`.
    pub(crate) fn renewed(&self, sent: Instant) {
        self.renewed_ms
            .store(self.since_origin(sent), Ordering::SeqCst);
    }

    /// Whether what this instance holds is certainly still its own.
    pub(crate) fn is_held(&self) -> bool {
        if !self.judged || crate::faults::mutant("no_self_fence") {
            return true;
        }
        let silent = self
            .since_origin(Instant::now())
            .saturating_sub(self.renewed_ms.load(Ordering::SeqCst));
        u128::from(silent) < FENCE.as_millis()
    }

    fn since_origin(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.origin).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_that_was_not_renewed_for_twelve_seconds_is_not_believed_in() {
        let mut watch = LeaseWatch::new(true);
        assert!(watch.is_held());
        watch.origin -= Duration::from_secs(13);
        assert!(!watch.is_held());
        watch.renewed(Instant::now());
        assert!(watch.is_held());
    }

    #[test]
    fn where_nobody_else_can_take_over_nothing_expires() {
        let mut watch = LeaseWatch::new(false);
        watch.origin -= Duration::from_secs(3_600);
        assert!(watch.is_held());
    }
}

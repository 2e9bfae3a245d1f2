//! The server's clock as the agent knows it. What may be begun when is judged by it, not by the device's own clock, which
//! may be wrong or be set.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::platform;

/// The server's clock, carried on by the device's uninterrupted one. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct ServerClock {
    /// The server's instant, and the device's uninterrupted clock when it was said.
    said: Arc<Mutex<Option<(Timestamp, i64)>>>,
}

impl ServerClock {
    /// The server has just said what time it is.
    pub fn set(&self, server: Timestamp) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((server, platform::uptime_us()));
    }

    /// The server's time now; `None` before it has said anything since this program was started.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        let (server, then) = (*self.said.lock().unwrap_or_else(PoisonError::into_inner))?;
        let passed = SignedDuration::from_micros(platform::uptime_us() - then);
        server.checked_add(passed).ok()
    }

    /// The server's time, or the device's own where the server has not said anything: for labels, never for decisions.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the device's own clock is read here and nowhere else"
    )]
    pub fn label(&self) -> Timestamp {
        self.now().unwrap_or_else(Timestamp::now)
    }
}

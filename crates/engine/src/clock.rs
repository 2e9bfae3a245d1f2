//! Where the time comes from. The engine never asks the operating system itself, so that its tests can hold the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

/// The wall clock of an engine. Instants are microseconds since the Unix epoch inside the engine.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// A clock that stands still until a test moves it.
    Manual(ManualClock),
}

/// A clock that a test moves by hand.
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<AtomicI64>,
    moved: Arc<Notify>,
}

impl Clock {
    /// The present instant.
    pub fn now(&self) -> Timestamp {
        timestamp(self.now_us())
    }

    /// The present instant in microseconds since the Unix epoch.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where the machine's clock is read"
    )]
    pub fn now_us(&self) -> i64 {
        match self {
            Clock::System => Timestamp::now().as_microsecond(),
            Clock::Manual(clock) => clock.now.load(Ordering::SeqCst),
        }
    }

    /// Waits until the clock shows `at` or later. Returns early, at the latest after one second, so that a stepped
    /// clock is noticed: callers look at the clock again.
    pub async fn sleep_until_us(&self, at: i64) {
        match self {
            Clock::System => {
                let wait = at.saturating_sub(self.now_us()).clamp(0, 1_000_000);
                // Tokio rounds a deadline up to its next millisecond; sleep short and let the caller spin the rest.
                let wait = Duration::from_micros(wait.unsigned_abs());
                tokio::time::sleep(wait.saturating_sub(Duration::from_micros(1_100))).await;
                let rest = at.saturating_sub(self.now_us());
                if (1..=1_500).contains(&rest) {
                    precise_sleep(Duration::from_micros(rest.unsigned_abs())).await;
                }
            }
            Clock::Manual(clock) => {
                let moved = clock.moved.notified();
                if clock.now.load(Ordering::SeqCst) < at {
                    moved.await;
                }
            }
        }
    }
}

/// The last millisecond before a due instant: yields to other tasks until it has passed.
async fn precise_sleep(rest: Duration) {
    let start = std::time::Instant::now();
    while start.elapsed() < rest {
        if rest.saturating_sub(start.elapsed()) > Duration::from_micros(150) {
            std::thread::sleep(Duration::from_micros(50));
        }
        tokio::task::yield_now().await;
    }
}

impl ManualClock {
    /// A clock that stands at `at`.
    pub fn new(at: Timestamp) -> Self {
        Self {
            now: Arc::new(AtomicI64::new(at.as_microsecond())),
            moved: Arc::new(Notify::new()),
        }
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, at: Timestamp) {
        self.now.store(at.as_microsecond(), Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    /// Moves the clock by this many seconds.
    pub fn advance_seconds(&self, seconds: i64) {
        self.now
            .fetch_add(seconds.saturating_mul(1_000_000), Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}

/// The timestamp of a number of microseconds, held inside what a timestamp can express.
pub fn timestamp(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(if us < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

//! Where the time comes from. The engine never asks the operating system itself, so that its tests can hold the clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
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

    /// Waits until the clock shows `at` or later. May return early, at the latest after a second, so that a stepped
    /// clock is noticed: callers look at the clock again. Accurate to about a millisecond; what must be exact uses
    /// [`Alarm`].
    pub async fn sleep_until_us(&self, at: i64) {
        match self {
            Clock::System => {
                let wait = at.saturating_sub(self.now_us()).clamp(0, MAX_WAIT_US);
                tokio::time::sleep(Duration::from_micros(wait.unsigned_abs())).await;
            }
            Clock::Manual(clock) => {
                let moved = clock.moved.notified();
                tokio::pin!(moved);
                // Registered before the clock is read, so that no move is missed.
                moved.as_mut().enable();
                if clock.now.load(Ordering::SeqCst) < at {
                    moved.await;
                }
            }
        }
    }
}

impl Clock {
    /// Waits for this many microseconds: on the monotonic clock, or until a manual clock has been moved so far.
    pub(crate) async fn sleep_us(&self, duration: i64) {
        match self {
            Clock::System => {
                tokio::time::sleep(Duration::from_micros(duration.max(0).unsigned_abs())).await
            }
            Clock::Manual(_) => {
                let until = self.now_us().saturating_add(duration);
                while self.now_us() < until {
                    self.sleep_until_us(until).await;
                }
            }
        }
    }
}

/// Nobody waits longer than this without looking at the wall clock again: a step of the clock is noticed that soon.
const MAX_WAIT_US: i64 = 1_000_000;

/// Wakes one task at an exact instant. Tokio's timers work in whole milliseconds, rounded up; a thread that waits on
/// a condition variable is woken within a tenth of a millisecond.
#[derive(Debug)]
pub(crate) struct Alarm {
    clock: Clock,
    shared: Arc<AlarmShared>,
}

#[derive(Debug, Default)]
struct AlarmShared {
    /// The instant to wake at; `None` rests, `Some(i64::MIN)` ends the thread.
    at: Mutex<Option<i64>>,
    changed: Condvar,
    rung: Notify,
}

const END: i64 = i64::MIN;

impl Alarm {
    /// An alarm on this clock; with the system's clock it keeps a thread.
    pub(crate) fn new(clock: &Clock) -> std::io::Result<Self> {
        let shared = Arc::new(AlarmShared::default());
        if let Clock::System = clock {
            let (clock, shared) = (clock.clone(), Arc::clone(&shared));
            std::thread::Builder::new()
                .name("orloj-alarm".to_owned())
                .spawn(move || ring_when_due(&clock, &shared))?;
        }
        Ok(Self {
            clock: clock.clone(),
            shared,
        })
    }

    /// Waits until the clock shows `at` or later; may return early.
    pub(crate) async fn wait_until_us(&self, at: i64) {
        match &self.clock {
            Clock::Manual(_) => self.clock.sleep_until_us(at).await,
            Clock::System => {
                if self.clock.now_us() >= at {
                    return;
                }
                let rung = self.shared.rung.notified();
                tokio::pin!(rung);
                rung.as_mut().enable();
                self.set(Some(at));
                rung.await;
            }
        }
    }

    fn set(&self, at: Option<i64>) {
        if let Ok(mut guard) = self.shared.at.lock() {
            *guard = at;
        }
        self.shared.changed.notify_one();
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.set(Some(END));
    }
}

fn ring_when_due(clock: &Clock, shared: &AlarmShared) {
    let Ok(mut at) = shared.at.lock() else { return };
    loop {
        at = match *at {
            Some(END) => return,
            None => match shared.changed.wait(at) {
                Ok(guard) => guard,
                Err(_) => return,
            },
            Some(due) => {
                let wait = due.saturating_sub(clock.now_us());
                if wait <= 0 {
                    *at = None;
                    shared.rung.notify_waiters();
                    continue;
                }
                match shared.changed.wait_timeout(
                    at,
                    Duration::from_micros(wait.min(MAX_WAIT_US).unsigned_abs()),
                ) {
                    Ok((guard, _)) => guard,
                    Err(_) => return,
                }
            }
        };
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
pub(crate) fn timestamp(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(if us < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

//! Where the time comes from. The engine never asks the operating system itself, so that its tests can hold the clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Notify;

/// A day, in microseconds.
pub(crate) const DAY_US: i64 = 86_400_000_000;

/// The wall clock of an engine. Instants are microseconds since the Unix epoch inside the engine.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// The clock of the database, as several instances share it: the machine's own may differ, and may be stepped.
    Database(DatabaseClock),
    /// A clock that stands still until a test moves it.
    Manual(ManualClock),
}

/// What is known of the database's clock: an instant, and the time since on the monotonic clock. A step of this
/// machine's wall clock changes nothing; one of the database's is followed at the next measurement.
#[derive(Clone, Debug)]
pub struct DatabaseClock {
    origin: Instant,
    /// The database's clock at `origin`, in microseconds since the Unix epoch.
    base_us: Arc<AtomicI64>,
}

impl DatabaseClock {
    /// A clock that agrees with the machine's until it is told otherwise.
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            base_us: Arc::new(AtomicI64::new(Clock::System.now_us())),
        }
    }

    /// The database said `its_us` at some moment between the two; answers by how much the clock was wrong. A
    /// difference that the time of the answer can explain is none.
    pub(crate) fn hear(&self, asked: Instant, heard: Instant, its_us: i64) -> Option<i64> {
        let earliest = self.at(asked);
        let latest = self.at(heard);
        if (earliest..=latest).contains(&its_us) {
            return None;
        }
        let wrong = its_us - i64::midpoint(earliest, latest);
        self.base_us.fetch_add(wrong, Ordering::SeqCst);
        Some(wrong)
    }

    fn at(&self, moment: Instant) -> i64 {
        let since = moment.saturating_duration_since(self.origin).as_micros();
        self.base_us
            .load(Ordering::SeqCst)
            .saturating_add(i64::try_from(since).unwrap_or(i64::MAX))
    }
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
            Clock::Database(clock) => clock.at(Instant::now()),
            Clock::Manual(clock) => clock.now.load(Ordering::SeqCst),
        }
    }

    /// Waits until the clock shows `at` or later. May return early, at the latest after a second, so that a stepped
    /// clock is noticed: callers look at the clock again. Accurate to about a millisecond; what must be exact uses
    /// [`Alarm`].
    pub async fn sleep_until_us(&self, at: i64) {
        match self {
            Clock::System | Clock::Database(_) => {
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
    /// Waits until the clock shows `at` or later, or has been set back behind the present instant.
    pub(crate) async fn reach_us(&self, at: i64) {
        let begun = self.now_us();
        loop {
            let now = self.now_us();
            if now >= at || now < begun {
                return;
            }
            self.sleep_until_us(at).await;
        }
    }

    /// Waits for this many microseconds: on the monotonic clock, or until a manual clock has been moved so far.
    pub(crate) async fn sleep_us(&self, duration: i64) {
        match self {
            Clock::System | Clock::Database(_) => {
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
        if !matches!(clock, Clock::Manual(_)) {
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
            Clock::System | Clock::Database(_) => {
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
    let mut last = clock.now_us();
    loop {
        let now = clock.now_us();
        if now < last && at.is_some_and(|at| at != END) {
            // Set back: what is waited for may have to be thought over.
            *at = None;
            shared.rung.notify_waiters();
        }
        last = now;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_followed_only_when_the_answers_time_cannot_explain_it() {
        let clock = DatabaseClock::new();
        let asked = Instant::now();
        let heard = asked + Duration::from_millis(40);
        let before = clock.at(asked);
        assert_eq!(clock.hear(asked, heard, before + 35_000), None);
        assert_eq!(
            clock.hear(asked, heard, before + 61_020_000),
            Some(61_000_000)
        );
        assert_eq!(clock.at(asked), before + 61_000_000);
        assert_eq!(clock.hear(asked, heard, before + 20_000), Some(-61_000_000));
    }
}

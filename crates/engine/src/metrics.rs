//! Counts of what the engine does, for `/metrics` and the benchmark. Plain atomics: nothing here is ever waited for.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::model::{Status, Trigger};

/// Upper bounds of the lateness buckets, in microseconds.
pub const LATENESS_BOUNDS_US: [i64; 12] = [
    500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000, 1_000_000, 10_000_000,
    60_000_000,
];

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn inc(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Its present value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The engine's counts since its process started.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Due instants that became executions.
    pub fired: Counter,
    /// Due instants that were missed, skipped or coalesced before they became executions.
    pub skipped: Counter,
    /// Attempts that ended in another attempt.
    pub retried: Counter,
    /// Transactions of the committer.
    pub commits: Counter,
    /// Writes of the committer or the armer that failed and were tried again.
    pub write_failures: Counter,
    /// Finishes that carried a stale fence and changed nothing.
    pub stale_finishes: Counter,
    /// Attempts started.
    pub started: Counter,
    /// Executions running now.
    pub running: Gauge,
    /// Ends by status number minus one.
    pub finished: [Counter; 10],
    /// Starts of scheduled executions by lateness; the last bucket is everything later.
    pub lateness: [Counter; LATENESS_BOUNDS_US.len() + 1],
    /// Sum of the lateness of scheduled starts, in microseconds.
    pub lateness_sum_us: Counter,
    /// Sum of run times, in microseconds.
    pub run_time_sum_us: Counter,
    /// Starts before their due instant: always 0.
    pub early: Counter,
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    pub(crate) fn add(&self, change: i64) {
        self.0.fetch_add(change, Ordering::Relaxed);
    }

    /// Its present value.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metrics {
    pub(crate) fn started(&self, late_us: i64, trigger: Trigger) {
        self.started.inc();
        self.running.add(1);
        if trigger != Trigger::Schedule {
            return;
        }
        if late_us < 0 {
            self.early.inc();
        }
        let bucket = LATENESS_BOUNDS_US
            .iter()
            .position(|bound| late_us <= *bound)
            .unwrap_or(LATENESS_BOUNDS_US.len());
        if let Some(counter) = self.lateness.get(bucket) {
            counter.inc();
        }
        self.lateness_sum_us.add(late_us.max(0).unsigned_abs());
    }

    pub(crate) fn finished(&self, status: i64, run_time_us: i64) {
        if let Some(counter) = usize::try_from(status - 1)
            .ok()
            .and_then(|at| self.finished.get(at))
        {
            counter.inc();
        }
        self.run_time_sum_us.add(run_time_us.max(0).unsigned_abs());
    }

    pub(crate) fn stopped_running(&self) {
        self.running.add(-1);
    }

    /// Ends with this status.
    pub fn finished_with(&self, status: Status) -> u64 {
        usize::try_from(status.id() - 1)
            .ok()
            .and_then(|at| self.finished.get(at))
            .map_or(0, Counter::get)
    }
}

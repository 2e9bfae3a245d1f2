//! What is watched for notifications, in memory: whether the end of an execution need be written down for the
//! notifier. Where there is no rule, asking costs a look at an empty set.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Notify, Semaphore};

use crate::engine::Inner;
use crate::error::Result;
use crate::store::notifications;

/// Deliveries that one instance sends at the same time.
const SENDERS: usize = 8;

/// Jobs of which somebody wants to be told something. Wider than the rules: those are looked at by the notifier.
#[derive(Debug, Default)]
struct Watch {
    everybody: bool,
    owners: HashSet<i64>,
    jobs: HashSet<i64>,
    /// The shortest times after which something is late, and runs for long, in microseconds.
    late: Option<i64>,
    running: Option<i64>,
}

/// What the notifier and those who tell it share.
#[derive(Debug)]
pub(crate) struct Notices {
    watch: RwLock<Watch>,
    /// How many are about to bring rules into force; meanwhile everything is noted.
    attentive: AtomicUsize,
    nudged: Notify,
    pub(super) senders: Arc<Semaphore>,
}

/// While it lives, everything is noted.
pub(crate) struct Attentive<'a>(&'a Notices);

impl Drop for Attentive<'_> {
    fn drop(&mut self) {
        self.0.attentive.fetch_sub(1, Ordering::SeqCst);
        self.0.nudge();
    }
}

impl Notices {
    pub(crate) fn new() -> Self {
        Self {
            watch: RwLock::default(),
            attentive: AtomicUsize::new(0),
            nudged: Notify::new(),
            senders: Arc::new(Semaphore::new(SENDERS)),
        }
    }

    /// Whether what happens to this job is to be written down.
    pub(crate) fn watches(&self, owner: i64, job: i64) -> bool {
        if self.attentive.load(Ordering::SeqCst) > 0 {
            return true;
        }
        let watch = self.watch.read().unwrap_or_else(PoisonError::into_inner);
        watch.everybody || watch.owners.contains(&owner) || watch.jobs.contains(&job)
    }

    /// Whether any job is watched.
    pub(crate) fn is_watching(&self) -> bool {
        let watch = self.watch.read().unwrap_or_else(PoisonError::into_inner);
        self.attentive.load(Ordering::SeqCst) > 0
            || watch.everybody
            || !watch.owners.is_empty()
            || !watch.jobs.is_empty()
    }

    /// The shortest times after which something is late, and runs for long.
    pub(super) fn limits(&self) -> (Option<i64>, Option<i64>) {
        let watch = self.watch.read().unwrap_or_else(PoisonError::into_inner);
        (watch.late, watch.running)
    }

    /// Notes everything until the answer is dropped.
    pub(crate) fn attentive(&self) -> Attentive<'_> {
        self.attentive.fetch_add(1, Ordering::SeqCst);
        Attentive(self)
    }

    /// Lets the notifier look now.
    pub(crate) fn nudge(&self) {
        self.nudged.notify_one();
    }

    pub(super) async fn nudged(&self) {
        self.nudged.notified().await;
    }

    /// Learns which rules are in force.
    pub(crate) async fn reload(&self, engine: &Inner) -> Result<()> {
        let db = &engine.store.db;
        let mut next = Watch::default();
        let seconds = |seconds: Option<u32>| seconds.map(|one| i64::from(one) * 1_000_000);
        let least = |have: Option<i64>, one: Option<i64>| have.into_iter().chain(one).min();
        for rule in notifications::rules_in_force(db).await? {
            next.late = least(next.late, seconds(rule.policy.late_seconds));
            next.running = least(next.running, seconds(rule.policy.running_seconds));
            if !rule.filter.job_ids.is_empty() {
                next.jobs.extend(rule.filter.job_ids);
            } else if rule.is_global {
                next.everybody = true;
            } else {
                next.owners.insert(rule.owner_id);
            }
        }
        for own in notifications::jobs_with_rules(db).await? {
            next.jobs.insert(own.job_id);
            next.late = least(next.late, own.late.map(|one| one * 1_000_000));
            next.running = least(next.running, own.running.map(|one| one * 1_000_000));
        }
        *self.watch.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

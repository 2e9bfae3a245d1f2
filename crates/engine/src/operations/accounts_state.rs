//! What signing in and being known need in memory: permits for hashing, delays, and secrets verified a moment ago.
//!
//! With several instances on PostgreSQL, delays and the refusals' sampling are per instance, and a revocation made by
//! another instance is seen here when the memory of the secret runs out: after [`FRESH_US`] at the latest.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::TryRng as _;
use rand::rngs::SysRng;
use tokio::sync::Semaphore;

use crate::error::{Error, Kind, Result};
use crate::model::Actor;
use crate::rules::backoff::Delays;
use crate::rules::password::{self, Verdict};
use crate::rules::secret::SecretHash;

/// How long a verified secret is believed without asking the database, in microseconds.
const FRESH_US: i64 = 3_000_000;

/// Verified secrets remembered at most.
const CAPACITY: usize = 10_000;

/// Hashings at the same time: each takes 19 MiB and a core.
const HASHINGS: usize = 2;

/// Hashings under way and waiting at most; who comes later is sent away instead of kept in memory.
const HASHINGS_WAITING: usize = 64;

/// Refusals recorded per minute at most; the rest is counted.
const REFUSALS_PER_MINUTE: u32 = 100;

/// The part of the engine's memory that belongs to accounts.
pub(crate) struct AccountsState {
    hashing: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    delays: Mutex<Delays>,
    verified: Mutex<Verified>,
    sign_in_failures: Mutex<Sampler>,
    refusals: Mutex<Sampler>,
    has_users: AtomicBool,
}

/// Which sample a refusal belongs to; noise of one kind must not hide the other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sample {
    SignIn,
    Request,
}

/// Forgets the verified secrets when dropped, so that also a cancelled operation leaves none behind.
pub(crate) struct ForgetOnDrop<'a>(&'a AccountsState);

impl Drop for ForgetOnDrop<'_> {
    fn drop(&mut self) {
        lock(&self.0.verified).forget_all();
    }
}

impl AccountsState {
    pub(crate) fn new() -> Self {
        Self {
            hashing: Arc::new(Semaphore::new(HASHINGS)),
            waiting: Arc::new(Semaphore::new(HASHINGS_WAITING)),
            delays: Mutex::default(),
            verified: Mutex::default(),
            sign_in_failures: Mutex::default(),
            refusals: Mutex::default(),
            has_users: AtomicBool::new(false),
        }
    }

    pub(crate) fn delays(&self) -> MutexGuard<'_, Delays> {
        lock(&self.delays)
    }

    pub(crate) fn verified(&self) -> MutexGuard<'_, Verified> {
        lock(&self.verified)
    }

    /// Take this before the transaction that ends a session or token or changes a user.
    pub(crate) fn forget_on_drop(&self) -> ForgetOnDrop<'_> {
        ForgetOnDrop(self)
    }

    /// Whether it is known that there are users; they never become none again.
    pub(crate) fn has_users(&self) -> bool {
        self.has_users.load(Ordering::Relaxed)
    }

    pub(crate) fn note_users(&self) {
        self.has_users.store(true, Ordering::Relaxed);
    }

    /// Whether a refusal is to be recorded, and how many before it were not.
    pub(crate) fn sample(&self, sample: Sample, now_us: i64) -> Option<u64> {
        lock(match sample {
            Sample::SignIn => &self.sign_in_failures,
            Sample::Request => &self.refusals,
        })
        .admit(now_us)
    }

    /// Hashes a new password beside the threads that serve requests.
    pub(crate) async fn hash_password(&self, password: String) -> Result<String> {
        let salt = random()?;
        self.beside(move || password::hash(&password, salt)).await
    }

    /// Compares a password with a stored hash; without one it takes as long.
    pub(crate) async fn verify_password(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<Verdict> {
        self.beside(move || password::verify(&password, stored.as_deref()))
            .await
    }

    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _place = self
            .waiting
            .try_acquire()
            .map_err(|_| Error::unavailable("too many people are signing in; try again"))?;
        let permit = Arc::clone(&self.hashing)
            .acquire_owned()
            .await
            .map_err(|_| Error::unavailable("the engine is stopping"))?;
        tokio::task::spawn_blocking(move || {
            // Held by the work itself: a caller that goes away must not let more hashings run than allowed.
            let _permit = permit;
            work()
        })
        .await
        .map_err(|error| Error::internal(format!("hashing a password: {error}")))?
    }
}

/// Secrets verified a moment ago.
#[derive(Default)]
pub(crate) struct Verified {
    entries: HashMap<SecretHash, Entry>,
    /// Grows with every change of sessions, tokens and users: what was read before must not be remembered after.
    generation: u64,
}

struct Entry {
    actor: Actor,
    verified_at: i64,
    valid_until: i64,
}

impl Verified {
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn find(&self, hash: &SecretHash, now_us: i64) -> Option<Actor> {
        let entry = self.entries.get(hash)?;
        entry.is_fresh(now_us).then(|| entry.actor.clone())
    }

    /// Remembers what was read from the database at `generation`.
    pub(crate) fn remember(
        &mut self,
        generation: u64,
        hash: SecretHash,
        actor: Actor,
        now_us: i64,
        valid_until: i64,
    ) {
        if generation != self.generation {
            return;
        }
        if self.entries.len() >= CAPACITY {
            self.entries.retain(|_, entry| entry.is_fresh(now_us));
        }
        if self.entries.len() >= CAPACITY {
            self.entries.clear();
        }
        self.entries.insert(
            hash,
            Entry {
                actor,
                verified_at: now_us,
                valid_until,
            },
        );
    }

    /// The changes are rare and reading again is cheap, so all is forgotten, not only what a change is about.
    fn forget_all(&mut self) {
        self.entries.clear();
        self.generation = self.generation.wrapping_add(1);
    }
}

impl Entry {
    fn is_fresh(&self, now_us: i64) -> bool {
        // A negative age is a clock that was set back.
        (0..FRESH_US).contains(&now_us.saturating_sub(self.verified_at))
            && now_us < self.valid_until
    }
}

/// Lets a number per minute through and counts the others.
#[derive(Debug, Default)]
struct Sampler {
    minute: i64,
    admitted: u32,
    suppressed: u64,
}

impl Sampler {
    fn admit(&mut self, now_us: i64) -> Option<u64> {
        let minute = now_us.div_euclid(60_000_000);
        if minute != self.minute {
            self.minute = minute;
            self.admitted = 0;
        }
        if self.admitted >= REFUSALS_PER_MINUTE {
            self.suppressed += 1;
            return None;
        }
        self.admitted += 1;
        Some(std::mem::take(&mut self.suppressed))
    }
}

/// Bytes of chance from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Error::internal(format!("the system gives no random numbers: {error}")))?;
    Ok(bytes)
}

/// The one answer to everything that does not prove who asks.
pub(crate) fn not_known() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "sign in first: this session or token is not known, has ended or was revoked",
    )
}

/// Nothing under these locks can leave a half-made state behind, so a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{FRESH_US, Sampler, Verified};
    use crate::model::Actor;
    use crate::rules::secret::SecretKind;

    #[test]
    fn a_verified_secret_is_believed_for_a_moment_only() {
        let hash = SecretKind::Token
            .hash(&SecretKind::Token.secret([1; 32]))
            .unwrap();
        let mut verified = Verified::default();
        verified.remember(0, hash, Actor::system(), 1_000, i64::MAX);
        assert!(verified.find(&hash, 1_000).is_some());
        assert!(verified.find(&hash, 1_000 + FRESH_US - 1).is_some());
        assert!(verified.find(&hash, 1_000 + FRESH_US).is_none());
        assert!(
            verified.find(&hash, 999).is_none(),
            "the clock was set back"
        );
        verified.remember(0, hash, Actor::system(), 1_000, 1_500);
        assert!(verified.find(&hash, 1_500).is_none(), "it has ended");
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let hash = SecretKind::Token
            .hash(&SecretKind::Token.secret([1; 32]))
            .unwrap();
        let mut verified = Verified::default();
        let before = verified.generation();
        verified.forget_all();
        verified.remember(before, hash, Actor::system(), 0, i64::MAX);
        assert!(verified.find(&hash, 0).is_none());
    }

    #[test]
    fn refusals_beyond_the_sample_are_counted() {
        let mut sampler = Sampler::default();
        let admitted = (0..150).filter(|_| sampler.admit(0).is_some()).count();
        assert_eq!(admitted, 100);
        assert_eq!(sampler.admit(60_000_000), Some(50));
        assert_eq!(sampler.admit(60_000_000), Some(0));
    }
}

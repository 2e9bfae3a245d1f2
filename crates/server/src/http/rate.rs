//! Limits on how often somebody may ask. Generous for work, strict for guessing.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::failure::Failure;

/// Whose allowance a request uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Asker {
    /// A user, from wherever.
    User(i64),
    /// Somebody unknown at an address (IPv6: at a network of 64 bits).
    Address(IpAddr),
}

/// The limits of one server.
pub(crate) struct Rates {
    requests: DefaultKeyedRateLimiter<Asker>,
    sign_ins: DefaultKeyedRateLimiter<Asker>,
    clock: DefaultClock,
    asked: AtomicU32,
}

impl std::fmt::Debug for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rates").finish_non_exhaustive()
    }
}

/// Sign-ins of one address: so many at once, then one every two seconds. The engine's own delays are per name, too.
const SIGN_IN_BURST: u32 = 30;
const SIGN_IN_PERIOD: std::time::Duration = std::time::Duration::from_secs(2);

impl Rates {
    /// Limits that let everybody ask so often per second, with bursts of five seconds' worth.
    pub(crate) fn new(requests_per_second: u32) -> Self {
        let per_second = NonZeroU32::new(requests_per_second).unwrap_or(NonZeroU32::MIN);
        let burst =
            NonZeroU32::new(requests_per_second.saturating_mul(5)).unwrap_or(NonZeroU32::MIN);
        let sign_in_burst = NonZeroU32::new(SIGN_IN_BURST).unwrap_or(NonZeroU32::MIN);
        let sign_ins = Quota::with_period(SIGN_IN_PERIOD)
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
            .allow_burst(sign_in_burst);
        Self {
            requests: RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst)),
            sign_ins: RateLimiter::keyed(sign_ins),
            clock: DefaultClock::default(),
            asked: AtomicU32::new(0),
        }
    }

    /// Counts a request.
    pub(crate) fn request(&self, asker: Asker) -> Result<(), Failure> {
        // Forget who has not asked for a while, so that the table does not grow for ever.
        if self.asked.fetch_add(1, Ordering::Relaxed) % 65_536 == 65_535 {
            self.requests.retain_recent();
            self.sign_ins.retain_recent();
        }
        self.check(&self.requests, asker)
    }

    /// Counts an attempt to sign in.
    pub(crate) fn sign_in(&self, address: IpAddr) -> Result<(), Failure> {
        self.check(&self.sign_ins, Asker::address(address))
    }

    fn check(&self, limiter: &DefaultKeyedRateLimiter<Asker>, asker: Asker) -> Result<(), Failure> {
        limiter.check_key(&asker).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            Failure::too_many(u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX))
        })
    }
}

impl Asker {
    /// Somebody unknown at an address.
    pub(crate) fn address(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V4(_) => address,
            // One customer usually has a whole /64.
            IpAddr::V6(six) => IpAddr::V6((six.to_bits() & !u128::from(u64::MAX)).into()),
        })
    }
}

//! Growing delays after failed sign-ins, per user name and per address.
//!
//! An attempt counts as failed from its beginning and is taken back when it succeeds, so that many attempts at once
//! gain nothing. Nobody is ever locked out for good: delays are capped, and failures are forgotten after an hour.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};

const SECOND: i64 = 1_000_000;

/// Failures are forgotten this long after the last one, in microseconds.
const FORGET_AFTER: i64 = 3_600 * SECOND;

/// Names and addresses remembered at most, each.
const CAPACITY: usize = 10_000;

/// Failures of one name that cost nothing, and the longest delay in seconds.
const NAME: Limits = Limits {
    free: 5,
    longest: 60,
};

/// The same for an address, which many people may share.
const ADDRESS: Limits = Limits {
    free: 20,
    longest: 300,
};

/// What is remembered of failed sign-ins.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    names: Ledger<String>,
    addresses: Ledger<IpAddr>,
}

/// An attempt under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    name: String,
    address: Option<IpAddr>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    free: u32,
    longest: u32,
}

#[derive(Debug)]
struct Ledger<K> {
    entries: HashMap<K, Failures>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last_at: i64,
}

impl Delays {
    /// Begins an attempt, or says in how many seconds the next one is allowed. `name` is the lower-cased name.
    pub(crate) fn begin(
        &mut self,
        now_us: i64,
        name: &str,
        address: Option<IpAddr>,
    ) -> Result<Attempt, u32> {
        let attempt = Attempt {
            name: name.to_owned(),
            address: address.map(network),
        };
        let wait = self.names.wait(now_us, &attempt.name, NAME).max(
            attempt
                .address
                .map_or(0, |address| self.addresses.wait(now_us, &address, ADDRESS)),
        );
        if wait > 0 {
            return Err(wait);
        }
        self.names.fail(now_us, attempt.name.clone());
        if let Some(address) = attempt.address {
            self.addresses.fail(now_us, address);
        }
        Ok(attempt)
    }

    /// The attempt succeeded: the name is clean again, and the address is forgiven as many failures as the name had.
    /// Not all of them: one valid account must not pay for guessing at others.
    pub(crate) fn succeeded(&mut self, attempt: &Attempt) {
        let forgiven = self
            .names
            .entries
            .remove(&attempt.name)
            .map_or(1, |failures| failures.count);
        if let Some(address) = &attempt.address {
            self.addresses.take_back(address, forgiven);
        }
    }

    /// The attempt could not be decided (the database was away): it does not count.
    pub(crate) fn undecided(&mut self, attempt: &Attempt) {
        self.names.take_back(&attempt.name, 1);
        if let Some(address) = &attempt.address {
            self.addresses.take_back(address, 1);
        }
    }
}

impl Limits {
    /// Microseconds to wait after this many failures: nothing at first, then 1 s, 2 s, 4 s, …
    fn delay(self, failures: u32) -> i64 {
        let Some(doublings) = failures.checked_sub(self.free) else {
            return 0;
        };
        let seconds = 1_u32.checked_shl(doublings).unwrap_or(self.longest);
        i64::from(seconds.min(self.longest)) * SECOND
    }
}

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash + Clone> Ledger<K> {
    /// Whole seconds until the next attempt is allowed.
    fn wait(&mut self, now_us: i64, key: &K, limits: Limits) -> u32 {
        let Some(failures) = self.entries.get_mut(key) else {
            return 0;
        };
        // A clock that was set back must not keep anybody out longer than the delay itself.
        failures.last_at = failures.last_at.min(now_us);
        let passed = now_us.saturating_sub(failures.last_at);
        if passed >= FORGET_AFTER {
            self.entries.remove(key);
            return 0;
        }
        let left = limits.delay(failures.count).saturating_sub(passed).max(0);
        u32::try_from(left.unsigned_abs().div_ceil(SECOND.unsigned_abs())).unwrap_or(u32::MAX)
    }

    fn fail(&mut self, now_us: i64, key: K) {
        if !self.entries.contains_key(&key) && self.entries.len() >= CAPACITY {
            self.make_room(now_us);
        }
        let failures = self.entries.entry(key).or_insert(Failures {
            count: 0,
            last_at: now_us,
        });
        failures.count = failures.count.saturating_add(1);
        failures.last_at = now_us;
    }

    fn take_back(&mut self, key: &K, count: u32) {
        if let Some(failures) = self.entries.get_mut(key) {
            failures.count = failures.count.saturating_sub(count);
            if failures.count == 0 {
                self.entries.remove(key);
            }
        }
    }

    /// Drops what is forgotten anyway, or else the entry with the fewest failures: a name under attack stays.
    fn make_room(&mut self, now_us: i64) {
        self.entries
            .retain(|_, failures| now_us.saturating_sub(failures.last_at) < FORGET_AFTER);
        if self.entries.len() >= CAPACITY {
            let least = self
                .entries
                .iter()
                .min_by_key(|(_, failures)| (failures.count, failures.last_at))
                .map(|(key, _)| key.clone());
            if let Some(least) = least {
                self.entries.remove(&least);
            }
        }
    }
}

/// One household of addresses: an IPv6 /64 belongs to one subscriber, who may pick any address in it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempt, CAPACITY, Delays, SECOND};

    const T0: i64 = 1_700_000_000 * SECOND;

    fn fail(delays: &mut Delays, now: i64, name: &str, address: &str) -> Result<Attempt, u32> {
        delays.begin(now, name, Some(address.parse().unwrap()))
    }

    #[test]
    fn delays_of_a_name_grow_to_a_minute() {
        let mut delays = Delays::default();
        let mut now = T0;
        let mut waits = Vec::new();
        for _ in 0..13 {
            delays.begin(now, "mona", None).unwrap();
            let wait = delays.begin(now, "mona", None).err().unwrap_or(0);
            if wait == 0 {
                // That was an attempt as well.
                waits.push(0);
                continue;
            }
            waits.push(wait);
            now += i64::from(wait) * SECOND - 1;
            assert!(delays.begin(now, "mona", None).is_err());
            now += 1;
        }
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
        delays.begin(now, "other", None).unwrap();
    }

    #[test]
    fn attempts_at_the_same_moment_count_before_they_end() {
        let mut delays = Delays::default();
        let admitted = (0..100)
            .filter(|_| delays.begin(T0, "mona", None).is_ok())
            .count();
        assert_eq!(admitted, 5);
    }

    #[test]
    fn guessing_over_many_names_is_delayed_by_address() {
        let mut delays = Delays::default();
        for index in 0..20 {
            fail(&mut delays, T0, &format!("user{index}"), "192.0.2.7").unwrap();
        }
        assert_eq!(fail(&mut delays, T0, "next", "192.0.2.7"), Err(1));
        assert_eq!(fail(&mut delays, T0, "next", "::ffff:192.0.2.7"), Err(1));
        fail(&mut delays, T0, "next", "192.0.2.8").unwrap();
    }

    #[test]
    fn an_ipv6_subscriber_is_one_address() {
        let mut delays = Delays::default();
        for index in 0..20 {
            fail(
                &mut delays,
                T0,
                &format!("user{index}"),
                &format!("2001:db8::{index}"),
            )
            .unwrap();
        }
        assert!(fail(&mut delays, T0, "next", "2001:db8::ffff:1").is_err());
        fail(&mut delays, T0, "next", "2001:db8:0:1::1").unwrap();
    }

    #[test]
    fn success_clears_the_name_but_not_guesses_at_others() {
        let mut delays = Delays::default();
        for index in 0..19 {
            fail(&mut delays, T0, &format!("user{index}"), "192.0.2.7").unwrap();
        }
        let own = fail(&mut delays, T0, "eve", "192.0.2.7").unwrap();
        delays.succeeded(&own);
        fail(&mut delays, T0, "mona", "192.0.2.7").unwrap();
        assert!(fail(&mut delays, T0, "user20", "192.0.2.7").is_err());
    }

    #[test]
    fn own_mistypings_are_forgiven_by_success() {
        let mut delays = Delays::default();
        for _ in 0..4 {
            fail(&mut delays, T0, "mona", "192.0.2.7").unwrap();
        }
        let right = fail(&mut delays, T0, "mona", "192.0.2.7").unwrap();
        delays.succeeded(&right);
        assert!(delays.names.entries.is_empty());
        assert!(delays.addresses.entries.is_empty());
    }

    #[test]
    fn an_undecided_attempt_does_not_count() {
        let mut delays = Delays::default();
        for _ in 0..100 {
            let attempt = fail(&mut delays, T0, "mona", "192.0.2.7").unwrap();
            delays.undecided(&attempt);
        }
    }

    #[test]
    fn failures_are_forgotten_and_a_clock_set_back_locks_nobody_out() {
        let mut delays = Delays::default();
        for _ in 0..5 {
            delays.begin(T0, "mona", None).unwrap();
        }
        assert_eq!(delays.begin(T0, "mona", None), Err(1));
        let earlier = T0 - 86_400 * 365 * SECOND;
        assert_eq!(delays.begin(earlier, "mona", None), Err(1));
        delays.begin(earlier + SECOND, "mona", None).unwrap();
        delays
            .begin(earlier + 3_700 * SECOND, "mona", None)
            .unwrap();
        assert_eq!(delays.names.entries["mona"].count, 1);
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_who_is_under_attack() {
        let mut delays = Delays::default();
        for _ in 0..5 {
            delays.begin(T0, "admin", None).unwrap();
        }
        for index in 0..(CAPACITY + 50) {
            delays.begin(T0 + 1, &format!("user{index}"), None).unwrap();
        }
        assert_eq!(delays.names.entries.len(), CAPACITY);
        assert!(delays.begin(T0 + 1, "admin", None).is_err());
    }
}

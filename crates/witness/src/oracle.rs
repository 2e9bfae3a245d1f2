//! What must have happened, computed from what the server acknowledged.

/// How often a run may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// One start of each execution at most.
    AtMostOnce,
    /// Any number of attempts, each started once at most.
    AtLeastOnce,
}

/// A job whose creation was acknowledged: from then on every instant of it has to be accounted for. Instants are
/// microseconds since the Unix epoch.
#[derive(Clone, Debug)]
pub struct Promise {
    /// Number of the job.
    pub job: i64,
    /// Time between two instants.
    pub every_us: i64,
    /// One of the instants; the others lie whole intervals before and after it.
    pub anchor_us: i64,
    /// When the request left. Instants before it do not count.
    pub asked_us: i64,
    /// When the answer was there. Instants after it count; those in between may or may not.
    pub acknowledged_us: i64,
    /// How often a run may start.
    pub start: Start,
    /// Whether its runs report to the witness.
    pub reports: bool,
}

impl Promise {
    /// Instants in `(after, until]`.
    pub fn instants(&self, after_us: i64, until_us: i64) -> impl Iterator<Item = i64> + use<> {
        let every = self.every_us.max(1);
        let steps = (after_us - self.anchor_us).div_euclid(every) + 1;
        let first = self.anchor_us + steps * every;
        (0..)
            .map(move |n| first + n * every)
            .take_while(move |at| *at <= until_us)
    }

    /// Whether this is an instant of the job that may count at all.
    pub fn may_fire_at(&self, at_us: i64) -> bool {
        at_us >= self.asked_us && (at_us - self.anchor_us).rem_euclid(self.every_us.max(1)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_keep_to_their_anchor_on_both_sides_of_it() {
        let promise = Promise {
            job: 1,
            every_us: 10,
            anchor_us: 103,
            asked_us: 80,
            acknowledged_us: 85,
            start: Start::AtMostOnce,
            reports: true,
        };
        assert_eq!(
            promise.instants(82, 113).collect::<Vec<_>>(),
            [83, 93, 103, 113]
        );
        assert_eq!(promise.instants(83, 93).collect::<Vec<_>>(), [93]);
        assert_eq!(promise.instants(104, 112).count(), 0);
        assert!(promise.may_fire_at(83) && !promise.may_fire_at(73) && !promise.may_fire_at(84));
    }
}

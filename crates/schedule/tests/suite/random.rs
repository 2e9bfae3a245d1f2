//! Repeatable randomness.

/// A small deterministic generator, so that a failure can be repeated from the printed seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// A seed of the tests, moved by `ORLOJ_SEED` for those who want to try other cases than the usual ones.
pub(crate) fn seed(base: u64) -> u64 {
    let moved = std::env::var("ORLOJ_SEED")
        .ok()
        .and_then(|text| text.parse::<u64>().ok());
    base.wrapping_add(moved.unwrap_or(0).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

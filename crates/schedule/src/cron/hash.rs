//! What `H` stands for.
//!
//! `H` spreads jobs over time without a person choosing the minute. It must never change for a job, so the mixing
//! function below is part of the stored meaning of an expression: do not change it.

/// A well-mixed number for one field of one job.
pub(super) fn hash(seed: u64, field: u64) -> u64 {
    let mut x = seed.wrapping_add(field.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn is_pinned_because_stored_jobs_depend_on_it() {
        assert_eq!(hash(0, 0), 0xe220a8397b1dcdaf);
        assert_eq!(hash(1, 0), 0x910a2dec89025cc1);
        assert_eq!(hash(42, 1), 0x28efe333b266f103);
        assert_eq!(hash(42, 2), 0x47526757130f9f52);
    }

    #[test]
    fn spreads_consecutive_jobs_evenly() {
        let mut counts = [0_u32; 60];
        for seed in 0..60_000 {
            counts[(hash(seed, 1) % 60) as usize] += 1;
        }
        assert!(
            counts.iter().all(|&n| (850..1150).contains(&n)),
            "{counts:?}"
        );
    }
}

//! Numbers as UUIDs and back.
//!
//! An execution's UUIDv7 (RFC 9562, section 5.7) is computed, not stored: the first 48 bits are its creation in
//! milliseconds, the 62 bits of `rand_b` hold its number, the 12 bits of `rand_a` a checksum of both. So looking one up needs no
//! index of its own, and a made-up UUID is recognised without asking the database. The number is no secret: every
//! access is checked against the owner.

/// The UUIDv7 of an execution.
pub fn execution_uuid(id: i64, created_at_us: i64) -> String {
    let millis = (created_at_us.max(0) / 1_000).unsigned_abs() & 0xFFFF_FFFF_FFFF;
    let number = id.max(0).unsigned_abs() & 0x3FFF_FFFF_FFFF_FFFF;
    let check = checksum(number, millis);
    let high = (millis << 16) | 0x7000 | u64::from(check);
    let low = 0x8000_0000_0000_0000 | scramble(number);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
}

/// The number of an execution from its UUID or its decimal number; `None` when it is neither.
pub fn execution_number(reference: &str) -> Option<i64> {
    if reference.len() <= 19
        && !reference.is_empty()
        && reference.bytes().all(|b| b.is_ascii_digit())
    {
        return reference.parse().ok();
    }
    let mut digits = String::with_capacity(32);
    for (at, c) in reference.char_indices() {
        match (at, c) {
            (8 | 13 | 18 | 23, '-') => {}
            (8 | 13 | 18 | 23, _) => return None,
            (_, c) if c.is_ascii_hexdigit() => digits.push(c),
            _ => return None,
        }
    }
    if reference.len() != 36 {
        return None;
    }
    let all = u128::from_str_radix(&digits, 16).ok()?;
    let (high, low) = ((all >> 64) as u64, all as u64);
    let number = unscramble(low & 0x3FFF_FFFF_FFFF_FFFF);
    let valid = high & 0xF000 == 0x7000
        && low >> 62 == 0b10
        && high & 0xFFF == u64::from(checksum(number, high >> 16));
    valid.then(|| i64::try_from(number).ok()).flatten()
}

/// A UUIDv7 for an instance, from its start and 74 random bits.
pub fn instance_uuid(started_at_us: i64, random: u128) -> String {
    let millis = (started_at_us.max(0) / 1_000).unsigned_abs() & 0xFFFF_FFFF_FFFF;
    let bits = (u128::from(millis) << 80)
        | (0x7 << 76)
        | ((random >> 52) & 0xFFF) << 64
        | (0b10 << 62)
        | (random & 0x3FFF_FFFF_FFFF_FFFF);
    let hex = format!("{bits:032x}");
    [
        &hex[0..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..32],
    ]
    .join("-")
}

/// All shards.
pub const SHARDS: std::ops::Range<i64> = 0..64;

/// The shard of a job: a multiplicative hash, so that neighbours spread.
pub fn shard_of(job_id: i64) -> i64 {
    const COUNT: u64 = SHARDS.end.unsigned_abs();
    i64::try_from((job_id.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % COUNT)
        .unwrap_or(0)
}

/// The seed of `H` in a job's cron expression: stays with the job.
pub fn hash_seed(job_id: i64) -> u64 {
    job_id.unsigned_abs().wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

const MASK_62: u64 = 0x3FFF_FFFF_FFFF_FFFF;
/// Odd, so multiplication by it is a bijection modulo 2^62; `INVERSE` undoes it.
const FACTOR: u64 = 0x2545_F491_4F6C_DD1D;

fn scramble(number: u64) -> u64 {
    number.wrapping_mul(FACTOR) & MASK_62
}

fn unscramble(bits: u64) -> u64 {
    // Newton's iteration doubles the number of right bits of an inverse modulo a power of two.
    let mut inverse = FACTOR;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(FACTOR.wrapping_mul(inverse)));
    }
    bits.wrapping_mul(inverse) & MASK_62
}

fn checksum(number: u64, millis: u64) -> u16 {
    let mixed = (number ^ millis.rotate_left(21)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    u16::try_from(mixed >> 52).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_uuid_is_version_7_and_comes_back() {
        let uuid = execution_uuid(42, 1_700_000_000_000_000);
        assert_eq!(&uuid[14..15], "7");
        assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"));
        assert_eq!(execution_number(&uuid), Some(42));
        assert_eq!(execution_number("42"), Some(42));
    }

    #[test]
    fn strangers_are_recognised() {
        for text in [
            "",
            "x",
            "-1",
            "018f0000-0000-7000-8000-000000000000",
            "99999999999999999999",
            "018f00000000700080000000000000000000",
        ] {
            assert_eq!(execution_number(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_number_comes_back(id in 0i64..=(1 << 53), at in 0i64..4_000_000_000_000_000) {
            prop_assert_eq!(execution_number(&execution_uuid(id, at)), Some(id));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = execution_number(&text);
        }
    }
}

//! What a password must be, and how it is hashed. Which random salt is used, the caller says.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::{Error, FieldError, Result};

/// Memory in KiB, passes and lanes: the first choice of OWASP's list for Argon2id.
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Characters a password has at least and at most.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// A well-formed hash that no password fits: it costs what a real one costs, for users that do not exist.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What comparing a password with a stored hash showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Another password.
    Wrong,
    /// The password.
    Right,
    /// The password, but its hash was made with other parameters than are used now: hash it anew.
    RightButOld,
}

/// Refuses passwords that are too short, absurdly long, or the user's own name. `field` is where the answer points.
pub(crate) fn check(field: &str, name: &str, password: &str) -> Result<()> {
    let length = password.chars().count();
    if !LENGTH.contains(&length) {
        return Err(refuse(
            field,
            format!(
                "must have {} to {} characters, not {length}",
                LENGTH.start(),
                LENGTH.end()
            ),
            format!(
                "يجب أن تتكون كلمة المرور من {} إلى {} حرفًا، وليس {length}",
                LENGTH.start(),
                LENGTH.end()
            ),
        ));
    }
    if password.trim().to_lowercase() == name.trim().to_lowercase() {
        return Err(refuse(
            field,
            "must not be the user name".to_owned(),
            "يجب ألا تكون كلمة المرور هي اسم المستخدم نفسه".to_owned(),
        ));
    }
    Ok(())
}

fn refuse(field: &str, message: String, message_ar: String) -> Error {
    Error::invalid_fields(vec![FieldError {
        pointer: format!("/{field}"),
        message,
        message_ar: Some(message_ar),
    }])
}

/// The hash to store, as a PHC string. Takes tens of milliseconds and 19 MiB: never on a thread that serves others.
pub(crate) fn hash(password: &str, salt: [u8; 16]) -> Result<String> {
    hasher()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal(format!("hashing a password: {error}")))
}

/// Compares in constant time. Without a stored hash it works as long as with one and says "wrong".
pub(crate) fn verify(password: &str, stored: Option<&str>) -> Result<Verdict> {
    let parsed = PasswordHash::new(stored.unwrap_or(NOBODY))
        .map_err(|error| Error::internal(format!("a stored password hash is damaged: {error}")))?;
    let fits = hasher()?
        .verify_password(password.as_bytes(), &parsed)
        .is_ok();
    Ok(match (fits && stored.is_some(), is_current(&parsed)) {
        (false, _) => Verdict::Wrong,
        (true, true) => Verdict::Right,
        (true, false) => Verdict::RightButOld,
    })
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| Error::internal(format!("Argon2 parameters: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_current(hash: &PasswordHash) -> bool {
    hash.algorithm.as_str() == "argon2id"
        && hash.version == Some(u32::from(Version::V0x13))
        && Params::try_from(hash).is_ok_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, PASSES, LANES)
        })
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher as _;
    use argon2::{Algorithm, Argon2, Params, Version};

    use super::{Verdict, check, hash, verify};

    #[test]
    fn length_and_name_decide_and_nothing_else() {
        for good in [
            "correct horse",
            "12345678",
            "كلمة سر طويلة",
            &"x".repeat(256),
        ] {
            check("password", "mona", good).unwrap();
        }
        for bad in ["", "1234567", &"x".repeat(257), "longname", " LongName"] {
            let error = check("newPassword", "LongName", bad).unwrap_err();
            assert_eq!(error.fields[0].pointer, "/newPassword", "{bad:?}");
            assert!(error.fields[0].message_ar.is_some());
        }
    }

    #[test]
    fn only_the_password_fits_its_hash() {
        let stored = hash("correct horse", [1; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(
            verify("correct horse", Some(&stored)).unwrap(),
            Verdict::Right
        );
        assert_eq!(
            verify("correct horsf", Some(&stored)).unwrap(),
            Verdict::Wrong
        );
        assert_ne!(stored, hash("correct horse", [2; 16]).unwrap());
    }

    #[test]
    fn a_hash_with_other_parameters_is_to_be_renewed() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1_024, 1, 1, None).unwrap(),
        );
        let stored = weak
            .hash_password_with_salt(b"correct horse", &[1; 16])
            .unwrap()
            .to_string();
        assert_eq!(
            verify("correct horse", Some(&stored)).unwrap(),
            Verdict::RightButOld
        );
    }

    #[test]
    fn nobody_has_no_password_but_the_same_parameters() {
        assert_eq!(verify("correct horse", None).unwrap(), Verdict::Wrong);
        let nobody = super::PasswordHash::new(super::NOBODY).unwrap();
        assert!(super::is_current(&nobody));
    }

    #[test]
    fn a_damaged_hash_is_a_defect_and_no_panic() {
        assert!(verify("correct horse", Some("not a hash")).is_err());
    }
}

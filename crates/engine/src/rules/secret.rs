//! What secrets of sessions and tokens look like, and the only form in which they are kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Bytes of chance in a secret: 256 bits, so that guessing is out of the question and a plain hash is enough at rest.
pub(crate) const SECRET_BYTES: usize = 32;

/// Characters of a secret that are kept in clear, to recognise it by: the prefix and four more.
const HINT_CHARS: usize = 8;

/// What a secret opens; its prefix lets people and secret scanners recognise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SecretKind {
    /// A signed-in browser.
    Session,
    /// A program's bearer token.
    Token,
    /// The first start.
    Setup,
    /// One enrolment of a device.
    Enrollment,
}

/// SHA-256 of a secret: what the database and the memory know.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SecretHash([u8; 32]);

impl SecretKind {
    fn prefix(self) -> &'static str {
        match self {
            SecretKind::Session => "ors_",
            SecretKind::Token => "orl_",
            SecretKind::Setup => "orf_",
            SecretKind::Enrollment => "ore_",
        }
    }

    /// The secret made of these random bytes.
    pub(crate) fn secret(self, random: [u8; SECRET_BYTES]) -> String {
        format!("{}{}", self.prefix(), URL_SAFE_NO_PAD.encode(random))
    }

    /// The hash of a text that looks like a secret of this kind; anything else is not worth a query.
    pub(crate) fn hash(self, secret: &str) -> Option<SecretHash> {
        let body = secret.strip_prefix(self.prefix())?;
        let is_ours = body.len() == (SECRET_BYTES * 8).div_ceil(6)
            && body
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        is_ours.then(|| SecretHash(Sha256::digest(secret.as_bytes()).into()))
    }
}

impl SecretHash {
    /// As stored.
    pub(crate) fn text(&self) -> String {
        hex(&self.0)
    }
}

/// The first characters of a secret.
pub(crate) fn hint(secret: &str) -> String {
    secret.chars().take(HINT_CHARS).collect()
}

/// Bytes in lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::{SecretKind, hint};

    #[test]
    fn a_secret_opens_only_its_own_kind() {
        let token = SecretKind::Token.secret([7; 32]);
        assert!(token.starts_with("orl_"));
        assert_eq!(token.len(), 47);
        assert!(SecretKind::Token.hash(&token).is_some());
        assert!(SecretKind::Session.hash(&token).is_none());
        assert_eq!(hint(&token), token[..8]);
    }

    #[test]
    fn what_does_not_look_like_a_secret_has_no_hash() {
        let token = SecretKind::Token.secret([7; 32]);
        for text in [
            "",
            "orl_",
            &token[..46],
            &format!("{token}A"),
            &token.replace('B', "\0"),
            "orl_ééééééééééééééééééééééééééééééééééééééé",
        ] {
            assert!(SecretKind::Token.hash(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn the_hash_is_sha256_of_the_whole_secret() {
        let hash = SecretKind::Token
            .hash(&format!("orl_{}", "A".repeat(43)))
            .unwrap();
        assert_eq!(hash.text().len(), 64);
        assert_ne!(
            hash.text(),
            SecretKind::Session
                .hash(&format!("ors_{}", "A".repeat(43)))
                .unwrap()
                .text()
        );
    }
}

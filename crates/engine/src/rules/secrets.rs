//! How secret values are sealed, referred to, and kept out of what people read.
//!
//! A value is sealed with XChaCha20-Poly1305 under a key that is never in the database. Its place (kind, number, owner,
//! field) is authenticated with it, so that a sealed value copied to another row, or to another owner, does not open.

mod redaction;
mod references;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::secret::hex;
use crate::error::{Error, Result};

pub(crate) use redaction::{Hidden, LineRedactor};
pub(crate) use references::{Reference, has_reference, reference_name, references, replaced};

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;
/// Random bytes that one sealing takes.
pub(crate) const NONCE_BYTES: usize = 24;

/// What the check value says when the right key opens it.
const CHECK: &str = "orloj";

/// The key under which secret values are sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    id: String,
}

/// A sealed value as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// Which key opens it.
    pub(crate) key_id: String,
    /// Nonce and ciphertext in Base64.
    pub(crate) text: String,
}

/// Where a sealed value belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// The value by which the right key is recognised.
    Check,
    /// A secret, by number and owner.
    Secret(i64, i64),
    /// A field of a connection, by number, owner and name.
    Field(i64, i64, &'a str),
    /// The private key by which agents know this installation.
    FleetKey,
    /// The ticket of an order to a device, by the number of the order.
    Ticket(i64),
    /// What devices are to do, by execution and attempt, where secrets are in it.
    Steps(i64, u32),
}

impl SecretKey {
    /// The key of these bytes, which must come from a source of chance made for cryptography.
    #[must_use]
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"orloj secret key id\0");
        digest.update(bytes);
        let id = hex(digest.finalize().as_slice()).chars().take(16).collect();
        Self {
            bytes: Zeroizing::new(bytes),
            id,
        }
    }

    /// Reads a key: 64 hexadecimal digits, white space around them allowed.
    ///
    /// # Errors
    /// `Invalid` when it is anything else; the message does not show the text.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        let is_hex =
            text.len() == KEY_BYTES * 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex {
            return Err(Error::invalid(
                "secretKey",
                "a key has 64 hexadecimal digits (32 random bytes)",
            ));
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
        }
        Ok(Self::new(*bytes))
    }

    /// The key as a file or a variable holds it.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(self.bytes.as_slice()))
    }

    /// Sixteen digits by which the key is known; they do not give it away.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.bytes))
    }

    /// Seals a value for its place. The nonce must never have been used with this key; random bytes see to that.
    pub(crate) fn seal(
        &self,
        place: Place<'_>,
        value: &str,
        random: &[u8; NONCE_BYTES],
    ) -> Result<Sealed> {
        let nonce = *random;
        let aad = place.bytes();
        let payload = Payload {
            msg: value.as_bytes(),
            aad: &aad,
        };
        let body = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::internal("a secret value is too long to be sealed"))?;
        let whole = [nonce.as_slice(), &body].concat();
        Ok(Sealed {
            key_id: self.id.clone(),
            text: STANDARD_NO_PAD.encode(whole),
        })
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// `Unavailable` when it was sealed under another key; `Internal` when it was changed or moved.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<String>> {
        if sealed.key_id != self.id {
            return Err(Error::unavailable(format!(
                "a secret is sealed under the key {}, this instance has the key {}: start it with the right key",
                sealed.key_id, self.id
            )));
        }
        let broken = || Error::internal("a sealed value was changed, or moved from its place");
        let whole = STANDARD_NO_PAD.decode(&sealed.text).map_err(|_| broken())?;
        let (nonce, body) = whole.split_at_checked(NONCE_BYTES).ok_or_else(broken)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| broken())?;
        let aad = place.bytes();
        let opened = self
            .cipher()
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: body,
                    aad: &aad,
                },
            )
            .map_err(|_| broken())?;
        String::from_utf8(opened)
            .map(Zeroizing::new)
            .map_err(|_| broken())
    }

    /// A value that only this key opens.
    pub(crate) fn check_value(&self, random: &[u8; NONCE_BYTES]) -> Result<Sealed> {
        self.seal(Place::Check, CHECK, random)
    }

    /// Whether this is the key that made a check value.
    pub(crate) fn fits(&self, check: &Sealed) -> bool {
        self.open(Place::Check, check)
            .is_ok_and(|opened| opened.as_str() == CHECK)
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Place<'_> {
    /// What is authenticated with the value. Kinds are fixed words and numbers are delimited, so two places never agree.
    fn bytes(self) -> Vec<u8> {
        match self {
            Place::Check => b"orloj:check".to_vec(),
            Place::FleetKey => b"orloj:fleet-key".to_vec(),
            Place::Ticket(order) => format!("orloj:ticket:{order}").into_bytes(),
            Place::Steps(execution, attempt) => {
                format!("orloj:steps:{execution}:{attempt}").into_bytes()
            }
            Place::Secret(id, owner) => format!("orloj:secret:{id}:{owner}").into_bytes(),
            Place::Field(id, owner, field) => {
                format!("orloj:connection:{id}:{owner}:{field}").into_bytes()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: [u8; NONCE_BYTES] = [9; NONCE_BYTES];

    #[test]
    fn a_value_opens_in_its_place_only() {
        let key = SecretKey::new([7; 32]);
        let sealed = key
            .seal(Place::Secret(1, 2), "höchst geheim", &RANDOM)
            .unwrap();
        assert!(!sealed.text.contains("geheim"));
        let opened = key.open(Place::Secret(1, 2), &sealed).unwrap();
        assert_eq!(opened.as_str(), "höchst geheim");
        for elsewhere in [
            Place::Secret(1, 3),
            Place::Secret(12, 2),
            Place::Field(1, 2, ""),
            Place::Check,
        ] {
            assert!(key.open(elsewhere, &sealed).is_err(), "{elsewhere:?}");
        }
        let mut changed = sealed.clone();
        changed.text.replace_range(
            40..41,
            if &sealed.text[40..41] == "A" {
                "B"
            } else {
                "A"
            },
        );
        assert!(key.open(Place::Secret(1, 2), &changed).is_err());
        assert!(
            SecretKey::new([8; 32])
                .open(Place::Secret(1, 2), &sealed)
                .is_err()
        );
    }

    #[test]
    fn the_right_key_is_recognised() {
        let key = SecretKey::new([1; 32]);
        let check = key.check_value(&RANDOM).unwrap();
        assert!(key.fits(&check));
        let other = SecretKey::new([2; 32]);
        let disguised = Sealed {
            key_id: other.id().to_owned(),
            ..check
        };
        assert!(!other.fits(&disguised));
    }

    #[test]
    fn keys_are_read_back_and_never_shown() {
        let key = SecretKey::new([0xab; 32]);
        let text = key.text();
        assert_eq!(
            SecretKey::parse(&format!(" {}\n", text.as_str())).unwrap(),
            key
        );
        assert!(!format!("{key:?}").contains("abab"));
        for wrong in ["", "ab", &"g".repeat(64), &"é".repeat(32)] {
            assert!(SecretKey::parse(wrong).is_err());
        }
    }
}

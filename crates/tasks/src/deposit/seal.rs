//! Files that only the holder of a key can read, in the format of age (age-encryption.org/v1).
//!
//! With public keys, this server cannot read what it wrote: whoever takes it over
//! gains no old backup. A passphrase is for those who want no key files.

use std::io::{self, Read, Write};
use std::str::FromStr;

use age::secrecy::SecretString;
use age::stream::StreamWriter;
use age::{Decryptor, Encryptor, Identity, scrypt, x25519};

/// Who can read a file.
#[derive(Clone)]
pub(crate) enum Seal {
    /// The holders of the private keys.
    Keys(Vec<x25519::Recipient>),
    /// Whoever knows it.
    Passphrase(SecretString),
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// Public keys as their holders give them out: `age1...`.
    ///
    /// # Errors
    /// The place of the first that is none.
    pub(crate) fn keys(keys: &[String]) -> Result<Self, usize> {
        keys.iter()
            .enumerate()
            .map(|(index, key)| x25519::Recipient::from_str(key.trim()).map_err(|_| index))
            .collect::<Result<_, _>>()
            .map(Self::Keys)
    }

    pub(crate) fn passphrase(passphrase: String) -> Self {
        Self::Passphrase(SecretString::from(passphrase))
    }

    /// Wraps a writer; [`StreamWriter::finish`] ends the file.
    pub(super) fn wrap<W: Write>(&self, target: W) -> io::Result<StreamWriter<W>> {
        let encryptor = match self {
            Self::Keys(keys) => {
                Encryptor::with_recipients(keys.iter().map(|key| key as &dyn age::Recipient))
                    .map_err(io::Error::other)?
            }
            Self::Passphrase(passphrase) => Encryptor::with_user_passphrase(passphrase.clone()),
        };
        encryptor.wrap_output(target)
    }
}

/// What opens a sealed file.
pub enum UnsealWith<'a> {
    /// Private keys, one for each line, as `age-keygen` writes them; lines that begin with `#` are remarks.
    KeyFile(&'a str),
    /// The passphrase with which it was sealed.
    Passphrase(String),
}

/// The contents of a file that a run sealed: a reader of the plain bytes.
///
/// # Errors
/// A sentence when the file is not sealed, or not for this key.
pub fn unseal<'a, R: Read + 'a>(
    file: R,
    with: &UnsealWith<'_>,
) -> Result<Box<dyn Read + 'a>, String> {
    let identities: Vec<Box<dyn Identity>> = match with {
        UnsealWith::KeyFile(text) => {
            let mut keys: Vec<Box<dyn Identity>> = Vec::new();
            for line in text.lines().map(str::trim) {
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let key = x25519::Identity::from_str(line)
                    .map_err(|_| "the key file has a line that is no private key".to_owned())?;
                keys.push(Box::new(key));
            }
            if keys.is_empty() {
                return Err("the key file has no private key in it".to_owned());
            }
            keys
        }
        UnsealWith::Passphrase(passphrase) => {
            vec![Box::new(scrypt::Identity::new(SecretString::from(
                passphrase.clone(),
            )))]
        }
    };
    let decryptor =
        Decryptor::new(file).map_err(|error| format!("the file is not a sealed one: {error}"))?;
    let reader = decryptor
        .decrypt(identities.iter().map(AsRef::as_ref))
        .map_err(|error| format!("the file cannot be opened with this: {error}"))?;
    Ok(Box::new(reader))
}

/// A new pair of keys: the private one, to be kept away from the server, and the public one for jobs.
#[must_use]
pub fn new_seal_key() -> (String, String) {
    use age::secrecy::ExposeSecret;
    let identity = x25519::Identity::generate();
    (
        identity.to_string().expose_secret().to_owned(),
        identity.to_public().to_string(),
    )
}

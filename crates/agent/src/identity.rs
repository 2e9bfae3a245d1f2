//! Who this device is: its key pair, the server's key, and the link to show at the next connection.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use orloj_wire::agent::channel::{KeyPair, PublicKey};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::platform;

const FILE: &str = "identity.json";

/// What the agent keeps of its enrolment.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Where the server is.
    pub server: Url,
    /// Its public key: whoever does not hold the private one is not the server.
    pub server_key: String,
    /// The agent's keys.
    pub public_key: String,
    /// See `public_key`. A secret.
    pub private_key: String,
    /// Number of the device, for people.
    pub device_id: i64,
    /// What to show at the next connection. A secret.
    pub link: String,
}

/// The folder in which the agent keeps everything; locked, so that two programs never share an identity.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    _lock: File,
}

impl Home {
    /// Opens the folder, and makes it if it is not there: only its owner may look into it.
    ///
    /// # Errors
    /// When it cannot be made, or another agent uses it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        platform::make_private_folder(folder)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))?;
        lock.try_lock().map_err(|_| {
            io::Error::new(
                io::ErrorKind::WouldBlock,
                format!("another agent uses {}", folder.display()),
            )
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            _lock: lock,
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The identity; `None` before enrolment.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn identity(&self) -> io::Result<Option<Identity>> {
        match std::fs::read(self.folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores the identity: afterwards it is the old or the new one, never a part.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn store(&self, identity: &Identity) -> io::Result<()> {
        let json = serde_json::to_vec_pretty(identity)?;
        replace(&self.folder, FILE, &json)
    }
}

impl Identity {
    /// The key pair.
    ///
    /// # Errors
    /// When the file was changed by hand.
    pub fn keys(&self) -> io::Result<(KeyPair, PublicKey)> {
        let wrong = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let own = KeyPair::parse(&self.private_key, &self.public_key).map_err(wrong)?;
        let server = PublicKey::parse(&self.server_key).map_err(wrong)?;
        Ok((own, server))
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("server", &self.server.as_str())
            .field("public_key", &self.public_key)
            .field("device_id", &self.device_id)
            .finish_non_exhaustive()
    }
}

/// Replaces a file of a folder as a whole, durably, readable by its owner alone.
pub(crate) fn replace(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let mut file = platform::create_private_file(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&temporary, folder.join(name))?;
    platform::sync_folder(folder)
}

//! Secrets: values that are written and never read back.

use jiff::Timestamp;
use zeroize::Zeroizing;

/// With whom a thing is shared besides its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    /// With every user.
    pub everybody: bool,
    /// With these users.
    pub users: Vec<i64>,
}

/// A secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Number.
    pub id: i64,
    /// Whose it is.
    pub owner_id: i64,
    /// Name by which jobs refer to it; unique among its owner's.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Key under which the value is sealed.
    pub key_id: String,
    /// Who may use it besides the owner. Others than the owner and administrators do not see with whom.
    pub sharing: Sharing,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// A secret to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSecret {
    /// Whose; `None` for the asker's own. Only administrators make secrets for others.
    pub owner_id: Option<i64>,
    /// 1 to 100 letters, digits, dots, hyphens and underscores.
    pub name: String,
    /// The value, 1 to 65536 bytes.
    pub value: Zeroizing<String>,
    /// What it is for, at most 1000 characters.
    pub description: Option<String>,
    /// Who else may use it.
    pub sharing: Sharing,
}

/// A change of a secret; what is `None` stays.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretPatch {
    /// New name.
    pub name: Option<String>,
    /// New value.
    pub value: Option<Zeroizing<String>>,
    /// New description; the inner `None` removes it.
    pub description: Option<Option<String>>,
    /// New sharing.
    pub sharing: Option<Sharing>,
}

/// Where the key of the secrets comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// A file of this server.
    File,
    /// The configuration.
    Configured,
    /// There is none.
    None,
}

/// The key of the secrets, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Where this instance has it from.
    pub origin: KeyOrigin,
    /// The key file.
    pub file: Option<std::path::PathBuf>,
    /// Name of the key in force.
    pub key_id: Option<String>,
    /// Since when it is in force.
    pub since: Option<Timestamp>,
    /// Values that are sealed under it.
    pub values: u64,
    /// Whether this instance has the key in force.
    pub is_usable: bool,
}

/// What a change of the key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRotation {
    /// The new key.
    pub key_id: String,
    /// Values that were sealed anew.
    pub values: u64,
}

impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSecret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SecretPatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretPatch")
            .field("name", &self.name)
            .field("changes_value", &self.value.is_some())
            .finish_non_exhaustive()
    }
}

/// What refers by name to a secret or a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referrers {
    /// Those that the asker may see.
    pub seen: Vec<Referrer>,
    /// How many others there are.
    pub hidden: u64,
}

/// Something that refers to a secret or a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// What it is.
    pub kind: ReferrerKind,
    /// Its number.
    pub id: i64,
    /// Its name; empty for a job without one.
    pub name: String,
    /// Arabic name of a job.
    pub name_ar: Option<String>,
}

/// What refers to secrets and connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferrerKind {
    /// The parameters of a job.
    Job,
    /// The settings of a connection.
    Connection,
    /// The settings of a channel of notifications.
    Channel,
}

impl ReferrerKind {
    /// The word in errors.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ReferrerKind::Job => "job",
            ReferrerKind::Connection => "connection",
            ReferrerKind::Channel => "notification channel",
        }
    }
}

//! Files that are kept to be brought onto devices.

use jiff::Timestamp;

use super::secret::Sharing;

/// A file, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Number.
    pub id: i64,
    /// Whose it is.
    pub owner_id: i64,
    /// Its name for people and the name it gets on a device: a plain name, never a path.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What kind of content it says it has.
    pub media_type: String,
    /// Bytes it has when it is whole.
    pub size: u64,
    /// Bytes that have arrived.
    pub received: u64,
    /// SHA-256 in hexadecimal digits; `None` as long as the content is not whole.
    pub sha256: Option<String>,
    /// Who may use it besides the owner. Others than the owner and administrators do not see with whom.
    pub sharing: Sharing,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// A file to be received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// A plain file name, 1 to 255 bytes.
    pub name: String,
    /// What it is for, at most 1000 characters.
    pub description: Option<String>,
    /// `type/subtype`; `None` for `application/octet-stream`.
    pub media_type: Option<String>,
    /// Bytes of the whole content. They count against the quota at once.
    pub size: u64,
    /// SHA-256 in hexadecimal digits that the content must have; `None` takes what arrives.
    pub sha256: Option<String>,
    /// Who else may use it.
    pub sharing: Sharing,
}

/// A change of a file; what is `None` stays. The content never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePatch {
    /// New name.
    pub name: Option<String>,
    /// New description; the inner `None` removes it.
    pub description: Option<Option<String>>,
    /// New sharing.
    pub sharing: Option<Sharing>,
}

/// Files with what they use up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileShelf {
    /// The files, by name.
    pub files: Vec<StoredFile>,
    /// Bytes that the asker's own files use up.
    pub used: u64,
    /// Bytes that they may use up.
    pub quota: u64,
}

/// How much may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Bytes of one file, at most.
    pub largest: u64,
    /// Bytes of all files of an owner, at most.
    pub quota: u64,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            largest: 2 * 1024 * 1024 * 1024,
            quota: 10 * 1024 * 1024 * 1024,
        }
    }
}

impl StoredFile {
    /// Whether the whole content is there and was checked.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.sha256.is_some()
    }
}

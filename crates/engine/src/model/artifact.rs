//! Artifacts: files that a run made, kept with its execution.

use jiff::Timestamp;

/// A file that a run made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Number.
    pub id: i64,
    /// Number of the execution.
    pub execution_id: i64,
    /// A plain file name.
    pub name: String,
    /// Media type, by the name's ending.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content, as hexadecimal digits.
    pub sha256: String,
    /// When it was kept.
    pub created_at: Timestamp,
    /// When it is removed, if its execution is not removed before; `None` leaves it to its execution.
    pub expires_at: Option<Timestamp>,
}

/// How much may be kept, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArtifactQuota {
    /// Of one owner's jobs.
    pub owner: u64,
    /// In all.
    pub total: u64,
}

impl Default for ArtifactQuota {
    /// One gibibyte for each owner, ten in all.
    fn default() -> Self {
        Self {
            owner: 1 << 30,
            total: 10 << 30,
        }
    }
}

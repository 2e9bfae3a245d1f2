//! The step that puts a file onto a device.

use serde::{Deserialize, Serialize};

/// A file of the store, as a device fetches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileRef {
    /// Number.
    pub id: i64,
    /// Its name: never a path.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// A file to be put into a folder, or what was there before to be brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileStep {
    /// What is to be done.
    pub action: FileAction,
    /// Which file.
    pub file: FileRef,
    /// Full path of the folder.
    pub folder: String,
    /// Whether a missing folder is made.
    pub create_folder: bool,
    /// Permissions in octal digits; `None` for those of the file that is replaced, else 644.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// User that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Group that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether what is replaced is kept, so that it can be brought back.
    pub keep_previous: bool,
    /// Seconds that it may take.
    pub limit_seconds: u32,
}

/// What is to become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FileAction {
    /// It is put there.
    Deploy,
    /// What was there before comes back.
    Undo,
}

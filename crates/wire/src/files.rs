//! Files that are kept to be brought onto devices.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::double;

/// A file, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Its name, and the name it gets on a device: never a path.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What kind of content it says it has.
    pub media_type: String,
    /// Bytes it has when it is whole.
    pub size: u64,
    /// Bytes that have arrived: where the upload goes on.
    pub received: u64,
    /// `receiving` until the whole content has arrived and was checked, then `ready`.
    pub state: FileState,
    /// SHA-256 in hexadecimal digits, once ready.
    pub sha256: Option<String>,
    /// Users who may use it too. Empty for those with whom it is only shared.
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it. False for those with whom it is only shared.
    pub shared_with_everybody: bool,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// Whether a file can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum FileState {
    /// Some of its content is missing.
    Receiving,
    /// It can be used.
    Ready,
}

/// Files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileList {
    /// The files, by name.
    pub items: Vec<File>,
    /// Number of them.
    pub total: u64,
    /// Bytes that the asker's own files use up.
    pub used_bytes: u64,
    /// Bytes that they may use up.
    pub quota_bytes: u64,
}

/// A file to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "app.conf", "size": 1234, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}))]
pub struct FileCreate {
    /// A plain file name, on every system.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// Bytes of the whole content.
    pub size: u64,
    /// SHA-256 that the content must have, in hexadecimal digits; without it, what arrives is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: Option<String>,
    /// `type/subtype`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// Users who may use it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it.
    #[serde(default)]
    pub shared_with_everybody: bool,
}

/// A change of a file. What is left out stays; the content never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileUpdate {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 255)]
    pub name: Option<String>,
    /// New description; null removes it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    #[schema(max_length = 1000)]
    pub description: Option<Option<String>>,
    /// New list of users who may use it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Vec<i64>>,
    /// Whether everybody may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with_everybody: Option<bool>,
}

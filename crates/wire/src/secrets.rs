//! Secrets: values that are written and never answered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::double;

/// A secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name by which jobs refer to it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Key under which the value is sealed.
    pub key_id: String,
    /// Users who may use it too. Empty for those with whom it is only shared.
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it. False for those with whom it is only shared.
    pub shared_with_everybody: bool,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
    /// What refers to it, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Uses>,
}

/// What refers to a secret or a connection, and fails without it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Uses {
    /// What the asker may see.
    pub items: Vec<ThingUse>,
    /// How many things of other users refer to it besides.
    pub hidden: u64,
}

/// Something that refers to a secret or a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThingUse {
    /// What it is.
    pub kind: UseKind,
    /// Its number.
    pub id: i64,
    /// Its name; empty for a job without one.
    pub name: String,
    /// Arabic name of a job.
    pub name_ar: Option<String>,
}

/// What refers to secrets and connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum UseKind {
    /// The parameters of a job.
    Job,
    /// The settings of a connection.
    Connection,
    /// The settings of a channel of notifications.
    Channel,
}

/// Secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretList {
    /// The secrets, by name.
    pub items: Vec<Secret>,
    /// Number of them.
    pub total: u64,
}

/// A new secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "shop-token", "value": "…", "description": "Token of the shop's API"}))]
pub struct SecretCreate {
    /// Name: letters, digits, dots, hyphens and underscores; unique among the owner's.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The value, 1 to 65536 bytes. It is never answered.
    #[schema(min_length = 1, max_length = 65536, write_only)]
    pub value: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// For somebody else (administrators).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<i64>,
    /// Users whose jobs may use it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<i64>,
    /// Whether everybody's jobs may use it.
    #[serde(default)]
    pub shared_with_everybody: bool,
}

/// A change of a secret. What is left out stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretUpdate {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// New value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 65536, write_only)]
    pub value: Option<String>,
    /// New description; null removes it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    #[schema(max_length = 1000)]
    pub description: Option<Option<String>>,
    /// New list of users whose jobs may use it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Vec<i64>>,
    /// Whether everybody's jobs may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with_everybody: Option<bool>,
}

/// Where the key of the secrets comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SecretKeySource {
    /// A file of the server.
    File,
    /// The configuration: `ORLOJ_SECRET_KEY`.
    Configured,
    /// There is none: secrets cannot be stored.
    None,
}

/// The key of the secrets, without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyState {
    /// Where the answering instance has it from.
    pub source: SecretKeySource,
    /// The key file on the server.
    pub file: Option<String>,
    /// Name of the key in force.
    pub key_id: Option<String>,
    /// Since when it is in force.
    pub since: Option<Timestamp>,
    /// Values that are encrypted under it.
    pub values: u64,
    /// Whether the answering instance has the key in force.
    pub is_usable: bool,
}

/// What a change of the key did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRotated {
    /// The new key.
    pub key_id: String,
    /// Values that were sealed anew.
    pub values: u64,
}

impl std::fmt::Debug for SecretCreate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretCreate")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SecretUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretUpdate")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

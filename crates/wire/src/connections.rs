//! Connections: how databases, mail servers, stores and brokers are reached, under a name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::double;
use crate::secrets::Uses;

/// A connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Number; 0 for the one that is built in.
    pub id: i64,
    /// Whose; 0 for the one that is built in.
    pub owner_id: i64,
    /// Name by which jobs refer to it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Key of its kind.
    pub kind: String,
    /// Settings. A secret field that has a value is `{"$set": true}`, one that refers to a secret `{"$secret": "name"}`.
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// Whether jobs may only read through it.
    pub read_only: bool,
    /// Tables that jobs may touch; `*` stands for all, an empty list for none.
    pub allowed_tables: Vec<String>,
    /// Users who may use it too. Empty for those with whom it is only shared.
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it. False for those with whom it is only shared.
    pub shared_with_everybody: bool,
    /// Whether it is built in and cannot be changed.
    pub is_builtin: bool,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
    /// What uses it, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Uses>,
}

/// Connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionList {
    /// The connections, by name; the built-in one first.
    pub items: Vec<Connection>,
    /// Number of them.
    pub total: u64,
}

/// A new connection.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "office-mail", "kind": "smtp", "settings": {"host": "mail.example.com", "from": "orloj@example.com", "username": "orloj", "password": {"$secret": "office-mail"}}}))]
pub struct ConnectionCreate {
    /// Name: letters, digits, dots, hyphens and underscores; unique among the owner's.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// Key of its kind, one of `GET /api/v1/connection-kinds`.
    pub kind: String,
    /// Settings as the schema of the kind has them. Any text may be `{"$secret": "name"}` instead.
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// Whether jobs may only read through it.
    #[serde(default)]
    pub read_only: bool,
    /// Tables that jobs may touch; `*` stands for all, an empty list for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_tables: Vec<String>,
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

/// A change of a connection. What is left out stays.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectionUpdate {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// New description; null removes it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    #[schema(max_length = 1000)]
    pub description: Option<Option<String>>,
    /// New settings, whole. A secret field that is `{"$set": true}` keeps its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Map<String, Value>>,
    /// Whether jobs may only read through it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// New list of tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_tables: Option<Vec<String>>,
    /// New list of users whose jobs may use it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Vec<i64>>,
    /// Whether everybody's jobs may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with_everybody: Option<bool>,
}

/// What trying a connection showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionTest {
    /// Whether it works.
    pub works: bool,
    /// What was found, in English.
    pub message: String,
    /// The same in Arabic.
    pub message_ar: String,
}

/// Tables of a connection's database that jobs may touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionTables {
    /// Their names; in PostgreSQL with the schema in front, except of `public`.
    pub tables: Vec<String>,
    /// Why they cannot be listed, in English.
    pub message: Option<String>,
    /// The same in Arabic.
    pub message_ar: Option<String>,
}

/// A kind of connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionKind {
    /// Key.
    pub key: String,
    /// Name in English.
    pub name: String,
    /// Name in Arabic.
    pub name_ar: String,
    /// What it is for, in English.
    pub description: String,
    /// What it is for, in Arabic.
    pub description_ar: String,
    /// Name of a Lucide icon.
    pub icon: String,
    /// JSON Schema of the settings, with `x-ui` for generated forms.
    #[schema(value_type = Object)]
    pub settings_schema: Value,
    /// Fields of the settings that are never answered.
    pub secret_fields: Vec<String>,
    /// Whether only administrators can make connections of this kind.
    pub is_for_administrators: bool,
}

impl std::fmt::Debug for ConnectionCreate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionCreate")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ConnectionUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionUpdate")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

//! Connections: how to reach a database, a mail server, a store or a broker, under a name.

use jiff::Timestamp;
use serde_json::Value;

use super::secret::Sharing;

/// A connection. Its sealed fields are not in it; [`Connection::sealed_fields`] says which there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Number; 0 for the one that is built in.
    pub id: i64,
    /// Whose it is; 0 for the one that is built in.
    pub owner_id: i64,
    /// Name by which jobs refer to it; unique among its owner's.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Key of its kind (`smtp`, `postgres`, …).
    pub kind: String,
    /// Settings in clear: an object. A member may be a reference to a secret.
    pub settings: Value,
    /// Fields of the settings that have a sealed value.
    pub sealed_fields: Vec<String>,
    /// Whether jobs may only read through it.
    pub is_read_only: bool,
    /// Tables that jobs may touch; `*` stands for all, an empty list for none.
    pub allowed_tables: Vec<String>,
    /// Who may use it besides the owner. Others than the owner and administrators do not see with whom.
    pub sharing: Sharing,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// A connection to be made.
#[derive(Clone, PartialEq)]
pub struct NewConnection {
    /// Whose; `None` for the asker's own. Only administrators make connections for others.
    pub owner_id: Option<i64>,
    /// 1 to 100 letters, digits, dots, hyphens and underscores.
    pub name: String,
    /// What it is for, at most 1000 characters.
    pub description: Option<String>,
    /// Key of its kind.
    pub kind: String,
    /// Settings as the schema of the kind has them. Secret fields hold their value in clear here, or a reference.
    pub settings: Value,
    /// Whether jobs may only read through it.
    pub is_read_only: bool,
    /// Tables that jobs may touch; `*` stands for all, an empty list for none.
    pub allowed_tables: Vec<String>,
    /// Who else may use it.
    pub sharing: Sharing,
}

/// A change of a connection; what is `None` stays.
#[derive(Clone, Default, PartialEq)]
pub struct ConnectionPatch {
    /// New name.
    pub name: Option<String>,
    /// New description; the inner `None` removes it.
    pub description: Option<Option<String>>,
    /// New settings, whole. A secret field that holds `{"$set": true}` keeps its value.
    pub settings: Option<Value>,
    /// Whether jobs may only read through it.
    pub is_read_only: Option<bool>,
    /// New list of tables.
    pub allowed_tables: Option<Vec<String>>,
    /// New sharing.
    pub sharing: Option<Sharing>,
}

/// What trying a connection showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionTest {
    /// Whether it works.
    pub works: bool,
    /// What was found, in English.
    pub message: String,
    /// The same in Arabic.
    pub message_ar: String,
}

impl Connection {
    /// Name of the connection to the scheduler's own database.
    pub const HISTORY: &'static str = "orloj-history";

    /// Whether it is built in and cannot be changed.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        self.id == 0
    }
}

impl std::fmt::Debug for NewConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewConnection")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ConnectionPatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionPatch")
            .field("name", &self.name)
            .field("changes_settings", &self.settings.is_some())
            .finish_non_exhaustive()
    }
}

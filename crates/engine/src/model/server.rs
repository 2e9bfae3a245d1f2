//! Servers: hosts that health checks watch.

use jiff::Timestamp;

/// A host that is registered to be watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Number.
    pub id: i64,
    /// Whose it is.
    pub owner_id: i64,
    /// A name of the owner that only the surface knows which registered it.
    pub owner_alias: Option<String>,
    /// Name for people.
    pub name: String,
    /// Name or address of the host.
    pub host: String,
    /// Port that a check connects to when there is no `url`.
    pub port: Option<u16>,
    /// Web address that a check calls instead of a plain connection.
    pub url: Option<String>,
    /// A word of its owner about it, such as `running`. Nothing in the engine changes it.
    pub status: String,
    /// Name under which other systems know it.
    pub connection_name: Option<String>,
    /// Account that other systems use on it.
    pub user_name: Option<String>,
    /// When registered.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// A server to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewServer {
    /// Whose; `None` for the asker's own. Only administrators register servers for others.
    pub owner_id: Option<i64>,
    /// A name of the owner that only the asker's surface knows, at most 255 characters.
    pub owner_alias: Option<String>,
    /// Name for people, 1 to 255 characters.
    pub name: String,
    /// Name or address of the host, 1 to 253 characters without blanks.
    pub host: String,
    /// Port, 1 to 65535.
    pub port: Option<u16>,
    /// Web address beginning with `http://` or `https://`, at most 2048 characters.
    pub url: Option<String>,
    /// A word about it, 1 to 64 characters.
    pub status: String,
    /// Name under which other systems know it, at most 255 characters.
    pub connection_name: Option<String>,
    /// Account that other systems use on it, at most 255 characters.
    pub user_name: Option<String>,
}

/// Which servers are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFilter {
    /// Of this owner.
    pub owner_id: Option<i64>,
    /// With an owner of this other name.
    pub owner_alias: Option<String>,
}

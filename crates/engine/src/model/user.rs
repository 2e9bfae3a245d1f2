//! People, their sessions and tokens, and what they did.

use jiff::Timestamp;
use serde_json::Value;

use super::{Role, Scope};

/// A person (or a program) that may sign in.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Number of the user.
    pub id: i64,
    /// Sign-in name, unique without regard to case.
    pub name: String,
    /// Name to show.
    pub display_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Role.
    pub role: Role,
    /// Task-function permissions granted beyond the role (`script`, `command`).
    pub grants: Vec<String>,
    /// Disabled users cannot sign in; their tokens do not work.
    pub is_disabled: bool,
    /// Preferences of the web page (language, time zone, digits, first day of week, theme), an object.
    pub preferences: Value,
    /// When created.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
    /// When last signed in.
    pub last_login_at: Option<Timestamp>,
}

/// The own account: the user plus what only they see.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The user.
    pub user: User,
    /// How the present request is authenticated (`session:12`, `token:7`).
    pub via: String,
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Number of the session.
    pub id: i64,
    /// Whose.
    pub user_id: i64,
    /// When signed in.
    pub created_at: Timestamp,
    /// When last used (to the minute).
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Address of the browser.
    pub address: Option<String>,
    /// The browser's own description.
    pub user_agent: Option<String>,
}

/// A bearer token for programs. Its secret is shown once, when it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Number of the token.
    pub id: i64,
    /// Whose.
    pub user_id: i64,
    /// Name given to it.
    pub label: String,
    /// What it may do.
    pub scope: Scope,
    /// First characters of the secret, to recognise it by.
    pub hint: String,
    /// When made.
    pub created_at: Timestamp,
    /// When it ends; `None` never.
    pub expires_at: Option<Timestamp>,
    /// When last used (to the minute).
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Something that was changed or refused.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEvent {
    /// Number of the event, growing.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who (name at that time).
    pub actor: String,
    /// Who (number; 0 the system).
    pub actor_id: i64,
    /// Session or token.
    pub via: String,
    /// What: `job.created`, `login.failed`, `access.denied`, …
    pub action: String,
    /// Kind of thing (`job`, `user`, …).
    pub entity: String,
    /// Number of the thing.
    pub entity_id: Option<i64>,
    /// Name of the thing at that time.
    pub entity_name: Option<String>,
    /// Owner of the thing: who may see the event besides administrators.
    pub owner_id: Option<i64>,
    /// What changed, without secrets.
    pub details: Value,
}

/// Which audit events are wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    /// Only this action, or all that begin with it when it ends with a dot.
    pub action: Option<String>,
    /// Only this kind of thing.
    pub entity: Option<String>,
    /// Only this thing.
    pub entity_id: Option<i64>,
    /// Only by this user.
    pub actor_id: Option<i64>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
}

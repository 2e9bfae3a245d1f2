//! People, their sessions and tokens, and what they did.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::{Actor, Role, Scope};

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

/// Which users are wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserFilter {
    /// Only those whose name, name to show, or mail address contains this, without regard to case.
    pub search: Option<String>,
    /// Only those with this role.
    pub role: Option<Role>,
    /// Only those that are (not) disabled.
    pub is_disabled: Option<bool>,
}

/// A user to be made.
#[derive(Clone, PartialEq)]
pub struct NewUser {
    /// Sign-in name: 1 to 64 letters, digits and `. _ - @ +`.
    pub name: String,
    /// Name to show, at most 128 characters.
    pub display_name: Option<String>,
    /// Mail address, at most 254 characters.
    pub email: Option<String>,
    /// Role.
    pub role: Role,
    /// First password; without one the user can only be reached by tokens until a password is set.
    pub password: Option<String>,
    /// Task-function permissions beyond the role.
    pub grants: Vec<String>,
}

/// What of a user is to be changed: `None` keeps, `Some(None)` clears.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserPatch {
    /// Name to show.
    pub display_name: Option<Option<String>>,
    /// Mail address.
    pub email: Option<Option<String>>,
    /// Role.
    pub role: Option<Role>,
    /// Task-function permissions beyond the role, all of them.
    pub grants: Option<Vec<String>>,
    /// Disabling ends the user's sessions at once and stops their tokens while it lasts.
    pub is_disabled: Option<bool>,
}

/// What of the own account is to be changed: `None` keeps, `Some(None)` clears.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountPatch {
    /// Name to show.
    pub display_name: Option<Option<String>>,
    /// Mail address.
    pub email: Option<Option<String>>,
    /// Preferences of the web page: an object that replaces the former one, at most 16 KiB as JSON.
    pub preferences: Option<Value>,
}

/// A token to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewToken {
    /// Whose; `None` for the asker's own. Only administrators make tokens for others.
    pub user_id: Option<i64>,
    /// Name given to it, 1 to 100 characters.
    pub label: String,
    /// What it may do.
    pub scope: Scope,
    /// When it ends; `None` never.
    pub expires_at: Option<Timestamp>,
}

/// A session that has just begun; the secret is not kept anywhere else.
#[derive(Clone, PartialEq)]
pub struct NewSession {
    /// What the browser keeps and shows with each request (`ors_…`).
    pub secret: String,
    /// The session.
    pub session: Session,
    /// Who signed in.
    pub user: User,
}

/// A request that was refused, for the audit trail.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Who asked, when that is known.
    pub actor: Option<Actor>,
    /// What was asked for, in words without secrets: a method and a route pattern, for example.
    pub wanted: String,
    /// Why it was refused.
    pub reason: String,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NewSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

//! Users, as administrators see them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::double;

/// What a user may do in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, of everybody.
    Admin,
    /// Owns jobs and runs them.
    User,
    /// Looks, changes nothing.
    Viewer,
}

/// What a token may do of what its user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Only reading.
    Read,
    /// Reading, starting, cancelling.
    Run,
    /// All the user may do.
    Full,
}

/// A person or program that may sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Number.
    pub id: i64,
    /// Sign-in name.
    pub name: String,
    /// Name to show.
    pub display_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Role.
    pub role: Role,
    /// Grants of task functions beyond the role (`script`, `command`).
    pub grants: Vec<String>,
    /// Disabled users cannot sign in; their tokens do not work.
    pub is_disabled: bool,
    /// Preferences of the web page.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub preferences: Map<String, Value>,
    /// When created.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
    /// When last signed in.
    pub last_login_at: Option<Timestamp>,
}

/// A page of users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserPage {
    /// The users of this page.
    pub items: Vec<User>,
    /// Users on all pages.
    pub total: u64,
    /// Page number, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
    /// Number of pages, at least 1.
    pub total_pages: u64,
}

/// A new user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "maryam", "role": "user", "password": "correct horse battery staple", "grants": ["script"]}))]
pub struct UserCreate {
    /// Sign-in name, unique without regard to case.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Role.
    pub role: Role,
    /// First password; without one only tokens made by an administrator work for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 8, max_length = 256, format = Password)]
    pub password: Option<String>,
    /// Name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Grants of task functions beyond the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<String>>,
}

impl std::fmt::Debug for UserCreate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserCreate")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A partial update of a user. A member left out keeps its value; null clears it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"role": "viewer", "isDisabled": false}))]
pub struct UserUpdate {
    /// Name to show.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub display_name: Option<Option<String>>,
    /// Mail address.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// Role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Grants of task functions; the list is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<String>>,
    /// Whether the user may not sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_disabled: Option<bool>,
}

/// A new password for somebody, set by an administrator.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"password": "correct horse battery staple"}))]
pub struct PasswordSet {
    /// The new password.
    #[schema(min_length = 8, max_length = 256, format = Password)]
    pub password: String,
}

impl std::fmt::Debug for PasswordSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordSet").finish_non_exhaustive()
    }
}

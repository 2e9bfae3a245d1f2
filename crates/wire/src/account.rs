//! One's own account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::double;
use crate::user::User;

/// One's own account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The user.
    pub user: User,
    /// How this request is authenticated: `session:12`, `token:7`.
    pub via: String,
}

/// A partial update of one's own account. A member left out keeps its value; null clears it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"displayName": "Maryam", "preferences": {"language": "ar", "timezone": "Africa/Cairo"}}))]
pub struct AccountUpdate {
    /// Name to show.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub display_name: Option<Option<String>>,
    /// Mail address.
    #[serde(default, with = "double", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// Preferences of the web page; the object is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    pub preferences: Option<Map<String, Value>>,
}

/// A new password for oneself. All other sessions end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"currentPassword": "correct horse battery staple", "newPassword": "an even longer password"}))]
pub struct PasswordChange {
    /// The password so far.
    #[schema(max_length = 256, format = Password)]
    pub current_password: String,
    /// The new one.
    #[schema(min_length = 8, max_length = 256, format = Password)]
    pub new_password: String,
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordChange").finish_non_exhaustive()
    }
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Number.
    pub id: i64,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// When signed in.
    pub created_at: Timestamp,
    /// When last used.
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Address of the browser.
    pub address: Option<String>,
    /// The browser's own description.
    pub user_agent: Option<String>,
}

/// One's sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionList {
    /// The sessions, newest first.
    pub items: Vec<Session>,
    /// Number of them.
    pub total: u64,
}

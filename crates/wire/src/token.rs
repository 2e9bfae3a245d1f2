//! Bearer tokens for programs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::user::Scope;

/// A bearer token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Number.
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
    /// When it ends; null never.
    pub expires_at: Option<Timestamp>,
    /// When last used.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenList {
    /// The tokens, newest first.
    pub items: Vec<Token>,
    /// Number of them.
    pub total: u64,
}

/// A new token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"label": "deploy script", "scope": "run", "expiresAt": "2027-01-01T00:00:00Z"}))]
pub struct TokenCreate {
    /// Name to recognise it by.
    #[schema(min_length = 1, max_length = 100)]
    pub label: String,
    /// What it may do. Default `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// When it ends; never when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// For somebody else (administrators).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
}

/// A token that was just made. The secret is shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenCreated {
    /// What to send after `Authorization: Bearer`.
    pub secret: String,
    /// The token.
    pub token: Token,
}

impl std::fmt::Debug for TokenCreated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCreated")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

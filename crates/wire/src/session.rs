//! Signing in and out, and the first start.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::user::{Role, Scope};

/// Name and password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "admin", "password": "correct horse battery staple"}))]
pub struct SignIn {
    /// Sign-in name.
    #[schema(max_length = 100)]
    pub name: String,
    /// Password.
    #[schema(max_length = 256, format = Password)]
    pub password: String,
}

/// The first administrator, on the first start.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"token": "the token of the printed link", "name": "admin", "password": "correct horse battery staple"}))]
pub struct Setup {
    /// The token of the link that the server printed.
    pub token: String,
    /// Sign-in name of the administrator.
    #[schema(max_length = 100)]
    pub name: String,
    /// Password.
    #[schema(min_length = 8, max_length = 256, format = Password)]
    pub password: String,
}

/// Who asks, as the web page needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionUser {
    /// Number.
    pub id: i64,
    /// Sign-in name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// What the present token or session may do.
    pub scope: Scope,
    /// Grants of task functions beyond the role.
    pub grants: Vec<String>,
    /// Name to show.
    pub display_name: Option<String>,
}

/// Whether and as whom the asker is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionState {
    /// Null when nobody is signed in.
    pub user: Option<SessionUser>,
    /// Whether the installation still has no user.
    pub setup_required: bool,
}

macro_rules! hide_secrets {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).field("name", &self.name).finish_non_exhaustive()
            }
        }
    )*};
}

hide_secrets!(SignIn, Setup);

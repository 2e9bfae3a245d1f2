//! Saved views: filters of a list under a name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lists that have views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewPage {
    /// The list of jobs.
    Jobs,
    /// The list of executions.
    History,
}

/// Filters of a list, kept under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedView {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name of the owner.
    pub owner_name: String,
    /// The list it belongs to.
    pub page: ViewPage,
    /// Its name.
    pub name: String,
    /// The query part of the web page's address.
    pub query: String,
    /// Whether everybody sees it. What somebody finds through it is still only what they may see.
    pub is_shared: bool,
    /// When last saved.
    pub updated_at: Timestamp,
}

/// Saved views of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ViewList {
    /// One's own and shared ones, by name.
    pub items: Vec<SavedView>,
    /// Number of them.
    pub total: u64,
}

/// A view to be saved. One's own of the same list and name is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"page": "jobs", "name": "Failed backups", "query": "status=failed&tag=backup"}))]
pub struct ViewSave {
    /// The list it belongs to.
    pub page: ViewPage,
    /// Its name.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    /// The query part of the web page's address.
    #[schema(max_length = 2000)]
    pub query: String,
    /// Whether everybody is to see it.
    #[serde(default)]
    pub is_shared: bool,
}

//! Groups of devices.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::double;

/// A group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// Numbers of the devices, of a group by list.
    pub devices: Option<Vec<i64>>,
    /// The condition, of a group by rule.
    #[schema(value_type = Option<Object>)]
    pub rule: Option<Value>,
    /// Number of devices that belong to it now and that the asker may use.
    pub member_count: u64,
    /// Users who may use it too. Empty for those with whom it is only shared.
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it. False for those with whom it is only shared.
    pub shared_with_everybody: bool,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// Groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupList {
    /// The groups, by name.
    pub items: Vec<Group>,
    /// Number of them.
    pub total: u64,
}

/// A new group: by list, or by rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Web servers in Cairo", "rule": {"all": [{"field": "tags", "op": "contains", "value": "web"}, {"field": "facts.os", "op": "eq", "value": "linux"}]}}))]
pub struct GroupCreate {
    /// Name, unique among the owner's.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Numbers of the devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<i64>>,
    /// A condition: `{"all": […]}`, `{"any": […]}`, `{"not": …}`, or `{"field", "op", "value"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub rule: Option<Value>,
    /// Users who may use it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it.
    #[serde(default)]
    pub shared_with_everybody: bool,
}

/// A change of a group. What is left out stays, null removes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupUpdate {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// New description.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    pub description: Option<Option<String>>,
    /// New colour.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    pub color: Option<Option<String>>,
    /// The group is by list from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<i64>>,
    /// The group is by rule from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub rule: Option<Value>,
    /// New list of users who may use it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Vec<i64>>,
    /// Whether everybody may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with_everybody: Option<bool>,
}

/// Devices to be counted for a group before it is saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupPreview {
    /// A condition, as in a group.
    #[schema(value_type = Object)]
    pub rule: Value,
}

/// Devices of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMembers {
    /// The devices that belong to it now and that the asker may use, by name.
    pub items: Vec<GroupMember>,
    /// Number of them.
    pub total: u64,
}

/// A device of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMember {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: String,
    /// `online`, `offline`, `suspended`, `revoked`.
    pub status: String,
}

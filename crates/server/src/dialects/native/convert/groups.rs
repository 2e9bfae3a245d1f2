//! Groups of devices on their way out.

use orloj_engine::model::{self, Members};
use orloj_wire::groups::Group;
use serde_json::json;

/// A group with the number of devices in it.
pub(crate) fn to_group(group: model::Group, member_count: u64) -> Group {
    let (devices, rule) = match group.members {
        Members::Listed(devices) => (Some(devices), None),
        Members::Matching(rule) => (None, Some(json!(rule))),
    };
    Group {
        id: group.id,
        owner_id: group.owner_id,
        name: group.name,
        description: group.description,
        color: group.color,
        devices,
        rule,
        member_count,
        shared_with: group.sharing.users,
        shared_with_everybody: group.sharing.everybody,
        created_at: group.created_at,
        updated_at: group.updated_at,
    }
}

//! Groups of devices, by list or by rule.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::secret::Sharing;

/// A group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Number.
    pub id: i64,
    /// Whose it is.
    pub owner_id: i64,
    /// Name; unique among its owner's.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// Which devices belong to it.
    pub members: Members,
    /// Who may use it besides the owner. Others than the owner and administrators do not see with whom.
    pub sharing: Sharing,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// Which devices belong to a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Members {
    /// These.
    Listed(Vec<i64>),
    /// Those for which this holds at the moment of asking.
    Matching(GroupRule),
}

/// A condition on a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum GroupRule {
    /// All of these hold (none at all: holds).
    All {
        /// The conditions.
        all: Vec<GroupRule>,
    },
    /// At least one of these holds (none at all: does not hold).
    Any {
        /// The conditions.
        any: Vec<GroupRule>,
    },
    /// This does not hold.
    Not {
        /// The condition.
        not: Box<GroupRule>,
    },
    /// A field compares like this.
    Test(GroupTest),
}

/// A comparison of a field of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupTest {
    /// `name`, `tags`, `status`, or a fact by its path, as in `facts.os.name`.
    pub field: String,
    /// How.
    pub op: GroupOperator,
    /// With what; nothing for `exists`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

/// How a field is compared. Texts without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupOperator {
    /// Equal; for a list: is one of its members.
    Eq,
    /// Not equal; also when the field is not there.
    Ne,
    /// Equal to one of a list.
    In,
    /// Contains this text; for a list: has this member.
    Contains,
    /// Begins with this text.
    StartsWith,
    /// Ends with this text.
    EndsWith,
    /// Is there and not null.
    Exists,
    /// Less than this number.
    Lt,
    /// At most this number.
    Lte,
    /// More than this number.
    Gt,
    /// At least this number.
    Gte,
}

/// A group to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewGroup {
    /// 1 to 100 characters.
    pub name: String,
    /// At most 1000 characters.
    pub description: Option<String>,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// Which devices belong to it.
    pub members: Members,
    /// Who else may use it.
    pub sharing: Sharing,
}

/// A change of a group; what is `None` stays, an inner `None` removes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupPatch {
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<Option<String>>,
    /// New colour.
    pub color: Option<Option<String>>,
    /// Which devices belong to it from now on.
    pub members: Option<Members>,
    /// New sharing.
    pub sharing: Option<Sharing>,
}

/// A device of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDevice {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Word for where it stands.
    pub status: &'static str,
}

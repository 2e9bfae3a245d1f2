//! Devices, how they enrol, and what each of them did for an execution.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::double;

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceStatus {
    /// Connected, and heard within the last 45 seconds.
    Online,
    /// Not connected.
    Offline,
    /// Its identity was used twice, or somebody suspended it: its agent is not let in.
    Suspended,
    /// Its agent may not come back.
    Revoked,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Number.
    pub id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name; its host name at first.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Where it stands.
    #[schema(inline)]
    pub status: DeviceStatus,
    /// What its agent says of it: `hostname`, `os`, `osName`, `addresses`, `cpus`, `memoryTotal`, `disks`, `shells`, …
    #[schema(value_type = Object)]
    pub facts: Map<String, Value>,
    /// Version of its agent.
    pub agent_version: Option<String>,
    /// Address that it came from last.
    pub address: Option<String>,
    /// Since when it has been connected, while it is.
    pub connected_at: Option<Timestamp>,
    /// When it was heard last, to 15 seconds.
    pub last_seen_at: Option<Timestamp>,
    /// When it reported its facts last.
    pub facts_at: Option<Timestamp>,
    /// Set while it is given no new work.
    pub maintenance: Option<Maintenance>,
    /// When it was suspended.
    pub suspended_at: Option<Timestamp>,
    /// Why: `duplicate_identity`, or `by_hand`.
    pub suspend_reason: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Users who may use it too. Empty for those with whom it is only shared.
    pub shared_with: Vec<i64>,
    /// Whether everybody may use it. False for those with whom it is only shared.
    pub shared_with_everybody: bool,
    /// When enrolled.
    pub created_at: Timestamp,
    /// When last changed by a person.
    pub updated_at: Timestamp,
}

/// A time in which a device is given no new work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Maintenance {
    /// Since when.
    pub since: Timestamp,
    /// Until when; null until somebody ends it.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

/// A page of devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePage {
    /// The devices, by name.
    pub items: Vec<Device>,
    /// Number of all.
    pub total: u64,
    /// Number of the page, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
}

/// A change of a device. What is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "web-01", "tags": ["web", "production"]}))]
pub struct DeviceUpdate {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// New description; null removes it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double")]
    #[schema(max_length = 1000)]
    pub description: Option<Option<String>>,
    /// New tags, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    pub tags: Option<Vec<String>>,
    /// New list of users who may use it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Vec<i64>>,
    /// Whether everybody may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with_everybody: Option<bool>,
}

/// How maintenance begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "new disk"}))]
pub struct MaintenanceBegin {
    /// Until when; left out until somebody ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

/// A token to be made that enrols one device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"validSeconds": 900, "tags": ["web"]}))]
pub struct EnrollmentCreate {
    /// For somebody else (administrators).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<i64>,
    /// Seconds that it can be used; 900 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 60, maximum = 86400)]
    pub valid_seconds: Option<u32>,
    /// Name of the device; its host name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Tags of the device.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
}

/// A token that enrols one device, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enrollment {
    /// What `orloj-agent enroll --token` takes. Shown this once; it carries the server's public key.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What one device did for one execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceOrder {
    /// The execution's number: what the routes of executions take as well as the UUID.
    pub execution_number: i64,
    /// The device.
    pub device_id: i64,
    /// Its name now; empty once it was removed.
    pub device_name: String,
    /// The execution's attempt that asked last.
    pub attempt: u32,
    /// Batch of the roll-out, from 1.
    pub batch: u32,
    /// `planned`, `queued`, `sent`, `accepted`, `started`, `ended`.
    pub state: String,
    /// Whether the device has been silent although it is at work.
    pub is_unreachable: bool,
    /// Once it has ended: `success`, `failed`, `timeout`, `cancelled`, `lost`, `refused`, `unreached`.
    pub outcome: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Step that it is at or was at last, from 0.
    pub step: Option<u32>,
    /// How far, in per cent, while it is at work.
    pub progress: Option<u8>,
    /// What it says it is doing.
    pub note: Option<String>,
    /// Code with which the last program ended.
    pub exit_code: Option<i64>,
    /// What became of each step.
    #[schema(value_type = Option<Vec<Object>>)]
    pub steps: Option<Value>,
    /// When asked.
    pub created_at: Timestamp,
    /// Not begun later than this.
    pub expires_at: Option<Timestamp>,
    /// When it was handed to the device.
    pub sent_at: Option<Timestamp>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was settled.
    pub ended_at: Option<Timestamp>,
    /// Bytes of output that were kept.
    pub output_bytes: u64,
}

/// What devices did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceOrderList {
    /// One for each device (of an execution), or for each execution (of a device, newest first).
    pub items: Vec<DeviceOrder>,
    /// Number of them.
    pub total: u64,
}

/// A piece of what a device wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceOutputPiece {
    /// Number, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Step, from 0.
    pub step: u32,
    /// `stdout`, `stderr` or `system`.
    pub stream: String,
    /// The text, with its line breaks.
    pub text: String,
}

/// A part of what a device wrote for an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceOutput {
    /// The pieces, in order.
    pub items: Vec<DeviceOutputPiece>,
    /// Whether the device has ended and this is the rest.
    pub complete: bool,
}

impl std::fmt::Debug for Enrollment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrollment")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

//! Data of the server-sent events on `/api/v1/events`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Data of `job.changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobChanged {
    /// The job.
    pub job_id: i64,
}

/// Data of `execution.changed` and `log.grew`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionChanged {
    /// Number of the execution.
    pub id: i64,
    /// UUID of the execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
    /// Its job.
    pub job_id: Option<i64>,
}

/// Data of `device.changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceChanged {
    /// The device: it came, went, was changed or removed.
    pub device_id: i64,
}

/// Data of `resync`: events may have been lost, so everything shown should be asked for again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resync {
    /// Why: `resumed` or `lagged`.
    pub reason: String,
}

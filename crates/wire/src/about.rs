//! What this installation is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Version and defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Name of the product.
    pub name: String,
    /// Version.
    pub version: String,
    /// `sqlite` or `postgresql`.
    pub database: String,
    /// The server's clock.
    pub time: Timestamp,
    /// Time zone of jobs that name none.
    pub default_timezone: String,
    /// Days that history is kept unless a job says otherwise; null for ever.
    pub retention_days: Option<u32>,
    /// Name of the instance that answers.
    pub instance_name: String,
}

/// Answer of `/healthz` and `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`.
    pub status: String,
}

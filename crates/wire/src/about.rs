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
    /// Where time zones and their daylight saving come from.
    pub timezone_database: TimezoneDatabase,
    /// Days that history is kept unless a job says otherwise; null for ever.
    pub retention_days: Option<u32>,
    /// Name of the instance that answers.
    pub instance_name: String,
}

/// The time zone database in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimezoneDatabase {
    /// Whose it is.
    pub source: TimezoneSource,
    /// Its version as IANA names it, such as `2026a`; null where the system does not say.
    pub version: Option<String>,
}

/// Whose time zone database is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TimezoneSource {
    /// That of the machine, which its updates keep current.
    System,
    /// The copy inside the program, for machines that have none.
    Bundled,
}

/// Answer of `/healthz` and `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`.
    pub status: String,
}

//! Deployments: what was brought onto devices, and how it went on each of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A deployment: an execution of a task function that devices work for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Number; that of the execution.
    pub id: i64,
    /// UUID of the execution.
    pub execution_id: String,
    /// The job.
    pub job_id: i64,
    /// Whose.
    pub owner_id: i64,
    /// Name.
    pub name: String,
    /// What is deployed.
    pub kind: DeploymentKind,
    /// Where it stands.
    pub status: DeploymentStatus,
    /// What started it: `schedule`, `manual`, `api`, `rerun`, …
    pub triggered_by: String,
    /// How far it is, 0-100.
    pub progress: u8,
    /// How its devices stand.
    pub counts: DeploymentCounts,
    /// In one sentence, once it has ended.
    pub summary: Option<String>,
    /// The same in Arabic; null where that is not another text.
    pub summary_ar: Option<String>,
    /// When recorded.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentKind {
    /// Commands.
    Command,
    /// Software.
    Software,
    /// Files.
    File,
}

/// Where a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentStatus {
    /// Not begun.
    Pending,
    /// Devices are at work, or waited for.
    InProgress,
    /// Every device succeeded.
    Completed,
    /// Some devices succeeded.
    Partial,
    /// No device succeeded.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

/// How many devices stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentCounts {
    /// All of them.
    pub total: u64,
    /// Waiting, for their batch or for the device.
    pub pending: u64,
    /// At work.
    pub running: u64,
    /// Done.
    pub succeeded: u64,
    /// Not done.
    pub failed: u64,
    /// Cancelled before they were done.
    pub cancelled: u64,
    /// Not there in time; nothing was begun.
    pub unreached: u64,
}

/// A page of deployments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentPage {
    /// The deployments, newest first.
    pub items: Vec<Deployment>,
    /// Number of all of them.
    pub total: u64,
    /// Number of this page, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
    /// Number of pages, at least 1.
    pub total_pages: u64,
}

/// A deployment with each device and each step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentDetail {
    /// The deployment.
    #[serde(flatten)]
    pub deployment: Deployment,
    /// What the task function was given.
    #[schema(value_type = Object)]
    pub parameters: Map<String, Value>,
    /// Its steps, in order.
    pub steps: Vec<DeploymentStep>,
    /// Its devices, by name.
    pub devices: Vec<DeploymentDevice>,
}

/// A step of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentStep {
    /// `command`, `software`, `file`.
    pub kind: String,
    /// The software, the file, or the first line of the command.
    pub name: String,
}

/// A device of a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentDevice {
    /// Number of the device.
    pub device_id: i64,
    /// Its name; empty once it was removed.
    pub name: String,
    /// `planned`, `queued`, `sent`, `accepted`, `started`, `ended`.
    pub state: String,
    /// `success`, `failed`, `timeout`, `cancelled`, `lost`, `refused`, `unreached`.
    pub outcome: Option<String>,
    /// Why it stands there or ended so.
    pub reason: Option<String>,
    /// Batch of the roll-out, from 1.
    pub batch: u32,
    /// How far it says it is, 0-100.
    pub progress: Option<u8>,
    /// What it says it is doing.
    pub note: Option<String>,
    /// Code with which the last program ended.
    pub exit_code: Option<i64>,
    /// For each step `pending`, `running`, `success`, `failed` or `skipped`.
    pub steps: Vec<String>,
    /// What the steps reported, in order.
    #[schema(value_type = Option<Vec<Object>>)]
    pub results: Option<Value>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was settled.
    pub ended_at: Option<Timestamp>,
}

/// A deployment to be made now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "htop on the web servers", "kind": "software", "parameters": {"software": [3], "targets": {"groups": [1]}}}))]
pub struct DeploymentCreate {
    /// Name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What is deployed.
    pub kind: DeploymentKind,
    /// Parameters of the task function `command`, `software_deployment` or `file_deployment`.
    #[schema(value_type = Object)]
    pub parameters: Map<String, Value>,
}

/// Which devices are to be tried again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentRetry {
    /// Of those that did not succeed, these; without it, all of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<i64>>,
}

/// Why a deployment is cancelled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentCancel {
    /// For people, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

//! The state of the whole installation.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::execution::Execution;
use crate::job::Job;

/// A running Orloj process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// UUID.
    pub id: String,
    /// Epoch: no two starts share one.
    pub epoch: i64,
    /// Name.
    pub instance_name: String,
    /// Host.
    pub host_name: String,
    /// Process number.
    pub process_id: i64,
    /// `embedded`, `standalone`, `api`.
    pub mode: String,
    /// `starting`, `running`, `stopping`, `stopped`, `lost`.
    pub status: String,
    /// Version of Orloj.
    pub version: String,
    /// When started.
    pub started_at: Timestamp,
    /// Last heartbeat.
    pub last_heartbeat: Timestamp,
    /// When ended.
    pub stopped_at: Option<Timestamp>,
    /// Shards it owns now.
    pub shards: u32,
}

/// The state of the scheduler, with counts of what the asker may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchedulerStatus {
    /// Whether some instance schedules.
    pub is_running: bool,
    /// How the answering instance runs the scheduler.
    pub mode: String,
    /// UUID of the answering instance.
    pub instance_id: String,
    /// Instances alive.
    pub active_instances: u64,
    /// The instances alive.
    pub instances: Vec<Instance>,
    /// Jobs not deleted.
    pub total_jobs: u64,
    /// Of those, enabled and not paused.
    pub enabled_jobs: u64,
    /// Of those, not enabled and not paused.
    pub disabled_jobs: u64,
    /// Of those, paused.
    pub paused_jobs: u64,
    /// Executions running now.
    pub running_executions: u64,
    /// Executions waiting for a slot, a limit or a retry.
    pub waiting_executions: u64,
    /// Last heartbeat of the answering instance.
    pub last_heartbeat: Timestamp,
    /// Every due instant up to here has been decided.
    pub watermark: Timestamp,
    /// The job that is due next.
    pub next_scheduled_job: Option<Job>,
    /// The last five executions.
    pub recent_executions: Vec<Execution>,
}

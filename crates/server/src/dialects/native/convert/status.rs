//! The state of the scheduler on its way out.

use orloj_engine::model;
use orloj_wire::status::{Instance, SchedulerStatus};

use super::schedule::Parts;
use super::{execution, job};

/// The state of the scheduler. `parts` say how the interval of the next job was said.
pub(crate) fn to_status(status: model::SystemStatus, parts: Option<Parts>) -> SchedulerStatus {
    SchedulerStatus {
        is_running: status.is_running,
        mode: status.instance.mode.word().to_owned(),
        instance_id: status.instance.uuid.clone(),
        active_instances: status.instances.len() as u64,
        total_jobs: status.total_jobs,
        enabled_jobs: status.enabled_jobs,
        disabled_jobs: status
            .total_jobs
            .saturating_sub(status.enabled_jobs)
            .saturating_sub(status.paused_jobs),
        paused_jobs: status.paused_jobs,
        running_executions: status.running_executions,
        waiting_executions: status.waiting_executions,
        last_heartbeat: status.instance.seen_at,
        watermark: status.watermark,
        instances: status.instances.into_iter().map(to_instance).collect(),
        next_scheduled_job: status.next_job.map(|view| job::to_job(view, parts)),
        recent_executions: status
            .recent
            .into_iter()
            .map(execution::to_execution)
            .collect(),
    }
}

fn to_instance(instance: model::Instance) -> Instance {
    Instance {
        id: instance.uuid,
        epoch: instance.id,
        instance_name: instance.name,
        host_name: instance.host,
        process_id: instance.pid,
        mode: instance.mode.word().to_owned(),
        status: instance.status.word().to_owned(),
        version: instance.version,
        started_at: instance.started_at,
        last_heartbeat: instance.seen_at,
        stopped_at: instance.stopped_at,
        shards: instance.shards,
    }
}

//! Deployments on their way out.

use orloj_engine::model::{self, Status};
use orloj_wire::deployments::{
    Deployment, DeploymentCounts, DeploymentDetail, DeploymentDevice, DeploymentKind,
    DeploymentStatus, DeploymentStep,
};

use super::draft::object;

/// The task function behind a kind.
pub(crate) fn function(kind: DeploymentKind) -> &'static str {
    match kind {
        DeploymentKind::Command => "command",
        DeploymentKind::Software => "software_deployment",
        DeploymentKind::File => "file_deployment",
    }
}

fn kind(function: &str) -> DeploymentKind {
    match function {
        "software_deployment" => DeploymentKind::Software,
        "file_deployment" => DeploymentKind::File,
        _ => DeploymentKind::Command,
    }
}

/// A deployment.
pub(crate) fn to_deployment(deployment: model::Deployment) -> Deployment {
    let counts = deployment.counts;
    let execution = deployment.execution;
    let status = match execution.status {
        Status::Pending => DeploymentStatus::Pending,
        Status::Running => DeploymentStatus::InProgress,
        Status::Success => DeploymentStatus::Completed,
        Status::Partial => DeploymentStatus::Partial,
        Status::Cancelled => DeploymentStatus::Cancelled,
        Status::Failed | Status::Timeout | Status::Missed | Status::Skipped | Status::Lost => {
            DeploymentStatus::Failed
        }
    };
    let outcome = execution.outcome;
    let (summary, summary_ar) = match outcome.summary {
        Some(summary) => (Some(summary), outcome.summary_ar),
        None => (outcome.error_message, outcome.error_message_ar),
    };
    Deployment {
        id: execution.id,
        execution_id: execution.uuid,
        job_id: execution.job_id,
        owner_id: execution.owner_id,
        name: deployment.name,
        kind: kind(&execution.task_function),
        status,
        triggered_by: execution.trigger.word().to_owned(),
        progress: deployment.progress,
        counts: DeploymentCounts {
            total: counts.total(),
            pending: counts.pending,
            running: counts.running,
            succeeded: counts.succeeded,
            failed: counts.failed,
            cancelled: counts.cancelled,
            unreached: counts.unreached,
        },
        summary: summary.or(execution.reason),
        summary_ar,
        created_at: execution.created_at,
        started_at: execution.started_at,
        ended_at: execution.finished_at,
    }
}

/// A deployment with each device and each step.
pub(crate) fn to_detail(matrix: model::DeploymentMatrix) -> DeploymentDetail {
    DeploymentDetail {
        parameters: object(matrix.deployment.parameters.clone()),
        deployment: to_deployment(matrix.deployment),
        steps: matrix
            .steps
            .into_iter()
            .map(|step| DeploymentStep {
                kind: step.kind,
                name: step.name,
            })
            .collect(),
        devices: matrix.devices.into_iter().map(to_device).collect(),
    }
}

fn to_device(device: model::DeploymentDevice) -> DeploymentDevice {
    let order = device.order;
    DeploymentDevice {
        device_id: order.device_id,
        name: order.device_name,
        state: order.state.word().to_owned(),
        outcome: order.outcome.map(|outcome| outcome.word().to_owned()),
        reason: order.reason,
        batch: order.batch,
        progress: order.progress,
        note: order.note,
        exit_code: order.exit_code,
        steps: device
            .steps
            .into_iter()
            .map(|step| step.word().to_owned())
            .collect(),
        results: order.result,
        started_at: order.started_at,
        ended_at: order.ended_at,
    }
}

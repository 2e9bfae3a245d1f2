//! Devices on their way in and out.

use orloj_engine::model;
use orloj_wire::devices::{Device, DeviceOrder, DeviceOutputPiece, DeviceStatus, Maintenance};

use super::draft::object;

/// A device.
pub(crate) fn to_device(device: model::Device) -> Device {
    let suspension = device.suspension;
    Device {
        id: device.id,
        owner_id: device.owner_id,
        name: device.name,
        description: device.description,
        tags: device.tags,
        status: to_status(device.status),
        facts: object(device.facts),
        agent_version: device.agent_version,
        address: device.address,
        connected_at: device.connected_at,
        last_seen_at: device.seen_at,
        facts_at: device.facts_at,
        maintenance: device.maintenance.map(|maintenance| Maintenance {
            since: maintenance.since,
            until: maintenance.until,
            reason: maintenance.reason,
        }),
        suspended_at: suspension.as_ref().map(|suspension| suspension.at),
        suspend_reason: suspension.map(|suspension| suspension.reason),
        revoked_at: device.revoked_at,
        shared_with: device.sharing.users,
        shared_with_everybody: device.sharing.everybody,
        created_at: device.created_at,
        updated_at: device.updated_at,
    }
}

fn to_status(status: model::DeviceStatus) -> DeviceStatus {
    match status {
        model::DeviceStatus::Online => DeviceStatus::Online,
        model::DeviceStatus::Offline => DeviceStatus::Offline,
        model::DeviceStatus::Suspended => DeviceStatus::Suspended,
        model::DeviceStatus::Revoked => DeviceStatus::Revoked,
    }
}

/// A status as the engine knows it.
pub(crate) fn status(status: DeviceStatus) -> model::DeviceStatus {
    match status {
        DeviceStatus::Online => model::DeviceStatus::Online,
        DeviceStatus::Offline => model::DeviceStatus::Offline,
        DeviceStatus::Suspended => model::DeviceStatus::Suspended,
        DeviceStatus::Revoked => model::DeviceStatus::Revoked,
    }
}

/// What a device did for an execution.
pub(crate) fn to_order(order: model::DeviceOrder) -> DeviceOrder {
    DeviceOrder {
        execution_number: order.execution_id,
        device_id: order.device_id,
        device_name: order.device_name,
        attempt: order.number,
        batch: order.batch,
        state: order.state.word().to_owned(),
        is_unreachable: order.is_unreachable,
        outcome: order.outcome.map(|outcome| outcome.word().to_owned()),
        reason: order.reason,
        step: order.step,
        progress: order.progress,
        note: order.note,
        exit_code: order.exit_code,
        steps: order.result,
        created_at: order.created_at,
        expires_at: order.expires_at,
        sent_at: order.sent_at,
        started_at: order.started_at,
        ended_at: order.ended_at,
        output_bytes: order.output_bytes,
    }
}

/// A piece of what a device wrote.
pub(crate) fn to_piece(piece: model::DeviceOutput) -> DeviceOutputPiece {
    DeviceOutputPiece {
        seq: piece.seq,
        at: piece.at,
        step: piece.step,
        stream: piece.stream,
        text: piece.text,
    }
}

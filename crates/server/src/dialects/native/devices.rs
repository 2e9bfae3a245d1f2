//! Devices: enrolled, listed, changed, sent away; and what they did.

use axum::extract::State;
use http::StatusCode;

use orloj_engine::model::{DevicePatch, NewEnrollment};
use orloj_wire::devices::{
    Device, DeviceOrderList, DeviceOutput, DevicePage, DeviceUpdate, Enrollment, EnrollmentCreate,
    MaintenanceBegin,
};

use super::convert::connections::sharing;
use super::convert::devices::{to_device, to_order, to_piece};
use super::convert::query as convert;
use super::query;
use crate::agents;
use crate::app::App;
use crate::auth::Asked;
use crate::http::access::Access::{Change, Public, Read};
use crate::http::failure::Failure;
use crate::http::json::{Json, MaybeJson};
use crate::http::path::{ExecutionDevice, Id, Reference};
use crate::http::query::Query;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// The routes of devices.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/devices", Read, list)
            .named("devices", "listDevices", "List devices")
            .about("One's own and those shared with one. Administrators see all.")
            .query::<query::Devices>()
            .answers::<DevicePage>(200),
        Route::post("/api/v1/devices/enrollment-tokens", Change, create_token)
            .named("devices", "createEnrollmentToken", "Make a token that enrols one device")
            .about("The token works once and ends soon. It carries the server's public key, by which the agent knows the server from then on.")
            .may_take::<EnrollmentCreate>()
            .answers::<Enrollment>(201)
            .or(409, "The installation has no key to keep the fleet's private key under, or very many tokens are open"),
        Route::get("/api/v1/devices/{id}", Read, get)
            .named("devices", "getDevice", "Get a device")
            .answers::<Device>(200),
        Route::patch("/api/v1/devices/{id}", Change, update)
            .named("devices", "updateDevice", "Update a device")
            .takes::<DeviceUpdate>()
            .answers::<Device>(200),
        Route::delete("/api/v1/devices/{id}", Change, delete)
            .named("devices", "deleteDevice", "Remove a device")
            .about("Its agent is sent away and never let in again; what it was to do ends. The history of executions stays."),
        Route::post("/api/v1/devices/{id}/revoke", Change, revoke)
            .named("devices", "revokeDevice", "Take a device's right to connect")
            .about("For good, and at once (within a second on other instances). What it was to do ends.")
            .answers::<Device>(200),
        Route::post("/api/v1/devices/{id}/suspend", Change, suspend)
            .named("devices", "suspendDevice", "Suspend a device")
            .answers::<Device>(200)
            .or(409, "The device was revoked"),
        Route::post("/api/v1/devices/{id}/resume", Change, resume)
            .named("devices", "resumeDevice", "Let a suspended device in again")
            .about("After `duplicate_identity` the agent that comes first is believed: find out before which of the two is the right one, or revoke the device and enrol it anew.")
            .answers::<Device>(200)
            .or(409, "The device was revoked"),
        Route::put("/api/v1/devices/{id}/maintenance", Change, begin_maintenance)
            .named("devices", "beginDeviceMaintenance", "Give a device no new work")
            .may_take::<MaintenanceBegin>()
            .answers::<Device>(200),
        Route::delete("/api/v1/devices/{id}/maintenance", Change, end_maintenance)
            .named("devices", "endDeviceMaintenance", "Give a device work again")
            .answers::<Device>(200),
        Route::get("/api/v1/devices/{id}/orders", Read, orders)
            .named("devices", "listDeviceOrders", "List what a device did last")
            .about("Newest first, at most 200. Those with whom a device is shared see what their own jobs had it do.")
            .answers::<DeviceOrderList>(200),
        Route::get("/api/v1/scheduler/executions/{execution}/devices", Read, of_execution)
            .named("devices", "listExecutionDevices", "List what the devices did for an execution")
            .answers::<DeviceOrderList>(200),
        Route::get("/api/v1/scheduler/executions/{execution}/devices/{device}/output", Read, output)
            .named("devices", "getDeviceOutput", "Get what a device wrote for an execution")
            .about("At most a thousand pieces after `after`; ask again from the last until `complete`.")
            .query::<query::After>()
            .answers::<DeviceOutput>(200),
        Route::get("/api/v1/agents/connect", Public, agents::connect)
            .named("devices", "connectAgent", "The door of the agents (WebSocket)")
            .about("Agents prove who they are inside, by a Noise handshake; see the module `agent` of the crate `orloj-wire`. Browsers are refused.")
            .or(101, "The connection is a WebSocket now")
            .or(426, "The request is none for a WebSocket"),
    ]
}

async fn list(
    Asked(caller): Asked,
    Query(query): Query<query::Devices>,
) -> Answer<Json<DevicePage>> {
    let (filter, page) = convert::devices(query)?;
    let found = caller.devices(filter, page).await?;
    Ok(Json(DevicePage {
        total: found.total,
        page: found.page.number,
        per_page: found.page.size,
        items: found.items.into_iter().map(to_device).collect(),
    }))
}

async fn create_token(
    State(app): State<App>,
    Asked(caller): Asked,
    MaybeJson(body): MaybeJson<EnrollmentCreate>,
) -> Answer<(StatusCode, Json<Enrollment>)> {
    let key = agents::fleet_key(&app).await?;
    let made = caller
        .create_enrollment(NewEnrollment {
            owner_id: body.owner_id,
            valid_seconds: body.valid_seconds,
            name: body.name,
            tags: body.tags,
        })
        .await?;
    let answer = Enrollment {
        token: format!("{}.{}", made.token, key.public.text()),
        expires_at: made.expires_at,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn get(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Device>> {
    Ok(Json(to_device(caller.device(id).await?)))
}

async fn update(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<DeviceUpdate>,
) -> Answer<Json<Device>> {
    let before = caller.device(id).await?;
    let patch = DevicePatch {
        name: body.name,
        description: body.description,
        tags: body.tags,
        sharing: sharing(before.sharing, body.shared_with, body.shared_with_everybody),
    };
    Ok(Json(to_device(caller.update_device(id, patch).await?)))
}

async fn delete(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.delete_device(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn revoke(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Device>> {
    Ok(Json(to_device(caller.revoke_device(id).await?)))
}

async fn suspend(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Device>> {
    Ok(Json(to_device(
        caller.set_device_suspended(id, true).await?,
    )))
}

async fn resume(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Device>> {
    Ok(Json(to_device(
        caller.set_device_suspended(id, false).await?,
    )))
}

async fn begin_maintenance(
    Asked(caller): Asked,
    Id(id): Id,
    MaybeJson(body): MaybeJson<MaintenanceBegin>,
) -> Answer<Json<Device>> {
    let device = caller
        .set_device_maintenance(id, true, body.until, body.reason)
        .await?;
    Ok(Json(to_device(device)))
}

async fn end_maintenance(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Device>> {
    let device = caller.set_device_maintenance(id, false, None, None).await?;
    Ok(Json(to_device(device)))
}

async fn orders(Asked(caller): Asked, Id(id): Id) -> Answer<Json<DeviceOrderList>> {
    let orders = caller.device_orders(id).await?;
    Ok(Json(DeviceOrderList {
        total: orders.len() as u64,
        items: orders.into_iter().map(to_order).collect(),
    }))
}

async fn of_execution(
    Asked(caller): Asked,
    Reference(reference): Reference,
) -> Answer<Json<DeviceOrderList>> {
    let orders = caller.execution_devices(&reference).await?;
    Ok(Json(DeviceOrderList {
        total: orders.len() as u64,
        items: orders.into_iter().map(to_order).collect(),
    }))
}

async fn output(
    Asked(caller): Asked,
    Reference(reference): Reference,
    ExecutionDevice(device): ExecutionDevice,
    Query(query): Query<query::After>,
) -> Answer<Json<DeviceOutput>> {
    let after = query.after.unwrap_or(0);
    let (has_ended, pieces) = caller
        .execution_device_output(&reference, device, after)
        .await?;
    Ok(Json(DeviceOutput {
        complete: has_ended,
        items: pieces.into_iter().map(to_piece).collect(),
    }))
}

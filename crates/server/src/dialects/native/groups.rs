//! Groups of devices.

use http::StatusCode;
use serde_json::Value;

use orloj_engine::model::{GroupDevice, GroupPatch, GroupRule, Members, NewGroup, Sharing};
use orloj_wire::groups::{
    Group, GroupCreate, GroupList, GroupMember, GroupMembers, GroupPreview, GroupUpdate,
};

use super::convert::connections::sharing;
use super::convert::groups::to_group;
use crate::auth::Asked;
use crate::http::access::Access::{Change, Read};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// The routes of groups.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/groups", Read, list)
            .named("groups", "listGroups", "List groups")
            .about("One's own and those shared with one. Administrators see all.")
            .answers::<GroupList>(200),
        Route::post("/api/v1/groups", Change, create)
            .named("groups", "createGroup", "Create a group")
            .about("By list (`devices`) or by rule. A rule is `{\"all\": […]}`, `{\"any\": […]}`, `{\"not\": …}`, or a comparison `{\"field\", \"op\", \"value\"}`: fields are `name`, `status`, `tags` and the facts that agents report, such as `facts.os` or `facts.memoryTotal`; operators are `eq`, `ne`, `in`, `contains`, `startsWith`, `endsWith`, `exists`, `lt`, `lte`, `gt`, `gte`. Texts are compared without regard to case.")
            .takes::<GroupCreate>()
            .answers::<Group>(201)
            .or(409, "The owner has one of this name"),
        Route::post("/api/v1/groups/preview", Read, preview)
            .named("groups", "previewGroup", "Show whom a rule would match")
            .takes::<GroupPreview>()
            .answers::<GroupMembers>(200),
        Route::get("/api/v1/groups/{id}", Read, get)
            .named("groups", "getGroup", "Get a group")
            .answers::<Group>(200),
        Route::get("/api/v1/groups/{id}/devices", Read, devices)
            .named("groups", "listGroupDevices", "List the devices of a group")
            .about("Those that belong to it now and that one may use oneself.")
            .answers::<GroupMembers>(200),
        Route::patch("/api/v1/groups/{id}", Change, update)
            .named("groups", "updateGroup", "Update a group")
            .takes::<GroupUpdate>()
            .answers::<Group>(200)
            .or(409, "The owner has one of this name"),
        Route::delete("/api/v1/groups/{id}", Change, delete)
            .named("groups", "deleteGroup", "Delete a group")
            .about("Its devices stay.")
            .or(409, "A job uses it"),
    ]
}

/// Devices or a rule, of which exactly one is to be there.
fn members(devices: Option<Vec<i64>>, given: Option<Value>) -> Answer<Option<Members>> {
    match (devices, given) {
        (Some(_), Some(_)) => Err(Failure::invalid(
            "/rule",
            "a group has either `devices` or a `rule`",
        )),
        (Some(devices), None) => Ok(Some(Members::Listed(devices))),
        (None, Some(text)) => Ok(Some(Members::Matching(rule(text)?))),
        (None, None) => Ok(None),
    }
}

fn rule(text: Value) -> Answer<GroupRule> {
    serde_json::from_value(text).map_err(|_| {
        Failure::invalid(
            "/rule",
            "must be {\"all\": […]}, {\"any\": […]}, {\"not\": …} or {\"field\", \"op\", \"value\"} with a known operator",
        )
    })
}

async fn list(Asked(caller): Asked) -> Answer<Json<GroupList>> {
    let all = caller.groups().await?;
    Ok(Json(GroupList {
        total: all.len() as u64,
        items: all
            .into_iter()
            .map(|(group, count)| to_group(group, count))
            .collect(),
    }))
}

async fn shown(
    caller: &orloj_engine::Caller,
    group: orloj_engine::model::Group,
) -> Answer<Json<Group>> {
    let count = caller.group_devices(group.id).await?.len() as u64;
    Ok(Json(to_group(group, count)))
}

async fn create(
    Asked(caller): Asked,
    Json(body): Json<GroupCreate>,
) -> Answer<(StatusCode, Json<Group>)> {
    let group = caller
        .create_group(NewGroup {
            name: body.name,
            description: body.description,
            color: body.color,
            members: members(body.devices, body.rule)?.unwrap_or(Members::Listed(Vec::new())),
            sharing: Sharing {
                users: body.shared_with,
                everybody: body.shared_with_everybody,
            },
        })
        .await?;
    Ok((StatusCode::CREATED, shown(&caller, group).await?))
}

async fn get(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Group>> {
    let group = caller.group(id).await?;
    shown(&caller, group).await
}

async fn update(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<GroupUpdate>,
) -> Answer<Json<Group>> {
    let before = caller.group(id).await?;
    let patch = GroupPatch {
        name: body.name,
        description: body.description,
        color: body.color,
        members: members(body.devices, body.rule)?,
        sharing: sharing(before.sharing, body.shared_with, body.shared_with_everybody),
    };
    let group = caller.update_group(id, patch).await?;
    shown(&caller, group).await
}

async fn delete(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.delete_group(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn devices(Asked(caller): Asked, Id(id): Id) -> Answer<Json<GroupMembers>> {
    Ok(to_members(caller.group_devices(id).await?))
}

async fn preview(
    Asked(caller): Asked,
    Json(body): Json<GroupPreview>,
) -> Answer<Json<GroupMembers>> {
    Ok(to_members(caller.preview_group(rule(body.rule)?).await?))
}

fn to_members(devices: Vec<GroupDevice>) -> Json<GroupMembers> {
    Json(GroupMembers {
        total: devices.len() as u64,
        items: devices
            .into_iter()
            .map(|device| GroupMember {
                id: device.id,
                name: device.name,
                status: device.status.to_owned(),
            })
            .collect(),
    })
}

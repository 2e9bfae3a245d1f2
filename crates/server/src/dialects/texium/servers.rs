//! Servers: registered, listed, read.

use orloj_engine::model::{NewServer, ServerFilter};
use orloj_engine::{Caller, Error};

use super::body;
use super::convert::to_server;
use super::owner::Owner;
use crate::auth::Asked;
use crate::http::detail::refuse;
use crate::http::failure::Failure;
use crate::http::hex_id::{NOTHING, ServerId, UserId, to_hex};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::span;

type Answer<T> = Result<T, Failure>;

/// An error of the engine in this surface's names.
fn refused(mut error: Error) -> Failure {
    for field in &mut error.fields {
        field.pointer = match field.pointer.as_str() {
            "/host" => "/hostname",
            "/url" => "/instance_url",
            "/connectionName" => "/connection_name",
            "/userName" => "/username",
            "/ownerId" | "/ownerAlias" => "/user_id",
            other => other,
        }
        .to_owned();
    }
    refuse(error)
}

pub(super) async fn create(
    Asked(caller): Asked,
    Json(body): Json<body::ServerCreate>,
) -> Answer<Json<body::ServerDone>> {
    let owner = match &body.user_id {
        Some(user_id) => Owner::named(&caller, user_id)?,
        None => Owner {
            id: caller.actor().user_id,
            alias: None,
        },
    };
    let had_password = body.password.is_some_and(|password| !password.is_empty());
    let new = NewServer {
        owner_id: Some(owner.id),
        owner_alias: owner.alias,
        name: body.name,
        host: body.hostname,
        port: body.port,
        url: body.instance_url,
        status: body.status.unwrap_or_else(|| "running".to_owned()),
        connection_name: body.connection_name,
        user_name: body.username,
    };
    let server = caller.create_server(new).await.map_err(refused)?;
    let mut message = format!("Server '{}' created successfully", server.name);
    if had_password {
        message.push_str("; the password was not kept, because nothing here uses it");
    }
    Ok(Json(body::ServerDone {
        status: body::Success::Success,
        message,
        server_id: to_hex(server.id),
    }))
}

pub(super) async fn list(
    Asked(caller): Asked,
    Query(part): Query<body::Part>,
) -> Answer<Json<body::Servers>> {
    listed(&caller, ServerFilter::default(), part).await
}

pub(super) async fn list_of_user(
    Asked(caller): Asked,
    UserId(owner, alias): UserId,
    Query(part): Query<body::Part>,
) -> Answer<Json<body::Servers>> {
    let filter = if owner == NOTHING {
        ServerFilter {
            owner_id: None,
            owner_alias: Some(alias),
        }
    } else {
        ServerFilter {
            owner_id: Some(owner),
            owner_alias: None,
        }
    };
    listed(&caller, filter, part).await
}

async fn listed(
    caller: &Caller,
    filter: ServerFilter,
    part: body::Part,
) -> Answer<Json<body::Servers>> {
    let part = part.checked()?;
    let servers = span::span_or_all(part.skip, part.limit, |page| {
        caller.servers(filter.clone(), page)
    })
    .await?;
    let data: Vec<_> = servers.into_iter().map(to_server).collect();
    Ok(Json(body::Servers {
        status: body::Success::Success,
        message: format!("{} servers retrieved successfully", data.len()),
        total: data.len() as u64,
        data,
    }))
}

pub(super) async fn get(
    Asked(caller): Asked,
    ServerId(id): ServerId,
) -> Answer<Json<body::OneServer>> {
    Ok(Json(body::OneServer {
        status: body::Success::Success,
        message: "Server retrieved successfully".to_owned(),
        data: to_server(caller.server(id).await?),
    }))
}

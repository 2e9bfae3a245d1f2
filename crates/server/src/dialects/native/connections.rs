//! Connections and their kinds.

use http::StatusCode;
use serde_json::Value;

use orloj_engine::model::{ConnectionPatch, NewConnection, Sharing};
use orloj_tasks::ConnectionKind as Kind;
use orloj_wire::connections::{
    Connection, ConnectionCreate, ConnectionKind, ConnectionList, ConnectionTables, ConnectionTest,
    ConnectionUpdate,
};

use super::convert::connections::{sharing, to_connection, to_kind, to_uses};
use super::query::{Force, WithUses};
use crate::auth::Asked;
use crate::http::access::Access::{Change, Read};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::IdOrBuiltin;
use crate::http::query::Query;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// The routes of connections.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/connections", Read, list)
            .named("connections", "listConnections", "List connections")
            .about("One's own and those shared with one. Administrators see all, and the built-in one to the scheduler's own history.")
            .query::<WithUses>()
            .answers::<ConnectionList>(200),
        Route::post("/api/v1/connections", Change, create)
            .named("connections", "createConnection", "Store a connection")
            .about("Secret fields are stored encrypted and answered as `{\"$set\": true}`. Any text of the settings may be `{\"$secret\": \"name\"}`. Only administrators make connections to files of the server or to private addresses.")
            .takes::<ConnectionCreate>()
            .answers::<Connection>(201)
            .or(409, "The owner has one of this name, or the installation has no key"),
        Route::get("/api/v1/connections/{id}", Read, get)
            .named("connections", "getConnection", "Get a connection")
            .answers::<Connection>(200),
        Route::patch("/api/v1/connections/{id}", Change, update)
            .named("connections", "updateConnection", "Update a connection")
            .takes::<ConnectionUpdate>()
            .answers::<Connection>(200)
            .or(409, "The owner has one of this name, or the connection is built in"),
        Route::delete("/api/v1/connections/{id}", Change, delete)
            .named("connections", "deleteConnection", "Delete a connection")
            .about("Refused while jobs or notification channels use it, unless it is forced; they fail from then on.")
            .query::<Force>()
            .or(409, "Something uses the connection, or it is built in"),
        Route::post("/api/v1/connections/{id}/test", Change, test)
            .named("connections", "testConnection", "Try a connection out")
            .about("Goes as far as is possible without changing anything: databases are opened, mail servers are asked to accept the account, web services get a HEAD request, object stores are asked for the bucket, of brokers only the port is tried.")
            .answers::<ConnectionTest>(200),
        Route::get("/api/v1/connections/{id}/tables", Change, tables)
            .named("connections", "listConnectionTables", "List the tables of a connection")
            .about("Asked from the database itself; only those that the connection opens to jobs. When it does not answer, the list is empty and the message says why.")
            .answers::<ConnectionTables>(200),
        Route::get("/api/v1/connection-kinds", Read, kinds)
            .named("connections", "listConnectionKinds", "List kinds of connections")
            .answers_list::<ConnectionKind>(),
    ]
}

async fn list(Asked(caller): Asked, Query(query): Query<WithUses>) -> Answer<Json<ConnectionList>> {
    let connections = caller.connections().await?;
    let mut items: Vec<Connection> = connections.into_iter().map(to_connection).collect();
    if query.with_uses.unwrap_or(false) {
        let mut all = caller.referrers_of_connections().await?;
        for connection in &mut items {
            connection.uses = Some(to_uses(all.remove(&connection.id).unwrap_or_default()));
        }
    }
    Ok(Json(ConnectionList {
        total: items.len() as u64,
        items,
    }))
}

async fn create(
    Asked(caller): Asked,
    Json(body): Json<ConnectionCreate>,
) -> Answer<(StatusCode, Json<Connection>)> {
    let connection = caller
        .create_connection(NewConnection {
            owner_id: body.owner_id,
            name: body.name,
            description: body.description,
            kind: body.kind,
            settings: Value::Object(body.settings),
            is_read_only: body.read_only,
            allowed_tables: body.allowed_tables,
            sharing: Sharing {
                users: body.shared_with,
                everybody: body.shared_with_everybody,
            },
        })
        .await?;
    Ok((StatusCode::CREATED, Json(to_connection(connection))))
}

async fn get(Asked(caller): Asked, IdOrBuiltin(id): IdOrBuiltin) -> Answer<Json<Connection>> {
    Ok(Json(to_connection(caller.connection(id).await?)))
}

async fn update(
    Asked(caller): Asked,
    IdOrBuiltin(id): IdOrBuiltin,
    Json(body): Json<ConnectionUpdate>,
) -> Answer<Json<Connection>> {
    let before = caller.connection(id).await?;
    let patch = ConnectionPatch {
        name: body.name,
        description: body.description,
        settings: body.settings.map(Value::Object),
        is_read_only: body.read_only,
        allowed_tables: body.allowed_tables,
        sharing: sharing(before.sharing, body.shared_with, body.shared_with_everybody),
    };
    let changed = caller.update_connection(id, patch).await?;
    Ok(Json(to_connection(changed)))
}

async fn delete(
    Asked(caller): Asked,
    IdOrBuiltin(id): IdOrBuiltin,
    Query(query): Query<Force>,
) -> Answer<StatusCode> {
    caller
        .delete_connection(id, query.force.unwrap_or(false))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn test(Asked(caller): Asked, IdOrBuiltin(id): IdOrBuiltin) -> Answer<Json<ConnectionTest>> {
    let test = Box::pin(caller.test_connection(id)).await?;
    Ok(Json(ConnectionTest {
        works: test.works,
        message: test.message,
        message_ar: test.message_ar,
    }))
}

async fn tables(
    Asked(caller): Asked,
    IdOrBuiltin(id): IdOrBuiltin,
) -> Answer<Json<ConnectionTables>> {
    let asked = Box::pin(caller.tables_of_connection(id)).await?;
    Ok(Json(match asked {
        Ok(tables) => ConnectionTables {
            tables,
            message: None,
            message_ar: None,
        },
        Err(failure) => ConnectionTables {
            tables: Vec::new(),
            message: Some(failure.message),
            message_ar: Some(failure.message_ar),
        },
    }))
}

async fn kinds(Asked(_): Asked) -> Json<Vec<ConnectionKind>> {
    Json(Kind::all().iter().map(to_kind).collect())
}

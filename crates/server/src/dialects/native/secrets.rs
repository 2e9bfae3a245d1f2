//! Secrets: written, listed, never read back.

use http::StatusCode;

use orloj_engine::model::{KeyOrigin, NewSecret, SecretPatch, Sharing};
use orloj_wire::secrets::{
    Secret, SecretCreate, SecretKeyRotated, SecretKeySource, SecretKeyState, SecretList,
    SecretUpdate,
};

use super::convert::connections::{sharing, to_secret, to_uses};
use super::query::{Force, WithUses};
use crate::auth::Asked;
use crate::http::access::Access::{Admin, Change, Read};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;
use crate::http::query::Query;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// The routes of secrets.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/secrets", Read, list)
            .named("secrets", "listSecrets", "List secrets")
            .about("One's own and those shared with one, without their values. Administrators see all.")
            .query::<WithUses>()
            .answers::<SecretList>(200),
        Route::post("/api/v1/secrets", Change, create)
            .named("secrets", "createSecret", "Store a secret")
            .about("Jobs refer to it as `{\"$secret\": \"name\"}` in the place of a text in their parameters. The value is stored encrypted and never answered.")
            .takes::<SecretCreate>()
            .answers::<Secret>(201)
            .or(409, "The owner has one of this name, or the installation has no key"),
        Route::get("/api/v1/secrets/{id}", Read, get)
            .named("secrets", "getSecret", "Get a secret without its value")
            .answers::<Secret>(200),
        Route::patch("/api/v1/secrets/{id}", Change, update)
            .named("secrets", "updateSecret", "Update a secret")
            .takes::<SecretUpdate>()
            .answers::<Secret>(200)
            .or(409, "The owner has one of this name"),
        Route::delete("/api/v1/secrets/{id}", Change, delete)
            .named("secrets", "deleteSecret", "Delete a secret")
            .about("Refused while jobs, connections or notification channels refer to it, unless it is forced; they fail from then on.")
            .query::<Force>()
            .or(409, "Something refers to it"),
        Route::get("/api/v1/secret-key", Admin, key_state)
            .named("secrets", "getSecretKey", "Get the state of the key of the secrets")
            .about("Which key is in force, where it comes from, and whether the answering instance has it. The key itself is never answered.")
            .answers::<SecretKeyState>(200),
        Route::post("/api/v1/secret-key/rotate", Admin, rotate)
            .named("secrets", "rotateSecretKey", "Change the key of the secrets")
            .about("Makes a new key, encrypts every secret value under it and puts it into the key file. Keep a copy of the new file.")
            .answers::<SecretKeyRotated>(200)
            .or(409, "The key is not kept in a file of this server"),
    ]
}

async fn list(Asked(caller): Asked, Query(query): Query<WithUses>) -> Answer<Json<SecretList>> {
    let secrets = caller.secrets().await?;
    let mut items: Vec<Secret> = secrets.into_iter().map(to_secret).collect();
    if query.with_uses.unwrap_or(false) {
        let mut all = caller.referrers_of_secrets().await?;
        for secret in &mut items {
            secret.uses = Some(to_uses(all.remove(&secret.id).unwrap_or_default()));
        }
    }
    Ok(Json(SecretList {
        total: items.len() as u64,
        items,
    }))
}

async fn create(
    Asked(caller): Asked,
    Json(body): Json<SecretCreate>,
) -> Answer<(StatusCode, Json<Secret>)> {
    let secret = caller
        .create_secret(NewSecret {
            owner_id: body.owner_id,
            name: body.name,
            value: body.value.into(),
            description: body.description,
            sharing: Sharing {
                users: body.shared_with,
                everybody: body.shared_with_everybody,
            },
        })
        .await?;
    Ok((StatusCode::CREATED, Json(to_secret(secret))))
}

async fn get(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Secret>> {
    Ok(Json(to_secret(caller.secret(id).await?)))
}

async fn update(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<SecretUpdate>,
) -> Answer<Json<Secret>> {
    let before = caller.secret(id).await?;
    let patch = SecretPatch {
        name: body.name,
        value: body.value.map(Into::into),
        description: body.description,
        sharing: sharing(before.sharing, body.shared_with, body.shared_with_everybody),
    };
    Ok(Json(to_secret(caller.update_secret(id, patch).await?)))
}

async fn delete(
    Asked(caller): Asked,
    Id(id): Id,
    Query(query): Query<Force>,
) -> Answer<StatusCode> {
    caller
        .delete_secret(id, query.force.unwrap_or(false))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn key_state(Asked(caller): Asked) -> Answer<Json<SecretKeyState>> {
    let state = caller.secret_key().await?;
    Ok(Json(SecretKeyState {
        source: match state.origin {
            KeyOrigin::File => SecretKeySource::File,
            KeyOrigin::Configured => SecretKeySource::Configured,
            KeyOrigin::None => SecretKeySource::None,
        },
        file: state.file.map(|path| path.display().to_string()),
        key_id: state.key_id,
        since: state.since,
        values: state.values,
        is_usable: state.is_usable,
    }))
}

async fn rotate(Asked(caller): Asked) -> Answer<Json<SecretKeyRotated>> {
    let rotation = caller.rotate_secret_key().await?;
    Ok(Json(SecretKeyRotated {
        key_id: rotation.key_id,
        values: rotation.values,
    }))
}

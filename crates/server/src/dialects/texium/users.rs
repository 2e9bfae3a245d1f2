//! Users: created, listed, read, changed, deleted.

use orloj_engine::model::{NewUser, Role, User, UserFilter, UserPatch};
use orloj_engine::{Caller, Error};

use super::body;
use super::convert::to_user;
use crate::auth::Asked;
use crate::http::detail::{bad, refuse};
use crate::http::failure::Failure;
use crate::http::hex_id::{UserId, to_hex};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::span;

type Answer<T> = Result<T, Failure>;

fn done(user: &User, message: String) -> Json<body::UserDone> {
    Json(body::UserDone {
        status: body::Success::Success,
        message,
        user_id: to_hex(user.id),
    })
}

/// An error of the engine in this surface's names.
fn refused(mut error: Error) -> Failure {
    for field in &mut error.fields {
        if field.pointer == "/displayName" {
            field.pointer = "/name".to_owned();
        }
    }
    refuse(error)
}

fn role(word: &str) -> Answer<Role> {
    Role::from_word(&word.trim().to_ascii_lowercase())
        .ok_or_else(|| bad("role: must be admin, user or viewer"))
}

/// The name to sign in with: the mail address, else the name with dots between its words.
fn sign_in_name(name: &str, email: Option<&str>) -> String {
    match email.map(str::trim).filter(|email| !email.is_empty()) {
        Some(email) => email.to_owned(),
        None => name.split_whitespace().collect::<Vec<_>>().join("."),
    }
}

pub(super) async fn create(
    Asked(caller): Asked,
    Json(body): Json<body::UserCreate>,
) -> Answer<Json<body::UserDone>> {
    if body.name.trim().is_empty() {
        return Err(bad("name: must not be empty"));
    }
    let new = NewUser {
        name: sign_in_name(&body.name, body.email.as_deref()),
        display_name: Some(body.name.clone()),
        email: body.email,
        role: body.role.as_deref().map_or(Ok(Role::User), role)?,
        password: None,
        grants: Vec::new(),
    };
    let user = caller.create_user(new).await.map_err(refused)?;
    let message = format!("User '{}' created successfully", body.name.trim());
    Ok(done(&user, message))
}

/// A user that was not deleted.
async fn there(caller: &Caller, id: i64) -> Answer<User> {
    let user = caller.user(id).await?;
    if user.is_disabled {
        return Err(Failure::not_found("user"));
    }
    Ok(user)
}

pub(super) async fn list(
    Asked(caller): Asked,
    Query(part): Query<body::Part>,
) -> Answer<Json<body::Users>> {
    let part = part.checked()?;
    let users = if caller.actor().is_admin() {
        let filter = UserFilter {
            is_disabled: Some(false),
            ..UserFilter::default()
        };
        span::span_or_all(part.skip, part.limit, |page| {
            caller.users(filter.clone(), page)
        })
        .await?
    } else {
        vec![there(&caller, caller.actor().user_id).await?]
    };
    let data: Vec<_> = users.into_iter().map(to_user).collect();
    Ok(Json(body::Users {
        status: body::Success::Success,
        message: format!("{} users retrieved successfully", data.len()),
        total: data.len() as u64,
        data,
    }))
}

pub(super) async fn get(
    Asked(caller): Asked,
    UserId(id, _): UserId,
) -> Answer<Json<body::OneUser>> {
    Ok(Json(body::OneUser {
        status: body::Success::Success,
        message: "User retrieved successfully".to_owned(),
        data: to_user(there(&caller, id).await?),
    }))
}

pub(super) async fn update(
    Asked(caller): Asked,
    UserId(id, _): UserId,
    Json(body): Json<body::UserUpdate>,
) -> Answer<Json<body::UserDone>> {
    there(&caller, id).await?;
    if body
        .name
        .as_ref()
        .is_some_and(|name| name.trim().is_empty())
    {
        return Err(bad("name: must not be empty"));
    }
    let patch = UserPatch {
        display_name: body.name.map(Some),
        email: body.email.map(Some),
        role: body.role.as_deref().map(role).transpose()?,
        ..UserPatch::default()
    };
    let user = caller.update_user(id, patch).await.map_err(refused)?;
    Ok(done(&user, "User updated successfully".to_owned()))
}

pub(super) async fn delete(
    Asked(caller): Asked,
    UserId(id, _): UserId,
) -> Answer<Json<body::UserDone>> {
    there(&caller, id).await?;
    let patch = UserPatch {
        is_disabled: Some(true),
        ..UserPatch::default()
    };
    let user = caller.update_user(id, patch).await.map_err(refused)?;
    Ok(done(&user, "User deleted successfully".to_owned()))
}

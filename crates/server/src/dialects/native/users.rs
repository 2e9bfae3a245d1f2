//! Users, for administrators, and the audit trail.

use http::StatusCode;

use orloj_engine::model::{NewUser, UserPatch};
use orloj_wire::audit::{AuditPage, AuditVerification};
use orloj_wire::user::{PasswordSet, User, UserCreate, UserPage, UserUpdate};

use super::convert::{people, query as filters, words};
use super::query;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;
use crate::http::query::Query;

type Answer<T> = Result<T, Failure>;

pub(super) async fn list(
    Asked(caller): Asked,
    Query(query): Query<query::Users>,
) -> Answer<Json<UserPage>> {
    let (filter, page) = filters::users(query)?;
    Ok(Json(people::to_users(caller.users(filter, page).await?)))
}

pub(super) async fn create(
    Asked(caller): Asked,
    Json(body): Json<UserCreate>,
) -> Answer<(StatusCode, Json<User>)> {
    let user = caller
        .create_user(NewUser {
            name: body.name,
            display_name: body.display_name,
            email: body.email,
            role: words::from_role(body.role),
            password: body.password,
            grants: body.grants.unwrap_or_default(),
        })
        .await?;
    Ok((StatusCode::CREATED, Json(people::to_user(user))))
}

pub(super) async fn get(Asked(caller): Asked, Id(id): Id) -> Answer<Json<User>> {
    Ok(Json(people::to_user(caller.user(id).await?)))
}

pub(super) async fn update(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<UserUpdate>,
) -> Answer<Json<User>> {
    let patch = UserPatch {
        display_name: body.display_name,
        email: body.email,
        role: body.role.map(words::from_role),
        grants: body.grants,
        is_disabled: body.is_disabled,
    };
    Ok(Json(people::to_user(caller.update_user(id, patch).await?)))
}

pub(super) async fn set_password(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<PasswordSet>,
) -> Answer<StatusCode> {
    caller.set_password(id, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn audit_events(
    Asked(caller): Asked,
    Query(query): Query<query::Audit>,
) -> Answer<Json<AuditPage>> {
    let (filter, page) = filters::audit(query)?;
    Ok(Json(people::to_audit(
        caller.audit_events(filter, page).await?,
    )))
}

pub(super) async fn verify_audit(Asked(caller): Asked) -> Answer<Json<AuditVerification>> {
    let verified = caller.verify_audit_chain().await?;
    Ok(Json(AuditVerification { verified }))
}

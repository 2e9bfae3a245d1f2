//! One's own account.

use http::StatusCode;

use orloj_engine::model::AccountPatch;
use orloj_wire::account::{Account, AccountUpdate, PasswordChange, SessionList};
use serde_json::Value;

use super::convert::people;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;

type Answer<T> = Result<T, Failure>;

pub(super) async fn get(Asked(caller): Asked) -> Answer<Json<Account>> {
    Ok(Json(people::to_account(caller.account().await?)))
}

pub(super) async fn update(
    Asked(caller): Asked,
    Json(body): Json<AccountUpdate>,
) -> Answer<Json<Account>> {
    let patch = AccountPatch {
        display_name: body.display_name,
        email: body.email,
        preferences: body.preferences.map(Value::Object),
    };
    Ok(Json(people::to_account(
        caller.update_account(patch).await?,
    )))
}

pub(super) async fn change_password(
    Asked(caller): Asked,
    Json(body): Json<PasswordChange>,
) -> Answer<StatusCode> {
    caller
        .change_password(&body.current_password, &body.new_password)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn sessions(Asked(caller): Asked) -> Answer<Json<SessionList>> {
    let sessions = caller.sessions().await?;
    let via = &caller.actor().via;
    Ok(Json(SessionList {
        total: sessions.len() as u64,
        items: sessions
            .into_iter()
            .map(|session| people::to_session(session, via))
            .collect(),
    }))
}

pub(super) async fn end_session(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.end_session(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

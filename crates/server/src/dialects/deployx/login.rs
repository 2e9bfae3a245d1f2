//! The login of DeployX's clients: name and password for a bearer token.

use axum::Extension;
use axum::extract::State;
use http::HeaderMap;
use http::header::USER_AGENT;

use orloj_engine::Caller;
use orloj_engine::model::{Actor, NewSession, NewToken, Scope};

use super::body;
use crate::app::App;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::peer::Origin;

/// Label of the tokens that are made here.
const LABEL: &str = "DeployX client";
/// Such tokens that a user keeps; the oldest go.
const KEPT: usize = 20;
const SECONDS: i64 = 7 * 86_400;

pub(super) async fn login(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Json(body): Json<body::Login>,
) -> Result<Json<body::LoggedIn>, Failure> {
    app.rates.sign_in(origin.address)?;
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let NewSession { session, user, .. } = app
        .engine
        .sign_in(&body.username, &body.password, Some(origin.address), agent)
        .await?;
    let caller = app.engine.caller(Actor {
        user_id: user.id,
        name: user.name.clone(),
        role: user.role,
        scope: Scope::Full,
        grants: user.grants,
        via: format!("session:{}", session.id),
    });
    let token = token(&caller, &app).await;
    // The session was only for asking; programs work with the token.
    caller.sign_out().await?;
    Ok(Json(body::LoggedIn {
        access_token: token?,
        refresh_token: None,
        token_type: "bearer",
        expires_in: SECONDS,
        user: body::LoggedInUser {
            id: user.id,
            username: user.name,
            email: user.email,
        },
    }))
}

async fn token(caller: &Caller, app: &App) -> Result<String, Failure> {
    let mut earlier: Vec<i64> = caller
        .tokens(None)
        .await?
        .into_iter()
        .filter(|token| token.label == LABEL && token.revoked_at.is_none())
        .map(|token| token.id)
        .collect();
    earlier.sort_unstable();
    let surplus = (earlier.len() + 1).saturating_sub(KEPT);
    for id in earlier.into_iter().take(surplus) {
        caller.revoke_token(id).await?;
    }
    let (_, secret) = caller
        .create_token(NewToken {
            user_id: None,
            label: LABEL.to_owned(),
            scope: Scope::Full,
            expires_at: Some(app.engine.clock().now() + jiff::SignedDuration::from_secs(SECONDS)),
        })
        .await?;
    Ok(secret)
}

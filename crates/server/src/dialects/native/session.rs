//! Signing in and out, and the first start.

use axum::Extension;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use http::header::{SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use orloj_engine::model::{Actor, NewSession, Scope};
use orloj_wire::session::{SessionState, Setup, SignIn};

use super::convert::people;
use crate::app::App;
use crate::auth::{MaybeAsked, cookie};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::peer::Origin;

type Answer<T> = Result<T, Failure>;
type WithCookie = AppendHeaders<Option<(HeaderName, HeaderValue)>>;

fn with(cookie: Option<HeaderValue>) -> WithCookie {
    AppendHeaders(cookie.map(|value| (SET_COOKIE, value)))
}

pub(super) async fn get(
    State(app): State<App>,
    MaybeAsked(caller): MaybeAsked,
) -> Answer<Json<SessionState>> {
    let user = match caller {
        Some(caller) => {
            let display_name = caller
                .account()
                .await
                .ok()
                .and_then(|account| account.user.display_name);
            Some(people::to_session_user(caller.actor(), display_name))
        }
        None => None,
    };
    let setup_required = user.is_none() && app.engine.setup_required().await?;
    Ok(Json(SessionState {
        user,
        setup_required,
    }))
}

pub(super) async fn sign_in(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Answer<impl IntoResponse> {
    app.rates.sign_in(origin.address)?;
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let session = app
        .engine
        .sign_in(&body.name, &body.password, Some(origin.address), agent)
        .await?;
    Ok((
        with(cookie::set(&session.secret, &origin)),
        Json(signed_in(session)),
    ))
}

fn signed_in(session: NewSession) -> SessionState {
    let NewSession { session, user, .. } = session;
    let actor = Actor {
        user_id: user.id,
        name: user.name,
        role: user.role,
        scope: Scope::Full,
        grants: user.grants,
        via: format!("session:{}", session.id),
    };
    SessionState {
        user: Some(people::to_session_user(&actor, user.display_name)),
        setup_required: false,
    }
}

pub(super) async fn sign_out(
    Extension(origin): Extension<Origin>,
    MaybeAsked(caller): MaybeAsked,
) -> Answer<impl IntoResponse> {
    if let Some(caller) = caller.filter(|caller| caller.actor().via.starts_with("session:")) {
        caller.sign_out().await?;
    }
    Ok((StatusCode::NO_CONTENT, with(cookie::clear(&origin))))
}

pub(super) async fn set_up(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    Json(body): Json<Setup>,
) -> Answer<impl IntoResponse> {
    app.rates.sign_in(origin.address)?;
    let (_, session) = app
        .engine
        .setup(&body.token, &body.name, &body.password)
        .await?;
    Ok((
        StatusCode::CREATED,
        with(cookie::set(&session.secret, &origin)),
        Json(signed_in(session)),
    ))
}

//! Bearer tokens for programs.

use http::StatusCode;

use orloj_engine::model::{NewToken, Scope};
use orloj_wire::token::{TokenCreate, TokenCreated, TokenList};

use super::convert::schedule::instant;
use super::convert::{people, words};
use super::query;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;
use crate::http::query::Query;

type Answer<T> = Result<T, Failure>;

pub(super) async fn list(
    Asked(caller): Asked,
    Query(query): Query<query::Tokens>,
) -> Answer<Json<TokenList>> {
    let tokens = caller.tokens(query.user_id).await?;
    Ok(Json(TokenList {
        total: tokens.len() as u64,
        items: tokens.into_iter().map(people::to_token).collect(),
    }))
}

pub(super) async fn create(
    Asked(caller): Asked,
    Json(body): Json<TokenCreate>,
) -> Answer<(StatusCode, Json<TokenCreated>)> {
    let (token, secret) = caller
        .create_token(NewToken {
            user_id: body.user_id,
            label: body.label,
            scope: body.scope.map_or(Scope::Full, words::from_scope),
            expires_at: body
                .expires_at
                .map(|at| instant("expiresAt", at))
                .transpose()?,
        })
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(TokenCreated {
            secret,
            token: people::to_token(token),
        }),
    ))
}

pub(super) async fn revoke(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.revoke_token(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

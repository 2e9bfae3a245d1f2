//! Who is this? Bearer tokens and session cookies become an actor.

pub(crate) mod cookie;
pub(crate) mod same_origin;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use orloj_engine::model::Actor;
use orloj_engine::{Caller, Engine, Kind};

use crate::http::failure::Failure;
use crate::http::peer::Origin;

/// How a request says who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Not at all.
    None,
    /// With a bearer token.
    Token(String),
    /// With the cookie of a session.
    Session(String),
}

impl Credentials {
    /// The credentials of a request. An `Authorization` header counts alone: a cookie beside it is ignored.
    pub(crate) fn of(headers: &HeaderMap, origin: &Origin) -> Result<Self, Failure> {
        if let Some(value) = headers.get(AUTHORIZATION) {
            let bad = || Failure::unauthenticated("Authorization must be `Bearer <token>`");
            let (scheme, secret) = value
                .to_str()
                .map_err(|_| bad())?
                .trim()
                .split_once(' ')
                .ok_or_else(bad)?;
            if !scheme.eq_ignore_ascii_case("bearer") || secret.trim().is_empty() {
                return Err(bad());
            }
            return Ok(Self::Token(secret.trim().to_owned()));
        }
        Ok(cookie::read(headers, origin).map_or(Self::None, Self::Session))
    }

    /// Whose credentials they are; `None` when there are none.
    pub(crate) async fn actor(&self, engine: &Engine) -> Result<Option<Actor>, Failure> {
        let actor = match self {
            Self::None => return Ok(None),
            Self::Token(secret) => engine.authenticate_token(secret).await,
            Self::Session(secret) => engine.authenticate_session(secret).await,
        };
        actor.map(Some).map_err(|error| match error.kind {
            Kind::Unauthenticated => Failure::unauthenticated(match self {
                Self::Token(_) => "The token is not valid, has expired or was revoked",
                _ => "The session has ended; sign in again",
            }),
            _ => error.into(),
        })
    }
}

/// The engine asked by who sent the request. The gate has put it there; without it nobody is known.
#[derive(Clone, Debug)]
pub(crate) struct Asked(pub(crate) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<Asked>()
            .cloned()
            .ok_or_else(|| Failure::unauthenticated("Sign in, or send a token"))
    }
}

/// The same where nobody needs to be known.
#[derive(Clone, Debug)]
pub(crate) struct MaybeAsked(pub(crate) Option<Caller>);

impl<S: Send + Sync> FromRequestParts<S> for MaybeAsked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(
            parts.extensions.get::<Asked>().map(|asked| asked.0.clone()),
        ))
    }
}

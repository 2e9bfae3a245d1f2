//! Variable parts of paths. What is not a number names nothing, so it is not found.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use super::failure::Failure;

/// The number in `{id}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) i64);

/// The number in `{id}` where 0 names something that is built in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdOrBuiltin(pub(crate) i64);

/// The UUID or number in `{execution}`.
#[derive(Clone, Debug)]
pub(crate) struct Reference(pub(crate) String);

/// The number in `{device}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExecutionDevice(pub(crate) i64);

async fn part<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Option<String> {
    let Path(mut all) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
        .await
        .ok()?;
    all.remove(name)
}

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        part(parts, state, "id")
            .await
            .and_then(|text| text.parse().ok())
            .filter(|id| *id > 0)
            .map(Self)
            .ok_or_else(|| Failure::not_found("resource"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ExecutionDevice {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        part(parts, state, "device")
            .await
            .and_then(|text| text.parse().ok())
            .map(Self)
            .ok_or_else(|| Failure::not_found("device"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdOrBuiltin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        part(parts, state, "id")
            .await
            .and_then(|text| text.parse().ok())
            .filter(|id| *id >= 0)
            .map(Self)
            .ok_or_else(|| Failure::not_found("resource"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reference {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        part(parts, state, "execution")
            .await
            .filter(|text| {
                text.len() <= 36
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            })
            .map(Self)
            .ok_or_else(|| Failure::not_found("execution"))
    }
}

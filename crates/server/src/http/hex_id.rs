//! Numbers as 24 hexadecimal digits: how some dialects write the ids of things.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use super::failure::Failure;

/// Digits of such an id.
const DIGITS: usize = 24;
/// Stands for a well-formed id that is the number of nothing here.
pub(crate) const NOTHING: i64 = 0;

/// The id of a number.
pub(crate) fn to_hex(number: i64) -> String {
    format!("{number:024x}")
}

/// The number of an id; `None` when it is malformed, [`NOTHING`] when no number of ours is written like that.
pub(crate) fn from_hex(text: &str) -> Option<i64> {
    if text.len() != DIGITS || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u128::from_str_radix(text, 16).ok()?;
    Some(i64::try_from(number).unwrap_or(NOTHING))
}

/// The id in `{job_id}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobId(pub(crate) i64);

/// The id in `{execution_id}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExecutionId(pub(crate) i64);

/// The id in `{server_id}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerId(pub(crate) i64);

/// The id in `{user_id}`, with its text: a user may be known to a dialect by an id that is not ours.
#[derive(Clone, Debug)]
pub(crate) struct UserId(pub(crate) i64, pub(crate) String);

async fn id<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    name: &str,
    entity: &'static str,
) -> Result<(i64, String), Failure> {
    let missing = || Failure::not_found(entity);
    let Path(mut all) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
        .await
        .map_err(|_| missing())?;
    let text = all.remove(name).ok_or_else(missing)?;
    let number = from_hex(&text).ok_or_else(missing)?;
    Ok((number, text))
}

macro_rules! from_path {
    ($type:ident, $name:literal, $entity:literal) => {
        impl<S: Send + Sync> FromRequestParts<S> for $type {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
                id(parts, state, $name, $entity)
                    .await
                    .map(|(number, _)| Self(number))
            }
        }
    };
}

from_path!(JobId, "job_id", "job");
from_path!(ExecutionId, "execution_id", "execution");
from_path!(ServerId, "server_id", "server");

impl<S: Send + Sync> FromRequestParts<S> for UserId {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let (number, text) = id(parts, state, "user_id", "user").await?;
        Ok(Self(number, text.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::{NOTHING, from_hex, to_hex};

    #[test]
    fn ids_are_numbers_in_24_digits() {
        assert_eq!(to_hex(255), "0000000000000000000000ff");
        assert_eq!(from_hex("0000000000000000000000fF"), Some(255));
        assert_eq!(from_hex(&to_hex(i64::MAX)), Some(i64::MAX));
        assert_eq!(from_hex("507f1f77bcf86cd799439011"), Some(NOTHING));
        for malformed in [
            "",
            "1",
            "0000000000000000000000fg",
            "+000000000000000000000ff",
            "0000000000000000000000fff",
        ] {
            assert_eq!(from_hex(malformed), None, "{malformed}");
        }
    }
}

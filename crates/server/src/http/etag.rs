//! Versions of jobs as entity tags: `"v3"`.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;

use super::failure::Failure;

/// The version a client saw, from `If-Match`; `None` when it does not care.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IfMatch(pub(crate) Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        // A tag that is not one of ours cannot be the present version; versions begin at 1.
        let version = text
            .strip_prefix("W/")
            .unwrap_or(text)
            .strip_prefix("\"v")
            .and_then(|rest| rest.strip_suffix('"'))
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0);
        Ok(Self(Some(version)))
    }
}

/// An answer with the version of a thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Etagged<R>(pub(crate) i64, pub(crate) R);

impl<R: IntoResponse> IntoResponse for Etagged<R> {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        if let Ok(value) = HeaderValue::from_str(&format!("\"v{}\"", self.0)) {
            response.headers_mut().insert(ETAG, value);
        }
        response
    }
}

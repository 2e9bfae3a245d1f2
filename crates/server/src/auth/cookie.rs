//! The session cookie.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::http::peer::Origin;

/// Name over HTTPS: browsers accept it only with `Secure`, for one host, for `/`.
pub(crate) const SECURE_NAME: &str = "__Host-orloj";
/// Name over plain HTTP, where a `__Host-` cookie would be refused.
pub(crate) const PLAIN_NAME: &str = "orloj_session";

/// Browsers forget the cookie after the longest life of a session.
const MAX_AGE_SECONDS: u32 = 90 * 86_400;

fn name(origin: &Origin) -> &'static str {
    if origin.is_https {
        SECURE_NAME
    } else {
        PLAIN_NAME
    }
}

/// The secret in a request's cookie. Over HTTPS only the `__Host-` one counts: the other could come from a neighbour.
pub(crate) fn read(headers: &HeaderMap, origin: &Origin) -> Option<String> {
    let wanted = name(origin);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// The header that begins a session.
pub(crate) fn set(secret: &str, origin: &Origin) -> Option<HeaderValue> {
    header(secret, MAX_AGE_SECONDS, origin)
}

/// The header that ends it.
pub(crate) fn clear(origin: &Origin) -> Option<HeaderValue> {
    header("", 0, origin)
}

fn header(value: &str, max_age: u32, origin: &Origin) -> Option<HeaderValue> {
    let secure = if origin.is_https { "; Secure" } else { "" };
    let text = format!(
        "{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}",
        name(origin)
    );
    HeaderValue::from_str(&text).ok()
}

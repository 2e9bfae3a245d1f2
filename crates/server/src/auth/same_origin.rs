//! Whether an unsafe request comes from our own pages. Browsers send cookies along with what other sites ask for;
//! they also say who asked, and scripts cannot change that.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// Whether a request that carries a cookie may change something: asked by a page of the same origin, or not by a browser's
/// page at all.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else {
        // Every browser of the last years sends one of the two with an unsafe request.
        return false;
    };
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    let origin = origin
        .to_str()
        .ok()
        .and_then(|text| text.split_once("://"))
        .map(|(_, authority)| authority);
    match (origin, host) {
        (Some(origin), Some(host)) => origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}

/// Whether a browser says that a page of another site asks.
pub(crate) fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    (headers.contains_key("sec-fetch-site") || headers.contains_key(ORIGIN))
        && !is_same_origin(headers)
}

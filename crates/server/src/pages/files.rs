//! The files of the web build, embedded in the program (in a debug build: read from its folder).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct WebBuild;

/// Names under `assets/` carry a hash of their content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The content of a file.
pub(super) fn content(path: &str) -> Option<Vec<u8>> {
    WebBuild::get(path).map(|file| file.data.into_owned())
}

/// Whether there is such a file.
pub(super) fn exists(path: &str) -> bool {
    WebBuild::get(path).is_some()
}

/// A file as an answer; `None` when there is no such file.
pub(super) fn answer(path: &str, headers: &HeaderMap) -> Option<Response> {
    let file = WebBuild::get(path)?;
    let tag = entity_tag(&file);
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|one| one.trim() == tag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(path, file, headers)
    };
    let answer = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&tag) {
        answer.insert(ETAG, value);
    }
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(
        CACHE_CONTROL,
        if path.starts_with("assets/") {
            FOR_EVER
        } else {
            ASK_AGAIN
        },
    );
    Some(response)
}

/// The file itself, in its compressed form when the build made one and the browser takes it.
fn body(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let takes_gzip = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|encodings| encodings.contains("gzip"));
    let compressed = takes_gzip
        .then(|| WebBuild::get(&format!("{path}.gz")))
        .flatten();
    let is_compressed = compressed.is_some();
    let data = compressed.unwrap_or(file).data.into_owned();
    let mut response = Response::new(Body::from(data));
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, media_type(path));
    if is_compressed {
        answer.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let mut tag = String::from("\"");
    for byte in hash.iter().take(12) {
        tag.push_str(&format!("{byte:02x}"));
    }
    tag.push('"');
    tag
}

fn media_type(path: &str) -> HeaderValue {
    HeaderValue::from_static(match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    })
}

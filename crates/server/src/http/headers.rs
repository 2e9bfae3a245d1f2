//! What every answer gets: a request id, security headers, problem details in the asker's language, and a line in the log.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue};
use tracing::Instrument;

use super::failure::Failure;
use super::language::Language;
use crate::app::App;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Policy of everything that is not a page.
const DATA_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Runs a request within its time, and dresses the answer.
pub(crate) async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = next_id();
    let language = Language::of(request.headers());
    let method = request.method().clone();
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", id = %id, method = %method, path = %path);
    let started = Instant::now();
    let answer = tokio::time::timeout(app.config.request_timeout, next.run(request));
    let mut response = answer.instrument(span.clone()).await.unwrap_or_else(|_| {
        Failure::unavailable("timeout", "The request took too long").into_response()
    });
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        let headers = std::mem::take(response.headers_mut());
        response = failure.render(language, Some(&id));
        keep(headers, response.headers_mut());
    }
    dress_headers(response.headers_mut(), &id);
    app.counts.answered(response.status().as_u16());
    span.in_scope(|| {
        tracing::info!(
            status = response.status().as_u16(),
            ms = started.elapsed().as_millis() as u64,
            "answered"
        );
    });
    response
}

/// Headers of a failure that its handler had set, such as `Allow` or a cleared cookie.
fn keep(from: HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        if let Some(name) = name
            && name != http::header::CONTENT_LENGTH
            && !to.contains_key(&name)
        {
            to.append(name, value);
        }
    }
}

fn dress_headers(headers: &mut HeaderMap, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(DATA_POLICY);
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// A number that no other request of this or a former process has.
fn next_id() -> String {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let process = PROCESS.get_or_init(|| RandomState::new().hash_one(std::process::id()));
    format!(
        "{:08x}-{:x}",
        *process as u32,
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

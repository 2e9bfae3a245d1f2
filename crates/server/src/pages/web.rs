//! The web page: one `index.html` for every address of the interface, and the files it loads.

use axum::Router;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use http::{HeaderMap, HeaderValue, Method, Uri};

use super::files;
use crate::app::App;
use crate::http::failure::Failure;
use crate::http::outside;

/// What stands for the nonce in the built `index.html`.
const NONCE_MARK: &str = "__ORLOJ_CSP_NONCE__";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(index))
        // Where the seeds' users know the page from.
        .route("/scheduler", get(jobs_page))
        .route("/dynamic-scheduler", get(jobs_page))
}

async fn jobs_page() -> Redirect {
    Redirect::temporary("/jobs")
}

/// Everything that no route is there for: a file of the web build, an address of the interface, or nothing.
pub(crate) async fn fallback(
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let path = uri.path().trim_start_matches('/');
    let is_read = method == Method::GET || method == Method::HEAD;
    let is_ours = path == "api" || path.starts_with("api/") || path.starts_with("assets/");
    if is_read
        && path != "index.html"
        && !path.ends_with(".gz")
        && let Some(response) = files::answer(path, &headers)
    {
        return Ok(response);
    }
    if is_read && !is_ours && wants_page(&headers) {
        return Ok(index().await);
    }
    Err(outside::not_found().await)
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(http::header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

async fn index() -> Response {
    let nonce = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
    let page = files::content("index.html")
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map_or_else(
            || PLAIN_PAGE.to_owned(),
            |page| page.replace(NONCE_MARK, &nonce),
        );
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, value);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page of a program that was built without the web build.
const PLAIN_PAGE: &str = "<!doctype html>
<html lang=\"en\">
<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Orloj</title></head>
<body>
<h1>Orloj</h1>
<p>The server runs. This program was built without its web page: run <code>cargo xtask run</code>, which builds it, or use the
<a href=\"/docs\">API</a> and the command line.</p>
<p lang=\"ar\" dir=\"rtl\">الخادم يعمل، لكن هذا البرنامج بُني من دون صفحة الويب. استخدم <a href=\"/docs\">واجهة البرمجة</a> أو سطر الأوامر.</p>
</body>
</html>
";

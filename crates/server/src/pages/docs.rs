//! `/openapi.json`, and `/docs`: interactive pages when the web build brought Swagger UI along, a plain list otherwise.

use std::fmt::Write;
use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use super::files;
use crate::app::App;
use crate::dialects::native;
use crate::http::failure::Failure;
use crate::http::outside;

/// Folder of the web build with the files of Swagger UI.
const FOLDER: &str = "docs-assets";
const SCRIPT: &str = "swagger-ui-bundle.js";

/// Swagger UI styles its elements one by one and carries small pictures in its style sheet.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'none'",
);

const PAGE: &str = "<!doctype html>
<html lang=\"en\" dir=\"ltr\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Orloj API</title>
<link rel=\"stylesheet\" href=\"/docs/swagger-ui.css\">
</head>
<body>
<div id=\"ui\"></div>
<script src=\"/docs/swagger-ui-bundle.js\"></script>
<script src=\"/docs/start.js\"></script>
</body>
</html>
";

const START: &str = "SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#ui',
  deepLinking: true,
  docExpansion: 'none',
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/openapi.json", get(document))
        .route("/docs", get(page))
        .route("/docs/", get(|| async { Redirect::permanent("/docs") }))
        .route("/docs/{file}", get(file))
}

async fn document() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| serde_json::to_string(&crate::openapi()).unwrap_or_default());
    (
        [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-cache"),
        ],
        text.as_str(),
    )
        .into_response()
}

async fn page() -> Response {
    let page = if files::exists(&format!("{FOLDER}/{SCRIPT}")) {
        PAGE.to_owned()
    } else {
        plain_list()
    };
    let mut response = Html(page).into_response();
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}

async fn file(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    if name == "start.js" {
        return Ok(([(CONTENT_TYPE, "text/javascript; charset=utf-8")], START).into_response());
    }
    match files::answer(&format!("{FOLDER}/{name}"), &headers) {
        Some(response) => Ok(response),
        None => Err(outside::not_found().await),
    }
}

/// All routes as a table, from the same declarations as everything else.
fn plain_list() -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head><meta charset=\"utf-8\"><title>Orloj API</title></head>\n<body>\n<h1>Orloj API</h1>\n\
         <p>The machine-readable form is <a href=\"/openapi.json\">/openapi.json</a>.</p>\n<table>\n<tr><th>Method</th><th>Path</th><th>What</th><th>Needs</th></tr>\n",
    );
    for route in native::routes() {
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            route.method,
            route.path,
            route.summary,
            route.access.word()
        );
    }
    page.push_str("</table>\n</body>\n</html>\n");
    page
}

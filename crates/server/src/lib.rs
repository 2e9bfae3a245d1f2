//! HTTP in front of the engine: the native API, the web page, health and metrics.
//!
//! The surfaces are dialects (see `dialects`); each is a table of routes from which the router, the OpenAPI document and
//! the access matrix are made. Handlers extract, convert, call the engine once, convert.
//!
//! ```no_run
//! # async fn example(engine: orloj_engine::Engine) -> Result<(), orloj_server::ServeError> {
//! use orloj_server::{Server, ServerConfig};
//! use tokio_util::sync::CancellationToken;
//!
//! let shutdown = CancellationToken::new();
//! let server = Server::bind(ServerConfig::default(), engine).await?;
//! println!("listening on http://{}", server.local_addr());
//! server.run(shutdown).await
//! # }
//! ```

mod agents;
mod app;
mod auth;
mod config;
mod dialects;
mod health;
mod http;
mod local_admin;
mod metrics;
mod openapi;
mod pages;
mod reference;
mod serve;
mod tzdb;

pub use config::ServerConfig;
pub use local_admin::{local_admin_router, serve_local_admin};
pub use openapi::openapi;
pub use reference::reference;
pub use serve::{ServeError, Server, serve};

/// The whole service as one router, without a socket: for tests, and for programs that bring their own server. Streams
/// end when `closing` is cancelled.
pub fn router(
    engine: orloj_engine::Engine,
    config: ServerConfig,
    closing: tokio_util::sync::CancellationToken,
) -> axum::Router {
    app::App::new(engine, config, closing).router()
}

/// The routes of the API as method, path and what they need (`public`, `read`, `run`, `change`, `account`, `admin`).
#[must_use]
pub fn access_matrix() -> Vec<(::http::Method, &'static str, &'static str)> {
    dialects::routes()
        .into_iter()
        .map(|route| (route.method, route.path, route.access.word()))
        .collect()
}

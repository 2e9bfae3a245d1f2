//! The door for administration on the server's own machine: who can open the data folder is the system itself.
//!
//! It serves the native API's own routes for users and tokens and no others: jobs have owners, and the system is not a
//! good one.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

use orloj_engine::Engine;
use orloj_engine::model::Actor;

use crate::app::App;
use crate::config::ServerConfig;
use crate::http::failure::Failure;

/// What is served here, with everything below it.
const PATHS: [&str; 2] = ["/api/v1/users", "/api/v1/tokens"];

/// The router of the door. Every request counts as the system's: hand it only to what nobody else can reach.
pub fn local_admin_router(engine: Engine) -> Router {
    router(engine, CancellationToken::new())
}

/// Answers on a Unix socket until `shutdown` is cancelled. Who may open the socket file may administer.
///
/// # Errors
/// When the socket can no longer be listened on.
pub async fn serve_local_admin(
    listener: UnixListener,
    engine: Engine,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let router = router(engine, shutdown.clone());
    axum::serve(listener, router)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
}

fn router(engine: Engine, closing: CancellationToken) -> Router {
    App::new(engine, ServerConfig::default(), closing)
        .trusted_router(Actor::system())
        .layer(from_fn(only_administration))
}

async fn only_administration(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_served = PATHS.iter().any(|prefix| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    if is_served {
        next.run(request).await
    } else {
        Failure::forbidden("This door is for users and tokens only").into_response()
    }
}

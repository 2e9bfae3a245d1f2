//! Whether the process lives, and whether it can work.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

use orloj_wire::about::Health;

use crate::app::App;
use crate::http::failure::Failure;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

fn ok() -> Json<Health> {
    Json(Health {
        status: "ok".to_owned(),
    })
}

/// Asks nothing of anybody: a database that is away must not get the process killed.
async fn alive() -> Json<Health> {
    ok()
}

async fn ready(State(app): State<App>) -> Result<Json<Health>, Failure> {
    if app.closing.is_cancelled() {
        return Err(Failure::unavailable(
            "unavailable",
            "The server is stopping",
        ));
    }
    app.engine.ready().await.map_err(|error| {
        tracing::warn!(error = %error.message, "not ready");
        Failure::unavailable(
            "unavailable",
            "The database does not answer or the scheduler does not move",
        )
    })?;
    Ok(ok())
}

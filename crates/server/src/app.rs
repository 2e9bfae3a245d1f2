//! The whole service as one router: native API, health, metrics, documentation, web page.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use orloj_engine::Engine;
use orloj_engine::model::Actor;

use orloj_wire::agent::channel::KeyPair;

use crate::config::ServerConfig;
use crate::dialects;
use crate::http::rate::Rates;
use crate::http::{gate, headers, outside};
use crate::{health, metrics, pages};

/// What every handler can reach. Clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) counts: Arc<metrics::Counts>,
    /// Cancelled when the server begins to stop: streams end then.
    pub(crate) closing: CancellationToken,
    /// Who every request is taken to come from, on a door that only trusted programs can reach.
    pub(crate) everybody_is: Option<Actor>,
    /// The key pair by which agents know this installation, once it was needed.
    pub(crate) fleet_key: Arc<tokio::sync::OnceCell<KeyPair>>,
}

impl App {
    pub(crate) fn new(engine: Engine, config: ServerConfig, closing: CancellationToken) -> Self {
        Self {
            rates: Arc::new(Rates::new(config.requests_per_second)),
            engine,
            config: Arc::new(config),
            counts: Arc::new(metrics::Counts::default()),
            closing,
            everybody_is: None,
            fleet_key: Arc::default(),
        }
    }

    /// The router of the public door.
    pub(crate) fn router(&self) -> Router {
        let router = self
            .api()
            .merge(health::routes())
            .merge(metrics::routes())
            .merge(pages::routes())
            .fallback(pages::fallback);
        self.finished(router)
    }

    /// The router of a door behind which everybody is `actor`.
    pub(crate) fn trusted_router(&self, actor: Actor) -> Router {
        let app = Self {
            everybody_is: Some(actor),
            ..self.clone()
        };
        app.finished(app.api().fallback(outside::not_found))
    }

    fn api(&self) -> Router<App> {
        dialects::routes()
            .into_iter()
            .fold(Router::new(), |router, route| {
                router.route(route.path, gate::guarded(self, route))
            })
    }

    fn finished(&self, router: Router<App>) -> Router {
        router
            .method_not_allowed_fallback(outside::method_not_allowed)
            .layer(CatchPanicLayer::custom(outside::panicked))
            .layer(from_fn_with_state(self.clone(), headers::dress))
            // Outermost: problems get their body while they are dressed.
            .layer(CompressionLayer::new())
            .with_state(self.clone())
    }
}

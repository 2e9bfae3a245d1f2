//! Listening, connections, and stopping in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use orloj_engine::Engine;

use crate::app::App;
use crate::config::ServerConfig;
use crate::http::peer::Peer;

/// Largest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// Most header fields of a request.
const MAX_HEADERS: usize = 100;

/// Why the server could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address could not be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// A server that listens but does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
}

impl Server {
    /// Begins to listen. Connections wait until [`Server::run`].
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn bind(config: ServerConfig, engine: Engine) -> Result<Self, ServeError> {
        let wanted = config.listen;
        let failed = |source| ServeError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            app: App::new(engine, config, CancellationToken::new()),
        })
    }

    /// The address listened on, with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` is cancelled, then stops accepting, ends streams, and waits for running requests up to
    /// [`ServerConfig::drain`]. The engine is not touched: who started it stops it, after this returns.
    ///
    /// # Errors
    /// None at present; connections that fail are logged.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), ServeError> {
        let router = self.app.router();
        let ending = CancellationToken::new();
        let slots = Arc::new(Semaphore::new(self.app.config.max_connections.max(1)));
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = accept(&self.listener, &slots) => accepted,
            };
            while connections.try_join_next().is_some() {}
            if let Some((stream, peer, slot)) = accepted {
                let router = router.clone();
                let header_timeout = self.app.config.header_timeout;
                let ending = ending.clone();
                connections.spawn(async move {
                    let ended = converse(router, stream, peer, header_timeout, ending).await;
                    if let Err(error) = ended {
                        tracing::debug!(%peer, %error, "connection ended with an error");
                    }
                    drop(slot);
                });
            }
        }
        drop(self.listener);
        self.app.closing.cancel();
        ending.cancel();
        let all_ended = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(self.app.config.drain, all_ended)
            .await
            .is_err()
        {
            tracing::warn!("requests were cut off: they did not end in time");
        }
        connections.shutdown().await;
        Ok(())
    }
}

/// Listens and answers until `shutdown` is cancelled: [`Server::bind`] and [`Server::run`].
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    config: ServerConfig,
    engine: Engine,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    Server::bind(config, engine).await?.run(shutdown).await
}

type Slot = tokio::sync::OwnedSemaphorePermit;

/// The next connection, once there is a slot for it. `None` when accepting failed: trouble of that kind (no more file
/// descriptors, a client that gave up) passes.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, Slot)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, slot)),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// Answers on one connection until it ends: by itself, after the request that is under way when `ending` is cancelled, or
/// by becoming something else (a WebSocket goes on in the task of its handler).
async fn converse(
    router: Router,
    stream: TcpStream,
    peer: SocketAddr,
    header_timeout: Duration,
    ending: CancellationToken,
) -> hyper::Result<()> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "cannot send small packets at once");
    }
    let service = router.map_request(move |request: http::Request<hyper::body::Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer));
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = ending.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

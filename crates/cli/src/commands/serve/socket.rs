//! The socket in the data folder through which `orloj user` and `orloj token` reach a running process.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use orloj_engine::Engine;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use crate::commands::local;
use crate::config::Config;

/// The socket file; removed when dropped.
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

/// Listens until `shutdown`. Without the socket everything else works, so a failure is only a warning.
pub(super) async fn listen(
    config: &Config,
    engine: Engine,
    shutdown: CancellationToken,
) -> Option<SocketFile> {
    let path = local::socket(config);
    match bind(&path).await {
        Ok(listener) => {
            tokio::spawn(async move {
                if let Err(error) =
                    orloj_server::serve_local_admin(listener, engine, shutdown).await
                {
                    tracing::warn!(%error, "the administration socket has failed");
                }
            });
            Some(SocketFile(path))
        }
        Err(error) => {
            tracing::warn!("`orloj user` and `orloj token` cannot reach this process: {error:#}");
            None
        }
    }
}

async fn bind(path: &PathBuf) -> Result<UnixListener> {
    if UnixStream::connect(path).await.is_ok() {
        bail!("another process listens on {}", path.display());
    }
    // What a process that was killed left behind.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let listener =
        UnixListener::bind(path).with_context(|| format!("cannot listen on {}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // The next start removes what is left.
        let _ = std::fs::remove_file(&self.0);
    }
}

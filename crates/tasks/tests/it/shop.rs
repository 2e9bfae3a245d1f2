//! A host whose functions know one database.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use orloj_tasks::{ArtifactRef, CleanupReport, HistoryCleanup, Services};
use serde_json::Value;

use crate::databases::Database;
use crate::harness::Host;

impl Database {
    /// A host that knows this database as `shop`.
    pub(crate) fn host(&self) -> Host {
        host_with(self.settings.clone())
    }
}

/// A host that knows one connection, `shop`.
pub(crate) fn host_with(settings: Value) -> Host {
    let mut host = Host::new();
    host.policy.export_dir = Some(host.folder.path().join("out"));
    host.services = Arc::new(Shop(settings));
    host
}

struct Shop(Value);

#[async_trait]
impl Services for Shop {
    async fn cleanup_history(&self, _: &HistoryCleanup) -> Result<CleanupReport, String> {
        Err("not here".to_owned())
    }

    async fn connection(&self, name: &str) -> Result<Value, String> {
        if name == "shop" {
            Ok(self.0.clone())
        } else {
            Err("there is no such connection".to_owned())
        }
    }

    async fn store_artifact(&self, name: &str, path: &Path) -> Result<ArtifactRef, String> {
        let size = std::fs::metadata(path)
            .map_err(|error| error.to_string())?
            .len();
        Ok(ArtifactRef {
            id: "artifact-1".to_owned(),
            name: name.to_owned(),
            size,
        })
    }
}

//! What a run may ask of its engine, with the rights of its job's owner.

use std::path::Path;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use orloj_tasks::{
    ArtifactRef, CleanupReport, Context, DeviceFile, DeviceReport, DeviceWork, HistoryCleanup,
    OwnStep, ServerAddress, Services, Statistics, StatisticsRequest,
};
use serde_json::Value;

use super::device_run;
use crate::clock::DAY_US;
use crate::engine::{Engine, Inner};
use crate::error::Kind;
use crate::model::Status;
use crate::operations::artifacts::Keeping;
use crate::rules::secrets::Hidden;

pub(crate) struct RunServices {
    /// Weak: a run that outlives its engine must not keep the database open.
    engine: Weak<Inner>,
    keeping: Keeping,
    /// Where the secret values that the run learns are noted, so that what it says can be cleared of them.
    hidden: Hidden,
}

impl RunServices {
    pub(crate) fn new(engine: &Arc<Inner>, keeping: Keeping, hidden: Hidden) -> Self {
        Self {
            engine: Arc::downgrade(engine),
            keeping,
            hidden,
        }
    }
}

#[async_trait]
impl Services for RunServices {
    async fn cleanup_history(&self, request: &HistoryCleanup) -> Result<CleanupReport, String> {
        let engine = Engine {
            inner: self.engine.upgrade().ok_or("the server is stopping")?,
        };
        let statuses = request
            .statuses
            .iter()
            .map(|word| {
                Status::from_word(word)
                    .map(Status::id)
                    .ok_or_else(|| format!("`{word}` is not a status"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let owner = engine
            .cleanup_scope(self.keeping.owner_id, request.owner)
            .await
            .map_err(|error| error.to_string())?;
        let before = engine.clock().now_us() - i64::from(request.older_than_days) * DAY_US;
        let executions = engine
            .remove_history(before, owner, request.job_id, &statuses, request.dry_run)
            .await
            .map_err(|error| error.to_string())?;
        Ok(CleanupReport {
            executions,
            locks: 0,
            instances: 0,
        })
    }

    async fn statistics(&self, request: &StatisticsRequest) -> Result<Statistics, String> {
        let engine = Engine {
            inner: self.engine.upgrade().ok_or("the server is stopping")?,
        };
        engine
            .statistics_for_run(self.keeping.owner_id, request)
            .await
            .map_err(|error| error.to_string())
    }

    async fn maintain(&self, step: OwnStep, keep_days: u32) -> Result<u64, String> {
        let engine = Engine {
            inner: self.engine.upgrade().ok_or("the server is stopping")?,
        };
        engine
            .maintain_for_run(self.keeping.owner_id, step, keep_days)
            .await
            .map_err(|error| error.to_string())
    }

    async fn connection(&self, name: &str) -> Result<Value, String> {
        let engine = Engine {
            inner: self.engine.upgrade().ok_or("the server is stopping")?,
        };
        engine
            .connection_for_run(self.keeping.owner_id, name, &self.hidden)
            .await
            .map_err(|error| match error.kind {
                // What went wrong inside is for the log of the server.
                Kind::Internal => {
                    tracing::error!(%error, connection = name, "a connection cannot be opened");
                    format!("the connection `{name}` cannot be opened; the server's log has more")
                }
                _ => error.to_string(),
            })
    }

    async fn run_on_devices(
        &self,
        context: &Context,
        work: &DeviceWork,
    ) -> Result<DeviceReport, String> {
        let engine = self.engine.upgrade().ok_or("the server is stopping")?;
        Box::pin(device_run::run(
            &engine,
            self.keeping.owner_id,
            context,
            work,
            &self.hidden,
        ))
            .await
            .map_err(|error| match error.kind {
                Kind::Internal => {
                    tracing::error!(%error, execution = context.execution_id, "a run on devices failed");
                    "the devices cannot be asked; the server's log has more".to_owned()
                }
                _ => error.to_string(),
            })
    }

    async fn device_files(&self, ids: &[i64]) -> Result<Vec<DeviceFile>, String> {
        let engine = Engine {
            inner: self.engine.upgrade().ok_or("the server is stopping")?,
        };
        engine
            .files_for_run(self.keeping.owner_id, ids)
            .await
            .map_err(|error| error.to_string())
    }

    async fn device_software(&self, ids: &[i64]) -> Result<Vec<Value>, String> {
        let engine = Engine {
            inner: self.engine.upgrade().ok_or("the server is stopping")?,
        };
        engine
            .software_for_devices(self.keeping.owner_id, ids)
            .await
            .map_err(|error| error.to_string())
    }

    async fn servers(&self, ids: &[i64]) -> Result<Vec<ServerAddress>, String> {
        let engine = Engine {
            inner: self.engine.upgrade().ok_or("the server is stopping")?,
        };
        let servers = engine
            .servers_for_run(self.keeping.owner_id, ids)
            .await
            .map_err(|error| error.to_string())?;
        Ok(servers
            .into_iter()
            .map(|server| ServerAddress {
                id: server.id,
                name: server.name,
                host: server.host,
                port: server.port,
                url: server.url,
            })
            .collect())
    }

    async fn store_artifact(&self, name: &str, path: &Path) -> Result<ArtifactRef, String> {
        let engine = Engine {
            inner: self.engine.upgrade().ok_or("the server is stopping")?,
        };
        engine.keep_artifact(self.keeping, name, path).await
    }
}

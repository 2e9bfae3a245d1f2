//! Files of runs: kept, listed, read, removed.

use std::path::Path;

use orloj_tasks::ArtifactRef;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::caller::{Caller, Need};
use crate::clock::DAY_US;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{Artifact, Execution};
use crate::rules::artifacts::{is_plain_name, media_type, no_room};
use crate::store::Db;
use crate::store::artifacts::{self, Begun, PIECE};
use crate::store::audit::{self, AuditEntry};

/// Pieces written in one transaction: few, so that nothing waits long for the writer of SQLite.
const TOGETHER: usize = 4;

/// A part of a file, read piece by piece.
#[derive(Debug)]
pub struct ArtifactContent {
    db: Db,
    id: i64,
    at: u64,
    until: u64,
}

/// For which run a file is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping {
    pub execution_id: i64,
    pub owner_id: i64,
    /// Days that the job keeps its files, where it says so.
    pub days: Option<u32>,
}

impl Caller {
    /// The files that an execution made, in the order in which they were made.
    ///
    /// # Errors
    /// `NotFound` for executions that the caller does not see.
    pub async fn artifacts(&self, reference: &str) -> Result<Vec<Artifact>> {
        Ok(self.execution(reference).await?.artifacts)
    }

    /// One of them.
    ///
    /// # Errors
    /// `NotFound` when it is not there, or not any more.
    pub async fn artifact(&self, reference: &str, id: i64) -> Result<Artifact> {
        let all = self.artifacts(reference).await?;
        all.into_iter()
            .find(|artifact| artifact.id == id)
            .ok_or_else(|| Error::not_found("artifact"))
    }

    /// The bytes of an artifact from `from` up to (not including) `until`.
    pub fn artifact_content(&self, artifact: &Artifact, from: u64, until: u64) -> ArtifactContent {
        ArtifactContent {
            db: self.engine.inner.store.db.clone(),
            id: artifact.id,
            at: from,
            until: until.min(artifact.size),
        }
    }

    /// Removes a file. Its execution stays.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for viewers.
    pub async fn remove_artifact(&self, reference: &str, id: i64) -> Result<()> {
        self.may(Need::Change)?;
        let execution = self.execution(reference).await?;
        let artifact = execution
            .artifacts
            .iter()
            .find(|artifact| artifact.id == id)
            .ok_or_else(|| Error::not_found("artifact"))?;
        let engine = &self.engine.inner;
        let mut tx = engine.store.db.begin().await?;
        if !artifacts::remove(&mut tx, id).await? {
            return Err(Error::not_found("artifact"));
        }
        let event = AuditEntry {
            action: "artifact.removed",
            entity: "artifact",
            entity_id: Some(id),
            entity_name: Some(artifact.name.clone()),
            owner_id: Some(execution.owner_id),
            details: json!({ "execution": execution.uuid, "size": artifact.size }),
        };
        audit::record(&mut tx, engine.clock.now_us(), &self.actor, event).await?;
        tx.commit().await
    }
}

impl ArtifactContent {
    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// When the database does not answer, or the file was removed meanwhile.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if self.at >= self.until {
            return Ok(None);
        }
        let size = PIECE as u64;
        let number = i64::try_from(self.at / size).unwrap_or(i64::MAX);
        let mut piece = artifacts::piece(&self.db, self.id, number)
            .await?
            .ok_or_else(|| Error::not_found("artifact"))?;
        let begin = usize::try_from(self.at % size).unwrap_or(usize::MAX);
        let wanted = usize::try_from(self.until - self.at).unwrap_or(usize::MAX);
        piece.truncate(begin.saturating_add(wanted));
        let piece = piece.split_off(begin.min(piece.len()));
        if piece.is_empty() {
            return Err(Error::internal("a piece of an artifact is too short"));
        }
        self.at += piece.len() as u64;
        Ok(Some(piece))
    }
}

impl Engine {
    /// Puts their files into executions.
    pub(crate) async fn with_artifacts(&self, executions: &mut [Execution]) -> Result<()> {
        let ids: Vec<i64> = executions.iter().map(|execution| execution.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let inner = &self.inner;
        let found = artifacts::of_executions(&inner.store.db, &ids, inner.clock.now_us()).await?;
        for artifact in found {
            let of = executions
                .iter_mut()
                .find(|execution| execution.id == artifact.execution_id);
            if let Some(execution) = of {
                execution.artifacts.push(artifact);
            }
        }
        Ok(())
    }

    /// Keeps the file at `path` for a run. The error is a sentence for the history.
    pub(crate) async fn keep_artifact(
        &self,
        keeping: Keeping,
        name: &str,
        path: &Path,
    ) -> Result<ArtifactRef, String> {
        if !is_plain_name(name) {
            return Err(format!(
                "the file {name:?} cannot be kept: its name must be a plain file name of at most 255 bytes"
            ));
        }
        let unreadable = |error: std::io::Error| format!("the file cannot be read: {error}");
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        let meta = file.metadata().await.map_err(unreadable)?;
        if !meta.is_file() {
            return Err(format!("the file {name:?} cannot be kept: it is no file"));
        }
        let size = meta.len();
        let trouble = |error: Error| {
            tracing::warn!(%error, execution = keeping.execution_id, "a file of a run cannot be kept");
            "the file cannot be kept: the database does not take it now; the server's log has more"
                .to_owned()
        };
        let id = match self.reserve(keeping, name, size).await {
            Ok(Ok(id)) => id,
            Ok(Err(full)) => return Err(full),
            Err(error) => return Err(trouble(error)),
        };
        let written = match self.write_pieces(id, size, file).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refusal)) => Err(refusal),
            Err(error) => Err(trouble(error)),
        };
        if let Err(refusal) = written {
            if let Err(error) = self.discard(id).await {
                tracing::warn!(%error, "an unfinished file goes later: the sweep finds it");
            }
            return Err(refusal);
        }
        Ok(ArtifactRef {
            id: id.to_string(),
            name: name.to_owned(),
            size,
        })
    }

    /// Reserves room; the inner error says that there is none.
    async fn reserve(
        &self,
        keeping: Keeping,
        name: &str,
        size: u64,
    ) -> Result<Result<i64, String>> {
        let inner = &self.inner;
        let now = inner.clock.now_us();
        let days = keeping.days.or(inner.config.artifact_days);
        let mut tx = inner.store.db.begin().await?;
        let id = artifacts::next_id(&mut tx).await?;
        let (owner, total) = artifacts::used(&mut tx, keeping.owner_id).await?;
        if let Some(full) = no_room(&inner.config.artifact_quota, owner, total, size) {
            return Ok(Err(full));
        }
        let begun = Begun {
            execution_id: keeping.execution_id,
            owner_id: keeping.owner_id,
            name,
            media_type: media_type(name),
            size,
            now,
            expires_at: days.map(|days| now + i64::from(days) * DAY_US),
        };
        artifacts::begin(&mut tx, id, &begun).await?;
        tx.commit().await?;
        Ok(Ok(id))
    }

    /// Copies the content and shows it at the end; the inner error says why that is not to be.
    async fn write_pieces(
        &self,
        id: i64,
        size: u64,
        mut file: tokio::fs::File,
    ) -> Result<Result<(), String>> {
        let inner = &self.inner;
        let (mut sum, mut written, mut number) = (Sha256::new(), 0_u64, 0_i64);
        let changed = || Ok(Err("the file changed while it was being kept".to_owned()));
        loop {
            let mut pieces = Vec::with_capacity(TOGETHER);
            while pieces.len() < TOGETHER {
                let mut piece = Vec::with_capacity(PIECE);
                let part = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await;
                if let Err(error) = part {
                    return Ok(Err(format!("the file cannot be read: {error}")));
                }
                if piece.is_empty() {
                    break;
                }
                sum.update(&piece);
                written += piece.len() as u64;
                pieces.push(piece);
            }
            if written > size {
                return changed();
            }
            let is_end = pieces.len() < TOGETHER;
            let count = i64::try_from(pieces.len()).unwrap_or(0);
            let mut tx = inner.store.db.begin().await?;
            let now = inner.clock.now_us();
            let mut goes_on = artifacts::append(&mut tx, id, number, pieces, now).await?;
            number += count;
            if is_end && written != size {
                return changed();
            }
            if is_end {
                let digest = sum.finalize_reset();
                let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                goes_on = goes_on && artifacts::complete(&mut tx, id, &digits).await?;
            }
            tx.commit().await?;
            if !goes_on {
                return Ok(Err("the file took too long to be kept".to_owned()));
            }
            if is_end {
                return Ok(Ok(()));
            }
        }
    }

    async fn discard(&self, id: i64) -> Result<()> {
        let mut tx = self.inner.store.db.begin().await?;
        artifacts::remove(&mut tx, id).await?;
        tx.commit().await
    }
}

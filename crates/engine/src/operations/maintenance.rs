//! Orloj looking after itself, for the jobs of administrators.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use orloj_tasks::OwnStep;

use crate::clock::DAY_US;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::rules::ids::execution_uuid;
use crate::store::maintenance;

impl Engine {
    /// One step; the number of things that went away.
    ///
    /// # Errors
    /// `Forbidden` to the jobs of all but administrators; what the database says.
    pub(crate) async fn maintain_for_run(
        &self,
        run_owner: i64,
        step: OwnStep,
        keep_days: u32,
    ) -> Result<u64> {
        if self.cleanup_scope(run_owner, None).await?.is_some() {
            return Err(Error::forbidden(
                "only an administrator's job may look after Orloj itself",
            ));
        }
        let db = &self.inner.store.db;
        match step {
            OwnStep::Vacuum => maintenance::vacuum(db).await?,
            OwnStep::Analyze => maintenance::analyze(db).await?,
            OwnStep::Reindex => maintenance::reindex(db).await?,
            OwnStep::Optimize => maintenance::optimize(db).await?,
            OwnStep::Caches => maintenance::caches(db).await?,
            OwnStep::Expired => {
                let now = self.clock().now_us();
                let before = now - i64::from(keep_days) * DAY_US;
                return maintenance::expired(db, now, before).await;
            }
            OwnStep::Temporary => return self.remove_leftovers(keep_days).await,
        }
        Ok(0)
    }

    /// Folders of runs that are over and were not touched for so long: another installation may use the same place.
    async fn remove_leftovers(&self, keep_days: u32) -> Result<u64> {
        let alive: HashSet<String> = maintenance::live(&self.inner.store.db)
            .await?
            .into_iter()
            .map(|(id, created_at)| execution_uuid(id, created_at))
            .collect();
        let age = Duration::from_secs(u64::from(keep_days) * 86_400);
        let mut removed = 0;
        let Ok(entries) = std::fs::read_dir(&self.inner.config.work_dir) else {
            // No run has needed it yet.
            return Ok(0);
        };
        for entry in entries.filter_map(std::result::Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            // `<uuid>-<attempt>`
            let Some((uuid, attempt)) = name.rsplit_once('-') else {
                continue;
            };
            let is_run = uuid.len() == 36 && attempt.parse::<u32>().is_ok();
            if is_run
                && !alive.contains(uuid)
                && is_older(&entry.path(), age)
                && std::fs::remove_dir_all(entry.path()).is_ok()
            {
                removed += 1;
            }
        }
        Ok(removed)
    }
}

fn is_older(path: &Path, age: Duration) -> bool {
    std::fs::metadata(path)
        .and_then(|meta| meta.modified())
        .is_ok_and(|at| at.elapsed().is_ok_and(|since| since > age))
}

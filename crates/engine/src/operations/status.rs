//! The state of the whole.

use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{ExecutionFilter, Instance, InstanceStatus, Mode, Page, SystemStatus};
use crate::store::{executions, instances, jobs};

/// Jobs whose hints come first; the one that is due next is among them unless that many are paused.
const HINTED: u32 = 20;

impl Caller {
    /// Instances, counts, what comes next and what came last; counts are of what the caller sees.
    pub async fn status(&self) -> Result<SystemStatus> {
        self.may(Need::Read)?;
        let engine = &self.engine.inner;
        let db = &engine.store.db;
        let owner = self.actor.visible_owner();
        let now = engine.clock.now();
        let mut living = instances::list(db, true).await?;
        for instance in &mut living {
            if instance.id == engine.me() {
                // This process lives: it is answering. On SQLite the heartbeat is written rarely.
                instance.seen_at = now;
            }
        }
        let own = living
            .iter()
            .find(|instance| instance.id == engine.me())
            .cloned()
            .unwrap_or_else(|| engine.instance.clone());
        let (total_jobs, enabled_jobs, paused_jobs) =
            jobs::counts(db, owner, now.as_microsecond()).await?;
        let (running_executions, waiting_executions) = executions::live_counts(db, owner).await?;
        let hinted = jobs::next_hinted(db, owner, HINTED).await?;
        let candidates = jobs::definitions(db, &hinted)
            .await?
            .into_iter()
            .map(|stored| stored.job)
            .collect();
        // Hints may be early; the truth is in the schedule.
        let next_job = self
            .views(candidates)
            .await?
            .into_iter()
            .filter(|view| view.next_run_at.is_some())
            .min_by_key(|view| view.next_run_at);
        let recent = self
            .executions(ExecutionFilter::default(), Page { number: 1, size: 5 })
            .await?
            .items;
        Ok(SystemStatus {
            is_running: living.iter().any(|instance| {
                instance.mode != Mode::ApiOnly && instance.status == InstanceStatus::Running
            }),
            instance: own,
            instances: living,
            total_jobs,
            enabled_jobs,
            paused_jobs,
            running_executions,
            waiting_executions,
            next_job,
            recent,
            watermark: timestamp(instances::watermark(db).await?),
        })
    }

    /// Instances, living and former.
    pub async fn instances(&self) -> Result<Vec<Instance>> {
        self.may(Need::Read)?;
        instances::list(&self.engine.inner.store.db, false).await
    }
}

//! One action on many jobs.

use crate::caller::{Caller, Need};
use crate::error::{Error, Kind, Result};
use crate::model::{Bulk, BulkAction, BulkResult, RunRequest, Trigger};
use crate::store::jobs;

/// Most jobs in one bulk action.
const MAX_SELECTED: u32 = 10_000;

impl Caller {
    /// Does an action to every job of a selection that the caller sees. What cannot be done is reported job by job; the
    /// others are done all the same.
    pub async fn bulk_jobs(&self, bulk: Bulk) -> Result<BulkResult> {
        self.may(if bulk.action == BulkAction::Run {
            Need::Run
        } else {
            Need::Change
        })?;
        let engine = &self.engine.inner;
        let ids = jobs::select(
            &engine.store.db,
            &bulk.selection,
            self.actor.visible_owner(),
            engine.clock.now_us(),
            MAX_SELECTED + 1,
        )
        .await?;
        if ids.len() > MAX_SELECTED as usize {
            return Err(Error::invalid(
                "filter",
                format!("selects more than {MAX_SELECTED} jobs; narrow it down"),
            ));
        }
        let mut result = BulkResult::default();
        if let crate::model::Selection::Ids(asked) = &bulk.selection {
            let found: std::collections::HashSet<i64> = ids.iter().copied().collect();
            result.refused.extend(
                asked
                    .iter()
                    .filter(|id| !found.contains(id))
                    .map(|id| (*id, "Job not found".to_owned())),
            );
        }
        for id in ids {
            match self.act(id, &bulk).await {
                Ok(()) => result.done.push(id),
                Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => {
                    return Err(error);
                }
                Err(error) => result.refused.push((id, error.message)),
            }
        }
        Ok(result)
    }

    async fn act(&self, id: i64, bulk: &Bulk) -> Result<()> {
        match &bulk.action {
            BulkAction::Enable => self
                .set_job_enabled(id, true, bulk.confirm_primary)
                .await
                .map(drop),
            BulkAction::Disable => self
                .set_job_enabled(id, false, bulk.confirm_primary)
                .await
                .map(drop),
            BulkAction::Pause(until, reason) => {
                self.pause_job(id, *until, reason.clone()).await.map(drop)
            }
            BulkAction::Resume => self.resume_job(id).await.map(drop),
            BulkAction::Delete => self.delete_job(id, None, bulk.confirm_primary).await,
            BulkAction::Run => {
                let request = RunRequest::new(id, Trigger::Manual);
                self.run_job(request).await.map(drop)
            }
            BulkAction::Tag(tag) => {
                let tag = tag.clone();
                self.edit_job(id, None, false, move |mut draft| {
                    draft.tags.push(tag);
                    Ok(draft)
                })
                .await
                .map(drop)
            }
            BulkAction::Untag(tag) => {
                let tag = tag.clone();
                self.edit_job(id, None, false, move |mut draft| {
                    draft.tags.retain(|have| *have != tag);
                    Ok(draft)
                })
                .await
                .map(drop)
            }
        }
    }
}

//! Looking at executions: lists, attempts, logs; and removing old ones.

use serde_json::json;

use crate::caller::{Caller, Need};
use crate::clock::DAY_US;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{
    Attempt, Execution, ExecutionFilter, LogPage, LogQuery, Page, Paged, Role, Trigger,
};
use crate::store::audit::{self, AuditEntry};
use crate::store::{chains, executions, logs, users};

impl Caller {
    /// Executions the caller sees: live ones first, then newest due instant first. Those of deleted jobs stay readable.
    pub async fn executions(
        &self,
        filter: ExecutionFilter,
        page: Page,
    ) -> Result<Paged<Execution>> {
        self.may(Need::Read)?;
        let engine = &self.engine.inner;
        let (mut items, total) =
            executions::list(&engine.store.db, &filter, self.actor.visible_owner(), page).await?;
        self.complete(&mut items).await?;
        Ok(Paged { items, total, page })
    }

    /// Executions in the same order, for whoever reads all of them: at most `limit` that come after an execution, or the first
    /// ones. Nothing is counted, so it costs the same however long the history is. What ends meanwhile changes its place.
    ///
    /// # Errors
    /// `NotFound` when the execution `after` is not there (any more).
    pub async fn executions_after(
        &self,
        filter: ExecutionFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Execution>> {
        self.may(Need::Read)?;
        let place = match after {
            Some(reference) => {
                let last = self.execution(reference).await?;
                Some(executions::Place {
                    is_live: !last.status.is_final(),
                    key: (last.due_at.as_microsecond(), last.id),
                })
            }
            None => None,
        };
        let db = &self.engine.inner.store.db;
        let owner = self.actor.visible_owner();
        let mut items = executions::after(db, &filter, owner, place, limit).await?;
        self.complete(&mut items).await?;
        Ok(items)
    }

    /// Adds what lists of executions show and the history does not hold: progress, parents, files.
    async fn complete(&self, items: &mut [Execution]) -> Result<()> {
        let engine = &self.engine.inner;
        let followed: Vec<i64> = items
            .iter()
            .filter(|execution| execution.trigger == Trigger::Dependency)
            .map(|execution| execution.id)
            .collect();
        let mut parents = chains::parents_of(&engine.store.db, &followed).await?;
        for execution in items.iter_mut() {
            execution.progress = engine.progress.get(execution.id);
            execution.parents = parents.remove(&execution.id).unwrap_or_default();
        }
        self.engine.with_artifacts(items).await
    }

    /// The attempts of an execution before its present or last one.
    pub async fn attempts(&self, reference: &str) -> Result<Vec<Attempt>> {
        let execution = self.execution(reference).await?;
        executions::attempts(&self.engine.inner.store.db, execution.id).await
    }

    /// A part of an execution's log.
    pub async fn log(&self, reference: &str, query: LogQuery) -> Result<LogPage> {
        // The state is read before the lines: a log is complete only if its execution had ended before.
        let execution = self.execution(reference).await?;
        let db = &self.engine.inner.store.db;
        let lines = logs::read(db, execution.id, &query).await?;
        let total = if execution.status.is_final() {
            execution.log_lines
        } else {
            logs::line_count(db, execution.id).await?
        };
        Ok(LogPage {
            lines,
            total,
            complete: execution.status.is_final(),
        })
    }

    /// Removes ended executions older than so many days: an administrator everybody's, others their own. Answers how
    /// many were removed.
    pub async fn cleanup_history(&self, retention_days: u32) -> Result<u64> {
        self.may(Need::Change)?;
        if !(1..=3_650).contains(&retention_days) {
            return Err(Error::invalid(
                "retentionDays",
                "must lie between 1 and 3650",
            ));
        }
        let now = self.engine.inner.clock.now_us();
        let before = now - i64::from(retention_days) * DAY_US;
        let removed = self
            .engine
            .remove_history(before, self.actor.visible_owner(), None, &[], false)
            .await?;
        let mut tx = self.engine.inner.store.db.begin().await?;
        audit::record(
            &mut tx,
            now,
            &self.actor,
            AuditEntry {
                action: "history.cleaned",
                entity: "history",
                entity_id: None,
                entity_name: None,
                owner_id: self.actor.visible_owner(),
                details: json!({ "retentionDays": retention_days, "removed": removed }),
            },
        )
        .await?;
        tx.commit().await?;
        Ok(removed)
    }
}

impl Engine {
    /// Whose history a run may clean: an administrator's run anybody's (`None` is everybody's), others' their own.
    pub(crate) async fn cleanup_scope(
        &self,
        run_owner: i64,
        wanted: Option<i64>,
    ) -> Result<Option<i64>> {
        let is_admin = match run_owner {
            0 => true,
            id => users::find(&self.inner.store.db, id)
                .await?
                .is_some_and(|user| user.role == Role::Admin && !user.is_disabled),
        };
        match wanted {
            _ if is_admin => Ok(wanted),
            Some(other) if other != run_owner => Err(Error::forbidden(
                "only an administrator's job may clean other people's history",
            )),
            _ => Ok(Some(run_owner)),
        }
    }
}

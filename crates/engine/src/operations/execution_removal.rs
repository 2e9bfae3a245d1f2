//! Removing one execution from the history.

use serde_json::json;

use crate::announce::{Announcement, Subject};
use crate::caller::{Caller, Need};
use crate::error::{Error, Result};
use crate::store::audit::{self, AuditEntry};
use crate::store::retention;

impl Caller {
    /// Removes an ended execution with its attempts and log. The decision ledger still says that it was run.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it has not ended: cancel it first.
    pub async fn remove_execution(&self, reference: &str) -> Result<()> {
        self.may(Need::Change)?;
        let execution = self.execution(reference).await?;
        if !execution.status.is_final() {
            return Err(Error::conflict(
                "execution",
                "the execution has not ended; wait for it, or cancel it",
            ));
        }
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        if retention::remove(&mut tx, &[execution.id]).await? == 0 {
            return Err(Error::not_found("execution"));
        }
        audit::record(
            &mut tx,
            now,
            &self.actor,
            AuditEntry {
                action: "execution.removed",
                entity: "execution",
                entity_id: Some(execution.id),
                entity_name: Some(execution.job_name.clone()),
                owner_id: Some(execution.owner_id),
                details: json!({ "execution": execution.uuid, "status": execution.status.word() }),
            },
        )
        .await?;
        tx.commit().await?;
        engine.announcer.say(Announcement {
            subject: Subject::Execution,
            id: execution.id,
            job_id: Some(execution.job_id),
            owner_id: execution.owner_id,
            execution: Some(execution.uuid),
        });
        Ok(())
    }
}

//! Jobs that an administrator creates for somebody else.

use crate::caller::{Caller, Need};
use crate::error::{Error, Result};
use crate::model::{JobDraft, JobView};
use crate::store::users;

impl Caller {
    /// Creates a job that belongs to this user. What may be in it is judged by the rights of who creates it.
    ///
    /// # Errors
    /// `Forbidden` for others' jobs to all but administrators; `Invalid` (`/ownerId`) when there is no such enabled
    /// user, or with the fields of the draft that do not fit.
    pub async fn create_job_for(&self, owner_id: i64, draft: JobDraft) -> Result<JobView> {
        if owner_id != self.actor.user_id {
            self.may_own_for(owner_id).await?;
        }
        self.create_one(owner_id, draft).await
    }

    /// Refuses callers that may not make something for this other user.
    pub(super) async fn may_own_for(&self, owner_id: i64) -> Result<()> {
        self.may(Need::Change)?;
        if !self.actor.is_admin() {
            return Err(Error::forbidden(
                "only administrators may make something for another user",
            ));
        }
        self.may(Need::Admin)?;
        users::find(&self.engine.inner.store.db, owner_id)
            .await?
            .filter(|user| !user.is_disabled)
            .map(drop)
            .ok_or_else(|| Error::invalid("ownerId", "there is no such user"))
    }
}

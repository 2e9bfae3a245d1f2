//! What surfaces remember about jobs, and counts of runs per job.

use std::collections::HashMap;

use crate::caller::{Caller, Need};
use crate::error::{Error, Result};
use crate::model::{JobNote, RunCounts};
use crate::store::notes;

/// Most bytes of a note as JSON: what it repeats is bounded by what a job may have.
const MAX_NOTE: usize = 1024 * 1024;
/// Jobs under one alias that are answered.
const MAX_UNDER_ALIAS: i64 = 1_000;

impl Caller {
    /// Keeps what a surface must remember about a job, in place of an earlier note of that surface.
    ///
    /// # Errors
    /// `NotFound` for a job the caller does not see; `Invalid` for a note above a megabyte.
    pub async fn note_job(&self, job_id: i64, surface: &str, note: JobNote) -> Result<()> {
        self.may(Need::Change)?;
        self.job(job_id).await?;
        if note.content.to_string().len() > MAX_NOTE {
            return Err(Error::invalid("", "the definition is too large"));
        }
        let mut tx = self.engine.inner.store.db.begin().await?;
        notes::write(&mut tx, job_id, surface, &note).await?;
        tx.commit().await
    }

    /// What a surface remembers about these jobs, as far as the caller sees them; deleted jobs are included, because
    /// their history is.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn job_notes(&self, surface: &str, jobs: &[i64]) -> Result<HashMap<i64, JobNote>> {
        self.may(Need::Read)?;
        notes::of_jobs(
            &self.engine.inner.store.db,
            surface,
            jobs,
            self.actor.visible_owner(),
        )
        .await
    }

    /// Numbers of the jobs that a surface files under an alias, the first thousand.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn jobs_under_alias(&self, surface: &str, alias: &str) -> Result<Vec<i64>> {
        self.may(Need::Read)?;
        notes::jobs_under(
            &self.engine.inner.store.db,
            surface,
            alias,
            self.actor.visible_owner(),
            MAX_UNDER_ALIAS,
        )
        .await
    }

    /// How the runs of these jobs went; a job without runs is left out.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn run_counts(&self, jobs: &[i64]) -> Result<HashMap<i64, RunCounts>> {
        self.may(Need::Read)?;
        notes::run_counts(
            &self.engine.inner.store.db,
            jobs,
            self.actor.visible_owner(),
        )
        .await
    }
}

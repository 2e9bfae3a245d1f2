//! Trying out a task function once, before there is a job.
//!
//! A trial is a job that is deleted from the beginning: no list has it and nothing fires it, but its one run takes the
//! same way as every other: the same permission, checks, slots, limits, log and history. Retention removes the run by
//! its rules, and then the job.

use orloj_schedule::{RuleSpec, Spec};
use serde_json::json;

use super::jobs::entry;
use crate::caller::{Caller, Need};
use crate::error::{Error, Result};
use crate::model::{Delivery, Execution, JobDraft, Settings, Trial, Trigger};
use crate::rules::ids::{execution_uuid, shard_of};
use crate::store::{audit, hot, jobs, trials};

/// Trials of one user that may wait or run at the same time.
const MAX_LIVE: u64 = 3;
const MAX_NAME: usize = 255;

impl Caller {
    /// Runs a task function once with these parameters, as the caller. It runs at most once and is never repeated.
    ///
    /// # Errors
    /// As for creating such a job; `Conflict` when three trials of the caller have not ended.
    pub async fn try_task_function(&self, trial: Trial, trigger: Trigger) -> Result<Execution> {
        self.may(Need::Change)?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let owner_id = self.actor.user_id;
        let titles = engine
            .catalogue
            .get(&trial.task_function)
            .map(|function| function.info().name.clone());
        let (en, ar) = titles.map_or((None, None), |name| {
            (Some(name.en.to_string()), Some(name.ar.to_string()))
        });
        let function = engine.catalogue.get(&trial.task_function);
        let mut settings = Settings::with_delivery(Delivery::AtMostOnce);
        settings.timeout_seconds = trial
            .timeout_seconds
            .or_else(|| function.and_then(|function| function.info().default_timeout_seconds));
        let draft = JobDraft {
            task_function: trial.task_function,
            name_en: trial.name_en.or(en).map(|name| named("Test run: ", &name)),
            name_ar: trial
                .name_ar
                .or(ar)
                .map(|name| named("تشغيل تجريبي: ", &name)),
            description_en: None,
            description_ar: None,
            schedule: Spec::new(RuleSpec::Manual),
            parameters: trial.parameters,
            settings,
            tags: Vec::new(),
            is_enabled: false,
            is_primary: false,
        };
        let parameters = vec![("/parameters".to_owned(), &draft.parameters)];
        self.check_references(owner_id, parameters).await?;
        let id = engine.job_numbers.take(&engine.store.db, 1).await?;
        let mut job = self.new_job(draft, owner_id, id, now)?;
        job.is_deleted = true;
        if trials::live(&engine.store.db, owner_id).await? >= MAX_LIVE {
            return Err(Error::conflict(
                "trial",
                format!("{MAX_LIVE} of your test runs have not ended; wait for one, or cancel it"),
            ));
        }
        let number = engine.execution_numbers.take(&engine.store.db, 1).await?;
        let mut tx = engine.store.db.begin().await?;
        let bumped = jobs::bump_shards(&mut tx, &[shard_of(id)]).await?;
        let rows = [(job, None)];
        jobs::write(&mut tx, &rows, &bumped, &self.actor.name).await?;
        let [(job, _)] = rows;
        trials::insert(&mut tx, id, owner_id, now).await?;
        let live = self.new_live(&job, number, now, now, trigger, None);
        hot::insert_live(&mut tx, &[&live]).await?;
        let details =
            json!({ "execution": execution_uuid(number, now), "taskFunction": job.task_function });
        audit::record(&mut tx, now, &self.actor, entry("job.tried", &job, details)).await?;
        tx.commit().await?;
        self.hand_over(live, &job);
        self.execution(&number.to_string()).await
    }
}

/// A name that says what it is, no longer than a name may be.
fn named(prefix: &str, name: &str) -> String {
    let room = MAX_NAME.saturating_sub(prefix.chars().count());
    // A name that is too long is refused as it was said, not cut.
    if name.chars().count() > MAX_NAME {
        return name.to_owned();
    }
    let mut whole = prefix.to_owned();
    whole.extend(name.chars().take(room));
    whole
}

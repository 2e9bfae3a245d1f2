//! Jobs: create, read, change, delete, pause, enable.

use jiff::Timestamp;
use orloj_schedule::{Lang, Outcome, RuleSpec, Timeline};
use serde_json::json;

use super::device_targets::unknown_targets;
use super::notifications::unknown_channels;
use super::secrets::unknown_references;
use crate::announce::{Announcement, Subject};
use crate::background::arm::Nudge;
use crate::background::definition::Definition;
use crate::background::dispatch::Event;
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, FieldError, Result};
use crate::model::{
    Disposition, Fire, Job, JobDraft, JobFilter, JobVersion, JobView, Page, Paged, Pause, Settings,
    Trigger,
};
use crate::rules::due::{Reason, Skip};
use crate::rules::ids::{hash_seed, shard_of};
use crate::rules::timing::{self, unknown_calendar};
use crate::rules::{compile, draft};
use crate::store::audit::{self, AuditEntry};
use crate::store::calendars::{self, Compiled};
use crate::store::hot::{self, Live, State};
use crate::store::{Tx, executions, jobs};

/// Most jobs in one request.
const MAX_BATCH: usize = 1_000;
/// Instants of a schedule that are looked at for the next one that its calendars and windows let run.
const LOOK_AHEAD: usize = 5_000;

/// How a change touches the time line of a job.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Timing {
    /// Due instants that are owed stay owed.
    Untouched,
    /// Instants up to now no longer count.
    FromNow,
}

impl Caller {
    /// Creates a job owned by the caller.
    pub async fn create_job(&self, draft: JobDraft) -> Result<JobView> {
        self.create_one(self.actor.user_id, draft).await
    }

    /// Creates a job for this owner, with errors that point into its draft.
    pub(super) async fn create_one(&self, owner_id: i64, draft: JobDraft) -> Result<JobView> {
        let created = self.create_owned(owner_id, vec![draft]).await;
        let ids = created.map_err(|mut error| {
            for field in &mut error.fields {
                field.pointer = field
                    .pointer
                    .strip_prefix("/0")
                    .unwrap_or(&field.pointer)
                    .to_owned();
            }
            if let [one] = error.fields.as_slice() {
                error.message = format!("{}: {}", one.pointer.trim_start_matches('/'), one.message);
            }
            error
        })?;
        match ids.first() {
            Some(id) => self.job(*id).await,
            None => Err(Error::internal("creating one job created none")),
        }
    }

    /// Creates jobs, all or none; errors carry the place in the list: `/3/cronExpression`.
    pub async fn create_jobs(&self, drafts: Vec<JobDraft>) -> Result<Vec<i64>> {
        self.create_owned(self.actor.user_id, drafts).await
    }

    async fn create_owned(&self, owner_id: i64, drafts: Vec<JobDraft>) -> Result<Vec<i64>> {
        self.may(Need::Change)?;
        if drafts.is_empty() || drafts.len() > MAX_BATCH {
            return Err(Error::invalid(
                "",
                format!("between 1 and {MAX_BATCH} jobs at a time"),
            ));
        }
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let first = engine
            .job_numbers
            .take(&engine.store.db, drafts.len())
            .await?;
        // As a list: an iterator with a closure, held while waiting, would keep handlers from being sent between threads.
        let parameters: Vec<_> = drafts
            .iter()
            .enumerate()
            .map(|(at, draft)| (format!("/{at}/parameters"), &draft.parameters))
            .collect();
        self.check_references(owner_id, parameters).await?;
        let uses: Vec<_> = drafts
            .iter()
            .enumerate()
            .map(|(at, draft)| {
                let function = draft.task_function.as_str();
                (format!("/{at}/parameters"), function, &draft.parameters)
            })
            .collect();
        self.check_uses(owner_id, &uses).await?;
        let usable = self.engine.usable_targets(owner_id).await?;
        let mut errors = Vec::new();
        let tells = drafts
            .iter()
            .any(|draft| !draft.settings.notifications.is_empty());
        if tells {
            let usable = self.usable_channels(owner_id).await?;
            for (at, draft) in drafts.iter().enumerate() {
                errors.extend(unknown_in(&draft.settings, &format!("/{at}"), &usable));
            }
        }
        // Everything that ends from now on is noted, so that nothing slips through while new rules come into force.
        let _attentive = tells.then(|| engine.notices.attentive());
        for (at, draft) in drafts.iter().enumerate() {
            let function = engine.catalogue.get(&draft.task_function);
            let pointer = format!("/{at}/parameters");
            let mut unknown = unknown_targets(&pointer, function, &draft.parameters, &usable);
            errors.append(&mut unknown);
        }
        let mut new = Vec::with_capacity(drafts.len());
        for (at, (draft, id)) in drafts.into_iter().zip(first..).enumerate() {
            match self.new_job(draft, owner_id, id, now) {
                Ok(job) => new.push(job),
                Err(error) => {
                    let mut error = below(error, at);
                    if error.fields.is_empty() {
                        return Err(error);
                    }
                    errors.append(&mut error.fields);
                }
            }
        }
        if !errors.is_empty() {
            return Err(Error::invalid_fields(errors));
        }
        self.check_calendars(owner_id, &new).await?;
        let numbers = engine
            .execution_numbers
            .take(&engine.store.db, new.len())
            .await?;
        let mut tx = engine.store.db.begin().await?;
        let shards: Vec<i64> = new.iter().map(|job| shard_of(job.id)).collect();
        let bumped = jobs::bump_shards(&mut tx, &shards).await?;
        let calendars = calendars::compiled(&mut tx, &jobs::calendars_of(&new)).await?;
        for (at, job) in new.iter().enumerate() {
            let fits = self.check_parents(&mut tx, job, None).await;
            fits.map_err(|error| below(error, at))?;
        }
        let mut rows = Vec::with_capacity(new.len());
        for (at, mut job) in new.into_iter().enumerate() {
            let watermark = bumped
                .get(&shard_of(job.id))
                .map_or(now, |shard| shard.watermark);
            job.effective_from = timestamp(now.max(watermark));
            // Also of a disabled job: what does not fit now would not when it is enabled.
            timeline(&job, &calendars).map_err(|error| below(error, at))?;
            let next = first_instant(&job, &calendars)?;
            rows.push((job, next));
        }
        jobs::write(&mut tx, &rows, &bumped, &self.actor.name).await?;
        for ((job, _), number) in rows.iter().zip(numbers..) {
            let watermark = bumped
                .get(&shard_of(job.id))
                .map_or(now, |shard| shard.watermark);
            fire_passed_one_shot(&mut tx, job, &calendars, number, now, watermark).await?;
        }
        match rows.as_slice() {
            [(job, _)] => {
                audit::record(
                    &mut tx,
                    now,
                    &self.actor,
                    entry(
                        "job.created",
                        job,
                        json!({ "taskFunction": job.task_function }),
                    ),
                )
                .await?
            }
            // One event for a whole batch: the trail is one chain, and a chain is written link by link.
            many => {
                let created: Vec<serde_json::Value> = many
                    .iter()
                    .map(|(job, _)| json!({ "id": job.id, "name": job.title() }))
                    .collect();
                let details = json!({ "count": many.len(), "jobs": created });
                let whole = AuditEntry {
                    action: "job.created",
                    entity: "job",
                    entity_id: None,
                    entity_name: None,
                    owner_id: Some(owner_id),
                    details,
                };
                audit::record(&mut tx, now, &self.actor, whole).await?;
            }
        }
        match rows.len() {
            // Whoever creates one job reads it back.
            1 => tx.commit().await?,
            _ => tx.commit_before_answer().await?,
        }
        if tells {
            engine.notices.reload(engine).await?;
        }
        self.tell_visible(rows.iter().map(|(job, _)| job));
        self.announce_jobs(rows.iter().map(|(job, _)| job));
        Ok(rows.iter().map(|(job, _)| job.id).collect())
    }

    /// Refuses calendars that the owner of new jobs may not use.
    async fn check_calendars(&self, owner_id: i64, new: &[Job]) -> Result<()> {
        if jobs::calendars_of(new).is_empty() {
            return Ok(());
        }
        let usable = calendars::usable(&self.engine.inner.store.db, owner_id).await?;
        for (at, job) in new.iter().enumerate() {
            for (place, usage) in job.settings.calendars.iter().enumerate() {
                if !usable.contains(&usage.calendar_id) {
                    return Err(below(unknown_calendar(place, usage.calendar_id), at));
                }
            }
        }
        Ok(())
    }

    pub(super) fn new_job(&self, draft: JobDraft, owner_id: i64, id: i64, now: i64) -> Result<Job> {
        let engine = &self.engine.inner;
        draft::check(
            &draft,
            &self.actor,
            &engine.catalogue,
            &engine.config.policy,
        )?;
        compile(&draft.schedule, hash_seed(id))?;
        not_in_the_past(&draft, now)?;
        if draft.is_primary && !self.actor.is_admin() {
            return Err(Error::invalid(
                "isPrimary",
                "only an administrator can make a job primary",
            ));
        }
        let at = timestamp(now);
        Ok(Job {
            id,
            version: 1,
            owner_id,
            task_function: draft.task_function,
            name_en: draft.name_en,
            name_ar: draft.name_ar,
            description_en: draft.description_en,
            description_ar: draft.description_ar,
            schedule: draft.schedule,
            parameters: draft.parameters,
            settings: draft.settings,
            tags: tidy_tags(draft.tags),
            is_enabled: draft.is_enabled,
            is_deleted: false,
            is_primary: draft.is_primary,
            pause: None,
            effective_from: at,
            created_at: at,
            created_by_id: Some(self.actor.user_id),
            updated_at: None,
            updated_by_id: None,
        })
    }

    /// A job the caller sees.
    pub async fn job(&self, id: i64) -> Result<JobView> {
        self.may(Need::Read)?;
        let job = jobs::get(&self.engine.inner.store.db, id)
            .await?
            .filter(|job| !job.is_deleted && self.sees(job.owner_id));
        let job = job.ok_or_else(|| Error::not_found("job"))?;
        self.views(vec![job])
            .await?
            .pop()
            .ok_or_else(|| Error::not_found("job"))
    }

    /// Jobs the caller sees.
    pub async fn jobs(&self, filter: JobFilter, page: Page) -> Result<Paged<JobView>> {
        self.may(Need::Read)?;
        let now = self.engine.inner.clock.now_us();
        let (items, total) = jobs::list(
            &self.engine.inner.store.db,
            &filter,
            self.actor.visible_owner(),
            now,
            page,
        )
        .await?;
        Ok(Paged {
            items: self.views(items).await?,
            total,
            page,
        })
    }

    /// Changes a job: `edit` turns the present draft into the new one. Refused with a conflict when the job is not at
    /// `expected_version` any more.
    pub async fn edit_job(
        &self,
        id: i64,
        expected_version: Option<i64>,
        confirm_primary: bool,
        edit: impl FnOnce(JobDraft) -> Result<JobDraft> + Send,
    ) -> Result<JobView> {
        let stored = jobs::get(&self.engine.inner.store.db, id).await?;
        let owner_id = stored.map_or(self.actor.user_id, |job| job.owner_id);
        let usable_secrets = self.engine.usable_secrets(owner_id).await?;
        let usable_things = self.engine.usable_things(owner_id).await?;
        let usable_channels = self.usable_channels(owner_id).await?;
        let usable_targets = self.engine.usable_targets(owner_id).await?;
        let usable_calendars = calendars::usable(&self.engine.inner.store.db, owner_id).await?;
        self.change(id, expected_version, "job.updated", |job, caller| {
            let before = job.draft();
            let draft = edit(before.clone())?;
            let engine = &caller.engine.inner;
            if draft.task_function != before.task_function || draft.parameters != before.parameters
            {
                draft::check(
                    &draft,
                    &caller.actor,
                    &engine.catalogue,
                    &engine.config.policy,
                )?;
            } else {
                // What was allowed when it was written stays; only the rest is checked anew.
                draft::check(
                    &draft,
                    &crate::model::Actor::system(),
                    &engine.catalogue,
                    &engine.config.policy,
                )?;
            }
            if draft.parameters != before.parameters {
                let mut unknown =
                    unknown_references("/parameters", &draft.parameters, &usable_secrets);
                unknown.extend(usable_things.missing(
                    "/parameters",
                    &draft.task_function,
                    &draft.parameters,
                ));
                unknown.append(&mut unknown_targets(
                    "/parameters",
                    engine.catalogue.get(&draft.task_function),
                    &draft.parameters,
                    &usable_targets,
                ));
                if !unknown.is_empty() {
                    return Err(Error::invalid_fields(unknown));
                }
            }
            if draft.settings.notifications != before.settings.notifications {
                let unknown = unknown_in(&draft.settings, "", &usable_channels);
                if !unknown.is_empty() {
                    return Err(Error::invalid_fields(unknown));
                }
            }
            compile(&draft.schedule, hash_seed(job.id))?;
            if draft.schedule != before.schedule {
                not_in_the_past(&draft, engine.clock.now_us())?;
            }
            if draft.is_primary != before.is_primary && !caller.actor.is_admin() {
                return Err(Error::invalid(
                    "isPrimary",
                    "only an administrator can change whether a job is primary",
                ));
            }
            if before.is_enabled && !draft.is_enabled {
                guard_primary(job, &caller.actor, confirm_primary, "disabled")?;
            }
            // What the job has already stays its own, also when it is not shared with the owner any more.
            let known = &before.settings.calendars;
            for (at, usage) in draft.settings.calendars.iter().enumerate() {
                let id = usage.calendar_id;
                let has = known.iter().any(|known| known.calendar_id == id);
                if !has && !usable_calendars.contains(&id) {
                    return Err(unknown_calendar(at, id));
                }
            }
            let (now, then) = (&draft.settings, &before.settings);
            let retimed = draft.schedule != before.schedule
                || draft.is_enabled != before.is_enabled
                || now.calendars != then.calendars
                || now.execution_windows != then.execution_windows
                || now.outside_windows != then.outside_windows;
            let changed = changed_fields(&before, &draft);
            job.task_function = draft.task_function;
            job.name_en = draft.name_en;
            job.name_ar = draft.name_ar;
            job.description_en = draft.description_en;
            job.description_ar = draft.description_ar;
            job.schedule = draft.schedule;
            job.parameters = draft.parameters;
            job.settings = draft.settings;
            job.tags = tidy_tags(draft.tags);
            job.is_enabled = draft.is_enabled;
            job.is_primary = draft.is_primary;
            Ok((
                if retimed {
                    Timing::FromNow
                } else {
                    Timing::Untouched
                },
                json!({ "changed": changed }),
            ))
        })
        .await
    }

    /// Deletes a job: softly, its history stays. Executions that wait are cancelled; those that run come to their end.
    pub async fn delete_job(
        &self,
        id: i64,
        expected_version: Option<i64>,
        confirm_primary: bool,
    ) -> Result<()> {
        self.change(id, expected_version, "job.deleted", |job, caller| {
            guard_primary(job, &caller.actor, confirm_primary, "deleted")?;
            job.is_deleted = true;
            job.is_enabled = false;
            Ok((Timing::FromNow, json!({})))
        })
        .await?;
        self.cancel_waiting(id, "job_deleted").await
    }

    /// Enables or disables a job. Instants that fell into the disabled time do not run.
    pub async fn set_job_enabled(
        &self,
        id: i64,
        enabled: bool,
        confirm_primary: bool,
    ) -> Result<JobView> {
        let action = if enabled {
            "job.enabled"
        } else {
            "job.disabled"
        };
        self.change(id, None, action, |job, caller| {
            if job.is_enabled == enabled {
                return Ok((Timing::Untouched, json!({ "already": true })));
            }
            if !enabled {
                guard_primary(job, &caller.actor, confirm_primary, "disabled")?;
            }
            job.is_enabled = enabled;
            Ok((Timing::FromNow, json!({})))
        })
        .await
    }

    /// Pauses a job, until an instant or until it is resumed. Due instants that fall into the pause are recorded as
    /// skipped and do not run afterwards.
    pub async fn pause_job(
        &self,
        id: i64,
        until: Option<Timestamp>,
        reason: Option<String>,
    ) -> Result<JobView> {
        let now = self.engine.inner.clock.now();
        if until.is_some_and(|until| until <= now) {
            return Err(Error::invalid("until", "must lie in the future"));
        }
        if reason.as_ref().is_some_and(|reason| {
            reason.chars().count() > 1_000 || reason.chars().any(char::is_control)
        }) {
            return Err(Error::invalid(
                "reason",
                "at most 1000 characters, no control characters",
            ));
        }
        self.change(id, None, "job.paused", |job, _| {
            let since = job
                .pause
                .as_ref()
                .filter(|_| job.is_paused_at(now))
                .map_or(now, |pause| pause.since);
            let details = json!({ "until": until, "reason": reason });
            job.pause = Some(Pause {
                since,
                until,
                reason,
            });
            // Not "from now": what is owed from before the pause stays owed.
            Ok((Timing::Untouched, details))
        })
        .await
    }

    /// Ends a pause.
    pub async fn resume_job(&self, id: i64) -> Result<JobView> {
        self.change(id, None, "job.resumed", |job, _| {
            job.pause = None;
            Ok((Timing::FromNow, json!({})))
        })
        .await
    }

    /// Earlier versions of a job, newest first.
    pub async fn job_versions(&self, id: i64) -> Result<Vec<JobVersion>> {
        self.job(id).await?;
        jobs::versions(&self.engine.inner.store.db, id).await
    }

    /// The decision ledger of a job: every due instant and what became of it, newest first.
    pub async fn fires(
        &self,
        job_id: i64,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        dispositions: Vec<Disposition>,
        page: Page,
    ) -> Result<Paged<Fire>> {
        self.job(job_id).await?;
        let from = from.map_or(i64::MIN, Timestamp::as_microsecond);
        let to = to.map_or(i64::MAX, Timestamp::as_microsecond);
        let (items, total) = executions::fires(
            &self.engine.inner.store.db,
            job_id,
            from,
            to,
            &dispositions,
            page,
        )
        .await?;
        Ok(Paged { items, total, page })
    }

    /// Whether the caller sees what belongs to `owner`.
    pub(super) fn sees(&self, owner: i64) -> bool {
        self.actor.visible_owner().is_none_or(|own| own == owner)
    }

    /// Reads, changes and writes a job in one transaction, and tells those who hold it.
    pub(super) async fn change(
        &self,
        id: i64,
        expected_version: Option<i64>,
        action: &'static str,
        edit: impl FnOnce(&mut Job, &Self) -> Result<(Timing, serde_json::Value)> + Send,
    ) -> Result<JobView> {
        self.may(Need::Change)?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let number = engine.execution_numbers.take(&engine.store.db, 1).await?;
        let _attentive = engine.notices.attentive();
        let mut tx = engine.store.db.begin().await?;
        let bumped = jobs::bump_shards(&mut tx, &[shard_of(id)]).await?;
        let job = jobs::get_for_update(&mut tx, id)
            .await?
            .filter(|job| !job.is_deleted && self.sees(job.owner_id));
        let mut job = job.ok_or_else(|| Error::not_found("job"))?;
        if expected_version.is_some_and(|expected| expected != job.version) {
            return Err(Error::conflict(
                "job",
                format!(
                    "the job was changed meanwhile: it is at version {}; read it again and repeat the change",
                    job.version
                ),
            ));
        }
        let told = job.settings.notifications.clone();
        let before = job.settings.after.clone();
        let (timing, details) = edit(&mut job, self)?;
        if job.settings.after != before {
            self.check_parents(&mut tx, &job, before.as_deref()).await?;
        }
        let retold = told != job.settings.notifications || (job.is_deleted && !told.is_empty());
        job.version += 1;
        job.updated_at = Some(timestamp(now));
        job.updated_by_id = Some(self.actor.user_id);
        let watermark = bumped
            .get(&shard_of(id))
            .map_or(now, |shard| shard.watermark);
        if timing == Timing::FromNow {
            job.effective_from = timestamp(now.max(watermark));
        }
        let calendars = jobs::calendars_of([&job]);
        let calendars = calendars::compiled(&mut tx, &calendars).await?;
        if action == "job.updated" {
            timeline(&job, &calendars)?;
        }
        let next = first_instant(&job, &calendars)?;
        let rows = [(job, next)];
        jobs::write(&mut tx, &rows, &bumped, &self.actor.name).await?;
        let [(job, _)] = rows;
        if timing == Timing::FromNow {
            fire_passed_one_shot(&mut tx, &job, &calendars, number, now, watermark).await?;
        }
        audit::record(&mut tx, now, &self.actor, entry(action, &job, details)).await?;
        tx.commit().await?;
        if retold {
            engine.notices.reload(engine).await?;
        }
        self.tell_visible([&job]);
        self.announce_jobs([&job]);
        self.views(vec![job])
            .await?
            .pop()
            .ok_or_else(|| Error::not_found("job"))
    }

    /// Tells the armer, the dispatcher and whoever listens about changed jobs.
    pub(super) fn announce_jobs<'a>(&self, changed: impl IntoIterator<Item = &'a Job>) {
        let engine = &self.engine.inner;
        for job in changed {
            let shard = shard_of(job.id);
            if let Some(definition) = Definition::of(job, shard) {
                // An engine that is stopping needs no news.
                drop(engine.events.send(Event::JobChanged(definition)));
            }
            drop(engine.nudges.send(Nudge::Edited(shard)));
            engine.announcer.say(Announcement {
                subject: Subject::Job,
                id: job.id,
                job_id: Some(job.id),
                owner_id: job.owner_id,
                execution: None,
            });
        }
    }

    /// Wakes the dispatcher for one-shots that went into the queue directly.
    fn tell_visible<'a>(&self, changed: impl IntoIterator<Item = &'a Job>) {
        for at in changed.into_iter().filter_map(one_shot) {
            // An engine that is stopping needs no news.
            drop(self.engine.inner.events.send(Event::Visible(at)));
        }
    }

    /// Adds what is known beyond the definitions.
    pub(super) async fn views(&self, list: Vec<Job>) -> Result<Vec<JobView>> {
        let engine = &self.engine.inner;
        let now = engine.clock.now();
        let ids: Vec<i64> = list.iter().map(|job| job.id).collect();
        let mut latest: std::collections::HashMap<i64, executions::Latest> =
            executions::latest(&engine.store.db, &ids)
                .await?
                .into_iter()
                .map(|latest| (latest.job_id, latest))
                .collect();
        let calendars = jobs::calendars_of(&list);
        let calendars = calendars::compiled(&engine.store.db, &calendars).await?;
        let owners = jobs::owner_names(
            &engine.store.db,
            &list.iter().map(|job| job.owner_id).collect::<Vec<_>>(),
        )
        .await?;
        Ok(list
            .into_iter()
            .map(|job| {
                let latest = latest.remove(&job.id);
                let (text, next) = match job.schedule.compile(hash_seed(job.id)) {
                    Ok(schedule) => (
                        (schedule.describe(Lang::En), schedule.describe(Lang::Ar)),
                        next_run(&job, &schedule, &calendars, now),
                    ),
                    Err(error) => (
                        (
                            error.message(Lang::En).to_owned(),
                            error.message(Lang::Ar).to_owned(),
                        ),
                        None,
                    ),
                };
                let (current, live) = latest
                    .as_ref()
                    .map_or((None, 0), |latest| (latest.current.clone(), latest.live));
                let last = latest.and_then(|latest| latest.last);
                JobView {
                    owner_name: owners
                        .get(&job.owner_id)
                        .cloned()
                        .unwrap_or_else(|| "system".to_owned()),
                    task_function_id: engine
                        .function_numbers
                        .get(&job.task_function)
                        .copied()
                        .unwrap_or(0),
                    is_paused: job.is_paused_at(now),
                    schedule_text: text,
                    next_run_at: next,
                    last_run_at: last.map(|(due, _)| timestamp(due)),
                    last_status: last.map(|(_, status)| status),
                    live_executions: live,
                    current_execution: current.as_ref().map(|(uuid, _)| uuid.clone()),
                    current_status: current.map(|(_, status)| status),
                    job,
                }
            })
            .collect())
    }
}

/// A one-shot set so close ahead that the scheduler's watermark has passed it already would never fire: it becomes an
/// execution right here, in the transaction that creates or changes the job.
async fn fire_passed_one_shot(
    tx: &mut Tx,
    job: &Job,
    calendars: &Compiled,
    number: i64,
    now: i64,
    watermark: i64,
) -> Result<()> {
    let Some(own) = one_shot(job).filter(|at| *at > now && *at <= watermark) else {
        return Ok(());
    };
    let timeline = timeline(job, calendars)?;
    let outcome = timeline.outcome(own);
    if let Some((word, detail)) = timing::reason(&timeline, outcome) {
        let skip = Skip {
            from: own,
            until: own,
            count: 1,
            disposition: Disposition::Skipped,
            reason: Reason { word, detail },
        };
        hot::skip_one(tx, job.id, &skip, now).await?;
    }
    let at = match outcome {
        Outcome::Kept => own,
        Outcome::Moved(to, _) if to > now => to,
        Outcome::Moved(..) | Outcome::Suppressed(_) => return Ok(()),
    };
    let live = Live {
        id: number,
        created_at: now,
        shard: shard_of(job.id),
        state: State::Pending,
        job_id: job.id,
        job_version: job.version,
        owner_id: job.owner_id,
        task_function: job.task_function.clone(),
        priority: i64::from(job.settings.priority),
        delivery: job.settings.delivery,
        due_at: at,
        visible_at: at,
        trigger: Trigger::Schedule,
        triggered_by: None,
        parameters: None,
        attempt: 1,
        instance_id: None,
        first_started_at: None,
        started_at: None,
        cancel_reason: None,
        reason: None,
        log_lines: 0,
    };
    hot::fire_one(tx, &live).await
}

/// The instant of an active one-time job.
fn one_shot(job: &Job) -> Option<i64> {
    match job.schedule.rule {
        RuleSpec::Once { at } if job.is_enabled && !job.is_deleted => Some(at.as_microsecond()),
        _ => None,
    }
}

/// The schedule of a job under its calendars and windows.
fn timeline(job: &Job, calendars: &Compiled) -> Result<Timeline> {
    timing::timeline(&job.schedule, hash_seed(job.id), &job.settings, calendars)
}

/// The first instant that may fire: what the index hint says.
pub(super) fn first_instant(job: &Job, calendars: &Compiled) -> Result<Option<i64>> {
    if !job.is_enabled || job.is_deleted {
        return Ok(None);
    }
    let timeline = timeline(job, calendars)?;
    let after = job.effective_from.as_microsecond();
    Ok(timeline.since(after).next_decision_us(after))
}

/// The next instant that will fire, for people.
fn next_run(
    job: &Job,
    schedule: &orloj_schedule::Schedule,
    calendars: &Compiled,
    now: Timestamp,
) -> Option<Timestamp> {
    if !job.is_enabled || job.is_deleted {
        return None;
    }
    let mut after = now.max(job.effective_from);
    if let Some(pause) = job.pause.as_ref().filter(|_| job.is_paused_at(now)) {
        // The instant at which the pause ends counts again.
        after = after.max(
            pause
                .until?
                .checked_sub(jiff::SignedDuration::from_micros(1))
                .ok()?,
        );
    }
    let settings = &job.settings;
    if settings.calendars.is_empty() && settings.execution_windows.is_empty() {
        return schedule.next_after(after);
    }
    let timeline = timing::under(
        schedule,
        &settings.calendars,
        &settings.execution_windows,
        settings.outside_windows,
        calendars,
    )
    .ok()?;
    timeline
        .since(job.effective_from.as_microsecond())
        .next_run_us(after.as_microsecond(), LOOK_AHEAD)
        .map(timestamp)
}

/// Errors of a job, below its place in a list.
fn below(mut error: Error, at: usize) -> Error {
    for field in &mut error.fields {
        field.pointer = format!("/{at}{}", field.pointer);
    }
    error
}

fn not_in_the_past(draft: &JobDraft, now: i64) -> Result<()> {
    match draft.schedule.rule {
        RuleSpec::Once { at } if at.as_microsecond() <= now => Err(Error::invalid(
            "runAt",
            "lies in the past; choose an instant to come",
        )),
        _ => Ok(()),
    }
}

fn guard_primary(
    job: &Job,
    actor: &crate::model::Actor,
    confirmed: bool,
    what: &str,
) -> Result<()> {
    if !job.is_primary {
        return Ok(());
    }
    if !actor.is_admin() {
        return Err(Error::forbidden(format!(
            "a primary job can be {what} by administrators only"
        )));
    }
    if !confirmed {
        return Err(Error::conflict(
            "job",
            format!("this job is primary: confirm (confirmPrimary=true) that it is to be {what}"),
        ));
    }
    Ok(())
}

fn tidy_tags(tags: Vec<String>) -> Vec<String> {
    let mut tags: Vec<String> = tags.into_iter().map(|tag| tag.trim().to_owned()).collect();
    tags.sort();
    tags.dedup();
    tags
}

fn changed_fields(before: &JobDraft, after: &JobDraft) -> Vec<&'static str> {
    let mut changed = Vec::new();
    let mut note = |name, is_changed: bool| {
        if is_changed {
            changed.push(name);
        }
    };
    note("taskFunction", before.task_function != after.task_function);
    note(
        "names",
        before.name_en != after.name_en || before.name_ar != after.name_ar,
    );
    note(
        "descriptions",
        before.description_en != after.description_en
            || before.description_ar != after.description_ar,
    );
    note("schedule", before.schedule != after.schedule);
    note("parameters", before.parameters != after.parameters);
    note("settings", before.settings != after.settings);
    note("tags", before.tags != after.tags);
    note("isEnabled", before.is_enabled != after.is_enabled);
    note("isPrimary", before.is_primary != after.is_primary);
    changed
}

pub(super) fn entry(action: &'static str, job: &Job, details: serde_json::Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "job",
        entity_id: Some(job.id),
        entity_name: Some(job.title()),
        owner_id: Some(job.owner_id),
        details,
    }
}

/// Channels in a job's own rules that are not among these names.
fn unknown_in(
    settings: &Settings,
    at: &str,
    usable: &std::collections::HashSet<String>,
) -> Vec<FieldError> {
    let policies = settings.notifications.iter().enumerate();
    policies
        .flat_map(|(place, policy)| {
            unknown_channels(policy, &format!("{at}/notifications/{place}"), usable)
        })
        .collect()
}

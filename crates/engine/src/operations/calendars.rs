//! Calendars: made, changed, imported, shared; and what they change about schedules.

use orloj_schedule::{CalendarSpec, Lang, Outcome, Spec, Timeline, import_icalendar};
use serde_json::json;

use super::jobs::first_instant;
use super::secrets::{Wrong, name_taken, shared_words, tidy};
use crate::background::arm::Nudge;
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, FieldError, Result};
use crate::model::{
    CalendarChange, CalendarImport, CalendarPreview, CalendarQuestion, CalendarUse, Change,
    NewWorkCalendar, Settings, WorkCalendar, WorkCalendarPatch, WorkDay,
};
use crate::rules::ids::{SHARDS, hash_seed};
use crate::rules::timing::{self, unknown_calendar};
use crate::store::audit::{self, AuditEntry};
use crate::store::calendars::{self, Compiled};
use crate::store::{Tx, jobs};

const MAX_NAME: usize = 100;
/// Days of a calendar in one answer.
const MAX_DAYS: i32 = 366;
/// Longest span of a preview, in days.
const MAX_PREVIEW_DAYS: i64 = 800;
/// Instants that a preview looks at.
const MAX_PREVIEW: usize = 50_000;

impl Caller {
    /// Calendars that the caller may use, by name; administrators see all. Of very many, the first thousand.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn calendars(&self) -> Result<Vec<WorkCalendar>> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let mut all = calendars::list(db, self.actor.visible_owner()).await?;
        for calendar in &mut all {
            self.hide_sharing(calendar.owner_id, &mut calendar.sharing);
        }
        Ok(all)
    }

    /// A calendar that the caller may use.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else who does not share it.
    pub async fn work_calendar(&self, id: i64) -> Result<WorkCalendar> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let mut found = calendars::find(db, id, self.actor.visible_owner())
            .await?
            .ok_or_else(|| Error::not_found("calendar"))?;
        self.hide_sharing(found.owner_id, &mut found.sharing);
        Ok(found)
    }

    /// Stores a calendar.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the owner has one of this name; `Forbidden` for
    /// others' calendars to all but administrators.
    pub async fn create_calendar(&self, new: NewWorkCalendar) -> Result<WorkCalendar> {
        self.may(Need::Change)?;
        let owner_id = new.owner_id.unwrap_or(self.actor.user_id);
        if owner_id != self.actor.user_id {
            self.may_own_for(owner_id).await?;
        }
        let mut wrong = Wrong::default();
        names(&mut wrong, Some(&new.name_en), new.name_ar.as_deref());
        wrong.description(new.description.as_deref());
        wrong.sharing(&new.sharing);
        fits(&mut wrong, &new.spec);
        wrong.into_result()?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let calendar = WorkCalendar {
            id: calendars::next_id(&mut tx).await?,
            owner_id,
            name_en: new.name_en,
            name_ar: new.name_ar,
            description: new.description,
            spec: new.spec,
            sharing: tidy(&mut tx, new.sharing, owner_id).await?,
            version: 1,
            jobs: 0,
            created_at: timestamp(now),
            updated_at: timestamp(now),
        };
        calendars::insert(&mut tx, &calendar)
            .await
            .map_err(|error| name_taken(error, "calendar"))?;
        let details = json!({
            "entries": calendar.spec.entries.len(),
            "sharedWith": shared_words(&calendar.sharing),
        });
        let event = entry("calendar.created", &calendar, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(calendar)
    }

    /// Changes a calendar. The jobs that are subject to it follow it from then on; instants that were decided stay so.
    ///
    /// # Errors
    /// As [`Caller::create_calendar`]; `Forbidden` for those with whom it is only shared; `Conflict` when it was
    /// changed meanwhile.
    pub async fn update_calendar(&self, id: i64, patch: WorkCalendarPatch) -> Result<WorkCalendar> {
        self.may(Need::Change)?;
        let before = self.managed_calendar(id).await?;
        let expected = patch.expected_version.unwrap_or(before.version);
        let mut wrong = Wrong::default();
        names(
            &mut wrong,
            patch.name_en.as_deref(),
            patch.name_ar.as_ref().and_then(|name| name.as_deref()),
        );
        wrong.description(patch.description.as_ref().and_then(|text| text.as_deref()));
        if let Some(sharing) = &patch.sharing {
            wrong.sharing(sharing);
        }
        let mut calendar = before.clone();
        if let Some(timezone) = patch.timezone {
            calendar.spec.timezone = timezone;
        }
        if let Some(weekend) = patch.weekend {
            calendar.spec.weekend = weekend;
        }
        if let Some(entries) = patch.entries {
            calendar.spec.entries = entries;
        }
        if calendar.spec != before.spec {
            fits(&mut wrong, &calendar.spec);
        }
        wrong.into_result()?;
        let details = json!({ "changed": {
            "name": patch.name_en.is_some() || patch.name_ar.is_some(),
            "description": patch.description.is_some(),
            "times": calendar.spec != before.spec,
            "entries": calendar.spec.entries.len(),
            "sharedWith": patch.sharing.as_ref().map(shared_words),
        } });
        if let Some(name) = patch.name_en {
            calendar.name_en = name;
        }
        if let Some(name) = patch.name_ar {
            calendar.name_ar = name;
        }
        if let Some(description) = patch.description {
            calendar.description = description;
        }
        if let Some(sharing) = patch.sharing {
            calendar.sharing = sharing;
        }
        self.write_calendar(calendar, &before, expected, details)
            .await
    }

    /// Reads events of an iCalendar file into a calendar.
    ///
    /// # Errors
    /// `Invalid` with the line that cannot be understood; otherwise as [`Caller::update_calendar`].
    pub async fn import_calendar(&self, id: i64, import: CalendarImport) -> Result<WorkCalendar> {
        self.may(Need::Change)?;
        let before = self.managed_calendar(id).await?;
        let mut calendar = before.clone();
        let entries = import_icalendar(&import.text, import.kind, &before.spec.timezone);
        let entries = entries.map_err(|error| {
            Error::invalid_fields(vec![FieldError {
                pointer: "/icalendar".to_owned(),
                message: error.message(Lang::En).to_owned(),
                message_ar: Some(error.message(Lang::Ar).to_owned()),
            }])
        })?;
        let count = entries.len();
        if import.replace {
            calendar.spec.entries = entries;
        } else {
            // The same file twice makes no entry twice.
            for entry in entries {
                if !calendar.spec.entries.contains(&entry) {
                    calendar.spec.entries.push(entry);
                }
            }
        }
        let mut wrong = Wrong::default();
        fits(&mut wrong, &calendar.spec);
        wrong.into_result()?;
        let details = json!({ "imported": count, "replaced": import.replace });
        let expected = before.version;
        self.write_calendar(calendar, &before, expected, details)
            .await
    }

    /// Deletes a calendar that no job is subject to.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for those with whom it is only shared; `Conflict` while jobs use it.
    pub async fn delete_calendar(&self, id: i64) -> Result<()> {
        self.may(Need::Change)?;
        let calendar = self.managed_calendar(id).await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        // Every edit of a job holds its shard, so none can begin to use the calendar meanwhile.
        jobs::bump_shards(&mut tx, &SHARDS.collect::<Vec<_>>()).await?;
        let users = calendars::users(&mut tx, id).await?;
        if !users.is_empty() {
            return Err(Error::conflict(
                "calendar",
                format!(
                    "{} jobs are subject to this calendar; take it out of them first",
                    users.len()
                ),
            ));
        }
        calendars::delete(&mut tx, id).await?;
        let event = entry("calendar.deleted", &calendar, json!({}));
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await
    }

    /// The days of a calendar, ends included.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the span is empty or longer than 366 days.
    pub async fn calendar_days(
        &self,
        id: i64,
        from: jiff::civil::Date,
        to: jiff::civil::Date,
    ) -> Result<Vec<WorkDay>> {
        let calendar = self.work_calendar(id).await?;
        let days = from.until(to).map(|span| span.get_days());
        if to < from || days.is_ok_and(|days| days >= MAX_DAYS) {
            return Err(Error::invalid(
                "to",
                format!("must lie at or after from, at most {MAX_DAYS} days on"),
            ));
        }
        let compiled = timing::calendar(&calendar.spec, id, &calendar.name_en, "")?;
        let named = |entry: usize| {
            let name = compiled.entry_name(entry)?.to_owned();
            Some((entry, name, compiled.entry_kind(entry)?))
        };
        Ok(compiled
            .days(from, to)
            .into_iter()
            .map(|day| WorkDay {
                date: day.date,
                is_business_day: day.is_business_day,
                is_weekend: day.is_weekend,
                entries: day.entries.into_iter().filter_map(named).collect(),
            })
            .collect())
    }

    /// What calendars and windows change about the instants of a schedule.
    ///
    /// # Errors
    /// `NotFound` for a job that the caller does not see; `Invalid` with the fields that do not fit.
    pub async fn preview_calendars(&self, question: CalendarQuestion) -> Result<CalendarPreview> {
        self.may(Need::Read)?;
        let job = match question.job_id {
            Some(id) => Some(self.job(id).await?.job),
            None => None,
        };
        let (from, until) = (question.from, question.until);
        if from >= until || until.duration_since(from).as_hours() > MAX_PREVIEW_DAYS * 24 {
            return Err(Error::invalid(
                "until",
                format!("must lie after from, at most {MAX_PREVIEW_DAYS} days on"),
            ));
        }
        let seed = job.as_ref().map_or(0, |job| hash_seed(job.id));
        let owner = job.as_ref().map_or(self.actor.user_id, |job| job.owner_id);
        let settings = job.as_ref().map(|job| &job.settings);
        let own = settings.map(|settings| settings.calendars.as_slice());
        let timeline = {
            let schedule = match (question.schedule, &job) {
                (Some(spec), _) => spec,
                (None, Some(job)) => job.schedule.clone(),
                (None, None) => {
                    return Err(Error::invalid("jobId", "name a job, or give a schedule"));
                }
            };
            let known = own.unwrap_or_default();
            let uses = question.calendars.unwrap_or_else(|| known.to_vec());
            let calendars = self
                .previewed(owner, known, &uses, question.draft.as_ref())
                .await?;
            let windows = question
                .windows
                .or_else(|| settings.map(|settings| settings.execution_windows.clone()));
            let outside = question
                .outside
                .or_else(|| settings.map(|settings| settings.outside_windows));
            timing::under(
                &crate::rules::compile(&schedule, seed)?,
                &uses,
                &windows.unwrap_or_default(),
                outside.unwrap_or_default(),
                &calendars,
            )?
        };
        Ok(changes(&timeline, from, until, question.limit))
    }

    /// What the next runs of a schedule are under the calendars and windows of these settings; for previews.
    ///
    /// # Errors
    /// `Invalid` with the field that does not fit.
    pub async fn timeline(
        &self,
        spec: &Spec,
        seed: u64,
        settings: &Settings,
        known: &[CalendarUse],
    ) -> Result<Timeline> {
        self.may(Need::Read)?;
        let calendars = self
            .previewed(self.actor.user_id, known, &settings.calendars, None)
            .await?;
        timing::timeline(spec, seed, settings, &calendars)
    }

    /// The calendars of a preview: those that a job has already, those that its owner or the asker may use, and a draft.
    async fn previewed(
        &self,
        owner: i64,
        known: &[CalendarUse],
        uses: &[CalendarUse],
        draft: Option<&(i64, CalendarSpec)>,
    ) -> Result<Compiled> {
        let db = &self.engine.inner.store.db;
        let mut usable = calendars::usable(db, owner).await?;
        usable.extend(known.iter().map(|usage| usage.calendar_id));
        let drafted = draft.map(|(id, _)| *id);
        for (at, usage) in uses.iter().enumerate() {
            let id = usage.calendar_id;
            if drafted != Some(id) && !usable.contains(&id) {
                return Err(unknown_calendar(at, id));
            }
        }
        let ids: Vec<i64> = uses.iter().map(|usage| usage.calendar_id).collect();
        let mut compiled = calendars::compiled(db, &ids).await?;
        if let Some((id, spec)) = draft {
            let name = match *id {
                0 => None,
                id => Some(self.work_calendar(id).await?.name_en),
            };
            let name = name.as_deref().unwrap_or("draft");
            let calendar = timing::calendar(spec, *id, name, "/draft")?;
            compiled.insert(*id, std::sync::Arc::new(calendar));
        }
        Ok(compiled)
    }

    /// A calendar that the caller may change.
    async fn managed_calendar(&self, id: i64) -> Result<WorkCalendar> {
        let calendar = self.work_calendar(id).await?;
        self.may_manage(calendar.owner_id)?;
        Ok(calendar)
    }

    /// Writes a changed calendar, and makes the jobs that are subject to it follow.
    async fn write_calendar(
        &self,
        mut calendar: WorkCalendar,
        before: &WorkCalendar,
        expected: i64,
        details: serde_json::Value,
    ) -> Result<WorkCalendar> {
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        // The name stands in the reasons of the ledger, so a new one is told to those who hold the calendar too.
        let matters = calendar.spec != before.spec || calendar.name_en != before.name_en;
        let shards: Vec<i64> = SHARDS.collect();
        // Before the calendar's own row, as every edit of a job does it: so nobody waits for anybody in a circle.
        let bumped = if matters {
            jobs::bump_shards(&mut tx, &shards).await?
        } else {
            std::collections::HashMap::new()
        };
        calendar.version = expected + 1;
        calendar.updated_at = timestamp(now);
        if calendar.sharing != before.sharing {
            calendar.sharing = tidy(&mut tx, calendar.sharing, calendar.owner_id).await?;
        }
        let written = calendars::update(&mut tx, &calendar, expected)
            .await
            .map_err(|error| name_taken(error, "calendar"))?;
        if !written {
            return Err(Error::conflict(
                "calendar",
                "the calendar was changed meanwhile; read it again and repeat the change",
            ));
        }
        if matters {
            follow(&mut tx, &calendar, &bumped).await?;
        }
        let event = entry("calendar.updated", &calendar, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        for shard in bumped.keys() {
            // An engine that is stopping needs no news.
            drop(engine.nudges.send(Nudge::Edited(*shard)));
        }
        Ok(calendar)
    }
}

/// Makes every scheduler read the jobs of a changed calendar anew, and writes when they are next to be looked at.
async fn follow(
    tx: &mut Tx,
    calendar: &WorkCalendar,
    bumped: &std::collections::HashMap<i64, jobs::EditedShard>,
) -> Result<()> {
    let users = calendars::users(tx, calendar.id).await?;
    let ids = jobs::calendars_of(users.iter().map(|user| &user.job));
    let compiled = calendars::compiled(&mut *tx, &ids).await?;
    let mut touched = Vec::with_capacity(users.len());
    let mut hints = Vec::with_capacity(users.len());
    let mut gone = Vec::new();
    for user in users {
        let Some(shard) = bumped.get(&user.shard) else {
            continue;
        };
        touched.push((user.job.id, shard.version));
        let mut job = user.job;
        let since = job.effective_from;
        // Instants that were decided stay so.
        job.effective_from = since.max(timestamp(shard.watermark));
        match first_instant(&job, &compiled)? {
            Some(next) => hints.push(json!([job.id, user.shard, next])),
            None => gone.push(job.id),
        }
    }
    jobs::touch(tx, &touched).await?;
    jobs::write_hints(tx, &hints).await?;
    jobs::drop_hints(tx, &gone).await
}

fn changes(
    timeline: &Timeline,
    from: jiff::Timestamp,
    until: jiff::Timestamp,
    limit: usize,
) -> CalendarPreview {
    let schedule = timeline.schedule();
    let zone = schedule.timezone();
    let local = |at: jiff::Timestamp| {
        let zoned = at.to_zoned(zone.clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    };
    let mut preview = CalendarPreview::default();
    for (count, at) in schedule.between(from, until).enumerate() {
        if count >= MAX_PREVIEW {
            preview.truncated = true;
            break;
        }
        let outcome = timeline.outcome(at.as_microsecond());
        let (change, cause) = match outcome {
            Outcome::Kept => (Change::Kept, None),
            Outcome::Suppressed(cause) => (Change::Skipped, Some(cause)),
            Outcome::Moved(to, cause) => (Change::Moved(timestamp(to)), Some(cause)),
        };
        match change {
            Change::Kept => preview.kept += 1,
            Change::Skipped => preview.skipped += 1,
            Change::Moved(_) => preview.moved += 1,
        }
        if preview.changes.len() >= limit {
            preview.truncated = true;
            continue;
        }
        let calendar_id = cause.and_then(|cause| cause.calendar);
        let calendar = calendar_id.and_then(|id| timeline.calendar(id));
        let entry = cause
            .and_then(|cause| cause.entry)
            .and_then(|entry| calendar?.entry_name(entry));
        preview.changes.push(CalendarChange {
            at,
            local: local(at),
            change,
            to_local: match change {
                Change::Moved(to) => Some(local(to)),
                _ => None,
            },
            reason: timing::reason(timeline, outcome).map(|(word, _)| word),
            calendar_id,
            calendar: calendar.map(|calendar| calendar.name().to_owned()),
            entry: entry.map(str::to_owned),
        });
    }
    preview
}

fn names(wrong: &mut Wrong, name_en: Option<&str>, name_ar: Option<&str>) {
    for (pointer, name) in [("/nameEn", name_en), ("/nameAr", name_ar)] {
        let Some(name) = name else { continue };
        if name.trim().is_empty()
            || name.chars().count() > MAX_NAME
            || name.chars().any(char::is_control)
        {
            wrong.add(
                pointer,
                format!("must have 1 to {MAX_NAME} characters and no control characters"),
                format!("يجب أن يتكوّن من 1 إلى {MAX_NAME} محرف دون محارف تحكم"),
            );
        }
    }
}

fn fits(wrong: &mut Wrong, spec: &CalendarSpec) {
    if let Err(error) = timing::calendar(spec, 0, "", "") {
        wrong.list.extend(error.fields);
    }
}

fn entry(action: &'static str, calendar: &WorkCalendar, details: serde_json::Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "calendar",
        entity_id: Some(calendar.id),
        entity_name: Some(calendar.name_en.clone()),
        owner_id: Some(calendar.owner_id),
        details,
    }
}

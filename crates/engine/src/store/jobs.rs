//! Jobs: definitions, versions, tags, hints.

use std::collections::HashMap;
use std::sync::Arc;

use orloj_schedule::Spec;
use serde_json::Value as Json;

use super::calendars::{self, Compiled};
use super::window::Window;
use super::{Db, Row, Tx, batch, chains, notifications, sql};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{
    Job, JobDraft, JobFilter, JobSort, JobVersion, Page, Pause, Retention, ScheduleKind, Selection,
};
use crate::rules::ids::shard_of;

/// The select list that [`job`] reads.
macro_rules! columns {
    () => {
        "j.id, j.version, j.owner_id, j.task_function, j.name_en, j.name_ar, j.description_en, j.description_ar, \
         j.schedule, j.parameters, j.settings, j.is_enabled, j.is_deleted, j.is_primary, j.paused_at, j.paused_until, \
         j.pause_reason, j.effective_from, j.created_at, j.created_by, j.updated_at, j.updated_by, \
         (SELECT string_agg(t.tag, '\u{1f}') FROM (SELECT tag FROM job_tag WHERE job_id = j.id ORDER BY tag) t)"
    };
}

fn job(mut row: Row) -> Result<Job> {
    let row = &mut row;
    Ok(Job {
        id: row.int()?,
        version: row.int()?,
        owner_id: row.int()?,
        task_function: row.text()?,
        name_en: row.opt_text()?,
        name_ar: row.opt_text()?,
        description_en: row.opt_text()?,
        description_ar: row.opt_text()?,
        schedule: row.json()?,
        parameters: row.json()?,
        settings: row.json()?,
        is_enabled: row.flag()?,
        is_deleted: row.flag()?,
        is_primary: row.flag()?,
        pause: {
            let (since, until, reason) = (row.opt_int()?, row.opt_int()?, row.opt_text()?);
            since.map(|since| Pause {
                since: timestamp(since),
                until: until.map(timestamp),
                reason,
            })
        },
        effective_from: timestamp(row.int()?),
        created_at: timestamp(row.int()?),
        created_by_id: row.opt_int()?,
        updated_at: row.opt_int()?.map(timestamp),
        updated_by_id: row.opt_int()?,
        tags: row
            .opt_text()?
            .map(|tags| tags.split('\u{1f}').map(str::to_owned).collect())
            .unwrap_or_default(),
    })
}

/// A job with the position of its last edit among the edits of its shard, and the calendars it is subject to.
pub(crate) struct Definition {
    pub job: Job,
    pub shard: i64,
    pub shard_version: i64,
    pub calendars: Arc<Compiled>,
}

pub(crate) async fn get(db: &Db, id: i64) -> Result<Option<Job>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        " FROM job j WHERE j.id = $1"
    ))
    .bind(id)
    .first(db)
    .await?
    .map(job)
    .transpose()
}

/// Reads a job inside the transaction that is to change it, and locks it.
pub(crate) async fn get_for_update(tx: &mut Tx, id: i64) -> Result<Option<Job>> {
    sql("SELECT id FROM job WHERE id = $1 {for_update}")
        .bind(id)
        .all(&mut *tx)
        .await?;
    sql(concat!(
        "SELECT ",
        columns!(),
        " FROM job j WHERE j.id = $1"
    ))
    .bind(id)
    .first(tx)
    .await?
    .map(job)
    .transpose()
}

pub(crate) async fn list(
    db: &Db,
    filter: &JobFilter,
    owner: Option<i64>,
    now: i64,
    page: Page,
) -> Result<(Vec<Job>, u64)> {
    let count = filtered(
        sql("SELECT COUNT(*) FROM job j WHERE NOT j.is_deleted"),
        filter,
        owner,
        now,
    );
    let total = count.one(db).await?.int()?;
    // The page is found among numbers alone; whole rows are read for it and not for what comes before it.
    let (order, backwards) = (
        order(filter.sort, filter.descending),
        reversed(filter.sort, filter.descending),
    );
    let size = i64::from(page.size);
    let window = Window::at(page.offset(), size, total, backwards.is_some());
    let seek = backwards.filter(|_| window.from_end).unwrap_or(order);
    let rows = filtered(
        sql(concat!(
            "SELECT ",
            columns!(),
            " FROM job j WHERE j.id IN (SELECT j.id FROM job j WHERE NOT j.is_deleted"
        )),
        filter,
        owner,
        now,
    )
    .push(seek)
    .and(" LIMIT ?", window.limit)
    .and(" OFFSET ?", window.offset)
    .push(")")
    .push(order)
    .all(db)
    .await?;
    Ok((
        rows.into_iter().map(job).collect::<Result<_>>()?,
        total.unsigned_abs(),
    ))
}

fn order(sort: JobSort, descending: bool) -> &'static str {
    match (sort, descending) {
        (JobSort::Priority, false) => " ORDER BY j.priority DESC, j.created_at DESC, j.id DESC",
        (JobSort::Priority, true) => " ORDER BY j.priority, j.created_at, j.id",
        (JobSort::Id, false) => " ORDER BY j.id",
        (JobSort::Id, true) => " ORDER BY j.id DESC",
        (JobSort::Name, false) => {
            " ORDER BY lower(COALESCE(j.name_en, j.name_ar, j.task_function)), j.id"
        }
        (JobSort::Name, true) => {
            " ORDER BY lower(COALESCE(j.name_en, j.name_ar, j.task_function)) DESC, j.id DESC"
        }
        (JobSort::NextRun, false) => {
            " ORDER BY (SELECT next_at FROM job_hint h WHERE h.job_id = j.id) NULLS LAST, j.id"
        }
        (JobSort::NextRun, true) => {
            " ORDER BY (SELECT next_at FROM job_hint h WHERE h.job_id = j.id) DESC NULLS LAST, j.id DESC"
        }
        (JobSort::Created, false) => " ORDER BY j.created_at, j.id",
        (JobSort::Created, true) => " ORDER BY j.created_at DESC, j.id DESC",
        (JobSort::Updated, false) => " ORDER BY COALESCE(j.updated_at, j.created_at), j.id",
        (JobSort::Updated, true) => {
            " ORDER BY COALESCE(j.updated_at, j.created_at) DESC, j.id DESC"
        }
    }
}

/// The same order from its other end. Jobs without a next run come last in either direction, so that order has none.
fn reversed(sort: JobSort, descending: bool) -> Option<&'static str> {
    (sort != JobSort::NextRun).then(|| order(sort, !descending))
}

/// Numbers of the jobs of a selection that are not deleted, at most `limit` of them.
pub(crate) async fn select(
    db: &Db,
    selection: &Selection,
    owner: Option<i64>,
    now: i64,
    limit: u32,
) -> Result<Vec<i64>> {
    let query = match selection {
        Selection::Ids(ids) => {
            let query = sql("SELECT j.id FROM job j WHERE NOT j.is_deleted AND j.id {each $1}")
                .bind(batch(ids));
            owned(query, owner)
        }
        Selection::Filter(filter) => filtered(
            sql("SELECT j.id FROM job j WHERE NOT j.is_deleted"),
            filter,
            owner,
            now,
        ),
    };
    let rows = query
        .push(" ORDER BY j.id")
        .and(" LIMIT ?", i64::from(limit))
        .all(db)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

fn owned(query: super::db::Query, owner: Option<i64>) -> super::db::Query {
    match owner {
        Some(owner) => query.and(" AND j.owner_id = ?", owner),
        None => query,
    }
}

fn filtered(
    mut query: super::db::Query,
    filter: &JobFilter,
    owner: Option<i64>,
    now: i64,
) -> super::db::Query {
    query = owned(query, owner);
    if let Some(owner) = filter.owner_id {
        query = query.and(" AND j.owner_id = ?", owner);
    }
    if let Some(enabled) = filter.is_enabled {
        query = query.and(" AND j.is_enabled = ?", enabled);
    }
    if let Some(paused) = filter.is_paused {
        query = query.push(if paused { " AND (" } else { " AND NOT (" });
        query = query.and(
            "j.paused_at IS NOT NULL AND (j.paused_until IS NULL OR j.paused_until > ?))",
            now,
        );
    }
    if let Some(kind) = filter.kind {
        query = query.and(" AND j.kind = ?", kind.id());
    }
    if let Some(function) = &filter.task_function {
        query = query.and(" AND j.task_function = ?", function);
    }
    if let Some(tag) = &filter.tag {
        query = query.and(
            " AND EXISTS (SELECT 1 FROM job_tag t WHERE t.job_id = j.id AND t.tag = ?)",
            tag,
        );
    }
    if let Some(text) = &filter.search {
        query = query.and(" AND j.search LIKE ? ESCAPE '\\'", like(text));
    }
    if let Some(status) = filter.last_status {
        query = query.and(
            " AND (SELECT e.status FROM execution e WHERE e.job_id = j.id ORDER BY e.due_at DESC, e.id DESC LIMIT 1) = ?",
            status.id(),
        );
    }
    query
}

/// A pattern that finds `text` anywhere, without regard to case; its wildcards count as themselves.
pub(crate) fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// What an edit must know of its shard: bumping the version locks the shard's row, so that the edit lies wholly
/// before or after any fire of the shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EditedShard {
    pub id: i64,
    pub version: i64,
    pub watermark: i64,
}

/// Bumps the version of these shards, in the order of their numbers (so that two edits cannot wait for each other).
pub(crate) async fn bump_shards(tx: &mut Tx, shards: &[i64]) -> Result<HashMap<i64, EditedShard>> {
    let mut wanted: Vec<i64> = shards.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    sql("SELECT id FROM shard WHERE id {each $1} ORDER BY id {for_update}")
        .bind(batch(&wanted))
        .all(&mut *tx)
        .await?;
    let rows = sql("UPDATE shard SET version = version + 1 WHERE id {each $1} RETURNING id, version, watermark")
        .bind(batch(&wanted))
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            let shard = EditedShard {
                id: row.int()?,
                version: row.int()?,
                watermark: row.int()?,
            };
            Ok((shard.id, shard))
        })
        .collect()
}

/// Writes jobs, new or changed, with their tags, versions and hints. `next_at` is the first instant that may fire.
pub(crate) async fn write(
    tx: &mut Tx,
    jobs: &[(Job, Option<i64>)],
    shards: &HashMap<i64, EditedShard>,
    by_name: &str,
) -> Result<()> {
    let mut rows = Vec::with_capacity(jobs.len());
    let mut tags = Vec::new();
    let mut versions = Vec::with_capacity(jobs.len());
    let mut hints = Vec::new();
    for (job, next_at) in jobs {
        let shard = shard_of(job.id);
        let edited = shards
            .get(&shard)
            .ok_or_else(|| Error::internal("the shard of an edit was not bumped"))?;
        let micros = |at: Option<jiff::Timestamp>| at.map(jiff::Timestamp::as_microsecond);
        rows.push(serde_json::json!([
            job.id,
            shard,
            edited.version,
            job.version,
            job.owner_id,
            job.task_function,
            job.name_en,
            job.name_ar,
            job.description_en,
            job.description_ar,
            json_text(&job.schedule)?,
            kind_of(&job.schedule).id(),
            job.parameters.to_string(),
            json_text(&job.settings)?,
            job.settings.priority,
            job.is_enabled,
            job.is_deleted,
            job.is_primary,
            micros(job.pause.as_ref().map(|pause| pause.since)),
            micros(job.pause.as_ref().and_then(|pause| pause.until)),
            job.pause.as_ref().and_then(|pause| pause.reason.clone()),
            job.effective_from.as_microsecond(),
            job.created_at.as_microsecond(),
            job.created_by_id,
            micros(job.updated_at),
            job.updated_by_id,
            job.settings.retention.days,
            job.settings.retention.count,
            search_text(job),
        ]));
        tags.extend(job.tags.iter().map(|tag| serde_json::json!([job.id, tag])));
        let by = job.updated_by_id.or(job.created_by_id);
        let at = job.updated_at.unwrap_or(job.created_at).as_microsecond();
        versions.push(serde_json::json!([
            job.id,
            job.version,
            at,
            by,
            by_name,
            json_text(&job.draft())?
        ]));
        if let Some(next_at) = next_at {
            hints.push(serde_json::json!([job.id, shard, next_at]));
        }
    }
    let ids: Vec<i64> = jobs.iter().map(|(job, _)| job.id).collect();
    sql("INSERT INTO job (id, shard, shard_version, version, owner_id, task_function, name_en, name_ar, description_en, description_ar, \
         schedule, kind, parameters, settings, priority, is_enabled, is_deleted, is_primary, paused_at, paused_until, pause_reason, \
         effective_from, created_at, created_by, updated_at, updated_by, retention_days, retention_count, search) \
         SELECT r.id, r.shard, r.shard_version, r.version, r.owner_id, r.task_function, r.name_en, r.name_ar, r.description_en, r.description_ar, \
         r.schedule, r.kind, r.parameters, r.settings, r.priority, r.is_enabled, r.is_deleted, r.is_primary, r.paused_at, r.paused_until, r.pause_reason, \
         r.effective_from, r.created_at, r.created_by, r.updated_at, r.updated_by, r.retention_days, r.retention_count, r.search \
         FROM {rows $1: id int, shard int, shard_version int, version int, owner_id int, task_function text, name_en text, name_ar text, \
         description_en text, description_ar text, schedule text, kind int, parameters text, settings text, priority int, is_enabled bool, \
         is_deleted bool, is_primary bool, paused_at int, paused_until int, pause_reason text, effective_from int, created_at int, created_by int, \
         updated_at int, updated_by int, retention_days int, retention_count int, search text} r WHERE true \
         ON CONFLICT (id) DO UPDATE SET shard_version = excluded.shard_version, version = excluded.version, task_function = excluded.task_function, \
         name_en = excluded.name_en, name_ar = excluded.name_ar, description_en = excluded.description_en, description_ar = excluded.description_ar, \
         schedule = excluded.schedule, kind = excluded.kind, parameters = excluded.parameters, settings = excluded.settings, priority = excluded.priority, \
         is_enabled = excluded.is_enabled, is_deleted = excluded.is_deleted, is_primary = excluded.is_primary, paused_at = excluded.paused_at, \
         paused_until = excluded.paused_until, pause_reason = excluded.pause_reason, effective_from = excluded.effective_from, \
         updated_at = excluded.updated_at, updated_by = excluded.updated_by, retention_days = excluded.retention_days, \
         retention_count = excluded.retention_count, search = excluded.search")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    notifications::mark_jobs(tx, jobs.iter().map(|(job, _)| job)).await?;
    sql("DELETE FROM job_tag WHERE job_id {each $1}")
        .bind(batch(&ids))
        .run(tx)
        .await?;
    if !tags.is_empty() {
        sql("INSERT INTO job_tag (job_id, tag) SELECT r.job_id, r.tag FROM {rows $1: job_id int, tag text} r WHERE true ON CONFLICT DO NOTHING")
            .bind(batch(&tags))
            .run(tx)
            .await?;
    }
    sql("INSERT INTO job_version (job_id, version, at, by_id, by_name, draft) SELECT r.job_id, r.version, r.at, r.by_id, r.by_name, r.draft \
         FROM {rows $1: job_id int, version int, at int, by_id int, by_name text, draft text} r WHERE true")
        .bind(batch(&versions))
        .run(tx)
        .await?;
    sql("DELETE FROM job_hint WHERE job_id {each $1}")
        .bind(batch(&ids))
        .run(&mut *tx)
        .await?;
    // A new job has nothing to remove.
    let changed: Vec<i64> = jobs
        .iter()
        .filter(|(job, _)| job.version > 1)
        .map(|(job, _)| job.id)
        .collect();
    let uses: Vec<(i64, i64)> = jobs
        .iter()
        .flat_map(|(job, _)| {
            let calendars = job.settings.calendars.iter();
            calendars.map(|usage| (job.id, usage.calendar_id))
        })
        .collect();
    calendars::set_uses(tx, &changed, &uses).await?;
    let all: Vec<&Job> = jobs.iter().map(|(job, _)| job).collect();
    chains::set_parents(tx, &all, &changed).await?;
    write_hints(tx, &hints).await
}

/// Hints are rows `[job, shard, next]`.
pub(crate) async fn write_hints(tx: &mut Tx, hints: &[Json]) -> Result<()> {
    if hints.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO job_hint (job_id, shard, next_at) SELECT r.job_id, r.shard, r.next_at FROM {rows $1: job_id int, shard int, next_at int} r \
         WHERE true ON CONFLICT (job_id) DO UPDATE SET next_at = excluded.next_at")
        .bind(batch(hints))
        .run(tx)
        .await?;
    Ok(())
}

/// Removes the hints of jobs that have no instant any more.
pub(crate) async fn drop_hints(tx: &mut Tx, jobs: &[i64]) -> Result<()> {
    if !jobs.is_empty() {
        sql("DELETE FROM job_hint WHERE job_id {each $1}")
            .bind(batch(jobs))
            .run(tx)
            .await?;
    }
    Ok(())
}

/// Definitions of the jobs of these shards whose hint lies in `[from, until)`.
pub(crate) async fn due_between(
    db: &Db,
    shards: &[i64],
    from: i64,
    until: i64,
) -> Result<Vec<Definition>> {
    let rows = sql(concat!(
        "SELECT j.shard, j.shard_version, ",
        columns!(),
        " FROM job_hint h JOIN job j ON j.id = h.job_id WHERE h.shard {each $1} AND h.next_at >= $2 AND h.next_at < $3"
    ))
    .bind(batch(shards))
    .bind(from)
    .bind(until)
    .all(db)
    .await?;
    with_calendars(db, rows).await
}

/// Definitions of a shard's jobs edited after `version`.
///
/// Answers the newest version of the shard too, which also counts those that cannot be read.
pub(crate) async fn edited_after(
    db: &Db,
    shard: i64,
    version: i64,
) -> Result<(Vec<Definition>, i64)> {
    let newest = sql("SELECT COALESCE(MAX(shard_version), 0) FROM job WHERE shard = $1")
        .bind(shard)
        .one(db)
        .await?
        .int()?;
    let rows = sql(concat!(
        "SELECT j.shard, j.shard_version, ",
        columns!(),
        " FROM job j WHERE j.shard = $1 AND j.shard_version > $2"
    ))
    .bind(shard)
    .bind(version)
    .all(db)
    .await?;
    Ok((with_calendars(db, rows).await?, newest))
}

/// Definitions by number.
pub(crate) async fn definitions(db: &Db, ids: &[i64]) -> Result<Vec<Definition>> {
    let rows = sql(concat!(
        "SELECT j.shard, j.shard_version, ",
        columns!(),
        " FROM job j WHERE j.id {each $1}"
    ))
    .bind(batch(ids))
    .all(db)
    .await?;
    with_calendars(db, rows).await
}

/// Definitions by number inside a transaction, without their calendars.
pub(crate) async fn definitions_in(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Definition>> {
    let rows = sql(concat!(
        "SELECT j.shard, j.shard_version, ",
        columns!(),
        " FROM job j WHERE j.id {each $1}"
    ))
    .bind(batch(ids))
    .all(tx)
    .await?;
    rows.into_iter().map(definition).collect()
}

/// The calendars are read after the jobs: a change of a calendar is an edit of every shard, so what was read in between
/// is read again before anything fires by it.
async fn with_calendars(db: &Db, rows: Vec<Row>) -> Result<Vec<Definition>> {
    let mut read = readable(rows);
    let ids = calendars_of(read.iter().map(|definition| &definition.job));
    if !ids.is_empty() {
        let compiled = Arc::new(calendars::compiled(db, &ids).await?);
        for definition in &mut read {
            if !definition.job.settings.calendars.is_empty() {
                definition.calendars = Arc::clone(&compiled);
            }
        }
    }
    Ok(read)
}

/// The calendars that these jobs are subject to.
pub(crate) fn calendars_of<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Vec<i64> {
    let mut ids: Vec<i64> = jobs
        .into_iter()
        .flat_map(|job| &job.settings.calendars)
        .map(|usage| usage.calendar_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Makes every scheduler read these jobs anew: `(job, version of its shard)`.
pub(crate) async fn touch(tx: &mut Tx, jobs: &[(i64, i64)]) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = jobs
        .iter()
        .map(|(job, version)| serde_json::json!([job, version]))
        .collect();
    sql("UPDATE job SET shard_version = r.shard_version FROM {rows $1: id int, shard_version int} r WHERE job.id = r.id")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// Present versions of these jobs.
pub(crate) async fn current_versions(db: &Db, ids: &[i64]) -> Result<HashMap<i64, i64>> {
    let rows = sql("SELECT id, version FROM job WHERE id {each $1}")
        .bind(batch(ids))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?)))
        .collect()
}

/// The definitions among these rows. One that cannot be read (written by a newer Orloj, or damaged) must not keep all
/// others from firing.
fn readable(rows: Vec<Row>) -> Vec<Definition> {
    rows.into_iter()
        .filter_map(|row| {
            definition(row)
                .inspect_err(|error| {
                    tracing::error!(%error, "a stored job cannot be read; it does not fire here");
                })
                .ok()
        })
        .collect()
}

fn definition(mut row: Row) -> Result<Definition> {
    let (shard, shard_version) = (row.int()?, row.int()?);
    Ok(Definition {
        job: job(row)?,
        shard,
        shard_version,
        calendars: Arc::default(),
    })
}

pub(crate) async fn versions(db: &Db, job_id: i64) -> Result<Vec<JobVersion>> {
    let rows = sql("SELECT version, at, by_name, draft FROM job_version WHERE job_id = $1 ORDER BY version DESC LIMIT 200")
        .bind(job_id)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(JobVersion {
                version: row.int()?,
                at: timestamp(row.int()?),
                by: row.text()?,
                draft: row.json::<JobDraft>()?,
            })
        })
        .collect()
}

/// Jobs with rules of their own for their history. What they say about files was heeded when those were made.
pub(crate) async fn with_retention(db: &Db) -> Result<Vec<(i64, Retention)>> {
    let rows = sql("SELECT id, retention_days, retention_count FROM job WHERE retention_days IS NOT NULL OR retention_count IS NOT NULL ORDER BY id")
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            let narrow = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
            Ok((
                row.int()?,
                Retention {
                    days: narrow(row.opt_int()?),
                    count: narrow(row.opt_int()?),
                    artifact_days: None,
                },
            ))
        })
        .collect()
}

/// Names of these users.
pub(crate) async fn owner_names(db: &Db, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let rows = sql("SELECT id, name FROM app_user WHERE id {each $1}")
        .bind(batch(ids))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.text()?)))
        .collect()
}

/// Counts for the status page: all, enabled and not paused, paused.
pub(crate) async fn counts(db: &Db, owner: Option<i64>, now: i64) -> Result<(u64, u64, u64)> {
    let query = sql("SELECT COUNT(*), COUNT(*) FILTER (WHERE j.is_enabled AND NOT (j.paused_at IS NOT NULL AND (j.paused_until IS NULL OR j.paused_until > $1))), \
         COUNT(*) FILTER (WHERE j.paused_at IS NOT NULL AND (j.paused_until IS NULL OR j.paused_until > $1)) FROM job j WHERE NOT j.is_deleted")
        .bind(now);
    let mut row = owned(query, owner).one(db).await?;
    Ok((
        row.int()?.unsigned_abs(),
        row.int()?.unsigned_abs(),
        row.int()?.unsigned_abs(),
    ))
}

/// The jobs whose hints come first.
pub(crate) async fn next_hinted(db: &Db, owner: Option<i64>, limit: u32) -> Result<Vec<i64>> {
    let query = sql(
        "SELECT j.id FROM job_hint h JOIN job j ON j.id = h.job_id WHERE NOT j.is_deleted AND j.is_enabled",
    );
    let rows = owned(query, owner)
        .push(" ORDER BY h.next_at")
        .and(" LIMIT ?", i64::from(limit))
        .all(db)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// The kind under which lists file a schedule.
pub(crate) fn kind_of(spec: &Spec) -> ScheduleKind {
    use orloj_schedule::RuleSpec as R;
    match &spec.rule {
        R::Manual => ScheduleKind::Manual,
        R::Interval { .. } => ScheduleKind::Interval,
        R::Cron { .. } | R::Fields { .. } => ScheduleKind::Cron,
        R::Once { .. } => ScheduleKind::Once,
        R::Daily { .. } => ScheduleKind::Daily,
        R::Weekly { .. } => ScheduleKind::Weekly,
        R::Monthly { .. } => ScheduleKind::Monthly,
    }
}

fn json_text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::internal(format!("cannot store: {error}")))
}

fn search_text(job: &Job) -> String {
    let mut text = String::new();
    let names = [
        &job.name_en,
        &job.name_ar,
        &job.description_en,
        &job.description_ar,
    ];
    for part in names
        .into_iter()
        .flatten()
        .chain([&job.task_function])
        .chain(&job.tags)
    {
        text.push_str(&part.to_lowercase());
        text.push('\n');
    }
    text
}

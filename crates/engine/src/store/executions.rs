//! Reading executions, live and ended, as one noun; and what few things change them outside the hot path.

use super::db::Query;
use super::hot::{Live, State, live, live_columns};
use super::window::Window;
use super::{Db, Row, Tx, batch, jobs::like, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{
    Attempt, Disposition, Execution, ExecutionFilter, Fire, Outcome, Page, Status, Trigger,
};
use crate::rules::ids::execution_uuid;

macro_rules! ended_columns {
    () => {
        "SELECT e.id, e.created_at, e.job_id, j.name_en, j.name_ar, j.task_function, e.owner_id, e.task_function, e.job_version, e.due_at, e.trigger, \
         e.triggered_by, e.status, e.reason, e.attempt, e.started_at, e.finished_at, i.uuid, i.host, e.parameters, e.summary, e.error_message, e.cause, \
         e.records_processed, e.records_affected, e.outcome, e.log_lines, e.log_truncated, e.summary_ar, e.error_message_ar, COALESCE(o.name, 'system'), \
         COALESCE(p.display_name, p.name, CASE WHEN e.triggered_by = 0 THEN 'system' END) FROM execution e LEFT JOIN job j ON j.id = e.job_id LEFT JOIN instance i ON i.id = e.instance_id \
         LEFT JOIN app_user o ON o.id = e.owner_id LEFT JOIN app_user p ON p.id = e.triggered_by WHERE "
    };
}

/// What is kept of an outcome beyond its own columns.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(crate) struct StoredOutcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

fn ended(mut row: Row) -> Result<Execution> {
    let row = &mut row;
    let (id, created_at) = (row.int()?, row.int()?);
    let job_id = row.int()?;
    let (name_en, name_ar, function_now) = (row.opt_text()?, row.opt_text()?, row.opt_text()?);
    let owner_id = row.int()?;
    let task_function = row.text()?;
    let mut execution = Execution {
        id,
        uuid: execution_uuid(id, created_at),
        job_id,
        job_name: title(name_en, name_ar.as_deref(), function_now.as_deref(), job_id),
        job_name_ar: name_ar,
        owner_id,
        owner_name: String::new(),
        task_function,
        job_version: row.int()?,
        due_at: timestamp(row.int()?),
        trigger: Trigger::from_id(row.int()?).unwrap_or(Trigger::Api),
        triggered_by_id: row.opt_int()?,
        triggered_by_name: None,
        status: Status::from_id(row.int()?).unwrap_or(Status::Failed),
        reason: row.opt_text()?,
        attempt: u32::try_from(row.int()?).unwrap_or(1),
        next_attempt_at: None,
        created_at: timestamp(created_at),
        started_at: row.opt_int()?.map(timestamp),
        finished_at: row.opt_int()?.map(timestamp),
        instance: row.opt_text()?,
        host: row.opt_text()?,
        parameters: row.opt_json()?,
        parents: Vec::new(),
        progress: None,
        outcome: Outcome::default(),
        log_lines: 0,
        log_truncated: false,
        artifacts: Vec::new(),
    };
    let (summary, error_message, cause) = (row.opt_text()?, row.opt_text()?, row.opt_text()?);
    let (records_processed, records_affected) = (row.opt_int()?, row.opt_int()?);
    let more: StoredOutcome = row.opt_json()?.unwrap_or_default();
    execution.log_lines = row.int()?;
    execution.log_truncated = row.flag()?;
    let (summary_ar, error_message_ar) = (row.opt_text()?, row.opt_text()?);
    execution.owner_name = row.text()?;
    execution.triggered_by_name = row.opt_text()?;
    execution.outcome = Outcome {
        summary,
        summary_ar,
        result: more.result,
        records_processed,
        records_affected,
        warnings: more.warnings,
        errors: more.errors,
        error_message,
        error_message_ar,
        error_detail: more.detail,
        cause,
    };
    Ok(execution)
}

fn title(
    name_en: Option<String>,
    name_ar: Option<&str>,
    function: Option<&str>,
    job_id: i64,
) -> String {
    name_en
        .or_else(|| name_ar.map(str::to_owned))
        .unwrap_or_else(|| format!("{} {job_id}", function.unwrap_or("job")))
}

macro_rules! live_as_execution {
    () => {
        "SELECT l.id, l.created_at, l.job_id, j.name_en, j.name_ar, j.task_function, l.owner_id, l.task_function, l.job_version, l.due_at, l.trigger, \
         l.triggered_by, l.state, l.reason, l.attempt, l.first_started_at, l.visible_at, i.uuid, i.host, l.parameters, l.cancel_reason, COALESCE(o.name, 'system'), \
         COALESCE(p.display_name, p.name, CASE WHEN l.triggered_by = 0 THEN 'system' END) FROM live l LEFT JOIN job j ON j.id = l.job_id LEFT JOIN instance i ON i.id = l.instance_id \
         LEFT JOIN app_user o ON o.id = l.owner_id LEFT JOIN app_user p ON p.id = l.triggered_by WHERE "
    };
}

fn alive(mut row: Row) -> Result<Execution> {
    let row = &mut row;
    let (id, created_at) = (row.int()?, row.int()?);
    let job_id = row.int()?;
    let (name_en, name_ar, function_now) = (row.opt_text()?, row.opt_text()?, row.opt_text()?);
    let owner_id = row.int()?;
    let task_function = row.text()?;
    let job_version = row.int()?;
    let due_at = timestamp(row.int()?);
    let trigger = Trigger::from_id(row.int()?).unwrap_or(Trigger::Api);
    let triggered_by_id = row.opt_int()?;
    let state = row.int()?;
    let reason = row.opt_text()?;
    let attempt = u32::try_from(row.int()?).unwrap_or(1);
    let started_at = row.opt_int()?.map(timestamp);
    let visible_at = timestamp(row.int()?);
    let (instance, host) = (row.opt_text()?, row.opt_text()?);
    let parameters = row.opt_json()?;
    let cancelling = row.opt_text()?;
    let (owner_name, triggered_by_name) = (row.text()?, row.opt_text()?);
    let running = state == State::Running as i64;
    let reason = match state {
        3 => Some(reason.unwrap_or_else(|| "waiting_for_limit".to_owned())),
        4 => cancelling.map(|_| "cancelling".to_owned()),
        _ => reason,
    };
    Ok(Execution {
        id,
        uuid: execution_uuid(id, created_at),
        job_id,
        job_name: title(name_en, name_ar.as_deref(), function_now.as_deref(), job_id),
        job_name_ar: name_ar,
        owner_id,
        owner_name,
        task_function,
        job_version,
        due_at,
        trigger,
        triggered_by_id,
        triggered_by_name,
        status: if running {
            Status::Running
        } else {
            Status::Pending
        },
        reason,
        attempt,
        next_attempt_at: [State::Pending, State::Offered]
            .iter()
            .any(|waits| *waits as i64 == state)
            .then_some(visible_at),
        created_at: timestamp(created_at),
        started_at,
        finished_at: None,
        instance,
        host,
        parameters,
        parents: Vec::new(),
        progress: None,
        outcome: Outcome::default(),
        log_lines: 0,
        log_truncated: false,
        artifacts: Vec::new(),
    })
}

/// One execution, wherever it stands.
pub(crate) async fn get(db: &Db, id: i64) -> Result<Option<Execution>> {
    if let Some(row) = sql(concat!(live_as_execution!(), "l.id = $1"))
        .bind(id)
        .first(db)
        .await?
    {
        let mut execution = alive(row)?;
        execution.log_lines = super::logs::line_count(db, id).await?;
        return Ok(Some(execution));
    }
    sql(concat!(ended_columns!(), "e.id = $1"))
        .bind(id)
        .first(db)
        .await?
        .map(ended)
        .transpose()
}

/// Where a list that is read without counting goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whether the last execution that was read had not ended.
    pub is_live: bool,
    /// Its due instant and number.
    pub key: (i64, i64),
}

/// Executions in the order of [`list`] that come after a place, or from the beginning. Costs the same however far it is.
pub(crate) async fn after(
    db: &Db,
    filter: &ExecutionFilter,
    owner: Option<i64>,
    place: Option<Place>,
    limit: u32,
) -> Result<Vec<Execution>> {
    let mut items = Vec::new();
    let room =
        |items: &Vec<Execution>| i64::from(limit) - i64::try_from(items.len()).unwrap_or(i64::MAX);
    if wants(filter, true) && place.is_none_or(|place| place.is_live) {
        let mut query = live_filter(
            sql(concat!(live_as_execution!(), "l.id > 0")),
            filter,
            owner,
        );
        if let Some(Place { key: (due, id), .. }) = place {
            query = query.and(" AND (l.due_at, l.id) < (?", due).and(", ?)", id);
        }
        let rows = query
            .push(" ORDER BY l.due_at DESC, l.id DESC")
            .and(" LIMIT ?", room(&items))
            .all(db)
            .await?;
        items = rows.into_iter().map(alive).collect::<Result<_>>()?;
    }
    if wants(filter, false) && room(&items) > 0 {
        let mut query = ended_filter(
            sql(concat!(
                ended_columns!(),
                "e.id IN (SELECT e.id FROM execution e WHERE e.id > 0"
            )),
            filter,
            owner,
        );
        if let Some(Place {
            is_live: false,
            key: (due, id),
        }) = place
        {
            query = query.and(" AND (e.due_at, e.id) < (?", due).and(", ?)", id);
        }
        let rows = query
            .push(" ORDER BY e.due_at DESC, e.id DESC")
            .and(" LIMIT ?", room(&items))
            .push(") ORDER BY e.due_at DESC, e.id DESC")
            .all(db)
            .await?;
        for row in rows {
            items.push(ended(row)?);
        }
    }
    Ok(items)
}

/// Whether executions that live, or that have ended, can fit a filter.
fn wants(filter: &ExecutionFilter, live: bool) -> bool {
    filter.statuses.is_empty()
        || filter
            .statuses
            .iter()
            .any(|status| status.is_final() != live)
}

/// So many rows are passed over without looking for a shorter way.
const FAR: i64 = 5_000;

/// Executions, live ones first, then newest due instant first.
pub(crate) async fn list(
    db: &Db,
    filter: &ExecutionFilter,
    owner: Option<i64>,
    page: Page,
) -> Result<(Vec<Execution>, u64)> {
    let size = i64::from(page.size);
    let mut items = Vec::new();
    let mut total = 0;
    let mut offset = page.offset();
    if wants(filter, true) {
        let count = live_filter(
            sql("SELECT COUNT(*) FROM live l LEFT JOIN job j ON j.id = l.job_id WHERE l.id > 0"),
            filter,
            owner,
        );
        let alive_total = count.one(db).await?.int()?;
        total += alive_total;
        if offset < alive_total {
            let query = live_filter(
                sql(concat!(live_as_execution!(), "l.id > 0")),
                filter,
                owner,
            );
            let rows = query
                .push(" ORDER BY l.due_at DESC, l.id DESC")
                .and(" LIMIT ?", size)
                .and(" OFFSET ?", offset)
                .all(db)
                .await?;
            items = rows.into_iter().map(alive).collect::<Result<_>>()?;
        }
        offset = (offset - alive_total).max(0);
    }
    if wants(filter, false) {
        // Far back, or of one trigger: the counts by day know where that is, and how many there are.
        let days = match offset > FAR || filter.trigger.is_some() {
            true => super::days::of(db, filter, owner).await?,
            false => None,
        };
        let size_of = match &days {
            Some(days) => Some(days.total()),
            None => super::statistics::history_size(db, filter, owner).await?,
        };
        let ended_total = match size_of {
            Some(size) => size,
            None => {
                let count = ended_filter(
                    sql("SELECT COUNT(*) FROM execution e WHERE e.id > 0"),
                    filter,
                    owner,
                );
                count.one(db).await?.int()?
            }
        };
        total += ended_total;
        let room = size - i64::try_from(items.len()).unwrap_or(size);
        if room > 0 {
            // The page is found among numbers alone; whole rows are read for it and not for what comes before it.
            let mut query = ended_filter(
                sql(concat!(
                    ended_columns!(),
                    "e.id IN (SELECT e.id FROM execution e WHERE e.id > 0"
                )),
                filter,
                owner,
            );
            let mut window = Window::at(offset, room, ended_total, true);
            if let Some(days) = days.filter(|_| window.offset > FAR) {
                let (from, before, rest) = days.place(offset, room);
                query = query
                    .and(" AND e.due_at >= ?", from)
                    .and(" AND e.due_at < ?", before);
                window = Window {
                    limit: room,
                    offset: rest,
                    from_end: false,
                };
            }
            let seek = if window.from_end {
                " ORDER BY e.due_at, e.id"
            } else {
                " ORDER BY e.due_at DESC, e.id DESC"
            };
            let rows = query
                .push(seek)
                .and(" LIMIT ?", window.limit)
                .and(" OFFSET ?", window.offset)
                .push(") ORDER BY e.due_at DESC, e.id DESC")
                .all(db)
                .await?;
            for row in rows {
                items.push(ended(row)?);
            }
        }
    }
    Ok((items, total.unsigned_abs()))
}

fn live_filter(mut query: Query, filter: &ExecutionFilter, owner: Option<i64>) -> Query {
    if let Some(owner) = owner {
        query = query.and(" AND l.owner_id = ?", owner);
    }
    if let Some(owner) = filter.owner_id {
        query = query.and(" AND l.owner_id = ?", owner);
    }
    if let Some(job) = filter.job_id {
        query = query.and(" AND l.job_id = ?", job);
    }
    match (
        filter.statuses.contains(&Status::Pending),
        filter.statuses.contains(&Status::Running),
    ) {
        (true, false) => query = query.push(" AND l.state <> 4"),
        (false, true) => query = query.push(" AND l.state = 4"),
        _ => {}
    }
    if let Some(from) = filter.from {
        query = query.and(" AND l.due_at >= ?", from.as_microsecond());
    }
    if let Some(to) = filter.to {
        query = query.and(" AND l.due_at < ?", to.as_microsecond());
    }
    if let Some(trigger) = filter.trigger {
        query = query.and(" AND l.trigger = ?", trigger.id());
    }
    if let Some(function) = &filter.task_function {
        query = query.and(" AND l.task_function = ?", function);
    }
    if filter.is_for_devices {
        query = query
            .push(" AND l.task_function IN ('command', 'software_deployment', 'file_deployment')");
    }
    if let Some(text) = &filter.search {
        query = query.and(" AND j.search LIKE ? ESCAPE '\\'", like(text));
    }
    query
}

fn ended_filter(mut query: Query, filter: &ExecutionFilter, owner: Option<i64>) -> Query {
    if let Some(owner) = owner {
        query = query.and(" AND e.owner_id = ?", owner);
    }
    if let Some(owner) = filter.owner_id {
        query = query.and(" AND e.owner_id = ?", owner);
    }
    if let Some(job) = filter.job_id {
        query = query.and(" AND e.job_id = ?", job);
    }
    let ended: Vec<i64> = filter
        .statuses
        .iter()
        .filter(|status| status.is_final())
        .map(|status| status.id())
        .collect();
    if !ended.is_empty() {
        if !ended.contains(&Status::Success.id()) {
            // Said literally, so that the partial index of the rare statuses can be used.
            query = query.push(" AND e.status <> 3");
        }
        query = query.push(" AND e.status IN (-1");
        for status in ended {
            query = query.and(", ?", status);
        }
        query = query.push(")");
    }
    if let Some(from) = filter.from {
        query = query.and(" AND e.due_at >= ?", from.as_microsecond());
    }
    if let Some(to) = filter.to {
        query = query.and(" AND e.due_at < ?", to.as_microsecond());
    }
    if let Some(trigger) = filter.trigger {
        query = query.and(" AND e.trigger = ?", trigger.id());
    }
    if let Some(function) = &filter.task_function {
        query = query.and(" AND e.task_function = ?", function);
    }
    if filter.is_for_devices {
        query = query
            .push(" AND e.task_function IN ('command', 'software_deployment', 'file_deployment')");
    }
    if let Some(text) = &filter.search {
        let pattern = like(text);
        query = query
            .and(" AND (EXISTS (SELECT 1 FROM job s WHERE s.id = e.job_id AND s.search LIKE ? ESCAPE '\\')", pattern.clone())
            .and(" OR lower(COALESCE(e.summary, '')) LIKE ? ESCAPE '\\'", pattern.clone())
            .and(" OR lower(COALESCE(e.error_message, '')) LIKE ? ESCAPE '\\'", pattern.clone())
            .and(" OR lower(COALESCE(e.summary_ar, '')) LIKE ? ESCAPE '\\'", pattern.clone())
            .and(" OR lower(COALESCE(e.error_message_ar, '')) LIKE ? ESCAPE '\\')", pattern);
    }
    query
}

/// The attempts of an execution before its present one.
pub(crate) async fn attempts(db: &Db, id: i64) -> Result<Vec<Attempt>> {
    let rows = sql("SELECT a.number, a.started_at, a.finished_at, a.status, i.uuid, a.error_message, a.cause, a.error_message_ar FROM attempt a \
         LEFT JOIN instance i ON i.id = a.instance_id WHERE a.execution_id = $1 ORDER BY a.number")
        .bind(id)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Attempt {
                number: u32::try_from(row.int()?).unwrap_or(1),
                started_at: row.opt_int()?.map(timestamp),
                finished_at: row.opt_int()?.map(timestamp),
                status: Status::from_id(row.int()?).unwrap_or(Status::Failed),
                instance: row.opt_text()?,
                error_message: row.opt_text()?,
                cause: row.opt_text()?,
                error_message_ar: row.opt_text()?,
            })
        })
        .collect()
}

/// What is live and what came last, for each of these jobs: `(job, live count, live execution, state, last due, last status)`.
/// What is offered comes after all else: it waits, though its number is higher than that of what runs.
pub(crate) struct Latest {
    pub job_id: i64,
    pub live: u64,
    pub current: Option<(String, Status)>,
    pub last: Option<(i64, Status)>,
}

pub(crate) async fn latest(db: &Db, job_ids: &[i64]) -> Result<Vec<Latest>> {
    let rows = sql("SELECT j.id, (SELECT COUNT(*) FROM live l WHERE l.job_id = j.id), \
         COALESCE((SELECT l.id FROM live l WHERE l.job_id = j.id AND l.state < 5 ORDER BY l.state DESC, l.id LIMIT 1), \
         (SELECT l.id FROM live l WHERE l.job_id = j.id ORDER BY l.id LIMIT 1)), \
         COALESCE((SELECT l.created_at FROM live l WHERE l.job_id = j.id AND l.state < 5 ORDER BY l.state DESC, l.id LIMIT 1), \
         (SELECT l.created_at FROM live l WHERE l.job_id = j.id ORDER BY l.id LIMIT 1)), \
         COALESCE((SELECT MAX(l.state) FROM live l WHERE l.job_id = j.id AND l.state < 5), 5), \
         (SELECT e.due_at FROM execution e WHERE e.job_id = j.id ORDER BY e.due_at DESC, e.id DESC LIMIT 1), \
         (SELECT e.status FROM execution e WHERE e.job_id = j.id ORDER BY e.due_at DESC, e.id DESC LIMIT 1) \
         FROM job j WHERE j.id {each $1}")
        .bind(batch(job_ids))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            let (job_id, live) = (row.int()?, row.int()?.unsigned_abs());
            let (id, created_at, state) = (row.opt_int()?, row.opt_int()?, row.opt_int()?);
            let (due, status) = (row.opt_int()?, row.opt_int()?);
            let current = id.zip(created_at).map(|(id, created_at)| {
                let status = if state == Some(State::Running as i64) {
                    Status::Running
                } else {
                    Status::Pending
                };
                (execution_uuid(id, created_at), status)
            });
            let last = due.zip(status.and_then(Status::from_id));
            Ok(Latest {
                job_id,
                live,
                current,
                last,
            })
        })
        .collect()
}

/// Number of executions running, and waiting.
pub(crate) async fn live_counts(db: &Db, owner: Option<i64>) -> Result<(u64, u64)> {
    let query = sql(
        "SELECT COUNT(*) FILTER (WHERE state = 4), COUNT(*) FILTER (WHERE state <> 4) FROM live l WHERE l.id > 0",
    );
    let query = match owner {
        Some(owner) => query.and(" AND l.owner_id = ?", owner),
        None => query,
    };
    let mut row = query.one(db).await?;
    Ok((row.int()?.unsigned_abs(), row.int()?.unsigned_abs()))
}

/// The row of a live execution, locked.
pub(crate) async fn live_for_update(tx: &mut Tx, id: i64) -> Result<Option<Live>> {
    sql(concat!(
        "SELECT ",
        live_columns!(),
        " FROM live WHERE id = $1 {for_update}"
    ))
    .bind(id)
    .first(tx)
    .await?
    .map(|mut row| live(&mut row))
    .transpose()
}

/// Takes a live execution that nobody holds (pending, parked, offered) out; false when somebody holds it meanwhile.
pub(crate) async fn take_unheld(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(sql("DELETE FROM live WHERE id = $1 AND state IN (2, 3, 5)")
        .bind(id)
        .run(tx)
        .await?
        == 1)
}

/// Asks whoever holds a live execution to cancel it.
pub(crate) async fn ask_cancel(tx: &mut Tx, id: i64, reason: &str) -> Result<()> {
    sql("UPDATE live SET cancel_reason = $2 WHERE id = $1 AND cancel_reason IS NULL")
        .bind(id)
        .bind(reason)
        .run(tx)
        .await?;
    Ok(())
}

/// The ledger of a job, newest first: scheduled executions (live and ended) and skipped ranges.
pub(crate) async fn fires(
    db: &Db,
    job_id: i64,
    from: i64,
    to: i64,
    dispositions: &[Disposition],
    page: Page,
) -> Result<(Vec<Fire>, u64)> {
    let wants = |disposition| dispositions.is_empty() || dispositions.contains(&disposition);
    // One row shape for the three sources; `kind` is the disposition, -1 while the execution lives.
    let union = " FROM (SELECT l.due_at AS due_at, CAST(NULL AS BIGINT) AS until_at, 1 AS number, 0 AS kind, l.reason AS reason, l.trigger AS trig, l.id AS id, \
         l.created_at AS created_at, CASE WHEN l.state = 4 THEN 2 ELSE 1 END AS status, CAST(NULL AS TEXT) AS detail FROM live l WHERE l.job_id = $1 \
         UNION ALL SELECT e.due_at, CAST(NULL AS BIGINT), 1, CASE e.status WHEN 7 THEN 1 WHEN 8 THEN 2 ELSE 0 END, e.reason, e.trigger, e.id, e.created_at, e.status, CAST(NULL AS TEXT) \
         FROM execution e WHERE e.job_id = $1 \
         UNION ALL SELECT s.from_at, s.until_at, s.count, s.disposition, s.reason, 0, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), s.detail FROM skip s WHERE s.job_id = $1) f \
         WHERE f.due_at >= $2 AND f.due_at < $3";
    let narrow = |query: Query| {
        let mut query = query
            .bind(job_id)
            .bind(from)
            .bind(to)
            .push(union)
            .push(" AND f.kind IN (-1");
        for disposition in [
            Disposition::Execution,
            Disposition::Missed,
            Disposition::Skipped,
            Disposition::Coalesced,
        ] {
            if wants(disposition) {
                query = query.and(", ?", disposition.id());
            }
        }
        query.push(")")
    };
    let total = narrow(sql("SELECT COUNT(*)"))
        .one(db)
        .await?
        .int()?
        .unsigned_abs();
    let rows = narrow(sql("SELECT f.due_at, f.until_at, f.number, f.kind, f.reason, f.trig, f.id, f.created_at, f.status, f.detail"))
        .push(" ORDER BY f.due_at DESC, f.id DESC")
        .and(" LIMIT ?", i64::from(page.size))
        .and(" OFFSET ?", page.offset())
        .all(db)
        .await?;
    let fires = rows
        .into_iter()
        .map(|mut row| {
            let due_at = row.int()?;
            let until = row.opt_int()?;
            let count = row.int()?.unsigned_abs();
            let disposition = Disposition::from_id(row.int()?).unwrap_or(Disposition::Execution);
            let reason = row.opt_text()?;
            let trigger = Trigger::from_id(row.int()?).unwrap_or(Trigger::Schedule);
            let (id, created_at) = (row.opt_int()?, row.opt_int()?);
            let status = row.opt_int()?.and_then(Status::from_id);
            let detail = row.opt_text()?;
            Ok(Fire {
                due_at: timestamp(due_at),
                until: until.filter(|until| *until > due_at).map(timestamp),
                count,
                disposition,
                reason,
                detail,
                trigger,
                execution: id
                    .zip(created_at)
                    .map(|(id, created_at)| execution_uuid(id, created_at)),
                status,
            })
        })
        .collect::<Result<_>>()?;
    Ok((fires, total))
}

/// The execution that an idempotency key stands for, with the request it was made by.
pub(crate) async fn by_idempotency_key(
    tx: &mut Tx,
    owner: i64,
    key: &str,
) -> Result<Option<(i64, String)>> {
    sql("SELECT execution_id, request FROM idempotency WHERE owner_id = $1 AND key = $2")
        .bind(owner)
        .bind(key)
        .first(tx)
        .await?
        .map(|mut row| Ok((row.int()?, row.text()?)))
        .transpose()
}

/// Remembers an idempotency key.
pub(crate) async fn remember_key(
    tx: &mut Tx,
    owner: i64,
    key: &str,
    request: &str,
    execution: i64,
    now: i64,
) -> Result<()> {
    sql("INSERT INTO idempotency (owner_id, key, request, execution_id, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(owner)
        .bind(key)
        .bind(request)
        .bind(execution)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

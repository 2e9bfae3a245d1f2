//! Counts: written in the transactions that change what they count, read instead of it.
//!
//! A dashboard over a million executions must not look at them. So whatever appends to the history or records instants
//! that did not run adds to small tables by quarter of an hour, once for the owner and once for [`EVERYBODY`].

use std::collections::BTreeMap;

use orloj_schedule::{ExecutionWindow, OutsideWindows, Spec};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::days::{self, EVERYBODY, Kind, day_of};
use super::hot::Ended;
use super::{Backend, Db, Row, Tx, batch, sql};
use crate::error::Result;
use crate::model::CalendarUse;
use crate::model::{ExecutionFilter, Status};

/// What counts are kept by: hours and days of every zone begin on a quarter of an hour.
pub(crate) const QUARTER_US: i64 = 900_000_000;

/// Rows that instances writing at the same moment are spread over.
const LANES: i64 = 8;

/// Instants of one owner that did not run, within one quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotRun {
    pub owner_id: i64,
    /// Number of the quarter of an hour since the epoch.
    pub bucket: i64,
    pub status: Status,
    pub count: u64,
}

/// Counts executions that enter the history.
pub(crate) async fn count_ended(tx: &mut Tx, rows: &[&Ended]) -> Result<()> {
    let mut tally = BTreeMap::new();
    let mut sizes = BTreeMap::new();
    let mut by_day = BTreeMap::new();
    let mut failures: BTreeMap<(i64, i64, &str), (i64, i64, i64)> = BTreeMap::new();
    for end in rows {
        let bucket = end.live.due_at.div_euclid(QUARTER_US);
        let kind = Kind {
            owner_id: end.live.owner_id,
            day: day_of(end.live.due_at),
            status: end.status,
            trigger: end.live.trigger.id(),
        };
        *by_day.entry(kind).or_default() += 1;
        for owner in [EVERYBODY, end.live.owner_id] {
            *tally.entry((owner, bucket, end.status)).or_default() += 1;
            *sizes.entry((owner, end.status)).or_default() += 1;
            if is_failure(end.status) {
                // `exit_code:3` is an exit code like any other.
                let cause = end.cause.as_deref().unwrap_or("failed");
                let cause = cause.split_once(':').map_or(cause, |(word, _)| word);
                let ended = end.finished_at.div_euclid(QUARTER_US);
                let group = failures.entry((owner, ended, cause)).or_default();
                group.0 += 1;
                group.1 = group.1.max(end.finished_at);
                group.2 = group.2.max(end.live.id);
            }
        }
    }
    let lane = lane(tx, rows.first().and_then(|end| end.live.instance_id));
    add_failures(tx, lane, &failures).await?;
    // Last, because these rows are the ones that others wait for.
    add_tally(tx, lane, &tally).await?;
    days::add(tx, lane, &by_day).await?;
    add_sizes(tx, lane, &sizes).await
}

/// Counts instants that were missed or skipped.
pub(crate) async fn count_not_run(tx: &mut Tx, instance: i64, rows: &[NotRun]) -> Result<()> {
    let mut tally = BTreeMap::new();
    for row in rows {
        for owner in [EVERYBODY, row.owner_id] {
            *tally
                .entry((owner, row.bucket, row.status.id()))
                .or_default() += i64::try_from(row.count).unwrap_or(i64::MAX);
        }
    }
    let lane = lane(tx, Some(instance));
    add_tally(tx, lane, &tally).await
}

/// Counts executions out that leave the history. What became of due instants stays counted.
pub(crate) async fn count_removed(
    tx: &mut Tx,
    removed: impl IntoIterator<Item = (Kind, i64)>,
) -> Result<()> {
    let mut sizes = BTreeMap::new();
    let mut by_day = BTreeMap::new();
    for (kind, count) in removed {
        *by_day.entry(kind).or_default() -= count;
        for owner in [EVERYBODY, kind.owner_id] {
            *sizes.entry((owner, kind.status)).or_default() -= count;
        }
    }
    days::add(tx, 0, &by_day).await?;
    add_sizes(tx, 0, &sizes).await
}

fn lane(tx: &Tx, instance: Option<i64>) -> i64 {
    match tx.backend() {
        // One writer never waits for itself.
        Backend::Sqlite => 0,
        Backend::Postgres => instance.unwrap_or(0).rem_euclid(LANES),
    }
}

// The maps are ordered, so that two transactions take the rows in the same order and cannot wait for each other.

async fn add_tally(tx: &mut Tx, lane: i64, counts: &BTreeMap<(i64, i64, i64), i64>) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = counts
        .iter()
        .map(|((owner, bucket, status), count)| json!([owner, bucket, status, lane, count]))
        .collect();
    sql("INSERT INTO tally (owner_id, bucket, status, lane, count) SELECT r.owner_id, r.bucket, r.status, r.lane, r.count \
         FROM {rows $1: owner_id int, bucket int, status int, lane int, count int} r WHERE true \
         ON CONFLICT (owner_id, bucket, status, lane) DO UPDATE SET count = tally.count + excluded.count")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

async fn add_sizes(tx: &mut Tx, lane: i64, counts: &BTreeMap<(i64, i64), i64>) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = counts
        .iter()
        .map(|((owner, status), count)| json!([owner, status, lane, count]))
        .collect();
    sql("INSERT INTO history_size (owner_id, status, lane, count) SELECT r.owner_id, r.status, r.lane, r.count \
         FROM {rows $1: owner_id int, status int, lane int, count int} r WHERE true \
         ON CONFLICT (owner_id, status, lane) DO UPDATE SET count = history_size.count + excluded.count")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

async fn add_failures(
    tx: &mut Tx,
    lane: i64,
    counts: &BTreeMap<(i64, i64, &str), (i64, i64, i64)>,
) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = counts
        .iter()
        .map(|((owner, bucket, cause), (count, last, id))| {
            json!([owner, bucket, cause, lane, count, last, id])
        })
        .collect();
    sql("INSERT INTO failure_tally (owner_id, bucket, cause, lane, count, last_at, execution_id) \
         SELECT r.owner_id, r.bucket, r.cause, r.lane, r.count, r.last_at, r.execution_id \
         FROM {rows $1: owner_id int, bucket int, cause text, lane int, count int, last_at int, execution_id int} r WHERE true \
         ON CONFLICT (owner_id, bucket, cause, lane) DO UPDATE SET count = failure_tally.count + excluded.count, \
         last_at = CASE WHEN failure_tally.last_at > excluded.last_at THEN failure_tally.last_at ELSE excluded.last_at END, \
         execution_id = CASE WHEN failure_tally.execution_id > excluded.execution_id THEN failure_tally.execution_id ELSE excluded.execution_id END")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// Removes counts of due instants before `before`.
pub(crate) async fn prune(tx: &mut Tx, before: i64) -> Result<u64> {
    let bucket = before.div_euclid(QUARTER_US);
    let removed = sql("DELETE FROM tally WHERE bucket < $1")
        .bind(bucket)
        .run(tx)
        .await?;
    Ok(removed
        + days::prune(tx).await?
        + sql("DELETE FROM failure_tally WHERE bucket < $1")
            .bind(bucket)
            .run(tx)
            .await?)
}

/// Number of ended executions that a filter finds, where counts are kept for it.
pub(crate) async fn history_size(
    db: &Db,
    filter: &ExecutionFilter,
    owner: Option<i64>,
) -> Result<Option<i64>> {
    let counted = ExecutionFilter {
        statuses: filter.statuses.clone(),
        owner_id: filter.owner_id,
        ..ExecutionFilter::default()
    };
    let Some(owner) = days::whose(filter, owner) else {
        return Ok(Some(0));
    };
    if counted != *filter {
        return Ok(None);
    }
    let rows = sql("SELECT status, CAST(SUM(count) AS BIGINT) FROM history_size WHERE owner_id = $1 GROUP BY status")
        .bind(owner)
        .all(db)
        .await?;
    let mut total = 0;
    for mut row in rows {
        let (status, count) = (row.int()?, row.int()?);
        if days::has_status(filter, status) {
            total += count;
        }
    }
    Ok(Some(total.max(0)))
}

/// `(bucket, status, count)` of due instants in `[from, until)`, by bucket.
pub(crate) async fn tallies(
    db: &Db,
    owner: Option<i64>,
    from: i64,
    until: i64,
) -> Result<Vec<(i64, Option<Status>, u64)>> {
    let rows = sql("SELECT bucket, status, CAST(SUM(count) AS BIGINT) FROM tally \
         WHERE owner_id = $1 AND bucket >= $2 AND bucket < $3 GROUP BY bucket, status ORDER BY bucket, status")
        .bind(owner.unwrap_or(EVERYBODY))
        .bind(from.div_euclid(QUARTER_US))
        .bind(until.div_euclid(QUARTER_US))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok((
                row.int()?,
                Status::from_id(row.int()?),
                row.int()?.unsigned_abs(),
            ))
        })
        .collect()
}

/// Failures of one cause.
pub(crate) struct Cause {
    pub cause: String,
    pub count: u64,
    pub last_at: i64,
    pub execution_id: i64,
}

/// Failures that ended since `from` by cause, most first.
pub(crate) async fn causes(
    db: &Db,
    owner: Option<i64>,
    from: i64,
    limit: u32,
) -> Result<Vec<Cause>> {
    let rows = sql("SELECT cause, CAST(SUM(count) AS BIGINT), MAX(last_at), MAX(execution_id) FROM failure_tally \
         WHERE owner_id = $1 AND bucket >= $2 GROUP BY cause ORDER BY 2 DESC, cause LIMIT $3")
        .bind(owner.unwrap_or(EVERYBODY))
        .bind(from.div_euclid(QUARTER_US))
        .bind(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Cause {
                cause: row.text()?,
                count: row.int()?.unsigned_abs(),
                last_at: row.int()?,
                execution_id: row.int()?,
            })
        })
        .collect()
}

/// What is needed of a job to place it in time.
pub(crate) struct Planned {
    pub id: i64,
    pub title: String,
    pub name_ar: Option<String>,
    /// `None` when it cannot be read any more.
    pub schedule: Option<Spec>,
    /// Whether its schedule counts.
    pub is_active: bool,
    pub effective_from: i64,
    /// From, until (exclusive).
    pub pause: Option<(i64, Option<i64>)>,
    /// Its calendars and windows.
    pub limits: Limits,
}

/// What of a job's settings restricts its schedule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Limits {
    pub calendars: Vec<CalendarUse>,
    pub execution_windows: Vec<ExecutionWindow>,
    pub outside_windows: OutsideWindows,
}

macro_rules! planned_columns {
    () => {
        "j.id, j.name_en, j.name_ar, j.task_function, j.schedule, j.is_enabled AND NOT j.is_deleted, j.effective_from, j.paused_at, j.paused_until, j.settings "
    };
}

fn planned(mut row: Row) -> Result<Planned> {
    let row = &mut row;
    let id = row.int()?;
    let (name_en, name_ar, function) = (row.opt_text()?, row.opt_text()?, row.text()?);
    Ok(Planned {
        id,
        title: name_en
            .or_else(|| name_ar.clone())
            .unwrap_or_else(|| format!("{function} {id}")),
        name_ar,
        schedule: serde_json::from_str(&row.text()?).ok(),
        is_active: row.flag()?,
        effective_from: row.int()?,
        pause: {
            let (since, until) = (row.opt_int()?, row.opt_int()?);
            since.map(|since| (since, until))
        },
        limits: row.json()?,
    })
}

/// Active jobs that may be due before `until`, those first that may be due first.
pub(crate) async fn due_soon(
    db: &Db,
    owner: Option<i64>,
    until: i64,
    limit: u32,
) -> Result<Vec<Planned>> {
    let query = match owner {
        // CROSS JOIN keeps SQLite from walking everybody's hints for one owner's few jobs.
        Some(owner) => sql(concat!(
            "SELECT ",
            planned_columns!(),
            "FROM job j CROSS JOIN job_hint h WHERE j.owner_id = $2 AND h.job_id = j.id AND h.next_at < $1"
        ))
        .bind(until)
        .bind(owner),
        None => sql(concat!(
            "SELECT ",
            planned_columns!(),
            "FROM (SELECT job_id, next_at FROM job_hint WHERE next_at < $1 ORDER BY next_at LIMIT 2000) h JOIN job j ON j.id = h.job_id WHERE true"
        ))
        .bind(until),
    };
    let rows = query
        .push(" AND j.is_enabled AND NOT j.is_deleted AND (j.paused_at IS NULL OR j.paused_until < $1) ORDER BY h.next_at, j.id")
        .and(" LIMIT ?", limit)
        .all(db)
        .await?;
    rows.into_iter().map(planned).collect()
}

/// Jobs other than `except` that may be due before `until`, and how many there are. Of more than `limit` about so many,
/// spread evenly over their numbers.
pub(crate) async fn due_before(
    db: &Db,
    owner: Option<i64>,
    until: i64,
    except: i64,
    limit: i64,
) -> Result<(Vec<Planned>, u64)> {
    // Numbers times this, modulo a power of two, fall evenly: jobs that were created in a pattern are all met.
    const SCATTER: &str = " AND (h.job_id * 40503) % 65536 < ?";
    const ALL: i64 = 65_536;
    let tables = match owner {
        // CROSS JOIN keeps SQLite from walking everybody's hints for one owner's few jobs.
        Some(_) => {
            " FROM job j CROSS JOIN job_hint h WHERE h.job_id = j.id AND h.next_at < $1 AND h.job_id <> $2"
        }
        None => {
            " FROM job_hint h CROSS JOIN job j WHERE j.id = h.job_id AND h.next_at < $1 AND h.job_id <> $2"
        }
    };
    let of = |columns: &'static str, share: i64| {
        let query = sql("SELECT ")
            .push(columns)
            .push(tables)
            .bind(until)
            .bind(except)
            .and(SCATTER, share);
        match owner {
            Some(owner) => query.and(" AND j.owner_id = ?", owner),
            None => query,
        }
    };
    let total = match owner {
        Some(_) => of("COUNT(*)", ALL).one(db).await?.int()?,
        // Of everybody's hints none needs its job to be counted.
        None => sql("SELECT COUNT(*) FROM job_hint h WHERE h.next_at < $1 AND h.job_id <> $2")
            .bind(until)
            .bind(except)
            .one(db)
            .await?
            .int()?,
    };
    let share = if total > limit {
        (limit * ALL / total).max(1)
    } else {
        ALL
    };
    let rows = of(planned_columns!(), share)
        .push(" AND j.is_enabled AND NOT j.is_deleted LIMIT 2000")
        .all(db)
        .await?;
    let jobs = rows.into_iter().map(planned).collect::<Result<_>>()?;
    Ok((jobs, total.unsigned_abs()))
}

/// Jobs for a calendar that begins at `from`: the first `limit` of the list, and some of those deleted since.
pub(crate) async fn calendar_jobs(
    db: &Db,
    owner: Option<i64>,
    from: i64,
    limit: u32,
) -> Result<Vec<Planned>> {
    let present = sql(concat!(
        "SELECT ",
        planned_columns!(),
        "FROM job j WHERE NOT j.is_deleted"
    ));
    let deleted = sql(concat!(
        "SELECT ",
        planned_columns!(),
        "FROM job j WHERE j.is_deleted"
    ))
    .and(" AND j.updated_at >= ?", from);
    let mut jobs = Vec::new();
    for (query, order, limit) in [
        (
            present,
            " ORDER BY j.priority DESC, j.created_at DESC, j.id DESC",
            limit,
        ),
        (deleted, " ORDER BY j.updated_at DESC, j.id", limit / 5),
    ] {
        let query = match owner {
            Some(owner) => query.and(" AND j.owner_id = ?", owner),
            None => query,
        };
        let rows = query.push(order).and(" LIMIT ?", limit).all(db).await?;
        for row in rows {
            jobs.push(planned(row)?);
        }
    }
    Ok(jobs)
}

/// Ended executions of one job, one day, one status.
pub(crate) struct DayCount {
    pub job_id: i64,
    /// Index of the day.
    pub day: usize,
    pub status: Option<Status>,
    pub count: u64,
    pub first_at: i64,
    pub last_at: i64,
}

/// What ended, of these jobs, by day; `edges` are the beginnings of the days and the end of the last.
pub(crate) async fn by_day(db: &Db, jobs: &[i64], edges: &[i64]) -> Result<Vec<DayCount>> {
    // One look into the index for each job and stretch of days of one length; the index holds all that is asked for.
    let rows = sql("SELECT e.job_id, s.day + (e.due_at - s.since) / s.length, e.status, COUNT(*), MIN(e.due_at), MAX(e.due_at) \
         FROM {rows $1: day int, since int, until int, length int} s CROSS JOIN execution e \
         WHERE e.job_id {each $2} AND e.due_at >= s.since AND e.due_at < s.until GROUP BY 1, 2, 3")
        .bind(batch(&stretches(edges)))
        .bind(batch(jobs))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(DayCount {
                job_id: row.int()?,
                day: usize::try_from(row.int()?).unwrap_or(0),
                status: Status::from_id(row.int()?),
                count: row.int()?.unsigned_abs(),
                first_at: row.int()?,
                last_at: row.int()?,
            })
        })
        .collect()
}

/// Neighbouring days of the same length put together, as `[first day, beginning, end, length of a day]`.
fn stretches(edges: &[i64]) -> Vec<[i64; 4]> {
    let mut all: Vec<[i64; 4]> = Vec::new();
    for (day, pair) in (0..).zip(edges.windows(2)) {
        let length = pair[1] - pair[0];
        match all.last_mut() {
            Some([.., until, same]) if *same == length => *until = pair[1],
            _ => all.push([day, pair[0], pair[1], length]),
        }
    }
    all
}

/// `(job, first, last, disposition, count)` of missed and skipped ranges of these jobs that touch `[from, until)`.
pub(crate) async fn skips(
    db: &Db,
    jobs: &[i64],
    from: i64,
    until: i64,
    limit: u32,
) -> Result<Vec<(i64, i64, i64, i64, u64)>> {
    let rows = sql("SELECT s.job_id, s.from_at, s.until_at, s.disposition, s.count FROM skip s \
         WHERE s.job_id {each $1} AND s.from_at < $3 AND s.until_at >= $2 AND s.disposition IN (1, 2) \
         AND s.reason NOT IN ('moved_to_business_day', 'waits_for_window') LIMIT $4")
        .bind(batch(jobs))
        .bind(from)
        .bind(until)
        .bind(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok((
                row.int()?,
                row.int()?,
                row.int()?,
                row.int()?,
                row.int()?.unsigned_abs(),
            ))
        })
        .collect()
}

/// `(job, due, trigger)` of the live executions of these jobs due in `[from, until)`.
pub(crate) async fn lives(
    db: &Db,
    jobs: &[i64],
    from: i64,
    until: i64,
    limit: u32,
) -> Result<Vec<(i64, i64, i64)>> {
    let rows = sql("SELECT l.job_id, l.due_at, l.trigger FROM live l WHERE l.job_id {each $1} AND l.due_at >= $2 AND l.due_at < $3 LIMIT $4")
        .bind(batch(jobs))
        .bind(from)
        .bind(until)
        .bind(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?, row.int()?)))
        .collect()
}

/// One ended execution of a sparkline.
pub(crate) struct Run {
    pub job_id: i64,
    pub id: i64,
    pub created_at: i64,
    pub status: Option<Status>,
    pub due_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: i64,
}

/// The last ended executions of each of these jobs, newest first; a few more than `each` where instants are the same.
pub(crate) async fn last_runs(
    db: &Db,
    owner: Option<i64>,
    jobs: &[i64],
    each: u32,
) -> Result<Vec<Run>> {
    let query = sql("WITH edge AS MATERIALIZED (SELECT j.id AS job_id, COALESCE((SELECT x.due_at FROM execution x WHERE x.job_id = j.id \
         ORDER BY x.due_at DESC, x.id DESC LIMIT 1 OFFSET $2), 0) AS since FROM job j WHERE j.id {each $1}")
        .bind(batch(jobs))
        .bind(i64::from(each) - 1);
    let query = match owner {
        Some(owner) => query.and(" AND j.owner_id = ?", owner),
        None => query,
    };
    let rows = query
        .push(
            ") SELECT e.job_id, e.id, e.created_at, e.status, e.due_at, e.started_at, e.finished_at \
             FROM edge CROSS JOIN execution e WHERE e.job_id = edge.job_id AND e.due_at >= edge.since \
             ORDER BY e.job_id, e.due_at DESC, e.id DESC LIMIT 10000",
        )
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Run {
                job_id: row.int()?,
                id: row.int()?,
                created_at: row.int()?,
                status: Status::from_id(row.int()?),
                due_at: row.int()?,
                started_at: row.opt_int()?,
                finished_at: row.int()?,
            })
        })
        .collect()
}

fn is_failure(status: i64) -> bool {
    [Status::Failed, Status::Timeout, Status::Lost]
        .iter()
        .any(|failure| failure.id() == status)
}

#[cfg(test)]
mod tests {
    use super::stretches;

    #[test]
    fn days_of_one_length_are_one_stretch() {
        assert_eq!(
            stretches(&[10, 24, 48, 72, 97, 121, 130]),
            [
                [0, 10, 24, 14],
                [1, 24, 72, 24],
                [3, 72, 97, 25],
                [4, 97, 121, 24],
                [5, 121, 130, 9]
            ]
        );
        assert!(stretches(&[]).is_empty());
    }
}

//! Sums for reports: over executions that are still in the history, and over what people did.
//!
//! Each is one pass over an index range that the report's dates bound; nothing here is asked while somebody waits for a page.

use super::{Db, batch, sql};
use crate::error::Result;
use crate::model::Status;

/// Executions of one job with one status.
pub(crate) struct JobSum {
    pub job_id: i64,
    pub status: Option<Status>,
    pub count: u64,
    /// Of those, the ones that had started.
    pub started: u64,
    /// Their durations together, in microseconds.
    pub duration: u64,
    /// The longest of them.
    pub longest: u64,
}

/// Ended executions due in `[from, until)`, by job and status.
pub(crate) async fn by_job(
    db: &Db,
    owner: Option<i64>,
    from: i64,
    until: i64,
) -> Result<Vec<JobSum>> {
    let query = sql("SELECT e.job_id, e.status, COUNT(*), COUNT(e.started_at), \
         CAST(COALESCE(SUM(e.finished_at - e.started_at), 0) AS BIGINT), COALESCE(MAX(e.finished_at - e.started_at), 0) \
         FROM execution e WHERE e.due_at >= $1 AND e.due_at < $2")
        .bind(from)
        .bind(until);
    let query = match owner {
        Some(owner) => query.and(" AND e.owner_id = ?", owner),
        None => query,
    };
    let rows = query
        .push(" GROUP BY e.job_id, e.status ORDER BY e.job_id, e.status")
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(JobSum {
                job_id: row.int()?,
                status: Status::from_id(row.int()?),
                count: row.int()?.unsigned_abs(),
                started: row.int()?.unsigned_abs(),
                duration: row.int()?.max(0).unsigned_abs(),
                longest: row.int()?.max(0).unsigned_abs(),
            })
        })
        .collect()
}

/// `(cause, count, last end)` of executions due in `[from, until)` that failed, most first.
pub(crate) async fn causes(
    db: &Db,
    owner: Option<i64>,
    from: i64,
    until: i64,
    limit: u32,
) -> Result<Vec<(String, u64, i64)>> {
    let query = sql(
        "SELECT COALESCE(e.cause, 'failed'), COUNT(*), MAX(e.finished_at) FROM execution e \
         WHERE e.status IN (4, 5, 9) AND e.due_at >= $1 AND e.due_at < $2",
    )
    .bind(from)
    .bind(until);
    let query = match owner {
        Some(owner) => query.and(" AND e.owner_id = ?", owner),
        None => query,
    };
    let rows = query
        .push(" GROUP BY COALESCE(e.cause, 'failed') ORDER BY 2 DESC, 1")
        .and(" LIMIT ?", limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.text()?, row.int()?.unsigned_abs(), row.int()?)))
        .collect()
}

/// `(id, name in English, name in Arabic, task function)` of these jobs, deleted ones too.
pub(crate) async fn job_names(
    db: &Db,
    jobs: &[i64],
) -> Result<Vec<(i64, Option<String>, Option<String>, String)>> {
    let rows =
        sql("SELECT j.id, j.name_en, j.name_ar, j.task_function FROM job j WHERE j.id {each $1}")
            .bind(batch(jobs))
            .all(db)
            .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.opt_text()?, row.opt_text()?, row.text()?)))
        .collect()
}

/// An account with what it did.
pub(crate) struct Person {
    pub id: i64,
    pub name: String,
    pub role: String,
    pub is_disabled: bool,
    /// The last time they signed in, whenever that was.
    pub signed_in_at: Option<i64>,
    /// Events of the audit trail.
    pub actions: u64,
    /// The last of them.
    pub last_at: Option<i64>,
    /// Jobs not deleted.
    pub jobs: u64,
    /// Executions of theirs that ran, due in the range.
    pub executions: u64,
}

/// Every account, with its events in `[from, until)`; the busiest first.
pub(crate) async fn people(db: &Db, from: i64, until: i64) -> Result<Vec<Person>> {
    let rows = sql("SELECT u.id, u.name, u.role, u.is_disabled, u.last_login_at, COALESCE(a.count, 0), a.last_at, \
         (SELECT COUNT(*) FROM job j WHERE j.owner_id = u.id AND NOT j.is_deleted), \
         (SELECT CAST(COALESCE(SUM(t.count), 0) AS BIGINT) FROM tally t WHERE t.owner_id = u.id AND t.bucket >= $1 / 900000000 AND t.bucket < $2 / 900000000 AND t.status NOT IN (7, 8)) \
         FROM app_user u LEFT JOIN (SELECT e.actor_id, COUNT(*) AS count, MAX(e.at) AS last_at FROM audit_event e \
         WHERE e.at >= $1 AND e.at < $2 GROUP BY e.actor_id) a ON a.actor_id = u.id ORDER BY 6 DESC, u.id")
        .bind(from)
        .bind(until)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Person {
                id: row.int()?,
                name: row.text()?,
                role: row.text()?,
                is_disabled: row.flag()?,
                signed_in_at: row.opt_int()?,
                actions: row.int()?.unsigned_abs(),
                last_at: row.opt_int()?,
                jobs: row.int()?.unsigned_abs(),
                executions: row.int()?.unsigned_abs(),
            })
        })
        .collect()
}

/// `(day, people, events)` of the audit trail; `edges` are the beginnings of the days and the end of the last.
pub(crate) async fn activity(db: &Db, edges: &[i64]) -> Result<Vec<(usize, u64, u64)>> {
    let days: Vec<[i64; 3]> = (0..)
        .zip(edges.windows(2))
        .map(|(day, pair)| [day, pair[0], pair[1]])
        .collect();
    let rows = sql("SELECT d.day, COUNT(DISTINCT e.actor_id), COUNT(*) FROM {rows $1: day int, since int, until int} d \
         CROSS JOIN audit_event e WHERE e.at >= d.since AND e.at < d.until AND e.actor_id > 0 GROUP BY d.day ORDER BY d.day")
        .bind(batch(&days))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok((
                usize::try_from(row.int()?).unwrap_or(0),
                row.int()?.unsigned_abs(),
                row.int()?.unsigned_abs(),
            ))
        })
        .collect()
}

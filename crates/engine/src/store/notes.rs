//! What surfaces remember about jobs, and counts of runs per job.

use std::collections::HashMap;

use super::{Db, Tx, batch, sql};
use crate::error::Result;
use crate::model::{JobNote, RunCounts, Status};

/// Writes the note of a surface about a job in place of an earlier one.
pub(crate) async fn write(tx: &mut Tx, job_id: i64, surface: &str, note: &JobNote) -> Result<()> {
    sql("INSERT INTO job_note (job_id, surface, alias, content) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (job_id, surface) DO UPDATE SET alias = excluded.alias, content = excluded.content")
        .bind(job_id)
        .bind(surface)
        .bind(note.alias.as_deref())
        .bind(note.content.to_string())
        .run(tx)
        .await?;
    Ok(())
}

/// The notes of a surface about these jobs, deleted ones included, as far as they belong to `owner` (or to anybody).
pub(crate) async fn of_jobs(
    db: &Db,
    surface: &str,
    jobs: &[i64],
    owner: Option<i64>,
) -> Result<HashMap<i64, JobNote>> {
    let mut query = sql("SELECT n.job_id, n.alias, n.content FROM job_note n JOIN job j ON j.id = n.job_id WHERE n.surface = $1 AND n.job_id {each $2}")
        .bind(surface)
        .bind(batch(jobs));
    if let Some(owner) = owner {
        query = query.and(" AND j.owner_id = ?", owner);
    }
    query
        .all(db)
        .await?
        .into_iter()
        .map(|mut row| {
            let job = row.int()?;
            let note = JobNote {
                alias: row.opt_text()?,
                content: row.json()?,
            };
            Ok((job, note))
        })
        .collect()
}

/// Numbers of the jobs that a surface files under an alias, at most `limit` of them.
pub(crate) async fn jobs_under(
    db: &Db,
    surface: &str,
    alias: &str,
    owner: Option<i64>,
    limit: i64,
) -> Result<Vec<i64>> {
    let mut query = sql("SELECT n.job_id FROM job_note n JOIN job j ON j.id = n.job_id WHERE n.surface = $1 AND n.alias = $2 AND NOT j.is_deleted")
        .bind(surface)
        .bind(alias);
    if let Some(owner) = owner {
        query = query.and(" AND j.owner_id = ?", owner);
    }
    let rows = query
        .push(" ORDER BY n.job_id")
        .and(" LIMIT ?", limit)
        .all(db)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// Counts of the runs of these jobs.
pub(crate) async fn run_counts(
    db: &Db,
    jobs: &[i64],
    owner: Option<i64>,
) -> Result<HashMap<i64, RunCounts>> {
    let mut ended =
        sql("SELECT e.job_id, e.status, COUNT(*) FROM execution e WHERE e.job_id {each $1}")
            .bind(batch(jobs));
    let mut live =
        sql("SELECT l.job_id, COUNT(*) FROM live l WHERE l.state <> 1 AND l.job_id {each $1}")
            .bind(batch(jobs));
    if let Some(owner) = owner {
        ended = ended.and(" AND e.owner_id = ?", owner);
        live = live.and(" AND l.owner_id = ?", owner);
    }
    let mut counts: HashMap<i64, RunCounts> = HashMap::new();
    for mut row in ended.push(" GROUP BY e.job_id, e.status").all(db).await? {
        let (job, status, count) = (row.int()?, row.int()?, row.int()?.unsigned_abs());
        if Status::from_id(status).is_some_and(Status::is_finished_run) {
            let of_job = counts.entry(job).or_default();
            of_job.finished += count;
            if status == Status::Success.id() {
                of_job.succeeded += count;
            }
        }
    }
    for mut row in live.push(" GROUP BY l.job_id").all(db).await? {
        let (job, count) = (row.int()?, row.int()?.unsigned_abs());
        counts.entry(job).or_default().live += count;
    }
    Ok(counts)
}

//! Chains: which jobs run after which, the ends that wait to be answered, and who started whom.

use std::collections::{HashMap, HashSet};

use serde_json::{Value as Json, json};

use super::hot::Ended;
use super::{Db, On, Row, Tx, batch, sql};
use crate::error::Result;
use crate::model::{Job, OnEnd, ParentExecution, Status};
use crate::rules::chain::Arrival;
use crate::rules::ids::execution_uuid;

/// Links of a graph that are followed, at most.
pub(crate) const MOST_EDGES: usize = 20_000;

/// Holds back others who change the graph until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx) -> Result<()> {
    sql("SELECT next FROM sequence WHERE name = 'chain' {for_update}")
        .all(tx)
        .await?;
    Ok(())
}

/// Writes what these jobs run after, in place of what they ran after before.
pub(crate) async fn set_parents(tx: &mut Tx, jobs: &[&Job], changed: &[i64]) -> Result<()> {
    if !changed.is_empty() {
        sql("DELETE FROM job_parent WHERE child_id {each $1}")
            .bind(batch(changed))
            .run(&mut *tx)
            .await?;
    }
    let rows: Vec<Json> = jobs
        .iter()
        .filter(|job| !job.is_deleted)
        .filter_map(|job| Some((job.id, job.settings.after.as_deref()?)))
        .flat_map(|(child, after)| {
            let parents = after.parents.iter();
            parents.map(move |parent| json!([child, parent.job_id, parent.on.id()]))
        })
        .collect();
    if !rows.is_empty() {
        sql("INSERT INTO job_parent (child_id, parent_id, on_end) SELECT r.child_id, r.parent_id, r.on_end \
             FROM {rows $1: child_id int, parent_id int, on_end int} r WHERE true ON CONFLICT DO NOTHING")
            .bind(batch(&rows))
            .run(tx)
            .await?;
    }
    Ok(())
}

/// The `(child, parent)` pairs above or below these jobs, over any number of steps; of very many, the first.
pub(crate) async fn edges(
    on: impl Into<On<'_>>,
    from: &[i64],
    upwards: bool,
) -> Result<Vec<(i64, i64)>> {
    let mut on = on.into();
    let statement = if upwards {
        "SELECT child_id, parent_id FROM job_parent WHERE child_id {each $1} ORDER BY child_id, parent_id"
    } else {
        "SELECT child_id, parent_id FROM job_parent WHERE parent_id {each $1} ORDER BY child_id, parent_id"
    };
    let mut found = Vec::new();
    let mut seen: HashSet<i64> = from.iter().copied().collect();
    let mut level = from.to_vec();
    while !level.is_empty() && found.len() < MOST_EDGES {
        let here = match &mut on {
            On::Db(db) => On::Db(db),
            On::Tx(tx) => On::Tx(tx),
        };
        let rows = sql(statement).bind(batch(&level)).all(here).await?;
        level.clear();
        for mut row in rows {
            let edge = (row.int()?, row.int()?);
            let next = if upwards { edge.1 } else { edge.0 };
            if seen.insert(next) {
                level.push(next);
            }
            found.push(edge);
        }
    }
    Ok(found)
}

/// Notes the ends of parents for their children, in the transaction of the end.
pub(crate) async fn note_ends(tx: &mut Tx, ended: &[&Ended]) -> Result<()> {
    let rows: Vec<Json> = ended
        .iter()
        .filter_map(|end| Some((end, Status::from_id(end.status)?)))
        .flat_map(|(end, status)| {
            let kinds = OnEnd::ALL.into_iter().filter(move |on| on.counts(status));
            kinds.map(move |on| {
                json!([
                    end.live.job_id,
                    on.id(),
                    end.live.id,
                    end.live.created_at,
                    end.status,
                    end.finished_at
                ])
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO chain_arrival (child_id, execution_id, parent_id, created_at, status, finished_at, is_new) \
         SELECT p.child_id, r.execution_id, r.parent_id, r.created_at, r.status, r.finished_at, true \
         FROM {rows $1: parent_id int, on_end int, execution_id int, created_at int, status int, finished_at int} r \
         JOIN job_parent p ON p.parent_id = r.parent_id AND p.on_end = r.on_end WHERE true ON CONFLICT DO NOTHING")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// Children with ends that nobody has looked at, some of those in the shards of this instance, or whose job is gone.
pub(crate) async fn unanswered(db: &Db, instance: i64, limit: i64) -> Result<Vec<i64>> {
    let rows = sql("SELECT DISTINCT a.child_id FROM chain_arrival a LEFT JOIN job j ON j.id = a.child_id LEFT JOIN shard s ON s.id = j.shard \
         WHERE a.is_new AND (s.owner = $1 OR j.id IS NULL) ORDER BY a.child_id LIMIT $2")
        .bind(instance)
        .bind(limit)
        .all(db)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// How many ends a child has not answered.
pub(crate) async fn count(db: &Db, child: i64) -> Result<usize> {
    let count = sql("SELECT COUNT(*) FROM chain_arrival WHERE child_id = $1")
        .bind(child)
        .one(db)
        .await?
        .int()?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// The oldest ends that a child has not answered.
pub(crate) async fn arrivals(tx: &mut Tx, child: i64, limit: usize) -> Result<Vec<Arrival>> {
    let rows = sql("SELECT parent_id, execution_id, created_at, finished_at FROM chain_arrival WHERE child_id = $1 ORDER BY finished_at, execution_id LIMIT $2")
        .bind(child)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Arrival {
                parent_id: row.int()?,
                execution_id: row.int()?,
                created_at: row.int()?,
                finished_at: row.int()?,
            })
        })
        .collect()
}

/// Ends of parents that wait, for these children: `(child, arrival, status)`.
pub(crate) async fn waiting(
    db: &Db,
    children: &[i64],
) -> Result<Vec<(i64, Arrival, Option<Status>)>> {
    let rows = sql("SELECT child_id, parent_id, execution_id, created_at, finished_at, status FROM chain_arrival WHERE child_id {each $1} ORDER BY finished_at, execution_id")
        .bind(batch(children))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok((
                row.int()?,
                Arrival {
                    parent_id: row.int()?,
                    execution_id: row.int()?,
                    created_at: row.int()?,
                    finished_at: row.int()?,
                },
                Status::from_id(row.int()?),
            ))
        })
        .collect()
}

/// Removes answered ends, and notes that the waiting ones have been looked at.
pub(crate) async fn answer(
    tx: &mut Tx,
    child: i64,
    answered: &[i64],
    waiting: &[i64],
) -> Result<()> {
    if !answered.is_empty() {
        sql("DELETE FROM chain_arrival WHERE child_id = $1 AND execution_id {each $2}")
            .bind(child)
            .bind(batch(answered))
            .run(&mut *tx)
            .await?;
    }
    if !waiting.is_empty() {
        sql("UPDATE chain_arrival SET is_new = false WHERE child_id = $1 AND is_new AND execution_id {each $2}")
            .bind(child)
            .bind(batch(waiting))
            .run(tx)
            .await?;
    }
    Ok(())
}

/// Records which executions started an execution.
pub(crate) async fn record_parents(tx: &mut Tx, execution: i64, parents: &[Arrival]) -> Result<()> {
    let rows: Vec<Json> = parents
        .iter()
        .map(|parent| {
            json!([
                execution,
                parent.execution_id,
                parent.created_at,
                parent.parent_id
            ])
        })
        .collect();
    sql("INSERT INTO execution_parent (execution_id, parent_id, parent_created_at, parent_job_id) \
         SELECT r.execution_id, r.parent_id, r.parent_created_at, r.parent_job_id \
         FROM {rows $1: execution_id int, parent_id int, parent_created_at int, parent_job_id int} r WHERE true ON CONFLICT DO NOTHING")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

fn parent(row: &mut Row) -> Result<(i64, i64, i64)> {
    Ok((row.int()?, row.int()?, row.int()?))
}

/// The executions that started each of these.
pub(crate) async fn parents_of(
    on: impl Into<On<'_>>,
    executions: &[i64],
) -> Result<HashMap<i64, Vec<ParentExecution>>> {
    if executions.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sql("SELECT execution_id, parent_id, parent_created_at, parent_job_id FROM execution_parent WHERE execution_id {each $1} ORDER BY parent_id")
        .bind(batch(executions))
        .all(on)
        .await?;
    let mut all: HashMap<i64, Vec<ParentExecution>> = HashMap::new();
    for mut row in rows {
        let execution = row.int()?;
        let (id, created_at, job_id) = parent(&mut row)?;
        all.entry(execution).or_default().push(ParentExecution {
            execution: execution_uuid(id, created_at),
            job_id,
        });
    }
    Ok(all)
}

/// What a parent returned to the run that it started: the stored outcome of the execution of `job` that started
/// `execution`, or, for a run that no parent started, of the job's latest success. The outer `None` means that there is
/// no such execution.
pub(crate) async fn outcome_for(
    db: &Db,
    execution: i64,
    job: i64,
    is_started_by_parent: bool,
) -> Result<Option<Option<Json>>> {
    let query = if is_started_by_parent {
        sql("SELECT e.outcome FROM execution_parent p JOIN execution e ON e.id = p.parent_id WHERE p.execution_id = $1 AND p.parent_job_id = $2 ORDER BY e.id DESC LIMIT 1")
            .bind(execution)
            .bind(job)
    } else {
        sql("SELECT e.outcome FROM execution e WHERE e.job_id = $1 AND e.status = 3 ORDER BY e.due_at DESC, e.id DESC LIMIT 1")
            .bind(job)
    };
    let Some(mut row) = query.first(db).await? else {
        return Ok(None);
    };
    Ok(Some(
        row.opt_text()?
            .and_then(|text| serde_json::from_str(&text).ok()),
    ))
}

//! The hot path: firing, claiming, finishing. Batch verbs only; a whole batch travels in one statement per table.

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use super::statistics::{self, NotRun};
use super::{Db, Row, Tx, batch, chains, jobs, notifications, sql};
use crate::background::logbook::Whose;
use crate::error::Result;
use crate::faults;
use crate::model::{Delivery, Trigger};
use crate::rules::due::Skip;

/// Where a live execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Leased to an instance, which may start it from memory at its due instant.
    Armed = 1,
    /// Waits for `visible_at` or for a free slot; nobody's.
    Pending = 2,
    /// Its job is at its limit; nobody's.
    Parked = 3,
    /// Running on an instance.
    Running = 4,
    /// Admitted at the gate of its job by the owner of its shard, which has no free slot; nobody's: any instance that
    /// runs executions may take it.
    Offered = 5,
}

/// A row of `live`: an execution that has not ended.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub id: i64,
    pub created_at: i64,
    pub shard: i64,
    pub state: State,
    pub job_id: i64,
    pub job_version: i64,
    pub owner_id: i64,
    pub task_function: String,
    pub priority: i64,
    pub delivery: Delivery,
    pub due_at: i64,
    pub visible_at: i64,
    pub trigger: Trigger,
    pub triggered_by: Option<i64>,
    pub parameters: Option<String>,
    pub attempt: u32,
    pub instance_id: Option<i64>,
    pub first_started_at: Option<i64>,
    pub started_at: Option<i64>,
    pub cancel_reason: Option<String>,
    pub reason: Option<String>,
    /// Lines its earlier attempts have logged; not stored with the row.
    pub log_lines: i64,
}

/// An execution that has ended, ready for the history.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub live: Live,
    pub status: i64,
    pub reason: Option<String>,
    pub finished_at: i64,
    pub summary: Option<String>,
    pub summary_ar: Option<String>,
    pub error_message: Option<String>,
    pub error_message_ar: Option<String>,
    pub cause: Option<String>,
    pub records_processed: Option<i64>,
    pub records_affected: Option<i64>,
    /// The rest of what it reported, as JSON.
    pub outcome: Option<String>,
    pub log_lines: i64,
    pub log_truncated: bool,
}

/// An attempt after which the execution goes on.
#[derive(Clone, Debug)]
pub(crate) struct Retried {
    pub id: i64,
    pub attempt: u32,
    pub started_at: Option<i64>,
    pub finished_at: i64,
    pub status: i64,
    pub error_message: Option<String>,
    pub error_message_ar: Option<String>,
    pub cause: Option<String>,
    pub first_started_at: Option<i64>,
    pub visible_at: i64,
    pub instance_id: Option<i64>,
    pub reason: &'static str,
}

/// A chunk of a log.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub whose: Whose,
    pub first_line: i64,
    pub line_count: i64,
    pub attempt: u32,
    pub bytes: i64,
    /// JSON array of `[at, level, text]`.
    pub lines: String,
}

/// What one fire transaction writes.
#[derive(Debug, Default)]
pub(crate) struct FireBatch {
    /// `(shard, watermark, version)`.
    pub shards: Vec<(i64, i64, i64)>,
    pub fires: Vec<Live>,
    /// `(shard, job, key of the row, skip)`: the row's `from_at` may lie before the skip when a range grows.
    pub skips: Vec<(i64, i64, i64, Skip)>,
    /// `(shard, job, skip)`: those of which somebody may want to be told.
    pub told: Vec<(i64, i64, Skip)>,
    /// `(shard, instants)`: the missed and skipped among them, for the statistics.
    pub not_run: Vec<(i64, NotRun)>,
    /// `(shard, job, next)`; `None` when the job has no instant any more.
    pub hints: Vec<(i64, i64, Option<i64>)>,
}

/// What a fire transaction did.
#[derive(Debug, Default)]
pub(crate) struct Fired {
    /// Shards that did not move: edited meanwhile, or no longer owned.
    pub stale: HashSet<i64>,
    /// Executions that came into being.
    pub fired: HashSet<i64>,
}

/// Commits due instants. Shards whose version or owner changed are left out as a whole and reported.
pub(crate) async fn fire_batch(
    db: &Db,
    instance: i64,
    now: i64,
    work: &FireBatch,
) -> Result<Fired> {
    let mut tx = db.begin_engine().await?;
    let shards: Vec<Json> = work
        .shards
        .iter()
        .map(|(id, watermark, version)| json!([id, watermark, version]))
        .collect();
    let rows = sql("UPDATE shard SET watermark = CASE WHEN shard.watermark > r.watermark THEN shard.watermark ELSE r.watermark END \
         FROM {rows $1: id int, watermark int, version int} r WHERE shard.id = r.id AND shard.owner = $2 AND shard.version = r.version \
         RETURNING shard.id")
        .bind(batch(&shards))
        .bind(instance)
        .all(&mut tx)
        .await?;
    let moved: HashSet<i64> = rows
        .into_iter()
        .map(|mut row| row.int())
        .collect::<Result<_>>()?;
    let stale = work
        .shards
        .iter()
        .map(|(id, ..)| *id)
        .filter(|id| !moved.contains(id))
        .collect();

    let fires: Vec<&Live> = work
        .fires
        .iter()
        .filter(|live| moved.contains(&live.shard))
        .collect();
    let mut fired = HashSet::with_capacity(fires.len());
    if !fires.is_empty() {
        let ledger: Vec<Json> = fires
            .iter()
            .map(|live| json!([live.due_at, live.job_id, live.id]))
            .collect();
        let rows = sql("INSERT INTO fire (due_at, job_id, execution_id) SELECT r.due_at, r.job_id, r.execution_id \
             FROM {rows $1: due_at int, job_id int, execution_id int} r WHERE true ON CONFLICT DO NOTHING RETURNING execution_id")
            .bind(batch(&ledger))
            .all(&mut tx)
            .await?;
        for mut row in rows {
            fired.insert(row.int()?);
        }
        let new: Vec<&Live> = fires
            .into_iter()
            .filter(|live| fired.contains(&live.id))
            .collect();
        insert_live(&mut tx, &new).await?;
    }
    let skips: Vec<Json> = work
        .skips
        .iter()
        .filter(|(shard, ..)| moved.contains(shard))
        .map(|(_, job, from, skip)| {
            json!([
                job,
                from,
                skip.until,
                skip.disposition.id(),
                skip.count,
                skip.reason.word,
                skip.reason.detail,
                now
            ])
        })
        .collect();
    if !skips.is_empty() {
        sql("INSERT INTO skip (job_id, from_at, until_at, disposition, count, reason, detail, recorded_at) \
             SELECT r.job_id, r.from_at, r.until_at, r.disposition, r.count, r.reason, r.detail, r.recorded_at \
             FROM {rows $1: job_id int, from_at int, until_at int, disposition int, count int, reason text, detail text, recorded_at int} r WHERE true \
             ON CONFLICT (job_id, from_at, disposition) DO UPDATE SET until_at = excluded.until_at, count = skip.count + excluded.count, \
             recorded_at = excluded.recorded_at WHERE skip.until_at < excluded.until_at")
            .bind(batch(&skips))
            .run(&mut tx)
            .await?;
        let told = work
            .told
            .iter()
            .filter(|(shard, ..)| moved.contains(shard))
            .map(|(_, job, skip)| (*job, skip));
        notifications::note_missed(&mut tx, told, now).await?;
    }
    let own: Vec<&(i64, i64, Option<i64>)> = work
        .hints
        .iter()
        .filter(|(shard, ..)| moved.contains(shard))
        .collect();
    let hints: Vec<Json> = own
        .iter()
        .filter_map(|(shard, job, next)| next.map(|next| json!([job, shard, next])))
        .collect();
    let gone: Vec<i64> = own
        .iter()
        .filter(|(.., next)| next.is_none())
        .map(|(_, job, _)| *job)
        .collect();
    jobs::write_hints(&mut tx, &hints).await?;
    jobs::drop_hints(&mut tx, &gone).await?;
    let counted = |(shard, instants): &(i64, NotRun)| moved.contains(shard).then_some(*instants);
    let not_run: Vec<NotRun> = work.not_run.iter().filter_map(counted).collect();
    statistics::count_not_run(&mut tx, instance, &not_run).await?;
    tx.commit().await?;
    Ok(Fired { stale, fired })
}

/// Writes one skip outside a fire transaction.
pub(crate) async fn skip_one(tx: &mut Tx, job: i64, skip: &Skip, now: i64) -> Result<()> {
    sql("INSERT INTO skip (job_id, from_at, until_at, disposition, count, reason, detail, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING")
        .bind(job)
        .bind(skip.from)
        .bind(skip.until)
        .bind(skip.disposition.id())
        .bind(i64::try_from(skip.count).unwrap_or(i64::MAX))
        .bind(skip.reason.word)
        .bind(skip.reason.detail.as_deref())
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Writes one fire with its execution, unless the instant has fired already.
pub(crate) async fn fire_one(tx: &mut Tx, live: &Live) -> Result<()> {
    let new = sql("INSERT INTO fire (due_at, job_id, execution_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(live.due_at)
        .bind(live.job_id)
        .bind(live.id)
        .run(tx)
        .await?;
    if new == 1 {
        insert_live(tx, &[live]).await
    } else {
        Ok(())
    }
}

/// Inserts live executions.
pub(crate) async fn insert_live(tx: &mut Tx, rows: &[&Live]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = rows
        .iter()
        .map(|live| {
            json!([
                live.id,
                live.created_at,
                live.shard,
                live.state as i64,
                live.job_id,
                live.job_version,
                live.owner_id,
                live.task_function,
                live.priority,
                delivery_id(live.delivery),
                live.due_at,
                live.visible_at,
                live.trigger.id(),
                live.triggered_by,
                live.parameters,
                live.attempt,
                live.instance_id,
                live.reason,
            ])
        })
        .collect();
    sql("INSERT INTO live (id, created_at, shard, state, job_id, job_version, owner_id, task_function, priority, delivery, due_at, \
         visible_at, trigger, triggered_by, parameters, attempt, instance_id, reason) \
         SELECT r.id, r.created_at, r.shard, r.state, r.job_id, r.job_version, r.owner_id, r.task_function, r.priority, r.delivery, r.due_at, \
         r.visible_at, r.trig, r.triggered_by, r.parameters, r.attempt, r.instance_id, r.reason \
         FROM {rows $1: id int, created_at int, shard int, state int, job_id int, job_version int, owner_id int, task_function text, \
         priority int, delivery int, due_at int, visible_at int, trig int, triggered_by int, parameters text, attempt int, instance_id int, \
         reason text} r WHERE true")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

macro_rules! live_columns {
    () => {
        "id, created_at, shard, state, job_id, job_version, owner_id, task_function, priority, delivery, due_at, visible_at, trigger, \
         triggered_by, parameters, attempt, instance_id, first_started_at, started_at, cancel_reason, reason"
    };
}
pub(crate) use live_columns;

/// Reads a row of `live` selected by `live_columns!`.
pub(crate) fn live(row: &mut Row) -> Result<Live> {
    Ok(Live {
        id: row.int()?,
        created_at: row.int()?,
        shard: row.int()?,
        state: match row.int()? {
            1 => State::Armed,
            2 => State::Pending,
            3 => State::Parked,
            5 => State::Offered,
            _ => State::Running,
        },
        job_id: row.int()?,
        job_version: row.int()?,
        owner_id: row.int()?,
        task_function: row.text()?,
        priority: row.int()?,
        delivery: if row.int()? == 1 {
            Delivery::AtMostOnce
        } else {
            Delivery::AtLeastOnce
        },
        due_at: row.int()?,
        visible_at: row.int()?,
        trigger: Trigger::from_id(row.int()?).unwrap_or(Trigger::Api),
        triggered_by: row.opt_int()?,
        parameters: row.opt_text()?,
        attempt: u32::try_from(row.int()?).unwrap_or(1),
        instance_id: row.opt_int()?,
        first_started_at: row.opt_int()?,
        started_at: row.opt_int()?,
        cancel_reason: row.opt_text()?,
        reason: row.opt_text()?,
        log_lines: 0,
    })
}

pub(super) fn lives(rows: Vec<Row>) -> Result<Vec<Live>> {
    rows.into_iter().map(|mut row| live(&mut row)).collect()
}

/// Leases up to `limit` pending executions that are due to this instance, highest priority first.
pub(crate) async fn claim_pending(
    tx: &mut Tx,
    instance: i64,
    now: i64,
    limit: usize,
) -> Result<Vec<Live>> {
    if faults::mutant("claim_without_fence") {
        return claim_unfenced(tx, instance, now, limit).await;
    }
    let rows = sql(concat!(
        "WITH picked AS MATERIALIZED (SELECT id AS picked_id FROM live WHERE state = 2 AND visible_at <= $1 AND shard {among SELECT id FROM shard WHERE owner = $3} ORDER BY priority DESC, visible_at, id LIMIT $2 {skip_locked}) \
         UPDATE live SET state = 1, instance_id = $3 WHERE id IN (SELECT picked_id FROM picked) AND state = 2 RETURNING ",
        live_columns!()
    ))
    .bind(now)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .bind(instance)
    .all(tx)
    .await?;
    lives(rows)
}

/// A statement that leases to instance `$1` up to `$2` of the offered executions that fit, highest priority first.
macro_rules! lease_offered {
    ($fits:literal) => {
        concat!(
            "WITH picked AS MATERIALIZED (SELECT id AS picked_id FROM live WHERE state = 5 AND ",
            $fits,
            " ORDER BY priority DESC, visible_at, id LIMIT $2 {skip_locked}) \
             UPDATE live SET state = 1, instance_id = $1 WHERE id IN (SELECT picked_id FROM picked) AND state = 5 RETURNING ",
            live_columns!()
        )
    };
}

/// Leases up to `limit` offered executions of this instance's own shards to it: what it offered and has room for now.
pub(crate) async fn take_back_offered(
    tx: &mut Tx,
    instance: i64,
    limit: usize,
) -> Result<Vec<Live>> {
    let own = lease_offered!("shard {among SELECT id FROM shard WHERE owner = $1}");
    offered(tx, own, instance, limit).await
}

/// Leases up to `limit` offered executions of whichever shards to this instance. One that the others took for dead gets
/// nothing: what a shard's owner is to the other claims, its own row is to this one.
pub(crate) async fn claim_offered(tx: &mut Tx, instance: i64, limit: usize) -> Result<Vec<Live>> {
    let any = lease_offered!(
        "EXISTS (SELECT 1 FROM instance i WHERE i.id = $1 AND i.status NOT IN ('stopped', 'lost'))"
    );
    offered(tx, any, instance, limit).await
}

async fn offered(
    tx: &mut Tx,
    statement: &'static str,
    instance: i64,
    limit: usize,
) -> Result<Vec<Live>> {
    let rows = sql(statement)
        .bind(instance)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(tx)
        .await?;
    lives(rows)
}

/// Looks first, takes after, of every shard, and asks nobody: what a scheduler must not do.
async fn claim_unfenced(tx: &mut Tx, instance: i64, now: i64, limit: usize) -> Result<Vec<Live>> {
    let rows = sql("SELECT id FROM live WHERE state = 2 AND visible_at <= $1 ORDER BY id LIMIT $2")
        .bind(now)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(&mut *tx)
        .await?;
    let ids: Vec<i64> = rows
        .into_iter()
        .map(|mut row| row.int())
        .collect::<Result<_>>()?;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    let rows = sql(concat!(
        "UPDATE live SET state = 1, instance_id = $2 WHERE id {each $1} RETURNING ",
        live_columns!()
    ))
    .bind(batch(&ids))
    .bind(instance)
    .all(tx)
    .await?;
    lives(rows)
}

/// Leases the first parked executions of a job to this instance, if the job's shard is its own.
pub(crate) async fn claim_parked(
    tx: &mut Tx,
    instance: i64,
    job_id: i64,
    limit: i64,
) -> Result<Vec<Live>> {
    let rows = sql(concat!(
        "WITH picked AS MATERIALIZED (SELECT id AS picked_id FROM live WHERE job_id = $1 AND state = 3 AND shard {among SELECT id FROM shard WHERE owner = $3} ORDER BY priority DESC, visible_at, id LIMIT $2 {skip_locked}) \
         UPDATE live SET state = 1, instance_id = $3 WHERE id IN (SELECT picked_id FROM picked) AND state = 3 RETURNING ",
        live_columns!()
    ))
    .bind(job_id)
    .bind(limit)
    .bind(instance)
    .all(tx)
    .await?;
    lives(rows)
}

/// The earliest instant at which something pending becomes visible.
pub(crate) async fn next_visible(tx: &mut Tx, instance: i64) -> Result<Option<i64>> {
    sql("SELECT MIN(visible_at) FROM live WHERE state = 2 AND shard IN (SELECT id FROM shard WHERE owner = $1)")
        .bind(instance)
        .one(tx)
        .await?
        .opt_int()
}

/// Gives leased executions back: `(id, attempt, state, reason)`; parked, pending or offered.
pub(crate) async fn release(
    tx: &mut Tx,
    instance: i64,
    rows: &[(i64, u32, State, &'static str)],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = rows
        .iter()
        .map(|(id, attempt, state, reason)| {
            json!([id, fence(*id, *attempt), *state as i64, reason])
        })
        .collect();
    sql("UPDATE live SET state = r.state, instance_id = NULL, reason = r.reason FROM {rows $1: id int, fence int, state int, reason text} r \
         WHERE live.id = r.id AND live.id * 1024 + live.attempt = r.fence AND COALESCE(live.instance_id, 0) = $2 AND live.state = 1")
        .bind(batch(&rows))
        .bind(instance)
        .run(tx)
        .await?;
    Ok(())
}

/// Gives back runs that only waited, as they are: `(id, attempt)`. Whoever claims them goes on waiting with the same
/// attempt.
pub(crate) async fn give_back(
    tx: &mut Tx,
    instance: i64,
    rows: &[(i64, u32)],
    reason: &'static str,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = rows
        .iter()
        .map(|(id, attempt)| json!([id, fence(*id, *attempt)]))
        .collect();
    sql("UPDATE live SET state = 2, instance_id = NULL, started_at = NULL, reason = $3 FROM {rows $1: id int, fence int} r \
         WHERE live.id = r.id AND live.id * 1024 + live.attempt = r.fence AND COALESCE(live.instance_id, 0) = $2 AND live.state IN (1, 4)")
        .bind(batch(&rows))
        .bind(instance)
        .bind(reason)
        .run(tx)
        .await?;
    Ok(())
}

/// Marks leased executions as running: `(id, attempt, started_at)`.
pub(crate) async fn started(tx: &mut Tx, instance: i64, rows: &[(i64, u32, i64)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = rows
        .iter()
        .map(|(id, attempt, at)| json!([id, fence(*id, *attempt), at]))
        .collect();
    sql("UPDATE live SET state = 4, started_at = r.started_at, reason = NULL, \
         first_started_at = CASE WHEN first_started_at IS NULL THEN r.started_at ELSE first_started_at END \
         FROM {rows $1: id int, fence int, started_at int} r \
         WHERE live.id = r.id AND live.id * 1024 + live.attempt = r.fence AND COALESCE(live.instance_id, 0) = $2")
        .bind(batch(&rows))
        .bind(instance)
        .run(tx)
        .await?;
    Ok(())
}

/// What ending executions did.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// Those that were this instance's to end; the others carried a stale fence and changed nothing.
    pub mine: HashSet<i64>,
    /// Whether other jobs run after some of them.
    pub leads_on: bool,
}

/// Moves ended executions to the history.
pub(crate) async fn finish_batch(tx: &mut Tx, instance: i64, ended: &[Ended]) -> Result<Finished> {
    if ended.is_empty() {
        return Ok(Finished::default());
    }
    let ids: Vec<i64> = ended.iter().map(|end| end.live.id).collect();
    let fences: Vec<i64> = ended
        .iter()
        .map(|end| fence(end.live.id, end.live.attempt))
        .collect();
    if faults::mutant("no_fence_in_finish") {
        let rows = sql("DELETE FROM live WHERE id {each $1} RETURNING id")
            .bind(batch(&ids))
            .all(&mut *tx)
            .await?;
        drop(rows);
        insert_ended(tx, &ended.iter().collect::<Vec<_>>()).await?;
        return Ok(Finished {
            mine: ids.into_iter().collect(),
            leads_on: true,
        });
    }
    // The first condition finds the rows by their key, the others keep those of these very attempts.
    let rows = sql(
        "DELETE FROM live WHERE id {each $1} AND COALESCE(instance_id, 0) = $2 AND id * 1024 + attempt {each $3} \
         RETURNING id, EXISTS (SELECT 1 FROM job_parent p WHERE p.parent_id = live.job_id)",
    )
    .bind(batch(&ids))
    .bind(instance)
    .bind(batch(&fences))
    .all(&mut *tx)
    .await?;
    let mut mine = HashSet::with_capacity(rows.len());
    let mut parents = HashSet::new();
    for mut row in rows {
        let (id, is_parent) = (row.int()?, row.flag()?);
        mine.insert(id);
        if is_parent {
            parents.insert(id);
        }
    }
    let rows: Vec<&Ended> = ended
        .iter()
        .filter(|end| mine.contains(&end.live.id))
        .collect();
    append_ended(tx, &rows).await?;
    let leads_on = !parents.is_empty();
    if leads_on {
        let rows: Vec<&Ended> = rows
            .into_iter()
            .filter(|end| parents.contains(&end.live.id))
            .collect();
        chains::note_ends(tx, &rows).await?;
    }
    Ok(Finished { mine, leads_on })
}

/// Appends to the history what ended without having been leased, and notes it for the jobs that run after it.
pub(crate) async fn insert_ended(tx: &mut Tx, ended: &[&Ended]) -> Result<()> {
    append_ended(tx, ended).await?;
    chains::note_ends(tx, ended).await
}

/// Appends to the history, and counts what is appended.
async fn append_ended(tx: &mut Tx, ended: &[&Ended]) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = ended
        .iter()
        .map(|end| {
            let live = &end.live;
            json!([
                live.id,
                live.created_at,
                live.job_id,
                live.job_version,
                live.owner_id,
                live.task_function,
                live.due_at,
                live.trigger.id(),
                live.triggered_by,
                live.parameters,
                end.status,
                end.reason,
                live.attempt,
                live.instance_id,
                live.first_started_at.or(live.started_at),
                end.finished_at,
                end.summary,
                end.error_message,
                end.cause,
                end.records_processed,
                end.records_affected,
                end.outcome,
                end.log_lines,
                end.log_truncated,
                end.summary_ar,
                end.error_message_ar,
            ])
        })
        .collect();
    sql("INSERT INTO execution (id, created_at, job_id, job_version, owner_id, task_function, due_at, trigger, triggered_by, parameters, status, \
         reason, attempt, instance_id, started_at, finished_at, summary, error_message, cause, records_processed, records_affected, outcome, \
         log_lines, log_truncated, summary_ar, error_message_ar) \
         SELECT r.id, r.created_at, r.job_id, r.job_version, r.owner_id, r.task_function, r.due_at, r.trig, r.triggered_by, r.parameters, r.status, \
         r.reason, r.attempt, r.instance_id, r.started_at, r.finished_at, r.summary, r.error_message, r.cause, r.records_processed, \
         r.records_affected, r.outcome, r.log_lines, r.log_truncated, r.summary_ar, r.error_message_ar \
         FROM {rows $1: id int, created_at int, job_id int, job_version int, owner_id int, task_function text, due_at int, trig int, \
         triggered_by int, parameters text, status int, reason text, attempt int, instance_id int, started_at int, finished_at int, summary text, \
         error_message text, cause text, records_processed int, records_affected int, outcome text, log_lines int, log_truncated bool, \
         summary_ar text, error_message_ar text} r \
         WHERE true ON CONFLICT (id) DO NOTHING")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    statistics::count_ended(tx, ended).await
}

/// Records attempts after which their executions go on, and makes those pending again.
pub(crate) async fn retry_batch(
    tx: &mut Tx,
    instance: i64,
    retried: &[Retried],
) -> Result<HashSet<i64>> {
    if retried.is_empty() {
        return Ok(HashSet::new());
    }
    if faults::mutant("no_fence_in_finish") {
        return retry_unfenced(tx, retried).await;
    }
    let rows: Vec<Json> = retried
        .iter()
        .map(|end| {
            json!([
                end.id,
                fence(end.id, end.attempt),
                end.visible_at,
                end.first_started_at,
                end.reason
            ])
        })
        .collect();
    let rows = sql("UPDATE live SET state = 2, visible_at = r.visible_at, attempt = live.attempt + 1, instance_id = NULL, started_at = NULL, \
         first_started_at = CASE WHEN live.first_started_at IS NULL THEN r.first_started_at ELSE live.first_started_at END, reason = r.reason \
         FROM {rows $1: id int, fence int, visible_at int, first_started_at int, reason text} r \
         WHERE live.id = r.id AND live.id * 1024 + live.attempt = r.fence AND COALESCE(live.instance_id, 0) = $2 RETURNING live.id")
        .bind(batch(&rows))
        .bind(instance)
        .all(&mut *tx)
        .await?;
    let mine: HashSet<i64> = rows
        .into_iter()
        .map(|mut row| row.int())
        .collect::<Result<_>>()?;
    let rows: Vec<Json> = retried
        .iter()
        .filter(|end| mine.contains(&end.id))
        .map(|end| {
            json!([
                end.id,
                end.attempt,
                end.started_at,
                end.finished_at,
                end.status,
                end.instance_id,
                end.error_message,
                end.cause,
                end.error_message_ar
            ])
        })
        .collect();
    if !rows.is_empty() {
        sql("INSERT INTO attempt (execution_id, number, started_at, finished_at, status, instance_id, error_message, cause, error_message_ar) \
             SELECT r.execution_id, r.number, r.started_at, r.finished_at, r.status, r.instance_id, r.error_message, r.cause, r.error_message_ar \
             FROM {rows $1: execution_id int, number int, started_at int, finished_at int, status int, instance_id int, error_message text, cause text, error_message_ar text} r \
             WHERE true ON CONFLICT DO NOTHING")
            .bind(batch(&rows))
            .run(tx)
            .await?;
    }
    Ok(mine)
}

/// Whoever says so ends an attempt: what a scheduler must not believe.
async fn retry_unfenced(tx: &mut Tx, retried: &[Retried]) -> Result<HashSet<i64>> {
    let ids: Vec<i64> = retried.iter().map(|end| end.id).collect();
    sql("UPDATE live SET state = 2, visible_at = 0, attempt = attempt + 1, instance_id = NULL, started_at = NULL WHERE id {each $1}")
        .bind(batch(&ids))
        .run(tx)
        .await?;
    Ok(ids.into_iter().collect())
}

/// Appends log chunks; a chunk that is there already (a retried flush) stays as it is.
pub(crate) async fn append_logs(tx: &mut Tx, chunks: &[Chunk]) -> Result<()> {
    if chunks.is_empty() {
        return Ok(());
    }
    let rows: Vec<Json> = chunks
        .iter()
        .map(|chunk| {
            json!([
                chunk.whose.execution_id,
                chunk.first_line,
                chunk.line_count,
                chunk.attempt,
                chunk.bytes,
                chunk.lines
            ])
        })
        .collect();
    sql("INSERT INTO log_chunk (execution_id, first_line, line_count, attempt, bytes, lines) \
         SELECT r.execution_id, r.first_line, r.line_count, r.attempt, r.bytes, r.lines \
         FROM {rows $1: execution_id int, first_line int, line_count int, attempt int, bytes int, lines text} r WHERE true ON CONFLICT DO NOTHING")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// Removes chunks `(execution, first_line)` that a long log has outgrown.
pub(crate) async fn drop_logs(tx: &mut Tx, chunks: &[(i64, i64)]) -> Result<()> {
    for (execution, first_line) in chunks {
        sql("DELETE FROM log_chunk WHERE execution_id = $1 AND first_line = $2")
            .bind(*execution)
            .bind(*first_line)
            .run(tx)
            .await?;
    }
    Ok(())
}

/// The fence of an attempt as one number: attempts of an execution stay below 1,024. Where it is compared, so is the
/// instance, written with `COALESCE` to keep PostgreSQL away from the index on it: that index is full of rows that were
/// there a moment ago, and the key finds the right ones at once.
fn fence(id: i64, attempt: u32) -> i64 {
    id.saturating_mul(1_024).saturating_add(i64::from(attempt))
}

fn delivery_id(delivery: Delivery) -> i64 {
    match delivery {
        Delivery::AtMostOnce => 1,
        Delivery::AtLeastOnce => 2,
    }
}

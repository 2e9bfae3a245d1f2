//! Lists of a long history.

use std::sync::Arc;
use std::time::Instant;

use orloj_engine::model::{Actor, ExecutionFilter, Page, Status, Trigger};
use orloj_engine::{Clock, StoreLocation};
use orloj_schedule::RuleSpec;
use serde_json::json;

use crate::tasks::Stamp;
use crate::{Numbers, Outcome, crowd, store};

const EXECUTIONS: u32 = 10_000_000;
const JOBS: u32 = 1_000;
/// Each list is asked for so often.
const TIMES: usize = 10;

/// Fills the history behind the engine's back, and asks for lists as the pages do.
pub(crate) async fn lists(location: StoreLocation) -> Outcome<Numbers> {
    let engine = store::open(&location, &Arc::new(Stamp::new())).await?;
    let manual = (0..JOBS).map(|_| store::draft("noop", RuleSpec::Manual));
    let jobs = store::store(&engine, manual).await?;
    let (first, now) = (jobs[0], Clock::System.now_us());
    fill(&store::url(&location), first, now).await?;
    let caller = engine.caller(Actor::system());
    let day_us = 86_400_000_000;
    let one_job = ExecutionFilter {
        job_id: Some(first + 7),
        ..ExecutionFilter::default()
    };
    let failed = ExecutionFilter {
        statuses: vec![Status::Failed],
        ..ExecutionFilter::default()
    };
    let a_day = ExecutionFilter {
        from: Some(jiff::Timestamp::from_microsecond(now - 31 * day_us)?),
        to: Some(jiff::Timestamp::from_microsecond(now - 30 * day_us)?),
        ..ExecutionFilter::default()
    };
    let by_hand = ExecutionFilter {
        trigger: Some(Trigger::Manual),
        ..ExecutionFilter::default()
    };
    let last = EXECUTIONS / 20;
    let mut numbers = Numbers::new();
    for (name, filter, number) in [
        ("first page", ExecutionFilter::default(), 1),
        ("page 1,000", ExecutionFilter::default(), 1_000),
        ("middle page", ExecutionFilter::default(), last / 2),
        ("last page", ExecutionFilter::default(), last),
        ("one job, first page", one_job.clone(), 1),
        ("one job, middle page", one_job, EXECUTIONS / JOBS / 40),
        ("failed, first page", failed.clone(), 1),
        ("failed, middle page", failed, EXECUTIONS / 100 / 40),
        ("one day, first page", a_day.clone(), 1),
        ("by hand, first page", by_hand.clone(), 1),
    ] {
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let begun = Instant::now();
            let page = Page { number, size: 20 };
            let found = caller.executions(filter.clone(), page).await?;
            if found.items.len() != 20 {
                return Err(format!("{name}: {} of 20 found", found.items.len()).into());
            }
            took.push(i64::try_from(begun.elapsed().as_micros())?);
        }
        put(&mut numbers, name, took);
    }
    // The feed, which counts nothing.
    for (name, filter) in [
        ("feed, a day", a_day),
        ("feed, by hand", by_hand),
        ("feed, all", ExecutionFilter::default()),
    ] {
        let mut after: Option<String> = None;
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let begun = Instant::now();
            let found = caller
                .executions_after(filter.clone(), after.as_deref(), 100)
                .await?;
            took.push(i64::try_from(begun.elapsed().as_micros())?);
            after = found.last().map(|last| last.uuid.clone());
        }
        put(&mut numbers, name, took);
    }
    Ok(numbers)
}

fn put(numbers: &mut Numbers, name: &str, mut took: Vec<i64>) {
    took.sort_unstable();
    numbers.insert(
        format!("{name}: p50 ms"),
        json!(crowd::ms(crowd::at(&took, 50))),
    );
    numbers.insert(
        format!("{name}: most ms"),
        json!(crowd::ms(crowd::at(&took, 100))),
    );
}

/// Executions of a hundred days, the newest of them now.
async fn fill(url: &str, first_job: i64, now: i64) -> Outcome<()> {
    let numbers = if url.starts_with("postgres") {
        format!("generate_series(CAST(1 AS BIGINT), {EXECUTIONS}) AS g(n)")
    } else {
        format!(
            "(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {EXECUTIONS}) SELECT n FROM g) AS g"
        )
    };
    let step = 100 * 86_400_000_000 / i64::from(EXECUTIONS);
    let begin = now - i64::from(EXECUTIONS) * step;
    let owner = "(SELECT MAX(owner_id) FROM job)";
    store::execute(
        url,
        &format!(
            "INSERT INTO execution (id, created_at, job_id, job_version, owner_id, task_function, due_at, trigger, status, attempt, \
             started_at, finished_at, log_lines, log_truncated) \
             SELECT n, {begin} + n * {step}, {first_job} + n % {JOBS}, 1, {owner}, 'noop', {begin} + n * {step}, \
             CASE WHEN n % 1000 = 1 THEN {} ELSE {} END, CASE WHEN n % 100 = 3 THEN {} ELSE {} END, 1, \
             {begin} + n * {step}, {begin} + n * {step} + 1000, 0, FALSE FROM {numbers}; \
             INSERT INTO history_size (owner_id, status, lane, count) \
             SELECT o.owner_id, e.status, 0, COUNT(*) FROM execution e, (SELECT {owner} AS owner_id UNION ALL SELECT -1) o \
             GROUP BY 1, 2; \
             INSERT INTO history_day (owner_id, day, status, trigger, lane, count) \
             SELECT o.owner_id, e.due_at / 86400000000, e.status, e.trigger, 0, COUNT(*) FROM execution e, (SELECT {owner} AS owner_id UNION ALL SELECT -1) o \
             GROUP BY 1, 2, 3, 4; ANALYZE",
            Trigger::Manual.id(),
            Trigger::Schedule.id(),
            Status::Failed.id(),
            Status::Success.id(),
        ),
    )
    .await
}

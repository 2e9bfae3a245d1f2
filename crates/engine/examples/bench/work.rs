//! How fast a queue empties.

use std::sync::Arc;
use std::time::{Duration, Instant};

use orloj_engine::model::{Actor, ExecutionFilter, Page, Status};
use orloj_engine::{Clock, StoreLocation};
use orloj_schedule::RuleSpec;
use serde_json::json;

use crate::tasks::Stamp;
use crate::{Numbers, Outcome, store};

/// Jobs that the queued executions belong to.
const JOBS: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(120);

/// Puts executions of `function` into the queue, starts an engine, and takes the time until all are in the history.
pub(crate) async fn burn(
    location: StoreLocation,
    function: &str,
    count: usize,
) -> Outcome<Numbers> {
    let stamp = Arc::new(Stamp::new());
    let engine = store::open(&location, &stamp).await?;
    let drafts = (0..JOBS).map(|_| {
        let mut draft = store::draft(function, RuleSpec::Manual);
        draft.settings.max_instances = 10;
        draft
    });
    let ids = store::store(&engine, drafts).await?;
    let first = ids.first().copied().ok_or("no jobs")?;
    engine.stop(Duration::ZERO).await;
    queue(&location, function, first, count).await?;

    let engine = store::open(&location, &stamp).await?;
    let count = u64::try_from(count)?;
    let begun = Instant::now();
    engine.start().await?;
    while engine.metrics().finished_with(Status::Success) < count {
        if begun.elapsed() > PATIENCE {
            return Err("the queue did not empty in time".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // What has ended in memory is on disk after this.
    engine.settle().await;
    let took = begun.elapsed();
    let filter = ExecutionFilter {
        statuses: vec![Status::Success],
        ..ExecutionFilter::default()
    };
    let page = Page { number: 1, size: 1 };
    let caller = engine.caller(Actor::system());
    let history = caller.executions(filter, page).await?;
    if history.total != count {
        return Err(format!("{} of {count} are in the history", history.total).into());
    }
    let commits = engine.metrics().commits.get();
    let rate = count as f64 / took.as_secs_f64();
    engine.stop(Duration::from_secs(5)).await;
    Ok(Numbers::from_iter([
        ("per_second".to_owned(), json!(rate.round())),
        (
            "executions_in_a_commit".to_owned(),
            json!((count / commits.max(1))),
        ),
    ]))
}

/// Writes pending executions, of one job after the other in turn.
async fn queue(
    location: &StoreLocation,
    function: &str,
    first_job: i64,
    count: usize,
) -> Outcome<()> {
    let now = Clock::System.now_us();
    let numbers = match location {
        StoreLocation::Postgres(_) => format!("SELECT n FROM generate_series(1, {count}) n"),
        _ => format!(
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s"
        ),
    };
    // Numbers far above those that the engine has given out.
    let statement = format!(
        "INSERT INTO live (id, created_at, shard, state, job_id, job_version, owner_id, task_function, priority, delivery, \
         due_at, visible_at, trigger, attempt) SELECT 1000000 + q.n, {now}, j.shard, 2, j.id, 1, 0, '{function}', 0, 1, \
         {now}, {now}, 3, 1 FROM ({numbers}) AS q JOIN job j ON j.id = {first_job} + q.n % {JOBS}"
    );
    let url = store::url(location);
    store::execute(&url, &statement).await?;
    // A server that has run for a while knows its tables.
    store::execute(&url, "ANALYZE").await
}

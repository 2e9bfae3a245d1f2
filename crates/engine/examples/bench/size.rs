//! What many stored jobs cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use orloj_engine::model::{Actor, JobFilter, Page};
use orloj_engine::{Clock, StoreLocation};
use orloj_schedule::RuleSpec;
use serde_json::json;

use crate::machine::{processor_us, resident_kib, written_bytes};
use crate::tasks::Stamp;
use crate::{Numbers, Outcome, crowd, store};

/// How long an idle server is watched.
const IDLE: Duration = Duration::from_secs(20);

/// Stores jobs that are due in months, and one that is due every second.
pub(crate) async fn stored(location: StoreLocation, jobs: u32) -> Outcome<Numbers> {
    let engine = store::open(&location, &Arc::new(Stamp::new())).await?;
    let this_month = Clock::System
        .now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .month();
    let far = (0..jobs).map(|n| {
        let month = (i64::from(this_month) + 1 + i64::from(n) % 9) % 12 + 1;
        let expression = format!("{} {} 1 {month} *", n % 60, n / 60 % 24);
        store::draft("noop", RuleSpec::Cron { expression })
    });
    let begun = Instant::now();
    store::store(&engine, far).await?;
    let rate = f64::from(jobs) / begun.elapsed().as_secs_f64();
    let rule = RuleSpec::Interval {
        every_seconds: 1,
        anchor: engine.clock().now(),
    };
    // What it owes is due the moment the next engine is there.
    let mut soon = store::draft("stamp", rule);
    soon.settings.misfire_grace_seconds = None;
    store::store(&engine, [soon]).await?;
    engine.stop(Duration::ZERO).await;
    Ok(Numbers::from_iter([(
        "stored_per_second".to_owned(),
        json!(rate.round()),
    )]))
}

/// A new process with what was stored.
pub(crate) async fn started(location: StoreLocation, jobs: u32) -> Outcome<Numbers> {
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let before = resident_kib()?;
    let stamp = Arc::new(Stamp::new());
    let begun = Instant::now();
    let engine = store::open(&location, &stamp).await?;
    engine.start().await?;
    while stamp.starts() == 0 {
        if begun.elapsed() > Duration::from_secs(60) {
            return Err("nothing fired within a minute".into());
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    let first_fire = begun.elapsed();
    let caller = engine.caller(Actor::system());
    // The job that is due every second would not let the server rest.
    let filter = JobFilter {
        task_function: Some("stamp".to_owned()),
        ..JobFilter::default()
    };
    let soon = caller.jobs(filter, page(1)).await?;
    for view in soon.items {
        caller.set_job_enabled(view.job.id, false, true).await?;
    }
    engine.settle().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let memory = (resident_kib()? - before) * 1_024 / i64::from(jobs);
    let (used, written, watched) = (processor_us()?, written_bytes()?, Instant::now());
    tokio::time::sleep(IDLE).await;
    let idle = 100.0 * (processor_us()? - used) / watched.elapsed().as_micros() as f64;
    let written = written_bytes()? - written;
    let mut numbers = Numbers::from_iter([
        (
            "start_to_first_fire_ms".to_owned(),
            json!(first_fire.as_secs_f64() * 1_000.0),
        ),
        ("memory_bytes_per_job".to_owned(), json!(memory)),
        (
            "idle_processor_percent".to_owned(),
            json!((idle * 1_000.0).round() / 1_000.0),
        ),
        ("idle_bytes_written".to_owned(), json!(written)),
    ]);
    let last = jobs / 20;
    for (name, number) in [("first", 1), ("middle", last / 2), ("last", last)] {
        let mut took = Vec::new();
        for _ in 0..50 {
            let begun = Instant::now();
            caller.jobs(JobFilter::default(), page(number)).await?;
            took.push(i64::try_from(begun.elapsed().as_micros())?);
        }
        took.sort_unstable();
        numbers.insert(
            format!("list_of_jobs_{name}_page_p99_ms"),
            json!(crowd::ms(crowd::at(&took, 99))),
        );
    }
    engine.stop(Duration::from_secs(5)).await;
    Ok(numbers)
}

fn page(number: u32) -> Page {
    Page { number, size: 20 }
}

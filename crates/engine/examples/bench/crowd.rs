//! Many jobs due at one instant.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use orloj_engine::{Clock, StoreLocation};
use orloj_schedule::RuleSpec;
use serde_json::json;

use crate::rate::sleep_until;
use crate::tasks::Stamp;
use crate::{Numbers, Outcome, store};

/// Jobs, instants, and seconds between two instants.
const CROWDS: [(usize, usize, u64); 4] = [(1, 10, 1), (100, 10, 1), (1_000, 10, 2), (10_000, 5, 4)];

/// Lateness of crowds of several sizes.
pub(crate) async fn lateness(location: StoreLocation) -> Outcome<Numbers> {
    let stamp = Arc::new(Stamp::new());
    let engine = store::open(&location, &stamp).await?;
    engine.start().await?;
    let mut numbers = Numbers::new();
    for (jobs, instants, every) in CROWDS {
        let seconds = 2 + i64::try_from(jobs)? / 1_500;
        let first = Clock::System.now_us() / 1_000_000 * 1_000_000 + seconds * 1_000_000;
        let first_at = Timestamp::from_microsecond(first)?;
        let last = first + i64::try_from(every * (instants as u64 - 1))? * 1_000_000;
        let last_at = Timestamp::from_microsecond(last)?;
        let drafts = (0..jobs).map(|_| {
            let rule = RuleSpec::Interval {
                every_seconds: every,
                anchor: first_at,
            };
            let mut draft = store::draft("stamp", rule);
            draft.schedule.start_at = Some(first_at);
            draft.schedule.end_at = Some(last_at);
            draft
        });
        store::store(&engine, drafts).await?;
        if Clock::System.now_us() > first - 800_000 {
            return Err(format!("storing {jobs} jobs took too long").into());
        }
        sleep_until(last).await;
        let wanted = jobs * instants;
        let patience = Instant::now();
        while stamp.starts() < wanted && patience.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        engine.settle().await;
        let late = stamp.take();
        let early = late.iter().filter(|late| **late < 0).count();
        let mut put = |name: &str, value| numbers.insert(format!("{jobs} jobs: {name}"), value);
        put("p50 ms", json!(ms(at(&late, 50))));
        put("p99 ms", json!(ms(at(&late, 99))));
        put("max ms", json!(ms(at(&late, 100))));
        put("early", json!(early));
        put("not started", json!(wanted - late.len()));
    }
    engine.stop(Duration::from_secs(5)).await;
    Ok(numbers)
}

pub(crate) fn ms(us: i64) -> f64 {
    us as f64 / 1_000.0
}

/// The value that so many per cent of the values do not exceed.
pub(crate) fn at(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

/// Jobs that all owe one instant: how fast those become rows of the ledger.
pub(crate) async fn fires(location: StoreLocation) -> Outcome<Numbers> {
    const JOBS: u64 = 50_000;
    let stamp = Arc::new(Stamp::new());
    let engine = store::open(&location, &stamp).await?;
    let due = Clock::System.now_us() + 20_000_000;
    let due_at = Timestamp::from_microsecond(due)?;
    let drafts = (0..JOBS).map(|_| {
        let rule = RuleSpec::Interval {
            every_seconds: 3_600,
            anchor: due_at,
        };
        let mut draft = store::draft("noop", rule);
        draft.schedule.start_at = Some(due_at);
        draft.settings.misfire_grace_seconds = None;
        draft
    });
    store::store(&engine, drafts).await?;
    engine.stop(Duration::ZERO).await;
    sleep_until(due + 1_000).await;
    let engine = store::open(&location, &stamp).await?;
    let begun = Instant::now();
    engine.start().await?;
    while engine.metrics().fired.get() < JOBS {
        if begun.elapsed() > Duration::from_secs(60) {
            return Err("not everything fired within a minute".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let rate = JOBS as f64 / begun.elapsed().as_secs_f64();
    Ok(Numbers::from_iter([(
        "per_second".to_owned(),
        json!(rate.round()),
    )]))
}

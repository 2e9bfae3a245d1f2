//! How many scheduled executions a second live their whole life.

use std::sync::Arc;

use jiff::Timestamp;
use orloj_engine::model::Status;
use orloj_engine::{Clock, Engine, StoreLocation};
use orloj_schedule::RuleSpec;
use serde_json::json;

use crate::tasks::Stamp;
use crate::{Numbers, Outcome, store};

/// Jobs that join in each step; each is due every second.
const STEP: i64 = 2_000;
const STEPS: i64 = 20;
/// How long each step lasts: a second in which its jobs join, and three over which it is judged. What the disk or the
/// machine makes everybody wait for now and then, a few hundredths of a second, must not decide.
const STEP_US: i64 = 4_000_000;
/// Storing the jobs must be over by then.
const STORING_US: i64 = 20_000_000;

/// Offers more with every step; answers the last step in which the engine kept up, and the most that ended in any.
pub(crate) async fn life(location: StoreLocation) -> Outcome<Numbers> {
    let engine = store::open(&location, &Arc::new(Stamp::new())).await?;
    let begin = Clock::System.now_us() / 1_000_000 * 1_000_000 + STORING_US;
    let mut drafts = Vec::new();
    for n in 0..STEPS * STEP {
        let first = begin + n / STEP * STEP_US + n % STEP * 1_000_000 / STEP;
        let first = Timestamp::from_microsecond(first)?;
        let rule = RuleSpec::Interval {
            every_seconds: 1,
            anchor: first,
        };
        let mut draft = store::draft("echo", rule);
        draft.schedule.start_at = Some(first);
        drafts.push(draft);
    }
    engine.start().await?;
    store::store(&engine, drafts).await?;
    if Clock::System.now_us() > begin - 1_000_000 {
        return Err("storing the jobs took too long".into());
    }
    let (mut sustained, mut most) = (0.0f64, 0.0f64);
    // The jobs of a step join within its first second.
    sleep_until(begin + 1_000_000).await;
    for step in 1..=STEPS {
        let before = (Clock::System.now_us(), ended(&engine));
        sleep_until(begin + step * STEP_US).await;
        let after = (Clock::System.now_us(), ended(&engine));
        let rate = (after.1 - before.1) as f64 * 1_000_000.0 / (after.0 - before.0) as f64;
        most = most.max(rate);
        let offered = (step * STEP) as f64;
        if rate < 0.97 * offered {
            break;
        }
        sustained = offered;
        sleep_until(begin + step * STEP_US + 1_000_000).await;
    }
    let mean = engine.metrics().lateness_sum_us.get() / engine.metrics().started.get().max(1);
    // What is overloaded need not end in good order; the process ends with it.
    Ok(Numbers::from_iter([
        ("sustained_per_second".to_owned(), json!(sustained)),
        ("most_in_a_second".to_owned(), json!(most.round())),
        ("mean_lateness_us".to_owned(), json!(mean)),
    ]))
}

fn ended(engine: &Engine) -> u64 {
    engine.metrics().finished_with(Status::Success)
}

pub(crate) async fn sleep_until(at: i64) {
    while Clock::System.now_us() < at {
        Clock::System.sleep_until_us(at).await;
    }
}

//! The way back after a clock that ran ahead.
//!
//! A machine may start with a wrong date and learn the right one later. Until then instants were decided that have not
//! come: the watermarks lie in the future, and nothing would fire until they are reached. Small steps are waited out.
//! After a great one the watermarks go back to the present. What has fired stays in the ledger, whose key sees to it
//! that none of it fires again; what was passed over in the future is open again.

use std::collections::HashMap;
use std::sync::Arc;

use orloj_schedule::Schedule;

use super::definition::Definition;
use crate::clock::timestamp;
use crate::engine::Inner;
use crate::error::Result;
use crate::rules::spread::{Range, spread};
use crate::store::rewind::Skipped;
use crate::store::{jobs, rewind as store};

/// A watermark further ahead than this is not waited for. Arming ahead moves it by a second at most.
pub(super) const TOO_FAR_AHEAD_US: i64 = 60_000_000;

/// Brings these shards of this instance back to the present. What was known of them must be read anew.
pub(super) async fn rewind(engine: &Arc<Inner>, shards: &[i64], now: i64) -> Result<()> {
    let mut tx = engine.store.db.begin_engine().await?;
    let moved = store::watermarks(&mut tx, engine.me(), shards, now).await?;
    if moved.is_empty() {
        return Ok(());
    }
    tracing::error!(
        shards = moved.len(),
        "the clock has been ahead and was set back: what was passed over in the future is open again, and what has fired does not fire twice"
    );
    let ranges = store::skips_after(&mut tx, &moved, now).await?;
    let mut ids: Vec<i64> = ranges.iter().map(|range| range.job_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let definitions: HashMap<i64, Arc<Definition>> = jobs::definitions(&engine.store.db, &ids)
        .await?
        .iter()
        .filter_map(|stored| Some((stored.job.id, Definition::compile(stored)?)))
        .collect();
    for skipped in ranges {
        let schedule = definitions
            .get(&skipped.job_id)
            .map(|definition| definition.timeline.schedule());
        let count = passed(schedule, &skipped, now);
        store::shorten_skip(&mut tx, &skipped, now, count).await?;
    }
    store::reopen(&mut tx, &moved, now).await?;
    tx.commit().await
}

/// How many instants of a range lie before `now`. They are few where the range is long, so they are counted and not estimated.
fn passed(schedule: Option<&Schedule>, skipped: &Skipped, now: i64) -> u64 {
    if skipped.from > now {
        return 0;
    }
    let count = match schedule {
        Some(schedule) => {
            schedule.count_between(timestamp(skipped.from - 1), timestamp(now), skipped.count)
        }
        None => {
            let range = Range {
                from: skipped.from,
                until: skipped.until,
                count: skipped.count,
            };
            spread(None, range, &[skipped.from, now + 1])
                .first()
                .copied()
                .unwrap_or(0)
        }
    };
    // The first is one of them.
    count.clamp(1, skipped.count.max(1))
}

#[cfg(test)]
mod tests {
    use orloj_schedule::{RuleSpec, Spec};

    use super::{Skipped, passed};

    const SECOND: i64 = 1_000_000;

    #[test]
    fn of_a_range_of_ten_years_the_first_seconds_are_counted() {
        let every_second = Spec::new(RuleSpec::Cron {
            expression: "* * * * * *".to_owned(),
        })
        .compile(0)
        .unwrap();
        let skipped = Skipped {
            job_id: 1,
            from: 100 * SECOND,
            until: 315_360_000 * SECOND,
            disposition: 3,
            // Where counting stopped.
            count: 10_000_000,
        };
        for (now, count) in [(99, 0), (100, 1), (103, 4)] {
            assert_eq!(passed(Some(&every_second), &skipped, now * SECOND), count);
        }
        assert_eq!(passed(None, &skipped, 103 * SECOND), 1);
    }
}

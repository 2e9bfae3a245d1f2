//! The way back after a clock that ran ahead.
//!
//! A machine may start with a wrong date and learn the right one later. Until then instants were decided that have not
//! come: the watermarks lie in the future, and nothing would fire until they are reached. Small steps are waited out.
//! After a great one the watermarks go back to the present. What has fired stays in the ledger, whose key sees to it
//! that none of it fires again; what was passed over in the future is open again.

use std::collections::HashMap;
use std::sync::Arc;

use super::definition::Definition;
use crate::engine::Inner;
use crate::error::Result;
use crate::rules::spread::{Range, spread};
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
        let range = Range {
            from: skipped.from,
            until: skipped.until,
            count: skipped.count,
        };
        let passed = spread(schedule, range, &[skipped.from, now + 1]);
        let count = passed.first().copied().unwrap_or(0);
        store::shorten_skip(&mut tx, &skipped, now, count).await?;
    }
    store::reopen(&mut tx, &moved, now).await?;
    tx.commit().await
}

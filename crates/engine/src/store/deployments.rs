//! What deployments add up from the orders of their devices.

use std::collections::HashMap;

use super::{Db, batch, sql};
use crate::error::Result;
use crate::model::{DeviceCounts, OrderOutcome, OrderState};

/// Counts of an execution's devices, and the sum of what those at work say of their progress.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) counts: DeviceCounts,
    pub(crate) said: u64,
}

/// How the devices of these executions stand; of a device that was asked again, only the last order counts.
pub(crate) async fn sums(db: &Db, executions: &[i64]) -> Result<HashMap<i64, Sums>> {
    let rows = sql("SELECT o.execution_id, o.state, COALESCE(o.outcome, ''), COUNT(*), CAST(COALESCE(SUM(o.progress), 0) AS BIGINT) FROM device_order o WHERE o.execution_id {each $1} AND NOT EXISTS (SELECT 1 FROM device_order n WHERE n.execution_id = o.execution_id AND n.device_id = o.device_id AND n.number > o.number) GROUP BY o.execution_id, o.state, COALESCE(o.outcome, '')")
        .bind(batch(executions))
        .all(db)
        .await?;
    let mut all: HashMap<i64, Sums> = HashMap::new();
    for mut row in rows {
        let sums = all.entry(row.int()?).or_default();
        let (state, outcome) = (row.int()?, row.text()?);
        let (count, said) = (row.int()?.unsigned_abs(), row.int()?.unsigned_abs());
        let counts = &mut sums.counts;
        if state == OrderState::Ended as i64 {
            match OrderOutcome::from_word(&outcome) {
                Some(OrderOutcome::Success) => counts.succeeded += count,
                Some(OrderOutcome::Cancelled) => counts.cancelled += count,
                Some(OrderOutcome::Unreached) => counts.unreached += count,
                _ => counts.failed += count,
            }
        } else if state == OrderState::Started as i64 {
            counts.running += count;
            sums.said += said;
        } else {
            counts.pending += count;
        }
    }
    Ok(all)
}

/// The parameters of these jobs, deleted ones included.
pub(crate) async fn parameters(db: &Db, jobs: &[i64]) -> Result<HashMap<i64, serde_json::Value>> {
    let rows = sql("SELECT id, parameters FROM job WHERE id {each $1}")
        .bind(batch(jobs))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.json()?)))
        .collect()
}

/// The steps that the devices of an execution got, as JSON.
pub(crate) async fn steps(db: &Db, execution: i64) -> Result<Option<serde_json::Value>> {
    let row = sql(
        "SELECT steps FROM device_order WHERE execution_id = $1 ORDER BY number DESC, id LIMIT 1",
    )
    .bind(execution)
    .first(db)
    .await?;
    row.map(|mut row| row.json()).transpose()
}

//! How many executions of each day the history holds.
//!
//! A page far back in a long list is found by its day: what lies before that day is known by number and need not be
//! passed over. The same counts tell how many executions one kind of trigger started.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Backend, Db, Tx, batch, sql};
use crate::clock::DAY_US;
use crate::error::Result;
use crate::model::ExecutionFilter;

/// Stands for all owners together.
pub(super) const EVERYBODY: i64 = -1;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    pub owner_id: i64,
    /// Number of the day, in UTC, since the epoch.
    pub day: i64,
    pub status: i64,
    pub trigger: i64,
}

/// Counts of the executions that a filter finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Days(BTreeMap<i64, i64>);

/// The day of an instant.
pub(crate) fn day_of(due_at: i64) -> i64 {
    due_at.div_euclid(DAY_US)
}

impl Days {
    /// All of them.
    pub(crate) fn total(&self) -> i64 {
        self.0.values().sum()
    }

    /// Where the `size` executions after the newest `offset` lie: due from the first instant on and before the second, after so
    /// many of those.
    pub(crate) fn place(&self, offset: i64, size: i64) -> (i64, i64, i64) {
        let (mut passed, mut begin) = (0, None);
        for (day, count) in self.0.iter().rev() {
            if begin.is_none() && passed + count > offset {
                begin = Some(((day + 1).saturating_mul(DAY_US), offset - passed));
            }
            passed += count;
            if let Some((before, rest)) = begin
                && passed >= offset + size
            {
                return (day.saturating_mul(DAY_US), before, rest);
            }
        }
        let (before, rest) = begin.unwrap_or((i64::MIN, 0));
        (i64::MIN, before, rest)
    }
}

/// Adds to the counts, once for the owner and once for everybody.
pub(super) async fn add(tx: &mut Tx, lane: i64, counts: &BTreeMap<Kind, i64>) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let mut all: BTreeMap<Kind, i64> = BTreeMap::new();
    for (kind, count) in counts {
        for owner_id in [EVERYBODY, kind.owner_id] {
            *all.entry(Kind { owner_id, ..*kind }).or_default() += count;
        }
    }
    // In order, so that two transactions cannot wait for each other.
    let rows: Vec<Json> = all
        .iter()
        .map(|(kind, count)| {
            json!([
                kind.owner_id,
                kind.day,
                kind.status,
                kind.trigger,
                lane,
                count
            ])
        })
        .collect();
    sql("INSERT INTO history_day (owner_id, day, status, trigger, lane, count) SELECT r.owner_id, r.day, r.status, r.trig, r.lane, r.count \
         FROM {rows $1: owner_id int, day int, status int, trig int, lane int, count int} r WHERE true \
         ON CONFLICT (owner_id, day, status, trigger, lane) DO UPDATE SET count = history_day.count + excluded.count")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// Whose counts answer a filter of what this owner may see: one owner's or everybody's; `None` when nothing fits both.
pub(super) fn whose(filter: &ExecutionFilter, owner: Option<i64>) -> Option<i64> {
    match (owner, filter.owner_id) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => Some(one.or(other).unwrap_or(EVERYBODY)),
    }
}

/// Whether a filter lets this status through.
pub(super) fn has_status(filter: &ExecutionFilter, status: i64) -> bool {
    filter.statuses.is_empty() || filter.statuses.iter().any(|wanted| wanted.id() == status)
}

/// The counts for a filter of owner, statuses and trigger; `None` for any other filter, and while they are not what the
/// history holds (an older instance writes beside this one).
pub(crate) async fn of(
    db: &Db,
    filter: &ExecutionFilter,
    owner: Option<i64>,
) -> Result<Option<Days>> {
    let counted = ExecutionFilter {
        statuses: filter.statuses.clone(),
        owner_id: filter.owner_id,
        trigger: filter.trigger,
        ..ExecutionFilter::default()
    };
    if counted != *filter {
        return Ok(None);
    }
    let Some(owner) = whose(filter, owner) else {
        return Ok(Some(Days::default()));
    };
    // One statement, so that both are of the same moment.
    let rows = sql("SELECT CAST(0 AS BIGINT), d.status, d.day, d.trigger, CAST(SUM(d.count) AS BIGINT) FROM history_day d WHERE d.owner_id = $1 GROUP BY d.status, d.day, d.trigger \
         UNION ALL SELECT CAST(1 AS BIGINT), s.status, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(SUM(s.count) AS BIGINT) FROM history_size s WHERE s.owner_id = $1 GROUP BY s.status")
        .bind(owner)
        .all(db)
        .await?;
    let mut days = BTreeMap::new();
    let mut differences: BTreeMap<i64, i64> = BTreeMap::new();
    for mut row in rows {
        let (is_size, status, day, trigger, count) = (
            row.int()? == 1,
            row.int()?,
            row.int()?,
            row.int()?,
            row.int()?,
        );
        *differences.entry(status).or_default() += if is_size { -count } else { count };
        let is_wanted = has_status(filter, status)
            && filter.trigger.is_none_or(|wanted| wanted.id() == trigger);
        if !is_size && is_wanted {
            *days.entry(day).or_default() += count;
        }
    }
    let is_exact = differences.values().all(|difference| *difference == 0);
    Ok(is_exact.then_some(Days(days)))
}

/// Counts anew, where the counts are not what the history holds; answers whether they were not. Who ends executions waits
/// meanwhile.
pub(crate) async fn mend(db: &Db) -> Result<bool> {
    let mut tx = db.begin_engine().await?;
    if !differs(&mut tx).await? {
        return Ok(false);
    }
    if db.backend() == Backend::Postgres {
        db.script(
            &mut tx,
            "LOCK TABLE history_day, history_size IN SHARE ROW EXCLUSIVE MODE",
        )
        .await?;
        if !differs(&mut tx).await? {
            return Ok(false);
        }
    }
    sql("DELETE FROM history_day").run(&mut tx).await?;
    sql("INSERT INTO history_day (owner_id, day, status, trigger, lane, count) \
         SELECT e.owner_id, e.due_at / $1, e.status, e.trigger, 0, COUNT(*) FROM execution e GROUP BY e.owner_id, e.due_at / $1, e.status, e.trigger")
        .bind(DAY_US)
        .run(&mut tx)
        .await?;
    sql("INSERT INTO history_day (owner_id, day, status, trigger, lane, count) \
         SELECT $1, d.day, d.status, d.trigger, 0, CAST(SUM(d.count) AS BIGINT) FROM history_day d GROUP BY d.day, d.status, d.trigger")
        .bind(EVERYBODY)
        .run(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}

async fn differs(tx: &mut Tx) -> Result<bool> {
    let one = sql("SELECT 1 FROM (SELECT s.owner_id, s.status, s.count FROM history_size s UNION ALL SELECT d.owner_id, d.status, -d.count FROM history_day d) a \
         GROUP BY a.owner_id, a.status HAVING SUM(a.count) <> 0 LIMIT 1")
        .first(tx)
        .await?;
    Ok(one.is_some())
}

/// Forgets days of which the history holds nothing any more.
pub(super) async fn prune(tx: &mut Tx) -> Result<u64> {
    sql("DELETE FROM history_day WHERE day < (SELECT MIN(e.due_at) / $1 FROM execution e)")
        .bind(DAY_US)
        .run(tx)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_in_its_day_and_nothing_after_the_end() {
        let days = Days(BTreeMap::from([(1, 10), (2, 0), (3, 5)]));
        assert_eq!(days.total(), 15);
        assert_eq!(days.place(0, 5), (3 * DAY_US, 4 * DAY_US, 0));
        assert_eq!(days.place(0, 6), (DAY_US, 4 * DAY_US, 0));
        assert_eq!(days.place(4, 1), (3 * DAY_US, 4 * DAY_US, 4));
        assert_eq!(days.place(5, 10), (DAY_US, 2 * DAY_US, 0));
        assert_eq!(days.place(14, 20), (i64::MIN, 2 * DAY_US, 9));
        assert_eq!(days.place(15, 1), (i64::MIN, i64::MIN, 0));
    }
}

//! History and ledger in parts, on PostgreSQL: what is old goes by dropping a part, which costs nothing per row.
//!
//! - `execution`, `attempt` and `log_chunk` are parted by the execution's number, [`SPAN`] numbers each. Numbers grow with
//!   time, never change, and are the key by which these tables are read and written, so that no key and no statement
//!   needs a time beside them. A small installation keeps one part for ever; a large one begins several a day.
//! - `fire` is parted by the day of the due instant (UTC), which leads its key.
//!
//! Parts are made ahead of need (see [`extend`]). What belongs to none of them goes into the part `…_other`: late news of an
//! execution whose part is gone, or a due instant of long ago. Rows there are removed one by one, as everywhere on SQLite.

use super::days::Kind;
use super::db::Query;
use super::retention;
use super::{Backend, Db, Row, Tx, sql};
use crate::clock::DAY_US;
use crate::error::Result;

/// Executions of one part.
pub(crate) const SPAN: i64 = 5_000_000;
/// Days of the ledger, a part each, that are made ahead.
const DAYS_AHEAD: i64 = 3;
/// Executions whose dependents are removed in one transaction.
const BATCH: usize = 1_000;

/// A table that is kept in parts.
struct Parted {
    table: &'static str,
    /// The column whose ranges the parts are.
    key: &'static str,
    primary_key: &'static str,
}

const LEDGER: Parted = Parted {
    table: "fire",
    key: "due_at",
    primary_key: "due_at, job_id",
};

/// The tables whose parts begin and end at the same executions; the history itself first.
const BY_EXECUTION: [Parted; 3] = [
    Parted {
        table: "execution",
        key: "id",
        primary_key: "id",
    },
    Parted {
        table: "attempt",
        key: "execution_id",
        primary_key: "execution_id, number",
    },
    Parted {
        table: "log_chunk",
        key: "execution_id",
        primary_key: "execution_id, first_line",
    },
];

/// One part: its table's name, and the keys `from..until` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    name: String,
    from: i64,
    until: i64,
}

/// Makes the tables parted ones, with all their rows in the first part, when they are not yet.
pub(super) async fn adopt(db: &Db, tx: &mut Tx, now_us: i64) -> Result<()> {
    if db.backend() != Backend::Postgres {
        return Ok(());
    }
    let ready = sql("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass('execution')")
        .one(&mut *tx)
        .await?
        .flag()?;
    if ready {
        return Ok(());
    }
    let end = round_up(next_number(tx).await? + 1, SPAN);
    for parted in &BY_EXECUTION {
        part(db, tx, parted, end).await?;
    }
    part(db, tx, &LEDGER, round_up(now_us + 1, DAY_US)).await?;
    make(db, tx, now_us).await
}

/// Makes a table a parted one; its rows, all of them before `end`, become the first part.
async fn part(db: &Db, tx: &mut Tx, parted: &Parted, end: i64) -> Result<()> {
    let Parted {
        table,
        key,
        primary_key,
    } = parted;
    let rows = sql("SELECT indexname::text, indexdef, indexname = tablename || '_pkey' FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1")
        .bind(*table)
        .all(&mut *tx)
        .await?;
    let mut script = format!("ALTER TABLE {table} RENAME TO {table}_first;\n");
    let mut indexes = String::new();
    for mut row in rows {
        let (name, definition, is_primary) = (row.text()?, row.text()?, row.flag()?);
        script += &format!("ALTER INDEX {name} RENAME TO {name}_first;\n");
        if !is_primary {
            indexes += &definition;
            indexes += ";\n";
        }
    }
    script += &format!(
        "CREATE TABLE {table} (LIKE {table}_first, PRIMARY KEY ({primary_key})) PARTITION BY RANGE ({key});\n\
         {indexes}\
         ALTER TABLE {table} ATTACH PARTITION {table}_first FOR VALUES FROM (MINVALUE) TO ({end});\n\
         CREATE TABLE {table}_other PARTITION OF {table} DEFAULT;\n"
    );
    db.script(tx, &script).await
}

/// Makes the parts that will be needed soon. Whoever comes first does it; the others go on.
pub(crate) async fn extend(db: &Db, now_us: i64) -> Result<()> {
    if db.backend() != Backend::Postgres {
        return Ok(());
    }
    let mut tx = db.begin_engine().await?;
    if !take_turn(db, &mut tx).await? {
        return Ok(());
    }
    make(db, &mut tx, now_us).await?;
    tx.commit().await
}

/// Whether nobody else works on the parts. Nobody may wait long for those who use the tables either: what waits for a lock makes
/// everybody behind it wait. What could not be done now is done the next time.
async fn take_turn(db: &Db, tx: &mut Tx) -> Result<bool> {
    // Any fixed number that no other lock of Orloj has.
    let mine = sql("SELECT pg_try_advisory_xact_lock(607317)")
        .one(&mut *tx)
        .await?
        .flag()?;
    if mine {
        db.script(tx, "SET LOCAL lock_timeout = '500ms'").await?;
    }
    Ok(mine)
}

async fn make(db: &Db, tx: &mut Tx, now_us: i64) -> Result<()> {
    let wanted = next_number(tx).await? + 2 * SPAN;
    for parted in &BY_EXECUTION {
        make_until(db, tx, parted, 0, wanted, SPAN).await?;
    }
    let today = now_us.div_euclid(DAY_US) * DAY_US;
    make_until(
        db,
        tx,
        &LEDGER,
        today,
        today + (1 + DAYS_AHEAD) * DAY_US,
        DAY_US,
    )
    .await
}

/// Makes parts of `span` keys from where they end (but not before `from`) until `wanted`.
async fn make_until(
    db: &Db,
    tx: &mut Tx,
    parted: &Parted,
    from: i64,
    wanted: i64,
    span: i64,
) -> Result<()> {
    let Parted { table, key, .. } = parted;
    // A clock that was wrong for a while may have left parts in the far future: they do not count.
    let near = parts(tx, table)
        .await?
        .into_iter()
        .filter(|part| part.from < wanted);
    let end = near.map(|part| part.until).max().unwrap_or(0);
    let mut begin = end.max(from);
    if begin >= wanted {
        return Ok(());
    }
    // A part cannot begin where rows have gone into `…_other` already, because the parts were made too late.
    let astray = sql("SELECT MAX(")
        .push(key)
        .push(&format!(") FROM {table}_other WHERE {key} >= {begin}"))
        .one(&mut *tx)
        .await?
        .opt_int()?;
    if let Some(astray) = astray {
        begin = round_up(astray + 1, span);
    }
    while begin < wanted {
        let (name, until) = (format!("{table}_{}", begin / span), begin + span);
        // Attached rather than created in place, which would keep everybody else from the whole table.
        db.script(
            tx,
            &format!(
                "CREATE TABLE {name} (LIKE {table} INCLUDING ALL);\n\
                 ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({begin}) TO ({until});\n"
            ),
        )
        .await?;
        begin = until;
    }
    Ok(())
}

/// Drops the parts of the ledger that hold nothing due at or after `before`. Answers how many.
pub(crate) async fn drop_ledger(db: &Db, before: i64) -> Result<usize> {
    if db.backend() != Backend::Postgres {
        return Ok(0);
    }
    let mut tx = db.begin_engine().await?;
    if !take_turn(db, &mut tx).await? {
        return Ok(0);
    }
    let mut old = parts(&mut tx, LEDGER.table).await?;
    // The newest one stays whatever the clock says, because the next begins where it ends.
    old.pop();
    old.retain(|part| part.until <= before);
    for part in &old {
        db.script(&mut tx, &format!("DROP TABLE {}", part.name))
            .await?;
    }
    tx.commit().await?;
    Ok(old.len())
}

/// Drops the parts of the history in which every execution ended before `before`. Answers the tables in which what is old
/// is to be removed row by row: the parts that filled slowly, those of which something is to be kept, and those without a
/// range. A part that filled within a day waits until all of it is old.
pub(crate) async fn drop_history(db: &Db, before: i64) -> Result<Vec<String>> {
    let history = BY_EXECUTION[0].table;
    if db.backend() != Backend::Postgres {
        return Ok(vec![history.to_owned()]);
    }
    let mut tx = db.begin_engine().await?;
    let next = next_number(&mut tx).await?;
    let all = parts(&mut tx, history).await?;
    drop(tx);
    let mut slowly = vec![format!("{history}_other")];
    for part in all {
        let (first, last) = ends(db, &part).await?;
        let is_full = part.until <= next;
        if is_full && last >= before && last - first <= DAY_US {
            continue;
        }
        if is_full && last < before && may_go(db, &part).await? {
            while remove_dependents(db, &part).await? {}
            match drop_part(db, &part, before).await {
                Ok(true) => continue,
                Ok(false) => {}
                // Nobody could be made to wait. The next attempt is soon enough.
                Err(error) => {
                    tracing::info!(%error, part = part.name, "a part of the history could not be dropped now");
                    continue;
                }
            }
        }
        slowly.push(part.name);
    }
    Ok(slowly)
}

/// The first and the last end of an execution in a part; an empty part ended long ago.
async fn ends<'a>(on: impl Into<super::db::On<'a>>, part: &Part) -> Result<(i64, i64)> {
    let mut row = query(&format!(
        "SELECT MIN(finished_at), MAX(finished_at) FROM {}",
        part.name
    ))
    .one(on)
    .await?;
    Ok((row.opt_int()?.unwrap_or(0), row.opt_int()?.unwrap_or(0)))
}

/// Whether nothing in a part of the history is to be kept for longer by its job's own rule, and every execution with one of
/// its numbers has ended: one that has not will need its part.
async fn may_go<'a>(on: impl Into<super::db::On<'a>>, part: &Part) -> Result<bool> {
    let Part { name, from, until } = part;
    query(&format!(
        "SELECT NOT EXISTS (SELECT 1 FROM live WHERE id >= {from} AND id < {until}) \
         AND NOT EXISTS (SELECT 1 FROM job j WHERE j.retention_days IS NOT NULL AND EXISTS (SELECT 1 FROM {name} e WHERE e.job_id = j.id))"
    ))
    .one(on)
    .await?
    .flag()
}

/// Removes executions on which rows of other tables depend one by one; answers whether there may be more of them.
async fn remove_dependents(db: &Db, part: &Part) -> Result<bool> {
    let Part { name, from, until } = part;
    let mut tx = db.begin_engine().await?;
    let mut ids = Vec::new();
    for table in ["artifact", "device_order", "execution_parent"] {
        let rows = query(&format!(
            "SELECT DISTINCT d.execution_id FROM {table} d JOIN {name} e ON e.id = d.execution_id \
             WHERE d.execution_id >= {from} AND d.execution_id < {until} LIMIT {BATCH}"
        ))
        .all(&mut tx)
        .await?;
        for mut row in rows {
            ids.push(row.int()?);
        }
    }
    retention::remove(&mut tx, &ids).await?;
    tx.commit().await?;
    Ok(!ids.is_empty())
}

/// Drops a part of the history, with its attempts and logs, and counts its executions out; false when it is not to go any more.
async fn drop_part(db: &Db, part: &Part, before: i64) -> Result<bool> {
    let mut tx = db.begin_engine().await?;
    if !take_turn(db, &mut tx).await? {
        return Ok(false);
    }
    // Who reads goes on; nobody adds a row that would be lost uncounted.
    db.script(
        &mut tx,
        &format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", part.name),
    )
    .await?;
    if ends(&mut tx, part).await?.1 >= before || !may_go(&mut tx, part).await? {
        return Ok(false);
    }
    let rows = query(&format!(
        "SELECT owner_id, due_at / {DAY_US}, status, trigger, COUNT(*) FROM {} GROUP BY 1, 2, 3, 4",
        part.name
    ))
    .all(&mut tx)
    .await?;
    let removed = rows
        .into_iter()
        .map(|mut row| {
            let kind = Kind {
                owner_id: row.int()?,
                day: row.int()?,
                status: row.int()?,
                trigger: row.int()?,
            };
            Ok((kind, row.int()?))
        })
        .collect::<Result<Vec<_>>>()?;
    super::statistics::count_removed(&mut tx, removed).await?;
    for parted in &BY_EXECUTION {
        let same = parts(&mut tx, parted.table)
            .await?
            .into_iter()
            .find(|other| (other.from, other.until) == (part.from, part.until));
        if let Some(same) = same {
            db.script(&mut tx, &format!("DROP TABLE {}", same.name))
                .await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// The parts of a table with a range, in order.
async fn parts(tx: &mut Tx, table: &str) -> Result<Vec<Part>> {
    let rows = sql(
        "SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i \
         JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)",
    )
    .bind(table)
    .all(tx)
    .await?;
    let mut parts = rows
        .into_iter()
        .filter_map(|row| read(row).transpose())
        .collect::<Result<Vec<_>>>()?;
    parts.sort_by_key(|part| part.from);
    Ok(parts)
}

/// `None` for the part without a range.
fn read(mut row: Row) -> Result<Option<Part>> {
    let (name, bounds) = (row.text()?, row.text()?);
    Ok(range(&bounds).map(|(from, until)| Part { name, from, until }))
}

/// The keys of a part, as PostgreSQL says them: `FOR VALUES FROM ('5') TO ('10')`.
fn range(bounds: &str) -> Option<(i64, i64)> {
    let (from, until) = bounds
        .strip_prefix("FOR VALUES FROM ")?
        .split_once(" TO ")?;
    let number = |bound: &str| {
        let bound = bound.trim_matches(['(', ')', '\'']);
        match bound {
            // No key is negative.
            "MINVALUE" => Some(0),
            _ => bound.parse().ok(),
        }
    };
    Some((number(from)?, number(until)?))
}

/// The execution number that will be given next.
async fn next_number(tx: &mut Tx) -> Result<i64> {
    sql("SELECT next FROM sequence WHERE name = 'execution'")
        .one(tx)
        .await?
        .int()
}

/// A statement with names and numbers of ours in it: PostgreSQL takes no parameters for names.
fn query(text: &str) -> Query {
    sql("").push(text)
}

fn round_up(value: i64, span: i64) -> i64 {
    value.div_euclid(span) * span + if value.rem_euclid(span) == 0 { 0 } else { span }
}

#[cfg(test)]
mod tests {
    use super::{range, round_up};

    #[test]
    fn ranges_are_read_as_postgresql_says_them() {
        assert_eq!(
            range("FOR VALUES FROM ('-5') TO ('10')"),
            Some((-5, 10)),
            "numbers come in quotes"
        );
        assert_eq!(
            range("FOR VALUES FROM (MINVALUE) TO ('5000000')"),
            Some((0, 5_000_000))
        );
        assert_eq!(range("DEFAULT"), None);
    }

    #[test]
    fn a_part_begins_at_a_multiple_of_its_span() {
        assert_eq!(
            [-1, 0, 1, 5, 6].map(|value| round_up(value, 5)),
            [0, 0, 5, 5, 10]
        );
    }
}

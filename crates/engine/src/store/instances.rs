//! Instances, the shards they own, and blocks of numbers.

use super::{Db, Row, Tx, batch, migrate, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{Instance, InstanceStatus, Mode};

/// Number of shards; fixed for the life of a database.
const SHARDS: i64 = 64;

/// Takes `count` numbers of a sequence; answers the first.
pub(crate) async fn take_numbers(tx: &mut Tx, sequence: &'static str, count: i64) -> Result<i64> {
    let next = sql("UPDATE sequence SET next = next + $1 WHERE name = $2 RETURNING next")
        .bind(count)
        .bind(sequence)
        .one(tx)
        .await?
        .int()?;
    Ok(next - count)
}

/// Registers a starting instance and makes sure that the shards are there.
pub(crate) async fn register(tx: &mut Tx, instance: &Instance, lease_until: i64) -> Result<()> {
    for shard in 0..SHARDS {
        sql("INSERT INTO shard (id, owner, epoch, version, watermark) VALUES ($1, NULL, 0, 0, $2) ON CONFLICT DO NOTHING")
            .bind(shard)
            .bind(instance.started_at.as_microsecond())
            .run(tx)
            .await?;
    }
    sql("INSERT INTO instance (id, uuid, name, host, pid, mode, status, version, started_at, seen_at, lease_until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)")
        .bind(instance.id)
        .bind(&instance.uuid)
        .bind(&instance.name)
        .bind(&instance.host)
        .bind(instance.pid)
        .bind(instance.mode.word())
        .bind(instance.status.word())
        .bind(&instance.version)
        .bind(instance.started_at.as_microsecond())
        .bind(lease_until)
        .run(tx)
        .await?;
    Ok(())
}

/// Renews the lease of an instance.
pub(crate) async fn beat(
    tx: &mut Tx,
    id: i64,
    status: InstanceStatus,
    now: i64,
    lease_until: i64,
) -> Result<bool> {
    let changed = sql("UPDATE instance SET seen_at = $1, lease_until = $2, status = $3 WHERE id = $4 AND status NOT IN ('stopped', 'lost')")
        .bind(now)
        .bind(lease_until)
        .bind(status.word())
        .bind(id)
        .run(tx)
        .await?;
    Ok(changed == 1)
}

/// Records the orderly end of an instance and gives its shards back.
pub(crate) async fn stopped(tx: &mut Tx, id: i64, now: i64) -> Result<()> {
    sql("UPDATE instance SET status = 'stopped', seen_at = $1, stopped_at = $1 WHERE id = $2")
        .bind(now)
        .bind(id)
        .run(tx)
        .await?;
    disown(tx, id).await
}

/// Another instance, as a candidate for burial.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub id: i64,
    pub host: String,
    pub pid: i64,
    /// It has registered and has not been heard since: it may not hold its lock yet.
    pub is_starting: bool,
    pub seen_at: i64,
    pub lease_until: i64,
}

/// The other instances that count as living.
pub(crate) async fn peers(tx: &mut Tx, me: i64) -> Result<Vec<Peer>> {
    let rows = sql("SELECT id, host, pid, status = 'starting', seen_at, lease_until FROM instance WHERE id <> $1 AND status NOT IN ('stopped', 'lost')")
        .bind(me)
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Peer {
                id: row.int()?,
                host: row.text()?,
                pid: row.int()?,
                is_starting: row.flag()?,
                seen_at: row.int()?,
                lease_until: row.int()?,
            })
        })
        .collect()
}

/// Marks an instance as lost, unless it has said something since it was looked at.
///
/// Its shards are nobody's from that moment: should it only have stood still, it must find on waking that what it commits
/// moves none of them. What it held may be settled when `lease_until` has passed.
pub(crate) async fn bury(tx: &mut Tx, peer: &Peer, now: i64, lease_until: i64) -> Result<bool> {
    let changed = sql("UPDATE instance SET status = 'lost', stopped_at = $1, lease_until = $4 WHERE id = $2 AND seen_at = $3 AND status NOT IN ('stopped', 'lost')")
        .bind(now)
        .bind(peer.id)
        .bind(peer.seen_at)
        .bind(lease_until)
        .run(&mut *tx)
        .await?;
    if changed == 1 {
        disown(tx, peer.id).await?;
    }
    Ok(changed == 1)
}

/// Nothing belongs to this instance any more.
async fn disown(tx: &mut Tx, id: i64) -> Result<()> {
    sql("UPDATE shard SET owner = NULL, epoch = epoch + 1 WHERE owner = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// Number of living instances that schedule. Who starts does not count yet: should it never come so far, its share would
/// be nobody's.
pub(crate) async fn scheduling(tx: &mut Tx) -> Result<i64> {
    sql("SELECT COUNT(*) FROM instance WHERE mode <> 'api' AND status = 'running'")
        .one(tx)
        .await?
        .int()
}

/// Number of shards that nobody living owns.
pub(crate) async fn free_shards(tx: &mut Tx) -> Result<i64> {
    sql("SELECT COUNT(*) FROM shard WHERE owner IS NULL \
         OR owner NOT IN (SELECT id FROM instance WHERE status NOT IN ('stopped', 'lost'))")
    .one(tx)
    .await?
    .int()
}

/// Takes up to `limit` shards that nobody living owns, passing over those that somebody holds at this moment; answers
/// `(shard, version, watermark)` of those taken.
pub(crate) async fn take_shards(tx: &mut Tx, me: i64, limit: i64) -> Result<Vec<(i64, i64, i64)>> {
    let rows = sql("WITH free AS MATERIALIZED (SELECT id AS free_id FROM shard WHERE owner IS NULL \
         OR owner NOT IN (SELECT id FROM instance WHERE status NOT IN ('stopped', 'lost')) ORDER BY id LIMIT $2 {skip_locked}) \
         UPDATE shard SET owner = $1, epoch = epoch + 1 WHERE id IN (SELECT free_id FROM free) RETURNING id, version, watermark")
        .bind(me)
        .bind(limit)
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?, row.int()?)))
        .collect()
}

/// Gives these shards up; what is owed of them waits for the next owner.
pub(crate) async fn give_shards(tx: &mut Tx, me: i64, shards: &[i64]) -> Result<()> {
    sql("UPDATE shard SET owner = NULL, epoch = epoch + 1 WHERE owner = $1 AND id {each $2}")
        .bind(me)
        .bind(batch(shards))
        .run(tx)
        .await?;
    Ok(())
}

/// Numbers of the instances whose leases on executions still count: the living ones, and lost ones that may still run
/// what they held.
pub(crate) async fn holding(tx: &mut Tx, now: i64) -> Result<Vec<i64>> {
    let rows = sql("SELECT id FROM instance WHERE status NOT IN ('stopped', 'lost') OR (status = 'lost' AND lease_until > $1)")
        .bind(now)
        .all(tx)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// Whether the lease of a lost instance ended in `(after, until]`.
pub(crate) async fn any_lease_ended(tx: &mut Tx, after: i64, until: i64) -> Result<bool> {
    let ended = sql("SELECT id FROM instance WHERE status = 'lost' AND lease_until > $1 AND lease_until <= $2 LIMIT 1")
        .bind(after)
        .bind(until)
        .first(tx)
        .await?;
    Ok(ended.is_some())
}

/// Whether the database has been migrated by a newer program, and an instance that knows its schema schedules.
pub(crate) async fn is_outdated(tx: &mut Tx) -> Result<bool> {
    let newer = sql("SELECT s.version FROM schema_version s WHERE s.version > $1 AND EXISTS (SELECT 1 FROM instance i \
         WHERE i.mode <> 'api' AND i.status IN ('starting', 'running') AND i.started_at >= s.applied_at) LIMIT 1")
        .bind(migrate::newest())
        .first(tx)
        .await?;
    Ok(newer.is_some())
}

/// Instances, newest first: the living ones, or also former ones.
pub(crate) async fn list(db: &Db, only_living: bool) -> Result<Vec<Instance>> {
    let query = sql(
        "SELECT i.id, i.uuid, i.name, i.host, i.pid, i.mode, i.status, i.version, i.started_at, i.seen_at, i.stopped_at, \
         (SELECT COUNT(*) FROM shard s WHERE s.owner = i.id) FROM instance i",
    );
    let query = if only_living {
        query.push(" WHERE i.status NOT IN ('stopped', 'lost')")
    } else {
        query
    };
    let rows = query.push(" ORDER BY i.id DESC LIMIT 100").all(db).await?;
    rows.into_iter().map(instance).collect()
}

/// The lowest watermark of all shards.
pub(crate) async fn watermark(db: &Db) -> Result<i64> {
    sql("SELECT COALESCE(MIN(watermark), 0) FROM shard")
        .one(db)
        .await?
        .int()
}

/// `(shard, version, watermark, owner)` of the named shards' present state.
pub(crate) async fn shard_versions(db: &Db) -> Result<Vec<(i64, i64, i64, Option<i64>)>> {
    let rows = sql("SELECT id, version, watermark, owner FROM shard ORDER BY id")
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?, row.int()?, row.opt_int()?)))
        .collect()
}

/// Makes sure that every task function has its number; answers all of them.
pub(crate) async fn number_task_functions(
    tx: &mut Tx,
    keys: &[String],
) -> Result<Vec<(i64, String)>> {
    for key in keys {
        let there = sql("SELECT id FROM task_function WHERE key = $1")
            .bind(key)
            .first(&mut *tx)
            .await?;
        if there.is_none() {
            let id = take_numbers(tx, "task_function", 1).await?;
            sql("INSERT INTO task_function (id, key) VALUES ($1, $2)")
                .bind(id)
                .bind(key)
                .run(tx)
                .await?;
        }
    }
    let rows = sql("SELECT id, key FROM task_function ORDER BY id")
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.text()?)))
        .collect()
}

fn instance(mut row: Row) -> Result<Instance> {
    let row = &mut row;
    Ok(Instance {
        id: row.int()?,
        uuid: row.text()?,
        name: row.text()?,
        host: row.text()?,
        pid: row.int()?,
        mode: Mode::from_word(&row.text()?).unwrap_or(Mode::Embedded),
        status: InstanceStatus::from_word(&row.text()?).unwrap_or(InstanceStatus::Lost),
        version: row.text()?,
        started_at: timestamp(row.int()?),
        seen_at: timestamp(row.int()?),
        stopped_at: row.opt_int()?.map(timestamp),
        shards: u32::try_from(row.int()?).unwrap_or(0),
    })
}

//! What devices were told to do, how far they are, and what they wrote.
//!
//! Every write on behalf of a device matches device *and* connection: what an earlier connection, or another device,
//! says about an order changes nothing. An order that has ended is never touched again.

use serde_json::{Value as Json, json};

use super::{Db, On, Row, Tx, batch, instances, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{DeviceOrder, DeviceOutput, OrderOutcome, OrderState};
use crate::rules::devices::SILENCE_US;

/// How long after the last instant at which an order can have ended something must have been heard of it.
const GRACE_US: i64 = 600_000_000;
/// Output of one order that is kept, in bytes; agents keep less.
const MAX_OUTPUT: i64 = 4 << 20;

/// An order with what decides about it.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub order: DeviceOrder,
    pub waits_offline: bool,
    pub give_up_at: Option<i64>,
    pub output_seq: i64,
    pub logged: i64,
    pub device: Presence,
}

/// Whether its device can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Presence {
    pub is_online: bool,
    pub in_maintenance: bool,
    /// Revoked, suspended or removed: nothing will come of it.
    pub is_gone: bool,
}

/// An order to be written.
pub(crate) struct NewOrder {
    pub device_id: i64,
    pub batch: u32,
}

/// What all orders of an attempt have in common.
pub(crate) struct Common<'a> {
    pub execution_id: i64,
    pub number: u32,
    pub owner_id: i64,
    pub steps: &'a str,
    pub stop_on_failure: bool,
    pub waits_offline: bool,
    pub wait_us: i64,
    pub limit_us: i64,
}

/// Writes the orders of an attempt, planned.
pub(crate) async fn insert(
    tx: &mut Tx,
    common: &Common<'_>,
    orders: &[NewOrder],
    now: i64,
) -> Result<()> {
    let count = i64::try_from(orders.len()).unwrap_or(i64::MAX);
    let first = instances::take_numbers(tx, "device_order", count).await?;
    let rows: Vec<Json> = (first..)
        .zip(orders)
        .map(|(id, order)| json!([id, order.device_id, order.batch]))
        .collect();
    sql("INSERT INTO device_order (id, execution_id, device_id, number, owner_id, batch, state, steps, stop_on_failure, waits_offline, \
         wait_us, limit_us, created_at, output_bytes, output_seq, logged) \
         SELECT r.id, $2, r.device, $3, $4, r.batch, 1, $5, $6, $7, $8, $9, $10, 0, 0, 0 \
         FROM {rows $1: id int, device int, batch int} r WHERE true ON CONFLICT (execution_id, device_id, number) DO NOTHING")
        .bind(batch(&rows))
        .bind(common.execution_id)
        .bind(i64::from(common.number))
        .bind(common.owner_id)
        .bind(common.steps)
        .bind(common.stop_on_failure)
        .bind(common.waits_offline)
        .bind(common.wait_us)
        .bind(common.limit_us)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Hands planned orders over to the devices' queues: from now on they have a fence, and a time to be begun by. Those
/// whose fence is taken first are sent first.
pub(crate) async fn queue(tx: &mut Tx, ids: &[i64], now: i64) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    // Whoever takes fences next waits until this transaction has ended: no smaller fence shows up after a larger one.
    let first = instances::take_numbers(tx, "device_fence", count).await?;
    let rows: Vec<(i64, i64)> = ids.iter().copied().zip(first..).collect();
    sql("UPDATE device_order SET state = 2, fence = r.fence, queued_at = $2, expires_at = $2 + wait_us FROM {rows $1: id int, fence int} r \
         WHERE device_order.id = r.id AND device_order.state = 1")
        .bind(batch(&rows))
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// The select list that [`read`] reads, up to whether the device was heard lately, and the rest of it.
const COLUMNS_SEEN: &str = "SELECT o.id, o.execution_id, o.device_id, d.name, o.number, o.batch, o.state, o.outcome, o.reason, o.step, o.progress, o.note, o.exit_code, o.result, o.created_at, o.expires_at, o.sent_at, o.started_at, o.ended_at, o.output_bytes, o.waits_offline, o.give_up_at, o.output_seq, o.logged, o.cancel_reason, (d.connected_at IS NOT NULL AND d.seen_at > ?)";
const COLUMNS_REST: &str = ", (d.maintenance_at IS NOT NULL AND (d.maintenance_until IS NULL OR d.maintenance_until > ?)), (d.id IS NULL OR d.revoked_at IS NOT NULL OR d.suspended_at IS NOT NULL) FROM device_order o LEFT JOIN device d ON d.id = o.device_id";

fn read(mut row: Row) -> Result<Stored> {
    let unsigned = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
    let mut order = DeviceOrder {
        id: row.int()?,
        execution_id: row.int()?,
        device_id: row.int()?,
        device_name: row.opt_text()?.unwrap_or_default(),
        number: unsigned(Some(row.int()?)).unwrap_or(1),
        batch: unsigned(Some(row.int()?)).unwrap_or(1),
        state: OrderState::from_id(row.int()?).unwrap_or(OrderState::Ended),
        outcome: row.opt_text()?.as_deref().and_then(OrderOutcome::from_word),
        is_unreachable: false,
        reason: row.opt_text()?,
        step: unsigned(row.opt_int()?),
        progress: row.opt_int()?.and_then(|value| u8::try_from(value).ok()),
        note: row.opt_text()?,
        exit_code: row.opt_int()?,
        result: row.opt_json()?,
        created_at: timestamp(row.int()?),
        expires_at: row.opt_int()?.map(timestamp),
        sent_at: row.opt_int()?.map(timestamp),
        started_at: row.opt_int()?.map(timestamp),
        ended_at: row.opt_int()?.map(timestamp),
        output_bytes: row.int()?.unsigned_abs(),
    };
    let stored = Stored {
        waits_offline: row.flag()?,
        give_up_at: row.opt_int()?,
        output_seq: row.int()?,
        logged: row.int()?,
        device: {
            let cancelled = row.opt_text()?;
            let presence = Presence {
                is_online: row.flag()?,
                in_maintenance: row.flag()?,
                is_gone: row.flag()?,
            };
            let at_work = matches!(
                order.state,
                OrderState::Sent | OrderState::Accepted | OrderState::Started
            );
            order.is_unreachable = at_work && !presence.is_online;
            if order.state != OrderState::Ended && order.reason.is_none() {
                order.reason = cancelled;
            }
            presence
        },
        order,
    };
    Ok(stored)
}

fn select(now: i64) -> super::db::Query {
    sql("")
        .and(COLUMNS_SEEN, now - SILENCE_US)
        .and(COLUMNS_REST, now)
}

/// All orders of an execution, by device and number; `latest` leaves out those that a later attempt replaced.
pub(crate) async fn of_execution(
    on: impl Into<On<'_>>,
    execution: i64,
    latest: bool,
    now: i64,
) -> Result<Vec<Stored>> {
    let query = select(now).and(" WHERE o.execution_id = ?", execution);
    let query = if latest {
        query.push(" AND NOT EXISTS (SELECT 1 FROM device_order n WHERE n.execution_id = o.execution_id AND n.device_id = o.device_id AND n.number > o.number)")
    } else {
        query
    };
    let rows = query
        .push(" ORDER BY o.device_id, o.number")
        .all(on)
        .await?;
    rows.into_iter().map(read).collect()
}

/// The last orders of a device, newest first: of this owner, or of all.
pub(crate) async fn of_device(
    db: &Db,
    device: i64,
    owner: Option<i64>,
    limit: i64,
    now: i64,
) -> Result<Vec<Stored>> {
    let mut query = select(now).and(" WHERE o.device_id = ?", device);
    if let Some(owner) = owner {
        query = query.and(" AND o.owner_id = ?", owner);
    }
    let rows = query
        .and(" ORDER BY o.id DESC LIMIT ?", limit)
        .all(db)
        .await?;
    rows.into_iter().map(read).collect()
}

/// An order as it goes to the device.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub id: i64,
    pub execution_id: i64,
    pub device_id: i64,
    pub number: u32,
    pub owner_id: i64,
    pub fence: i64,
    pub steps: String,
    pub stop_on_failure: bool,
    pub queued_at: i64,
    pub expires_at: i64,
    pub limit_us: i64,
}

/// Execution, number and stored steps of an order that a device has in its hands and may go on with.
pub(crate) async fn steps_under_way(db: &Db, order: i64) -> Result<Option<(i64, u32, String)>> {
    let row = sql("SELECT o.execution_id, o.number, o.steps FROM device_order o JOIN device d ON d.id = o.device_id WHERE o.id = $1 AND o.state BETWEEN 2 AND 5 AND d.revoked_at IS NULL AND d.suspended_at IS NULL")
        .bind(order)
        .first(db)
        .await?;
    row.map(|mut row| {
        let execution = row.int()?;
        let number = u32::try_from(row.int()?).unwrap_or(1);
        Ok((execution, number, row.text()?))
    })
    .transpose()
}

/// What waits for these devices, by device, in the order of the fences.
pub(crate) async fn queued(
    db: &Db,
    devices: &[i64],
    now: i64,
    limit: i64,
) -> Result<Vec<Outgoing>> {
    let rows = sql("SELECT id, execution_id, device_id, number, owner_id, fence, steps, stop_on_failure, queued_at, expires_at, limit_us \
         FROM device_order WHERE device_id {each $1} AND state < 6 AND state = 2 AND expires_at > $2 AND cancel_reason IS NULL ORDER BY fence LIMIT $3")
        .bind(batch(devices))
        .bind(now)
        .bind(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Outgoing {
                id: row.int()?,
                execution_id: row.int()?,
                device_id: row.int()?,
                number: u32::try_from(row.int()?).unwrap_or(1),
                owner_id: row.int()?,
                fence: row.int()?,
                steps: row.text()?,
                stop_on_failure: row.flag()?,
                queued_at: row.int()?,
                expires_at: row.int()?,
                limit_us: row.int()?,
            })
        })
        .collect()
}

/// Marks orders as handed to a connection, `(order, connection)`; answers those that were still to be.
pub(crate) async fn sent(tx: &mut Tx, rows: &[(i64, i64)], now: i64) -> Result<Vec<i64>> {
    let rows = sql("UPDATE device_order SET state = 3, sent_at = $2, sent_session = r.session, give_up_at = expires_at + limit_us + $3 \
         FROM {rows $1: id int, session int} r WHERE device_order.id = r.id AND device_order.state = 2 AND device_order.cancel_reason IS NULL RETURNING device_order.id")
        .bind(batch(rows))
        .bind(now)
        .bind(GRACE_US)
        .all(tx)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// When the executions of these orders were recorded: their UUIDs are made of it.
pub(crate) async fn creations(
    tx: &mut Tx,
    orders: &[Outgoing],
) -> Result<std::collections::HashMap<i64, i64>> {
    let ids: Vec<i64> = orders.iter().map(|order| order.execution_id).collect();
    let rows = sql("SELECT id, created_at FROM live WHERE id {each $1}")
        .bind(batch(&ids))
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?)))
        .collect()
}

/// What these devices are to be told to stop: `(device, fence, reason)`.
pub(crate) async fn to_cancel(db: &Db, devices: &[i64]) -> Result<Vec<(i64, i64, String)>> {
    let rows = sql("SELECT device_id, fence, cancel_reason FROM device_order WHERE device_id {each $1} AND state < 6 AND state > 2 AND cancel_reason IS NOT NULL ORDER BY fence")
        .bind(batch(devices))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?, row.text()?)))
        .collect()
}

/// A device is back: what was handed to its earlier connection and is not on its disk is to be sent again; what was on
/// its disk and is not any more is lost. Answers the executions concerned.
pub(crate) async fn came_back(
    tx: &mut Tx,
    device: i64,
    holding: &[i64],
    now: i64,
) -> Result<Vec<i64>> {
    sql("UPDATE device_order SET state = CASE WHEN fence {each $2} THEN 4 ELSE 2 END WHERE device_id = $1 AND state < 6 AND state = 3")
        .bind(device)
        .bind(batch(holding))
        .run(&mut *tx)
        .await?;
    let rows = sql("UPDATE device_order SET state = 6, ended_at = $3, outcome = 'lost', reason = 'forgotten_by_device' \
         WHERE device_id = $1 AND state < 6 AND state IN (4, 5) AND NOT (fence {each $2}) RETURNING execution_id")
        .bind(device)
        .bind(batch(holding))
        .bind(now)
        .all(tx)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// Executions that open orders of a device belong to.
pub(crate) async fn executions_of(tx: &mut Tx, device: i64) -> Result<Vec<i64>> {
    let rows =
        sql("SELECT DISTINCT execution_id FROM device_order WHERE device_id = $1 AND state < 6")
            .bind(device)
            .all(tx)
            .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// Which of these fences of a device are open.
pub(crate) async fn open_among(tx: &mut Tx, device: i64, fences: &[i64]) -> Result<Vec<i64>> {
    let rows = sql(
        "SELECT fence FROM device_order WHERE device_id = $1 AND state < 6 AND fence {each $2}",
    )
    .bind(device)
    .bind(batch(fences))
    .all(tx)
    .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// Who says something about which order: device, connection, fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Said {
    pub device: i64,
    pub session: i64,
    pub fence: i64,
}

/// On the disk of the device.
pub(crate) async fn accepted(tx: &mut Tx, rows: &[Said]) -> Result<()> {
    let rows: Vec<_> = rows
        .iter()
        .map(|s| (s.fence, s.device, s.session))
        .collect();
    sql("UPDATE device_order SET state = 4 FROM {rows $1: fence int, device int, session int} r \
         WHERE device_order.fence = r.fence AND device_order.device_id = r.device AND device_order.state IN (2, 3) \
         AND EXISTS (SELECT 1 FROM device d WHERE d.id = r.device AND d.session = r.session)")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// Begun, at an instant that the device says.
pub(crate) async fn started(tx: &mut Tx, rows: &[(Said, i64)]) -> Result<()> {
    let rows: Vec<_> = rows
        .iter()
        .map(|(s, at)| (s.fence, s.device, s.session, *at))
        .collect();
    sql("UPDATE device_order SET state = 5, started_at = r.at FROM {rows $1: fence int, device int, session int, at int} r \
         WHERE device_order.fence = r.fence AND device_order.device_id = r.device AND device_order.state < 5 \
         AND EXISTS (SELECT 1 FROM device d WHERE d.id = r.device AND d.session = r.session)")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// How far: step, per cent, note.
pub(crate) async fn progressed(
    tx: &mut Tx,
    rows: &[(Said, u32, u8, Option<String>)],
) -> Result<()> {
    let rows: Vec<_> = rows
        .iter()
        .map(|(s, step, percent, note)| (s.fence, s.device, s.session, step, percent, note))
        .collect();
    sql("UPDATE device_order SET step = r.step, progress = r.percent, note = r.note \
         FROM {rows $1: fence int, device int, session int, step int, percent int, note text} r \
         WHERE device_order.fence = r.fence AND device_order.device_id = r.device AND device_order.state < 6 \
         AND EXISTS (SELECT 1 FROM device d WHERE d.id = r.device AND d.session = r.session)")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// A piece of output: number, instant, step, stream, text.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub said: Said,
    pub seq: i64,
    pub at: i64,
    pub step: u32,
    pub stream: &'static str,
    pub text: String,
}

/// Keeps pieces of output, each once, as long as there is room. In the order in which they were written.
pub(crate) async fn wrote(tx: &mut Tx, pieces: &[Piece]) -> Result<()> {
    let rows: Vec<Json> = pieces
        .iter()
        .map(|p| {
            let said = p.said;
            json!([
                said.fence,
                said.device,
                said.session,
                p.seq,
                p.at,
                p.step,
                p.stream,
                p.text
            ])
        })
        .collect();
    sql("INSERT INTO device_output (order_id, seq, at, step, stream, text) SELECT o.id, r.seq, r.at, r.step, r.stream, r.text \
         FROM {rows $1: fence int, device int, session int, seq int, at int, step int, stream text, text text} r \
         JOIN device_order o ON o.fence = r.fence AND o.device_id = r.device \
         JOIN device d ON d.id = r.device AND d.session = r.session \
         WHERE o.state < 6 AND r.seq > o.output_seq AND o.output_bytes < $2 ON CONFLICT (order_id, seq) DO NOTHING")
        .bind(batch(&rows))
        .bind(MAX_OUTPUT)
        .run(&mut *tx)
        .await?;
    let mut sums: std::collections::BTreeMap<(i64, i64, i64), (i64, i64)> = Default::default();
    for piece in pieces {
        let said = piece.said;
        let sum = sums
            .entry((said.fence, said.device, said.session))
            .or_default();
        sum.0 = sum.0.max(piece.seq);
        sum.1 += i64::try_from(piece.text.len()).unwrap_or(i64::MAX);
    }
    let rows: Vec<_> = sums
        .into_iter()
        .map(|((fence, device, session), (seq, bytes))| (fence, device, session, seq, bytes))
        .collect();
    sql("UPDATE device_order SET output_seq = r.seq, output_bytes = output_bytes + r.bytes \
         FROM {rows $1: fence int, device int, session int, seq int, bytes int} r \
         WHERE device_order.fence = r.fence AND device_order.device_id = r.device AND device_order.state < 6 AND device_order.output_seq < r.seq \
         AND EXISTS (SELECT 1 FROM device d WHERE d.id = r.device AND d.session = r.session)")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// How an order ended, as its device says.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub said: Said,
    pub at: i64,
    pub outcome: OrderOutcome,
    pub reason: Option<String>,
    pub exit_code: Option<i64>,
    /// JSON.
    pub result: String,
}

/// Settles orders.
pub(crate) async fn ended(tx: &mut Tx, ends: &[End]) -> Result<()> {
    let rows: Vec<Json> = ends
        .iter()
        .map(|end| {
            let said = end.said;
            json!([
                said.fence,
                said.device,
                said.session,
                end.at,
                end.outcome.word(),
                end.reason,
                end.exit_code,
                end.result,
            ])
        })
        .collect();
    sql("UPDATE device_order SET state = 6, ended_at = r.at, outcome = r.outcome, reason = r.reason, exit_code = r.code, result = r.result, note = NULL \
         FROM {rows $1: fence int, device int, session int, at int, outcome text, reason text, code int, result text} r \
         WHERE device_order.fence = r.fence AND device_order.device_id = r.device AND device_order.state < 6 \
         AND EXISTS (SELECT 1 FROM device d WHERE d.id = r.device AND d.session = r.session)")
        .bind(batch(&rows))
        .run(tx)
        .await?;
    Ok(())
}

/// What the database has of these orders, for the answer to their devices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub device: i64,
    pub fence: i64,
    pub execution: i64,
    pub seq: i64,
    pub is_ended: bool,
}

pub(crate) async fn known(tx: &mut Tx, fences: &[i64]) -> Result<Vec<Known>> {
    let rows = sql("SELECT device_id, fence, execution_id, output_seq, state FROM device_order WHERE fence {each $1}")
        .bind(batch(fences))
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Known {
                device: row.int()?,
                fence: row.int()?,
                execution: row.int()?,
                seq: row.int()?,
                is_ended: row.int()? == OrderState::Ended.id(),
            })
        })
        .collect()
}

/// Ends orders that their devices have nothing to say about: `(order, state it must be in, outcome, reason)`.
pub(crate) async fn end_here(
    tx: &mut Tx,
    rows: &[(i64, OrderState, OrderOutcome, &str)],
    now: i64,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|(id, state, outcome, reason)| (id, state.id(), outcome.word(), reason))
        .collect();
    sql("UPDATE device_order SET state = 6, ended_at = $2, outcome = r.outcome, reason = r.reason \
         FROM {rows $1: id int, state int, outcome text, reason text} r WHERE device_order.id = r.id AND device_order.state = r.state")
        .bind(batch(&rows))
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Asks that everything of an execution be stopped: what no device knows of ends at once.
pub(crate) async fn cancel(
    tx: &mut Tx,
    execution: i64,
    outcome: OrderOutcome,
    reason: &str,
    now: i64,
) -> Result<()> {
    sql("UPDATE device_order SET state = 6, ended_at = $2, outcome = $3, reason = $4 WHERE execution_id = $1 AND state IN (1, 2)")
        .bind(execution)
        .bind(now)
        .bind(outcome.word())
        .bind(reason)
        .run(&mut *tx)
        .await?;
    sql("UPDATE device_order SET cancel_reason = $2 WHERE execution_id = $1 AND state < 6 AND cancel_reason IS NULL")
        .bind(execution)
        .bind(reason)
        .run(tx)
        .await?;
    Ok(())
}

/// Ends everything that is open of a device that is out for good; answers the executions concerned.
pub(crate) async fn end_of_device(
    tx: &mut Tx,
    device: i64,
    reason: &str,
    now: i64,
) -> Result<Vec<i64>> {
    let rows = sql("UPDATE device_order SET state = 6, ended_at = $2, outcome = CASE WHEN state < 3 THEN 'unreached' ELSE 'lost' END, reason = $3 \
         WHERE device_id = $1 AND state < 6 RETURNING execution_id")
        .bind(device)
        .bind(now)
        .bind(reason)
        .all(tx)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// Whether there are open orders that nobody waits for.
pub(crate) async fn has_orphans(db: &Db) -> Result<bool> {
    let row = sql("SELECT o.id FROM device_order o WHERE o.state < 6 AND NOT EXISTS (SELECT 1 FROM live l WHERE l.id = o.execution_id) LIMIT 1")
        .first(db)
        .await?;
    Ok(row.is_some())
}

/// Ends open orders whose execution has ended, was cancelled while nobody waited for it, or was removed; answers device
/// and fence of each.
pub(crate) async fn end_orphans(tx: &mut Tx, now: i64) -> Result<Vec<(i64, Option<i64>)>> {
    let rows = sql("UPDATE device_order SET state = 6, ended_at = $1, outcome = CASE WHEN state < 3 THEN 'cancelled' ELSE 'lost' END, reason = 'execution_ended' \
         WHERE state < 6 AND NOT EXISTS (SELECT 1 FROM live l WHERE l.id = device_order.execution_id) RETURNING device_id, fence")
        .bind(now)
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.opt_int()?)))
        .collect()
}

/// Output that is not in the execution's log yet, by order: order, device, piece.
pub(crate) async fn unlogged(
    db: &Db,
    execution: i64,
    limit: i64,
) -> Result<Vec<(i64, DeviceOutput)>> {
    let rows = sql("SELECT o.id, p.seq, p.at, p.step, p.stream, p.text FROM device_order o JOIN device_output p ON p.order_id = o.id AND p.seq > o.logged \
         WHERE o.execution_id = $1 AND o.output_seq > o.logged ORDER BY p.order_id, p.seq LIMIT $2")
        .bind(execution)
        .bind(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, output(&mut row)?)))
        .collect()
}

/// Up to which piece the output of these orders is in the execution's log.
pub(crate) async fn logged(tx: &mut Tx, rows: &[(i64, i64)]) -> Result<()> {
    sql("UPDATE device_order SET logged = r.seq FROM {rows $1: id int, seq int} r WHERE device_order.id = r.id")
        .bind(batch(rows))
        .run(tx)
        .await?;
    Ok(())
}

/// Replaces pieces of output, `(order, piece, text)`, by the same without secret values.
pub(crate) async fn rewrite(tx: &mut Tx, rows: &[(i64, i64, String)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    sql("UPDATE device_output SET text = r.text FROM {rows $1: id int, seq int, text text} r WHERE device_output.order_id = r.id AND device_output.seq = r.seq")
        .bind(batch(rows))
        .run(tx)
        .await?;
    Ok(())
}

/// Output of an order after a piece.
pub(crate) async fn output_after(
    db: &Db,
    order: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<DeviceOutput>> {
    let rows = sql("SELECT seq, at, step, stream, text FROM device_output WHERE order_id = $1 AND seq > $2 ORDER BY seq LIMIT $3")
        .bind(order)
        .bind(after)
        .bind(limit)
        .all(db)
        .await?;
    rows.into_iter().map(|mut row| output(&mut row)).collect()
}

fn output(row: &mut Row) -> Result<DeviceOutput> {
    Ok(DeviceOutput {
        seq: row.int()?,
        at: timestamp(row.int()?),
        step: u32::try_from(row.int()?).unwrap_or(0),
        stream: row.text()?,
        text: row.text()?,
    })
}

/// Removes what devices did for these executions.
pub(crate) async fn remove(tx: &mut Tx, executions: &[i64]) -> Result<()> {
    sql("DELETE FROM device_output WHERE order_id IN (SELECT id FROM device_order WHERE execution_id {each $1})")
        .bind(batch(executions))
        .run(&mut *tx)
        .await?;
    sql("DELETE FROM device_order WHERE execution_id {each $1}")
        .bind(batch(executions))
        .run(tx)
        .await?;
    Ok(())
}

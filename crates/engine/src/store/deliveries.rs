//! Deliveries of notifications: decided, held, claimed, tried, ended.

use super::db::Query;
use super::{Db, Row, Tx, batch, number, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{DeliveryAttempt, DeliveryFilter, DeliveryState, NotificationDelivery, Page};

/// Tries that are kept of one delivery.
const TRIES: usize = 20;

const COLUMNS: &str = "SELECT d.id, d.uuid, d.owner_id, d.rule, d.rule_name, d.channel_id, d.channel_name, d.job_id, d.execution, d.event, d.state, d.payload, d.tries, d.next_at, d.error, d.created_at, d.ended_at, d.summary_id FROM notification_delivery d";

fn read(mut row: Row) -> Result<NotificationDelivery> {
    let row = &mut row;
    let mut delivery = NotificationDelivery {
        id: row.int()?,
        uuid: row.text()?,
        owner_id: row.int()?,
        rule_id: rule_number(&row.text()?),
        rule_name: row.text()?,
        channel_id: row.int()?,
        channel_name: row.text()?,
        job_id: row.opt_int()?,
        execution: row.opt_text()?,
        event: row.text()?,
        state: DeliveryState::from_id(row.int()?).unwrap_or(DeliveryState::Failed),
        payload: row.json()?,
        attempts: row.json()?,
        next_at: None,
        error: None,
        created_at: timestamp(0),
        ended_at: None,
        summary_id: None,
    };
    let next = row.int()?;
    delivery.next_at = matches!(delivery.state, DeliveryState::Pending | DeliveryState::Held)
        .then(|| timestamp(next));
    delivery.error = row.opt_text()?;
    delivery.created_at = timestamp(row.int()?);
    delivery.ended_at = row.opt_int()?.map(timestamp);
    delivery.summary_id = row.opt_int()?;
    Ok(delivery)
}

/// The number in the key of a rule; `None` for a job's own.
pub(crate) fn rule_number(key: &str) -> Option<i64> {
    key.strip_prefix('r')?.parse().ok()
}

/// A delivery about to be made.
pub(crate) struct New<'a> {
    pub uuid: String,
    pub owner_id: i64,
    pub rule: &'a str,
    pub rule_name: &'a str,
    pub channel_id: i64,
    pub channel_name: &'a str,
    /// Recipients instead of the channel's, as JSON.
    pub recipients: Option<String>,
    pub job_id: Option<i64>,
    pub execution: Option<String>,
    pub event: &'a str,
    pub state: DeliveryState,
    pub payload: &'a serde_json::Value,
    pub next_at: i64,
    pub now: i64,
}

pub(crate) async fn insert(tx: &mut Tx, new: &New<'_>) -> Result<i64> {
    let id = number::next(tx, "notification_delivery").await?;
    sql("INSERT INTO notification_delivery (id, uuid, owner_id, rule, rule_name, channel_id, channel_name, recipients, job_id, execution, event, state, payload, attempts, tries, next_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, '[]', $14, $15)")
        .bind(id)
        .bind(&new.uuid)
        .bind(new.owner_id)
        .bind(new.rule)
        .bind(new.rule_name)
        .bind(new.channel_id)
        .bind(new.channel_name)
        .bind(new.recipients.clone())
        .bind(new.job_id)
        .bind(new.execution.clone())
        .bind(new.event)
        .bind(new.state.id())
        .bind(new.payload.to_string())
        .bind(new.next_at)
        .bind(new.now)
        .run(tx)
        .await?;
    Ok(id)
}

/// A delivery that somebody took to send.
pub(crate) struct Claimed {
    pub id: i64,
    pub uuid: String,
    pub channel_id: i64,
    pub recipients: Option<Vec<String>>,
    pub payload: serde_json::Value,
    /// This try included.
    pub attempts: i64,
}

/// Takes up to `limit` deliveries that are due, and those whose sender has not come back, until `lease`.
pub(crate) async fn claim(tx: &mut Tx, now: i64, lease: i64, limit: i64) -> Result<Vec<Claimed>> {
    let rows = sql("WITH picked AS MATERIALIZED (SELECT id AS picked_id FROM notification_delivery WHERE state IN (1, 2) AND next_at <= $1 ORDER BY next_at, id LIMIT $3 {skip_locked}) \
         UPDATE notification_delivery SET state = 2, next_at = $2, attempts = attempts + 1 WHERE id IN (SELECT picked_id FROM picked) AND state IN (1, 2) \
         RETURNING id, uuid, channel_id, recipients, payload, attempts")
        .bind(now)
        .bind(lease)
        .bind(limit)
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Claimed {
                id: row.int()?,
                uuid: row.text()?,
                channel_id: row.int()?,
                recipients: row.opt_json()?,
                payload: row.json()?,
                attempts: row.int()?,
            })
        })
        .collect()
}

/// How a try ended.
pub(crate) struct Tried<'a> {
    pub id: i64,
    /// Which try; one that came back after somebody else took over changes nothing.
    pub attempts: i64,
    pub attempt: &'a DeliveryAttempt,
    /// When it is tried again; `None` when it is over.
    pub next_at: Option<i64>,
    pub now: i64,
}

pub(crate) async fn record_try(tx: &mut Tx, tried: &Tried<'_>) -> Result<bool> {
    let row = sql("SELECT tries FROM notification_delivery WHERE id = $1 AND state = 2 AND attempts = $2 {for_update}")
        .bind(tried.id)
        .bind(tried.attempts)
        .first(&mut *tx)
        .await?;
    let Some(mut row) = row else {
        return Ok(false);
    };
    let mut tries: Vec<DeliveryAttempt> = row.json()?;
    tries.push(tried.attempt.clone());
    if tries.len() > TRIES {
        tries.remove(0);
    }
    let state = match (tried.attempt.works, tried.next_at) {
        (true, _) => DeliveryState::Sent,
        (false, Some(_)) => DeliveryState::Pending,
        (false, None) => DeliveryState::Failed,
    };
    let is_over = state != DeliveryState::Pending;
    sql("UPDATE notification_delivery SET state = $2, tries = $3, next_at = $4, error = $5, ended_at = $6 WHERE id = $1")
        .bind(tried.id)
        .bind(state.id())
        .bind(serde_json::json!(tries).to_string())
        .bind(tried.next_at.unwrap_or(tried.now))
        .bind((!tried.attempt.works).then(|| tried.attempt.message.clone()))
        .bind(is_over.then_some(tried.now))
        .run(tx)
        .await?;
    Ok(true)
}

/// Lets a delivery that was given up or waits be tried at once, with all its tries before it; false when it is neither.
pub(crate) async fn retry(tx: &mut Tx, id: i64, now: i64) -> Result<bool> {
    Ok(sql("UPDATE notification_delivery SET state = 1, next_at = $2, attempts = 0, ended_at = NULL WHERE id = $1 AND state IN (1, 4, 5)")
        .bind(id)
        .bind(now)
        .run(tx)
        .await?
        == 1)
}

/// A message held for quiet hours that are over.
pub(crate) struct Held {
    pub id: i64,
    pub owner_id: i64,
    pub rule: String,
    pub rule_name: String,
    pub channel_id: i64,
    pub channel_name: String,
    pub recipients: Option<String>,
    pub payload: serde_json::Value,
}

/// Messages whose quiet hours are over.
pub(crate) async fn released(tx: &mut Tx, now: i64, limit: i64) -> Result<Vec<Held>> {
    let rows = sql("SELECT id, owner_id, rule, rule_name, channel_id, channel_name, recipients, payload FROM notification_delivery WHERE state = 5 AND next_at <= $1 ORDER BY id LIMIT $2")
        .bind(now)
        .bind(limit)
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Held {
                id: row.int()?,
                owner_id: row.int()?,
                rule: row.text()?,
                rule_name: row.text()?,
                channel_id: row.int()?,
                channel_name: row.text()?,
                recipients: row.opt_text()?,
                payload: row.json()?,
            })
        })
        .collect()
}

/// Sends a held message as it is.
pub(crate) async fn send_held(tx: &mut Tx, id: i64, now: i64) -> Result<()> {
    sql("UPDATE notification_delivery SET state = 1, next_at = $2 WHERE id = $1 AND state = 5")
        .bind(id)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Marks held messages as told in a summary.
pub(crate) async fn summarize(tx: &mut Tx, ids: &[i64], summary: i64, now: i64) -> Result<()> {
    sql("UPDATE notification_delivery SET state = 6, summary_id = $2, ended_at = $3 WHERE id {each $1} AND state = 5")
        .bind(batch(ids))
        .bind(summary)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// The earliest instant at which there is something to do.
pub(crate) async fn next_due(db: &Db) -> Result<Option<i64>> {
    sql("SELECT MIN(next_at) FROM notification_delivery WHERE state IN (1, 2, 5)")
        .one(db)
        .await?
        .opt_int()
}

fn filtered(mut query: Query, filter: &DeliveryFilter, owner: Option<i64>) -> Query {
    query = query.push(" WHERE d.id > 0");
    if let Some(owner) = owner {
        query = query.and(" AND d.owner_id = ?", owner);
    }
    if !filter.states.is_empty() {
        query = query.push(" AND d.state IN (-1");
        for state in &filter.states {
            query = query.and(", ?", state.id());
        }
        query = query.push(")");
    }
    if let Some(rule) = filter.rule_id {
        query = query.and(" AND d.rule = ?", format!("r{rule}"));
    }
    if let Some(channel) = filter.channel_id {
        query = query.and(" AND d.channel_id = ?", channel);
    }
    if let Some(job) = filter.job_id {
        query = query.and(" AND d.job_id = ?", job);
    }
    query
}

/// Deliveries, newest first.
pub(crate) async fn list(
    db: &Db,
    filter: &DeliveryFilter,
    owner: Option<i64>,
    page: Page,
) -> Result<(Vec<NotificationDelivery>, u64)> {
    let count = filtered(
        sql("SELECT COUNT(*) FROM notification_delivery d"),
        filter,
        owner,
    );
    let total = count.one(db).await?.int()?.unsigned_abs();
    let rows = filtered(sql(COLUMNS), filter, owner)
        .push(" ORDER BY d.id DESC")
        .and(" LIMIT ?", i64::from(page.size))
        .and(" OFFSET ?", page.offset())
        .all(db)
        .await?;
    let items = rows.into_iter().map(read).collect::<Result<_>>()?;
    Ok((items, total))
}

/// A delivery of this owner, or anybody's.
pub(crate) async fn find(
    db: &Db,
    id: i64,
    owner: Option<i64>,
) -> Result<Option<NotificationDelivery>> {
    filtered(sql(COLUMNS), &DeliveryFilter::default(), owner)
        .and(" AND d.id = ?", id)
        .first(db)
        .await?
        .map(read)
        .transpose()
}

/// Removes deliveries that ended before an instant, at most `limit`.
pub(crate) async fn prune(tx: &mut Tx, before: i64, limit: i64) -> Result<u64> {
    sql("DELETE FROM notification_delivery WHERE id IN (SELECT d.id FROM notification_delivery d WHERE d.ended_at < $1 LIMIT $2)")
        .bind(before)
        .bind(limit)
        .run(tx)
        .await
}

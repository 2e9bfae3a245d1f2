//! Devices, their keys, and the tokens that enrol them.

use std::collections::HashMap;

use super::db::Query;
use super::text::contains;
use super::{Db, On, Row, Tx, batch, number, shares, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{
    Device, DeviceFilter, DeviceStatus, Maintenance, Page, Paged, Sharing, Suspension,
};
use crate::rules::devices::{SILENCE_US, status};
use crate::rules::secrets::Sealed;

/// Word of devices in the table of shares.
const ENTITY: &str = "device";

const COLUMNS: &str = "SELECT d.id, d.owner_id, d.name, d.description, d.is_shared_with_all, d.facts, d.agent_version, d.address, d.connected_at, d.seen_at, d.facts_at, d.maintenance_at, d.maintenance_until, d.maintenance_reason, d.suspended_at, d.suspend_reason, d.revoked_at, d.created_at, d.updated_at FROM device d WHERE 1 = 1";

/// Things of this user, and what is shared with them.
const USABLE: &str = " AND (d.owner_id = ? OR d.is_shared_with_all OR EXISTS (SELECT 1 FROM share h WHERE h.entity = 'device' AND h.entity_id = d.id AND h.user_id = ?))";

fn read(mut row: Row, now: i64) -> Result<Device> {
    let mut device = Device {
        id: row.int()?,
        owner_id: row.int()?,
        name: row.text()?,
        description: row.opt_text()?,
        sharing: Sharing {
            everybody: row.flag()?,
            users: Vec::new(),
        },
        facts: row.json()?,
        agent_version: row.opt_text()?,
        address: row.opt_text()?,
        connected_at: row.opt_int()?.map(timestamp),
        seen_at: row.opt_int()?.map(timestamp),
        facts_at: row.opt_int()?.map(timestamp),
        maintenance: None,
        suspension: None,
        tags: Vec::new(),
        status: DeviceStatus::Offline,
        revoked_at: None,
        created_at: timestamp(0),
        updated_at: timestamp(0),
    };
    let (since, until, reason) = (row.opt_int()?, row.opt_int()?, row.opt_text()?);
    device.maintenance = since
        .filter(|_| until.is_none_or(|until| now < until))
        .map(|since| Maintenance {
            since: timestamp(since),
            until: until.map(timestamp),
            reason,
        });
    let (at, reason) = (row.opt_int()?, row.opt_text()?);
    device.suspension = at.map(|at| Suspension {
        at: timestamp(at),
        reason: reason.unwrap_or_default(),
    });
    device.revoked_at = row.opt_int()?.map(timestamp);
    device.created_at = timestamp(row.int()?);
    device.updated_at = timestamp(row.int()?);
    device.status = status(&device, now);
    if device.status != DeviceStatus::Online {
        device.connected_at = None;
    }
    Ok(device)
}

pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, ENTITY).await
}

pub(crate) async fn insert(tx: &mut Tx, device: &Device) -> Result<()> {
    sql("INSERT INTO device (id, owner_id, name, is_shared_with_all, facts, session, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7)")
        .bind(device.id)
        .bind(device.owner_id)
        .bind(&device.name)
        .bind(device.sharing.everybody)
        .bind(device.facts.to_string())
        .bind(device.created_at.as_microsecond())
        .bind(device.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    set_tags(tx, device.id, &device.tags).await
}

/// Writes what a person may change.
pub(crate) async fn update(tx: &mut Tx, device: &Device) -> Result<()> {
    let maintenance = device.maintenance.as_ref();
    sql("UPDATE device SET name = $2, description = $3, is_shared_with_all = $4, maintenance_at = $5, maintenance_until = $6, maintenance_reason = $7, suspended_at = $8, suspend_reason = $9, revoked_at = $10, updated_at = $11 WHERE id = $1")
        .bind(device.id)
        .bind(&device.name)
        .bind(device.description.as_deref())
        .bind(device.sharing.everybody)
        .bind(maintenance.map(|m| m.since.as_microsecond()))
        .bind(maintenance.and_then(|m| m.until).map(jiff::Timestamp::as_microsecond))
        .bind(maintenance.and_then(|m| m.reason.as_deref()))
        .bind(device.suspension.as_ref().map(|s| s.at.as_microsecond()))
        .bind(device.suspension.as_ref().map(|s| s.reason.as_str()))
        .bind(device.revoked_at.map(jiff::Timestamp::as_microsecond))
        .bind(device.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    set_tags(tx, device.id, &device.tags).await?;
    shares::set(tx, ENTITY, device.id, &device.sharing.users).await
}

async fn set_tags(tx: &mut Tx, id: i64, tags: &[String]) -> Result<()> {
    sql("DELETE FROM device_tag WHERE device_id = $1")
        .bind(id)
        .run(&mut *tx)
        .await?;
    for tag in tags {
        sql("INSERT INTO device_tag (device_id, tag) VALUES ($1, $2)")
            .bind(id)
            .bind(tag)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Removes a device. Its keys stay, so that they never mean another one.
pub(crate) async fn delete(tx: &mut Tx, id: i64, now: i64) -> Result<()> {
    set_tags(tx, id, &[]).await?;
    shares::set(tx, ENTITY, id, &[]).await?;
    sql("DELETE FROM device_group_member WHERE device_id = $1")
        .bind(id)
        .run(&mut *tx)
        .await?;
    revoke_keys(tx, id, now).await?;
    sql("DELETE FROM device WHERE id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// Whether this device's keys are good for nothing any more.
pub(crate) async fn revoke_keys(tx: &mut Tx, id: i64, now: i64) -> Result<()> {
    sql("UPDATE device_key SET revoked_at = $2 WHERE device_id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Holds the row of a device to the end of the transaction.
pub(crate) async fn hold(tx: &mut Tx, id: i64) -> Result<()> {
    sql("SELECT id FROM device WHERE id = $1 {for_update}")
        .bind(id)
        .all(tx)
        .await?;
    Ok(())
}

/// A device that this user may use, or any.
pub(crate) async fn find(db: &Db, id: i64, user: Option<i64>, now: i64) -> Result<Option<Device>> {
    Ok(find_all(db, &[id], user, now).await?.pop())
}

/// Those of these devices that this user may use, or all of them.
pub(crate) async fn find_all(
    db: &Db,
    ids: &[i64],
    user: Option<i64>,
    now: i64,
) -> Result<Vec<Device>> {
    let mut query = sql(COLUMNS).push(" AND d.id {each $1}").bind(batch(ids));
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let rows = query.push(" ORDER BY d.id").all(db).await?;
    let all = rows.into_iter().map(|row| read(row, now));
    completed(db, all.collect::<Result<_>>()?).await
}

/// Numbers of the devices that this user may use, or of all.
pub(crate) async fn usable_ids(
    db: &Db,
    user: Option<i64>,
) -> Result<std::collections::BTreeSet<i64>> {
    let mut query = sql("SELECT d.id FROM device d WHERE 1 = 1");
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let rows = query.all(db).await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// A page of the devices that this user may use, or of all, by name.
pub(crate) async fn list(
    db: &Db,
    filter: &DeviceFilter,
    user: Option<i64>,
    page: Page,
    now: i64,
) -> Result<Paged<Device>> {
    let wanted = |mut query: Query| {
        if let Some(user) = user {
            query = query.and(USABLE, user);
        }
        if let Some(owner) = filter.owner_id {
            query = query.and(" AND d.owner_id = ?", owner);
        }
        if let Some(tag) = &filter.tag {
            query = query.and(
                " AND EXISTS (SELECT 1 FROM device_tag t WHERE t.device_id = d.id AND t.tag = ?)",
                super::text::storable(tag),
            );
        }
        if let Some(text) = &filter.search {
            query = query.and(
                " AND (LOWER(d.name) LIKE ? ESCAPE '!' OR LOWER(d.facts) LIKE ? ESCAPE '!' OR LOWER(COALESCE(d.address, '')) LIKE ? ESCAPE '!')",
                contains(&text.to_lowercase()),
            );
        }
        match filter.status {
            None => query,
            Some(DeviceStatus::Revoked) => query.push(" AND d.revoked_at IS NOT NULL"),
            Some(DeviceStatus::Suspended) => {
                query.push(" AND d.revoked_at IS NULL AND d.suspended_at IS NOT NULL")
            }
            Some(DeviceStatus::Online) => query
                .push(" AND d.revoked_at IS NULL AND d.suspended_at IS NULL AND d.connected_at IS NOT NULL")
                .and(" AND d.seen_at > ?", now - SILENCE_US),
            Some(DeviceStatus::Offline) => query
                .push(" AND d.revoked_at IS NULL AND d.suspended_at IS NULL")
                .and(
                    " AND (d.connected_at IS NULL OR d.seen_at IS NULL OR d.seen_at <= ?)",
                    now - SILENCE_US,
                ),
        }
    };
    let total = wanted(sql("SELECT COUNT(*) FROM device d WHERE 1 = 1"))
        .one(db)
        .await?
        .int()?;
    let rows = wanted(sql(COLUMNS))
        .push(" ORDER BY d.name, d.id")
        .and(" LIMIT ?", page.size)
        .and(" OFFSET ?", page.offset())
        .all(db)
        .await?;
    let all = rows.into_iter().map(|row| read(row, now));
    Ok(Paged {
        items: completed(db, all.collect::<Result<_>>()?).await?,
        total: total.unsigned_abs(),
        page,
    })
}

async fn completed(db: &Db, mut all: Vec<Device>) -> Result<Vec<Device>> {
    let ids: Vec<i64> = all.iter().map(|device| device.id).collect();
    let mut users = shares::of(db, ENTITY, &ids).await?;
    let rows = sql("SELECT device_id, tag FROM device_tag WHERE device_id {each $1} ORDER BY tag")
        .bind(batch(&ids))
        .all(db)
        .await?;
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    for mut row in rows {
        tags.entry(row.int()?).or_default().push(row.text()?);
    }
    for device in &mut all {
        device.sharing.users = users.remove(&device.id).unwrap_or_default();
        device.tags = tags.remove(&device.id).unwrap_or_default();
    }
    Ok(all)
}

/// The device of a public key, and whether the key was revoked.
pub(crate) async fn by_key(on: impl Into<On<'_>>, public_key: &str) -> Result<Option<(i64, bool)>> {
    let row =
        sql("SELECT device_id, (revoked_at IS NOT NULL) FROM device_key WHERE public_key = $1")
            .bind(public_key)
            .first(on)
            .await?;
    row.map(|mut row| Ok((row.int()?, row.flag()?))).transpose()
}

pub(crate) async fn insert_key(tx: &mut Tx, public_key: &str, device: i64, now: i64) -> Result<()> {
    sql("INSERT INTO device_key (public_key, device_id, created_at) VALUES ($1, $2, $3)")
        .bind(public_key)
        .bind(device)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// What decides whether an agent is let in.
pub(crate) struct Gate {
    pub owner_id: i64,
    pub name: String,
    pub is_revoked: bool,
    pub is_suspended: bool,
    pub link_hash: Option<String>,
    pub link_next: Option<String>,
}

pub(crate) async fn gate(tx: &mut Tx, id: i64) -> Result<Option<Gate>> {
    let row = sql("SELECT owner_id, name, (revoked_at IS NOT NULL), (suspended_at IS NOT NULL), link_hash, link_next FROM device WHERE id = $1 {for_update}")
        .bind(id)
        .first(tx)
        .await?;
    row.map(|mut row| {
        Ok(Gate {
            owner_id: row.int()?,
            name: row.text()?,
            is_revoked: row.flag()?,
            is_suspended: row.flag()?,
            link_hash: row.opt_text()?,
            link_next: row.opt_text()?,
        })
    })
    .transpose()
}

/// What an agent says of itself when it comes.
pub(crate) struct Coming<'a> {
    pub version: &'a str,
    pub facts: &'a str,
    pub address: Option<&'a str>,
    /// Hash of the link that it showed, and of the one that it gets.
    pub link: Option<&'a str>,
    pub next: &'a str,
}

/// Begins a connection; answers its number.
pub(crate) async fn begin_session(
    tx: &mut Tx,
    id: i64,
    instance: i64,
    coming: &Coming<'_>,
    now: i64,
) -> Result<i64> {
    sql("UPDATE device SET session = session + 1, instance_id = $2, agent_version = $3, facts = $4, address = $5, link_hash = $6, link_next = $7, connected_at = $8, seen_at = $8, facts_at = $8 WHERE id = $1 RETURNING session")
        .bind(id)
        .bind(instance)
        .bind(coming.version)
        .bind(coming.facts)
        .bind(coming.address)
        .bind(coming.link)
        .bind(coming.next)
        .bind(now)
        .one(tx)
        .await?
        .int()
}

/// The agent has stored its new link: only this one counts from now on.
pub(crate) async fn confirm_link(tx: &mut Tx, id: i64, session: i64) -> Result<()> {
    sql("UPDATE device SET link_hash = link_next, link_next = NULL WHERE id = $1 AND session = $2 AND link_next IS NOT NULL")
        .bind(id)
        .bind(session)
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn set_facts(
    tx: &mut Tx,
    id: i64,
    session: i64,
    facts: &str,
    now: i64,
) -> Result<()> {
    sql("UPDATE device SET facts = $3, facts_at = $4, seen_at = $4 WHERE id = $1 AND session = $2")
        .bind(id)
        .bind(session)
        .bind(facts)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// These connections are over.
pub(crate) async fn end_sessions(tx: &mut Tx, rows: &[(i64, i64, i64)]) -> Result<()> {
    sql("UPDATE device SET connected_at = NULL, instance_id = NULL, seen_at = r.seen FROM {rows $1: id int, session int, seen int} r WHERE device.id = r.id AND device.session = r.session")
        .bind(batch(rows))
        .run(tx)
        .await?;
    Ok(())
}

/// These were heard: `(device, session, when)`.
pub(crate) async fn heard(tx: &mut Tx, rows: &[(i64, i64, i64)]) -> Result<()> {
    sql("UPDATE device SET seen_at = r.seen FROM {rows $1: id int, session int, seen int} r WHERE device.id = r.id AND device.session = r.session")
        .bind(batch(rows))
        .run(tx)
        .await?;
    Ok(())
}

/// What became of a device while its agent is connected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub session: i64,
    pub is_revoked: bool,
    pub is_suspended: bool,
    /// It is not to be given new work.
    pub in_maintenance: bool,
}

pub(crate) async fn standings(db: &Db, ids: &[i64], now: i64) -> Result<HashMap<i64, Standing>> {
    let rows = sql("SELECT id, session, (revoked_at IS NOT NULL), (suspended_at IS NOT NULL), (maintenance_at IS NOT NULL AND (maintenance_until IS NULL OR maintenance_until > $2)) FROM device WHERE id {each $1}")
        .bind(batch(ids))
        .bind(now)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            let id = row.int()?;
            Ok((
                id,
                Standing {
                    session: row.int()?,
                    is_revoked: row.flag()?,
                    is_suspended: row.flag()?,
                    in_maintenance: row.flag()?,
                },
            ))
        })
        .collect()
}

/// Suspends a device.
pub(crate) async fn suspend(tx: &mut Tx, id: i64, reason: &str, now: i64) -> Result<()> {
    sql("UPDATE device SET suspended_at = $2, suspend_reason = $3, connected_at = NULL, instance_id = NULL, session = session + 1 WHERE id = $1 AND suspended_at IS NULL")
        .bind(id)
        .bind(now)
        .bind(reason)
        .run(tx)
        .await?;
    Ok(())
}

/// The next agent that comes with this device's key is believed without a link: a person has looked.
pub(crate) async fn forget_links(tx: &mut Tx, id: i64) -> Result<()> {
    sql("UPDATE device SET link_hash = NULL, link_next = NULL WHERE id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// A token that enrols a device.
pub(crate) struct StoredEnrollment {
    pub id: i64,
    pub owner_id: i64,
    pub created_by: i64,
    pub device_name: Option<String>,
    pub tags: Vec<String>,
    pub created_at: i64,
    pub expires_at: i64,
    pub is_used: bool,
}

pub(crate) async fn insert_enrollment(
    tx: &mut Tx,
    token: &StoredEnrollment,
    hash: &str,
) -> Result<()> {
    sql("INSERT INTO enrollment_token (id, owner_id, created_by, secret_hash, device_name, tags, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(token.id)
        .bind(token.owner_id)
        .bind(token.created_by)
        .bind(hash)
        .bind(token.device_name.as_deref())
        .bind(serde_json::json!(token.tags).to_string())
        .bind(token.created_at)
        .bind(token.expires_at)
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn next_enrollment_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, "enrollment_token").await
}

/// How many tokens of a user can still be used.
pub(crate) async fn open_enrollments(tx: &mut Tx, user: i64, now: i64) -> Result<i64> {
    sql("SELECT COUNT(*) FROM enrollment_token WHERE created_by = $1 AND used_at IS NULL AND expires_at > $2")
        .bind(user)
        .bind(now)
        .one(tx)
        .await?
        .int()
}

/// The token of this hash, held to the end of the transaction.
pub(crate) async fn enrollment(tx: &mut Tx, hash: &str) -> Result<Option<StoredEnrollment>> {
    let row = sql("SELECT id, owner_id, created_by, device_name, tags, created_at, expires_at, (used_at IS NOT NULL) FROM enrollment_token WHERE secret_hash = $1 {for_update}")
        .bind(hash)
        .first(tx)
        .await?;
    row.map(|mut row| {
        Ok(StoredEnrollment {
            id: row.int()?,
            owner_id: row.int()?,
            created_by: row.int()?,
            device_name: row.opt_text()?,
            tags: row.json()?,
            created_at: row.int()?,
            expires_at: row.int()?,
            is_used: row.flag()?,
        })
    })
    .transpose()
}

pub(crate) async fn use_enrollment(tx: &mut Tx, id: i64, device: i64, now: i64) -> Result<()> {
    sql("UPDATE enrollment_token SET used_at = $2, device_id = $3 WHERE id = $1")
        .bind(id)
        .bind(now)
        .bind(device)
        .run(tx)
        .await?;
    Ok(())
}

/// Removes tokens that ended before this instant.
pub(crate) async fn prune_enrollments(tx: &mut Tx, before: i64) -> Result<u64> {
    sql("DELETE FROM enrollment_token WHERE expires_at < $1")
        .bind(before)
        .run(tx)
        .await
}

/// The installation's key pair: public, and private under its seal.
pub(crate) async fn fleet_key(on: impl Into<On<'_>>) -> Result<Option<(String, Sealed)>> {
    let row = sql("SELECT public_key, key_id, sealed FROM fleet_key WHERE id = 1")
        .first(on)
        .await?;
    row.map(|mut row| {
        let public = row.text()?;
        let (key_id, text) = (row.text()?, row.text()?);
        Ok((public, Sealed { key_id, text }))
    })
    .transpose()
}

/// Writes the key pair, unless there is one.
pub(crate) async fn insert_fleet_key(
    tx: &mut Tx,
    public: &str,
    sealed: &Sealed,
    now: i64,
) -> Result<()> {
    sql("INSERT INTO fleet_key (id, public_key, key_id, sealed, created_at) VALUES (1, $1, $2, $3, $4) ON CONFLICT (id) DO NOTHING")
        .bind(public)
        .bind(&sealed.key_id)
        .bind(&sealed.text)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Replaces the seal of the private key by one under another key.
pub(crate) async fn reseal_fleet_key(tx: &mut Tx, sealed: &Sealed) -> Result<()> {
    sql("UPDATE fleet_key SET key_id = $1, sealed = $2 WHERE id = 1")
        .bind(&sealed.key_id)
        .bind(&sealed.text)
        .run(tx)
        .await?;
    Ok(())
}

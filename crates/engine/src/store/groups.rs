//! Groups of devices.

use std::collections::HashMap;

use super::{Db, Row, Tx, batch, number, shares, sql};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{Group, GroupRule, Members, Sharing};

/// A device that was not heard for so long is offline: three heartbeats.
const SILENCE_US: i64 = 45_000_000;
/// Word of groups in the table of shares.
const ENTITY: &str = "device_group";
/// Groups in one list, at most.
const MOST: i64 = 10_000;

const COLUMNS: &str = "SELECT g.id, g.owner_id, g.name, g.description, g.color, g.rule, g.is_shared_with_all, g.created_at, g.updated_at FROM device_group g WHERE 1 = 1";

/// Things of this user, and what is shared with them.
const USABLE: &str = " AND (g.owner_id = ? OR g.is_shared_with_all OR EXISTS (SELECT 1 FROM share h WHERE h.entity = 'device_group' AND h.entity_id = g.id AND h.user_id = ?))";

fn read(mut row: Row) -> Result<Group> {
    Ok(Group {
        id: row.int()?,
        owner_id: row.int()?,
        name: row.text()?,
        description: row.opt_text()?,
        color: row.opt_text()?,
        members: row
            .opt_json::<GroupRule>()?
            .map_or_else(|| Members::Listed(Vec::new()), Members::Matching),
        sharing: Sharing {
            everybody: row.flag()?,
            users: Vec::new(),
        },
        created_at: timestamp(row.int()?),
        updated_at: timestamp(row.int()?),
    })
}

pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, ENTITY).await
}

fn rule(group: &Group) -> Result<Option<String>> {
    match &group.members {
        Members::Listed(_) => Ok(None),
        Members::Matching(rule) => serde_json::to_string(rule)
            .map(Some)
            .map_err(|error| Error::internal(format!("a rule that is no JSON: {error}"))),
    }
}

pub(crate) async fn insert(tx: &mut Tx, group: &Group) -> Result<()> {
    sql("INSERT INTO device_group (id, owner_id, name, description, color, rule, is_shared_with_all, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(group.id)
        .bind(group.owner_id)
        .bind(&group.name)
        .bind(group.description.as_deref())
        .bind(group.color.as_deref())
        .bind(rule(group)?)
        .bind(group.sharing.everybody)
        .bind(group.created_at.as_microsecond())
        .bind(group.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    write_rest(tx, group).await
}

pub(crate) async fn update(tx: &mut Tx, group: &Group) -> Result<()> {
    sql("UPDATE device_group SET name = $2, description = $3, color = $4, rule = $5, is_shared_with_all = $6, updated_at = $7 WHERE id = $1")
        .bind(group.id)
        .bind(&group.name)
        .bind(group.description.as_deref())
        .bind(group.color.as_deref())
        .bind(rule(group)?)
        .bind(group.sharing.everybody)
        .bind(group.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    write_rest(tx, group).await
}

async fn write_rest(tx: &mut Tx, group: &Group) -> Result<()> {
    remove_members(tx, group.id).await?;
    if let Members::Listed(devices) = &group.members {
        for device in devices {
            sql("INSERT INTO device_group_member (group_id, device_id) VALUES ($1, $2)")
                .bind(group.id)
                .bind(*device)
                .run(&mut *tx)
                .await?;
        }
    }
    shares::set(tx, ENTITY, group.id, &group.sharing.users).await
}

async fn remove_members(tx: &mut Tx, id: i64) -> Result<()> {
    sql("DELETE FROM device_group_member WHERE group_id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    remove_members(tx, id).await?;
    shares::set(tx, ENTITY, id, &[]).await?;
    sql("DELETE FROM device_group WHERE id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// A group that this user may use, or any.
pub(crate) async fn find(db: &Db, id: i64, user: Option<i64>) -> Result<Option<Group>> {
    let mut query = sql(COLUMNS).and(" AND g.id = ?", id);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let Some(row) = query.first(db).await? else {
        return Ok(None);
    };
    Ok(completed(db, vec![read(row)?]).await?.pop())
}

/// The groups that this user may use, or all, by name.
pub(crate) async fn list(db: &Db, user: Option<i64>) -> Result<Vec<Group>> {
    let mut query = sql(COLUMNS);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let rows = query
        .push(" ORDER BY g.name, g.id")
        .and(" LIMIT ?", MOST)
        .all(db)
        .await?;
    completed(db, rows.into_iter().map(read).collect::<Result<_>>()?).await
}

async fn completed(db: &Db, mut all: Vec<Group>) -> Result<Vec<Group>> {
    let ids: Vec<i64> = all.iter().map(|group| group.id).collect();
    let mut users = shares::of(db, ENTITY, &ids).await?;
    let mut members: HashMap<i64, Vec<i64>> = HashMap::new();
    let rows = sql("SELECT group_id, device_id FROM device_group_member WHERE group_id {each $1} ORDER BY device_id")
        .bind(batch(&ids))
        .all(db)
        .await?;
    for mut row in rows {
        let (group, device) = (row.int()?, row.int()?);
        members.entry(group).or_default().push(device);
    }
    for group in &mut all {
        group.sharing.users = users.remove(&group.id).unwrap_or_default();
        if let Members::Listed(devices) = &mut group.members {
            *devices = members.remove(&group.id).unwrap_or_default();
        }
    }
    Ok(all)
}

/// A device as a group sees it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) tags: Vec<String>,
    pub(crate) facts: serde_json::Value,
    pub(crate) status: &'static str,
}

/// Devices that this user may use (or all), by name. Devices that were revoked are no members.
pub(crate) async fn devices(db: &Db, user: Option<i64>, now_us: i64) -> Result<Vec<Member>> {
    let mut query = sql("SELECT d.id, d.name, d.facts, CAST(CASE WHEN d.suspended_at IS NOT NULL THEN 2 WHEN d.connected_at IS NOT NULL AND d.seen_at > $1 THEN 1 ELSE 0 END AS BIGINT) FROM device d WHERE d.revoked_at IS NULL")
        .bind(now_us - SILENCE_US);
    if let Some(user) = user {
        query = query.and(" AND (d.owner_id = ? OR d.is_shared_with_all OR EXISTS (SELECT 1 FROM share h WHERE h.entity = 'device' AND h.entity_id = d.id AND h.user_id = ?))", user);
    }
    let rows = query.push(" ORDER BY d.name, d.id").all(db).await?;
    let mut all = Vec::with_capacity(rows.len());
    for mut row in rows {
        let id = row.int()?;
        all.push(Member {
            id,
            name: row.text()?,
            facts: row.json()?,
            status: match row.int()? {
                2 => "suspended",
                1 => "online",
                _ => "offline",
            },
            tags: Vec::new(),
        });
    }
    let ids: Vec<i64> = all.iter().map(|device| device.id).collect();
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    let rows = sql("SELECT device_id, tag FROM device_tag WHERE device_id {each $1} ORDER BY tag")
        .bind(batch(&ids))
        .all(db)
        .await?;
    for mut row in rows {
        let (id, tag) = (row.int()?, row.text()?);
        tags.entry(id).or_default().push(tag);
    }
    for device in &mut all {
        device.tags = tags.remove(&device.id).unwrap_or_default();
    }
    Ok(all)
}

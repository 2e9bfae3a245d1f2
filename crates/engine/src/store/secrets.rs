//! Secrets and the key they are sealed under.

use super::{Db, On, Row, Tx, number, shares, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{Secret, Sharing};
use crate::rules::secrets::Sealed;

/// Word of secrets in the table of shares.
const ENTITY: &str = "secret";
/// Secrets in one list, at most.
const MOST: i64 = 1_000;

const COLUMNS: &str = "SELECT s.id, s.owner_id, s.name, s.description, s.key_id, s.is_shared_with_all, s.created_at, s.updated_at, s.sealed FROM secret s WHERE 1 = 1";

/// Things of this user, and what is shared with them.
const USABLE: &str = " AND (s.owner_id = ? OR s.is_shared_with_all OR EXISTS (SELECT 1 FROM share h WHERE h.entity = 'secret' AND h.entity_id = s.id AND h.user_id = ?))";

/// A secret with its sealed value.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) secret: Secret,
    pub(crate) sealed: Sealed,
}

fn read(mut row: Row) -> Result<Stored> {
    let secret = Secret {
        id: row.int()?,
        owner_id: row.int()?,
        name: row.text()?,
        description: row.opt_text()?,
        key_id: row.text()?,
        sharing: Sharing {
            everybody: row.flag()?,
            users: Vec::new(),
        },
        created_at: timestamp(row.int()?),
        updated_at: timestamp(row.int()?),
    };
    Ok(Stored {
        sealed: Sealed {
            key_id: secret.key_id.clone(),
            text: row.text()?,
        },
        secret,
    })
}

pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, ENTITY).await
}

pub(crate) async fn insert(tx: &mut Tx, secret: &Secret, sealed: &Sealed) -> Result<()> {
    sql("INSERT INTO secret (id, owner_id, name, description, key_id, sealed, is_shared_with_all, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(secret.id)
        .bind(secret.owner_id)
        .bind(&secret.name)
        .bind(secret.description.as_deref())
        .bind(&sealed.key_id)
        .bind(&sealed.text)
        .bind(secret.sharing.everybody)
        .bind(secret.created_at.as_microsecond())
        .bind(secret.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    shares::set(tx, ENTITY, secret.id, &secret.sharing.users).await
}

pub(crate) async fn update(tx: &mut Tx, secret: &Secret, sealed: &Sealed) -> Result<()> {
    sql("UPDATE secret SET name = $2, description = $3, key_id = $4, sealed = $5, is_shared_with_all = $6, updated_at = $7 WHERE id = $1")
        .bind(secret.id)
        .bind(&secret.name)
        .bind(secret.description.as_deref())
        .bind(&sealed.key_id)
        .bind(&sealed.text)
        .bind(secret.sharing.everybody)
        .bind(secret.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    shares::set(tx, ENTITY, secret.id, &secret.sharing.users).await
}

pub(crate) async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    shares::set(tx, ENTITY, id, &[]).await?;
    sql("DELETE FROM secret WHERE id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// A secret that this user may use, or any.
pub(crate) async fn find(db: &Db, id: i64, user: Option<i64>) -> Result<Option<Stored>> {
    let mut query = sql(COLUMNS).and(" AND s.id = ?", id);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let Some(row) = query.first(db).await? else {
        return Ok(None);
    };
    Ok(with_shares(db, vec![read(row)?]).await?.pop())
}

/// The secrets that this user may use, or all, by name.
pub(crate) async fn list(db: &Db, user: Option<i64>) -> Result<Vec<Secret>> {
    let mut query = sql(COLUMNS);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let rows = query
        .push(" ORDER BY s.name, s.id")
        .and(" LIMIT ?", MOST)
        .all(db)
        .await?;
    let stored = rows.into_iter().map(read).collect::<Result<_>>()?;
    Ok(with_shares(db, stored)
        .await?
        .into_iter()
        .map(|stored| stored.secret)
        .collect())
}

async fn with_shares(db: &Db, mut all: Vec<Stored>) -> Result<Vec<Stored>> {
    let ids: Vec<i64> = all.iter().map(|stored| stored.secret.id).collect();
    let mut users = shares::of(db, ENTITY, &ids).await?;
    for stored in &mut all {
        stored.secret.sharing.users = users.remove(&stored.secret.id).unwrap_or_default();
    }
    Ok(all)
}

/// The secret that this name means for this user: their own before one that is shared with them.
pub(crate) async fn usable(db: &Db, user: i64, name: &str) -> Result<Option<Stored>> {
    sql(COLUMNS)
        .and(" AND s.name = ?", name)
        .and(USABLE, user)
        .and(
            " ORDER BY CASE WHEN s.owner_id = ? THEN 0 ELSE 1 END, s.id LIMIT 1",
            user,
        )
        .first(db)
        .await?
        .map(read)
        .transpose()
}

/// Names of all secrets that this user may use.
pub(crate) async fn usable_names(db: &Db, user: i64) -> Result<Vec<String>> {
    let rows = sql("SELECT s.name FROM secret s WHERE 1 = 1")
        .and(USABLE, user)
        .all(db)
        .await?;
    rows.into_iter().map(|mut row| row.text()).collect()
}

/// The check value of the key in force. In a transaction its row stays locked until the end, so that no value is sealed
/// while the key changes.
pub(crate) async fn key_check(on: impl Into<On<'_>>) -> Result<Option<Sealed>> {
    let row = sql("SELECT key_id, check_value FROM secret_key WHERE id = 1 {for_update}")
        .first(on)
        .await?;
    row.map(|mut row| {
        Ok(Sealed {
            key_id: row.text()?,
            text: row.text()?,
        })
    })
    .transpose()
}

/// Notes the first key; an instance that came first wins.
pub(crate) async fn note_first_key(tx: &mut Tx, check: &Sealed, now_us: i64) -> Result<()> {
    sql("INSERT INTO secret_key (id, key_id, check_value, since) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING")
        .bind(&check.key_id)
        .bind(&check.text)
        .bind(now_us)
        .run(tx)
        .await?;
    Ok(())
}

/// Notes that another key is in force.
pub(crate) async fn note_key(tx: &mut Tx, check: &Sealed, now_us: i64) -> Result<()> {
    sql("UPDATE secret_key SET key_id = $1, check_value = $2, since = $3 WHERE id = 1")
        .bind(&check.key_id)
        .bind(&check.text)
        .bind(now_us)
        .run(tx)
        .await?;
    Ok(())
}

/// Whether anything is sealed, so that its key is needed.
pub(crate) async fn is_anything_sealed(tx: &mut Tx) -> Result<bool> {
    Ok(count_sealed(tx).await? > 0)
}

/// Values that are sealed.
pub(crate) async fn count_sealed(tx: &mut Tx) -> Result<u64> {
    let count =
        sql("SELECT (SELECT COUNT(*) FROM secret) + (SELECT COUNT(*) FROM connection_field) + (SELECT COUNT(*) FROM fleet_key)")
            .one(tx)
            .await?
            .int()?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Since when the key in force is in force.
pub(crate) async fn key_since(tx: &mut Tx) -> Result<Option<i64>> {
    sql("SELECT since FROM secret_key WHERE id = 1")
        .first(tx)
        .await?
        .map(|mut row| row.int())
        .transpose()
}

/// Number, owner and sealed value of every secret.
pub(crate) async fn all_sealed(tx: &mut Tx) -> Result<Vec<(i64, i64, Sealed)>> {
    let rows = sql("SELECT id, owner_id, key_id, sealed FROM secret ORDER BY id")
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            let (id, owner) = (row.int()?, row.int()?);
            let (key_id, text) = (row.text()?, row.text()?);
            Ok((id, owner, Sealed { key_id, text }))
        })
        .collect()
}

/// Replaces a sealed value by the same under another key.
pub(crate) async fn reseal(tx: &mut Tx, id: i64, sealed: &Sealed) -> Result<()> {
    sql("UPDATE secret SET key_id = $2, sealed = $3 WHERE id = $1")
        .bind(id)
        .bind(&sealed.key_id)
        .bind(&sealed.text)
        .run(tx)
        .await?;
    Ok(())
}

//! The entries of the software catalogue that people made.

use super::{Db, Row, Tx, number, shares, sql};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{Sharing, Software};

/// Word of software in the table of shares.
const ENTITY: &str = "software";
/// Entries in one list, at most.
const MOST: i64 = 10_000;

const COLUMNS: &str = "SELECT s.id, s.owner_id, s.name, s.version, s.description, s.category, s.publisher, s.definition, s.is_shared_with_all, s.created_at, s.updated_at FROM software s WHERE 1 = 1";

/// Things of this user, and what is shared with them.
const USABLE: &str = " AND (s.owner_id = ? OR s.is_shared_with_all OR EXISTS (SELECT 1 FROM share h WHERE h.entity = 'software' AND h.entity_id = s.id AND h.user_id = ?))";

fn read(mut row: Row) -> Result<Software> {
    Ok(Software {
        id: row.int()?,
        owner_id: row.int()?,
        name: row.text()?,
        version: row.opt_text()?,
        description: row.opt_text()?,
        description_ar: None,
        category: row.opt_text()?,
        publisher: row.opt_text()?,
        definition: row.json()?,
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

fn definition(software: &Software) -> Result<String> {
    serde_json::to_string(&software.definition)
        .map_err(|error| Error::internal(format!("a definition that is no JSON: {error}")))
}

pub(crate) async fn insert(tx: &mut Tx, software: &Software) -> Result<()> {
    sql("INSERT INTO software (id, owner_id, name, version, description, category, publisher, definition, is_shared_with_all, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
        .bind(software.id)
        .bind(software.owner_id)
        .bind(&software.name)
        .bind(software.version.as_deref())
        .bind(software.description.as_deref())
        .bind(software.category.as_deref())
        .bind(software.publisher.as_deref())
        .bind(definition(software)?)
        .bind(software.sharing.everybody)
        .bind(software.created_at.as_microsecond())
        .bind(software.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    shares::set(tx, ENTITY, software.id, &software.sharing.users).await
}

pub(crate) async fn update(tx: &mut Tx, software: &Software) -> Result<()> {
    sql("UPDATE software SET name = $2, version = $3, description = $4, category = $5, publisher = $6, definition = $7, is_shared_with_all = $8, updated_at = $9 WHERE id = $1")
        .bind(software.id)
        .bind(&software.name)
        .bind(software.version.as_deref())
        .bind(software.description.as_deref())
        .bind(software.category.as_deref())
        .bind(software.publisher.as_deref())
        .bind(definition(software)?)
        .bind(software.sharing.everybody)
        .bind(software.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    shares::set(tx, ENTITY, software.id, &software.sharing.users).await
}

pub(crate) async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    shares::set(tx, ENTITY, id, &[]).await?;
    sql("DELETE FROM software WHERE id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// An entry that this user may use, or any.
pub(crate) async fn find(db: &Db, id: i64, user: Option<i64>) -> Result<Option<Software>> {
    let mut query = sql(COLUMNS).and(" AND s.id = ?", id);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let Some(row) = query.first(db).await? else {
        return Ok(None);
    };
    Ok(completed(db, vec![read(row)?]).await?.pop())
}

/// The entries that this user may use, or all, by name.
pub(crate) async fn list(db: &Db, user: Option<i64>) -> Result<Vec<Software>> {
    let mut query = sql(COLUMNS);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let rows = query
        .push(" ORDER BY s.name, s.id")
        .and(" LIMIT ?", MOST)
        .all(db)
        .await?;
    completed(db, rows.into_iter().map(read).collect::<Result<_>>()?).await
}

async fn completed(db: &Db, mut all: Vec<Software>) -> Result<Vec<Software>> {
    let ids: Vec<i64> = all.iter().map(|software| software.id).collect();
    let mut users = shares::of(db, ENTITY, &ids).await?;
    for software in &mut all {
        software.sharing.users = users.remove(&software.id).unwrap_or_default();
    }
    Ok(all)
}

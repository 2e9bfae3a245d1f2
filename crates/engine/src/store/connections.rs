//! Connections, with the sealed values of their secret fields.

use std::collections::BTreeMap;

use super::{Db, On, Row, Tx, batch, number, shares, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{Connection, Sharing};
use crate::rules::secrets::Sealed;

/// Word of connections in the table of shares.
const ENTITY: &str = "connection";
/// Connections in one list, at most.
const MOST: i64 = 1_000;

const COLUMNS: &str = "SELECT c.id, c.owner_id, c.name, c.description, c.kind, c.settings, c.is_read_only, c.allowed_tables, c.is_shared_with_all, c.created_at, c.updated_at FROM connection c WHERE 1 = 1";

/// Things of this user, and what is shared with them.
const USABLE: &str = " AND (c.owner_id = ? OR c.is_shared_with_all OR EXISTS (SELECT 1 FROM share h WHERE h.entity = 'connection' AND h.entity_id = c.id AND h.user_id = ?))";

/// Sealed values by the name of the field.
pub(crate) type Fields = BTreeMap<String, Sealed>;

fn read(mut row: Row) -> Result<Connection> {
    Ok(Connection {
        id: row.int()?,
        owner_id: row.int()?,
        name: row.text()?,
        description: row.opt_text()?,
        kind: row.text()?,
        settings: row.json()?,
        sealed_fields: Vec::new(),
        is_read_only: row.flag()?,
        allowed_tables: row.json()?,
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

fn tables(connection: &Connection) -> String {
    serde_json::json!(connection.allowed_tables).to_string()
}

pub(crate) async fn insert(tx: &mut Tx, connection: &Connection, fields: &Fields) -> Result<()> {
    sql("INSERT INTO connection (id, owner_id, name, description, kind, settings, is_read_only, allowed_tables, is_shared_with_all, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
        .bind(connection.id)
        .bind(connection.owner_id)
        .bind(&connection.name)
        .bind(connection.description.as_deref())
        .bind(&connection.kind)
        .bind(connection.settings.to_string())
        .bind(connection.is_read_only)
        .bind(tables(connection))
        .bind(connection.sharing.everybody)
        .bind(connection.created_at.as_microsecond())
        .bind(connection.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    write_rest(tx, connection, fields).await
}

pub(crate) async fn update(tx: &mut Tx, connection: &Connection, fields: &Fields) -> Result<()> {
    sql("UPDATE connection SET name = $2, description = $3, settings = $4, is_read_only = $5, allowed_tables = $6, is_shared_with_all = $7, updated_at = $8 WHERE id = $1")
        .bind(connection.id)
        .bind(&connection.name)
        .bind(connection.description.as_deref())
        .bind(connection.settings.to_string())
        .bind(connection.is_read_only)
        .bind(tables(connection))
        .bind(connection.sharing.everybody)
        .bind(connection.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    write_rest(tx, connection, fields).await
}

async fn write_rest(tx: &mut Tx, connection: &Connection, fields: &Fields) -> Result<()> {
    remove_fields(tx, connection.id).await?;
    for (name, sealed) in fields {
        sql("INSERT INTO connection_field (connection_id, name, key_id, sealed) VALUES ($1, $2, $3, $4)")
            .bind(connection.id)
            .bind(name)
            .bind(&sealed.key_id)
            .bind(&sealed.text)
            .run(&mut *tx)
            .await?;
    }
    shares::set(tx, ENTITY, connection.id, &connection.sharing.users).await
}

async fn remove_fields(tx: &mut Tx, id: i64) -> Result<()> {
    sql("DELETE FROM connection_field WHERE connection_id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    remove_fields(tx, id).await?;
    shares::set(tx, ENTITY, id, &[]).await?;
    sql("DELETE FROM connection WHERE id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// A connection that this user may use, or any.
pub(crate) async fn find(db: &Db, id: i64, user: Option<i64>) -> Result<Option<Connection>> {
    let mut query = sql(COLUMNS).and(" AND c.id = ?", id);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let Some(row) = query.first(db).await? else {
        return Ok(None);
    };
    Ok(completed(db, vec![read(row)?]).await?.pop())
}

/// The connections that this user may use, or all, by name.
pub(crate) async fn list(db: &Db, user: Option<i64>) -> Result<Vec<Connection>> {
    let mut query = sql(COLUMNS);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let rows = query
        .push(" ORDER BY c.name, c.id")
        .and(" LIMIT ?", MOST)
        .all(db)
        .await?;
    completed(db, rows.into_iter().map(read).collect::<Result<_>>()?).await
}

/// The connection that this name means for this user: their own before one that is shared with them.
pub(crate) async fn usable(db: &Db, user: i64, name: &str) -> Result<Option<Connection>> {
    let row = sql(COLUMNS)
        .and(" AND c.name = ?", name)
        .and(USABLE, user)
        .and(
            " ORDER BY CASE WHEN c.owner_id = ? THEN 0 ELSE 1 END, c.id LIMIT 1",
            user,
        )
        .first(db)
        .await?;
    row.map(read).transpose()
}

async fn completed(db: &Db, mut all: Vec<Connection>) -> Result<Vec<Connection>> {
    let ids: Vec<i64> = all.iter().map(|connection| connection.id).collect();
    let mut users = shares::of(db, ENTITY, &ids).await?;
    let rows = sql("SELECT connection_id, name FROM connection_field WHERE connection_id {each $1} ORDER BY name")
        .bind(batch(&ids))
        .all(db)
        .await?;
    for mut row in rows {
        let (id, name) = (row.int()?, row.text()?);
        if let Some(connection) = all.iter_mut().find(|connection| connection.id == id) {
            connection.sealed_fields.push(name);
        }
    }
    for connection in &mut all {
        connection.sharing.users = users.remove(&connection.id).unwrap_or_default();
    }
    Ok(all)
}

/// The sealed values of a connection.
pub(crate) async fn fields(on: impl Into<On<'_>>, id: i64) -> Result<Fields> {
    let rows = sql("SELECT name, key_id, sealed FROM connection_field WHERE connection_id = $1")
        .bind(id)
        .all(on)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            let name = row.text()?;
            let (key_id, text) = (row.text()?, row.text()?);
            Ok((name, Sealed { key_id, text }))
        })
        .collect()
}

/// Connection, owner, field and sealed value of every sealed field.
pub(crate) async fn all_sealed(tx: &mut Tx) -> Result<Vec<(i64, i64, String, Sealed)>> {
    let rows = sql("SELECT f.connection_id, c.owner_id, f.name, f.key_id, f.sealed FROM connection_field f JOIN connection c ON c.id = f.connection_id ORDER BY f.connection_id, f.name")
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            let (id, owner, name) = (row.int()?, row.int()?, row.text()?);
            let (key_id, text) = (row.text()?, row.text()?);
            Ok((id, owner, name, Sealed { key_id, text }))
        })
        .collect()
}

/// Replaces a sealed value by the same under another key.
pub(crate) async fn reseal(tx: &mut Tx, id: i64, name: &str, sealed: &Sealed) -> Result<()> {
    sql("UPDATE connection_field SET key_id = $3, sealed = $4 WHERE connection_id = $1 AND name = $2")
        .bind(id)
        .bind(name)
        .bind(&sealed.key_id)
        .bind(&sealed.text)
        .run(tx)
        .await?;
    Ok(())
}

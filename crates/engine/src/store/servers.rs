//! Servers.

use super::{Db, Row, Tx, batch, number, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{Page, Server, ServerFilter};

/// The select list that [`read`] reads.
macro_rules! columns {
    () => {
        "s.id, s.owner_id, s.owner_alias, s.name, s.host, s.port, s.url, s.status, s.connection_name, s.user_name, s.created_at, s.updated_at"
    };
}

fn read(mut row: Row) -> Result<Server> {
    Ok(Server {
        id: row.int()?,
        owner_id: row.int()?,
        owner_alias: row.opt_text()?,
        name: row.text()?,
        host: row.text()?,
        port: row.opt_int()?.and_then(|port| u16::try_from(port).ok()),
        url: row.opt_text()?,
        status: row.text()?,
        connection_name: row.opt_text()?,
        user_name: row.opt_text()?,
        created_at: timestamp(row.int()?),
        updated_at: timestamp(row.int()?),
    })
}

pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, "server").await
}

pub(crate) async fn insert(tx: &mut Tx, server: &Server) -> Result<()> {
    sql("INSERT INTO server (id, owner_id, owner_alias, name, host, port, url, status, connection_name, user_name, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
        .bind(server.id)
        .bind(server.owner_id)
        .bind(server.owner_alias.as_deref())
        .bind(&server.name)
        .bind(&server.host)
        .bind(server.port.map(i64::from))
        .bind(server.url.as_deref())
        .bind(&server.status)
        .bind(server.connection_name.as_deref())
        .bind(server.user_name.as_deref())
        .bind(server.created_at.as_microsecond())
        .bind(server.updated_at.as_microsecond())
        .run(tx)
        .await?;
    Ok(())
}

/// The servers with these numbers, of this owner or of anybody.
pub(crate) async fn find(db: &Db, ids: &[i64], owner: Option<i64>) -> Result<Vec<Server>> {
    let mut query = sql(concat!(
        "SELECT ",
        columns!(),
        " FROM server s WHERE s.id {each $1}"
    ))
    .bind(batch(ids));
    if let Some(owner) = owner {
        query = query.and(" AND s.owner_id = ?", owner);
    }
    let rows = query.push(" ORDER BY s.id").all(db).await?;
    rows.into_iter().map(read).collect()
}

/// A page of servers in the order of their numbers, and how many there are.
pub(crate) async fn list(
    db: &Db,
    filter: &ServerFilter,
    owner: Option<i64>,
    page: Page,
) -> Result<(Vec<Server>, u64)> {
    let wanted = |mut query: super::db::Query| {
        query = query.push(" WHERE 1 = 1");
        for owner in [owner, filter.owner_id].into_iter().flatten() {
            query = query.and(" AND s.owner_id = ?", owner);
        }
        match &filter.owner_alias {
            Some(alias) => query.and(" AND s.owner_alias = ?", alias),
            None => query,
        }
    };
    let total = wanted(sql("SELECT COUNT(*) FROM server s"))
        .one(db)
        .await?
        .int()?
        .unsigned_abs();
    let rows = wanted(sql(concat!("SELECT ", columns!(), " FROM server s")))
        .push(" ORDER BY s.id")
        .and(" LIMIT ?", i64::from(page.size))
        .and(" OFFSET ?", page.offset())
        .all(db)
        .await?;
    Ok((rows.into_iter().map(read).collect::<Result<_>>()?, total))
}

//! Saved views.

use super::{Db, Row, Tx, number, sql};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{NewView, SavedView, ViewPage};

/// The select list that [`read`] reads.
macro_rules! columns {
    () => {
        "v.id, v.owner_id, u.name, v.page, v.name, v.query, v.is_shared, v.updated_at FROM saved_view v LEFT JOIN app_user u ON u.id = v.owner_id "
    };
}

fn read(mut row: Row) -> Result<SavedView> {
    Ok(SavedView {
        id: row.int()?,
        owner_id: row.int()?,
        owner_name: row.opt_text()?.unwrap_or_else(|| "system".to_owned()),
        page: ViewPage::from_word(&row.text()?)
            .ok_or_else(|| Error::internal("a saved view of no list"))?,
        name: row.text()?,
        query: row.text()?,
        is_shared: row.flag()?,
        updated_at: timestamp(row.int()?),
    })
}

/// Writes a view, in place of one of the same name; answers its number.
pub(crate) async fn save(tx: &mut Tx, owner_id: i64, view: &NewView, now: i64) -> Result<i64> {
    let id = number::next(tx, "saved_view").await?;
    sql("INSERT INTO saved_view (id, owner_id, page, name, query, is_shared, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (owner_id, page, name) \
         DO UPDATE SET query = excluded.query, is_shared = excluded.is_shared, updated_at = excluded.updated_at RETURNING id")
        .bind(id)
        .bind(owner_id)
        .bind(view.page.word())
        .bind(&view.name)
        .bind(&view.query)
        .bind(view.is_shared)
        .bind(now)
        .one(tx)
        .await?
        .int()
}

/// The views of an owner, and those that others share, by name.
pub(crate) async fn visible(db: &Db, owner_id: i64, page: ViewPage) -> Result<Vec<SavedView>> {
    let rows = sql(concat!(
        "SELECT ",
        columns!(),
        "WHERE v.page = $1 AND (v.owner_id = $2 OR v.is_shared) ORDER BY v.name, v.id LIMIT 1000"
    ))
    .bind(page.word())
    .bind(owner_id)
    .all(db)
    .await?;
    rows.into_iter().map(read).collect()
}

pub(crate) async fn get(tx: &mut Tx, id: i64) -> Result<Option<SavedView>> {
    sql(concat!("SELECT ", columns!(), "WHERE v.id = $1"))
        .bind(id)
        .first(tx)
        .await?
        .map(read)
        .transpose()
}

pub(crate) async fn count(tx: &mut Tx, owner_id: i64) -> Result<i64> {
    sql("SELECT COUNT(*) FROM saved_view WHERE owner_id = $1")
        .bind(owner_id)
        .one(tx)
        .await?
        .int()
}

pub(crate) async fn delete(tx: &mut Tx, id: i64) -> Result<u64> {
    sql("DELETE FROM saved_view WHERE id = $1")
        .bind(id)
        .run(tx)
        .await
}

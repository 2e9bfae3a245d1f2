//! With whom things are shared.

use std::collections::HashMap;

use super::{Db, Tx, batch, sql};
use crate::error::Result;

/// Shares a thing with exactly these users.
pub(crate) async fn set(tx: &mut Tx, entity: &'static str, id: i64, users: &[i64]) -> Result<()> {
    sql("DELETE FROM share WHERE entity = $1 AND entity_id = $2")
        .bind(entity)
        .bind(id)
        .run(&mut *tx)
        .await?;
    for user in users {
        sql("INSERT INTO share (entity, entity_id, user_id) VALUES ($1, $2, $3)")
            .bind(entity)
            .bind(id)
            .bind(*user)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// The users with whom each of these things is shared.
pub(crate) async fn of(
    db: &Db,
    entity: &'static str,
    ids: &[i64],
) -> Result<HashMap<i64, Vec<i64>>> {
    let rows = sql("SELECT entity_id, user_id FROM share WHERE entity = $1 AND entity_id {each $2} ORDER BY user_id")
        .bind(entity)
        .bind(batch(ids))
        .all(db)
        .await?;
    let mut all: HashMap<i64, Vec<i64>> = HashMap::new();
    for mut row in rows {
        let (id, user) = (row.int()?, row.int()?);
        all.entry(id).or_default().push(user);
    }
    Ok(all)
}

/// How many of these users there are.
pub(crate) async fn count_users(tx: &mut Tx, users: &[i64]) -> Result<i64> {
    sql("SELECT COUNT(*) FROM app_user WHERE id {each $1}")
        .bind(batch(users))
        .one(tx)
        .await?
        .int()
}

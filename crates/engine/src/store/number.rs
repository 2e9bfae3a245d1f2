//! Numbers of things that are made rarely.

use super::{Tx, sql};
use crate::error::Result;

/// The next number of this name. On PostgreSQL it holds the name's row until the transaction ends.
pub(crate) async fn next(tx: &mut Tx, name: &'static str) -> Result<i64> {
    sql("UPDATE sequence SET next = next + 1 WHERE name = $1 RETURNING next - 1")
        .bind(name)
        .one(tx)
        .await?
        .int()
}

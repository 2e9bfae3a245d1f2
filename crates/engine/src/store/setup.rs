//! One-time secrets of the first start.

use super::{Tx, sql};
use crate::error::Result;
use crate::rules::secret::SecretHash;

/// Adds a secret. Those of other instances that start at the same time stay valid, within reason.
pub(crate) async fn insert(
    tx: &mut Tx,
    hash: &SecretHash,
    now_us: i64,
    expires_at: i64,
) -> Result<()> {
    sql("DELETE FROM setup WHERE expires_at <= $1 OR secret_hash NOT IN (SELECT secret_hash FROM setup ORDER BY expires_at DESC LIMIT 15)")
        .bind(now_us)
        .run(tx)
        .await?;
    sql("INSERT INTO setup (secret_hash, expires_at) VALUES ($1, $2)")
        .bind(hash.text())
        .bind(expires_at)
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn is_valid(tx: &mut Tx, hash: &SecretHash, now_us: i64) -> Result<bool> {
    Ok(
        sql("SELECT expires_at FROM setup WHERE secret_hash = $1 AND expires_at > $2")
            .bind(hash.text())
            .bind(now_us)
            .first(tx)
            .await?
            .is_some(),
    )
}

pub(crate) async fn clear(tx: &mut Tx) -> Result<()> {
    sql("DELETE FROM setup").run(tx).await?;
    Ok(())
}

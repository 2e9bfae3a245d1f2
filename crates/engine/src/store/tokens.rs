//! Bearer tokens.

use super::users::{self, columns as user_columns};
use super::{Db, Row, Tx, number, sql};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{Scope, Token, User};
use crate::rules::secret::SecretHash;

/// The columns of a token, for [`read`]; the table is `t`.
macro_rules! columns {
    () => {
        "t.id, t.user_id, t.label, t.scope, t.hint, t.created_at, t.expires_at, t.used_at, t.revoked_at"
    };
}

pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, "token").await
}

pub(crate) async fn insert(tx: &mut Tx, token: &Token, hash: &SecretHash) -> Result<()> {
    sql("INSERT INTO token (id, user_id, label, scope, secret_hash, hint, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(token.id)
        .bind(token.user_id)
        .bind(&token.label)
        .bind(token.scope.word())
        .bind(hash.text())
        .bind(&token.hint)
        .bind(token.created_at.as_microsecond())
        .bind(token.expires_at.map(jiff::Timestamp::as_microsecond))
        .run(tx)
        .await?;
    Ok(())
}

/// The token of a secret and its user, whatever their state.
pub(crate) async fn find_by_secret(db: &Db, hash: &SecretHash) -> Result<Option<(Token, User)>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        ", ",
        user_columns!(),
        " FROM token t JOIN app_user u ON u.id = t.user_id WHERE t.secret_hash = $1"
    ))
    .bind(hash.text())
    .first(db)
    .await?
    .map(read_with_user)
    .transpose()
}

/// The token of a number and its user, whatever their state.
pub(crate) async fn find(db: &Db, id: i64) -> Result<Option<(Token, User)>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        ", ",
        user_columns!(),
        " FROM token t JOIN app_user u ON u.id = t.user_id WHERE t.id = $1"
    ))
    .bind(id)
    .first(db)
    .await?
    .map(read_with_user)
    .transpose()
}

/// Tokens of a user or of everybody, newest first, those that still work before the others.
pub(crate) async fn list(db: &Db, user_id: Option<i64>) -> Result<Vec<Token>> {
    let mut query = sql(concat!("SELECT ", columns!(), " FROM token t"));
    if let Some(user_id) = user_id {
        query = query.and(" WHERE t.user_id = ?", user_id);
    }
    query
        .push(" ORDER BY CASE WHEN t.revoked_at IS NULL THEN 0 ELSE 1 END, t.id DESC LIMIT 1000")
        .all(db)
        .await?
        .iter_mut()
        .map(read)
        .collect()
}

/// Tokens of a user that could still be used.
pub(crate) async fn count_usable(tx: &mut Tx, user_id: i64, now_us: i64) -> Result<i64> {
    sql("SELECT COUNT(*) FROM token WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)")
        .bind(user_id)
        .bind(now_us)
        .one(tx)
        .await?
        .int()
}

pub(crate) async fn touch(tx: &mut Tx, id: i64, now_us: i64) -> Result<()> {
    sql("UPDATE token SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)")
        .bind(id)
        .bind(now_us)
        .run(tx)
        .await?;
    Ok(())
}

/// Revokes; `false` when it was revoked before.
pub(crate) async fn revoke(tx: &mut Tx, id: i64, now_us: i64) -> Result<bool> {
    let revoked = sql("UPDATE token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(now_us)
        .run(tx)
        .await?;
    Ok(revoked > 0)
}

fn read(row: &mut Row) -> Result<Token> {
    Ok(Token {
        id: row.int()?,
        user_id: row.int()?,
        label: row.text()?,
        scope: {
            let word = row.text()?;
            Scope::from_word(&word)
                .ok_or_else(|| Error::internal(format!("a token has the unknown scope {word}")))?
        },
        hint: row.text()?,
        created_at: timestamp(row.int()?),
        expires_at: row.opt_int()?.map(timestamp),
        used_at: row.opt_int()?.map(timestamp),
        revoked_at: row.opt_int()?.map(timestamp),
    })
}

fn read_with_user(mut row: Row) -> Result<(Token, User)> {
    Ok((read(&mut row)?, users::read(&mut row)?))
}

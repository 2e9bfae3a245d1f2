//! Sessions.

use super::users::{self, columns as user_columns};
use super::{Db, Row, Tx, number, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{Session, User};
use crate::rules::secret::SecretHash;

/// The columns of a session, for [`read`]; the table is `s`.
macro_rules! columns {
    () => {
        "s.id, s.user_id, s.created_at, s.seen_at, s.expires_at, s.address, s.user_agent, s.ends_at"
    };
}

/// A session as stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) session: Session,
    /// When it ends however much it is used, in microseconds.
    pub(crate) ends_at: i64,
}

pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, "session").await
}

pub(crate) async fn insert(tx: &mut Tx, stored: &Stored, hash: &SecretHash) -> Result<()> {
    let session = &stored.session;
    sql("INSERT INTO session (id, user_id, secret_hash, created_at, seen_at, expires_at, ends_at, address, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(session.id)
        .bind(session.user_id)
        .bind(hash.text())
        .bind(session.created_at.as_microsecond())
        .bind(session.seen_at.as_microsecond())
        .bind(session.expires_at.as_microsecond())
        .bind(stored.ends_at)
        .bind(session.address.as_deref())
        .bind(session.user_agent.as_deref())
        .run(tx)
        .await?;
    Ok(())
}

/// The session of a secret and its user, ended or not.
pub(crate) async fn find_by_secret(db: &Db, hash: &SecretHash) -> Result<Option<(Stored, User)>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        ", ",
        user_columns!(),
        " FROM session s JOIN app_user u ON u.id = s.user_id WHERE s.secret_hash = $1"
    ))
    .bind(hash.text())
    .first(db)
    .await?
    .map(read_with_user)
    .transpose()
}

/// The session of a number and its user, ended or not.
pub(crate) async fn find(db: &Db, id: i64) -> Result<Option<(Stored, User)>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        ", ",
        user_columns!(),
        " FROM session s JOIN app_user u ON u.id = s.user_id WHERE s.id = $1"
    ))
    .bind(id)
    .first(db)
    .await?
    .map(read_with_user)
    .transpose()
}

/// The sessions of a user that have not ended, newest first.
pub(crate) async fn list(db: &Db, user_id: i64, now_us: i64) -> Result<Vec<Session>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        " FROM session s WHERE s.user_id = $1 AND s.expires_at > $2 ORDER BY s.id DESC LIMIT 1000"
    ))
    .bind(user_id)
    .bind(now_us)
    .all(db)
    .await?
    .iter_mut()
    .map(|row| Ok(read(row)?.session))
    .collect()
}

/// Notes the use of a session and moves its end.
pub(crate) async fn touch(tx: &mut Tx, id: i64, now_us: i64, expires_at: i64) -> Result<()> {
    sql("UPDATE session SET seen_at = $2, expires_at = $3 WHERE id = $1 AND seen_at < $2")
        .bind(id)
        .bind(now_us)
        .bind(expires_at)
        .run(tx)
        .await?;
    Ok(())
}

/// Ends one session of a user; `false` when there is none such.
pub(crate) async fn end(tx: &mut Tx, id: i64, user_id: i64) -> Result<bool> {
    let ended = sql("DELETE FROM session WHERE id = $1 AND user_id = $2")
        .bind(id)
        .bind(user_id)
        .run(tx)
        .await?;
    Ok(ended > 0)
}

/// Ends the sessions of a user except one.
pub(crate) async fn end_all(tx: &mut Tx, user_id: i64, except: Option<i64>) -> Result<u64> {
    sql("DELETE FROM session WHERE user_id = $1 AND id <> $2")
        .bind(user_id)
        .bind(except.unwrap_or(0))
        .run(tx)
        .await
}

/// Removes sessions that have ended by themselves, and the oldest of a user beyond `keep`.
pub(crate) async fn prune(tx: &mut Tx, user_id: i64, keep: i64, now_us: i64) -> Result<()> {
    sql("DELETE FROM session WHERE expires_at <= $1")
        .bind(now_us)
        .run(tx)
        .await?;
    sql("DELETE FROM session WHERE user_id = $1 AND id NOT IN (SELECT id FROM session WHERE user_id = $1 ORDER BY id DESC LIMIT $2)")
        .bind(user_id)
        .bind(keep)
        .run(tx)
        .await?;
    Ok(())
}

fn read(row: &mut Row) -> Result<Stored> {
    Ok(Stored {
        session: Session {
            id: row.int()?,
            user_id: row.int()?,
            created_at: timestamp(row.int()?),
            seen_at: timestamp(row.int()?),
            expires_at: timestamp(row.int()?),
            address: row.opt_text()?,
            user_agent: row.opt_text()?,
        },
        ends_at: row.int()?,
    })
}

fn read_with_user(mut row: Row) -> Result<(Stored, User)> {
    Ok((read(&mut row)?, users::read(&mut row)?))
}

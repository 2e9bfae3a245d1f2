//! Users.

use super::db::Query;
use super::text::{contains, storable};
use super::{Db, Row, Tx, number, sql};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{Page, Paged, Role, User, UserFilter};
use crate::rules::person::name_key;

/// The columns of a user, for [`read`]; the table is `u`.
macro_rules! columns {
    () => {
        "u.id, u.name, u.display_name, u.email, u.role, u.grants, u.is_disabled, u.preferences, u.created_at, u.updated_at, u.last_login_at"
    };
}
pub(super) use columns;

/// A user with the stored hash of the password, where there is one.
pub(crate) struct WithPassword {
    pub(crate) user: User,
    pub(crate) password_hash: Option<String>,
}

/// Makes changes of who administers wait for each other until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx) -> Result<()> {
    sql("SELECT next FROM sequence WHERE name = 'user' {for_update}")
        .one(tx)
        .await
        .map(|_| ())
}

pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, "user").await
}

pub(crate) async fn any(db: &Db) -> Result<bool> {
    Ok(count(sql(COUNT).one(db).await?)? > 0)
}

pub(crate) async fn any_in(tx: &mut Tx) -> Result<bool> {
    Ok(count(sql(COUNT).one(tx).await?)? > 0)
}

const COUNT: &str = "SELECT COUNT(*) FROM app_user";

fn count(mut row: Row) -> Result<i64> {
    row.int()
}

/// How many enabled administrators there are besides this user.
pub(crate) async fn other_admins(tx: &mut Tx, id: i64) -> Result<i64> {
    count(
        sql("SELECT COUNT(*) FROM app_user WHERE role = $1 AND NOT is_disabled AND id <> $2")
            .bind(Role::Admin.word())
            .bind(id)
            .one(tx)
            .await?,
    )
}

pub(crate) async fn insert(tx: &mut Tx, user: &User, password_hash: Option<&str>) -> Result<()> {
    sql("INSERT INTO app_user (id, name, name_key, display_name, email, role, grants, is_disabled, preferences, password_hash, created_at, updated_at, search) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
        .bind(user.id)
        .bind(&user.name)
        .bind(name_key(&user.name))
        .bind(user.display_name.as_deref())
        .bind(user.email.as_deref())
        .bind(user.role.word())
        .bind(json(&user.grants))
        .bind(user.is_disabled)
        .bind(user.preferences.to_string())
        .bind(password_hash)
        .bind(user.created_at.as_microsecond())
        .bind(user.updated_at.as_microsecond())
        .bind(search_text(user))
        .run(tx)
        .await?;
    Ok(())
}

/// Writes everything about a user that may change, except the password and the last sign-in.
pub(crate) async fn update(tx: &mut Tx, user: &User) -> Result<()> {
    sql("UPDATE app_user SET display_name = $2, email = $3, role = $4, grants = $5, is_disabled = $6, preferences = $7, updated_at = $8, search = $9 WHERE id = $1")
        .bind(user.id)
        .bind(user.display_name.as_deref())
        .bind(user.email.as_deref())
        .bind(user.role.word())
        .bind(json(&user.grants))
        .bind(user.is_disabled)
        .bind(user.preferences.to_string())
        .bind(user.updated_at.as_microsecond())
        .bind(search_text(user))
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn set_password(tx: &mut Tx, id: i64, hash: &str, now_us: i64) -> Result<()> {
    sql("UPDATE app_user SET password_hash = $2, updated_at = $3 WHERE id = $1")
        .bind(id)
        .bind(hash)
        .bind(now_us)
        .run(tx)
        .await?;
    Ok(())
}

/// Notes a sign-in and, where there is one, the renewed hash; `false` when the password was changed or the user disabled
/// after `verified_hash` was read.
pub(crate) async fn signed_in(
    tx: &mut Tx,
    id: i64,
    verified_hash: &str,
    renewed_hash: Option<&str>,
    now_us: i64,
) -> Result<bool> {
    let changed = sql("UPDATE app_user SET last_login_at = $3, password_hash = COALESCE($4, password_hash) WHERE id = $1 AND password_hash = $2 AND NOT is_disabled")
        .bind(id)
        .bind(verified_hash)
        .bind(now_us)
        .bind(renewed_hash)
        .run(tx)
        .await?;
    Ok(changed == 1)
}

pub(crate) async fn find(db: &Db, id: i64) -> Result<Option<User>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        " FROM app_user u WHERE u.id = $1"
    ))
    .bind(id)
    .first(db)
    .await?
    .as_mut()
    .map(read)
    .transpose()
}

/// The user and the password's hash, held until the transaction ends.
pub(crate) async fn hold(tx: &mut Tx, id: i64) -> Result<Option<WithPassword>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        ", u.password_hash FROM app_user u WHERE u.id = $1 {for_update}"
    ))
    .bind(id)
    .first(tx)
    .await?
    .map(read_with_password)
    .transpose()
}

pub(crate) async fn find_with_password(db: &Db, id: i64) -> Result<Option<WithPassword>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        ", u.password_hash FROM app_user u WHERE u.id = $1"
    ))
    .bind(id)
    .first(db)
    .await?
    .map(read_with_password)
    .transpose()
}

/// The user of a sign-in name in lower case.
pub(crate) async fn find_by_key(db: &Db, key: &str) -> Result<Option<WithPassword>> {
    sql(concat!(
        "SELECT ",
        columns!(),
        ", u.password_hash FROM app_user u WHERE u.name_key = $1"
    ))
    .bind(storable(key))
    .first(db)
    .await?
    .map(read_with_password)
    .transpose()
}

pub(crate) async fn name_is_taken(tx: &mut Tx, key: &str) -> Result<bool> {
    Ok(sql("SELECT id FROM app_user WHERE name_key = $1")
        .bind(key)
        .first(tx)
        .await?
        .is_some())
}

/// A page of users by name.
pub(crate) async fn list(db: &Db, filter: &UserFilter, page: Page) -> Result<Paged<User>> {
    let conditions = |mut query: Query| {
        query = query.push(" WHERE 1 = 1");
        if let Some(search) = &filter.search {
            query = query.and(
                " AND u.search LIKE ? ESCAPE '!'",
                contains(&search.to_lowercase()),
            );
        }
        if let Some(role) = filter.role {
            query = query.and(" AND u.role = ?", role.word());
        }
        if let Some(is_disabled) = filter.is_disabled {
            query = query.and(" AND u.is_disabled = ?", is_disabled);
        }
        query
    };
    let total = count(
        conditions(sql("SELECT COUNT(*) FROM app_user u"))
            .one(db)
            .await?,
    )?;
    let rows = conditions(sql(concat!("SELECT ", columns!(), " FROM app_user u")))
        .push(" ORDER BY u.name_key, u.id")
        .and(" LIMIT ?", page.size)
        .and(" OFFSET ?", page.offset())
        .all(db)
        .await?;
    Ok(Paged {
        items: rows
            .into_iter()
            .map(|mut row| read(&mut row))
            .collect::<Result<_>>()?,
        total: total.unsigned_abs(),
        page,
    })
}

/// Reads [`columns`].
pub(super) fn read(row: &mut Row) -> Result<User> {
    Ok(User {
        id: row.int()?,
        name: row.text()?,
        display_name: row.opt_text()?,
        email: row.opt_text()?,
        role: {
            let word = row.text()?;
            Role::from_word(&word)
                .ok_or_else(|| Error::internal(format!("a user has the unknown role {word}")))?
        },
        grants: row.json()?,
        is_disabled: row.flag()?,
        preferences: row.json()?,
        created_at: timestamp(row.int()?),
        updated_at: timestamp(row.int()?),
        last_login_at: row.opt_int()?.map(timestamp),
    })
}

fn read_with_password(mut row: Row) -> Result<WithPassword> {
    Ok(WithPassword {
        user: read(&mut row)?,
        password_hash: row.opt_text()?,
    })
}

fn json(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}

/// What a search looks through, in lower case.
fn search_text(user: &User) -> String {
    let parts = [
        Some(user.name.as_str()),
        user.display_name.as_deref(),
        user.email.as_deref(),
    ];
    parts
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n")
        .to_lowercase()
}

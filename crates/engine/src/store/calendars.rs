//! Calendars, and the jobs that are subject to them.

use std::collections::HashMap;
use std::sync::Arc;

use orloj_schedule::{Calendar, CalendarSpec};

use super::{Db, On, Row, Tx, batch, jobs, number, shares, sql};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{Sharing, WorkCalendar};

/// Word of calendars in the table of shares.
const ENTITY: &str = "calendar";
/// Calendars in one list, at most.
const MOST: i64 = 1_000;

const COLUMNS: &str = "SELECT c.id, c.owner_id, c.name_en, c.name_ar, c.description, c.spec, c.is_shared_with_all, c.version, \
     (SELECT COUNT(*) FROM job_calendar u JOIN job j ON j.id = u.job_id WHERE u.calendar_id = c.id AND NOT j.is_deleted), \
     c.created_at, c.updated_at FROM calendar c WHERE 1 = 1";

/// Things of this user, and what is shared with them.
const USABLE: &str = " AND (c.owner_id = ? OR c.is_shared_with_all OR EXISTS (SELECT 1 FROM share h WHERE h.entity = 'calendar' AND h.entity_id = c.id AND h.user_id = ?))";

/// Compiled calendars by number.
pub(crate) type Compiled = HashMap<i64, Arc<Calendar>>;

fn read(mut row: Row) -> Result<WorkCalendar> {
    Ok(WorkCalendar {
        id: row.int()?,
        owner_id: row.int()?,
        name_en: row.text()?,
        name_ar: row.opt_text()?,
        description: row.opt_text()?,
        spec: row.json()?,
        sharing: Sharing {
            everybody: row.flag()?,
            users: Vec::new(),
        },
        version: row.int()?,
        jobs: row.int()?.unsigned_abs(),
        created_at: timestamp(row.int()?),
        updated_at: timestamp(row.int()?),
    })
}

pub(crate) async fn next_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, ENTITY).await
}

fn spec_text(calendar: &WorkCalendar) -> Result<String> {
    serde_json::to_string(&calendar.spec)
        .map_err(|error| Error::internal(format!("cannot store: {error}")))
}

pub(crate) async fn insert(tx: &mut Tx, calendar: &WorkCalendar) -> Result<()> {
    sql("INSERT INTO calendar (id, owner_id, name_en, name_ar, description, spec, version, is_shared_with_all, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
        .bind(calendar.id)
        .bind(calendar.owner_id)
        .bind(&calendar.name_en)
        .bind(calendar.name_ar.as_deref())
        .bind(calendar.description.as_deref())
        .bind(spec_text(calendar)?)
        .bind(calendar.version)
        .bind(calendar.sharing.everybody)
        .bind(calendar.created_at.as_microsecond())
        .bind(calendar.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    shares::set(tx, ENTITY, calendar.id, &calendar.sharing.users).await
}

/// Writes a changed calendar; answers false when it is not at `version` any more.
pub(crate) async fn update(tx: &mut Tx, calendar: &WorkCalendar, version: i64) -> Result<bool> {
    let changed = sql("UPDATE calendar SET name_en = $3, name_ar = $4, description = $5, spec = $6, version = $7, is_shared_with_all = $8, updated_at = $9 WHERE id = $1 AND version = $2")
        .bind(calendar.id)
        .bind(version)
        .bind(&calendar.name_en)
        .bind(calendar.name_ar.as_deref())
        .bind(calendar.description.as_deref())
        .bind(spec_text(calendar)?)
        .bind(calendar.version)
        .bind(calendar.sharing.everybody)
        .bind(calendar.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    shares::set(tx, ENTITY, calendar.id, &calendar.sharing.users).await?;
    Ok(changed == 1)
}

pub(crate) async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    shares::set(tx, ENTITY, id, &[]).await?;
    for statement in [
        "DELETE FROM job_calendar WHERE calendar_id = $1",
        "DELETE FROM calendar WHERE id = $1",
    ] {
        sql(statement).bind(id).run(&mut *tx).await?;
    }
    Ok(())
}

/// A calendar that this user may use, or any.
pub(crate) async fn find(db: &Db, id: i64, user: Option<i64>) -> Result<Option<WorkCalendar>> {
    let mut query = sql(COLUMNS).and(" AND c.id = ?", id);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let Some(row) = query.first(db).await? else {
        return Ok(None);
    };
    Ok(completed(db, vec![read(row)?]).await?.pop())
}

/// The calendars that this user may use, or all, by name.
pub(crate) async fn list(db: &Db, user: Option<i64>) -> Result<Vec<WorkCalendar>> {
    let mut query = sql(COLUMNS);
    if let Some(user) = user {
        query = query.and(USABLE, user);
    }
    let rows = query
        .push(" ORDER BY c.name_en, c.id")
        .and(" LIMIT ?", MOST)
        .all(db)
        .await?;
    completed(db, rows.into_iter().map(read).collect::<Result<_>>()?).await
}

/// Numbers of the calendars that this user may use.
pub(crate) async fn usable(db: &Db, user: i64) -> Result<Vec<i64>> {
    let rows = sql("SELECT c.id FROM calendar c WHERE 1 = 1")
        .and(USABLE, user)
        .push(" ORDER BY c.id")
        .all(db)
        .await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

async fn completed(db: &Db, mut all: Vec<WorkCalendar>) -> Result<Vec<WorkCalendar>> {
    let ids: Vec<i64> = all.iter().map(|calendar| calendar.id).collect();
    let mut users = shares::of(db, ENTITY, &ids).await?;
    for calendar in &mut all {
        calendar.sharing.users = users.remove(&calendar.id).unwrap_or_default();
    }
    Ok(all)
}

/// These calendars, compiled. One that does not compile any more (a zone that vanished) is logged and left out: what
/// needs it does not run rather than running on a holiday.
pub(crate) async fn compiled(on: impl Into<On<'_>>, ids: &[i64]) -> Result<Compiled> {
    if ids.is_empty() {
        return Ok(Compiled::new());
    }
    let rows = sql("SELECT id, name_en, spec FROM calendar WHERE id {each $1}")
        .bind(batch(ids))
        .all(on)
        .await?;
    let mut compiled = Compiled::with_capacity(rows.len());
    for mut row in rows {
        let (id, name) = (row.int()?, row.text()?);
        let spec: CalendarSpec = row.json()?;
        match spec.compile(id, &name) {
            Ok(calendar) => drop(compiled.insert(id, Arc::new(calendar))),
            Err(errors) => {
                tracing::error!(
                    calendar = id,
                    ?errors,
                    "the stored calendar does not compile"
                );
            }
        }
    }
    Ok(compiled)
}

/// Which jobs are subject to which calendars: `(job, calendar)`, in place of what these jobs had.
pub(crate) async fn set_uses(tx: &mut Tx, changed: &[i64], uses: &[(i64, i64)]) -> Result<()> {
    if !changed.is_empty() {
        sql("DELETE FROM job_calendar WHERE job_id {each $1}")
            .bind(batch(changed))
            .run(&mut *tx)
            .await?;
    }
    if !uses.is_empty() {
        let rows: Vec<serde_json::Value> = uses
            .iter()
            .map(|(job, calendar)| serde_json::json!([job, calendar]))
            .collect();
        sql("INSERT INTO job_calendar (job_id, calendar_id) SELECT r.job_id, r.calendar_id FROM {rows $1: job_id int, calendar_id int} r WHERE true ON CONFLICT DO NOTHING")
            .bind(batch(&rows))
            .run(tx)
            .await?;
    }
    Ok(())
}

/// The jobs that are subject to a calendar and not deleted.
pub(crate) async fn users(tx: &mut Tx, id: i64) -> Result<Vec<jobs::Definition>> {
    let rows = sql("SELECT u.job_id FROM job_calendar u JOIN job j ON j.id = u.job_id WHERE u.calendar_id = $1 AND NOT j.is_deleted ORDER BY u.job_id")
        .bind(id)
        .all(&mut *tx)
        .await?;
    let ids = rows
        .into_iter()
        .map(|mut row| row.int())
        .collect::<Result<Vec<_>>>()?;
    jobs::definitions_in(tx, &ids).await
}

//! Which jobs use a thing, and which things a job may use.

use std::collections::HashSet;

use super::text::contains;
use super::{Db, Row, sql};
use crate::error::Result;
use crate::model::ReferrerKind;
use crate::rules::uses::Noun;

/// A job with what it is given.
pub(crate) struct Use {
    pub(crate) job_id: i64,
    pub(crate) owner_id: i64,
    pub(crate) name: String,
    pub(crate) name_ar: Option<String>,
    pub(crate) parameters: serde_json::Value,
}

/// Jobs of this task function that are not deleted.
pub(crate) async fn jobs_of(db: &Db, function: &str) -> Result<Vec<Use>> {
    let rows = sql("SELECT id, owner_id, COALESCE(name_en, name_ar, ''), name_ar, parameters FROM job WHERE NOT is_deleted AND task_function = $1 ORDER BY id")
        .bind(function)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Use {
                job_id: row.int()?,
                owner_id: row.int()?,
                name: row.text()?,
                name_ar: row.opt_text()?,
                parameters: row.json()?,
            })
        })
        .collect()
}

/// Numbers of the things of a kind that this user may use, or of all.
pub(crate) async fn usable(db: &Db, noun: Noun, user: Option<i64>) -> Result<HashSet<i64>> {
    let mut query = match noun {
        Noun::File => sql("SELECT t.id FROM file t WHERE 1 = 1"),
        Noun::Software => sql("SELECT t.id FROM software t WHERE 1 = 1"),
        Noun::Group => sql("SELECT t.id FROM device_group t WHERE 1 = 1"),
        Noun::Device => sql("SELECT t.id FROM device t WHERE t.revoked_at IS NULL"),
    };
    if let Some(user) = user {
        query = query
            .and(" AND (t.owner_id = ? OR t.is_shared_with_all OR EXISTS (SELECT 1 FROM share h WHERE h.entity_id = t.id AND h.user_id = ?", user)
            .and(" AND h.entity = ?))", noun.entity());
    }
    query
        .all(db)
        .await?
        .into_iter()
        .map(|mut row| row.int())
        .collect()
}

/// Something whose settings may name secrets and connections.
pub(crate) struct Naming {
    pub(crate) kind: ReferrerKind,
    pub(crate) id: i64,
    pub(crate) owner_id: i64,
    pub(crate) name: String,
    pub(crate) name_ar: Option<String>,
    /// Parameters or settings.
    pub(crate) value: serde_json::Value,
}

impl From<Use> for Naming {
    fn from(job: Use) -> Self {
        Naming {
            kind: ReferrerKind::Job,
            id: job.job_id,
            owner_id: job.owner_id,
            name: job.name,
            name_ar: job.name_ar,
            value: job.parameters,
        }
    }
}

/// Jobs, connections and channels that may refer to secrets: to the one of this name, or to any. Only what the text says;
/// whether it is a reference is for the asker to see.
pub(crate) async fn with_references(db: &Db, name: Option<&str>) -> Result<Vec<Naming>> {
    let mut all = Vec::new();
    for (kind, text, with) in [
        (
            ReferrerKind::Job,
            "SELECT id, owner_id, COALESCE(name_en, name_ar, ''), name_ar, parameters FROM job WHERE NOT is_deleted",
            " AND parameters LIKE ? ESCAPE '!'",
        ),
        (
            ReferrerKind::Connection,
            "SELECT id, owner_id, name, NULL, settings FROM connection WHERE 1 = 1",
            " AND settings LIKE ? ESCAPE '!'",
        ),
        (
            ReferrerKind::Channel,
            CHANNELS,
            " AND settings LIKE ? ESCAPE '!'",
        ),
    ] {
        let mut query = sql(text).and(with, contains("\"$secret\""));
        if let Some(name) = name {
            query = query.and(with, contains(&format!("\"{name}\"")));
        }
        for row in query.push(" ORDER BY id").all(db).await? {
            all.push(naming(kind, row)?);
        }
    }
    Ok(all)
}

const CHANNELS: &str =
    "SELECT id, owner_id, name, NULL, settings FROM notification_channel WHERE 1 = 1";

/// All channels of notifications.
pub(crate) async fn channels(db: &Db) -> Result<Vec<Naming>> {
    let rows = sql(CHANNELS).push(" ORDER BY id").all(db).await?;
    rows.into_iter()
        .map(|row| naming(ReferrerKind::Channel, row))
        .collect()
}

fn naming(kind: ReferrerKind, mut row: Row) -> Result<Naming> {
    Ok(Naming {
        kind,
        id: row.int()?,
        owner_id: row.int()?,
        name: row.text()?,
        name_ar: row.opt_text()?,
        value: row.json()?,
    })
}

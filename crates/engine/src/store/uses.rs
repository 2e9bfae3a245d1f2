//! Which jobs use a thing, and which things a job may use.

use std::collections::HashSet;

use super::{Db, sql};
use crate::error::Result;
use crate::rules::uses::Noun;

/// A job with what it is given.
pub(crate) struct Use {
    pub(crate) job_id: i64,
    pub(crate) owner_id: i64,
    pub(crate) name: String,
    pub(crate) parameters: serde_json::Value,
}

/// Jobs of this task function that are not deleted.
pub(crate) async fn jobs_of(db: &Db, function: &str) -> Result<Vec<Use>> {
    let rows = sql("SELECT id, owner_id, COALESCE(name_en, name_ar, ''), parameters FROM job WHERE NOT is_deleted AND task_function = $1 ORDER BY id")
        .bind(function)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Use {
                job_id: row.int()?,
                owner_id: row.int()?,
                name: row.text()?,
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

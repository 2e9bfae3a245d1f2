//! The audit trail: rows that are only ever added, each bound to the one before it by a hash.
//!
//! The chain shows that a row was changed, taken out or put in. It cannot show that somebody with full access to the
//! database rewrote everything from some row on, head included: for that, keep the head's hash elsewhere.

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::db::Query;
use super::text::{begins_with, storable};
use super::{Db, Row, Tx, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{Actor, AuditEvent, AuditFilter, Page, Paged};
use crate::rules::secret::hex;

/// What happened, without secrets.
#[derive(Clone, Debug)]
pub(crate) struct AuditEntry {
    /// What: `job.created` and its like.
    pub(crate) action: &'static str,
    /// Kind of thing.
    pub(crate) entity: &'static str,
    /// Number of the thing.
    pub(crate) entity_id: Option<i64>,
    /// Name of the thing as it is now.
    pub(crate) entity_name: Option<String>,
    /// Who may see the event besides administrators and the actor.
    pub(crate) owner_id: Option<i64>,
    /// What changed. Never passwords, secrets, tokens, or addresses with credentials in them.
    pub(crate) details: Value,
}

/// How far a verification came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    /// Every row fits; the number of rows.
    Whole(u64),
    /// The first row that does not fit, or is missing.
    BrokenAt(i64),
}

/// Rows read at a time while verifying.
const STRIDE: i64 = 1_000;

const COLUMNS: &str = "SELECT id, at, actor_id, actor, via, action, entity, entity_id, entity_name, owner_id, details, hash FROM audit_event";

/// Appends to the chain. Appenders wait for each other until they commit, so record last, right before the commit.
pub(crate) async fn record(
    tx: &mut Tx,
    now_us: i64,
    actor: &Actor,
    entry: AuditEntry,
) -> Result<()> {
    let mut head = sql("SELECT last_id, last_hash FROM audit_head WHERE id = 1 {for_update}")
        .one(&mut *tx)
        .await?;
    let (last_id, last_hash) = (head.int()?, head.text()?);
    let link = Link {
        id: last_id + 1,
        at: now_us,
        actor_id: actor.user_id,
        actor: storable(&actor.name),
        via: storable(&actor.via),
        action: entry.action.to_owned(),
        entity: entry.entity.to_owned(),
        entity_id: entry.entity_id,
        entity_name: entry.entity_name.as_deref().map(storable),
        owner_id: entry.owner_id,
        details: entry.details.to_string(),
    };
    let hash = link.hash(&last_hash);
    sql("INSERT INTO audit_event (id, at, actor_id, actor, via, action, entity, entity_id, entity_name, owner_id, details, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
        .bind(link.id)
        .bind(link.at)
        .bind(link.actor_id)
        .bind(link.actor)
        .bind(link.via)
        .bind(link.action)
        .bind(link.entity)
        .bind(link.entity_id)
        .bind(link.entity_name)
        .bind(link.owner_id)
        .bind(link.details)
        .bind(&hash)
        .run(tx)
        .await?;
    sql("UPDATE audit_head SET last_id = $1, last_hash = $2 WHERE id = 1")
        .bind(link.id)
        .bind(&hash)
        .run(tx)
        .await?;
    Ok(())
}

/// A page of events, newest first. `visible_to` restricts to what that user did and what was done to their things.
pub(crate) async fn list(
    db: &Db,
    filter: &AuditFilter,
    visible_to: Option<i64>,
    page: Page,
) -> Result<Paged<AuditEvent>> {
    let conditions = |mut query: Query| {
        query = query.push(" WHERE 1 = 1");
        if let Some(user) = visible_to {
            query = query
                .and(" AND (actor_id = ?", user)
                .and(" OR owner_id = ?)", user);
        }
        if let Some(action) = &filter.action {
            query = if action.ends_with('.') {
                query.and(" AND action LIKE ? ESCAPE '!'", begins_with(action))
            } else {
                query.and(" AND action = ?", storable(action))
            };
        }
        if let Some(entity) = &filter.entity {
            query = query.and(" AND entity = ?", storable(entity));
        }
        if let Some(id) = filter.entity_id {
            query = query.and(" AND entity_id = ?", id);
        }
        if let Some(id) = filter.actor_id {
            query = query.and(" AND actor_id = ?", id);
        }
        if let Some(from) = filter.from {
            query = query.and(" AND at >= ?", from.as_microsecond());
        }
        if let Some(to) = filter.to {
            query = query.and(" AND at < ?", to.as_microsecond());
        }
        query
    };
    let total = conditions(sql("SELECT COUNT(*) FROM audit_event"))
        .one(db)
        .await?
        .int()?;
    let rows = conditions(sql(COLUMNS))
        .push(" ORDER BY id DESC")
        .and(" LIMIT ?", page.size)
        .and(" OFFSET ?", page.offset())
        .all(db)
        .await?;
    Ok(Paged {
        items: rows
            .into_iter()
            .map(|row| Ok(Link::read(row)?.0.into_event()))
            .collect::<Result<_>>()?,
        total: total.unsigned_abs(),
        page,
    })
}

/// Walks the whole chain as it is now.
pub(crate) async fn verify(db: &Db) -> Result<Chain> {
    let mut head = sql("SELECT last_id, last_hash FROM audit_head WHERE id = 1")
        .one(db)
        .await?;
    let (last_id, last_hash) = (head.int()?, head.text()?);
    let mut expected_id = 1;
    let mut hash = String::new();
    while expected_id <= last_id {
        let rows = sql(COLUMNS)
            .and(" WHERE id >= ?", expected_id)
            .and(" AND id <= ?", last_id)
            .push(" ORDER BY id")
            .and(" LIMIT ?", STRIDE)
            .all(db)
            .await?;
        if rows.is_empty() {
            return Ok(Chain::BrokenAt(expected_id));
        }
        for row in rows {
            let (link, stored) = Link::read(row)?;
            hash = link.hash(&hash);
            if link.id != expected_id || hash != stored {
                return Ok(Chain::BrokenAt(expected_id));
            }
            expected_id += 1;
        }
    }
    // Nothing may stand before the first link, and the head must be the last link's.
    let before = sql("SELECT MIN(id) FROM audit_event WHERE id < 1")
        .one(db)
        .await?
        .opt_int()?;
    if let Some(id) = before {
        return Ok(Chain::BrokenAt(id));
    }
    if hash != last_hash {
        return Ok(Chain::BrokenAt(last_id));
    }
    Ok(Chain::Whole(last_id.unsigned_abs()))
}

/// One row as it is hashed: everything but the hash itself.
struct Link {
    id: i64,
    at: i64,
    actor_id: i64,
    actor: String,
    via: String,
    action: String,
    entity: String,
    entity_id: Option<i64>,
    entity_name: Option<String>,
    owner_id: Option<i64>,
    /// JSON text exactly as stored: writing it anew could order its members differently.
    details: String,
}

impl Link {
    fn read(mut row: Row) -> Result<(Self, String)> {
        let link = Self {
            id: row.int()?,
            at: row.int()?,
            actor_id: row.int()?,
            actor: row.text()?,
            via: row.text()?,
            action: row.text()?,
            entity: row.text()?,
            entity_id: row.opt_int()?,
            entity_name: row.opt_text()?,
            owner_id: row.opt_int()?,
            details: row.text()?,
        };
        Ok((link, row.text()?))
    }

    /// SHA-256 over the hash before and the row as a JSON array, which no two different rows share.
    fn hash(&self, previous: &str) -> String {
        let row = serde_json::json!([
            self.id,
            self.at,
            self.actor_id,
            self.actor,
            self.via,
            self.action,
            self.entity,
            self.entity_id,
            self.entity_name,
            self.owner_id,
            self.details,
        ]);
        let mut digest = Sha256::new();
        digest.update(previous.as_bytes());
        digest.update(row.to_string().as_bytes());
        hex(&digest.finalize())
    }

    fn into_event(self) -> AuditEvent {
        let at: Timestamp = timestamp(self.at);
        AuditEvent {
            id: self.id,
            at,
            actor: self.actor,
            actor_id: self.actor_id,
            via: self.via,
            action: self.action,
            entity: self.entity,
            entity_id: self.entity_id,
            entity_name: self.entity_name,
            owner_id: self.owner_id,
            // A damaged row must still be shown.
            details: serde_json::from_str(&self.details).unwrap_or(Value::String(self.details)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Link;

    fn link() -> Link {
        Link {
            id: 7,
            at: 1_700_000_000_000_000,
            actor_id: 3,
            actor: "mona".to_owned(),
            via: "session:12".to_owned(),
            action: "job.created".to_owned(),
            entity: "job".to_owned(),
            entity_id: Some(5),
            entity_name: Some("Nightly".to_owned()),
            owner_id: Some(3),
            details: "{}".to_owned(),
        }
    }

    #[test]
    fn the_hash_covers_every_field_and_the_link_before() {
        let change: [fn(&mut Link); 12] = [
            |_| {},
            |link| link.id += 1,
            |link| link.at += 1,
            |link| link.actor_id += 1,
            |link| link.actor.push('x'),
            |link| link.via.push('x'),
            |link| link.action.push('x'),
            |link| link.entity.push('x'),
            |link| link.entity_id = None,
            |link| link.entity_name = None,
            |link| link.owner_id = None,
            |link| link.details = "{ }".to_owned(),
        ];
        let mut hashes: Vec<String> = change
            .into_iter()
            .map(|change| {
                let mut changed = link();
                change(&mut changed);
                changed.hash("before")
            })
            .collect();
        hashes.push(link().hash("another before"));
        let all = hashes.len();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), all);
    }

    #[test]
    fn the_hash_stays_what_it_is() {
        // Databases in use were written with it.
        assert_eq!(
            link().hash(""),
            "d9a4e334ee8cfc3a330f79a2e1fceefcb9dafe63c75d41e4eb86ee150b10c250"
        );
    }
}

//! The audit trail: reading, verifying, and recording refusals.

use serde_json::json;

use super::accounts_state::Sample;
use super::sign_in::stranger;
use crate::caller::{Caller, Need};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{AuditEvent, AuditFilter, Page, Paged, Refusal};
use crate::store::audit::{self, Chain};
pub(crate) use crate::store::audit::{AuditEntry, record};

/// Characters of what was wanted and why it was refused that are kept.
const KEPT_CHARS: usize = 200;

impl Engine {
    /// Records that a request was refused, as `access.denied`; at most a hundred a minute, the rest is counted in the
    /// next one that is recorded. Never fails: refusing must not depend on being able to write.
    pub async fn record_refusal(&self, refusal: Refusal) {
        let actor = refusal.actor.unwrap_or_else(|| stranger(refusal.address));
        let owner_id = (actor.user_id != 0).then_some(actor.user_id);
        self.record_sampled(
            Sample::Request,
            &actor,
            AuditEntry {
                action: "access.denied",
                entity: "request",
                entity_id: None,
                entity_name: Some(shortened(&refusal.wanted)),
                owner_id,
                details: json!({
                    "reason": shortened(&refusal.reason),
                    "address": refusal.address.map(|address| address.to_string()),
                }),
            },
        )
        .await;
    }
}

impl Caller {
    /// A page of the audit trail, newest first. Who is no administrator sees what they did themselves and what was
    /// done to what is theirs.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn audit_events(&self, filter: AuditFilter, page: Page) -> Result<Paged<AuditEvent>> {
        self.may(Need::Read)?;
        audit::list(
            &self.engine.inner.store.db,
            &filter,
            self.actor.visible_owner(),
            page,
        )
        .await
    }

    /// Checks that every event is as it was written and none is missing; answers how many there were. The result is
    /// itself recorded.
    ///
    /// # Errors
    /// `Conflict` naming the first event that does not fit; `Forbidden` to all but administrators.
    pub async fn verify_audit_chain(&self) -> Result<u64> {
        self.may(Need::Admin)?;
        let db = &self.engine.inner.store.db;
        let chain = audit::verify(db).await?;
        let now_us = self.engine.clock().now_us();
        let mut tx = db.begin().await?;
        self.record(
            &mut tx,
            now_us,
            AuditEntry {
                action: match chain {
                    Chain::Whole(_) => "audit.verified",
                    Chain::BrokenAt(_) => "audit.broken",
                },
                entity: "audit_event",
                entity_id: match chain {
                    Chain::Whole(_) => None,
                    Chain::BrokenAt(id) => Some(id),
                },
                entity_name: None,
                owner_id: None,
                details: match chain {
                    Chain::Whole(events) => json!({ "events": events }),
                    Chain::BrokenAt(_) => json!({}),
                },
            },
        )
        .await?;
        tx.commit().await?;
        match chain {
            Chain::Whole(events) => Ok(events),
            Chain::BrokenAt(id) => Err(Error::conflict(
                "audit_event",
                format!(
                    "the audit trail was changed: event {id} is missing or not as it was written"
                ),
            )),
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(KEPT_CHARS)
        .collect()
}

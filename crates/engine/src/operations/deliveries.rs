//! Deliveries of notifications: looked at, and tried again.

use serde_json::json;

use crate::caller::{Caller, Need};
use crate::error::{Error, Result};
use crate::model::{DeliveryFilter, NotificationDelivery, Page, Paged};
use crate::store::audit::{self, AuditEntry};
use crate::store::deliveries;

impl Caller {
    /// Deliveries, newest first: an administrator's everybody's, others' those of their rules and jobs.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn deliveries(
        &self,
        filter: DeliveryFilter,
        page: Page,
    ) -> Result<Paged<NotificationDelivery>> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let (items, total) =
            deliveries::list(db, &filter, self.actor.visible_owner(), page).await?;
        Ok(Paged { items, total, page })
    }

    /// A delivery.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it is somebody else's.
    pub async fn delivery(&self, id: i64) -> Result<NotificationDelivery> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        deliveries::find(db, id, self.actor.visible_owner())
            .await?
            .ok_or_else(|| Error::not_found("delivery"))
    }

    /// Tries a delivery again at once: one that was given up, waits for its next try, or is held for quiet hours.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it was sent, told in a summary, or is being sent.
    pub async fn retry_delivery(&self, id: i64) -> Result<NotificationDelivery> {
        self.may(Need::Run)?;
        let delivery = self.delivery(id).await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        if !deliveries::retry(&mut tx, id, now).await? {
            return Err(Error::conflict(
                "delivery",
                "it was sent, was told in a summary, or is being sent; there is nothing to try again",
            ));
        }
        let event = AuditEntry {
            action: "delivery.retried",
            entity: "delivery",
            entity_id: Some(id),
            entity_name: Some(delivery.channel_name),
            owner_id: Some(delivery.owner_id),
            details: json!({ "event": delivery.event }),
        };
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        engine.notices.nudge();
        self.delivery(id).await
    }
}

//! Servers: registered, read; and found again by the runs that watch them.

use serde_json::json;

use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};
use crate::model::{NewServer, Page, Paged, Server, ServerFilter};
use crate::store::audit::{self, AuditEntry};
use crate::store::servers;

const MAX_TEXT: usize = 255;
const MAX_HOST: usize = 253;
const MAX_URL: usize = 2_048;
const MAX_STATUS: usize = 64;

impl Caller {
    /// Registers a server.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit, and `/ownerId` when there is no such user; `Forbidden` for others'
    /// servers to all but administrators.
    pub async fn create_server(&self, new: NewServer) -> Result<Server> {
        self.may(Need::Change)?;
        let owner_id = new.owner_id.unwrap_or(self.actor.user_id);
        if owner_id != self.actor.user_id {
            self.may_own_for(owner_id).await?;
        }
        check(&new)?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let server = Server {
            id: servers::next_id(&mut tx).await?,
            owner_id,
            owner_alias: new.owner_alias,
            name: new.name.trim().to_owned(),
            host: new.host,
            port: new.port,
            url: new.url,
            status: new.status,
            connection_name: new.connection_name,
            user_name: new.user_name,
            created_at: timestamp(now),
            updated_at: timestamp(now),
        };
        servers::insert(&mut tx, &server).await?;
        audit::record(
            &mut tx,
            now,
            &self.actor,
            AuditEntry {
                action: "server.created",
                entity: "server",
                entity_id: Some(server.id),
                entity_name: Some(server.name.clone()),
                owner_id: Some(owner_id),
                details: json!({ "host": server.host, "port": server.port }),
            },
        )
        .await?;
        tx.commit().await?;
        Ok(server)
    }

    /// A server the caller sees.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else.
    pub async fn server(&self, id: i64) -> Result<Server> {
        self.may(Need::Read)?;
        servers::find(
            &self.engine.inner.store.db,
            &[id],
            self.actor.visible_owner(),
        )
        .await?
        .pop()
        .ok_or_else(|| Error::not_found("server"))
    }

    /// Servers the caller sees, in the order of their numbers.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn servers(&self, filter: ServerFilter, page: Page) -> Result<Paged<Server>> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let (items, total) = servers::list(db, &filter, self.actor.visible_owner(), page).await?;
        Ok(Paged { items, total, page })
    }
}

impl Engine {
    /// The servers with these numbers that a run of this owner's job may watch, in the order of the numbers given.
    pub(crate) async fn servers_for_run(&self, run_owner: i64, ids: &[i64]) -> Result<Vec<Server>> {
        let visible = self.cleanup_scope(run_owner, None).await?;
        let found = servers::find(&self.inner.store.db, ids, visible).await?;
        ids.iter()
            .map(|id| {
                found
                    .iter()
                    .find(|server| server.id == *id)
                    .cloned()
                    .ok_or_else(|| Error::not_found("server"))
            })
            .collect()
    }
}

fn check(new: &NewServer) -> Result<()> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, message: String, message_ar: String| {
        errors.push(FieldError {
            pointer: format!("/{field}"),
            message,
            message_ar: Some(message_ar),
        });
    };
    let mut text = |field: &str, text: Option<&str>, is_required: bool, most: usize| {
        let Some(text) = text else { return };
        if (is_required && text.trim().is_empty())
            || text.chars().count() > most
            || text.chars().any(char::is_control)
        {
            let least = usize::from(is_required);
            refuse(
                field,
                format!("must have {least} to {most} characters and no control characters"),
                format!("يجب أن يتكوّن من {least} إلى {most} محرفًا دون محارف تحكم"),
            );
        }
    };
    text("name", Some(&new.name), true, MAX_TEXT);
    text("status", Some(&new.status), true, MAX_STATUS);
    text("ownerAlias", new.owner_alias.as_deref(), false, MAX_TEXT);
    text(
        "connectionName",
        new.connection_name.as_deref(),
        false,
        MAX_TEXT,
    );
    text("userName", new.user_name.as_deref(), false, MAX_TEXT);
    let is_host = !new.host.is_empty()
        && new.host.chars().count() <= MAX_HOST
        && !new
            .host
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "/?#@\\".contains(c));
    if !is_host {
        refuse(
            "host",
            "must be the name or address of a host, without a scheme, path or blanks".to_owned(),
            "يجب أن يكون اسم مضيف أو عنوانه دون بروتوكول أو مسار أو فراغات".to_owned(),
        );
    }
    if new.port == Some(0) {
        refuse(
            "port",
            "must lie between 1 and 65535".to_owned(),
            "يجب أن يقع بين 1 و65535".to_owned(),
        );
    }
    if let Some(url) = &new.url {
        let has_scheme = ["http://", "https://"]
            .into_iter()
            .any(|scheme| url.len() > scheme.len() && url.starts_with(scheme));
        if !has_scheme
            || url.len() > MAX_URL
            || url.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            refuse(
                "url",
                format!(
                    "must be a web address beginning with http:// or https://, at most {MAX_URL} characters"
                ),
                format!(
                    "يجب أن يكون عنوان ويب يبدأ بـ http:// أو https:// ولا يتجاوز {MAX_URL} محرفًا"
                ),
            );
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid_fields(errors))
    }
}

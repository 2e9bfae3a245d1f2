//! Saved views: filters of a list under a name, one's own and those that others share.

use serde_json::{Value, json};

use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, FieldError, Result};
use crate::model::{NewView, SavedView, ViewPage};
use crate::store::audit::AuditEntry;
use crate::store::{users, views};

const MAX_NAME: usize = 60;
const MAX_QUERY: usize = 2_000;
/// Views of one user.
const MAX_VIEWS: i64 = 200;
/// Where the web page kept views before the server knew them: a list of `{name, query}` among the preferences.
const FORMER_HOME: &str = "jobViews";

impl Caller {
    /// The caller's views of a list, and those that others share, by name. Views that an earlier web page kept among the
    /// preferences move here first.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn saved_views(&self, page: ViewPage) -> Result<Vec<SavedView>> {
        self.may(Need::Read)?;
        if page == ViewPage::Jobs {
            self.adopt_former_views().await?;
        }
        views::visible(&self.engine.inner.store.db, self.actor.user_id, page).await
    }

    /// Saves a view, in place of the caller's earlier one of the same name.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the caller has too many.
    pub async fn save_view(&self, view: NewView) -> Result<SavedView> {
        self.may(Need::Account)?;
        let view = checked(view)?;
        let now = self.engine.inner.clock.now_us();
        let mut tx = self.engine.inner.store.db.begin().await?;
        let id = views::save(&mut tx, self.actor.user_id, &view, now).await?;
        if views::count(&mut tx, self.actor.user_id).await? > MAX_VIEWS {
            return Err(Error::conflict(
                "view",
                format!("nobody can have more than {MAX_VIEWS} saved views; delete one first"),
            ));
        }
        let saved = views::get(&mut tx, id).await?;
        let saved = saved.ok_or_else(|| Error::not_found("view"))?;
        let details = json!({ "page": view.page.word(), "shared": view.is_shared });
        self.record(&mut tx, now, entry("view.saved", &saved, details))
            .await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Deletes a view: the caller's own, or, for administrators, one that somebody shares.
    ///
    /// # Errors
    /// `NotFound` when there is none that the caller sees; `Forbidden` when it is another's.
    pub async fn delete_view(&self, id: i64) -> Result<()> {
        self.may(Need::Account)?;
        let now = self.engine.inner.clock.now_us();
        let mut tx = self.engine.inner.store.db.begin().await?;
        let is_own = |view: &SavedView| view.owner_id == self.actor.user_id;
        let view = views::get(&mut tx, id)
            .await?
            .filter(|view| is_own(view) || view.is_shared)
            .ok_or_else(|| Error::not_found("view"))?;
        if !is_own(&view) && !self.actor.is_admin() {
            return Err(Error::forbidden(
                "only its owner and administrators can delete a shared view",
            ));
        }
        views::delete(&mut tx, id).await?;
        let details = json!({ "page": view.page.word() });
        self.record(&mut tx, now, entry("view.deleted", &view, details))
            .await?;
        tx.commit().await
    }

    async fn adopt_former_views(&self) -> Result<()> {
        let db = &self.engine.inner.store.db;
        let user = users::find(db, self.actor.user_id).await?;
        if user.is_none_or(|user| user.preferences.get(FORMER_HOME).is_none()) {
            return Ok(());
        }
        let now = self.engine.inner.clock.now_us();
        let mut tx = db.begin().await?;
        // Once more under the lock: two pages that open together move them once.
        let Some(mut user) = users::hold(&mut tx, self.actor.user_id)
            .await?
            .map(|held| held.user)
        else {
            return Ok(());
        };
        let Some(former) = user
            .preferences
            .as_object_mut()
            .and_then(|preferences| preferences.remove(FORMER_HOME))
        else {
            return Ok(());
        };
        let known = views::visible(db, user.id, ViewPage::Jobs).await?;
        for old in former.as_array().into_iter().flatten() {
            let text = |name: &str| old.get(name).and_then(Value::as_str).map(str::to_owned);
            let (Some(name), Some(query)) = (text("name"), text("query")) else {
                continue;
            };
            let view = NewView {
                page: ViewPage::Jobs,
                name,
                query,
                is_shared: false,
            };
            // What never fitted is left behind, and what was saved since is not overwritten.
            if let Ok(view) = checked(view)
                && !known
                    .iter()
                    .any(|one| one.owner_id == user.id && one.name == view.name)
            {
                views::save(&mut tx, user.id, &view, now).await?;
            }
        }
        user.updated_at = timestamp(now);
        users::update(&mut tx, &user).await?;
        tx.commit().await
    }
}

fn checked(view: NewView) -> Result<NewView> {
    let name = view.name.trim().to_owned();
    let query = view.query.trim_start_matches('?').to_owned();
    let mut errors = Vec::new();
    let mut refuse = |field: &str, message: String, message_ar: String| {
        errors.push(FieldError {
            pointer: format!("/{field}"),
            message,
            message_ar: Some(message_ar),
        });
    };
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        refuse(
            "name",
            format!("1 to {MAX_NAME} characters, no control characters"),
            format!("من حرف واحد إلى {MAX_NAME} حرفًا دون محارف تحكم"),
        );
    }
    if query.len() > MAX_QUERY || query.chars().any(char::is_control) {
        refuse(
            "query",
            format!("at most {MAX_QUERY} bytes, no control characters"),
            format!("حتى {MAX_QUERY} بايت دون محارف تحكم"),
        );
    }
    if errors.is_empty() {
        Ok(NewView {
            name,
            query,
            ..view
        })
    } else {
        Err(Error::invalid_fields(errors))
    }
}

fn entry(action: &'static str, view: &SavedView, details: Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "view",
        entity_id: Some(view.id),
        entity_name: Some(view.name.clone()),
        owner_id: Some(view.owner_id),
        details,
    }
}

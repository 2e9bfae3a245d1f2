//! Connections: stored with their secret fields sealed, tried out, and opened for the runs that use them.

use orloj_tasks::{ConnectionKind, ParameterError, connection_tables, try_connection};
use serde_json::{Map, Value, json};

use super::accounts_state::random;
use super::referrers::Named;
use super::secrets::{Wrong, name_taken, shared_words, tidy};
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};
use crate::model::{Connection, ConnectionPatch, ConnectionTest, NewConnection};
use crate::rules::connections::{Split, split};
use crate::rules::secrets::{Hidden, Place, SecretKey};
use crate::store::audit::{self, AuditEntry};
use crate::store::connections::{self, Fields};
use crate::store::{StoreLocation, Tx};

const MAX_TABLES: usize = 1_000;
const MAX_TABLE: usize = 255;

impl Caller {
    /// Connections that the caller may use, by name; administrators see all, and the built-in one. Of very many, the
    /// first thousand.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn connections(&self) -> Result<Vec<Connection>> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let mut all = connections::list(db, self.actor.visible_owner()).await?;
        for connection in &mut all {
            self.hide_sharing(connection.owner_id, &mut connection.sharing);
        }
        if self.actor.is_admin() {
            all.insert(0, self.engine.history_connection());
        }
        Ok(all)
    }

    /// A connection that the caller may use.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it belongs to somebody else who does not share it.
    pub async fn connection(&self, id: i64) -> Result<Connection> {
        self.may(Need::Read)?;
        if id == 0 && self.actor.is_admin() {
            return Ok(self.engine.history_connection());
        }
        let db = &self.engine.inner.store.db;
        let mut found = connections::find(db, id, self.actor.visible_owner())
            .await?
            .ok_or_else(|| Error::not_found("connection"))?;
        self.hide_sharing(found.owner_id, &mut found.sharing);
        Ok(found)
    }

    /// Stores a connection.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Conflict` when the owner has one of this name, or a value is to be
    /// sealed and there is no key; `Forbidden` for others' connections to all but administrators.
    pub async fn create_connection(&self, new: NewConnection) -> Result<Connection> {
        self.may(Need::Change)?;
        let owner_id = new.owner_id.unwrap_or(self.actor.user_id);
        if owner_id != self.actor.user_id {
            self.may_own_for(owner_id).await?;
        }
        let kind = self.kind(&new.kind)?;
        let mut wrong = Wrong::default();
        name(&mut wrong, &new.name);
        wrong.description(new.description.as_deref());
        tables(&mut wrong, &new.allowed_tables);
        wrong.sharing(&new.sharing);
        let split = self.split(kind, &new.settings, &[], None, &mut wrong);
        wrong.into_result()?;
        self.check_references(owner_id, [("/settings".to_owned(), &split.clear)])
            .await?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let connection = Connection {
            id: connections::next_id(&mut tx).await?,
            owner_id,
            name: new.name,
            description: new.description,
            kind: new.kind,
            sealed_fields: split.values.keys().cloned().collect(),
            settings: split.clear.clone(),
            is_read_only: new.is_read_only,
            allowed_tables: new.allowed_tables,
            sharing: tidy(&mut tx, new.sharing, owner_id).await?,
            created_at: timestamp(now),
            updated_at: timestamp(now),
        };
        let fields = self
            .sealed(&mut tx, &connection, &split, Fields::new())
            .await?;
        connections::insert(&mut tx, &connection, &fields)
            .await
            .map_err(|error| name_taken(error, "connection"))?;
        let details =
            json!({ "kind": connection.kind, "sharedWith": shared_words(&connection.sharing) });
        let event = entry("connection.created", &connection, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(connection)
    }

    /// Changes a connection. Its kind stays.
    ///
    /// # Errors
    /// As [`Caller::create_connection`]; `Forbidden` for those with whom it is only shared; `Conflict` for the built-in one.
    pub async fn update_connection(&self, id: i64, patch: ConnectionPatch) -> Result<Connection> {
        self.may(Need::Change)?;
        let mut connection = self.managed(id).await?;
        let engine = &self.engine.inner;
        let kind = self.kind(&connection.kind)?;
        let mut wrong = Wrong::default();
        if let Some(new) = &patch.name {
            name(&mut wrong, new);
        }
        wrong.description(patch.description.as_ref().and_then(|text| text.as_deref()));
        if let Some(list) = &patch.allowed_tables {
            tables(&mut wrong, list);
        }
        if let Some(sharing) = &patch.sharing {
            wrong.sharing(sharing);
        }
        let split = patch.settings.as_ref().map(|settings| {
            let present = (&connection.settings, connection.sealed_fields.as_slice());
            self.split(kind, settings, present.1, Some(present.0), &mut wrong)
        });
        wrong.into_result()?;
        if let Some(split) = &split {
            let at = [("/settings".to_owned(), &split.clear)];
            self.check_references(connection.owner_id, at).await?;
        }
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        // Held to the end of the transaction, so that the sealed values read next are those of the key in force.
        let _ = crate::store::secrets::key_check(&mut tx).await?;
        let mut fields = connections::fields(&mut tx, id).await?;
        let details = json!({ "changed": {
            "name": patch.name.is_some(),
            "description": patch.description.is_some(),
            "settings": patch.settings.is_some(),
            "readOnly": patch.is_read_only,
            "allowedTables": patch.allowed_tables.is_some(),
            "sharedWith": patch.sharing.as_ref().map(shared_words),
        } });
        if let Some(name) = patch.name {
            connection.name = name;
        }
        if let Some(description) = patch.description {
            connection.description = description;
        }
        if let Some(is_read_only) = patch.is_read_only {
            connection.is_read_only = is_read_only;
        }
        if let Some(tables) = patch.allowed_tables {
            connection.allowed_tables = tables;
        }
        if let Some(sharing) = patch.sharing {
            connection.sharing = tidy(&mut tx, sharing, connection.owner_id).await?;
        }
        if let Some(split) = split {
            fields.retain(|name, _| split.kept.contains(name));
            fields = self.sealed(&mut tx, &connection, &split, fields).await?;
            connection.sealed_fields = fields.keys().cloned().collect();
            connection.settings = split.clear;
        }
        connection.updated_at = timestamp(now);
        connections::update(&mut tx, &connection, &fields)
            .await
            .map_err(|error| name_taken(error, "connection"))?;
        let event = entry("connection.updated", &connection, details);
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(connection)
    }

    /// Deletes a connection. What uses it fails from then on: so only with `force` while anything does.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for those with whom it is only shared; `Conflict` for the built-in one, and while it is in
    /// use, naming what uses it.
    pub async fn delete_connection(&self, id: i64, force: bool) -> Result<()> {
        self.may(Need::Change)?;
        let connection = self.managed(id).await?;
        if !force {
            self.refuse_while_named(Named::Connection, id, &connection.name)
                .await?;
        }
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        connections::delete(&mut tx, id).await?;
        let event = entry("connection.deleted", &connection, json!({}));
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await
    }

    /// Tries a connection out, as far as is possible without changing anything on the other side.
    ///
    /// # Errors
    /// `NotFound`. That the connection does not work is no error, but the answer.
    pub async fn test_connection(&self, id: i64) -> Result<ConnectionTest> {
        self.may(Need::Change)?;
        let connection = self.connection(id).await?;
        let engine = &self.engine.inner;
        let hidden = Hidden::default();
        let opened = match self.clear_settings(connection.clone(), &hidden).await? {
            Ok(opened) => opened,
            Err(untried) => return Ok(untried),
        };
        let tried = Box::pin(try_connection(&opened, &engine.config.policy)).await;
        let works = tried.is_ok();
        let (Ok(text) | Err(text)) = tried;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let event = entry("connection.tested", &connection, json!({ "works": works }));
        audit::record(&mut tx, now, &self.actor, event).await?;
        tx.commit().await?;
        Ok(ConnectionTest {
            works,
            message: hidden.text(text.en.into_owned()),
            message_ar: hidden.text(text.ar.into_owned()),
        })
    }

    /// Tables of a connection to a database that are open to jobs, asked from the database itself.
    ///
    /// # Errors
    /// `NotFound`. That the database does not answer is no error, but the answer.
    pub async fn tables_of_connection(
        &self,
        id: i64,
    ) -> Result<std::result::Result<Vec<String>, ConnectionTest>> {
        self.may(Need::Change)?;
        let connection = self.connection(id).await?;
        let hidden = Hidden::default();
        let opened = match self.clear_settings(connection, &hidden).await? {
            Ok(opened) => opened,
            Err(untried) => return Ok(Err(untried)),
        };
        let policy = &self.engine.inner.config.policy;
        let asked = Box::pin(connection_tables(&opened, policy)).await;
        Ok(asked.map_err(|text| ConnectionTest {
            works: false,
            message: hidden.text(text.en.into_owned()),
            message_ar: hidden.text(text.ar.into_owned()),
        }))
    }

    /// The settings as functions read them, or in what words they cannot be read.
    async fn clear_settings(
        &self,
        connection: Connection,
        hidden: &Hidden,
    ) -> Result<std::result::Result<Value, ConnectionTest>> {
        if connection.is_builtin() {
            return self.engine.history_value().map(Ok);
        }
        match self.engine.opened(connection, hidden).await {
            Ok(opened) => Ok(Ok(opened)),
            Err(error) if error.fields.is_empty() => Err(error),
            Err(error) => {
                let message_ar = error.fields.into_iter().find_map(|field| field.message_ar);
                Ok(Err(ConnectionTest {
                    works: false,
                    message_ar: message_ar.unwrap_or_else(|| error.message.clone()),
                    message: error.message,
                }))
            }
        }
    }

    /// A connection that the caller may change.
    async fn managed(&self, id: i64) -> Result<Connection> {
        let connection = self.connection(id).await?;
        if connection.is_builtin() {
            return Err(Error::conflict(
                "connection",
                "this connection is built in and cannot be changed",
            ));
        }
        self.may_manage(connection.owner_id)?;
        Ok(connection)
    }

    /// The kind of this word, if the caller may write its settings.
    fn kind(&self, key: &str) -> Result<&'static ConnectionKind> {
        let kind = ConnectionKind::find(key).ok_or_else(|| {
            Error::invalid_fields(vec![FieldError {
                pointer: "/kind".to_owned(),
                message: "there is no such kind; GET /api/v1/connection-kinds lists them"
                    .to_owned(),
                message_ar: Some(
                    "لا يوجد نوع كهذا؛ القائمة في GET /api/v1/connection-kinds".to_owned(),
                ),
            }])
        })?;
        if kind.is_for_administrators && !self.actor.is_admin() {
            return Err(Error::forbidden(
                "connections of this kind reach files of the server: only administrators make and change them",
            ));
        }
        Ok(kind)
    }

    /// Judges settings and parts what is sealed from what is not.
    fn split(
        &self,
        kind: &ConnectionKind,
        settings: &Value,
        sealed: &[String],
        before: Option<&Value>,
        wrong: &mut Wrong,
    ) -> Split {
        let secret_fields: Vec<&str> = kind.secret_fields().collect();
        let split = split(settings, &secret_fields, sealed);
        for ParameterError {
            pointer, message, ..
        } in kind.check(&split.checkable).err().unwrap_or_default()
        {
            if !split.is_open(&pointer) {
                let (en, ar) = (message.en.into_owned(), message.ar.into_owned());
                wrong.add(&format!("/settings{pointer}"), en, ar);
            }
        }
        for pointer in &split.broken {
            wrong.add(
                &format!("/settings{pointer}"),
                "is neither a value, nor {\"$secret\": \"name\"}, nor {\"$set\": true} for a value that is there".to_owned(),
                "ليس قيمة ولا {\"$secret\": \"name\"} ولا {\"$set\": true} لقيمة موجودة".to_owned(),
            );
        }
        let opens_private = split.clear["allowPrivateAddresses"] == true;
        if opens_private && !self.actor.is_admin() && before != Some(&split.clear) {
            wrong.add(
                "/settings/allowPrivateAddresses",
                "only administrators may make or change connections to private addresses"
                    .to_owned(),
                "لا ينشئ الاتصالات إلى العناوين الخاصة ولا يعدّلها إلا المديرون".to_owned(),
            );
        }
        if kind.key == "sqlite" && self.is_own_file(&split.clear) {
            wrong.add(
                "/settings/path",
                format!(
                    "is the scheduler's own database; use the connection `{}`",
                    Connection::HISTORY
                ),
                format!(
                    "هذه قاعدة بيانات المجدول نفسه؛ استخدم الاتصال `{}`",
                    Connection::HISTORY
                ),
            );
        }
        split
    }

    fn is_own_file(&self, settings: &Value) -> bool {
        let (StoreLocation::SqliteFile(own) | StoreLocation::SqliteThrowAway(own)) =
            &self.engine.inner.config.store
        else {
            return false;
        };
        let Some(path) = settings["path"].as_str().map(std::path::Path::new) else {
            return false;
        };
        path == own
            || matches!((path.canonicalize(), own.canonicalize()), (Ok(one), Ok(other)) if one == other)
    }

    /// Adds the new values, sealed, to those that stay.
    async fn sealed(
        &self,
        tx: &mut Tx,
        connection: &Connection,
        split: &Split,
        mut fields: Fields,
    ) -> Result<Fields> {
        if split.values.is_empty() {
            return Ok(fields);
        }
        let key = self.engine.inner.keys.sealing(tx).await?;
        for (name, value) in &split.values {
            let place = Place::Field(connection.id, connection.owner_id, name);
            fields.insert(name.clone(), key.seal(place, value, &random()?)?);
        }
        Ok(fields)
    }
}

impl Engine {
    /// The settings of the connection that this name means for a run of this user's job, all in clear. Its secret
    /// values go among the hidden ones first.
    pub(crate) async fn connection_for_run(
        &self,
        user: i64,
        name: &str,
        hidden: &Hidden,
    ) -> Result<Value> {
        let db = &self.inner.store.db;
        if name == Connection::HISTORY && self.cleanup_scope(user, None).await?.is_none() {
            return self.history_value();
        }
        match connections::usable(db, user, name).await? {
            Some(connection) => self.opened(connection, hidden).await,
            None => Err(Error::new(
                crate::error::Kind::NotFound,
                format!("there is no connection `{name}` that the job's owner may use"),
            )),
        }
    }

    /// The settings of a connection as functions read them. References are resolved with the rights of its owner.
    async fn opened(&self, connection: Connection, hidden: &Hidden) -> Result<Value> {
        let fields = connections::fields(&self.inner.store.db, connection.id).await?;
        let clear = self
            .resolved(connection.owner_id, &connection.settings, hidden)
            .await?;
        let mut settings = match clear {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        if !fields.is_empty() {
            let key: SecretKey = self.inner.keys.key()?;
            for (name, sealed) in fields {
                let place = Place::Field(connection.id, connection.owner_id, &name);
                let value = key.open(place, &sealed)?;
                hidden.add(&value);
                settings.insert(name, Value::String(value.as_str().to_owned()));
            }
        }
        settings.insert("type".to_owned(), Value::String(connection.kind));
        settings.insert("readOnly".to_owned(), json!(connection.is_read_only));
        settings.insert("allowedTables".to_owned(), json!(connection.allowed_tables));
        Ok(Value::Object(settings))
    }
}

fn name(wrong: &mut Wrong, name: &str) {
    wrong.name(name);
    if name == Connection::HISTORY {
        wrong.add(
            "/name",
            "is the name of the built-in connection".to_owned(),
            "هذا اسم الاتصال المدمج".to_owned(),
        );
    }
}

fn tables(wrong: &mut Wrong, tables: &[String]) {
    let fits = |table: &String| {
        (1..=MAX_TABLE).contains(&table.chars().count()) && !table.chars().any(char::is_control)
    };
    if tables.len() > MAX_TABLES || !tables.iter().all(fits) {
        wrong.add(
            "/allowedTables",
            format!("at most {MAX_TABLES} names of 1 to {MAX_TABLE} characters; `*` stands for all"),
            format!("{MAX_TABLES} اسم على الأكثر، طول كل منها بين 1 و{MAX_TABLE} محرفًا؛ والرمز `*` يعني الكل"),
        );
    }
}

fn entry(action: &'static str, connection: &Connection, details: Value) -> AuditEntry {
    AuditEntry {
        action,
        entity: "connection",
        entity_id: Some(connection.id),
        entity_name: Some(connection.name.clone()),
        owner_id: Some(connection.owner_id),
        details,
    }
}

//! The built-in connection to the scheduler's own history, for administrators' jobs that report and export.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{Connection, Sharing};
use crate::store::StoreLocation;

/// Tables with what was due and what ran. Accounts, sessions, secrets and the audit trail are not among them.
const TABLES: [&str; 7] = [
    "job",
    "fire",
    "skip",
    "live",
    "execution",
    "attempt",
    "instance",
];

impl Engine {
    /// The connection as it is listed.
    pub(crate) fn history_connection(&self) -> Connection {
        let kind = match self.inner.config.store {
            StoreLocation::Postgres(_) => "postgres",
            StoreLocation::SqliteFile(_) | StoreLocation::SqliteThrowAway(_) => "sqlite",
        };
        let since = timestamp(self.inner.instance.started_at.as_microsecond());
        Connection {
            id: 0,
            owner_id: 0,
            name: Connection::HISTORY.to_owned(),
            description: Some("The scheduler's own history, for administrators' jobs.".to_owned()),
            kind: kind.to_owned(),
            settings: json!({}),
            sealed_fields: Vec::new(),
            is_read_only: true,
            allowed_tables: TABLES.map(str::to_owned).to_vec(),
            sharing: Sharing::default(),
            created_at: since,
            updated_at: since,
        }
    }

    /// Its settings as functions read them.
    pub(crate) fn history_value(&self) -> Result<Value> {
        let mut value = match &self.inner.config.store {
            StoreLocation::SqliteFile(path) | StoreLocation::SqliteThrowAway(path) => {
                let path = std::path::absolute(path)
                    .map_err(|error| Error::unavailable(format!("no working folder: {error}")))?;
                json!({ "type": "sqlite", "path": path })
            }
            StoreLocation::Postgres(url) => postgres(url)?,
        };
        value["readOnly"] = json!(true);
        value["allowedTables"] = json!(TABLES);
        Ok(value)
    }
}

fn postgres(url: &str) -> Result<Value> {
    let unreadable = || Error::internal("the URL of the store cannot be read again");
    let options: PgConnectOptions = url.parse().map_err(|_| unreadable())?;
    let parsed: Url = url.parse().map_err(|_| unreadable())?;
    let password = parsed
        .password()
        .map(|password| percent_decode_str(password).decode_utf8_lossy());
    let tls = match options.get_ssl_mode() {
        PgSslMode::Disable => "off",
        PgSslMode::Allow | PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa | PgSslMode::VerifyFull => "verify",
    };
    // The store's own line reads this file too; functions are handed what is in it.
    let root = parsed
        .query_pairs()
        .find(|(name, _)| matches!(&**name, "sslrootcert" | "ssl-root-cert" | "ssl-ca"))
        .map(|(_, path)| std::fs::read_to_string(&*path))
        .transpose()
        .map_err(|error| {
            Error::unavailable(format!("the root certificate of the store: {error}"))
        })?;
    Ok(json!({
        "type": "postgres",
        "host": options.get_host(),
        "port": options.get_port(),
        "database": options.get_database().unwrap_or(options.get_username()),
        "username": options.get_username(),
        "password": password,
        "tls": tls,
        "caCertificate": root,
        "allowPrivateAddresses": true,
    }))
}

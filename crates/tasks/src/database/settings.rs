//! The settings of a connection to a database, and opening it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use sqlx::Connection;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::catalogue::Table;
use super::link::Link;
use super::trouble::Trouble;
use crate::outbound::{AddressRules, host_of, resolve};
use crate::outcome::Cause;
use crate::policy::Policy;

/// How long opening may take.
const OPENING: Duration = Duration::from_secs(15);
/// How long a statement waits for another writer of the same SQLite file.
const BUSY: Duration = Duration::from_secs(20);

/// Which language the database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

impl Dialect {
    /// A name from the catalogue as part of a statement.
    pub(crate) fn quote(self, name: &str) -> String {
        match self {
            Self::Mysql => format!("`{}`", name.replace('`', "``")),
            Self::Sqlite | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// The word for results.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }
}

/// How the line to a server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Not at all.
    Off,
    /// Encrypted when the server can; nobody checks who it is.
    Prefer,
    /// Encrypted or nothing; nobody checks who it is.
    Require,
    /// Encrypted, and the certificate must be the host's.
    Verify,
}

impl Tls {
    fn read(value: Option<&Value>) -> Result<Self, String> {
        match value {
            None | Some(Value::Null) => Ok(Self::Prefer),
            Some(Value::Bool(true)) => Ok(Self::Verify),
            Some(Value::Bool(false)) => Ok(Self::Off),
            Some(Value::String(word)) => match word.as_str() {
                "off" | "none" | "disable" => Ok(Self::Off),
                "prefer" => Ok(Self::Prefer),
                "require" => Ok(Self::Require),
                "verify" | "verify-full" => Ok(Self::Verify),
                _ => Err("tls of the connection is off, prefer, require or verify".to_owned()),
            },
            Some(_) => Err("tls of the connection is off, prefer, require or verify".to_owned()),
        }
    }
}

/// What the host knows about the database. Members beyond these are its own affair.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    #[serde(rename = "type")]
    kind: String,
    path: Option<PathBuf>,
    host: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    username: Option<String>,
    password: Option<String>,
    tls: Option<Value>,
    ca_certificate: Option<String>,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    allowed_tables: Vec<String>,
    #[serde(default)]
    allow_private_addresses: bool,
}

/// A database and what may be done with it.
pub(crate) struct Settings {
    place: Place,
    /// Nothing may be changed.
    pub(crate) read_only: bool,
    /// Tables that jobs may touch; `*` stands for all.
    allowed_tables: Vec<String>,
    allow_private_addresses: bool,
}

/// Where the database is.
pub(crate) enum Place {
    File(PathBuf),
    Server(Server),
}

/// A database server.
pub(crate) struct Server {
    pub(crate) dialect: Dialect,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: String,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) tls: Tls,
    /// A further trusted root, as PEM.
    pub(crate) ca_certificate: Option<String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("dialect", &self.dialect())
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads what the host gave. The message never shows a value, which may be a secret.
    pub(crate) fn read(value: Value) -> Result<Self, String> {
        let raw: Raw = serde_json::from_value(value)
            .map_err(|_| "the settings of the database are not complete".to_owned())?;
        let (read_only, allow_private_addresses) = (raw.read_only, raw.allow_private_addresses);
        let allowed_tables = raw.allowed_tables.clone();
        let place = match raw.kind.as_str() {
            "sqlite" => {
                let path = raw.path.ok_or("the connection names no database file")?;
                if !path.is_absolute() {
                    return Err("the path of the database file must be absolute".to_owned());
                }
                Place::File(path)
            }
            "postgres" | "postgresql" => Place::Server(Server::read(raw, Dialect::Postgres)?),
            "mysql" | "mariadb" => Place::Server(Server::read(raw, Dialect::Mysql)?),
            _ => return Err("the connection is not one to a database".to_owned()),
        };
        Ok(Self {
            place,
            read_only,
            allowed_tables,
            allow_private_addresses,
        })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match &self.place {
            Place::File(_) => Dialect::Sqlite,
            Place::Server(server) => server.dialect,
        }
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the allow-list opens the whole database.
    pub(crate) fn allows_everything(&self) -> bool {
        self.allowed_tables.iter().any(|entry| entry == "*")
    }

    /// Whether jobs may touch this table.
    pub(crate) fn allows(&self, table: &Table) -> bool {
        self.allows_everything()
            || self
                .allowed_tables
                .iter()
                .any(|entry| table.is_called(entry))
    }

    /// The address of the server that the rules permit; `None` for a file.
    pub(crate) async fn address(&self, policy: &Policy) -> Result<Option<SocketAddr>, Trouble> {
        let Place::Server(server) = &self.place else {
            return Ok(None);
        };
        let rules = AddressRules::new(&Policy {
            allow_private_addresses: policy.allow_private_addresses || self.allow_private_addresses,
            allowed_hosts: policy.allowed_hosts.clone(),
            ..Policy::default()
        });
        let host = host_of(&server.host).ok_or_else(|| {
            Trouble::refused("the connection's host is not a host name or address")
        })?;
        let host = match &host {
            url::Host::Domain(name) => url::Host::Domain(name.as_str()),
            url::Host::Ipv4(address) => url::Host::Ipv4(*address),
            url::Host::Ipv6(address) => url::Host::Ipv6(*address),
        };
        let found = resolve(host, server.port, &rules)
            .await
            .map_err(|refusal| Trouble {
                cause: Cause::Network,
                message: refusal.to_string(),
            })?;
        Ok(found.first().copied())
    }

    /// Opens the database.
    pub(crate) async fn open(&self, policy: &Policy) -> Result<Link, Trouble> {
        let address = self.address(policy).await?;
        let opening = async {
            match &self.place {
                Place::File(path) => self.open_file(path).await,
                Place::Server(server) => {
                    // A certificate is checked against the name, so there the name goes along.
                    let host = match address {
                        Some(address) if server.tls != Tls::Verify => address.ip().to_string(),
                        _ => server.host.clone(),
                    };
                    match server.dialect {
                        Dialect::Mysql => server.open_mysql(&host, self.read_only).await,
                        _ => server.open_postgres(&host, self.read_only).await,
                    }
                }
            }
        };
        tokio::time::timeout(OPENING, Box::pin(opening))
            .await
            .map_err(|_| Trouble {
                cause: Cause::Timeout,
                message: "the database did not answer in time".to_owned(),
            })?
    }

    async fn open_file(&self, path: &PathBuf) -> Result<Link, Trouble> {
        if !path.is_file() {
            return Err(Trouble::refused("the database file is not there"));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .read_only(self.read_only)
            .busy_timeout(BUSY);
        Ok(Link::Sqlite(
            SqliteConnection::connect_with(&options).await?,
        ))
    }
}

impl Server {
    fn read(raw: Raw, dialect: Dialect) -> Result<Self, String> {
        let lacking = |what: &str| format!("the connection to the database has no {what}");
        let tls = Tls::read(raw.tls.as_ref())?;
        let server = Self {
            dialect,
            host: raw.host.ok_or_else(|| lacking("host"))?,
            port: raw.port.unwrap_or(match dialect {
                Dialect::Mysql => 3306,
                _ => 5432,
            }),
            database: raw.database.ok_or_else(|| lacking("database"))?,
            username: raw.username.ok_or_else(|| lacking("username"))?,
            password: raw.password.unwrap_or_default(),
            tls,
            ca_certificate: raw.ca_certificate,
        };
        let texts = [
            &server.host,
            &server.database,
            &server.username,
            &server.password,
        ];
        if texts.iter().any(|text| text.chars().any(char::is_control)) {
            return Err("the connection to the database has control characters in it".to_owned());
        }
        Ok(server)
    }

    async fn open_postgres(&self, host: &str, read_only: bool) -> Result<Link, Trouble> {
        let mut options = PgConnectOptions::new_without_pgpass()
            .host(host)
            .port(self.port)
            .database(&self.database)
            .username(&self.username)
            .password(&self.password)
            .application_name("orloj")
            .ssl_mode(match self.tls {
                Tls::Off => PgSslMode::Disable,
                Tls::Prefer => PgSslMode::Prefer,
                Tls::Require => PgSslMode::Require,
                Tls::Verify => PgSslMode::VerifyFull,
            });
        if let Some(pem) = &self.ca_certificate {
            options = options.ssl_root_cert_from_pem(pem.clone().into_bytes());
        }
        if read_only {
            options = options.options([("default_transaction_read_only", "on")]);
        }
        Ok(Link::Postgres(PgConnection::connect_with(&options).await?))
    }

    async fn open_mysql(&self, host: &str, read_only: bool) -> Result<Link, Trouble> {
        let mut options = MySqlConnectOptions::new()
            .host(host)
            .port(self.port)
            .database(&self.database)
            .username(&self.username)
            .password(&self.password)
            .ssl_mode(match self.tls {
                Tls::Off => MySqlSslMode::Disabled,
                Tls::Prefer => MySqlSslMode::Preferred,
                Tls::Require => MySqlSslMode::Required,
                Tls::Verify => MySqlSslMode::VerifyIdentity,
            });
        if let Some(pem) = &self.ca_certificate {
            options = options.ssl_ca_from_pem(pem.clone().into_bytes());
        }
        let mut link = Link::Mysql(MySqlConnection::connect_with(&options).await?);
        if read_only {
            link.execute("SET SESSION TRANSACTION READ ONLY", &[])
                .await?;
        }
        Ok(link)
    }
}

//! The Redis server between Orloj and the workers.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    Client, ConnectionAddr, ErrorKind, IntoConnectionInfo, RedisConnectionInfo, RedisError,
};
use serde::Deserialize;
use serde_json::Value;

use super::answer::{Answer, MAX_ANSWER};
use crate::database::Trouble;
use crate::outbound::{AddressRules, host_of, resolve};
use crate::outcome::Cause;
use crate::policy::Policy;

/// How long opening may take.
const OPENING: Duration = Duration::from_secs(15);

/// What the host knows about the server. Members beyond these are its own affair.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(rename = "type")]
    kind: String,
    host: String,
    port: Option<u16>,
    database: Option<i64>,
    username: Option<String>,
    password: Option<String>,
    #[serde(default)]
    tls: bool,
    /// Set before each key, as `global_keyprefix` of Celery does.
    #[serde(default)]
    key_prefix: String,
    #[serde(default)]
    allow_private_addresses: bool,
}

/// An open connection.
pub(super) struct Store {
    connection: MultiplexedConnection,
    prefix: String,
}

impl Store {
    /// Connects. Messages never show a value of the settings, which may be a secret.
    pub(super) async fn open(settings: Value, policy: &Policy) -> Result<Self, Trouble> {
        let settings: Settings = serde_json::from_value(settings)
            .map_err(|_| Trouble::refused("the settings of the Redis server are not complete"))?;
        if settings.kind != "redis" {
            return Err(Trouble::refused(
                "the connection is not one to a Redis server",
            ));
        }
        let port = settings.port.unwrap_or(6379);
        let rules = AddressRules::new(&Policy {
            allow_private_addresses: policy.allow_private_addresses
                || settings.allow_private_addresses,
            allowed_hosts: policy.allowed_hosts.clone(),
            ..Policy::default()
        });
        let host = host_of(&settings.host).ok_or_else(|| {
            Trouble::refused("the connection's host is not a host name or address")
        })?;
        let host = match &host {
            url::Host::Domain(name) => url::Host::Domain(name.as_str()),
            url::Host::Ipv4(address) => url::Host::Ipv4(*address),
            url::Host::Ipv6(address) => url::Host::Ipv6(*address),
        };
        let network = |message: String| Trouble {
            cause: Cause::Network,
            message,
        };
        let found = resolve(host, port, &rules)
            .await
            .map_err(|refusal| network(refusal.to_string()))?;
        let address = found
            .first()
            .map_or_else(|| settings.host.clone(), |address| address.ip().to_string());
        let target = if settings.tls {
            // The certificate is checked against the name, so the name goes along.
            ConnectionAddr::TcpTls {
                host: settings.host.clone(),
                port,
                insecure: false,
                tls_params: None,
            }
        } else {
            ConnectionAddr::Tcp(address, port)
        };
        let mut login = RedisConnectionInfo::default().set_db(settings.database.unwrap_or(0));
        if let Some(name) = &settings.username {
            login = login.set_username(name);
        }
        if let Some(password) = &settings.password {
            login = login.set_password(password);
        }
        let target = target
            .into_connection_info()
            .map_err(|error| trouble(&error))?
            .set_redis_settings(login);
        let client = Client::open(target).map_err(|error| trouble(&error))?;
        let connection =
            tokio::time::timeout(OPENING, Box::pin(client.get_multiplexed_async_connection()))
                .await
                .map_err(|_| network("the Redis server did not answer in time".to_owned()))?
                .map_err(|error| trouble(&error))?;
        Ok(Self {
            connection,
            prefix: settings.key_prefix,
        })
    }

    /// Puts a message onto a queue.
    pub(super) async fn push(&mut self, queue: &str, message: &str) -> Result<(), Trouble> {
        redis::cmd("LPUSH")
            .arg(format!("{}{queue}", self.prefix))
            .arg(message)
            .query_async::<i64>(&mut self.connection)
            .await
            .map(drop)
            .map_err(|error| trouble(&error))
    }

    /// What the workers say about a task so far.
    pub(super) async fn answer(&mut self, id: &str) -> Result<Option<Answer>, Trouble> {
        let found: Option<Vec<u8>> = redis::cmd("GET")
            .arg(format!("{}celery-task-meta-{id}", self.prefix))
            .query_async(&mut self.connection)
            .await
            .map_err(|error| trouble(&error))?;
        let Some(bytes) = found else {
            return Ok(None);
        };
        if bytes.len() > MAX_ANSWER {
            return Err(Answer::too_long());
        }
        Answer::read(&bytes).map(Some)
    }
}

fn trouble(error: &RedisError) -> Trouble {
    let cause = match error.kind() {
        ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig => {
            Cause::InvalidParameters
        }
        ErrorKind::Io => Cause::Network,
        _ => Cause::Other,
    };
    Trouble {
        cause,
        message: format!(
            "Redis says: {}",
            crate::text_of(error.to_string().as_bytes())
                .chars()
                .take(500)
                .collect::<String>()
        ),
    }
}

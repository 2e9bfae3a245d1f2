//! The settings of a connection to a mail server.

use lettre::message::Mailbox;
use serde::Deserialize;
use serde_json::Value;

use super::parameters::mailbox;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Security {
    /// TLS from the first byte (usual port 465).
    Tls,
    /// TLS after a plain greeting, and nothing without it (usual port 587).
    #[default]
    StartTls,
    /// No protection (usual port 25). Name and password are then sent to this
    /// very machine only.
    None,
}

/// What the host knows about the mail server. Members it has beyond these are its own affair.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings {
    pub(super) host: String,
    port: Option<u16>,
    #[serde(default)]
    pub(super) security: Security,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    from: String,
    pub(super) hello_name: Option<String>,
    #[serde(default = "yes")]
    pub(super) verify_tls: bool,
    /// A further trusted root, as PEM.
    pub(super) ca_certificate: Option<String>,
    /// Whether the administrator opened private addresses for this connection.
    #[serde(default)]
    pub(super) allow_private_addresses: bool,
}

const fn yes() -> bool {
    true
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("host", &self.host)
            .field("port", &self.port())
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads what the host gave. The message never shows a value, which may be a secret.
    pub(super) fn read(value: Value) -> Result<Self, String> {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or("smtp");
        if kind != "smtp" {
            return Err("the connection is not one to a mail server".to_owned());
        }
        let settings: Self = serde_json::from_value(value)
            .map_err(|_| "the settings of the mail server are not complete".to_owned())?;
        settings.from()?;
        Ok(settings)
    }

    /// The sender of all mail through this connection.
    pub(super) fn from(&self) -> Result<Mailbox, String> {
        mailbox(&self.from)
            .ok_or_else(|| "the sender address of the mail connection is not valid".to_owned())
    }

    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::None => 25,
        })
    }
}

//! What `webhook` takes.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::functions::status_range::StatusRange;
use crate::policy::Policy;

/// Kept part of an answer unless the job says otherwise, in bytes.
const DEFAULT_RESPONSE_BYTES: usize = 64 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parameters {
    pub(super) url: String,
    #[serde(default)]
    pub(super) method: Method,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) query: BTreeMap<String, Value>,
    pub(super) json: Option<Value>,
    pub(super) body: Option<String>,
    pub(super) form: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub(super) params: Map<String, Value>,
    #[serde(default = "yes")]
    pub(super) templates: bool,
    pub(super) auth: Option<Auth>,
    #[serde(default = "successful")]
    expected_status: Vec<StatusRange>,
    #[serde(default = "half_a_minute")]
    timeout_seconds: u32,
    #[serde(default)]
    pub(super) retries: Retries,
    #[serde(default)]
    pub(super) follow_redirects: u8,
    #[serde(default = "yes")]
    pub(super) verify_tls: bool,
    response_cap_bytes: Option<usize>,
}

impl Parameters {
    /// Whether a status counts as success.
    pub(super) fn expects(&self, status: u16) -> bool {
        self.expected_status
            .iter()
            .any(|range| range.contains(status))
    }

    /// Time for one attempt, redirects included.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.timeout_seconds))
    }

    /// Bytes of the answer that are kept.
    pub(super) fn response_cap(&self, policy: &Policy) -> usize {
        self.response_cap_bytes
            .unwrap_or(DEFAULT_RESPONSE_BYTES)
            .min(policy.max_response_bytes)
    }
}

fn yes() -> bool {
    true
}

fn half_a_minute() -> u32 {
    30
}

fn successful() -> Vec<StatusRange> {
    vec![StatusRange::new(200, 299)]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Method {
    Get,
    #[default]
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How to sign in.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Auth {
    Basic { username: String, password: String },
    Bearer { token: String },
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic",
            Self::Bearer { .. } => "Bearer",
        })
    }
}

/// When and how often to call again.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Retries {
    pub(super) count: u32,
    pub(super) initial_seconds: f64,
    pub(super) max_seconds: f64,
    pub(super) on: Vec<RetryOn>,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            count: 0,
            initial_seconds: 1.0,
            max_seconds: 60.0,
            on: vec![
                RetryOn::Network,
                RetryOn::Timeout,
                RetryOn::Status(StatusRange::only(408)),
                RetryOn::Status(StatusRange::only(429)),
                RetryOn::Status(StatusRange::new(500, 599)),
            ],
        }
    }
}

/// A reason to call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryOn {
    Network,
    Timeout,
    /// Any status that is not expected.
    Unexpected,
    Status(StatusRange),
}

impl<'de> Deserialize<'de> for RetryOn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match value.as_str() {
            Some("network") => Ok(Self::Network),
            Some("timeout") => Ok(Self::Timeout),
            Some("unexpected") => Ok(Self::Unexpected),
            _ => StatusRange::read(&value)
                .map(Self::Status)
                .ok_or_else(|| D::Error::custom("not a reason to call again")),
        }
    }
}

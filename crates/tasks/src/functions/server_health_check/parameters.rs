//! What `server_health_check` takes.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::functions::status_range::StatusRange;
use crate::outbound::{AddressRules, host_of, judge_host, judge_url};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema};
use crate::services::ServerAddress;
use crate::text::Text;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parameters {
    #[serde(default)]
    pub(super) targets: Vec<Target>,
    #[serde(default)]
    pub(super) server_ids: Vec<i64>,
    #[serde(default = "ten")]
    pub(super) timeout_seconds: u32,
    #[serde(default = "two")]
    pub(super) attempts: u32,
    pub(super) warn_latency_ms: Option<u32>,
    #[serde(default = "fortnight")]
    pub(super) certificate_warn_days: u32,
    #[serde(default = "yes")]
    pub(super) verify_tls: bool,
    #[serde(default)]
    pub(super) fail_when: FailWhen,
}

const fn ten() -> u32 {
    10
}

const fn two() -> u32 {
    2
}

const fn fortnight() -> u32 {
    14
}

const fn yes() -> bool {
    true
}

/// How many servers must be down for the run to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FailWhen {
    #[default]
    Any,
    All,
}

/// One server to look at: a web address, or a host with a port.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Target {
    Web(Web),
    Port(Port),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Web {
    name: Option<String>,
    pub(super) url: String,
    #[serde(default)]
    pub(super) method: Method,
    #[serde(default = "answered")]
    pub(super) expected_status: Vec<StatusRange>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Method {
    #[default]
    Get,
    Head,
}

fn answered() -> Vec<StatusRange> {
    vec![StatusRange::new(200, 399)]
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Port {
    name: Option<String>,
    pub(super) host: String,
    pub(super) port: u16,
    #[serde(default)]
    pub(super) tls: bool,
}

impl Target {
    /// What it is called in results.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Web(web) => web.name.as_deref().unwrap_or(&web.url),
            Self::Port(port) => port.name.as_deref().unwrap_or(&port.host),
        }
    }

    /// The target a registered server stands for.
    pub(super) fn of_server(server: ServerAddress) -> Result<Self, String> {
        let name = Some(server.name);
        match (server.url, server.port) {
            (Some(url), _) => Ok(Self::Web(Web {
                name,
                url,
                method: Method::default(),
                expected_status: answered(),
            })),
            (None, Some(port)) => Ok(Self::Port(Port {
                name,
                host: server.host,
                port,
                tls: port == 443,
            })),
            (None, None) => Err(format!(
                "the server {} has neither a web address nor a port",
                server.id
            )),
        }
    }

    fn check(&self, pointer: &str, rules: &AddressRules) -> Option<ParameterError> {
        match self {
            Self::Web(web) => {
                let pointer = format!("{pointer}/url");
                match Url::parse(&web.url) {
                    Ok(url) => judge_url(&url, rules)
                        .err()
                        .map(|(code, message)| ParameterError::new(pointer, code, message)),
                    Err(error) => Some(ParameterError::new(
                        pointer,
                        "url",
                        Text::new(
                            format!("is not a web address: {error}"),
                            "ليس عنوان ويب صالحًا",
                        ),
                    )),
                }
            }
            Self::Port(port) => {
                let pointer = format!("{pointer}/host");
                let Some(host) = host_of(&port.host) else {
                    return Some(ParameterError::new(
                        pointer,
                        "host",
                        Text::fixed("is not the name of a host", "ليس اسم مضيف صالحًا"),
                    ));
                };
                judge_host(&borrowed(&host), port.port, rules)
                    .err()
                    .map(|message| ParameterError::new(pointer, "address", message))
            }
        }
    }
}

/// The same host without owning its name.
pub(super) fn borrowed(host: &url::Host<String>) -> url::Host<&str> {
    match host {
        url::Host::Domain(name) => url::Host::Domain(name),
        url::Host::Ipv4(address) => url::Host::Ipv4(*address),
        url::Host::Ipv6(address) => url::Host::Ipv6(*address),
    }
}

/// Reads parameters that are fit to run.
pub(super) fn read(
    schema: &Schema,
    parameters: &Value,
    policy: &Policy,
) -> Result<Parameters, Vec<ParameterError>> {
    let parameters: Parameters = schema.read(parameters)?;
    let rules = AddressRules::new(policy);
    let mut errors: Vec<ParameterError> = parameters
        .targets
        .iter()
        .enumerate()
        .filter_map(|(index, target)| target.check(&format!("/targets/{index}"), &rules))
        .collect();
    if parameters.targets.is_empty() && parameters.server_ids.is_empty() {
        errors.push(ParameterError::new(
            "/targets",
            "required",
            Text::fixed(
                "or serverIds must name at least one server",
                "أو serverIds يجب أن يحدّد خادمًا واحدًا على الأقل",
            ),
        ));
    }
    if errors.is_empty() {
        Ok(parameters)
    } else {
        Err(errors)
    }
}

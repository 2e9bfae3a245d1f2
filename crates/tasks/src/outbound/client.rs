//! An HTTP client for one host: it can connect to addresses that were judged,
//! and nowhere else.

use std::time::Duration;

use reqwest::redirect;
use url::Url;

use super::resolve::{Refusal, resolve};
use super::rules::{AddressRules, judge_url};
use super::tls::TlsSettings;

/// Time to reach one host.
const CONNECT: Duration = Duration::from_secs(10);

/// Why there is no client for an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientError {
    /// The rules forbid the address; trying again cannot help.
    Refused(String),
    /// The name cannot be resolved now.
    Unresolved(String),
    /// This machine could not do its part.
    Internal(String),
}

/// Judges and resolves the host of `url` and makes a client for it. The client
/// follows no redirects, uses no proxy, repeats nothing and keeps no connection.
pub(crate) async fn client(
    url: &Url,
    rules: &AddressRules,
    tls: &TlsSettings,
    verify_tls: bool,
) -> Result<reqwest::Client, ClientError> {
    judge_url(url, rules)
        .map_err(|(_, text)| ClientError::Refused(format!("{} {}", shown(url), text.en)))?;
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(ClientError::Refused(format!("{} has no host", shown(url))));
    };
    let addresses = resolve(host, port, rules)
        .await
        .map_err(ClientError::from)?;
    let tls = tls.client(verify_tls).map_err(ClientError::Internal)?;
    reqwest::Client::builder()
        .tls_backend_preconfigured((*tls).clone())
        .resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .build()
        .map_err(|error| ClientError::Internal(error.to_string()))
}

impl From<Refusal> for ClientError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Forbidden { .. } => Self::Refused(refusal.to_string()),
            Refusal::Unresolved { .. } => Self::Unresolved(refusal.to_string()),
        }
    }
}

/// An address for logs and results, without its query, which often holds secrets.
pub(crate) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_fragment(None);
    if shown.query().is_some() {
        shown.set_query(None);
        return format!("{shown}?…");
    }
    shown.to_string()
}

/// What broke, innermost reason last and without the address.
pub(crate) fn explain(error: &reqwest::Error) -> String {
    let mut reasons = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        let text = reason.to_string();
        if reasons.last() != Some(&text) {
            reasons.push(text);
        }
        source = reason.source();
    }
    let what = if error.is_connect() {
        "the connection could not be made"
    } else {
        "the connection broke"
    };
    let message = if reasons.is_empty() {
        what.to_owned()
    } else {
        format!("{what}: {}", reasons.join(": "))
    };
    crate::text_of(message.as_bytes())
}

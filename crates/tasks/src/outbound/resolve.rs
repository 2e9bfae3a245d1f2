//! From a host and a port to the addresses a call may use.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use url::Host;

use super::rules::{AddressRules, not_allowed, plain_name};

/// How long a name server may take.
const LOOKUP: Duration = Duration::from_secs(10);

/// Why there is no address to connect to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The rules forbid every address there is.
    #[error("{host}:{port} {reason}")]
    Forbidden {
        host: String,
        port: u16,
        reason: String,
    },
    /// The name has no address, or nobody answered.
    #[error("the name {host} cannot be resolved: {reason}")]
    Unresolved { host: String, reason: String },
}

/// Resolves a host once and gives the addresses the rules permit, at least one.
///
/// # Errors
/// There is none, or nobody knows the name.
pub(crate) async fn resolve(
    host: Host<&str>,
    port: u16,
    rules: &AddressRules,
) -> Result<Vec<SocketAddr>, Refusal> {
    let (host, found) = match host {
        Host::Ipv4(address) => (address.to_string(), vec![IpAddr::V4(address)]),
        Host::Ipv6(address) => (address.to_string(), vec![IpAddr::V6(address)]),
        Host::Domain(name) => (plain_name(name), look_up(name, port).await?),
    };
    let addresses: Vec<SocketAddr> = found
        .into_iter()
        .filter(|address| rules.permit(&host, port, *address))
        .map(|address| SocketAddr::new(address, port))
        .collect();
    if addresses.is_empty() {
        return Err(Refusal::Forbidden {
            host,
            port,
            reason: not_allowed().en.into_owned(),
        });
    }
    Ok(addresses)
}

/// Reads a host as people write it: a name, or an address with or without brackets.
pub(crate) fn host_of(text: &str) -> Option<Host<String>> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(match address {
            IpAddr::V4(address) => Host::Ipv4(address),
            IpAddr::V6(address) => Host::Ipv6(address),
        });
    }
    Host::parse(text).ok()
}

async fn look_up(name: &str, port: u16) -> Result<Vec<IpAddr>, Refusal> {
    let unresolved = |reason: String| Refusal::Unresolved {
        host: plain_name(name),
        reason,
    };
    let found: Vec<IpAddr> = tokio::time::timeout(LOOKUP, tokio::net::lookup_host((name, port)))
        .await
        .map_err(|_| unresolved("no answer in time".to_owned()))?
        .map_err(|error| unresolved(error.to_string()))?
        .map(|address| address.ip())
        .collect();
    if found.is_empty() {
        return Err(unresolved("it has no address".to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[tokio::test]
    async fn a_name_that_leads_home_is_refused_by_its_address() {
        let closed = AddressRules::new(&Policy::default());
        let refused = resolve(Host::Domain("localhost"), 80, &closed).await;
        assert!(
            matches!(refused, Err(Refusal::Forbidden { .. })),
            "{refused:?}"
        );
        let open = AddressRules::new(&Policy {
            allow_private_addresses: true,
            ..Policy::default()
        });
        let addresses = resolve(Host::Domain("LocalHost"), 81, &open)
            .await
            .expect("an address");
        assert!(
            addresses
                .iter()
                .all(|address| address.ip().is_loopback() && address.port() == 81)
        );
    }
}

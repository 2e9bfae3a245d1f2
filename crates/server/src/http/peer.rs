//! Where a request comes from: the socket's address, or what a trusted proxy says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::{HeaderMap, request::Parts};

/// The other end of the connection; put into every request by the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Where a request comes from, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Address of the client.
    pub(crate) address: IpAddr,
    /// Whether the client speaks HTTPS.
    pub(crate) is_https: bool,
    /// Whether the client is on this machine and no proxy stands between.
    pub(crate) is_local: bool,
}

impl Origin {
    /// The origin of a request. Forwarding headers count only when the socket's other end is a trusted proxy.
    pub(crate) fn of(parts: &Parts, trusted_proxies: &[IpAddr]) -> Self {
        let peer = parts
            .extensions
            .get::<Peer>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| {
                peer.0.ip().to_canonical()
            });
        let headers = &parts.headers;
        let is_forwarded =
            headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
        if !trusted_proxies.contains(&peer) {
            return Self {
                address: peer,
                is_https: false,
                is_local: peer.is_loopback() && !is_forwarded,
            };
        }
        Self {
            address: client(headers, trusted_proxies).unwrap_or(peer),
            is_https: last(headers, "x-forwarded-proto")
                .is_some_and(|proto| proto.eq_ignore_ascii_case("https")),
            is_local: false,
        }
    }
}

/// The last address in `X-Forwarded-For` that is not a trusted proxy: what stands before it anybody may have invented.
fn client(headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> Option<IpAddr> {
    let all: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for text in all.into_iter().rev() {
        let address: IpAddr = text.trim().parse().ok()?;
        if !trusted_proxies.contains(&address) {
            return Some(address.to_canonical());
        }
    }
    None
}

fn last<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(name)
        .iter()
        .next_back()?
        .to_str()
        .ok()?
        .rsplit(',')
        .next()
        .map(str::trim)
}

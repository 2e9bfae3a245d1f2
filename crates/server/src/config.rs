//! Every setting of the HTTP side.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// How the server listens and what it allows. `ServerConfig::default()` listens on loopback only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Empty: nobody's.
    pub trusted_proxies: Vec<IpAddr>,
    /// Time for one request, from its head to the head of its answer.
    pub request_timeout: Duration,
    /// Time for a connection to send the head of a request, and the longest idle time between two.
    pub header_timeout: Duration,
    /// Connections at the same time; more wait in the kernel's queue.
    pub max_connections: usize,
    /// Requests per second of one user, or of one address while nobody is known; bursts of five seconds' worth pass.
    pub requests_per_second: u32,
    /// Whether `/metrics` answers everybody; otherwise this machine, and administrators with a token.
    pub open_metrics: bool,
    /// Time for running requests to end after the shutdown began.
    pub drain: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            trusted_proxies: Vec::new(),
            request_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(30),
            max_connections: 16_384,
            requests_per_second: 2_000,
            open_metrics: false,
            drain: Duration::from_secs(10),
        }
    }
}

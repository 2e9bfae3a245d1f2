//! Ports for servers of the tests' own.

use std::sync::atomic::{AtomicU64, Ordering};

/// A port of the loopback address that nothing listens on. It is below those that the kernel
/// lends to outgoing connections: with one of these, a connection tried again and again until a
/// server is up meets itself in the end, and holds the port that the server wants.
pub(crate) fn free_port() -> u16 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let own = u64::from(std::process::id()) * 7;
    (0..12_000)
        .map(|_| own + LAST.fetch_add(1, Ordering::Relaxed))
        .filter_map(|number| u16::try_from(20_000 + number % 12_000).ok())
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a port")
}

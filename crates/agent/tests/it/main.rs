//! Real agents and a real server.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the scenarios share is test code, outside the functions marked as tests"
)]

mod deployments;
mod fleet;
mod namespaces;
mod site;

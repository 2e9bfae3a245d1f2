//! The whole service in one process, asked through its router: no socket, a clock that stands still until it is moved.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "what does not hold in a test is a failed test, also in the functions that tests share"
)]

mod access;
mod agents;
mod app;
mod artifacts;
mod bad_input;
mod calendars;
mod chains;
mod connections;
#[path = "../../../tasks/tests/it/databases.rs"]
#[expect(
    dead_code,
    reason = "shared with the tests of the task functions, which need more of it"
)]
mod databases;
mod deployx;
mod documents;
mod dynamic;
mod executions;
mod files;
mod fleet;
mod jobs;
#[path = "../../../tasks/tests/it/mail_server.rs"]
#[expect(
    dead_code,
    reason = "shared with the tests of the task functions, which need more of it"
)]
mod mail_server;
mod notifications;
mod people;
#[path = "../../../tasks/tests/it/ports.rs"]
mod ports;
mod promised;
mod schedules;
mod sockets;
mod statistics;
mod streams;
mod system;
mod texium;
mod trials;
#[path = "../../../tasks/tests/it/web_server.rs"]
#[expect(
    dead_code,
    reason = "shared with the tests of the task functions, which need more of it"
)]
mod web_server;

//! The real program: every verb, the life of the server process, the examples. One test binary, because each would
//! link for as long as all of them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what surrounds a test may fail it; the lints know only functions marked as tests"
)]

mod copies;
mod decrypt;
mod examples;
mod executions;
mod files;
mod jobs;
mod people;
mod postgres;
mod process;
mod support;

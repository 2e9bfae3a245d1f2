//! Faults on purpose, with an outside witness.
//!
//! Servers are killed, stopped, cut off and starved while jobs report to a witness that is never hurt and a client goes
//! on creating jobs. In the end everything that was acknowledged must be there, every instant accounted for exactly
//! once, nothing early, nothing started twice, nothing beside itself, nothing stuck. `ORLOJ_ROUNDS` sets the number of
//! faults, `ORLOJ_SEED` repeats the moments of an earlier run. What the trials find is asserted; how long things took is
//! told, because it depends on what else the machine does.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the report of a trial is its output, and what surrounds a test may fail it; the lints know only functions marked as tests"
)]

mod chains;
mod client;
mod clocks;
mod cluster;
mod evidence;
#[cfg(feature = "faults")]
mod failpoints;
mod files;
mod killing;
mod load;
#[cfg(feature = "faults")]
mod mutants;
mod partition;
mod place;
mod postgres;
mod proxy;
mod restart;
mod runs;
mod scene;
mod stopping;
mod store;
mod transfer;

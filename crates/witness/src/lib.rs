//! Whoever breaks a scheduler on purpose must not believe what the scheduler says about itself.
//!
//! Three parts that share no code with the engine:
//!
//! - the [`Witness`] is what test jobs report to. It stamps every report with its own clock and is never killed;
//! - the oracle ([`Promise`]) computes from acknowledged requests alone which instants have to be accounted for;
//! - the [`check`] joins the oracle, what was seen, the ledger and the history, and counts: every count with its
//!   denominator, every fault in words.

mod chance;
mod check;
mod oracle;
mod sighting;
mod witness;

pub use chance::Chance;
pub use check::{Evidence, LedgerLine, Report, Run, check, overlaps};
pub use oracle::{Promise, Start};
pub use sighting::{Sighting, Span, read_file};
pub use witness::{Witness, now_us};

//! What happens by itself, one duty per file.
//!
//! ```text
//!  armer ──armed──▶ dispatcher ──changes──▶ committer ──▶ database
//!    │                 ▲   │ spawns                │
//!    ▼                 │   ▼                       │
//!  database         attempts ◀──claimed, promoted──┘ (through the dispatcher)
//! ```

pub(crate) mod arm;
pub(crate) mod attempt;
pub(crate) mod commit;
pub(crate) mod courier;
pub(crate) mod definition;
pub(crate) mod device_run;
pub(crate) mod discretion;
pub(crate) mod dispatch;
pub(crate) mod fleet;
mod found;
pub(crate) mod gates;
pub(crate) mod lease;
pub(crate) mod link;
pub(crate) mod logbook;
pub(crate) mod notices;
pub(crate) mod notifier;
pub(crate) mod numbers;
pub(crate) mod offers;
pub(crate) mod pace;
pub(crate) mod progress;
pub(crate) mod prune;
pub(crate) mod results;
mod rewind;
pub(crate) mod services;
pub(crate) mod settle;
pub(crate) mod shelf;
pub(crate) mod upkeep;

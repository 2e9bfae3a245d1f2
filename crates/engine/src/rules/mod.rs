//! Pure decisions: no clock, no I/O, no randomness of their own.

pub(crate) mod artifacts;
pub(crate) mod backoff;
pub mod chain;
pub(crate) mod collisions;
pub(crate) mod connections;
pub mod deployment;
pub mod devices;
pub mod draft;
pub mod due;
pub mod file;
pub mod group;
pub mod ids;
pub(crate) mod notify;
pub(crate) mod notify_check;
pub(crate) mod notify_text;
pub mod overlap;
pub(crate) mod password;
pub(crate) mod person;
mod preview;
pub(crate) mod results;
pub mod retry;
pub(crate) mod rollout;
pub(crate) mod secret;
pub(crate) mod secrets;
pub mod software;
pub mod spread;
pub mod timing;
pub mod uses;

pub use preview::{Preview, PreviewRun, compile, preview};

//! The program on a device: it dials out to the server, does what its policy allows, and reports each order once.
//!
//! ```text
//! session ── frames ──▶ server
//!    │  ▲
//!    │  └── spool (journal and output on disk; what the server has not acknowledged is sent again)
//!    ▼          ▲
//!  worker ──────┘  does orders one after the other, each step by its file in `steps/`
//! ```
//!
//! Nothing here knows the engine or the server; what they say to each other is in [`orloj_wire::agent`]. Everything that
//! is different on another system is in `platform/`.

pub mod clock;
pub mod connection;
pub mod enroll;
pub mod identity;
pub mod platform;
pub mod policy;
pub mod session;
pub mod spool;
mod steps;
mod unit;
mod worker;

pub use unit::systemd_unit;

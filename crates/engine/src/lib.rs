//! Orloj's engine: the rules and the data of a scheduler, for an ideal caller.
//!
//! [`Engine`] owns the store, the clock and everything that happens by itself; [`Caller`] is the only door to what may
//! be asked. Nothing here knows HTTP, sockets, the environment, or any dialect.

mod announce;
mod background;
mod caller;
mod clock;
mod engine;
mod error;
mod faults;
mod metrics;
pub mod model;
mod operations;
pub mod rules;
mod store;

pub use announce::{Announcement, Subject};
pub use caller::Caller;
pub use clock::{Clock, ManualClock};
pub use engine::{Defaults, Engine, EngineConfig, StopReport};
pub use error::{Error, FieldError, Kind, Result};
pub use metrics::{Counter, Gauge, LATENESS_BOUNDS_US, Metrics};
pub use operations::agents::{Admitted, DeviceSession};
pub use operations::artifacts::ArtifactContent;
pub use operations::files::{FILE_CHUNK, FileReader};
pub use operations::secrets_key::KeySource;
pub use rules::secrets::SecretKey;
pub use store::{
    Backend, DatabaseCopy, SchemaState, StoreLocation, copy_database, restore_database,
    schema_state,
};

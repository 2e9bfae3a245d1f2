//! What Orloj can run: task functions, their parameters, and the rules they obey.
//!
//! A [`TaskFunction`] has an entry in the [`Catalogue`] (names in English and
//! Arabic, a JSON Schema of its parameters), checks parameters without side
//! effects, and runs in a [`Context`]. This crate knows neither the engine that
//! schedules runs nor the HTTP API that shows them: what a function needs from
//! its host it asks through [`Services`], what an administrator allows it reads
//! from the [`Policy`].

mod cancel;
mod catalogue;
mod connections;
mod context;
mod database;
mod deposit;
mod devices;
mod form;
mod function;
mod functions;
mod lines;
mod log;
mod manifest;
mod outbound;
mod outcome;
mod paper;
mod policy;
mod process;
mod schema;
mod services;
mod statistics;
mod template;
mod text;

pub use cancel::{Cancel, CancelReason, Canceller};
pub use catalogue::Catalogue;
pub use connections::{ConnectionKind, connection_tables, try_connection};
pub use context::{Context, Progress};
pub use deposit::{UnsealWith, new_seal_key, unseal};
pub use devices::{DeviceFile, DeviceReport, DeviceResult, DeviceWork, Offline, Targets};
pub use function::{Category, Delivery, TaskFunction, TaskInfo};
pub(crate) use lines::clean;
pub use lines::{LineSplitter, MAX_LINE_BYTES, text_of};
pub use log::{LogLevel, LogLine, LogSink, LogSource};
pub use manifest::ManifestError;
pub use outcome::{Cause, Failure, Outcome, Status};
pub use policy::{DEFAULT_MAX_OUTPUT_BYTES, DEFAULT_MAX_RESPONSE_BYTES, Policy};
pub use process::{end_leftovers, end_orphans, let_pass};
pub use schema::ParameterError;
pub use services::{
    ArtifactRef, CleanupReport, HistoryCleanup, NoServices, OwnStep, ServerAddress, Services,
};
pub use statistics::{
    ActiveDay, CauseCount, Counts, DayCounts, InstanceReport, JobCounts, JobStatistics,
    PersonActivity, Statistics, StatisticsRequest, Subject, SystemStatistics, UserActivity,
};
pub use template::{
    check as check_template, fill as fill_template, fill_html as fill_html_template,
};
pub use text::Text;

//! The Dynamic Scheduler's surface, under `/api/admin/scheduler`, for administrators: jobs made from templates, executions,
//! status. Snake case, ids of 24 hexadecimal digits, errors as `{"detail": …}`.

mod body;
mod convert;
mod executions;
mod jobs;
mod parameters;
mod schemas;
mod status;
mod table;
mod templates;

pub(crate) use table::{TAGS, routes};

/// The name under which the engine keeps what this surface must remember.
const SURFACE: &str = "dynamic";

//! DeployX's scheduling surface: tasks of three types for devices and groups, under `/api/schedule`, and the login of its
//! clients. Snake case, integer ids, bare objects, `{"detail": …}` for errors. Everybody sees only their own tasks.

mod body;
mod convert;
mod executions;
mod login;
mod payload;
mod recurrence;
mod stats;
mod table;
mod task_id;
mod tasks;

pub(crate) use table::{TAGS, routes};

/// The name under which the engine keeps what this surface must remember.
const SURFACE: &str = "deployx";

//! The Texium backend's surface: users, servers, jobs of ten classes, executions, under `/api/users`, `/api/servers` and
//! `/api/scheduler`. Snake case, ids of 24 hexadecimal digits, `status`/`message`/`data` around every answer.

mod body;
mod classes;
mod convert;
mod executions;
mod jobs;
mod owner;
mod servers;
mod table;
mod users;
mod utility;

pub(crate) use table::{TAGS, routes};

/// The name under which the engine keeps what this surface must remember.
const SURFACE: &str = "texium";

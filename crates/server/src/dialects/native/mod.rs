//! The native API: the Job Scheduler's surface, extended, under `/api/v1`.

mod query;
mod table;

pub(crate) use table::{TAGS, routes};

//! The native API: the Job Scheduler's surface, extended, under `/api/v1`.

mod account;
mod agent_files;
mod artifacts;
mod calendars;
mod connections;
mod convert;
mod deployments;
mod devices;
mod events;
mod executions;
mod files;
mod groups;
mod interval_parts;
mod job_doings;
mod jobs;
mod logs;
mod notifications;
mod query;
mod scheduler;
mod schedules;
mod secrets;
mod session;
mod software;
mod statistics;
mod table;
mod tokens;
mod trials;
mod users;
mod views;

pub(crate) use table::{TAGS, routes};

//! The whole service in one process, asked through its router: no socket, a clock that stands still until it is moved.

mod access;
mod app;
mod bad_input;
mod documents;
mod executions;
mod jobs;
mod people;
mod schedules;
mod statistics;
mod streams;
mod system;

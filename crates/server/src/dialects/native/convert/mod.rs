//! Between the engine's nouns and the bodies of the native API.

pub(crate) mod calendars;
pub(crate) mod chains;
pub(crate) mod connections;
pub(crate) mod deployments;
pub(crate) mod devices;
pub(crate) mod draft;
pub(crate) mod execution;
pub(crate) mod files;
pub(crate) mod groups;
pub(crate) mod job;
pub(crate) mod notifications;
pub(crate) mod people;
pub(crate) mod query;
pub(crate) mod schedule;
pub(crate) mod software;
pub(crate) mod statistics;
pub(crate) mod status;
pub(crate) mod update;
pub(crate) mod words;

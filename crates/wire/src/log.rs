//! Logs of executions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// Number in the whole log, from 1. It is also the event id while following.
    pub number: i64,
    /// When it was written.
    pub at: Timestamp,
    /// `debug`, `info`, `warn`, `error`, `stdout`, `stderr`, `system`.
    pub level: String,
    /// Attempt that wrote it.
    pub attempt: u32,
    /// The text.
    pub text: String,
}

/// A part of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogPage {
    /// The lines, in order.
    pub lines: Vec<LogLine>,
    /// Lines in the whole log now.
    pub total: i64,
    /// Whether the execution has ended, so that no more lines come.
    pub complete: bool,
}

/// Data of the `end` event with which following a log ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogEnd {
    /// Lines in the whole log.
    pub total: i64,
}

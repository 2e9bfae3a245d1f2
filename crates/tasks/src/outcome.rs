//! How a run ended, in words the engine can store and judge a retry by.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cancel::CancelReason;
use crate::text::Text;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All of it was done.
    Success,
    /// It was not done.
    Failed,
    /// Part of it was done; the warnings and errors say what was not.
    Partial,
    /// Its time was up.
    Timeout,
    /// Somebody, or the host going down, stopped it.
    Cancelled,
}

/// Why a run failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Cause {
    /// The program ended with a code that does not count as success.
    ExitCode(i32),
    /// The program was ended by a signal.
    Signal(i32),
    /// The other side answered with an unexpected HTTP status.
    HttpStatus(u16),
    /// A time limit inside the function ran out.
    Timeout,
    /// The other side could not be reached, or the connection broke.
    Network,
    /// The parameters make no sense here; trying again cannot help.
    InvalidParameters,
    /// The host could not do its part (no disk space, no such program, ...).
    Internal,
    /// Anything else.
    Other,
}

/// What is known about a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// One sentence for the history list.
    pub message: Text,
    /// The class of failure, for retry rules.
    pub cause: Cause,
    /// The longer story: traceback, last lines of the error stream.
    pub detail: Option<String>,
}

/// Everything a finished run has to say. Texts never contain NUL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// One line for the history list.
    pub summary: Option<Text>,
    /// Structured result, small enough to be stored with the run.
    pub result: Option<Value>,
    /// How many things were looked at.
    pub records_processed: Option<i64>,
    /// How many things were changed.
    pub records_affected: Option<i64>,
    /// Things that went wrong without spoiling the run.
    pub warnings: Vec<String>,
    /// Things that did spoil (part of) it.
    pub errors: Vec<String>,
    /// Set when the status is failed or timeout.
    pub failure: Option<Failure>,
    /// Whether another attempt has a chance; the job's retry rules decide whether there is one.
    pub retryable: bool,
}

impl Outcome {
    /// An outcome with nothing but a status.
    #[must_use]
    pub const fn of(status: Status) -> Self {
        Self {
            status,
            summary: None,
            result: None,
            records_processed: None,
            records_affected: None,
            warnings: Vec::new(),
            errors: Vec::new(),
            failure: None,
            retryable: false,
        }
    }

    /// A success with its one-line summary.
    #[must_use]
    pub fn success(summary: impl Into<Text>) -> Self {
        Self {
            summary: Some(summary.into()),
            ..Self::of(Status::Success)
        }
    }

    /// A failure. Whether it is worth another attempt follows from the cause.
    #[must_use]
    pub fn failed(cause: Cause, message: impl Into<Text>) -> Self {
        let message = message.into();
        Self {
            summary: Some(message.clone()),
            errors: vec![message.en.clone().into_owned()],
            failure: Some(Failure {
                message,
                cause,
                detail: None,
            }),
            retryable: !matches!(cause, Cause::InvalidParameters),
            ..Self::of(Status::Failed)
        }
    }

    /// The end of a run that was told to stop.
    #[must_use]
    pub fn stopped(reason: CancelReason) -> Self {
        let (status, cause, message, retryable) = match reason {
            CancelReason::Cancelled => (
                Status::Cancelled,
                None,
                Text::fixed("cancelled while it was running", "أُلغي أثناء التنفيذ"),
                false,
            ),
            CancelReason::TimedOut => (
                Status::Timeout,
                Some(Cause::Timeout),
                Text::fixed(
                    "stopped because its time limit was reached",
                    "أُوقف لبلوغه المهلة الزمنية",
                ),
                true,
            ),
            CancelReason::Shutdown => (
                Status::Cancelled,
                None,
                Text::fixed(
                    "stopped because the instance is shutting down",
                    "أُوقف لأن نسخة الخادم تتوقف",
                ),
                true,
            ),
            CancelReason::Lost => (
                Status::Cancelled,
                None,
                Text::fixed(
                    "stopped because this instance no longer owns the run",
                    "أُوقف لأن نسخة الخادم هذه لم تعد تملك التنفيذ",
                ),
                false,
            ),
        };
        Self {
            summary: Some(message.clone()),
            failure: cause.map(|cause| Failure {
                message,
                cause,
                detail: None,
            }),
            retryable,
            ..Self::of(status)
        }
    }

    /// Adds the longer story to a failure; without a failure it does nothing.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        if let Some(failure) = &mut self.failure {
            failure.detail = Some(detail.into());
        }
        self
    }

    /// Adds the structured result.
    #[must_use]
    pub fn with_result(mut self, result: Value) -> Self {
        self.result = Some(result);
        self
    }
}

//! Why work on a database did not go on.

use crate::context::Context;
use crate::outcome::{Cause, Outcome};

/// Longest sentence of a database that is kept, in characters.
const MAX_SENTENCE: usize = 600;

/// A failure on its way to becoming the outcome of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) cause: Cause,
    pub(crate) message: String,
}

impl Trouble {
    /// Something that another attempt cannot change.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self {
            cause: Cause::InvalidParameters,
            message: message.into(),
        }
    }

    /// The host could not do its part.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self {
            cause: Cause::Internal,
            message: message.into(),
        }
    }

    /// The outcome of a run that ends here.
    pub(crate) fn outcome(self) -> Outcome {
        Outcome::failed(self.cause, self.message)
    }

    /// The outcome of a run that ends here, or that was told to stop meanwhile.
    pub(crate) fn outcome_of(self, context: &Context) -> Outcome {
        match context.cancel.reason() {
            Some(reason) => Outcome::stopped(reason),
            None => self.outcome(),
        }
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        let cause = match &error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => Cause::Network,
            _ => Cause::Other,
        };
        let text = match &error {
            sqlx::Error::Database(inner) => inner.message().to_owned(),
            other => other.to_string(),
        };
        Self {
            cause,
            message: format!(
                "the database says: {}",
                crate::text_of(text.as_bytes())
                    .chars()
                    .take(MAX_SENTENCE)
                    .collect::<String>()
            ),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::internal(format!("a file could not be written: {error}"))
    }
}

//! What a run knows and must not say: its secrets, filled in before it starts and hidden in everything it tells.

use std::sync::{Arc, Mutex, PoisonError};

use orloj_tasks::{Cause, MAX_LINE_BYTES, Outcome, Text};
use serde_json::Value;

use super::logbook::Logbook;
use crate::engine::{Engine, Inner};
use crate::error::Kind;
use crate::rules::secrets::{Hidden, LineRedactor, has_reference};

/// The discretion of one attempt; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Discretion {
    hidden: Hidden,
    lines: Arc<Mutex<LineRedactor>>,
}

impl Discretion {
    pub(crate) fn new() -> Self {
        let hidden = Hidden::default();
        Self {
            lines: Arc::new(Mutex::new(LineRedactor::new(
                hidden.clone(),
                MAX_LINE_BYTES,
            ))),
            hidden,
        }
    }

    /// The values that are hidden, so that others can join.
    pub(crate) fn hidden(&self) -> &Hidden {
        &self.hidden
    }

    /// The parameters with the secrets they refer to; `None` when they refer to none.
    ///
    /// # Errors
    /// The outcome of an attempt that cannot begin.
    pub(crate) async fn fill_in(
        &self,
        engine: &Arc<Inner>,
        owner_id: i64,
        parameters: &Value,
    ) -> Result<Option<Value>, Outcome> {
        if !has_reference(parameters) {
            return Ok(None);
        }
        let engine = Engine {
            inner: Arc::clone(engine),
        };
        match engine.resolved(owner_id, parameters, &self.hidden).await {
            Ok(resolved) => Ok(Some(resolved)),
            Err(error) => Err(match error.kind {
                Kind::Internal => {
                    tracing::error!(%error, "a secret cannot be opened");
                    Outcome::failed(
                        Cause::Internal,
                        Text::fixed(
                            "a secret cannot be opened; the server's log has more",
                            "تعذّر فتح أحد الأسرار؛ التفاصيل في سجل الخادم",
                        ),
                    )
                }
                Kind::Unavailable => Outcome::failed(Cause::Internal, error.message),
                _ => Outcome::failed(Cause::InvalidParameters, error.message),
            }),
        }
    }

    /// A line as it can be shown now.
    pub(crate) fn line(&self, level: &'static str, text: String) -> Option<String> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .line(level, text)
    }

    /// Hands over what was held back of lines that were cut, at the end of the attempt.
    pub(crate) fn finish(&self, book: &Logbook, now_us: i64) {
        let rest = self
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rest();
        for (level, text) in rest {
            book.add(now_us, level, text);
        }
    }

    /// A text without the values.
    pub(crate) fn text(&self, text: String) -> String {
        self.hidden.text(text)
    }

    fn both(&self, text: &Text) -> Text {
        let hide = |text: &str| self.text(text.to_owned());
        Text::new(hide(&text.en), hide(&text.ar))
    }

    /// An outcome without the values.
    pub(crate) fn outcome(&self, outcome: Outcome) -> Outcome {
        if self.hidden.is_empty() {
            return outcome;
        }
        let texts = |texts: Vec<String>| texts.into_iter().map(|text| self.text(text)).collect();
        Outcome {
            summary: outcome.summary.map(|text| self.both(&text)),
            result: outcome.result.map(|value| self.hidden.value(value)),
            warnings: texts(outcome.warnings),
            errors: texts(outcome.errors),
            failure: outcome.failure.map(|mut failure| {
                failure.message = self.both(&failure.message);
                failure.detail = failure.detail.map(|text| self.text(text));
                failure
            }),
            ..outcome
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_hidden_in_both_languages() {
        let discretion = Discretion::new();
        discretion.hidden().add("hunter2-and-more");
        let said = Text::new("sent to hunter2-and-more", "أُرسل إلى hunter2-and-more");
        let outcome = discretion.outcome(Outcome::failed(Cause::Other, said));
        for text in [outcome.summary, outcome.failure.map(|one| one.message)] {
            let text = text.unwrap();
            assert!(!text.en.contains("hunter2"), "{}", text.en);
            assert!(!text.ar.contains("hunter2"), "{}", text.ar);
        }
    }
}

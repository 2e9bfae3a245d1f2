//! Why a schedule was refused, in words a person can act on.

use std::fmt;

use crate::words::{Lang, Text};

/// A schedule that cannot be compiled: which field, why, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    field: &'static str,
    code: &'static str,
    text: Text,
}

impl Error {
    pub(crate) fn new(
        field: &'static str,
        code: &'static str,
        en: impl Into<String>,
        ar: impl Into<String>,
    ) -> Self {
        Self {
            field,
            code,
            text: Text::new(en, ar),
        }
    }

    /// The field of the spec at fault, by its Rust name: `expression`, `timezone`, `minute`, `day_of_month`,
    /// `every_seconds`, `times`, `days`, `at`, `end_at`, ...
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// A stable word for the kind of fault, such as `out_of_range` or `never_fires`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence in one language. English is also what `Display` writes.
    #[must_use]
    pub fn message(&self, lang: Lang) -> &str {
        self.text.in_lang(lang)
    }

    /// Both sentences.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text.en)
    }
}

impl std::error::Error for Error {}

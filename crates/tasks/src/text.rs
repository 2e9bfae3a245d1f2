//! Words for people, in both languages of the product.
//!
//! Nothing user-facing in this crate is a bare string: the surface that shows
//! it picks the language, so every text travels with both.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One text in English and Arabic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: Cow<'static, str>,
    /// Arabic.
    pub ar: Cow<'static, str>,
}

impl Text {
    /// A text known at compile time.
    #[must_use]
    pub const fn fixed(en: &'static str, ar: &'static str) -> Self {
        Self {
            en: Cow::Borrowed(en),
            ar: Cow::Borrowed(ar),
        }
    }

    /// A text put together at run time.
    #[must_use]
    pub fn new(en: impl Into<Cow<'static, str>>, ar: impl Into<Cow<'static, str>>) -> Self {
        Self {
            en: en.into(),
            ar: ar.into(),
        }
    }
}

/// Words that belong to no language of ours (what a program, a user or another system said): the same in both.
impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new(text.clone(), text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A name, path or number inside an Arabic sentence: it keeps its own direction, and the sentence its order.
pub(crate) fn apart(text: impl std::fmt::Display) -> String {
    format!("\u{2068}{text}\u{2069}")
}

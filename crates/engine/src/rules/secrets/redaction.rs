//! Keeping known secret values out of what a run says.
//!
//! A value is hidden as it is, in the encodings in which programs usually repeat what they were given (JSON, percent,
//! Base64), and, when it has several lines, line by line. Values shorter than four characters are not: hiding `1` would
//! make every log unreadable and protect nothing.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// What stands in the place of a value.
const MASK: &str = "•••";
/// Shortest value that is hidden, in bytes.
const SHORTEST: usize = 4;
/// Shortest line of a longer value that is hidden by itself, in bytes.
const SHORTEST_LINE: usize = 8;

/// The secret values that one run knows. Clones share them; more can join while the run goes on.
#[derive(Clone, Default)]
pub(crate) struct Hidden {
    /// Longest first, so that a value inside another does not uncover the rest of it.
    needles: Arc<RwLock<Vec<String>>>,
}

impl Hidden {
    /// Hides a value from now on.
    pub(crate) fn add(&self, value: &str) {
        let mut forms = Vec::new();
        let mut whole = |text: &str, shortest: usize| {
            if text.trim().len() < shortest {
                return;
            }
            forms.push(text.to_owned());
            let json = Value::from(text).to_string();
            forms.push(json.trim_matches('"').to_owned());
            forms.push(percent_encoded(text));
            forms.push(STANDARD_NO_PAD.encode(text));
            forms.push(URL_SAFE_NO_PAD.encode(text));
        };
        whole(value, SHORTEST);
        // Programs often read a file or a variable without the line break at its end.
        whole(value.trim(), SHORTEST);
        if value.trim().contains(['\n', '\r']) {
            for line in value.lines() {
                whole(line.trim(), SHORTEST_LINE);
            }
        }
        let mut needles = self.needles.write().unwrap_or_else(PoisonError::into_inner);
        needles.append(&mut forms);
        needles.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        needles.dedup();
    }

    /// Whether there is nothing to hide.
    pub(crate) fn is_empty(&self) -> bool {
        self.needles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// Bytes of the longest thing to hide.
    fn longest(&self) -> usize {
        self.needles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .first()
            .map_or(0, String::len)
    }

    /// The text with every known value hidden.
    pub(crate) fn text(&self, text: String) -> String {
        let needles = self.needles.read().unwrap_or_else(PoisonError::into_inner);
        needles.iter().fold(text, |text, needle| {
            if text.contains(needle.as_str()) {
                text.replace(needle.as_str(), MASK)
            } else {
                text
            }
        })
    }

    /// The value with every known secret hidden, in names too.
    pub(crate) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, member)| (self.text(name), self.value(member)))
                .collect(),
            Value::Number(number) => {
                let text = number.to_string();
                let hidden = self.text(text.clone());
                if hidden == text {
                    Value::Number(number)
                } else {
                    Value::String(hidden)
                }
            }
            other => other,
        }
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hidden").finish_non_exhaustive()
    }
}

/// Hides values in the lines of one run. A line that was cut because of its length is joined with what follows, as far
/// as a value could lie across the cut.
#[derive(Debug)]
pub(crate) struct LineRedactor {
    hidden: Hidden,
    /// Length at which lines are cut, in bytes, less what a whole character can miss.
    cut: usize,
    held: HashMap<&'static str, String>,
}

impl LineRedactor {
    /// For lines that are cut at `cut` bytes.
    pub(crate) fn new(hidden: Hidden, cut: usize) -> Self {
        Self {
            hidden,
            cut: cut.saturating_sub(4),
            held: HashMap::new(),
        }
    }

    /// Takes a line of a source; answers what can be shown now.
    pub(crate) fn line(&mut self, source: &'static str, text: String) -> Option<String> {
        if self.hidden.is_empty() {
            return Some(text);
        }
        let is_cut = text.len() >= self.cut;
        let joined = match self.held.remove(source) {
            Some(mut held) => {
                held.push_str(&text);
                held
            }
            None => text,
        };
        let mut shown = self.hidden.text(joined);
        if is_cut {
            let keep = self.hidden.longest().saturating_sub(1);
            let at = shown.floor_char_boundary(shown.len().saturating_sub(keep));
            self.held.insert(source, shown.split_off(at));
            if shown.is_empty() {
                return None;
            }
        }
        Some(shown)
    }

    /// What is still held, at the end of a run.
    pub(crate) fn rest(&mut self) -> Vec<(&'static str, String)> {
        self.held.drain().collect()
    }
}

fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hiding(values: &[&str]) -> Hidden {
        let hidden = Hidden::default();
        for value in values {
            hidden.add(value);
        }
        hidden
    }

    #[test]
    fn a_value_is_hidden_in_every_usual_form() {
        let hidden = hiding(&["p\"ss wörd/1", "p\"ss wörd/1 and more"]);
        for said in [
            "x p\"ss wörd/1 y".to_owned(),
            "p\"ss wörd/1 and more".to_owned(),
            json!({ "a": "p\"ss wörd/1" }).to_string(),
            "https://h/?q=p%22ss%20w%C3%B6rd%2F1".to_owned(),
            format!("Basic {}==", STANDARD_NO_PAD.encode("p\"ss wörd/1")),
        ] {
            let shown = hidden.text(said.clone());
            assert!(shown.contains(MASK), "{said} -> {shown}");
            assert!(!shown.contains("ss") && !shown.contains("more"), "{shown}");
        }
        let value = hidden.value(json!({ "p\"ss wörd/1": ["p\"ss wörd/1", 5] }));
        assert_eq!(value, json!({ MASK: [MASK, 5] }));
    }

    #[test]
    fn a_number_that_is_a_secret_is_hidden_and_short_values_are_not() {
        let hidden = hiding(&["123456", "abc"]);
        assert_eq!(
            hidden.value(json!([123_456, 12, "abc"])),
            json!([MASK, 12, "abc"])
        );
    }

    #[test]
    fn lines_of_a_long_value_are_hidden_one_by_one() {
        let hidden = hiding(&["-----BEGIN KEY-----\nMIIabcdefgh\nend\n-----END KEY-----\n"]);
        assert_eq!(hidden.text("MIIabcdefgh".to_owned()), MASK);
        assert_eq!(hidden.text("the end".to_owned()), "the end");
    }

    #[test]
    fn a_value_across_a_cut_is_hidden() {
        let secret = "correct-horse-battery";
        for at in 1..secret.len() {
            let mut lines = LineRedactor::new(hiding(&[secret]), 64);
            let first = format!("{}{}", "x".repeat(64 - at), &secret[..at]);
            let mut shown: Vec<String> = [
                lines.line("stdout", first),
                lines.line("stderr", "between".to_owned()),
                lines.line("stdout", format!("{} tail", &secret[at..])),
            ]
            .into_iter()
            .flatten()
            .collect();
            shown.extend(lines.rest().into_iter().map(|(_, text)| text));
            let whole = shown.join("");
            assert!(
                whole.contains(MASK) && !whole.contains("horse"),
                "{at}: {whole}"
            );
            assert!(
                !whole.contains("corr") && !whole.contains("ttery"),
                "{at}: {whole}"
            );
            assert!(whole.ends_with(" tail"), "{whole}");
        }
    }
}

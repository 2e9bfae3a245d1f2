//! From a stream of arbitrary bytes to lines of bounded length.
//!
//! A program may write a gigabyte without a line break, half a character, or
//! NUL bytes; none of that may grow memory or reach the database as is.

use serde_json::Value;

/// Longest line handed on; longer ones arrive in pieces of this size.
pub const MAX_LINE_BYTES: usize = 16 * 1024;

/// Cuts a byte stream into lines. Keeps at most one unfinished line.
#[derive(Debug, Default)]
pub struct LineSplitter {
    pending: Vec<u8>,
}

impl LineSplitter {
    /// Takes the next bytes and calls `line` for each line they complete.
    pub fn push(&mut self, mut bytes: &[u8], mut line: impl FnMut(String)) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (head, tail) = bytes.split_at(end);
            self.fill(head, &mut line);
            line(text_of(without_carriage_return(&self.pending)));
            self.pending.clear();
            bytes = tail.get(1..).unwrap_or_default();
        }
        self.fill(bytes, &mut line);
    }

    /// The unfinished last line, if there is one.
    pub fn finish(&mut self) -> Option<String> {
        if self.pending.is_empty() {
            return None;
        }
        let text = text_of(without_carriage_return(&self.pending));
        self.pending.clear();
        Some(text)
    }

    fn fill(&mut self, mut bytes: &[u8], line: &mut impl FnMut(String)) {
        while self.pending.len() + bytes.len() > MAX_LINE_BYTES {
            let room = MAX_LINE_BYTES.saturating_sub(self.pending.len());
            let (head, tail) = bytes.split_at(room);
            self.pending.extend_from_slice(head);
            let cut = character_boundary(&self.pending);
            let rest = self.pending.split_off(cut);
            line(text_of(&self.pending));
            self.pending = rest;
            bytes = tail;
        }
        self.pending.extend_from_slice(bytes);
    }
}

/// Makes bytes fit for a text column: invalid UTF-8 and NUL become U+FFFD.
#[must_use]
pub fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text.into_owned()
    }
}

/// Makes every text inside a JSON value fit for a text column.
pub(crate) fn clean(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text_of(text.as_bytes())),
        Value::Array(items) => Value::Array(items.into_iter().map(clean).collect()),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(name, value)| (text_of(name.as_bytes()), clean(value)))
                .collect(),
        ),
        other => other,
    }
}

fn without_carriage_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where a full buffer may be cut without tearing a character apart: before an
/// incomplete UTF-8 sequence at its end. Bytes that are no UTF-8 at all are cut anywhere.
fn character_boundary(bytes: &[u8]) -> usize {
    let end = bytes.len();
    for back in 1..=3.min(end) {
        let at = end - back;
        let Some(byte) = bytes.get(at) else { break };
        let width = match byte {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            0x80..=0xBF => continue,
            _ => break,
        };
        return if width > back { at } else { end };
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let mut splitter = LineSplitter::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            splitter.push(chunk, |line| lines.push(line));
        }
        lines.extend(splitter.finish());
        lines
    }

    #[test]
    fn lines_are_put_together_across_chunks() {
        assert_eq!(
            split(&[b"one\ntw", b"o\r\n", b"", b"three"]),
            ["one", "two", "three"]
        );
        assert_eq!(split(&[b"\n\n"]), ["", ""]);
        assert!(split(&[]).is_empty());
    }

    #[test]
    fn bad_bytes_and_nul_become_replacement_characters() {
        assert_eq!(split(&[b"a\xffb\0c\n"]), ["a\u{fffd}b\u{fffd}c".to_owned()]);
    }

    #[test]
    fn a_character_torn_between_chunks_survives() {
        let bytes = "سلام".as_bytes();
        assert_eq!(split(&[&bytes[..3], &bytes[3..]]), ["سلام"]);
    }

    #[test]
    fn an_endless_line_arrives_in_whole_characters() {
        let text = "ساعة".repeat(20_000);
        let mut splitter = LineSplitter::default();
        let mut lines = Vec::new();
        for chunk in text.as_bytes().chunks(7_919) {
            splitter.push(chunk, |line| lines.push(line));
            assert!(splitter.pending.len() <= MAX_LINE_BYTES);
        }
        lines.extend(splitter.finish());
        assert!(lines.iter().all(|line| line.len() <= MAX_LINE_BYTES));
        assert_eq!(lines.concat(), text);
    }

    #[test]
    fn bytes_that_are_no_text_are_still_bounded() {
        let lines = split(&[&vec![0x80_u8; 40_000]]);
        assert_eq!(lines.len(), 3);
    }
}

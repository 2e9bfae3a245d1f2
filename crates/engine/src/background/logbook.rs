//! The log of a run while it runs: lines gather here and leave in chunks.
//!
//! A log is kept to 10 MiB: the first mebibyte and the last nine. What lies between is dropped, the line numbers go
//! on, so the hole shows.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::hot::Chunk;

const HEAD_BYTES: i64 = 1 << 20;
const TAIL_BYTES: i64 = 9 << 20;
/// A chunk is closed at this size.
const CHUNK_BYTES: i64 = 256 << 10;
/// Lines held in memory between two flushes; a flood beyond it loses its oldest lines.
const HELD_BYTES: i64 = 8 << 20;

/// The log of one execution, shared by the attempt that writes and the committer that stores.
#[derive(Clone, Debug)]
pub(crate) struct Logbook {
    book: Arc<Mutex<Book>>,
}

#[derive(Debug)]
struct Book {
    execution_id: i64,
    attempt: u32,
    /// Number of the first line held.
    first_held: i64,
    held: VecDeque<(i64, &'static str, String)>,
    held_bytes: i64,
    /// Bytes stored in the head.
    head_bytes: i64,
    /// Stored chunks of the tail: first line, bytes.
    tail: VecDeque<(i64, i64)>,
    tail_bytes: i64,
    truncated: bool,
}

/// What is to be written now: chunks to append, chunks `(execution, first line)` to drop.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    pub chunks: Vec<Chunk>,
    pub drops: Vec<(i64, i64)>,
}

impl Logbook {
    /// A log that goes on after `last_line` (0 for a new one).
    pub(crate) fn new(execution_id: i64, attempt: u32, last_line: i64) -> Self {
        Self {
            book: Arc::new(Mutex::new(Book {
                execution_id,
                attempt,
                first_held: last_line + 1,
                held: VecDeque::new(),
                held_bytes: 0,
                head_bytes: 0,
                tail: VecDeque::new(),
                tail_bytes: 0,
                truncated: false,
            })),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic while the lock is held cannot leave the book half changed in a way that matters: lines may be lost.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line.
    pub(crate) fn add(&self, at: i64, level: &'static str, text: String) {
        let mut book = self.book();
        book.held_bytes += cost(&text);
        book.held.push_back((at, level, text));
        while book.held_bytes > HELD_BYTES {
            let Some((_, _, dropped)) = book.held.pop_front() else {
                break;
            };
            book.held_bytes -= cost(&dropped);
            book.first_held += 1;
            book.truncated = true;
        }
    }

    /// The lines held, as chunks to be stored.
    pub(crate) fn take(&self) -> Pages {
        let mut book = self.book();
        let mut pages = Pages::default();
        while !book.held.is_empty() {
            let mut lines = Vec::new();
            let mut bytes = 0;
            while bytes < CHUNK_BYTES {
                let Some(line) = book.held.pop_front() else {
                    break;
                };
                bytes += cost(&line.2);
                lines.push(line);
            }
            let first_line = book.first_held;
            let line_count = i64::try_from(lines.len()).unwrap_or(0);
            book.first_held += line_count;
            book.held_bytes -= bytes;
            pages.chunks.push(Chunk {
                execution_id: book.execution_id,
                first_line,
                line_count,
                attempt: book.attempt,
                bytes,
                // Numbers and text always serialise.
                lines: serde_json::to_string(&lines).unwrap_or_else(|_| "[]".to_owned()),
            });
            if book.head_bytes < HEAD_BYTES {
                book.head_bytes += bytes;
            } else {
                book.tail.push_back((first_line, bytes));
                book.tail_bytes += bytes;
            }
            while book.tail_bytes > TAIL_BYTES {
                let Some((first, size)) = book.tail.pop_front() else {
                    break;
                };
                book.tail_bytes -= size;
                book.truncated = true;
                let execution = book.execution_id;
                match pages
                    .chunks
                    .iter()
                    .position(|chunk| chunk.first_line == first)
                {
                    // Not stored yet: it need not be.
                    Some(at) => drop(pages.chunks.remove(at)),
                    None => pages.drops.push((execution, first)),
                }
            }
        }
        pages
    }

    /// Number of the last line, and whether lines are missing.
    pub(crate) fn extent(&self) -> (i64, bool) {
        let book = self.book();
        (
            book.first_held - 1 + i64::try_from(book.held.len()).unwrap_or(0),
            book.truncated,
        )
    }

    /// Whether lines wait to be stored.
    pub(crate) fn has_held(&self) -> bool {
        !self.book().held.is_empty()
    }
}

/// Bytes a line is counted as: its text and a little for time and level.
fn cost(text: &str) -> i64 {
    i64::try_from(text.len())
        .unwrap_or(i64::MAX)
        .saturating_add(24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_through() {
        let book = Logbook::new(1, 1, 0);
        book.add(1, "info", "a".into());
        book.add(2, "info", "b".into());
        let first = book.take();
        book.add(3, "info", "c".into());
        let second = book.take();
        assert_eq!(
            (first.chunks[0].first_line, first.chunks[0].line_count),
            (1, 2)
        );
        assert_eq!(
            (second.chunks[0].first_line, second.chunks[0].line_count),
            (3, 1)
        );
        assert_eq!(book.extent(), (3, false));
    }

    #[test]
    fn a_long_log_keeps_its_head_and_its_tail() {
        let book = Logbook::new(1, 1, 0);
        let (mut stored, mut count) = (std::collections::BTreeMap::new(), 0);
        for _ in 0..300 {
            for _ in 0..64 {
                count += 1;
                book.add(0, "stdout", "x".repeat(1_000));
            }
            let pages = book.take();
            for chunk in pages.chunks {
                stored.insert(chunk.first_line, chunk);
            }
            for (_, first) in pages.drops {
                assert!(
                    stored.remove(&first).is_some(),
                    "only what was stored is dropped"
                );
            }
        }
        let bytes: i64 = stored.values().map(|chunk| chunk.bytes).sum();
        assert!(
            bytes <= HEAD_BYTES + TAIL_BYTES + 2 * CHUNK_BYTES,
            "{bytes}"
        );
        assert!(stored.contains_key(&1), "the first line is there");
        let last = stored.values().last().unwrap();
        assert_eq!(last.first_line + last.line_count - 1, count);
        assert_eq!(book.extent(), (count, true));
    }

    #[test]
    fn a_flood_between_two_flushes_is_bounded() {
        let book = Logbook::new(1, 1, 0);
        for _ in 0..20_000 {
            book.add(0, "stdout", "y".repeat(1_000));
        }
        let held: i64 = book.take().chunks.iter().map(|chunk| chunk.bytes).sum();
        assert!(held <= HELD_BYTES);
        assert_eq!(book.extent(), (20_000, true));
    }
}

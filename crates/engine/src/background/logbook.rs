//! The log of a run while it runs: lines gather here and leave in chunks.
//!
//! A log is kept to 10 MiB: the first mebibyte and the last nine. What lies between is dropped, the line numbers go
//! on, so the hole shows.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::announce::{Announcement, Subject};
use crate::rules::ids::execution_uuid;
use crate::store::hot::{Chunk, Live};

const HEAD_BYTES: i64 = 1 << 20;
const TAIL_BYTES: i64 = 9 << 20;
/// A chunk is closed at this size.
const CHUNK_BYTES: i64 = 256 << 10;
/// Bytes beyond the head that are held between two flushes; a flood beyond it loses its oldest lines.
const HELD_BYTES: i64 = 8 << 20;
/// A flush is asked for when so much is held: waiting for the next regular one would lose lines of a flood.
const SOON_BYTES: i64 = 1 << 20;

/// The log of one execution, shared by the attempt that writes and the committer that stores.
#[derive(Clone, Debug)]
pub(crate) struct Logbook {
    book: Arc<Mutex<Book>>,
}

/// The execution that a log belongs to, and who may hear of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whose {
    pub execution_id: i64,
    pub created_at: i64,
    pub job_id: i64,
    pub owner_id: i64,
}

impl Whose {
    /// That the log has grown.
    pub(crate) fn announcement(&self) -> Announcement {
        Announcement {
            subject: Subject::Log,
            id: self.execution_id,
            job_id: Some(self.job_id),
            owner_id: self.owner_id,
            execution: Some(execution_uuid(self.execution_id, self.created_at)),
        }
    }
}

#[derive(Debug)]
struct Book {
    whose: Whose,
    attempt: u32,
    /// Number of the next line.
    next: i64,
    /// Lines of the head that are not stored yet; never dropped.
    head: VecDeque<Line>,
    /// Bytes that the head may still take.
    head_room: i64,
    /// Lines after the head that are not stored yet.
    held: VecDeque<Line>,
    held_bytes: i64,
    /// Stored chunks of the tail: first line, bytes.
    tail: VecDeque<(i64, i64)>,
    tail_bytes: i64,
    truncated: bool,
}

#[derive(Debug)]
struct Line {
    number: i64,
    at: i64,
    level: &'static str,
    text: String,
}

/// What is to be written now: chunks to append, chunks `(execution, first line)` to drop.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    pub chunks: Vec<Chunk>,
    pub drops: Vec<(i64, i64)>,
}

impl Logbook {
    /// The log of an execution, which goes on after the lines that it has.
    pub(crate) fn new(live: &Live) -> Self {
        let whose = Whose {
            execution_id: live.id,
            created_at: live.created_at,
            job_id: live.job_id,
            owner_id: live.owner_id,
        };
        Self::of(whose, live.attempt, live.log_lines)
    }

    fn of(whose: Whose, attempt: u32, last_line: i64) -> Self {
        Self {
            book: Arc::new(Mutex::new(Book {
                whose,
                attempt,
                next: last_line + 1,
                head: VecDeque::new(),
                head_room: HEAD_BYTES,
                held: VecDeque::new(),
                held_bytes: 0,
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

    /// Adds a line; answers whether so much is held now that it is to be stored soon.
    pub(crate) fn add(&self, at: i64, level: &'static str, text: String) -> bool {
        let mut book = self.book();
        let (number, bytes) = (book.next, cost(&text));
        book.next += 1;
        let line = Line {
            number,
            at,
            level,
            text,
        };
        if book.head_room > 0 {
            book.head_room -= bytes;
            book.head.push_back(line);
            return false;
        }
        let before = book.held_bytes;
        book.held_bytes += bytes;
        book.held.push_back(line);
        while book.held_bytes > HELD_BYTES {
            let Some(dropped) = book.held.pop_front() else {
                break;
            };
            book.held_bytes -= cost(&dropped.text);
            book.truncated = true;
        }
        before < SOON_BYTES && book.held_bytes >= SOON_BYTES
    }

    /// The lines held, as chunks to be stored.
    pub(crate) fn take(&self) -> Pages {
        let mut book = self.book();
        let mut pages = Pages::default();
        let head = std::mem::take(&mut book.head);
        for chunk in chunks(book.whose, book.attempt, head) {
            pages.chunks.push(chunk);
        }
        let held = std::mem::take(&mut book.held);
        book.held_bytes = 0;
        for chunk in chunks(book.whose, book.attempt, held) {
            book.tail.push_back((chunk.first_line, chunk.bytes));
            book.tail_bytes += chunk.bytes;
            pages.chunks.push(chunk);
        }
        while book.tail_bytes > TAIL_BYTES {
            let Some((first, size)) = book.tail.pop_front() else {
                break;
            };
            book.tail_bytes -= size;
            book.truncated = true;
            match pages
                .chunks
                .iter()
                .position(|chunk| chunk.first_line == first)
            {
                // Not stored yet: it need not be.
                Some(at) => drop(pages.chunks.remove(at)),
                None => pages.drops.push((book.whose.execution_id, first)),
            }
        }
        pages
    }

    /// Number of the last line, and whether lines are missing.
    pub(crate) fn extent(&self) -> (i64, bool) {
        let book = self.book();
        (book.next - 1, book.truncated)
    }

    /// Whether lines wait to be stored.
    pub(crate) fn has_held(&self) -> bool {
        let book = self.book();
        !book.head.is_empty() || !book.held.is_empty()
    }
}

/// Puts lines together into chunks: whole runs of numbers, closed at their size.
fn chunks(whose: Whose, attempt: u32, lines: VecDeque<Line>) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut open: Vec<(i64, &'static str, String)> = Vec::new();
    let (mut first_line, mut bytes) = (0, 0);
    let mut close = |open: &mut Vec<(i64, &'static str, String)>,
                     first_line: i64,
                     bytes: &mut i64| {
        if open.is_empty() {
            return;
        }
        chunks.push(Chunk {
            whose,
            first_line,
            line_count: i64::try_from(open.len()).unwrap_or(0),
            attempt,
            bytes: std::mem::take(bytes),
            // Numbers and text always serialise.
            lines: serde_json::to_string(&std::mem::take(open)).unwrap_or_else(|_| "[]".to_owned()),
        });
    };
    for line in lines {
        let follows = first_line + i64::try_from(open.len()).unwrap_or(0) == line.number;
        if !follows || bytes >= CHUNK_BYTES {
            close(&mut open, first_line, &mut bytes);
        }
        if open.is_empty() {
            first_line = line.number;
        }
        bytes += cost(&line.text);
        open.push((line.at, line.level, line.text));
    }
    close(&mut open, first_line, &mut bytes);
    chunks
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

    fn empty() -> Logbook {
        let whose = Whose {
            execution_id: 1,
            created_at: 0,
            job_id: 1,
            owner_id: 1,
        };
        Logbook::of(whose, 1, 0)
    }

    #[test]
    fn lines_are_numbered_through() {
        let book = empty();
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
        let book = empty();
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
    fn a_flood_between_two_flushes_is_bounded_and_keeps_its_head() {
        let book = empty();
        let asked = (0..20_000)
            .filter(|_| book.add(0, "stdout", "y".repeat(1_000)))
            .count();
        assert_eq!(asked, 1, "asks once to be stored");
        let pages = book.take();
        let held: i64 = pages.chunks.iter().map(|chunk| chunk.bytes).sum();
        assert!(held <= HEAD_BYTES + HELD_BYTES + CHUNK_BYTES);
        assert_eq!(pages.chunks[0].first_line, 1, "the beginning is there");
        let numbers: i64 = pages.chunks.iter().map(|chunk| chunk.line_count).sum();
        assert!(numbers < 20_000, "the middle is missing");
        let last = pages.chunks.last().unwrap();
        assert_eq!(
            last.first_line + last.line_count - 1,
            20_000,
            "the end is there"
        );
        assert_eq!(book.extent(), (20_000, true));
    }
}

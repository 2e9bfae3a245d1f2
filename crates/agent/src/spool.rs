//! What must survive the death of the program: orders taken, how far they are, what they wrote and how they ended.
//!
//! Two kinds of append-only files: the journal, whose lines are on the disk (fsync) before anything follows from them,
//! and one file of output for each order. An order is taken before it is acknowledged, marked as started before its first
//! program is, and its end is on the disk before it is reported. So after a crash it is known of every order whether it
//! was certainly not started, and nothing is done twice; except files, which go on where they were cut off.
//!
//! The disk is written from asynchronous code without a detour: a line takes a few milliseconds at most, and nothing
//! else is worth doing before it is safe.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use orloj_wire::agent::{
    AgentFrame, FileAction, OUTPUT_BYTES, Order, Outcome, Step, Stream, Verdict,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::identity::replace;
use crate::platform;

const JOURNAL: &str = "journal";
/// The journal is written anew when it has so many lines more than it needs.
const COMPACT: usize = 2_000;
/// Orders held at the same time; more are refused.
const MOST_ORDERS: usize = 10_000;

/// A line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Line {
    /// Orders up to this one were taken at some time.
    Highest { fence: i64 },
    /// An order was taken.
    Taken { order: Box<Order> },
    /// Its first program is about to be started.
    Started { fence: i64, at: Timestamp },
    /// It ended so.
    Ended {
        fence: i64,
        outcome: Outcome,
        at: Timestamp,
    },
    /// The server has it all.
    Settled { fence: i64 },
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Number, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Step, from 0.
    pub step: u32,
    /// Where.
    pub stream: Stream,
    /// What.
    pub text: String,
}

/// What became of taking an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is on the disk.
    New,
    /// It was already.
    Known,
    /// It is older than one that was taken before: stale or replayed.
    Stale,
    /// Too many are held.
    Full,
}

#[derive(Debug)]
struct Held {
    order: Order,
    started: Option<Timestamp>,
    ended: Option<(Outcome, Timestamp)>,
    /// Pieces that the server has not acknowledged.
    pieces: VecDeque<Piece>,
    last_seq: i64,
    bytes: u64,
    dropped: u64,
    output: Option<File>,
    /// Sent on the present connection: pieces up to this one, and the end.
    sent_seq: i64,
    sent_start: bool,
    sent_end: bool,
    /// Asked to stop before it began.
    cancelled: Option<String>,
    /// It had begun when the program died, and is begun once more.
    again: bool,
}

#[derive(Debug)]
struct Book {
    journal: File,
    lines: usize,
    highest: i64,
    orders: BTreeMap<i64, Held>,
}

/// The spool. Clones share it.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: Arc<PathBuf>,
    book: Arc<Mutex<Book>>,
    /// Something is to be sent.
    pub to_send: Arc<Notify>,
    /// Something is to be done.
    pub to_do: Arc<Notify>,
}

impl Spool {
    /// Opens the spool below `folder`. Orders that had begun when the program died are lost: their ends are written now.
    /// Only what may be done twice without anybody noticing goes on: putting files where they are to be.
    ///
    /// # Errors
    /// When the disk cannot be read or written.
    pub fn open(folder: &Path, now: Timestamp) -> io::Result<Self> {
        let folder = folder.join("spool");
        platform::make_private_folder(&folder)?;
        let (mut orders, highest) = read_journal(&folder)?;
        for (fence, held) in &mut orders {
            read_output(&folder, *fence, held)?;
            let is_cut_off = held.started.is_some() && held.ended.is_none();
            held.again = is_cut_off && is_repeatable(&held.order);
            if is_cut_off && !held.again {
                let outcome = Outcome {
                    verdict: Verdict::Lost,
                    reason: Some("the agent died while it was at work".to_owned()),
                    exit_code: None,
                    steps: Vec::new(),
                };
                held.ended = Some((outcome, now));
            }
        }
        let (journal, lines) = write_journal(&folder, &orders, highest)?;
        Ok(Self {
            folder: Arc::new(folder),
            book: Arc::new(Mutex::new(Book {
                journal,
                lines,
                highest,
                orders,
            })),
            to_send: Arc::default(),
            to_do: Arc::default(),
        })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an order; when this returns `New`, it is on the disk.
    ///
    /// # Errors
    /// When the disk cannot be written: then it was not taken.
    pub fn take(&self, order: &Order) -> io::Result<Taken> {
        let mut book = self.book();
        if book.orders.contains_key(&order.fence) {
            return Ok(Taken::Known);
        }
        if order.fence <= book.highest {
            return Ok(Taken::Stale);
        }
        if book.orders.len() >= MOST_ORDERS {
            return Ok(Taken::Full);
        }
        book.write(&Line::Taken {
            order: Box::new(order.clone()),
        })?;
        book.highest = order.fence;
        book.orders.insert(order.fence, Held::new(order.clone()));
        drop(book);
        self.to_do.notify_one();
        Ok(Taken::New)
    }

    /// The first order that has neither begun nor ended, or is to go on, and is not among `busy`.
    #[must_use]
    pub fn next(&self, busy: &[i64]) -> Option<Order> {
        let book = self.book();
        book.orders
            .iter()
            .find(|(fence, held)| {
                (held.started.is_none() || held.again)
                    && held.ended.is_none()
                    && !busy.contains(fence)
            })
            .map(|(_, held)| held.order.clone())
    }

    /// Whether an order has begun already, before the program was started.
    #[must_use]
    pub fn goes_on(&self, fence: i64) -> bool {
        self.book()
            .orders
            .get(&fence)
            .is_some_and(|held| held.again)
    }

    /// Why an order that has not begun is not to, if somebody asked.
    #[must_use]
    pub fn cancelled(&self, fence: i64) -> Option<String> {
        self.book().orders.get(&fence)?.cancelled.clone()
    }

    /// Somebody asks that an order be not begun. One that has begun is for the worker.
    pub fn cancel(&self, fence: i64, reason: &str) {
        if let Some(held) = self.book().orders.get_mut(&fence) {
            held.cancelled = Some(reason.to_owned());
        }
        self.to_do.notify_one();
    }

    /// Marks an order as begun; when this returns, it is on the disk.
    ///
    /// # Errors
    /// When the disk cannot be written: then it must not begin.
    pub fn start(&self, fence: i64, at: Timestamp) -> io::Result<()> {
        let mut book = self.book();
        book.write(&Line::Started { fence, at })?;
        if let Some(held) = book.orders.get_mut(&fence) {
            held.started = Some(at);
        }
        drop(book);
        self.to_send.notify_one();
        Ok(())
    }

    /// Keeps what an order wrote, up to `most` bytes in all; the rest is counted.
    pub fn write(
        &self,
        fence: i64,
        at: Timestamp,
        step: u32,
        stream: Stream,
        text: &str,
        most: u64,
    ) {
        let mut book = self.book();
        let Some(held) = book.orders.get_mut(&fence) else {
            return;
        };
        for part in parts(text) {
            let length = part.len() as u64;
            if held.bytes + length > most {
                held.dropped += length;
                continue;
            }
            held.bytes += length;
            held.push(&self.folder, fence, at, step, stream, part);
        }
        drop(book);
        self.to_send.notify_one();
    }

    /// Writes down how an order ended; when this returns, it and all output is on the disk.
    ///
    /// # Errors
    /// When the disk cannot be written.
    pub fn end(&self, fence: i64, outcome: Outcome, at: Timestamp) -> io::Result<()> {
        let mut book = self.book();
        if let Some(held) = book.orders.get_mut(&fence) {
            if held.dropped > 0 {
                let text = format!("{} bytes of output were left out\n", held.dropped);
                held.dropped = 0;
                held.push(&self.folder, fence, at, 0, Stream::System, &text);
            }
            if let Some(output) = &held.output {
                output.sync_all()?;
            }
        }
        book.write(&Line::Ended {
            fence,
            outcome: outcome.clone(),
            at,
        })?;
        if let Some(held) = book.orders.get_mut(&fence) {
            held.ended = Some((outcome, at));
        }
        drop(book);
        self.to_send.notify_one();
        Ok(())
    }

    /// The server has this.
    ///
    /// # Errors
    /// When the disk cannot be written: the server is told again.
    pub fn acknowledged(&self, fence: i64, seq: i64, settled: bool) -> io::Result<()> {
        if settled {
            return self.forget(fence);
        }
        if let Some(held) = self.book().orders.get_mut(&fence) {
            while held.pieces.front().is_some_and(|piece| piece.seq <= seq) {
                held.pieces.pop_front();
            }
        }
        self.to_send.notify_one();
        Ok(())
    }

    /// Nobody wants to know anything of this order any more.
    ///
    /// # Errors
    /// When the disk cannot be written.
    pub fn forget(&self, fence: i64) -> io::Result<()> {
        let mut book = self.book();
        if book.orders.remove(&fence).is_none() {
            return Ok(());
        }
        book.write(&Line::Settled { fence })?;
        // What is left behind is taken away with the next start.
        let _ = std::fs::remove_file(output_path(&self.folder, fence));
        if book.lines > COMPACT + 4 * book.orders.len() {
            let (journal, lines) = write_journal(&self.folder, &book.orders, book.highest)?;
            book.journal = journal;
            book.lines = lines;
        }
        Ok(())
    }

    /// Orders that the server has not acknowledged the end of.
    #[must_use]
    pub fn holding(&self) -> Vec<i64> {
        self.book().orders.keys().copied().collect()
    }

    /// A new connection has begun: what is not acknowledged is to be sent again.
    pub fn rewind(&self) {
        for held in self.book().orders.values_mut() {
            held.sent_seq = held
                .pieces
                .front()
                .map_or(held.last_seq, |first| first.seq - 1);
            held.sent_start = false;
            held.sent_end = false;
        }
    }

    /// What is to be sent next, at most `most` frames.
    #[must_use]
    pub fn frames(&self, most: usize) -> Vec<AgentFrame> {
        let mut frames = Vec::new();
        for (fence, held) in &mut self.book().orders {
            let fence = *fence;
            if let (Some(at), false) = (held.started, held.sent_start) {
                held.sent_start = true;
                frames.push(AgentFrame::Started { fence, at });
            }
            for piece in &held.pieces {
                if frames.len() >= most {
                    return frames;
                }
                if piece.seq > held.sent_seq {
                    held.sent_seq = piece.seq;
                    frames.push(AgentFrame::Output {
                        fence,
                        seq: piece.seq,
                        at: piece.at,
                        step: piece.step,
                        stream: piece.stream,
                        text: piece.text.clone(),
                    });
                }
            }
            if let (Some((outcome, at)), false) = (&held.ended, held.sent_end) {
                held.sent_end = true;
                frames.push(AgentFrame::Result {
                    fence,
                    outcome: outcome.clone(),
                    at: *at,
                    last_seq: held.last_seq,
                });
            }
        }
        frames
    }
}

impl Book {
    fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut json = serde_json::to_vec(line)?;
        json.push(b'\n');
        self.journal.write_all(&json)?;
        self.journal.sync_data()?;
        self.lines += 1;
        Ok(())
    }
}

impl Held {
    fn new(order: Order) -> Self {
        Self {
            order,
            started: None,
            ended: None,
            pieces: VecDeque::new(),
            last_seq: 0,
            bytes: 0,
            dropped: 0,
            output: None,
            sent_seq: 0,
            sent_start: false,
            sent_end: false,
            cancelled: None,
            again: false,
        }
    }

    fn push(
        &mut self,
        folder: &Path,
        fence: i64,
        at: Timestamp,
        step: u32,
        stream: Stream,
        text: &str,
    ) {
        self.last_seq += 1;
        let piece = Piece {
            seq: self.last_seq,
            at,
            step,
            stream,
            text: text.to_owned(),
        };
        if self.output.is_none() {
            self.output = File::options()
                .create(true)
                .append(true)
                .open(output_path(folder, fence))
                .ok();
        }
        // A full disk must not stop the program that writes: what is not on the disk is still in memory.
        if let (Some(file), Ok(mut json)) = (&mut self.output, serde_json::to_vec(&piece)) {
            json.push(b'\n');
            let _ = file.write_all(&json);
        }
        self.pieces.push_back(piece);
    }
}

fn output_path(folder: &Path, fence: i64) -> PathBuf {
    folder.join(format!("{fence}.output"))
}

/// A text in pieces that fit into a frame.
fn parts(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let (part, rest) = text.split_at(text.floor_char_boundary(OUTPUT_BYTES));
        text = rest;
        Some(part)
    })
}

fn read_journal(folder: &Path) -> io::Result<(BTreeMap<i64, Held>, i64)> {
    let mut orders = BTreeMap::new();
    let mut highest = 0;
    let file = match File::open(folder.join(JOURNAL)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((orders, highest)),
        Err(error) => return Err(error),
    };
    for line in BufReader::new(file).split(b'\n') {
        // The last line may be a part: nothing had followed from it.
        let Ok(line) = serde_json::from_slice::<Line>(&line?) else {
            continue;
        };
        match line {
            Line::Highest { fence } => highest = highest.max(fence),
            Line::Taken { order } => {
                highest = highest.max(order.fence);
                orders.insert(order.fence, Held::new(*order));
            }
            Line::Started { fence, at } => {
                if let Some(held) = orders.get_mut(&fence) {
                    held.started = Some(at);
                }
            }
            Line::Ended { fence, outcome, at } => {
                if let Some(held) = orders.get_mut(&fence) {
                    held.ended = Some((outcome, at));
                }
            }
            Line::Settled { fence } => {
                orders.remove(&fence);
            }
        }
    }
    Ok((orders, highest))
}

/// Whether an order may be done twice: a file that is there already is left alone, and a part of one is gone on with.
fn is_repeatable(order: &Order) -> bool {
    let mut steps = order.steps.iter();
    !order.steps.is_empty()
        && steps.all(|step| matches!(step, Step::File(file) if file.action == FileAction::Deploy))
}

fn read_output(folder: &Path, fence: i64, held: &mut Held) -> io::Result<()> {
    let file = match File::open(output_path(folder, fence)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for line in BufReader::new(file).split(b'\n') {
        let Ok(piece) = serde_json::from_slice::<Piece>(&line?) else {
            continue;
        };
        held.last_seq = held.last_seq.max(piece.seq);
        held.bytes += piece.text.len() as u64;
        held.pieces.push_back(piece);
    }
    Ok(())
}

/// Writes the journal anew; answers the open file and its number of lines.
fn write_journal(
    folder: &Path,
    orders: &BTreeMap<i64, Held>,
    highest: i64,
) -> io::Result<(File, usize)> {
    let mut lines = vec![Line::Highest { fence: highest }];
    for (fence, held) in orders {
        lines.push(Line::Taken {
            order: Box::new(held.order.clone()),
        });
        lines.extend(held.started.map(|at| Line::Started { fence: *fence, at }));
        lines.extend(held.ended.clone().map(|(outcome, at)| Line::Ended {
            fence: *fence,
            outcome,
            at,
        }));
    }
    let mut text = Vec::new();
    for line in &lines {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
    }
    replace(folder, JOURNAL, &text)?;
    let file = File::options().append(true).open(folder.join(JOURNAL))?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let fence = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".output")?.parse::<i64>().ok());
        if fence.is_some_and(|fence| !orders.contains_key(&fence)) {
            std::fs::remove_file(path)?;
        }
    }
    Ok((file, lines.len()))
}

#[cfg(test)]
mod tests {
    use orloj_wire::agent::{FileRef, FileStep};

    use super::*;

    fn at() -> Timestamp {
        "2026-11-20T08:00:00Z".parse().unwrap()
    }

    fn order(fence: i64) -> Order {
        Order {
            fence,
            execution: "e".to_owned(),
            attempt: 1,
            not_before: at(),
            expires_at: at(),
            limit_seconds: 1,
            stop_on_failure: true,
            ticket: None,
            steps: Vec::new(),
        }
    }

    fn outcome() -> Outcome {
        Outcome {
            verdict: Verdict::Success,
            reason: None,
            exit_code: Some(0),
            steps: Vec::new(),
        }
    }

    #[test]
    fn an_order_is_taken_once_and_an_older_one_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), at()).unwrap();
        assert_eq!(spool.take(&order(5)).unwrap(), Taken::New);
        assert_eq!(spool.take(&order(5)).unwrap(), Taken::Known);
        assert_eq!(spool.take(&order(4)).unwrap(), Taken::Stale);
        spool.forget(5).unwrap();
        assert_eq!(spool.take(&order(5)).unwrap(), Taken::Stale);
        drop(spool);
        // Also after a new start.
        let spool = Spool::open(folder.path(), at()).unwrap();
        assert_eq!(spool.take(&order(5)).unwrap(), Taken::Stale);
        assert_eq!(spool.take(&order(6)).unwrap(), Taken::New);
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again_after_a_new_start() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), at()).unwrap();
        spool.take(&order(1)).unwrap();
        spool.take(&order(2)).unwrap();
        assert_eq!(spool.next(&[]).unwrap().fence, 1);
        assert_eq!(spool.next(&[1]).unwrap().fence, 2);
        spool.start(1, at()).unwrap();
        spool.write(1, at(), 0, Stream::Stdout, "one", 100);
        spool.write(1, at(), 0, Stream::Stdout, "two", 100);
        assert_eq!(spool.frames(100).len(), 3);
        assert!(spool.frames(100).is_empty());
        spool.acknowledged(1, 1, false).unwrap();
        spool.end(1, outcome(), at()).unwrap();
        drop(spool);
        let spool = Spool::open(folder.path(), at()).unwrap();
        assert_eq!(spool.holding(), [1, 2]);
        spool.rewind();
        let frames = spool.frames(100);
        // The first piece is sent again too: its acknowledgement was only in memory.
        assert_eq!(frames.len(), 4);
        assert!(matches!(
            frames[3],
            AgentFrame::Result {
                fence: 1,
                last_seq: 2,
                ..
            }
        ));
        spool.acknowledged(1, 2, true).unwrap();
        assert_eq!(spool.holding(), [2]);
        assert_eq!(spool.next(&[]).unwrap().fence, 2);
    }

    #[test]
    fn an_order_that_had_begun_when_the_program_died_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), at()).unwrap();
        spool.take(&order(1)).unwrap();
        spool.start(1, at()).unwrap();
        drop(spool);
        // The last line was cut off.
        let path = folder.path().join("spool").join(JOURNAL);
        let mut text = std::fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"type\":\"ended\",\"fen");
        std::fs::write(&path, text).unwrap();
        let spool = Spool::open(folder.path(), at()).unwrap();
        assert!(spool.next(&[]).is_none());
        let frames = spool.frames(10);
        assert!(matches!(
            &frames[1],
            AgentFrame::Result { outcome, .. } if outcome.verdict == Verdict::Lost
        ));
    }

    #[test]
    fn an_order_that_only_puts_files_somewhere_goes_on_after_the_program_died() {
        let file = |action| {
            Step::File(FileStep {
                action,
                file: FileRef {
                    id: 1,
                    name: "a".to_owned(),
                    size: 1,
                    sha256: String::new(),
                },
                folder: "/srv".to_owned(),
                create_folder: true,
                mode: None,
                owner: None,
                group: None,
                keep_previous: true,
                limit_seconds: 1,
            })
        };
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), at()).unwrap();
        // What was there before comes back once: the second time there is nothing to bring back.
        for (fence, action) in [(1, FileAction::Undo), (2, FileAction::Deploy)] {
            let mut order = order(fence);
            order.steps.push(file(action));
            spool.take(&order).unwrap();
            spool.start(fence, at()).unwrap();
        }
        drop(spool);
        let spool = Spool::open(folder.path(), at()).unwrap();
        assert!(!spool.goes_on(1) && spool.goes_on(2));
        assert_eq!(spool.next(&[]).unwrap().fence, 2);
        assert!(spool.next(&[2]).is_none());
        let ends = |spool: &Spool| -> Vec<(i64, Verdict)> {
            let frames = spool.frames(10).into_iter();
            frames
                .filter_map(|frame| match frame {
                    AgentFrame::Result { fence, outcome, .. } => Some((fence, outcome.verdict)),
                    _ => None,
                })
                .collect()
        };
        assert_eq!(ends(&spool), [(1, Verdict::Lost)]);
        spool.end(2, outcome(), at()).unwrap();
        assert_eq!(ends(&spool), [(2, Verdict::Success)]);
        assert!(spool.next(&[]).is_none());
    }

    #[test]
    fn output_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), at()).unwrap();
        spool.take(&order(1)).unwrap();
        spool.write(1, at(), 0, Stream::Stdout, &"ä".repeat(20_000), 30_000);
        spool.write(1, at(), 0, Stream::Stdout, "more", 30_000);
        spool.end(1, outcome(), at()).unwrap();
        let texts: Vec<String> = spool
            .frames(100)
            .into_iter()
            .filter_map(|frame| match frame {
                AgentFrame::Output { text, .. } => Some(text),
                _ => None,
            })
            .collect();
        assert_eq!(texts[0].len(), OUTPUT_BYTES);
        assert!(texts.iter().all(|text| text.len() <= OUTPUT_BYTES));
        assert!(
            texts
                .last()
                .unwrap()
                .ends_with("bytes of output were left out\n")
        );
    }
}

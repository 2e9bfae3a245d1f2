//! Listening to a program: lines to the log within a budget, the last words kept
//! for the failure message, and the few lines by which a program speaks to us.
//!
//! The budget keeps the beginning and the end of a long output: the beginning
//! goes out live, the end is held back in a small buffer and follows when the
//! program is over, with the number of bytes left out in between.

use std::collections::VecDeque;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::context::Progress;
use crate::lines::LineSplitter;
use crate::log::{LogLevel, LogSink, LogSource};

/// Most bytes of the end of a long output that are kept.
const TAIL_BYTES: u64 = 1024 * 1024;
/// What holding back one line costs besides its text, so that a million short
/// lines cannot take many times the memory of their bytes.
const LINE_COST: usize = 64;
/// Bytes of each stream's end that are kept for the failure message.
const LAST_WORDS_BYTES: usize = 8 * 1024;
/// Most warnings (and errors) a program can report.
const MAX_NOTES: usize = 100;

/// What a program said about its own work.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) summary: Option<String>,
    pub(super) result: Option<Value>,
    pub(super) records_processed: Option<i64>,
    pub(super) records_affected: Option<i64>,
    pub(super) warnings: Vec<String>,
    pub(super) errors: Vec<String>,
    pub(super) partial: bool,
}

/// Takes in both streams of one program.
#[derive(Debug)]
pub(super) struct Capture {
    log: LogSink,
    progress: Progress,
    stdout: LineSplitter,
    stderr: LineSplitter,
    head_left: u64,
    tail: VecDeque<(LogSource, String)>,
    tail_cost: u64,
    tail_limit: u64,
    dropped: u64,
    last_stdout: LastWords,
    last_stderr: LastWords,
    report: Report,
}

impl Capture {
    pub(super) fn new(log: LogSink, progress: Progress, limit: u64) -> Self {
        let tail_limit = (limit / 10).min(TAIL_BYTES);
        Self {
            log,
            progress,
            stdout: LineSplitter::default(),
            stderr: LineSplitter::default(),
            head_left: limit - tail_limit,
            tail: VecDeque::new(),
            tail_cost: 0,
            tail_limit,
            dropped: 0,
            last_stdout: LastWords::default(),
            last_stderr: LastWords::default(),
            report: Report::default(),
        }
    }

    /// Reads both streams until both are at their end.
    pub(super) async fn listen(
        &mut self,
        mut stdout: Option<impl AsyncRead + Unpin>,
        mut stderr: Option<impl AsyncRead + Unpin>,
    ) {
        let mut from_stdout = vec![0_u8; 32 * 1024];
        let mut from_stderr = vec![0_u8; 8 * 1024];
        while stdout.is_some() || stderr.is_some() {
            tokio::select! {
                read = next(&mut stdout, &mut from_stdout) => match read {
                    Some(count) => self.take(LogSource::Stdout, from_stdout.get(..count).unwrap_or_default()),
                    None => stdout = None,
                },
                read = next(&mut stderr, &mut from_stderr) => match read {
                    Some(count) => self.take(LogSource::Stderr, from_stderr.get(..count).unwrap_or_default()),
                    None => stderr = None,
                },
            }
        }
    }

    fn take(&mut self, source: LogSource, bytes: &[u8]) {
        let mut splitter = std::mem::take(self.splitter(source));
        splitter.push(bytes, |line| self.line(source, line));
        *self.splitter(source) = splitter;
    }

    fn splitter(&mut self, source: LogSource) -> &mut LineSplitter {
        match source {
            LogSource::Stderr => &mut self.stderr,
            LogSource::Stdout | LogSource::Function => &mut self.stdout,
        }
    }

    /// Hands on what is still held back and gives the program's report and its last words.
    pub(super) fn finish(mut self) -> (Report, String) {
        for source in [LogSource::Stdout, LogSource::Stderr] {
            if let Some(rest) = self.splitter(source).finish() {
                self.line(source, rest);
            }
        }
        if self.dropped > 0 {
            let note = format!(
                "{} bytes of output are left out here: the limit of kept output is reached",
                self.dropped
            );
            self.log.warn(note.as_str());
            self.report.note_warning(note);
        }
        for (source, text) in self.tail.drain(..) {
            self.log.line(level(source), source, text);
        }
        let last = if self.last_stderr.is_empty() {
            self.last_stdout
        } else {
            self.last_stderr
        };
        (self.report, last.text())
    }

    fn line(&mut self, source: LogSource, text: String) {
        if source == LogSource::Stdout
            && let Some(word) = text.strip_prefix("orloj:")
            && self.directive(word)
        {
            return;
        }
        match source {
            LogSource::Stderr => self.last_stderr.push(&text),
            LogSource::Stdout | LogSource::Function => self.last_stdout.push(&text),
        }
        let size = text.len() as u64 + 1;
        if self.tail.is_empty() && size <= self.head_left {
            self.head_left -= size;
            self.log.line(level(source), source, text);
            return;
        }
        self.tail_cost += size + LINE_COST as u64;
        self.tail.push_back((source, text));
        while self.tail_cost > self.tail_limit {
            let Some((_, oldest)) = self.tail.pop_front() else {
                break;
            };
            let size = oldest.len() as u64 + 1;
            self.tail_cost -= size + LINE_COST as u64;
            self.dropped += size;
            // From here on the beginning is over, even if the buffer empties.
            self.head_left = 0;
        }
    }

    /// Obeys `orloj:…` lines; false means the line is ordinary output after all.
    fn directive(&mut self, line: &str) -> bool {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "progress" => {
                let (percent, note) = rest.split_once(' ').unwrap_or((rest, ""));
                let Ok(percent) = percent.trim_end_matches('%').parse::<u8>() else {
                    return false;
                };
                let note = note.trim();
                self.progress
                    .set(percent, (!note.is_empty()).then_some(note));
                true
            }
            "warning" => {
                self.report.note_warning(rest.to_owned());
                self.log.warn(rest);
                true
            }
            "result" => match serde_json::from_str(rest) {
                Ok(value) => {
                    self.report.absorb(crate::clean(value));
                    true
                }
                Err(_) => {
                    self.report.note_warning(
                        "an orloj:result line is not valid JSON and was taken as output".to_owned(),
                    );
                    false
                }
            },
            _ => false,
        }
    }
}

impl Report {
    fn note_warning(&mut self, text: String) {
        if self.warnings.len() < MAX_NOTES {
            self.warnings.push(text);
        }
    }

    /// Takes over a result line. The members with a meaning are read; all of it is kept.
    fn absorb(&mut self, value: Value) {
        if let Value::Object(map) = &value {
            let number = |name: &str| map.get(name).and_then(Value::as_i64).filter(|n| *n >= 0);
            self.records_processed = number("recordsProcessed").or(self.records_processed);
            self.records_affected = number("recordsAffected").or(self.records_affected);
            if let Some(summary) = map.get("summary").and_then(Value::as_str) {
                self.summary = Some(summary.chars().take(500).collect());
            }
            let notes = |name: &str| {
                map.get(name)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            self.warnings.extend(notes("warnings"));
            self.warnings.truncate(MAX_NOTES);
            self.errors.extend(notes("errors"));
            self.errors.truncate(MAX_NOTES);
            self.partial = map.get("status").and_then(Value::as_str) == Some("partial");
        }
        self.result = Some(value);
    }
}

const fn level(source: LogSource) -> LogLevel {
    match source {
        LogSource::Stderr => LogLevel::Warning,
        LogSource::Stdout | LogSource::Function => LogLevel::Info,
    }
}

/// The end of a stream, in whole lines.
#[derive(Debug, Default)]
struct LastWords {
    lines: VecDeque<String>,
    bytes: usize,
}

impl LastWords {
    fn push(&mut self, line: &str) {
        self.bytes += line.len() + LINE_COST;
        self.lines.push_back(line.to_owned());
        while self.bytes > LAST_WORDS_BYTES && self.lines.len() > 1 {
            if let Some(oldest) = self.lines.pop_front() {
                self.bytes -= oldest.len() + LINE_COST;
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn text(self) -> String {
        Vec::from(self.lines).join("\n")
    }
}

/// Bytes read, or `None` at the end; waits for ever on a stream that has ended.
async fn next(stream: &mut Option<impl AsyncRead + Unpin>, buffer: &mut [u8]) -> Option<usize> {
    match stream {
        Some(stream) => match stream.read(buffer).await {
            Ok(0) | Err(_) => None,
            Ok(count) => Some(count),
        },
        None => std::future::pending().await,
    }
}

//! What a run says while it works.
//!
//! The sink never blocks and never fails: the receiver behind it decides what to
//! keep and stamps the time. Bytes from programs become lines here, bounded in
//! length and free of anything a database text column refuses.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::lines::LineSplitter;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For whoever is looking for a fault.
    Debug,
    /// Ordinary progress.
    Info,
    /// Worth a look.
    Warning,
    /// Something failed.
    Error,
}

impl LogLevel {
    /// The word used in APIs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogSource {
    /// The task function itself.
    Function,
    /// The program's standard output.
    Stdout,
    /// The program's standard error.
    Stderr,
}

impl LogSource {
    /// The word used in APIs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// One line. The text has no line break at its end, no NUL, and is valid UTF-8
/// of at most [`MAX_LINE_BYTES`](crate::MAX_LINE_BYTES) bytes plus replacements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// Who said it.
    pub source: LogSource,
    /// The text.
    pub text: String,
}

type Receiver = dyn Fn(LogLine) + Send + Sync;

/// Where a run's lines go. Cloning is cheap and all clones feed one receiver.
#[derive(Clone)]
pub struct LogSink {
    inner: Arc<Inner>,
}

struct Inner {
    receiver: Box<Receiver>,
    stdout: Mutex<LineSplitter>,
    stderr: Mutex<LineSplitter>,
}

impl fmt::Debug for LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogSink").finish_non_exhaustive()
    }
}

impl LogSink {
    /// A sink in front of `receiver`, which is called once per line, from any
    /// thread, and must return at once (hand over, do not write to disk).
    #[must_use]
    pub fn new(receiver: impl Fn(LogLine) + Send + Sync + 'static) -> Self {
        Self {
            inner: Arc::new(Inner {
                receiver: Box::new(receiver),
                stdout: Mutex::default(),
                stderr: Mutex::default(),
            }),
        }
    }

    /// A sink that forgets everything.
    #[must_use]
    pub fn discard() -> Self {
        Self::new(drop)
    }

    /// Says something at debug level.
    pub fn debug(&self, text: impl Into<String>) {
        self.line(LogLevel::Debug, LogSource::Function, text);
    }

    /// Says something ordinary.
    pub fn info(&self, text: impl Into<String>) {
        self.line(LogLevel::Info, LogSource::Function, text);
    }

    /// Says something that deserves a look.
    pub fn warn(&self, text: impl Into<String>) {
        self.line(LogLevel::Warning, LogSource::Function, text);
    }

    /// Says that something failed.
    pub fn error(&self, text: impl Into<String>) {
        self.line(LogLevel::Error, LogSource::Function, text);
    }

    /// A line that a program on another machine wrote.
    pub fn relayed(&self, source: LogSource, text: impl Into<String>) {
        let level = match source {
            LogSource::Stderr => LogLevel::Warning,
            LogSource::Stdout | LogSource::Function => LogLevel::Info,
        };
        self.line(level, source, text);
    }

    /// Takes bytes a program wrote to standard output; whole lines go on, the
    /// rest waits for more bytes or for [`LogSink::flush`].
    pub fn stdout(&self, bytes: &[u8]) {
        self.bytes(&self.inner.stdout, LogLevel::Info, LogSource::Stdout, bytes);
    }

    /// The same for standard error; its lines are warnings.
    pub fn stderr(&self, bytes: &[u8]) {
        self.bytes(
            &self.inner.stderr,
            LogLevel::Warning,
            LogSource::Stderr,
            bytes,
        );
    }

    /// Hands on unfinished last lines. For the end of a program.
    pub fn flush(&self) {
        let ends = [
            (&self.inner.stdout, LogLevel::Info, LogSource::Stdout),
            (&self.inner.stderr, LogLevel::Warning, LogSource::Stderr),
        ];
        for (splitter, level, source) in ends {
            let rest = splitter
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .finish();
            if let Some(text) = rest {
                self.emit(level, source, text);
            }
        }
    }

    /// Hands on one line, whoever said it.
    pub fn line(&self, level: LogLevel, source: LogSource, text: impl Into<String>) {
        let text = text.into();
        if text.len() <= crate::MAX_LINE_BYTES && !text.contains(['\0', '\n']) {
            self.emit(level, source, text);
            return;
        }
        let mut splitter = LineSplitter::default();
        splitter.push(text.as_bytes(), |line| self.emit(level, source, line));
        if let Some(rest) = splitter.finish() {
            self.emit(level, source, rest);
        }
    }

    fn bytes(
        &self,
        splitter: &Mutex<LineSplitter>,
        level: LogLevel,
        source: LogSource,
        bytes: &[u8],
    ) {
        splitter
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(bytes, |text| self.emit(level, source, text));
    }

    fn emit(&self, level: LogLevel, source: LogSource, text: String) {
        (self.inner.receiver)(LogLine {
            level,
            source,
            text,
        });
    }
}

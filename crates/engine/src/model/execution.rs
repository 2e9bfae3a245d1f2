//! Fires, executions, attempts and their logs.

use jiff::Timestamp;
use serde_json::Value;

use super::Artifact;

/// Where an execution stands. The numbers are the seeds' (1-4) and Orloj's continuation of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Status {
    /// Due later, waiting for a slot, for its job's limit, or for its next attempt.
    Pending = 1,
    /// Running.
    Running = 2,
    /// Ended well.
    Success = 3,
    /// Ended badly.
    Failed = 4,
    /// Ended by a time limit.
    Timeout = 5,
    /// Ended by a person or by `cancel_running`.
    Cancelled = 6,
    /// Was due while nothing could run it.
    Missed = 7,
    /// A rule said no.
    Skipped = 8,
    /// Its process died; whether it finished is not known.
    Lost = 9,
    /// Some of it ended well.
    Partial = 10,
}

/// What started an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Trigger {
    /// The job's schedule.
    Schedule = 0,
    /// A person, through the web page or the command line.
    Manual = 1,
    /// A program, through an API.
    Api = 2,
    /// An earlier failure, where that makes a new execution (never for attempts of one execution).
    Retry = 3,
    /// Another job's end.
    Dependency = 4,
    /// A person, again after an earlier execution.
    Rerun = 5,
}

/// What was decided about due instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Disposition {
    /// It became an execution.
    Execution = 0,
    /// It was due while nothing could run it, and too long ago to run late.
    Missed = 1,
    /// A rule said no: paused, overlap, …
    Skipped = 2,
    /// A later owed instant ran in its place.
    Coalesced = 3,
}

/// How an attempt or an execution ended, with what it reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// One line for lists.
    pub summary: Option<String>,
    /// The same in Arabic, where that is not the same text.
    pub summary_ar: Option<String>,
    /// What the task function returned.
    pub result: Option<Value>,
    /// Records read or looked at.
    pub records_processed: Option<i64>,
    /// Records changed.
    pub records_affected: Option<i64>,
    /// Things worth a look that did not make it fail.
    pub warnings: Vec<String>,
    /// Things that failed.
    pub errors: Vec<String>,
    /// Why it failed, one sentence.
    pub error_message: Option<String>,
    /// The same in Arabic, where that is not the same text.
    pub error_message_ar: Option<String>,
    /// More about it: traceback, last lines of standard error.
    pub error_detail: Option<String>,
    /// Word for the cause, for retry rules: `exit_code`, `signal`, `timeout`, `http_status`, `network`, `lost`, …
    pub cause: Option<String>,
}

/// One fire that is to be run, is running, or has run.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// Number.
    pub id: i64,
    /// UUIDv7 derived from number and creation.
    pub uuid: String,
    /// Whose run.
    pub job_id: i64,
    /// Name of the job now (English), for lists.
    pub job_name: String,
    /// Name of the job now in Arabic.
    pub job_name_ar: Option<String>,
    /// Owner of the job when it fired.
    pub owner_id: i64,
    /// Name of the owner.
    pub owner_name: String,
    /// Key of the task function that ran.
    pub task_function: String,
    /// Version of the job that ran.
    pub job_version: i64,
    /// The due instant.
    pub due_at: Timestamp,
    /// What started it.
    pub trigger: Trigger,
    /// The user who started it, for manual, API and re-run.
    pub triggered_by_id: Option<i64>,
    /// Name of that user, as it is shown.
    pub triggered_by_name: Option<String>,
    /// Status.
    pub status: Status,
    /// Why it stands there (`waiting for a free slot`, `overlap`, `paused`, `server stopped`, …).
    pub reason: Option<String>,
    /// Attempt number, from 1.
    pub attempt: u32,
    /// When the next attempt starts, while waiting for it.
    pub next_attempt_at: Option<Timestamp>,
    /// When recorded.
    pub created_at: Timestamp,
    /// When its (first) attempt started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Instance that ran it: its UUID.
    pub instance: Option<String>,
    /// Host that ran it.
    pub host: Option<String>,
    /// Parameters that replaced the job's for this run.
    pub parameters: Option<Value>,
    /// Executions whose ends started it.
    pub parents: Vec<super::ParentExecution>,
    /// How far it says it is, 0-100, while running.
    pub progress: Option<u8>,
    /// What it reported.
    pub outcome: Outcome,
    /// Number of lines in its log.
    pub log_lines: i64,
    /// Whether lines were left out of the log because it was too long.
    pub log_truncated: bool,
    /// Files that it made and that are still kept.
    pub artifacts: Vec<Artifact>,
}

/// One try of an execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Number, from 1.
    pub number: u32,
    /// Start.
    pub started_at: Option<Timestamp>,
    /// End.
    pub finished_at: Option<Timestamp>,
    /// How it ended.
    pub status: Status,
    /// Instance's UUID.
    pub instance: Option<String>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// The same in Arabic, where that is not the same text.
    pub error_message_ar: Option<String>,
    /// Word for the cause.
    pub cause: Option<String>,
}

/// Which executions are wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExecutionFilter {
    /// Of this job.
    pub job_id: Option<i64>,
    /// In one of these statuses.
    pub statuses: Vec<Status>,
    /// Due from this instant on.
    pub from: Option<Timestamp>,
    /// Due before this instant.
    pub to: Option<Timestamp>,
    /// Started by this.
    pub trigger: Option<Trigger>,
    /// Of this task function.
    pub task_function: Option<String>,
    /// Only of the task functions that devices work for.
    pub is_for_devices: bool,
    /// Of this owner (administrators).
    pub owner_id: Option<i64>,
    /// Text in the job's names or in the summary or error.
    pub search: Option<String>,
}

/// One line of the decision ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Fire {
    /// The due instant, or the first of a range.
    pub due_at: Timestamp,
    /// The last instant of a range recorded as one.
    pub until: Option<Timestamp>,
    /// Number of instants this line stands for.
    pub count: u64,
    /// What was decided.
    pub disposition: Disposition,
    /// Why, a stable word (`paused`, `misfire_grace`, `overlap`, …).
    pub reason: Option<String>,
    /// What stands behind the reason, by name: calendar and entry.
    pub detail: Option<String>,
    /// What started it.
    pub trigger: Trigger,
    /// The execution's UUID, where there is one.
    pub execution: Option<String>,
    /// The execution's status, where there is one.
    pub status: Option<Status>,
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Number in the whole log, from 1.
    pub number: i64,
    /// When it was written.
    pub at: Timestamp,
    /// `debug`, `info`, `warn`, `error`, `stdout`, `stderr`, `system`.
    pub level: String,
    /// Attempt that wrote it.
    pub attempt: u32,
    /// The text.
    pub text: String,
}

/// Which part of a log is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Lines after this number.
    pub after: Option<i64>,
    /// Lines before this number (the last `limit` of them).
    pub before: Option<i64>,
    /// Only the last `limit` lines.
    pub tail: bool,
    /// At most so many.
    pub limit: u32,
    /// Only lines that contain this text, without regard to case.
    pub search: Option<String>,
    /// Only these levels; empty means all.
    pub levels: Vec<String>,
}

/// A part of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    /// The lines, in order.
    pub lines: Vec<LogLine>,
    /// Number of lines in the whole log now.
    pub total: i64,
    /// Whether the execution has ended, so that no more lines come.
    pub complete: bool,
}

impl Status {
    /// All of them, in the order of their numbers.
    pub const ALL: [Status; 10] = [
        Status::Pending,
        Status::Running,
        Status::Success,
        Status::Failed,
        Status::Timeout,
        Status::Cancelled,
        Status::Missed,
        Status::Skipped,
        Status::Lost,
        Status::Partial,
    ];

    /// Number, 1-10.
    pub fn id(self) -> i64 {
        self as i64
    }

    /// The status of a number.
    pub fn from_id(id: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.id() == id)
    }

    /// The word: `pending`, `running`, …
    pub fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Running => "running",
            Status::Success => "success",
            Status::Failed => "failed",
            Status::Timeout => "timeout",
            Status::Cancelled => "cancelled",
            Status::Missed => "missed",
            Status::Skipped => "skipped",
            Status::Lost => "lost",
            Status::Partial => "partial",
        }
    }

    /// The status of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing more will happen to an execution in this status.
    pub fn is_final(self) -> bool {
        !matches!(self, Status::Pending | Status::Running)
    }

    /// Whether the execution ran and ended: what a success rate counts.
    pub fn is_finished_run(self) -> bool {
        self.is_final() && !matches!(self, Status::Missed | Status::Skipped)
    }
}

impl Trigger {
    /// All of them.
    pub const ALL: [Trigger; 6] = [
        Trigger::Schedule,
        Trigger::Manual,
        Trigger::Api,
        Trigger::Retry,
        Trigger::Dependency,
        Trigger::Rerun,
    ];

    /// The word: `schedule`, `manual`, `api`, `retry`, `dependency`, `rerun`.
    pub fn word(self) -> &'static str {
        match self {
            Trigger::Schedule => "schedule",
            Trigger::Manual => "manual",
            Trigger::Api => "api",
            Trigger::Retry => "retry",
            Trigger::Dependency => "dependency",
            Trigger::Rerun => "rerun",
        }
    }

    /// The number stored.
    pub fn id(self) -> i64 {
        self as i64
    }

    /// The trigger of a number.
    pub fn from_id(id: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.id() == id)
    }

    /// The trigger of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.word() == word)
    }
}

impl Disposition {
    /// The word: `execution`, `missed`, `skipped`, `coalesced`.
    pub fn word(self) -> &'static str {
        match self {
            Disposition::Execution => "execution",
            Disposition::Missed => "missed",
            Disposition::Skipped => "skipped",
            Disposition::Coalesced => "coalesced",
        }
    }

    /// The number stored.
    pub fn id(self) -> i64 {
        self as i64
    }

    /// The disposition of a number.
    pub fn from_id(id: i64) -> Option<Self> {
        [
            Disposition::Execution,
            Disposition::Missed,
            Disposition::Skipped,
            Disposition::Coalesced,
        ]
        .into_iter()
        .find(|disposition| disposition.id() == id)
    }
}

impl Execution {
    /// Run time in milliseconds, once it has started and ended.
    pub fn duration_ms(&self) -> Option<i64> {
        Some(
            (self.finished_at?.as_microsecond() - self.started_at?.as_microsecond()).max(0) / 1_000,
        )
    }
}

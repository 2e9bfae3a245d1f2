//! What surfaces remember about jobs, and counts of runs per job.

use serde_json::Value;

/// What a surface remembers of how a job was said there. The engine keeps it and never reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobNote {
    /// A name of the job's owner that only that surface knows.
    pub alias: Option<String>,
    /// Whatever the surface needs to say the job again as it was written.
    pub content: Value,
}

/// How the runs of a job went so far. Instants that were missed or skipped are no runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// Runs that have ended.
    pub finished: u64,
    /// Those that ended well.
    pub succeeded: u64,
    /// Runs that wait or run now.
    pub live: u64,
}

//! What a run is given: who it is, how to talk, how it learns that it must stop.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::cancel::Cancel;
use crate::log::LogSink;
use crate::policy::Policy;
use crate::services::Services;

/// Everything a task function may know about the run it is in.
#[derive(Clone)]
pub struct Context {
    /// UUID of the execution; the same for every attempt, so it serves as an idempotency key.
    pub execution_id: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// Token of this very attempt; never the same twice. Processes are recognised by it.
    pub fence: String,
    /// The job.
    pub job_id: i64,
    /// Its name, in whatever language it has one.
    pub job_name: String,
    /// The instant the run was due.
    pub scheduled_at: Timestamp,
    /// `schedule`, `manual`, `api`, `retry`, `dependency` or `rerun`.
    pub triggered_by: &'static str,
    /// Where lines go.
    pub log: LogSink,
    /// How the run learns that it must stop.
    pub cancel: Cancel,
    /// A folder for this attempt alone. It does not exist yet: a function that
    /// needs it makes it and removes it afterwards.
    pub work_dir: PathBuf,
    /// What the function may ask of its host, with the rights of the job's owner.
    pub services: Arc<dyn Services>,
    /// The administrator's rules.
    pub policy: Arc<Policy>,
    /// How far the run is.
    pub progress: Progress,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("execution_id", &self.execution_id)
            .field("attempt", &self.attempt)
            .field("job_id", &self.job_id)
            .field("triggered_by", &self.triggered_by)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// What placeholders in texts can refer to, whatever the function.
    pub(crate) fn template_values(&self, params: &Map<String, Value>) -> Value {
        json!({
            "job": { "id": self.job_id, "name": self.job_name },
            "execution": {
                "id": self.execution_id,
                "attempt": self.attempt,
                "triggeredBy": self.triggered_by,
            },
            "attempt": self.attempt,
            "scheduledAt": self.scheduled_at.to_string(),
            "params": params,
        })
    }
}

type Setter = dyn Fn(u8, Option<&str>) + Send + Sync;

/// Tells the host how far a run is. Cheap to clone; never blocks.
#[derive(Clone)]
pub struct Progress {
    setter: Arc<Setter>,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").finish_non_exhaustive()
    }
}

impl Progress {
    /// A progress that calls `setter` with a percentage (0 to 100) and an optional note.
    #[must_use]
    pub fn new(setter: impl Fn(u8, Option<&str>) + Send + Sync + 'static) -> Self {
        Self {
            setter: Arc::new(setter),
        }
    }

    /// A progress nobody watches.
    #[must_use]
    pub fn ignore() -> Self {
        Self::new(|_, _| {})
    }

    /// Says how far the run is; more than 100 counts as 100.
    pub fn set(&self, percent: u8, note: Option<&str>) {
        (self.setter)(percent.min(100), note);
    }
}

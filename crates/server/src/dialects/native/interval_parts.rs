//! How the interval of a job was said: 60 minutes are not 1 hour to who reads them back. The engine keeps the sum; the
//! parts are a note beside the job, written only where they could not be guessed.

use std::collections::HashMap;

use orloj_engine::model::{JobNote, JobView, ScheduleKind};
use orloj_engine::{Caller, Result};
use serde_json::{Value, json};

use super::convert::schedule::{Parts, kind};

/// The surface under which the notes are kept.
const SURFACE: &str = "native";

/// The parts of the jobs that have a note.
#[derive(Debug, Default)]
pub(super) struct Noted(HashMap<i64, Parts>);

impl Noted {
    /// What is noted about these jobs.
    pub(super) async fn of(
        caller: &Caller,
        views: impl IntoIterator<Item = &JobView>,
    ) -> Result<Self> {
        let ids: Vec<i64> = views
            .into_iter()
            .filter(|view| kind(&view.job.schedule.rule) == ScheduleKind::Interval)
            .map(|view| view.job.id)
            .collect();
        Self::of_ids(caller, &ids).await
    }

    /// What is noted about the jobs of these numbers.
    pub(super) async fn of_ids(caller: &Caller, ids: &[i64]) -> Result<Self> {
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let notes = caller.job_notes(SURFACE, ids).await?;
        Ok(Self(
            notes
                .into_iter()
                .map(|(id, note)| (id, read(&note.content)))
                .collect(),
        ))
    }

    /// The parts of one job, where they are noted.
    pub(super) fn get(&self, id: i64) -> Option<Parts> {
        self.0.get(&id).copied()
    }
}

/// Notes how the interval of a new job was said, unless one would guess the same.
pub(super) async fn note_new(caller: &Caller, id: i64, parts: Parts) -> Result<()> {
    match parts.total() {
        Some(total) if parts != Parts::of_seconds(total) => note(caller, id, parts).await,
        _ => Ok(()),
    }
}

/// Notes how the interval of a job is said from now on.
pub(super) async fn note(caller: &Caller, id: i64, parts: Parts) -> Result<()> {
    let content = json!({
        "intervalSeconds": parts.seconds,
        "intervalMinutes": parts.minutes,
        "intervalHours": parts.hours,
        "intervalDays": parts.days,
    });
    let note = JobNote {
        alias: None,
        content,
    };
    caller.note_job(id, SURFACE, note).await
}

fn read(content: &Value) -> Parts {
    let part = |name: &str| {
        content
            .get(name)
            .and_then(Value::as_u64)
            .and_then(|part| u32::try_from(part).ok())
    };
    Parts {
        seconds: part("intervalSeconds"),
        minutes: part("intervalMinutes"),
        hours: part("intervalHours"),
        days: part("intervalDays"),
    }
}

//! What a schedule means: words, next instants, warnings. The same code as the engine fires by.

use jiff::Timestamp;
use orloj_schedule::{Lang, Spec, Timeline, Warning};

use crate::clock::timestamp;
use crate::error::{Error, FieldError, Result};

/// A schedule explained.
#[derive(Clone, Debug)]
pub struct Preview {
    /// In English.
    pub en: String,
    /// In Arabic.
    pub ar: String,
    /// The next instants.
    pub runs: Vec<PreviewRun>,
    /// What may surprise.
    pub warnings: Vec<Warning>,
}

/// One instant of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewRun {
    /// The instant.
    pub at: Timestamp,
    /// The same on the schedule's wall clock, with its offset: `2026-03-29T03:00:00+02:00`.
    pub local: String,
    /// `moved_by_gap` or `repeated_hour`, where daylight saving changed something.
    pub note: Option<&'static str>,
}

/// How many instants are looked at for each one that is to be listed, where calendars and windows keep some from
/// running.
const LOOK_AHEAD: usize = 1_000;

/// Explains a schedule under its calendars and windows. `count` runs after `from` (or after `now`) are listed.
pub fn preview(
    timeline: &Timeline,
    now: Timestamp,
    from: Option<Timestamp>,
    count: usize,
) -> Preview {
    let schedule = timeline.schedule();
    let mut runs = Vec::with_capacity(count);
    let mut at = from.unwrap_or(now);
    while runs.len() < count {
        let next = timeline
            .next_run_us(at.as_microsecond(), LOOK_AHEAD)
            .map(timestamp);
        let Some(next) = next else {
            break;
        };
        let local = next.to_zoned(schedule.timezone().clone());
        runs.push(PreviewRun {
            at: next,
            local: local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            note: schedule.note(next),
        });
        at = next;
    }
    Preview {
        en: schedule.describe(Lang::En),
        ar: schedule.describe(Lang::Ar),
        runs,
        warnings: schedule.lint_from(now),
    }
}

/// Compiles a schedule; its error names the field as the native API calls it.
pub fn compile(spec: &Spec, hash_seed: u64) -> Result<orloj_schedule::Schedule> {
    spec.compile(hash_seed).map_err(|error| {
        let field = match error.field() {
            "expression" => "cronExpression".to_owned(),
            "every_seconds" => "intervalSeconds".to_owned(),
            "at" => "runAt".to_owned(),
            "start_at" => "startAt".to_owned(),
            "end_at" => "endAt".to_owned(),
            "times" => "recurrence/times".to_owned(),
            "days" => "recurrence/days".to_owned(),
            other => other.to_owned(),
        };
        Error::invalid_fields(vec![FieldError {
            pointer: format!("/{field}"),
            message: error.message(Lang::En).to_owned(),
            message_ar: Some(error.message(Lang::Ar).to_owned()),
        }])
    })
}

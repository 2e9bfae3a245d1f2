//! A job's schedule under its calendars and execution windows, and the words for what those do.

use std::collections::HashMap;
use std::sync::Arc;

use orloj_schedule::{
    Calendar, CalendarEntry, CalendarError, CalendarSpec, Cause, CauseWord, ExecutionWindow, Lang,
    Outcome, OutsideWindows, Restrictions, Schedule, Spec, Timeline,
};

use super::compile;
use crate::error::{Error, FieldError, Result};
use crate::model::{CalendarUse, Settings};

/// Most calendars of one job.
const MAX_CALENDARS: usize = 20;

/// Compiles a schedule under what the settings say. `calendars` must hold those that they name.
///
/// # Errors
/// `Invalid` with the field that does not fit.
pub fn timeline(
    spec: &Spec,
    hash_seed: u64,
    settings: &Settings,
    calendars: &HashMap<i64, Arc<Calendar>>,
) -> Result<Timeline> {
    under(
        &compile(spec, hash_seed)?,
        &settings.calendars,
        &settings.execution_windows,
        settings.outside_windows,
        calendars,
    )
}

/// A compiled schedule under calendars and windows.
///
/// # Errors
/// `Invalid` with the field that does not fit.
pub fn under(
    schedule: &Schedule,
    uses: &[CalendarUse],
    windows: &[ExecutionWindow],
    outside: OutsideWindows,
    calendars: &HashMap<i64, Arc<Calendar>>,
) -> Result<Timeline> {
    if uses.is_empty() && windows.is_empty() {
        return Ok(schedule.free());
    }
    if uses.len() > MAX_CALENDARS {
        return Err(field_error(
            "/calendars",
            format!("at most {MAX_CALENDARS} calendars"),
            format!("{MAX_CALENDARS} تقويمًا على الأكثر"),
        ));
    }
    let mut found = Vec::with_capacity(uses.len());
    for (at, usage) in uses.iter().enumerate() {
        let calendar = calendars
            .get(&usage.calendar_id)
            .ok_or_else(|| unknown_calendar(at, usage.calendar_id))?;
        let twice = uses[..at]
            .iter()
            .any(|other| other.calendar_id == usage.calendar_id);
        if twice {
            return Err(field_error(
                &format!("/calendars/{at}/calendarId"),
                format!("calendar {} is named twice", usage.calendar_id),
                format!("التقويم {} مذكور مرتين", usage.calendar_id),
            ));
        }
        found.push((Arc::clone(calendar), usage.rule));
    }
    let restrictions = Restrictions {
        calendars: found,
        windows: windows.to_vec(),
        outside,
    };
    schedule.under(&restrictions).map_err(|error| {
        let pointer = match error.field() {
            "calendars" => "/calendars",
            _ => "/executionWindows",
        };
        field_error(
            pointer,
            plain(error.message(Lang::En)),
            plain(error.message(Lang::Ar)),
        )
    })
}

/// The refusal of a calendar that a job cannot use.
pub(crate) fn unknown_calendar(at: usize, id: i64) -> Error {
    field_error(
        &format!("/calendars/{at}/calendarId"),
        format!("there is no calendar {id} that the owner of the job may use"),
        format!("لا يوجد تقويم برقم {id} يمكن لمالك المهمة استخدامه"),
    )
}

/// Compiles a calendar.
///
/// # Errors
/// `Invalid` with every field that does not fit, below `at`.
pub fn calendar(spec: &CalendarSpec, id: i64, name: &str, at: &str) -> Result<Calendar> {
    spec.compile(id, name).map_err(|errors| {
        Error::invalid_fields(
            errors
                .into_iter()
                .map(|error| fault(&spec.entries, &error, at))
                .collect(),
        )
    })
}

fn fault(entries: &[CalendarEntry], fault: &CalendarError, at: &str) -> FieldError {
    let error = &fault.error;
    let field = camel(error.field());
    let pointer = match fault.entry {
        None => format!("{at}/{field}"),
        Some(entry) if matches!(error.field(), "name" | "name_ar") => {
            format!("{at}/entries/{entry}/{field}")
        }
        Some(entry) => format!("{at}/entries/{entry}/when/{field}"),
    };
    let name = fault
        .entry
        .and_then(|entry| entries.get(entry))
        .map(|entry| {
            let shown: String = entry
                .name
                .chars()
                .filter(|c| !c.is_control())
                .take(60)
                .collect();
            format!(" (\"{shown}\")")
        })
        .unwrap_or_default();
    FieldError {
        pointer,
        message: format!("{}{name}", plain(error.message(Lang::En))),
        message_ar: Some(format!("{}{name}", plain(error.message(Lang::Ar)))),
    }
}

/// The sentence without the name of its field, which the pointer says.
fn plain(message: &str) -> String {
    let text = match message.split_once(": ") {
        Some((field, rest)) if !field.contains(' ') => rest,
        _ => message,
    };
    text.trim_end_matches('.').to_owned()
}

fn camel(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let mut upper = false;
    for c in field.chars() {
        if c == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            name.extend(c.to_uppercase());
        } else {
            name.push(c);
        }
    }
    name
}

fn field_error(pointer: &str, message: String, message_ar: String) -> Error {
    Error::invalid_fields(vec![FieldError {
        pointer: pointer.to_owned(),
        message,
        message_ar: Some(message_ar),
    }])
}

/// Why an instant does not run when the schedule says: a stable word, and calendar and entry by name.
#[must_use]
pub fn reason(timeline: &Timeline, outcome: Outcome) -> Option<(&'static str, Option<String>)> {
    let (word, cause) = match outcome {
        Outcome::Kept => return None,
        Outcome::Suppressed(cause) => (
            match cause.word {
                CauseWord::Closed => "calendar",
                CauseWord::NoBusinessDay => "no_business_day",
                CauseWord::NoneInReach => "no_business_day_in_reach",
                CauseWord::OutsideWindow => "outside_window",
                CauseWord::NoWindowInReach => "no_window_in_reach",
            },
            cause,
        ),
        Outcome::Moved(_, cause) => (
            match cause.word {
                CauseWord::OutsideWindow => WAITS_FOR_WINDOW,
                _ => MOVED_TO_BUSINESS_DAY,
            },
            cause,
        ),
    };
    Some((word, detail(timeline, cause)))
}

/// Reasons of instants that run at another instant.
pub const MOVED_TO_BUSINESS_DAY: &str = "moved_to_business_day";
/// The same for those that wait for an execution window.
pub const WAITS_FOR_WINDOW: &str = "waits_for_window";

fn detail(timeline: &Timeline, cause: Cause) -> Option<String> {
    let calendar = timeline.calendar(cause.calendar?)?;
    Some(
        match cause.entry.and_then(|entry| calendar.entry_name(entry)) {
            Some(entry) => format!("{}: {entry}", calendar.name()),
            None => calendar.name().to_owned(),
        },
    )
}

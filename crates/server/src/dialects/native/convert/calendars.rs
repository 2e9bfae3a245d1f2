//! Calendars, and what jobs make of them, on their way in and out.

use orloj_engine::model;
use orloj_engine::{Error, FieldError, Result};
use orloj_schedule as schedule;
use orloj_schedule::{CalendarSpec, Lang, TimeOfDay, When};
use orloj_wire::calendars::{
    CalendarChange, CalendarDraft, CalendarEntry, CalendarOutcome, CalendarPreview, CalendarTime,
    CalendarUse, ExecutionWindow, WorkCalendar, WorkDay, WorkDayEntry,
};
use orloj_wire::schedule::Weekday;

use super::words;

/// A calendar.
pub(crate) fn to_calendar(calendar: model::WorkCalendar) -> WorkCalendar {
    WorkCalendar {
        id: calendar.id,
        version: calendar.version,
        owner_id: calendar.owner_id,
        name_en: calendar.name_en,
        name_ar: calendar.name_ar,
        description: calendar.description,
        timezone: calendar.spec.timezone,
        weekend: to_weekdays(calendar.spec.weekend),
        entries: calendar.spec.entries.into_iter().map(to_entry).collect(),
        jobs: calendar.jobs,
        shared_with: calendar.sharing.users,
        shared_with_everybody: calendar.sharing.everybody,
        created_at: calendar.created_at,
        updated_at: calendar.updated_at,
    }
}

pub(crate) fn from_weekdays(days: Vec<Weekday>) -> Vec<schedule::Weekday> {
    days.into_iter().map(words::from_weekday).collect()
}

fn to_weekdays(days: Vec<schedule::Weekday>) -> Vec<Weekday> {
    days.into_iter().map(words::to_weekday).collect()
}

fn to_entry(entry: schedule::CalendarEntry) -> CalendarEntry {
    CalendarEntry {
        name: entry.name,
        name_ar: entry.name_ar,
        kind: words::to_entry_kind(entry.kind),
        when: match entry.when {
            When::Dates { from, to } => CalendarTime::Dates { from, to },
            When::Yearly { month, day, days } => CalendarTime::Yearly {
                month,
                day,
                days: Some(days),
            },
            When::Weekly { days, from, to } => CalendarTime::Weekly {
                days: to_weekdays(days),
                from: from.to_string(),
                to: to.to_string(),
            },
            When::Cron {
                expression,
                duration_seconds,
            } => CalendarTime::Cron {
                expression,
                duration_seconds,
            },
            When::Span { from, to } => CalendarTime::Span { from, to },
            When::Recurrence {
                from,
                at,
                timezone,
                days,
                duration_seconds,
                rule,
                except,
            } => CalendarTime::Recurrence {
                from,
                at: at.map(|at| at.to_string()),
                timezone,
                days,
                duration_seconds,
                rule,
                except,
            },
        },
    }
}

/// Entries of a body; `at` is where they stand in it.
pub(crate) fn from_entries(
    entries: Vec<CalendarEntry>,
    at: &str,
) -> Result<Vec<schedule::CalendarEntry>> {
    entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| from_entry(entry, &format!("{at}/{index}/when")))
        .collect()
}

fn from_entry(entry: CalendarEntry, at: &str) -> Result<schedule::CalendarEntry> {
    let time = |text: &str, field: &str| time(text, &format!("{at}/{field}"));
    Ok(schedule::CalendarEntry {
        name: entry.name,
        name_ar: entry.name_ar,
        kind: words::from_entry_kind(entry.kind),
        when: match entry.when {
            CalendarTime::Dates { from, to } => When::Dates { from, to },
            CalendarTime::Yearly { month, day, days } => When::Yearly {
                month,
                day,
                days: days.unwrap_or(1),
            },
            CalendarTime::Weekly { days, from, to } => When::Weekly {
                days: from_weekdays(days),
                from: time(&from, "from")?,
                to: time(&to, "to")?,
            },
            CalendarTime::Cron {
                expression,
                duration_seconds,
            } => When::Cron {
                expression,
                duration_seconds,
            },
            CalendarTime::Span { from, to } => When::Span { from, to },
            CalendarTime::Recurrence {
                from,
                at,
                timezone,
                days,
                duration_seconds,
                rule,
                except,
            } => When::Recurrence {
                from,
                at: at.map(|text| time(&text, "at")).transpose()?,
                timezone,
                days,
                duration_seconds,
                rule,
                except,
            },
        },
    })
}

fn time(text: &str, at: &str) -> Result<TimeOfDay> {
    text.parse::<TimeOfDay>().map_err(|error| {
        Error::invalid_fields(vec![FieldError {
            pointer: at.to_owned(),
            message: error.message(Lang::En).to_owned(),
            message_ar: Some(error.message(Lang::Ar).to_owned()),
        }])
    })
}

/// A calendar that is not stored.
pub(crate) fn from_draft(draft: CalendarDraft) -> Result<(i64, CalendarSpec)> {
    let spec = CalendarSpec {
        timezone: draft.timezone,
        weekend: from_weekdays(draft.weekend),
        entries: from_entries(draft.entries, "/draft/entries")?,
    };
    Ok((draft.calendar_id, spec))
}

pub(crate) fn to_uses(uses: Vec<model::CalendarUse>) -> Vec<CalendarUse> {
    uses.into_iter()
        .map(|usage| CalendarUse {
            calendar_id: usage.calendar_id,
            rule: words::to_calendar_rule(usage.rule),
        })
        .collect()
}

pub(crate) fn from_uses(uses: Vec<CalendarUse>) -> Vec<model::CalendarUse> {
    uses.into_iter()
        .map(|usage| model::CalendarUse {
            calendar_id: usage.calendar_id,
            rule: words::from_calendar_rule(usage.rule),
        })
        .collect()
}

pub(crate) fn to_windows(windows: Vec<schedule::ExecutionWindow>) -> Vec<ExecutionWindow> {
    windows
        .into_iter()
        .map(|window| ExecutionWindow {
            days: to_weekdays(window.days),
            from: window.from.to_string(),
            to: window.to.to_string(),
            timezone: window.timezone,
        })
        .collect()
}

pub(crate) fn from_windows(
    windows: Vec<ExecutionWindow>,
) -> Result<Vec<schedule::ExecutionWindow>> {
    windows
        .into_iter()
        .enumerate()
        .map(|(index, window)| {
            let at = format!("/executionWindows/{index}");
            Ok(schedule::ExecutionWindow {
                days: from_weekdays(window.days),
                from: time(&window.from, &format!("{at}/from"))?,
                to: time(&window.to, &format!("{at}/to"))?,
                timezone: window.timezone,
            })
        })
        .collect()
}

/// A day.
pub(crate) fn to_day(day: model::WorkDay) -> WorkDay {
    WorkDay {
        date: day.date,
        is_business_day: day.is_business_day,
        is_weekend: day.is_weekend,
        entries: day
            .entries
            .into_iter()
            .map(|(index, name, kind)| WorkDayEntry {
                index: index as u64,
                name,
                kind: words::to_entry_kind(kind),
            })
            .collect(),
    }
}

/// A preview.
pub(crate) fn to_preview(preview: model::CalendarPreview) -> CalendarPreview {
    CalendarPreview {
        items: preview.changes.into_iter().map(to_change).collect(),
        kept: preview.kept,
        skipped: preview.skipped,
        moved: preview.moved,
        truncated: preview.truncated,
    }
}

fn to_change(change: model::CalendarChange) -> CalendarChange {
    let (outcome, to) = match change.change {
        model::Change::Kept => (CalendarOutcome::Kept, None),
        model::Change::Skipped => (CalendarOutcome::Skipped, None),
        model::Change::Moved(to) => (CalendarOutcome::Moved, Some(to)),
    };
    CalendarChange {
        at: change.at,
        local: change.local,
        outcome,
        to,
        to_local: change.to_local,
        reason: change.reason.map(str::to_owned),
        calendar_id: change.calendar_id,
        calendar: change.calendar,
        entry: change.entry,
    }
}

//! Calendars: holidays and blackouts that jobs are subject to.

use jiff::Timestamp;
use jiff::civil::Date;
use orloj_schedule::{CalendarSpec, EntryKind, ExecutionWindow, OutsideWindows};

use super::secret::Sharing;

/// A calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkCalendar {
    /// Number.
    pub id: i64,
    /// Whose it is.
    pub owner_id: i64,
    /// English name; unique among its owner's.
    pub name_en: String,
    /// Arabic name.
    pub name_ar: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its weekend and entries.
    pub spec: CalendarSpec,
    /// Who may use it besides the owner. Others than the owner and administrators do not see with whom.
    pub sharing: Sharing,
    /// Version, growing with every change; the ETag.
    pub version: i64,
    /// Number of jobs that use it.
    pub jobs: u64,
    /// When made.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
}

/// A calendar to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewWorkCalendar {
    /// Whose; `None` for the asker's own. Only administrators make calendars for others.
    pub owner_id: Option<i64>,
    /// English name, 1 to 100 characters.
    pub name_en: String,
    /// Arabic name.
    pub name_ar: Option<String>,
    /// What it is for, at most 1000 characters.
    pub description: Option<String>,
    /// Its weekend and entries.
    pub spec: CalendarSpec,
    /// Who else may use it.
    pub sharing: Sharing,
}

/// A change of a calendar; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkCalendarPatch {
    /// Refused with a conflict when the calendar is not at this version any more.
    pub expected_version: Option<i64>,
    /// New name.
    pub name_en: Option<String>,
    /// New Arabic name; the inner `None` removes it.
    pub name_ar: Option<Option<String>>,
    /// New description; the inner `None` removes it.
    pub description: Option<Option<String>>,
    /// New zone.
    pub timezone: Option<String>,
    /// New weekend.
    pub weekend: Option<Vec<orloj_schedule::Weekday>>,
    /// New entries, whole.
    pub entries: Option<Vec<orloj_schedule::CalendarEntry>>,
    /// New sharing.
    pub sharing: Option<Sharing>,
}

/// Entries to be read from an iCalendar file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarImport {
    /// The file.
    pub text: String,
    /// What its events are.
    pub kind: EntryKind,
    /// Whether they take the place of the present entries, or come in addition.
    pub replace: bool,
}

/// What is to be previewed: a schedule or a job, under calendars and windows.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarQuestion {
    /// A job whose schedule, calendars and windows count where none are given.
    pub job_id: Option<i64>,
    /// A schedule in place of the job's.
    pub schedule: Option<orloj_schedule::Spec>,
    /// Calendars in place of the job's.
    pub calendars: Option<Vec<super::CalendarUse>>,
    /// A calendar as it would be, by the number of the present one; 0 for one that does not exist yet.
    pub draft: Option<(i64, CalendarSpec)>,
    /// Windows in place of the job's.
    pub windows: Option<Vec<ExecutionWindow>>,
    /// What becomes of the rest.
    pub outside: Option<OutsideWindows>,
    /// First instant (exclusive).
    pub from: Timestamp,
    /// Last instant.
    pub until: Timestamp,
    /// At most so many instants.
    pub limit: usize,
}

/// What becomes of an instant of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It runs when the schedule says.
    Kept,
    /// It does not run.
    Skipped,
    /// It runs at another instant.
    Moved(Timestamp),
}

/// One instant of a preview.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarChange {
    /// The schedule's instant.
    pub at: Timestamp,
    /// The same on the schedule's wall clock, with its offset.
    pub local: String,
    /// What becomes of it.
    pub change: Change,
    /// Where it is moved to, on the schedule's wall clock.
    pub to_local: Option<String>,
    /// Why, as a stable word.
    pub reason: Option<&'static str>,
    /// The calendar that is the cause.
    pub calendar_id: Option<i64>,
    /// Its name.
    pub calendar: Option<String>,
    /// The entry that is the cause; `None` for a weekend.
    pub entry: Option<String>,
}

/// A preview.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CalendarPreview {
    /// Instants, in order.
    pub changes: Vec<CalendarChange>,
    /// How many of them run when the schedule says.
    pub kept: u64,
    /// How many do not run.
    pub skipped: u64,
    /// How many run at another instant.
    pub moved: u64,
    /// There are more than were looked at.
    pub truncated: bool,
}

/// One day of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkDay {
    /// The day.
    pub date: Date,
    /// Whether it is a business day.
    pub is_business_day: bool,
    /// Whether it falls on the weekend.
    pub is_weekend: bool,
    /// The entries that touch it: place in the calendar, name, kind.
    pub entries: Vec<(usize, String, EntryKind)>,
}

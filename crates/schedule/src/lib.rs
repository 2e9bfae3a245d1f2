//! When something is due.
//!
//! A [`Spec`] is what a person asked for, in the form that is stored and compared. Compiling it gives a
//! [`Schedule`]: bit masks and a shared table of the time zone's offset changes, which answer "what comes next"
//! in a few dozen nanoseconds. The same code serves the engine, the preview, the plan, the command line and the
//! tests, so they can never disagree about an instant.
//!
//! The crate is pure. It reads no clock: every instant is an argument. The only thing it takes from outside is
//! the time zone database, by name.
//!
//! Daylight saving in one paragraph: a *fixed-time* rule (one that names its hours and minutes) runs once right
//! after a gap and once in a repeated hour, unless its [`DstPolicy`] says otherwise. An *open* rule (one whose
//! hour or minute runs through the whole field, such as `*/5 * * * *`) follows elapsed time: it runs in both
//! passes of a repeated hour and has nothing to make up for after a gap. Intervals never look at the wall clock.

mod between;
mod calendar;
mod civil;
mod compile;
mod cron;
mod dates;
mod describe;
mod error;
mod lint;
mod local;
mod schedule;
mod search;
mod spec;
mod timeline;
mod times;
mod windows;
mod words;
mod zone;

pub use between::Between;
pub use calendar::{
    Calendar, CalendarDay, CalendarEntry, CalendarError, CalendarRule, CalendarSpec, EntryKind,
    ExecutionWindow, ImportError, OutsideWindows, When, import_icalendar,
};
pub use error::Error;
pub use lint::Warning;
pub use schedule::{Kind, Schedule};
pub use spec::{DstPolicy, Gap, Overlap, RuleSpec, Spec, TimeOfDay, Weekday};
pub use timeline::{Cause, CauseWord, Decision, Outcome, Restrictions, Timeline};
pub use words::{Lang, Text};

//! Words that exist on both sides.

use orloj_engine::model;
use orloj_schedule as schedule;
use orloj_wire as wire;

/// Declares both directions between an engine's enum and the wire's of the same variants.
macro_rules! same_words {
    ($($to_wire:ident, $from_wire:ident: $engine:ty => $wire:ty { $($variant:ident),* })*) => {$(
        pub(crate) fn $to_wire(value: $engine) -> $wire {
            match value { $(<$engine>::$variant => <$wire>::$variant,)* }
        }

        pub(crate) fn $from_wire(value: $wire) -> $engine {
            match value { $(<$wire>::$variant => <$engine>::$variant,)* }
        }
    )*};
}

same_words! {
    to_status, from_status: model::Status => wire::execution::StatusName
        { Pending, Running, Success, Failed, Timeout, Cancelled, Missed, Skipped, Lost, Partial }
    to_trigger, from_trigger: model::Trigger => wire::execution::Trigger
        { Schedule, Manual, Api, Retry, Dependency, Rerun }
    to_kind, from_kind: model::ScheduleKind => wire::schedule::JobType
        { Interval, Cron, Once, Daily, Weekly, Monthly, Manual }
    to_role, from_role: model::Role => wire::user::Role { Admin, User, Viewer }
    to_scope, from_scope: model::Scope => wire::user::Scope { Read, Run, Full }
    to_overlap, from_overlap: model::Overlap => wire::settings::Overlap { Skip, Queue, CancelRunning }
    to_delivery, from_delivery: model::Delivery => wire::settings::Delivery { AtMostOnce, AtLeastOnce }
    to_backoff, from_backoff: model::Backoff => wire::settings::Backoff { Fixed, Linear, Exponential }
    to_cause, from_cause: model::RetryCause => wire::settings::RetryCause
        { Failed, Timeout, Lost, ExitCode, HttpStatus, Network }
    to_weekday, from_weekday: schedule::Weekday => wire::schedule::Weekday
        { Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday }
    to_gap, from_gap: schedule::Gap => wire::schedule::DstGap { RunAfter, Skip }
    to_entry_kind, from_entry_kind: schedule::EntryKind => wire::calendars::CalendarEntryKind { Holiday, Blackout }
    to_calendar_rule, from_calendar_rule: schedule::CalendarRule => wire::calendars::CalendarRule
        { Skip, OnlyBusinessDays, RollPrevious, RollNext }
    to_on_end, from_on_end: model::OnEnd => wire::chains::OnEnd { Success, Failure, Completion }
    to_join_mode, from_join_mode: model::JoinMode => wire::chains::JoinMode { All, Any }
    to_outside, from_outside: schedule::OutsideWindows => wire::calendars::OutsideWindows { Skip, Wait }
    to_clock_overlap, from_clock_overlap: schedule::Overlap => wire::schedule::DstOverlap { First, Second, Both }
}

pub(crate) fn to_disposition(value: model::Disposition) -> wire::fire::Disposition {
    use wire::fire::Disposition as D;
    match value {
        model::Disposition::Execution => D::Execution,
        model::Disposition::Missed => D::Missed,
        model::Disposition::Skipped => D::Skipped,
        model::Disposition::Coalesced => D::Coalesced,
    }
}

/// Names of a status in English and Arabic.
pub(crate) fn status_names(status: model::Status) -> (&'static str, &'static str) {
    use model::Status as S;
    match status {
        S::Pending => ("Pending", "قيد الانتظار"),
        S::Running => ("Running", "قيد التشغيل"),
        S::Success => ("Success", "ناجح"),
        S::Failed => ("Failed", "فاشل"),
        S::Timeout => ("Timed out", "انتهت المهلة"),
        S::Cancelled => ("Cancelled", "ملغى"),
        S::Missed => ("Missed", "فائت"),
        S::Skipped => ("Skipped", "متخطّى"),
        S::Lost => ("Lost", "مفقود"),
        S::Partial => ("Partial", "جزئي"),
    }
}

/// Names of a kind of schedule in English and Arabic.
pub(crate) fn kind_names(kind: model::ScheduleKind) -> (&'static str, &'static str) {
    use model::ScheduleKind as K;
    match kind {
        K::Interval => ("Interval", "فاصل زمني"),
        K::Cron => ("Cron", "تعبير كرون"),
        K::Once => ("Once", "مرة واحدة"),
        K::Daily => ("Daily", "يومي"),
        K::Weekly => ("Weekly", "أسبوعي"),
        K::Monthly => ("Monthly", "شهري"),
        K::Manual => ("By hand", "يدوي"),
    }
}

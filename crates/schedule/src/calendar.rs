//! Calendars: which days are business days, and which hours are closed.
//!
//! Nothing is expanded. A compiled calendar answers two questions about any time: does an entry cover this instant,
//! and is this day a business day. Single dates are a sorted list; what recurs is asked by day number.

mod icalendar;
mod recurrence;
mod spec;

pub use icalendar::{ImportError, import_icalendar};
pub use spec::{
    CalendarEntry, CalendarRule, CalendarSpec, EntryKind, ExecutionWindow, OutsideWindows, When,
};

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::civil::{DAY, days_from_civil, is_leap, weekday};
use crate::dates;
use crate::error::Error;
use crate::schedule::{Schedule, micros_ceil};
use crate::spec::{RuleSpec, Spec, Weekday};
use crate::zone::Zone;
use recurrence::Recurrence;

const MICROS: i64 = 1_000_000;
/// Longest entry, in days: so far back one has to look for what still covers an instant.
pub(crate) const LONGEST_DAYS: i64 = 366;
const MAX_ENTRIES: usize = 2_000;
const MAX_NAME: usize = 200;

/// A calendar ready to be asked.
#[derive(Debug)]
pub struct Calendar {
    id: i64,
    name: String,
    zone: Arc<Zone>,
    /// Bit per weekday; 0 is Sunday.
    weekend: u8,
    entries: Vec<Named>,
    /// Beginning, end (exclusive) and entry, by beginning; in microseconds.
    single: Vec<(i64, i64, usize)>,
    recurring: Vec<(usize, Recurring)>,
}

#[derive(Debug)]
struct Named {
    name: String,
    kind: EntryKind,
}

#[derive(Debug)]
enum Recurring {
    /// Begins on some days at a second of the day.
    Days {
        on: Days,
        zone: Arc<Zone>,
        second: i64,
        length: Length,
        except: Vec<i64>,
    },
    Cron {
        schedule: Schedule,
        length: i64,
    },
}

#[derive(Debug)]
enum Days {
    Yearly { month: u32, day: u32 },
    Weekly { mask: u8 },
    Rule(Recurrence),
}

#[derive(Clone, Copy, Debug)]
enum Length {
    /// To a second of the day so many days on.
    Until { days: i64, second: i64 },
    /// Seconds of elapsed time.
    Seconds(i64),
}

/// Why a day or an instant is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    /// The entry; `None` for the weekend.
    pub(crate) entry: Option<usize>,
    /// The end of it, in microseconds.
    pub(crate) until: i64,
}

/// A fault of a calendar: of an entry, or of the calendar itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarError {
    /// The entry at fault, counted from 0.
    pub entry: Option<usize>,
    /// What is wrong.
    pub error: Error,
}

/// One day of a calendar, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarDay {
    /// The day.
    pub date: Date,
    /// Whether it is a business day.
    pub is_business_day: bool,
    /// Whether it falls on the weekend.
    pub is_weekend: bool,
    /// The entries that touch it, by their place in the calendar.
    pub entries: Vec<usize>,
}

impl CalendarSpec {
    /// Checks the calendar and turns it into something that can be asked. `id` and `name` are what it is called in
    /// answers.
    ///
    /// # Errors
    /// Every fault of every entry.
    pub fn compile(&self, id: i64, name: &str) -> Result<Calendar, Vec<CalendarError>> {
        let whole = |error| CalendarError { entry: None, error };
        let zone = Zone::named(&self.timezone).map_err(|error| vec![whole(error)])?;
        let mut errors = Vec::new();
        let weekend = mask(&self.weekend);
        if weekend == 0x7f {
            errors.push(whole(Error::new(
                "weekend",
                "no_business_day",
                "weekend names all seven days, so there is no business day; leave one out.",
                "تشمل عطلة نهاية الأسبوع الأيام السبعة كلها فلا يبقى يوم عمل؛ احذف يومًا واحدًا على الأقل.",
            )));
        }
        if self.entries.len() > MAX_ENTRIES {
            errors.push(whole(Error::new(
                "entries",
                "too_many",
                "entries has more than 2000 entries; split the calendar in two.",
                "في التقويم أكثر من 2000 عنصر؛ قسّمه إلى تقويمين.",
            )));
            return Err(errors);
        }
        let mut calendar = Calendar {
            id,
            name: name.to_owned(),
            zone,
            weekend,
            entries: Vec::with_capacity(self.entries.len()),
            single: Vec::new(),
            recurring: Vec::new(),
        };
        for (at, entry) in self.entries.iter().enumerate() {
            if let Err(error) = calendar.add(at, entry) {
                errors.push(CalendarError {
                    entry: Some(at),
                    error,
                });
            }
        }
        calendar.single.sort_unstable();
        if errors.is_empty() {
            Ok(calendar)
        } else {
            Err(errors)
        }
    }
}

impl Calendar {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of an entry.
    #[must_use]
    pub fn entry_name(&self, entry: usize) -> Option<&str> {
        self.entries.get(entry).map(|entry| entry.name.as_str())
    }

    /// The kind of an entry.
    #[must_use]
    pub fn entry_kind(&self, entry: usize) -> Option<EntryKind> {
        self.entries.get(entry).map(|entry| entry.kind)
    }

    /// Its days from `from` to `to`, ends included; at most 366.
    #[must_use]
    pub fn days(&self, from: Date, to: Date) -> Vec<CalendarDay> {
        let mut days = Vec::new();
        let mut date = from;
        while date <= to && days.len() < 366 {
            let number = day_number(date);
            let (begin, end) = (self.begin(number), self.begin(number + 1));
            let is_weekend = self.is_weekend(number);
            let mut entries: Vec<usize> = self
                .overlapping(begin, end, false)
                .map(|(entry, _)| entry)
                .collect();
            entries.sort_unstable();
            entries.dedup();
            let holiday = |entry: &usize| self.entry_kind(*entry) == Some(EntryKind::Holiday);
            days.push(CalendarDay {
                date,
                is_business_day: !is_weekend && !entries.iter().any(holiday),
                is_weekend,
                entries,
            });
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        days
    }

    /// The entry that covers an instant, in microseconds.
    pub(crate) fn covers(&self, at: i64) -> Option<Closed> {
        self.overlapping(at, at + 1, false)
            .max_by_key(|(entry, until)| (*until, std::cmp::Reverse(*entry)))
            .map(|(entry, until)| Closed {
                entry: Some(entry),
                until,
            })
    }

    /// Why the day that an instant lies in is no business day; `until` is the end of the day.
    pub(crate) fn day_off(&self, at: i64) -> Option<Closed> {
        let day = self.zone.wall(at.div_euclid(MICROS)).div_euclid(DAY);
        let (begin, end) = (self.begin(day), self.begin(day + 1));
        let holiday = self.overlapping(begin, end, true).map(|(entry, _)| entry);
        let entry = holiday.min();
        (entry.is_some() || self.is_weekend(day)).then_some(Closed { entry, until: end })
    }

    /// The zone of its days.
    pub(crate) fn zone(&self) -> &Arc<Zone> {
        &self.zone
    }

    fn is_weekend(&self, day: i64) -> bool {
        self.weekend >> weekday(day) & 1 == 1
    }

    fn begin(&self, day: i64) -> i64 {
        self.zone.instant(day * DAY) * MICROS
    }

    /// Entries that have an instant in `[from, to)`, each with the end of what lies there.
    fn overlapping(
        &self,
        from: i64,
        to: i64,
        only_holidays: bool,
    ) -> impl Iterator<Item = (usize, i64)> {
        let wanted = move |entry: usize| {
            !only_holidays || self.entry_kind(entry) == Some(EntryKind::Holiday)
        };
        let end = self.single.partition_point(|(begin, ..)| *begin < to);
        // A day more for the hours by which a clock may have been turned.
        let oldest = from - (LONGEST_DAYS + 1) * DAY * MICROS;
        let single = self.single[..end]
            .iter()
            .rev()
            .take_while(move |(begin, ..)| *begin >= oldest)
            .filter(move |(_, until, entry)| *until > from && wanted(*entry))
            .map(|(_, until, entry)| (*entry, *until));
        let recurring = self
            .recurring
            .iter()
            .filter(move |(entry, _)| wanted(*entry))
            .filter_map(move |(entry, rule)| Some((*entry, rule.overlap(from, to)?)));
        single.chain(recurring)
    }

    fn add(&mut self, at: usize, entry: &CalendarEntry) -> Result<(), Error> {
        for (field, name) in [
            ("name", Some(&entry.name)),
            ("name_ar", entry.name_ar.as_ref()),
        ] {
            let Some(name) = name else { continue };
            if name.trim().is_empty()
                || name.chars().count() > MAX_NAME
                || name.chars().any(char::is_control)
            {
                return Err(Error::new(
                    field,
                    "bad_name",
                    "the name must have 1 to 200 characters and no control characters.",
                    "يجب أن يتكون الاسم من 1 إلى 200 حرف دون محارف تحكم.",
                ));
            }
        }
        self.entries.push(Named {
            name: entry.name.clone(),
            kind: entry.kind,
        });
        let zone = Arc::clone(&self.zone);
        let recurring = match &entry.when {
            When::Dates { from, to } => {
                let (from, to) = (day_number(*from), day_number(to.unwrap_or(*from)));
                if to < from {
                    return Err(ends_before("to"));
                }
                whole_days("to", to - from + 1)?;
                let span = (self.begin(from), self.begin(to + 1), at);
                self.single.push(span);
                return Ok(());
            }
            When::Span { from, to } => {
                let span = (micros_ceil(*from), micros_ceil(*to), at);
                if span.1 <= span.0 {
                    return Err(ends_before("to"));
                }
                if span.1 - span.0 > LONGEST_DAYS * DAY * MICROS {
                    return Err(too_long("to"));
                }
                self.single.push(span);
                return Ok(());
            }
            When::Yearly { month, day, days } => {
                let number = |value: i8| u32::try_from(value).unwrap_or(0);
                let (month, day) = (number(*month), number(*day));
                if !(1..=12).contains(&month) {
                    return Err(Error::new(
                        "month",
                        "out_of_range",
                        "month must be 1 to 12.",
                        "يجب أن يكون الشهر من 1 إلى 12.",
                    ));
                }
                if day == 0 || day > dates::longest(month) {
                    return Err(Error::new(
                        "day",
                        "out_of_range",
                        "the month has no such day.",
                        "لا يوجد هذا اليوم في الشهر المحدد.",
                    ));
                }
                Recurring::Days {
                    on: Days::Yearly { month, day },
                    zone,
                    second: 0,
                    length: whole_days("days", i64::from(*days))?,
                    except: Vec::new(),
                }
            }
            When::Weekly { days, from, to } => {
                if days.is_empty() {
                    return Err(Error::new(
                        "days",
                        "empty",
                        "days is empty; name at least one weekday such as monday.",
                        "قائمة الأيام فارغة؛ اختر يومًا واحدًا على الأقل من أيام الأسبوع.",
                    ));
                }
                Recurring::Days {
                    on: Days::Weekly { mask: mask(days) },
                    zone,
                    second: i64::from(from.second_of_day()),
                    length: Length::Until {
                        days: i64::from(to <= from),
                        second: i64::from(to.second_of_day()),
                    },
                    except: Vec::new(),
                }
            }
            When::Cron {
                expression,
                duration_seconds,
            } => Recurring::Cron {
                length: seconds(*duration_seconds)? * MICROS,
                schedule: Spec::new(RuleSpec::Cron {
                    expression: expression.clone(),
                })
                .in_zone(self.zone.name())
                .compile(0)?,
            },
            When::Recurrence {
                from,
                at,
                timezone,
                days,
                duration_seconds,
                rule,
                except,
            } => {
                let zone = match timezone {
                    Some(name) => Zone::named(name)?,
                    None => zone,
                };
                let length = match (at, days, duration_seconds) {
                    (None, days, None) => whole_days("days", i64::from(days.unwrap_or(1)))?,
                    (Some(_), None, Some(length)) => Length::Seconds(seconds(*length)?),
                    _ => {
                        return Err(Error::new(
                            "duration_seconds",
                            "bad_length",
                            "give durationSeconds together with at, or days without it.",
                            "حدّد durationSeconds مع at، أو days بدونه.",
                        ));
                    }
                };
                if except.len() > MAX_ENTRIES {
                    return Err(Error::new(
                        "except",
                        "too_many",
                        "except has more than 2000 days.",
                        "في قائمة الاستثناءات أكثر من 2000 يوم.",
                    ));
                }
                let second = at.map_or(0, |at| i64::from(at.second_of_day()));
                let start = day_number(*from);
                let recurrence = Recurrence::parse(rule, start, second, |instant| {
                    let wall = zone.wall(instant);
                    (wall.div_euclid(DAY), wall.rem_euclid(DAY))
                })?;
                let mut except: Vec<i64> = except.iter().copied().map(day_number).collect();
                except.sort_unstable();
                Recurring::Days {
                    on: Days::Rule(recurrence),
                    zone,
                    second,
                    length,
                    except,
                }
            }
        };
        self.recurring.push((at, recurring));
        Ok(())
    }
}

impl Recurring {
    /// The end of the latest occurrence that has an instant in `[from, to)`.
    fn overlap(&self, from: i64, to: i64) -> Option<i64> {
        match self {
            Recurring::Cron { schedule, length } => {
                let begin = schedule
                    .previous(Timestamp::from_microsecond(to).ok()?)?
                    .as_microsecond();
                Some(begin + length).filter(|end| *end > from)
            }
            Recurring::Days {
                on,
                zone,
                second,
                length,
                except,
            } => {
                let day_of = |at: i64| zone.wall(at.div_euclid(MICROS)).div_euclid(DAY);
                let back = match length {
                    Length::Until { days, .. } => *days,
                    // A day more: the clock may be turned while it lasts.
                    Length::Seconds(seconds) => seconds / DAY + 2,
                };
                let (first, last) = (day_of(from) - back, day_of(to - 1));
                (first..=last)
                    .rev()
                    .filter(|day| on.begin_on(*day) && except.binary_search(day).is_err())
                    .filter_map(|day| {
                        let begin = zone.instant(day * DAY + second);
                        let end = match length {
                            Length::Until { days, second } => {
                                zone.instant((day + days) * DAY + second)
                            }
                            Length::Seconds(seconds) => begin + seconds,
                        };
                        let (begin, end) = (begin * MICROS, end * MICROS);
                        (begin < to && end > from && begin < end).then_some(end)
                    })
                    .max()
            }
        }
    }
}

impl Days {
    fn begin_on(&self, number: i64) -> bool {
        match self {
            Days::Weekly { mask } => mask >> weekday(number) & 1 == 1,
            Days::Rule(rule) => rule.begins_on(number),
            Days::Yearly { month, day } => {
                let (year, of_year, of_month) = crate::civil::civil_from_days(number);
                debug_assert!(of_month <= 29 || of_year != 2 || is_leap(year));
                of_year == *month && of_month == *day
            }
        }
    }
}

pub(crate) fn mask(days: &[Weekday]) -> u8 {
    days.iter()
        .fold(0, |mask, day| mask | 1_u8 << day.to_sunday_zero())
}

pub(crate) fn day_number(date: Date) -> i64 {
    days_from_civil(
        i64::from(date.year()),
        date.month().unsigned_abs().into(),
        date.day().unsigned_abs().into(),
    )
}

fn whole_days(field: &'static str, days: i64) -> Result<Length, Error> {
    if (1..=LONGEST_DAYS).contains(&days) {
        Ok(Length::Until { days, second: 0 })
    } else {
        Err(too_long(field))
    }
}

fn seconds(length: u32) -> Result<i64, Error> {
    let length = i64::from(length);
    if (1..=LONGEST_DAYS * DAY).contains(&length) {
        Ok(length)
    } else {
        Err(too_long("duration_seconds"))
    }
}

fn ends_before(field: &'static str) -> Error {
    Error::new(
        field,
        "ends_before_start",
        "the end must lie after the beginning.",
        "يجب أن تكون النهاية بعد البداية.",
    )
}

fn too_long(field: &'static str) -> Error {
    Error::new(
        field,
        "bad_length",
        "an entry lasts at least one second or day and at most 366 days.",
        "تكون مدة العنصر ثانية أو يومًا واحدًا على الأقل و366 يومًا على الأكثر.",
    )
}

//! The schedule members of a body and the engine's schedule.

use jiff::Timestamp;

use orloj_engine::model::ScheduleKind;
use orloj_engine::{Error, FieldError, Result};
use orloj_schedule::{DstPolicy, RuleSpec, Spec, TimeOfDay};
use orloj_wire::schedule::{CronFields, DstPolicy as WireDst, Recurrence, RecurrenceKind};

use super::words;

/// The parts of an interval as they were said: 90 minutes stay 90 minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) seconds: Option<u32>,
    pub(crate) minutes: Option<u32>,
    pub(crate) hours: Option<u32>,
    pub(crate) days: Option<u32>,
}

/// The members that name the kind of a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) interval: Parts,
    pub(crate) cron_expression: Option<String>,
    pub(crate) cron_fields: Option<CronFields>,
    pub(crate) run_at: Option<Timestamp>,
    pub(crate) recurrence: Option<Recurrence>,
    pub(crate) manual: bool,
}

/// Members of a body that name a kind of schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// The four parts of an interval.
    Interval,
    /// `cronExpression`.
    Cron,
    /// `cronFields`.
    Fields,
    /// `runAt`.
    Once,
    /// `recurrence`.
    Recurrence,
    /// `manual`.
    Manual,
}

const REMEDY: &str = "say when the job runs: an interval (intervalSeconds, intervalMinutes, intervalHours, intervalDays), cronExpression, \
    cronFields, runAt, recurrence, or manual: true";

const REMEDY_AR: &str = "حدّد متى تُشغَّل المهمة: فاصل زمني (intervalSeconds أو intervalMinutes أو intervalHours أو intervalDays) أو cronExpression \
    أو cronFields أو runAt أو recurrence أو manual: true";

impl Parts {
    /// Seconds in all; `None` when no part is there.
    pub(crate) fn total(self) -> Option<u64> {
        let parts = [
            (self.seconds, 1),
            (self.minutes, 60),
            (self.hours, 3_600),
            (self.days, 86_400),
        ];
        if parts.iter().all(|(part, _)| part.is_none()) {
            return None;
        }
        Some(
            parts
                .iter()
                .map(|(part, size)| u64::from(part.unwrap_or(0)) * size)
                .sum(),
        )
    }

    /// The parts of an interval of which nobody knows how it was said: the largest unit that divides it.
    pub(crate) fn of_seconds(seconds: u64) -> Self {
        let fits = |size: u64| {
            (seconds > 0 && seconds.is_multiple_of(size))
                .then(|| u32::try_from(seconds / size).ok())
                .flatten()
        };
        let mut parts = Self::default();
        if let Some(days) = fits(86_400) {
            parts.days = Some(days);
        } else if let Some(hours) = fits(3_600) {
            parts.hours = Some(hours);
        } else if let Some(minutes) = fits(60) {
            parts.minutes = Some(minutes);
        } else {
            let rest = seconds % 86_400;
            match u32::try_from(seconds) {
                Ok(seconds) => parts.seconds = Some(seconds),
                // Longer than 136 years: only days can hold it.
                Err(_) => {
                    parts.days = u32::try_from(seconds / 86_400).ok();
                    parts.seconds = u32::try_from(rest).ok();
                }
            }
        }
        parts
    }

    /// The first part that is there, to point at.
    fn first_name(self) -> &'static str {
        if self.seconds.is_some() {
            "intervalSeconds"
        } else if self.minutes.is_some() {
            "intervalMinutes"
        } else if self.hours.is_some() {
            "intervalHours"
        } else {
            "intervalDays"
        }
    }
}

impl Said {
    /// The kinds that are named, each with the member to point at.
    pub(crate) fn families(&self) -> Vec<(Family, &'static str)> {
        let mut all = Vec::new();
        if self.interval.total().is_some() {
            all.push((Family::Interval, self.interval.first_name()));
        }
        if self.cron_expression.is_some() {
            all.push((Family::Cron, "cronExpression"));
        }
        if self.cron_fields.is_some() {
            all.push((Family::Fields, "cronFields"));
        }
        if self.run_at.is_some() {
            all.push((Family::Once, "runAt"));
        }
        if self.recurrence.is_some() {
            all.push((Family::Recurrence, "recurrence"));
        }
        if self.manual {
            all.push((Family::Manual, "manual"));
        }
        all
    }

    /// The one kind that is named.
    pub(crate) fn family(&self) -> Result<Family> {
        match self.families().as_slice() {
            [] => Err(Error {
                message: REMEDY.to_owned(),
                ..Error::invalid_fields(vec![FieldError {
                    pointer: String::new(),
                    message: REMEDY.to_owned(),
                    message_ar: Some(REMEDY_AR.to_owned()),
                }])
            }),
            [(family, _)] => Ok(*family),
            many => {
                let names: Vec<_> = many.iter().map(|(_, name)| *name).collect();
                let message = format!(
                    "{} are different kinds of schedule; send only one",
                    names.join(" and ")
                );
                let fields = names
                    .iter()
                    .map(|name| FieldError {
                        pointer: format!("/{name}"),
                        message: message.clone(),
                        message_ar: Some(format!(
                            "{} أنواع مختلفة من الجداول؛ أرسل نوعًا واحدًا فقط",
                            names.join(" و")
                        )),
                    })
                    .collect();
                Err(Error {
                    message,
                    ..Error::invalid_fields(fields)
                })
            }
        }
    }

    /// The rule. An interval is counted from `anchor`.
    pub(crate) fn rule(self, anchor: Timestamp) -> Result<RuleSpec> {
        self.family()?;
        if let Some(every_seconds) = self.interval.total() {
            return Ok(RuleSpec::Interval {
                every_seconds,
                anchor,
            });
        }
        if let Some(expression) = self.cron_expression {
            return Ok(RuleSpec::Cron { expression });
        }
        if let Some(fields) = self.cron_fields {
            return Ok(RuleSpec::Fields {
                minute: fields.minute,
                hour: fields.hour,
                day_of_month: fields.day_of_month,
                month: fields.month,
                day_of_week: fields.day_of_week,
                week: fields.week,
            });
        }
        if let Some(at) = self.run_at {
            return Ok(RuleSpec::Once {
                at: instant("runAt", at)?,
            });
        }
        match self.recurrence {
            Some(recurrence) => recurring(recurrence),
            None => Ok(RuleSpec::Manual),
        }
    }

    /// How a rule would be said.
    pub(crate) fn of(rule: &RuleSpec, parts: Option<Parts>) -> Self {
        let recurrence = |kind, times: &[TimeOfDay]| Recurrence {
            kind,
            times: times.iter().map(ToString::to_string).collect(),
            days_of_week: None,
            days_of_month: None,
        };
        let mut said = Self::default();
        match rule {
            RuleSpec::Manual => said.manual = true,
            RuleSpec::Interval { every_seconds, .. } => {
                said.interval = parts
                    .filter(|parts| parts.total() == Some(*every_seconds))
                    .unwrap_or_else(|| Parts::of_seconds(*every_seconds));
            }
            RuleSpec::Cron { expression } => said.cron_expression = Some(expression.clone()),
            RuleSpec::Fields {
                minute,
                hour,
                day_of_month,
                month,
                day_of_week,
                week,
            } => {
                said.cron_fields = Some(CronFields {
                    minute: minute.clone(),
                    hour: hour.clone(),
                    day_of_month: day_of_month.clone(),
                    month: month.clone(),
                    day_of_week: day_of_week.clone(),
                    week: week.clone(),
                });
            }
            RuleSpec::Once { at } => said.run_at = Some(*at),
            RuleSpec::Daily { times } => {
                said.recurrence = Some(recurrence(RecurrenceKind::Daily, times))
            }
            RuleSpec::Weekly { days, times } => {
                said.recurrence = Some(Recurrence {
                    days_of_week: Some(days.iter().map(|day| words::to_weekday(*day)).collect()),
                    ..recurrence(RecurrenceKind::Weekly, times)
                });
            }
            RuleSpec::Monthly { days, times } => {
                said.recurrence = Some(Recurrence {
                    days_of_month: Some(days.clone()),
                    ..recurrence(RecurrenceKind::Monthly, times)
                });
            }
        }
        said
    }
}

fn recurring(recurrence: Recurrence) -> Result<RuleSpec> {
    let Recurrence {
        kind,
        times,
        days_of_week,
        days_of_month,
    } = recurrence;
    if times.is_empty() {
        return Err(Error::invalid(
            "recurrence/times",
            "say at least one time, for example \"09:00\"",
        ));
    }
    if times.len() > 100 {
        return Err(Error::invalid("recurrence/times", "at most 100 times"));
    }
    let times = times
        .iter()
        .enumerate()
        .map(|(index, text)| {
            text.parse::<TimeOfDay>().map_err(|error| {
                Error::invalid_fields(vec![FieldError {
                    pointer: format!("/recurrence/times/{index}"),
                    message: error.message(orloj_schedule::Lang::En).to_owned(),
                    message_ar: Some(error.message(orloj_schedule::Lang::Ar).to_owned()),
                }])
            })
        })
        .collect::<Result<Vec<_>>>()?;
    if kind != RecurrenceKind::Weekly && days_of_week.is_some() {
        return Err(Error::invalid(
            "recurrence/daysOfWeek",
            "only a weekly recurrence has days of the week",
        ));
    }
    if kind != RecurrenceKind::Monthly && days_of_month.is_some() {
        return Err(Error::invalid(
            "recurrence/daysOfMonth",
            "only a monthly recurrence has days of the month",
        ));
    }
    match kind {
        RecurrenceKind::Daily => Ok(RuleSpec::Daily { times }),
        RecurrenceKind::Weekly => {
            let days = days_of_week.unwrap_or_default();
            if days.is_empty() || days.len() > 7 {
                return Err(Error::invalid(
                    "recurrence/daysOfWeek",
                    "say one to seven days of the week",
                ));
            }
            Ok(RuleSpec::Weekly {
                days: days.into_iter().map(words::from_weekday).collect(),
                times,
            })
        }
        RecurrenceKind::Monthly => {
            let days = days_of_month.unwrap_or_default();
            if days.is_empty() || days.len() > 32 {
                return Err(Error::invalid(
                    "recurrence/daysOfMonth",
                    "say one or more days of the month",
                ));
            }
            if let Some(index) = days
                .iter()
                .position(|day| *day != -1 && !(1..=31).contains(day))
            {
                return Err(Error::invalid(
                    &format!("recurrence/daysOfMonth/{index}"),
                    "a day of the month is 1 to 31, or -1 for the last one",
                ));
            }
            Ok(RuleSpec::Monthly { days, times })
        }
    }
}

/// The whole schedule.
pub(crate) fn spec(
    rule: RuleSpec,
    timezone: String,
    dst: Option<WireDst>,
    start_at: Option<Timestamp>,
    end_at: Option<Timestamp>,
) -> Result<Spec> {
    Ok(Spec {
        rule,
        timezone,
        dst: from_dst(dst.unwrap_or_default()),
        start_at: start_at.map(|at| instant("startAt", at)).transpose()?,
        end_at: end_at.map(|at| instant("endAt", at)).transpose()?,
    })
}

pub(crate) fn from_dst(dst: WireDst) -> DstPolicy {
    DstPolicy {
        gap: words::from_gap(dst.gap),
        overlap: words::from_clock_overlap(dst.overlap),
    }
}

pub(crate) fn to_dst(dst: DstPolicy) -> WireDst {
    WireDst {
        gap: words::to_gap(dst.gap),
        overlap: words::to_clock_overlap(dst.overlap),
    }
}

/// Refuses instants that no answer could write as RFC 3339, and with them everything before 1970.
pub(crate) fn instant(field: &str, at: Timestamp) -> Result<Timestamp> {
    if at < Timestamp::UNIX_EPOCH {
        return Err(Error::invalid(
            field,
            "the instant must not be before 1970-01-01T00:00:00Z",
        ));
    }
    Ok(at)
}

/// Kind of a rule.
pub(crate) fn kind(rule: &RuleSpec) -> ScheduleKind {
    match rule {
        RuleSpec::Manual => ScheduleKind::Manual,
        RuleSpec::Interval { .. } => ScheduleKind::Interval,
        RuleSpec::Cron { .. } | RuleSpec::Fields { .. } => ScheduleKind::Cron,
        RuleSpec::Once { .. } => ScheduleKind::Once,
        RuleSpec::Daily { .. } => ScheduleKind::Daily,
        RuleSpec::Weekly { .. } => ScheduleKind::Weekly,
        RuleSpec::Monthly { .. } => ScheduleKind::Monthly,
    }
}

/// Counts an interval from now on; other rules have no beginning of their own.
pub(crate) fn restart(rule: &mut RuleSpec, now: Timestamp) {
    if let RuleSpec::Interval { anchor, .. } = rule {
        *anchor = now;
    }
}

//! Remarks on schedules that are valid but perhaps not what was meant.

mod clock_change;

use jiff::Timestamp;
use serde::Serialize;

use crate::civil::month_length;
use crate::dates::{ByDay, ByWeekday, Dates};
use crate::describe::Set;
use crate::schedule::{Kind, Rule, Schedule, earliest};
use crate::times::Times;
use crate::words::Text;

/// Runs closer together than this many seconds are remarked upon.
const FREQUENT_SECONDS: u32 = 5;

/// One remark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A stable word for the kind of remark: `never_fires_again`, `very_frequent`, `uneven_step`,
    /// `day_31_skips_months`, `both_day_fields` or `affected_by_dst`.
    pub code: &'static str,
    /// What to look out for.
    pub message: Text,
}

impl Warning {
    fn new(code: &'static str, en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self {
            code,
            message: Text::new(en, ar),
        }
    }
}

impl Schedule {
    /// Remarks that do not depend on the present.
    #[must_use]
    pub fn lint(&self) -> Vec<Warning> {
        let mut found = Vec::new();
        if self.kind() != Kind::Manual && self.next_after_us(earliest()).is_none() {
            found.push(Warning::new(
                "never_fires_again",
                "no run lies between the start and the end of this schedule",
                "لا يقع أي تشغيل بين بداية هذه الجدولة ونهايتها",
            ));
        }
        match &self.inner().rule {
            Rule::Manual | Rule::Once { .. } => {}
            Rule::Interval { every, .. } => {
                let seconds = every / 1_000_000;
                found.extend(u32::try_from(seconds).ok().and_then(very_frequent));
            }
            Rule::Clock(rule) => {
                if let Times::Masks {
                    hours,
                    minutes,
                    seconds,
                } = rule.local.times
                {
                    found.extend(closest(seconds, minutes).and_then(very_frequent));
                    found.extend(uneven(seconds, 59, "second", "الثواني"));
                    found.extend(uneven(minutes, 59, "minute", "الدقائق"));
                    found.extend(uneven(u64::from(hours), 23, "hour", "الساعات"));
                }
                lint_dates(&rule.local.dates, &mut found);
            }
        }
        found
    }

    /// All remarks. Adds what the next change of the clocks after `now` does to the schedule, and whether it has
    /// anything left to run after `now` (a one-time schedule is not remarked upon: its past may be recent).
    #[must_use]
    pub fn lint_from(&self, now: Timestamp) -> Vec<Warning> {
        let mut found = self.lint();
        let over = found
            .iter()
            .any(|warning| warning.code == "never_fires_again");
        if !over
            && !matches!(self.kind(), Kind::Manual | Kind::Once)
            && self.next_after(now).is_none()
        {
            found.push(Warning::new(
                "never_fires_again",
                "this schedule has no run left: its end has passed",
                "لم يبق لهذه الجدولة أي تشغيل: لقد انتهت مدتها",
            ));
        }
        found.extend(clock_change::next(self, now));
        found
    }
}

/// The smallest distance in seconds between two runs of one minute, or of neighbouring minutes.
fn closest(seconds: u64, minutes: u64) -> Option<u32> {
    let values: Vec<u32> = (0..60).filter(|s| seconds >> s & 1 == 1).collect();
    let (first, last) = (values.first()?, values.last()?);
    let within = values
        .windows(2)
        .filter_map(|pair| if let [a, b] = pair { Some(b - a) } else { None })
        .min();
    let neighbours = minutes & (minutes >> 1) != 0;
    let across = neighbours.then_some(first + 60 - last);
    within.into_iter().chain(across).min()
}

fn very_frequent(seconds: u32) -> Option<Warning> {
    (seconds < FREQUENT_SECONDS).then(|| {
        let (every_en, every_ar) = match seconds {
            1 => ("every second".to_owned(), "كل ثانية".to_owned()),
            2 => ("every 2 seconds".to_owned(), "كل ثانيتين".to_owned()),
            n => (format!("every {n} seconds"), format!("كل {n} ثوانٍ")),
        };
        Warning::new(
            "very_frequent",
            format!(
                "this runs as often as {every_en}; every run is recorded, so history grows quickly"
            ),
            format!("يتكرر هذا التشغيل {every_ar}؛ وكل تشغيل يُسجَّل، فيكبر السجل بسرعة"),
        )
    })
}

/// A step that does not divide its field: the last distance before the field starts over is shorter.
fn uneven(bits: u64, high: u32, unit_en: &str, unit_ar: &str) -> Option<Warning> {
    let Set::Step {
        from,
        step,
        even: false,
    } = Set::of(bits, 0, high)
    else {
        return None;
    };
    let last = from + (high - from) / step * step;
    let rest = high + 1 - last + from;
    Some(Warning::new(
        "uneven_step",
        format!(
            "{} does not divide by {step}, so the distance between {unit_en} {last} and the next {unit_en} {from} is {rest}, not {step}; use an interval for an even distance",
            high + 1
        ),
        format!(
            "العدد {} لا يقبل القسمة على {step}، فالمسافة في حقل {unit_ar} بين {last} و{from} التالية هي {rest} وليست {step}؛ استخدم فاصلًا زمنيًا لتكون المسافات متساوية",
            high + 1
        ),
    ))
}

fn lint_dates(dates: &Dates, found: &mut Vec<Warning>) {
    if let Set::Step { from, step, .. } = Set::of(u64::from(dates.by_day().days), 1, 31) {
        found.push(Warning::new(
            "uneven_step",
            format!("the step of {step} days starts over at day {from} of each month, so the distance is shorter there; use an interval for an even distance"),
            format!("خطوة الأيام ({step}) تبدأ من جديد في اليوم {from} من كل شهر فتقصر المسافة عنده؛ استخدم فاصلًا زمنيًا لتكون المسافات متساوية"),
        ));
    } else if let Some(day) = missing_day(dates) {
        found.push(Warning::new(
            "day_31_skips_months",
            format!("months without a day {day} are passed over; use L (or -1) for the last day of every month"),
            format!("الأشهر التي ليس فيها يوم {day} لا تشغيل فيها؛ استخدم L (أو ‎-1) لآخر يوم من كل شهر"),
        ));
    }
    let restricted_day = dates.by_day() != ByDay::ANY;
    let restricted_weekday = dates.by_weekday() != ByWeekday::ANY;
    if !dates.both && restricted_day && restricted_weekday {
        found.push(Warning::new(
            "both_day_fields",
            "both the day of month and the day of week are restricted: as in cron, a day runs when either matches, not only when both do",
            "يوم الشهر ويوم الأسبوع محددان معًا: كما في cron يحدث التشغيل إذا تحقق أحدهما، لا عند تحققهما معًا فقط",
        ));
    }
}

/// The smallest named day that one of the named months lacks. A run such as 25-31 is a range on purpose.
fn missing_day(dates: &Dates) -> Option<u32> {
    // Year 1 is not a leap year: 29 February is missing in most years.
    let shortest = (1..=12)
        .filter(|m| dates.months >> m & 1 == 1)
        .map(|m| month_length(1, m))
        .min()?;
    let named = match Set::of(u64::from(dates.by_day().days), 1, 31) {
        Set::One(day) => vec![day],
        Set::List(days) => days,
        Set::All | Set::Run { .. } | Set::Step { .. } => Vec::new(),
    };
    let nearest = (29..=31).filter(|day| dates.by_day().nearest >> day & 1 == 1);
    named
        .into_iter()
        .chain(nearest)
        .filter(|&day| day > shortest)
        .min()
}

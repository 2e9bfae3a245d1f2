//! From what was said to what can be asked.

use crate::cron::{Parsed, parse_expression, parse_named_fields};
use crate::dates::{ByDay, Dates};
use crate::error::Error;
use crate::local::LocalRule;
use crate::schedule::{Inner, Kind, Rule, Schedule, earliest, latest, micros_ceil, micros_floor};
use crate::search::ClockRule;
use crate::spec::{Gap, Overlap, RuleSpec, Spec, TimeOfDay, Weekday};
use crate::times::Times;
use crate::zone::Zone;

/// Longest interval: 100 years. Anything above is a typing error.
const MAX_EVERY_SECONDS: u64 = 100 * 366 * 86_400;
/// Most times of day in one rule: one for each minute.
const MAX_TIMES: usize = 1440;

pub(crate) fn compile(spec: &Spec, hash_seed: u64) -> Result<Schedule, Error> {
    let zone = Zone::named(&spec.timezone)?;
    let not_before = spec
        .start_at
        .map_or_else(earliest, micros_ceil)
        .max(earliest());
    let not_after = spec.end_at.map_or_else(latest, micros_floor).min(latest());
    if not_before > not_after {
        return Err(Error::new(
            "end_at",
            "ends_before_start",
            "endAt lies before startAt, so nothing can ever run; choose a later end.",
            "نهاية الجدولة قبل بدايتها فلا يمكن أن يعمل شيء؛ اختر نهاية لاحقة.",
        ));
    }
    let clock = |parsed: Parsed| {
        // An open rule follows elapsed time, which is what "both passes, nothing made up" means.
        let (gap, overlap) = if parsed.fixed_time {
            (spec.dst.gap, spec.dst.overlap)
        } else {
            (Gap::Skip, Overlap::Both)
        };
        Rule::Clock(ClockRule {
            local: LocalRule::new(parsed.dates, parsed.times),
            fixed_time: parsed.fixed_time,
            gap,
            overlap,
        })
    };
    let fixed = |dates: Dates, times: &[TimeOfDay]| -> Result<Rule, Error> {
        Ok(clock(Parsed {
            dates,
            times: list(times)?,
            fixed_time: true,
        }))
    };
    let (kind, rule) = match &spec.rule {
        RuleSpec::Manual => (Kind::Manual, Rule::Manual),
        RuleSpec::Interval {
            every_seconds,
            anchor,
        } => {
            let every = interval(*every_seconds)?;
            let base = match spec.start_at {
                Some(_) => not_before,
                None => micros_floor(*anchor).saturating_add(every),
            };
            (Kind::Interval, Rule::Interval { every, base })
        }
        RuleSpec::Once { at } => {
            let at = micros_floor(*at);
            if at < not_before || at > not_after {
                return Err(Error::new(
                    "at",
                    "never_fires",
                    "at lies outside startAt and endAt, so it never runs; move it inside or remove the bounds.",
                    "وقت التشغيل خارج حدود البداية والنهاية فلن يعمل أبدًا؛ انقله إلى داخلها أو أزل الحدود.",
                ));
            }
            (Kind::Once, Rule::Once { at })
        }
        RuleSpec::Cron { expression } => {
            (Kind::Cron, clock(parse_expression(expression, hash_seed)?))
        }
        RuleSpec::Fields {
            minute,
            hour,
            day_of_month,
            month,
            day_of_week,
            week,
        } => {
            let texts = [minute, hour, day_of_month, month, day_of_week, week].map(String::as_str);
            (Kind::Fields, clock(parse_named_fields(texts, hash_seed)?))
        }
        RuleSpec::Daily { times } => (Kind::Daily, fixed(Dates::any(), times)?),
        RuleSpec::Weekly { days, times } => (Kind::Weekly, fixed(weekly(days)?, times)?),
        RuleSpec::Monthly { days, times } => (Kind::Monthly, fixed(monthly(days)?, times)?),
    };
    Ok(Schedule::new(Inner {
        kind,
        rule,
        zone,
        not_before,
        not_after,
    }))
}

/// The interval in microseconds.
fn interval(every_seconds: u64) -> Result<i64, Error> {
    if every_seconds == 0 {
        return Err(Error::new(
            "every_seconds",
            "too_short",
            "everySeconds must be at least 1; an interval cannot be shorter than one second.",
            "يجب ألا يقل الفاصل الزمني عن ثانية واحدة.",
        ));
    }
    if every_seconds > MAX_EVERY_SECONDS {
        return Err(Error::new(
            "every_seconds",
            "too_long",
            "everySeconds is more than 100 years; use a shorter interval.",
            "الفاصل الزمني أطول من 100 سنة؛ اختر فاصلًا أقصر.",
        ));
    }
    Ok(every_seconds as i64 * 1_000_000)
}

fn list(times: &[TimeOfDay]) -> Result<Times, Error> {
    if times.is_empty() {
        return Err(Error::new(
            "times",
            "empty",
            "times is empty; give at least one time of day such as 09:00.",
            "قائمة الأوقات فارغة؛ أضف وقتًا واحدًا على الأقل مثل 09:00.",
        ));
    }
    if times.len() > MAX_TIMES {
        return Err(Error::new(
            "times",
            "too_long",
            "times has more than 1440 entries; use a cron expression or an interval.",
            "في قائمة الأوقات أكثر من 1440 عنصرًا؛ استخدم تعبير cron أو فاصلًا زمنيًا.",
        ));
    }
    let mut seconds: Vec<u32> = times.iter().map(|time| time.second_of_day()).collect();
    seconds.sort_unstable();
    seconds.dedup();
    Ok(Times::List(seconds.into()))
}

fn weekly(days: &[Weekday]) -> Result<Dates, Error> {
    if days.is_empty() {
        return Err(Error::new(
            "days",
            "empty",
            "days is empty; name at least one weekday such as monday.",
            "قائمة الأيام فارغة؛ اختر يومًا واحدًا على الأقل من أيام الأسبوع.",
        ));
    }
    let mask = days
        .iter()
        .fold(0, |mask, day| mask | 1_u8 << day.to_sunday_zero());
    Ok(Dates::by_weekdays(mask))
}

fn monthly(days: &[i8]) -> Result<Dates, Error> {
    if days.is_empty() {
        return Err(Error::new(
            "days",
            "empty",
            "days is empty; give at least one day of the month, 1 to 31, or -1 for the last day.",
            "قائمة الأيام فارغة؛ اختر يومًا واحدًا على الأقل من 1 إلى 31، أو ‎-1 لآخر يوم في الشهر.",
        ));
    }
    let mut by_day = ByDay::NONE;
    for &day in days {
        match day {
            1..=31 => by_day.days |= 1 << day,
            -1 => by_day.from_last |= 1,
            _ => {
                return Err(Error::new(
                    "days",
                    "out_of_range",
                    format!(
                        "days: {day} is out of range; use 1 to 31, or -1 for the last day of the month."
                    ),
                    format!(
                        "قائمة الأيام: ‎{day} خارج المجال؛ استخدم قيمة من 1 إلى 31، أو ‎-1 لآخر يوم في الشهر."
                    ),
                ));
            }
        }
    }
    Ok(Dates::by_days(by_day))
}

//! When a task runs: the five recurrences as schedules, and schedules as recurrences.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use orloj_schedule::{RuleSpec, Spec, TimeOfDay, Weekday};

use super::body::{Recurrence, RecurrenceConfig};

/// A moment as clients write it: RFC 3339, or without an offset and then in UTC.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse::<Timestamp>().ok().or_else(|| {
        text.parse::<DateTime>()
            .ok()?
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|moment| moment.timestamp())
    })
}

/// The schedule of a task; the error is a sentence that begins with the field.
pub(super) fn spec(
    recurrence: Recurrence,
    config: Option<&RecurrenceConfig>,
    at: Timestamp,
) -> Result<Spec, String> {
    let nothing = RecurrenceConfig::default();
    let config = config.unwrap_or(&nothing);
    if config.kind.is_some_and(|kind| kind != recurrence) {
        return Err("recurrence_config.type: must be the same as recurrence_type".to_owned());
    }
    if let Some(foreign) = foreign(recurrence, config) {
        return Err(format!(
            "recurrence_config.{foreign}: does not belong to this recurrence_type"
        ));
    }
    let rule = match recurrence {
        Recurrence::Once => return Ok(Spec::new(RuleSpec::Once { at })),
        Recurrence::Daily => RuleSpec::Daily {
            times: vec![time(config)?],
        },
        Recurrence::Weekly => RuleSpec::Weekly {
            days: days(config)?,
            times: vec![time(config)?],
        },
        Recurrence::Monthly => RuleSpec::Monthly {
            days: vec![day(config)?],
            times: vec![time(config)?],
        },
        Recurrence::Custom => RuleSpec::Cron {
            expression: config
                .cron_expression
                .clone()
                .filter(|text| !text.trim().is_empty())
                .ok_or("recurrence_config.cron_expression: is required for a custom recurrence")?,
        },
    };
    let mut spec = Spec::new(rule);
    spec.start_at = Some(at);
    if let Some(end) = &config.end_date {
        let end = moment(end).ok_or("recurrence_config.end_date: is not a date and time")?;
        if end <= at {
            return Err("recurrence_config.end_date: must lie after scheduled_time".to_owned());
        }
        spec.end_at = Some(end);
    }
    Ok(spec)
}

/// A member that another recurrence has.
fn foreign(recurrence: Recurrence, config: &RecurrenceConfig) -> Option<&'static str> {
    use Recurrence::{Custom, Daily, Monthly, Once, Weekly};
    let given = [
        ("time", config.time.is_some(), &[Daily, Weekly, Monthly][..]),
        ("days_of_week", config.days_of_week.is_some(), &[Weekly]),
        ("day_of_month", config.day_of_month.is_some(), &[Monthly]),
        (
            "cron_expression",
            config.cron_expression.is_some(),
            &[Custom],
        ),
        (
            "end_date",
            config.end_date.is_some(),
            &[Daily, Weekly, Monthly, Custom],
        ),
    ];
    let wrong = given
        .into_iter()
        .find(|(_, is_given, of)| *is_given && !of.contains(&recurrence));
    // A one-time task with a configuration is one that a form sent along: only its end would mean something.
    wrong
        .filter(|(name, ..)| recurrence != Once || *name == "end_date")
        .map(|(name, ..)| name)
}

fn time(config: &RecurrenceConfig) -> Result<TimeOfDay, String> {
    config
        .time
        .as_deref()
        .unwrap_or("00:00")
        .parse()
        .map_err(|_| "recurrence_config.time: write it as HH:MM, from 00:00 to 23:59".to_owned())
}

fn days(config: &RecurrenceConfig) -> Result<Vec<Weekday>, String> {
    let numbers = config.days_of_week.clone().unwrap_or_else(|| vec![0]);
    let mut days = numbers
        .iter()
        .map(|number| {
            u8::try_from(*number)
                .ok()
                .and_then(Weekday::from_monday_zero)
        })
        .collect::<Option<Vec<_>>>()
        .filter(|days| !days.is_empty())
        .ok_or(
            "recurrence_config.days_of_week: numbers from 0 (Monday) to 6 (Sunday), at least one",
        )?;
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn day(config: &RecurrenceConfig) -> Result<i8, String> {
    let day = config.day_of_month.unwrap_or(1);
    i8::try_from(day)
        .ok()
        .filter(|day| (1..=31).contains(day))
        .ok_or_else(|| "recurrence_config.day_of_month: must lie between 1 and 31".to_owned())
}

/// The recurrence that a schedule shows; what cannot be said in these words is `custom`.
pub(super) fn to_recurrence(spec: &Spec) -> (Recurrence, Option<RecurrenceConfig>) {
    let config = |kind| RecurrenceConfig {
        kind: Some(kind),
        end_date: spec.end_at.map(|end| end.to_string()),
        ..RecurrenceConfig::default()
    };
    let one = |times: &[TimeOfDay]| match times {
        [time] => Some(time.to_string()),
        _ => None,
    };
    match &spec.rule {
        RuleSpec::Once { .. } | RuleSpec::Manual => (Recurrence::Once, None),
        RuleSpec::Daily { times } if times.len() == 1 => {
            let config = RecurrenceConfig {
                time: one(times),
                ..config(Recurrence::Daily)
            };
            (Recurrence::Daily, Some(config))
        }
        RuleSpec::Weekly { days, times } if times.len() == 1 => {
            let days = days.iter().map(|day| i64::from(day.to_monday_zero()));
            let config = RecurrenceConfig {
                time: one(times),
                days_of_week: Some(days.collect()),
                ..config(Recurrence::Weekly)
            };
            (Recurrence::Weekly, Some(config))
        }
        RuleSpec::Monthly { days, times } if times.len() == 1 && days.len() == 1 => {
            let config = RecurrenceConfig {
                time: one(times),
                day_of_month: days.first().map(|day| i64::from(*day)),
                ..config(Recurrence::Monthly)
            };
            (Recurrence::Monthly, Some(config))
        }
        RuleSpec::Cron { expression } => {
            let config = RecurrenceConfig {
                cron_expression: Some(expression.clone()),
                ..config(Recurrence::Custom)
            };
            (Recurrence::Custom, Some(config))
        }
        _ => (Recurrence::Custom, Some(config(Recurrence::Custom))),
    }
}

#[cfg(test)]
mod tests {
    use super::{RecurrenceConfig, moment, spec, to_recurrence};
    use crate::dialects::deployx::body::Recurrence;

    fn config(text: &str) -> RecurrenceConfig {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn moments_without_an_offset_are_utc() {
        let there = moment("2026-10-26T15:00:00").unwrap();
        assert_eq!(there.to_string(), "2026-10-26T15:00:00Z");
        assert_eq!(moment("2026-10-26 15:00").unwrap(), there);
        assert_eq!(moment("2026-10-26T17:00:00+02:00").unwrap(), there);
        assert_eq!(moment("2026-10-26T15:00:00.000Z").unwrap(), there);
        for bad in ["", "tomorrow", "2026-13-01T00:00:00"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn each_recurrence_is_read_back_as_it_was_written() {
        let at = moment("2026-10-26T15:00:00").unwrap();
        for (recurrence, text) in [
            (Recurrence::Daily, r#"{"type":"daily","time":"01:00"}"#),
            (
                Recurrence::Weekly,
                r#"{"type":"weekly","time":"02:00","days_of_week":[0,6]}"#,
            ),
            (
                Recurrence::Monthly,
                r#"{"type":"monthly","time":"00:30","day_of_month":31}"#,
            ),
            (
                Recurrence::Custom,
                r#"{"type":"custom","cron_expression":"0 2 * * 1-5"}"#,
            ),
        ] {
            let spec = spec(recurrence, Some(&config(text)), at).unwrap();
            assert_eq!(spec.start_at, Some(at));
            let (back, given) = to_recurrence(&spec);
            assert_eq!(back, recurrence);
            assert_eq!(serde_json::to_string(&given).unwrap(), text);
        }
    }

    #[test]
    fn what_is_left_out_is_midnight_monday_and_the_first() {
        let at = moment("2026-10-26T15:00:00").unwrap();
        for (recurrence, text) in [
            (Recurrence::Daily, r#"{"type":"daily","time":"00:00"}"#),
            (
                Recurrence::Weekly,
                r#"{"type":"weekly","time":"00:00","days_of_week":[0]}"#,
            ),
            (
                Recurrence::Monthly,
                r#"{"type":"monthly","time":"00:00","day_of_month":1}"#,
            ),
        ] {
            for given in [None, Some(&RecurrenceConfig::default())] {
                let spec = spec(recurrence, given, at).unwrap();
                let text_of = serde_json::to_string(&to_recurrence(&spec).1).unwrap();
                assert_eq!(text_of, text);
            }
        }
    }

    #[test]
    fn what_would_never_fire_or_mean_something_else_is_refused() {
        let at = moment("2026-10-26T15:00:00").unwrap();
        for (recurrence, text, field) in [
            (Recurrence::Weekly, r#"{"days_of_week":[]}"#, "days_of_week"),
            (
                Recurrence::Weekly,
                r#"{"days_of_week":[7]}"#,
                "days_of_week",
            ),
            (
                Recurrence::Monthly,
                r#"{"day_of_month":32}"#,
                "day_of_month",
            ),
            (Recurrence::Daily, r#"{"time":"24:00"}"#, "time"),
            (Recurrence::Daily, r#"{"type":"weekly"}"#, "type"),
            (Recurrence::Daily, r#"{"day_of_month":3}"#, "day_of_month"),
            (Recurrence::Custom, "{}", "cron_expression"),
            (
                Recurrence::Daily,
                r#"{"end_date":"2026-10-26T15:00:00"}"#,
                "end_date",
            ),
        ] {
            let why = spec(recurrence, Some(&config(text)), at).unwrap_err();
            assert!(
                why.starts_with(&format!("recurrence_config.{field}:")),
                "{why}"
            );
        }
    }
}

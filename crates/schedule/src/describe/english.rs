//! Schedules in English.

mod days;

use jiff::civil::DateTime;

use super::Voice;
use super::shape::{Set, Times, clock};
use crate::dates::Dates;

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) struct English;

impl Voice for English {
    fn manual(&self) -> String {
        "Only when run by hand".to_owned()
    }

    fn once(&self, at: DateTime) -> String {
        format!(
            "Once, on {} {}",
            name(&WEEKDAYS, at.weekday().to_sunday_zero_offset() as u32),
            moment(at)
        )
    }

    fn interval(&self, seconds: u64) -> String {
        let parts = [
            (seconds / 86_400, "day"),
            (seconds / 3600 % 24, "hour"),
            (seconds / 60 % 60, "minute"),
            (seconds % 60, "second"),
        ];
        let said: Vec<String> = parts
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, unit)| counted(*n, unit))
            .collect();
        match said.as_slice() {
            [one] => format!("Every {}", one.strip_prefix("1 ").unwrap_or(one)),
            several => format!("Every {}", join(several)),
        }
    }

    fn clock(&self, times: &Times, dates: &Dates) -> String {
        let days = days::days(dates);
        let said = match times {
            Times::Exact(list, more) => {
                let mut list: Vec<String> = list.iter().map(|&t| clock(t)).collect();
                if *more > 0 {
                    list.push(format!("{more} more times"));
                }
                let clause = [", or ", ", in ", ", if "]
                    .iter()
                    .any(|clause| days.contains(clause));
                let comma = if clause && !days.ends_with(',') {
                    ","
                } else {
                    ""
                };
                format!("{days}{comma} at {}", join(&list))
            }
            Times::Repeat {
                seconds,
                minutes,
                hours,
            } => {
                let repeat = repeat(seconds, minutes, hours);
                if days == "every day" {
                    repeat
                } else {
                    format!("{repeat}, {days}")
                }
            }
        };
        capital(&said)
    }

    fn starting(&self, at: DateTime) -> String {
        format!(", starting {}", moment(at))
    }

    fn until(&self, at: DateTime) -> String {
        format!(", until {}", moment(at))
    }

    fn zone(&self, name: &str) -> String {
        format!(" ({name})")
    }
}

fn moment(at: DateTime) -> String {
    let time = clock(at.hour() as u32 * 3600 + at.minute() as u32 * 60 + at.second() as u32);
    format!(
        "{} {} {} at {time}",
        at.day(),
        name(&MONTHS, at.month() as u32 - 1),
        at.year()
    )
}

fn name(names: &[&str], index: u32) -> String {
    names
        .get(index as usize)
        .copied()
        .unwrap_or_default()
        .to_owned()
}

fn counted(n: u64, unit: &str) -> String {
    if n == 1 {
        format!("1 {unit}")
    } else {
        format!("{n} {unit}s")
    }
}

fn join(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn numbers(values: &[u32]) -> String {
    join(&values.iter().map(u32::to_string).collect::<Vec<_>>())
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn ordinal(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// "every 5 minutes from 09:00 to 17:59"
fn repeat(seconds: &Set, minutes: &Set, hours: &Set) -> String {
    if *seconds != Set::One(0) {
        let mut text = match seconds {
            Set::All => "every second".to_owned(),
            Set::One(second) => format!("at second {second}"),
            Set::Step {
                from: 0,
                step,
                even: true,
            } => format!("every {step} seconds"),
            Set::Step { from, step, .. } => format!("every {step} seconds from second {from}"),
            Set::Run { from, to } => format!("every second from {from} to {to}"),
            Set::List(list) => format!("at seconds {}", numbers(list)),
        };
        let of_hour = if hours.is_all() { " of each hour" } else { "" };
        match minutes {
            Set::All
                if seconds.is_all()
                    || matches!(
                        seconds,
                        Set::Step {
                            from: 0,
                            even: true,
                            ..
                        }
                    ) => {}
            Set::All => text += " of every minute",
            Set::One(minute) => text += &format!(" of minute {minute}{of_hour}"),
            Set::Step { from: 0, step, .. } => {
                text += &format!(" of every {} minute", ordinal(*step))
            }
            Set::Step { from, step, .. } => {
                text += &format!(" of every {} minute from minute {from}", ordinal(*step))
            }
            Set::Run { from, to } => text += &format!(" of minutes {from} to {to}{of_hour}"),
            Set::List(list) => text += &format!(" of minutes {}{of_hour}", numbers(list)),
        }
        return text + &within_hours(hours);
    }
    match minutes {
        Set::All => format!("every minute{}", within_hours(hours)),
        Set::Step {
            from: 0,
            step,
            even: true,
        } => format!("every {step} minutes{}", within_hours(hours)),
        Set::Step { from: 0, step, .. } => {
            format!(
                "every {step} minutes from the start of each hour{}",
                within_hours(hours)
            )
        }
        Set::Step { from, step, .. } => {
            format!(
                "every {step} minutes from minute {from} of each hour{}",
                within_hours(hours)
            )
        }
        Set::Run { from, to } => format!(
            "every minute from minute {from} to {to} of each hour{}",
            within_hours(hours)
        ),
        Set::One(minute) => on_the_hour(*minute, hours),
        Set::List(list) => format!(
            "at minutes {} of each hour{}",
            numbers(list),
            within_hours(hours)
        ),
    }
}

/// One run in each of the hours.
fn on_the_hour(minute: u32, hours: &Set) -> String {
    let at_minute = if minute == 0 {
        String::new()
    } else {
        format!(" at minute {minute}")
    };
    match hours {
        Set::Step {
            from: 0,
            step,
            even: true,
        } => format!("every {step} hours{at_minute}"),
        Set::Step { from, step, .. } => {
            format!(
                "every {step} hours from {} each day",
                clock(from * 3600 + minute * 60)
            )
        }
        Set::Run { from, to } => {
            format!(
                "every hour from {} to {}",
                clock(from * 3600 + minute * 60),
                clock(to * 3600 + minute * 60)
            )
        }
        other => format!("every hour{at_minute}{}", within_hours(other)),
    }
}

fn within_hours(hours: &Set) -> String {
    match hours {
        Set::All => String::new(),
        Set::One(hour) => format!(" from {hour:02}:00 to {hour:02}:59"),
        Set::Run { from, to } => format!(" from {from:02}:00 to {to:02}:59"),
        Set::Step { from: 0, step, .. } => format!(", in every {} hour from 00:00", ordinal(*step)),
        Set::Step { from, step, .. } => {
            format!(", in every {} hour from {from:02}:00", ordinal(*step))
        }
        Set::List(list) => format!(
            ", in hours {}",
            join(&list.iter().map(|h| format!("{h:02}")).collect::<Vec<_>>())
        ),
    }
}

//! Schedules in Arabic.
//!
//! Arabic counts in five ways (one, two, three to ten, eleven to ninety-nine, and the round hundreds), names two of
//! a thing by the dual, and says weekdays with the article in a list but without it after "every".

mod days;

use jiff::civil::DateTime;

use super::Voice;
use super::shape::{Set, Times, clock};
use crate::dates::Dates;

const WEEKDAYS: [&str; 7] = [
    "الأحد",
    "الاثنين",
    "الثلاثاء",
    "الأربعاء",
    "الخميس",
    "الجمعة",
    "السبت",
];
const MONTHS: [&str; 12] = [
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
];

/// The forms of a counted noun, as they stand after "every": one, two, three to ten, eleven to 99, hundreds.
type Noun = [&'static str; 5];

const SECOND: Noun = ["ثانية", "ثانيتين", "ثوانٍ", "ثانية", "ثانية"];
const MINUTE: Noun = ["دقيقة", "دقيقتين", "دقائق", "دقيقة", "دقيقة"];
const HOUR: Noun = ["ساعة", "ساعتين", "ساعات", "ساعة", "ساعة"];
const DAY: Noun = ["يوم", "يومين", "أيام", "يومًا", "يوم"];
const OTHER_TIME: Noun = [
    "وقت آخر",
    "وقتين آخرين",
    "أوقات أخرى",
    "وقتًا آخر",
    "وقت آخر",
];

pub(super) struct Arabic;

impl Voice for Arabic {
    fn manual(&self) -> String {
        "عند التشغيل اليدوي فقط".to_owned()
    }

    fn once(&self, at: DateTime) -> String {
        format!(
            "مرة واحدة يوم {} {}",
            name(&WEEKDAYS, at.weekday().to_sunday_zero_offset() as u32),
            moment(at)
        )
    }

    fn interval(&self, seconds: u64) -> String {
        let parts = [
            (seconds / 86_400, DAY),
            (seconds / 3600 % 24, HOUR),
            (seconds / 60 % 60, MINUTE),
            (seconds % 60, SECOND),
        ];
        let said: Vec<String> = parts
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, noun)| counted(*n, noun))
            .collect();
        format!("كل {}", join(&said))
    }

    fn clock(&self, times: &Times, dates: &Dates) -> String {
        let days = days::days(dates);
        match times {
            Times::Exact(list, more) => {
                let mut list: Vec<String> = list.iter().map(|&t| clock(t)).collect();
                if *more > 0 {
                    list.push(counted(*more as u64, &OTHER_TIME));
                }
                let comma = if days.contains('،') && !days.ends_with('،') {
                    "،"
                } else {
                    ""
                };
                format!("{days}{comma} الساعة {}", join(&list))
            }
            Times::Repeat {
                seconds,
                minutes,
                hours,
            } => {
                let repeat = repeat(seconds, minutes, hours);
                if days == "كل يوم" {
                    repeat
                } else {
                    format!("{repeat}، {}", days.trim_end_matches('،'))
                }
            }
        }
    }

    fn starting(&self, at: DateTime) -> String {
        format!("، بدءًا من {}", moment(at))
    }

    fn until(&self, at: DateTime) -> String {
        format!("، حتى {}", moment(at))
    }

    fn zone(&self, name: &str) -> String {
        if name == "UTC" {
            " (بالتوقيت العالمي UTC)".to_owned()
        } else {
            format!(" (بتوقيت {name})")
        }
    }
}

fn moment(at: DateTime) -> String {
    let time = clock(at.hour() as u32 * 3600 + at.minute() as u32 * 60 + at.second() as u32);
    format!(
        "{} {} {} الساعة {time}",
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

/// A number with its noun, in the form that follows "every" or a preposition.
fn counted(n: u64, noun: &Noun) -> String {
    let [one, two, few, many, hundreds] = noun;
    match (n, n % 100) {
        (1, _) => (*one).to_owned(),
        (2, _) => (*two).to_owned(),
        (_, 3..=10) => format!("{n} {few}"),
        (_, 11..=99) => format!("{n} {many}"),
        _ => format!("{n} {hundreds}"),
    }
}

fn join(items: &[String]) -> String {
    items.join(" و")
}

/// "minute 5", "the two minutes 5 and 35", "the minutes 5 and 20 and 40".
fn listed(values: &[u32], one: &str, two: &str, many: &str) -> String {
    let noun = match values.len() {
        1 => one,
        2 => two,
        _ => many,
    };
    format!(
        "{noun} {}",
        join(&values.iter().map(u32::to_string).collect::<Vec<_>>())
    )
}

fn minutes_listed(values: &[u32]) -> String {
    listed(values, "الدقيقة", "الدقيقتين", "الدقائق")
}

/// "كل 5 دقائق من 09:00 إلى 17:59"
fn repeat(seconds: &Set, minutes: &Set, hours: &Set) -> String {
    if *seconds != Set::One(0) {
        let mut text = match seconds {
            Set::All => "كل ثانية".to_owned(),
            Set::One(second) => format!("عند الثانية {second}"),
            Set::Step {
                from: 0,
                step,
                even: true,
            } => every(*step, &SECOND),
            Set::Step { from, step, .. } => {
                format!("{} بدءًا من الثانية {from}", every(*step, &SECOND))
            }
            Set::Run { from, to } => format!("كل ثانية من الثانية {from} إلى الثانية {to}"),
            Set::List(list) => format!("عند {}", listed(list, "الثانية", "الثانيتين", "الثواني")),
        };
        let of_hour = if hours.is_all() {
            " من كل ساعة"
        } else {
            ""
        };
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
            Set::All => text += " من كل دقيقة",
            Set::One(minute) => text += &format!("، في الدقيقة {minute}{of_hour}"),
            Set::Step { from: 0, step, .. } => {
                text += &format!("، خلال دقيقة واحدة {}", every(*step, &MINUTE))
            }
            Set::Step { from, step, .. } => {
                text += &format!(
                    "، خلال دقيقة واحدة {} بدءًا من الدقيقة {from}",
                    every(*step, &MINUTE)
                );
            }
            Set::Run { from, to } => text += &format!("، في الدقائق من {from} إلى {to}{of_hour}"),
            Set::List(list) => text += &format!("، في {}{of_hour}", minutes_listed(list)),
        }
        return text + &within_hours(hours);
    }
    match minutes {
        Set::All => format!("كل دقيقة{}", within_hours(hours)),
        Set::Step {
            from: 0,
            step,
            even: true,
        } => format!("{}{}", every(*step, &MINUTE), within_hours(hours)),
        Set::Step { from: 0, step, .. } => {
            format!(
                "{} بدءًا من أول كل ساعة{}",
                every(*step, &MINUTE),
                within_hours(hours)
            )
        }
        Set::Step { from, step, .. } => {
            format!(
                "{} بدءًا من الدقيقة {from} من كل ساعة{}",
                every(*step, &MINUTE),
                within_hours(hours)
            )
        }
        Set::Run { from, to } => {
            format!(
                "كل دقيقة من الدقيقة {from} إلى الدقيقة {to} من كل ساعة{}",
                within_hours(hours)
            )
        }
        Set::One(minute) => on_the_hour(*minute, hours),
        Set::List(list) => format!(
            "عند {} من كل ساعة{}",
            minutes_listed(list),
            within_hours(hours)
        ),
    }
}

fn every(n: u32, noun: &Noun) -> String {
    format!("كل {}", counted(u64::from(n), noun))
}

/// One run in each of the hours.
fn on_the_hour(minute: u32, hours: &Set) -> String {
    let at_minute = if minute == 0 {
        String::new()
    } else {
        format!(" عند الدقيقة {minute}")
    };
    match hours {
        Set::Step {
            from: 0,
            step,
            even: true,
        } => format!("{}{at_minute}", every(*step, &HOUR)),
        Set::Step { from, step, .. } => {
            format!(
                "{} بدءًا من {} يوميًا",
                every(*step, &HOUR),
                clock(from * 3600 + minute * 60)
            )
        }
        Set::Run { from, to } => {
            format!(
                "كل ساعة من {} إلى {}",
                clock(from * 3600 + minute * 60),
                clock(to * 3600 + minute * 60)
            )
        }
        other => format!("كل ساعة{at_minute}{}", within_hours(other)),
    }
}

fn within_hours(hours: &Set) -> String {
    match hours {
        Set::All => String::new(),
        Set::One(hour) => format!(" من {hour:02}:00 إلى {hour:02}:59"),
        Set::Run { from, to } => format!(" من {from:02}:00 إلى {to:02}:59"),
        Set::Step { from, step, .. } => format!(
            "، في ساعة واحدة {} بدءًا من {from:02}:00",
            every(*step, &HOUR)
        ),
        Set::List(list) => {
            let noun = if list.len() == 2 {
                "الساعتين"
            } else {
                "الساعات"
            };
            format!(
                "، في {noun} {}",
                join(&list.iter().map(|h| format!("{h:02}")).collect::<Vec<_>>())
            )
        }
    }
}

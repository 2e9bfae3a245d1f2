//! The days of a schedule, in English.

use super::super::shape::Set;
use super::{MONTHS, WEEKDAYS, join, name, numbers, ordinal};
use crate::dates::{ByDay, ByWeekday, Dates};

const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// "every Monday", "on day 1 of every month", ...
pub(super) fn days(dates: &Dates) -> String {
    let (by_day, by_weekday) = (dates.by_day(), dates.by_weekday());
    let any_day = by_day == ByDay::ANY;
    let any_weekday = by_weekday.days == ByWeekday::ANY.days;
    let months = Set::of(u64::from(dates.months), 1, 12);
    let of_month = of_months(&months);
    let in_month = in_months(&months);
    let every_day = if dates.both {
        any_day && any_weekday
    } else {
        any_day || any_weekday
    };
    let mut text = if every_day {
        format!("every day{in_month}")
    } else if dates.both && any_day {
        weekdays(&by_weekday, &of_month, &in_month)
    } else if dates.both && any_weekday {
        anniversary(&by_day, &months).unwrap_or_else(|| on_days(&by_day, &of_month))
    } else if dates.both {
        format!(
            "{}, if it is a {},",
            on_days(&by_day, &of_month),
            either(&by_weekday)
        )
    } else {
        format!(
            "{}, or {}",
            on_days(&by_day, &of_month),
            weekdays(&by_weekday, &of_month, &in_month)
        )
    };
    if let Some(weeks) = dates.weeks() {
        text += &match Set::of(weeks, 1, 53) {
            Set::All => String::new(),
            Set::One(week) => format!(", in ISO week {week}"),
            Set::Run { from, to } => format!(", in ISO weeks {from} to {to}"),
            Set::Step { from, step, .. } => {
                format!(", in every {} ISO week from week {from}", ordinal(step))
            }
            Set::List(list) => format!(", in ISO weeks {}", numbers(&list)),
        };
    }
    text
}

fn month_names(months: &Set) -> String {
    let name = |m: &u32| name(&MONTHS, m - 1);
    match months {
        Set::All => "every month".to_owned(),
        Set::One(month) => name(month),
        Set::Run { from, to } => format!("{} to {}", name(from), name(to)),
        Set::Step { from, step, .. } => join(
            &(*from..=12)
                .step_by(*step as usize)
                .map(|m| name(&m))
                .collect::<Vec<_>>(),
        ),
        Set::List(list) => join(&list.iter().map(name).collect::<Vec<_>>()),
    }
}

fn of_months(months: &Set) -> String {
    match months {
        Set::Run { .. } => format!(" of every month from {}", month_names(months)),
        _ => format!(" of {}", month_names(months)),
    }
}

fn in_months(months: &Set) -> String {
    match months {
        Set::All => String::new(),
        Set::Run { .. } => format!(" from {}", month_names(months)),
        _ => format!(" in {}", month_names(months)),
    }
}

/// "on 1 January every year", for a rule that is one date.
fn anniversary(by_day: &ByDay, months: &Set) -> Option<String> {
    let (Set::One(month), Set::One(day)) = (months, Set::of(u64::from(by_day.days), 1, 31)) else {
        return None;
    };
    let when = if (*month, day) == (2, 29) {
        "in leap years"
    } else {
        "every year"
    };
    by_day
        .has_only_days()
        .then(|| format!("on {day} {} {when}", name(&MONTHS, month - 1)))
}

fn on_days(by_day: &ByDay, of_month: &str) -> String {
    let mut items = Vec::new();
    match Set::of(u64::from(by_day.days), 1, 31) {
        Set::All => items.push("every day".to_owned()),
        Set::One(day) => items.push(format!("day {day}")),
        Set::Run { from, to } => items.push(format!("days {from} to {to}")),
        Set::Step { from, step, .. } => {
            items.push(format!("every {} day from day {from}", ordinal(step)))
        }
        Set::List(list) if list.is_empty() => {}
        Set::List(list) => items.push(format!("days {}", numbers(&list))),
    }
    let bits = |mask: u32| (0_u32..32).filter(move |n| mask >> n & 1 == 1);
    for before in bits(by_day.from_last) {
        items.push(match before {
            0 => "the last day".to_owned(),
            1 => "the day before the last day".to_owned(),
            n => format!("the day {n} days before the last day"),
        });
    }
    for day in bits(by_day.nearest) {
        items.push(format!(
            "the weekday (Monday to Friday) nearest to day {day}"
        ));
    }
    if by_day.last_working_day {
        items.push("the last weekday (Monday to Friday)".to_owned());
    }
    format!("on {}{of_month}", join(&items))
}

fn plain_weekdays(days: u8) -> Option<Set> {
    (days != 0).then(|| Set::of(u64::from(days), 0, 6))
}

fn weekday_list(set: &Set) -> Vec<String> {
    match set {
        Set::One(day) => vec![name(&WEEKDAYS, *day)],
        Set::List(list) => monday_first(list),
        Set::Step { from, step, .. } => {
            monday_first(&(*from..=6).step_by(*step as usize).collect::<Vec<_>>())
        }
        Set::Run { from, to } => (0..7)
            .map(|i| (from + i) % 7)
            .take(((to + 7 - from) % 7 + 1) as usize)
            .map(|d| name(&WEEKDAYS, d))
            .collect(),
        Set::All => WEEKDAYS.iter().map(|&d| d.to_owned()).collect(),
    }
}

fn monday_first(list: &[u32]) -> Vec<String> {
    let mut list = list.to_vec();
    list.sort_by_key(|day| (day + 6) % 7);
    list.iter().map(|&day| name(&WEEKDAYS, day)).collect()
}

fn special_weekdays(by_weekday: &ByWeekday) -> Vec<String> {
    let mut items = Vec::new();
    for day in 0..7 {
        for nth in 0..5 {
            if by_weekday.nth >> (day * 5 + nth) & 1 == 1 {
                items.push(format!(
                    "the {} {}",
                    name(&ORDINALS, nth),
                    name(&WEEKDAYS, day)
                ));
            }
        }
        if by_weekday.last >> day & 1 == 1 {
            items.push(format!("the last {}", name(&WEEKDAYS, day)));
        }
    }
    items
}

fn weekdays(by_weekday: &ByWeekday, of_month: &str, in_month: &str) -> String {
    let plain = plain_weekdays(by_weekday.days).map(|set| match &set {
        Set::Run { from, to } => format!(
            "every day from {} to {}",
            name(&WEEKDAYS, *from),
            name(&WEEKDAYS, *to)
        ),
        other => format!("every {}", join(&weekday_list(other))),
    });
    let special = special_weekdays(by_weekday);
    match (plain, special.is_empty()) {
        (Some(plain), true) => format!("{plain}{in_month}"),
        (Some(plain), false) => format!("{plain}{in_month} and on {}{of_month}", join(&special)),
        (None, _) => format!("on {}{of_month}", join(&special)),
    }
}

/// "Monday or Thursday", for a date that must also fall on such a day.
fn either(by_weekday: &ByWeekday) -> String {
    let mut items = plain_weekdays(by_weekday.days)
        .map(|set| weekday_list(&set))
        .unwrap_or_default();
    items.extend(
        special_weekdays(by_weekday)
            .into_iter()
            .map(|s| s.trim_start_matches("the ").to_owned()),
    );
    match items.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        other => join(other),
    }
}

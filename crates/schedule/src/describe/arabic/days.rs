//! The days of a schedule, in Arabic.

use super::super::shape::Set;
use super::{DAY, MONTHS, Noun, WEEKDAYS, counted, every, join, listed, name};
use crate::dates::{ByDay, ByWeekday, Dates};

const ORDINALS: [&str; 5] = ["أول", "ثاني", "ثالث", "رابع", "خامس"];
const BARE_WEEKDAYS: [&str; 7] = ["أحد", "اثنين", "ثلاثاء", "أربعاء", "خميس", "جمعة", "سبت"];
const WEEK: Noun = ["أسبوع", "أسبوعين", "أسابيع", "أسبوعًا", "أسبوع"];

/// "كل يوم اثنين", "في اليوم 1 من كل شهر", ...
pub(super) fn days(dates: &Dates) -> String {
    let (by_day, by_weekday) = (dates.by_day(), dates.by_weekday());
    let any_day = by_day == ByDay::ANY;
    let any_weekday = by_weekday.days == ByWeekday::ANY.days;
    let months = Set::of(u64::from(dates.months), 1, 12);
    let (of_month, in_month) = (of_months(&months), in_months(&months));
    let every_day = if dates.both {
        any_day && any_weekday
    } else {
        any_day || any_weekday
    };
    let mut text = if every_day {
        format!("كل يوم{in_month}")
    } else if dates.both && any_day {
        weekdays(&by_weekday, &of_month, &in_month)
    } else if dates.both && any_weekday {
        anniversary(&by_day, &months).unwrap_or_else(|| on_days(&by_day, &of_month))
    } else if dates.both {
        format!(
            "{}، إذا وافق {}،",
            on_days(&by_day, &of_month),
            either(&by_weekday)
        )
    } else {
        format!(
            "{}، أو {}",
            on_days(&by_day, &of_month),
            weekdays(&by_weekday, &of_month, &in_month)
        )
    };
    if let Some(weeks) = dates.weeks() {
        text += &match Set::of(weeks, 1, 53) {
            Set::All => String::new(),
            Set::One(week) => format!("، في الأسبوع {week} بترقيم ISO"),
            Set::Run { from, to } => format!("، في الأسابيع من {from} إلى {to} بترقيم ISO"),
            Set::Step { from, step, .. } => {
                format!("، {} بدءًا من الأسبوع {from} بترقيم ISO", every(step, &WEEK))
            }
            Set::List(list) => format!(
                "، في {} بترقيم ISO",
                listed(&list, "الأسبوع", "الأسبوعين", "الأسابيع")
            ),
        };
    }
    text
}

/// "شهر يناير", "شهري يناير ويوليو", "أشهر يناير وأبريل ويوليو".
fn month_list(months: &[u32]) -> String {
    let names: Vec<String> = months.iter().map(|m| name(&MONTHS, m - 1)).collect();
    let noun = match names.len() {
        1 => "شهر",
        2 => "شهري",
        _ => "أشهر",
    };
    format!("{noun} {}", join(&names))
}

fn month_values(months: &Set) -> Vec<u32> {
    match months {
        Set::One(month) => vec![*month],
        Set::Step { from, step, .. } => (*from..=12).step_by(*step as usize).collect(),
        Set::List(list) => list.clone(),
        Set::All | Set::Run { .. } => Vec::new(),
    }
}

fn of_months(months: &Set) -> String {
    match months {
        Set::All => " من كل شهر".to_owned(),
        Set::Run { from, to } => format!(
            " من كل شهر من {} إلى {}",
            name(&MONTHS, from - 1),
            name(&MONTHS, to - 1)
        ),
        other => format!(" من {}", month_list(&month_values(other))),
    }
}

fn in_months(months: &Set) -> String {
    match months {
        Set::All => String::new(),
        Set::Run { from, to } => format!(
            " في الأشهر من {} إلى {}",
            name(&MONTHS, from - 1),
            name(&MONTHS, to - 1)
        ),
        other => format!(" في {}", month_list(&month_values(other))),
    }
}

/// "بيومين", "بـ3 أيام": by how many days.
fn by(days: u32) -> String {
    let counted = counted(u64::from(days), &DAY);
    if counted.starts_with(|c: char| c.is_ascii_digit()) {
        format!("بـ{counted}")
    } else {
        format!("ب{counted}")
    }
}

/// "في 1 يناير من كل سنة", for a rule that is one date.
fn anniversary(by_day: &ByDay, months: &Set) -> Option<String> {
    let (Set::One(month), Set::One(day)) = (months, Set::of(u64::from(by_day.days), 1, 31)) else {
        return None;
    };
    let when = if (*month, day) == (2, 29) {
        "من كل سنة كبيسة"
    } else {
        "من كل سنة"
    };
    by_day
        .has_only_days()
        .then(|| format!("في {day} {} {when}", name(&MONTHS, month - 1)))
}

fn on_days(by_day: &ByDay, of_month: &str) -> String {
    let plain = Set::of(u64::from(by_day.days), 1, 31);
    if let (Set::Step { from, step, .. }, true) = (&plain, by_day.has_only_days()) {
        return format!("{} بدءًا من اليوم {from}{of_month}", every(*step, &DAY));
    }
    if by_day.has_only_last() && by_day.from_last.is_power_of_two() && by_day.from_last > 2 {
        let before = by_day.from_last.trailing_zeros();
        return format!("في اليوم الذي يسبق آخر يوم{of_month} {}", by(before));
    }
    let listed = |days: &[u32]| listed(days, "اليوم", "اليومين", "الأيام");
    let mut items = Vec::new();
    match plain {
        Set::All => items.push("كل الأيام".to_owned()),
        Set::One(day) => items.push(listed(&[day])),
        Set::Run { from, to } => items.push(format!("الأيام من {from} إلى {to}")),
        Set::Step { from, step, .. } => items.push(listed(
            &(from..=31).step_by(step as usize).collect::<Vec<_>>(),
        )),
        Set::List(list) if list.is_empty() => {}
        Set::List(list) => items.push(listed(&list)),
    }
    let bits = |mask: u32| (0_u32..32).filter(move |n| mask >> n & 1 == 1);
    for before in bits(by_day.from_last) {
        items.push(match before {
            0 => "آخر يوم".to_owned(),
            1 => "اليوم الذي يسبق آخر يوم".to_owned(),
            n => format!("اليوم الذي يسبق آخر يوم {}", by(n)),
        });
    }
    for day in bits(by_day.nearest) {
        items.push(format!(
            "أقرب يوم عمل (من الاثنين إلى الجمعة) إلى اليوم {day}"
        ));
    }
    if by_day.last_working_day {
        items.push("آخر يوم عمل (من الاثنين إلى الجمعة)".to_owned());
    }
    format!("في {}{of_month}", join(&items))
}

/// Single weekdays, in the order of an Arabic week (Sunday first), except that a run keeps its order.
fn weekday_values(days: u8) -> Vec<u32> {
    match Set::of(u64::from(days), 0, 6) {
        Set::Run { from, to } => (0..7)
            .map(|i| (from + i) % 7)
            .take(((to + 7 - from) % 7 + 1) as usize)
            .collect(),
        _ => (0..7).filter(|day| days >> day & 1 == 1).collect(),
    }
}

fn special_weekdays(by_weekday: &ByWeekday) -> Vec<String> {
    let mut items = Vec::new();
    for day in 0..7 {
        for nth in 0..5 {
            if by_weekday.nth >> (day * 5 + nth) & 1 == 1 {
                items.push(format!(
                    "{} يوم {}",
                    name(&ORDINALS, nth),
                    name(&BARE_WEEKDAYS, day)
                ));
            }
        }
        if by_weekday.last >> day & 1 == 1 {
            items.push(format!("آخر يوم {}", name(&BARE_WEEKDAYS, day)));
        }
    }
    items
}

fn weekdays(by_weekday: &ByWeekday, of_month: &str, in_month: &str) -> String {
    let names: Vec<String> = weekday_values(by_weekday.days)
        .iter()
        .map(|&day| name(&WEEKDAYS, day))
        .collect();
    let plain = match (Set::of(u64::from(by_weekday.days), 0, 6), names.len()) {
        (_, 0) => None,
        (Set::Run { from, to }, _) => Some(format!(
            "كل يوم من {} إلى {}",
            name(&WEEKDAYS, from),
            name(&WEEKDAYS, to)
        )),
        (Set::One(day), _) => Some(format!("كل يوم {}", name(&BARE_WEEKDAYS, day))),
        (_, 2) => Some(format!("يومي {} من كل أسبوع", join(&names))),
        _ => Some(format!("أيام {} من كل أسبوع", join(&names))),
    };
    let special = special_weekdays(by_weekday);
    match (plain, special.is_empty()) {
        (Some(plain), true) => format!("{plain}{in_month}"),
        (Some(plain), false) => format!("{plain}{in_month} وفي {}{of_month}", join(&special)),
        (None, _) => format!("في {}{of_month}", join(&special)),
    }
}

/// "يوم الاثنين أو الخميس", for a date that must also fall on such a day.
fn either(by_weekday: &ByWeekday) -> String {
    let names: Vec<String> = weekday_values(by_weekday.days)
        .iter()
        .map(|&day| name(&WEEKDAYS, day))
        .collect();
    let mut items = Vec::new();
    if !names.is_empty() {
        items.push(format!("يوم {}", names.join(" أو ")));
    }
    items.extend(special_weekdays(by_weekday));
    items.join(" أو ")
}

//! One item of a field: the part between two commas.

use super::field::{Place, Unit};
use super::hash::hash;
use crate::error::Error;

/// Names of the values of a field, the first one for its smallest value.
pub(super) type Names = [&'static str];

/// What one item says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Plain values; `open` when the range before the step is the whole field.
    Values { bits: u64, open: bool },
    /// This many days before the last day of the month.
    FromLast(u32),
    /// The working day nearest to a day of the month.
    Nearest(u32),
    /// The last working day of the month.
    LastWorkingDay,
    /// The last such weekday of the month.
    LastWeekday(u32),
    /// The n-th such weekday of the month, n from 1 to 5.
    NthWeekday { weekday: u32, nth: u32 },
}

impl Item {
    /// Parses upper-case text.
    pub(super) fn parse(text: &str, place: Place) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(place.refuse(
                "empty_item",
                "has an empty item; remove the extra comma.",
                "فيه عنصر فارغ؛ احذف الفاصلة الزائدة.",
            ));
        }
        let special = match place.unit {
            Unit::DayOfMonth => day_of_month(text, place)?,
            Unit::DayOfWeek => day_of_week(text, place)?,
            _ => None,
        };
        match special {
            Some(item) => Ok(item),
            None => values(text, place),
        }
    }
}

/// `L`, `L-3`, `LW`, `15W`.
fn day_of_month(text: &str, place: Place) -> Result<Option<Item>, Error> {
    if text == "L" {
        return Ok(Some(Item::FromLast(0)));
    }
    if text == "LW" || text == "WL" {
        return Ok(Some(Item::LastWorkingDay));
    }
    if let Some(days) = text.strip_prefix("L-") {
        return match digits(days) {
            Some(days @ 1..=30) => Ok(Some(Item::FromLast(days))),
            _ => Err(place.refuse(
                "bad_last",
                &format!(
                    "\"{}\" is not valid; L- takes 1 to 30 days before the last day, as in L-3.",
                    shown(text)
                ),
                &format!(
                    "\"{}\" غير صالح؛ بعد L- يأتي عدد من 1 إلى 30 يومًا قبل آخر يوم، مثل L-3.",
                    shown(text)
                ),
            )),
        };
    }
    if let Some(day) = text.strip_suffix('W') {
        return match digits(day) {
            Some(day @ 1..=31) => Ok(Some(Item::Nearest(day))),
            _ => Err(place.refuse(
                "bad_nearest",
                &format!("\"{}\" is not valid; W follows one day from 1 to 31, as in 15W, or L, as in LW.", shown(text)),
                &format!("\"{}\" غير صالح؛ تأتي W بعد يوم واحد من 1 إلى 31 مثل 15W، أو بعد L مثل LW.", shown(text)),
            )),
        };
    }
    Ok(None)
}

/// `5L`, `FRIL`, `5#2`, `FRI#2`.
fn day_of_week(text: &str, place: Place) -> Result<Option<Item>, Error> {
    if let Some((weekday, nth)) = text.split_once('#') {
        return match digits(nth) {
            Some(nth @ 1..=5) => {
                Ok(Some(Item::NthWeekday { weekday: single(weekday, place)? % 7, nth }))
            }
            _ => Err(place.refuse(
                "bad_nth",
                &format!("\"{}\" is not valid; # is followed by 1 to 5, as in FRI#2 for the second Friday.", shown(text)),
                &format!("\"{}\" غير صالح؛ بعد # يأتي عدد من 1 إلى 5، مثل FRI#2 لثاني جمعة في الشهر.", shown(text)),
            )),
        };
    }
    if let Some(weekday) = text.strip_suffix('L') {
        if weekday.is_empty() {
            return Err(place.refuse(
                "bad_last",
                "a bare L does not say which weekday; write 5L or FRIL for the last Friday.",
                "الحرف L وحده لا يحدد يومًا؛ اكتب 5L أو FRIL لآخر جمعة في الشهر.",
            ));
        }
        return Ok(Some(Item::LastWeekday(single(weekday, place)? % 7)));
    }
    Ok(None)
}

/// `*`, `5`, `1-5`, `22-2`, `*/10`, `3/10`, `1-30/10`, `H`, `H/15`, `H(0-29)`, `H(0-29)/10`.
fn values(text: &str, place: Place) -> Result<Item, Error> {
    let unit = place.unit;
    let (base, step) = match text.split_once('/') {
        None => (text, None),
        Some((base, step)) => (base, Some(parse_step(step, place)?)),
    };
    let (low, high) = unit.values();
    if base == "?" && !matches!(unit, Unit::DayOfMonth | Unit::DayOfWeek) {
        return Err(place.refuse(
            "bad_question_mark",
            "? is only for the day of month and the day of week; write * here.",
            "علامة ? ليوم الشهر ويوم الأسبوع فقط؛ اكتب * هنا.",
        ));
    }
    if base == "*" || base == "?" {
        return Ok(spread(low, high, step.unwrap_or(1), true));
    }
    if let Some(rest) = base.strip_prefix('H') {
        return hashed(rest, step, place);
    }
    if let Some((from, to)) = base.split_once('-') {
        return Ok(range(
            single(from, place)?,
            single(to, place)?,
            step.unwrap_or(1),
            unit,
        ));
    }
    let value = single(base, place)?;
    Ok(match step {
        None => Item::Values {
            bits: 1
                << (if unit == Unit::DayOfWeek {
                    value % 7
                } else {
                    value
                }),
            open: low == high,
        },
        Some(step) => {
            let from = if unit == Unit::DayOfWeek {
                value % 7
            } else {
                value
            };
            spread(from, high, step, from == low)
        }
    })
}

/// `from` to `to` without wrapping, every `step`.
fn spread(from: u32, to: u32, step: u32, open: bool) -> Item {
    let bits = (from..=to)
        .step_by(step.max(1) as usize)
        .fold(0, |bits, value| bits | 1_u64 << value);
    Item::Values { bits, open }
}

/// A range that may run over the end of the field and go on at its beginning.
fn range(from: u32, to: u32, step: u32, unit: Unit) -> Item {
    let (low, high) = unit.values();
    let size = high - low + 1;
    // Weekday 7 is Sunday: as an end it comes after Saturday, as a beginning (or alone) it is 0.
    let to = if from > high && to == from { low } else { to };
    let from = if from > high { low } else { from };
    let length = if from <= to {
        to - from + 1
    } else {
        size - from + to + 1
    };
    let bits = (0..length)
        .step_by(step.max(1) as usize)
        .fold(0, |bits, i| bits | 1_u64 << (low + (from - low + i) % size));
    Item::Values {
        bits,
        open: length >= size,
    }
}

/// What follows `H`: nothing, or a range in parentheses.
fn hashed(rest: &str, step: Option<u32>, place: Place) -> Result<Item, Error> {
    let bounds = match rest
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        None if rest.is_empty() => Some(place.unit.hash_range()),
        None => None,
        Some(inner) => match inner.split_once('-') {
            None => None,
            Some((from, to)) => {
                let (from, to) = (single(from, place)?, single(to, place)?);
                (from <= to && to <= place.unit.values().1).then_some((from, to))
            }
        },
    };
    let Some((from, to)) = bounds else {
        return Err(place.refuse(
            "bad_hash",
            "H is written H, H/15, H(0-29) or H(0-29)/10, with an ascending range.",
            "يُكتب H بإحدى الصيغ H أو H/15 أو H(0-29) أو H(0-29)/10، بمجال تصاعدي.",
        ));
    };
    let size = to - from + 1;
    let number = hash(place.hash_seed, place.unit.salt());
    let pick = |choices: u32| (number % u64::from(choices.max(1))) as u32;
    Ok(match step {
        None => Item::Values {
            bits: 1 << (from + pick(size)),
            open: false,
        },
        Some(step) => {
            let (low, high) = place.unit.values();
            spread(
                from + pick(step.min(size)),
                to,
                step,
                from == low && to == high,
            )
        }
    })
}

fn parse_step(text: &str, place: Place) -> Result<u32, Error> {
    let (low, high) = place.unit.values();
    match digits(text) {
        Some(0) => Err(place.refuse(
            "bad_step",
            "a step of 0 never moves on; write 1 or more after the slash.",
            "الخطوة 0 لا تتقدم أبدًا؛ اكتب 1 أو أكثر بعد الشرطة المائلة.",
        )),
        Some(step) if step > high - low + 1 => Err(too_wide(step, place)),
        Some(step) => Ok(step),
        None => Err(place.refuse(
            "bad_step",
            &format!(
                "\"{}\" is not a step; write a whole number after the slash, as in */5.",
                shown(text)
            ),
            &format!(
                "\"{}\" ليست خطوة صالحة؛ اكتب عددًا صحيحًا بعد الشرطة المائلة، مثل */5.",
                shown(text)
            ),
        )),
    }
}

fn too_wide(step: u32, place: Place) -> Error {
    let (low, high) = place.unit.values();
    let size = high - low + 1;
    place.refuse(
        "bad_step",
        &format!("a step of {step} is wider than the field, which has {size} values; for every {step} units use an interval instead."),
        &format!("الخطوة {step} أوسع من الحقل الذي فيه {size} قيمة؛ للتكرار كل {step} وحدة استخدم جدولة بفاصل زمني."),
    )
}

/// One number or name, within the range that may be written.
fn single(text: &str, place: Place) -> Result<u32, Error> {
    let unit = place.unit;
    let (low, high) = unit.range();
    if let Some(index) = unit
        .names()
        .and_then(|names| names.iter().position(|&name| name == text))
    {
        return Ok(low + index as u32);
    }
    match digits(text) {
        Some(value) if (low..=high).contains(&value) => Ok(value),
        Some(_) => Err(place.refuse(
            "out_of_range",
            &format!("{} is out of range; use {low} to {high}.", shown(text)),
            &format!(
                "{} خارج المجال؛ استخدم قيمة من {low} إلى {high}.",
                shown(text)
            ),
        )),
        None => {
            let (names_en, names_ar) = match unit {
                Unit::Month => (", or a name from JAN to DEC", "، أو اسمًا من JAN إلى DEC"),
                Unit::DayOfWeek => (", or a name from SUN to SAT", "، أو اسمًا من SUN إلى SAT"),
                _ => ("", ""),
            };
            Err(place.refuse(
                "bad_value",
                &format!(
                    "\"{}\" is not understood; use a number from {low} to {high}{names_en}.",
                    shown(text)
                ),
                &format!(
                    "\"{}\" غير مفهوم؛ استخدم عددًا من {low} إلى {high}{names_ar}.",
                    shown(text)
                ),
            ))
        }
    }
}

/// A short whole number; leading zeros are fine, signs are not.
fn digits(text: &str) -> Option<u32> {
    (matches!(text.len(), 1..=6) && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// A piece of the user's text that is safe to repeat in a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(30).collect()
}

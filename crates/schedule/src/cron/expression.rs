//! A whole expression: how many fields, which word, and how the two day fields go together.

use super::field::{Field, Place, Unit};
use super::item::shown;
use crate::dates::{ByDay, ByWeekday, Dates, longest};
use crate::error::Error;
use crate::times::Times;

/// Longest text of an expression.
const MAX_LENGTH: usize = 1000;

/// The meaning of an expression.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) dates: Dates,
    pub(crate) times: Times,
    /// Neither the minute nor the hour runs through its whole field.
    pub(crate) fixed_time: bool,
}

struct Fields {
    second: Field,
    minute: Field,
    hour: Field,
    day_of_month: Field,
    month: Field,
    day_of_week: Field,
    week: Option<Field>,
}

/// Parses five fields, six with leading seconds, or a word such as `@daily`.
pub(crate) fn parse_expression(text: &str, hash_seed: u64) -> Result<Parsed, Error> {
    let refuse = |code, en: &str, ar: &str| {
        Error::new(
            "expression",
            code,
            format!("expression: {en}"),
            format!("التعبير: {ar}"),
        )
    };
    let text = text.trim();
    if text.len() > MAX_LENGTH {
        return Err(refuse(
            "too_long",
            "longer than 1000 characters; use ranges and steps instead of long lists.",
            "أطول من 1000 حرف؛ استخدم المجالات والخطوات بدل القوائم الطويلة.",
        ));
    }
    let text = if text.starts_with('@') {
        word(text)?
    } else {
        text
    };
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    if let Some(first) = parts.first().filter(|first| first.contains('=')) {
        return Err(refuse(
            "zone_prefix",
            &format!(
                "\"{}\" is not part of the expression; put the zone into the timezone field.",
                shown(first)
            ),
            &format!(
                "\"{}\" ليست جزءًا من التعبير؛ ضع المنطقة في حقل المنطقة الزمنية.",
                shown(first)
            ),
        ));
    }
    let (second, rest) = match parts.as_slice() {
        [] => {
            return Err(refuse(
                "empty",
                "is empty; write five fields: minute hour day-of-month month day-of-week, for example 0 9 * * 1-5.",
                "فارغ؛ اكتب خمسة حقول: الدقيقة والساعة ويوم الشهر والشهر ويوم الأسبوع، مثل 0 9 * * 1-5.",
            ));
        }
        rest @ [_, _, _, _, _] => ("0", rest),
        [second, rest @ ..] if rest.len() == 5 => (*second, rest),
        [_, _, _, _, _, _, _] => {
            return Err(refuse(
                "field_count",
                "has seven fields; a year is not supported, bound the schedule with start and end instead.",
                "فيه سبعة حقول؛ حقل السنة غير مدعوم، حدّد بداية الجدولة ونهايتها بدلًا منه.",
            ));
        }
        other => {
            return Err(refuse(
                "field_count",
                &format!(
                    "has {} fields where 5 are needed (minute hour day-of-month month day-of-week) or 6 with leading seconds; write * for every value.",
                    other.len()
                ),
                &format!(
                    "عدد حقوله {} والمطلوب 5 (الدقيقة والساعة ويوم الشهر والشهر ويوم الأسبوع) أو 6 تبدأ بالثواني؛ اكتب * لكل القيم.",
                    other.len()
                ),
            ));
        }
    };
    let field = |text: &str, unit| {
        Field::parse(
            text,
            Place {
                unit,
                blame: "expression",
                hash_seed,
            },
        )
    };
    let at = |i: usize| rest.get(i).copied().unwrap_or_default();
    combine(
        Fields {
            second: field(second, Unit::Second)?,
            minute: field(at(0), Unit::Minute)?,
            hour: field(at(1), Unit::Hour)?,
            day_of_month: field(at(2), Unit::DayOfMonth)?,
            month: field(at(3), Unit::Month)?,
            day_of_week: field(at(4), Unit::DayOfWeek)?,
            week: None,
        },
        "expression",
    )
}

/// Parses six named fields, in the order minute, hour, day of month, month, day of week, ISO week.
pub(crate) fn parse_named_fields(texts: [&str; 6], hash_seed: u64) -> Result<Parsed, Error> {
    let [minute, hour, day_of_month, month, day_of_week, week] = texts;
    let field = |text: &str, unit: Unit| {
        Field::parse(
            text,
            Place {
                unit,
                blame: unit.key(),
                hash_seed,
            },
        )
    };
    combine(
        Fields {
            second: Field {
                bits: 1,
                ..Field::default()
            },
            minute: field(minute, Unit::Minute)?,
            hour: field(hour, Unit::Hour)?,
            day_of_month: field(day_of_month, Unit::DayOfMonth)?,
            month: field(month, Unit::Month)?,
            day_of_week: field(day_of_week, Unit::DayOfWeek)?,
            week: Some(field(week, Unit::Week)?),
        },
        "day_of_month",
    )
}

/// The five fields a word stands for.
fn word(text: &str) -> Result<&'static str, Error> {
    let refuse = |code, en: String, ar: String| Err(Error::new("expression", code, en, ar));
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        "@monthly" => Ok("0 0 1 * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@hourly" => Ok("0 * * * *"),
        "@reboot" => refuse(
            "reboot",
            "expression: @reboot is not a time, so nothing can be planned for it; choose a time, or run the job by hand after a start.".to_owned(),
            "التعبير: ‎@reboot ليس وقتًا فلا يمكن التخطيط له؛ اختر وقتًا أو شغّل المهمة يدويًا بعد الإقلاع.".to_owned(),
        ),
        every if every.starts_with("@every") => refuse(
            "every",
            "expression: @every is an interval, not a calendar rule; use an interval schedule with everySeconds.".to_owned(),
            "التعبير: ‎@every فاصل زمني وليس قاعدة تقويم؛ استخدم جدولة بفاصل زمني مع everySeconds.".to_owned(),
        ),
        _ => refuse(
            "unknown_word",
            format!("expression: \"{}\" is not a known word; use @yearly, @monthly, @weekly, @daily, @midnight or @hourly.", shown(text)),
            format!("التعبير: \"{}\" كلمة غير معروفة؛ استخدم ‎@yearly أو ‎@monthly أو ‎@weekly أو ‎@daily أو ‎@midnight أو ‎@hourly.", shown(text)),
        ),
    }
}

fn combine(fields: Fields, blame: &'static str) -> Result<Parsed, Error> {
    let Fields {
        second,
        minute,
        hour,
        day_of_month,
        month,
        day_of_week,
        week,
    } = fields;
    let by_day = ByDay {
        days: day_of_month.bits as u32,
        from_last: day_of_month.from_last,
        nearest: day_of_month.nearest,
        last_working_day: day_of_month.last_working_day,
    };
    let by_weekday = ByWeekday {
        days: day_of_week.bits as u8,
        last: day_of_week.last_weekdays,
        nth: day_of_week.nth_weekdays,
    };
    // Cron's rule: a day field that starts with a star restricts nothing on its own, so both must hold; with two
    // restricted fields one is enough.
    let both = day_of_month.starred || day_of_week.starred;
    let weeks = week
        .filter(|week| !week.is_any(Unit::Week))
        .map(|week| week.bits);
    let dates = Dates::new(month.bits as u16, by_day, by_weekday, both, weeks);
    if dates.at_or_after(0).is_none() {
        return Err(never(&dates, blame));
    }
    Ok(Parsed {
        dates,
        times: Times::Masks {
            hours: hour.bits as u32,
            minutes: minute.bits,
            seconds: second.bits,
        },
        fixed_time: !minute.open && !hour.open,
    })
}

/// Why no day ever matches.
fn never(dates: &Dates, blame: &'static str) -> Error {
    let longest_month = (1..=12)
        .filter(|month| dates.months >> month & 1 == 1)
        .map(longest)
        .max()
        .unwrap_or(31);
    let first_day = dates.by_day().days.trailing_zeros();
    if dates.by_day().days != 0 && first_day > longest_month {
        return Error::new(
            blame,
            "never_fires",
            format!(
                "expression never fires: it asks for day {first_day}, but the chosen months have at most {longest_month} days; choose an earlier day, L for the last day, or other months."
            ),
            format!(
                "هذا الجدول لا يعمل أبدًا: يطلب اليوم {first_day} والأشهر المختارة لا تزيد على {longest_month} يومًا؛ اختر يومًا أبكر، أو L لآخر يوم، أو أشهرًا أخرى."
            ),
        );
    }
    Error::new(
        blame,
        "never_fires",
        "expression never fires: no date satisfies its day, month, weekday and week fields together; widen one of them.",
        "هذا الجدول لا يعمل أبدًا: لا يوجد تاريخ يحقق حقول اليوم والشهر ويوم الأسبوع والأسبوع معًا؛ وسّع أحدها.",
    )
}

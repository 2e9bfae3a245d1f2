//! Recurrence rules of iCalendar, as a question that can be asked of any day.
//!
//! A rule is never expanded: whether it begins on a day follows from the day's number and its civil date. Only `COUNT`
//! has to be counted, once, when the rule is read. Source: RFC 5545, section 3.3.10.

use crate::civil::{civil_from_days, days_from_civil, is_leap, month_length, weekday};
use crate::error::Error;

/// No rule is looked at further than this, in days: the Gregorian calendar repeats.
const CYCLE_DAYS: i64 = 146_097;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A rule with the day it begins on. Days are numbers since 1970-01-01; weekdays count from Sunday, 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recurrence {
    start: i64,
    last: i64,
    frequency: Frequency,
    interval: i64,
    /// Bit per month, 0 when any will do.
    months: u16,
    /// Days of the month, negative from its end.
    month_days: Vec<i32>,
    /// Ordinal (0 for every one) and weekday.
    weekdays: Vec<(i32, u32)>,
    week_start: u32,
}

/// The end of a rule: a day, or an instant in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    Day(i64),
    /// A day and a second of it, on the rule's own clock.
    Local(i64, i64),
    Instant(i64),
}

fn wrong(en: impl Into<String>, ar: impl Into<String>) -> Error {
    Error::new("rule", "bad_rule", en, ar)
}

fn bad_value(name: &str, value: &str) -> Error {
    wrong(
        format!("rule: {name}={value} is not understood; see RFC 5545 for what {name} may hold."),
        format!("القاعدة: {name}={value} غير مفهومة؛ راجع RFC 5545 لمعرفة القيم المقبولة."),
    )
}

impl Recurrence {
    /// Reads a rule that begins on day `start` at second `second` of the day. `local` turns an instant (seconds since
    /// 1970) into a day and a second of it on the rule's clock.
    pub(crate) fn parse(
        text: &str,
        start: i64,
        second: i64,
        local: impl Fn(i64) -> (i64, i64),
    ) -> Result<Self, Error> {
        let mut frequency = None;
        let mut rule = Self {
            start,
            last: i64::MAX,
            frequency: Frequency::Daily,
            interval: 1,
            months: 0,
            month_days: Vec::new(),
            weekdays: Vec::new(),
            week_start: 1,
        };
        let mut count = None;
        let mut until = None;
        let mut seen: Vec<String> = Vec::new();
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(wrong(
                    format!("rule: \"{}\" is no NAME=VALUE part.", shown(part)),
                    format!(
                        "القاعدة: الجزء \"{}\" ليس على صورة NAME=VALUE.",
                        shown(part)
                    ),
                ));
            };
            let (name, value) = (name.to_ascii_uppercase(), value.to_ascii_uppercase());
            if seen.contains(&name) {
                return Err(wrong(
                    format!("rule: {} is given twice.", shown(&name)),
                    format!("القاعدة: {} مكررة.", shown(&name)),
                ));
            }
            let bad = || bad_value(&name, &shown(&value));
            match name.as_str() {
                "FREQ" => {
                    frequency = Some(match value.as_str() {
                        "DAILY" => Frequency::Daily,
                        "WEEKLY" => Frequency::Weekly,
                        "MONTHLY" => Frequency::Monthly,
                        "YEARLY" => Frequency::Yearly,
                        _ => return Err(bad()),
                    });
                }
                "INTERVAL" => rule.interval = number(&value, 1, 1_000).ok_or_else(bad)?,
                "COUNT" => count = Some(number(&value, 1, 10_000).ok_or_else(bad)?),
                "UNTIL" => until = Some(parse_until(&value).ok_or_else(bad)?),
                "WKST" => rule.week_start = parse_weekday(&value).ok_or_else(bad)?,
                "BYMONTH" => {
                    for month in value.split(',') {
                        rule.months |= 1 << number(month, 1, 12).ok_or_else(bad)?;
                    }
                }
                "BYMONTHDAY" => {
                    for day in value.split(',') {
                        let day = number(day, -31, 31).filter(|day| *day != 0);
                        rule.month_days.push(day.ok_or_else(bad)? as i32);
                    }
                }
                "BYDAY" => {
                    for day in value.split(',') {
                        rule.weekdays.push(parse_by_day(day).ok_or_else(bad)?);
                    }
                }
                _ => {
                    return Err(wrong(
                        format!(
                            "rule: {} is not supported; use FREQ, INTERVAL, COUNT, UNTIL, WKST, BYMONTH, BYMONTHDAY and BYDAY, or single dates.",
                            shown(&name)
                        ),
                        format!(
                            "القاعدة: الجزء {} غير مدعوم؛ استخدم FREQ وINTERVAL وCOUNT وUNTIL وWKST وBYMONTH وBYMONTHDAY وBYDAY، أو تواريخ مفردة.",
                            shown(&name)
                        ),
                    ));
                }
            }
            seen.push(name);
        }
        rule.frequency = frequency.ok_or_else(|| {
            wrong(
                "rule: FREQ is missing; begin with FREQ=YEARLY, MONTHLY, WEEKLY or DAILY.",
                "القاعدة: FREQ مفقودة؛ ابدأ بـ FREQ=YEARLY أو MONTHLY أو WEEKLY أو DAILY.",
            )
        })?;
        let ordinals = rule.weekdays.iter().any(|(ordinal, _)| *ordinal != 0);
        if ordinals && matches!(rule.frequency, Frequency::Daily | Frequency::Weekly) {
            return Err(wrong(
                "rule: BYDAY with a number needs FREQ=MONTHLY or FREQ=YEARLY.",
                "القاعدة: BYDAY مع رقم تحتاج إلى FREQ=MONTHLY أو FREQ=YEARLY.",
            ));
        }
        if rule.frequency == Frequency::Weekly && !rule.month_days.is_empty() {
            return Err(wrong(
                "rule: BYMONTHDAY cannot be used with FREQ=WEEKLY.",
                "القاعدة: لا يمكن استخدام BYMONTHDAY مع FREQ=WEEKLY.",
            ));
        }
        match (count, until) {
            (Some(_), Some(_)) => {
                return Err(wrong(
                    "rule: COUNT and UNTIL exclude each other; keep one.",
                    "القاعدة: لا يجتمع COUNT وUNTIL؛ أبقِ أحدهما.",
                ));
            }
            (None, Some(Until::Day(day))) => rule.last = day,
            (None, Some(Until::Local(day, end))) => rule.last = day - i64::from(end < second),
            (None, Some(Until::Instant(at))) => {
                let (day, end) = local(at);
                rule.last = day - i64::from(end < second);
            }
            (Some(count), None) => rule.last = rule.nth(count),
            (None, None) => {}
        }
        Ok(rule)
    }

    /// The day of the `count`-th beginning; without bound when there are not so many.
    fn nth(&self, count: i64) -> i64 {
        let mut left = count;
        for day in self.start..self.start + CYCLE_DAYS {
            if self.begins_on(day) {
                left -= 1;
                if left == 0 {
                    return day;
                }
            }
        }
        i64::MAX
    }

    /// Whether it begins on this day. The first day always counts (RFC 5545, section 3.8.5.3).
    pub(crate) fn begins_on(&self, day: i64) -> bool {
        if day <= self.start || day > self.last {
            return day == self.start && day <= self.last;
        }
        let (year, month, of_month) = civil_from_days(day);
        let (start_year, start_month, start_of_month) = civil_from_days(self.start);
        if self.months != 0 && self.months >> month & 1 == 0 {
            return false;
        }
        let every = |distance: i64| distance % self.interval == 0;
        match self.frequency {
            Frequency::Daily => {
                every(day - self.start)
                    && self.month_day_fits(year, month, of_month, true)
                    && (self.weekdays.is_empty() || self.plain_weekday_fits(day))
            }
            Frequency::Weekly => {
                let week = |day: i64| (day + 4 - i64::from(self.week_start)).div_euclid(7);
                every(week(day) - week(self.start))
                    && if self.weekdays.is_empty() {
                        weekday(day) == weekday(self.start)
                    } else {
                        self.plain_weekday_fits(day)
                    }
            }
            Frequency::Monthly => {
                let months = (year - start_year) * 12 + i64::from(month) - i64::from(start_month);
                every(months) && self.day_fits(day, year, month, of_month, start_of_month, true)
            }
            Frequency::Yearly => {
                let free =
                    self.months != 0 || !self.month_days.is_empty() || !self.weekdays.is_empty();
                every(year - start_year)
                    && (free || month == start_month)
                    && self.day_fits(day, year, month, of_month, start_of_month, self.months != 0)
            }
        }
    }

    fn day_fits(
        &self,
        day: i64,
        year: i64,
        month: u32,
        of_month: u32,
        start_of_month: u32,
        in_month: bool,
    ) -> bool {
        match (self.month_days.is_empty(), self.weekdays.is_empty()) {
            (true, true) => of_month == start_of_month,
            (false, true) => self.month_day_fits(year, month, of_month, true),
            (no_days, false) => {
                (no_days || self.month_day_fits(year, month, of_month, true))
                    && self.weekday_fits(day, year, month, of_month, in_month)
            }
        }
    }

    fn month_day_fits(&self, year: i64, month: u32, of_month: u32, when_none: bool) -> bool {
        if self.month_days.is_empty() {
            return when_none;
        }
        let from_end = of_month as i32 - month_length(year, month) as i32 - 1;
        self.month_days
            .iter()
            .any(|wanted| *wanted == of_month as i32 || *wanted == from_end)
    }

    fn plain_weekday_fits(&self, day: i64) -> bool {
        self.weekdays
            .iter()
            .any(|(_, wanted)| *wanted == weekday(day))
    }

    /// Ordinals count within the month, or within the year.
    fn weekday_fits(&self, day: i64, year: i64, month: u32, of_month: u32, in_month: bool) -> bool {
        let (place, length) = if in_month {
            (i64::from(of_month), i64::from(month_length(year, month)))
        } else {
            (
                day - days_from_civil(year, 1, 1) + 1,
                365 + i64::from(is_leap(year)),
            )
        };
        self.weekdays.iter().any(|(ordinal, wanted)| {
            let ordinal = i64::from(*ordinal);
            *wanted == weekday(day)
                && (ordinal == 0
                    || ordinal == (place - 1) / 7 + 1
                    || ordinal == -((length - place) / 7 + 1))
        })
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

fn number(text: &str, least: i64, most: i64) -> Option<i64> {
    (text.len() <= 6)
        .then(|| text.parse().ok())
        .flatten()
        .filter(|value| (least..=most).contains(value))
}

fn parse_weekday(text: &str) -> Option<u32> {
    ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
        .iter()
        .position(|name| *name == text)
        .map(|at| at as u32)
}

fn parse_by_day(text: &str) -> Option<(i32, u32)> {
    if !text.is_ascii() || text.len() < 2 {
        return None;
    }
    let (ordinal, name) = text.split_at(text.len() - 2);
    let ordinal = match ordinal {
        "" => 0,
        some => number(some, -53, 53).filter(|ordinal| *ordinal != 0)? as i32,
    };
    Some((ordinal, parse_weekday(name)?))
}

/// `YYYYMMDD` as a day number.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (
        text.get(..4)?.parse::<i64>().ok()?,
        text.get(4..6)?.parse::<u32>().ok()?,
        text.get(6..)?.parse::<u32>().ok()?,
    );
    ((1..=12).contains(&month) && day >= 1 && day <= month_length(year, month))
        .then(|| days_from_civil(year, month, day))
}

/// `HHMMSS` as a second of the day; a leap second counts as the one before it.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hour, minute, second) = (
        text.get(..2)?.parse::<i64>().ok()?,
        text.get(2..4)?.parse::<i64>().ok()?,
        text.get(4..)?.parse::<i64>().ok()?,
    );
    (hour < 24 && minute < 60 && second <= 60).then(|| hour * 3600 + minute * 60 + second.min(59))
}

fn parse_until(text: &str) -> Option<Until> {
    let Some((date, time)) = text.split_once('T') else {
        return parse_date(text).map(Until::Day);
    };
    match time.strip_suffix('Z') {
        Some(time) => Some(Until::Instant(
            parse_date(date)? * crate::civil::DAY + parse_time(time)?,
        )),
        None => Some(Until::Local(parse_date(date)?, parse_time(time)?)),
    }
}

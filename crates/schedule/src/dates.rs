//! Which days match, a month at a time.
//!
//! The days of one month fit in 32 bits, so every condition becomes a mask of the month, and finding the next day
//! is a shift and a count of zeros. Months that a rule does not name are never looked at.

use crate::civil::{civil_from_days, days_from_civil, is_leap, iso_week, month_length, weekday};

/// Everything in the Gregorian calendar, weekdays and ISO weeks included, repeats after this many years.
const CYCLE_YEARS: i64 = 400;

/// All bits of a month (1-31).
const ANY_DAY: u32 = 0xffff_fffe;
/// All months (1-12).
const ANY_MONTH: u16 = 0x1ffe;

/// The matching days. Kept small: a scheduler holds one for each job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dates {
    /// Days 1-31 of the month.
    days: u32,
    /// Months 1-12.
    pub(crate) months: u16,
    /// Weekdays 0-6; 0 is Sunday.
    weekdays: u8,
    /// Whether a day must satisfy both the condition on the day of the month and that on the weekday, or one of
    /// them is enough.
    pub(crate) both: bool,
    rare: Option<Box<Rare>>,
}

/// What few rules have.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rare {
    by_day: ByDay,
    by_weekday: ByWeekday,
    /// ISO weeks 1-53 that must match too; `None` when any will do.
    weeks: Option<u64>,
}

/// Conditions on the day of the month; any of them is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByDay {
    /// Days 1-31.
    pub(crate) days: u32,
    /// Bit n: the day n days before the last one.
    pub(crate) from_last: u32,
    /// Bit n (1-31): the working day nearest to day n, within the month.
    pub(crate) nearest: u32,
    /// The last working day (Monday to Friday).
    pub(crate) last_working_day: bool,
}

impl ByDay {
    pub(crate) const ANY: Self = Self {
        days: ANY_DAY,
        from_last: 0,
        nearest: 0,
        last_working_day: false,
    };
    pub(crate) const NONE: Self = Self {
        days: 0,
        from_last: 0,
        nearest: 0,
        last_working_day: false,
    };
}

/// Conditions on the day of the week; any of them is enough. 0 is Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByWeekday {
    /// Weekdays 0-6.
    pub(crate) days: u8,
    /// Weekdays whose last occurrence in the month matches.
    pub(crate) last: u8,
    /// Bit `weekday * 5 + (n - 1)`: the n-th such weekday of the month.
    pub(crate) nth: u64,
}

impl ByWeekday {
    pub(crate) const ANY: Self = Self {
        days: 0x7f,
        last: 0,
        nth: 0,
    };
    pub(crate) const NONE: Self = Self {
        days: 0,
        last: 0,
        nth: 0,
    };
}

impl Dates {
    pub(crate) fn new(
        months: u16,
        by_day: ByDay,
        by_weekday: ByWeekday,
        both: bool,
        weeks: Option<u64>,
    ) -> Self {
        let plain = by_day.has_only_days() && by_weekday.has_only_days() && weeks.is_none();
        Self {
            days: by_day.days,
            months,
            weekdays: by_weekday.days,
            both,
            rare: (!plain).then(|| {
                Box::new(Rare {
                    by_day,
                    by_weekday,
                    weeks,
                })
            }),
        }
    }

    pub(crate) fn any() -> Self {
        Self::new(ANY_MONTH, ByDay::ANY, ByWeekday::ANY, true, None)
    }

    /// Days of every month.
    pub(crate) fn by_days(by_day: ByDay) -> Self {
        Self::new(ANY_MONTH, by_day, ByWeekday::ANY, true, None)
    }

    /// Weekdays of every week; 0 is Sunday.
    pub(crate) fn by_weekdays(days: u8) -> Self {
        Self::new(
            ANY_MONTH,
            ByDay::ANY,
            ByWeekday {
                days,
                ..ByWeekday::NONE
            },
            true,
            None,
        )
    }

    /// The condition on the day of the month.
    pub(crate) fn by_day(&self) -> ByDay {
        self.rare.as_ref().map_or(
            ByDay {
                days: self.days,
                ..ByDay::NONE
            },
            |rare| rare.by_day,
        )
    }

    /// The condition on the weekday.
    pub(crate) fn by_weekday(&self) -> ByWeekday {
        self.rare.as_ref().map_or(
            ByWeekday {
                days: self.weekdays,
                ..ByWeekday::NONE
            },
            |rare| rare.by_weekday,
        )
    }

    /// ISO weeks 1-53 that must match too; `None` when any will do.
    pub(crate) fn weeks(&self) -> Option<u64> {
        self.rare.as_ref().and_then(|rare| rare.weeks)
    }

    /// Whether every day matches, so that no calendar is needed at all.
    pub(crate) fn is_any(&self) -> bool {
        let day = self.days == ANY_DAY;
        let weekday = self.weekdays == ByWeekday::ANY.days;
        let every_day = if self.both {
            day && weekday
        } else {
            day || weekday
        };
        self.months == ANY_MONTH && self.weeks().is_none() && every_day
    }

    /// The matching days of a month that starts at day number `first`; bit n is day n.
    #[inline]
    pub(crate) fn month_mask(&self, year: i64, month: u32, first: i64) -> u32 {
        let length = month_length(year, month);
        let in_month = ANY_DAY >> (31 - length) & ANY_DAY;
        let starts_on = weekday(first);
        let mut day = self.days;
        let mut of_week = plain_weekdays(self.weekdays, starts_on);
        if let Some(rare) = &self.rare {
            day |= rare.by_day.special(length, starts_on);
            of_week |= rare.by_weekday.special(length, starts_on);
        }
        let mut mask = in_month
            & if self.both {
                day & of_week
            } else {
                day | of_week
            };
        if let Some(weeks) = self.weeks() {
            let mut left = mask;
            while left != 0 {
                let day = left.trailing_zeros();
                left &= left - 1;
                if weeks >> iso_week(first + i64::from(day) - 1) & 1 == 0 {
                    mask &= !(1 << day);
                }
            }
        }
        mask
    }

    /// The first matching day number at or after `from`, and `None` if there is none for a whole calendar cycle.
    #[inline]
    pub(crate) fn at_or_after(&self, from: i64) -> Option<i64> {
        let (mut year, mut month, day) = civil_from_days(from);
        let mut first = from - i64::from(day) + 1;
        let mut not_before = day;
        let give_up = year + CYCLE_YEARS;
        loop {
            if self.months >> month & 1 == 1 {
                let mask = self.month_mask(year, month, first) >> not_before << not_before;
                if mask != 0 {
                    return Some(first + i64::from(mask.trailing_zeros()) - 1);
                }
            }
            not_before = 0;
            let rest = u32::from(self.months) >> (month + 1);
            if rest == 0 {
                year += 1;
                if year > give_up {
                    return None;
                }
                month = self.months.trailing_zeros();
            } else {
                month += 1 + rest.trailing_zeros();
            }
            first = days_from_civil(year, month, 1);
        }
    }

    /// The last matching day number at or before `to`, and `None` if there is none for a whole calendar cycle.
    pub(crate) fn at_or_before(&self, to: i64) -> Option<i64> {
        let (mut year, mut month, day) = civil_from_days(to);
        let mut first = to - i64::from(day) + 1;
        let mut keep = u32::MAX >> (31 - day);
        let give_up = year - CYCLE_YEARS;
        loop {
            if self.months >> month & 1 == 1 {
                let mask = self.month_mask(year, month, first) & keep;
                if mask != 0 {
                    return Some(first + i64::from(31 - mask.leading_zeros()) - 1);
                }
            }
            keep = u32::MAX;
            let rest = u32::from(self.months) & ((1 << month) - 1);
            if rest == 0 {
                year -= 1;
                if year < give_up {
                    return None;
                }
                month = 15_u32.saturating_sub(self.months.leading_zeros());
            } else {
                month = 31 - rest.leading_zeros();
            }
            first = days_from_civil(year, month, 1);
        }
    }
}

impl ByDay {
    /// Nothing but plain days of the month.
    pub(crate) fn has_only_days(&self) -> bool {
        self.from_last == 0 && self.nearest == 0 && !self.last_working_day
    }

    /// Nothing but days counted from the last.
    pub(crate) fn has_only_last(&self) -> bool {
        self.days == 0 && self.nearest == 0 && !self.last_working_day
    }

    /// The days that depend on the month.
    fn special(&self, length: u32, starts_on: u32) -> u32 {
        let mut mask = 0;
        if self.from_last != 0 {
            // Bit n (days before the last) becomes bit `length - n`.
            mask |= self.from_last.reverse_bits() >> (31 - length);
        }
        if self.nearest != 0 {
            mask |= nearest_working_days(self.nearest, length, starts_on);
        }
        if self.last_working_day {
            mask |= 1 << last_working_day(length, starts_on);
        }
        mask
    }
}

/// Weekday (0 is Sunday) of a day of a month that starts on `starts_on`.
fn weekday_of(day: u32, starts_on: u32) -> u32 {
    (starts_on + day - 1) % 7
}

fn last_working_day(length: u32, starts_on: u32) -> u32 {
    match weekday_of(length, starts_on) {
        6 => length - 1,
        0 => length - 2,
        _ => length,
    }
}

/// Saturday moves to Friday, Sunday to Monday, but never into another month.
fn nearest_working_days(days: u32, length: u32, starts_on: u32) -> u32 {
    let mut mask = 0;
    for day in (1..=length).filter(|day| days >> day & 1 == 1) {
        let moved = match weekday_of(day, starts_on) {
            6 if day == 1 => 3,
            6 => day - 1,
            0 if day == length => day - 2,
            0 => day + 1,
            _ => day,
        };
        mask |= 1 << moved;
    }
    mask
}

/// The days of a month that fall on one of the weekdays.
#[inline]
fn plain_weekdays(weekdays: u8, starts_on: u32) -> u32 {
    // Turn the week so that bit 0 is the weekday of the 1st, then lay five weeks side by side.
    let week = u64::from(weekdays);
    let turned = (week >> starts_on | week << (7 - starts_on)) & 0x7f;
    ((turned * 0x1020_4081) as u32) << 1
}

impl ByWeekday {
    /// Nothing but plain weekdays.
    fn has_only_days(&self) -> bool {
        self.last == 0 && self.nth == 0
    }

    /// The weekdays that depend on the month.
    fn special(&self, length: u32, starts_on: u32) -> u32 {
        let mut mask = 0;
        if self.last != 0 {
            for day in length - 6..=length {
                mask |= u32::from(self.last >> weekday_of(day, starts_on) & 1) << day;
            }
        }
        if self.nth != 0 {
            for day in 1..=length {
                let bit = weekday_of(day, starts_on) * 5 + (day - 1) / 7;
                mask |= ((self.nth >> bit & 1) as u32) << day;
            }
        }
        mask
    }
}

/// Longest length a month can have, for telling people why a day never comes.
pub(crate) fn longest(month: u32) -> u32 {
    // Year 0 is a leap year in the proleptic calendar.
    debug_assert!(is_leap(0));
    month_length(0, month)
}

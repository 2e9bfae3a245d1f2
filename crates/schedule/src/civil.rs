//! Calendar arithmetic on whole numbers.
//!
//! Asking a date library for every candidate would dominate the cost of "what comes next", so the few conversions
//! that are needed live here: days since 1970-01-01 to year, month, day and back. Proleptic Gregorian, any year.

pub(crate) const DAY: i64 = 86_400;

/// Days from 1970-01-01 to the given date. The month is 1-12.
pub(crate) fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    // Years are counted from March, so that the leap day is the last day of a year.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month (1-12) and day (1-31) of a number of days since 1970-01-01.
pub(crate) fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097) as u32;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + i64::from(year_of_era) + i64::from(month <= 2);
    (year, month, day)
}

pub(crate) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Number of days in a month (1-12).
pub(crate) fn month_length(year: i64, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Weekday of a day number: 0 is Sunday.
pub(crate) fn weekday(days: i64) -> u32 {
    (days + 4).rem_euclid(7) as u32
}

/// ISO 8601 week number (1-53) of a day number.
pub(crate) fn iso_week(days: i64) -> u32 {
    // The week belongs to the year its Thursday is in.
    let thursday = days - i64::from((weekday(days) + 6) % 7) + 3;
    let (year, _, _) = civil_from_days(thursday);
    ((thursday - days_from_civil(year, 1, 1)) / 7) as u32 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_jiff_on_every_day_of_eight_centuries() {
        let first = jiff::civil::date(1700, 1, 1);
        let start = days_from_civil(1700, 1, 1);
        let mut date = first;
        for days in start..start + 292_194 {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(
                (y, m, d),
                (
                    i64::from(date.year()),
                    date.month() as u32,
                    date.day() as u32
                )
            );
            assert_eq!(days_from_civil(y, m, d), days);
            assert_eq!(weekday(days) as i8, date.weekday().to_sunday_zero_offset());
            assert_eq!(iso_week(days) as i8, date.iso_week_date().week());
            assert_eq!(month_length(y, m) as i8, date.days_in_month());
            date = date.tomorrow().unwrap();
        }
    }

    #[test]
    fn works_far_outside_the_supported_years() {
        for days in [-10_000_000_i64, -719_469, -719_468, 10_000_000] {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
        }
    }
}

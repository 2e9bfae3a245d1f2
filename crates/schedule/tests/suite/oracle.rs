//! A brute-force oracle: readings of a wall clock, one by one.

use std::collections::BTreeMap;

use crate::random::Random;
use jiff::civil::{DateTime, Weekday as CivilWeekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use orloj_schedule::{DstPolicy, Gap, Overlap, RuleSpec, Spec, TimeOfDay, Weekday};

/// A plain question about a reading.
type Matches = Box<dyn Fn(DateTime) -> bool>;

/// A rule twice: for the crate, and as a plain question about a reading.
pub(crate) struct Case {
    pub(crate) spec: Spec,
    pub(crate) fixed_time: bool,
    pub(crate) matches: Matches,
}

/// All policies, or one for rules that the policy does not concern... in every spelling, to see that it does not.
pub(crate) fn policies(fixed_time: bool) -> Vec<DstPolicy> {
    let all = [Gap::RunAfter, Gap::Skip].into_iter().flat_map(|gap| {
        [Overlap::First, Overlap::Second, Overlap::Both].map(|overlap| DstPolicy { gap, overlap })
    });
    if fixed_time {
        all.collect()
    } else {
        all.take(2).collect()
    }
}

/// What the clock showed at every step of a stretch of time.
pub(crate) struct Window {
    step: i64,
    inner: (Timestamp, Timestamp),
    readings: Vec<(Timestamp, DateTime)>,
    by_reading: BTreeMap<DateTime, Vec<Timestamp>>,
}

impl Window {
    pub(crate) fn minutes(zone: &TimeZone, around: Timestamp) -> Self {
        Self::new(zone, around, 60, 15 * 3600, 4 * 3600)
    }

    pub(crate) fn seconds(zone: &TimeZone, around: Timestamp) -> Self {
        Self::new(zone, around, 1, 3 * 3600, 3 * 3600)
    }

    /// For changes of a whole day, and for offsets that are not whole minutes.
    pub(crate) fn wide(zone: &TimeZone, around: Timestamp) -> Self {
        Self::new(zone, around, 1, 30 * 3600, 30 * 3600)
    }

    fn new(zone: &TimeZone, around: Timestamp, step: i64, reach: i64, margin: i64) -> Self {
        let middle = around.as_second();
        let instant = |second| Timestamp::from_second(second).unwrap();
        let mut readings = Vec::new();
        let mut by_reading: BTreeMap<DateTime, Vec<Timestamp>> = BTreeMap::new();
        let mut second = middle - reach - margin;
        while second <= middle + reach + margin {
            let reading = zone.to_datetime(instant(second));
            readings.push((instant(second), reading));
            by_reading.entry(reading).or_default().push(instant(second));
            second += step;
        }
        Self {
            step,
            inner: (instant(middle - reach), instant(middle + reach)),
            readings,
            by_reading,
        }
    }

    /// The stretch in which the oracle's answer is complete: after the first, up to the second.
    pub(crate) fn inner(&self) -> (Timestamp, Timestamp) {
        self.inner
    }

    pub(crate) fn fires(&self, case: &Case, policy: DstPolicy) -> Vec<Timestamp> {
        let mut fires = Vec::new();
        if case.fixed_time {
            let (mut reading, last) =
                (self.readings[0].1, self.readings[self.readings.len() - 1].1);
            while reading <= last {
                if (case.matches)(reading) {
                    self.decide(reading, policy, &mut fires);
                }
                reading = reading
                    .checked_add(SignedDuration::from_secs(self.step))
                    .unwrap();
            }
        } else {
            fires.extend(
                self.readings
                    .iter()
                    .filter(|(_, reading)| (case.matches)(*reading))
                    .map(|(at, _)| *at),
            );
        }
        fires.retain(|&at| at > self.inner.0 && at <= self.inner.1);
        fires.sort();
        fires.dedup();
        fires
    }

    fn decide(&self, reading: DateTime, policy: DstPolicy, fires: &mut Vec<Timestamp>) {
        match self.by_reading.get(&reading).map(Vec::as_slice) {
            Some([only]) => fires.push(*only),
            Some(several) => match policy.overlap {
                Overlap::First => fires.extend(several.first()),
                Overlap::Second => fires.extend(several.last()),
                Overlap::Both => fires.extend(several),
            },
            None if policy.gap == Gap::Skip => {}
            // The first instant at which the clock shows something later.
            None => fires.extend(
                self.readings
                    .iter()
                    .find(|(_, shown)| *shown > reading)
                    .map(|(at, _)| *at),
            ),
        }
    }
}

fn cron(
    expression: String,
    zone: &str,
    fixed_time: bool,
    matches: impl Fn(DateTime) -> bool + 'static,
) -> Case {
    Case {
        spec: Spec::new(RuleSpec::Cron { expression }).in_zone(zone),
        fixed_time,
        matches: Box::new(matches),
    }
}

fn weekday(day: CivilWeekday) -> Weekday {
    Weekday::from_monday_zero(day.to_monday_zero_offset() as u8).unwrap()
}

/// Rules of every kind with times at and near the readings that the change removes or repeats.
pub(crate) fn cases_around(
    name: &str,
    zone: &TimeZone,
    change: Timestamp,
    seconds: bool,
    random: &mut Random,
) -> Vec<Case> {
    // A reading from half an hour before the earlier side to half an hour after the later side.
    let before = zone.to_datetime(Timestamp::from_second(change.as_second() - 1).unwrap());
    let after = zone.to_datetime(change);
    let (low, high) = if before < after {
        (before, after)
    } else {
        (after, before)
    };
    let spread = (high.duration_since(low).as_secs() / 60 + 61).max(61) as u64;
    let mut near = || {
        low.checked_add(SignedDuration::from_mins(random.below(spread) as i64 - 30))
            .unwrap()
    };
    let (a, b, c) = (near(), near(), near());
    let s = if seconds {
        i8::try_from(random.below(60)).unwrap()
    } else {
        0
    };
    let on = move |r: DateTime| r.second() == s;
    let zero = |r: DateTime| r.second() == 0;
    let lead = if seconds {
        format!("{s} ")
    } else {
        String::new()
    };
    let time = |r: DateTime| TimeOfDay::new(r.hour() as u8, r.minute() as u8, s as u8).unwrap();

    let mut cases = vec![
        // Fixed: one time, a list of minutes, a list of hours, a range of hours, a wrapped range.
        cron(
            format!("{lead}{} {} * * *", a.minute(), a.hour()),
            name,
            true,
            move |r| on(r) && r.minute() == a.minute() && r.hour() == a.hour(),
        ),
        cron(
            format!(
                "{lead}{},{} {},{} * * *",
                a.minute(),
                b.minute(),
                a.hour(),
                c.hour()
            ),
            name,
            true,
            move |r| {
                on(r)
                    && (r.minute() == a.minute() || r.minute() == b.minute())
                    && (r.hour() == a.hour() || r.hour() == c.hour())
            },
        ),
        cron(
            format!("{lead}0,15,30,45 {} * * *", a.hour()),
            name,
            true,
            move |r| on(r) && r.minute() % 15 == 0 && r.hour() == a.hour(),
        ),
        cron(
            format!("{lead}{} 22-4 * * *", b.minute()),
            name,
            true,
            move |r| on(r) && r.minute() == b.minute() && (r.hour() >= 22 || r.hour() <= 4),
        ),
        cron("0 0 * * *".into(), name, true, move |r| {
            zero(r) && r.minute() == 0 && r.hour() == 0
        }),
        // Fixed, on the day of the change only.
        cron(
            format!(
                "{lead}{} {} {} {} *",
                a.minute(),
                a.hour(),
                a.day(),
                a.month()
            ),
            name,
            true,
            move |r| {
                on(r)
                    && r.minute() == a.minute()
                    && r.hour() == a.hour()
                    && r.day() == a.day()
                    && r.month() == a.month()
            },
        ),
        // Open: every minute, steps, one hour, one minute of every hour.
        cron("* * * * *".into(), name, false, zero),
        cron(format!("{lead}*/7 * * * *"), name, false, move |r| {
            on(r) && r.minute() % 7 == 0
        }),
        cron(
            format!("{lead}*/20 {} * * *", a.hour()),
            name,
            false,
            move |r| on(r) && r.minute() % 20 == 0 && r.hour() == a.hour(),
        ),
        cron(
            format!("{lead}{} */2 * * *", a.minute()),
            name,
            false,
            move |r| on(r) && r.minute() == a.minute() && r.hour() % 2 == 0,
        ),
        cron(
            format!(
                "{lead}0-59/13 {}-{} * * {}",
                a.hour(),
                a.hour(),
                a.weekday().to_sunday_zero_offset()
            ),
            name,
            false,
            move |r| {
                on(r) && r.minute() % 13 == 0 && r.hour() == a.hour() && r.weekday() == a.weekday()
            },
        ),
    ];
    let kinds: [(RuleSpec, Matches); 4] = [
        (
            RuleSpec::Daily {
                times: vec![time(a), time(b), time(a)],
            },
            Box::new(move |r| {
                on(r)
                    && [a, b]
                        .iter()
                        .any(|t| (t.hour(), t.minute()) == (r.hour(), r.minute()))
            }),
        ),
        (
            RuleSpec::Weekly {
                days: vec![weekday(a.weekday())],
                times: vec![time(b)],
            },
            Box::new(move |r| {
                on(r)
                    && r.weekday() == a.weekday()
                    && (r.hour(), r.minute()) == (b.hour(), b.minute())
            }),
        ),
        (
            RuleSpec::Monthly {
                days: vec![a.day(), -1],
                times: vec![time(c)],
            },
            Box::new(move |r| {
                on(r)
                    && (r.day() == a.day() || r.day() == r.date().days_in_month())
                    && (r.hour(), r.minute()) == (c.hour(), c.minute())
            }),
        ),
        (
            RuleSpec::Fields {
                minute: format!("{},{}", a.minute(), b.minute()),
                hour: a.hour().to_string(),
                day_of_month: "*".into(),
                month: "*".into(),
                day_of_week: a.weekday().to_sunday_zero_offset().to_string(),
                week: a.date().iso_week_date().week().to_string(),
            },
            Box::new(move |r| {
                zero(r)
                    && (r.minute() == a.minute() || r.minute() == b.minute())
                    && r.hour() == a.hour()
                    && r.weekday() == a.weekday()
                    && r.date().iso_week_date().week() == a.date().iso_week_date().week()
            }),
        ),
    ];
    cases.extend(kinds.into_iter().map(|(rule, matches)| Case {
        spec: Spec::new(rule).in_zone(name),
        fixed_time: true,
        matches,
    }));
    cases
}

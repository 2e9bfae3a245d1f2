//! Schedules under calendars and windows, against an oracle that walks day by day and minute by minute.
//!
//! The oracle shares nothing with the crate but the schedule's own instants: it expands every entry into spans with
//! jiff, asks each instant of the schedule where it goes, and collects what lands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, Time, Weekday as Day};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use orloj_schedule::{
    CalendarEntry, CalendarRule, CalendarSpec, EntryKind, ExecutionWindow, Outcome, OutsideWindows,
    Restrictions, RuleSpec, Schedule, Spec, TimeOfDay, Timeline, Weekday, When,
};

use crate::random::Random;

const ZONES: [&str; 5] = [
    "UTC",
    "Africa/Cairo",
    "Europe/Berlin",
    "America/Santiago",
    "Asia/Kathmandu",
];

/// How far around the checked span the oracle looks: longer than any run of closed days that the generator makes.
const MARGIN_DAYS: i64 = 45;
const SPAN_DAYS: i64 = 16;

struct Case {
    schedule: Schedule,
    zone: TimeZone,
    calendars: Vec<(CalendarSpec, CalendarRule)>,
    windows: Vec<ExecutionWindow>,
    outside: OutsideWindows,
    from: Timestamp,
}

fn weekdays(random: &mut Random, most: u64) -> Vec<Weekday> {
    let mut days: Vec<Weekday> = (0..random.below(most + 1))
        .map(|_| Weekday::ALL[random.below(7) as usize])
        .collect();
    days.sort();
    days.dedup();
    days
}

fn time(random: &mut Random) -> TimeOfDay {
    TimeOfDay::new(random.below(24) as u8, (random.below(4) * 15) as u8, 0).unwrap()
}

fn zone_name(random: &mut Random, usual: &str) -> String {
    if random.below(4) == 0 {
        ZONES[random.below(5) as usize].to_owned()
    } else {
        usual.to_owned()
    }
}

fn case(seed: u64) -> Case {
    let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..8 {
        random.below(2);
    }
    let random = &mut random;
    let zone = ZONES[random.below(5) as usize];
    // Around changes of the clock, half of the time.
    let around = [
        "2025-04-24",
        "2025-10-30",
        "2025-03-29",
        "2025-10-25",
        "2025-04-05",
        "2025-09-06",
    ];
    let day: Date = if random.below(2) == 0 {
        around[random.below(6) as usize].parse().unwrap()
    } else {
        jiff::civil::date(2025, 1, 1) + (random.below(700) as i64).days()
    };
    let from = day.to_zoned(TimeZone::UTC).unwrap().timestamp()
        - SignedDuration::from_hours(24 * random.below(8) as i64);
    let rule = match random.below(6) {
        0 => RuleSpec::Interval {
            every_seconds: 60 * (1 + random.below(3_000)),
            anchor: from - SignedDuration::from_hours(24 * 365)
                + SignedDuration::from_micros(random.below(2_000_000) as i64),
        },
        1 => RuleSpec::Weekly {
            days: vec![
                Weekday::ALL[random.below(7) as usize],
                Weekday::ALL[random.below(7) as usize],
            ],
            times: vec![time(random)],
        },
        2 => RuleSpec::Cron {
            expression: format!("{} * * * *", random.below(60)),
        },
        3 => RuleSpec::Monthly {
            days: vec![1 + random.below(28) as i8, -1],
            times: vec![time(random)],
        },
        4 => RuleSpec::Cron {
            expression: format!(
                "*/{} {}-{} * * *",
                7 + random.below(30),
                random.below(4),
                5 + random.below(18)
            ),
        },
        _ => RuleSpec::Daily {
            times: (0..=random.below(2)).map(|_| time(random)).collect(),
        },
    };
    let schedule = Spec::new(rule).in_zone(zone).compile(seed).unwrap();
    let forward = random.below(2) == 0;
    let calendars = (0..random.below(3))
        .map(|_| {
            let rule = match random.below(4) {
                0 => CalendarRule::Skip,
                1 => CalendarRule::OnlyBusinessDays,
                _ if forward => CalendarRule::RollNext,
                _ => CalendarRule::RollPrevious,
            };
            let entries = (0..random.below(5))
                .map(|_| CalendarEntry {
                    name: "e".to_owned(),
                    name_ar: None,
                    kind: if random.below(2) == 0 {
                        EntryKind::Holiday
                    } else {
                        EntryKind::Blackout
                    },
                    when: when(random, day),
                })
                .collect();
            let spec = CalendarSpec {
                timezone: zone_name(random, zone),
                weekend: weekdays(random, 3),
                entries,
            };
            (spec, rule)
        })
        .collect();
    let windows = (0..random.below(3))
        .map(|_| ExecutionWindow {
            days: weekdays(random, 4),
            from: time(random),
            to: time(random),
            timezone: (random.below(4) == 0).then(|| ZONES[random.below(5) as usize].to_owned()),
        })
        .collect();
    Case {
        schedule,
        zone: TimeZone::get(zone).unwrap(),
        calendars,
        windows,
        outside: if random.below(3) == 0 {
            OutsideWindows::Skip
        } else {
            OutsideWindows::Wait
        },
        from,
    }
}

fn when(random: &mut Random, near: Date) -> When {
    let day = near + (random.below(24) as i64 - 6).days();
    match random.below(6) {
        0 => When::Dates {
            from: day,
            to: Some(day + (random.below(3) as i64).days()),
        },
        1 => When::Yearly {
            month: day.month(),
            day: day.day(),
            days: 1 + random.below(3) as u16,
        },
        2 => When::Weekly {
            days: vec![Weekday::ALL[random.below(7) as usize]],
            from: time(random),
            to: time(random),
        },
        3 => When::Cron {
            expression: format!("0 {} * * {}", random.below(24), random.below(7)),
            duration_seconds: 600 * (1 + random.below(200) as u32),
        },
        4 => When::Span {
            from: day.to_zoned(TimeZone::UTC).unwrap().timestamp()
                + SignedDuration::from_mins(random.below(1_440) as i64),
            to: day.to_zoned(TimeZone::UTC).unwrap().timestamp()
                + SignedDuration::from_mins(1_440 + random.below(3_000) as i64),
        },
        _ => When::Recurrence {
            from: day - 7.days(),
            at: Some(time(random)),
            timezone: Some(ZONES[random.below(5) as usize].to_owned()),
            days: None,
            duration_seconds: Some(900 * (1 + random.below(300) as u32)),
            rule: format!("FREQ=DAILY;INTERVAL={}", 5 + random.below(4)),
            except: vec![day],
        },
    }
}

/// The first instant at which a clock shows this time or later, by trying every quarter of an hour and then stepping.
fn shown(zone: &TimeZone, day: Date, at: Time) -> Timestamp {
    let wanted = day.to_datetime(at);
    let ambiguous = zone.to_ambiguous_timestamp(wanted);
    if let Ok(instant) = ambiguous.unambiguous() {
        return instant;
    }
    let mut instant = ambiguous.earlier().unwrap() - SignedDuration::from_hours(3);
    loop {
        // Whole minutes suffice: all clocks here change at whole minutes, and so do all times.
        instant += SignedDuration::from_mins(1);
        instant = Timestamp::from_second(instant.as_second() / 60 * 60).unwrap();
        if zone.to_datetime(instant) >= wanted {
            let back = i64::from(wanted.second());
            return instant
                - SignedDuration::from_secs(
                    if zone.to_datetime(instant).minute() == wanted.minute() {
                        -back
                    } else {
                        0
                    },
                );
        }
    }
}

fn clock(time: TimeOfDay) -> Time {
    Time::new(
        time.hour() as i8,
        time.minute() as i8,
        time.second() as i8,
        0,
    )
    .unwrap()
}

fn is_among(days: &[Weekday], day: Day) -> bool {
    days.iter()
        .any(|known| i64::from(known.to_monday_zero()) == i64::from(day.to_monday_zero_offset()))
}

/// Beginning, end, whether it is a holiday.
type Span = (Timestamp, Timestamp, bool);

struct Oracle<'a> {
    case: &'a Case,
    /// For each calendar: its zone, spans of its entries with whether they are holidays.
    closed: Vec<(TimeZone, Vec<Span>)>,
    open: Vec<(Timestamp, Timestamp)>,
    bases: Vec<Timestamp>,
}

impl<'a> Oracle<'a> {
    fn new(case: &'a Case) -> Self {
        let wide = SignedDuration::from_hours(24 * (MARGIN_DAYS + 40));
        let (begin, end) = (
            case.from - wide,
            case.from + SignedDuration::from_hours(24 * SPAN_DAYS) + wide,
        );
        let days_in = |zone: &TimeZone| {
            let mut day = zone.to_datetime(begin).date();
            let last = zone.to_datetime(end).date();
            let mut days = Vec::new();
            while day <= last {
                days.push(day);
                day = day.tomorrow().unwrap();
            }
            days
        };
        let midnight = Time::midnight();
        let closed = case
            .calendars
            .iter()
            .map(|(spec, _)| {
                let own = TimeZone::get(&spec.timezone).unwrap();
                let mut spans = Vec::new();
                for entry in &spec.entries {
                    let holiday = entry.kind == EntryKind::Holiday;
                    match &entry.when {
                        When::Span { from, to } => spans.push((*from, *to, holiday)),
                        When::Dates { from, to } => spans.push((
                            shown(&own, *from, midnight),
                            shown(&own, to.unwrap().tomorrow().unwrap(), midnight),
                            holiday,
                        )),
                        When::Yearly { month, day, days } => {
                            for date in days_in(&own) {
                                if (date.month(), date.day()) == (*month, *day) {
                                    let end = date + i64::from(*days).days();
                                    spans.push((
                                        shown(&own, date, midnight),
                                        shown(&own, end, midnight),
                                        holiday,
                                    ));
                                }
                            }
                        }
                        When::Weekly { days, from, to } => {
                            for date in days_in(&own) {
                                if is_among(days, date.weekday()) {
                                    let end = if to <= from {
                                        date.tomorrow().unwrap()
                                    } else {
                                        date
                                    };
                                    spans.push((
                                        shown(&own, date, clock(*from)),
                                        shown(&own, end, clock(*to)),
                                        holiday,
                                    ));
                                }
                            }
                        }
                        When::Cron {
                            expression,
                            duration_seconds,
                        } => {
                            let spec = Spec::new(RuleSpec::Cron {
                                expression: expression.clone(),
                            })
                            .in_zone(&spec.timezone);
                            for at in spec.compile(0).unwrap().between(begin, end) {
                                spans.push((
                                    at,
                                    at + SignedDuration::from_secs(i64::from(*duration_seconds)),
                                    holiday,
                                ));
                            }
                        }
                        When::Recurrence {
                            from,
                            at,
                            timezone,
                            duration_seconds,
                            rule,
                            except,
                            ..
                        } => {
                            let zone = TimeZone::get(timezone.as_ref().unwrap()).unwrap();
                            let step: i64 = rule.rsplit('=').next().unwrap().parse().unwrap();
                            let mut day = *from;
                            while day <= zone.to_datetime(end).date() {
                                if !except.contains(&day) {
                                    let start = shown(&zone, day, clock(at.unwrap()));
                                    spans.push((
                                        start,
                                        start
                                            + SignedDuration::from_secs(i64::from(
                                                duration_seconds.unwrap(),
                                            )),
                                        holiday,
                                    ));
                                }
                                day += step.days();
                            }
                        }
                    }
                }
                (own, spans)
            })
            .collect();
        let mut open = Vec::new();
        for window in &case.windows {
            let zone = window
                .timezone
                .as_ref()
                .map_or(case.zone.clone(), |name| TimeZone::get(name).unwrap());
            for day in days_in(&zone) {
                if window.days.is_empty() || is_among(&window.days, day.weekday()) {
                    let end = if window.to <= window.from {
                        day.tomorrow().unwrap()
                    } else {
                        day
                    };
                    open.push((
                        shown(&zone, day, clock(window.from)),
                        shown(&zone, end, clock(window.to)),
                    ));
                }
            }
        }
        let margin = SignedDuration::from_hours(24 * MARGIN_DAYS);
        let bases = case
            .schedule
            .between(
                case.from - margin,
                case.from + margin + SignedDuration::from_hours(24 * SPAN_DAYS),
            )
            .collect();
        Self {
            case,
            closed,
            open,
            bases,
        }
    }

    fn covered(&self, calendar: usize, at: Timestamp) -> bool {
        self.closed[calendar]
            .1
            .iter()
            .any(|(from, to, _)| *from <= at && at < *to)
    }

    fn is_business_day(&self, calendar: usize, at: Timestamp) -> bool {
        let (zone, spans) = &self.closed[calendar];
        let day = zone.to_datetime(at).date();
        let begin = shown(zone, day, Time::midnight());
        let end = shown(zone, day.tomorrow().unwrap(), Time::midnight());
        !is_among(&self.case.calendars[calendar].0.weekend, day.weekday())
            && !spans
                .iter()
                .any(|(from, to, holiday)| *holiday && *from < end && begin < *to && from < to)
    }

    fn is_open(&self, at: Timestamp) -> bool {
        self.open.iter().any(|(from, to)| *from <= at && at < *to)
    }

    fn rolls(&self) -> Vec<usize> {
        (0..self.closed.len())
            .filter(|at| {
                matches!(
                    self.case.calendars[*at].1,
                    CalendarRule::RollNext | CalendarRule::RollPrevious
                )
            })
            .collect()
    }

    fn is_forbidden(&self, at: Timestamp) -> bool {
        (0..self.closed.len()).any(|calendar| match self.case.calendars[calendar].1 {
            CalendarRule::Skip => self.covered(calendar, at),
            CalendarRule::OnlyBusinessDays => {
                self.covered(calendar, at) || !self.is_business_day(calendar, at)
            }
            _ => false,
        })
    }

    /// Where an instant of the schedule runs.
    fn target(&self, own: Timestamp) -> Option<Timestamp> {
        let rolls = self.rolls();
        let off = |at: Timestamp| {
            rolls
                .iter()
                .any(|calendar| !self.is_business_day(*calendar, at))
        };
        let mut at = own;
        if off(own) {
            let forward = self
                .case
                .calendars
                .iter()
                .any(|(_, rule)| *rule == CalendarRule::RollNext);
            let local = self.case.zone.to_datetime(own);
            let second = Time::new(local.hour(), local.minute(), local.second(), 0).unwrap();
            let below = SignedDuration::from_nanos(i64::from(local.subsec_nanosecond()));
            let mut day = local.date();
            let mut landed = None;
            for _ in 0..40 {
                day = if forward {
                    day.tomorrow().unwrap()
                } else {
                    day.yesterday().unwrap()
                };
                let at = shown(&self.case.zone, day, second);
                let exact = self.case.zone.to_datetime(at) == day.to_datetime(second);
                let at = if exact { at + below } else { at };
                if !off(at) {
                    landed = Some(at);
                    break;
                }
            }
            at = landed?;
        }
        if self.is_forbidden(at) {
            return None;
        }
        if self.case.windows.is_empty() || self.is_open(at) {
            return Some(at);
        }
        if self.case.outside == OutsideWindows::Skip {
            return None;
        }
        let mut openings: Vec<Timestamp> = self
            .open
            .iter()
            .map(|(from, _)| *from)
            .filter(|from| *from > at && self.is_open(*from))
            .filter(|from| !self.is_open(*from - SignedDuration::from_micros(1)))
            .collect();
        openings.sort();
        openings
            .into_iter()
            .find(|from| !self.is_forbidden(*from) && !off(*from))
    }
}

fn timeline(case: &Case) -> Option<Timeline> {
    let restrictions = Restrictions {
        calendars: case
            .calendars
            .iter()
            .enumerate()
            .map(|(id, (spec, rule))| (Arc::new(spec.compile(id as i64, "c").unwrap()), *rule))
            .collect(),
        windows: case.windows.clone(),
        outside: case.outside,
    };
    case.schedule.under(&restrictions).ok()
}

fn check(seed: u64) -> (usize, usize, usize) {
    let case = case(seed);
    let Some(timeline) = timeline(&case) else {
        return (0, 0, 0);
    };
    let oracle = Oracle::new(&case);
    let until = case.from + SignedDuration::from_hours(24 * SPAN_DAYS);
    let within = |at: &Timestamp| case.from < *at && *at <= until;
    let targets: BTreeMap<Timestamp, Option<Timestamp>> = oracle
        .bases
        .iter()
        .map(|own| (*own, oracle.target(*own)))
        .collect();
    let runs: BTreeSet<Timestamp> = targets.values().flatten().copied().filter(within).collect();
    let lost: BTreeMap<Timestamp, Option<Timestamp>> = targets
        .iter()
        .filter(|(own, target)| within(own) && Some(**own) != **target)
        .map(|(own, target)| (*own, *target))
        .collect();
    let mut found_runs = BTreeSet::new();
    let mut found_lost = BTreeMap::new();
    let mut last = case.from.as_microsecond();
    for decision in timeline.decisions(last, until.as_microsecond()) {
        assert!(decision.at > last, "seed {seed}: decisions go back");
        last = decision.at;
        let at = Timestamp::from_microsecond(decision.at).unwrap();
        if decision.runs {
            found_runs.insert(at);
        }
        if let Some(outcome) = decision.lost {
            let to = match outcome {
                Outcome::Moved(to, _) => Some(Timestamp::from_microsecond(to).unwrap()),
                _ => None,
            };
            found_lost.insert(at, to);
        }
    }
    assert_eq!(found_runs, runs, "seed {seed}: runs");
    assert_eq!(found_lost, lost, "seed {seed}: lost");
    let moved = lost.values().flatten().count();
    (runs.len(), lost.len() - moved, moved)
}

#[test]
fn agrees_with_a_walk_day_by_day() {
    let cases: u64 = std::env::var("ORLOJ_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(250);
    let mut total = (0, 0, 0);
    for seed in 0..cases {
        let (runs, suppressed, moved) = check(seed);
        total = (total.0 + runs, total.1 + suppressed, total.2 + moved);
    }
    // The generator must reach all outcomes often.
    assert!(
        total.0 > 4_000 && total.1 > 400 && total.2 > 400,
        "{total:?}"
    );
}

#[test]
fn without_restrictions_nothing_changes() {
    let schedule = Spec::new(RuleSpec::Daily {
        times: vec!["09:00".parse().unwrap()],
    })
    .compile(0)
    .unwrap();
    let timeline = schedule.under(&Restrictions::default()).unwrap();
    assert!(!timeline.is_restricted());
    assert_eq!(timeline.next_decision_us(0), schedule.next_after_us(0));
    let later = timeline.clone().since(1_000_000_000_000);
    assert_eq!(
        later.next_decision_us(0),
        schedule.next_after_us(1_000_000_000_000)
    );
}

fn business(rule: CalendarRule) -> Restrictions {
    let spec = CalendarSpec {
        timezone: "Africa/Cairo".to_owned(),
        weekend: vec![Weekday::Friday, Weekday::Saturday],
        entries: Vec::new(),
    };
    Restrictions {
        calendars: vec![(Arc::new(spec.compile(7, "Egypt").unwrap()), rule)],
        ..Restrictions::default()
    }
}

fn runs(timeline: &Timeline, from: &str, until: &str) -> Vec<String> {
    let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
    timeline
        .runs(at(from), at(until))
        .map(|at| Timestamp::from_microsecond(at).unwrap().to_string())
        .collect()
}

#[test]
fn several_that_roll_to_one_instant_run_once() {
    let daily = Spec::new(RuleSpec::Daily {
        times: vec!["09:00".parse().unwrap()],
    })
    .in_zone("Africa/Cairo")
    .compile(0)
    .unwrap();
    let timeline = daily.under(&business(CalendarRule::RollNext)).unwrap();
    // 2 January 2025 is a Thursday.
    assert_eq!(
        runs(&timeline, "2025-01-01T00:00:00Z", "2025-01-06T00:00:00Z"),
        [
            "2025-01-01T07:00:00Z",
            "2025-01-02T07:00:00Z",
            "2025-01-05T07:00:00Z"
        ]
    );
    // What fell before the job began does not roll into its time.
    let fridays = Spec::new(RuleSpec::Weekly {
        days: vec![Weekday::Friday],
        times: vec!["09:00".parse().unwrap()],
    })
    .in_zone("Africa/Cairo")
    .compile(0)
    .unwrap();
    let timeline = fridays.under(&business(CalendarRule::RollNext)).unwrap();
    let saturday = "2025-01-04T00:00:00Z".parse::<Timestamp>().unwrap();
    assert_eq!(
        runs(&timeline, "2025-01-04T00:00:00Z", "2025-01-06T00:00:00Z"),
        ["2025-01-05T07:00:00Z"]
    );
    let timeline = timeline.since(saturday.as_microsecond());
    assert!(runs(&timeline, "2025-01-04T00:00:00Z", "2025-01-06T00:00:00Z").is_empty());
}

#[test]
fn contradictions_are_refused() {
    let every_second = Spec::new(RuleSpec::Cron {
        expression: "* * * * * *".to_owned(),
    })
    .compile(0)
    .unwrap();
    let error = every_second
        .under(&business(CalendarRule::RollNext))
        .unwrap_err();
    assert_eq!((error.field(), error.code()), ("calendars", "too_often"));
    assert!(
        every_second
            .under(&business(CalendarRule::OnlyBusinessDays))
            .is_ok()
    );
    let daily = Spec::new(RuleSpec::Daily {
        times: vec!["09:00".parse().unwrap()],
    })
    .compile(0)
    .unwrap();
    let mut both = business(CalendarRule::RollNext);
    both.calendars
        .extend(business(CalendarRule::RollPrevious).calendars);
    assert_eq!(daily.under(&both).unwrap_err().code(), "contradiction");
    let window = ExecutionWindow {
        days: Vec::new(),
        from: "09:00".parse().unwrap(),
        to: "10:00".parse().unwrap(),
        timezone: Some("Nowhere/City".to_owned()),
    };
    let mut windows = Restrictions {
        windows: vec![window],
        ..Restrictions::default()
    };
    assert_eq!(daily.under(&windows).unwrap_err().field(), "timezone");
    windows.windows = vec![windows.windows[0].clone(); 51];
    assert_eq!(daily.under(&windows).unwrap_err().code(), "too_many");
}

#[test]
fn no_instant_makes_it_panic() {
    let daily = Spec::new(RuleSpec::Daily {
        times: vec!["09:00".parse().unwrap()],
    })
    .compile(0)
    .unwrap();
    let mut restrictions = business(CalendarRule::RollPrevious);
    restrictions.windows = vec![ExecutionWindow {
        days: vec![Weekday::Monday],
        from: "22:00".parse().unwrap(),
        to: "02:00".parse().unwrap(),
        timezone: None,
    }];
    restrictions.outside = OutsideWindows::Wait;
    let timeline = daily.under(&restrictions).unwrap();
    for at in [
        i64::MIN,
        i64::MIN + 1,
        -1,
        0,
        1,
        253_402_000_000_000_000,
        i64::MAX - 1,
        i64::MAX,
    ] {
        let next = timeline.next_decision_us(at);
        assert!(next.is_none_or(|next| next > at));
        assert!(next.is_none_or(|next| timeline.decision(next).at == next));
    }
}

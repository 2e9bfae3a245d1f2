//! Laws that hold for every schedule, tried on random ones. proptest prints the failing seed and text.

use crate::grammar::Dialect;
use crate::random::{Random, seed};
use jiff::{SignedDuration, Timestamp};
use orloj_schedule::{DstPolicy, Gap, Lang, Overlap, RuleSpec, Schedule, Spec, TimeOfDay, Weekday};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Fixed, so that every run tries the same; `ORLOJ_SEED` moves it.
const SEED: u64 = 0x1a35_2026;

const ZONES: [&str; 9] = [
    "UTC",
    "Africa/Cairo",
    "Europe/Berlin",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Antarctica/Troll",
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A spec that compiles, of any kind.
fn spec(seed: u64) -> Spec {
    let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    for _ in 0..8 {
        random.below(2);
    }
    loop {
        let time = |random: &mut Random| {
            TimeOfDay::new(
                random.below(24) as u8,
                random.below(60) as u8,
                (random.below(2) * random.below(60)) as u8,
            )
            .unwrap()
        };
        let times = |random: &mut Random| {
            (0..=random.below(3))
                .map(|_| time(random))
                .collect::<Vec<_>>()
        };
        let rule = match random.below(10) {
            0 => RuleSpec::Interval {
                every_seconds: 1 + random.below(100_000),
                anchor: moment(&mut random),
            },
            1 => RuleSpec::Daily {
                times: times(&mut random),
            },
            2 => RuleSpec::Weekly {
                days: (0..=random.below(4))
                    .map(|_| Weekday::ALL[random.below(7) as usize])
                    .collect(),
                times: times(&mut random),
            },
            3 => RuleSpec::Monthly {
                days: (0..=random.below(3))
                    .map(|_| [1, 15, 28, 29, 31, -1][random.below(6) as usize])
                    .collect(),
                times: times(&mut random),
            },
            _ => RuleSpec::Cron {
                expression: crate::grammar::expression(&mut random, Dialect::Full).text,
            },
        };
        let mut spec = Spec::new(rule).in_zone(ZONES[random.below(ZONES.len() as u64) as usize]);
        spec.dst = DstPolicy {
            gap: [Gap::RunAfter, Gap::Skip][random.below(2) as usize],
            overlap: [Overlap::First, Overlap::Second, Overlap::Both][random.below(3) as usize],
        };
        if random.below(4) == 0 {
            spec.start_at = Some(moment(&mut random));
        }
        if random.below(4) == 0 {
            spec.end_at = spec
                .start_at
                .map(|start| start + SignedDuration::from_hours(1 + random.below(50_000) as i64));
        }
        if spec.compile(seed).is_ok() {
            return spec;
        }
    }
}

fn moment(random: &mut Random) -> Timestamp {
    Timestamp::from_microsecond(1_600_000_000_000_000 + random.below(600_000_000_000_000) as i64)
        .unwrap()
}

fn any_schedule() -> impl Strategy<Value = (Spec, Schedule)> {
    any::<u64>().prop_map(|seed| {
        let spec = spec(seed);
        let schedule = spec.compile(seed).unwrap();
        (spec, schedule)
    })
}

fn any_moment() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        8 => 1_500_000_000_000_000_i64..2_300_000_000_000_000,
        2 => (1_500_000_000_i64..2_300_000_000).prop_map(|second| second / 60 * 60_000_000),
        1 => Timestamp::MIN.as_microsecond()..Timestamp::MAX.as_microsecond(),
    ]
    .prop_map(|us| Timestamp::from_microsecond(us).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, rng_seed: RngSeed::Fixed(seed(SEED)), ..ProptestConfig::default() })]

    #[test]
    fn next_and_previous_undo_each_other((spec, schedule) in any_schedule(), t in any_moment()) {
        if let Some(next) = schedule.next_after(t) {
            prop_assert!(next > t, "{spec:?}");
            // Nothing lies between: the last run before the one after `next` is `next`.
            let just_after = Timestamp::from_nanosecond(next.as_nanosecond() + 1);
            if let Ok(just_after) = just_after {
                prop_assert_eq!(schedule.previous(just_after), Some(next), "{:?}", spec);
            }
            match schedule.previous(next) {
                Some(previous) => {
                    prop_assert!(previous <= t, "{spec:?} {previous} {t} {next}");
                    prop_assert_eq!(schedule.next_after(previous), Some(next), "{:?}", spec);
                }
                None => prop_assert_eq!(schedule.next_after(Timestamp::MIN), Some(next), "{:?}", spec),
            }
        }
        if let Some(previous) = schedule.previous(t) {
            prop_assert!(previous < t, "{spec:?}");
            let next = schedule.next_after(previous);
            prop_assert!(next.is_none_or(|next| next >= t), "{spec:?}");
        }
    }

    #[test]
    fn between_is_next_after_next((spec, schedule) in any_schedule(), t in any_moment(), seconds in 1_i64..400_000) {
        let until = Timestamp::from_second(t.as_second().saturating_add(seconds)).unwrap_or(Timestamp::MAX);
        let listed: Vec<Timestamp> = schedule.between(t, until).take(3000).collect();
        let mut walked = Vec::new();
        let mut from = t;
        while let Some(next) = schedule.next_after(from).filter(|&next| next <= until && walked.len() < 3000) {
            walked.push(next);
            from = next;
        }
        prop_assert_eq!(&listed, &walked, "{:?}", spec);
        prop_assert_eq!(schedule.count_between(t, until, 3000), listed.len() as u64, "{:?}", spec);
        prop_assert_eq!(schedule.count_between(t, until, 2), listed.len().min(2) as u64, "{:?}", spec);
        prop_assert!(listed.windows(2).all(|pair| pair[0] < pair[1]));
        if let Some(start) = spec.start_at {
            prop_assert!(listed.iter().all(|&run| run >= start));
        }
        if let Some(end) = spec.end_at {
            prop_assert!(listed.iter().all(|&run| run <= end));
        }
    }

    #[test]
    fn microseconds_and_timestamps_agree((spec, schedule) in any_schedule(), t in any_moment()) {
        let by_micros = schedule.next_after_us(t.as_microsecond());
        prop_assert_eq!(by_micros, schedule.next_after(t).map(Timestamp::as_microsecond), "{:?}", spec);
    }

    #[test]
    fn a_later_question_never_has_an_earlier_answer((spec, schedule) in any_schedule(), t in any_moment(), by in 0_i64..10_000_000_000) {
        let later = t.as_microsecond().saturating_add(by);
        let (a, b) = (schedule.next_after_us(t.as_microsecond()), schedule.next_after_us(later));
        prop_assert!(a.unwrap_or(i64::MAX) <= b.unwrap_or(i64::MAX), "{spec:?}");
    }

    #[test]
    fn the_calendar_repeats_after_four_hundred_years((spec, _) in any_schedule(), t in 2_208_988_800_i64..9_000_000_000) {
        // All zone rules are yearly by 2100 or so, except that Morocco's are listed up to 2087.
        let t = t.max(4_102_444_800);
        let mut spec = spec;
        (spec.start_at, spec.end_at) = (None, None);
        if matches!(spec.rule, RuleSpec::Interval { .. }) {
            return Ok(());
        }
        let schedule = spec.compile(1).unwrap();
        let cycle = 146_097 * 86_400;
        let near = schedule.next_after_us(t * 1_000_000).unwrap();
        for cycles in [1, 2, 17] {
            let far = schedule.next_after_us((t + cycles * cycle) * 1_000_000).unwrap();
            prop_assert_eq!(far - cycles * cycle * 1_000_000, near, "{:?} {} cycles on", spec, cycles);
        }
        let before = schedule.previous(Timestamp::from_second(t + 5 * cycle).unwrap()).unwrap();
        let before_near = schedule.previous(Timestamp::from_second(t + cycle).unwrap()).unwrap();
        prop_assert_eq!(before.as_second() - 4 * cycle, before_near.as_second(), "{:?}", spec);
    }

    #[test]
    fn no_input_panics(seconds in any::<i64>(), (spec, schedule) in any_schedule()) {
        for t in [seconds, i64::MIN, i64::MAX, 0, i64::MAX - 1, i64::MIN + 1] {
            if let Some(next) = schedule.next_after_us(t) {
                prop_assert!(next > t && Timestamp::from_microsecond(next).is_ok(), "{spec:?}");
            }
        }
        for t in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
            let _ = (schedule.next_after(t), schedule.previous(t), schedule.note(t), schedule.lint_from(t));
        }
        let _ = schedule.between(Timestamp::MAX, Timestamp::MIN).count();
        for lang in [Lang::En, Lang::Ar] {
            let text = schedule.describe(lang);
            prop_assert!(!text.is_empty() && !text.contains("  ") && !text.contains('\0'), "{text}");
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}", zone in "\\PC{0,12}") {
        let cron = Spec::new(RuleSpec::Cron { expression: text.clone() });
        let _ = cron.clone().in_zone(zone).compile(0);
        if let Err(error) = cron.compile(0) {
            prop_assert!(!error.to_string().is_empty() && !error.message(Lang::Ar).is_empty());
        }
        let _ = text.parse::<TimeOfDay>();
    }

    #[test]
    fn nearly_right_text_does_not_panic(text in "[0-9*/,LWH#?@()\\- a-zA-Z]{0,40}") {
        for expression in [text.clone(), format!("{text} * * * *"), format!("* * {text} * {text}")] {
            if let Ok(schedule) = Spec::new(RuleSpec::Cron { expression }).compile(3) {
                prop_assert!(schedule.next_after(Timestamp::UNIX_EPOCH).is_some());
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = serde_json::from_slice::<Spec>(&bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let _ = Spec::new(RuleSpec::Cron { expression: text }).compile(0);
    }

    #[test]
    fn specs_survive_storage((spec, schedule) in any_schedule(), t in any_moment()) {
        let stored = serde_json::to_string(&spec).unwrap();
        let read: Spec = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(&read, &spec);
        let again = read.compile(0).unwrap();
        if !stored.contains('H') {
            prop_assert_eq!(again.next_after(t), schedule.next_after(t));
        }
    }
}

#[test]
fn intervals_stay_on_their_grid() {
    let mut spec = Spec::new(RuleSpec::Interval {
        every_seconds: 90,
        anchor: at("2026-01-01T00:00:00.5Z"),
    });
    let schedule = spec.compile(0).unwrap();
    // The anchor itself is no run; the first is one step later.
    assert_eq!(
        schedule.next_after(Timestamp::MIN),
        Some(at("2026-01-01T00:01:30.5Z"))
    );
    assert_eq!(
        schedule.next_after(at("2026-01-01T00:01:30.5Z")),
        Some(at("2026-01-01T00:03:00.5Z"))
    );
    assert_eq!(
        schedule.previous(at("2026-01-01T00:03:00.5Z")),
        Some(at("2026-01-01T00:01:30.5Z"))
    );
    assert_eq!(schedule.previous(at("2026-01-01T00:01:30.5Z")), None);
    let year = (at("2026-01-01T00:00:00.5Z"), at("2027-01-01T00:00:00.5Z"));
    assert_eq!(schedule.count_between(year.0, year.1, u64::MAX), 350_400);
    assert_eq!(schedule.count_between(year.0, year.1, 1000), 1000);
    assert_eq!(schedule.count_between(year.1, year.0, 1000), 0);

    // With an explicit start, that is the first run and the grid begins there.
    spec.start_at = Some(at("2026-02-01T10:00:00Z"));
    spec.end_at = Some(at("2026-02-01T10:03:00Z"));
    let schedule = spec.compile(0).unwrap();
    let all: Vec<String> = schedule
        .between(Timestamp::MIN, Timestamp::MAX)
        .map(|t| t.to_string())
        .collect();
    assert_eq!(
        all,
        [
            "2026-02-01T10:00:00Z",
            "2026-02-01T10:01:30Z",
            "2026-02-01T10:03:00Z"
        ]
    );
    assert_eq!(
        schedule.previous(Timestamp::MAX),
        Some(at("2026-02-01T10:03:00Z"))
    );
}

#[test]
fn bounds_are_inclusive_for_calendar_rules() {
    let mut spec = Spec::new(RuleSpec::Daily {
        times: vec![TimeOfDay::new(9, 0, 0).unwrap()],
    });
    spec.start_at = Some(at("2026-01-01T09:00:00Z"));
    spec.end_at = Some(at("2026-01-03T09:00:00Z"));
    let schedule = spec.compile(0).unwrap();
    assert_eq!(schedule.between(Timestamp::MIN, Timestamp::MAX).count(), 3);
    assert_eq!(schedule.previous(at("2026-01-01T09:00:00Z")), None);
    spec.start_at = Some(at("2026-01-01T09:00:00.000000001Z"));
    spec.end_at = Some(at("2026-01-03T08:59:59.999999999Z"));
    assert_eq!(
        spec.compile(0)
            .unwrap()
            .between(Timestamp::MIN, Timestamp::MAX)
            .count(),
        1
    );
}

#[test]
fn manual_and_once_have_no_or_one_run() {
    let manual = Spec::new(RuleSpec::Manual).compile(0).unwrap();
    assert_eq!(
        (
            manual.next_after(Timestamp::MIN),
            manual.previous(Timestamp::MAX)
        ),
        (None, None)
    );
    let moment = at("2026-05-05T05:05:05.5Z");
    let once = Spec::new(RuleSpec::Once { at: moment }).compile(0).unwrap();
    assert_eq!(
        once.between(Timestamp::MIN, Timestamp::MAX)
            .collect::<Vec<_>>(),
        [moment]
    );
    assert_eq!(
        (once.next_after(moment), once.previous(moment)),
        (None, None)
    );
    assert_eq!(once.count_between(Timestamp::MIN, moment, 5), 1);
    assert!(!once.runs_by_wall_clock() && !manual.runs_by_wall_clock());
}

/// The table in docs/reference/schedules.md.
#[test]
fn the_worked_example_of_the_reference_is_true() {
    let cron = |expression: &str| RuleSpec::Cron {
        expression: expression.into(),
    };
    let careful = DstPolicy {
        gap: Gap::Skip,
        overlap: Overlap::Both,
    };
    let usual = DstPolicy::default();
    for (rule, dst, march, october) in [
        (cron("30 2 * * *"), usual, &["03:00"][..], &["02:30+02"][..]),
        (
            cron("0,30 2 * * *"),
            usual,
            &["03:00"],
            &["02:00+02", "02:30+02"],
        ),
        (
            cron("0 2,3 * * *"),
            usual,
            &["03:00"],
            &["02:00+02", "03:00+01"],
        ),
        (cron("30 2 * * *"), careful, &[], &["02:30+02", "02:30+01"]),
        (
            cron("*/30 2 * * *"),
            usual,
            &[],
            &["02:00+02", "02:30+02", "02:00+01", "02:30+01"],
        ),
        (
            cron("0 */2 * * *"),
            usual,
            &["00:00", "04:00"],
            &["00:00+02", "02:00+02", "02:00+01", "04:00+01"],
        ),
    ] {
        let spec = Spec {
            dst,
            ..Spec::new(rule).in_zone("Europe/Berlin")
        };
        let schedule = spec.compile(0).unwrap();
        let runs = |from: &str, until: &str, format: &str| -> Vec<String> {
            schedule
                .between(at(from), at(until))
                .map(|t| {
                    t.to_zoned(schedule.timezone().clone())
                        .strftime(format)
                        .to_string()
                })
                .collect()
        };
        let found = runs("2027-03-27T22:59:59Z", "2027-03-28T03:00:00Z", "%H:%M");
        assert_eq!(found, march, "{spec:?}");
        let found: Vec<String> = runs("2027-10-30T21:59:59Z", "2027-10-31T03:59:00Z", "%H:%M%:::z");
        assert_eq!(found, october, "{spec:?}");
    }
}

#[test]
fn the_day_without_a_midnight_is_not_lost() {
    let daily = Spec::new(RuleSpec::Cron {
        expression: "@daily".into(),
    })
    .in_zone("Africa/Cairo")
    .compile(0)
    .unwrap();
    let runs: Vec<String> = daily
        .between(at("2026-04-22T00:00:00Z"), at("2026-04-25T20:00:00Z"))
        .map(|t| daily.timezone().to_datetime(t).to_string())
        .collect();
    assert_eq!(
        runs,
        [
            "2026-04-23T00:00:00",
            "2026-04-24T01:00:00",
            "2026-04-25T00:00:00"
        ]
    );
}

#[test]
fn two_times_in_one_gap_run_once() {
    let schedule = Spec::new(RuleSpec::Cron {
        expression: "0,30 2,3 * * *".into(),
    })
    .in_zone("Europe/Berlin")
    .compile(0)
    .unwrap();
    let runs: Vec<String> = schedule
        .between(at("2027-03-27T22:00:00Z"), at("2027-03-28T22:00:00Z"))
        .map(|t| schedule.timezone().to_datetime(t).time().to_string())
        .collect();
    assert_eq!(runs, ["03:00:00", "03:30:00"]);
}

#[test]
fn a_rule_that_only_ever_falls_into_gaps_ends_instead_of_searching_for_ever() {
    // Germany goes to summer time on the last Sunday of March at 02:00; skipping leaves the rule nothing after that
    // law began.
    let mut spec = Spec::new(RuleSpec::Cron {
        expression: "30 2 25-31 3 */7".into(),
    })
    .in_zone("Europe/Berlin");
    spec.dst.gap = Gap::Skip;
    let schedule = spec.compile(0).unwrap();
    assert_eq!(schedule.next_after(at("2026-01-01T00:00:00Z")), None);
    assert!(
        schedule
            .previous(at("9999-01-01T00:00:00Z"))
            .is_some_and(|t| t < at("1981-01-01T00:00:00Z"))
    );
}

#[test]
fn the_last_representable_years_are_safe() {
    for zone in ZONES {
        let schedule = Spec::new(RuleSpec::Cron {
            expression: "0 0 29 2 1".into(),
        })
        .in_zone(zone)
        .compile(0)
        .unwrap();
        let mut t = at("9990-01-01T00:00:00Z");
        let mut runs = 0;
        while let Some(next) = schedule.next_after(t) {
            t = next;
            runs += 1;
        }
        assert!((1..60).contains(&runs), "{zone}: {runs}");
        assert!(schedule.previous(Timestamp::MAX).is_some());
    }
}

#[test]
fn a_schedule_is_small_and_shareable() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Schedule>();
    assert_eq!(size_of::<Schedule>(), size_of::<usize>());
}

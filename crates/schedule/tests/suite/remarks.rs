//! Remarks on valid schedules, and notes on single runs.

use orloj_schedule::{DstPolicy, Gap, Overlap, RuleSpec, Schedule, Spec, TimeOfDay, Warning};

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

fn spec(expression: &str, zone: &str) -> Spec {
    Spec::new(RuleSpec::Cron {
        expression: expression.into(),
    })
    .in_zone(zone)
}

fn cron(expression: &str, zone: &str) -> Schedule {
    spec(expression, zone).compile(0).unwrap()
}

fn codes(warnings: &[Warning]) -> Vec<&'static str> {
    warnings.iter().map(|w| w.code).collect()
}

#[test]
fn each_remark_is_made_when_due_and_only_then() {
    for (expression, expected) in [
        ("0 9 * * 1-5", &[][..]),
        ("*/5 * * * *", &[]),
        ("0 */6 * * *", &[]),
        ("0 9 L * *", &[]),
        ("0 9 25-31 * *", &[]),
        ("0 9 31 1,3,5 *", &[]),
        ("*/5 * * * * *", &[]),
        ("*/7 * * * *", &["uneven_step"]),
        ("0 */5 * * *", &["uneven_step"]),
        ("*/25 * * * * *", &["uneven_step"]),
        ("0 0 */2 * *", &["uneven_step"]),
        ("0 9 31 * *", &["day_31_skips_months"]),
        ("0 9 1,30 * *", &["day_31_skips_months"]),
        ("0 9 30W * *", &["day_31_skips_months"]),
        ("0 9 31 1,4 *", &["day_31_skips_months"]),
        ("0 9 29 2 *", &["day_31_skips_months"]),
        ("0 0 13 * 5", &["both_day_fields"]),
        ("* * * * * *", &["very_frequent"]),
        ("0,59 * * * * *", &["very_frequent"]),
        ("0,59 5 * * * *", &[]),
    ] {
        assert_eq!(
            codes(&cron(expression, "UTC").lint()),
            expected,
            "{expression}"
        );
    }
    let interval = |every_seconds| {
        Spec::new(RuleSpec::Interval {
            every_seconds,
            anchor: at("2026-01-01T00:00:00Z"),
        })
        .compile(0)
        .unwrap()
    };
    assert_eq!(codes(&interval(1).lint()), ["very_frequent"]);
    assert_eq!(codes(&interval(60).lint()), [""; 0]);
}

#[test]
fn a_schedule_with_nothing_left_says_so() {
    let mut bounded = spec("0 9 * * *", "UTC");
    bounded.end_at = Some(at("2026-01-10T00:00:00Z"));
    let schedule = bounded.compile(0).unwrap();
    assert_eq!(
        codes(&schedule.lint_from(at("2026-01-09T08:59:59Z"))),
        [""; 0]
    );
    assert_eq!(
        codes(&schedule.lint_from(at("2026-01-09T09:00:00Z"))),
        ["never_fires_again"]
    );

    bounded.start_at = Some(at("2026-01-09T10:00:00Z"));
    assert_eq!(
        codes(&bounded.compile(0).unwrap().lint()),
        ["never_fires_again"]
    );

    let once = Spec::new(RuleSpec::Once {
        at: at("2020-01-01T00:00:00Z"),
    })
    .compile(0)
    .unwrap();
    assert_eq!(codes(&once.lint_from(at("2026-01-01T00:00:00Z"))), [""; 0]);
}

#[test]
fn the_next_change_of_the_clocks_is_told_when_a_run_meets_it() {
    let now = at("2026-11-20T00:00:00Z");
    let told = |schedule: &Schedule| {
        let warnings = schedule.lint_from(now);
        assert_eq!(codes(&warnings), ["affected_by_dst"]);
        (
            warnings[0].message.en.clone(),
            warnings[0].message.ar.clone(),
        )
    };
    let (en, ar) = told(&cron("30 2 * * *", "Europe/Berlin"));
    assert_eq!(
        en,
        "in Europe/Berlin the clock jumps from 02:00 to 03:00 on 2027-03-28: the run happens once, at 03:00"
    );
    assert_eq!(
        ar,
        "في Europe/Berlin تتقدم الساعة من 02:00 إلى 03:00 بتاريخ 2027-03-28، ويحدث التشغيل مرة واحدة الساعة 03:00"
    );

    let mut skipping = spec("30 2 * * *", "Europe/Berlin");
    skipping.dst = DstPolicy {
        gap: Gap::Skip,
        overlap: Overlap::First,
    };
    assert!(
        told(&skipping.compile(0).unwrap())
            .0
            .ends_with("runs at these times are left out")
    );

    // A Sunday in November only: the first change it meets is the one back.
    let (en, _) = told(&cron("30 1 * 11 *", "America/New_York"));
    assert_eq!(
        en,
        "in America/New_York the times from 01:00 to 02:00 come twice on 2027-11-07: a run happens the first time only"
    );
    assert!(
        told(&cron("*/10 1 * 11 *", "America/New_York"))
            .0
            .ends_with("a run happens both times")
    );

    for untouched in [
        cron("30 9 * * *", "Europe/Berlin"),
        cron("*/5 * * * *", "Europe/Berlin"),
        cron("30 2 * * *", "Asia/Riyadh"),
    ] {
        assert_eq!(codes(&untouched.lint_from(now)), [""; 0]);
    }
}

#[test]
fn notes_mark_moved_runs_and_repeated_hours() {
    let schedule = cron("30 2 * * *", "Europe/Berlin");
    assert_eq!(schedule.note(at("2027-03-27T01:30:00Z")), None);
    assert_eq!(
        schedule.note(at("2027-03-28T01:00:00Z")),
        Some("moved_by_gap")
    );
    assert_eq!(
        schedule.note(at("2027-10-31T00:30:00Z")),
        Some("repeated_hour")
    );
    assert_eq!(
        schedule.note(at("2027-10-31T01:30:00Z")),
        Some("repeated_hour")
    );
    assert_eq!(schedule.note(at("2027-10-31T02:00:00Z")), None);
    assert_eq!(schedule.note(at("2027-10-30T23:59:59Z")), None);
    // 03:00 is its own time here, although 02:00 would have moved there as well.
    assert_eq!(
        cron("0 2,3 * * *", "Europe/Berlin").note(at("2027-03-28T01:00:00Z")),
        None
    );
    assert_eq!(
        cron("*/30 2 * * *", "Europe/Berlin").note(at("2027-03-28T01:00:00Z")),
        None
    );
    // Four hundred years on, the same.
    assert_eq!(
        schedule.note(at("2827-03-28T01:00:00Z")),
        Some("moved_by_gap")
    );
    let interval = Spec::new(RuleSpec::Interval {
        every_seconds: 60,
        anchor: at("2026-01-01T00:00:00Z"),
    })
    .in_zone("Europe/Berlin")
    .compile(0)
    .unwrap();
    assert_eq!(
        interval.note(at("2027-10-31T00:30:00Z")),
        Some("repeated_hour")
    );
    assert_eq!(interval.note(at("2027-03-28T01:00:00Z")), None);
    assert_eq!(
        Spec::new(RuleSpec::Manual)
            .compile(0)
            .unwrap()
            .note(at("2027-10-31T00:30:00Z")),
        None
    );
}

#[test]
fn every_remark_speaks_both_languages() {
    let daily = Spec::new(RuleSpec::Daily {
        times: vec![TimeOfDay::new(2, 30, 0).unwrap()],
    })
    .in_zone("Europe/Berlin")
    .compile(0)
    .unwrap();
    let all = ["*/7 * 31 * *", "* * * * * *", "0 0 13 * 5"].map(|e| cron(e, "UTC").lint());
    for warning in all
        .iter()
        .flatten()
        .chain(&daily.lint_from(at("2026-11-20T00:00:00Z")))
    {
        assert!(warning.message.en.is_ascii(), "{warning:?}");
        assert!(
            warning
                .message
                .ar
                .chars()
                .any(|c| ('\u{600}'..='\u{6ff}').contains(&c)),
            "{warning:?}"
        );
    }
}

//! The cron dialect: what is read, what it means, and what is refused with which words.

use jiff::Timestamp;
use orloj_schedule::{Error, Lang, RuleSpec, Schedule, Spec, TimeOfDay};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn compile(expression: &str) -> Result<Schedule, Error> {
    Spec::new(RuleSpec::Cron {
        expression: expression.into(),
    })
    .compile(42)
}

/// The first runs after the beginning of 2026 (a Thursday) in UTC.
fn runs(expression: &str, count: usize) -> Vec<String> {
    let schedule = compile(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let mut t = at("2025-12-31T23:59:59Z");
    let mut found = Vec::new();
    for _ in 0..count {
        t = schedule.next_after(t).unwrap();
        let text = t.strftime("%m-%d %H:%M:%S").to_string();
        found.push(text.strip_suffix(":00").unwrap_or(&text).to_owned());
    }
    found
}

#[test]
fn constructs_mean_what_the_reference_says() {
    for (expression, expected) in [
        // Values, lists, ranges, steps.
        ("5 * * * *", &["01-01 00:05", "01-01 01:05"][..]),
        (
            "5,3,4 1 * * *",
            &["01-01 01:03", "01-01 01:04", "01-01 01:05"],
        ),
        (
            "10-12 1 * * *",
            &["01-01 01:10", "01-01 01:11", "01-01 01:12", "01-02 01:10"],
        ),
        (
            "10-20/5 1 * * *",
            &["01-01 01:10", "01-01 01:15", "01-01 01:20", "01-02 01:10"],
        ),
        (
            "*/25 1 * * *",
            &["01-01 01:00", "01-01 01:25", "01-01 01:50", "01-02 01:00"],
        ),
        (
            "40/15 1 * * *",
            &["01-01 01:40", "01-01 01:55", "01-02 01:40"],
        ),
        ("007 01 * * *", &["01-01 01:07"]),
        // Seconds.
        ("30 5 1 * * *", &["01-01 01:05:30", "01-02 01:05:30"]),
        (
            "*/20 * * * * *",
            &[
                "01-01 00:00",
                "01-01 00:00:20",
                "01-01 00:00:40",
                "01-01 00:01",
            ],
        ),
        // Ranges over the end of a field.
        (
            "0 22-2/2 * * *",
            &["01-01 00:00", "01-01 02:00", "01-01 22:00", "01-02 00:00"],
        ),
        (
            "0 0 30-2 * *",
            &[
                "01-01 00:00",
                "01-02 00:00",
                "01-30 00:00",
                "01-31 00:00",
                "02-01 00:00",
            ],
        ),
        (
            "0 0 1 nov-feb *",
            &["01-01 00:00", "02-01 00:00", "11-01 00:00", "12-01 00:00"],
        ),
        (
            "0 0 * * FRI-MON",
            &[
                "01-02 00:00",
                "01-03 00:00",
                "01-04 00:00",
                "01-05 00:00",
                "01-09 00:00",
            ],
        ),
        // Weekdays: 0 and 7 are Sunday; 1 January 2026 is a Thursday.
        ("0 0 * * 0", &["01-04 00:00", "01-11 00:00"]),
        ("0 0 * * 7", &["01-04 00:00", "01-11 00:00"]),
        ("0 0 * * 7-7", &["01-04 00:00", "01-11 00:00"]),
        (
            "0 0 * * 5-7",
            &["01-02 00:00", "01-03 00:00", "01-04 00:00", "01-09 00:00"],
        ),
        (
            "0 0 * * 7-2",
            &["01-04 00:00", "01-05 00:00", "01-06 00:00", "01-11 00:00"],
        ),
        (
            "0 0 * * 1-7/2",
            &["01-02 00:00", "01-04 00:00", "01-05 00:00", "01-07 00:00"],
        ),
        (
            "0 0 * * 1/2",
            &["01-02 00:00", "01-05 00:00", "01-07 00:00", "01-09 00:00"],
        ),
        (
            "0 0 * jan Mon,tHu",
            &["01-01 00:00", "01-05 00:00", "01-08 00:00"],
        ),
        // Both day fields: either, unless one begins with a star.
        (
            "0 0 13 * 5",
            &["01-02 00:00", "01-09 00:00", "01-13 00:00", "01-16 00:00"],
        ),
        (
            "0 0 */2 * 5",
            &["01-09 00:00", "01-23 00:00", "02-13 00:00"],
        ),
        (
            "0 0 1-31/2 * 5",
            &["01-01 00:00", "01-02 00:00", "01-03 00:00", "01-05 00:00"],
        ),
        (
            "0 0 13 * */5",
            &["02-13 00:00", "03-13 00:00", "09-13 00:00"],
        ),
        ("0 0 13 * ?", &["01-13 00:00", "02-13 00:00"]),
        ("0 0 ? * 5", &["01-02 00:00", "01-09 00:00"]),
        // Special days.
        (
            "0 0 L * *",
            &["01-31 00:00", "02-28 00:00", "03-31 00:00", "04-30 00:00"],
        ),
        (
            "0 0 L-3 * *",
            &["01-28 00:00", "02-25 00:00", "03-28 00:00"],
        ),
        (
            "0 0 L-30 * *",
            &["01-01 00:00", "03-01 00:00", "05-01 00:00"],
        ),
        ("0 0 LW * *", &["01-30 00:00", "02-27 00:00", "03-31 00:00"]),
        (
            "0 0 15W * *",
            &[
                "01-15 00:00",
                "02-16 00:00",
                "03-16 00:00",
                "04-15 00:00",
                "05-15 00:00",
            ],
        ),
        (
            "0 0 1W * *",
            &[
                "01-01 00:00",
                "02-02 00:00",
                "03-02 00:00",
                "04-01 00:00",
                "05-01 00:00",
                "06-01 00:00",
            ],
        ),
        ("0 0 1W 8 *", &["08-03 00:00"]),
        (
            "0 0 31W * *",
            &["01-30 00:00", "03-31 00:00", "05-29 00:00"],
        ),
        (
            "0 0 1,L * *",
            &["01-01 00:00", "01-31 00:00", "02-01 00:00", "02-28 00:00"],
        ),
        ("0 0 * * 5#2", &["01-09 00:00", "02-13 00:00"]),
        ("0 0 * * fri#5", &["01-30 00:00", "05-29 00:00"]),
        ("0 0 * * 5L", &["01-30 00:00", "02-27 00:00"]),
        (
            "0 0 * * FRIL,mon#1",
            &["01-05 00:00", "01-30 00:00", "02-02 00:00"],
        ),
        ("0 0 * * 7L", &["01-25 00:00", "02-22 00:00"]),
        ("0 0 29 2 *", &["02-29 00:00", "02-29 00:00"]),
        // Words.
        ("@hourly", &["01-01 00:00", "01-01 01:00"]),
        ("@daily", &["01-01 00:00", "01-02 00:00"]),
        ("@midnight", &["01-01 00:00", "01-02 00:00"]),
        ("@weekly", &["01-04 00:00", "01-11 00:00"]),
        ("@Monthly", &["01-01 00:00", "02-01 00:00"]),
        ("@yearly", &["01-01 00:00", "01-01 00:00"]),
        ("@annually", &["01-01 00:00"]),
        (
            "  0\t9  *  * \n 1-5 ",
            &["01-01 09:00", "01-02 09:00", "01-05 09:00"],
        ),
    ] {
        assert_eq!(runs(expression, expected.len()), expected, "{expression}");
    }
}

#[test]
fn texium_fields_need_the_iso_week_too() {
    let fields = |day_of_month: &str, day_of_week: &str, week: &str| {
        Spec::new(RuleSpec::Fields {
            minute: "0".into(),
            hour: "15".into(),
            day_of_month: day_of_month.into(),
            month: "*".into(),
            day_of_week: day_of_week.into(),
            week: week.into(),
        })
    };
    let dates = |spec: &Spec, count: usize| -> Vec<String> {
        let schedule = spec.compile(0).unwrap();
        schedule
            .between(at("2025-12-28T00:00:00Z"), at("2099-01-01T00:00:00Z"))
            .take(count)
            .map(|t| t.strftime("%Y-%m-%d").to_string())
            .collect()
    };
    // The week of 29 December 2025 is the first ISO week of 2026.
    assert_eq!(
        dates(&fields("*", "1", "1"), 3),
        ["2025-12-29", "2027-01-04", "2028-01-03"]
    );
    assert_eq!(
        dates(&fields("*", "1", "53"), 2),
        ["2026-12-28", "2032-12-27"]
    );
    assert_eq!(
        dates(&fields("1", "1", "10-12"), 4),
        ["2026-03-02", "2026-03-09", "2026-03-16", "2027-03-08"]
    );
    assert_eq!(
        dates(&fields("*", "*", "*"), 2),
        ["2025-12-28", "2025-12-29"]
    );

    let error = fields("*", "*", "54").compile(0).unwrap_err();
    assert_eq!((error.field(), error.code()), ("week", "out_of_range"));
    let error = fields("32", "*", "*").compile(0).unwrap_err();
    assert_eq!(
        (error.field(), error.code()),
        ("day_of_month", "out_of_range")
    );
    let error = fields("*", "", "*").compile(0).unwrap_err();
    assert_eq!(
        (error.field(), error.code()),
        ("day_of_week", "empty_field")
    );
    let error = fields("1", "*", "20").compile(0).unwrap_err();
    assert_eq!(
        error.code(),
        "never_fires",
        "no 1st falls into week 20: {error}"
    );
}

#[test]
fn malformed_expressions_are_refused_with_field_and_remedy() {
    for (expression, code, part, remedy) in [
        ("", "empty", "expression", "write five fields"),
        (
            "* * * *",
            "field_count",
            "4 fields",
            "write * for every value",
        ),
        (
            "* * * * * * *",
            "field_count",
            "seven fields",
            "start and end",
        ),
        ("* * * * * * * *", "field_count", "8 fields", "5 are needed"),
        ("60 * * * *", "out_of_range", "minute field", "0 to 59"),
        ("* 24 * * *", "out_of_range", "hour field", "0 to 23"),
        ("* * 0 * *", "out_of_range", "day of month field", "1 to 31"),
        (
            "* * 32 * *",
            "out_of_range",
            "day of month field",
            "1 to 31",
        ),
        ("* * * 13 *", "out_of_range", "month field", "1 to 12"),
        ("* * * 0 *", "out_of_range", "month field", "1 to 12"),
        ("* * * * 8", "out_of_range", "day of week field", "0 to 7"),
        ("60 * * * * *", "out_of_range", "second field", "0 to 59"),
        ("1-60 * * * *", "out_of_range", "minute field", "0 to 59"),
        ("*/0 * * * *", "bad_step", "minute field", "1 or more"),
        ("*/x * * * *", "bad_step", "minute field", "whole number"),
        ("*/ * * * *", "bad_step", "minute field", "whole number"),
        ("*/1/2 * * * *", "bad_step", "minute field", "whole number"),
        (
            "*/90 * * * *",
            "bad_step",
            "minute field",
            "use an interval",
        ),
        ("* */36 * * *", "bad_step", "hour field", "use an interval"),
        (
            "5,, * * * *",
            "empty_item",
            "minute field",
            "remove the extra comma",
        ),
        (
            ",5 * * * *",
            "empty_item",
            "minute field",
            "remove the extra comma",
        ),
        (
            "-5 * * * *",
            "bad_value",
            "minute field",
            "number from 0 to 59",
        ),
        (
            "1-2-3 * * * *",
            "bad_value",
            "minute field",
            "number from 0 to 59",
        ),
        (
            "x * * * *",
            "bad_value",
            "minute field",
            "number from 0 to 59",
        ),
        (
            "+5 * * * *",
            "bad_value",
            "minute field",
            "number from 0 to 59",
        ),
        (
            "1.5 * * * *",
            "bad_value",
            "minute field",
            "number from 0 to 59",
        ),
        (
            "** * * * *",
            "bad_value",
            "minute field",
            "number from 0 to 59",
        ),
        ("* * * foo *", "bad_value", "month field", "JAN to DEC"),
        (
            "* * * * monday",
            "bad_value",
            "day of week field",
            "SUN to SAT",
        ),
        (
            "* JAN * * *",
            "bad_value",
            "hour field",
            "number from 0 to 23",
        ),
        (
            "? * * * *",
            "bad_question_mark",
            "minute field",
            "write * here",
        ),
        (
            "* * * ? *",
            "bad_question_mark",
            "month field",
            "write * here",
        ),
        (
            "L * * * *",
            "bad_value",
            "minute field",
            "number from 0 to 59",
        ),
        (
            "* * L-31 * *",
            "bad_last",
            "day of month field",
            "1 to 30 days",
        ),
        (
            "* * L-x * *",
            "bad_last",
            "day of month field",
            "1 to 30 days",
        ),
        (
            "* * W * *",
            "bad_nearest",
            "day of month field",
            "as in 15W",
        ),
        (
            "* * 32W * *",
            "bad_nearest",
            "day of month field",
            "1 to 31",
        ),
        (
            "* * 1-5W * *",
            "bad_nearest",
            "day of month field",
            "one day",
        ),
        ("* * * * L", "bad_last", "day of week field", "5L or FRIL"),
        ("* * * * 5#6", "bad_nth", "day of week field", "1 to 5"),
        ("* * * * 5#", "bad_nth", "day of week field", "FRI#2"),
        ("* * * * 9#1", "out_of_range", "day of week field", "0 to 7"),
        (
            "H(30-10) * * * *",
            "bad_hash",
            "minute field",
            "ascending range",
        ),
        ("H(5 * * * *", "bad_hash", "minute field", "H(0-29)"),
        ("H5 * * * *", "bad_hash", "minute field", "H(0-29)"),
        ("H(0-60) * * * *", "out_of_range", "minute field", "0 to 59"),
        (
            "0 0 30 2 *",
            "never_fires",
            "never fires",
            "choose an earlier day",
        ),
        (
            "0 0 31 4,6,9,11 *",
            "never_fires",
            "never fires",
            "L for the last day",
        ),
        ("0 0 31 */2 5#1", "", "", ""),
        ("0 0 */31 2 5#5", "never_fires", "never fires", "widen"),
        ("@reboot", "reboot", "not a time", "by hand after a start"),
        ("@every 5m", "every", "interval", "everySeconds"),
        ("@fortnightly", "unknown_word", "@fortnightly", "@weekly"),
        (
            "CRON_TZ=Africa/Cairo 0 9 * * *",
            "zone_prefix",
            "CRON_TZ=Africa/Cairo",
            "timezone field",
        ),
        ("0 9 * * * user command", "field_count", "", ""),
    ] {
        let error = match compile(expression) {
            Ok(_) if code.is_empty() => continue,
            Ok(_) => panic!("{expression} was accepted"),
            Err(error) => error,
        };
        assert_eq!(
            (error.field(), error.code()),
            ("expression", code),
            "{expression}: {error}"
        );
        let message = error.to_string();
        assert!(
            message.contains(part) && message.contains(remedy),
            "{expression}: {message}"
        );
        assert!(
            error
                .message(Lang::Ar)
                .chars()
                .any(|c| ('\u{600}'..='\u{6ff}').contains(&c)),
            "{expression}"
        );
    }
    let long = format!("{} * * * *", vec!["5"; 300].join(","));
    assert_eq!(compile(&long).unwrap_err().code(), "too_long");
    let longer = format!("{} * * * *", " ".repeat(2000));
    assert_eq!(compile(&longer).unwrap_err().code(), "field_count");
    let junk = compile("a\u{0}b\u{202e}\u{7}c * * * *")
        .unwrap_err()
        .to_string();
    assert!(
        !junk.contains('\u{0}') && !junk.contains('\u{7}'),
        "{junk:?}"
    );
}

#[test]
fn other_fields_of_a_spec_are_checked() {
    let nine = vec![TimeOfDay::new(9, 0, 0).unwrap()];
    let interval = |every_seconds| RuleSpec::Interval {
        every_seconds,
        anchor: at("2026-01-01T00:00:00Z"),
    };
    for (rule, field, code) in [
        (interval(0), "every_seconds", "too_short"),
        (interval(u64::MAX), "every_seconds", "too_long"),
        (RuleSpec::Daily { times: vec![] }, "times", "empty"),
        (
            RuleSpec::Daily {
                times: nine.repeat(1441),
            },
            "times",
            "too_long",
        ),
        (
            RuleSpec::Weekly {
                days: vec![],
                times: nine.clone(),
            },
            "days",
            "empty",
        ),
        (
            RuleSpec::Monthly {
                days: vec![],
                times: nine.clone(),
            },
            "days",
            "empty",
        ),
        (
            RuleSpec::Monthly {
                days: vec![0],
                times: nine.clone(),
            },
            "days",
            "out_of_range",
        ),
        (
            RuleSpec::Monthly {
                days: vec![1, 32],
                times: nine.clone(),
            },
            "days",
            "out_of_range",
        ),
        (
            RuleSpec::Monthly {
                days: vec![-2],
                times: nine.clone(),
            },
            "days",
            "out_of_range",
        ),
    ] {
        let error = Spec::new(rule.clone()).compile(0).unwrap_err();
        assert_eq!((error.field(), error.code()), (field, code), "{rule:?}");
    }
    let mut spec = Spec::new(interval(60));
    (spec.start_at, spec.end_at) = (
        Some(at("2026-02-01T00:00:00Z")),
        Some(at("2026-01-01T00:00:00Z")),
    );
    let error = spec.compile(0).unwrap_err();
    assert_eq!(
        (error.field(), error.code()),
        ("end_at", "ends_before_start")
    );

    let mut spec = Spec::new(RuleSpec::Once {
        at: at("2026-02-01T00:00:00Z"),
    });
    spec.end_at = Some(at("2026-01-01T00:00:00Z"));
    let error = spec.compile(0).unwrap_err();
    assert_eq!((error.field(), error.code()), ("at", "never_fires"));
}

#[test]
fn unknown_zones_are_refused_with_a_suggestion() {
    let refused = |zone: &str| {
        Spec::new(RuleSpec::Manual)
            .in_zone(zone)
            .compile(0)
            .unwrap_err()
    };
    for zone in [
        "",
        "Mars/Olympus",
        "Africa/Cairo\u{0}",
        "../../etc/passwd",
        "+02:00",
        "EST5EDT,M3.2.0,M11.1.0",
        "Etc/Unknown",
    ] {
        let error = refused(zone);
        assert_eq!(
            (error.field(), error.code()),
            ("timezone", "unknown_timezone"),
            "{zone:?}"
        );
    }
    assert!(
        refused("Cairo")
            .to_string()
            .contains("did you mean Africa/Cairo?")
    );
    assert!(
        refused("Mars/Olympus")
            .to_string()
            .contains("such as UTC, Africa/Cairo")
    );
    // Spelling of the case does not matter, and the canonical name is what is shown.
    let schedule = Spec::new(RuleSpec::Manual)
        .in_zone("africa/CAIRO")
        .compile(0)
        .unwrap();
    assert_eq!(schedule.timezone().iana_name(), Some("Africa/Cairo"));
}

#[test]
fn hashes_stay_with_the_job_and_within_their_range() {
    let all = |expression: &str, seed: u64| -> Vec<Timestamp> {
        let schedule = Spec::new(RuleSpec::Cron {
            expression: expression.into(),
        })
        .compile(seed)
        .unwrap();
        schedule
            .between(at("2026-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"))
            .collect()
    };
    for seed in 0..200 {
        assert_eq!(all("H H * * *", seed), all("H H * * *", seed));
        assert_eq!(all("H H * * *", seed).len(), 59);
        assert_eq!(
            all("H H H * *", seed).len(),
            2,
            "the day is one that every month has"
        );
        let quarter = all("H/15 * * * *", seed);
        assert_eq!(quarter.len(), 59 * 24 * 4, "seed {seed}");
        let minute = |t: &Timestamp| t.as_second() / 60 % 60;
        assert!(
            all("H(10-19) 3 * * *", seed)
                .iter()
                .all(|t| (10..=19).contains(&minute(t)))
        );
        assert!(
            all("H(0-29)/10 3 * * *", seed)
                .iter()
                .all(|t| minute(t) <= 29)
        );
        assert_eq!(all("H(0-29)/10 3 * * *", seed).len(), 59 * 3);
    }
    let minutes: std::collections::BTreeSet<i64> = (0..600)
        .map(|seed| all("H 1 1 1 *", seed)[0].as_second() / 60 % 60)
        .collect();
    assert_eq!(minutes.len(), 60, "every minute is used");
}

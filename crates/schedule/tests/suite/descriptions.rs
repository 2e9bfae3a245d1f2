//! What people read. The snapshot is meant to be read by people too, in both languages.

use orloj_schedule::{Lang, RuleSpec, Spec, TimeOfDay, Weekday};

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

fn times(list: &[&str]) -> Vec<TimeOfDay> {
    list.iter().map(|t| t.parse().unwrap()).collect()
}

fn both(spec: &Spec) -> String {
    let schedule = spec.compile(42).unwrap();
    format!(
        "  en  {}\n  ar  {}\n",
        schedule.describe(Lang::En),
        schedule.describe(Lang::Ar)
    )
}

#[test]
fn cron_expressions_in_words() {
    let expressions = [
        "* * * * *",
        "*/2 * * * *",
        "*/5 * * * *",
        "*/15 * * * *",
        "*/7 * * * *",
        "5/10 * * * *",
        "0 * * * *",
        "30 * * * *",
        "5,35 * * * *",
        "5,20,40 * * * *",
        "0-29 * * * *",
        "0 */2 * * *",
        "15 */6 * * *",
        "0 9 * * *",
        "0 9,17 * * *",
        "30 8,12,16,20 * * *",
        "0 9-17 * * 1-5",
        "*/5 9-17 * * 1-5",
        "*/10 22-4 * * *",
        "0 9 * * 1-5",
        "0 15 * * 1",
        "30 17 * * 5",
        "0 8 * * 0,4",
        "0 8 * * 1,3,5",
        "0 10 * * FRI-SUN",
        "0 0 1 * *",
        "0 0 1,15 * *",
        "0 0 1,10,20 * *",
        "0 6 8-14 * *",
        "0 0 L * *",
        "0 0 L-1 * *",
        "0 0 L-2 * *",
        "0 0 L-3 * *",
        "0 0 L-11 * *",
        "0 9 15W * *",
        "0 18 LW * *",
        "0 9 * * 5#2",
        "0 9 * * 1#1,1#3",
        "0 18 * * 5L",
        "0 0 13 * 5",
        "0 0 */2 * 1",
        "0 0 */5 * *",
        "0 0 1 1 *",
        "0 0 1 1,7 *",
        "0 0 1 */3 *",
        "0 0 * 3-5 *",
        "0 0 29 2 *",
        "0 12 * 6,7,8 0",
        "*/10 * * * * *",
        "* * * * * *",
        "15 30 9 * * *",
        "15 * * * * *",
        "15,45 */5 * * * *",
        "0 5 9 * * 1",
        "H H * * *",
        "H/15 * * * *",
        "0 1-23/2 * * *",
        "20 7,9,11 * * 6",
    ];
    let mut text = String::new();
    for expression in expressions {
        let spec = Spec::new(RuleSpec::Cron {
            expression: expression.into(),
        })
        .in_zone("Africa/Cairo");
        text += &format!("{expression}\n{}", both(&spec));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn other_rules_in_words() {
    let mut text = String::new();
    let mut add = |title: &str, spec: Spec| text += &format!("{title}\n{}", both(&spec));
    for seconds in [
        1,
        2,
        3,
        10,
        11,
        45,
        60,
        90,
        120,
        300,
        3600,
        5400,
        7200,
        86_400,
        2 * 86_400 + 3 * 3600,
        30 * 86_400,
        100 * 86_400,
        103 * 86_400,
        93_784,
    ] {
        add(
            &format!("every {seconds} s"),
            Spec::new(RuleSpec::Interval {
                every_seconds: seconds,
                anchor: at("2026-01-01T00:00:00Z"),
            }),
        );
    }
    add("manual", Spec::new(RuleSpec::Manual));
    add(
        "once",
        Spec::new(RuleSpec::Once {
            at: at("2026-11-20T07:00:30Z"),
        })
        .in_zone("Africa/Cairo"),
    );
    add(
        "daily",
        Spec::new(RuleSpec::Daily {
            times: times(&["17:30", "09:00", "09:00"]),
        })
        .in_zone("Asia/Riyadh"),
    );
    let many: Vec<TimeOfDay> = (0..20).map(|i| TimeOfDay::new(i, 5, 0).unwrap()).collect();
    add("daily, many", Spec::new(RuleSpec::Daily { times: many }));
    add(
        "weekly",
        Spec::new(RuleSpec::Weekly {
            days: vec![
                Weekday::Sunday,
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
            ],
            times: times(&["08:00"]),
        }),
    );
    add(
        "monthly",
        Spec::new(RuleSpec::Monthly {
            days: vec![1, -1],
            times: times(&["00:00", "12:00:05"]),
        }),
    );
    let fields = |week: &str| RuleSpec::Fields {
        minute: "0".into(),
        hour: "15".into(),
        day_of_month: "*".into(),
        month: "*".into(),
        day_of_week: "1".into(),
        week: week.into(),
    };
    for week in ["*", "10", "1-26", "*/2", "1,2", "1,5,9"] {
        add(&format!("fields, week {week}"), Spec::new(fields(week)));
    }
    let mut bounded = Spec::new(RuleSpec::Interval {
        every_seconds: 900,
        anchor: at("2026-01-01T00:00:00Z"),
    });
    bounded.start_at = Some(at("2026-03-01T08:00:00Z"));
    bounded.end_at = Some(at("2026-12-31T21:59:59Z"));
    add("bounded interval", bounded.in_zone("Africa/Cairo"));
    insta::assert_snapshot!(text);
}

#[test]
fn one_meaning_has_one_description() {
    let describe = |expression: &str| {
        Spec::new(RuleSpec::Cron {
            expression: expression.into(),
        })
        .compile(0)
        .unwrap()
        .describe(Lang::En)
    };
    for (a, b) in [
        ("*/5 * * * *", "0-59/5 * * * *"),
        ("0 0 * * 7", "@weekly"),
        ("0 0 1 JAN *", "@yearly"),
        ("0 9 * * mon-fri", "0 9 * * 1,2,3,4,5"),
        ("0 0 9 * * *", "0 9 * * ?"),
    ] {
        assert_eq!(describe(a), describe(b));
    }
}

//! The stored form of a spec.

use orloj_schedule::{DstPolicy, Gap, Overlap, RuleSpec, Spec, TimeOfDay, Weekday};

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

#[test]
fn every_kind_survives_a_round_trip() {
    let nine = TimeOfDay::new(9, 0, 0).unwrap();
    let odd = TimeOfDay::new(23, 59, 58).unwrap();
    let rules = [
        RuleSpec::Manual,
        RuleSpec::Interval {
            every_seconds: 90,
            anchor: at("2026-01-01T00:00:00.123456Z"),
        },
        RuleSpec::Cron {
            expression: "0 9 * * 1-5".into(),
        },
        RuleSpec::Fields {
            minute: "0".into(),
            hour: "*".into(),
            day_of_month: "1".into(),
            month: "jan".into(),
            day_of_week: "*".into(),
            week: "*/2".into(),
        },
        RuleSpec::Once {
            at: at("2027-01-01T00:00:00Z"),
        },
        RuleSpec::Daily {
            times: vec![nine, odd],
        },
        RuleSpec::Weekly {
            days: vec![Weekday::Monday, Weekday::Sunday],
            times: vec![nine],
        },
        RuleSpec::Monthly {
            days: vec![1, -1],
            times: vec![nine],
        },
    ];
    for rule in rules {
        let spec = Spec {
            rule,
            timezone: "Africa/Cairo".into(),
            dst: DstPolicy {
                gap: Gap::Skip,
                overlap: Overlap::Both,
            },
            start_at: Some(at("2026-02-01T00:00:00Z")),
            end_at: None,
        };
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<Spec>(&json).unwrap(), spec, "{json}");
    }
}

#[test]
fn the_wire_form_is_camel_case_and_small() {
    let spec = Spec::new(RuleSpec::Weekly {
        days: vec![Weekday::Friday],
        times: vec![TimeOfDay::new(17, 30, 0).unwrap()],
    });
    assert_eq!(
        serde_json::to_value(&spec).unwrap(),
        serde_json::json!({
            "rule": {"type": "weekly", "days": ["friday"], "times": ["17:30"]},
            "timezone": "UTC",
            "dst": {"gap": "run_after", "overlap": "first"},
        })
    );
}

#[test]
fn everything_but_the_rule_may_be_left_out() {
    let spec: Spec = serde_json::from_str(r#"{"rule":{"type":"manual"}}"#).unwrap();
    assert_eq!(spec, Spec::new(RuleSpec::Manual));
    let spec: Spec = serde_json::from_str(
        r#"{"rule":{"type":"interval","everySeconds":60,"anchor":"2026-01-01T00:00:00Z"},"dst":{"overlap":"second"}}"#,
    )
    .unwrap();
    assert_eq!(
        spec.dst,
        DstPolicy {
            gap: Gap::RunAfter,
            overlap: Overlap::Second
        }
    );
}

#[test]
fn unknown_members_and_values_are_refused() {
    for text in [
        r#"{"rule":{"type":"manual"},"zone":"UTC"}"#,
        r#"{"rule":{"type":"manual","expression":"* * * * *"}}"#,
        r#"{"rule":{"type":"cron","expression":"* * * * *","every":5}}"#,
        r#"{"rule":{"type":"interval","every_seconds":60,"anchor":"2026-01-01T00:00:00Z"}}"#,
        r#"{"rule":{"type":"interval","everySeconds":-1,"anchor":"2026-01-01T00:00:00Z"}}"#,
        r#"{"rule":{"type":"sometimes"}}"#,
        r#"{"rule":{"type":"daily","times":["24:00"]}}"#,
        r#"{"rule":{"type":"daily","times":["9"]}}"#,
        r#"{"rule":{"type":"daily","times":["09:00:00:00"]}}"#,
        r#"{"rule":{"type":"daily","times":["+9:00"]}}"#,
        r#"{"rule":{"type":"weekly","days":["mon"],"times":["09:00"]}}"#,
        r#"{"rule":{"type":"weekly","days":[1],"times":["09:00"]}}"#,
        r#"{"rule":{"type":"manual"},"dst":{"gap":"later"}}"#,
        r#"{"rule":{"type":"manual"},"dst":{"gaps":"skip"}}"#,
        r#"{"rule":{"type":"manual"},"startAt":"tomorrow"}"#,
    ] {
        assert!(
            serde_json::from_str::<Spec>(text).is_err(),
            "accepted {text}"
        );
    }
}

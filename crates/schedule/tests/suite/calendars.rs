//! Which days and hours a calendar closes.

use jiff::civil::{Date, date};
use orloj_schedule::{CalendarSpec, Lang};
use serde_json::{Value, json};

pub(crate) fn calendar(value: Value) -> orloj_schedule::Calendar {
    let spec: CalendarSpec = serde_json::from_value(value).unwrap();
    spec.compile(1, "test").unwrap()
}

/// The days on which a rule that begins on `from` is in force, within `years` years.
fn days_of(from: &str, rule: &str, years: i16) -> Vec<String> {
    let calendar = calendar(json!({
        "timezone": "UTC", "weekend": [],
        "entries": [{ "name": "r", "kind": "holiday", "when": { "type": "recurrence", "from": from, "rule": rule } }],
    }));
    let first: Date = from.parse().unwrap();
    (0..years)
        .flat_map(|year| {
            let begin = date(first.year() + year, 1, 1);
            calendar.days(begin, date(first.year() + year, 12, 31))
        })
        .filter(|day| !day.is_business_day)
        .map(|day| day.date.to_string())
        .collect()
}

#[test]
fn recurrence_rules_mean_what_rfc_5545_says() {
    // From the examples of RFC 5545, section 3.8.5.3, with the days that it lists.
    let daily = days_of("1997-09-02", "FREQ=DAILY;COUNT=10", 1);
    assert_eq!((daily.len(), daily[9].as_str()), (10, "1997-09-11"));
    assert_eq!(
        days_of("1997-09-02", "FREQ=DAILY;INTERVAL=10;COUNT=5", 1),
        [
            "1997-09-02",
            "1997-09-12",
            "1997-09-22",
            "1997-10-02",
            "1997-10-12"
        ]
    );
    assert_eq!(
        days_of(
            "1997-09-02",
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            1
        ),
        [
            "1997-09-02",
            "1997-09-04",
            "1997-09-09",
            "1997-09-11",
            "1997-09-16",
            "1997-09-18",
            "1997-09-23",
            "1997-09-25",
            "1997-09-30",
            "1997-10-02",
            "1997-10-07",
        ]
    );
    assert_eq!(
        days_of(
            "1997-09-02",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            1
        ),
        [
            "1997-09-02",
            "1997-09-04",
            "1997-09-16",
            "1997-09-18",
            "1997-09-30",
            "1997-10-02",
            "1997-10-14",
            "1997-10-16",
        ]
    );
    assert_eq!(
        days_of("1997-09-05", "FREQ=MONTHLY;COUNT=4;BYDAY=1FR", 1),
        ["1997-09-05", "1997-10-03", "1997-11-07", "1997-12-05"]
    );
    assert_eq!(
        days_of("1997-09-22", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", 2),
        [
            "1997-09-22",
            "1997-10-20",
            "1997-11-17",
            "1997-12-22",
            "1998-01-19",
            "1998-02-16"
        ]
    );
    assert_eq!(
        days_of("1997-09-28", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=5", 2),
        [
            "1997-09-28",
            "1997-10-29",
            "1997-11-28",
            "1997-12-29",
            "1998-01-29"
        ]
    );
    assert_eq!(
        days_of("1997-06-10", "FREQ=YEARLY;COUNT=6;BYMONTH=6,7", 3),
        [
            "1997-06-10",
            "1997-07-10",
            "1998-06-10",
            "1998-07-10",
            "1999-06-10",
            "1999-07-10"
        ]
    );
    assert_eq!(
        days_of("1997-05-19", "FREQ=YEARLY;BYDAY=20MO;COUNT=3", 3),
        ["1997-05-19", "1998-05-18", "1999-05-17"]
    );
    assert_eq!(
        days_of(
            "1998-02-13",
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4",
            2
        ),
        ["1998-02-13", "1998-03-13", "1998-11-13", "1999-08-13"]
    );
    assert_eq!(
        days_of(
            "1996-11-05",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            9
        ),
        ["1996-11-05", "2000-11-07", "2004-11-02"]
    );
    // The two examples that show what the week's first day changes.
    assert_eq!(
        days_of(
            "1997-08-05",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            1
        ),
        ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]
    );
    assert_eq!(
        days_of(
            "1997-08-05",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            1
        ),
        ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]
    );
    // A month without the day is passed over.
    assert_eq!(
        days_of("2007-01-15", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", 1),
        [
            "2007-01-15",
            "2007-01-30",
            "2007-02-15",
            "2007-03-15",
            "2007-03-30"
        ]
    );
}

#[test]
fn days_carry_their_weekend_and_their_entries() {
    let egypt = calendar(json!({
        "timezone": "Africa/Cairo", "weekend": ["friday", "saturday"],
        "entries": [
            { "name": "Labour Day", "kind": "holiday", "when": { "type": "yearly", "month": 5, "day": 1 } },
            { "name": "Backup", "kind": "blackout", "when": { "type": "weekly", "days": ["monday"], "from": "23:00", "to": "02:00" } },
            { "name": "Eid", "kind": "holiday", "when": { "type": "dates", "from": "2025-03-31", "to": "2025-04-01" } },
        ],
    }));
    let days = egypt.days(date(2025, 3, 28), date(2025, 4, 2));
    let seen: Vec<_> = days
        .iter()
        .map(|day| {
            (
                day.date.day(),
                day.is_weekend,
                day.is_business_day,
                day.entries.clone(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (28, true, false, vec![]),
            (29, true, false, vec![]),
            (30, false, true, vec![]),
            (31, false, false, vec![1, 2]),
            (1, false, false, vec![1, 2]),
            (2, false, true, vec![]),
        ]
    );
    assert!(!egypt.days(date(2031, 5, 1), date(2031, 5, 1))[0].is_business_day);
}

#[test]
fn faults_name_their_entry_and_field() {
    let when = |when: Value| {
        let spec: CalendarSpec = serde_json::from_value(json!({
            "timezone": "UTC", "weekend": ["saturday"],
            "entries": [
                { "name": "fine", "kind": "holiday", "when": { "type": "yearly", "month": 1, "day": 1 } },
                { "name": "wrong", "kind": "holiday", "when": when },
            ],
        }))
        .unwrap();
        let errors = spec.compile(1, "test").unwrap_err();
        assert_eq!((errors.len(), errors[0].entry), (1, Some(1)));
        assert!(!errors[0].error.message(Lang::Ar).is_ascii());
        errors[0].error.field()
    };
    assert_eq!(
        when(json!({ "type": "dates", "from": "2025-02-02", "to": "2025-02-01" })),
        "to"
    );
    assert_eq!(
        when(json!({ "type": "dates", "from": "2025-02-02", "to": "2026-03-01" })),
        "to"
    );
    assert_eq!(
        when(json!({ "type": "yearly", "month": 13, "day": 1 })),
        "month"
    );
    assert_eq!(
        when(json!({ "type": "yearly", "month": 2, "day": 30 })),
        "day"
    );
    assert_eq!(
        when(json!({ "type": "yearly", "month": 2, "day": 1, "days": 0 })),
        "days"
    );
    assert_eq!(
        when(json!({ "type": "weekly", "days": [], "from": "01:00", "to": "02:00" })),
        "days"
    );
    assert_eq!(
        when(json!({ "type": "cron", "expression": "61 * * * *", "durationSeconds": 60 })),
        "expression"
    );
    assert_eq!(
        when(json!({ "type": "cron", "expression": "0 0 * * *", "durationSeconds": 0 })),
        "duration_seconds"
    );
    assert_eq!(
        when(
            json!({ "type": "span", "from": "2025-01-01T00:00:00Z", "to": "2025-01-01T00:00:00Z" })
        ),
        "to"
    );
    let rule =
        |rule: &str| when(json!({ "type": "recurrence", "from": "2025-01-01", "rule": rule }));
    for wrong in [
        "",
        "BYDAY=MO",
        "FREQ=SECONDLY",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=2;UNTIL=20250101",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYMONTHDAY=0",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ",
        "FREQ=YEARLY;BYDAY=é",
    ] {
        assert_eq!(rule(wrong), "rule", "{wrong}");
    }
    let mut spec: CalendarSpec =
        serde_json::from_value(json!({ "timezone": "Cairo", "weekend": [], "entries": [] }))
            .unwrap();
    assert_eq!(
        spec.compile(1, "x").unwrap_err()[0].error.field(),
        "timezone"
    );
    spec.timezone = "UTC".to_owned();
    spec.weekend = orloj_schedule::Weekday::ALL.to_vec();
    assert_eq!(
        spec.compile(1, "x").unwrap_err()[0].error.field(),
        "weekend"
    );
}

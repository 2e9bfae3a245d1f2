//! iCalendar files.

use orloj_schedule::{CalendarEntry, EntryKind, Lang, import_icalendar};

fn import(events: &str) -> Result<Vec<CalendarEntry>, (usize, String)> {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
    import_icalendar(&text, EntryKind::Holiday, "Africa/Cairo").map_err(|error| {
        assert!(error.message(Lang::Ar).contains("السطر"));
        (error.line, error.message(Lang::En).to_owned())
    })
}

fn event(lines: &[&str]) -> String {
    format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.join("\r\n"))
}

#[test]
fn events_of_all_sorts_become_entries() {
    let text = [
        event(&[
            "UID:1",
            "SUMMARY:Sham El-Nessim\\, spring",
            "DTSTART;VALUE=DATE:20250421",
        ]),
        event(&[
            "SUMMARY:Eid al-",
            " Fitr",
            "DTSTART;VALUE=DATE:20250330",
            "DTEND;VALUE=DATE:20250402",
            "TRANSP:TRANSPARENT",
        ]),
        event(&[
            "SUMMARY:Revolution Day",
            "DTSTART;VALUE=DATE:20200723",
            "RRULE:FREQ=YEARLY",
            "EXDATE;VALUE=DATE:20240723",
            "RDATE;VALUE=DATE:20240725",
            "BEGIN:VALARM",
            "TRIGGER:-PT15M",
            "DTSTART:nonsense",
            "END:VALARM",
        ]),
        event(&[
            "SUMMARY:Maintenance",
            "DTSTART;TZID=Europe/Berlin:20250105T220000",
            "DURATION:PT4H30M",
            "RRULE:FREQ=MONTHLY;BYDAY=1SU",
        ]),
        event(&[
            "SUMMARY:Freeze",
            "DTSTART:20251220T100000Z",
            "DTEND:20251220T120000Z",
        ]),
        event(&["SUMMARY:Local", "DTSTART:20250801T100000", "DURATION:PT1H"]),
        event(&[
            "SUMMARY:Gone",
            "STATUS:CANCELLED",
            "DTSTART;VALUE=DATE:20250101",
        ]),
    ]
    .concat();
    insta::assert_json_snapshot!(import(&text).unwrap());
}

#[test]
fn a_changed_occurrence_replaces_the_one_of_the_series() {
    let text = [
        event(&[
            "UID:a",
            "DTSTART;VALUE=DATE:20250106",
            "RRULE:FREQ=WEEKLY;COUNT=3",
        ]),
        event(&[
            "UID:a",
            "RECURRENCE-ID;VALUE=DATE:20250113",
            "DTSTART;VALUE=DATE:20250114",
        ]),
    ]
    .concat();
    insta::assert_json_snapshot!(import(&text).unwrap());
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    let cases = [
        (vec!["SUMMARY:x"], 3, "DTSTART"),
        (vec!["DTSTART;VALUE=DATE:20250230"], 4, "DTSTART"),
        (
            vec![
                "DTSTART;VALUE=DATE:20250101",
                "RRULE:FREQ=YEARLY;BYSETPOS=1",
            ],
            5,
            "BYSETPOS",
        ),
        (
            vec!["DTSTART;VALUE=DATE:20250101", "RRULE:FREQ=HOURLY"],
            5,
            "FREQ=HOURLY",
        ),
        (
            vec![
                "DTSTART;TZID=Egypt Standard Time:20250101T100000",
                "DURATION:PT1H",
            ],
            4,
            "Egypt Standard Time",
        ),
        (vec!["DTSTART:20250101T100000Z"], 4, "last longer"),
        (
            vec!["DTSTART:20250101T100000Z", "DTEND:20250101T090000Z"],
            5,
            "last longer",
        ),
        (
            vec!["DTSTART;VALUE=DATE:20250101", "DTEND:20250102T000000Z"],
            5,
            "DTEND",
        ),
        (
            vec!["DTSTART;VALUE=DATE:20250101", "DURATION:PT5H"],
            5,
            "DURATION",
        ),
        (
            vec!["DTSTART;VALUE=DATE:20250101", "EXRULE:FREQ=DAILY"],
            5,
            "EXRULE",
        ),
        (
            vec![
                "DTSTART;VALUE=DATE:20250101",
                "RDATE;VALUE=PERIOD:20250101T000000Z/PT1H",
            ],
            5,
            "RDATE",
        ),
        (
            vec!["DTSTART;VALUE=DATE:20250101", "no colon here"],
            5,
            "NAME:VALUE",
        ),
        (
            vec![
                "DTSTART;VALUE=DATE:20250101",
                "RRULE:FREQ=DAILY",
                "RRULE:FREQ=DAILY",
            ],
            6,
            "RRULE",
        ),
    ];
    for (lines, line, word) in cases {
        let (at, message) = import(&event(&lines)).unwrap_err();
        assert_eq!(at, line, "{lines:?}: {message}");
        assert!(message.contains(word), "{lines:?}: {message}");
    }
    assert_eq!(import("").unwrap_err().0, 3);
    assert_eq!(
        import(&event(&["DTSTART;VALUE=DATE:20250101"]).replace("END:VEVENT", "END:VTODO"))
            .unwrap_err()
            .0,
        5
    );
    for text in [
        "",
        "hello",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20250101\n",
        "END:VCALENDAR\n",
    ] {
        assert!(
            import_icalendar(text, EntryKind::Blackout, "UTC").is_err(),
            "{text:?}"
        );
    }
    let huge = "x".repeat((1 << 20) + 1);
    assert!(import_icalendar(&huge, EntryKind::Blackout, "UTC").is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(lines in proptest::collection::vec("(BEGIN|END|DTSTART|DTEND|DURATION|RRULE|EXDATE|RDATE|SUMMARY)[;:](VEVENT|VCALENDAR|[0-9TZPDFREQ=;:,\"é-]{0,20})", 0..12)) {
        let _ = import(&format!("BEGIN:VEVENT\n{}\nEND:VEVENT\n", lines.join("\n")));
    }
}

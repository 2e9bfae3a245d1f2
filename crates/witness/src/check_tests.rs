//! The check is only worth something if it finds what is wrong: each case plants one defect.

use super::*;

const SECOND: i64 = 1_000_000;

/// Three instants of job 1, fired, seen and ended as they should.
fn good() -> Evidence {
    let due = [SECOND, 2 * SECOND, 3 * SECOND];
    Evidence {
        promises: vec![Promise {
            job: 1,
            every_us: SECOND,
            anchor_us: 0,
            asked_us: 10,
            acknowledged_us: 20,
            start: Start::AtMostOnce,
            reports: true,
        }],
        acknowledged_jobs: vec![(2, "b".to_owned())],
        acknowledged_runs: vec!["e3".to_owned()],
        jobs: vec![(1, "a".to_owned()), (2, "b".to_owned())],
        sightings: due
            .iter()
            .enumerate()
            .map(|(n, due)| Sighting {
                at_us: due + 5,
                job: 1,
                execution: format!("e{}", n + 1),
                attempt: 1,
                due_us: *due,
            })
            .collect(),
        ledger: due
            .iter()
            .enumerate()
            .map(|(n, due)| LedgerLine {
                job: 1,
                from_us: *due,
                until_us: *due,
                count: 1,
                disposition: "execution".to_owned(),
                execution: Some(format!("e{}", n + 1)),
            })
            .collect(),
        runs: due
            .iter()
            .enumerate()
            .map(|(n, due)| Run {
                job: 1,
                execution: format!("e{}", n + 1),
                due_us: *due,
                status: "success".to_owned(),
                attempt: 1,
            })
            .collect(),
        spans: Vec::new(),
        until_us: 3 * SECOND,
    }
}

/// Kinds of faults found after `spoil`.
fn found(spoil: impl FnOnce(&mut Evidence)) -> Vec<&'static str> {
    let mut evidence = good();
    spoil(&mut evidence);
    check(&evidence).faults.into_keys().collect()
}

#[test]
fn what_is_right_passes_with_its_counts() {
    let report = check(&good());
    assert!(report.is_clean(), "{report}");
    assert_eq!(
        (report.expected, report.sightings, report.acknowledged),
        (3, 3, 3)
    );
}

#[test]
fn every_planted_defect_is_found() {
    let span = |from: i64, until: i64| Span {
        start: Sighting {
            at_us: from,
            ..good().sightings[0].clone()
        },
        until_us: Some(until),
    };
    assert_eq!(found(|e| e.spans = vec![span(5, 9), span(9, 12)]), [""; 0]);
    assert_eq!(
        found(|e| e.spans = vec![span(9, 12), span(5, 10)]),
        ["overlap"]
    );
    assert_eq!(
        found(|e| {
            e.promises[0].start = Start::AtLeastOnce;
            let again = Sighting {
                attempt: 2,
                ..e.sightings[0].clone()
            };
            e.sightings.push(again);
        }),
        ["stale end"]
    );
    assert_eq!(found(|e| drop(e.jobs.remove(1))), ["lost job"]);
    assert_eq!(found(|e| e.jobs.push((3, "b".to_owned()))), ["double job"]);
    assert_eq!(
        found(|e| e.acknowledged_runs.push("gone".to_owned())),
        ["lost run"]
    );
    assert_eq!(found(|e| drop(e.ledger.remove(1))), ["undecided"]);
    assert_eq!(
        found(|e| e.ledger.push(e.ledger[1].clone())),
        ["decided twice", "fired twice"]
    );
    assert_eq!(found(|e| e.ledger[1].count = 2), ["not an instant"]);
    assert_eq!(found(|e| e.sightings[0].at_us = SECOND - 1), ["early"]);
    assert_eq!(
        found(|e| e.sightings.push(e.sightings[0].clone())),
        ["double start"]
    );
    assert_eq!(
        found(|e| {
            let mut again = e.sightings[0].clone();
            again.attempt = 2;
            e.runs[0].attempt = 2;
            e.sightings.push(again);
        }),
        ["double start"]
    );
    assert_eq!(
        found(|e| e.sightings[0].execution = "other".to_owned()),
        ["success unseen", "unknown start"]
    );
    assert_eq!(
        found(|e| e.runs[2].status = "running".to_owned()),
        ["stuck"]
    );
    assert_eq!(
        found(|e| e.runs.push(e.runs[0].clone())),
        ["recorded twice"]
    );
}

#[test]
fn a_second_attempt_is_right_where_it_was_promised() {
    let kinds = found(|e| {
        e.promises[0].start = Start::AtLeastOnce;
        let mut again = e.sightings[0].clone();
        again.attempt = 2;
        e.runs[0].attempt = 2;
        e.sightings.push(again);
    });
    assert!(kinds.is_empty(), "{kinds:?}");
}

#[test]
fn a_range_accounts_for_each_of_its_instants() {
    let mut evidence = good();
    evidence.ledger.truncate(1);
    evidence.sightings.truncate(1);
    evidence.runs.truncate(1);
    evidence.acknowledged_runs.clear();
    evidence.ledger.push(LedgerLine {
        job: 1,
        from_us: 2 * SECOND,
        until_us: 3 * SECOND,
        count: 2,
        disposition: "coalesced".to_owned(),
        execution: None,
    });
    let report = check(&evidence);
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.decided["coalesced"], 2);
}

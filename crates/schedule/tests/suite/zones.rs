//! Every zone of the database, around its changes of clock, against an oracle that shares nothing with the crate.
//!
//! The oracle knows one thing: what the wall clock shows at each instant (asked of jiff, one minute or second at a
//! time). From that it derives which readings never appear and which appear twice, and applies the documented
//! policy to them literally. By default each zone is tried at a few of its changes; `ORLOJ_LONG=1` tries all.

use crate::oracle::{Case, Window, cases_around, policies};
use crate::random::{Random, seed};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const SEED: u64 = 0x0a11_20e5_2026;

fn long() -> bool {
    std::env::var_os("ORLOJ_LONG").is_some_and(|v| v != "0")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone_names() -> Vec<String> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| TimeZone::get(name).is_ok_and(|z| !z.is_unknown()))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Changes of the clock from 2024 to 2037, or some ordinary instant for a zone without any.
fn changes(zone: &TimeZone, random: &mut Random) -> Vec<Timestamp> {
    let until = at("2038-01-01T00:00:00Z");
    let mut all: Vec<Timestamp> = zone
        .following(at("2024-01-01T00:00:00Z"))
        .map(|c| c.timestamp())
        .take_while(|&t| t < until)
        .collect();
    if all.is_empty() {
        all.push(
            Timestamp::from_second(1_704_067_200 + random.below(14 * 365 * 1440) as i64 * 60)
                .unwrap(),
        );
    }
    if !long() {
        while all.len() > 4 {
            all.swap_remove(random.below(all.len() as u64) as usize);
        }
        all.sort();
    }
    all
}

fn check(window: &Window, case: &Case, random: &mut Random, context: &str) {
    for policy in policies(case.fixed_time) {
        let mut spec = case.spec.clone();
        spec.dst = policy;
        let schedule = spec.compile(0).unwrap();
        let expected = window.fires(case, policy);
        let (after, until) = window.inner();
        let found: Vec<Timestamp> = schedule.between(after, until).collect();
        let say = || format!("{context} {:?} {policy:?}", spec.rule);
        assert_eq!(found, expected, "forward: {}", say());

        let mut backward = Vec::new();
        let mut t = Timestamp::from_second(until.as_second() + 1).unwrap();
        while let Some(previous) = schedule.previous(t).filter(|&p| p > after) {
            backward.push(previous);
            t = previous;
        }
        backward.reverse();
        assert_eq!(backward, expected, "backward: {}", say());

        // A search may begin anywhere: inside a gap's shadow, in a repeated hour, at the very change.
        let span = (until.as_second() - after.as_second()) as u64;
        let anywhere = std::iter::repeat_with(|| after.as_second() + random.below(span) as i64);
        let change = i64::midpoint(after.as_second(), until.as_second());
        for second in (change - 2..=change + 1).chain(anywhere.take(4)) {
            let t = Timestamp::from_second(second).unwrap();
            let next = expected.iter().copied().find(|&e| e > t);
            if next.is_some() {
                assert_eq!(schedule.next_after(t), next, "next after {t}: {}", say());
            }
            let previous = expected.iter().copied().rfind(|&e| e < t);
            if previous.is_some() {
                assert_eq!(schedule.previous(t), previous, "previous of {t}: {}", say());
            }
        }
    }
}

#[test]
fn every_zone_agrees_with_the_oracle_around_its_changes() {
    let mut random = Random::new(seed(SEED));
    let names = zone_names();
    assert!(
        names.len() > 400,
        "the time zone database has only {} zones",
        names.len()
    );
    let mut windows = 0;
    for name in &names {
        let zone = TimeZone::get(name).unwrap();
        for change in changes(&zone, &mut random) {
            let window = Window::minutes(&zone, change);
            let context = format!("seed {:#x}, {name} around {change}", seed(SEED));
            for case in cases_around(name, &zone, change, false, &mut random) {
                check(&window, &case, &mut random, &context);
            }
            windows += 1;
        }
    }
    println!("{windows} windows in {} zones", names.len());
    assert!(windows > 900);
}

#[test]
fn seconds_agree_with_the_oracle_around_changes() {
    let mut random = Random::new(seed(SEED + 1));
    let zones = [
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Antarctica/Troll",
        "Asia/Beirut",
        "America/Havana",
        "Europe/Dublin",
    ];
    for name in zones {
        let zone = TimeZone::get(name).unwrap();
        for change in zone
            .following(at("2026-01-01T00:00:00Z"))
            .map(|c| c.timestamp())
            .take(4)
        {
            let window = Window::seconds(&zone, change);
            let context = format!(
                "seed {:#x}, {name} around {change}, by seconds",
                seed(SEED + 1)
            );
            for case in cases_around(name, &zone, change, true, &mut random) {
                check(&window, &case, &mut random, &context);
            }
        }
    }
}

#[test]
fn history_with_odd_offsets_agrees_with_the_oracle() {
    // Local mean times with seconds, skipped days, days that came twice, negative daylight saving.
    let mut random = Random::new(seed(SEED + 2));
    let changes = [
        ("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
        ("Europe/Amsterdam", "1937-06-30T23:40:00Z"),
        ("Africa/Monrovia", "1972-01-07T00:44:30Z"),
        ("Asia/Pyongyang", "2018-05-04T15:00:00Z"),
        ("America/Caracas", "2016-05-01T07:00:00Z"),
        ("Europe/Dublin", "1971-10-31T02:00:00Z"),
        ("Antarctica/Casey", "2020-10-03T16:01:00Z"),
    ];
    for (name, change) in changes {
        let zone = TimeZone::get(name).unwrap();
        let change = at(change);
        let window = Window::wide(&zone, change);
        let context = format!("seed {:#x}, {name} around {change}", seed(SEED + 2));
        for case in cases_around(name, &zone, change, false, &mut random) {
            check(&window, &case, &mut random, &context);
        }
    }
}

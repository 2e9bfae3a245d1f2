//! How many times a second one core can answer "what comes next".
//!
//! Walks forty expressions through four zones, each answer being the next question, as the engine does. Prints one
//! line for each zone, in millions of answers a second, and one for the part of the expressions that fire at least
//! hourly. Run it with `cargo run --release -p orloj-schedule --example next_fire_rate`.

use std::hint::black_box;
use std::time::Instant;

use orloj_schedule::{RuleSpec, Schedule, Spec};

/// At least one run an hour.
const DENSE: [&str; 20] = [
    "* * * * *",
    "*/5 * * * *",
    "*/15 * * * *",
    "0 * * * *",
    "30 * * * *",
    "*/30 * * * * *",
    "*/10 * * * * *",
    "* * * * * *",
    "0,15,30,45 * * * *",
    "5-55/10 * * * *",
    "7 * * * *",
    "*/2 * * * *",
    "1-59/2 * * * *",
    "*/20 * * * *",
    "0,30 * * * *",
    "17,37,57 * * * *",
    "*/3 * * * *",
    "15 30 * * * *",
    "*/6 * * * *",
    "10,50 * * * *",
];

/// Daily down to yearly, working days, and the special days of a month.
const SPARSE: [&str; 20] = [
    "0 0 * * *",
    "30 2 * * *",
    "0 9 * * 1-5",
    "*/5 9-17 * * 1-5",
    "0 0 1 * *",
    "0 0 * * 0",
    "0 12 * * MON",
    "0 0 15,30 * *",
    "0 3 * * 6",
    "15 14 1 * *",
    "0 22 * * 1-5",
    "0 4 8-14 * *",
    "0 0 1 1 *",
    "0 0 L * *",
    "0 9 15W * *",
    "0 9 * * 5#2",
    "0 18 * * 5L",
    "0 6,18 * * *",
    "45 23 * * 2,4",
    "0 0 29 2 *",
];

const ZONES: [&str; 4] = [
    "UTC",
    "Europe/Berlin",
    "America/Santiago",
    "Australia/Lord_Howe",
];

/// 2026-01-01T00:00:00Z in microseconds.
const BEGIN: i64 = 1_767_225_600_000_000;
/// 2036-01-01T00:00:00Z in microseconds: walks start over here, so that sparse ones stay in the present.
const WRAP: i64 = 2_082_758_400_000_000;
const STEPS: u32 = 200_000;

fn main() -> Result<(), orloj_schedule::Error> {
    for zone in ZONES {
        let dense = rate(&DENSE, zone)?;
        let sparse = rate(&SPARSE, zone)?;
        let all = 2.0 / (1.0 / dense + 1.0 / sparse);
        report(zone, all, dense, sparse);
    }
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "printing the rates is what this program is for"
)]
fn report(zone: &str, all: f64, dense: f64, sparse: f64) {
    println!("{zone:<20} {all:>7.1} M/s   dense {dense:>6.1} M/s   sparse {sparse:>6.1} M/s");
}

/// Millions of answers a second: the best of three walks through every expression.
fn rate(expressions: &[&str], zone: &str) -> Result<f64, orloj_schedule::Error> {
    let schedules = expressions
        .iter()
        .map(|text| {
            Spec::new(RuleSpec::Cron {
                expression: (*text).to_owned(),
            })
            .in_zone(zone)
            .compile(0)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let seconds = (0..3)
        .map(|_| walk(&schedules))
        .fold(f64::INFINITY, f64::min);
    Ok(f64::from(STEPS) * schedules.len() as f64 / seconds / 1e6)
}

fn walk(schedules: &[Schedule]) -> f64 {
    let started = Instant::now();
    for schedule in schedules {
        let mut at = BEGIN;
        for _ in 0..STEPS {
            at = match black_box(schedule.next_after_us(black_box(at))) {
                Some(next) if next < WRAP => next,
                _ => BEGIN,
            };
        }
    }
    started.elapsed().as_secs_f64()
}

//! A day of a hundred million jobs on many cells, computed with the evaluator that really fires them.
//!
//! A cell is one PostgreSQL with its instances; a job lives in the cell that its number hashes to. Every job of the
//! population is placed one by one; every instant of the day is asked of the schedule itself; each cell then works its
//! queue off at half the rate that was measured for one PostgreSQL (docs/benchmarks.md). The answer is how late runs start
//! for a number of cells, how even the load is, and what moves when a cell is added. docs/scaling.md explains the output.
//!
//! `cargo run --release -p orloj-schedule --example hundred_million_jobs -- [JOBS] [EXECUTIONS_PER_SECOND_AND_CELL]`

#![expect(
    clippy::print_stdout,
    reason = "this program talks to the person at the terminal"
)]

use std::env;
use std::error::Error;

use jiff::Timestamp;
use orloj_schedule::{RuleSpec, Schedule, Spec};

/// The day that is simulated, in UTC: a Monday that is also the first of a month, the busiest kind there is.
const DAY: &str = "2027-02-01T00:00:00Z";
const SECONDS: usize = 86_400;

/// Installations that are compared.
const CELLS: [u32; 4] = [16, 32, 64, 128];

/// Where people live who own the jobs.
const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Africa/Cairo",
    "Asia/Riyadh",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "America/Los_Angeles",
];

/// What people type, with the share of jobs in thousandths. `M` becomes every minute and `T` every ten minutes of the
/// day in turn, as where people choose odd times or write `H`. The shares are an assumption, not a measurement.
const HABITS: [(&str, u64); 11] = [
    ("* * * * *", 10),
    ("*/5 * * * *", 50),
    ("*/15 * * * *", 80),
    ("*/30 * * * *", 60),
    ("0 * * * *", 150),
    ("M * * * *", 100),
    ("0 0 * * *", 150),
    ("T * * *", 200),
    ("0 9 * * 1-5", 80),
    ("0 3 * * 1", 70),
    ("0 0 1 * *", 50),
];

/// One line of a crontab, and how many of the population's million shares it has.
struct Line {
    schedule: Schedule,
    weight: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let jobs: u64 = arguments
        .next()
        .map_or(Ok(100_000_000), |text| text.parse())?;
    let rate: f64 = arguments.next().map_or(Ok(20_000.0), |text| text.parse())?;
    let start: Timestamp = DAY.parse()?;
    for (name, spread) in [
        ("as people type them", false),
        ("the same with H for minute and hour", true),
    ] {
        let lines = population(spread)?;
        let instants: Vec<Vec<usize>> = lines
            .iter()
            .map(|line| seconds(&line.schedule, start))
            .collect();
        println!(
            "## {jobs} jobs, {name}: {} distinct schedules, {rate} executions a second and cell\n",
            lines.len()
        );
        println!(
            "cells | executions/day | most in a second | busiest/average cell | busy | late p50 | p99 | p99.9 | most"
        );
        for (cells, placed) in CELLS.iter().zip(place(jobs, &lines)) {
            report(*cells, &placed, &instants, rate);
        }
        println!();
    }
    for cells in [16_u32, 64, 128] {
        let moved = (0..jobs)
            .step_by(100)
            .filter(|job| cell(*job, cells) != cell(*job, cells + 1))
            .count();
        println!(
            "a cell more than {cells}: {:.3} % of the jobs move, {:.3} % is the least possible",
            100.0 * moved as f64 / (jobs.div_ceil(100)) as f64,
            100.0 / f64::from(cells + 1)
        );
    }
    Ok(())
}

/// The distinct schedules of the population.
fn population(spread: bool) -> Result<Vec<Line>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for (text, share) in HABITS {
        let expressions: Vec<String> = match (text, spread) {
            ("M * * * *", _) | ("0 * * * *", true) => {
                (0..60).map(|m| format!("{m} * * * *")).collect()
            }
            ("T * * *", _) | ("0 0 * * *", true) => (0..144)
                .map(|ten| format!("{} {} * * *", ten % 6 * 10 + ten % 10, ten / 6))
                .collect(),
            ("0 9 * * 1-5", true) => (0..60).map(|m| format!("{m} 9 * * 1-5")).collect(),
            ("0 3 * * 1", true) => (0..60).map(|m| format!("{m} 3 * * 1")).collect(),
            ("0 0 1 * *", true) => (0..144)
                .map(|ten| format!("{} {} 1 * *", ten % 6 * 10 + ten % 10, ten / 6))
                .collect(),
            ("*/5 * * * *" | "*/15 * * * *" | "*/30 * * * *", true) => {
                let step: u32 = text[2..].split(' ').next().unwrap_or_default().parse()?;
                (0..step)
                    .map(|first| format!("{first}-59/{step} * * * *"))
                    .collect()
            }
            _ => vec![text.to_owned()],
        };
        // With H the second is spread, too: that is what the hash of a job gives a six-field expression.
        let seconds: Vec<u32> = if spread {
            (0..60).step_by(5).collect()
        } else {
            vec![0]
        };
        let ways = (expressions.len() * ZONES.len() * seconds.len()) as u64;
        for expression in &expressions {
            for second in &seconds {
                for zone in ZONES {
                    let expression = format!("{second} {expression}");
                    let spec = Spec::new(RuleSpec::Cron { expression }).in_zone(zone);
                    lines.push(Line {
                        schedule: spec.compile(0)?,
                        weight: share * 1_000_000 / ways,
                    });
                }
            }
        }
    }
    Ok(lines)
}

/// The seconds of the day at which a schedule fires.
fn seconds(schedule: &Schedule, start: Timestamp) -> Vec<usize> {
    let begin = start.as_microsecond();
    let mut at = begin - 1;
    let mut found = Vec::new();
    while let Some(next) = schedule.next_after_us(at) {
        let second = (next - begin) / 1_000_000;
        match usize::try_from(second) {
            Ok(second) if second < SECONDS => found.push(second),
            _ => break,
        }
        at = next;
    }
    found
}

/// How many jobs a cell has of each line.
type Placed = Vec<u32>;

/// Puts every job into its cell, for each size of the installation.
fn place(jobs: u64, lines: &[Line]) -> Vec<Vec<Placed>> {
    let mut ends = Vec::with_capacity(lines.len());
    let mut total = 0;
    for line in lines {
        total += line.weight;
        ends.push(total);
    }
    let mut placed: Vec<Vec<Placed>> = CELLS
        .iter()
        .map(|cells| vec![vec![0; lines.len()]; *cells as usize])
        .collect();
    for job in 0..jobs {
        // Another hash than the one that chooses the cell: what a job does has nothing to do with where it lives.
        let draw = mix(job ^ 0x5bd1_e995_0000_0001) % total;
        let line = ends.partition_point(|end| *end <= draw);
        for (cells, placed) in CELLS.iter().zip(&mut placed) {
            placed[cell(job, *cells) as usize][line] += 1;
        }
    }
    placed
}

/// Works off the day in every cell, second by second, and prints what came of it.
fn report(cells: u32, placed: &[Placed], instants: &[Vec<usize>], rate: f64) {
    let mut waits = Waits::default();
    let mut most_in_a_second = 0_u64;
    let mut totals = Vec::with_capacity(placed.len());
    let mut due = vec![0_u64; SECONDS];
    for jobs in placed {
        due.fill(0);
        for (count, seconds) in jobs.iter().zip(instants) {
            for second in seconds {
                due[*second] += u64::from(*count);
            }
        }
        totals.push(due.iter().sum::<u64>());
        most_in_a_second = most_in_a_second.max(due.iter().copied().max().unwrap_or(0));
        // First come, first served: whoever is due now starts when everything before it has.
        let mut queue = 0.0_f64;
        for count in &due {
            if *count > 0 {
                // In tenths of this second's crowd, each with the wait of its middle.
                for tenth in 0..10_u32 {
                    let before = queue + *count as f64 * (f64::from(tenth) + 0.5) / 10.0;
                    waits.add((before / rate * 1_000.0) as usize, *count);
                }
            }
            queue = (queue + *count as f64 - rate).max(0.0);
        }
    }
    let all: u64 = totals.iter().sum();
    let average = all as f64 / f64::from(cells);
    let busiest = totals.iter().copied().max().unwrap_or(0) as f64;
    println!(
        "{cells} | {all} | {most_in_a_second} | {:.4} | {:.1} % | {} | {} | {} | {}",
        busiest / average,
        100.0 * average / (rate * SECONDS as f64),
        told(waits.quantile(0.5)),
        told(waits.quantile(0.99)),
        told(waits.quantile(0.999)),
        told(waits.quantile(1.0)),
    );
}

/// Counts of waits: by the millisecond up to ten seconds, by the second beyond.
#[derive(Default)]
struct Waits {
    buckets: Vec<u64>,
}

impl Waits {
    const FINE: usize = 10_000;

    fn add(&mut self, milliseconds: usize, count: u64) {
        let bucket = if milliseconds < Self::FINE {
            milliseconds
        } else {
            Self::FINE + (milliseconds - Self::FINE) / 1_000
        };
        if bucket >= self.buckets.len() {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += count;
    }

    /// Milliseconds within which this part of all runs started.
    fn quantile(&self, part: f64) -> usize {
        let wanted = (self.buckets.iter().sum::<u64>() as f64 * part) as u64;
        let mut seen = 0;
        let bucket = self.buckets.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        match bucket.unwrap_or(0) {
            bucket if bucket < Self::FINE => bucket,
            bucket => Self::FINE + (bucket - Self::FINE) * 1_000,
        }
    }
}

fn told(milliseconds: usize) -> String {
    if milliseconds < 10_000 {
        format!("{milliseconds} ms")
    } else {
        format!("{} s", milliseconds / 1_000)
    }
}

/// The cell of a job: the jump consistent hash of Lamping and Veach (2014), which moves the least when a cell is added.
fn cell(job: u64, cells: u32) -> u32 {
    let mut key = mix(job);
    let (mut last, mut next) = (0_i64, 0_i64);
    while next < i64::from(cells) {
        last = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let part = ((key >> 33) + 1) as f64;
        next = ((last + 1) as f64 * ((1_u64 << 31) as f64 / part)) as i64;
    }
    u32::try_from(last).unwrap_or(0)
}

/// The finaliser of SplitMix64: neighbouring numbers become unlike ones.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

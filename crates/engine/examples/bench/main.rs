//! Measures what docs/benchmarks.md reports.
//!
//! `cargo run --release -p orloj-engine --example bench -- [ROUNDS] [--only NAME,…] [--json FILE] [--markdown FILE]`
//!
//! Each measurement runs in a process of its own (this program again, with `measure`), so that memory and processor
//! time are its own; each has a new database. PostgreSQL is measured where `TEST_POSTGRES_URL` names a server in which
//! databases may be created. Settings are the engine's defaults.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person at the terminal"
)]

mod crowd;
mod history;
mod machine;
mod rate;
mod report;
mod size;
mod store;
mod tasks;
mod work;

use std::error::Error;
use std::process::{Command, Stdio};

use report::{Report, Row};
use serde_json::{Map, Value};
use store::Database;

/// As in the program `orloj`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What a measurement answers: numbers by name.
type Numbers = Map<String, Value>;

/// Measurements by name, with what is written beside their numbers.
const MEASUREMENTS: &[(&str, &str)] = &[
    (
        "life",
        "interval jobs spread evenly over the second, 2,000 more of them every four seconds until the engine keeps up no longer; each execution is due, fired, run (`echo`, one log line) and in the history",
    ),
    (
        "burn",
        "50,000 queued executions of `echo`: claimed, run, log and history on disk",
    ),
    ("burn_noop", "the same with a function that logs nothing"),
    (
        SLOW_DISK,
        "the same as `burn_noop` on PostgreSQL, with 2 ms more before each fsync (`commit_delay`): an ordinary disk",
    ),
    (
        "lateness",
        "from the due instant to the first act of the task function, so many jobs due at one instant",
    ),
    (
        "process",
        "2,000 queued executions of a shell script that is `true`: spawned, awaited, history on disk",
    ),
    (
        "fires",
        "50,000 jobs owe one instant when the engine starts: instants that became executions in the ledger",
    ),
    (
        "size",
        "100,000 stored jobs that are due in months: storing them, then a new process with them",
    ),
    ("million", "the same with a million jobs"),
    (
        "history",
        "ten million ended executions of 1,000 jobs, one in a hundred failed and one in a thousand started by hand: pages of 20",
    ),
];

/// On PostgreSQL only: SQLite has nothing to set that would do the same.
const SLOW_DISK: &str = "burn_slow_disk";

/// These take minutes and gigabytes, and are measured only by name.
const WHEN_ASKED_FOR: &[&str] = &["million", "history"];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [word, name, location] if word == "measure" => {
            // As `orloj serve` does.
            nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
            nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0)?;
            let runtime = tokio::runtime::Runtime::new()?;
            let numbers = runtime.block_on(measure(name, location))?;
            println!("{}", Value::Object(numbers));
            Ok(())
        }
        _ => run_all(&arguments),
    }
}

async fn measure(name: &str, url: &str) -> Outcome<Numbers> {
    let location = store::location(url);
    match name {
        "life" => rate::life(location).await,
        "burn" => work::burn(location, "echo", 50_000).await,
        "burn_noop" | SLOW_DISK => work::burn(location, "noop", 50_000).await,
        "process" => work::burn(location, "script", 2_000).await,
        "lateness" => crowd::lateness(location).await,
        "fires" => crowd::fires(location).await,
        "size" => size::stored(location, 100_000).await,
        "size_started" => size::started(location, 100_000).await,
        "million" => size::stored(location, 1_000_000).await,
        "million_started" => size::started(location, 1_000_000).await,
        "history" => history::lists(location).await,
        other => Err(format!("there is no measurement {other:?}").into()),
    }
}

fn run_all(arguments: &[String]) -> Outcome<()> {
    let mut rounds = 3;
    let mut only: Vec<String> = Vec::new();
    let (mut json, mut markdown) = (None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--only" => only.extend(value(&mut rest)?.split(',').map(str::to_owned)),
            "--json" => json = Some(value(&mut rest)?),
            "--markdown" => markdown = Some(value(&mut rest)?),
            number => {
                rounds = number
                    .parse()
                    .map_err(|_| format!("not a number of rounds: {number:?}"))?;
            }
        }
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let mut report = Report::new(machine::describe(&runtime)?);
    for round in 1..=rounds {
        for (name, about) in MEASUREMENTS {
            let is_chosen = only.iter().any(|chosen| chosen == name);
            if !is_chosen && (!only.is_empty() || WHEN_ASKED_FOR.contains(name)) {
                continue;
            }
            for database in [Database::Sqlite, Database::Postgres] {
                let Some(place) = runtime.block_on(database.create())? else {
                    continue;
                };
                if *name == SLOW_DISK && !runtime.block_on(place.slow_down())? {
                    continue;
                }
                let steps: &[&str] = match *name {
                    "size" => &["size", "size_started"],
                    "million" => &["million", "million_started"],
                    _ => &[name],
                };
                for step in steps {
                    let load = machine::load();
                    let numbers = in_a_process_of_its_own(step, &place.url)?;
                    eprintln!(
                        "round {round} {} {step} (load {load}): {}",
                        database.name(),
                        Value::Object(numbers.clone())
                    );
                    report.add(Row {
                        measurement: name,
                        about,
                        database: database.name(),
                        load,
                        numbers,
                    });
                }
                runtime.block_on(place.remove())?;
            }
        }
    }
    let text = report.markdown();
    println!("{text}");
    if let Some(path) = markdown {
        std::fs::write(path, &text)?;
    }
    if let Some(path) = json {
        std::fs::write(path, serde_json::to_string_pretty(&report.json())?)?;
    }
    Ok(())
}

fn value<'a>(rest: &mut impl Iterator<Item = &'a String>) -> Outcome<&'a String> {
    rest.next()
        .ok_or_else(|| "an option lacks its value".into())
}

fn in_a_process_of_its_own(name: &str, url: &str) -> Outcome<Numbers> {
    let output = Command::new(std::env::current_exe()?)
        .args(["measure", name, url])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the measurement {name} failed ({})", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

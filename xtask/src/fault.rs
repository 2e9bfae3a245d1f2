//! `cargo xtask fault`: the trials with as many rounds as one has patience for, and the proof that they see.

use anyhow::{Result, bail};

use crate::install;
use crate::postgres::Postgres;
use crate::shell::Shell;

const ROUNDS: &str = "30";

/// A trial: its name here, and what its tests' names contain.
const TRIALS: [(&str, &[&str]); 10] = [
    ("kill", &["killed_again", "answer_on_its_lips"]),
    ("chains", &["each_end_makes"]),
    ("cluster", &["one_or_two_of_three"]),
    ("stop", &["stands_still"]),
    (
        "partition",
        &["cut_off", "comes_too_late", "begun_anew_has_stopped"],
    ),
    ("restart", &["restarted_under_load"]),
    ("clock", &["set_both_ways", "clocks_is_set"]),
    ("files", &["second_server", "damaged_log", "full_disk"]),
    (
        "runs",
        &["flood", "hides_its_children", "fork_bomb", "crowd"],
    ),
    ("points", &["ends_at_any_point"]),
];

/// What was asked for.
struct Wanted<'a> {
    rounds: &'a str,
    only: Vec<&'a str>,
    mutants: bool,
}

/// Runs the trials that are named, or all; with `--mutants` only those whose rules are broken on purpose.
pub(crate) fn fault(shell: &Shell, arguments: &[String]) -> Result<()> {
    let wanted = wanted(arguments)?;
    install::c_compiler(shell)?;
    install::faketime(shell)?;
    let postgres = Postgres::start_durable(shell)?;
    if wanted.mutants {
        return run(shell, &postgres, &wanted, true, &["is_caught"]);
    }
    let chosen: Vec<&str> = TRIALS
        .iter()
        .filter(|(name, _)| wanted.only.is_empty() || wanted.only.contains(name))
        .flat_map(|(_, tests)| tests.iter().copied())
        .collect();
    let (points, trials): (Vec<&str>, Vec<&str>) = chosen
        .into_iter()
        .partition(|test| *test == "ends_at_any_point");
    // The program as everybody builds it first; with points of failure in it only where they are needed.
    if !trials.is_empty() {
        run(shell, &postgres, &wanted, false, &trials)?;
    }
    if !points.is_empty() {
        run(shell, &postgres, &wanted, true, &points)?;
    }
    Ok(())
}

fn run(
    shell: &Shell,
    postgres: &Postgres,
    wanted: &Wanted<'_>,
    with_faults: bool,
    tests: &[&str],
) -> Result<()> {
    let mut command = shell.cargo();
    command.args(["test", "--package", "orloj", "--test", "crash"]);
    if with_faults {
        command.args(["--features", "faults"]);
    }
    shell.run(
        command
            .arg("--")
            // One after the other: they would disturb each other's clocks.
            .args(["--nocapture", "--test-threads=1"])
            .args(tests)
            .env("ORLOJ_ROUNDS", wanted.rounds)
            .env("ORLOJ_FLOOD_MB", "1024")
            .env("ORLOJ_CROWD", "10000")
            .env("TEST_POSTGRES_URL", postgres.url()),
    )
}

fn wanted(arguments: &[String]) -> Result<Wanted<'_>> {
    let mut wanted = Wanted {
        rounds: ROUNDS,
        only: Vec::new(),
        mutants: false,
    };
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--mutants" => wanted.mutants = true,
            "--only" => match words.next() {
                Some(name) if TRIALS.iter().any(|(known, _)| *known == name) => {
                    wanted.only.push(name);
                }
                other => bail!("--only needs one of {}; not {other:?}", names()),
            },
            rounds if rounds.parse::<u32>().is_ok() => wanted.rounds = rounds,
            other => bail!(
                "unknown argument {other:?}; there are a number of rounds, --only NAME ({}) and --mutants",
                names()
            ),
        }
    }
    Ok(wanted)
}

fn names() -> String {
    let names: Vec<&str> = TRIALS.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

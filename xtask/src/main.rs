//! Everything a person types to work on Orloj: `cargo xtask <task>`.
//!
//! A task installs what it lacks, says what it installs, and prints the exact command where it lacks the rights.
//! Whatever a task starts it also stops, when it fails and on Ctrl-C too.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person at the terminal"
)]

mod bench;
mod codegen;
mod conformance;
mod fault;
mod install;
mod postgres;
mod python;
mod run;
mod server;
mod shell;
mod suites;
mod supply;
mod web;

use std::process::ExitCode;

use shell::Shell;

const HELP: &str = "\
Usage: cargo xtask <task>

  run [-- ARGS]        build everything and serve on 127.0.0.1:8000, data in ./orloj-data (ARGS go to `orloj serve`)
  test [SUITE...]      run the tests; suites: --rust --web --e2e --conformance (all of them when none is named)
  check                licences, banned and unused dependencies (deny.toml)
  codegen [--check]    write openapi.json, the web's API types and docs/reference/cli.md, or only compare them
  bench [-- ARGS]      measure the engine and the schedule crate (ARGS go to the engine's benchmark: rounds, --only NAMES);
                       with --only web, measure the web page in Chromium instead, with --only fleet [ROUNDS] [--agents N]
                       one server with many agents
  fault [ROUNDS] [--only NAME] [--mutants]
                       kill, stop, cut off and starve servers so many times, with an outside witness (30 when not said);
                       --mutants breaks rules on purpose, which the trials must notice
  screenshots          pictures of every page into ./screenshots
  conformance          schemathesis against a live server
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let shell = match Shell::new() {
        Ok(shell) => shell,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    match dispatch(&shell, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(shell: &Shell, arguments: &[String]) -> anyhow::Result<()> {
    let (task, rest) = match arguments.split_first() {
        Some((task, rest)) => (task.as_str(), rest),
        None => ("help", arguments),
    };
    match task {
        "run" => run::run(shell, after_dashes(rest)),
        "test" => suites::test(shell, rest),
        "check" => supply::check(shell),
        "codegen" => codegen::codegen(shell, flag(rest, "--check")?),
        "bench" => bench::bench(shell, after_dashes(rest)),
        "fault" => fault::fault(shell, rest),
        "screenshots" => web::screenshots(shell),
        "conformance" => suites::test(shell, &["--conformance".to_owned()]),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => anyhow::bail!("there is no task {other:?}\n\n{HELP}"),
    }
}

/// The arguments meant for the program that a task starts; the dashes in front of them may be left out.
fn after_dashes(arguments: &[String]) -> &[String] {
    match arguments.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => arguments,
    }
}

fn flag(arguments: &[String], name: &str) -> anyhow::Result<bool> {
    match arguments {
        [] => Ok(false),
        [one] if one == name => Ok(true),
        other => anyhow::bail!("unknown arguments {other:?}; the only one is {name}"),
    }
}

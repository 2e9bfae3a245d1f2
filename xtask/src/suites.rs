//! `cargo xtask test`: every suite with what it needs around it, and the runners' own last lines at the end.

mod tally;

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Result, bail};

use crate::postgres::Postgres;
use crate::shell::Shell;
use crate::{conformance, install, python, web};
use tally::Tally;

/// A group of tests that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suite {
    /// All crates, on SQLite and PostgreSQL, and the examples in their documentation.
    Rust,
    /// Lint, types and unit tests of the page.
    Web,
    /// The page in Chromium against the real server.
    EndToEnd,
    /// schemathesis against the real server.
    Conformance,
}

const SUITES: [(&str, Suite); 4] = [
    ("--rust", Suite::Rust),
    ("--web", Suite::Web),
    ("--e2e", Suite::EndToEnd),
    ("--conformance", Suite::Conformance),
];

/// Runs the suites that are named, or all. One that fails does not keep the others from running.
pub(crate) fn test(shell: &Shell, arguments: &[String]) -> Result<()> {
    let wanted = chosen(arguments)?;
    let wants = |suite| wanted.contains(&suite);
    let mut report = Report::default();

    install::c_compiler(shell)?;
    if wants(Suite::Web) || wants(Suite::EndToEnd) {
        // Before the Rust code: the server embeds what this builds.
        report.step("web page", || {
            web::require_node(shell)?;
            web::build(shell)
        });
    }
    if wants(Suite::Rust) {
        rust(shell, &mut report);
    }
    if wants(Suite::Web) {
        for script in ["lint", "typecheck"] {
            report.step(&format!("web {script}"), || {
                shell.run(web::npm(shell).args(["run", script]))
            });
        }
        report.suite(shell, "web unit", || {
            let mut command = web::npm(shell);
            command.args(["run", "test"]);
            Ok(command)
        });
    }
    if wants(Suite::EndToEnd) || wants(Suite::Conformance) {
        report.step("server", || web::build_server(shell));
    }
    if wants(Suite::EndToEnd) {
        report.suite(shell, "browser", || web::in_browser(shell, "e2e"));
    }
    if wants(Suite::Conformance) {
        report.step("conformance", || conformance::check(shell));
    }
    report.end()
}

/// Packages of the operating system with servers that task functions are tested against.
const SERVERS: [(&str, &str); 3] = [
    ("mariadb-server", "/usr/sbin/mariadbd"),
    ("redis-server", "/usr/bin/redis-server"),
    ("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server"),
];

fn rust(shell: &Shell, report: &mut Report) {
    let prepared = (|| {
        let python = python::with_packages(
            shell,
            &[
                ("cronsim", "cronsim"),
                ("kombu.transport.redis", "celery[redis]"),
                ("moto.server", "moto[server]"),
                ("aiosmtpd", "aiosmtpd"),
            ],
        )?;
        for (package, program) in SERVERS {
            install::package(shell, package, "the tests of task functions", || {
                Path::new(program).exists().then_some(())
            })?;
        }
        install::faketime(shell)?;
        let postgres = Postgres::start(shell)?;
        anyhow::Ok((python, postgres))
    })();
    let (python, postgres) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            report.fail("rust", &error);
            return;
        }
    };
    let with_servers = |command: &mut Command| {
        command
            .env("TEST_POSTGRES_URL", postgres.url())
            .env("ORLOJ_PYTHON", &python)
            .env("TEST_PYTHON", &python)
            .env("TEST_CELERY", python.with_file_name("celery"))
            .env("TEST_MOTO", python.with_file_name("moto_server"));
    };
    report.suite(shell, "rust", || {
        let mut command = shell.cargo();
        with_servers(&mut command);
        if install::nextest(shell) {
            command.args(["nextest", "run", "--workspace"]);
            if std::env::var_os("CI").is_some() {
                command.args(["--profile", "ci"]);
            }
        } else {
            command.args(["test", "--workspace", "--lib", "--bins", "--tests"]);
            command.arg("--no-fail-fast");
        }
        Ok(command)
    });
    report.suite(shell, "rust docs", || {
        let mut command = shell.cargo();
        with_servers(&mut command);
        command.args(["test", "--workspace", "--doc"]);
        Ok(command)
    });
}

fn chosen(arguments: &[String]) -> Result<Vec<Suite>> {
    if arguments.is_empty() {
        return Ok(SUITES.iter().map(|(_, suite)| *suite).collect());
    }
    arguments
        .iter()
        .map(
            |argument| match SUITES.iter().find(|(name, _)| name == argument) {
                Some((_, suite)) => Ok(*suite),
                None => bail!(
                    "there is no suite {argument:?}; the suites: --rust --web --e2e --conformance"
                ),
            },
        )
        .collect()
}

/// What came of the suites.
#[derive(Default)]
struct Report {
    /// The runners' own summary lines, with the suite's name.
    lines: Vec<(String, String)>,
    total: Tally,
    failed: Vec<String>,
}

impl Report {
    /// Something that only succeeds or fails.
    fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        eprintln!("\n== {name}");
        if let Err(error) = work() {
            self.fail(name, &error);
        }
    }

    /// A test runner, whose summary lines are kept.
    fn suite(&mut self, shell: &Shell, name: &str, command: impl FnOnce() -> Result<Command>) {
        eprintln!("\n== {name}");
        let heard: Mutex<Vec<String>> = Mutex::default();
        let listen = |line: &str| {
            if let Some(line) = tally::summary_line(line)
                && let Ok(mut heard) = heard.lock()
            {
                heard.push(line);
            }
        };
        let ended = command().and_then(|mut command| shell.run_listening(&mut command, listen));
        let heard = heard.into_inner().unwrap_or_default();
        let tally = Tally::of(&heard);
        match ended {
            Ok(status) if !status.success() => {
                self.fail(name, &anyhow::anyhow!("the runner failed ({status})"));
            }
            Ok(_) if tally.failed > 0 => {
                self.fail(name, &anyhow::anyhow!("{} tests failed", tally.failed));
            }
            Ok(_) => {}
            Err(error) => self.fail(name, &error),
        }
        self.total.add(&tally);
        self.lines
            .extend(heard.into_iter().map(|line| (name.to_owned(), line)));
    }

    fn fail(&mut self, name: &str, error: &anyhow::Error) {
        eprintln!("\nxtask: {name}: {error:#}");
        self.failed.push(name.to_owned());
    }

    fn end(self) -> Result<()> {
        println!();
        for (name, line) in &self.lines {
            println!("{name:<10} {line}");
        }
        if !self.failed.is_empty() {
            println!("failed: {}", self.failed.join(", "));
        }
        println!("{}", self.total);
        if self.failed.is_empty() {
            return Ok(());
        }
        bail!("not everything passed: {}", self.failed.join(", "))
    }
}

//! `cargo xtask bench`: the crates' own measuring programs, with the servers they need.

use anyhow::Result;

use crate::install;
use crate::postgres::Postgres;
use crate::shell::Shell;
use crate::web;

/// The measuring programs, by crate: examples, so that they are built like the product.
const PROGRAMS: [(&str, &str); 2] = [
    ("orloj-schedule", "next_fire_rate"),
    ("orloj-engine", "bench"),
];

/// Runs all of them in release builds. `arguments` go to the engine's; `--only web` measures the web page instead, and
/// `--only fleet` one server with many agents (what follows goes to that program).
pub(crate) fn bench(shell: &Shell, arguments: &[String]) -> Result<()> {
    match arguments {
        [only, what] if only == "--only" && what == "web" => return bench_web(shell),
        [only, what, rest @ ..] if only == "--only" && what == "fleet" => {
            return bench_fleet(shell, rest);
        }
        _ => {}
    }
    install::c_compiler(shell)?;
    let postgres = Postgres::start_durable(shell)?;
    for (package, example) in PROGRAMS {
        let mut command = shell.cargo();
        command
            .args([
                "run",
                "--release",
                "--package",
                package,
                "--example",
                example,
            ])
            .env("TEST_POSTGRES_URL", postgres.url());
        if package == "orloj-engine" && !arguments.is_empty() {
            command.arg("--").args(arguments);
        }
        shell.run(&mut command)?;
    }
    Ok(())
}

/// What agents cost a server, and how soon they hear.
fn bench_fleet(shell: &Shell, arguments: &[String]) -> Result<()> {
    install::c_compiler(shell)?;
    let mut command = shell.cargo();
    command.args([
        "run",
        "--release",
        "--package",
        "orloj-agent",
        "--example",
        "fleet",
        "--",
    ]);
    shell.run(command.args(arguments))
}

/// What long lists and long logs cost the browser. The server is the debug build: it only has to hold the data.
fn bench_web(shell: &Shell) -> Result<()> {
    web::require_node(shell)?;
    web::build(shell)?;
    web::build_server(shell)?;
    shell.run(&mut web::in_browser(shell, "measure")?)
}

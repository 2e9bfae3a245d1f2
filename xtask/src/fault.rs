//! `cargo xtask fault`: the crash test with as many rounds as one has patience for.

use anyhow::{Result, bail};

use crate::install;
use crate::postgres::Postgres;
use crate::shell::Shell;

const ROUNDS: &str = "30";

/// Kills the server so many times on SQLite, then on PostgreSQL.
pub(crate) fn fault(shell: &Shell, arguments: &[String]) -> Result<()> {
    let rounds = match arguments {
        [] => ROUNDS,
        [one] if one.parse::<u32>().is_ok() => one,
        other => bail!("unknown arguments {other:?}; the only one is the number of rounds"),
    };
    install::c_compiler(shell)?;
    let postgres = Postgres::start_durable(shell)?;
    shell.run(
        shell
            .cargo()
            .args(["test", "--package", "orloj", "--test", "crash", "--"])
            // One after the other: they would disturb each other's clocks.
            .args(["--nocapture", "--test-threads=1"])
            .env("ORLOJ_ROUNDS", rounds)
            .env("TEST_POSTGRES_URL", postgres.url()),
    )
}

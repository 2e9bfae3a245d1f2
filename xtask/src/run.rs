//! `cargo xtask run`: from a fresh clone to a served page.

use anyhow::Result;

use crate::shell::Shell;
use crate::{install, web};

/// Builds everything and serves. `arguments` go to `orloj serve` and win over the ones given here.
pub(crate) fn run(shell: &Shell, arguments: &[String]) -> Result<()> {
    install::c_compiler(shell)?;
    if web::node(shell).is_some() {
        web::build(shell)?;
    } else {
        eprintln!(
            "xtask: no Node 20 or newer with npm here: a plain page is served instead of the web interface (Debian: apt-get install npm)"
        );
    }
    shell.run(
        shell
            .cargo()
            .args(["build", "--release", "--package", "orloj"]),
    )?;
    let mut serve = shell.command(shell.target().join("release/orloj"));
    serve.arg("serve");
    for (name, value) in [("--listen", "127.0.0.1:8000"), ("--data-dir", "orloj-data")] {
        if !arguments.iter().any(|argument| {
            argument == name
                || argument
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('='))
        }) {
            serve.args([name, value]);
        }
    }
    shell.run(serve.args(arguments))
}

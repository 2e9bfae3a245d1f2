//! The web page: node modules, build, its own checks and tests, pictures.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::install;
use crate::shell::Shell;

/// The oldest Node that builds the page.
const OLDEST_NODE: u32 = 20;

/// Node, when there is one that is new enough.
pub(crate) fn node(shell: &Shell) -> Option<PathBuf> {
    let node = install::find("node")?;
    install::find("npm")?;
    let mut version = shell.command(&node);
    version.arg("--version");
    let text = shell.read(&mut version).ok()?;
    let major: u32 = text
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()?;
    (major >= OLDEST_NODE).then_some(node)
}

/// As [`node`], installed when it is missing.
pub(crate) fn require_node(shell: &Shell) -> Result<()> {
    install::package(shell, "npm", "the web page", || node(shell).map(|_| ()))
        .with_context(|| format!("the web page needs Node {OLDEST_NODE} or newer with npm"))
}

/// Installs the modules that the lock file names, unless that was done since the file changed.
pub(crate) fn modules(shell: &Shell) -> Result<()> {
    let changed = |path: &str| std::fs::metadata(shell.path(path)).and_then(|file| file.modified());
    let wanted = changed("web/package-lock.json").context("no web/package-lock.json")?;
    // npm's own note of what it installed.
    if changed("web/node_modules/.package-lock.json").is_ok_and(|installed| installed >= wanted) {
        return Ok(());
    }
    shell.run(npm(shell).args(["ci", "--no-audit", "--no-fund"]))
}

/// Builds the page into `web/dist`, which the server embeds.
pub(crate) fn build(shell: &Shell) -> Result<()> {
    modules(shell)?;
    shell.run(npm(shell).args(["run", "build"]))
}

/// `npm` in the page's folder.
pub(crate) fn npm(shell: &Shell) -> Command {
    let mut npm = shell.command("npm");
    npm.current_dir(shell.path("web"));
    npm
}

/// A script of the page's package against the debug build of the server, in Chromium.
pub(crate) fn in_browser(shell: &Shell, script: &str) -> Result<Command> {
    let chromium = install::chromium(shell)?;
    let mut command = npm(shell);
    command
        .args(["run", script])
        .env("ORLOJ_BIN", server_program(&shell.target()))
        .env("CHROMIUM", chromium);
    Ok(command)
}

/// Builds the debug server and the agent that [`in_browser`] and the conformance test start.
pub(crate) fn build_server(shell: &Shell) -> Result<()> {
    shell.run(
        shell
            .cargo()
            .args(["build", "--package", "orloj", "--package", "orloj-agent"]),
    )
}

/// The debug build of the server.
pub(crate) fn server_program(target: &Path) -> PathBuf {
    target.join("debug/orloj")
}

/// Pictures of every page.
pub(crate) fn screenshots(shell: &Shell) -> Result<()> {
    require_node(shell)?;
    build(shell)?;
    build_server(shell)?;
    let mut command = in_browser(shell, "screenshots")?;
    shell.run(&mut command)?;
    if !shell.path("screenshots").is_dir() {
        bail!("the script ran, but there is no folder `screenshots`");
    }
    Ok(())
}

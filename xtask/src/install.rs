//! What a machine may lack: found, installed where this user may, named where not.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell::Shell;

/// Makes sure that a package of the operating system is there; `present` looks for what it brings.
pub(crate) fn package<T>(
    shell: &Shell,
    name: &str,
    why: &str,
    present: impl Fn() -> Option<T>,
) -> Result<T> {
    if let Some(found) = present() {
        return Ok(found);
    }
    let by_hand = format!("apt-get install {name}");
    if find("apt-get").is_none() {
        bail!("{why} needs {name}; install it with this system's package manager");
    }
    if !nix::unistd::geteuid().is_root() {
        bail!("{why} needs {name}; install it with:  sudo {by_hand}");
    }
    eprintln!("xtask: installing {name} ({why})");
    let mut update = shell.command("apt-get");
    update.args(["update", "-qq"]);
    shell.run(&mut update)?;
    let mut install = shell.command("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args([
        "install",
        "-y",
        "-qq",
        "--no-install-recommends",
        name,
    ]);
    shell.run(&mut install)?;
    match present() {
        Some(found) => Ok(found),
        None => bail!("{name} is installed, but what {why} needs of it is not found"),
    }
}

/// The program of this name on the search path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| is_program(file))
}

/// Whether this is a file that can be started.
pub(crate) fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The compiler and linker for the C parts of our dependencies (SQLite, AWS-LC).
pub(crate) fn c_compiler(shell: &Shell) -> Result<()> {
    package(shell, "build-essential", "building the C parts", || {
        find("cc").map(|_| ())
    })
}

/// The library that shows a program another time.
pub(crate) fn faketime(shell: &Shell) -> Result<PathBuf> {
    package(shell, "faketime", "the tests of stepped clocks", || {
        std::fs::read_dir("/usr/lib")
            .ok()?
            .flatten()
            .map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"))
            .find(|library| library.is_file())
    })
}

/// Debian's Chromium, or any other that is on the search path.
pub(crate) fn chromium(shell: &Shell) -> Result<PathBuf> {
    package(shell, "chromium", "the browser tests", || {
        ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(find)
    })
}

/// The nextest runner, when it is there. Building it takes longer than it saves in one run.
pub(crate) fn nextest(shell: &Shell) -> bool {
    let mut version = shell.cargo();
    version.args(["nextest", "--version"]);
    let there = shell.works(&mut version);
    if !there {
        eprintln!(
            "xtask: cargo-nextest is not here, `cargo test` runs the tests (faster: cargo install cargo-nextest --locked)"
        );
    }
    there
}

//! A Python environment under the target folder, with the packages that tests compare against.

use std::path::PathBuf;

use anyhow::Result;

use crate::install;
use crate::shell::Shell;

/// The Python of the environment, with these packages in it.
/// Each is the name of a module and what is installed for it.
pub(crate) fn with_packages(shell: &Shell, packages: &[(&str, &str)]) -> Result<PathBuf> {
    let folder = shell.target().join("python");
    let python = folder.join("bin/python");
    let pip_works = || {
        let mut pip = shell.command(&python);
        pip.args(["-m", "pip", "--version"]);
        shell.works(&mut pip)
    };
    if !pip_works() {
        let system = install::package(shell, "python3", "comparing with Python", || {
            install::find("python3")
        })?;
        install::package(shell, "python3-venv", "comparing with Python", || {
            let mut probe = shell.command(&system);
            probe.args(["-c", "import ensurepip, venv"]);
            shell.works(&mut probe).then_some(())
        })?;
        let mut create = shell.command(&system);
        create.args(["-m", "venv", "--clear"]).arg(&folder);
        shell.run(&mut create)?;
    }
    let missing: Vec<&str> = packages
        .iter()
        .filter(|(module, _)| {
            let mut probe = shell.command(&python);
            probe.args(["-c", &format!("import {module}")]);
            !shell.works(&mut probe)
        })
        .map(|(_, package)| *package)
        .collect();
    if !missing.is_empty() {
        let mut pip = shell.command(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(missing);
        shell.run(&mut pip)?;
    }
    Ok(python)
}

//! Generated files that are committed: written anew, or compared with what is there.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::Shell;
use crate::web;

/// Writes every generated file; with `only_check` compares instead and names the ones that differ.
pub(crate) fn codegen(shell: &Shell, only_check: bool) -> Result<()> {
    let mut stale = Vec::new();
    web::build_server(shell)?;
    for (file, topic) in [
        ("openapi.json", "openapi"),
        ("docs/reference/api.md", "api"),
        ("docs/reference/cli.md", "cli"),
    ] {
        let mut command = shell.command(web::server_program(&shell.target()));
        command.args(["reference", topic]);
        let wanted = shell.read(&mut command)?;
        place(&shell.path(file), &wanted, only_check, &mut stale)?;
    }
    web_types(shell, only_check, &mut stale)?;
    if stale.is_empty() {
        return Ok(());
    }
    bail!(
        "not up to date: {}; run `cargo xtask codegen`",
        stale.join(", ")
    )
}

/// The page's types of the API's bodies, made from openapi.json by the page's own script.
fn web_types(shell: &Shell, only_check: bool, stale: &mut Vec<String>) -> Result<()> {
    const FOLDER: &str = "web/src/api";
    if web::node(shell).is_none() {
        eprintln!("xtask: no Node here: the page's API types are left as they are");
        return Ok(());
    }
    web::modules(shell)?;
    let before = generated(shell, FOLDER)?;
    let mut command: Command = web::npm(shell);
    command.args(["run", "codegen"]);
    shell.run(&mut command)?;
    if !only_check {
        return Ok(());
    }
    for (file, text) in before {
        if std::fs::read_to_string(&file)? != text {
            std::fs::write(&file, text)?;
            stale.push(file.display().to_string());
        }
    }
    Ok(())
}

fn generated(shell: &Shell, folder: &str) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(shell.path(folder))? {
        let path = entry?.path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path)?;
            files.push((path, text));
        }
    }
    Ok(files)
}

fn place(
    file: &std::path::Path,
    wanted: &str,
    only_check: bool,
    stale: &mut Vec<String>,
) -> Result<()> {
    if std::fs::read_to_string(file).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    if only_check {
        stale.push(file.display().to_string());
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, wanted)?;
    eprintln!("wrote {}", file.display());
    Ok(())
}

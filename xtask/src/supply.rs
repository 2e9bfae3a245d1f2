//! `cargo xtask check`: the rules of deny.toml over what the product is really built of, and dependencies nobody uses.
//!
//! cargo-deny knows more (advisories, for one) and runs too where it is installed. Building it takes minutes, so the
//! rules that must hold on every machine are checked here, from `cargo tree`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell::Shell;

/// Checks bans, licences, sources and unused dependencies.
pub(crate) fn check(shell: &Shell) -> Result<()> {
    let rules: toml::Table = std::fs::read_to_string(shell.path("deny.toml"))
        .context("no deny.toml")?
        .parse()?;
    let mut tree = shell.cargo();
    // What is shipped: normal and build dependencies. Oracles of tests may be anything.
    tree.args([
        "tree",
        "--workspace",
        "--edges",
        "normal,build",
        "--target",
        "all",
    ])
    .args(["--prefix", "none", "--locked", "--format", "{p}|{l}"]);
    let tree = shell.read(&mut tree)?;
    let mut wrong = Vec::new();
    let packages: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    for package in &packages {
        judge(package, &rules, &mut wrong);
    }
    unused(shell, &mut wrong)?;
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n       "));
    }
    eprintln!(
        "xtask: {} packages: none banned, every licence allowed, all from the registry, none unused",
        packages.len()
    );
    let mut deny = shell.cargo();
    deny.args(["deny", "--version"]);
    if shell.works(&mut deny) {
        return shell.run(
            shell
                .cargo()
                .args(["deny", "check", "bans", "licenses", "sources"]),
        );
    }
    Ok(())
}

fn judge(package: &str, rules: &toml::Table, wrong: &mut Vec<String>) {
    let (identity, licence) = package.split_once('|').unwrap_or((package, ""));
    let name = identity.split(' ').next().unwrap_or(identity);
    if let Some(reason) = ban(rules, name) {
        wrong.push(format!("{identity} is banned: {reason}"));
    }
    // Our own packages and nothing else come from a folder; "(proc-macro)" is no source.
    let source = identity
        .split_once('(')
        .map_or("", |(_, source)| source.trim_end_matches(')'));
    let ours = source.starts_with('/');
    if !ours && (source.contains("://") || source.contains("git")) {
        wrong.push(format!("{identity} does not come from the registry"));
    }
    if !allowed(licence, &strings(rules, "licenses", "allow")) {
        wrong.push(format!(
            "{identity}: the licence {licence:?} is not on the list"
        ));
    }
}

fn ban(rules: &toml::Table, name: &str) -> Option<String> {
    let list = rules.get("bans")?.get("deny")?.as_array()?;
    let entry = list
        .iter()
        .find(|entry| entry.get("crate").and_then(toml::Value::as_str) == Some(name))?;
    let reason = entry.get("reason").and_then(toml::Value::as_str);
    Some(reason.unwrap_or("deny.toml").to_owned())
}

fn strings(rules: &toml::Table, section: &str, name: &str) -> Vec<String> {
    rules
        .get(section)
        .and_then(|section| section.get(name)?.as_array())
        .map(|list| {
            list.iter()
                .filter_map(|entry| Some(entry.as_str()?.to_owned()))
                .collect()
        })
        .unwrap_or_default()
}

/// Whether an SPDX expression can be met with the allowed licences: of an OR one side, of an AND both.
fn allowed(expression: &str, allow: &[String]) -> bool {
    let expression = expression.trim();
    // "MIT/Apache-2.0" is how OR was once written.
    if let Some(sides) = split(expression, &[" OR ", "/"]) {
        return sides.iter().any(|side| allowed(side, allow));
    }
    if let Some(sides) = split(expression, &[" AND "]) {
        return sides.iter().all(|side| allowed(side, allow));
    }
    let inner = expression
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    match inner {
        Some(inner) => allowed(inner, allow),
        None => allow.iter().any(|licence| licence == expression),
    }
}

/// The sides of an operator that is not inside brackets; `None` when there is no such operator.
fn split<'a>(expression: &'a str, operators: &[&str]) -> Option<Vec<&'a str>> {
    let mut sides = Vec::new();
    let (mut depth, mut start, mut at) = (0_i32, 0, 0);
    while at < expression.len() {
        let rest = &expression[at..];
        depth += i32::from(rest.starts_with('(')) - i32::from(rest.starts_with(')'));
        if let Some(operator) = operators
            .iter()
            .find(|operator| depth == 0 && rest.starts_with(**operator))
        {
            sides.push(&expression[start..at]);
            at += operator.len();
            start = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    if sides.is_empty() {
        return None;
    }
    sides.push(&expression[start..]);
    Some(sides)
}

/// Dependencies that a crate names in its Cargo.toml and nowhere in its sources.
fn unused(shell: &Shell, wrong: &mut Vec<String>) -> Result<()> {
    let mut folders = vec![shell.path("xtask")];
    for entry in std::fs::read_dir(shell.path("crates"))? {
        folders.push(entry?.path());
    }
    for folder in folders {
        let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml"))?.parse()?;
        let mut sources = String::new();
        for part in ["src", "tests", "examples", "build.rs"] {
            read_sources(&folder.join(part), &mut sources)?;
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let names = manifest.get(section).and_then(toml::Value::as_table);
            for name in names.into_iter().flat_map(toml::Table::keys) {
                if !mentions(&sources, &name.replace('-', "_")) {
                    wrong.push(format!("{}: {name} is never used", folder.display()));
                }
            }
        }
    }
    Ok(())
}

fn read_sources(path: &Path, sources: &mut String) -> Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            read_sources(&entry?.path(), sources)?;
        }
    } else if path.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
        let text = std::fs::read_to_string(path)?;
        // A file that several crates share is a source of each of them.
        for shared in shared_sources(&text) {
            let beside = path.with_file_name(shared);
            sources.push_str(&std::fs::read_to_string(&beside)?);
        }
        sources.push_str(&text);
    }
    Ok(())
}

/// Files that a source takes in from elsewhere by `#[path = "…"]`.
fn shared_sources(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("#[path = \"")?.strip_suffix("\"]"))
}

/// Whether the word stands in the text by itself.
fn mentions(text: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_as_expressions() {
        let allow = ["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ] {
            assert!(allowed(good, &allow), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR X) AND GPL-3.0"] {
            assert!(!allowed(bad, &allow), "{bad}");
        }
    }

    #[test]
    fn files_from_elsewhere_are_sources_too() {
        let text = "mod a;\n    #[path = \"../b/c.rs\"]\nmod c;\n// #[path]\n";
        assert_eq!(shared_sources(text).collect::<Vec<_>>(), ["../b/c.rs"]);
    }

    #[test]
    fn a_banned_package_is_named_with_the_reason() {
        let rules: toml::Table = "[licenses]\nallow = [\"MIT\"]\n[bans]\ndeny = [{ crate = \"ring\", reason = \"why\" }]"
            .parse()
            .unwrap();
        let mut wrong = Vec::new();
        judge("ring v0.17.8|MIT", &rules, &mut wrong);
        judge("spring v1.0.0|MIT", &rules, &mut wrong);
        judge(
            "odd v1.0.0 (https://example.org/odd)|MIT",
            &rules,
            &mut wrong,
        );
        judge("ours v1.0.0 (/somewhere/ours)|MIT", &rules, &mut wrong);
        judge("derive v1.0.0 (proc-macro)|MIT", &rules, &mut wrong);
        assert_eq!(
            wrong,
            [
                "ring v0.17.8 is banned: why",
                "odd v1.0.0 (https://example.org/odd) does not come from the registry"
            ]
        );
    }

    #[test]
    fn a_word_inside_another_is_no_mention() {
        assert!(mentions("use toml::Table;", "toml"));
        assert!(!mentions("let tomlish = subtoml;", "toml"));
    }
}

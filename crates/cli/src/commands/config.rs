//! `orloj config print|check`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use crate::config::{Entry, Environment, Loaded, ServerOptions, Setting, load};
use crate::output::{Format, OutputOptions, column, wide};
use crate::terminal;

/// The configuration of the server.
#[derive(Debug, clap::Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show every setting, its value, and where it came from
    Print(Print),
    /// Say whether the configuration is valid
    Check(Check),
}

#[derive(Debug, clap::Args)]
struct Print {
    #[command(flatten)]
    options: ServerOptions,
    #[command(flatten)]
    output: OutputOptions,
}

#[derive(Debug, clap::Args)]
struct Check {
    #[command(flatten)]
    options: ServerOptions,
}

impl Config {
    pub(crate) fn run(self, environment: &Environment) -> Result<()> {
        match self.verb {
            Verb::Print(verb) => {
                let loaded = loaded(&verb.options, environment)?;
                print(&loaded, verb.output.output)
            }
            Verb::Check(verb) => {
                loaded(&verb.options, environment)?;
                terminal::line("the configuration is valid")
            }
        }
    }
}

fn loaded(options: &ServerOptions, environment: &Environment) -> Result<Loaded> {
    let file: Option<&PathBuf> = options.config.as_ref();
    let loaded = load(options.flags(), file.map(PathBuf::as_path), environment)?;
    for warning in &loaded.warnings {
        terminal::remark(&format!("warning: {warning}"));
    }
    Ok(loaded)
}

fn print(loaded: &Loaded, format: Format) -> Result<()> {
    let raw: serde_json::Map<String, serde_json::Value> = loaded
        .entries
        .iter()
        .map(|entry| {
            let shown = json!({"value": entry.shown, "origin": entry.origin.to_string()});
            (entry.key.to_owned(), shown)
        })
        .collect();
    format.list(
        &loaded.entries,
        &raw,
        &[
            column("SETTING", |entry: &Entry| entry.key.to_owned()),
            column("VALUE", |entry| entry.shown.clone()),
            column("FROM", |entry| entry.origin.to_string()),
            wide("VARIABLE", |entry| {
                Setting::of(entry.key)
                    .map(Setting::variable)
                    .unwrap_or_default()
            }),
        ],
        |entry| entry.key.to_owned(),
    )
}

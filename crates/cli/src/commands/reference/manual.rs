//! The manual of the command line, written from the same tree that reads it.

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};

use crate::commands::Cli;
use crate::config::SETTINGS;

/// The page `docs/reference/cli.md`.
pub(super) fn markdown() -> String {
    let mut root = Cli::command();
    root.build();
    let mut page = String::from(
        "# Command line\n\nThis page is generated from the program (`cargo xtask codegen`). `orloj <command> --help` says the same.\n",
    );
    page.push_str(EXIT_CODES);
    command(&root, "orloj", &mut page);
    page.push_str(SETTINGS_HEADING);
    for setting in SETTINGS {
        let mut variables = format!("`{}`", setting.variable());
        if let Some(alias) = setting.alias {
            let _ = write!(variables, ", `{alias}`");
        }
        let default = match setting.default {
            None | Some("") => String::new(),
            Some(default) => format!("`{default}`"),
        };
        let _ = writeln!(
            page,
            "| `{}` | {variables} | {default} | {} |",
            setting.key, setting.help
        );
    }
    page
}

const EXIT_CODES: &str = "
## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | failed, for a reason that has no code of its own (invalid definitions among them) |
| 2 | the command line or the configuration is wrong |
| 3 | there is no such thing, or it may not be seen |
| 4 | no token, a wrong one, or one that may not do this |
| 5 | the state of the thing forbids it |
| 6 | the server does not answer |
| 10 | with `--wait`: the execution ended, but not in success |

## Which server, which token

Client commands take `--url`, `--token` and `--profile`; without them `ORLOJ_URL`, `ORLOJ_TOKEN` and `ORLOJ_PROFILE`; without those
the default profile of `~/.config/orloj/profiles.toml`:

```toml
default = \"home\"

[profiles.home]
url = \"https://orloj.example.org\"
token = \"orl_…\"
```

`orloj user` and `orloj token` work without a token for whoever may read the server's data folder: they speak to the running server
through the socket in that folder, or open the database themselves when no server runs.

## Commands
";

const SETTINGS_HEADING: &str = "
## Settings of a server process

Flags win over the environment, the environment over the file (`--config`, `ORLOJ_CONFIG`), the file over the defaults.

| key in the file | environment | default | meaning |
|---|---|---|---|
";

fn command(command: &Command, path: &str, page: &mut String) {
    let verbs: Vec<&Command> = command
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .collect();
    if verbs.is_empty() {
        leaf(command, path, page);
    }
    for verb in verbs {
        self::command(verb, &format!("{path} {}", verb.get_name()), page);
    }
}

fn leaf(command: &Command, path: &str, page: &mut String) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim();
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let _ = write!(page, "\n### `{path}`\n\n{about}.\n\n```\n{usage}\n```\n");
    let arguments: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| {
            !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str())
        })
        .collect();
    if !arguments.is_empty() {
        page.push('\n');
    }
    for argument in arguments {
        let _ = writeln!(page, "- {}", line(argument));
    }
}

fn line(argument: &Arg) -> String {
    let mut names = Vec::new();
    if let Some(short) = argument.get_short() {
        names.push(format!("-{short}"));
    }
    if let Some(long) = argument.get_long() {
        names.push(format!("--{long}"));
    }
    let takes_value = argument.get_action().takes_values();
    let value = if takes_value {
        let values: Vec<String> = argument
            .get_value_names()
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect();
        values.join(" ")
    } else {
        String::new()
    };
    let mut text = match (names.is_empty(), value.is_empty()) {
        (true, _) => format!("`<{value}>`"),
        (false, true) => format!("`{}`", names.join(", ")),
        (false, false) => format!("`{} <{value}>`", names.join(", ")),
    };
    if let Some(help) = argument.get_help() {
        let _ = write!(text, ": {help}");
    }
    let possible: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if takes_value && !possible.is_empty() {
        let _ = write!(text, " ({})", possible.join(", "));
    }
    text
}

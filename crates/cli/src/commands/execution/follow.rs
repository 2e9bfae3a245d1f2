//! Following an execution to its end, by asking for what comes after the last line that was read.
//!
//! Asking again survives a restart of the server and a broken connection in between, which a stream does not.

use std::time::Duration;

use anyhow::Result;
use orloj_wire::execution::{Execution, StatusName};
use orloj_wire::log::{LogLine, LogPage};

use super::{path, show};
use crate::client::Client;
use crate::commands::Api;
use crate::exit::{Code, Failure, code_of};
use crate::output::{Format, word};
use crate::terminal;

/// Lines asked for at once.
const LINES: u32 = 1_000;

/// Pause between two questions while nothing new comes.
const PAUSE: Duration = Duration::from_millis(300);

/// How long a server may be away (a restart) before following gives up.
const AWAY: u32 = 200;

/// How log lines are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Style {
    /// Time, level and text.
    Full,
    /// The text alone.
    Plain,
    /// One JSON object a line.
    Json,
}

/// Follows the log, shows how the execution ended, and fails unless it was a success.
pub(in crate::commands) async fn wait(api: &Api, started: &Execution) -> Result<()> {
    let is_read_by_people = matches!(api.format, Format::Table | Format::Wide);
    let reference = &started.execution_id;
    let style = is_read_by_people.then_some(Style::Full);
    lines(&api.client, reference, 0, style).await?;
    let answer = api.client.get(path(reference)).send().await?;
    let ended: Execution = answer.read()?;
    if is_read_by_people {
        terminal::remark(&show::ending(&ended));
    } else {
        show::one(api.format, &ended, &answer.value()?)?;
    }
    if ended.status_name == StatusName::Success {
        return Ok(());
    }
    Err(Failure::new(
        Code::Unsuccessful,
        format!(
            "execution {reference} ended as {}",
            word(&ended.status_name)
        ),
    )
    .into())
}

/// Writes all lines after `after` until the execution has ended; without a style only waits.
pub(super) async fn lines(
    client: &Client,
    reference: &str,
    mut after: i64,
    style: Option<Style>,
) -> Result<()> {
    let mut failures = 0;
    loop {
        let asked = client
            .get(format!("{}/logs", path(reference)))
            .query("after", Some(after))
            .query("limit", Some(LINES))
            .read::<LogPage>()
            .await;
        let page = match asked {
            Ok(page) => page,
            Err(error) if code_of(&error) == Code::Unreachable as u8 && failures < AWAY => {
                failures += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        failures = 0;
        for line in &page.lines {
            if let Some(style) = style {
                write(line, style)?;
            }
            after = line.number;
        }
        if page.lines.is_empty() {
            if page.complete {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Writes one line.
pub(super) fn write(line: &LogLine, style: Style) -> Result<()> {
    match style {
        Style::Full => terminal::line(&format!(
            "{} {:<6} {}",
            line.at.strftime("%H:%M:%S%.3f"),
            line.level,
            harmless(&line.text)
        )),
        Style::Plain => terminal::line(&harmless(&line.text)),
        Style::Json => terminal::line(&serde_json::to_string(line)?),
    }
}

/// The text without what could steer the terminal; colours stay for people and go for pipes.
fn harmless(text: &str) -> String {
    let keeps_colours = terminal::is_interactive();
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            if rest.peek() == Some(&'[') {
                let mut sequence = String::from("\u{1b}");
                for part in rest.by_ref() {
                    sequence.push(part);
                    if part.is_ascii_alphabetic() {
                        break;
                    }
                }
                if keeps_colours && sequence.ends_with('m') {
                    out.push_str(&sequence);
                }
            }
        } else if c == '\t' || !c.is_control() {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_cannot_steer_the_terminal() {
        let text = "a\u{1b}[31mred\u{1b}[0m\u{1b}[2J\u{7}\u{1b}]0;title\u{7}\tb\r";
        assert_eq!(harmless(text), "ared]0;title\tb");
    }
}

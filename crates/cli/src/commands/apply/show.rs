//! How a plan looks: what is created, what changes from what to what, and how the next runs move.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::plan::{Action, Change, Difference};
use crate::output::{Format, instant};
use crate::terminal;

/// Shows all changes and their number.
pub(super) fn changes(format: Format, changes: &[Change], is_dry_run: bool) -> Result<()> {
    match format {
        Format::Json | Format::Yaml => {
            let changes: Vec<Value> = changes.iter().map(raw).collect();
            return format.raw(&json!({"dryRun": is_dry_run, "changes": changes}));
        }
        Format::Name => {
            return changes
                .iter()
                .filter(|change| change.action != Action::Unchanged)
                .try_for_each(|change| terminal::line(&change.name));
        }
        Format::Table | Format::Wide => {}
    }
    for change in changes {
        one(change)?;
    }
    let count = |action| {
        changes
            .iter()
            .filter(|change| change.action == action)
            .count()
    };
    let (created, updated, unchanged) = (
        count(Action::Create),
        count(Action::Update),
        count(Action::Unchanged),
    );
    terminal::line(&if is_dry_run {
        format!(
            "{created} to create, {updated} to change, {unchanged} unchanged; nothing was changed"
        )
    } else {
        format!("{created} created, {updated} changed, {unchanged} unchanged")
    })
}

fn raw(change: &Change) -> Value {
    json!({
        "action": change.action,
        "name": change.name,
        "id": change.id,
        "differences": change.differences,
        "description": change.words,
        "nextBefore": change.before,
        "nextAfter": change.after,
    })
}

fn one(change: &Change) -> Result<()> {
    let mark = match change.action {
        Action::Create => '+',
        Action::Update => '~',
        Action::Unchanged => '=',
    };
    let number = change.id.map(|id| format!(" ({id})")).unwrap_or_default();
    terminal::line(&format!("{mark} {}{number}", change.name))?;
    for difference in &change.differences {
        terminal::line(&format!("    {}", arrow(difference)))?;
    }
    match change.action {
        Action::Unchanged => {}
        Action::Create => {
            terminal::line(&format!("    {}", change.words))?;
            terminal::line(&format!("    next: {}", runs(&change.after)))?;
        }
        Action::Update if change.moves_runs() => {
            terminal::line(&format!("    {}", change.words))?;
            terminal::line(&format!("    next before: {}", runs(&change.before)))?;
            terminal::line(&format!("    next after:  {}", runs(&change.after)))?;
        }
        Action::Update => {
            terminal::line(&format!("    next: {} (as before)", runs(&change.after)))?
        }
    }
    Ok(())
}

fn arrow(difference: &Difference) -> String {
    format!(
        "{}: {} -> {}",
        difference.member,
        short(&difference.from),
        short(&difference.to)
    )
}

/// A value on one line, cut when it is long (a script, for example).
fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        other => other.to_string(),
    };
    if text.chars().count() <= 120 {
        return text;
    }
    let cut: String = text.chars().take(119).collect();
    format!("{cut}…")
}

fn runs(instants: &[Timestamp]) -> String {
    if instants.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<String> = instants.iter().copied().map(instant).collect();
    words.join(", ")
}

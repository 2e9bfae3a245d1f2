//! How a plan looks: what is created, what changes from what to what, and how the next runs move.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::plan::{Action, Change, Difference};
use super::resources::{Kind, ResourceChange};
use crate::output::{Format, instant};
use crate::terminal;

/// Shows all changes and their number, in the order in which things refer to each other.
pub(super) fn changes(
    format: Format,
    resources: &[ResourceChange],
    jobs: &[Change],
    is_dry_run: bool,
) -> Result<()> {
    let (rules, others): (Vec<_>, Vec<_>) = resources
        .iter()
        .partition(|change| change.kind == Kind::Rule);
    match format {
        Format::Json | Format::Yaml => {
            let changes: Vec<Value> = others
                .into_iter()
                .map(raw_resource)
                .chain(jobs.iter().map(raw))
                .chain(rules.into_iter().map(raw_resource))
                .collect();
            return format.raw(&json!({"dryRun": is_dry_run, "changes": changes}));
        }
        Format::Name => {
            let is_news = |action| action != Action::Unchanged;
            let title = |change: &ResourceChange| format!("{}/{}", change.kind.word(), change.name);
            let of = |list: Vec<&ResourceChange>| -> Vec<String> {
                let news = list.into_iter().filter(|change| is_news(change.action));
                news.map(title).collect()
            };
            let jobs = jobs.iter().filter(|change| is_news(change.action));
            return of(others)
                .into_iter()
                .chain(jobs.map(|change| change.name.clone()))
                .chain(of(rules))
                .try_for_each(|name| terminal::line(&name));
        }
        Format::Table | Format::Wide => {}
    }
    for change in others {
        resource(change)?;
    }
    for change in jobs {
        one(change)?;
    }
    for change in rules {
        resource(change)?;
    }
    let actions = || {
        let resources = resources.iter().map(|change| change.action);
        resources.chain(jobs.iter().map(|change| change.action))
    };
    let count = |action| actions().filter(|one| *one == action).count();
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

fn raw_resource(change: &ResourceChange) -> Value {
    json!({
        "kind": change.kind.word(),
        "action": change.action,
        "name": change.name,
        "id": change.id,
        "differences": change.differences,
    })
}

fn resource(change: &ResourceChange) -> Result<()> {
    let number = change.id.map(|id| format!(" ({id})")).unwrap_or_default();
    let (mark, kind) = (mark(change.action), change.kind.word());
    terminal::line(&format!("{mark} {kind} {}{number}", change.name))?;
    change
        .differences
        .iter()
        .try_for_each(|difference| terminal::line(&format!("    {}", arrow(difference))))
}

fn mark(action: Action) -> char {
    match action {
        Action::Create => '+',
        Action::Update => '~',
        Action::Unchanged => '=',
    }
}

fn raw(change: &Change) -> Value {
    json!({
        "kind": "job",
        "action": change.action,
        "name": change.name,
        "id": change.id,
        "differences": change.differences,
        "description": change.words,
        "nextBefore": change.before,
        "nextAfter": change.after,
        "withoutCalendars": change.moving_calendars,
    })
}

fn one(change: &Change) -> Result<()> {
    let number = change.id.map(|id| format!(" ({id})")).unwrap_or_default();
    terminal::line(&format!("{} {}{number}", mark(change.action), change.name))?;
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
    if change.moving_calendars.is_empty() {
        return Ok(());
    }
    terminal::line(&format!(
        "    these instants do not know yet what becomes of the calendars: {}",
        change.moving_calendars.join(", ")
    ))
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

//! The next instants before and after a change, from the same code that the server fires by.

use anyhow::{Context, Result};
use jiff::Timestamp;
use orloj_wire::preview::{PreviewRequest, PreviewResponse};
use serde_json::{Map, Value, json};

use super::plan::{Action, Change};
use super::references::{References, calendar_names};
use crate::client::Client;

/// How many instants are shown.
const COUNT: u32 = 3;

/// Fills in the words and the next instants of a change. `moving` are the calendars that these files make or change.
pub(super) async fn look_ahead(
    client: &Client,
    change: &mut Change,
    known: &References,
    moving: &[String],
) -> Result<()> {
    if change.action == Action::Unchanged {
        return Ok(());
    }
    let outcome = change.outcome();
    change.moving_calendars = calendar_names(&outcome)
        .into_iter()
        .filter(|name| moving.iter().any(|one| one == name))
        .map(str::to_owned)
        .collect();
    look(client, change, known).await?;
    if change.action == Action::Update && change.moves_runs() && is_enabled(&change.current) {
        let mut current = timing(change, change.current.clone(), known)?;
        if let (Some(next), true) = (change.current_next, is_interval(&current)) {
            // The grid of an interval is known by its next instant.
            current.insert("startAt".to_owned(), json!(next));
        }
        let asked = preview(client, &current, change.id).await?;
        change.before = instants(&asked.next_runs);
    }
    Ok(())
}

/// Once all is done: looks again at what could not be seen before, because of calendars that were not as they are now.
pub(super) async fn look_again(
    client: &Client,
    change: &mut Change,
    known: &References,
) -> Result<()> {
    if std::mem::take(&mut change.moving_calendars).is_empty() {
        return Ok(());
    }
    look(client, change, known).await
}

/// The words and the next instants of what will be.
async fn look(client: &Client, change: &mut Change, known: &References) -> Result<()> {
    let outcome = timing(change, change.outcome(), known)?;
    let asked = preview(client, &outcome, change.id)
        .await
        .with_context(|| format!("{:?}", change.name))?;
    change.words = asked.description.en;
    if is_enabled(&outcome) {
        change.after = instants(&asked.next_runs);
    }
    Ok(())
}

/// What says when a job runs, as the API takes it. What it runs after is of no concern, and may not be there yet; no
/// more may its calendars.
fn timing(
    change: &Change,
    mut members: Map<String, Value>,
    known: &References,
) -> Result<Map<String, Value>> {
    members.remove("after");
    known.without_new_calendars(&mut members);
    known.numbered(&change.name, members)
}

async fn preview(
    client: &Client,
    members: &Map<String, Value>,
    job_id: Option<i64>,
) -> Result<PreviewResponse> {
    let mut request = Map::new();
    for (name, value) in members {
        let mut probe = Map::new();
        probe.insert(name.clone(), value.clone());
        // What a preview takes of a job is said by its own type.
        if serde_json::from_value::<PreviewRequest>(Value::Object(probe)).is_ok()
            && *value != Value::Bool(false)
        {
            request.insert(name.clone(), value.clone());
        }
    }
    let request = PreviewRequest {
        count: Some(COUNT),
        job_id,
        ..serde_json::from_value(Value::Object(request))?
    };
    client
        .post("/scheduler/schedules/preview")
        .body(&request)?
        .read()
        .await
}

fn instants(runs: &[orloj_wire::preview::PreviewRun]) -> Vec<Timestamp> {
    runs.iter().map(|run| run.at).collect()
}

fn is_enabled(members: &Map<String, Value>) -> bool {
    members.get("isEnabled") != Some(&Value::Bool(false))
}

fn is_interval(members: &Map<String, Value>) -> bool {
    crate::commands::job::INTERVAL_PARTS
        .iter()
        .any(|part| members.get(*part).is_some_and(Value::is_number))
}

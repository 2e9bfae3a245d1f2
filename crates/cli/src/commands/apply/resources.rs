//! What files can say besides jobs: calendars, channels of notifications, and rules of what is told.
//!
//! They are compared with what is there as jobs are: what a file does not say stays, nothing is deleted.

use anyhow::Result;
use orloj_wire::calendars::{WorkCalendarCreate, WorkCalendarUpdate};
use orloj_wire::notifications::{
    ChannelCreate, ChannelUpdate, NotificationRuleCreate, NotificationRuleUpdate,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::plan::{Action, Difference};
use super::read::{Files, Wanted};
use super::references::References;
use crate::client::Client;
use crate::exit::Failure;

/// What something is. In the order in which new ones are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Calendar,
    Channel,
    Rule,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Calendar, Self::Channel, Self::Rule];

    /// `calendar`, `channel`, `rule`; files have lists of it in the plural.
    pub(in super::super) fn word(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Channel => "channel",
            Self::Rule => "rule",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Calendar => "/calendars",
            Self::Channel => "/notifications/channels",
            Self::Rule => "/notifications/rules",
        }
    }

    /// The member by which it is found again.
    fn key(self) -> &'static str {
        match self {
            Self::Calendar => "nameEn",
            Self::Channel | Self::Rule => "name",
        }
    }
}

/// One that is there.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Present {
    pub(in super::super) kind: Kind,
    pub(in super::super) name: String,
    pub(super) id: i64,
    pub(super) owner_id: i64,
    version: Option<i64>,
    members: Map<String, Value>,
}

/// What happens to one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ResourceChange {
    pub(super) kind: Kind,
    pub(super) action: Action,
    pub(super) name: String,
    pub(super) id: Option<i64>,
    /// What differs; secrets are not shown.
    pub(super) differences: Vec<Difference>,
    version: Option<i64>,
    /// What is to be sent, with names.
    members: Map<String, Value>,
}

/// Members that the server gives, and that nobody can want otherwise.
const GIVEN: [&str; 6] = ["id", "version", "ownerId", "jobs", "createdAt", "updatedAt"];

/// All that may be seen: one's own, what is shared, for administrators everybody's.
pub(super) async fn present(client: &Client) -> Result<Vec<Present>> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let answer: Value = client.get(kind.path()).read().await?;
        let items = answer.get("items").and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            let number = |name: &str| item.get(name).and_then(Value::as_i64);
            let name = item.get(kind.key()).and_then(Value::as_str);
            let (Some(id), Some(owner_id), Some(name)) = (number("id"), number("ownerId"), name)
            else {
                continue;
            };
            let mut members = item.as_object().cloned().unwrap_or_default();
            members.retain(|member, _| !GIVEN.contains(&member.as_str()));
            all.push(Present {
                kind,
                name: name.to_owned(),
                id,
                owner_id,
                version: number("version"),
                members,
            });
        }
    }
    Ok(all)
}

/// Whether some users are named, or numbered, in the members of one.
pub(super) fn names_users(members: &Map<String, Value>) -> bool {
    let users = members.get("sharedWith").and_then(Value::as_array);
    users.is_some_and(|users| !users.is_empty())
}

impl Present {
    /// Whether there are users in it whose names are to be known.
    pub(super) fn is_shared_by_name(&self) -> bool {
        names_users(&self.members)
    }

    /// As a file says it, and the places of secrets in clear, which it does not say.
    pub(in super::super) fn definition(
        &self,
        known: &References,
    ) -> (Map<String, Value>, Vec<String>) {
        let mut members = known.resource_named(self.members.clone());
        let mut left_out = Vec::new();
        if self.kind == Kind::Channel
            && let Some(settings) = members.get_mut("settings").and_then(Value::as_object_mut)
        {
            let slack = is_slack(&self.members);
            settings.retain(|name, value| {
                let is_secret = is_secret(slack, name, value);
                if is_secret {
                    left_out.push(format!("settings.{name}"));
                }
                !is_secret
            });
        }
        members.retain(|member, value| match value {
            Value::Null => false,
            Value::Array(items) => !items.is_empty() || member == "weekend",
            Value::Object(parts) => !parts.is_empty() || member == "settings",
            Value::Bool(flag) => *flag || member != "sharedWithEverybody",
            _ => true,
        });
        (members, left_out)
    }
}

fn is_slack(channel: &Map<String, Value>) -> bool {
    channel.get("kind") == Some(&json!("slack"))
}

/// Whether a setting of a channel is a secret in clear: whoever has the address of a Slack channel writes to it, and web
/// addresses carry keys in their query or as a name.
fn is_secret(is_slack: bool, name: &str, value: &Value) -> bool {
    let Some(text) = value.as_str() else {
        return false;
    };
    match name {
        "secret" => true,
        "url" => is_slack || text.contains(['?', '@']),
        _ => false,
    }
}

/// Compares every wanted one with the one of the same name.
pub(super) fn plan(
    wanted: &Files,
    there: &[Present],
    known: &References,
) -> Result<Vec<ResourceChange>> {
    let lists = [
        (Kind::Calendar, &wanted.calendars),
        (Kind::Channel, &wanted.channels),
        (Kind::Rule, &wanted.rules),
    ];
    let mut all = Vec::new();
    for (kind, list) in lists {
        for wanted in list {
            let mut same = there.iter();
            let same = same.find(|one| one.kind == kind && one.name == wanted.name);
            all.push(change(kind, wanted, same, known)?);
        }
    }
    Ok(all)
}

fn change(
    kind: Kind,
    wanted: &Wanted,
    there: Option<&Present>,
    known: &References,
) -> Result<ResourceChange> {
    let mut members = known.resource_named(wanted.members.clone());
    let current = there.map(|one| known.resource_named(one.members.clone()));
    let current = current.unwrap_or_default();
    if kind == Kind::Channel {
        complete_settings(&mut members, &current);
        if there.is_some()
            && let Some(wanted_kind) = members.remove("kind")
            && Some(&wanted_kind) != current.get("kind")
        {
            return Err(Failure::usage(format!(
                "channel {:?}: its kind cannot be changed; delete it or take another name",
                wanted.name
            ))
            .into());
        }
    }
    let slack = is_slack(&current);
    let differences: Vec<Difference> = if there.is_some() {
        members
            .iter()
            .filter_map(|(member, to)| {
                let from = current.get(member).cloned().unwrap_or(Value::Null);
                (comparable(member, &from) != comparable(member, to)).then(|| Difference {
                    member: member.clone(),
                    from: hidden(slack, member, from),
                    to: hidden(slack, member, to.clone()),
                })
            })
            .collect()
    } else {
        Vec::new()
    };
    Ok(ResourceChange {
        kind,
        action: Action::of(there.is_some(), &differences),
        name: wanted.name.clone(),
        id: there.map(|one| one.id),
        differences,
        version: there.and_then(|one| one.version),
        members,
    })
}

/// Settings that a file does not say stay, so that an exported file without a secret keeps it; null takes one out.
fn complete_settings(members: &mut Map<String, Value>, current: &Map<String, Value>) {
    let Some(wanted) = members.get_mut("settings").and_then(Value::as_object_mut) else {
        return;
    };
    let mut settings = match current.get("settings") {
        Some(Value::Object(settings)) => settings.clone(),
        _ => Map::new(),
    };
    settings.append(wanted);
    settings.retain(|_, value| !value.is_null());
    *wanted = settings;
}

/// Lists in which the order means nothing are sorted, and what is nothing is the same however it is said.
fn comparable(member: &str, value: &Value) -> Value {
    let sorted = |value: &Value| match value {
        Value::Array(items) => {
            let mut items = items.clone();
            items.sort_by_key(ToString::to_string);
            items.dedup();
            Value::Array(items)
        }
        other => other.clone(),
    };
    match (member, value) {
        ("weekend" | "sharedWith", value) => sorted(value),
        ("entries", Value::Array(entries)) => {
            let mut entries = entries.clone();
            for when in entries.iter_mut().filter_map(|entry| entry.get_mut("when")) {
                short_when(when);
            }
            entries.into()
        }
        ("filter" | "notify", Value::Object(parts)) => parts
            .iter()
            .map(|(part, value)| match part.as_str() {
                "jobs" | "jobIds" | "tags" | "taskFunctionKeys" | "events" => {
                    (part.clone(), sorted(value))
                }
                _ => (part.clone(), value.clone()),
            })
            .filter(|(_, value)| !value.is_null() && *value != json!([]))
            .collect::<Map<_, _>>()
            .into(),
        _ => value.clone(),
    }
}

/// The shortest way to say when an entry is: a day is one day unless it says more, and seconds are none.
fn short_when(when: &mut Value) {
    let Some(parts) = when.as_object_mut() else {
        return;
    };
    if parts.get("days") == Some(&json!(1)) {
        parts.remove("days");
    }
    for part in ["from", "to", "at"] {
        if let Some(Value::String(text)) = parts.get_mut(part)
            && text.len() == "00:00:00".len()
            && text.ends_with(":00")
        {
            text.truncate("00:00".len());
        }
    }
}

fn hidden(is_slack: bool, member: &str, mut value: Value) -> Value {
    if member == "settings"
        && let Some(settings) = value.as_object_mut()
    {
        for (name, setting) in settings.iter_mut() {
            if is_secret(is_slack, name, setting) {
                *setting = json!("(hidden)");
            }
        }
    }
    value
}

impl ResourceChange {
    /// `calendar "Egypt"`, for complaints.
    pub(super) fn title(&self) -> String {
        format!("{} {:?}", self.kind.word(), self.name)
    }

    /// Whether every name in it means something.
    pub(super) fn check(&self, known: &References) -> Result<()> {
        known
            .resource_numbered(&self.title(), self.members.clone())
            .map(drop)
    }

    /// Makes it; answers its number.
    pub(super) async fn create(&self, client: &Client, known: &References) -> Result<i64> {
        let mut members = known.resource_numbered(&self.title(), self.members.clone())?;
        members.retain(|_, value| !value.is_null());
        let body = match self.kind {
            Kind::Calendar => self.read::<WorkCalendarCreate>(members),
            Kind::Channel => self.read::<ChannelCreate>(members),
            Kind::Rule => self.read::<NotificationRuleCreate>(members),
        }?;
        let made: Value = client.post(self.kind.path()).body(&body)?.read().await?;
        made.get("id")
            .and_then(Value::as_i64)
            .ok_or_else(|| anyhow::anyhow!("the server did not say the number of {}", self.title()))
    }

    /// Changes it.
    pub(super) async fn update(&self, client: &Client, known: &References) -> Result<()> {
        let Some(id) = self.id else {
            return Ok(());
        };
        let mut members = known.resource_numbered(&self.title(), self.members.clone())?;
        members.retain(|member, _| {
            self.differences
                .iter()
                .any(|difference| difference.member == *member)
        });
        let body = match self.kind {
            Kind::Calendar => self.read::<WorkCalendarUpdate>(members),
            Kind::Channel => self.read::<ChannelUpdate>(members),
            Kind::Rule => self.read::<NotificationRuleUpdate>(members),
        }?;
        let version = self.version.map(|version| format!("\"v{version}\""));
        client
            .patch(format!("{}/{id}", self.kind.path()))
            .header("If-Match", version)
            .body(&body)?
            .send()
            .await?;
        Ok(())
    }

    /// Deletes it again.
    pub(super) async fn take_back(&self, client: &Client, id: i64) -> bool {
        let path = format!("{}/{id}", self.kind.path());
        client.delete(path).send().await.is_ok()
    }

    fn read<T: DeserializeOwned + Serialize>(&self, members: Map<String, Value>) -> Result<Value> {
        let body: T = serde_json::from_value(Value::Object(members))
            .map_err(|error| Failure::usage(format!("{}: {error}", self.title())))?;
        Ok(serde_json::to_value(body)?)
    }
}

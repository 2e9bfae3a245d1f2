//! Names in files stand for the numbers of the API: other jobs in `after`, in `$result` and in the `filter` of rules,
//! calendars in `calendars`, users in `sharedWith`.

use std::collections::BTreeMap;

use anyhow::Result;
use orloj_wire::account::Account;
use orloj_wire::job::Job;
use orloj_wire::user::{Role, User};
use serde_json::{Map, Value, json};

use super::super::paging;
use super::resources::{Kind, Present, present};
use crate::client::Client;
use crate::exit::{Code, Failure};

/// Everything that can be named.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct References {
    /// Jobs of whoever asks, by English name. Several of one name are told apart by nothing.
    jobs: BTreeMap<String, Vec<i64>>,
    /// Calendars that may be used, by English name; one's own before those of others.
    calendars: BTreeMap<String, Vec<(bool, i64)>>,
    /// Users, by name: all for administrators, for others only themselves.
    users: BTreeMap<String, i64>,
}

/// What is there of what files can say. Things are looked up by name only among those of whoever asks: an
/// administrator's file does not take over what belongs to others.
#[derive(Debug)]
pub(in super::super) struct Installation {
    pub(super) jobs: Vec<Job>,
    /// Calendars, channels and rules.
    pub(in super::super) resources: Vec<Present>,
    pub(in super::super) known: References,
}

/// Asks what is there; for all users only when some of them are named.
pub(in super::super) async fn installation(
    client: &Client,
    has_named_users: bool,
) -> Result<Installation> {
    let account: Account = client.get("/account").read().await?;
    let listed = paging::fetch::<Job>(|| client.get("/scheduler/jobs"), 0).await?;
    let jobs: Vec<Job> = listed
        .items
        .into_iter()
        .filter(|job| job.owner_id == account.user.id)
        .collect();
    let mut resources = present(client).await?;
    let mut known = References::default();
    for job in &jobs {
        if let Some(name) = &job.name_en {
            known.add_job(name, job.id);
        }
    }
    for one in resources.iter().filter(|one| one.kind == Kind::Calendar) {
        let is_own = one.owner_id == account.user.id;
        let named = known.calendars.entry(one.name.clone()).or_default();
        named.push((is_own, one.id));
    }
    let own = account.user.id;
    resources.retain(|one| one.owner_id == own);
    let mut users = vec![account.user];
    let is_admin = users.iter().any(|user| user.role == Role::Admin);
    if is_admin && (has_named_users || resources.iter().any(Present::is_shared_by_name)) {
        users = paging::fetch::<User>(|| client.get("/users"), 0)
            .await?
            .items;
    }
    known.users = users.into_iter().map(|user| (user.name, user.id)).collect();
    Ok(Installation {
        jobs,
        resources,
        known,
    })
}

impl References {
    /// A job that is there now.
    pub(super) fn add_job(&mut self, name: &str, id: i64) {
        self.jobs.entry(name.to_owned()).or_default().push(id);
    }

    /// A calendar of one's own that is there now.
    pub(super) fn add_calendar(&mut self, name: &str, id: i64) {
        let named = self.calendars.entry(name.to_owned()).or_default();
        named.push((true, id));
    }

    /// The job of a number, when its name says the same.
    fn job_name(&self, id: i64) -> Option<&str> {
        let mut named = self.jobs.iter().filter(|(_, ids)| ids.as_slice() == [id]);
        named.next().map(|(name, _)| name.as_str())
    }

    fn calendar_name(&self, id: i64) -> Option<&str> {
        let mut named = self.calendars.iter();
        named
            .find(|(_, found)| {
                found.iter().any(|(_, other)| *other == id) && pick(found) == Some(id)
            })
            .map(|(name, _)| name.as_str())
    }

    fn job_number(&self, name: &str) -> Result<i64, String> {
        match self.jobs.get(name).map(Vec::as_slice) {
            Some([id]) => Ok(*id),
            Some([_, _, ..]) => Err(format!(
                "there are several jobs named {name:?}; rename all but one"
            )),
            _ => Err(format!("there is no job named {name:?} among yours")),
        }
    }

    fn calendar_number(&self, name: &str) -> Result<i64, String> {
        let Some(found) = self.calendars.get(name) else {
            return Err(format!(
                "there is no calendar named {name:?} that you may use"
            ));
        };
        pick(found).ok_or_else(|| {
            format!("there are several calendars named {name:?}; say the calendarId of one")
        })
    }

    fn user_number(&self, name: &str) -> Result<i64, String> {
        self.users.get(name).copied().ok_or_else(|| {
            format!("there is no user named {name:?}; who is no administrator says numbers of users here")
        })
    }

    /// The members of a calendar, a channel or a rule with names wherever there are any.
    pub(super) fn resource_named(&self, mut members: Map<String, Value>) -> Map<String, Value> {
        let name_of = |id: &Value| {
            let mut users = self.users.iter();
            users.find(|(_, other)| id.as_i64() == Some(**other))
        };
        for user in list(members.get_mut("sharedWith")) {
            if let Some((name, _)) = name_of(user) {
                *user = json!(name);
            }
        }
        if let Some(filter) = members.get_mut("filter").and_then(Value::as_object_mut) {
            let mut names: Vec<Value> = list(filter.get_mut("jobs")).map(Value::take).collect();
            let mut numbers = Vec::new();
            for id in list(filter.get_mut("jobIds")) {
                match id.as_i64().and_then(|id| self.job_name(id)) {
                    Some(name) => names.push(json!(name)),
                    None => numbers.push(id.take()),
                }
            }
            filter.insert("jobs".to_owned(), names.into());
            filter.insert("jobIds".to_owned(), numbers.into());
            filter.retain(|_, list| list.as_array().is_some_and(|list| !list.is_empty()));
        }
        members
    }

    /// The same members as the API takes them. `of` is what they are the members of.
    pub(super) fn resource_numbered(
        &self,
        of: &str,
        mut members: Map<String, Value>,
    ) -> Result<Map<String, Value>> {
        let wrong = |at: String, message: String| {
            Failure::new(Code::Usage, format!("{of}: {at}: {message}"))
        };
        for (at, user) in list(members.get_mut("sharedWith")).enumerate() {
            if let Some(name) = user.as_str() {
                let at = format!("sharedWith[{at}]");
                *user = json!(self.user_number(name).map_err(|error| wrong(at, error))?);
            }
        }
        if let Some(filter) = members.get_mut("filter").and_then(Value::as_object_mut) {
            let names = filter.remove("jobs").unwrap_or_default();
            let mut ids: Vec<Value> = list(filter.get_mut("jobIds")).map(Value::take).collect();
            for (at, name) in names.as_array().into_iter().flatten().enumerate() {
                let at = format!("filter.jobs[{at}]");
                let id = self.job_number(name.as_str().unwrap_or_default());
                ids.push(json!(id.map_err(|error| wrong(at, error))?));
            }
            filter.insert("jobIds".to_owned(), ids.into());
        }
        Ok(members)
    }

    /// Takes out the calendars of a job that are not there yet.
    pub(super) fn without_new_calendars(&self, members: &mut Map<String, Value>) {
        if let Some(Value::Array(uses)) = members.get_mut("calendars") {
            uses.retain(|one| {
                let name = one.get("calendar").and_then(Value::as_str);
                name.is_none_or(|name| self.calendars.contains_key(name))
            });
        }
    }

    /// The same members with names wherever there are any.
    pub(in super::super) fn named(&self, mut members: Map<String, Value>) -> Map<String, Value> {
        let mut aliases = Vec::new();
        for parent in parents(&mut members) {
            aliases.extend(
                parent
                    .get("alias")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            let name = number(parent, "jobId").and_then(|id| self.job_name(id));
            if let Some(name) = name.map(str::to_owned) {
                replace(parent, "jobId", "job", json!(name));
            }
        }
        for calendar in uses(&mut members) {
            let name = number(calendar, "calendarId").and_then(|id| self.calendar_name(id));
            if let Some(name) = name.map(str::to_owned) {
                replace(calendar, "calendarId", "calendar", json!(name));
            }
        }
        each_result(members.get_mut("parameters"), &mut |job| {
            if let Some(name) = job.as_i64().and_then(|id| self.job_name(id))
                && !aliases.iter().any(|alias| alias == name)
            {
                *job = json!(name);
            }
        });
        members
    }

    /// The same members as the API takes them. `of` is the job whose they are.
    pub(super) fn numbered(
        &self,
        of: &str,
        mut members: Map<String, Value>,
    ) -> Result<Map<String, Value>> {
        let wrong = |at: String, message: String| {
            Failure::new(Code::Usage, format!("{of:?}: {at}: {message}"))
        };
        let mut aliases = Vec::new();
        let mut named = BTreeMap::new();
        for (at, parent) in parents(&mut members).enumerate() {
            let at = format!("after.parents[{at}]");
            aliases.extend(
                parent
                    .get("alias")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            let name = parent.get("job").and_then(Value::as_str).map(str::to_owned);
            match (name, number(parent, "jobId")) {
                (Some(name), None) => {
                    let id = self.job_number(&name).map_err(|error| wrong(at, error))?;
                    replace(parent, "job", "jobId", json!(id));
                    named.insert(name, id);
                }
                (None, Some(_)) => {}
                _ => {
                    return Err(
                        wrong(at, "say either `job`, its nameEn, or `jobId`".to_owned()).into(),
                    );
                }
            }
        }
        for (at, calendar) in uses(&mut members).enumerate() {
            let at = format!("calendars[{at}]");
            let name = calendar.get("calendar").and_then(Value::as_str);
            match (name.map(str::to_owned), number(calendar, "calendarId")) {
                (Some(name), None) => {
                    let id = self
                        .calendar_number(&name)
                        .map_err(|error| wrong(at, error))?;
                    replace(calendar, "calendar", "calendarId", json!(id));
                }
                (None, Some(_)) => {}
                _ => {
                    let message = "say either `calendar`, its nameEn, or `calendarId`".to_owned();
                    return Err(wrong(at, message).into());
                }
            }
        }
        each_result(members.get_mut("parameters"), &mut |job| {
            let name = job
                .as_str()
                .filter(|name| !aliases.iter().any(|alias| alias == name));
            if let Some(id) = name.and_then(|name| named.get(name)) {
                *job = json!(id);
            }
        });
        Ok(members)
    }
}

/// Names of calendars that these members of a job name.
pub(super) fn calendar_names(members: &Map<String, Value>) -> Vec<&str> {
    let uses = members.get("calendars").and_then(Value::as_array);
    uses.into_iter()
        .flatten()
        .filter_map(|one| one.get("calendar")?.as_str())
        .collect()
}

/// Names of jobs that these members want to run after.
pub(super) fn parent_names(members: &Map<String, Value>) -> Vec<&str> {
    let parents = members.get("after").and_then(|after| after.get("parents"));
    let parents = parents.and_then(Value::as_array).into_iter().flatten();
    parents
        .filter_map(|parent| parent.get("job")?.as_str())
        .collect()
}

/// One's own calendar of a name, or else the only one.
fn pick(found: &[(bool, i64)]) -> Option<i64> {
    let mut own = found.iter().filter(|(is_own, _)| *is_own);
    match (own.next(), found) {
        (Some((_, id)), _) | (None, [(_, id)]) => Some(*id),
        _ => None,
    }
}

fn parents(members: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let after = members.get_mut("after").and_then(Value::as_object_mut);
    objects(after.and_then(|after| after.get_mut("parents")))
}

fn uses(members: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    objects(members.get_mut("calendars"))
}

fn objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    list.and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}

fn list(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value.and_then(Value::as_array_mut).into_iter().flatten()
}

fn number(members: &Map<String, Value>, name: &str) -> Option<i64> {
    members.get(name)?.as_i64()
}

fn replace(members: &mut Map<String, Value>, old: &str, new: &str, value: Value) {
    members.remove(old);
    members.insert(new.to_owned(), value);
}

/// Calls `change` with the `job` of every reference to a result.
fn each_result(value: Option<&mut Value>, change: &mut dyn FnMut(&mut Value)) {
    match value {
        Some(Value::Array(items)) => {
            for item in items {
                each_result(Some(item), change);
            }
        }
        Some(Value::Object(members)) => match members.get_mut("$result") {
            Some(result) => {
                if let Some(job) = result.get_mut("job") {
                    change(job);
                }
            }
            None => {
                for member in members.values_mut() {
                    each_result(Some(member), change);
                }
            }
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> References {
        let mut known = References::default();
        known.add_job("export", 7);
        known.add_job("twice", 8);
        known.add_job("twice", 9);
        let calendars = [
            ("own", vec![(false, 1), (true, 2)]),
            ("two", vec![(false, 3), (false, 4)]),
        ];
        known.calendars = calendars.map(|(name, ids)| (name.to_owned(), ids)).into();
        known
    }

    fn members(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn numbers_and_names_say_the_same() {
        let numbers = members(json!({
            "after": { "parents": [{ "jobId": 7, "on": "success" }, { "jobId": 9, "on": "failure" }] },
            "calendars": [{ "calendarId": 2, "rule": "skip" }, { "calendarId": 1, "rule": "skip" }],
            "parameters": { "a": [{ "$result": { "job": 7 } }, { "$result": { "job": 9 } }] },
        }));
        let named = known().named(numbers.clone());
        assert_eq!(
            Value::Object(named.clone()),
            json!({
                "after": { "parents": [{ "job": "export", "on": "success" }, { "jobId": 9, "on": "failure" }] },
                "calendars": [{ "calendar": "own", "rule": "skip" }, { "calendarId": 1, "rule": "skip" }],
                "parameters": { "a": [{ "$result": { "job": "export" } }, { "$result": { "job": 9 } }] },
            })
        );
        assert_eq!(known().numbered("x", named).unwrap(), numbers);
    }

    #[test]
    fn a_short_name_is_not_taken_for_a_job() {
        let file = members(json!({
            "after": { "parents": [{ "job": "export", "on": "success", "alias": "other" }, { "jobId": 5, "on": "success", "alias": "export" }] },
            "parameters": { "a": { "$result": { "job": "export" } }, "b": { "$result": { "job": 7 } } },
        }));
        let numbers = known().numbered("x", file).unwrap();
        assert_eq!(
            numbers["parameters"]["a"],
            json!({ "$result": { "job": "export" } })
        );
        assert_eq!(
            known().named(numbers)["parameters"]["b"],
            json!({ "$result": { "job": 7 } }),
            "the name would mean the other job"
        );
    }

    #[test]
    fn what_is_not_there_is_named_with_its_place() {
        for (file, word) in [
            (
                json!({ "after": { "parents": [{ "job": "none", "on": "success" }] } }),
                "no job named",
            ),
            (
                json!({ "after": { "parents": [{ "job": "twice", "on": "success" }] } }),
                "several jobs",
            ),
            (
                json!({ "after": { "parents": [{ "on": "success" }] } }),
                "either `job`",
            ),
            (
                json!({ "calendars": [{ "calendar": "none", "rule": "skip" }] }),
                "no calendar named",
            ),
            (
                json!({ "calendars": [{ "calendar": "two", "rule": "skip" }] }),
                "several calendars",
            ),
            (
                json!({ "calendars": [{ "calendar": "own", "calendarId": 2, "rule": "skip" }] }),
                "either `calendar`",
            ),
        ] {
            let message = known()
                .numbered("x", members(file))
                .unwrap_err()
                .to_string();
            assert!(
                message.contains("[0]") && message.contains(word),
                "{message}"
            );
        }
    }
}

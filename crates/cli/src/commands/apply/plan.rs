//! What has to change so that the jobs are as the files want them. Nothing is asked or changed here.
//!
//! A member that a file does not say stays as it is; null puts its default back.

use anyhow::Result;
use jiff::Timestamp;
use orloj_wire::job::Job;
use orloj_wire::job_edit::JobCreate;
use serde_json::{Map, Value, json};

use super::read::Wanted;
use super::references::{References, parent_names};
use crate::commands::job::{INTERVAL_PARTS, definition_members};
use crate::exit::{Code, Failure};

/// What is done about one job, calendar, channel or rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    /// It is not there.
    Create,
    /// It is there, but different.
    Update,
    /// It is as wanted.
    Unchanged,
}

impl Action {
    /// What is done about something that is there or not, and differs in so much.
    pub(super) fn of(is_there: bool, differences: &[Difference]) -> Self {
        match (is_there, differences.is_empty()) {
            (false, _) => Self::Create,
            (true, true) => Self::Unchanged,
            (true, false) => Self::Update,
        }
    }
}

/// A member that changes.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(super) struct Difference {
    /// Which; `schedule` stands for all members of the kind of schedule.
    pub(super) member: String,
    /// What it is.
    pub(super) from: Value,
    /// What it will be.
    pub(super) to: Value,
}

/// What happens to one job.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// What is done.
    pub(super) action: Action,
    /// English name.
    pub(super) name: String,
    /// Number, once it is there.
    pub(super) id: Option<i64>,
    /// Version that was looked at.
    pub(super) version: Option<i64>,
    /// What the file says.
    pub(super) members: Map<String, Value>,
    /// What the job is now.
    pub(super) current: Map<String, Value>,
    /// When it is due next, now.
    pub(super) current_next: Option<Timestamp>,
    /// What differs.
    pub(super) differences: Vec<Difference>,
    /// The schedule that will be, in words.
    pub(super) words: String,
    /// Next instants as things are.
    pub(super) before: Vec<Timestamp>,
    /// Next instants as they will be.
    pub(super) after: Vec<Timestamp>,
    /// Calendars of it that the same files make or change, and that the next instants do not know yet.
    pub(super) moving_calendars: Vec<String>,
}

impl Change {
    /// The members as a new job.
    pub(super) fn definition(&self, known: &References) -> Result<JobCreate> {
        let members = known.numbered(&self.name, self.members.clone())?;
        serde_json::from_value(Value::Object(members))
            .map_err(|error| Failure::usage(format!("{:?}: {error}", self.name)).into())
    }

    /// Whether the job's instants may change.
    pub(super) fn moves_runs(&self) -> bool {
        self.differences.iter().any(|difference| {
            [
                "schedule",
                "timezone",
                "startAt",
                "endAt",
                "dst",
                "isEnabled",
                "calendars",
                "executionWindows",
                "outsideWindows",
            ]
            .contains(&difference.member.as_str())
        })
    }

    /// The members as they will be.
    pub(super) fn outcome(&self) -> Map<String, Value> {
        let mut members = self.current.clone();
        if says_schedule(&self.members) {
            members.retain(|name, _| !is_schedule(name));
        }
        members.extend(self.members.clone());
        members
    }
}

/// Compares every wanted job with the one of the same English name.
pub(super) fn plan(
    wanted: Vec<Wanted>,
    existing: &[Job],
    known: &References,
) -> Result<Vec<Change>> {
    wanted
        .into_iter()
        .map(|wanted| {
            let mut same_name = existing
                .iter()
                .filter(|job| job.name_en.as_deref() == Some(wanted.name.as_str()));
            let job = same_name.next();
            if same_name.next().is_some() {
                return Err(Failure::new(
                    Code::Conflict,
                    format!(
                        "there are several jobs named {:?}; rename all but one",
                        wanted.name
                    ),
                )
                .into());
            }
            change(wanted, job, known)
        })
        .collect()
}

/// New jobs in an order in which each comes after those that it is to run after: steps, of which each needs only the
/// earlier ones.
pub(super) fn steps(changes: &[Change]) -> Result<Vec<Vec<usize>>> {
    let mut left: Vec<usize> = (0..changes.len())
        .filter(|at| {
            changes
                .get(*at)
                .is_some_and(|change| change.action == Action::Create)
        })
        .collect();
    let mut steps = Vec::new();
    while !left.is_empty() {
        let waiting: Vec<&str> = left
            .iter()
            .filter_map(|at| changes.get(*at))
            .map(|change| change.name.as_str())
            .collect();
        let (later, now): (Vec<usize>, Vec<usize>) = left.iter().partition(|at| {
            changes.get(**at).is_some_and(|change| {
                let mut parents = parent_names(&change.members).into_iter();
                parents.any(|parent| waiting.contains(&parent))
            })
        });
        if now.is_empty() {
            return Err(Failure::usage(format!(
                "these jobs would run in a circle: {}; take one of the links of `after` out",
                waiting.join(", ")
            ))
            .into());
        }
        steps.push(now);
        left = later;
    }
    Ok(steps)
}

fn change(wanted: Wanted, job: Option<&Job>, known: &References) -> Result<Change> {
    let current = job.map(definition_members).transpose()?.unwrap_or_default();
    let current = known.named(current);
    let wanted = Wanted {
        members: known.named(wanted.members),
        ..wanted
    };
    let differences = if job.is_some() {
        differences(&wanted.members, &current)
    } else {
        Vec::new()
    };
    Ok(Change {
        action: Action::of(job.is_some(), &differences),
        name: wanted.name,
        id: job.map(|job| job.id),
        version: job.map(|job| job.version),
        members: wanted.members,
        current,
        current_next: job.and_then(|job| job.next_run_at),
        differences,
        words: String::new(),
        before: Vec::new(),
        after: Vec::new(),
        moving_calendars: Vec::new(),
    })
}

fn differences(wanted: &Map<String, Value>, current: &Map<String, Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    let (schedule_from, schedule_to) = (schedule(current), schedule(wanted));
    if says_schedule(wanted) && schedule_from != schedule_to {
        found.push(Difference {
            member: "schedule".to_owned(),
            from: schedule_from,
            to: schedule_to,
        });
    }
    for (member, to) in wanted.iter().filter(|(member, _)| !is_schedule(member)) {
        let from = current.get(member).cloned().unwrap_or(Value::Null);
        if comparable(member, &from) != comparable(member, to) {
            found.push(Difference {
                member: member.clone(),
                from,
                to: to.clone(),
            });
        }
    }
    found
}

fn comparable(member: &str, value: &Value) -> Value {
    match (member, value) {
        // The order of tags means nothing.
        ("tags", Value::Array(tags)) => {
            let mut tags: Vec<&str> = tags.iter().filter_map(Value::as_str).collect();
            tags.sort_unstable();
            json!(tags)
        }
        // No parameters and none are the same.
        ("parameters", Value::Null) => json!({}),
        ("calendars" | "executionWindows" | "notifications" | "tags", Value::Null) => json!([]),
        ("outsideWindows", Value::Null) => json!("skip"),
        _ => value.clone(),
    }
}

/// Members of which a job has those of one kind.
const SCHEDULE: [&str; 5] = [
    "cronExpression",
    "cronFields",
    "runAt",
    "recurrence",
    "manual",
];

fn is_schedule(member: &str) -> bool {
    SCHEDULE.contains(&member) || INTERVAL_PARTS.contains(&member)
}

fn says_schedule(members: &Map<String, Value>) -> bool {
    members.keys().any(|member| is_schedule(member))
}

/// The kind of schedule and its value, however it is written: 90 minutes are an hour and 30 minutes.
fn schedule(members: &Map<String, Value>) -> Value {
    let seconds: u64 = INTERVAL_PARTS
        .iter()
        .zip([1, 60, 3_600, 86_400])
        .filter_map(|(part, unit)| Some(members.get(*part)?.as_u64()?.saturating_mul(unit)))
        .fold(0, u64::saturating_add);
    if seconds > 0 {
        return json!({"everySeconds": seconds});
    }
    SCHEDULE
        .iter()
        .filter_map(|member| Some((*member, members.get(*member)?)))
        .find(|(_, value)| !value.is_null() && **value != Value::Bool(false))
        .map_or(Value::Null, |(member, value)| json!({member: value}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn differing(wanted: Value, current: Value) -> Vec<String> {
        differences(&members(wanted), &members(current))
            .into_iter()
            .map(|difference| difference.member)
            .collect()
    }

    #[test]
    fn the_same_schedule_in_other_words_is_no_difference() {
        let current = json!({"intervalSeconds": null, "intervalMinutes": 30, "intervalHours": 1, "manual": false, "cronExpression": null});
        assert!(differing(json!({"intervalMinutes": 90}), current.clone()).is_empty());
        assert_eq!(
            differing(json!({"intervalMinutes": 91}), current.clone()),
            ["schedule"]
        );
        assert_eq!(
            differing(json!({"cronExpression": "@daily"}), current.clone()),
            ["schedule"]
        );
        assert!(
            differing(json!({}), current).is_empty(),
            "a file that says no schedule keeps it"
        );
    }

    #[test]
    fn members_that_are_not_said_stay() {
        let current = json!({"priority": 5, "tags": ["b", "a"], "parameters": {"x": 1}, "descriptionEn": "old"});
        assert!(differing(json!({"priority": 5, "tags": ["a", "b"]}), current.clone()).is_empty());
        assert_eq!(
            differing(
                json!({"priority": 6, "parameters": {"x": 2}, "descriptionEn": null}),
                current
            ),
            ["descriptionEn", "parameters", "priority"]
        );
    }

    fn wanted(name: &str, parents: &[&str]) -> Wanted {
        let parents: Vec<Value> = parents
            .iter()
            .map(|parent| json!({ "job": parent, "on": "success" }))
            .collect();
        Wanted {
            name: name.to_owned(),
            members: members(json!({ "after": { "parents": parents } })),
        }
    }

    #[test]
    fn new_jobs_are_made_after_those_that_they_follow() {
        let jobs = vec![
            wanted("c", &["b", "a"]),
            wanted("b", &["a", "there"]),
            wanted("a", &[]),
        ];
        let changes = plan(jobs, &[], &References::default()).unwrap();
        assert_eq!(steps(&changes).unwrap(), [vec![2], vec![1], vec![0]]);
        let circle = vec![wanted("a", &["b"]), wanted("b", &["a"]), wanted("c", &[])];
        let changes = plan(circle, &[], &References::default()).unwrap();
        let message = steps(&changes).unwrap_err().to_string();
        assert!(message.contains("a, b;"), "{message}");
    }

    #[test]
    fn another_kind_of_schedule_takes_the_place_of_the_old_one() {
        let change = Change {
            action: Action::Update,
            name: "A".to_owned(),
            id: Some(1),
            version: Some(1),
            members: members(json!({"cronExpression": "0 3 * * *"})),
            current: members(json!({"intervalMinutes": 5, "manual": false, "timezone": "UTC"})),
            current_next: None,
            differences: Vec::new(),
            words: String::new(),
            before: Vec::new(),
            after: Vec::new(),
            moving_calendars: Vec::new(),
        };
        assert_eq!(
            Value::Object(change.outcome()),
            json!({"cronExpression": "0 3 * * *", "timezone": "UTC"})
        );
    }
}

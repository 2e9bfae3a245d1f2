//! Files with jobs, calendars, channels and rules: a mapping of lists, a list of jobs, or one job. Mistakes are told with
//! their line.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use orloj_wire::calendars::WorkCalendarUpdate;
use orloj_wire::job_edit::JobUpdate;
use orloj_wire::notifications::{ChannelUpdate, NotificationRuleUpdate};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::resources::names_users;
use super::said::{InFiles, Said};
use crate::exit::Failure;

/// A job, a calendar, a channel or a rule as a file wants it.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Wanted {
    /// Its name, by which it is found again.
    pub(in super::super) name: String,
    /// The members that the file says.
    pub(in super::super) members: Map<String, Value>,
}

/// Everything that files want.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) struct Files {
    /// By `nameEn`.
    pub(in super::super) jobs: Vec<Wanted>,
    /// By `nameEn`.
    pub(in super::super) calendars: Vec<Wanted>,
    /// By `name`.
    pub(in super::super) channels: Vec<Wanted>,
    /// By `name`.
    pub(in super::super) rules: Vec<Wanted>,
}

/// The lists of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    jobs: Vec<Said<JobUpdate>>,
    #[serde(default)]
    calendars: Vec<Said<WorkCalendarUpdate>>,
    #[serde(default)]
    channels: Vec<Said<ChannelUpdate>>,
    #[serde(default)]
    rules: Vec<Said<NotificationRuleUpdate>>,
}

impl Files {
    /// Whether users are named somewhere.
    pub(super) fn name_users(&self) -> bool {
        let shared = self.calendars.iter().chain(&self.channels);
        shared
            .into_iter()
            .any(|wanted| names_users(&wanted.members))
    }

    fn lists(&mut self) -> [(&'static str, &'static str, &mut Vec<Wanted>); 4] {
        [
            ("job", "nameEn", &mut self.jobs),
            ("calendar", "nameEn", &mut self.calendars),
            ("channel", "name", &mut self.channels),
            ("rule", "name", &mut self.rules),
        ]
    }
}

/// What all files want, each name once.
pub(super) fn files(paths: &[PathBuf]) -> Result<Files> {
    let mut all = Files::default();
    let mut origins: BTreeMap<(&'static str, String), String> = BTreeMap::new();
    for path in paths {
        for (origin, text) in texts(path)? {
            let mut read = document(&origin, &text)?;
            for ((what, key, list), (_, _, into)) in read.lists().into_iter().zip(all.lists()) {
                for wanted in list.drain(..) {
                    let name = (what, wanted.name.clone());
                    if let Some(earlier) = origins.insert(name, origin.clone()) {
                        return Err(Failure::usage(format!(
                            "{origin}: there is a second {what} named {:?} (the first is in {earlier}); {what}s are told apart by {key}",
                            wanted.name
                        ))
                        .into());
                    }
                    into.push(wanted);
                }
            }
        }
    }
    Ok(all)
}

fn texts(path: &Path) -> Result<Vec<(String, String)>> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(vec![("standard input".to_owned(), text)]);
    }
    let unreadable = |path: &Path| Failure::usage(format!("cannot read {}", path.display()));
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        paths = std::fs::read_dir(path)
            .with_context(|| unreadable(path))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.retain(|path| {
            path.extension().is_some_and(|extension| {
                ["yaml", "yml", "json"]
                    .iter()
                    .any(|known| extension == *known)
            })
        });
        paths.sort();
        if paths.is_empty() {
            return Err(Failure::usage(format!(
                "there is no file *.yaml, *.yml or *.json in {}",
                path.display()
            ))
            .into());
        }
    }
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).with_context(|| unreadable(&path))?;
            Ok((path.display().to_string(), text))
        })
        .collect()
}

/// What one text wants. Its shape is looked at first, so that the real reading can name the line of a mistake.
fn document(origin: &str, text: &str) -> Result<Files> {
    let shape: Value = typed(origin, text)?;
    let jobs: Vec<Said<JobUpdate>> = match &shape {
        Value::Array(_) => typed(origin, text)?,
        Value::Object(members) if is_document(members) => {
            let document: Document = typed(origin, text)?;
            return Ok(Files {
                jobs: named(origin, "nameEn", document.jobs)?,
                calendars: named(origin, "nameEn", document.calendars)?,
                channels: named(origin, "name", document.channels)?,
                rules: named(origin, "name", document.rules)?,
            });
        }
        Value::Object(_) => vec![typed(origin, text)?],
        _ => {
            return Err(Failure::usage(format!(
                "{origin}: a list of jobs, a mapping with `jobs`, `calendars`, `channels` or `rules`, or one job is wanted here"
            ))
            .into());
        }
    };
    Ok(Files {
        jobs: named(origin, "nameEn", jobs)?,
        ..Files::default()
    })
}

/// Whether a mapping has lists and is not a job, which may have `calendars` too.
fn is_document(members: &Map<String, Value>) -> bool {
    ["jobs", "channels", "rules"]
        .iter()
        .any(|list| members.contains_key(*list))
        || (members.contains_key("calendars") && !members.contains_key("nameEn"))
}

fn typed<T: DeserializeOwned>(origin: &str, text: &str) -> Result<T> {
    serde_saphyr::from_str(text)
        .map_err(|error| Failure::usage(format!("{origin}: {error}")).into())
}

fn named<T: InFiles>(origin: &str, key: &str, list: Vec<Said<T>>) -> Result<Vec<Wanted>> {
    list.into_iter()
        .enumerate()
        .map(|(number, said)| match said.members.get(key) {
            Some(Value::String(name)) => Ok(Wanted {
                name: name.clone(),
                members: said.members,
            }),
            _ => Err(Failure::usage(format!(
                "{origin}: {} (number {} of its list) has no {key}; by it it is found again",
                T::WHAT,
                number + 1
            ))
            .into()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<Vec<Wanted>> {
        Ok(document("jobs.yaml", text)?.jobs)
    }

    #[test]
    fn all_three_shapes_mean_the_same() {
        let one = "nameEn: A\ntaskFunctionKey: echo\nintervalMinutes: 5\n";
        let list = "- nameEn: A\n  taskFunctionKey: echo\n  intervalMinutes: 5\n";
        let mapping = "jobs:\n  - nameEn: A\n    taskFunctionKey: echo\n    intervalMinutes: 5\n";
        let read_one = read(one).unwrap();
        assert_eq!(read_one, read(list).unwrap());
        assert_eq!(read_one, read(mapping).unwrap());
        assert_eq!(
            Value::Object(read_one[0].members.clone()),
            json!({"nameEn": "A", "taskFunctionKey": "echo", "intervalMinutes": 5})
        );
    }

    #[test]
    fn null_is_kept_apart_from_left_out() {
        let jobs = read("nameEn: A\ndescriptionEn: null\nmisfireGraceTime: ~\n").unwrap();
        assert_eq!(
            Value::Object(jobs[0].members.clone()),
            json!({"nameEn": "A", "descriptionEn": null, "misfireGraceTime": null})
        );
    }

    #[test]
    fn other_jobs_and_calendars_have_names_here() {
        let text = "nameEn: A\nafter:\n  parents:\n    - {job: B, on: success}\ncalendars:\n  - {calendar: Egypt, rule: skip}\n";
        let job = read(text).unwrap().remove(0);
        assert_eq!(
            Value::Object(job.members),
            json!({
                "nameEn": "A",
                "after": { "parents": [{ "job": "B", "on": "success" }], "mode": "all" },
                "calendars": [{ "calendar": "Egypt", "rule": "skip" }],
            })
        );
        let job = read("nameEn: A\nafter: null\ncalendars: ~\n")
            .unwrap()
            .remove(0);
        assert_eq!(
            Value::Object(job.members),
            json!({"nameEn": "A", "after": null, "calendars": null})
        );
        for bad in [
            "nameEn: A\nafter:\n  parents:\n    - {jop: B, on: success}\n",
            "nameEn: A\ncalendars:\n  - rule: skip\n    calender: Egypt\n",
        ] {
            let message = read(bad).unwrap_err().to_string();
            assert!(
                message.contains('4') && message.contains("unknown field"),
                "{message}"
            );
        }
        assert!(read("nameEn: A\nafter: ~\nafter: ~\n").is_err());
    }

    #[test]
    fn calendars_channels_and_rules_have_lists_of_their_own() {
        let text = "calendars:
  - nameEn: Egypt
    nameAr: null
    weekend: [friday]
    sharedWith: [maryam, 7]
    entries:
      - {name: Labour Day, kind: holiday, when: {type: yearly, month: 5, day: 1}}
channels:
  - name: ops
    kind: mail
    settings: {connection: office, recipients: [ops@example.com], replyTo: null}
rules:
  - name: nightly
    filter: {jobs: [Export]}
    notify: {events: [failure], channels: [ops]}
";
        let files = document("all.yaml", text).unwrap();
        assert!(files.jobs.is_empty());
        let members = |list: &[Wanted]| Value::Object(list[0].members.clone());
        assert_eq!(
            members(&files.calendars),
            json!({
                "nameEn": "Egypt",
                "nameAr": null,
                "weekend": ["friday"],
                "sharedWith": ["maryam", 7],
                "entries": [{ "name": "Labour Day", "kind": "holiday", "when": { "type": "yearly", "month": 5, "day": 1 } }],
            })
        );
        assert_eq!(
            members(&files.channels),
            json!({
                "name": "ops",
                "kind": "mail",
                "settings": { "connection": "office", "recipients": ["ops@example.com"], "replyTo": null },
            })
        );
        let rule = members(&files.rules);
        assert_eq!(rule["filter"], json!({ "jobs": ["Export"] }));
        assert_eq!(rule["notify"]["afterFailures"], 1);
        assert_eq!(rule.get("scope"), None, "what is not said is not there");
        for (bad, line, word) in [
            ("channels:\n  - name: a\n    knid: mail\n", "3", "knid"),
            ("rules:\n  - name: a\n    filter: {job: [b]}\n", "3", "job"),
            (
                "rules:\n  - name: a\n    notify: {events: [failure], channel: [b]}\n",
                "3",
                "channel",
            ),
            (
                "calendars:\n  - nameEn: a\n    weekends: [friday]\n",
                "3",
                "weekends",
            ),
            (
                "calendars:\n  - nameEn: a\n    ownerId: 1\n",
                "3",
                "ownerId",
            ),
            ("calendars:\n  - weekend: [friday]\n", "1", "nameEn"),
            ("channels:\n  - nameEn: a\n", "2", "nameEn"),
            ("rules: []\nmore: 1\n", "2", "more"),
        ] {
            let message = document("all.yaml", bad).unwrap_err().to_string();
            assert!(
                message.contains(line) && message.contains(word),
                "{bad}: {message}"
            );
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let text = "jobs:\n  - nameEn: A\n    cronExpresion: \"0 * * * *\"\n";
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains("jobs.yaml"), "{message}");
        assert!(message.contains("cronExpresion"), "{message}");
        assert!(message.contains('3'), "{message}");
        for bad in [
            "",
            "just a text",
            "- 1",
            "jobs: 3",
            "jobs: []\nmore: 1",
            "- taskFunctionKey: echo",
            "a: [",
            "- nameEn: ~",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_folder_is_read_in_order_and_a_name_only_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("b.yaml"), "- nameEn: B\n").unwrap();
        std::fs::write(folder.path().join("a.json"), r#"{"nameEn": "A"}"#).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no jobs").unwrap();
        let paths = [folder.path().to_owned()];
        let names: Vec<String> = files(&paths)
            .unwrap()
            .jobs
            .into_iter()
            .map(|job| job.name)
            .collect();
        assert_eq!(names, ["A", "B"]);
        std::fs::write(folder.path().join("c.yml"), "nameEn: A\n").unwrap();
        let message = files(&paths).unwrap_err().to_string();
        assert!(
            message.contains("a.json") && message.contains("c.yml"),
            "{message}"
        );
    }
}

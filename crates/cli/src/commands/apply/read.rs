//! Files with jobs: a list, a mapping with `jobs`, or one job. Mistakes are told with their line.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::said::Said;
use crate::exit::Failure;

/// A job as a file wants it.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Wanted {
    /// Its English name, by which it is found again.
    pub(in super::super) name: String,
    /// The members that the file says.
    pub(in super::super) members: Map<String, Value>,
}

/// `jobs:` and the list. Read as updates, because these tell "left out" from "null".
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    jobs: Vec<Said>,
}

/// The jobs of all files, each name once.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<Wanted>> {
    let mut all: Vec<Wanted> = Vec::new();
    let mut origins: BTreeMap<String, String> = BTreeMap::new();
    for path in paths {
        for (origin, text) in texts(path)? {
            for wanted in document(&origin, &text)? {
                if let Some(earlier) = origins.insert(wanted.name.clone(), origin.clone()) {
                    return Err(Failure::usage(format!(
                        "{origin}: there is a second job named {:?} (the first is in {earlier}); jobs are told apart by nameEn",
                        wanted.name
                    ))
                    .into());
                }
                all.push(wanted);
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

/// The jobs of one text. Its shape is looked at first, so that the real reading can name the line of a mistake.
fn document(origin: &str, text: &str) -> Result<Vec<Wanted>> {
    let shape: Value = typed(origin, text)?;
    let jobs: Vec<Said> = match &shape {
        Value::Array(_) => typed(origin, text)?,
        Value::Object(members) if members.contains_key("jobs") => {
            typed::<Document>(origin, text)?.jobs
        }
        Value::Object(_) => vec![typed(origin, text)?],
        _ => {
            return Err(Failure::usage(format!(
                "{origin}: a list of jobs, a mapping with `jobs`, or one job is wanted here"
            ))
            .into());
        }
    };
    jobs.into_iter()
        .enumerate()
        .map(|(number, job)| wanted(origin, number, job))
        .collect()
}

fn typed<T: DeserializeOwned>(origin: &str, text: &str) -> Result<T> {
    serde_saphyr::from_str(text)
        .map_err(|error| Failure::usage(format!("{origin}: {error}")).into())
}

fn wanted(origin: &str, number: usize, said: Said) -> Result<Wanted> {
    let Some(Some(name)) = said.job.name_en.clone() else {
        return Err(Failure::usage(format!(
            "{origin}: job {} has no nameEn; by it the job is found again",
            number + 1
        ))
        .into());
    };
    let mut members = match serde_json::to_value(said.job)? {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (member, value) in said.named {
        members.insert(member.to_owned(), value);
    }
    Ok(Wanted { name, members })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<Vec<Wanted>> {
        document("jobs.yaml", text)
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

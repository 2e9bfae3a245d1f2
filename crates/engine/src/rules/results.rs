//! `{"$result": {"job": 7, "path": "/count"}}` inside parameters: what a parent returned, filled in when a run starts.

use serde_json::Value;

use crate::model::{After, Parent};

/// The member that makes an object a reference.
const MEMBER: &str = "$result";
/// What stands for a result while parameters are checked that have none yet.
const STAND_IN: &str = "result";

/// One reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResultReference {
    /// JSON pointer to the object.
    pub(crate) pointer: String,
    /// What it refers to; `None` when the object is not written as a reference must be.
    pub(crate) target: Option<Target>,
}

/// What a reference refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    job: Job,
    /// JSON pointer into the result; empty for all of it.
    pub(crate) path: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Job {
    Number(i64),
    Alias(String),
}

impl Target {
    fn read(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        let inner = members.get(MEMBER).filter(|_| members.len() == 1)?;
        let inner = inner.as_object()?;
        if inner.keys().any(|name| name != "job" && name != "path") {
            return None;
        }
        let job = match inner.get("job")? {
            Value::Number(number) => Job::Number(number.as_i64()?),
            Value::String(alias) => Job::Alias(alias.clone()),
            _ => return None,
        };
        let path = match inner.get("path") {
            None => String::new(),
            Some(path) => path.as_str()?.to_owned(),
        };
        (path.is_empty() || path.starts_with('/')).then_some(Self { job, path })
    }

    /// The parent it means.
    pub(crate) fn parent<'a>(&self, after: &'a After) -> Option<&'a Parent> {
        after.parents.iter().find(|parent| match &self.job {
            Job::Number(id) => parent.job_id == *id,
            Job::Alias(alias) => parent.alias.as_ref() == Some(alias),
        })
    }
}

/// Whether anything in the value is a reference, or looks like a broken one.
pub(crate) fn has_result(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_result),
        Value::Object(members) => members.contains_key(MEMBER) || members.values().any(has_result),
        _ => false,
    }
}

/// All references in a value, also those that are not written well.
pub(crate) fn result_references(value: &Value) -> Vec<ResultReference> {
    let mut found = Vec::new();
    gather(value, &mut String::new(), &mut found);
    found
}

fn gather(value: &Value, at: &mut String, found: &mut Vec<ResultReference>) {
    let mut step = |name: &str, inner: &Value| {
        let length = at.len();
        at.push('/');
        at.push_str(&name.replace('~', "~0").replace('/', "~1"));
        gather(inner, at, found);
        at.truncate(length);
    };
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                step(&index.to_string(), item);
            }
        }
        Value::Object(members) if members.contains_key(MEMBER) => found.push(ResultReference {
            pointer: at.clone(),
            target: Target::read(value),
        }),
        Value::Object(members) => {
            for (name, member) in members {
                step(name, member);
            }
        }
        _ => {}
    }
}

/// The value with every reference replaced by what `fill` answers for it, or by a stand-in. What is filled in is not
/// looked at again: a result cannot refer to anything.
pub(crate) fn with_results(value: &Value, fill: &mut dyn FnMut(&Target) -> Option<Value>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| with_results(item, fill)).collect(),
        Value::Object(members) if members.contains_key(MEMBER) => Target::read(value)
            .and_then(|target| fill(&target))
            .unwrap_or_else(|| Value::String(STAND_IN.to_owned())),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), with_results(member, fill)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{JoinMode, OnEnd};

    #[test]
    fn references_are_found_judged_and_filled() {
        let value = json!({
            "a/b": { "$result": { "job": 7, "path": "/count" } },
            "list": [{ "$result": { "job": "export" } }],
            "broken": [
                { "$result": 7 },
                { "$result": { "job": 7 }, "more": 1 },
                { "$result": { "job": 7, "path": "count" } },
                { "$result": { "job": 7, "index": 1 } },
                { "$result": { "job": 7.5 } },
            ],
        });
        let found = result_references(&value);
        let good = found.iter().filter(|one| one.target.is_some()).count();
        assert_eq!((found.len(), good), (7, 2));
        assert!(found.iter().any(|one| one.pointer == "/a~1b"));
        let after = After {
            parents: vec![
                Parent {
                    job_id: 7,
                    on: OnEnd::Success,
                    alias: None,
                },
                Parent {
                    job_id: 8,
                    on: OnEnd::Success,
                    alias: Some("export".to_owned()),
                },
            ],
            mode: JoinMode::All,
            within_seconds: None,
        };
        let filled = with_results(&value, &mut |target| {
            let parent = target.parent(&after)?;
            Some(json!({ "$result": [parent.job_id, target.path] }))
        });
        assert_eq!(
            filled["a/b"],
            json!({ "$result": [7, "/count"] }),
            "not looked at again"
        );
        assert_eq!(filled["list"][0], json!({ "$result": [8, ""] }));
        assert_eq!(filled["broken"][0], "result");
    }
}

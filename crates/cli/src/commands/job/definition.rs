//! A job's definition as flags, or as a file with flags on top.

use std::path::PathBuf;

use anyhow::{Context, Result};
use orloj_engine::Clock;
use orloj_wire::job_edit::JobUpdate;
use serde_json::{Map, Value, json};

use crate::exit::Failure;
use crate::said;

/// Members of a definition.
#[derive(Debug, clap::Args)]
pub(super) struct Definition {
    /// File with the definition (YAML or JSON, members as in the API); flags win over it
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Key of the task function (echo, script, webhook, ...)
    #[arg(long, value_name = "KEY")]
    task: Option<String>,
    /// English name
    #[arg(long)]
    name: Option<String>,
    /// Arabic name
    #[arg(long, value_name = "NAME")]
    name_ar: Option<String>,
    /// English description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Arabic description
    #[arg(long, value_name = "TEXT")]
    description_ar: Option<String>,
    /// Run every so often (90s, 5m, 1h30m, 7d)
    #[arg(long, value_name = "SPAN", group = "when", value_parser = said::span)]
    every: Option<std::time::Duration>,
    /// Run by a cron expression
    #[arg(long, value_name = "EXPRESSION", group = "when")]
    cron: Option<String>,
    /// Run once, at this instant (or +10m)
    #[arg(long, value_name = "INSTANT", group = "when")]
    at: Option<String>,
    /// Run every day at these times (09:00,17:30)
    #[arg(long, value_name = "TIMES", group = "when", value_delimiter = ',')]
    daily: Option<Vec<String>>,
    /// Run only by hand
    #[arg(long, group = "when")]
    manual: bool,
    /// Time zone whose wall clock the schedule means (IANA name)
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Nothing runs before this instant
    #[arg(long, value_name = "INSTANT")]
    start_at: Option<String>,
    /// Nothing runs after this instant
    #[arg(long, value_name = "INSTANT")]
    end_at: Option<String>,
    /// A parameter of the task function; JSON values are taken as such, anything else is a text
    #[arg(short, long = "param", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// All parameters as a JSON object, or @FILE with one
    #[arg(long = "parameters", value_name = "JSON")]
    object: Option<String>,
    /// Higher first when more is ready than can run
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    priority: Option<i32>,
    /// Runs of the job that may overlap (1 to 10)
    #[arg(long, value_name = "N")]
    max_instances: Option<u32>,
    /// What happens when that many run (skip, queue, cancel_running)
    #[arg(long, value_name = "WORD")]
    overlap: Option<String>,
    /// How late an instant may start (30s, 5m), or `none` for no bound
    #[arg(long, value_name = "SPAN", value_parser = grace)]
    grace: Option<Grace>,
    /// Time limit of one attempt (30s, 2h)
    #[arg(long, value_name = "SPAN", value_parser = said::span)]
    timeout: Option<std::time::Duration>,
    /// Attempts in all, the first included
    #[arg(long, value_name = "N")]
    attempts: Option<u32>,
    /// Delay before the second attempt; it doubles with each further one
    #[arg(long, value_name = "SPAN", value_parser = said::span, requires = "attempts")]
    retry_delay: Option<std::time::Duration>,
    /// Words to find it by; the list is replaced
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    tags: Option<Vec<String>>,
    /// Whether the schedule counts
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    enabled: Option<bool>,
    /// Any other member, by its name in the API; the value is JSON, or else a text
    #[arg(long = "set", value_name = "MEMBER=VALUE")]
    others: Vec<String>,
}

/// A misfire grace as typed.
#[derive(Clone, Copy, Debug)]
enum Grace {
    Seconds(u64),
    Unbounded,
}

fn grace(text: &str) -> Result<Grace, String> {
    match text {
        "none" => Ok(Grace::Unbounded),
        "0" | "0s" => Ok(Grace::Seconds(0)),
        span => said::span(span).map(|span| Grace::Seconds(span.as_secs())),
    }
}

impl Definition {
    /// The members that were said, named as in the API. Wall-clock times mean `--timezone`, else `timezone`.
    pub(super) fn members(self, timezone: Option<&str>) -> Result<Map<String, Value>> {
        let mut members = match &self.file {
            Some(path) => file_members(path)?,
            None => Map::new(),
        };
        let zone = self
            .timezone
            .clone()
            .or_else(|| Some(members.get("timezone")?.as_str()?.to_owned()))
            .or_else(|| timezone.map(str::to_owned));
        let instant = |text: &Option<String>| -> Result<Option<Value>> {
            text.as_deref()
                .map(|text| said::instant(text, zone.as_deref(), Clock::System.now()))
                .transpose()
                .map(|at| at.map(|at| json!(at)))
        };
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        set("taskFunctionKey", self.task.map(Value::from));
        set("nameEn", self.name.map(Value::from));
        set("nameAr", self.name_ar.map(Value::from));
        set("descriptionEn", self.description.map(Value::from));
        set("descriptionAr", self.description_ar.map(Value::from));
        set(
            "intervalSeconds",
            self.every.map(|span| json!(span.as_secs())),
        );
        set("cronExpression", self.cron.map(Value::from));
        set("runAt", instant(&self.at)?);
        set(
            "recurrence",
            self.daily
                .map(|times| json!({"kind": "daily", "times": times})),
        );
        set("manual", self.manual.then_some(Value::Bool(true)));
        set("timezone", self.timezone.map(Value::from));
        set("startAt", instant(&self.start_at)?);
        set("endAt", instant(&self.end_at)?);
        let parameters = said::parameters(&self.parameters, self.object.as_deref())?;
        set("parameters", parameters.map(Value::Object));
        set("priority", self.priority.map(Value::from));
        set("maxInstances", self.max_instances.map(Value::from));
        set("overlap", self.overlap.map(Value::from));
        set(
            "misfireGraceTime",
            self.grace.map(|grace| match grace {
                Grace::Seconds(seconds) => json!(seconds),
                Grace::Unbounded => Value::Null,
            }),
        );
        set(
            "timeoutSeconds",
            self.timeout.map(|span| json!(span.as_secs())),
        );
        set(
            "retryPolicy",
            self.attempts.map(|attempts| {
                let mut policy = json!({"maxAttempts": attempts, "backoff": "exponential"});
                if let Some(delay) = self.retry_delay {
                    policy["delaySeconds"] = json!(delay.as_secs());
                }
                policy
            }),
        );
        set("tags", self.tags.map(Value::from));
        set("isEnabled", self.enabled.map(Value::from));
        if let Some(others) = said::parameters(&self.others, None)? {
            members.extend(others);
        }
        Ok(members)
    }
}

/// The definition in a file. The types of the API say which members there are, with the line of a mistake.
fn file_members(path: &PathBuf) -> Result<Map<String, Value>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| Failure::usage(format!("cannot read {}", path.display())))?;
    let body: JobUpdate = serde_saphyr::from_str(&text)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    match serde_json::to_value(body)? {
        Value::Object(members) => Ok(members),
        _ => Ok(Map::new()),
    }
}

/// The names of an interval's parts.
pub(in crate::commands) const INTERVAL_PARTS: [&str; 4] = [
    "intervalSeconds",
    "intervalMinutes",
    "intervalHours",
    "intervalDays",
];

/// In an update the parts that are not said would stay and add up: they are cleared when one of them is said.
pub(in crate::commands) fn complete_interval(members: &mut Map<String, Value>) {
    if INTERVAL_PARTS
        .iter()
        .any(|part| members.get(*part).is_some_and(|value| !value.is_null()))
    {
        for part in INTERVAL_PARTS {
            members.entry(part).or_insert(Value::Null);
        }
    }
}

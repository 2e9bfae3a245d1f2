//! A template's parameters in the words of its task function. The schema has been checked before; here stands what a
//! schema cannot say.

use orloj_schedule::Spec;
use serde_json::{Map, Value, json};

type Given = Map<String, Value>;

/// The connection that databases and mail are reached through unless the job names another.
pub(super) const CONNECTION: &str = "default";

fn text<'g>(given: &'g Given, name: &str, default: &'g str) -> &'g str {
    given.get(name).and_then(Value::as_str).unwrap_or(default)
}

fn flag(given: &Given, name: &str, default: bool) -> bool {
    given.get(name).and_then(Value::as_bool).unwrap_or(default)
}

fn number(given: &Given, name: &str, default: i64) -> i64 {
    given.get(name).and_then(Value::as_i64).unwrap_or(default)
}

fn members<'g>(given: &'g Given, name: &str) -> impl Iterator<Item = (&'g String, &'g Value)> {
    given
        .get(name)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Refuses a value that the schema offers and this server cannot do.
fn only(given: &Given, name: &str, possible: &str) -> Result<(), String> {
    match text(given, name, possible) {
        value if value == possible => Ok(()),
        value => Err(format!(
            "{name}: {value} is not available on this server; use {possible}"
        )),
    }
}

pub(super) fn database_cleanup(given: &Given, _: &Spec) -> Result<Value, String> {
    let by_age = text(given, "condition_type", "older_than_days") == "older_than_days";
    let mut parameters = json!({
        "connection": text(given, "connection", CONNECTION),
        "table": text(given, "collection", ""),
        "dryRun": flag(given, "dry_run", true),
        "batchSize": number(given, "batch_size", 1_000),
    });
    if by_age {
        parameters["ageColumn"] = text(given, "date_field", "created_at").into();
        parameters["olderThanDays"] = number(given, "days_old", 1).into();
    }
    let conditions = conditions(given, "custom_condition")?;
    if !conditions.is_empty() {
        parameters["conditions"] = conditions.into();
    } else if !by_age {
        return Err("custom_condition: must name at least one column".to_owned());
    }
    Ok(parameters)
}

/// Columns with values, or with comparisons, as the conditions of the data functions.
fn conditions(given: &Given, name: &str) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for (column, wanted) in members(given, name) {
        if column.starts_with('$') {
            return Err(format!("{name}.{column}: only columns can be named here"));
        }
        match wanted {
            Value::Null => all.push(json!({ "column": column, "operator": "is_null" })),
            Value::Array(_) => {
                return Err(format!(
                    "{name}.{column}: use {{\"$in\": [...]}} for several values"
                ));
            }
            Value::Object(comparisons) => {
                for (sign, value) in comparisons {
                    all.push(comparison(name, column, sign, value)?);
                }
            }
            value => all.push(json!({ "column": column, "operator": "eq", "value": value })),
        }
    }
    Ok(all)
}

fn comparison(name: &str, column: &str, sign: &str, value: &Value) -> Result<Value, String> {
    let operator = match (sign, value) {
        ("$exists", Value::Bool(true)) | ("$ne", Value::Null) => {
            return Ok(json!({ "column": column, "operator": "is_not_null" }));
        }
        ("$exists", Value::Bool(false)) | ("$eq", Value::Null) => {
            return Ok(json!({ "column": column, "operator": "is_null" }));
        }
        ("$eq", _) => "eq",
        ("$ne", _) => "ne",
        ("$lt", _) => "lt",
        ("$lte", _) => "le",
        ("$gt", _) => "gt",
        ("$gte", _) => "ge",
        ("$in", Value::Array(_)) => "in",
        ("$nin", Value::Array(_)) => "not_in",
        _ => {
            return Err(format!(
                "{name}.{column}: {sign} is not a comparison known here"
            ));
        }
    };
    Ok(json!({ "column": column, "operator": operator, "value": value }))
}

pub(super) fn email_notification(given: &Given, _: &Spec) -> Result<Value, String> {
    only(given, "template", "default")?;
    let body_member = match text(given, "body_type", "plain") {
        "html" => "html",
        _ => "text",
    };
    let mut parameters = json!({
        "connection": text(given, "connection", CONNECTION),
        "recipients": given.get("recipients"),
        "subject": text(given, "subject", ""),
        "priority": text(given, "priority", "normal"),
        "templates": false,
    });
    parameters[body_member] = text(given, "body", "").into();
    if let Some(reply_to) = given.get("reply_to") {
        parameters["replyTo"] = reply_to.clone();
    }
    Ok(parameters)
}

pub(super) fn data_export(given: &Given, _: &Spec) -> Result<Value, String> {
    only(given, "destination", "file")?;
    let mut columns: Vec<&String> = Vec::new();
    for (column, wanted) in members(given, "projection") {
        let is_wanted = wanted.as_i64() == Some(1) || wanted == &json!(true);
        let is_unwanted = wanted.as_i64() == Some(0) || wanted == &json!(false);
        if is_wanted {
            columns.push(column);
        } else if !is_unwanted || column != "_id" {
            return Err(format!(
                "projection.{column}: name the columns that are wanted, each with 1"
            ));
        }
    }
    let sort = members(given, "sort")
        .map(|(column, direction)| match direction.as_i64() {
            Some(1) => Ok(json!({ "column": column, "direction": "asc" })),
            Some(-1) => Ok(json!({ "column": column, "direction": "desc" })),
            _ => Err(format!("sort.{column}: must be 1 or -1")),
        })
        .collect::<Result<Vec<_>, String>>()?;
    let mut parameters = json!({
        "connection": text(given, "connection", CONNECTION),
        "table": text(given, "collection", ""),
        "format": text(given, "format", "json"),
        "limit": number(given, "limit", 10_000),
    });
    let conditions = conditions(given, "filters")?;
    for (name, list) in [("conditions", conditions), ("sort", sort)] {
        if !list.is_empty() {
            parameters[name] = list.into();
        }
    }
    if !columns.is_empty() {
        parameters["columns"] = json!(columns);
    }
    if let Some(name) = given.get("filename") {
        parameters["fileName"] = name.clone();
    }
    Ok(parameters)
}

pub(super) fn report_generation(given: &Given, _: &Spec) -> Result<Value, String> {
    let kind = match text(given, "report_type", "") {
        "user_activity" => "user_activity",
        "system_stats" => "system",
        "custom" => "query",
        // How much the scheduler is used: its jobs and what became of them.
        _ => "jobs",
    };
    let mut parameters = json!({
        "kind": kind,
        "range": text(given, "date_range", "last_7d"),
        "format": text(given, "format", "json"),
        "charts": flag(given, "include_charts", false),
    });
    if text(given, "date_range", "") == "custom" {
        parameters["from"] = text(given, "start_date", "").into();
        parameters["to"] = text(given, "end_date", "").into();
    }
    if kind == "query" {
        parameters["connection"] = text(given, "connection", CONNECTION).into();
        parameters["sql"] = text(given, "query", "").into();
    } else if given.contains_key("query") {
        return Err("query: belongs to the report type custom".to_owned());
    }
    if let Some(recipients) = given
        .get("email_recipients")
        .and_then(Value::as_array)
        .filter(|recipients| !recipients.is_empty())
    {
        parameters["mailConnection"] = text(given, "mail_connection", CONNECTION).into();
        parameters["recipients"] = json!(recipients);
    }
    Ok(parameters)
}

pub(super) fn system_cleanup(given: &Given, _: &Spec) -> Result<Value, String> {
    let operations: Vec<&str> = [
        ("cleanup_sessions", "expired"),
        ("cleanup_temp_files", "temporary"),
    ]
    .into_iter()
    .filter(|(name, _)| flag(given, name, true))
    .map(|(_, operation)| operation)
    .collect();
    if operations.is_empty() {
        return Err("cleanup_sessions, cleanup_temp_files: one of them must be true".to_owned());
    }
    Ok(json!({
        "scope": "orloj",
        "operations": operations,
        "keepDays": number(given, "days_to_keep", 30),
    }))
}

/// Most backups that are kept.
const MAX_KEPT: usize = 1_000;

pub(super) fn backup_job(given: &Given, schedule: &Spec) -> Result<Value, String> {
    only(given, "backup_type", "full")?;
    only(given, "destination", "local")?;
    let is_partial = given
        .get("collections")
        .and_then(Value::as_array)
        .is_some_and(|collections| !collections.is_empty());
    if is_partial {
        return Err("collections: only the whole database can be backed up".to_owned());
    }
    let compression = if flag(given, "compression", true) {
        "gzip"
    } else {
        "none"
    };
    Ok(json!({
        "connection": text(given, "connection", CONNECTION),
        "compression": compression,
        "keep": runs_in(schedule, number(given, "retention_days", 30)),
    }))
}

/// How many runs a schedule has in so many days, from a fixed day on; 1 at least.
fn runs_in(schedule: &Spec, days: i64) -> usize {
    let Ok(compiled) = schedule.compile(0) else {
        // A schedule that cannot be is refused when the job is saved.
        return 1;
    };
    const DAY: i64 = 86_400;
    // Any day in every job's future will do: the first after which nothing is special about it.
    const BEGIN: i64 = 20_000 * DAY;
    let (Ok(mut at), Ok(end)) = (
        jiff::Timestamp::from_second(BEGIN),
        jiff::Timestamp::from_second(BEGIN + days * DAY),
    ) else {
        return 1;
    };
    let mut runs = 0;
    while runs < MAX_KEPT
        && let Some(next) = compiled.next_after(at).filter(|next| *next <= end)
    {
        runs += 1;
        at = next;
    }
    runs.max(1)
}

/// Longest pause between two calls, in seconds.
const MAX_PAUSE: f64 = 60.0;

pub(super) fn webhook_trigger(given: &Given, _: &Spec) -> Result<Value, String> {
    let method = text(given, "method", "POST");
    let retries = if flag(given, "retry_on_failure", true) {
        number(given, "max_retries", 3)
    } else {
        0
    };
    let mut parameters = json!({
        "url": text(given, "url", ""),
        "method": method,
        "timeoutSeconds": number(given, "timeout_seconds", 30),
        "expectedStatus": given.get("expected_status").cloned().unwrap_or_else(|| json!([200, 201, 202, 204])),
        "retries": {
            "count": retries,
            "initialSeconds": 2.0,
            "maxSeconds": MAX_PAUSE,
            "on": ["network", "timeout", "unexpected"],
        },
        "templates": false,
    });
    if let Some(headers) = given.get("headers") {
        parameters["headers"] = headers.clone();
    }
    if method != "GET" {
        parameters["json"] = given.get("body").cloned().unwrap_or_else(|| json!({}));
    }
    Ok(parameters)
}

pub(super) fn test_scheduler(given: &Given, _: &Spec) -> Result<Value, String> {
    Ok(json!({ "message": "The scheduler runs jobs.", "kwargs": given }))
}

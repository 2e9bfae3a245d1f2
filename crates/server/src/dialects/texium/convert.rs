//! Between the engine's nouns and the Texium backend's.

use std::collections::HashMap;

use orloj_engine::model::{
    Delivery, Execution, ExecutionFilter, JobNote, JobView, LogLine, LogQuery, RunCounts, Server,
    Settings, Status, User,
};
use orloj_engine::{Caller, Engine, Result};
use orloj_schedule::RuleSpec;
use serde_json::{Map, Value, json};

use super::SURFACE;
use super::body;
use super::classes::{Arguments, Class, Work};
use super::owner;
use crate::http::hex_id::to_hex;

/// The statuses of runs; instants that were missed or skipped are none.
pub(super) const RUNS: [Status; 8] = [
    Status::Pending,
    Status::Running,
    Status::Success,
    Status::Failed,
    Status::Timeout,
    Status::Cancelled,
    Status::Lost,
    Status::Partial,
];

/// Those that count as failed.
pub(super) const FAILED: [Status; 5] = [
    Status::Failed,
    Status::Timeout,
    Status::Cancelled,
    Status::Lost,
    Status::Partial,
];

/// Lines of a log that are part of an execution's output.
const OUTPUT_LINES: u32 = 500;

/// Runs of a job, of an owner, or all that the asker sees, in these statuses.
pub(super) fn runs(
    job_id: Option<i64>,
    owner_id: Option<i64>,
    statuses: &[Status],
) -> ExecutionFilter {
    ExecutionFilter {
        job_id,
        owner_id,
        statuses: statuses.to_vec(),
        ..ExecutionFilter::default()
    }
}

/// The settings of a new job.
pub(super) fn settings(engine: &Engine, function: &str) -> Settings {
    let info = engine.catalogue().get(function).map(|one| one.info());
    let delivery = match info.map(|info| info.default_delivery) {
        Some(orloj_tasks::Delivery::AtLeastOnce) => Delivery::AtLeastOnce,
        _ => Delivery::AtMostOnce,
    };
    let defaults = &engine.config().defaults;
    Settings {
        misfire_grace_seconds: defaults.misfire_grace_seconds,
        max_instances: defaults.max_instances,
        timeout_seconds: info.and_then(|info| info.default_timeout_seconds),
        ..Settings::with_delivery(delivery)
    }
}

/// The six cron fields of a schedule, where six cron fields can say it.
pub(super) fn fields(rule: &RuleSpec) -> Option<[String; 6]> {
    match rule {
        RuleSpec::Fields {
            minute,
            hour,
            day_of_month,
            month,
            day_of_week,
            week,
        } => Some([minute, hour, day_of_month, month, day_of_week, week].map(Clone::clone)),
        RuleSpec::Cron { expression } => {
            let parts: Vec<String> = expression.split_whitespace().map(str::to_owned).collect();
            let [minute, hour, day, month, weekday] = <[String; 5]>::try_from(parts).ok()?;
            Some([minute, hour, day, month, weekday, "*".to_owned()])
        }
        _ => None,
    }
}

/// The rule of six cron fields.
pub(super) fn rule(
    [minute, hour, day_of_month, month, day_of_week, week]: [String; 6],
) -> RuleSpec {
    RuleSpec::Fields {
        minute,
        hour,
        day_of_month,
        month,
        day_of_week,
        week,
    }
}

/// What is kept beside a job so that it can be read back as it was written.
pub(super) fn note(
    class: &str,
    arguments: &Arguments,
    work: &Work,
    alias: Option<String>,
) -> JobNote {
    JobNote {
        alias,
        content: json!({
            "class": class,
            "args": arguments.args,
            "kwargs": arguments.kwargs,
            "function": work.function,
            "parameters": work.parameters,
        }),
    }
}

/// Class and arguments of a job: as they were written, or when it was made or changed elsewhere, its parameters by name.
pub(super) fn said(
    function: &str,
    parameters: &Value,
    note: Option<&JobNote>,
) -> (String, Arguments) {
    if let Some(JobNote { content, .. }) = note
        && content["function"] == *function
        && content["parameters"] == *parameters
        && let (Some(class), Some(args), Some(kwargs)) = (
            content["class"].as_str(),
            content["args"].as_array(),
            content["kwargs"].as_object(),
        )
    {
        let arguments = Arguments {
            args: args.clone(),
            kwargs: kwargs.clone(),
        };
        return (class.to_owned(), arguments);
    }
    let arguments = Arguments {
        args: Vec::new(),
        kwargs: object(parameters),
    };
    (class_string(function), arguments)
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The class of a task function; one without a class goes by its own key.
fn class_string(function: &str) -> String {
    Class::of_function(function)
        .map_or_else(|| function.to_owned(), |class| class.string.to_owned())
}

/// Jobs with what is kept and counted beside them.
pub(super) async fn to_jobs(caller: &Caller, views: Vec<JobView>) -> Result<Vec<body::Job>> {
    let ids: Vec<i64> = views.iter().map(|view| view.job.id).collect();
    let notes = caller.job_notes(SURFACE, &ids).await?;
    let counts = caller.run_counts(&ids).await?;
    Ok(views
        .into_iter()
        .map(|view| {
            let id = view.job.id;
            to_job(
                view,
                notes.get(&id),
                counts.get(&id).copied().unwrap_or_default(),
            )
        })
        .collect())
}

fn to_job(view: JobView, note: Option<&JobNote>, counts: RunCounts) -> body::Job {
    let job = view.job;
    let (class, arguments) = said(&job.task_function, &job.parameters, note);
    let alias = note.and_then(|note| note.alias.as_deref());
    let [minute, hour, day_of_month, month, day_of_week, week] =
        fields(&job.schedule.rule).map_or_else(Default::default, |fields| fields.map(Some));
    body::Job {
        id: to_hex(job.id),
        user_id: owner::shown(job.owner_id, alias),
        job_class_string: class,
        name: job.title(),
        description: job.description_en.or(job.description_ar),
        minute,
        hour,
        day_of_month,
        month,
        day_of_week,
        week,
        is_enabled: job.is_enabled,
        is_paused: view.is_paused,
        pub_args: arguments.args,
        pub_kwargs: arguments.kwargs,
        created_at: job.created_at,
        updated_at: job.updated_at.unwrap_or(job.created_at),
        last_run_time: view.last_run_at,
        next_run_time: view.next_run_at,
        total_executions: counts.finished,
    }
}

/// Executions with their output.
pub(super) async fn to_executions(
    caller: &Caller,
    list: Vec<Execution>,
) -> Result<Vec<body::Execution>> {
    let mut jobs: Vec<i64> = list.iter().map(|execution| execution.job_id).collect();
    jobs.sort_unstable();
    jobs.dedup();
    let notes = caller.job_notes(SURFACE, &jobs).await?;
    let mut all = Vec::with_capacity(list.len());
    for execution in list {
        all.push(to_execution(caller, execution, &notes).await?);
    }
    Ok(all)
}

async fn to_execution(
    caller: &Caller,
    execution: Execution,
    notes: &HashMap<i64, JobNote>,
) -> Result<body::Execution> {
    let note = notes.get(&execution.job_id);
    let class = note
        .filter(|note| note.content["function"] == execution.task_function)
        .and_then(|note| note.content["class"].as_str())
        .map_or_else(|| class_string(&execution.task_function), str::to_owned);
    let lines = match execution.log_lines {
        0 if execution.status.is_final() => Vec::new(),
        _ => {
            let query = LogQuery {
                tail: true,
                limit: OUTPUT_LINES,
                ..LogQuery::default()
            };
            caller.log(&execution.id.to_string(), query).await?.lines
        }
    };
    let status = match execution.status {
        Status::Pending => body::Status::Pending,
        Status::Running => body::Status::Running,
        Status::Success => body::Status::Completed,
        _ => body::Status::Failed,
    };
    Ok(body::Execution {
        id: to_hex(execution.id),
        job_id: to_hex(execution.job_id),
        user_id: owner::shown(
            execution.owner_id,
            note.and_then(|note| note.alias.as_deref()),
        ),
        output: output(&execution, &lines),
        error: error(&execution),
        job_class_string: class,
        status,
        job_name: execution.job_name,
        started_at: execution.started_at,
        completed_at: execution.finished_at,
        created_at: execution.created_at,
    })
}

/// What the run said, then what it returned.
fn output(execution: &Execution, lines: &[LogLine]) -> String {
    let mut parts: Vec<String> = lines
        .iter()
        .filter(|line| matches!(line.level.as_str(), "stdout" | "info" | "warn"))
        .map(|line| line.text.clone())
        .collect();
    if parts.is_empty() && execution.status == Status::Success {
        parts.extend(execution.outcome.summary.clone());
    }
    if let Some(result) = &execution.outcome.result {
        parts.push(result.to_string());
    }
    parts.join("\n")
}

/// Why it did not end well.
fn error(execution: &Execution) -> String {
    if !execution.status.is_final() || execution.status == Status::Success {
        return String::new();
    }
    let outcome = &execution.outcome;
    let mut parts: Vec<&str> = Vec::new();
    match &outcome.error_message {
        Some(message) => parts.push(message),
        None => parts.extend(outcome.errors.iter().map(String::as_str)),
    }
    parts.extend(outcome.error_detail.as_deref());
    if parts.is_empty() {
        parts.push(
            execution
                .reason
                .as_deref()
                .unwrap_or(execution.status.word()),
        );
    }
    parts.join("\n")
}

/// A user.
pub(super) fn to_user(user: User) -> body::User {
    body::User {
        id: to_hex(user.id),
        name: user.display_name.unwrap_or(user.name),
        email: user.email,
        role: user.role.word(),
        created_at: user.created_at,
        updated_at: user.updated_at,
    }
}

/// A server.
pub(super) fn to_server(server: Server) -> body::Server {
    body::Server {
        id: to_hex(server.id),
        user_id: owner::shown(server.owner_id, server.owner_alias.as_deref()),
        name: server.name,
        hostname: server.host,
        port: server.port,
        status: server.status,
        connection_name: server.connection_name,
        instance_url: server.url,
        username: server.user_name,
        created_at: server.created_at,
        updated_at: server.updated_at,
    }
}

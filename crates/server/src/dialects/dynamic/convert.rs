//! Between the engine's nouns and the Dynamic Scheduler's.

use std::collections::HashMap;

use jiff::Timestamp;
use orloj_engine::model::{
    Backoff, ChannelKind, Execution, JobNote, JobView, LogQuery, NotificationEvent,
    NotificationPolicy, RetryPolicy, ScheduleKind, Status, Trigger,
};
use orloj_engine::{Caller, Kind, Result};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::{Map, Value, json};

use super::SURFACE;
use super::body;
use super::templates::Template;
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

/// Lines of the log in an answer about one execution, and about each of a list.
pub(super) const LINES_OF_ONE: u32 = 1_000;
pub(super) const LINES_IN_LIST: u32 = 100;

/// The statuses behind a word.
pub(super) fn statuses(standing: Option<body::Standing>) -> Vec<Status> {
    match standing {
        None => RUNS.to_vec(),
        Some(body::Standing::Success) => vec![Status::Success],
        Some(body::Standing::Failed) => vec![Status::Failed, Status::Lost],
        Some(body::Standing::Timeout) => vec![Status::Timeout],
        Some(body::Standing::Running) => vec![Status::Pending, Status::Running],
        Some(body::Standing::Partial) => vec![Status::Partial],
        Some(body::Standing::Cancelled) => vec![Status::Cancelled],
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Pending | Status::Running => "running",
        Status::Lost => "failed",
        other => other.word(),
    }
}

/// The schedule that a body asks for; an interval that stays as long keeps its grid.
pub(super) fn spec(
    schedule: &body::Schedule,
    before: Option<&Spec>,
    now: Timestamp,
) -> std::result::Result<Spec, String> {
    let rule = match schedule.kind.as_str() {
        "interval" => {
            let every_seconds = schedule
                .interval_seconds
                .ok_or("schedule.interval_seconds: is required for an interval")?;
            let every_seconds = u64::try_from(every_seconds)
                .ok()
                .filter(|seconds| *seconds > 0)
                .ok_or("schedule.interval_seconds: must be at least 1")?;
            match before.map(|spec| &spec.rule) {
                Some(RuleSpec::Interval {
                    every_seconds: same,
                    anchor,
                }) if *same == every_seconds => RuleSpec::Interval {
                    every_seconds,
                    anchor: *anchor,
                },
                _ => RuleSpec::Interval {
                    every_seconds,
                    anchor: now,
                },
            }
        }
        "cron" => RuleSpec::Cron {
            expression: schedule
                .expression
                .clone()
                .ok_or("schedule.expression: is required for a cron schedule")?,
        },
        _ => return Err("schedule.type: must be interval or cron".to_owned()),
    };
    let mut spec = before.cloned().unwrap_or_else(|| Spec::new(rule.clone()));
    spec.rule = rule;
    Ok(spec.in_zone(schedule.timezone.clone()))
}

fn to_schedule(spec: &Spec) -> body::Schedule {
    let (kind, interval_seconds, expression) = match &spec.rule {
        RuleSpec::Interval { every_seconds, .. } => (
            ScheduleKind::Interval.word(),
            i64::try_from(*every_seconds).ok(),
            None,
        ),
        RuleSpec::Cron { expression } => {
            (ScheduleKind::Cron.word(), None, Some(expression.clone()))
        }
        RuleSpec::Fields {
            minute,
            hour,
            day_of_month,
            month,
            day_of_week,
            week,
        } if week == "*" => {
            let expression = [minute, hour, day_of_month, month, day_of_week].map(String::as_str);
            (ScheduleKind::Cron.word(), None, Some(expression.join(" ")))
        }
        RuleSpec::Fields { .. } => (ScheduleKind::Cron.word(), None, None),
        RuleSpec::Once { .. } => (ScheduleKind::Once.word(), None, None),
        RuleSpec::Daily { .. } => (ScheduleKind::Daily.word(), None, None),
        RuleSpec::Weekly { .. } => (ScheduleKind::Weekly.word(), None, None),
        RuleSpec::Monthly { .. } => (ScheduleKind::Monthly.word(), None, None),
        RuleSpec::Manual => (ScheduleKind::Manual.word(), None, None),
    };
    body::Schedule {
        kind: kind.to_owned(),
        interval_seconds,
        expression,
        timezone: spec.timezone.clone(),
    }
}

/// The engine's policy of this one; the limits have been checked.
pub(super) fn from_retry(policy: body::RetryPolicy) -> RetryPolicy {
    RetryPolicy {
        max_attempts: u32::try_from(policy.max_retries).unwrap_or(0) + 1,
        delay_seconds: policy.retry_delay_seconds as f64,
        backoff: Backoff::Fixed,
        max_delay_seconds: policy.retry_delay_seconds as f64,
        ..RetryPolicy::default()
    }
}

fn to_retry(policy: &RetryPolicy) -> body::RetryPolicy {
    body::RetryPolicy {
        max_retries: i64::from(policy.max_attempts) - 1,
        retry_delay_seconds: policy.delay_seconds.ceil() as i64,
    }
}

/// What is kept beside a job so that it can be read back as it was written.
pub(super) fn note(
    given: &Map<String, Value>,
    said: &Value,
    notifications: &body::Notifications,
) -> JobNote {
    JobNote {
        alias: None,
        content: json!({
            "given": given,
            "said": said,
            "notifications": notifications,
        }),
    }
}

/// Parameters of a job: as they were written, or when it was made or changed elsewhere, those of its task function.
pub(super) fn given(parameters: &Value, note: Option<&JobNote>) -> Map<String, Value> {
    note.filter(|note| note.content["said"] == *parameters)
        .and_then(|note| note.content["given"].as_object())
        .or_else(|| parameters.as_object())
        .cloned()
        .unwrap_or_default()
}

/// Whom to tell about a job.
pub(super) fn notifications(note: Option<&JobNote>) -> body::Notifications {
    note.and_then(|note| serde_json::from_value(note.content["notifications"].clone()).ok())
        .unwrap_or_default()
}

/// Name of the mail channel through which addresses are written to.
const MAIL_CHANNEL: &str = "mail";

/// The rules that stand for whom to tell: names of channels are told through these, addresses through the channel
/// `mail`. What is neither is only kept.
pub(super) async fn policies(
    caller: &Caller,
    both: &body::Notifications,
) -> Result<Vec<NotificationPolicy>> {
    let usable = caller.channels().await?;
    let has = |name: &str| usable.iter().any(|channel| channel.name == name);
    let has_mail = usable
        .iter()
        .any(|channel| channel.name == MAIL_CHANNEL && channel.kind == ChannelKind::Mail);
    let is_address = |text: &str| {
        text.len() <= 320
            && !text.chars().any(char::is_control)
            && text
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
    };
    let mut policies = Vec::new();
    for (event, told) in [
        (NotificationEvent::Failure, &both.on_failure),
        (NotificationEvent::Success, &both.on_success),
    ] {
        let policy = |channels, recipients| NotificationPolicy {
            events: vec![event],
            channels,
            recipients,
            after_failures: 1,
            late_seconds: None,
            running_seconds: None,
            dedupe_seconds: 0,
            remind_seconds: None,
            quiet_hours: None,
        };
        let (names, others): (Vec<String>, Vec<String>) =
            told.iter().cloned().partition(|one| has(one));
        for names in names.chunks(20) {
            policies.push(policy(names.to_vec(), Vec::new()));
        }
        let addresses: Vec<String> = others.into_iter().filter(|one| is_address(one)).collect();
        if has_mail && !addresses.is_empty() {
            policies.push(policy(vec![MAIL_CHANNEL.to_owned()], addresses));
        }
    }
    Ok(policies)
}

/// The template that a task function's jobs show; one without a template goes by its own key.
pub(super) fn template_type(function: &str) -> String {
    Template::of_function(function)
        .map_or_else(|| function.to_owned(), |template| template.kind.to_owned())
}

/// Names of users, each asked for once.
#[derive(Default)]
struct Names {
    known: HashMap<i64, String>,
}

impl Names {
    async fn of(&mut self, caller: &Caller, id: i64) -> Result<String> {
        if let Some(name) = self.known.get(&id) {
            return Ok(name.clone());
        }
        let name = match caller.user(id).await {
            Ok(user) => user.name,
            // The system itself, or somebody who is gone.
            Err(error) if error.kind == Kind::NotFound => "system".to_owned(),
            Err(error) => return Err(error),
        };
        self.known.insert(id, name.clone());
        Ok(name)
    }
}

/// Jobs with what is kept beside them.
pub(super) async fn to_jobs(caller: &Caller, views: Vec<JobView>) -> Result<Vec<body::Job>> {
    let ids: Vec<i64> = views.iter().map(|view| view.job.id).collect();
    let notes = caller.job_notes(SURFACE, &ids).await?;
    let mut names = Names::default();
    let mut all = Vec::with_capacity(views.len());
    for view in views {
        let job = view.job;
        let note = notes.get(&job.id);
        let created_by = names
            .of(caller, job.created_by_id.unwrap_or(job.owner_id))
            .await?;
        all.push(body::Job {
            id: to_hex(job.id),
            name: job.title(),
            parameters: given(&job.parameters, note),
            template_type: template_type(&job.task_function),
            schedule: to_schedule(&job.schedule),
            enabled: job.is_enabled,
            timeout_seconds: job.settings.timeout_seconds,
            retry_policy: to_retry(&job.settings.retry),
            notifications: notifications(note),
            created_by,
            created_at: job.created_at,
            updated_at: job.updated_at.unwrap_or(job.created_at),
            last_run_at: view.last_run_at,
            next_run_at: view.next_run_at,
            version: job.version,
            description: job
                .description_en
                .or(job.description_ar)
                .unwrap_or_default(),
        });
    }
    Ok(all)
}

/// Executions with the last lines of their logs.
pub(super) async fn to_executions(
    caller: &Caller,
    list: Vec<Execution>,
    lines: u32,
) -> Result<Vec<body::Execution>> {
    let mut names = Names::default();
    let mut all = Vec::with_capacity(list.len());
    for execution in list {
        let triggered_by = match (execution.trigger, execution.triggered_by_id) {
            (Trigger::Manual | Trigger::Api | Trigger::Rerun, Some(id)) => {
                format!("manual:{}", names.of(caller, id).await?)
            }
            _ => "scheduler".to_owned(),
        };
        let logs = logs(caller, &execution, lines).await?;
        all.push(to_execution(execution, triggered_by, logs));
    }
    Ok(all)
}

async fn logs(caller: &Caller, execution: &Execution, limit: u32) -> Result<Vec<body::LogLine>> {
    if execution.status.is_final() && execution.log_lines == 0 {
        return Ok(Vec::new());
    }
    let query = LogQuery {
        tail: true,
        limit,
        ..LogQuery::default()
    };
    let page = caller.log(&execution.id.to_string(), query).await?;
    Ok(page
        .lines
        .into_iter()
        .map(|line| body::LogLine {
            timestamp: line.at,
            level: match line.level.as_str() {
                "debug" => "DEBUG",
                "warn" | "stderr" => "WARNING",
                "error" => "ERROR",
                _ => "INFO",
            },
            message: line.text,
        })
        .collect())
}

fn to_execution(
    execution: Execution,
    triggered_by: String,
    logs: Vec<body::LogLine>,
) -> body::Execution {
    let status = word(execution.status);
    let is_final = execution.status.is_final();
    let duration = execution
        .duration_ms()
        .filter(|_| is_final)
        .map(|milliseconds| milliseconds as f64 / 1_000.0);
    let outcome = execution.outcome;
    let error = outcome
        .error_message
        .or_else(|| outcome.errors.first().cloned())
        .or_else(|| {
            let is_well = matches!(execution.status, Status::Success | Status::Partial);
            execution.reason.filter(|_| is_final && !is_well)
        });
    let result = is_final.then(|| body::RunResult {
        status,
        message: outcome
            .summary
            .or_else(|| error.clone())
            .unwrap_or_else(|| status.to_owned()),
        details: outcome
            .result
            .filter(Value::is_object)
            .unwrap_or_else(|| json!({})),
        records_processed: outcome.records_processed.unwrap_or(0),
        records_affected: outcome.records_affected.unwrap_or(0),
        errors: outcome.errors,
        warnings: outcome.warnings,
    });
    body::Execution {
        id: to_hex(execution.id),
        job_id: to_hex(execution.job_id),
        job_name: execution.job_name,
        template_type: template_type(&execution.task_function),
        status,
        started_at: execution.started_at.unwrap_or(execution.created_at),
        completed_at: execution.finished_at.filter(|_| is_final),
        duration_seconds: duration,
        result,
        error,
        logs,
        triggered_by,
        execution_host: execution.host,
    }
}

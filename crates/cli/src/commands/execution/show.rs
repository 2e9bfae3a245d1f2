//! How executions look in a terminal.

use anyhow::Result;
use orloj_wire::execution::Execution;
use serde_json::Value;

use crate::output::{
    Column, Format, column, duration_ms, instant, maybe, maybe_instant, wide, word,
};

/// Columns of a list of executions.
pub(super) const COLUMNS: &[Column<Execution>] = &[
    column("EXECUTION", |execution| execution.execution_id.clone()),
    column("JOB", |execution| execution.job_name.clone()),
    column("STATUS", |execution| word(&execution.status_name)),
    column("DUE", |execution| instant(execution.scheduled_at)),
    column("TOOK", took),
    column("SUMMARY", summary),
    wide("STARTED", |execution| maybe_instant(execution.started_at)),
    wide("ATTEMPT", |execution| execution.attempt.to_string()),
    wide("BY", |execution| word(&execution.triggered_by)),
    wide("HOST", |execution| maybe(execution.host_name.as_ref())),
    wide("NUMBER", |execution| execution.id.to_string()),
];

/// Members of one execution, below each other.
const MEMBERS: &[Column<Execution>] = &[
    column("execution", |execution| execution.execution_id.clone()),
    column("number", |execution| execution.id.to_string()),
    column("job", |execution| {
        format!("{} ({})", execution.job_name, execution.job_id)
    }),
    column("task function", |execution| {
        execution.task_function_key.clone()
    }),
    column("status", |execution| word(&execution.status_name)),
    column("reason", |execution| maybe(execution.reason.as_ref())),
    column("due", |execution| instant(execution.scheduled_at)),
    column("started", |execution| maybe_instant(execution.started_at)),
    column("completed", |execution| {
        maybe_instant(execution.completed_at)
    }),
    column("took", took),
    column("triggered by", |execution| word(&execution.triggered_by)),
    column("attempt", |execution| execution.attempt.to_string()),
    column("next attempt", |execution| {
        maybe_instant(execution.next_attempt_at)
    }),
    column("progress", |execution| {
        execution
            .progress
            .map(|part| format!("{part} %"))
            .unwrap_or_default()
    }),
    column("host", |execution| maybe(execution.host_name.as_ref())),
    column("summary", |execution| {
        maybe(execution.result_summary.as_ref())
    }),
    column("processed", |execution| number(execution.records_processed)),
    column("affected", |execution| number(execution.records_affected)),
    column("warnings", |execution| execution.warnings.join("\n")),
    column("errors", |execution| execution.errors.join("\n")),
    column("error", |execution| maybe(execution.error_message.as_ref())),
    column("detail", |execution| {
        maybe(execution.error_traceback.as_ref())
    }),
    column("log lines", |execution| execution.log_lines.to_string()),
];

/// Shows one execution.
pub(in crate::commands) fn one(format: Format, execution: &Execution, raw: &Value) -> Result<()> {
    format.one(execution, raw, MEMBERS, |execution| {
        execution.execution_id.clone()
    })
}

/// One line about the end of an execution.
pub(super) fn ending(execution: &Execution) -> String {
    let mut text = word(&execution.status_name);
    let took = took(execution);
    if !took.is_empty() {
        text.push_str(" after ");
        text.push_str(&took);
    }
    let why = summary(execution);
    if !why.is_empty() {
        text.push_str(": ");
        text.push_str(&why);
    }
    text
}

fn summary(execution: &Execution) -> String {
    let text = execution
        .error_message
        .as_ref()
        .or(execution.result_summary.as_ref())
        .or(execution.reason.as_ref());
    maybe(text)
}

fn took(execution: &Execution) -> String {
    execution.duration_ms.map(duration_ms).unwrap_or_default()
}

fn number(count: Option<i64>) -> String {
    count.map(|count| count.to_string()).unwrap_or_default()
}

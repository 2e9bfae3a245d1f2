//! Executions, attempts, fires and logs on their way out.

use serde_json::Value;

use orloj_engine::model::{self, Paged};
use orloj_wire::execution::{Artifact, Attempt, Execution, ExecutionFeed, ExecutionPage};
use orloj_wire::fire::{Fire, FirePage};
use orloj_wire::log::{LogLine, LogPage};

use super::chains::to_parents;
use super::words;

/// An execution.
pub(crate) fn to_execution(execution: model::Execution) -> Execution {
    let (status_name_en, status_name_ar) = words::status_names(execution.status);
    let duration_ms = execution.duration_ms();
    let outcome = execution.outcome;
    let artifacts = to_artifacts(&execution.uuid, execution.artifacts);
    Execution {
        id: execution.id,
        execution_id: execution.uuid,
        job_id: execution.job_id,
        job_name: execution.job_name,
        job_name_ar: execution.job_name_ar,
        job_version: execution.job_version,
        task_function_key: execution.task_function,
        owner_id: execution.owner_id,
        owner_name: execution.owner_name,
        scheduled_at: execution.due_at,
        started_at: execution.started_at,
        completed_at: execution.finished_at,
        duration_ms,
        status_id: execution.status.id(),
        status_name: words::to_status(execution.status),
        status_name_en: status_name_en.to_owned(),
        status_name_ar: status_name_ar.to_owned(),
        reason: execution.reason,
        triggered_by: words::to_trigger(execution.trigger),
        triggered_by_id: execution.triggered_by_id,
        triggered_by_name: execution.triggered_by_name,
        parents: to_parents(execution.parents),
        attempt: execution.attempt,
        next_attempt_at: execution.next_attempt_at,
        executor_id: execution.instance,
        host_name: execution.host,
        parameters: execution
            .parameters
            .and_then(|parameters| match parameters {
                Value::Object(members) => Some(members),
                _ => None,
            }),
        progress: execution.progress,
        result_summary: outcome.summary,
        result_summary_ar: outcome.summary_ar,
        result: outcome.result,
        records_processed: outcome.records_processed,
        records_affected: outcome.records_affected,
        warnings: outcome.warnings,
        errors: outcome.errors,
        error_message: outcome.error_message,
        error_message_ar: outcome.error_message_ar,
        error_traceback: outcome.error_detail,
        log_lines: execution.log_lines,
        log_truncated: execution.log_truncated,
        artifacts,
        created_at: execution.created_at,
    }
}

/// The files of an execution.
pub(crate) fn to_artifacts(execution: &str, artifacts: Vec<model::Artifact>) -> Vec<Artifact> {
    let to_artifact = |artifact: model::Artifact| Artifact {
        href: format!(
            "/api/v1/scheduler/executions/{execution}/artifacts/{}",
            artifact.id
        ),
        id: artifact.id,
        name: artifact.name,
        size: artifact.size,
        media_type: artifact.media_type,
        sha256: artifact.sha256,
        created_at: artifact.created_at,
        expires_at: artifact.expires_at,
    };
    artifacts.into_iter().map(to_artifact).collect()
}

/// A page of executions.
pub(crate) fn to_page(page: Paged<model::Execution>) -> ExecutionPage {
    ExecutionPage {
        total: page.total,
        page: page.page.number,
        per_page: page.page.size,
        total_pages: page.pages(),
        items: page.items.into_iter().map(to_execution).collect(),
    }
}

/// A piece of a list of which at most `limit` executions were asked for.
pub(crate) fn to_feed(found: Vec<model::Execution>, limit: u32) -> ExecutionFeed {
    let is_full = u32::try_from(found.len()).is_ok_and(|count| count == limit);
    ExecutionFeed {
        next: found
            .last()
            .filter(|_| is_full)
            .map(|last| last.uuid.clone()),
        items: found.into_iter().map(to_execution).collect(),
    }
}

/// An attempt.
pub(crate) fn to_attempt(attempt: model::Attempt) -> Attempt {
    Attempt {
        number: attempt.number,
        started_at: attempt.started_at,
        completed_at: attempt.finished_at,
        status_id: attempt.status.id(),
        status_name: words::to_status(attempt.status),
        executor_id: attempt.instance,
        error_message: attempt.error_message,
        error_message_ar: attempt.error_message_ar,
        cause: attempt.cause,
    }
}

/// A page of the ledger.
pub(crate) fn to_fires(page: Paged<model::Fire>) -> FirePage {
    FirePage {
        total: page.total,
        page: page.page.number,
        per_page: page.page.size,
        total_pages: page.pages(),
        items: page.items.into_iter().map(to_fire).collect(),
    }
}

fn to_fire(fire: model::Fire) -> Fire {
    Fire {
        due_at: fire.due_at,
        until: fire.until,
        count: fire.count,
        disposition: words::to_disposition(fire.disposition),
        reason: fire.reason,
        reason_detail: fire.detail,
        triggered_by: words::to_trigger(fire.trigger),
        execution_id: fire.execution,
        status_name: fire.status.map(words::to_status),
    }
}

/// A line of a log.
pub(crate) fn to_line(line: model::LogLine) -> LogLine {
    LogLine {
        number: line.number,
        at: line.at,
        level: line.level,
        attempt: line.attempt,
        text: line.text,
    }
}

/// A part of a log.
pub(crate) fn to_log(page: model::LogPage) -> LogPage {
    LogPage {
        total: page.total,
        complete: page.complete,
        lines: page.lines.into_iter().map(to_line).collect(),
    }
}

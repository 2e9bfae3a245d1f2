//! Between the engine's nouns and DeployX's.

use jiff::Timestamp;
use serde_json::{Value, json};

use orloj_engine::model::{Execution, ExecutionFilter, JobNote, JobView, Page, Status as Stand};
use orloj_engine::{Caller, Result};
use orloj_schedule::RuleSpec;

use super::body::{self, Recurrence, RecurrenceConfig, Status, TaskType};
use super::payload::{targeted, to_payload};
use super::recurrence::to_recurrence;
use super::{SURFACE, payload::Work};

/// The statuses of runs; instants that were missed or skipped are none.
pub(super) const RUNS: [Stand; 8] = [
    Stand::Pending,
    Stand::Running,
    Stand::Success,
    Stand::Failed,
    Stand::Timeout,
    Stand::Cancelled,
    Stand::Lost,
    Stand::Partial,
];

/// Executions in the answer about one task.
const EXECUTIONS_OF_ONE: u32 = 10;

/// What is kept beside a job so that it can be read back as it was written.
pub(super) fn note(work: &Work, at: Timestamp, recurrence: Recurrence) -> JobNote {
    JobNote {
        alias: None,
        content: json!({
            "payload": work.payload,
            "said": work.parameters,
            "scheduled_time": at,
            "recurrence_type": recurrence,
        }),
    }
}

/// The note as it is after a part of it was said anew.
pub(super) fn noted(note: Option<&JobNote>, changes: Value) -> JobNote {
    let mut content = note
        .and_then(|note| note.content.as_object())
        .cloned()
        .unwrap_or_default();
    if let Value::Object(changes) = changes {
        content.extend(changes);
    }
    JobNote {
        alias: None,
        content: Value::Object(content),
    }
}

/// The payload of a job: as it was written, or said from its parameters.
pub(super) fn payload(kind: TaskType, parameters: &Value, note: Option<&JobNote>) -> Value {
    note.filter(|note| note.content["said"] == *parameters)
        .map(|note| note.content["payload"].clone())
        .filter(Value::is_object)
        .unwrap_or_else(|| to_payload(kind, parameters))
}

/// When a task was to run at first.
pub(super) fn scheduled_time(view: &JobView, note: Option<&JobNote>) -> Timestamp {
    let written = note
        .and_then(|note| note.content["scheduled_time"].as_str())
        .and_then(|text| text.parse().ok());
    match (&view.job.schedule.rule, view.job.schedule.start_at, written) {
        (RuleSpec::Once { at }, ..) => *at,
        // Executed by hand before its time, so that its time no longer counts.
        (RuleSpec::Manual, _, Some(at)) => at,
        (_, Some(start), _) => start,
        _ => view
            .next_run_at
            .or(view.last_run_at)
            .unwrap_or(view.job.created_at),
    }
}

/// Where a task stands.
pub(super) fn status(view: &JobView) -> Status {
    let last = view.last_status.filter(|status| status.is_finished_run());
    let went_wrong =
        last.is_some_and(|status| !matches!(status, Stand::Success | Stand::Cancelled));
    if view.live_executions > 0 {
        Status::Running
    } else if view.is_paused {
        Status::Paused
    } else if !view.job.is_enabled {
        Status::Cancelled
    } else if view.next_run_at.is_some() {
        if went_wrong {
            Status::Failed
        } else {
            Status::Pending
        }
    } else {
        match last {
            Some(Stand::Success) => Status::Completed,
            Some(Stand::Cancelled) => Status::Cancelled,
            Some(_) => Status::Failed,
            None if view.job.schedule.rule == RuleSpec::Manual => Status::Pending,
            // Its time went by and nothing ran.
            None => Status::Failed,
        }
    }
}

/// Whether a task will run by itself.
pub(super) fn is_planned(view: &JobView) -> bool {
    view.next_run_at.is_some() && matches!(status(view), Status::Pending | Status::Failed)
}

/// Tasks, with what is kept beside them.
pub(super) async fn to_tasks(caller: &Caller, views: Vec<JobView>) -> Result<Vec<body::Task>> {
    let ids: Vec<i64> = views.iter().map(|view| view.job.id).collect();
    let notes = caller.job_notes(SURFACE, &ids).await?;
    let counts = caller.run_counts(&ids).await?;
    Ok(views
        .into_iter()
        .filter_map(|view| {
            let id = view.job.id;
            let counts = counts.get(&id).copied().unwrap_or_default();
            to_task(view, notes.get(&id), counts.finished + counts.live)
        })
        .collect())
}

fn to_task(view: JobView, note: Option<&JobNote>, runs: u64) -> Option<body::Task> {
    let job = &view.job;
    Some(body::Task {
        id: job.id,
        task_name: job.title(),
        task_type: TaskType::of_function(&job.task_function)?,
        status: status(&view),
        scheduled_time: scheduled_time(&view, note),
        recurrence_type: to_recurrence(&job.schedule).0,
        device_ids: targeted(&job.parameters, "devices"),
        group_ids: targeted(&job.parameters, "groups"),
        created_at: job.created_at,
        updated_at: job.updated_at.unwrap_or(job.created_at),
        last_execution: view.last_run_at,
        next_execution: view.next_run_at,
        execution_count: runs,
        created_by: job.owner_id,
    })
}

/// A task with its latest executions.
pub(super) async fn to_detail(caller: &Caller, view: JobView) -> Result<Option<body::TaskDetail>> {
    let job = view.job.clone();
    let Some(kind) = TaskType::of_function(&job.task_function) else {
        return Ok(None);
    };
    let notes = caller.job_notes(SURFACE, &[job.id]).await?;
    let note = notes.get(&job.id);
    let filter = ExecutionFilter {
        job_id: Some(job.id),
        statuses: RUNS.to_vec(),
        ..ExecutionFilter::default()
    };
    let page = Page {
        number: 1,
        size: EXECUTIONS_OF_ONE,
    };
    let executions: Vec<body::ExecutionOfTask> = caller
        .executions(filter, page)
        .await?
        .items
        .into_iter()
        .map(to_execution)
        .collect();
    let last = executions
        .iter()
        .find(|execution| execution.completed_time.is_some());
    let missed = (status(&view) == Status::Failed && last.is_none()).then(|| {
        "Its time went by and nothing ran: it was paused or disabled then, or the scheduler was down"
            .to_owned()
    });
    let recurrence_config: Option<RecurrenceConfig> = to_recurrence(&job.schedule).1;
    let payload = payload(kind, &job.parameters, note);
    let (last_result, error_message) = (
        last.and_then(|execution| execution.result.clone()),
        last.and_then(|execution| execution.error_message.clone())
            .or(missed),
    );
    let Some(task) = to_tasks(caller, vec![view]).await?.pop() else {
        return Ok(None);
    };
    Ok(Some(body::TaskDetail {
        task,
        payload,
        recurrence_config,
        last_result,
        error_message,
        executions,
    }))
}

/// An execution.
pub(super) fn to_execution(execution: Execution) -> body::ExecutionOfTask {
    let status = match execution.status {
        Stand::Pending => Status::Pending,
        Stand::Running => Status::Running,
        Stand::Success => Status::Completed,
        Stand::Cancelled | Stand::Skipped => Status::Cancelled,
        _ => Status::Failed,
    };
    let is_final = execution.status.is_final();
    let kind = TaskType::of_function(&execution.task_function);
    let outcome = execution.outcome;
    let error_message = (status == Status::Failed).then(|| {
        outcome
            .error_message
            .clone()
            .or_else(|| outcome.errors.first().cloned())
            .or_else(|| outcome.summary.clone())
            .or(execution.reason)
            .unwrap_or_else(|| execution.status.word().to_owned())
    });
    let result = kind.filter(|_| is_final).map(|kind| body::ExecutionResult {
        deployment_id: execution.id,
        kind: kind.short(),
        message: outcome.summary,
        details: outcome.result,
    });
    body::ExecutionOfTask {
        id: execution.id,
        execution_time: execution.started_at.unwrap_or(execution.created_at),
        completed_time: execution.finished_at.filter(|_| is_final),
        status,
        deployment_id: kind.map(|_| execution.id),
        result,
        error_message,
    }
}

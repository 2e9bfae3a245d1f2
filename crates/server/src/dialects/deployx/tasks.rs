//! Tasks: created, listed, read, changed, deleted, paused, resumed, executed.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use orloj_engine::model::{
    Delivery, JobDraft, JobFilter, JobSort, JobView, RunRequest, Settings, Trigger,
};
use orloj_engine::{Caller, Error, Kind};
use orloj_schedule::{RuleSpec, Spec};

use super::SURFACE;
use super::body::{self, Recurrence, RecurrenceConfig, Status, TaskType};
use super::convert::{note, noted, scheduled_time, status, to_detail, to_tasks};
use super::payload::{targeted, targets, work};
use super::recurrence::{moment, spec, to_recurrence};
use super::task_id::{TaskId, no_task};
use crate::app::App;
use crate::auth::Asked;
use crate::http::detail::{bad, refuse};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::span;

type Answer<T> = Result<T, Failure>;

/// Rows of a list without a limit.
const LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1_000;
/// How late an instant may start, and how many runs of a task there may be at a time.
const GRACE_SECONDS: u32 = 300;
const MAX_INSTANCES: u32 = 3;

/// An error of the engine in this surface's names.
fn refused(mut error: Error) -> Failure {
    if error.kind == Kind::NotFound {
        return no_task();
    }
    for field in &mut error.fields {
        field.pointer = match field.pointer.as_str() {
            "/nameEn" => "/task_name".to_owned(),
            "/cronExpression" => "/recurrence_config/cron_expression".to_owned(),
            "/runAt" => "/scheduled_time".to_owned(),
            other => named_parameter(other),
        };
    }
    refuse(error)
}

/// The member of a request that a parameter came from.
fn named_parameter(pointer: &str) -> String {
    for (parameter, member) in [
        ("/parameters/targets/devices", "/device_ids"),
        ("/parameters/targets/groups", "/group_ids"),
        ("/parameters/software", "/software_payload/software_ids"),
        ("/parameters/packages", "/software_payload/custom_software"),
        ("/parameters/files", "/file_payload/file_ids"),
        ("/parameters/targetPath", "/file_payload/target_path"),
        ("/parameters/commands", "/command_payload/commands"),
        ("/parameters/command", "/command_payload/command"),
        ("/parameters/shells", "/command_payload/shell"),
    ] {
        if let Some(rest) = pointer.strip_prefix(parameter) {
            return format!("{member}{rest}");
        }
    }
    pointer.to_owned()
}

/// A task of the caller's own. Whose else's, and jobs that are no tasks, are not there, also for administrators.
pub(super) async fn own(caller: &Caller, id: i64) -> Answer<JobView> {
    let view = caller.job(id).await.map_err(refused)?;
    let is_task = TaskType::of_function(&view.job.task_function).is_some();
    if view.job.owner_id == caller.actor().user_id && is_task {
        Ok(view)
    } else {
        Err(no_task())
    }
}

/// All tasks of the caller's own, or those of one type.
pub(super) async fn all_own(caller: &Caller, only: Option<TaskType>) -> Answer<Vec<JobView>> {
    let mut all = Vec::new();
    for kind in TaskType::ALL {
        if only.is_some_and(|only| only != kind) {
            continue;
        }
        let filter = JobFilter {
            owner_id: Some(caller.actor().user_id),
            task_function: Some(kind.function().to_owned()),
            sort: JobSort::Id,
            ..JobFilter::default()
        };
        all.extend(span::all(|page| caller.jobs(filter.clone(), page)).await?);
    }
    Ok(all)
}

fn name(text: &str) -> Answer<String> {
    let text = text.trim();
    if (1..=200).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(Failure::invalid(
            "/task_name",
            "must have 1 to 200 characters",
        ))
    }
}

fn at(text: &str) -> Answer<Timestamp> {
    moment(text).ok_or_else(|| {
        Failure::invalid(
            "/scheduled_time",
            "is not a date and time such as 2026-10-26T15:00:00",
        )
    })
}

fn has_targets(devices: &[i64], groups: &[i64]) -> Answer<()> {
    if devices.is_empty() && groups.is_empty() {
        return Err(bad("At least one device or group must be specified"));
    }
    Ok(())
}

fn lies_ahead(at: Timestamp, now: Timestamp) -> Answer<()> {
    if at <= now {
        return Err(bad("Scheduled time must be in the future"));
    }
    Ok(())
}

pub(super) async fn create(
    State(app): State<App>,
    Asked(caller): Asked,
    Json(body): Json<body::TaskCreate>,
) -> Answer<(StatusCode, Json<body::Task>)> {
    let at = at(&body.scheduled_time)?;
    has_targets(&body.device_ids, &body.group_ids)?;
    let to = targets(&body.device_ids, &body.group_ids, None);
    let work = work(body.task_type, body.payloads(), to).map_err(bad)?;
    let recurrence = body.recurrence_type;
    let schedule = spec(recurrence, body.recurrence_config.as_ref(), at).map_err(bad)?;
    if recurrence == Recurrence::Once {
        lies_ahead(at, app.engine.clock().now())?;
    }
    let draft = JobDraft {
        task_function: body.task_type.function().to_owned(),
        name_en: Some(name(&body.task_name)?),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule,
        parameters: work.parameters.clone(),
        settings: Settings {
            misfire_grace_seconds: Some(GRACE_SECONDS),
            coalesce: false,
            max_instances: MAX_INSTANCES,
            ..Settings::with_delivery(Delivery::AtMostOnce)
        },
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    };
    let view = caller.create_job(draft).await.map_err(refused)?;
    caller
        .note_job(view.job.id, SURFACE, note(&work, at, recurrence))
        .await
        .map_err(refused)?;
    let task = to_tasks(&caller, vec![view])
        .await?
        .pop()
        .ok_or_else(no_task)?;
    Ok((StatusCode::CREATED, Json(task)))
}

pub(super) async fn list(
    Asked(caller): Asked,
    Query(query): Query<body::WhichTasks>,
) -> Answer<Json<Vec<body::Task>>> {
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Failure::invalid("?limit", "must lie between 1 and 1000"));
    }
    let mut views = all_own(&caller, query.task_type).await?;
    views.retain(|view| query.status.is_none_or(|wanted| status(view) == wanted));
    let mut tasks = to_tasks(&caller, views).await?;
    tasks.sort_by_key(|task| std::cmp::Reverse((task.scheduled_time, task.id)));
    Ok(Json(
        tasks
            .into_iter()
            .skip(query.skip.unwrap_or(0) as usize)
            .take(limit as usize)
            .collect(),
    ))
}

pub(super) async fn get(
    Asked(caller): Asked,
    TaskId(id): TaskId,
) -> Answer<Json<body::TaskDetail>> {
    let view = own(&caller, id).await?;
    detail(&caller, view).await
}

async fn detail(caller: &Caller, view: JobView) -> Answer<Json<body::TaskDetail>> {
    let detail = to_detail(caller, view).await?.ok_or_else(no_task)?;
    Ok(Json(detail))
}

/// What a change does to the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Stay,
    Pause,
    Resume,
    Cancel,
    /// Planned anew: enabled again, at its time.
    Replan,
}

fn moved(from: Status, to: Option<Status>) -> Answer<Move> {
    let Some(to) = to.filter(|to| *to != from) else {
        return Ok(Move::Stay);
    };
    match (from, to) {
        (Status::Pending | Status::Failed, Status::Paused) => Ok(Move::Pause),
        (Status::Paused, Status::Pending) => Ok(Move::Resume),
        (Status::Failed | Status::Cancelled, Status::Pending) => Ok(Move::Replan),
        (
            Status::Pending | Status::Paused | Status::Failed | Status::Running,
            Status::Cancelled,
        ) => Ok(Move::Cancel),
        _ => Err(bad(format!(
            "status: cannot go from {} to {}",
            word(from),
            word(to)
        ))),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Running => "running",
        Status::Completed => "completed",
        Status::Failed => "failed",
        Status::Cancelled => "cancelled",
        Status::Paused => "paused",
    }
}

/// When a task runs after a change; `None` when that stays.
fn schedule(
    body: &body::TaskUpdate,
    view: &JobView,
    before: Timestamp,
    now: Timestamp,
    replans: bool,
) -> Answer<Option<(Spec, Timestamp, Recurrence)>> {
    let is_untouched = body.scheduled_time.is_none()
        && body.recurrence_type.is_none()
        && body.recurrence_config.is_none();
    let (recurrence, config) = to_recurrence(&view.job.schedule);
    if is_untouched && !(replans && recurrence == Recurrence::Once) {
        return Ok(None);
    }
    let at = body.scheduled_time.as_deref().map(at).transpose()?;
    let at = at.unwrap_or(before);
    let wanted = body.recurrence_type.unwrap_or(recurrence);
    let kept: Option<RecurrenceConfig> = config.filter(|_| wanted == recurrence);
    let config = body.recurrence_config.clone().or(kept);
    if wanted == Recurrence::Once {
        lies_ahead(at, now)?;
    }
    let spec = spec(wanted, config.as_ref(), at).map_err(bad)?;
    Ok(Some((spec, at, wanted)))
}

pub(super) async fn update(
    State(app): State<App>,
    Asked(caller): Asked,
    TaskId(id): TaskId,
    Json(body): Json<body::TaskUpdate>,
) -> Answer<Json<body::TaskDetail>> {
    let view = own(&caller, id).await?;
    let kind = TaskType::of_function(&view.job.task_function).ok_or_else(no_task)?;
    let stands = status(&view);
    if stands == Status::Completed {
        return Err(bad("A completed task cannot be changed; create a new one"));
    }
    let earlier = caller.job_notes(SURFACE, &[id]).await?.remove(&id);
    let step = moved(stands, body.status)?;
    let now = app.engine.clock().now();
    let before = scheduled_time(&view, earlier.as_ref());
    let new_schedule = schedule(&body, &view, before, now, step == Move::Replan)?;
    let new_name = body.task_name.as_deref().map(name).transpose()?;

    let parameters = &view.job.parameters;
    let devices = body
        .device_ids
        .clone()
        .unwrap_or_else(|| targeted(parameters, "devices"));
    let groups = body
        .group_ids
        .clone()
        .unwrap_or_else(|| targeted(parameters, "groups"));
    has_targets(&devices, &groups)?;
    let to = targets(&devices, &groups, Some(&parameters["targets"]));
    let payloads = body.payloads();
    let has_payload =
        payloads.command.is_some() || payloads.software.is_some() || payloads.file.is_some();
    let mut changes = Map::new();
    let said = if has_payload {
        let work = work(kind, payloads, to).map_err(bad)?;
        changes.insert("payload".to_owned(), work.payload);
        work.parameters
    } else {
        let payload = super::convert::payload(kind, parameters, earlier.as_ref());
        changes.insert("payload".to_owned(), payload);
        let mut said = parameters.clone();
        said["targets"] = to;
        said
    };
    changes.insert("said".to_owned(), said.clone());
    if let Some((_, at, recurrence)) = &new_schedule {
        changes.insert("scheduled_time".to_owned(), json!(at));
        changes.insert("recurrence_type".to_owned(), json!(recurrence));
    }
    caller
        .edit_job(id, None, false, move |mut draft| {
            draft.name_en = new_name.or(draft.name_en);
            draft.parameters = said;
            if let Some((spec, ..)) = new_schedule {
                draft.schedule = spec;
            }
            match step {
                Move::Cancel => draft.is_enabled = false,
                Move::Replan => draft.is_enabled = true,
                Move::Stay | Move::Pause | Move::Resume => {}
            }
            Ok(draft)
        })
        .await
        .map_err(refused)?;
    caller
        .note_job(id, SURFACE, noted(earlier.as_ref(), Value::Object(changes)))
        .await
        .map_err(refused)?;
    match step {
        Move::Pause => drop(caller.pause_job(id, None, None).await.map_err(refused)?),
        Move::Resume => drop(caller.resume_job(id).await.map_err(refused)?),
        Move::Cancel => {
            if let Some(execution) = &view.current_execution {
                cancel(&caller, execution).await?;
            }
        }
        Move::Stay | Move::Replan => {}
    }
    let view = own(&caller, id).await?;
    detail(&caller, view).await
}

/// Cancels a run; one that has just ended is as good.
async fn cancel(caller: &Caller, execution: &str) -> Answer<()> {
    match caller.cancel_execution(execution, None).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind == Kind::Conflict => Ok(()),
        Err(error) => Err(refused(error)),
    }
}

pub(super) async fn delete(Asked(caller): Asked, TaskId(id): TaskId) -> Answer<Json<body::Done>> {
    own(&caller, id).await?;
    caller.delete_job(id, None, false).await.map_err(refused)?;
    Ok(done("Task deleted successfully"))
}

fn done(message: &str) -> Json<body::Done> {
    Json(body::Done {
        message: message.to_owned(),
    })
}

pub(super) async fn pause(Asked(caller): Asked, TaskId(id): TaskId) -> Answer<Json<body::Done>> {
    let view = own(&caller, id).await?;
    if !super::convert::is_planned(&view) {
        return Err(bad("Only tasks that wait for their time can be paused"));
    }
    caller.pause_job(id, None, None).await.map_err(refused)?;
    Ok(done("Task paused successfully"))
}

pub(super) async fn resume(Asked(caller): Asked, TaskId(id): TaskId) -> Answer<Json<body::Done>> {
    let view = own(&caller, id).await?;
    if !view.is_paused {
        return Err(bad("Only paused tasks can be resumed"));
    }
    caller.resume_job(id).await.map_err(refused)?;
    Ok(done("Task resumed successfully"))
}

pub(super) async fn execute(Asked(caller): Asked, TaskId(id): TaskId) -> Answer<Json<body::Done>> {
    let view = own(&caller, id).await?;
    let request = RunRequest {
        refuse_if_live: true,
        ..RunRequest::new(id, Trigger::Manual)
    };
    caller.run_job(request).await.map_err(|error| {
        if error.kind == Kind::Conflict {
            bad("Task is already running")
        } else {
            refused(error)
        }
    })?;
    let waits_for_its_time =
        matches!(view.job.schedule.rule, RuleSpec::Once { .. }) && view.last_status.is_none();
    if waits_for_its_time {
        // What was to happen once happens now, and not again at its time.
        let before = scheduled_time(&view, None);
        let earlier = caller.job_notes(SURFACE, &[id]).await?.remove(&id);
        let kept = noted(earlier.as_ref(), json!({ "scheduled_time": before }));
        caller.note_job(id, SURFACE, kept).await.map_err(refused)?;
        caller
            .edit_job(id, None, false, |mut draft| {
                draft.schedule = Spec::new(RuleSpec::Manual);
                Ok(draft)
            })
            .await
            .map_err(refused)?;
    }
    Ok(done("Task execution started"))
}

//! Jobs: created, listed, read, changed, deleted, paused, run.

use axum::extract::State;

use orloj_engine::model::{JobDraft, JobFilter, JobSort, RunRequest, ServerFilter, Trigger};
use orloj_engine::{Caller, Error, Kind};
use orloj_schedule::Spec;

use super::classes::{Arguments, Class, Work};
use super::convert::{self, fields, note, rule, said, settings, to_jobs};
use super::owner::Owner;
use super::{SURFACE, body};
use crate::app::App;
use crate::auth::Asked;
use crate::http::detail::{bad, refuse};
use crate::http::failure::Failure;
use crate::http::hex_id::{JobId, NOTHING, UserId, to_hex};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::span;

type Answer<T> = Result<T, Failure>;

const NOT_FOUND: &str = "Job not found";

fn done(id: i64, message: String) -> Json<body::JobDone> {
    Json(body::JobDone {
        status: body::Success::Success,
        message,
        job_id: to_hex(id),
    })
}

/// An error of the engine in this surface's names.
fn refused(mut error: Error) -> Failure {
    for field in &mut error.fields {
        field.pointer = match field.pointer.as_str() {
            "/nameEn" => "/name".to_owned(),
            "/descriptionEn" => "/description".to_owned(),
            "/ownerId" => "/user_id".to_owned(),
            "/taskFunctionKey" => "/job_class_string".to_owned(),
            other => other.to_owned(),
        };
    }
    refuse(error)
}

/// The same where a job that is not there is a bad request, as it is for changing and running.
fn refused_unknown(error: Error) -> Failure {
    match error.kind {
        Kind::NotFound => bad(NOT_FOUND),
        _ => refused(error),
    }
}

fn not_empty(field: &str, text: &str) -> Answer<()> {
    if text.trim().is_empty() {
        return Err(bad(format!("{field}: must not be empty")));
    }
    Ok(())
}

/// What a class does with arguments; a health check that names no server looks after all of its owner's.
async fn work(
    caller: &Caller,
    owner: &Owner,
    class: &Class,
    arguments: &Arguments,
) -> Answer<Work> {
    let mut given = arguments.clone();
    if class.wants_all_servers(arguments) {
        let filter = ServerFilter {
            owner_id: Some(owner.id),
            owner_alias: owner.alias.clone(),
        };
        let servers = span::all(|page| caller.servers(filter.clone(), page)).await?;
        given.args = servers.iter().map(|server| server.id.into()).collect();
    }
    class.work(caller.engine().catalogue(), &given).map_err(bad)
}

pub(super) async fn create(
    State(app): State<App>,
    Asked(caller): Asked,
    Json(body): Json<body::JobCreate>,
) -> Answer<Json<body::JobDone>> {
    not_empty("name", &body.name)?;
    let owner = Owner::named(&caller, &body.user_id)?;
    let class = Class::named(&body.job_class_string)
        .ok_or_else(|| bad(format!("Unknown job class: {}", body.job_class_string)))?;
    let arguments = Arguments {
        args: body.pub_args,
        kwargs: body.pub_kwargs,
    };
    let work = work(&caller, &owner, class, &arguments).await?;
    let fields = [
        body.minute,
        body.hour,
        body.day_of_month,
        body.month,
        body.day_of_week,
        body.week,
    ];
    let name = body.name.trim().to_owned();
    let draft = JobDraft {
        settings: settings(&app.engine, &work.function),
        task_function: work.function.clone(),
        name_en: Some(name.clone()),
        name_ar: None,
        description_en: body.description,
        description_ar: None,
        schedule: Spec::new(rule(fields)).in_zone(app.engine.config().defaults.timezone.clone()),
        parameters: work.parameters.clone(),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    };
    let view = caller
        .create_job_for(owner.id, draft)
        .await
        .map_err(refused)?;
    let id = view.job.id;
    let kept = note(class.string, &arguments, &work, owner.alias);
    caller.note_job(id, SURFACE, kept).await.map_err(refused)?;
    Ok(done(id, format!("Job '{name}' created successfully")))
}

pub(super) async fn list(
    Asked(caller): Asked,
    Query(part): Query<body::Part>,
) -> Answer<Json<body::Jobs>> {
    listed(&caller, None, part).await
}

pub(super) async fn list_of_user(
    Asked(caller): Asked,
    UserId(owner, alias): UserId,
    Query(part): Query<body::Part>,
) -> Answer<Json<body::Jobs>> {
    let part = part.checked()?;
    if owner != NOTHING {
        return listed(&caller, Some(owner), part).await;
    }
    let mut views = Vec::new();
    let ids = caller.jobs_under_alias(SURFACE, &alias).await?;
    let wanted = ids
        .into_iter()
        .skip(part.skip.unwrap_or(0) as usize)
        .take(part.limit.map_or(usize::MAX, |limit| limit as usize));
    for id in wanted {
        match caller.job(id).await {
            Ok(view) => views.push(view),
            // Deleted since the list was read.
            Err(error) if error.kind == Kind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(answer(to_jobs(&caller, views).await?))
}

async fn listed(
    caller: &Caller,
    owner_id: Option<i64>,
    part: body::Part,
) -> Answer<Json<body::Jobs>> {
    let part = part.checked()?;
    let filter = JobFilter {
        owner_id,
        sort: JobSort::Id,
        ..JobFilter::default()
    };
    let views = span::span_or_all(part.skip, part.limit, |page| {
        caller.jobs(filter.clone(), page)
    })
    .await?;
    Ok(answer(to_jobs(caller, views).await?))
}

fn answer(data: Vec<body::Job>) -> Json<body::Jobs> {
    Json(body::Jobs {
        status: body::Success::Success,
        message: format!("{} jobs retrieved successfully", data.len()),
        total: data.len() as u64,
        data,
    })
}

pub(super) async fn get(Asked(caller): Asked, JobId(id): JobId) -> Answer<Json<body::OneJob>> {
    let view = caller.job(id).await?;
    let data = to_jobs(&caller, vec![view])
        .await?
        .pop()
        .ok_or_else(|| Failure::not_found("job"))?;
    Ok(Json(body::OneJob {
        status: body::Success::Success,
        message: "Job retrieved successfully".to_owned(),
        data,
    }))
}

pub(super) async fn update(
    Asked(caller): Asked,
    JobId(id): JobId,
    Json(body): Json<body::JobUpdate>,
) -> Answer<Json<body::JobDone>> {
    let job = caller.job(id).await.map_err(refused_unknown)?.job;
    if let Some(name) = &body.name {
        not_empty("name", name)?;
    }
    let earlier = caller.job_notes(SURFACE, &[id]).await?.remove(&id);
    let changed = match (body.pub_args, body.pub_kwargs) {
        (None, None) => None,
        (args, kwargs) => {
            let (class, before) = said(&job.task_function, &job.parameters, earlier.as_ref());
            let arguments = Arguments {
                args: args.unwrap_or(before.args),
                kwargs: kwargs.unwrap_or(before.kwargs),
            };
            let owner = Owner {
                id: job.owner_id,
                alias: earlier.and_then(|note| note.alias),
            };
            let work = match Class::named(&class) {
                Some(class) => work(&caller, &owner, class, &arguments).await?,
                None if arguments.args.is_empty() => Work {
                    function: job.task_function.clone(),
                    parameters: arguments.kwargs.clone().into(),
                },
                None => {
                    return Err(bad(format!(
                        "pub_args: {class} takes its parameters by name, in pub_kwargs"
                    )));
                }
            };
            let kept = note(&class, &arguments, &work, owner.alias);
            Some((work, kept))
        }
    };
    let new_fields = [
        body.minute,
        body.hour,
        body.day_of_month,
        body.month,
        body.day_of_week,
        body.week,
    ];
    let work = changed.as_ref().map(|(work, _)| work.clone());
    caller
        .edit_job(id, None, false, move |mut draft| {
            if let Some(name) = body.name {
                draft.name_en = Some(name.trim().to_owned());
            }
            if let Some(description) = body.description {
                draft.description_en = Some(description);
            }
            if let Some(is_enabled) = body.is_enabled {
                draft.is_enabled = is_enabled;
            }
            if let Some(work) = work {
                draft.task_function = work.function;
                draft.parameters = work.parameters;
            }
            if new_fields.iter().any(Option::is_some) {
                let before = fields(&draft.schedule.rule)
                    .unwrap_or_else(|| std::array::from_fn(|_| "*".to_owned()));
                let mut after = before.clone();
                for (field, new) in after.iter_mut().zip(new_fields) {
                    if let Some(new) = new {
                        *field = new;
                    }
                }
                if after != before || convert::fields(&draft.schedule.rule).is_none() {
                    draft.schedule.rule = rule(after);
                }
            }
            Ok(draft)
        })
        .await
        .map_err(refused_unknown)?;
    if let Some((_, kept)) = changed {
        caller.note_job(id, SURFACE, kept).await.map_err(refused)?;
    }
    Ok(done(id, "Job updated successfully".to_owned()))
}

pub(super) async fn delete(Asked(caller): Asked, JobId(id): JobId) -> Answer<Json<body::JobDone>> {
    caller.delete_job(id, None, false).await.map_err(refused)?;
    Ok(done(id, "Job deleted successfully".to_owned()))
}

pub(super) async fn pause(Asked(caller): Asked, JobId(id): JobId) -> Answer<Json<body::JobDone>> {
    caller.pause_job(id, None, None).await.map_err(refused)?;
    Ok(done(id, "Job paused successfully".to_owned()))
}

pub(super) async fn resume(Asked(caller): Asked, JobId(id): JobId) -> Answer<Json<body::JobDone>> {
    caller.resume_job(id).await.map_err(refused)?;
    Ok(done(id, "Job resumed successfully".to_owned()))
}

pub(super) async fn run(Asked(caller): Asked, JobId(id): JobId) -> Answer<Json<body::RunStarted>> {
    let request = RunRequest::new(id, Trigger::Api);
    let started = caller.run_job(request).await.map_err(refused_unknown)?;
    Ok(Json(body::RunStarted {
        status: body::Success::Success,
        message: "Job execution started".to_owned(),
        execution_id: to_hex(started.id),
    }))
}

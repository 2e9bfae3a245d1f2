//! Jobs: created, listed, read, changed, deleted, run.

use axum::extract::State;

use orloj_engine::model::{
    Delivery, JobDraft, JobFilter, JobSort, JobView, Page, RunRequest, Settings, Trigger,
};
use orloj_engine::{Caller, Engine, Error, Kind};
use orloj_schedule::Spec;
use serde_json::{Map, Value};

use super::convert::{
    LINES_OF_ONE, from_retry, given, note, notifications, policies, spec, to_executions, to_jobs,
};
use super::templates::Template;
use super::{SURFACE, body};
use crate::app::App;
use crate::auth::Asked;
use crate::http::detail::{bad, refuse, sentences};
use crate::http::failure::Failure;
use crate::http::hex_id::JobId;
use crate::http::json::Json;
use crate::http::query::Query;

type Answer<T> = Result<T, Failure>;

/// An error of the engine in this surface's names; parameters that its check refuses are said as a template's.
fn refused(mut error: Error) -> Failure {
    let is_about_parameters = error
        .fields
        .iter()
        .any(|field| field.pointer.starts_with("/parameters"));
    for field in &mut error.fields {
        field.pointer = match field.pointer.as_str() {
            "/nameEn" => "/name".to_owned(),
            "/descriptionEn" => "/description".to_owned(),
            "/cronExpression" => "/schedule/expression".to_owned(),
            "/intervalSeconds" => "/schedule/interval_seconds".to_owned(),
            "/timezone" => "/schedule/timezone".to_owned(),
            other => other
                .strip_prefix("/parameters/")
                .map_or_else(|| other.to_owned(), |parameter| format!("/{parameter}")),
        };
    }
    if error.kind == Kind::Invalid && is_about_parameters {
        return failed_check(&sentences(&error.fields));
    }
    refuse(error)
}

fn failed_check(why: &str) -> Failure {
    bad(format!("Parameter validation failed: {why}"))
}

/// The limits of the fields that have some.
#[derive(Clone, Copy, Debug, Default)]
struct Limited<'b> {
    name: Option<&'b str>,
    description: Option<&'b str>,
    timeout_seconds: Option<i64>,
    retry_policy: Option<body::RetryPolicy>,
    notifications: Option<&'b body::Notifications>,
}

impl Limited<'_> {
    fn check(self) -> Answer<()> {
        let length = |text: Option<&str>| text.map(|text| text.chars().count());
        if length(self.name).is_some_and(|length| !(1..=200).contains(&length))
            || self.name.is_some_and(|name| name.trim().is_empty())
        {
            return Err(Failure::invalid("/name", "must have 1 to 200 characters"));
        }
        if length(self.description).is_some_and(|length| length > 1_000) {
            return Err(Failure::invalid(
                "/description",
                "must have at most 1000 characters",
            ));
        }
        if self
            .timeout_seconds
            .is_some_and(|seconds| !(1..=86_400).contains(&seconds))
        {
            return Err(Failure::invalid(
                "/timeout_seconds",
                "must lie between 1 and 86400",
            ));
        }
        if let Some(policy) = self.retry_policy {
            if !(0..=10).contains(&policy.max_retries) {
                return Err(Failure::invalid(
                    "/retry_policy/max_retries",
                    "must lie between 0 and 10",
                ));
            }
            if !(1..=315_576_000).contains(&policy.retry_delay_seconds) {
                return Err(Failure::invalid(
                    "/retry_policy/retry_delay_seconds",
                    "must lie between 1 and 315576000",
                ));
            }
        }
        let too_many = |list: &Vec<String>| {
            list.len() > 100 || list.iter().any(|one| one.chars().count() > 500)
        };
        if self
            .notifications
            .is_some_and(|both| too_many(&both.on_success) || too_many(&both.on_failure))
        {
            return Err(Failure::invalid(
                "/notifications",
                "at most 100 recipients of 500 characters",
            ));
        }
        Ok(())
    }
}

fn settings(engine: &Engine, function: &str, timeout: i64, retry: body::RetryPolicy) -> Settings {
    let info = engine.catalogue().get(function).map(|one| one.info());
    let delivery = match info.map(|info| info.default_delivery) {
        Some(orloj_tasks::Delivery::AtLeastOnce) => Delivery::AtLeastOnce,
        _ => Delivery::AtMostOnce,
    };
    let defaults = &engine.config().defaults;
    Settings {
        misfire_grace_seconds: defaults.misfire_grace_seconds,
        max_instances: defaults.max_instances,
        timeout_seconds: u32::try_from(timeout).ok(),
        retry: from_retry(retry),
        ..Settings::with_delivery(delivery)
    }
}

async fn shown(caller: &Caller, view: JobView) -> Answer<body::Job> {
    to_jobs(caller, vec![view])
        .await?
        .pop()
        .ok_or_else(|| Failure::not_found("job"))
}

pub(super) async fn create(
    State(app): State<App>,
    Asked(caller): Asked,
    Json(body): Json<body::JobCreate>,
) -> Answer<Json<body::JobDone>> {
    Limited {
        name: Some(&body.name),
        description: Some(&body.description),
        timeout_seconds: Some(body.timeout_seconds),
        retry_policy: Some(body.retry_policy),
        notifications: Some(&body.notifications),
    }
    .check()?;
    let template = Template::named(&body.template_type)
        .ok_or_else(|| bad(format!("Unknown template: {}", body.template_type)))?;
    let schedule = spec(&body.schedule, None, app.engine.clock().now()).map_err(bad)?;
    let function = template.function(app.engine.catalogue()).ok_or_else(|| {
        bad(format!(
            "The template {} is not available on this server",
            template.kind
        ))
    })?;
    let said = template
        .parameters(&body.parameters, &schedule)
        .map_err(|why| failed_check(&why))?;
    let mut draft = JobDraft {
        settings: settings(
            &app.engine,
            function,
            body.timeout_seconds,
            body.retry_policy,
        ),
        task_function: function.to_owned(),
        name_en: Some(body.name.clone()),
        name_ar: None,
        description_en: Some(body.description),
        description_ar: None,
        schedule,
        parameters: said.clone(),
        tags: Vec::new(),
        is_enabled: body.enabled,
        is_primary: false,
    };
    draft.settings.notifications = policies(&caller, &body.notifications)
        .await
        .map_err(refused)?;
    let view = caller.create_job(draft).await.map_err(refused)?;
    let kept = note(&body.parameters, &said, &body.notifications);
    caller
        .note_job(view.job.id, SURFACE, kept)
        .await
        .map_err(refused)?;
    Ok(Json(body::JobDone {
        success: true,
        message: format!("Job '{}' created successfully", body.name),
        job: shown(&caller, view).await?,
    }))
}

/// Rows on a page of jobs.
const PAGE: u32 = 20;
const MAX_PAGE: u32 = 100;

pub(super) async fn list(
    Asked(caller): Asked,
    Query(query): Query<body::WhichJobs>,
) -> Answer<Json<body::JobPage>> {
    let (number, size) = (query.page.unwrap_or(1), query.limit.unwrap_or(PAGE));
    if number == 0 {
        return Err(Failure::invalid("?page", "must be at least 1"));
    }
    if !(1..=MAX_PAGE).contains(&size) {
        return Err(Failure::invalid("?limit", "must lie between 1 and 100"));
    }
    let function = query
        .template_type
        .map(|kind| match Template::named(&kind) {
            Some(template) => template
                .function(caller.engine().catalogue())
                .unwrap_or(template.kind)
                .to_owned(),
            None => kind,
        });
    let filter = JobFilter {
        is_enabled: query.enabled,
        task_function: function,
        sort: JobSort::Created,
        descending: true,
        ..JobFilter::default()
    };
    let page = caller.jobs(filter, Page { number, size }).await?;
    Ok(Json(body::JobPage {
        total: page.total,
        page: number,
        pages: page.total.div_ceil(u64::from(size)),
        limit: size,
        jobs: to_jobs(&caller, page.items).await?,
    }))
}

pub(super) async fn get(Asked(caller): Asked, JobId(id): JobId) -> Answer<Json<body::OneJob>> {
    let view = caller.job(id).await?;
    Ok(Json(body::OneJob {
        job: shown(&caller, view).await?,
    }))
}

/// What the task function is to be given after a change, with what is kept of how that was said.
fn said_anew(
    function: &str,
    given: &Map<String, Value>,
    schedule: &Spec,
) -> Result<Value, Failure> {
    match Template::of_function(function) {
        Some(template) => template
            .parameters(given, schedule)
            .map_err(|why| failed_check(&why)),
        None => Ok(Value::Object(given.clone())),
    }
}

pub(super) async fn update(
    State(app): State<App>,
    Asked(caller): Asked,
    JobId(id): JobId,
    Json(body): Json<body::JobUpdate>,
) -> Answer<Json<body::JobDone>> {
    Limited {
        name: body.name.as_deref(),
        description: body.description.as_deref(),
        timeout_seconds: body.timeout_seconds,
        retry_policy: body.retry_policy,
        notifications: body.notifications.as_ref(),
    }
    .check()?;
    let job = caller.job(id).await?.job;
    let is_empty = body.name.is_none()
        && body.description.is_none()
        && body.parameters.is_none()
        && body.schedule.is_none()
        && body.enabled.is_none()
        && body.timeout_seconds.is_none()
        && body.retry_policy.is_none()
        && body.notifications.is_none();
    if is_empty {
        return Err(bad("No fields to update"));
    }
    let earlier = caller.job_notes(SURFACE, &[id]).await?.remove(&id);
    let schedule = match &body.schedule {
        None => None,
        Some(wanted) => {
            let now = app.engine.clock().now();
            Some(spec(wanted, Some(&job.schedule), now).map_err(bad)?)
        }
    };
    // A template's parameters can depend on the schedule, so a new schedule says them anew too; but not those of a job
    // that was made or changed elsewhere, which are no template's.
    let written = earlier
        .as_ref()
        .filter(|note| note.content["said"] == job.parameters);
    let parameters = match body.parameters {
        Some(new) => Some(new),
        None if schedule.is_some() && written.is_some() => Some(given(&job.parameters, written)),
        None => None,
    };
    let said = match &parameters {
        None => None,
        Some(parameters) => {
            let when = schedule.as_ref().unwrap_or(&job.schedule);
            Some(said_anew(&job.task_function, parameters, when)?)
        }
    };
    let told = match &body.notifications {
        Some(both) => Some(policies(&caller, both).await.map_err(refused)?),
        None => None,
    };
    let is_noted = parameters.is_some() || body.notifications.is_some();
    let kept = is_noted.then(|| {
        note(
            &parameters.unwrap_or_else(|| given(&job.parameters, earlier.as_ref())),
            said.as_ref().unwrap_or(&job.parameters),
            &body
                .notifications
                .unwrap_or_else(|| notifications(earlier.as_ref())),
        )
    });
    let view = caller
        .edit_job(id, None, false, move |mut draft| {
            draft.name_en = body.name.or(draft.name_en);
            draft.description_en = body.description.or(draft.description_en);
            draft.is_enabled = body.enabled.unwrap_or(draft.is_enabled);
            draft.schedule = schedule.unwrap_or(draft.schedule);
            draft.parameters = said.unwrap_or(draft.parameters);
            let settings = &mut draft.settings;
            if let Some(told) = told {
                settings.notifications = told;
            }
            if let Some(seconds) = body.timeout_seconds {
                settings.timeout_seconds = u32::try_from(seconds).ok();
            }
            if let Some(policy) = body.retry_policy {
                settings.retry = from_retry(policy);
            }
            Ok(draft)
        })
        .await
        .map_err(refused)?;
    if let Some(kept) = kept {
        caller.note_job(id, SURFACE, kept).await.map_err(refused)?;
    }
    Ok(Json(body::JobDone {
        success: true,
        message: "Job updated successfully".to_owned(),
        job: shown(&caller, view).await?,
    }))
}

pub(super) async fn delete(Asked(caller): Asked, JobId(id): JobId) -> Answer<Json<body::Done>> {
    caller.delete_job(id, None, false).await.map_err(refused)?;
    Ok(Json(body::Done {
        success: true,
        message: "Job deleted successfully".to_owned(),
    }))
}

pub(super) async fn run(Asked(caller): Asked, JobId(id): JobId) -> Answer<Json<body::RunStarted>> {
    let request = RunRequest {
        refuse_if_disabled: true,
        ..RunRequest::new(id, Trigger::Manual)
    };
    let started = caller.run_job(request).await.map_err(refused)?;
    let execution = to_executions(&caller, vec![started], LINES_OF_ONE)
        .await?
        .pop()
        .ok_or_else(|| Failure::not_found("execution"))?;
    Ok(Json(body::RunStarted {
        success: true,
        message: "Job execution started".to_owned(),
        execution,
    }))
}

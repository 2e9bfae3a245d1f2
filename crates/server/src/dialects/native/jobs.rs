//! Jobs: made, listed, read, changed, deleted.

use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;

use orloj_engine::model::{JobView, Page};
use orloj_engine::{Caller, Error};
use orloj_wire::bulk::{JobBatch, JobBatchCreated};
use orloj_wire::chains::Chain;
use orloj_wire::job::Job;
use orloj_wire::job_edit::{JobCreate, JobDuplicate, JobUpdate};
use orloj_wire::version::JobVersion;

use super::convert::{chains, draft, job, query as filters, schedule, update};
use super::interval_parts::{self, Noted};
use super::query;
use crate::app::App;
use crate::auth::Asked;
use crate::http::etag::{Etagged, IfMatch};
use crate::http::failure::Failure;
use crate::http::json::{Json, MaybeJson};
use crate::http::path::Id;
use crate::http::query::Query;

type Answer<T> = Result<T, Failure>;
type OneJob = Etagged<Json<Job>>;

/// Most jobs in one batch.
const MAX_BATCH: usize = 1_000;

/// A job as an answer, with its interval as it was said.
async fn one(caller: &Caller, view: JobView) -> Answer<OneJob> {
    let parts = Noted::of(caller, [&view]).await?.get(view.job.id);
    Ok(Etagged(view.job.version, Json(job::to_job(view, parts))))
}

pub(super) async fn create(
    State(app): State<App>,
    Asked(caller): Asked,
    Json(body): Json<JobCreate>,
) -> Answer<(StatusCode, OneJob)> {
    let parts = draft::parts(&body);
    let view = caller
        .create_job(draft::from_create(&app.engine, body)?)
        .await?;
    interval_parts::note_new(&caller, view.job.id, parts).await?;
    Ok((StatusCode::CREATED, one(&caller, view).await?))
}

pub(super) async fn create_interval(
    State(app): State<App>,
    asked: Asked,
    Json(body): Json<JobCreate>,
) -> Answer<(StatusCode, OneJob)> {
    let parts = [
        body.interval_seconds,
        body.interval_minutes,
        body.interval_hours,
        body.interval_days,
    ];
    if parts.iter().all(Option::is_none) {
        return Err(Failure::invalid(
            "/intervalMinutes",
            "an interval job needs intervalSeconds, intervalMinutes, intervalHours or intervalDays",
        ));
    }
    create(State(app), asked, Json(body)).await
}

pub(super) async fn create_cron(
    State(app): State<App>,
    asked: Asked,
    Json(body): Json<JobCreate>,
) -> Answer<(StatusCode, OneJob)> {
    if body.cron_expression.is_none() && body.cron_fields.is_none() {
        return Err(Failure::invalid(
            "/cronExpression",
            "a cron job needs cronExpression",
        ));
    }
    create(State(app), asked, Json(body)).await
}

pub(super) async fn create_many(
    State(app): State<App>,
    Asked(caller): Asked,
    Json(body): Json<JobBatch>,
) -> Answer<(StatusCode, Json<JobBatchCreated>)> {
    if body.jobs.is_empty() || body.jobs.len() > MAX_BATCH {
        return Err(Failure::invalid("/jobs", "a batch has 1 to 1000 jobs"));
    }
    let parts: Vec<_> = body.jobs.iter().map(draft::parts).collect();
    let drafts = body
        .jobs
        .into_iter()
        .enumerate()
        .map(|(index, body)| {
            draft::from_create(&app.engine, body)
                .map_err(|error| under(&format!("/jobs/{index}"), error))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let ids = caller
        .create_jobs(drafts)
        .await
        .map_err(|error| under("/jobs", error))?;
    for (id, parts) in ids.iter().zip(parts) {
        interval_parts::note_new(&caller, *id, parts).await?;
    }
    Ok((StatusCode::CREATED, Json(JobBatchCreated { ids })))
}

/// The same error about a part of a larger body.
fn under(prefix: &str, mut error: Error) -> Error {
    for field in &mut error.fields {
        field.pointer.insert_str(0, prefix);
    }
    error
}

pub(super) async fn list(
    State(app): State<App>,
    Asked(caller): Asked,
    Query(query): Query<query::Jobs>,
) -> Answer<impl IntoResponse> {
    let (filter, page) = filters::jobs(&app.engine, query)?;
    let page = caller.jobs(filter, page).await?;
    let noted = Noted::of(&caller, &page.items).await?;
    Ok(Json(job::to_page(page, |id| noted.get(id))))
}

/// Jobs read at once while exporting.
const EXPORT_PAGE: u32 = 500;

pub(super) async fn export(
    State(app): State<App>,
    Asked(caller): Asked,
    Query(query): Query<query::Export>,
) -> Answer<Json<Vec<JobCreate>>> {
    let (filter, _) = filters::jobs(&app.engine, query.into())?;
    let mut all = Vec::new();
    for number in 1.. {
        let page = caller
            .jobs(
                filter.clone(),
                Page {
                    number,
                    size: EXPORT_PAGE,
                },
            )
            .await?;
        let is_last = page.items.len() < EXPORT_PAGE as usize;
        let noted = Noted::of(&caller, &page.items).await?;
        all.extend(
            page.items
                .into_iter()
                .map(|view| draft::to_create(view.job.draft(), noted.get(view.job.id))),
        );
        if is_last {
            break;
        }
    }
    Ok(Json(all))
}

pub(super) async fn get(Asked(caller): Asked, Id(id): Id) -> Answer<OneJob> {
    one(&caller, caller.job(id).await?).await
}

pub(super) async fn update(
    State(app): State<App>,
    Asked(caller): Asked,
    Id(id): Id,
    IfMatch(version): IfMatch,
    Query(query): Query<query::Confirm>,
    Json(body): Json<JobUpdate>,
) -> Answer<OneJob> {
    let engine = app.engine.clone();
    let confirmed = query.confirm_primary.unwrap_or(false);
    let parts = Noted::of_ids(&caller, &[id]).await?.get(id);
    let mut changed = None;
    let view = caller
        .edit_job(id, version, confirmed, |draft| {
            let (draft, new_parts) = update::apply(&engine, draft, body, parts)?;
            changed = new_parts;
            Ok(draft)
        })
        .await?;
    if let Some(parts) = changed {
        interval_parts::note(&caller, id, parts).await?;
    }
    one(&caller, view).await
}

pub(super) async fn delete(
    Asked(caller): Asked,
    Id(id): Id,
    IfMatch(version): IfMatch,
    Query(query): Query<query::Confirm>,
) -> Answer<StatusCode> {
    caller
        .delete_job(id, version, query.confirm_primary.unwrap_or(false))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn versions(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Vec<JobVersion>>> {
    let versions = caller.job_versions(id).await?;
    // Parts that add up to another interval than a version had are left aside.
    let parts = Noted::of_ids(&caller, &[id]).await?.get(id);
    Ok(Json(
        versions
            .into_iter()
            .map(|version| job::to_version(version, parts))
            .collect(),
    ))
}

pub(super) async fn duplicate(
    State(app): State<App>,
    Asked(caller): Asked,
    Id(id): Id,
    MaybeJson(body): MaybeJson<JobDuplicate>,
) -> Answer<(StatusCode, OneJob)> {
    let mut draft = caller.job(id).await?.job.draft();
    if body.name_en.is_none() && body.name_ar.is_none() {
        draft.name_en = draft.name_en.map(|name| copied(&name, " (copy)"));
        draft.name_ar = draft.name_ar.map(|name| copied(&name, " (نسخة)"));
    } else {
        draft.name_en = body.name_en;
        draft.name_ar = body.name_ar;
    }
    draft.is_enabled = body.is_enabled.unwrap_or(false);
    // A copy of a critical job is not critical until somebody says so.
    draft.is_primary = false;
    schedule::restart(&mut draft.schedule.rule, app.engine.clock().now());
    let parts = Noted::of_ids(&caller, &[id]).await?.get(id);
    let view = caller.create_job(draft).await?;
    if let Some(parts) = parts {
        interval_parts::note_new(&caller, view.job.id, parts).await?;
    }
    Ok((StatusCode::CREATED, one(&caller, view).await?))
}

/// Most characters of a name.
const MAX_NAME: usize = 255;

fn copied(name: &str, suffix: &str) -> String {
    let room = MAX_NAME - suffix.chars().count();
    let mut copy: String = name.chars().take(room).collect();
    copy.push_str(suffix);
    copy
}

pub(super) async fn chain(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Chain>> {
    Ok(Json(chains::to_chain(id, caller.chain(id).await?)))
}

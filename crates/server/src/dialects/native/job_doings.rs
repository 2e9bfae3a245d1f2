//! What is done with jobs: the seeds' actions, runs, many at once, and the ledger of what was decided.

use axum::extract::State;
use http::{HeaderMap, StatusCode};

use orloj_engine::model::{Bulk, BulkAction, RunRequest as Run, Selection, Trigger};
use orloj_engine::{Caller, Error};
use orloj_wire::action::{JobAction, JobActionRequest, JobActionResponse, RunRequest};
use orloj_wire::bulk::{BulkAction as WireAction, BulkRefusal, BulkRequest, BulkResponse};
use orloj_wire::execution::{Execution, ExecutionPage};
use orloj_wire::fire::FirePage;
use serde_json::Value;

use super::convert::schedule::instant;
use super::convert::{execution, job, query as filters};
use super::interval_parts::Noted;
use super::query;
use crate::app::App;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::{Json, MaybeJson};
use crate::http::path::Id;
use crate::http::query::Query;

type Answer<T> = Result<T, Failure>;

/// Most jobs named in one bulk action.
const MAX_IDS: usize = 10_000;
/// Most characters of an idempotency key.
const MAX_KEY: usize = 200;

/// What starts a run that was asked for: a person's page or command line, or a program.
pub(super) fn trigger(caller: &Caller, headers: &HeaderMap) -> Trigger {
    let by_command_line = headers
        .get(http::header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|agent| agent.starts_with("orloj"));
    if by_command_line || caller.actor().via.starts_with("session") {
        Trigger::Manual
    } else {
        Trigger::Api
    }
}

pub(super) async fn act(
    Asked(caller): Asked,
    Id(id): Id,
    headers: HeaderMap,
    Json(body): Json<JobActionRequest>,
) -> Answer<Json<JobActionResponse>> {
    refuse_stray_members(&body)?;
    let confirmed = body.confirm_primary.unwrap_or(false);
    let mut execution_id = None;
    let (view, message) = match body.action {
        JobAction::Enable => (
            caller.set_job_enabled(id, true, confirmed).await?,
            "Job enabled successfully",
        ),
        JobAction::Disable => (
            caller.set_job_enabled(id, false, confirmed).await?,
            "Job disabled successfully",
        ),
        JobAction::Pause => {
            let until = body.until.map(|at| instant("until", at)).transpose()?;
            (
                caller.pause_job(id, until, body.reason).await?,
                "Job paused successfully",
            )
        }
        JobAction::Resume => (caller.resume_job(id).await?, "Job resumed successfully"),
        JobAction::Trigger => {
            let run = Run {
                parameters: body.parameters.map(Value::Object),
                refuse_if_live: true,
                ..Run::new(id, trigger(&caller, &headers))
            };
            execution_id = Some(caller.run_job(run).await?.uuid);
            (caller.job(id).await?, "Job triggered successfully")
        }
    };
    let parts = Noted::of(&caller, [&view]).await?.get(view.job.id);
    Ok(Json(JobActionResponse {
        success: true,
        message: message.to_owned(),
        execution_id,
        job: job::to_job(view, parts),
    }))
}

/// Members that an action does not read are refused, never ignored.
fn refuse_stray_members(body: &JobActionRequest) -> Result<(), Error> {
    let sent = [
        (
            "parameters",
            body.parameters.is_some(),
            JobAction::Trigger,
            "trigger",
        ),
        ("until", body.until.is_some(), JobAction::Pause, "pause"),
        ("reason", body.reason.is_some(), JobAction::Pause, "pause"),
        (
            "confirmPrimary",
            body.confirm_primary.is_some(),
            JobAction::Disable,
            "disable",
        ),
    ];
    for (name, is_sent, reader, word) in sent {
        if is_sent && body.action != reader {
            return Err(Error::invalid(
                name,
                format!("only the action {word} takes this"),
            ));
        }
    }
    Ok(())
}

pub(super) async fn run(
    Asked(caller): Asked,
    Id(id): Id,
    headers: HeaderMap,
    MaybeJson(body): MaybeJson<RunRequest>,
) -> Answer<(StatusCode, Json<Execution>)> {
    let run = Run {
        parameters: body.parameters.map(Value::Object),
        at: body.at.map(|at| instant("at", at)).transpose()?,
        idempotency_key: idempotency_key(&headers)?,
        ..Run::new(id, trigger(&caller, &headers))
    };
    let started = caller.run_job(run).await?;
    Ok((StatusCode::ACCEPTED, Json(execution::to_execution(started))))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > MAX_KEY {
        return Err(Failure::malformed(
            "Idempotency-Key must be 1 to 200 printable ASCII characters",
        ));
    }
    Ok(Some(key.to_owned()))
}

pub(super) async fn bulk(
    State(_): State<App>,
    Asked(caller): Asked,
    Json(body): Json<BulkRequest>,
) -> Answer<Json<BulkResponse>> {
    let selection = match (body.ids, body.filter) {
        (Some(ids), None) if ids.is_empty() || ids.len() > MAX_IDS => {
            return Err(Failure::invalid("/ids", "name 1 to 10000 jobs"));
        }
        (Some(ids), None) => Selection::Ids(ids),
        (None, Some(filter)) => Selection::Filter(filters::bulk_filter(filter)),
        (Some(_), Some(_)) => {
            return Err(Failure::invalid("/filter", "send ids or filter, not both"));
        }
        (None, None) => return Err(Failure::invalid("/ids", "say which jobs: ids or filter")),
    };
    let is_pause = body.action == WireAction::Pause;
    if !is_pause && body.until.is_some() {
        return Err(Failure::invalid(
            "/until",
            "only the action pause takes this",
        ));
    }
    if !is_pause && body.reason.is_some() {
        return Err(Failure::invalid(
            "/reason",
            "only the action pause takes this",
        ));
    }
    let until = body.until.map(|at| instant("until", at)).transpose()?;
    let tag = match (body.action, body.tag) {
        (WireAction::Tag | WireAction::Untag, None) => {
            return Err(Failure::invalid("/tag", "say which tag"));
        }
        (WireAction::Tag | WireAction::Untag, Some(tag)) => tag,
        (_, Some(_)) => {
            return Err(Failure::invalid(
                "/tag",
                "only the actions tag and untag take this",
            ));
        }
        (_, None) => String::new(),
    };
    let action = match body.action {
        WireAction::Enable => BulkAction::Enable,
        WireAction::Disable => BulkAction::Disable,
        WireAction::Pause => BulkAction::Pause(until, body.reason),
        WireAction::Resume => BulkAction::Resume,
        WireAction::Run => BulkAction::Run,
        WireAction::Delete => BulkAction::Delete,
        WireAction::Tag => BulkAction::Tag(tag),
        WireAction::Untag => BulkAction::Untag(tag),
    };
    let result = caller
        .bulk_jobs(Bulk {
            selection,
            action,
            confirm_primary: body.confirm_primary.unwrap_or(false),
        })
        .await?;
    Ok(Json(BulkResponse {
        done: result.done,
        refused: result
            .refused
            .into_iter()
            .map(|(id, reason)| BulkRefusal { id, reason })
            .collect(),
    }))
}

pub(super) async fn fires(
    Asked(caller): Asked,
    Id(id): Id,
    Query(query): Query<query::Fires>,
) -> Answer<Json<FirePage>> {
    let page = filters::page(query.page, query.per_page)?;
    let dispositions = filters::dispositions(query.disposition.as_deref())?;
    let fires = caller
        .fires(id, query.from, query.to, dispositions, page)
        .await?;
    Ok(Json(execution::to_fires(fires)))
}

pub(super) async fn history(
    Asked(caller): Asked,
    Id(id): Id,
    Query(query): Query<query::JobHistory>,
) -> Answer<Json<ExecutionPage>> {
    let (filter, page) = filters::job_history(id, query)?;
    Ok(Json(execution::to_page(
        caller.executions(filter, page).await?,
    )))
}

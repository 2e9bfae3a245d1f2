//! Executions: listed, read, cancelled, run again.

use http::StatusCode;

use orloj_engine::Kind;
use orloj_wire::execution::{
    Attempt, CancelRequest, CleanupRequest, CleanupResponse, Execution, ExecutionFeed,
    ExecutionPage, RerunRequest,
};
use serde_json::Value;

use super::convert::{execution, query as filters};
use super::query;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::{Json, MaybeJson};
use crate::http::path::Reference;
use crate::http::query::Query;

type Answer<T> = Result<T, Failure>;

/// History that a clean-up keeps when the client names no number of days.
const RETENTION_DAYS: u32 = 30;
const MAX_RETENTION_DAYS: u32 = 3_650;

pub(super) async fn history(
    Asked(caller): Asked,
    Query(query): Query<query::History>,
) -> Answer<Json<ExecutionPage>> {
    let (filter, page) = filters::history(query)?;
    Ok(Json(execution::to_page(
        caller.executions(filter, page).await?,
    )))
}

pub(super) async fn feed(
    Asked(caller): Asked,
    Query(query): Query<query::Feed>,
) -> Answer<Json<ExecutionFeed>> {
    let (filter, after, limit) = filters::feed(query)?;
    let found = caller
        .executions_after(filter, after.as_deref(), limit)
        .await
        .map_err(|error| match error.kind {
            Kind::NotFound => Failure::invalid(
                "?after",
                "there is no such execution (any more); begin without `after`",
            ),
            _ => error.into(),
        })?;
    Ok(Json(execution::to_feed(found, limit)))
}

pub(super) async fn get(
    Asked(caller): Asked,
    Reference(reference): Reference,
) -> Answer<Json<Execution>> {
    Ok(Json(execution::to_execution(
        caller.execution(&reference).await?,
    )))
}

pub(super) async fn attempts(
    Asked(caller): Asked,
    Reference(reference): Reference,
) -> Answer<Json<Vec<Attempt>>> {
    let attempts = caller.attempts(&reference).await?;
    Ok(Json(
        attempts.into_iter().map(execution::to_attempt).collect(),
    ))
}

pub(super) async fn cancel(
    Asked(caller): Asked,
    Reference(reference): Reference,
    MaybeJson(body): MaybeJson<CancelRequest>,
) -> Answer<Json<Execution>> {
    let cancelled = caller.cancel_execution(&reference, body.reason).await?;
    Ok(Json(execution::to_execution(cancelled)))
}

pub(super) async fn rerun(
    Asked(caller): Asked,
    Reference(reference): Reference,
    MaybeJson(body): MaybeJson<RerunRequest>,
) -> Answer<(StatusCode, Json<Execution>)> {
    let started = match (body.failed_devices_only, body.parameters) {
        (true, Some(_)) => {
            return Err(Failure::invalid(
                "/parameters",
                "cannot be changed together with failedDevicesOnly; leave one of the two out",
            ));
        }
        (true, None) => caller.rerun_failed_devices(&reference).await?,
        (false, parameters) => {
            let parameters = parameters.map(Value::Object);
            caller.rerun_execution(&reference, parameters).await?
        }
    };
    Ok((StatusCode::ACCEPTED, Json(execution::to_execution(started))))
}

pub(super) async fn cleanup(
    Asked(caller): Asked,
    MaybeJson(body): MaybeJson<CleanupRequest>,
) -> Answer<Json<CleanupResponse>> {
    let days = body.retention_days.unwrap_or(RETENTION_DAYS);
    if !(1..=MAX_RETENTION_DAYS).contains(&days) {
        return Err(Failure::invalid("/retentionDays", "1 to 3650 days"));
    }
    let deleted_count = caller.cleanup_history(days).await?;
    Ok(Json(CleanupResponse {
        deleted_count,
        message: format!("Cleaned up {deleted_count} execution records older than {days} days"),
    }))
}

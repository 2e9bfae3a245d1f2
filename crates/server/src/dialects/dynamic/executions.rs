//! Executions: listed, read, deleted.

use orloj_engine::Caller;
use orloj_engine::model::ExecutionFilter;

use super::body;
use super::convert::{LINES_IN_LIST, LINES_OF_ONE, statuses, to_executions};
use crate::auth::Asked;
use crate::http::detail::refuse;
use crate::http::failure::Failure;
use crate::http::hex_id::{ExecutionId, JobId, from_hex, to_hex};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::span;

type Answer<T> = Result<T, Failure>;

/// Rows of a list without a limit.
const LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

async fn found(
    caller: &Caller,
    job_id: Option<i64>,
    status: Option<body::Standing>,
    limit: Option<u32>,
    skip: Option<u32>,
) -> Answer<Vec<body::Execution>> {
    let limit = limit.unwrap_or(LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Failure::invalid("?limit", "must lie between 1 and 200"));
    }
    let filter = ExecutionFilter {
        job_id,
        statuses: statuses(status),
        ..ExecutionFilter::default()
    };
    let skip = skip.unwrap_or(0).min(span::MAX_SKIP);
    let (list, _) = span::span(skip, limit, |page| caller.executions(filter.clone(), page)).await?;
    Ok(to_executions(caller, list, LINES_IN_LIST).await?)
}

pub(super) async fn of_job(
    Asked(caller): Asked,
    JobId(id): JobId,
    Query(query): Query<body::WhichOfJob>,
) -> Answer<Json<body::ExecutionsOfJob>> {
    let executions = found(&caller, Some(id), query.status, query.limit, query.skip).await?;
    Ok(Json(body::ExecutionsOfJob {
        job_id: to_hex(id),
        count: executions.len() as u64,
        executions,
    }))
}

pub(super) async fn list(
    Asked(caller): Asked,
    Query(query): Query<body::WhichExecutions>,
) -> Answer<Json<body::Executions>> {
    let job = match &query.job_id {
        None => None,
        Some(text) => Some(from_hex(text).ok_or_else(|| Failure::not_found("job"))?),
    };
    let executions = found(&caller, job, query.status, query.limit, query.skip).await?;
    Ok(Json(body::Executions {
        count: executions.len() as u64,
        executions,
    }))
}

pub(super) async fn get(
    Asked(caller): Asked,
    ExecutionId(id): ExecutionId,
) -> Answer<Json<body::OneExecution>> {
    let found = caller.execution(&id.to_string()).await?;
    let execution = to_executions(&caller, vec![found], LINES_OF_ONE)
        .await?
        .pop()
        .ok_or_else(|| Failure::not_found("execution"))?;
    Ok(Json(body::OneExecution { execution }))
}

pub(super) async fn delete(
    Asked(caller): Asked,
    ExecutionId(id): ExecutionId,
) -> Answer<Json<body::Done>> {
    caller
        .remove_execution(&id.to_string())
        .await
        .map_err(refuse)?;
    Ok(Json(body::Done {
        success: true,
        message: "Execution deleted successfully".to_owned(),
    }))
}

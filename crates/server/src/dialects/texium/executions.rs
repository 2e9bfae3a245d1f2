//! Executions: listed, read.

use super::body;
use super::convert::{RUNS, runs, to_executions};
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::hex_id::{ExecutionId, from_hex};
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::span;

type Answer<T> = Result<T, Failure>;

/// Executions of a list without a limit, as the Texium backend answers them.
const LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 500;

pub(super) async fn list(
    Asked(caller): Asked,
    Query(query): Query<body::WhichExecutions>,
) -> Answer<Json<body::Executions>> {
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Failure::invalid("?limit", "must lie between 1 and 500"));
    }
    let job = match &query.job_id {
        None => None,
        Some(text) => Some(from_hex(text).ok_or_else(|| Failure::not_found("job"))?),
    };
    let filter = runs(job, None, &RUNS);
    let (found, _) = span::span(query.skip.unwrap_or(0).min(span::MAX_SKIP), limit, |page| {
        caller.executions(filter.clone(), page)
    })
    .await?;
    let data = to_executions(&caller, found).await?;
    Ok(Json(body::Executions {
        status: body::Success::Success,
        message: format!("{} executions retrieved successfully", data.len()),
        total: data.len() as u64,
        data,
    }))
}

pub(super) async fn get(
    Asked(caller): Asked,
    ExecutionId(id): ExecutionId,
) -> Answer<Json<body::OneExecution>> {
    let found = caller.execution(&id.to_string()).await?;
    let data = to_executions(&caller, vec![found])
        .await?
        .pop()
        .ok_or_else(|| Failure::not_found("execution"))?;
    Ok(Json(body::OneExecution {
        status: body::Success::Success,
        message: "Execution retrieved successfully".to_owned(),
        data,
    }))
}

//! The executions of a task.

use orloj_engine::model::ExecutionFilter;

use super::body;
use super::convert::{RUNS, to_execution};
use super::task_id::TaskId;
use super::tasks::own;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::query::Query;
use crate::http::span;

/// Rows of a list without a limit.
const LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 1_000;

pub(super) async fn list(
    Asked(caller): Asked,
    TaskId(id): TaskId,
    Query(query): Query<body::Span>,
) -> Result<Json<Vec<body::Execution>>, Failure> {
    own(&caller, id).await?;
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Failure::invalid("?limit", "must lie between 1 and 1000"));
    }
    let filter = ExecutionFilter {
        job_id: Some(id),
        statuses: RUNS.to_vec(),
        ..ExecutionFilter::default()
    };
    let skip = query.skip.unwrap_or(0).min(span::MAX_SKIP);
    let (list, _) = span::span(skip, limit, |page| caller.executions(filter.clone(), page)).await?;
    Ok(Json(
        list.into_iter()
            .map(|execution| body::Execution {
                task_id: id,
                execution: to_execution(execution),
            })
            .collect(),
    ))
}

//! Templates, and status with statistics.

use axum::extract::{Path, State};
use http::HeaderMap;

use orloj_engine::model::{ExecutionFilter, JobFilter, Page, Status};
use orloj_engine::{Caller, Result};

use super::body;
use super::convert::RUNS;
use super::templates::{ALL, Template};
use crate::app::App;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::language::Language;
use crate::http::query::Query;

type Answer<T> = std::result::Result<T, Failure>;

pub(super) async fn templates(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<body::WhichTemplates>,
) -> Json<body::Templates> {
    let language = Language::of(&headers);
    let templates: Vec<_> = ALL
        .iter()
        .filter(|template| {
            query
                .category
                .as_ref()
                .is_none_or(|category| template.category == category)
        })
        .map(|template| template.shown(app.engine.catalogue(), language))
        .collect();
    Json(body::Templates {
        count: templates.len() as u64,
        templates,
        category: query.category,
    })
}

pub(super) async fn template(
    State(app): State<App>,
    headers: HeaderMap,
    Path(kind): Path<String>,
) -> Answer<Json<body::Template>> {
    let template = Template::named(&kind).ok_or_else(|| Failure::not_found("template"))?;
    Ok(Json(
        template.shown(app.engine.catalogue(), Language::of(&headers)),
    ))
}

/// A page that is read for its total alone.
const TOTAL_ONLY: Page = Page { number: 1, size: 1 };

async fn count_runs(caller: &Caller, statuses: &[Status]) -> Result<u64> {
    let filter = ExecutionFilter {
        statuses: statuses.to_vec(),
        ..ExecutionFilter::default()
    };
    Ok(caller.executions(filter, TOTAL_ONLY).await?.total)
}

async fn count_jobs(caller: &Caller, is_enabled: Option<bool>) -> Result<u64> {
    let filter = JobFilter {
        is_enabled,
        ..JobFilter::default()
    };
    Ok(caller.jobs(filter, TOTAL_ONLY).await?.total)
}

pub(super) async fn status(Asked(caller): Asked) -> Answer<Json<body::Status>> {
    let total = count_runs(&caller, &RUNS).await?;
    let successful = count_runs(&caller, &[Status::Success]).await?;
    let running = count_runs(&caller, &[Status::Pending, Status::Running]).await?;
    let success_rate = match total.saturating_sub(running) {
        0 => "N/A".to_owned(),
        ended => format!("{:.1}%", successful as f64 / ended as f64 * 100.0),
    };
    let enabled = count_jobs(&caller, Some(true)).await?;
    let jobs = count_jobs(&caller, None).await?;
    Ok(Json(body::Status {
        scheduler: body::SchedulerStatus {
            status: "active",
            template_count: ALL.len() as u64,
        },
        jobs: body::JobNumbers {
            total: jobs,
            enabled,
            disabled: jobs.saturating_sub(enabled),
        },
        executions: body::ExecutionNumbers {
            total,
            successful,
            failed: count_runs(&caller, &[Status::Failed, Status::Lost]).await?,
            running,
            success_rate,
        },
    }))
}

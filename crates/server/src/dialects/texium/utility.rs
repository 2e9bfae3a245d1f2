//! The classes of jobs, statistics, and whether the scheduler works.

use axum::extract::State;
use http::{HeaderMap, StatusCode};

use orloj_engine::model::{JobFilter, Page, Status};
use orloj_engine::{Caller, Result};

use super::classes::ALL;
use super::convert::{FAILED, RUNS, runs};
use super::{SURFACE, body};
use crate::app::App;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::hex_id::{NOTHING, from_hex};
use crate::http::json::Json;
use crate::http::language::Language;
use crate::http::query::Query;

type Answer<T> = std::result::Result<T, Failure>;

/// A page that is read for its total alone.
const TOTAL_ONLY: Page = Page { number: 1, size: 1 };

pub(super) async fn available_jobs(
    State(app): State<App>,
    headers: HeaderMap,
) -> Json<body::JobClasses> {
    let language = Language::of(&headers);
    let jobs: Vec<_> = ALL
        .iter()
        .map(|class| body::JobClass {
            class_string: class.string.to_owned(),
            name: class.name.to_owned(),
            description: class.description(app.engine.catalogue(), language),
        })
        .collect();
    Json(body::JobClasses {
        status: body::Success::Success,
        message: format!("{} job classes available", jobs.len()),
        total: jobs.len() as u64,
        jobs,
    })
}

pub(super) async fn stats(
    Asked(caller): Asked,
    Query(query): Query<body::WhoseStats>,
) -> Answer<Json<body::StatsAnswer>> {
    let stats = match query.user_id {
        None => of_owner(&caller, None).await?,
        Some(text) => match from_hex(&text) {
            None => return Err(Failure::not_found("user")),
            Some(NOTHING) => of_alias(&caller, &text.to_ascii_lowercase()).await?,
            Some(owner) => of_owner(&caller, Some(owner)).await?,
        },
    };
    Ok(Json(body::StatsAnswer {
        status: body::Success::Success,
        message: "Statistics retrieved successfully".to_owned(),
        stats,
    }))
}

/// Number of jobs of an owner, or of all, that are so.
async fn count_jobs(
    caller: &Caller,
    owner_id: Option<i64>,
    is_enabled: Option<bool>,
    is_paused: Option<bool>,
) -> Result<u64> {
    let filter = JobFilter {
        owner_id,
        is_enabled,
        is_paused,
        ..JobFilter::default()
    };
    Ok(caller.jobs(filter, TOTAL_ONLY).await?.total)
}

/// Number of executions of an owner, or of all, in these statuses.
async fn count_runs(caller: &Caller, owner_id: Option<i64>, statuses: &[Status]) -> Result<u64> {
    let filter = runs(None, owner_id, statuses);
    Ok(caller.executions(filter, TOTAL_ONLY).await?.total)
}

async fn of_owner(caller: &Caller, owner: Option<i64>) -> Result<body::Stats> {
    let completed = count_runs(caller, owner, &[Status::Success]).await?;
    let failed = count_runs(caller, owner, &FAILED).await?;
    Ok(body::Stats {
        total_jobs: count_jobs(caller, owner, None, None).await?,
        enabled_jobs: count_jobs(caller, owner, Some(true), None).await?,
        paused_jobs: count_jobs(caller, owner, None, Some(true)).await?,
        total_executions: count_runs(caller, owner, &RUNS).await?,
        completed_executions: completed,
        failed_executions: failed,
        success_rate: rate(completed, failed),
    })
}

/// The numbers of the jobs that were made under an id of another system.
async fn of_alias(caller: &Caller, alias: &str) -> Result<body::Stats> {
    let ids = caller.jobs_under_alias(SURFACE, alias).await?;
    let counts = caller.run_counts(&ids).await?;
    let sum = |of: fn(&orloj_engine::model::RunCounts) -> u64| counts.values().map(of).sum::<u64>();
    let (finished, completed) = (sum(|one| one.finished), sum(|one| one.succeeded));
    let (mut enabled_jobs, mut paused_jobs) = (0, 0);
    for id in &ids {
        let view = caller.job(*id).await?;
        enabled_jobs += u64::from(view.job.is_enabled);
        paused_jobs += u64::from(view.is_paused);
    }
    Ok(body::Stats {
        total_jobs: ids.len() as u64,
        enabled_jobs,
        paused_jobs,
        total_executions: finished + sum(|one| one.live),
        completed_executions: completed,
        failed_executions: finished - completed,
        success_rate: rate(completed, finished - completed),
    })
}

fn rate(completed: u64, failed: u64) -> f64 {
    match completed + failed {
        0 => 0.0,
        finished => completed as f64 / finished as f64 * 100.0,
    }
}

/// Healthy while some instance schedules; without it jobs would be accepted and never run.
pub(super) async fn health(Asked(caller): Asked) -> (StatusCode, Json<body::Health>) {
    let is_running = caller.status().await.is_ok_and(|status| status.is_running);
    let (status, word, message) = if is_running {
        (StatusCode::OK, "healthy", "Scheduler is running")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "unhealthy",
            "Scheduler is not running",
        )
    };
    let health = body::Health {
        status: word,
        message,
        timestamp: (),
    };
    (status, Json(health))
}

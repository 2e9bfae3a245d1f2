//! Deployments.

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use orloj_engine::model::{ExecutionFilter, NewDeployment, Page, Status};
use orloj_wire::deployments::{
    Deployment, DeploymentCancel, DeploymentCreate, DeploymentDetail, DeploymentKind,
    DeploymentPage, DeploymentRetry, DeploymentStatus,
};

use super::convert::deployments::{function, to_deployment, to_detail};
use crate::auth::Asked;
use crate::http::access::Access::{Change, Read, Run};
use crate::http::failure::Failure;
use crate::http::json::{Json, MaybeJson};
use crate::http::path::Id;
use crate::http::query::Query;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// Rows on a page when nothing is said, and at most.
const PER_PAGE: u32 = 20;
const MAX_PER_PAGE: u32 = 100;

/// Which deployments are wanted.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Which {
    /// Number of the page, from 1.
    page: Option<u32>,
    /// Rows on a page, 1 to 100.
    per_page: Option<u32>,
    /// Only these.
    kind: Option<DeploymentKind>,
    /// Only in this status.
    status: Option<DeploymentStatus>,
    /// Only of this job.
    job_id: Option<i64>,
    /// Text in the job's names, in the summary or the error.
    search: Option<String>,
}

/// The routes of deployments.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/deployments", Read, list)
            .named("deployments", "listDeployments", "List deployments")
            .about("Executions of the task functions that devices work for, whatever started them; newest first.")
            .query::<Which>()
            .answers::<DeploymentPage>(200),
        Route::post("/api/v1/deployments", Change, create)
            .named("deployments", "createDeployment", "Deploy now")
            .about("Makes a job without a schedule and runs it. To deploy at a certain time, make a job.")
            .takes::<DeploymentCreate>()
            .answers::<Deployment>(201),
        Route::get("/api/v1/deployments/{id}", Read, get)
            .named("deployments", "getDeployment", "Get a deployment")
            .about("With each device and each step.")
            .answers::<DeploymentDetail>(200),
        Route::post("/api/v1/deployments/{id}/retry", Run, retry)
            .named("deployments", "retryDeployment", "Deploy again where it did not succeed")
            .about("A new deployment for those devices that did not succeed.")
            .may_take::<DeploymentRetry>()
            .answers::<Deployment>(201)
            .or(409, "It has not ended, or every device succeeded"),
        Route::post("/api/v1/deployments/{id}/cancel", Run, cancel)
            .named("deployments", "cancelDeployment", "Cancel a deployment")
            .about("Devices that have not begun never do; those at work are told to stop.")
            .may_take::<DeploymentCancel>()
            .answers::<Deployment>(200)
            .or(409, "It has ended"),
    ]
}

fn statuses(wanted: Option<DeploymentStatus>) -> Vec<Status> {
    match wanted {
        None => Vec::new(),
        Some(DeploymentStatus::Pending) => vec![Status::Pending],
        Some(DeploymentStatus::InProgress) => vec![Status::Running],
        Some(DeploymentStatus::Completed) => vec![Status::Success],
        Some(DeploymentStatus::Partial) => vec![Status::Partial],
        Some(DeploymentStatus::Cancelled) => vec![Status::Cancelled],
        Some(DeploymentStatus::Failed) => vec![
            Status::Failed,
            Status::Timeout,
            Status::Missed,
            Status::Skipped,
            Status::Lost,
        ],
    }
}

async fn list(Asked(caller): Asked, Query(which): Query<Which>) -> Answer<Json<DeploymentPage>> {
    let page = Page {
        number: which.page.unwrap_or(1),
        size: which.per_page.unwrap_or(PER_PAGE),
    };
    if page.number == 0 {
        return Err(Failure::invalid("?page", "must be at least 1"));
    }
    if !(1..=MAX_PER_PAGE).contains(&page.size) {
        return Err(Failure::invalid("?per_page", "must lie between 1 and 100"));
    }
    let filter = ExecutionFilter {
        task_function: which.kind.map(|kind| function(kind).to_owned()),
        statuses: statuses(which.status),
        job_id: which.job_id,
        search: which.search,
        ..ExecutionFilter::default()
    };
    let found = caller.deployments(filter, page).await?;
    Ok(Json(DeploymentPage {
        total: found.total,
        page: page.number,
        per_page: page.size,
        total_pages: found.pages(),
        items: found.items.into_iter().map(to_deployment).collect(),
    }))
}

async fn create(
    Asked(caller): Asked,
    Json(body): Json<DeploymentCreate>,
) -> Answer<(StatusCode, Json<Deployment>)> {
    let made = caller
        .create_deployment(NewDeployment {
            name: body.name,
            task_function: function(body.kind).to_owned(),
            parameters: Value::Object(body.parameters),
        })
        .await?;
    Ok((StatusCode::CREATED, Json(to_deployment(made))))
}

async fn get(Asked(caller): Asked, Id(id): Id) -> Answer<Json<DeploymentDetail>> {
    Ok(Json(to_detail(caller.deployment(&id.to_string()).await?)))
}

async fn retry(
    Asked(caller): Asked,
    Id(id): Id,
    MaybeJson(body): MaybeJson<DeploymentRetry>,
) -> Answer<(StatusCode, Json<Deployment>)> {
    let made = caller
        .retry_deployment(&id.to_string(), body.devices)
        .await?;
    Ok((StatusCode::CREATED, Json(to_deployment(made))))
}

async fn cancel(
    Asked(caller): Asked,
    Id(id): Id,
    MaybeJson(body): MaybeJson<DeploymentCancel>,
) -> Answer<Json<Deployment>> {
    let cancelled = caller
        .cancel_deployment(&id.to_string(), body.reason)
        .await?;
    Ok(Json(to_deployment(cancelled)))
}

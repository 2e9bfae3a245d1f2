//! Task functions tried out once, before there is a job.

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use orloj_engine::model::Trial;
use orloj_wire::execution::Execution;
use orloj_wire::trial::TestRunRequest;

use super::convert::{draft, execution};
use super::job_doings::trigger;
use crate::app::App;
use crate::auth::Asked;
use crate::http::access::Access::Change;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::route::Route;

/// The route of test runs.
pub(super) fn route() -> Route {
    Route::post("/api/v1/scheduler/test-runs", Change, start)
        .named("executions", "startTestRun", "Run a task function once, without a job")
        .about("For trying parameters out before a job is created. It really runs, under the asker's rights and limits, at most once; it appears in the history and is removed with it. Where the parameters know a dry run, ask for that.")
        .takes::<TestRunRequest>()
        .answers::<Execution>(202)
        .or(409, "Three test runs of the asker have not ended")
}

async fn start(
    State(app): State<App>,
    Asked(caller): Asked,
    headers: HeaderMap,
    Json(body): Json<TestRunRequest>,
) -> Result<(StatusCode, Json<Execution>), Failure> {
    let trial = Trial {
        task_function: draft::task_function(
            &app.engine,
            body.task_function_id,
            body.task_function_key,
        )?,
        name_en: body.name_en,
        name_ar: body.name_ar,
        parameters: Value::Object(body.parameters.unwrap_or_default()),
        timeout_seconds: body.timeout_seconds,
    };
    let started = caller
        .try_task_function(trial, trigger(&caller, &headers))
        .await?;
    Ok((StatusCode::ACCEPTED, Json(execution::to_execution(started))))
}

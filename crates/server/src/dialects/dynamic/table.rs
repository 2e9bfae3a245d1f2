//! The table of routes: the 13 endpoints of the Dynamic Scheduler.

use super::{body, executions, jobs, status};
use crate::http::access::Access::Admin;
use crate::http::route::Route;

const TAG: &str = "Dynamic Scheduler";

/// Groups of routes, in the order of the documentation.
pub(crate) const TAGS: [(&str, &str); 1] = [(
    TAG,
    "Dynamic dialect: jobs made from templates, for administrators.",
)];

/// All routes of the dialect.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = job_routes();
    all.extend(other_routes());
    all.into_iter().map(Route::detailed).collect()
}

const REFUSED: &str =
    "Unknown template, parameters that fail its check, or a schedule that cannot be";

fn job_routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/scheduler/templates", Admin, status::templates)
            .named(TAG, "dynamicListTemplates", "List the templates")
            .query::<body::WhichTemplates>()
            .answers::<body::Templates>(200),
        Route::get(
            "/api/admin/scheduler/templates/{type}",
            Admin,
            status::template,
        )
        .named(TAG, "dynamicGetTemplate", "Get a template")
        .answers::<body::Template>(200),
        Route::post("/api/admin/scheduler/jobs", Admin, jobs::create)
            .named(TAG, "dynamicCreateJob", "Create a job")
            .takes::<body::JobCreate>()
            .answers::<body::JobDone>(200)
            .or(400, REFUSED),
        Route::get("/api/admin/scheduler/jobs", Admin, jobs::list)
            .named(TAG, "dynamicListJobs", "List jobs")
            .about("Newest first.")
            .query::<body::WhichJobs>()
            .answers::<body::JobPage>(200),
        Route::get("/api/admin/scheduler/jobs/{job_id}", Admin, jobs::get)
            .named(TAG, "dynamicGetJob", "Get a job")
            .answers::<body::OneJob>(200),
        Route::put("/api/admin/scheduler/jobs/{job_id}", Admin, jobs::update)
            .named(TAG, "dynamicUpdateJob", "Update a job")
            .about("What is left out or null stays; the template cannot be changed.")
            .takes::<body::JobUpdate>()
            .answers::<body::JobDone>(200)
            .or(
                400,
                "Nothing was sent, or something in it cannot be accepted",
            ),
        Route::delete("/api/admin/scheduler/jobs/{job_id}", Admin, jobs::delete)
            .named(TAG, "dynamicDeleteJob", "Delete a job")
            .about("Its executions stay.")
            .answers::<body::Done>(200)
            .or(400, "The job is protected"),
        Route::post("/api/admin/scheduler/jobs/{job_id}/run", Admin, jobs::run)
            .named(TAG, "dynamicRunJob", "Run a job now")
            .about("Answers before the run has ended: read the execution again to see how it went.")
            .answers::<body::RunStarted>(200)
            .or(404, "There is no such job, or it is disabled"),
        Route::get(
            "/api/admin/scheduler/jobs/{job_id}/executions",
            Admin,
            executions::of_job,
        )
        .named(
            TAG,
            "dynamicListExecutionsOfJob",
            "List the executions of a job",
        )
        .query::<body::WhichOfJob>()
        .answers::<body::ExecutionsOfJob>(200)
        .or(404, "The id is malformed"),
    ]
}

fn other_routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/admin/scheduler/executions/{execution_id}",
            Admin,
            executions::get,
        )
        .named(TAG, "dynamicGetExecution", "Get an execution")
        .answers::<body::OneExecution>(200),
        Route::get("/api/admin/scheduler/executions", Admin, executions::list)
            .named(TAG, "dynamicListExecutions", "List executions")
            .about("Newest first; those that run come before those that have ended.")
            .query::<body::WhichExecutions>()
            .answers::<body::Executions>(200)
            .or(404, "The job's id is malformed"),
        Route::delete(
            "/api/admin/scheduler/executions/{execution_id}",
            Admin,
            executions::delete,
        )
        .named(TAG, "dynamicDeleteExecution", "Delete an execution")
        .answers::<body::Done>(200)
        .or(400, "The execution has not ended"),
        Route::get("/api/admin/scheduler/status", Admin, status::status)
            .named(TAG, "dynamicGetStatus", "Get status and statistics")
            .answers::<body::Status>(200),
    ]
}

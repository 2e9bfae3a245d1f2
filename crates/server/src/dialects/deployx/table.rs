//! The table of routes: the ten endpoints of DeployX's scheduling, and its login.

use super::{body, executions, login, stats, tasks};
use crate::http::access::Access::{Change, Public, Read};
use crate::http::route::Route;

/// Groups of routes, in the order of the documentation.
pub(crate) const TAGS: [(&str, &str); 2] = [
    (
        "deployx schedule",
        "DeployX dialect: commands, software and files for devices, scheduled.",
    ),
    (
        "deployx login",
        "DeployX dialect: the login of its clients.",
    ),
];

const SCHEDULE: &str = "deployx schedule";

const REFUSED: &str = "Something in the request cannot be accepted, or not now";

/// All routes of the dialect.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = task_routes();
    all.extend(doing_routes());
    all.push(
        Route::post("/api/auth/login", Public, login::login)
            .named("deployx login", "deployxLogin", "Log in")
            .about("Answers a bearer token of seven days. There is no refreshing: log in again. Of one user the newest twenty such tokens are kept.")
            .takes::<body::Login>()
            .answers::<body::LoggedIn>(200)
            .or(401, "Name and password do not fit"),
    );
    all.into_iter().map(Route::detailed).collect()
}

fn task_routes() -> Vec<Route> {
    vec![
        Route::post("/api/schedule/tasks", Change, tasks::create)
            .named(SCHEDULE, "deployxCreateTask", "Create a task")
            .about("Times without an offset are UTC. `days_of_week` counts from 0 for Monday; in `cron_expression` 0 and 7 are Sunday. A recurring task does not run before `scheduled_time`.")
            .takes::<body::TaskCreate>()
            .answers::<body::Task>(201)
            .or(400, REFUSED),
        Route::get("/api/schedule/tasks", Read, tasks::list)
            .named(SCHEDULE, "deployxListTasks", "List tasks")
            .about("One's own, latest `scheduled_time` first.")
            .query::<body::WhichTasks>()
            .answers_list::<body::Task>(),
        Route::get("/api/schedule/tasks/{id}", Read, tasks::get)
            .named(SCHEDULE, "deployxGetTask", "Get a task")
            .answers::<body::TaskDetail>(200),
        Route::put("/api/schedule/tasks/{id}", Change, tasks::update)
            .named(SCHEDULE, "deployxUpdateTask", "Update a task")
            .about("`status` may be `paused`, `pending` (resumes, or plans a failed or cancelled task anew), `cancelled`, or what it is.")
            .takes::<body::TaskUpdate>()
            .answers::<body::TaskDetail>(200)
            .or(400, REFUSED),
        Route::delete("/api/schedule/tasks/{id}", Change, tasks::delete)
            .named(SCHEDULE, "deployxDeleteTask", "Delete a task")
            .about("The history stays.")
            .answers::<body::Done>(200)
            .or(400, "The job is protected"),
    ]
}

fn doing_routes() -> Vec<Route> {
    vec![
        Route::post("/api/schedule/tasks/{id}/pause", Change, tasks::pause)
            .named(SCHEDULE, "deployxPauseTask", "Pause a task")
            .answers::<body::Done>(200)
            .or(400, "The task does not wait for its time"),
        Route::post("/api/schedule/tasks/{id}/resume", Change, tasks::resume)
            .named(SCHEDULE, "deployxResumeTask", "Resume a task")
            .answers::<body::Done>(200)
            .or(400, "The task is not paused"),
        Route::post("/api/schedule/tasks/{id}/execute", Change, tasks::execute)
            .named(SCHEDULE, "deployxExecuteTask", "Execute a task now")
            .about("Also when it is paused. A task that was to run once does not run again at its time.")
            .answers::<body::Done>(200)
            .or(400, "The task is running"),
        Route::get(
            "/api/schedule/tasks/{id}/executions",
            Read,
            executions::list,
        )
        .named(
            SCHEDULE,
            "deployxListExecutions",
            "List the executions of a task",
        )
        .about("Newest first.")
        .query::<body::Span>()
        .answers_list::<body::Execution>(),
        Route::get("/api/schedule/stats", Read, stats::stats)
            .named(SCHEDULE, "deployxGetStats", "Get statistics")
            .answers::<body::Stats>(200),
    ]
}

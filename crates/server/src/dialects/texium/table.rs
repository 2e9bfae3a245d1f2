//! The table of routes: the 23 endpoints of the Texium backend.

use super::{body, executions, jobs, servers, users, utility};
use crate::http::access::Access::{Admin, Change, Read, Run};
use crate::http::route::Route;

/// Groups of routes, in the order of the documentation.
pub(crate) const TAGS: [(&str, &str); 3] = [
    ("texium users", "Texium dialect: users."),
    (
        "texium servers",
        "Texium dialect: servers that health checks watch.",
    ),
    (
        "texium scheduler",
        "Texium dialect: jobs of ten classes, executions, statistics.",
    ),
];

const USERS: &str = "texium users";
const SERVERS: &str = "texium servers";
const SCHEDULER: &str = "texium scheduler";

/// All routes of the dialect.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = user_routes();
    all.extend(server_routes());
    all.extend(job_routes());
    all.extend(utility_routes());
    all.into_iter().map(Route::detailed).collect()
}

const REFUSED: &str = "Something in the request cannot be accepted";

fn user_routes() -> Vec<Route> {
    vec![
        Route::post("/api/users/", Admin, users::create)
            .named(USERS, "texiumCreateUser", "Create a user")
            .about("The user signs in with the mail address once an administrator has set a password, or works with tokens.")
            .takes::<body::UserCreate>()
            .answers::<body::UserDone>(200)
            .or(400, REFUSED),
        Route::get("/api/users/", Read, users::list)
            .named(USERS, "texiumListUsers", "List users")
            .about("Who is no administrator sees only themselves.")
            .query::<body::Part>()
            .answers::<body::Users>(200),
        Route::get("/api/users/{user_id}", Read, users::get)
            .named(USERS, "texiumGetUser", "Get a user")
            .answers::<body::OneUser>(200),
        Route::put("/api/users/{user_id}", Admin, users::update)
            .named(USERS, "texiumUpdateUser", "Update a user")
            .takes::<body::UserUpdate>()
            .answers::<body::UserDone>(200)
            .or(400, REFUSED),
        Route::delete("/api/users/{user_id}", Admin, users::delete)
            .named(USERS, "texiumDeleteUser", "Delete a user")
            .about("The user can no longer sign in and is gone from this surface; what they own stays, with its history.")
            .answers::<body::UserDone>(200)
            .or(400, "This is the last administrator"),
    ]
}

fn server_routes() -> Vec<Route> {
    vec![
        Route::post("/api/servers/create", Change, servers::create)
            .named(SERVERS, "texiumCreateServer", "Register a server")
            .takes::<body::ServerCreate>()
            .answers::<body::ServerDone>(200)
            .or(400, REFUSED),
        Route::get("/api/servers/", Read, servers::list)
            .named(SERVERS, "texiumListServers", "List servers")
            .query::<body::Part>()
            .answers::<body::Servers>(200),
        Route::get("/api/servers/{server_id}", Read, servers::get)
            .named(SERVERS, "texiumGetServer", "Get a server")
            .answers::<body::OneServer>(200),
        Route::get("/api/servers/user/{user_id}", Read, servers::list_of_user)
            .named(SERVERS, "texiumListServersOfUser", "List a user's servers")
            .query::<body::Part>()
            .answers::<body::Servers>(200),
    ]
}

fn job_routes() -> Vec<Route> {
    vec![
        Route::post("/api/scheduler/jobs", Change, jobs::create)
            .named(SCHEDULER, "texiumCreateJob", "Create a job")
            .takes::<body::JobCreate>()
            .answers::<body::JobDone>(200)
            .or(
                400,
                "Unknown class, bad arguments, bad cron field, malformed owner id or empty field",
            ),
        Route::get("/api/scheduler/jobs", Read, jobs::list)
            .named(SCHEDULER, "texiumListJobs", "List jobs")
            .query::<body::Part>()
            .answers::<body::Jobs>(200),
        Route::get("/api/scheduler/jobs/{job_id}", Read, jobs::get)
            .named(SCHEDULER, "texiumGetJob", "Get a job")
            .answers::<body::OneJob>(200),
        Route::get(
            "/api/scheduler/users/{user_id}/jobs",
            Read,
            jobs::list_of_user,
        )
        .named(SCHEDULER, "texiumListJobsOfUser", "List a user's jobs")
        .query::<body::Part>()
        .answers::<body::Jobs>(200),
        Route::put("/api/scheduler/jobs/{job_id}", Change, jobs::update)
            .named(SCHEDULER, "texiumUpdateJob", "Update a job")
            .takes::<body::JobUpdate>()
            .answers::<body::JobDone>(200)
            .or(
                400,
                "There is no such job, or something in the request cannot be accepted",
            ),
        Route::delete("/api/scheduler/jobs/{job_id}", Change, jobs::delete)
            .named(SCHEDULER, "texiumDeleteJob", "Delete a job")
            .about("The history stays.")
            .answers::<body::JobDone>(200)
            .or(400, "The job is protected"),
        Route::patch("/api/scheduler/jobs/{job_id}/pause", Change, jobs::pause)
            .named(SCHEDULER, "texiumPauseJob", "Pause a job")
            .answers::<body::JobDone>(200),
        Route::patch("/api/scheduler/jobs/{job_id}/resume", Change, jobs::resume)
            .named(SCHEDULER, "texiumResumeJob", "Resume a job")
            .answers::<body::JobDone>(200),
        Route::post("/api/scheduler/jobs/{job_id}/run", Run, jobs::run)
            .named(SCHEDULER, "texiumRunJob", "Run a job now")
            .about("Also when it is disabled or paused. Answers before the run has ended.")
            .answers::<body::RunStarted>(200)
            .or(400, "There is no such job"),
    ]
}

fn utility_routes() -> Vec<Route> {
    vec![
        Route::get("/api/scheduler/executions", Read, executions::list)
            .named(SCHEDULER, "texiumListExecutions", "List executions")
            .about("Newest first; those that wait or run come before those that have ended.")
            .query::<body::WhichExecutions>()
            .answers::<body::Executions>(200)
            .or(404, "The job's id is malformed"),
        Route::get(
            "/api/scheduler/executions/{execution_id}",
            Read,
            executions::get,
        )
        .named(SCHEDULER, "texiumGetExecution", "Get an execution")
        .answers::<body::OneExecution>(200),
        Route::get(
            "/api/scheduler/available-jobs",
            Read,
            utility::available_jobs,
        )
        .named(
            SCHEDULER,
            "texiumListAvailableJobs",
            "List the classes of jobs",
        )
        .answers::<body::JobClasses>(200),
        Route::get("/api/scheduler/stats", Read, utility::stats)
            .named(SCHEDULER, "texiumGetStats", "Get statistics")
            .query::<body::WhoseStats>()
            .answers::<body::StatsAnswer>(200)
            .or(404, "The user's id is malformed"),
        Route::get("/api/scheduler/health", Read, utility::health)
            .named(
                SCHEDULER,
                "texiumGetHealth",
                "Ask whether the scheduler works",
            )
            .answers::<body::Health>(200)
            .or(503, "No instance schedules (the body is that of the 200), or the database does not answer"),
    ]
}

//! The table of routes of the native API: what there is, what it takes, what it answers, who may.

use orloj_wire::about::About;
use orloj_wire::account::{Account, AccountUpdate, PasswordChange, SessionList};
use orloj_wire::action::{JobActionRequest, JobActionResponse, RunRequest};
use orloj_wire::audit::{AuditPage, AuditVerification};
use orloj_wire::bulk::{BulkRequest, BulkResponse, JobBatch, JobBatchCreated};
use orloj_wire::chains::Chain;
use orloj_wire::event::{DeviceChanged, ExecutionChanged, JobChanged, Resync};
use orloj_wire::execution::{
    Attempt, CancelRequest, CleanupRequest, CleanupResponse, Execution, ExecutionFeed,
    ExecutionPage, RerunRequest,
};
use orloj_wire::fire::FirePage;
use orloj_wire::job::{Job, JobPage};
use orloj_wire::job_edit::{JobCreate, JobDuplicate, JobUpdate};
use orloj_wire::log::{LogEnd, LogLine, LogPage};
use orloj_wire::lookup::{NamedId, TaskFunction};
use orloj_wire::session::{SessionState, Setup, SignIn};
use orloj_wire::statistics::{Calendar, Dashboard, HeatMap, Sparklines};
use orloj_wire::status::SchedulerStatus;
use orloj_wire::token::{TokenCreate, TokenCreated, TokenList};
use orloj_wire::user::{PasswordSet, User, UserCreate, UserPage, UserUpdate};
use orloj_wire::version::JobVersion;

use super::{
    account, agent_files, artifacts, calendars, connections, deployments, devices, events,
    executions, files, groups, job_doings, jobs, logs, notifications, query, scheduler, schedules,
    secrets, session, software, statistics, tokens, trials, users, views,
};
use crate::http::access::Access::{Account as Own, Admin, Change, Public, Read, Run};
use crate::http::route::Route;

/// Groups of routes, in the order of the documentation.
pub(crate) const TAGS: [(&str, &str); 23] = [
    ("jobs", "What is scheduled."),
    ("executions", "What ran, runs, or was decided not to run."),
    ("schedules", "Schedules before they are saved."),
    ("scheduler", "The scheduler as a whole."),
    ("statistics", "Numbers over many jobs and executions."),
    ("lookups", "Lists that forms choose from."),
    ("views", "Filters of lists, kept under a name."),
    (
        "calendars",
        "Holidays and blackouts that jobs are subject to.",
    ),
    (
        "connections",
        "How jobs reach databases, mail servers, stores and brokers.",
    ),
    ("secrets", "Values that jobs use and nobody can read back."),
    (
        "groups",
        "Devices that are worked on together, by list or by rule.",
    ),
    ("files", "Files that are kept to be brought onto devices."),
    (
        "software",
        "What can be installed on devices, and how that is done.",
    ),
    (
        "notifications",
        "Who is told of what, and what became of it.",
    ),
    ("devices", "Hosts with an agent, and what they did."),
    (
        "deployments",
        "What was brought onto devices, and how it went on each.",
    ),
    ("agents", "What the agents of devices use."),
    ("session", "Signing in and out."),
    ("account", "One's own account."),
    ("users", "Users, for administrators."),
    ("tokens", "Bearer tokens for programs."),
    ("audit", "Who did what."),
    ("system", "Events and facts about the installation."),
];

pub(super) const IF_MATCH: (&str, &str) = (
    "If-Match",
    "`\"v<version>\"` from the `ETag`: refuse with 409 when it has changed since",
);

/// All routes of the native API.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = job_routes();
    all.extend(doing_routes());
    all.extend(execution_routes());
    all.extend(artifacts::routes());
    all.push(trials::route());
    all.extend(schedules::routes());
    all.extend(scheduler_routes());
    all.extend(statistics_routes());
    all.extend(calendars::routes());
    all.extend(views::routes());
    all.extend(connections::routes());
    all.extend(secrets::routes());
    all.extend(groups::routes());
    all.extend(files::routes());
    all.extend(software::routes());
    all.extend(notifications::routes());
    all.extend(devices::routes());
    all.extend(deployments::routes());
    all.extend(agent_files::routes());
    all.extend(people());
    all
}

fn job_routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/scheduler/jobs", Change, jobs::create)
            .named("jobs", "createJob", "Create a job")
            .about("The kind of schedule is found out from the body: an interval part, `cronExpression`, `cronFields`, `runAt`, `recurrence`, or `manual: true`. Exactly one kind must be there.")
            .takes::<JobCreate>()
            .answers::<Job>(201)
            .etagged(),
        Route::post("/api/v1/scheduler/jobs/interval", Change, jobs::create_interval)
            .named("jobs", "createIntervalJob", "Create an interval job")
            .takes::<JobCreate>()
            .answers::<Job>(201)
            .etagged(),
        Route::post("/api/v1/scheduler/jobs/cron", Change, jobs::create_cron)
            .named("jobs", "createCronJob", "Create a cron job")
            .takes::<JobCreate>()
            .answers::<Job>(201)
            .etagged(),
        Route::post("/api/v1/scheduler/jobs/batch", Change, jobs::create_many)
            .named("jobs", "createJobs", "Create many jobs")
            .about("All are created or none. Pointers of errors begin with `/jobs/<index>`.")
            .takes::<JobBatch>()
            .large()
            .answers::<JobBatchCreated>(201),
        Route::post("/api/v1/scheduler/jobs/bulk", Run, job_doings::bulk)
            .named("jobs", "bulkJobs", "Do something with many jobs")
            .about("The jobs are named by `ids`, or by `filter`. What cannot be done to a job is listed with the reason and does not stop the others. All actions but `run` need a token scope of full.")
            .takes::<BulkRequest>()
            .answers::<BulkResponse>(200),
        Route::get("/api/v1/scheduler/jobs", Read, jobs::list)
            .named("jobs", "listJobs", "List jobs")
            .query::<query::Jobs>()
            .answers::<JobPage>(200),
        Route::get("/api/v1/scheduler/jobs/export", Read, jobs::export)
            .named("jobs", "exportJobs", "Export jobs")
            .about("Bodies that would create the jobs again, in the order of their numbers.")
            .query::<query::Export>()
            .answers_list::<JobCreate>(),
        Route::get("/api/v1/scheduler/jobs/{id}", Read, jobs::get)
            .named("jobs", "getJob", "Get a job")
            .answers::<Job>(200)
            .etagged(),
        Route::put("/api/v1/scheduler/jobs/{id}", Change, jobs::update)
            .named("jobs", "updateJob", "Update a job")
            .about("A partial update: members left out keep their values, null clears. A member of another kind of schedule switches the kind.")
            .query::<query::Confirm>()
            .header(IF_MATCH.0, IF_MATCH.1)
            .takes::<JobUpdate>()
            .answers::<Job>(200)
            .etagged()
            .or(409, "The job has changed since, or is protected"),
        Route::delete("/api/v1/scheduler/jobs/{id}", Change, jobs::delete)
            .named("jobs", "deleteJob", "Delete a job")
            .about("The history stays; the job cannot fire again.")
            .query::<query::Confirm>()
            .header(IF_MATCH.0, IF_MATCH.1)
            .or(409, "The job has changed since, or is protected"),
        Route::get("/api/v1/scheduler/jobs/{id}/chain", Read, jobs::chain)
            .named("jobs", "getJobChain", "Get what a job runs after and what runs after it")
            .about("The jobs that lead to it and those that follow from it, over any number of steps, with their states. `after` of each job holds the edges; `waiting` the ends that wait for other parents.")
            .answers::<Chain>(200),
        Route::get("/api/v1/scheduler/jobs/{id}/versions", Read, jobs::versions)
            .named("jobs", "listJobVersions", "List the versions of a job")
            .answers_list::<JobVersion>(),
        Route::post("/api/v1/scheduler/jobs/{id}/duplicate", Change, jobs::duplicate)
            .named("jobs", "duplicateJob", "Copy a job")
            .may_take::<JobDuplicate>()
            .answers::<Job>(201)
            .etagged(),
    ]
}

fn doing_routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/scheduler/jobs/{id}/action", Run, job_doings::act)
            .named("jobs", "performJobAction", "Enable, disable, trigger, pause or resume a job")
            .about("All actions but `trigger` need a token scope of full. `trigger` is refused while an execution of the job is pending or running.")
            .takes::<JobActionRequest>()
            .answers::<JobActionResponse>(200)
            .or(409, "The job is running already, or is protected"),
        Route::post("/api/v1/scheduler/jobs/{id}/run", Run, job_doings::run)
            .named("jobs", "runJob", "Run a job now or at an instant")
            .about("Possible for paused and disabled jobs too. The limit of `maxInstances` holds.")
            .header("Idempotency-Key", "The same key within 24 hours answers the same execution")
            .may_take::<RunRequest>()
            .answers::<Execution>(202)
            .or(409, "The key was used for another request"),
        Route::get("/api/v1/scheduler/jobs/{id}/fires", Read, job_doings::fires)
            .named("jobs", "listFires", "List what was decided about each due instant of a job")
            .query::<query::Fires>()
            .answers::<FirePage>(200),
        Route::get("/api/v1/scheduler/jobs/{id}/history", Read, job_doings::history)
            .named("executions", "getJobHistory", "List the executions of a job")
            .query::<query::JobHistory>()
            .answers::<ExecutionPage>(200),
    ]
}

fn execution_routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/scheduler/history", Read, executions::history)
            .named("executions", "getHistory", "List executions")
            .query::<query::History>()
            .answers::<ExecutionPage>(200),
        Route::get("/api/v1/scheduler/history/feed", Read, executions::feed)
            .named("executions", "feedHistory", "Read all executions piece by piece, without counting them")
            .query::<query::Feed>()
            .answers::<ExecutionFeed>(200),
        Route::get("/api/v1/scheduler/executions/{execution}", Read, executions::get)
            .named("executions", "getExecution", "Get an execution")
            .answers::<Execution>(200),
        Route::get("/api/v1/scheduler/executions/{execution}/attempts", Read, executions::attempts)
            .named("executions", "listAttempts", "List the attempts of an execution")
            .answers_list::<Attempt>(),
        Route::get("/api/v1/scheduler/executions/{execution}/logs", Read, logs::read)
            .named("executions", "getLog", "Read or follow a log")
            .about("With `follow=true` and `Accept: text/event-stream` the answer is a stream of `line` events whose data are `LogLine`s and whose ids are line numbers, and one `end` event (`LogEnd`). `Last-Event-ID` resumes after a line. A `ping` (`{}`) comes when nothing was written for 15 seconds.")
            .query::<query::Log>()
            .header("Last-Event-ID", "Number of the last line received, while following")
            .mentions::<LogLine>()
            .mentions::<LogEnd>()
            .answers_or_streams::<LogPage>()
            .or(406, "Following needs `Accept: text/event-stream`"),
        Route::get("/api/v1/scheduler/executions/{execution}/logs/download", Read, logs::download)
            .named("executions", "downloadLog", "Download a log as text")
            .answers_text("text/plain"),
        Route::post("/api/v1/scheduler/executions/{execution}/cancel", Run, executions::cancel)
            .named("executions", "cancelExecution", "Cancel an execution")
            .may_take::<CancelRequest>()
            .answers::<Execution>(200)
            .or(409, "The execution has ended"),
        Route::post("/api/v1/scheduler/executions/{execution}/rerun", Run, executions::rerun)
            .named("executions", "rerunExecution", "Run again what an execution ran")
            .may_take::<RerunRequest>()
            .answers::<Execution>(202)
            .or(409, "It has not ended, the job is deleted, or every device succeeded"),
    ]
}

fn scheduler_routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/scheduler/status", Read, scheduler::status)
            .named("scheduler", "getStatus", "Get the state of the scheduler")
            .answers::<SchedulerStatus>(200),
        Route::post("/api/v1/scheduler/cleanup", Admin, executions::cleanup)
            .named("scheduler", "cleanupHistory", "Delete old history")
            .may_take::<CleanupRequest>()
            .answers::<CleanupResponse>(200),
        Route::get("/api/v1/scheduler/task-functions", Read, scheduler::task_functions)
            .named("lookups", "listTaskFunctions", "List task functions")
            .answers_list::<TaskFunction>(),
        Route::get("/api/v1/scheduler/job-types", Read, scheduler::job_types)
            .named("lookups", "listJobTypes", "List job types")
            .answers_list::<NamedId>(),
        Route::get("/api/v1/scheduler/execution-statuses", Read, scheduler::execution_statuses)
            .named("lookups", "listExecutionStatuses", "List execution statuses")
            .answers_list::<NamedId>(),
        Route::get("/api/v1/events", Read, events::follow)
            .named("system", "followEvents", "Follow what changes")
            .about("A stream of `job.changed` (`JobChanged`), `execution.changed` (`ExecutionChanged`), `log.grew` (`ExecutionChanged`), `device.changed` (`DeviceChanged`), `status` (`{}`) and `resync` (`Resync`) events about what the asker may see. A `ping` (`{}`) comes first, and every 15 seconds.")
            .header("Last-Event-ID", "Id of the last event received: the stream begins with `resync`")
            .mentions::<JobChanged>()
            .mentions::<ExecutionChanged>()
            .mentions::<DeviceChanged>()
            .mentions::<Resync>()
            .answers_text("text/event-stream"),
        Route::get("/api/v1/about", Read, scheduler::about)
            .named("system", "getAbout", "Get version and defaults")
            .answers::<About>(200),
    ]
}

fn statistics_routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/scheduler/stats/dashboard", Read, statistics::dashboard)
            .named("statistics", "getDashboard", "Get the numbers of a dashboard")
            .query::<statistics::Today>()
            .answers::<Dashboard>(200),
        Route::get("/api/v1/scheduler/stats/heatmap", Read, statistics::heatmap)
            .named("statistics", "getHeatMap", "Get a heat map by hour and day")
            .about("What became of due instants in each hour of the present day and the days before it. Hours without any are left out; an hour that a clock change repeats is one cell. Counts stay when history is deleted.")
            .query::<statistics::Heat>()
            .answers::<HeatMap>(200),
        Route::get("/api/v1/scheduler/stats/calendar", Read, statistics::calendar)
            .named("statistics", "getCalendar", "Get jobs by day")
            .about("What was, from the history and the ledger, and what comes, from the schedules. Covers the first 500 jobs in the order of the job list, and jobs deleted since `from`; `truncated` tells when that, or the number of instants to come, left something out.")
            .query::<statistics::Span>()
            .answers::<Calendar>(200),
        Route::get("/api/v1/scheduler/stats/sparklines", Read, statistics::sparklines)
            .named("statistics", "getSparklines", "Get the last executions of several jobs")
            .about("Jobs that the asker may not see, and jobs without executions, are left out.")
            .query::<statistics::Which>()
            .answers::<Sparklines>(200),
    ]
}

fn people() -> Vec<Route> {
    vec![
        Route::get("/api/v1/session", Public, session::get)
            .named("session", "getSession", "Who am I")
            .about("Never 401: `user` is null for who is not signed in.")
            .answers::<SessionState>(200),
        Route::post("/api/v1/session", Public, session::sign_in)
            .named("session", "signIn", "Sign in")
            .about("Sets the session cookie.")
            .takes::<SignIn>()
            .answers::<SessionState>(200)
            .or(401, "Wrong name or password"),
        Route::delete("/api/v1/session", Public, session::sign_out)
            .named("session", "signOut", "Sign out")
            .about("Ends the session and clears the cookie; without a session only the latter."),
        Route::post("/api/v1/setup", Public, session::set_up)
            .named("session", "setUp", "Create the first administrator")
            .about("With the token of the link that the server prints while there is no user. Signs in.")
            .takes::<Setup>()
            .answers::<SessionState>(201)
            .or(401, "Wrong token")
            .or(409, "There are users already"),
        Route::get("/api/v1/account", Read, account::get)
            .named("account", "getAccount", "Get one's account")
            .answers::<Account>(200),
        Route::patch("/api/v1/account", Own, account::update)
            .named("account", "updateAccount", "Update one's account")
            .takes::<AccountUpdate>()
            .answers::<Account>(200),
        Route::post("/api/v1/account/password", Own, account::change_password)
            .named("account", "changePassword", "Change one's password")
            .about("All other sessions end.")
            .takes::<PasswordChange>(),
        Route::get("/api/v1/account/sessions", Own, account::sessions)
            .named("account", "listSessions", "List one's sessions")
            .answers::<SessionList>(200),
        Route::delete("/api/v1/account/sessions/{id}", Own, account::end_session)
            .named("account", "endSession", "End one of one's sessions"),
        Route::get("/api/v1/users", Admin, users::list)
            .named("users", "listUsers", "List users")
            .query::<query::Users>()
            .answers::<UserPage>(200),
        Route::post("/api/v1/users", Admin, users::create)
            .named("users", "createUser", "Create a user")
            .takes::<UserCreate>()
            .answers::<User>(201)
            .or(409, "The name is taken"),
        Route::get("/api/v1/users/{id}", Admin, users::get)
            .named("users", "getUser", "Get a user")
            .answers::<User>(200),
        Route::patch("/api/v1/users/{id}", Admin, users::update)
            .named("users", "updateUser", "Update a user")
            .takes::<UserUpdate>()
            .answers::<User>(200)
            .or(409, "The last administrator cannot be disabled or demoted"),
        Route::put("/api/v1/users/{id}/password", Admin, users::set_password)
            .named("users", "setPassword", "Set a user's password")
            .about("The user's sessions end.")
            .takes::<PasswordSet>(),
        Route::get("/api/v1/tokens", Own, tokens::list)
            .named("tokens", "listTokens", "List tokens")
            .query::<query::Tokens>()
            .answers::<TokenList>(200)
            .or(404, "There is no such user"),
        Route::post("/api/v1/tokens", Own, tokens::create)
            .named("tokens", "createToken", "Create a token")
            .about("The secret is shown this once.")
            .takes::<TokenCreate>()
            .answers::<TokenCreated>(201)
            .or(404, "There is no such user"),
        Route::delete("/api/v1/tokens/{id}", Own, tokens::revoke)
            .named("tokens", "revokeToken", "Revoke a token"),
        Route::get("/api/v1/audit-events", Read, users::audit_events)
            .named("audit", "listAuditEvents", "List audit events")
            .about("Administrators see all; others what they did and what concerns their own things.")
            .query::<query::Audit>()
            .answers::<AuditPage>(200),
        Route::get("/api/v1/audit-events/verify", Admin, users::verify_audit)
            .named("audit", "verifyAudit", "Check the chain of the audit trail")
            .answers::<AuditVerification>(200)
            .or(409, "The chain is broken"),
    ]
}

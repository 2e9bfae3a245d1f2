//! The 23 endpoints of the Texium backend.

use orloj_engine::model::Role;
use serde_json::{Value, json};

use super::case::{GONE, LARGE_LIMIT, MALFORMED, NO_LIMIT, OTHER_SYSTEM, UNKNOWN};
use super::{Endpoint, Patience, Promises, body, changed, of, plain, query, without};
use crate::app::{TestApp, hex};
use crate::texium::{FOREIGN as SEEDS_OWNER, first_job};

const CREATE_USER: &str = "POST /api/users/";
const USERS: &str = "GET /api/users/";
const USER: &str = "GET /api/users/{user_id}";
const UPDATE_USER: &str = "PUT /api/users/{user_id}";
const DELETE_USER: &str = "DELETE /api/users/{user_id}";
const CREATE_SERVER: &str = "POST /api/servers/create";
const SERVERS: &str = "GET /api/servers/";
const SERVER: &str = "GET /api/servers/{server_id}";
const SERVERS_OF_USER: &str = "GET /api/servers/user/{user_id}";
const CREATE_JOB: &str = "POST /api/scheduler/jobs";
const JOBS: &str = "GET /api/scheduler/jobs";
const JOB: &str = "GET /api/scheduler/jobs/{job_id}";
const JOBS_OF_USER: &str = "GET /api/scheduler/users/{user_id}/jobs";
const UPDATE_JOB: &str = "PUT /api/scheduler/jobs/{job_id}";
const DELETE_JOB: &str = "DELETE /api/scheduler/jobs/{job_id}";
const PAUSE: &str = "PATCH /api/scheduler/jobs/{job_id}/pause";
const RESUME: &str = "PATCH /api/scheduler/jobs/{job_id}/resume";
const RUN: &str = "POST /api/scheduler/jobs/{job_id}/run";
const EXECUTIONS: &str = "GET /api/scheduler/executions";
const EXECUTION: &str = "GET /api/scheduler/executions/{execution_id}";
const CLASSES: &str = "GET /api/scheduler/available-jobs";
const STATS: &str = "GET /api/scheduler/stats";
const HEALTH: &str = "GET /api/scheduler/health";

// Cases that several endpoints have.
const FOREIGN: &str = "what belongs to somebody else";
const PART: &str = "a part of the list";
const WRONG_TYPE: &str = "a member of the wrong type";

/// Everything that the seed and the tables about it say, by endpoint.
const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        route: CREATE_USER,
        answers: &[
            (200, "a user"),
            (200, "a user with a name alone"),
            (400, "an empty name"),
            (400, "a role that there is not"),
            (400, "a mail address that is taken"),
            (422, "without a name"),
            (422, WRONG_TYPE),
        ],
    },
    Endpoint {
        route: USERS,
        answers: &[
            (200, "everybody"),
            (200, PART),
            (200, "oneself, for who is no administrator"),
            (422, NO_LIMIT),
            (422, LARGE_LIMIT),
        ],
    },
    Endpoint {
        route: USER,
        answers: &[
            (200, "a user"),
            (200, "oneself, for who is no administrator"),
            (404, UNKNOWN),
            (404, OTHER_SYSTEM),
            (404, MALFORMED),
            (404, FOREIGN),
            (404, GONE),
        ],
    },
    Endpoint {
        route: UPDATE_USER,
        answers: &[
            (200, "all that can be changed"),
            (200, "null changes nothing"),
            (400, "an empty name"),
            (400, "a role that there is not"),
            (400, "the last administrator's role"),
            (404, UNKNOWN),
            (404, MALFORMED),
            (404, GONE),
            (422, WRONG_TYPE),
        ],
    },
    Endpoint {
        route: DELETE_USER,
        answers: &[
            (200, "a user"),
            (400, "the last administrator"),
            (404, UNKNOWN),
            (404, MALFORMED),
            (404, GONE),
        ],
    },
    Endpoint {
        route: CREATE_SERVER,
        answers: &[
            (200, "a server with all that can be said"),
            (200, "a server with name and host alone"),
            (400, "an empty name"),
            (400, "a host that is none"),
            (400, "a port that is none"),
            (400, "a web address that is none"),
            (400, "a malformed owner"),
            (400, "an owner that there is not"),
            (403, "for somebody else"),
            (422, "without a hostname"),
            (422, WRONG_TYPE),
        ],
    },
    Endpoint {
        route: SERVERS,
        answers: &[
            (200, "all servers"),
            (200, PART),
            (200, "none, for somebody else"),
            (422, NO_LIMIT),
            (422, LARGE_LIMIT),
        ],
    },
    Endpoint {
        route: SERVER,
        answers: &[
            (200, "a server"),
            (404, UNKNOWN),
            (404, OTHER_SYSTEM),
            (404, MALFORMED),
            (404, FOREIGN),
        ],
    },
    Endpoint {
        route: SERVERS_OF_USER,
        answers: &[
            (200, "a user's"),
            (200, OTHER_SYSTEM),
            (200, UNKNOWN),
            (200, PART),
            (404, MALFORMED),
            (422, NO_LIMIT),
        ],
    },
    Endpoint {
        route: CREATE_JOB,
        answers: &[
            (200, "the seed's first job"),
            (200, "the seed's document of a job"),
            (200, "every day at 9 AM"),
            (200, "every Monday at 3 PM"),
            (200, "every 5 minutes"),
            (200, "every 1st of month at midnight"),
            (200, "every Friday at 5:30 PM"),
            (200, "for somebody else, by an administrator"),
            (200, "jobs.echo.EchoJob"),
            (200, "jobs.server.ServerHealthCheckJob"),
            (200, "jobs.server.ServerHealthCheckJob of all servers"),
            (200, "jobs.backup.DataBackupJob"),
            (200, "jobs.email.EmailNotificationJob"),
            (200, "jobs.cleanup.DataCleanupJob"),
            (200, "jobs.metrics.SystemMetricsJob"),
            (200, "jobs.report.ReportGenerationJob"),
            (200, "jobs.webhook.WebhookJob"),
            (200, "jobs.maintenance.MaintenanceJob"),
            (200, "jobs.custom.CustomScriptJob"),
            (400, "a class that there is not"),
            (400, "a malformed owner"),
            (400, "an owner that there is not"),
            (400, "an empty name"),
            (400, "an empty cron field"),
            (400, "a minute that there is not"),
            (400, "an hour that there is not"),
            (400, "a day of the month that there is not"),
            (400, "a month that there is not"),
            (400, "a day of the week that there is not"),
            (400, "a week that there is not"),
            (400, "a health check of a server that there is not"),
            (400, "a backup of collections"),
            (400, "a mail to nobody"),
            (400, "a clean-up of other collections"),
            (400, "metrics with arguments"),
            (400, "a report that there is not"),
            (400, "a webhook without an address"),
            (400, "a webhook to a private address"),
            (400, "maintenance that there is not"),
            (400, "a script that is not registered"),
            (400, "a script without the permission"),
            (403, "for somebody else"),
            (422, "without an owner"),
            (422, "without a class"),
            (422, "without a name"),
            (422, "a cron field that is a number"),
            (422, "arguments that are no list"),
            (422, "named arguments that are no object"),
            (422, "paused from the beginning"),
            (422, "disabled from the beginning"),
        ],
    },
    Endpoint {
        route: JOBS,
        answers: &[
            (200, "all jobs"),
            (200, PART),
            (200, "none, for somebody else"),
            (422, NO_LIMIT),
            (422, LARGE_LIMIT),
        ],
    },
    Endpoint {
        route: JOB,
        answers: &[
            (200, "the seed's first job"),
            (200, "the seed's document of a job"),
            (200, "after a run"),
            (200, "paused"),
            (200, "after an update"),
            (404, UNKNOWN),
            (404, OTHER_SYSTEM),
            (404, MALFORMED),
            (404, FOREIGN),
            (404, GONE),
        ],
    },
    Endpoint {
        route: JOBS_OF_USER,
        answers: &[
            (200, "a user's"),
            (200, OTHER_SYSTEM),
            (200, UNKNOWN),
            (200, PART),
            (404, MALFORMED),
            (422, NO_LIMIT),
        ],
    },
    Endpoint {
        route: UPDATE_JOB,
        answers: &[
            (200, "all that can be changed"),
            (200, "null changes nothing"),
            (200, "nothing at all"),
            (400, UNKNOWN),
            (400, FOREIGN),
            (400, GONE),
            (400, "an empty name"),
            (400, "a cron field that cannot be"),
            (400, "arguments that the class does not take"),
            (404, MALFORMED),
            (422, "another class"),
            (422, "another owner"),
            (422, "paused"),
            (422, WRONG_TYPE),
        ],
    },
    Endpoint {
        route: DELETE_JOB,
        answers: &[
            (200, "a job"),
            (400, "a protected job"),
            (404, UNKNOWN),
            (404, MALFORMED),
            (404, FOREIGN),
            (404, GONE),
        ],
    },
    Endpoint {
        route: PAUSE,
        answers: &[
            (200, "a job"),
            (200, "a job that is paused"),
            (404, UNKNOWN),
            (404, MALFORMED),
            (404, FOREIGN),
        ],
    },
    Endpoint {
        route: RESUME,
        answers: &[
            (200, "a job"),
            (200, "a job that is not paused"),
            (404, UNKNOWN),
            (404, MALFORMED),
            (404, FOREIGN),
        ],
    },
    Endpoint {
        route: RUN,
        answers: &[
            (200, "a job"),
            (200, "a job that is disabled and paused"),
            (200, "a job that will fail"),
            (200, "a job that takes its time"),
            (400, UNKNOWN),
            (400, FOREIGN),
            (400, GONE),
            (404, MALFORMED),
        ],
    },
    Endpoint {
        route: EXECUTIONS,
        answers: &[
            (200, "before any run"),
            (200, "all, newest first"),
            (200, "of one job"),
            (200, "of a job that there is not"),
            (200, PART),
            (200, "none, for somebody else"),
            (404, "a malformed id of a job"),
            (422, NO_LIMIT),
            (422, LARGE_LIMIT),
        ],
    },
    Endpoint {
        route: EXECUTION,
        answers: &[
            (200, "completed"),
            (200, "failed"),
            (200, "running"),
            (404, UNKNOWN),
            (404, OTHER_SYSTEM),
            (404, MALFORMED),
            (404, FOREIGN),
        ],
    },
    Endpoint {
        route: CLASSES,
        answers: &[(200, "the ten classes"), (200, "in Arabic")],
    },
    Endpoint {
        route: STATS,
        answers: &[
            (200, "before any run"),
            (200, "after runs"),
            (200, "of a user"),
            (200, OTHER_SYSTEM),
            (200, UNKNOWN),
            (404, MALFORMED),
        ],
    },
    Endpoint {
        route: HEALTH,
        answers: &[(200, "healthy"), (503, "while nothing schedules")],
    },
];

/// An id of another system that nothing here goes by.
const NOBODYS: &str = "65f1f77bcf86cd7994390110";

fn id(answer: &Value, member: &str) -> String {
    answer[member].as_str().unwrap().to_owned()
}

/// The number of an execution differs from run to run.
async fn run(
    promises: &mut Promises<'_>,
    case: &'static str,
    job: &str,
    word: &str,
    by: (&'static str, &str),
) -> String {
    let started = promises.ask(RUN, case, of(job).by(by.0, by.1)).await;
    let execution = id(&started, "execution_id");
    promises.call(&execution, word);
    execution
}

#[tokio::test]
async fn every_promise_of_texium_is_kept() {
    let patience = Patience::new().await;
    let app = TestApp::reaching(vec![patience.host.clone()]).await;
    let is_ours = |path: &str| {
        ["/api/users", "/api/servers", "/api/scheduler"]
            .iter()
            .any(|start| path.starts_with(start))
    };
    let mut promises = Promises::new(
        &app,
        ENDPOINTS,
        is_ours,
        ("maryam", &app.user),
        &patience.host,
    );
    let other = app.person("omar", Role::User).await;
    let admin = ("admin", app.admin.as_str());
    let omar = ("omar", other.1.as_str());

    let user = users(&app, &mut promises, admin).await;
    let server = servers(&app, &mut promises, admin, omar, other.0).await;
    let job = jobs(&app, &mut promises, admin, omar, other.0, &server).await;
    let execution = runs(&app, &mut promises, admin, omar, &job, &patience).await;
    updates(&app, &mut promises, admin, omar, &job).await;
    utility(&mut promises).await;

    let ids = [
        ("user_id", user.as_str()),
        ("server_id", &server),
        ("job_id", &job),
        ("execution_id", &execution),
    ];
    promises.ask_what_is_usual(&ids).await;
    deletions(&app, &mut promises, admin, omar, &job, &user).await;
    promises.settle("texium");
}

async fn users(app: &TestApp, p: &mut Promises<'_>, admin: (&'static str, &str)) -> String {
    let mona = json!({ "name": "Mona Ali", "email": "mona@example.org", "role": "user" });
    let by_admin = |value: Value| body(value).by(admin.0, admin.1);
    let created = p.ask(CREATE_USER, "a user", by_admin(mona.clone())).await;
    let user = id(&created, "user_id");
    let samir = json!({ "name": "Samir Nabil" });
    p.ask(CREATE_USER, "a user with a name alone", by_admin(samir))
        .await;
    for (case, bad) in [
        ("an empty name", json!({ "name": "  " })),
        (
            "a role that there is not",
            json!({ "name": "x", "role": "king" }),
        ),
        ("a mail address that is taken", mona),
        ("without a name", json!({ "email": "x@example.org" })),
        (WRONG_TYPE, json!({ "name": 7 })),
    ] {
        p.ask(CREATE_USER, case, by_admin(bad)).await;
    }
    p.ask(USERS, "everybody", plain().by(admin.0, admin.1))
        .await;
    p.ask(USERS, PART, query("?skip=1&limit=2").by(admin.0, admin.1))
        .await;
    p.ask(USERS, "oneself, for who is no administrator", plain())
        .await;
    p.ask(USERS, NO_LIMIT, query("?limit=0")).await;
    p.ask(USERS, LARGE_LIMIT, query("?limit=10001")).await;

    p.ask(USER, "a user", of(&user).by(admin.0, admin.1)).await;
    let own = of(hex(app.user_id));
    p.ask(USER, "oneself, for who is no administrator", own)
        .await;
    for (case, id) in [
        (UNKNOWN, hex(424_242)),
        (OTHER_SYSTEM, NOBODYS.to_owned()),
        (MALFORMED, "nonsense".to_owned()),
    ] {
        p.ask(USER, case, of(id).by(admin.0, admin.1)).await;
    }
    p.ask(USER, FOREIGN, of(&user)).await;

    let change = |value: Value| of(&user).body(value).by(admin.0, admin.1);
    let all = json!({ "name": "Mona", "email": "mona.ali@example.org", "role": "viewer" });
    p.ask(UPDATE_USER, "all that can be changed", change(all))
        .await;
    let none = json!({ "name": null, "email": null, "role": null });
    p.ask(UPDATE_USER, "null changes nothing", change(none))
        .await;
    for (case, bad) in [
        ("an empty name", json!({ "name": " " })),
        ("a role that there is not", json!({ "role": "king" })),
        (WRONG_TYPE, json!({ "role": 1 })),
    ] {
        p.ask(UPDATE_USER, case, change(bad)).await;
    }
    for (case, id, new) in [
        (
            "the last administrator's role",
            hex(1),
            json!({ "role": "user" }),
        ),
        (UNKNOWN, hex(424_242), json!({ "name": "x" })),
        (MALFORMED, "1".to_owned(), json!({ "name": "x" })),
    ] {
        p.ask(UPDATE_USER, case, of(id).body(new).by(admin.0, admin.1))
            .await;
    }
    user
}

async fn servers(
    app: &TestApp,
    p: &mut Promises<'_>,
    admin: (&'static str, &str),
    omar: (&'static str, &str),
    omars: i64,
) -> String {
    let web = json!({
        "user_id": SEEDS_OWNER, "name": "Web", "hostname": "web.example.org", "port": 8080, "status": "running",
        "connection_name": "prod", "instance_url": "https://example.com/", "username": "u", "password": "hunter2",
    });
    let created = p
        .ask(
            CREATE_SERVER,
            "a server with all that can be said",
            body(web),
        )
        .await;
    let server = id(&created, "server_id");
    let small = json!({ "name": "Small", "hostname": "small.example.org" });
    p.ask(
        CREATE_SERVER,
        "a server with name and host alone",
        body(small.clone()),
    )
    .await;
    for (case, change) in [
        ("an empty name", json!({ "name": "" })),
        ("a host that is none", json!({ "hostname": "http://a/" })),
        ("a port that is none", json!({ "port": 0 })),
        (
            "a web address that is none",
            json!({ "instance_url": "ftp://a" }),
        ),
        ("a malformed owner", json!({ "user_id": "x" })),
        ("for somebody else", json!({ "user_id": hex(omars) })),
        (WRONG_TYPE, json!({ "port": "eighty" })),
    ] {
        p.ask(CREATE_SERVER, case, body(changed(small.clone(), change)))
            .await;
    }
    let nobodys = changed(small.clone(), json!({ "user_id": hex(424_242) }));
    let nobodys = body(nobodys).by(admin.0, admin.1);
    p.ask(CREATE_SERVER, "an owner that there is not", nobodys)
        .await;
    p.ask(
        CREATE_SERVER,
        "without a hostname",
        body(without(small, "hostname")),
    )
    .await;

    p.ask(SERVERS, "all servers", plain()).await;
    p.ask(SERVERS, PART, query("?skip=1&limit=1")).await;
    p.ask(
        SERVERS,
        "none, for somebody else",
        plain().by(omar.0, omar.1),
    )
    .await;
    p.ask(SERVERS, NO_LIMIT, query("?limit=0")).await;
    p.ask(SERVERS, LARGE_LIMIT, query("?limit=10001")).await;

    p.ask(SERVER, "a server", of(&server)).await;
    for (case, id) in [
        (UNKNOWN, hex(424_242)),
        (OTHER_SYSTEM, NOBODYS.to_owned()),
        (MALFORMED, "nonsense".to_owned()),
    ] {
        p.ask(SERVER, case, of(id)).await;
    }
    p.ask(SERVER, FOREIGN, of(&server).by(omar.0, omar.1)).await;

    let own = hex(app.user_id);
    p.ask(SERVERS_OF_USER, "a user's", of(&own)).await;
    p.ask(SERVERS_OF_USER, OTHER_SYSTEM, of(SEEDS_OWNER)).await;
    p.ask(SERVERS_OF_USER, UNKNOWN, of(hex(424_242))).await;
    p.ask(SERVERS_OF_USER, PART, of(&own).query("?skip=1"))
        .await;
    p.ask(SERVERS_OF_USER, MALFORMED, of("nonsense")).await;
    p.ask(SERVERS_OF_USER, NO_LIMIT, of(&own).query("?limit=0"))
        .await;
    server
}

async fn jobs(
    app: &TestApp,
    p: &mut Promises<'_>,
    admin: (&'static str, &str),
    omar: (&'static str, &str),
    omars: i64,
    server: &str,
) -> String {
    p.ask(STATS, "before any run", plain()).await;
    p.ask(EXECUTIONS, "before any run", plain()).await;
    let first = p
        .ask(CREATE_JOB, "the seed's first job", body(first_job()))
        .await;
    let first = id(&first, "job_id");
    p.ask(JOB, "the seed's first job", of(&first)).await;
    let mine = json!({ "user_id": hex(app.user_id), "job_class_string": "jobs.echo.EchoJob", "name": "Mine" });
    let mine = |changes: Value| changed(mine.clone(), changes);
    // The example of a document in the seed's database, as a request would make it.
    let daily = mine(json!({
        "name": "Daily Echo Job", "minute": "0", "hour": "9", "day_of_month": "*", "month": "*", "day_of_week": "*",
        "week": "*", "pub_args": ["arg1", "arg2"], "pub_kwargs": { "key": "value" },
    }));
    let daily = p
        .ask(CREATE_JOB, "the seed's document of a job", body(daily))
        .await;
    p.ask(
        JOB,
        "the seed's document of a job",
        of(id(&daily, "job_id")),
    )
    .await;
    let schedule = |minute: &str, hour: &str, day_of_month: &str, day_of_week: &str| {
        mine(json!({
            "minute": minute, "hour": hour, "day_of_month": day_of_month, "month": "*", "day_of_week": day_of_week,
        }))
    };
    for (case, request) in [
        ("every day at 9 AM", schedule("0", "9", "*", "*")),
        ("every Monday at 3 PM", schedule("0", "15", "*", "1")),
        ("every 5 minutes", schedule("*/5", "*", "*", "*")),
        (
            "every 1st of month at midnight",
            schedule("0", "0", "1", "*"),
        ),
        ("every Friday at 5:30 PM", schedule("30", "17", "*", "5")),
    ] {
        p.ask(
            CREATE_JOB,
            case,
            body(changed(request, json!({ "name": case }))),
        )
        .await;
    }
    let class = |class: &str, args: Value, kwargs: Value| {
        mine(json!({
            "job_class_string": class, "name": class, "minute": "0", "hour": "3", "pub_args": args, "pub_kwargs": kwargs,
        }))
    };
    for (case, args, kwargs) in [
        (
            "jobs.echo.EchoJob",
            json!(["hello", "world"]),
            json!({ "key": "value" }),
        ),
        (
            "jobs.server.ServerHealthCheckJob",
            json!([server]),
            json!({}),
        ),
        ("jobs.backup.DataBackupJob", json!([]), json!({})),
        (
            "jobs.email.EmailNotificationJob",
            json!(["admin@example.com"]),
            json!({ "subject": "Scheduled Notification", "message": "Notification from scheduler" }),
        ),
        (
            "jobs.cleanup.DataCleanupJob",
            json!([]),
            json!({ "days_old": 30, "collections": ["scheduler_executions"] }),
        ),
        ("jobs.metrics.SystemMetricsJob", json!([]), json!({})),
        (
            "jobs.report.ReportGenerationJob",
            json!([]),
            json!({ "report_type": "daily" }),
        ),
        (
            "jobs.webhook.WebhookJob",
            json!(["https://example.com/webhook"]),
            json!({ "event": "sync" }),
        ),
    ] {
        p.ask(CREATE_JOB, case, body(class(case, args, kwargs)))
            .await;
    }
    let all = class("jobs.server.ServerHealthCheckJob", json!([]), json!({}));
    p.ask(
        CREATE_JOB,
        "jobs.server.ServerHealthCheckJob of all servers",
        body(all),
    )
    .await;
    // What only administrators' jobs may do.
    for (case, args, kwargs) in [
        (
            "jobs.maintenance.MaintenanceJob",
            json!([]),
            json!({ "tasks": ["rebuild_indexes", "optimize_queries", "clear_cache"] }),
        ),
        (
            "jobs.custom.CustomScriptJob",
            json!(["echo done"]),
            json!({ "GREETING": "hello" }),
        ),
    ] {
        let request = changed(class(case, args, kwargs), json!({ "user_id": hex(1) }));
        p.ask(CREATE_JOB, case, body(request).by(admin.0, admin.1))
            .await;
    }
    for (case, class_string, args, kwargs) in [
        (
            "a health check of a server that there is not",
            "jobs.server.ServerHealthCheckJob",
            json!(["server_123"]),
            json!({}),
        ),
        (
            "a backup of collections",
            "jobs.backup.DataBackupJob",
            json!([]),
            json!({ "collections": ["users"] }),
        ),
        (
            "a mail to nobody",
            "jobs.email.EmailNotificationJob",
            json!([]),
            json!({}),
        ),
        (
            "a clean-up of other collections",
            "jobs.cleanup.DataCleanupJob",
            json!([]),
            json!({ "collections": ["users"] }),
        ),
        (
            "metrics with arguments",
            "jobs.metrics.SystemMetricsJob",
            json!(["cpu"]),
            json!({}),
        ),
        (
            "a report that there is not",
            "jobs.report.ReportGenerationJob",
            json!([]),
            json!({ "report_type": "yearly" }),
        ),
        (
            "a webhook without an address",
            "jobs.webhook.WebhookJob",
            json!([]),
            json!({}),
        ),
        (
            "a webhook to a private address",
            "jobs.webhook.WebhookJob",
            json!(["http://127.0.0.1/"]),
            json!({}),
        ),
        (
            "maintenance that there is not",
            "jobs.maintenance.MaintenanceJob",
            json!([]),
            json!({ "tasks": ["defragment"] }),
        ),
        (
            "a script that is not registered",
            "jobs.custom.CustomScriptJob",
            json!(["default_script.sh"]),
            json!({}),
        ),
        (
            "a script without the permission",
            "jobs.custom.CustomScriptJob",
            json!(["echo hello"]),
            json!({}),
        ),
    ] {
        p.ask(CREATE_JOB, case, body(class(class_string, args, kwargs)))
            .await;
    }
    for (case, change) in [
        (
            "a class that there is not",
            json!({ "job_class_string": "jobs.unknown.Job" }),
        ),
        ("a malformed owner", json!({ "user_id": "not an id" })),
        ("an empty name", json!({ "name": "" })),
        ("an empty cron field", json!({ "day_of_month": "" })),
        ("a minute that there is not", json!({ "minute": "61" })),
        ("an hour that there is not", json!({ "hour": "24" })),
        (
            "a day of the month that there is not",
            json!({ "day_of_month": "32" }),
        ),
        ("a month that there is not", json!({ "month": "13" })),
        (
            "a day of the week that there is not",
            json!({ "day_of_week": "8" }),
        ),
        ("a week that there is not", json!({ "week": "54" })),
        ("for somebody else", json!({ "user_id": hex(omars) })),
        ("a cron field that is a number", json!({ "minute": 5 })),
        ("arguments that are no list", json!({ "pub_args": "Hello" })),
        (
            "named arguments that are no object",
            json!({ "pub_kwargs": ["Hello"] }),
        ),
        ("paused from the beginning", json!({ "is_paused": true })),
        (
            "disabled from the beginning",
            json!({ "is_enabled": false }),
        ),
    ] {
        p.ask(CREATE_JOB, case, body(mine(change))).await;
    }
    for (case, member) in [
        ("without an owner", "user_id"),
        ("without a class", "job_class_string"),
        ("without a name", "name"),
    ] {
        p.ask(CREATE_JOB, case, body(without(mine(json!({})), member)))
            .await;
    }
    for (case, owner) in [
        ("for somebody else, by an administrator", omars),
        ("an owner that there is not", 424_242),
    ] {
        let request = mine(json!({ "user_id": hex(owner), "name": "Omar's", "minute": "0" }));
        p.ask(CREATE_JOB, case, body(request).by(admin.0, admin.1))
            .await;
    }

    p.ask(JOBS, "all jobs", plain()).await;
    p.ask(JOBS, PART, query("?skip=1&limit=2")).await;
    let (_, stranger) = app.person("stranger", Role::User).await;
    p.ask(
        JOBS,
        "none, for somebody else",
        plain().by("a stranger", &stranger),
    )
    .await;
    p.ask(JOBS, NO_LIMIT, query("?limit=0")).await;
    p.ask(JOBS, LARGE_LIMIT, query("?limit=10001")).await;
    for (case, id) in [
        (UNKNOWN, hex(424_242)),
        (OTHER_SYSTEM, NOBODYS.to_owned()),
        (MALFORMED, "not-an-id".to_owned()),
    ] {
        p.ask(JOB, case, of(id)).await;
    }
    p.ask(JOB, FOREIGN, of(&first).by(omar.0, omar.1)).await;
    p.ask(JOBS_OF_USER, "a user's", of(hex(omars)).by(omar.0, omar.1))
        .await;
    p.ask(JOBS_OF_USER, OTHER_SYSTEM, of(SEEDS_OWNER)).await;
    p.ask(JOBS_OF_USER, UNKNOWN, of(hex(424_242))).await;
    p.ask(
        JOBS_OF_USER,
        PART,
        of(hex(app.user_id)).query("?skip=2&limit=1"),
    )
    .await;
    p.ask(JOBS_OF_USER, MALFORMED, of("me")).await;
    p.ask(JOBS_OF_USER, NO_LIMIT, of(SEEDS_OWNER).query("?limit=0"))
        .await;
    first
}

/// Waits for the end of a run.
async fn ended(app: &TestApp, token: &str, execution: &str) {
    let path = format!("/api/scheduler/executions/{execution}");
    app.until("the run ends", async || {
        !app.get(token, &path).await.expect(200)["data"]["completed_at"].is_null()
    })
    .await;
}

async fn runs(
    app: &TestApp,
    p: &mut Promises<'_>,
    admin: (&'static str, &str),
    omar: (&'static str, &str),
    job: &str,
    patience: &Patience,
) -> String {
    let maryam = ("maryam", app.user.as_str());
    let completed = run(p, "a job", job, "the first run", maryam).await;
    ended(app, &app.user, &completed).await;
    p.ask(EXECUTION, "completed", of(&completed)).await;
    p.ask(JOB, "after a run", of(job)).await;

    let make = async |user_id: i64, token: &str, class: &str, args: Value| {
        let request = json!({
            "user_id": hex(user_id), "job_class_string": class, "name": "Runs", "minute": "0", "pub_args": args,
        });
        let created = app
            .post(token, "/api/scheduler/jobs", request)
            .await
            .expect(200);
        id(&created, "job_id")
    };
    let mail = "jobs.email.EmailNotificationJob";
    let failing = make(app.user_id, &app.user, mail, json!(["a@example.com"])).await;
    app.clock.advance_seconds(1);
    let failed = run(
        p,
        "a job that will fail",
        &failing,
        "the failed run",
        maryam,
    )
    .await;
    ended(app, &app.user, &failed).await;
    p.ask(EXECUTION, "failed", of(&failed)).await;

    let hook = "jobs.webhook.WebhookJob";
    let slow = make(1, &app.admin, hook, json!([patience.url()])).await;
    app.clock.advance_seconds(1);
    let case = "a job that takes its time";
    let running = run(p, case, &slow, "the running run", admin).await;
    let call = patience.call().await;
    let path = format!("/api/scheduler/executions/{running}");
    app.until("it runs", async || {
        app.get(&app.admin, &path).await.expect(200)["data"]["status"] == "running"
    })
    .await;
    p.ask(EXECUTION, "running", of(&running).by(admin.0, admin.1))
        .await;
    p.ask(
        EXECUTIONS,
        "all, newest first",
        plain().by(admin.0, admin.1),
    )
    .await;
    Patience::answer(call).await;
    ended(app, &app.admin, &running).await;

    p.ask(EXECUTIONS, "of one job", query(format!("?job_id={job}")))
        .await;
    let unknown = query(format!("?job_id={}", hex(424_242)));
    p.ask(EXECUTIONS, "of a job that there is not", unknown)
        .await;
    p.ask(EXECUTIONS, PART, query("?skip=1&limit=1")).await;
    p.ask(
        EXECUTIONS,
        "none, for somebody else",
        plain().by(omar.0, omar.1),
    )
    .await;
    p.ask(
        EXECUTIONS,
        "a malformed id of a job",
        query("?job_id=nonsense"),
    )
    .await;
    p.ask(EXECUTIONS, NO_LIMIT, query("?limit=0")).await;
    p.ask(EXECUTIONS, LARGE_LIMIT, query("?limit=501")).await;
    for (case, id) in [
        (UNKNOWN, hex(424_242)),
        (OTHER_SYSTEM, NOBODYS.to_owned()),
        (MALFORMED, "nonsense".to_owned()),
    ] {
        p.ask(EXECUTION, case, of(id)).await;
    }
    p.ask(EXECUTION, FOREIGN, of(&completed).by(omar.0, omar.1))
        .await;
    for (case, id) in [(UNKNOWN, hex(424_242)), (MALFORMED, "nonsense".to_owned())] {
        p.ask(RUN, case, of(id)).await;
    }
    p.ask(RUN, FOREIGN, of(job).by(omar.0, omar.1)).await;

    p.ask(STATS, "after runs", plain()).await;
    p.ask(
        STATS,
        "of a user",
        query(format!("?user_id={}", hex(app.user_id))),
    )
    .await;
    p.ask(
        STATS,
        OTHER_SYSTEM,
        query(format!("?user_id={SEEDS_OWNER}")),
    )
    .await;
    p.ask(STATS, UNKNOWN, query(format!("?user_id={}", hex(424_242))))
        .await;
    p.ask(STATS, MALFORMED, query("?user_id=nonsense")).await;
    completed
}

async fn updates(
    app: &TestApp,
    p: &mut Promises<'_>,
    admin: (&'static str, &str),
    omar: (&'static str, &str),
    job: &str,
) {
    p.ask(PAUSE, "a job", of(job)).await;
    p.ask(PAUSE, "a job that is paused", of(job)).await;
    p.ask(JOB, "paused", of(job)).await;
    p.ask(RESUME, "a job", of(job)).await;
    p.ask(RESUME, "a job that is not paused", of(job)).await;
    for route in [PAUSE, RESUME] {
        p.ask(route, UNKNOWN, of(hex(424_242))).await;
        p.ask(route, MALFORMED, of("nonsense")).await;
        p.ask(route, FOREIGN, of(job).by(omar.0, omar.1)).await;
    }
    let all = json!({
        "name": "New", "description": "what", "pub_args": ["Hi"], "pub_kwargs": { "key": "value" }, "minute": "1",
        "hour": "2", "day_of_month": "3", "month": "4", "day_of_week": "*", "week": "*", "is_enabled": false,
    });
    p.ask(UPDATE_JOB, "all that can be changed", of(job).body(all))
        .await;
    p.ask(JOB, "after an update", of(job)).await;
    let nulls = json!({ "name": null, "description": null, "minute": null, "is_enabled": null });
    p.ask(UPDATE_JOB, "null changes nothing", of(job).body(nulls))
        .await;
    p.ask(UPDATE_JOB, "nothing at all", of(job).body(json!({})))
        .await;
    for (case, change) in [
        ("an empty name", json!({ "name": " " })),
        (
            "a cron field that cannot be",
            json!({ "month": "January-" }),
        ),
        (
            "another class",
            json!({ "job_class_string": "jobs.metrics.SystemMetricsJob" }),
        ),
        ("another owner", json!({ "user_id": hex(1) })),
        ("paused", json!({ "is_paused": true })),
        (WRONG_TYPE, json!({ "is_enabled": "perhaps" })),
    ] {
        p.ask(UPDATE_JOB, case, of(job).body(change)).await;
    }
    let report = json!({
        "user_id": hex(app.user_id), "job_class_string": "jobs.report.ReportGenerationJob", "name": "Report",
        "minute": "0", "hour": "1",
    });
    let report = app
        .post(&app.user, "/api/scheduler/jobs", report)
        .await
        .expect(200);
    let report =
        of(id(&report, "job_id")).body(json!({ "pub_kwargs": { "report_type": "yearly" } }));
    p.ask(UPDATE_JOB, "arguments that the class does not take", report)
        .await;
    let name = json!({ "name": "x" });
    p.ask(UPDATE_JOB, UNKNOWN, of(hex(424_242)).body(name.clone()))
        .await;
    p.ask(UPDATE_JOB, MALFORMED, of("nonsense").body(name.clone()))
        .await;
    p.ask(UPDATE_JOB, FOREIGN, of(job).body(name).by(omar.0, omar.1))
        .await;

    app.ask(
        http::Method::PATCH,
        &format!("/api/scheduler/jobs/{job}/pause"),
    )
    .token(&app.user)
    .send()
    .await
    .expect(200);
    let case = "a job that is disabled and paused";
    let again = run(p, case, job, "another run", ("maryam", &app.user)).await;
    ended(app, &app.user, &again).await;

    let is_primary = json!({
        "taskFunctionKey": "echo", "nameEn": "Protected", "manual": true, "isPrimary": true, "parameters": { "message": "m" },
    });
    let protected = app
        .post(admin.1, "/api/v1/scheduler/jobs", is_primary)
        .await
        .expect(201);
    let protected = of(hex(protected["id"].as_i64().unwrap())).by(admin.0, admin.1);
    p.ask(DELETE_JOB, "a protected job", protected).await;
}

async fn utility(p: &mut Promises<'_>) {
    p.ask(CLASSES, "the ten classes", plain()).await;
    p.ask(CLASSES, "in Arabic", plain().language("ar")).await;
    p.ask(HEALTH, "healthy", plain()).await;
    let idle = TestApp::idle().await;
    let answer = idle.get(&idle.user, "/api/scheduler/health").await;
    let request = json!({ "by": "maryam", "line": HEALTH });
    p.keep(HEALTH, "while nothing schedules", request, answer);
}

async fn deletions(
    app: &TestApp,
    p: &mut Promises<'_>,
    admin: (&'static str, &str),
    omar: (&'static str, &str),
    job: &str,
    user: &str,
) {
    app.engine.settle().await;
    p.ask(DELETE_JOB, UNKNOWN, of(hex(424_242))).await;
    p.ask(DELETE_JOB, MALFORMED, of("nonsense")).await;
    p.ask(DELETE_JOB, FOREIGN, of(job).by(omar.0, omar.1)).await;
    p.ask(DELETE_JOB, "a job", of(job)).await;
    p.ask(DELETE_JOB, GONE, of(job)).await;
    p.ask(JOB, GONE, of(job)).await;
    p.ask(RUN, GONE, of(job)).await;
    p.ask(UPDATE_JOB, GONE, of(job).body(json!({ "name": "x" })))
        .await;

    p.ask(
        DELETE_USER,
        "the last administrator",
        of(hex(1)).by(admin.0, admin.1),
    )
    .await;
    p.ask(DELETE_USER, UNKNOWN, of(hex(424_242)).by(admin.0, admin.1))
        .await;
    p.ask(DELETE_USER, MALFORMED, of("nonsense").by(admin.0, admin.1))
        .await;
    p.ask(DELETE_USER, "a user", of(user).by(admin.0, admin.1))
        .await;
    p.ask(DELETE_USER, GONE, of(user).by(admin.0, admin.1))
        .await;
    p.ask(USER, GONE, of(user).by(admin.0, admin.1)).await;
    let change = of(user).body(json!({ "name": "x" })).by(admin.0, admin.1);
    p.ask(UPDATE_USER, GONE, change).await;
}

//! Several processes on one PostgreSQL database. Needs TEST_POSTGRES_URL, a server in which databases may be created.

use crate::support::{PASSWORD, Server, program, run};
use nix::sys::signal::Signal;
use sqlx::{Connection, Executor, PgConnection};

/// A new, empty database; `None` where there is no PostgreSQL to test with.
async fn database(name: &str) -> Option<String> {
    let server = std::env::var("TEST_POSTGRES_URL").ok()?;
    let name = format!("cli_{name}_{}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection
        .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(format!("{base}/{name}"))
}

#[tokio::test]
async fn one_process_answers_and_another_one_schedules() {
    let Some(url) = database("split").await else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let check = || {
        let mut command = program(home.path());
        command.args(["migrate", "--check", "--database-url", &url]);
        run(&mut command, "")
    };
    assert_eq!(check().code, 1, "an empty database is not up to date");
    run(
        program(home.path()).args(["migrate", "--database-url", &url]),
        "",
    )
    .ok();
    check().ok();

    let environment = [
        ("ORLOJ_ADMIN_PASSWORD", PASSWORD),
        ("ORLOJ_DATABASE_URL", url.as_str()),
    ];
    let server = Server::start_in(home.path(), &environment, &["--no-scheduler"]);
    let client = server.client();
    client
        .run(&[
            "job", "create", "--task", "echo", "--name", "e", "--manual", "-o", "json",
        ])
        .json();
    let waiting = client.run(&["job", "run", "e", "-o", "json"]).json();
    assert_eq!(
        waiting["statusName"], "pending",
        "nobody schedules yet: {waiting}"
    );
    let execution = waiting["executionId"].as_str().unwrap();

    let elsewhere = tempfile::tempdir().unwrap();
    let mut scheduler = program(elsewhere.path());
    scheduler.args(["scheduler", "--database-url", &url]);
    let mut scheduler = scheduler.spawn().unwrap();
    client.run(&["execution", "logs", execution, "-f"]).ok();
    let ended = client
        .run(&["execution", "get", execution, "-o", "json"])
        .json();
    assert_eq!(ended["statusName"], "success", "{ended}");

    // A third process, which has only the database, administers at the same time.
    let mut command = program(elsewhere.path());
    command.args([
        "user",
        "list",
        "-o",
        "name",
        "--database-url",
        &url,
        "--data-dir",
        "third",
    ]);
    assert_eq!(run(&mut command, "").ok(), "admin\n");

    let pid = nix::unistd::Pid::from_raw(scheduler.id().try_into().unwrap());
    nix::sys::signal::kill(pid, Signal::SIGTERM).unwrap();
    assert!(scheduler.wait().unwrap().success());
}

#[tokio::test]
async fn a_copy_by_the_tools_of_postgresql_goes_into_an_empty_database() {
    let (Some(url), Some(empty)) = (database("copied").await, database("restored").await) else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let local = |url: &str, arguments: &[&str]| {
        run(
            program(home.path())
                .env("ORLOJ_DATABASE_URL", url)
                .args(arguments),
            "",
        )
    };
    local(&url, &["migrate"]).ok();
    local(
        &url,
        &["user", "add", "maryam", "--role", "user", "--no-password"],
    )
    .ok();
    local(&url, &["backup", "copy.dump"]).ok();
    assert!(
        local(&url, &["restore", "copy.dump"])
            .fails(5)
            .contains("has Orloj data already")
    );
    local(&empty, &["restore", "copy.dump"]).ok();
    assert_eq!(
        local(&empty, &["user", "list", "-o", "name"]).ok(),
        "maryam\n"
    );
}

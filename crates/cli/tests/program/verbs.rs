//! Every verb of the command line, through the real program against a real server.

use crate::support::{Client, Server};
use serde_json::Value;

fn id(job: &Value) -> String {
    job["id"].as_i64().unwrap().to_string()
}

#[test]
fn a_job_from_its_creation_to_its_end() {
    let server = Server::start();
    let client = server.client();

    let created = client
        .run(&[
            "job",
            "create",
            "--task",
            "echo",
            "--name",
            "Say hello",
            "--name-ar",
            "قل مرحبا",
            "--cron",
            "0 9 * * 1-5",
            "--timezone",
            "Africa/Cairo",
            "-p",
            "message=hello",
            "--priority",
            "-3",
            "--tags",
            "a,b",
            "--grace",
            "none",
            "--attempts",
            "3",
            "--retry-delay",
            "5s",
            "--timeout",
            "30s",
            "-o",
            "json",
        ])
        .json();
    assert_eq!(created["nameAr"], "قل مرحبا");
    assert_eq!(created["cronExpression"], "0 9 * * 1-5");
    assert_eq!(created["timezone"], "Africa/Cairo");
    assert_eq!(created["parameters"]["message"], "hello");
    assert_eq!(created["priority"], -3);
    assert_eq!(created["misfireGraceTime"], Value::Null);
    assert_eq!(created["retryPolicy"]["maxAttempts"], 3);
    assert_eq!(created["timeoutSeconds"], 30);
    let job = id(&created);

    let table = client.run(&["job", "list"]).ok();
    assert!(table.starts_with("ID"), "{table}");
    assert!(table.contains("Say hello"), "{table}");
    assert_eq!(
        client.run(&["job", "list", "-o", "name"]).ok(),
        format!("{job}\n")
    );
    assert_eq!(
        client
            .run(&["job", "list", "--tag", "c", "-o", "json"])
            .json()["total"],
        0
    );
    assert_eq!(
        client
            .run(&["job", "list", "--search", "hello", "-o", "json"])
            .json()["total"],
        1
    );

    let shown = client.run(&["job", "get", "Say hello"]).ok();
    assert!(shown.contains("Africa/Cairo"), "{shown}");
    let yaml = client.run(&["job", "get", &job, "-o", "yaml"]).ok();
    assert!(yaml.contains("cronExpression:"), "{yaml}");

    let edited = client
        .run(&[
            "job",
            "edit",
            "Say hello",
            "--every",
            "90m",
            "--set",
            "coalesce=false",
            "-o",
            "json",
        ])
        .json();
    assert_eq!(edited["jobTypeName"], "interval");
    assert_eq!(edited["cronExpression"], Value::Null);
    assert_eq!(edited["coalesce"], false);
    let edited = client
        .run(&["job", "edit", &job, "--every", "30s", "-o", "json"])
        .json();
    assert_eq!(
        edited["intervalSeconds"], 30,
        "the other parts are cleared: {edited}"
    );
    assert_eq!(edited["intervalMinutes"], Value::Null);

    let said = client
        .run(&[
            "job",
            "pause",
            &job,
            "--until",
            "+2h",
            "--reason",
            "moving house",
        ])
        .ok();
    assert!(!said.is_empty());
    let paused = client.run(&["job", "get", &job, "-o", "json"]).json();
    assert_eq!(
        (&paused["isPaused"], &paused["pauseReason"]),
        (&true.into(), &"moving house".into())
    );
    client.run(&["job", "resume", &job]).ok();
    client.run(&["job", "disable", &job]).ok();
    assert_eq!(
        client.run(&["job", "get", &job, "-o", "json"]).json()["isEnabled"],
        false
    );
    assert_eq!(
        client
            .run(&["job", "list", "--enabled", "-o", "json"])
            .json()["total"],
        0
    );
    assert_eq!(
        client
            .run(&["job", "list", "--enabled=false", "-o", "json"])
            .json()["total"],
        1
    );
    client.run(&["job", "enable", &job]).ok();

    assert_eq!(
        client.run(&["job", "delete", &job]).ok(),
        format!("{job}\n")
    );
    client.run(&["job", "get", &job]).fails(3);
    client.run(&["job", "get", "Say hello"]).fails(3);
}

#[test]
fn waiting_follows_the_log_and_ends_with_the_outcome() {
    let server = Server::start();
    let client = server.client();
    let create = |name: &str, script: &str| {
        let script = format!("script={script}");
        client
            .run(&[
                "job", "create", "--task", "script", "--name", name, "--manual", "-p", &script,
                "-o", "json",
            ])
            .json();
    };
    create("good", "echo one; echo two >&2");
    let said = client.run(&["job", "run", "good", "--wait"]);
    assert!(said.err.contains("success"), "{said:?}");
    let out = said.ok();
    assert!(out.contains("one") && out.contains("two"), "{out}");

    create("bad", "echo no; exit 3");
    let said = client.run(&["job", "run", "bad", "--wait"]);
    assert!(said.out.contains("no"), "{said:?}");
    let complaint = said.fails(10);
    assert!(complaint.contains("failed"), "{complaint}");

    let ended = client
        .run(&["job", "run", "good", "--wait", "-o", "json"])
        .json();
    assert_eq!(ended["statusName"], "success");
    let execution = ended["executionId"].as_str().unwrap();

    let listed = client.run(&["execution", "list", "-o", "json"]).json();
    assert_eq!(listed["total"], 3);
    let names = client.run(&["execution", "list", "--limit", "1", "-o", "name"]);
    assert!(names.err.contains("2 more"), "{names:?}");
    assert_eq!(names.ok(), format!("{execution}\n"));
    assert_eq!(
        client
            .run(&["execution", "list", "--status", "failed", "-o", "json"])
            .json()["total"],
        1
    );

    let shown = client.run(&["execution", "get", execution]).ok();
    assert!(shown.contains("success"), "{shown}");
    let log = client
        .run(&["execution", "logs", execution, "--plain"])
        .ok();
    assert!(log.lines().any(|line| line == "one"), "{log}");
    assert_eq!(
        client
            .run(&["execution", "logs", execution, "--plain", "-f"])
            .ok(),
        log
    );
    let last = client
        .run(&["execution", "logs", execution, "-n", "1", "-o", "json"])
        .json();
    assert_eq!(last["number"], log.lines().count());

    let again = client
        .run(&["execution", "rerun", execution, "--wait", "-o", "json"])
        .json();
    assert_eq!(again["triggeredBy"], "rerun");
    assert_ne!(again["executionId"], ended["executionId"]);
}

#[test]
fn a_run_has_its_own_parameters_key_and_instant() {
    let server = Server::start();
    let client = server.client();
    client
        .run(&[
            "job",
            "create",
            "--task",
            "echo",
            "--name",
            "e",
            "--manual",
            "-p",
            "message=usual",
            "-o",
            "json",
        ])
        .json();
    let run = |more: &[&str]| {
        let mut arguments = vec!["job", "run", "e", "-o", "json"];
        arguments.extend(more);
        client.run(&arguments)
    };
    let special = run(&["-p", "message=special", "--wait"]).json();
    assert_eq!(special["resultSummary"], "special");
    assert_eq!(run(&["--wait"]).json()["resultSummary"], "usual");
    let first = run(&["--idempotency-key", "k1"]).json();
    let second = run(&["--idempotency-key", "k1"]).json();
    assert_eq!(first["executionId"], second["executionId"]);

    let later = run(&["--at", "+1h"]).json();
    assert_eq!(later["statusName"], "pending");
    let execution = later["executionId"].as_str().unwrap();
    let cancelled = client
        .run(&[
            "execution",
            "cancel",
            execution,
            "--reason",
            "not today",
            "-o",
            "json",
        ])
        .json();
    assert_eq!(cancelled["statusName"], "cancelled");
    client.run(&["execution", "cancel", execution]).fails(5);
    client.run(&["execution", "get", "no-such"]).fails(3);
}

#[test]
fn a_running_execution_can_be_cancelled() {
    let server = Server::start();
    let client = server.client();
    client
        .run(&[
            "job",
            "create",
            "--task",
            "script",
            "--name",
            "long",
            "--manual",
            "-p",
            "script=echo begun; sleep 600",
            "-o",
            "json",
        ])
        .json();
    let started = client.run(&["job", "run", "long", "-o", "name"]).ok();
    client.run(&["execution", "cancel", started.trim()]).ok();
    // Following a log ends when the execution has ended.
    client
        .run(&["execution", "logs", started.trim(), "-f"])
        .ok();
    let ended = client
        .run(&["execution", "get", started.trim(), "-o", "json"])
        .json();
    assert_eq!(ended["statusName"], "cancelled");
}

#[test]
fn definitions_come_from_files_and_mistakes_are_named() {
    let server = Server::start();
    let client = server.client();
    let file = server.home.join("job.yaml");
    std::fs::write(
        &file,
        "nameEn: From a file\ntaskFunctionKey: echo\nintervalMinutes: 5\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let created = client
        .run(&["job", "create", "-f", file, "--priority", "7", "-o", "json"])
        .json();
    assert_eq!(
        (&created["intervalMinutes"], &created["priority"]),
        (&5.into(), &7.into())
    );
    client
        .run(&["job", "create", "-f", file, "-o", "json"])
        .json();
    let complaint = client.run(&["job", "get", "From a file"]).fails(5);
    assert!(complaint.contains("2 jobs"), "{complaint}");

    std::fs::write(file, "nameEn: x\ncronExpresion: '@daily'\n").unwrap();
    let complaint = client.run(&["job", "create", "-f", file]).fails(2);
    assert!(complaint.contains("cronExpresion"), "{complaint}");
    let complaint = client
        .run(&[
            "job",
            "create",
            "--task",
            "echo",
            "--name",
            "x",
            "--cron",
            "61 * * * *",
        ])
        .fails(1);
    assert!(complaint.contains("/cronExpression"), "{complaint}");
    let complaint = client
        .run(&[
            "job", "create", "--task", "nothing", "--name", "x", "--manual",
        ])
        .fails(1);
    assert!(complaint.contains("/taskFunctionKey"), "{complaint}");
    client
        .run(&["job", "create", "--every", "5m", "--cron", "@daily"])
        .fails(2);
    client.run(&["job", "create"]).fails(2);
    client.run(&["job", "edit", "1"]).fails(2);
}

#[test]
fn users_and_tokens_through_the_api_and_on_the_servers_machine() {
    let server = Server::start();
    let admin = server.client();
    admin
        .run_with_input(
            &[
                "user",
                "add",
                "Maryam",
                "--role",
                "user",
                "--password-stdin",
            ],
            "another good password\n",
        )
        .ok();
    let complaint = admin
        .run_with_input(
            &[
                "user",
                "add",
                "maryam",
                "--role",
                "user",
                "--password-stdin",
            ],
            "another good password\n",
        )
        .fails(5);
    assert!(!complaint.is_empty());
    server
        .local(&["user", "add", "robot", "--role", "viewer", "--no-password"])
        .ok();
    assert_eq!(
        server.local(&["user", "list", "-o", "name"]).ok(),
        "admin\nMaryam\nrobot\n"
    );
    assert!(admin.run(&["user", "list"]).ok().contains("Maryam"));

    let maryam = server.client_of("maryam");
    maryam.run(&["job", "list"]).ok();
    let own = maryam
        .run(&[
            "token",
            "create",
            "--name",
            "own",
            "--scope",
            "read",
            "--expires",
            "1d",
        ])
        .ok();
    assert!(own.starts_with("orl_"), "{own}");
    assert_eq!(own.lines().count(), 1, "the token alone is printed");
    assert_eq!(
        maryam.run(&["token", "list", "-o", "json"]).json()["total"],
        2
    );
    maryam.run(&["user", "list"]).fails(4);
    maryam.run(&["token", "create", "--user", "admin"]).fails(4);
    let reader = Client {
        server: &server,
        token: own.trim().to_owned(),
    };
    reader.run(&["job", "list"]).ok();
    reader
        .run(&["job", "create", "--task", "echo", "--name", "x", "--manual"])
        .fails(4);

    let tokens = server
        .local(&["token", "list", "--user", "maryam", "-o", "name"])
        .ok();
    for token in tokens.lines() {
        server.local(&["token", "revoke", token]).ok();
    }
    maryam.run(&["job", "list"]).fails(4);

    let maryam = server.client_of("maryam");
    admin
        .run_with_input(
            &["user", "passwd", "maryam", "--password-stdin"],
            "a third good password\n",
        )
        .ok();
    admin.run(&["user", "disable", "maryam"]).ok();
    maryam.run(&["job", "list"]).fails(4);
    admin.run(&["user", "enable", "maryam"]).ok();
    server.local(&["user", "disable", "nobody"]).fails(3);
    server.local(&["token", "create"]).fails(2);
    server
        .local(&["user", "add", "x", "--role", "user"])
        .fails(2);
}

#[test]
fn export_and_apply_go_round() {
    let server = Server::start();
    let client = server.client();
    let jobs = "jobs:
  - nameEn: A
    taskFunctionKey: echo
    intervalMinutes: 90
    tags: [x, a]
    parameters: {message: one}
  - nameEn: B
    taskFunctionKey: echo
    cronExpression: '0 3 * * *'
    timezone: Europe/Prague
";
    let dry = client
        .run_with_input(&["apply", "-f", "-", "--dry-run"], jobs)
        .ok();
    assert!(dry.contains("+ A") && dry.contains("2 to create"), "{dry}");
    assert_eq!(
        client.run(&["job", "list", "-o", "json"]).json()["total"],
        0,
        "a dry run changes nothing"
    );

    let applied = client.run_with_input(&["apply", "-f", "-"], jobs).ok();
    assert!(
        applied.contains("2 created, 0 changed, 0 unchanged"),
        "{applied}"
    );
    let again = client.run_with_input(&["apply", "-f", "-"], jobs).ok();
    assert!(
        again.contains("0 created, 0 changed, 2 unchanged"),
        "{again}"
    );

    let changed = jobs.replace("intervalMinutes: 90", "cronExpression: '@hourly'");
    let plan = client
        .run_with_input(&["apply", "-f", "-", "--dry-run", "-o", "json"], &changed)
        .json();
    let change = &plan["changes"][0];
    assert_eq!(change["action"], "update");
    assert_eq!(change["differences"][0]["member"], "schedule");
    assert_eq!(change["nextBefore"].as_array().unwrap().len(), 3);
    assert_eq!(change["nextAfter"].as_array().unwrap().len(), 3);
    assert_ne!(change["nextBefore"], change["nextAfter"]);
    client.run_with_input(&["apply", "-f", "-"], &changed).ok();
    let job = client.run(&["job", "get", "A", "-o", "json"]).json();
    assert_eq!(
        (&job["cronExpression"], &job["version"]),
        (&"@hourly".into(), &2.into())
    );

    let exported = client.run(&["export"]).ok();
    let round = client.run_with_input(&["apply", "-f", "-"], &exported).ok();
    assert!(
        round.contains("0 created, 0 changed, 2 unchanged"),
        "{round}\n{exported}"
    );
    assert_eq!(client.run(&["export", "-o", "name"]).ok(), "A\nB\n");

    // All new jobs or none.
    let half = "- {nameEn: C, taskFunctionKey: echo, manual: true}\n- {nameEn: D, taskFunctionKey: echo, manual: true, priority: 3, maxInstances: 99}\n";
    let complaint = client.run_with_input(&["apply", "-f", "-"], half).fails(1);
    assert!(complaint.contains("maxInstances"), "{complaint}");
    assert_eq!(
        client.run(&["job", "list", "-o", "json"]).json()["total"],
        2
    );
    let complaint = client
        .run_with_input(&["apply", "-f", "-"], "- nameEn: E\n  oops: 1\n")
        .fails(2);
    assert!(complaint.contains("oops"), "{complaint}");
}

#[test]
fn refusals_have_their_exit_codes() {
    let server = Server::start();
    let stranger = Client {
        server: &server,
        token: "orl_nonsense".to_owned(),
    };
    stranger.run(&["job", "list"]).fails(4);
    let complaint = server.local(&["job", "list"]).fails(4);
    assert!(complaint.contains("ORLOJ_TOKEN"), "{complaint}");
    let nowhere = server.local(&["job", "list", "--url", "http://127.0.0.1:9", "--token", "x"]);
    nowhere.fails(6);
    server.local(&["job", "frobnicate"]).fails(2);
    server
        .local(&["job", "list", "--url", "ftp://x", "--token", "x"])
        .fails(2);
}

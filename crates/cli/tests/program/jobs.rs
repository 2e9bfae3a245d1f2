//! `orloj job …`, and the exit codes of refusals.

use serde_json::Value;

use crate::support::{Client, Server};

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

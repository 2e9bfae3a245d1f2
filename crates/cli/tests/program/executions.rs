//! `orloj job run` and `orloj execution …`.

use crate::support::Server;

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

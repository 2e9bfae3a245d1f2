//! The examples that are handed out are applied as they are, and every one of them runs.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::{PASSWORD, Server, http};
use serde_json::Value;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/jobs.yaml");

#[test]
fn the_five_example_jobs_are_applied_and_run() {
    let environment = [
        ("ORLOJ_ADMIN_PASSWORD", PASSWORD),
        ("ORLOJ_ALLOW_PRIVATE_ADDRESSES", "true"),
    ];
    let server = Server::start_with(&environment, &[]);
    let client = server.client();

    let applied = client.run(&["apply", "-f", EXAMPLES, "-o", "json"]).json();
    let changes = applied["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 5);
    assert!(
        changes.iter().all(|change| change["action"] == "create"),
        "{applied}"
    );
    let again = client.run(&["apply", "-f", EXAMPLES]).ok();
    assert!(
        again.contains("0 created, 0 changed, 5 unchanged"),
        "{again}"
    );
    for job in client.run(&["job", "list", "-o", "json"]).json()["items"]
        .as_array()
        .unwrap()
    {
        assert!(
            job["nameAr"].is_string() && job["descriptionAr"].is_string(),
            "{job}"
        );
        assert_eq!(
            job["isEnabled"] == true,
            job["nextRunAt"].is_string(),
            "{job}"
        );
    }

    let run = |name: &str, more: &[&str]| -> Value {
        let mut arguments = vec!["job", "run", name, "--wait", "-o", "json"];
        arguments.extend(more);
        client.run(&arguments).json()
    };
    // The machine that runs the tests may have a full disk; it has none that is fuller than full.
    run("Disk check", &["-p", r#"args=["100"]"#]);
    run("Nightly history clean-up", &[]);
    run("Renew the certificate", &[]);
    let report = run("Weekday report", &[]);
    let execution = report["executionId"].as_str().unwrap();
    let log = client
        .run(&["execution", "logs", execution, "--plain"])
        .ok();
    assert!(log.contains("Report of "), "{log}");

    let (url, site) = site_that_is_well_at_the_third_call();
    let url = format!("url={url}");
    let ping = run("Health ping", &["-p", &url]);
    assert_eq!(ping["statusName"], "success", "{ping}");
    assert_eq!(site.join().unwrap(), 3, "two retries were needed");
}

/// Answers 503 twice, then 200. The number of calls is the answer of the thread.
fn site_that_is_well_at_the_third_call() -> (String, std::thread::JoinHandle<u32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/healthz", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        for (number, status) in (1..).zip([
            "503 Service Unavailable",
            "503 Service Unavailable",
            "200 OK",
        ]) {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            .unwrap();
            if status == "200 OK" {
                return number;
            }
        }
        0
    });
    (url, thread)
}

#[test]
fn a_program_with_a_manifest_becomes_a_task_function() {
    let folder = tempfile::tempdir().unwrap();
    let functions = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/task-functions");
    let environment = [
        ("ORLOJ_ADMIN_PASSWORD", PASSWORD),
        ("ORLOJ_TASK_FUNCTIONS_DIR", functions),
    ];
    let server = Server::start_in(folder.path(), &environment, &[]);
    let client = server.client();
    client
        .run(&[
            "job",
            "create",
            "--task",
            "disk_usage",
            "--name",
            "own",
            "--manual",
            "--parameters",
            r#"{"paths": ["/"], "warnPercent": 99, "failPercent": 100}"#,
        ])
        .ok();
    let ended = client
        .run(&["job", "run", "own", "--wait", "-o", "json"])
        .json();
    assert_eq!(ended["statusName"], "success", "{ended}");
}

#[test]
fn the_example_with_a_calendar_a_channel_and_a_rule_is_applied() {
    const WHOLE: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/calendars-and-rules.yaml"
    );
    let server = Server::start();
    let client = server.client();
    let complaint = client.run(&["apply", "-f", WHOLE]).fails(1);
    assert!(
        complaint.contains("ops-chat") && complaint.contains("nothing was changed"),
        "{complaint}"
    );
    let request = format!(
        "POST /api/v1/secrets HTTP/1.1\r\nAuthorization: Bearer {}",
        client.token
    );
    let secret = r#"{"name": "ops-chat", "value": "https://hooks.slack.com/services/x"}"#;
    http(&server.url, &request, secret);
    let applied = client.run(&["apply", "-f", WHOLE]).ok();
    assert!(applied.contains("4 created"), "{applied}");
    let again = client.run(&["apply", "-f", WHOLE]).ok();
    assert!(again.contains("0 changed, 4 unchanged"), "{again}");
    // The documents' own commands: the folder as a whole.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let all = client.run(&["apply", "-f", folder]).ok();
    assert!(all.contains("5 created, 0 changed, 4 unchanged"), "{all}");
}

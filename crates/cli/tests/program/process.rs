//! The server as a process: first start, configuration, stopping, and what happens after a crash.

use crate::support::{Client, PASSWORD, Server, http, program, run};
use nix::sys::signal::Signal;
use serde_json::Value;

#[test]
fn the_first_start_prints_a_link_that_works_once() {
    let server = Server::start_with(&[], &[]);
    let link = server.setup_link.clone().unwrap();
    let token = link
        .strip_prefix(&format!("{}/setup?token=", server.url))
        .unwrap();
    let body = format!(r#"{{"token":"{token}","name":"maryam","password":"{PASSWORD}"}}"#);
    let set_up = || http(&server.url, "POST /api/v1/setup HTTP/1.1", &body);
    let answer = set_up();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let answer = set_up();
    assert!(
        answer.starts_with("HTTP/1.1 409") || answer.starts_with("HTTP/1.1 401"),
        "{answer}"
    );
    assert_eq!(
        server.local(&["user", "list", "-o", "name"]).ok(),
        "maryam\n"
    );
}

#[test]
fn one_process_per_sqlite_file() {
    let server = Server::start();
    let complaint = run(
        program(&server.home).args(["serve", "--listen", "127.0.0.1:0"]),
        "",
    );
    assert_eq!(complaint.code, 1, "{complaint:?}");
    assert!(complaint.err.contains("another process"), "{complaint:?}");
    server.local(&["user", "list"]).ok();
    assert_eq!(server.local(&["migrate", "--check"]).code, 0);
}

#[test]
fn without_a_server_the_commands_open_the_data_themselves() {
    let mut server = Server::start();
    server.signal(Signal::SIGTERM);
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");
    assert!(!server.home.join("orloj-data/orloj.sock").exists());
    server
        .local(&["user", "add", "later", "--role", "viewer", "--no-password"])
        .ok();
    assert_eq!(
        server.local(&["user", "list", "-o", "name"]).ok(),
        "admin\nlater\n"
    );
    let token = server.token("admin");

    let again = Server::start_in(&server.home, &[], &[]);
    let client = Client {
        server: &again,
        token,
    };
    client.run(&["job", "list"]).ok();

    let empty = tempfile::tempdir().unwrap();
    let complaint = run(program(empty.path()).args(["user", "list"]), "");
    assert_eq!(complaint.code, 3, "{complaint:?}");
    assert!(
        !empty.path().join("orloj-data").exists(),
        "looking makes no data"
    );
}

#[test]
fn stopping_lets_running_executions_end() {
    let mut server = Server::start();
    let home = server.home.clone();
    let gate = home.join("gate");
    let token = server.token("admin");
    let client = Client {
        server: &server,
        token: token.clone(),
    };
    // Runs until somebody writes into the pipe.
    nix::unistd::mkfifo(&gate, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let script = format!("script=read line < {}; echo got $line", gate.display());
    client
        .run(&[
            "job", "create", "--task", "script", "--name", "waits", "--manual", "-p", &script,
            "-o", "json",
        ])
        .json();
    let execution = client.run(&["job", "run", "waits", "-o", "name"]).ok();
    // Opening to write waits until the script reads: from here on it runs.
    let mut pipe = std::fs::OpenOptions::new().write(true).open(&gate).unwrap();
    server.signal(Signal::SIGTERM);
    std::io::Write::write_all(&mut pipe, b"it\n").unwrap();
    drop(pipe);
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");

    let again = Server::start_in(&home, &[], &[]);
    let client = Client {
        server: &again,
        token,
    };
    let ended = client
        .run(&["execution", "get", execution.trim(), "-o", "json"])
        .json();
    assert_eq!(ended["statusName"], "success", "{ended}\n{log}");
}

#[test]
fn after_a_kill_everything_acknowledged_is_there_and_nothing_is_stuck() {
    let mut server = Server::start();
    let home = server.home.clone();
    let gate = home.join("gate");
    nix::unistd::mkfifo(&gate, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let token = server.token("admin");
    let client = Client {
        server: &server,
        token: token.clone(),
    };
    let script = format!("script=read line < {}", gate.display());
    for (name, delivery) in [("once", "at_most_once"), ("again", "at_least_once")] {
        let delivery = format!("delivery={delivery}");
        client
            .run(&[
                "job", "create", "--task", "script", "--name", name, "--manual", "-p", &script,
                "--set", &delivery, "-o", "json",
            ])
            .json();
    }
    let once = client.run(&["job", "run", "once", "-o", "name"]).ok();
    let again = client.run(&["job", "run", "again", "-o", "name"]).ok();
    let pipe = std::fs::OpenOptions::new().write(true).open(&gate).unwrap();
    server.signal(Signal::SIGKILL);
    server.wait();
    drop(pipe);

    let restarted = Server::start_in(&home, &[], &[]);
    let client = Client {
        server: &restarted,
        token,
    };
    assert_eq!(
        client.run(&["job", "list", "-o", "json"]).json()["total"],
        2
    );
    // Whoever was running is settled by now; "again" reads from the pipe once more and needs somebody to write.
    client.run(&["execution", "logs", once.trim(), "-f"]).ok();
    let ended = client
        .run(&["execution", "get", once.trim(), "-o", "json"])
        .json();
    assert_eq!(ended["statusName"], "lost", "{ended}");
    std::fs::write(&gate, "on\n").unwrap();
    client.run(&["execution", "logs", again.trim(), "-f"]).ok();
    let ended = client
        .run(&["execution", "get", again.trim(), "-o", "json"])
        .json();
    assert_eq!(
        (&ended["statusName"], &ended["attempt"]),
        (&Value::from("success"), &2.into()),
        "{ended}"
    );
}

#[test]
fn programs_end_with_a_killed_server_unless_they_may_survive() {
    use std::io::{BufRead, BufReader, Read};

    let mut server = Server::start();
    let fifo = |name: &str| {
        let path = server.home.join(name);
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        path
    };
    let (ending, surviving, go) = (fifo("ending"), fifo("surviving"), fifo("go"));
    let token = server.token("admin");
    let client = Client {
        server: &server,
        token,
    };
    // One process stays, one detaches into a session of its own; both hold the pipe open.
    let both = format!(
        "script=exec 3>{0}; (setsid sh -c 'echo up >&3; exec sleep 600' &); sleep 600",
        ending.display()
    );
    let one = format!(
        "script=exec 3>{}; echo up >&3; read word < {}; echo $word >&3",
        surviving.display(),
        go.display()
    );
    for (name, script, loss) in [("ending", &both, "kill"), ("surviving", &one, "survive")] {
        let loss = format!("onServerLoss={loss}");
        client
            .run(&[
                "job", "create", "--task", "script", "--name", name, "--manual", "-p", script,
                "-p", &loss,
            ])
            .ok();
        client.run(&["job", "run", name]).ok();
    }
    let up = |path: &std::path::Path| {
        let mut pipe = BufReader::new(std::fs::File::open(path).unwrap());
        let mut line = String::new();
        pipe.read_line(&mut line).unwrap();
        assert_eq!(line, "up\n");
        pipe
    };
    let (mut ending, mut surviving) = (up(&ending), up(&surviving));
    server.signal(Signal::SIGKILL);
    server.wait();
    // The end of the pipe comes when the last process that held it is gone: nothing has to be started for that.
    let mut rest = String::new();
    ending.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    std::fs::write(&go, "on\n").unwrap();
    surviving.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "on\n");
}

#[test]
fn configuration_says_where_each_value_comes_from() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("orloj.toml"),
        "workers = 5\nretention_days = 60\n",
    )
    .unwrap();
    let print = |more: &[&str]| {
        let mut command = program(home.path());
        command
            .env("ORLOJ_WORKERS", "6")
            .env("SCHEDULER_TIMEZONE", "Africa/Cairo")
            .args(["config", "print", "--config", "orloj.toml", "-o", "json"])
            .args(more);
        run(&mut command, "").json()
    };
    let printed = print(&["--data-dir", "elsewhere"]);
    assert_eq!(printed["workers"]["origin"], "environment ORLOJ_WORKERS");
    assert_eq!(
        printed["timezone"]["origin"],
        "environment SCHEDULER_TIMEZONE"
    );
    assert_eq!(printed["retention_days"]["origin"], "file orloj.toml");
    assert_eq!(printed["data_dir"]["origin"], "flag");
    assert_eq!(printed["listen"]["origin"], "default");

    let check = |text: &str| {
        std::fs::write(home.path().join("orloj.toml"), text).unwrap();
        run(
            program(home.path()).args(["config", "check", "--config", "orloj.toml"]),
            "",
        )
    };
    check("workers = 5\n").ok();
    let complaint = check("worker = 5\nlog_format = 'xml'\n").fails(2);
    assert!(
        complaint.contains("worker") && complaint.contains("xml"),
        "{complaint}"
    );
    let complaint = run(
        program(home.path()).args(["serve", "--config", "orloj.toml"]),
        "",
    )
    .fails(2);
    assert!(complaint.contains("xml"), "{complaint}");
}

#[test]
fn what_needs_no_server() {
    let home = tempfile::tempdir().unwrap();
    let local = |arguments: &[&str]| run(program(home.path()).args(arguments), "");
    let explained = local(&[
        "schedule",
        "explain",
        "30 2 * * *",
        "--timezone",
        "Europe/Prague",
        "-n",
        "2",
        "--from",
        "2027-03-26T12:00:00Z",
        "-o",
        "json",
    ])
    .json();
    assert_eq!(explained["nextRuns"][0]["at"], "2027-03-27T01:30:00Z");
    assert_eq!(
        explained["nextRuns"][1]["at"], "2027-03-28T01:00:00Z",
        "right after the gap: {explained}"
    );
    assert!(
        explained["description"]["ar"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    assert_eq!(
        local(&["schedule", "explain", "@hourly", "-n", "3", "-o", "name"])
            .ok()
            .lines()
            .count(),
        3
    );
    local(&["schedule", "explain", "0 0 30 2 *"]).fails(2);
    local(&[
        "schedule",
        "explain",
        "@daily",
        "--timezone",
        "Mars/Olympus",
    ])
    .fails(2);

    for shell in ["bash", "zsh", "fish"] {
        assert!(local(&["completions", shell]).ok().contains("orloj"));
    }
    let version = local(&["--version"]).ok();
    assert_eq!(version, format!("orloj {}\n", env!("CARGO_PKG_VERSION")));
    let complaint = local(&["migrate", "--check"]).fails(1);
    assert!(complaint.contains("schema"), "{complaint}");
    assert!(
        !home.path().join("orloj-data/orloj.db").exists(),
        "checking makes no database"
    );
}

#[test]
fn the_committed_manual_is_that_of_this_program() {
    let home = tempfile::tempdir().unwrap();
    let said = run(program(home.path()).args(["reference", "cli"]), "").ok();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/cli.md");
    let committed = std::fs::read_to_string(file).unwrap();
    assert!(
        said == committed,
        "docs/reference/cli.md is stale: cargo xtask codegen"
    );
}

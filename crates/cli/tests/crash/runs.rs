//! Runs that misbehave: a flood of output, children that nobody is to find, a crowd at one instant.

use std::time::{Duration, Instant};

use orloj_witness::{Sighting, now_us};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::evidence::{spread, wait};
use crate::load::Load;
use crate::place::{Place, Server};
use crate::scene::{Scene, number};

/// Kept of one execution's output: 10 MiB, and a little for what is said about the rest.
const KEPT: u64 = (10 << 20) + (64 << 10);
/// A server that keeps an eye on a flood may grow by so much, however long the flood is: what it keeps of it, and the
/// pages of the database that it writes that to.
const GROWTH_KB: u64 = 192 << 10;

#[test]
fn a_flood_of_output_drowns_nobody() {
    let mut scene = Scene::new("log flood");
    let place = Place::on_sqlite(scene.home.path());
    let server = place.start();
    let client = server.client(&place.token());
    scene.begin(&client, Load::Light);
    // A gigabyte takes its time in a debug build; the quick tier has less.
    let megabytes = number("ORLOJ_FLOOD_MB").unwrap_or(48);
    let before = memory_kb(&server, "VmRSS");
    let began = now_us();
    let line = "a line of output that says nothing, again and again and again and again and again";
    let script = format!("yes '{line}' | head -c {}", megabytes << 20);
    let run = run_now(&client, "flood", &json!({ "script": script }));
    let ended = ended(&client, &run, Duration::from_secs(600));
    let took = now_us() - began;
    let most = memory_kb(&server, "VmHWM");
    let late: Vec<i64> = scene
        .witness
        .seen()
        .iter()
        .filter(|seen| seen.due_us >= began && seen.due_us <= began + took)
        .map(|seen: &Sighting| seen.at_us - seen.due_us)
        .collect();
    let stored = log_bytes(&client, &run);
    scene.verdict.tell(format!(
        "{megabytes} MiB of output in {} ms: {} MiB stored, memory grew from {} to at most {} MiB; others were late by {}",
        took / 1_000,
        stored >> 20,
        before >> 10,
        most >> 10,
        spread(late.clone())
    ));
    if ended.as_deref() != Some("success") {
        scene.verdict.fault(format!("the run ended as {ended:?}"));
    }
    // What is counted for each line besides its text is not seen here.
    if !(6 << 20..=KEPT).contains(&stored) {
        scene.verdict.fault(format!("{stored} bytes are stored"));
    }
    if most > before + GROWTH_KB {
        scene
            .verdict
            .fault(format!("memory grew from {before} to {most} KiB"));
    }
    if late.is_empty() {
        scene.verdict.fault("nothing else ran meanwhile".to_owned());
    }
    scene.end(&client);
    scene.verdict.must_be_clean(scene.seed, &place.said());
}

#[test]
fn nobody_is_left_of_a_run_that_hides_its_children() {
    let scene = Scene::new("daemons");
    let place = Place::on_sqlite(scene.home.path());
    let server = place.start();
    let token = place.token();
    let client = server.client(&token);
    // Sleeps of a length that nobody else sleeps, so that they can be found.
    let mark = format!("86{}", std::process::id());
    let script = format!(
        "(setsid sleep {mark} &)\n(setsid sh -c 'trap \"\" TERM; sleep {mark}; sleep {mark}' &)\n\
         nohup sleep {mark} >/dev/null 2>&1 &\n(trap '' TERM HUP; sleep {mark} & wait) &\nsleep {mark}"
    );
    let there = || asleep(&mark);
    for how in ["cancel", "kill -9"] {
        let run = run_now(&client, how, &json!({ "script": script }));
        let patience = || Instant::now() + Duration::from_secs(30);
        assert!(
            wait(patience(), || there() >= 5),
            "{how}: not all children came up: {}",
            there()
        );
        if how == "kill -9" {
            break;
        }
        let path = format!("/api/v1/scheduler/executions/{run}/cancel");
        let answer = client.post(&path, &json!({}));
        assert!(matches!(answer, Answer::Heard(200 | 202, _)), "{answer:?}");
        assert!(
            wait(patience(), || there() == 0),
            "{how}: {} are left",
            there()
        );
    }
    server.kill();
    let server = place.start();
    assert!(
        wait(Instant::now() + Duration::from_secs(30), || there() == 0),
        "kill -9: {} are left after the next start\n{}",
        there(),
        place.said()
    );
    drop(server);
}

/// How many processes sleep that long.
fn asleep(mark: &str) -> usize {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .filter(|words| {
            let mut words = words.split(|byte| *byte == 0);
            words.next() == Some(b"sleep") && words.next() == Some(mark.as_bytes())
        })
        .count()
}

#[test]
fn a_crowd_at_one_instant_runs_once_each() {
    let scene = Scene::new("a crowd at one instant");
    let place = Place::on_sqlite(scene.home.path());
    let server = place.start();
    let client = server.client(&place.token());
    let crowd = number("ORLOJ_CROWD").unwrap_or(1_000);
    let due_us = now_us() + i64::try_from(10_000_000 + crowd * 4_000).unwrap();
    let due = jiff::Timestamp::from_microsecond(due_us / 1_000_000 * 1_000_000).unwrap();
    let body = json!({ "taskFunctionKey": "echo", "runAt": due });
    for _ in 0..crowd / 500 {
        let jobs = vec![body.clone(); 500];
        let answer = client.post("/api/v1/scheduler/jobs/batch", &json!({ "jobs": jobs }));
        assert!(matches!(answer, Answer::Heard(201, _)), "{answer:?}");
    }
    assert!(now_us() < due.as_microsecond(), "not created in time");
    let succeeded = || match client.get("/api/v1/scheduler/history?status=success&per_page=1") {
        Answer::Heard(200, page) => page["total"].as_u64().unwrap_or(0),
        _ => 0,
    };
    let all = wait(Instant::now() + Duration::from_secs(300), || {
        succeeded() >= crowd
    });
    let took = now_us() - due.as_microsecond();
    println!(
        "{crowd} due at one instant: all ended {} ms after it",
        took / 1_000
    );
    assert!(all, "{} of {crowd} ended\n{}", succeeded(), place.said());
    let Answer::Heard(200, page) = client.get("/api/v1/scheduler/history?per_page=1") else {
        panic!("no history");
    };
    assert_eq!(page["total"].as_u64(), Some(crowd), "each once");
}

/// Creates a script and runs it; answers the execution.
fn run_now(client: &Client, name: &str, parameters: &Value) -> String {
    let body = json!({
        "taskFunctionKey": "script",
        "nameEn": name,
        "manual": true,
        "parameters": parameters,
    });
    let Answer::Heard(201, job) = client.post("/api/v1/scheduler/jobs", &body) else {
        panic!("{name} cannot be created");
    };
    let path = format!("/api/v1/scheduler/jobs/{}/run", job["id"]);
    match client.post(&path, &json!({})) {
        Answer::Heard(202, run) => run["executionId"].as_str().unwrap().to_owned(),
        other => panic!("{name}: {other:?}"),
    }
}

/// Waits for the end of an execution; answers how it ended.
fn ended(client: &Client, execution: &str, patience: Duration) -> Option<String> {
    let mut status = None;
    wait(Instant::now() + patience, || {
        if let Answer::Heard(200, run) =
            client.get(&format!("/api/v1/scheduler/executions/{execution}"))
        {
            let word = run["statusName"].as_str().unwrap_or_default();
            if !matches!(word, "pending" | "running") {
                status = Some(word.to_owned());
            }
        }
        status.is_some()
    });
    status
}

/// Bytes of the log that are kept, read through the API.
fn log_bytes(client: &Client, execution: &str) -> u64 {
    let (mut bytes, mut after) = (0, 0);
    loop {
        let path =
            format!("/api/v1/scheduler/executions/{execution}/logs?after={after}&limit=1000");
        let page = match client.get(&path) {
            Answer::Heard(200, page) => page,
            other => panic!("{path}: {other:?}"),
        };
        let Some(lines) = page["lines"].as_array().filter(|lines| !lines.is_empty()) else {
            return bytes;
        };
        for line in lines {
            bytes += line["text"].as_str().unwrap_or_default().len() as u64 + 1;
            after = line["number"].as_u64().unwrap_or(after + 1);
        }
    }
}

fn memory_kb(server: &Server, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix(what)?
                .trim_start_matches(':')
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}

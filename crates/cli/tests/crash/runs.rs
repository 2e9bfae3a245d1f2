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
    let there = || marked(&mark);
    for how in ["cancel", "kill -9"] {
        let run = run_now(&client, how, &json!({ "script": script }));
        let patience = || Instant::now() + Duration::from_secs(60);
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
        wait(Instant::now() + Duration::from_secs(60), || there() == 0),
        "kill -9: {} are left after the next start\n{}",
        there(),
        place.said()
    );
    drop(server);
}

/// How many processes were started with this argument, such as those that sleep that long.
fn marked(mark: &str) -> usize {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .filter(|words| {
            words
                .split(|byte| *byte == 0)
                .skip(1)
                .any(|word| word == mark.as_bytes())
        })
        .count()
}

/// Processes of the account that scripts run as, at most, whatever a job allows itself: this machine is to survive.
const MOST: usize = 500;

/// Begins itself twice, in its own session and in another, again and again. Nicely: others use this machine too.
const BOMB: &str = "renice -n 19 $$ >/dev/null 2>&1\nwhile :; do bash \"$0\" \"$1\" & setsid bash \"$0\" \"$1\" & done";

#[test]
fn a_fork_bomb_ends_and_the_others_go_on() {
    if !nix::unistd::geteuid().is_root() {
        println!(
            "skipped: only root can give scripts an account of their own, whose processes are counted"
        );
        return;
    }
    let mut scene = Scene::new("fork bomb");
    scene.let_anybody_report();
    let mut place = Place::on_sqlite(scene.home.path()).with("ORLOJ_SCRIPT_RUN_AS", "nobody");
    place.wrapper = vec!["prlimit".to_owned(), format!("--nproc={MOST}:{MOST}")];
    let server = place.start();
    let token = place.token();
    let client = server.client(&token);
    scene.begin(&client, Load::Light);
    let mark = format!("bomb-{}", std::process::id());
    let bombs = [
        // What becomes of it, how many it may be by its job's limit, and how many it must become.
        ("timeout", Some(60), 30),
        ("cancelled", None, MOST / 2),
        ("lost", None, MOST / 2),
    ];
    let mut told = Vec::new();
    for (how, limit, many) in bombs {
        let run = run_of(
            &client,
            &json!({
                "taskFunctionKey": "script",
                "nameEn": how,
                "manual": true,
                "timeoutSeconds": if how == "timeout" { 8 } else { 120 },
                "parameters": {
                    "interpreter": "bash",
                    "script": BOMB,
                    "args": [mark],
                    "limits": limit.map_or(json!({}), |limit| json!({ "processes": limit })),
                },
            }),
        );
        let mut most = 0;
        if !wait(Instant::now() + Duration::from_secs(60), || {
            most = most.max(marked(&mark));
            most >= many
        }) {
            scene
                .verdict
                .fault(format!("{how}: the bomb did not go off: {most} processes"));
        }
        scene.all_fire(now_us());
        let began = match how {
            "lost" => break,
            "cancelled" => {
                let path = format!("/api/v1/scheduler/executions/{run}/cancel");
                let answer = client.post(&path, &json!({}));
                assert!(matches!(answer, Answer::Heard(200 | 202, _)), "{answer:?}");
                now_us()
            }
            _ => now_us(),
        };
        let status = ended(&client, &run, Duration::from_secs(120));
        if status.as_deref() != Some(how) {
            scene
                .verdict
                .fault(format!("{how}: the run ended as {status:?}"));
        }
        let left = marked(&mark);
        if left > 0 {
            scene
                .verdict
                .fault(format!("{how}: {left} processes are left after the end"));
        }
        if limit.is_some_and(|limit| most > limit) {
            scene
                .verdict
                .fault(format!("{how}: {most} processes, of {limit:?} allowed"));
        }
        told.push(format!(
            "{how}: {most} processes at most, over after {} ms",
            (now_us() - began) / 1_000
        ));
    }
    let there = marked(&mark);
    server.kill();
    let began = now_us();
    // Nothing has to be started for that.
    if !wait(Instant::now() + Duration::from_secs(60), || {
        marked(&mark) == 0
    }) {
        scene
            .verdict
            .fault(format!("kill -9: {} processes are left", marked(&mark)));
    }
    told.push(format!(
        "kill -9 of the server: {there} processes, gone after {} ms",
        (now_us() - began) / 1_000
    ));
    scene
        .verdict
        .tell(format!("fork bombs: {}", told.join("; ")));
    let server = place.start();
    let client = server.client(&token);
    scene.ask(&client);
    scene.all_fire(now_us());
    scene.end(&client);
    scene.verdict.must_be_clean(scene.seed, &place.said());
}

#[test]
fn a_crowd_at_one_instant_runs_once_each() {
    let scene = Scene::new("a crowd at one instant");
    let place = Place::on_sqlite(scene.home.path());
    let server = place.start();
    let client = server.client(&place.token());
    let crowd = number("ORLOJ_CROWD").unwrap_or(1_000);
    let create = |body: &Value| {
        let jobs = vec![body.clone(); 500];
        let answer = client.post("/api/v1/scheduler/jobs/batch", &json!({ "jobs": jobs }));
        assert!(matches!(answer, Answer::Heard(201, _)), "{answer:?}");
    };
    // How long it takes to create them depends on the machine: so it is tried with some that nobody runs.
    let began = now_us();
    create(&json!({ "taskFunctionKey": "echo", "manual": true }));
    let batches = crowd / 500;
    let lead_us = 10_000_000 + 3 * i64::try_from(batches).unwrap() * (now_us() - began);
    let due_us = now_us() + lead_us;
    let due = jiff::Timestamp::from_microsecond(due_us / 1_000_000 * 1_000_000).unwrap();
    for _ in 0..batches {
        create(&json!({ "taskFunctionKey": "echo", "runAt": due }));
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
    run_of(client, &body)
}

/// Creates a job and runs it; answers the execution.
fn run_of(client: &Client, body: &Value) -> String {
    let job = match client.post("/api/v1/scheduler/jobs", body) {
        Answer::Heard(201, job) => job,
        other => panic!("{body}: {other:?}"),
    };
    let path = format!("/api/v1/scheduler/jobs/{}/run", job["id"]);
    match client.post(&path, &json!({})) {
        Answer::Heard(202, run) => run["executionId"].as_str().unwrap().to_owned(),
        other => panic!("{body}: {other:?}"),
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

//! kill -9, again and again, with an outside witness.
//!
//! A server is killed at random moments while jobs report to a witness that is never killed and a client goes on
//! creating jobs. In the end everything that was acknowledged must be there, every instant accounted for exactly once,
//! nothing early, nothing started twice, nothing stuck. `ORLOJ_ROUNDS` sets the number of kills, `ORLOJ_SEED` repeats
//! the moments of an earlier run.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the report of a trial is its output, and what surrounds a test may fail it; the lints know only functions marked as tests"
)]

mod client;
mod load;
mod server;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client::{Answer, Client};
use load::{Book, Creator};
use orloj_witness::{
    Chance, Evidence, LedgerLine, Promise, Run, Witness, check, now_us, read_file,
};
use serde_json::{Value, json};
use server::Place;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// From the start of the process to the first start of a run.
const FIRST_FIRE_US: i64 = 5_000_000;
/// Everything has ended so long after the last kill.
const SETTLED: Duration = Duration::from_secs(45);

#[test]
fn killed_again_and_again_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    trial(&Place {
        home: folder.path().to_owned(),
        database_url: None,
    });
}

#[test]
fn killed_again_and_again_on_postgres() {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let name = format!("crash_{}", std::process::id());
    let create = format!("CREATE DATABASE {name}");
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    administer(&server, &create);
    let (base, _) = server.rsplit_once('/').unwrap();
    let folder = tempfile::tempdir().unwrap();
    trial(&Place {
        home: folder.path().to_owned(),
        database_url: Some(format!("{base}/{name}")),
    });
    administer(&server, &drop);
}

fn administer(server: &str, statement: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(server).await.unwrap();
        connection
            .execute(AssertSqlSafe(statement.to_owned()))
            .await
            .unwrap();
    });
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn trial(place: &Place) {
    let rounds = number("ORLOJ_ROUNDS").unwrap_or(5);
    let seed = number("ORLOJ_SEED").unwrap_or_else(|| now_us().unsigned_abs());
    println!("{rounds} rounds, ORLOJ_SEED={seed}");
    let mut chance = Chance::new(seed);
    let witness = Witness::listen().unwrap();
    let sightings = place.home.join("sightings");

    let mut server = place.serve();
    let mut client = Client {
        address: server.address.clone(),
        token: place.token(),
    };
    let promises = load::scheduled_jobs(&client, &witness.url(), &sightings);
    let asked = Arc::new(Mutex::new(client.clone()));
    let creator = Creator::begin(Arc::clone(&asked));
    wait_for_a_start(&witness, 0, place);
    let mut first_fires = Vec::new();
    for _ in 0..rounds {
        // The chance to be killed in the middle of anything, also of starting up.
        std::thread::sleep(Duration::from_millis(chance.between(300, 4_000)));
        server.kill();
        let began = now_us();
        server = place.serve();
        client.address.clone_from(&server.address);
        asked.lock().unwrap().clone_from(&client);
        first_fires.push(wait_for_a_start(&witness, began, place));
    }
    let book = creator.end();
    let evidence = settle(&client, &witness, &sightings, promises, &book, place);
    let report = check(&evidence);
    let slowest = first_fires.iter().max().copied().unwrap_or(0);
    println!(
        "{rounds} kills; first start after a restart at most {} ms of {} ms; acknowledged {} jobs and {} runs, unknown {}",
        slowest / 1_000,
        FIRST_FIRE_US / 1_000,
        book.jobs.len(),
        book.runs.len(),
        book.unknown
    );
    println!("{report}");
    drop(server);
    assert!(report.is_clean(), "seed {seed}\n{report}\n{}", place.said());
    assert!(book.refused.is_empty(), "seed {seed}: {:?}", book.refused);
    assert!(
        slowest <= FIRST_FIRE_US,
        "seed {seed}: first starts after {first_fires:?} µs\n{}",
        place.said()
    );
}

/// Microseconds from `began` to the first start of a run that the witness saw.
fn wait_for_a_start(witness: &Witness, began: i64, place: &Place) -> i64 {
    let patience = Instant::now() + Duration::from_secs(40);
    loop {
        if let Some(seen) = witness.first_since(began) {
            return seen.at_us - began;
        }
        assert!(
            Instant::now() < patience,
            "nothing started any more\n{}",
            place.said()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Lets the schedules end, waits until everything has ended, and collects what is known.
fn settle(
    client: &Client,
    witness: &Witness,
    sightings: &Path,
    promises: Vec<Promise>,
    book: &Book,
    place: &Place,
) -> Evidence {
    let until_us = now_us();
    let patience = Instant::now() + SETTLED;
    // Every job decides an instant at least every three seconds; after one more, all up to now are decided.
    wait("every instant is decided", patience, place, || {
        promises.iter().all(|promise| {
            let path = format!("/api/v1/scheduler/jobs/{}/fires?per_page=1", promise.job);
            matches!(client.get(&path), Answer::Heard(200, page) if instant(&page["items"][0]["dueAt"]) > until_us)
        })
    });
    for promise in &promises {
        let path = format!("/api/v1/scheduler/jobs/{}/action", promise.job);
        let answer = client.post(&path, &json!({ "action": "disable" }));
        assert!(matches!(answer, Answer::Heard(200, _)), "{answer:?}");
    }
    wait("everything has ended", patience, place, || {
        ["pending", "running"].iter().all(|status| {
            let path = format!("/api/v1/scheduler/history?status={status}&per_page=1");
            matches!(client.get(&path), Answer::Heard(200, page) if page["total"] == 0)
        })
    });
    let ledger = promises
        .iter()
        .flat_map(|promise| {
            let path = format!("/api/v1/scheduler/jobs/{}/fires", promise.job);
            client.all(&path).into_iter().map(|line| LedgerLine {
                job: promise.job,
                from_us: instant(&line["dueAt"]),
                until_us: instant(match &line["until"] {
                    Value::Null => &line["dueAt"],
                    until => until,
                }),
                count: line["count"].as_u64().unwrap(),
                disposition: text(&line["disposition"]),
                execution: line["executionId"].as_str().map(str::to_owned),
            })
        })
        .collect();
    let runs = client
        .all("/api/v1/scheduler/history")
        .iter()
        .map(|run| Run {
            job: run["jobId"].as_i64().unwrap(),
            execution: text(&run["executionId"]),
            due_us: instant(&run["scheduledAt"]),
            status: text(&run["statusName"]),
            attempt: u32::try_from(run["attempt"].as_u64().unwrap()).unwrap(),
        })
        .collect();
    let jobs = client
        .all("/api/v1/scheduler/jobs")
        .iter()
        .map(|job| (job["id"].as_i64().unwrap(), text(&job["nameEn"])))
        .collect();
    let mut seen = witness.seen();
    seen.extend(read_file(sightings).unwrap());
    Evidence {
        promises,
        acknowledged_jobs: book.jobs.clone(),
        acknowledged_runs: book.runs.clone(),
        jobs,
        sightings: seen,
        ledger,
        runs,
        until_us,
    }
}

fn wait(what: &str, patience: Instant, place: &Place, mut holds: impl FnMut() -> bool) {
    while !holds() {
        assert!(
            Instant::now() < patience,
            "waited in vain until {what}\n{}",
            place.said()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn instant(value: &Value) -> i64 {
    value
        .as_str()
        .and_then(|text| text.parse::<jiff::Timestamp>().ok())
        .map_or(i64::MIN, jiff::Timestamp::as_microsecond)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

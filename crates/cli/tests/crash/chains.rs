//! Jobs that follow others: however often the server is killed, every end of a job makes one run of the job that follows
//! it, and what does not count makes none.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use orloj_witness::{Chance, now_us};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::evidence::wait;
use crate::place::Place;
use crate::scene::{number, rounds};
use crate::store::Database;

/// All runs are there so long after the last kill.
const SETTLED: Duration = Duration::from_secs(90);

#[test]
fn each_end_makes_one_run_on_sqlite() {
    let home = tempfile::tempdir().unwrap();
    trial("chains, SQLite", &Place::on_sqlite(home.path()));
}

#[test]
fn each_end_makes_one_run_on_postgres() {
    let Some(database) = Database::make("chains") else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let mut place = Place::on_sqlite(home.path());
    place.database_url = Some(database.url());
    trial("chains, PostgreSQL", &place);
}

/// A job that follows others.
struct Follower {
    name: &'static str,
    job: i64,
    parents: Vec<i64>,
    /// `success`, `failure` or `completion`.
    on: &'static str,
    /// Each end makes a run of its own; otherwise one of each parent makes one.
    each: bool,
}

/// What became of the ends.
#[derive(Debug, Default)]
struct Count {
    /// Ends that count.
    ends: usize,
    runs: usize,
    /// Ends that have no run, are no line of the ledger, and do not wait.
    lost: usize,
    /// Ends in more than one run.
    twice: usize,
    /// Runs that have the wrong number of parents, or one that does not count.
    odd: usize,
    /// Executions whose ends are in no run.
    free: Vec<String>,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            ends,
            runs,
            lost,
            twice,
            odd,
            ..
        } = self;
        write!(
            f,
            "{ends} ends, {runs} runs: {lost} lost, {twice} twice, {odd} odd"
        )
    }
}

fn trial(what: &str, place: &Place) {
    let seed = number("ORLOJ_SEED").unwrap_or_else(|| now_us().unsigned_abs());
    println!("{what}: ORLOJ_SEED={seed}");
    let mut chance = Chance::new(seed);
    let mut server = place.start();
    let token = place.token();
    let mut client = server.client(&token);
    let (scheduled, followers) = jobs(&client);
    let kills = rounds(4);
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(chance.between(300, 3_000)));
        server.kill();
        server = place.start();
        client = server.client(&token);
    }
    for job in &scheduled {
        act(&client, *job, "disable");
    }
    settle(&client, &followers);
    // A note that was left behind would make its run after the next start. A last end tells when the notes were looked at.
    server.kill();
    server = place.start();
    client = server.client(&token);
    for job in &scheduled {
        let path = format!("/api/v1/scheduler/jobs/{job}/run");
        let answer = client.post(&path, &json!({}));
        assert!(matches!(answer, Answer::Heard(202, _)), "{answer:?}");
    }
    settle(&client, &followers);
    let mut wrong = Vec::new();
    for follower in &followers {
        let count = judge(&client, follower);
        println!("{}: {count}", follower.name);
        if count.lost + count.twice + count.odd > 0 {
            for end in &count.free {
                println!(
                    "without a run: {:?}",
                    client.get(&format!("/api/v1/scheduler/executions/{end}"))
                );
            }
            for line in client.all(&format!("/api/v1/scheduler/jobs/{}/fires", follower.job)) {
                println!("in the ledger: {line}");
            }
            wrong.push(format!("{}: {count}", follower.name));
        }
        let must_run = follower.name != "never";
        if must_run != (count.runs > 0) {
            wrong.push(format!("{}: {} runs", follower.name, count.runs));
        }
    }
    println!("{kills} kills");
    assert!(wrong.is_empty(), "seed {seed}: {wrong:?}\n{}", place.said());
}

/// Jobs due every second, some of which fail, and jobs that follow them. None begins before all are there: an end before
/// that leads to nothing.
fn jobs(client: &Client) -> (Vec<i64>, Vec<Follower>) {
    let mut good = Vec::new();
    for n in 0..6 {
        let body = json!({ "taskFunctionKey": "echo", "nameEn": format!("good {n}"), "intervalSeconds": 1, "isEnabled": false });
        good.push(create(client, body));
    }
    let bad = create(
        client,
        json!({ "taskFunctionKey": "script", "nameEn": "bad", "intervalSeconds": 1, "isEnabled": false, "parameters": { "script": "exit 3" } }),
    );
    let follow = |name, parents: &[i64], on: &'static str, each: bool| {
        let list: Vec<Value> = parents
            .iter()
            .map(|job| json!({ "jobId": job, "on": on }))
            .collect();
        let job = create(
            client,
            json!({
                "taskFunctionKey": "echo", "nameEn": name, "manual": true, "maxInstances": 10,
                // None of them gives way to another run.
                "overlap": "queue", "misfireGraceTime": null,
                "after": { "parents": list, "mode": if each { "any" } else { "all" } },
            }),
        );
        Follower {
            name,
            job,
            parents: parents.to_vec(),
            on,
            each,
        }
    };
    let mut followers = vec![
        follow("one", &good[..1], "success", true),
        follow("each of four", &good[1..5], "completion", true),
        follow("all of two", &good[4..6], "completion", false),
        follow("rescue", &[bad], "failure", true),
        follow("never", &[bad], "success", true),
        follow("with the bad one", &[good[0], bad], "completion", true),
    ];
    followers.push(follow(
        "grandchild",
        &[followers[0].job, followers[3].job],
        "completion",
        true,
    ));
    let mut scheduled = good;
    scheduled.push(bad);
    for job in &scheduled {
        act(client, *job, "enable");
    }
    (scheduled, followers)
}

fn create(client: &Client, body: Value) -> i64 {
    match client.post("/api/v1/scheduler/jobs", &body) {
        Answer::Heard(201, job) => job["id"].as_i64().unwrap(),
        other => panic!("{body}: {other:?}"),
    }
}

fn act(client: &Client, job: i64, action: &str) {
    let path = format!("/api/v1/scheduler/jobs/{job}/action");
    let answer = client.post(&path, &json!({ "action": action }));
    assert!(matches!(answer, Answer::Heard(200, _)), "{answer:?}");
}

/// Waits until nothing runs and no end is without its run.
fn settle(client: &Client, followers: &[Follower]) {
    // What is wrong then is told by who counts.
    wait(Instant::now() + SETTLED, || {
        ["pending", "running"].iter().all(|status| {
            let path = format!("/api/v1/scheduler/history?status={status}&per_page=1");
            matches!(client.get(&path), Answer::Heard(200, page) if page["total"] == 0)
        }) && followers
            .iter()
            .all(|follower| judge(client, follower).lost == 0)
    });
}

/// Holds the ends of the parents against the runs of the follower.
fn judge(client: &Client, follower: &Follower) -> Count {
    // The runs first: an end that comes in between is lost for a moment only, and asked for again.
    let runs = history(client, follower.job);
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = Count::default();
    let mut ends = Vec::new();
    for parent in &follower.parents {
        let counted = history(client, *parent).into_iter().filter(|run| {
            let status = run["statusName"].as_str().unwrap();
            match follower.on {
                "success" => status == "success",
                "failure" => matches!(status, "failed" | "timeout" | "lost" | "partial"),
                _ => !matches!(status, "pending" | "running" | "missed" | "skipped"),
            }
        });
        ends.extend(counted.map(|run| run["executionId"].as_str().unwrap().to_owned()));
    }
    count.ends = ends.len();
    count.runs = runs.len();
    for run in &runs {
        let parents = run["parents"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let expected = if follower.each {
            1
        } else {
            follower.parents.len()
        };
        if parents.len() != expected || run["triggeredBy"] != "dependency" {
            count.odd += 1;
        }
        for parent in parents {
            let end = parent["executionId"].as_str().unwrap();
            if !ends.iter().any(|known| known == end) {
                count.odd += 1;
            }
            *taken.entry(end.to_owned()).or_default() += 1;
        }
    }
    count.twice = taken.values().filter(|times| **times > 1).count();
    let free = ends.iter().filter(|end| !taken.contains_key(*end));
    count.free = free.cloned().collect();
    let free = count.free.len();
    count.lost = match follower.each {
        true => free,
        false => free.abs_diff(waiting(client, follower.job) + superseded(client, follower.job)),
    };
    count
}

fn history(client: &Client, job: i64) -> Vec<Value> {
    client.all(&format!("/api/v1/scheduler/history?job_id={job}"))
}

/// Ends that wait for the other parents.
fn waiting(client: &Client, job: i64) -> usize {
    let answer = client.get(&format!("/api/v1/scheduler/jobs/{job}/chain"));
    let Answer::Heard(200, chain) = answer else {
        panic!("{answer:?}");
    };
    let jobs = chain["jobs"].as_array().unwrap();
    let own = jobs.iter().find(|one| one["id"] == job).unwrap();
    own["waiting"].as_array().unwrap().len()
}

/// Ends whose place a newer one of the same parent took.
fn superseded(client: &Client, job: i64) -> usize {
    let lines = client.all(&format!("/api/v1/scheduler/jobs/{job}/fires"));
    lines
        .iter()
        .filter(|line| line["reason"] == "superseded")
        .map(|line| usize::try_from(line["count"].as_u64().unwrap()).unwrap())
        .sum()
}

//! What the server has to do while it is killed: jobs that report to the witness, and a client that goes on creating.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use orloj_witness::{Promise, Start, now_us};
use serde_json::{Value, json};

use crate::client::{Answer, Client};

const SECOND_US: i64 = 1_000_000;

/// Creates the scheduled jobs. Every second: webhooks of both deliveries, scripts, and echoes for volume; every two
/// and three seconds: cron expressions.
pub(crate) fn scheduled_jobs(client: &Client, witness_url: &str, sightings: &Path) -> Vec<Promise> {
    let webhook = json!({
        "url": witness_url,
        "method": "GET",
        "query": {
            "job": "{{ job.id }}",
            "execution": "{{ execution.id }}",
            "attempt": "{{ attempt }}",
            "due": "{{ scheduledAt }}",
        },
    });
    let script = json!({
        "script": format!(
            "printf '%s %s %s %s %s\\n' \"$(date +%s%6N)\" \"$ORLOJ_JOB_ID\" \"$ORLOJ_EXECUTION_ID\" \
             \"$ORLOJ_ATTEMPT\" \"$ORLOJ_SCHEDULED_AT\" >> '{}'",
            sightings.display()
        ),
    });
    let mut promises = Vec::new();
    let mut add = |name: String, function: &str, parameters: &Value, every: i64, start: Start| {
        promises.push(create(client, &name, function, parameters, every, start));
    };
    for n in 0..6 {
        add(
            format!("webhook once {n}"),
            "webhook",
            &webhook,
            1,
            Start::AtMostOnce,
        );
    }
    for n in 0..4 {
        add(
            format!("webhook again {n}"),
            "webhook",
            &webhook,
            1,
            Start::AtLeastOnce,
        );
    }
    add(
        "webhook cron".to_owned(),
        "webhook",
        &webhook,
        2,
        Start::AtMostOnce,
    );
    add(
        "script once".to_owned(),
        "script",
        &script,
        2,
        Start::AtMostOnce,
    );
    add(
        "script again".to_owned(),
        "script",
        &script,
        3,
        Start::AtLeastOnce,
    );
    for n in 0..12 {
        add(
            format!("echo {n}"),
            "echo",
            &json!({}),
            1,
            Start::AtMostOnce,
        );
    }
    promises
}

fn create(
    client: &Client,
    name: &str,
    function: &str,
    parameters: &Value,
    every_seconds: i64,
    start: Start,
) -> Promise {
    let delivery = match start {
        Start::AtMostOnce => "at_most_once",
        Start::AtLeastOnce => "at_least_once",
    };
    let mut body = json!({
        "taskFunctionKey": function,
        "nameEn": name,
        "parameters": parameters,
        "delivery": delivery,
        "maxInstances": 10,
    });
    let asked_us = now_us();
    // A whole second in the past, so that the first instant is the next one.
    let anchor_us = asked_us - asked_us.rem_euclid(6 * SECOND_US);
    if name.contains("cron") {
        body["cronExpression"] = json!(format!("*/{every_seconds} * * * * *"));
    } else {
        body["intervalSeconds"] = json!(every_seconds);
        body["startAt"] = json!(jiff::Timestamp::from_microsecond(anchor_us).unwrap());
    }
    let answer = client.post("/api/v1/scheduler/jobs", &body);
    let Answer::Heard(201, job) = answer else {
        panic!("{name}: {answer:?}");
    };
    Promise {
        job: job["id"].as_i64().unwrap(),
        every_us: every_seconds * SECOND_US,
        anchor_us,
        asked_us,
        acknowledged_us: now_us(),
        start,
        reports: function != "echo",
    }
}

/// What the creating client knows.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Jobs that were acknowledged, by number and name.
    pub(crate) jobs: Vec<(i64, String)>,
    /// Executions that were acknowledged.
    pub(crate) runs: Vec<String>,
    /// Requests without an answer.
    pub(crate) unknown: u64,
    /// Answers that were neither an acknowledgement nor "not now".
    pub(crate) refused: Vec<String>,
}

/// A client that goes on creating and running jobs, whatever becomes of the server.
pub(crate) struct Creator {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<Book>,
}

impl Creator {
    /// Begins; `server` says where the server is now.
    pub(crate) fn begin(server: Arc<Mutex<Client>>) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            let mut book = Book::default();
            for n in 0.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let client = server.lock().unwrap().clone();
                one_more(&client, n, &mut book);
            }
            book
        });
        Self { ended, thread }
    }

    /// Ends; answers what was acknowledged.
    pub(crate) fn end(self) -> Book {
        self.ended.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

/// One new job, run at once.
fn one_more(client: &Client, n: u64, book: &mut Book) {
    let name = format!("created {n}");
    let body = json!({ "taskFunctionKey": "echo", "nameEn": name, "manual": true });
    let id = match client.post("/api/v1/scheduler/jobs", &body) {
        Answer::Heard(201, job) => job["id"].as_i64().unwrap(),
        other => return not_acknowledged(other, book),
    };
    book.jobs.push((id, name));
    match client.post(&format!("/api/v1/scheduler/jobs/{id}/run"), &json!({})) {
        Answer::Heard(202, run) => book
            .runs
            .push(run["executionId"].as_str().unwrap().to_owned()),
        other => not_acknowledged(other, book),
    }
}

fn not_acknowledged(answer: Answer, book: &mut Book) {
    match answer {
        Answer::Unknown => {
            book.unknown += 1;
            // Nobody is there: the loop must not eat the processor that the restart needs.
            std::thread::sleep(Duration::from_millis(20));
        }
        Answer::Heard(503, _) => book.unknown += 1,
        Answer::Heard(status, body) => book.refused.push(format!("{status} {body}")),
    }
}

//! What the server has to do while it is killed: jobs that report to the witness, and a client that goes on creating.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use orloj_witness::{Promise, Start, Witness, now_us};
use serde_json::{Value, json};

use crate::client::{Answer, Client};

const SECOND_US: i64 = 1_000_000;

/// How much there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// Enough to be in the middle of something at any moment.
    Full,
    /// A few jobs: what counts is when they run.
    Light,
}

/// Creates the scheduled jobs. Every second: webhooks of both deliveries, scripts, and echoes for volume; every two
/// and three seconds: cron expressions.
pub(crate) fn scheduled_jobs(
    client: &Client,
    witness: &Witness,
    sightings: &Path,
    load: Load,
) -> Vec<Promise> {
    let (once, again, echoes) = match load {
        Load::Full => (6, 4, 12),
        Load::Light => (4, 2, 2),
    };
    let webhook = json!({
        "url": witness.url(),
        "method": "GET",
        "query": report_of_a_webhook(),
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
        let plan = Plan {
            name,
            function,
            parameters,
            every,
            start,
            at_once: 10,
        };
        promises.push(create(client, &plan));
    };
    for n in 0..once {
        add(
            format!("webhook once {n}"),
            "webhook",
            &webhook,
            1,
            Start::AtMostOnce,
        );
    }
    for n in 0..again {
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
    for n in 0..echoes {
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

/// What kinds of runs are not to overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lone {
    /// Programs.
    Scripts,
    /// Web calls.
    Calls,
    /// Programs, and web calls, which are made by the instance itself. Where that stands still, so does the call: it
    /// does nothing, but its connection stays open and would be taken for a run.
    Both,
}

/// Creates jobs that run for `seconds`, are due every two, and may run once at a time: web calls that the witness
/// answers late, and scripts that keep a connection to it.
pub(crate) fn lone_jobs(
    client: &Client,
    witness: &Witness,
    seconds: u32,
    lone: Lone,
) -> Vec<Promise> {
    let mut query = report_of_a_webhook();
    query["for"] = json!(seconds.to_string());
    let webhook = json!({
        "url": witness.held_url(),
        "method": "GET",
        "query": query,
        "timeoutSeconds": seconds + 30,
    });
    let script = json!({
        "interpreter": "bash",
        "script": format!(
            "exec 3<>/dev/tcp/{}/{}\n\
             printf 'GET /held?job=%s&execution=%s&attempt=%s&due=%s&for={seconds} HTTP/1.1\\r\\n\\r\\n' \
             \"$ORLOJ_JOB_ID\" \"$ORLOJ_EXECUTION_ID\" \"$ORLOJ_ATTEMPT\" \"$ORLOJ_SCHEDULED_AT\" >&3\n\
             cat <&3 >/dev/null",
            witness.address().ip(),
            witness.address().port()
        ),
    });
    let mut promises = Vec::new();
    let kinds = [("script", "script", &script), ("call", "webhook", &webhook)];
    let kinds = match lone {
        Lone::Scripts => &kinds[..1],
        Lone::Calls => &kinds[1..],
        Lone::Both => &kinds[..],
    };
    for (kind, function, parameters) in kinds.iter().copied() {
        for start in [Start::AtMostOnce, Start::AtLeastOnce] {
            for n in 0..2 {
                let plan = Plan {
                    name: format!("lone {kind} {start:?} {n}"),
                    function,
                    parameters,
                    every: 2,
                    start,
                    at_once: 1,
                };
                promises.push(create(client, &plan));
            }
        }
    }
    promises
}

/// What a web call tells the witness.
fn report_of_a_webhook() -> Value {
    json!({
        "job": "{{ job.id }}",
        "execution": "{{ execution.id }}",
        "attempt": "{{ attempt }}",
        "due": "{{ scheduledAt }}",
    })
}

/// A job to create.
struct Plan<'a> {
    name: String,
    function: &'a str,
    parameters: &'a Value,
    /// Seconds.
    every: i64,
    start: Start,
    /// Runs at the same time, at most.
    at_once: u32,
}

fn create(client: &Client, plan: &Plan<'_>) -> Promise {
    let Plan {
        name,
        function,
        parameters,
        every: every_seconds,
        start,
        at_once,
    } = plan;
    let (function, every_seconds, start) = (*function, *every_seconds, *start);
    let delivery = match start {
        Start::AtMostOnce => "at_most_once",
        Start::AtLeastOnce => "at_least_once",
    };
    let mut body = json!({
        "taskFunctionKey": function,
        "nameEn": name,
        "parameters": parameters,
        "delivery": delivery,
        "maxInstances": at_once,
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

impl Book {
    /// Takes in what another client knows.
    pub(crate) fn add(&mut self, other: Book) {
        self.jobs.extend(other.jobs);
        self.runs.extend(other.runs);
        self.unknown += other.unknown;
        self.refused.extend(other.refused);
    }
}

/// What one request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Jobs in one request.
    Batch,
    /// A job, and in a second request a run of it.
    Run,
}

/// Asks once, and remembers what was acknowledged.
pub(crate) fn ask_for(client: &Client, asked: Asked, n: u64, book: &mut Book) {
    const SIZE: u64 = 20;
    if asked == Asked::Run {
        return one_more(client, &format!("asked for {n}"), None, book);
    }
    let names: Vec<String> = (0..SIZE).map(|m| format!("asked for {n}, {m}")).collect();
    let jobs: Vec<Value> = names
        .iter()
        .map(|name| json!({ "taskFunctionKey": "echo", "nameEn": name, "manual": true }))
        .collect();
    match client.post("/api/v1/scheduler/jobs/batch", &json!({ "jobs": jobs })) {
        Answer::Heard(201, made) => {
            let ids = made["ids"].as_array().unwrap().iter();
            let ids = ids.map(|id| id.as_i64().unwrap());
            book.jobs.extend(ids.zip(names));
        }
        other => not_acknowledged(other, book),
    }
}

/// A client that goes on creating and running jobs, whatever becomes of the server.
pub(crate) struct Creator {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<Book>,
}

impl Creator {
    /// Begins; `server` says where the server is now.
    pub(crate) fn begin(server: Arc<Mutex<Client>>, witness: &Witness, load: Load) -> Self {
        // Where there is little to do, every one of these reports too.
        let webhook = (load == Load::Light).then(|| {
            let mut query = report_of_a_webhook();
            query["for"] = json!("1");
            json!({ "url": witness.held_url(), "method": "GET", "query": query })
        });
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            let mut book = Book::default();
            for n in 0.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let client = server.lock().unwrap().clone();
                one_more(
                    &client,
                    &format!("created {n}"),
                    webhook.as_ref(),
                    &mut book,
                );
                if load == Load::Light {
                    std::thread::sleep(Duration::from_millis(100));
                }
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
fn one_more(client: &Client, name: &str, webhook: Option<&Value>, book: &mut Book) {
    let mut body = json!({ "taskFunctionKey": "echo", "nameEn": name, "manual": true });
    if let Some(parameters) = webhook {
        body["taskFunctionKey"] = json!("webhook");
        body["parameters"] = parameters.clone();
    }
    let id = match client.post("/api/v1/scheduler/jobs", &body) {
        Answer::Heard(201, job) => job["id"].as_i64().unwrap(),
        other => return not_acknowledged(other, book),
    };
    book.jobs.push((id, name.to_owned()));
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

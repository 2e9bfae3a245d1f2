//! What is known when the dust has settled, and the verdict.

use std::path::Path;
use std::time::{Duration, Instant};

use orloj_witness::{
    Evidence, LedgerLine, Promise, Report, Run, Witness, check, now_us, read_file,
};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::load::Book;

/// Instants are decided so long after the last fault, and something that has not ended ends in every such time.
const SETTLED: Duration = Duration::from_secs(75);

/// What a trial found. A trial fails by its faults; times are told, and judged by who reads them.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) told: Vec<String>,
    pub(crate) faults: Vec<String>,
    pub(crate) report: Report,
}

impl Verdict {
    /// Something measured.
    pub(crate) fn tell(&mut self, what: String) {
        println!("{what}");
        self.told.push(what);
    }

    /// Something that must not be.
    pub(crate) fn fault(&mut self, what: String) {
        println!("! {what}");
        self.faults.push(what);
    }

    /// Takes in what the check says.
    pub(crate) fn judge(&mut self, evidence: &Evidence, book: &Book) {
        self.report = check(evidence);
        self.tell(format!(
            "acknowledged {} jobs and {} runs, unknown {}\n{}",
            book.jobs.len(),
            book.runs.len(),
            book.unknown,
            self.report
        ));
        for kind in self.report.faults.keys() {
            self.faults.push((*kind).to_owned());
        }
        for refused in &book.refused {
            self.faults.push(format!("refused: {refused}"));
        }
    }

    /// Fails when something was wrong.
    pub(crate) fn must_be_clean(&self, seed: u64, said: &str) {
        assert!(
            self.faults.is_empty(),
            "seed {seed}: {:?}\n{}\n{said}",
            self.faults,
            self.report
        );
    }

    #[cfg(feature = "faults")]
    /// Fails when this was not among what was wrong: the rule that sees to it was broken on purpose. Another fault
    /// would only say that the program is broken, not that the harness sees what it is there to see.
    pub(crate) fn must_be_caught(&self, mutant: &str, expected: &str, said: &str) {
        assert!(
            self.faults.iter().any(|fault| fault.contains(expected)),
            "the mutant {mutant} was not caught by {expected:?}: {:?}\n{:?}\n{}\n{said}",
            self.faults,
            self.told,
            self.report
        );
        println!("the mutant {mutant} was caught: {:?}", self.faults);
    }
}

/// What went wrong so badly that nothing more can be said.
pub(crate) type Stuck = String;

/// Lets the schedules end, waits until everything has ended, and collects what is known. Whatever does not end in time
/// is told as a fault, and what there is is judged.
pub(crate) fn settle(
    verdict: &mut Verdict,
    client: &Client,
    witness: &Witness,
    sightings: &Path,
    promises: &[Promise],
    book: &Book,
) -> Evidence {
    let until_us = now_us();
    let patience = Instant::now() + SETTLED;
    // Every job decides an instant at least every few seconds; after one more, all up to now are decided.
    if !wait(patience, || {
        promises.iter().all(|promise| {
            let path = format!("/api/v1/scheduler/jobs/{}/fires?per_page=1", promise.job);
            matches!(client.get(&path), Answer::Heard(200, page) if instant(&page["items"][0]["dueAt"]) > until_us)
        })
    }) {
        verdict.fault("stuck: some instants were not decided".to_owned());
    }
    for promise in promises {
        disable(verdict, client, promise.job);
    }
    // Runs that were begun anew may have to wait for each other: what counts is that there are ever fewer.
    let (mut fewest, mut patience) = (u64::MAX, Instant::now() + SETTLED);
    let is_over = loop {
        // Pending once more: what ran when that was asked first may wait for its next attempt now.
        let open: Vec<u64> = ["pending", "running", "pending"]
            .iter()
            .map(|status| {
                let path = format!("/api/v1/scheduler/history?status={status}&per_page=1");
                match client.get(&path) {
                    Answer::Heard(200, page) => page["total"].as_u64().unwrap_or(u64::MAX),
                    _ => u64::MAX,
                }
            })
            .collect();
        if open.iter().all(|count| *count == 0) {
            break true;
        }
        let open = open
            .iter()
            .fold(0_u64, |sum, count| sum.saturating_add(*count));
        if open < fewest {
            (fewest, patience) = (open, Instant::now() + SETTLED);
        }
        if Instant::now() > patience {
            break false;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    if !is_over {
        verdict.fault("stuck: not everything ended".to_owned());
    }
    let ledger = promises
        .iter()
        .flat_map(|promise| ledger_of(client, promise.job))
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
    match read_file(sightings) {
        Ok(lines) => seen.extend(lines),
        Err(error) => verdict.fault(format!("the scripts' file: {error}")),
    }
    Evidence {
        promises: promises.to_vec(),
        acknowledged_jobs: book.jobs.clone(),
        acknowledged_runs: book.runs.clone(),
        jobs,
        sightings: seen,
        spans: witness.spans(),
        ledger,
        runs,
        until_us,
    }
}

/// Ends the schedule of a job.
pub(crate) fn disable(verdict: &mut Verdict, client: &Client, job: i64) {
    let path = format!("/api/v1/scheduler/jobs/{job}/action");
    let answer = client.post(&path, &json!({ "action": "disable" }));
    if !matches!(answer, Answer::Heard(200, _)) {
        verdict.fault(format!("a job could not be disabled: {answer:?}"));
    }
}

fn ledger_of(client: &Client, job: i64) -> Vec<LedgerLine> {
    let path = format!("/api/v1/scheduler/jobs/{job}/fires");
    let line = |line: Value| LedgerLine {
        job,
        from_us: instant(&line["dueAt"]),
        until_us: instant(match &line["until"] {
            Value::Null => &line["dueAt"],
            until => until,
        }),
        count: line["count"].as_u64().unwrap(),
        disposition: text(&line["disposition"]),
        execution: line["executionId"].as_str().map(str::to_owned),
    };
    client.all(&path).into_iter().map(line).collect()
}

/// Waits until something holds; answers whether it did in time.
pub(crate) fn wait(patience: Instant, mut holds: impl FnMut() -> bool) -> bool {
    while !holds() {
        if Instant::now() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    true
}

/// Microseconds from `began` until the witness saw a start; `None` when nothing started any more.
pub(crate) fn first_start(witness: &Witness, began: i64) -> Option<i64> {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(seen) = witness.first_since(began) {
            return Some(seen.at_us - began);
        }
        if Instant::now() > patience {
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Microseconds from `began` until the witness has seen a start of each of these jobs, of an instant after `began`.
pub(crate) fn all_fire(witness: &Witness, jobs: &[i64], began: i64) -> Result<i64, Stuck> {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let seen = witness.seen();
        let firsts: Vec<Option<i64>> = jobs
            .iter()
            .map(|job| {
                seen.iter()
                    .filter(|seen| seen.job == *job && seen.due_us >= began && seen.at_us >= began)
                    .map(|seen| seen.at_us)
                    .min()
            })
            .collect();
        if firsts.iter().all(Option::is_some) {
            return Ok(firsts.into_iter().flatten().max().unwrap_or(began) - began);
        }
        if Instant::now() > patience {
            let silent: Vec<&i64> = jobs
                .iter()
                .zip(&firsts)
                .filter(|(_, first)| first.is_none())
                .map(|(job, _)| job)
                .collect();
            return Err(format!("stuck: jobs {silent:?} do not fire any more"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Median and greatest of some microseconds, in words.
pub(crate) fn spread(mut times: Vec<i64>) -> String {
    times.sort_unstable();
    match (times.get(times.len() / 2), times.last()) {
        (Some(median), Some(most)) => format!(
            "median {} ms, most {} ms of {}",
            median / 1_000,
            most / 1_000,
            times.len()
        ),
        _ => "none".to_owned(),
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

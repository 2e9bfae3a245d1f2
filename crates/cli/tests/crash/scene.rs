//! What every trial has: a witness, jobs that report to it, and a client that goes on creating.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orloj_witness::{Chance, Promise, Start, Witness, now_us};

use crate::client::{Answer, Client};
use crate::evidence::{self, Verdict};
use crate::load::{self, Book, Creator, Load, Lone};

/// A trial under way.
pub(crate) struct Scene {
    pub(crate) home: tempfile::TempDir,
    pub(crate) witness: Witness,
    pub(crate) verdict: Verdict,
    pub(crate) chance: Chance,
    pub(crate) seed: u64,
    promises: Vec<Promise>,
    sightings: PathBuf,
    running: Option<(Arc<Mutex<Client>>, Creator)>,
    /// Jobs that go on until the end and promise nothing.
    others: Vec<i64>,
    /// What was acknowledged to the trial itself, beside the client that goes on creating.
    book: Book,
    /// By how many seconds the servers' clock was wrong, since when.
    clock: Vec<(i64, i64)>,
}

/// The number in an environment variable.
pub(crate) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// How many rounds: as `ORLOJ_ROUNDS` says, or a few.
pub(crate) fn rounds(few: u64) -> u64 {
    number("ORLOJ_ROUNDS").unwrap_or(few)
}

impl Scene {
    pub(crate) fn new(what: &str) -> Self {
        let seed = number("ORLOJ_SEED").unwrap_or_else(|| now_us().unsigned_abs());
        println!("{what}: ORLOJ_SEED={seed}");
        let home = tempfile::tempdir().unwrap();
        Self {
            sightings: home.path().join("sightings"),
            home,
            witness: Witness::listen().unwrap(),
            verdict: Verdict::default(),
            chance: Chance::new(seed),
            seed,
            promises: Vec::new(),
            running: None,
            others: Vec::new(),
            book: Book::default(),
            clock: Vec::new(),
        }
    }

    /// Lets scripts report that run as somebody else than the server.
    pub(crate) fn let_anybody_report(&self) {
        use std::os::unix::fs::PermissionsExt;

        std::fs::write(&self.sightings, "").unwrap();
        for (path, mode) in [(self.home.path(), 0o755), (&*self.sightings, 0o666)] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    }

    /// Creates the jobs and lets the client go on creating.
    pub(crate) fn begin(&mut self, client: &Client, load: Load) {
        let patience = Instant::now() + Duration::from_secs(60);
        let is_known = evidence::wait(patience, || {
            matches!(client.get("/api/v1/scheduler/jobs"), Answer::Heard(200, _))
        });
        assert!(is_known, "the token is not accepted");
        self.promises.extend(load::scheduled_jobs(
            client,
            &self.witness,
            &self.sightings,
            load,
        ));
        let asked = Arc::new(Mutex::new(client.clone()));
        let creator = Creator::begin(Arc::clone(&asked), &self.witness, load);
        self.running = Some((asked, creator));
        if evidence::first_start(&self.witness, 0).is_none() {
            self.verdict.fault("stuck: nothing has started".to_owned());
        }
    }

    /// Creates jobs that may run once at a time, for so many seconds each; answers those that run again after a crash.
    pub(crate) fn add_lone_jobs(&mut self, client: &Client, seconds: u32, lone: Lone) -> Vec<i64> {
        let promises = load::lone_jobs(client, &self.witness, seconds, lone);
        let again = promises
            .iter()
            .filter(|promise| promise.start == Start::AtLeastOnce)
            .map(|promise| promise.job)
            .collect();
        self.promises.extend(promises);
        again
    }

    /// Creates a job that promises nothing and goes on until the end.
    #[cfg(feature = "faults")]
    pub(crate) fn add_job(&mut self, client: &Client, body: &serde_json::Value) {
        match client.post("/api/v1/scheduler/jobs", body) {
            Answer::Heard(201, job) => self.others.push(job["id"].as_i64().unwrap()),
            other => panic!("{body}: {other:?}"),
        }
    }

    /// Creates jobs in one request, or one that is run at once, and remembers what was acknowledged.
    pub(crate) fn ask_for(&mut self, client: &Client, asked: load::Asked, n: u64) {
        load::ask_for(client, asked, n, &mut self.book);
    }

    /// The client asks this one from now on.
    pub(crate) fn ask(&self, client: &Client) {
        if let Some((asked, _)) = &self.running {
            asked.lock().unwrap().clone_from(client);
        }
    }

    /// The servers' clock is wrong by so many seconds from now on.
    pub(crate) fn clock_is_wrong_by(&mut self, seconds: i64) {
        self.clock.push((now_us(), seconds * 1_000_000));
    }

    /// What the servers' clock showed at most when the witness's showed this, give or take a second around a step.
    fn on_their_clock(&self, at_us: i64) -> i64 {
        let near = 1_500_000;
        let in_effect = |n: &usize| {
            let since = self.clock[*n].0 - near;
            let until = self.clock.get(n + 1).map_or(i64::MAX, |next| next.0 + near);
            (since..until).contains(&at_us)
        };
        let wrong = (0..self.clock.len())
            .filter(in_effect)
            .map(|n| self.clock[n].1);
        at_us + wrong.max().unwrap_or(0)
    }

    /// Jobs due every second that report.
    pub(crate) fn secondly(&self) -> Vec<i64> {
        self.promises
            .iter()
            .filter(|promise| promise.reports && promise.every_us == 1_000_000)
            .map(|promise| promise.job)
            .collect()
    }

    /// Waits until every job that is due each second has fired; answers how long that took.
    pub(crate) fn all_fire(&mut self, began: i64) -> i64 {
        match evidence::all_fire(&self.witness, &self.secondly(), began) {
            Ok(time) => time,
            Err(stuck) => {
                self.verdict.fault(stuck);
                i64::MAX
            }
        }
    }

    /// Waits for the first start; answers how long that took.
    pub(crate) fn first_start(&mut self, began: i64) -> i64 {
        evidence::first_start(&self.witness, began).unwrap_or_else(|| {
            self.verdict
                .fault("stuck: nothing starts any more".to_owned());
            i64::MAX
        })
    }

    /// Ends the load and judges what is left.
    pub(crate) fn end(&mut self, client: &Client) {
        let Some((_, creator)) = self.running.take() else {
            return;
        };
        let mut book = creator.end();
        book.add(std::mem::take(&mut self.book));
        for job in &self.others {
            evidence::disable(&mut self.verdict, client, *job);
        }
        let mut evidence = evidence::settle(
            &mut self.verdict,
            client,
            &self.witness,
            &self.sightings,
            &self.promises,
            &book,
        );
        for seen in &mut evidence.sightings {
            seen.at_us = self.on_their_clock(seen.at_us);
        }
        self.verdict.judge(&evidence, &book);
    }
}

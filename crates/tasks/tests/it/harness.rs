//! Runs a task function the way a host would, and keeps what it said.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orloj_tasks::{
    CancelReason, Canceller, Catalogue, Context, LogLine, LogSink, LogSource, NoServices, Outcome,
    Policy, Progress, Services, TaskFunction,
};
use serde_json::Value;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A percentage and its note.
type Step = (u8, Option<String>);

pub(crate) struct Host {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) policy: Policy,
    pub(crate) catalogue: Catalogue,
    pub(crate) services: Arc<dyn Services>,
    pub(crate) canceller: Canceller,
    pub(crate) lines: Arc<Mutex<Vec<LogLine>>>,
    pub(crate) progress: Arc<Mutex<Vec<Step>>>,
    pub(crate) fence: String,
}

impl Host {
    pub(crate) fn new() -> Self {
        let path = std::env::var_os("PATH").expect("a PATH");
        let mut script_interpreters = Policy::find_interpreters(&path);
        // The real program: shims of version managers need variables that jobs do not get.
        if Path::new("/usr/bin/python3").exists() {
            script_interpreters.insert("python3".to_owned(), "/usr/bin/python3".into());
        }
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            policy: Policy {
                script_interpreters,
                kill_grace_ms: 1_000,
                ..Policy::default()
            },
            catalogue: Catalogue::builtin(),
            services: Arc::new(NoServices),
            canceller: Canceller::new(),
            lines: Arc::default(),
            progress: Arc::default(),
            fence: format!(
                "test-{}-{}",
                std::process::id(),
                NEXT.fetch_add(1, Ordering::Relaxed)
            ),
        }
    }

    pub(crate) fn function(&self, key: &str) -> Arc<dyn TaskFunction> {
        Arc::clone(self.catalogue.get(key).expect("a known function"))
    }

    pub(crate) fn context(&self) -> Context {
        let lines = Arc::clone(&self.lines);
        let progress = Arc::clone(&self.progress);
        Context {
            execution_id: "0198c0de-0000-7000-8000-000000000001".to_owned(),
            attempt: 2,
            fence: self.fence.clone(),
            job_id: 17,
            job_name: "nightly تقرير".to_owned(),
            scheduled_at: "2026-03-01T02:30:00Z".parse().expect("a timestamp"),
            triggered_by: "schedule",
            log: LogSink::new(move |line| lines.lock().expect("lines").push(line)),
            cancel: self.canceller.handle(),
            work_dir: self.folder.path().join("runs").join(&self.fence),
            services: Arc::clone(&self.services),
            policy: Arc::new(self.policy.clone()),
            progress: Progress::new(move |percent, note| {
                progress
                    .lock()
                    .expect("progress")
                    .push((percent, note.map(str::to_owned)));
            }),
        }
    }

    pub(crate) async fn run(&self, key: &str, parameters: Value) -> Outcome {
        let outcome = self.function(key).run(&self.context(), &parameters).await;
        assert!(
            !self.context().work_dir.exists(),
            "the work folder was left behind"
        );
        outcome
    }

    /// Runs and stops the run as soon as it said `word`.
    pub(crate) async fn run_and_stop(
        &self,
        key: &str,
        parameters: Value,
        word: &str,
        reason: CancelReason,
    ) -> Outcome {
        let stop = async {
            self.said(word).await;
            assert!(self.canceller.cancel(reason));
            std::future::pending::<()>().await;
        };
        tokio::select! {
            outcome = self.run(key, parameters) => outcome,
            () = stop => unreachable!(),
        }
    }

    /// Completes when a line contains `word`.
    pub(crate) async fn said(&self, word: &str) {
        until("the run says its word", || {
            self.texts().iter().any(|text| text.contains(word))
        })
        .await;
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.lines
            .lock()
            .expect("lines")
            .iter()
            .map(|line| line.text.clone())
            .collect()
    }

    pub(crate) fn texts_of(&self, source: LogSource) -> Vec<String> {
        self.lines
            .lock()
            .expect("lines")
            .iter()
            .filter(|line| line.source == source)
            .map(|line| line.text.clone())
            .collect()
    }
}

/// Polls for something that other processes do; fails after a long while.
pub(crate) async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "waited too long until {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a process is there and not just waiting to be collected.
pub(crate) fn is_alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        stat.rsplit_once(')')
            .is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
    })
}

/// The codes and pointers of what `check` finds wrong.
pub(crate) fn problems(host: &Host, key: &str, parameters: &Value) -> Vec<(String, String)> {
    match host.function(key).check(parameters, &host.policy) {
        Ok(()) => Vec::new(),
        Err(errors) => errors
            .into_iter()
            .map(|error| (error.pointer, error.code))
            .collect(),
    }
}

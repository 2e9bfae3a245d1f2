//! A task function that does what its parameters say and remembers what it did: the witness of the scenarios.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use orloj_tasks::{
    Category, Cause, Context, Delivery, Outcome, ParameterError, Policy, TaskFunction, TaskInfo,
    Text,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// One start.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    pub job_id: i64,
    pub attempt: u32,
    pub scheduled_at: Timestamp,
    pub parameters: Value,
}

pub struct Probe {
    info: TaskInfo,
    starts: Mutex<Vec<Start>>,
    running: AtomicUsize,
    most: AtomicUsize,
    gate: Semaphore,
    stays: Semaphore,
}

impl Probe {
    pub fn new() -> Self {
        Self {
            info: TaskInfo {
                key: "probe".to_owned(),
                name: Text::fixed("Probe", "مسبار"),
                description: Text::fixed("Does what it is told.", "يفعل ما يُطلب منه."),
                category: Category::General,
                icon: "flask".to_owned(),
                schema: json!({ "type": "object" }),
                default_delivery: Delivery::AtMostOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({}),
            },
            starts: Mutex::new(Vec::new()),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            gate: Semaphore::new(0),
            stays: Semaphore::new(0),
        }
    }

    /// Everything that was started, in order.
    pub fn starts(&self) -> Vec<Start> {
        self.starts.lock().unwrap().clone()
    }

    /// Starts of one job.
    pub fn starts_of(&self, job_id: i64) -> Vec<Start> {
        self.starts()
            .into_iter()
            .filter(|start| start.job_id == job_id)
            .collect()
    }

    /// How many run now.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// How many ran at the same time, at most.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// Lets so many runs that hold go on.
    pub fn release(&self, count: usize) {
        self.gate.add_permits(count);
    }

    /// Lets so many runs that stay end, those first that began first.
    pub fn end_stays(&self, count: usize) {
        self.stays.add_permits(count);
    }
}

/// Counts a run as long as it lives, however it ends.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl TaskFunction for Probe {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _: &Policy) -> Result<(), Vec<ParameterError>> {
        match parameters.get("bad") {
            Some(_) => Err(vec![ParameterError::new(
                "/bad",
                "bad",
                Text::fixed("is bad", "سيئ"),
            )]),
            None => Ok(()),
        }
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        self.starts.lock().unwrap().push(Start {
            job_id: context.job_id,
            attempt: context.attempt,
            scheduled_at: context.scheduled_at,
            parameters: parameters.clone(),
        });
        let now = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let _counted = Counted(&self.running);
        for line in 1..=parameters["lines"].as_u64().unwrap_or(0) {
            context.log.info(format!("line {line}"));
        }
        let fails = parameters["failTimes"].as_u64().unwrap_or(0);
        if u64::from(context.attempt) <= fails {
            let code = i32::try_from(parameters["exitCode"].as_i64().unwrap_or(1)).unwrap();
            return Outcome::failed(
                Cause::ExitCode(code),
                format!("attempt {} failed as told", context.attempt),
            );
        }
        for file in parameters["files"].as_array().into_iter().flatten() {
            let bytes = usize::try_from(file["bytes"].as_u64().unwrap_or(0)).unwrap();
            // Not by the execution's number: the same test on the other database has the same.
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            // Bytes that tell where they stand, so that mixed-up pieces are found out.
            let content: Vec<u8> = (0..bytes).map(|at| (at / 7 % 251) as u8).collect();
            std::fs::write(&path, content).unwrap();
            let name = file["name"].as_str().unwrap();
            let kept = context.services.store_artifact(name, &path).await;
            if let Err(message) = kept {
                return Outcome::failed(Cause::Other, message);
            }
        }
        match parameters["mode"].as_str() {
            Some("hold") => {
                tokio::select! {
                    permit = self.gate.acquire() => permit.unwrap().forget(),
                    reason = context.cancel.stopped() => return Outcome::stopped(reason),
                }
            }
            Some("stay") => {
                tokio::select! {
                    permit = self.stays.acquire() => permit.unwrap().forget(),
                    reason = context.cancel.stopped() => return Outcome::stopped(reason),
                }
            }
            Some("deaf") => self.gate.acquire().await.unwrap().forget(),
            Some("panic") => panic!("as told"),
            _ => {}
        }
        let mut outcome = Outcome::success("done as told");
        // As text, for what it holds is no parameter.
        outcome.result = parameters["result"]
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok());
        outcome.records_processed = parameters["processed"].as_i64();
        outcome.records_affected = parameters["affected"].as_i64();
        if let Some(warning) = parameters["warning"].as_str() {
            outcome.warnings.push(warning.to_owned());
        }
        outcome
    }
}

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use orloj_tasks::{Cause, CleanupReport, HistoryCleanup, Services, Status};
use serde_json::json;

use crate::harness::{Host, problems};

/// Keeps the question and gives a fixed answer.
struct Answer {
    asked: Mutex<Vec<HistoryCleanup>>,
    answer: Result<CleanupReport, String>,
}

#[async_trait]
impl Services for Answer {
    async fn cleanup_history(&self, request: &HistoryCleanup) -> Result<CleanupReport, String> {
        self.asked.lock().expect("asked").push(request.clone());
        self.answer.clone()
    }
}

fn host(answer: Result<CleanupReport, String>) -> (Host, Arc<Answer>) {
    let services = Arc::new(Answer {
        asked: Mutex::default(),
        answer,
    });
    let mut host = Host::new();
    host.services = Arc::clone(&services) as Arc<dyn Services>;
    (host, services)
}

#[tokio::test]
async fn thirty_days_unless_told_otherwise() {
    let (host, services) = host(Ok(CleanupReport {
        executions: 12,
        locks: 3,
        instances: 1,
    }));
    let outcome = host.run("history_cleanup", json!({})).await;
    assert_eq!(outcome.status, Status::Success);
    assert_eq!(outcome.records_processed, Some(12));
    assert_eq!(outcome.records_affected, Some(12));
    assert_eq!(outcome.result.expect("a result")["deletedLocks"], 3);
    let asked = services.asked.lock().expect("asked");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].older_than_days, 30);
    assert!(!asked[0].dry_run && asked[0].statuses.is_empty() && asked[0].owner.is_none());
}

#[tokio::test]
async fn a_dry_run_affects_nothing() {
    let (host, services) = host(Ok(CleanupReport {
        executions: 5,
        ..CleanupReport::default()
    }));
    let outcome = host
        .run(
            "history_cleanup",
            json!({ "retentionDays": 7, "dryRun": true, "statuses": ["failed"], "jobId": 9 }),
        )
        .await;
    assert_eq!(
        (outcome.records_processed, outcome.records_affected),
        (Some(5), Some(0))
    );
    let asked = services.asked.lock().expect("asked");
    assert!(asked[0].dry_run);
    assert_eq!(asked[0].statuses, ["failed"]);
    assert_eq!(asked[0].job_id, Some(9));
}

#[tokio::test]
async fn a_refusal_of_the_host_is_the_failure() {
    let (host, _) = host(Err("not allowed".to_owned()));
    let outcome = host.run("history_cleanup", json!({})).await;
    let failure = outcome.failure.expect("a failure");
    assert_eq!(failure.cause, Cause::Internal);
    assert_eq!(failure.message.en, "not allowed");
}

#[test]
fn the_days_have_bounds() {
    let (host, _) = host(Ok(CleanupReport::default()));
    for (days, fine) in [
        (json!(1), true),
        (json!(3650), true),
        (json!(0), false),
        (json!(3651), false),
        (json!(-1), false),
        (json!(1.5), false),
        (json!("30"), false),
        (json!(null), false),
    ] {
        let found = problems(&host, "history_cleanup", &json!({ "retentionDays": days }));
        assert_eq!(found.is_empty(), fine, "{days}: {found:?}");
        assert!(found.iter().all(|(pointer, _)| pointer == "/retentionDays"));
    }
}

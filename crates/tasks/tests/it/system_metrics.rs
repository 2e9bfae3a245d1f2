use orloj_tasks::{CancelReason, Cause, Status};
use serde_json::json;

use crate::harness::{Host, problems};

#[tokio::test]
async fn the_machine_is_measured() {
    let host = Host::new();
    let outcome = host
        .run("system_metrics", json!({ "sampleSeconds": 0.2 }))
        .await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let result = outcome.result.expect("a result");
    let between = |value: &serde_json::Value, low: f64, high: f64| {
        let number = value.as_f64().unwrap_or(f64::NAN);
        assert!((low..=high).contains(&number), "{value} in {result}");
    };
    between(&result["cpu"]["percent"], 0.0, 100.0);
    between(&result["memory"]["usedPercent"], 0.1, 100.0);
    between(&result["cpu"]["load"][0], 0.0, 10_000.0);
    between(&result["uptimeSeconds"], 1.0, 1e10);
    assert_eq!(
        result["cpu"]["cores"].as_u64(),
        std::thread::available_parallelism()
            .ok()
            .map(|cores| cores.get() as u64)
    );
    let meminfo = std::fs::read_to_string("/proc/meminfo").expect("meminfo");
    let total: u64 = meminfo
        .split_ascii_whitespace()
        .nth(1)
        .expect("a total")
        .parse()
        .expect("a number");
    assert_eq!(result["memory"]["totalBytes"], total * 1024);
    assert!(!result["host"].as_str().expect("a name").is_empty());
    assert!(result["processes"].as_u64().expect("a count") > 0);
}

#[tokio::test]
async fn thresholds_warn_and_fail() {
    let host = Host::new();
    let outcome = host
        .run("system_metrics", json!({ "sampleSeconds": 0.1, "paths": ["/"], "warnAbove": { "memoryPercent": 0, "cpuPercent": 100 } }))
        .await;
    assert_eq!(outcome.status, Status::Partial);
    assert_eq!(outcome.warnings.len(), 1);
    assert!(outcome.warnings[0].starts_with("memory is at"));
    let outcome = host
        .run("system_metrics", json!({ "sampleSeconds": 0.1, "paths": ["/"], "warnAbove": { "diskPercent": 0, "memoryPercent": 0 }, "failAbove": { "diskPercent": 0 } }))
        .await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.failure.expect("a failure").cause, Cause::Other);
    assert_eq!(outcome.errors.len(), 1);
    assert_eq!(outcome.warnings.len(), 1);
    assert!(outcome.result.is_some());
}

#[tokio::test]
async fn a_path_that_is_not_there_is_a_warning() {
    let host = Host::new();
    let outcome = host
        .run(
            "system_metrics",
            json!({ "sampleSeconds": 0.1, "paths": ["/", "/no/such/place"] }),
        )
        .await;
    assert_eq!(outcome.status, Status::Partial);
    assert!(outcome.warnings[0].contains("/no/such/place"));
    assert_eq!(
        outcome.result.expect("a result")["disks"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_stop_ends_the_measurement() {
    let host = Host::new();
    host.canceller.cancel(CancelReason::Cancelled);
    let outcome = host
        .run("system_metrics", json!({ "sampleSeconds": 30 }))
        .await;
    assert_eq!(outcome.status, Status::Cancelled);
}

#[test]
fn thresholds_have_bounds() {
    let host = Host::new();
    for (parameters, pointer) in [
        (json!({ "sampleSeconds": 0 }), "/sampleSeconds"),
        (
            json!({ "warnAbove": { "cpuPercent": 101 } }),
            "/warnAbove/cpuPercent",
        ),
        (json!({ "failAbove": { "disk": 1 } }), "/failAbove/disk"),
        (json!({ "paths": ["etc"] }), "/paths/0"),
        (json!({ "paths": [] }), "/paths"),
    ] {
        assert_eq!(problems(&host, "system_metrics", &parameters)[0].0, pointer);
    }
}

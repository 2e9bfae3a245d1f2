//! The numbers that dashboard, heat map, calendar and job list draw.

use serde_json::{Value, json};

use crate::app::{TestApp, steady};

const STATS: &str = "/api/v1/scheduler/stats";

async fn scheduled_job(app: &TestApp, name: &str, expression: &str) -> Value {
    let body = json!({"taskFunctionKey": "echo", "nameEn": name, "nameAr": "تقرير", "cronExpression": expression});
    app.post(&app.user, "/api/v1/scheduler/jobs", body)
        .await
        .expect(201)["id"]
        .clone()
}

#[tokio::test]
async fn numbers_have_the_shapes_that_pages_draw() {
    let app = TestApp::new().await;
    let job = scheduled_job(&app, "report", "0,30 * * * *").await;
    app.advance_until_decided(&app.user, &job, 1_800, 1).await;
    app.until("the run ends", async || {
        let path = format!("/api/v1/scheduler/jobs/{job}/history?status=success");
        app.get(&app.user, &path).await.expect(200)["total"] == 1
    })
    .await;
    let failing = json!({"taskFunctionKey": "webhook", "nameEn": "unreachable", "manual": true, "parameters": {"url": "http://127.0.0.1:1/"}});
    let failing = app
        .post(&app.user, "/api/v1/scheduler/jobs", failing)
        .await
        .expect(201)["id"]
        .as_i64()
        .unwrap();
    app.run(&app.user, failing).await;

    let get = async |path: &str| {
        app.get(&app.user, &format!("{STATS}/{path}"))
            .await
            .expect(200)
    };
    let mut dashboard = steady(get("dashboard?timezone=Africa/Cairo").await);
    dashboard["failures"][0]["message"] = json!("[message]");
    insta::assert_json_snapshot!("dashboard", dashboard);
    insta::assert_json_snapshot!("heatmap", get("heatmap?days=7&timezone=Africa/Cairo").await);
    let calendar =
        get("calendar?from=2026-03-01T22:00:00Z&to=2026-03-03T22:00:00Z&timezone=Africa/Cairo")
            .await;
    insta::assert_json_snapshot!("calendar", calendar);
    let lines = steady(get(&format!("sparklines?job_ids={job},{failing},424242")).await);
    assert_eq!(lines["items"][0]["jobId"], job);
    insta::assert_json_snapshot!("sparklines", lines);
}

#[tokio::test]
async fn nobody_sees_other_peoples_numbers() {
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "hers").await;
    app.run(&app.user, job).await;
    let numbers = async |token: &str| {
        app.get(token, &format!("{STATS}/dashboard"))
            .await
            .expect(200)["finishedToday"]
            .clone()
    };
    assert_eq!(numbers(&app.user).await, 1);
    assert_eq!(numbers(&app.viewer).await, 0);
    assert_eq!(numbers(&app.admin).await, 1);
    let lines = async |token: &str| {
        let path = format!("{STATS}/sparklines?job_ids={job}");
        app.get(token, &path).await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((lines(&app.user).await, lines(&app.viewer).await), (1, 0));
    let cells = app
        .get(&app.viewer, &format!("{STATS}/heatmap"))
        .await
        .expect(200);
    assert_eq!(cells, json!({"cells": []}));
}

#[tokio::test]
async fn executions_name_owner_and_starter() {
    let app = TestApp::new().await;
    let job = app.manual_job(&app.user, "hers").await;
    let uuid = app.run(&app.user, job).await;
    let execution = app
        .get(&app.admin, &format!("/api/v1/scheduler/executions/{uuid}"))
        .await
        .expect(200);
    assert_eq!(
        (&execution["ownerName"], &execution["triggeredByName"]),
        (&json!("maryam"), &json!("maryam"))
    );
}

#[tokio::test]
async fn what_cannot_be_drawn_is_refused() {
    let app = TestApp::new().await;
    let many = format!("sparklines?job_ids={}", vec!["1"; 101].join(","));
    for (path, parameter) in [
        ("dashboard?timezone=Cairo", "?timezone"),
        ("dashboard?timezone=", "?timezone"),
        ("dashboard?timezone=..%2F..%2Fetc%2Fpasswd", "?timezone"),
        ("dashboard?days=1", "?days"),
        ("heatmap?days=0", "?days"),
        ("heatmap?days=32", "?days"),
        ("heatmap?days=-1", "?days"),
        ("calendar?from=2026-03-01T00:00:00Z", "?to"),
        (
            "calendar?from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z",
            "?to",
        ),
        (
            "calendar?from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z",
            "?to",
        ),
        ("calendar?from=yesterday&to=2026-05-01T00:00:00Z", "?from"),
        ("sparklines", "?job_ids"),
        ("sparklines?job_ids=1,x", "?job_ids"),
        ("sparklines?job_ids=9223372036854775808", "?job_ids"),
        (many.as_str(), "?job_ids"),
    ] {
        let problem = app
            .get(&app.user, &format!("{STATS}/{path}"))
            .await
            .problem(422);
        assert_eq!(
            problem["errors"][0]["pointer"], parameter,
            "{path}: {problem}"
        );
    }
    // The ends of time are no reason to fall over.
    for span in [
        "from=-009999-01-02T01:59:59Z&to=-009999-01-12T01:59:59Z",
        "from=9999-12-20T00:00:00Z&to=9999-12-30T22:00:00Z",
    ] {
        for zone in ["UTC", "Pacific/Auckland", "America/Los_Angeles"] {
            let path = format!("{STATS}/calendar?{span}&timezone={zone}");
            let status = app.get(&app.user, &path).await.status.as_u16();
            assert!(status == 200 || status == 422, "{path}: {status}");
        }
    }
}

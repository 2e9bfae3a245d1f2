//! Schedules tried out.

use http::Method;
use serde_json::json;

use crate::app::TestApp;

const PREVIEW: &str = "/api/v1/scheduler/schedules/preview";

#[tokio::test]
async fn a_preview_has_words_instants_and_remarks() {
    let app = TestApp::new().await;
    let body = json!({"cronExpression": "0 9 * * 1-5", "timezone": "Africa/Cairo", "count": 3});
    insta::assert_json_snapshot!(app.post(&app.viewer, PREVIEW, body).await.expect(200));
}

#[tokio::test]
async fn what_cannot_be_meant_is_explained() {
    let app = TestApp::new().await;
    let bad = [
        (json!({"cronExpression": "0 25 * * *"}), "/cronExpression"),
        (json!({"cronExpression": "0 0 30 2 *"}), "/cronExpression"),
        (json!({"cronExpression": ""}), "/cronExpression"),
        (
            json!({"cronExpression": "0 9 * * *", "timezone": "Mars/Olympus"}),
            "/timezone",
        ),
        (json!({"intervalSeconds": 0}), "/intervalSeconds"),
        (
            json!({"recurrence": {"kind": "daily", "times": ["25:00"]}}),
            "/recurrence/times/0",
        ),
        (
            json!({"recurrence": {"kind": "daily", "times": []}}),
            "/recurrence/times",
        ),
        (
            json!({"recurrence": {"kind": "weekly", "times": ["09:00"]}}),
            "/recurrence/daysOfWeek",
        ),
        (
            json!({"recurrence": {"kind": "monthly", "times": ["09:00"], "daysOfMonth": [32]}}),
            "/recurrence/daysOfMonth/0",
        ),
        (
            json!({"cronExpression": "0 9 * * *", "count": 101}),
            "/count",
        ),
        (json!({"runAt": "yesterday"}), "/runAt"),
        (json!({"runAt": "1950-01-01T00:00:00Z"}), "/runAt"),
        (
            json!({"intervalMinutes": 4_294_967_296_i64}),
            "/intervalMinutes",
        ),
        (json!({"intervalMinutes": -1}), "/intervalMinutes"),
        (json!({"manual": true, "unknown": 1}), "/unknown"),
    ];
    for (body, pointer) in bad {
        let problem = app
            .post(&app.viewer, PREVIEW, body.clone())
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body} {problem}");
    }
}

#[tokio::test]
async fn errors_speak_arabic_when_asked() {
    let app = TestApp::new().await;
    let answer = app
        .ask(Method::POST, PREVIEW)
        .token(&app.viewer)
        .header("accept-language", "ar-EG,en;q=0.5")
        .json(&json!({"cronExpression": "0 25 * * *"}))
        .send()
        .await;
    let problem = answer.problem(422);
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(
        detail
            .chars()
            .any(|one| ('\u{600}'..='\u{6ff}').contains(&one)),
        "{detail}"
    );
}

//! Files of executions, as a client gets them: whole, in part, and never somebody else's.

use http::Method;
use serde_json::{Value, json};

use crate::app::TestApp;

/// Runs an export whose file is to be downloaded; answers the execution.
async fn exported(app: &TestApp) -> Value {
    let job = json!({
        "taskFunctionKey": "data_export", "nameEn": "Export", "manual": true,
        "parameters": { "connection": "orloj-history", "table": "job", "columns": ["task_function"], "destination": "download", "fileName": "jobs" },
    });
    let job = app
        .post(&app.admin, "/api/v1/scheduler/jobs", job)
        .await
        .expect(201);
    let uuid = app.run(&app.admin, job["id"].as_i64().unwrap()).await;
    let path = format!("/api/v1/scheduler/executions/{uuid}");
    let execution = app.get(&app.admin, &path).await.expect(200);
    assert_eq!(execution["statusName"], "success", "{execution}");
    execution
}

#[tokio::test]
async fn a_file_is_downloaded_whole_and_in_part() {
    let app = TestApp::new().await;
    let execution = exported(&app).await;
    let [artifact] = execution["artifacts"].as_array().unwrap().as_slice() else {
        panic!("one file: {execution}");
    };
    let list = format!("/api/v1/scheduler/executions/{}/artifacts", execution["id"]);
    assert_eq!(
        app.get(&app.admin, &list).await.expect(200),
        json!([artifact])
    );
    assert_eq!(
        execution["result"]["file"]["artifact"]["id"],
        artifact["id"].to_string()
    );
    assert_eq!(execution["result"]["file"]["sha256"], artifact["sha256"]);
    assert_eq!(artifact["expiresAt"], "2026-04-01T10:00:00Z");
    let href = artifact["href"].as_str().unwrap();
    let whole = app.get(&app.admin, href).await;
    assert_eq!(whole.status, 200);
    assert_eq!(whole.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(
        whole.header("etag"),
        format!("\"{}\"", artifact["sha256"].as_str().unwrap())
    );
    let name = artifact["name"].as_str().unwrap();
    assert!(name.starts_with("jobs_"), "{name}");
    assert_eq!(
        whole.header("content-disposition"),
        format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}")
    );
    assert_eq!(json!(whole.bytes.len()), artifact["size"]);
    assert!(whole.text().contains("data_export"));

    let part = async |range: &str| {
        app.ask(Method::GET, href)
            .token(&app.admin)
            .header("range", range)
            .send()
            .await
    };
    let middle = part("bytes=2-5").await;
    assert_eq!(middle.status, 206);
    assert_eq!(middle.bytes, whole.bytes[2..6]);
    assert_eq!(
        middle.header("content-range"),
        format!("bytes 2-5/{}", whole.bytes.len())
    );
    assert_eq!(
        part("bytes=-3").await.bytes,
        whole.bytes[whole.bytes.len() - 3..]
    );
    let beyond = part("bytes=99999999-").await;
    assert_eq!(
        beyond.header("content-range"),
        format!("bytes */{}", whole.bytes.len())
    );
    assert_eq!(beyond.problem(416)["error_type"], "range_not_satisfiable");
    assert_eq!(part("bytes=0-1,3-4").await.status, 200);
}

#[tokio::test]
async fn files_of_others_are_not_there_and_viewers_delete_nothing() {
    let app = TestApp::new().await;
    let execution = exported(&app).await;
    let href = execution["artifacts"][0]["href"].as_str().unwrap();
    app.get(&app.user, href).await.problem(404);
    app.delete(&app.user, href).await.problem(404);
    app.delete(&app.viewer, href).await.problem(403);
    app.get(&app.admin, &format!("{href}0")).await.problem(404);
    app.get(&app.admin, &format!("{href}x")).await.problem(404);
    app.delete(&app.admin, href).await.expect(204);
    app.get(&app.admin, href).await.problem(404);
    let path = format!("/api/v1/scheduler/executions/{}", execution["id"]);
    let execution = app.get(&app.admin, &path).await.expect(200);
    assert_eq!(execution["artifacts"], json!([]));
}

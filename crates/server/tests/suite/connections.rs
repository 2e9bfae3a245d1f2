//! Secrets and connections over HTTP.

use http::Method;
use orloj_engine::model::Role;
use serde_json::json;

use crate::app::TestApp;

const SECRET: &str = "value-that-must-not-come-back";

#[tokio::test]
async fn a_secret_is_written_and_never_answered() {
    let app = TestApp::new().await;
    let (_, other) = app.person("other", Role::User).await;
    let body = json!({"name": "token", "value": SECRET, "description": "for the shop"});
    let answer = app.post(&app.user, "/api/v1/secrets", body).await;
    assert!(!answer.text().contains(SECRET));
    let path = format!("/api/v1/secrets/{}", answer.expect(201)["id"]);
    for token in [&app.user, &app.admin] {
        for path in [path.as_str(), "/api/v1/secrets", "/api/v1/audit-events"] {
            let answer = app.get(token, path).await;
            assert!(!answer.text().contains(SECRET), "{path}");
            answer.expect(200);
        }
    }
    app.get(&other, &path).await.problem(404);
    app.delete(&other, &path).await.problem(404);
    let listed = app.get(&other, "/api/v1/secrets").await.expect(200);
    assert_eq!(listed["total"], 0);

    let patch = app.ask(Method::PATCH, &path).token(&app.user);
    let changed =
        patch.json(&json!({"value": "another", "sharedWithEverybody": true, "description": null}));
    let changed = changed.send().await.expect(200);
    assert_eq!(changed["sharedWithEverybody"], true);
    assert!(changed["description"].is_null());
    app.get(&other, &path).await.expect(200);
    app.delete(&other, &path).await.problem(403);
    app.delete(&app.user, &path).await.expect(204);
    app.get(&app.user, &path).await.problem(404);
}

#[tokio::test]
async fn the_key_is_changed_by_administrators() {
    let app = TestApp::new().await;
    let body = json!({"name": "token", "value": SECRET});
    let before = app
        .post(&app.user, "/api/v1/secrets", body)
        .await
        .expect(201);
    let rotated = app
        .post(&app.admin, "/api/v1/secret-key/rotate", json!({}))
        .await
        .expect(200);
    assert_eq!(rotated["values"], 1);
    assert_ne!(rotated["keyId"], before["keyId"]);
}

#[tokio::test]
async fn a_connection_shows_marks_for_what_is_sealed() {
    let app = TestApp::new().await;
    let (_, other) = app.person("other", Role::User).await;
    let kinds = app
        .get(&app.viewer, "/api/v1/connection-kinds")
        .await
        .expect(200);
    assert_eq!(kinds.as_array().unwrap().len(), 8);
    let body = json!({"name": "mail", "kind": "smtp", "settings": {"host": "127.0.0.1", "from": "o@example.com", "password": SECRET}});
    let made = app
        .post(&app.user, "/api/v1/connections", body)
        .await
        .expect(201);
    assert_eq!(made["settings"]["password"], json!({"$set": true}));
    let path = format!("/api/v1/connections/{}", made["id"]);
    app.get(&other, &path).await.problem(404);
    app.post(&other, &format!("{path}/test"), json!({}))
        .await
        .problem(404);
    let test = app
        .post(&app.user, &format!("{path}/test"), json!({}))
        .await
        .expect(200);
    assert_eq!(test["works"], false, "loopback is closed: {test}");
    assert_ne!(test["message"], test["messageAr"]);
    let wrong = json!({"name": "m 2", "kind": "smtp", "settings": {"host": "h"}});
    let wrong = app
        .post(&app.user, "/api/v1/connections", wrong)
        .await
        .problem(422);
    let pointers: Vec<_> = wrong["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["pointer"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        pointers.iter().any(|at| at.ends_with("/name"))
            && pointers.iter().any(|at| at.ends_with("/settings/from")),
        "{pointers:?}"
    );
    let all = app.get(&app.admin, "/api/v1/connections").await.expect(200);
    assert_eq!(all["items"][0]["name"], "orloj-history");
    assert_eq!(all["items"][0]["isBuiltin"], true);
    app.delete(&app.user, &path).await.expect(204);
}

#[tokio::test]
async fn a_job_is_answered_with_its_reference() {
    let app = TestApp::new().await;
    let job = json!({"taskFunctionKey": "echo", "nameEn": "Refers", "manual": true, "parameters": {"message": {"$secret": "token"}}});
    app.post(&app.user, "/api/v1/scheduler/jobs", job.clone())
        .await
        .problem(422);
    let body = json!({"name": "token", "value": SECRET});
    app.post(&app.user, "/api/v1/secrets", body)
        .await
        .expect(201);
    let made = app
        .post(&app.user, "/api/v1/scheduler/jobs", job)
        .await
        .expect(201);
    assert_eq!(made["parameters"]["message"], json!({"$secret": "token"}));
    let execution = app.run(&app.user, made["id"].as_i64().unwrap()).await;
    let path = format!("/api/v1/scheduler/executions/{execution}");
    for path in [path.clone(), format!("{path}/logs")] {
        let answer = app.get(&app.user, &path).await;
        assert!(
            !answer.text().contains(SECRET) && answer.text().contains("•••"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn tables_are_those_open_to_jobs() {
    let app = TestApp::new().await;
    let (_, other) = app.person("other", Role::User).await;
    let path = "/api/v1/connections/0/tables";
    let tables = app.get(&app.admin, path).await.expect(200);
    let names = tables["tables"].as_array().unwrap();
    assert!(names.contains(&json!("job")), "{tables}");
    app.get(&app.admin, "/api/v1/connections/0")
        .await
        .expect(200);
    let test = app
        .post(&app.admin, "/api/v1/connections/0/test", json!({}))
        .await
        .expect(200);
    assert_eq!(test["works"], true, "{test}");
    app.delete(&app.admin, "/api/v1/connections/0")
        .await
        .problem(409);
    assert!(!names.contains(&json!("account")), "{tables}");
    assert!(tables["message"].is_null());
    app.get(&app.user, path).await.problem(404);

    let body = json!({"name": "mail", "kind": "smtp", "settings": {"host": "127.0.0.1", "from": "o@example.com"}});
    let made = app
        .post(&app.user, "/api/v1/connections", body)
        .await
        .expect(201);
    let path = format!("/api/v1/connections/{}/tables", made["id"]);
    let none = app.get(&app.user, &path).await.expect(200);
    assert_eq!(none["tables"], json!([]));
    assert!(none["message"].is_string(), "{none}");
    assert_ne!(none["message"], none["messageAr"]);
    app.get(&other, &path).await.problem(404);
    app.get(&app.viewer, &path).await.problem(403);
}

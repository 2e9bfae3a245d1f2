//! Secrets and connections over HTTP.

use http::Method;
use orloj_engine::model::Role;
use serde_json::{Value, json};

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
    app.post(&app.user, "/api/v1/secrets", body)
        .await
        .expect(201);
    app.get(&app.user, "/api/v1/secret-key").await.problem(403);
    let before = app.get(&app.admin, "/api/v1/secret-key").await.expect(200);
    assert_eq!(before["source"], "file");
    assert_eq!(before["values"], 1);
    assert_eq!(before["isUsable"], true);
    assert!(before["since"].is_string(), "{before}");
    assert!(
        before["file"].as_str().unwrap().ends_with("orloj.key"),
        "{before}"
    );
    let rotated = app
        .post(&app.admin, "/api/v1/secret-key/rotate", json!({}))
        .await
        .expect(200);
    assert_eq!(rotated["values"], 1);
    assert_ne!(rotated["keyId"], before["keyId"]);
    let after = app.get(&app.admin, "/api/v1/secret-key").await.expect(200);
    assert_eq!(after["keyId"], rotated["keyId"]);
    assert_eq!(after["isUsable"], true);
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
async fn what_is_in_use_says_by_whom_and_is_not_deleted_by_the_way() {
    let app = TestApp::new().await;
    let (_, other) = app.person("other", Role::User).await;
    let make = async |token: &str, path: &str, body: Value| {
        app.post(token, path, body).await.expect(201)["id"].clone()
    };
    let body = json!({"name": "token", "value": SECRET, "sharedWithEverybody": true});
    let secret = make(&app.user, "/api/v1/secrets", body).await;
    let unused = json!({"name": "unused", "value": SECRET});
    make(&app.user, "/api/v1/secrets", unused).await;
    let mail = json!({"name": "mail", "kind": "smtp", "settings": {"host": "127.0.0.1", "from": "o@example.com", "username": "o", "password": {"$secret": "token"}}});
    let mail = make(&app.user, "/api/v1/connections", mail).await;
    let channel = json!({"name": "ops", "kind": "mail", "settings": {"connection": "mail", "recipients": ["ops@example.com"]}});
    let channel = make(&app.user, "/api/v1/notifications/channels", channel).await;
    let letter = json!({"taskFunctionKey": "email", "nameEn": "Letter", "manual": true, "parameters": {"connection": "mail", "recipients": ["a@example.com"], "subject": "s", "text": "t"}});
    let letter = make(&app.user, "/api/v1/scheduler/jobs", letter).await;
    let speaks = |name: &str| json!({"taskFunctionKey": "echo", "nameEn": name, "manual": true, "parameters": {"message": {"$secret": "token"}}});
    let job = make(&app.user, "/api/v1/scheduler/jobs", speaks("Mine")).await;
    make(&other, "/api/v1/scheduler/jobs", speaks("Theirs")).await;
    // Another's own secret of that name comes before the one that is shared: their jobs are no business of this one.
    let (_, third) = app.person("third", Role::User).await;
    let own = json!({"name": "token", "value": SECRET});
    make(&third, "/api/v1/secrets", own).await;
    make(&third, "/api/v1/scheduler/jobs", speaks("Own")).await;

    let all = app
        .get(&app.user, "/api/v1/secrets?with_uses=true")
        .await
        .expect(200);
    let uses = |name: &str| {
        let items = all["items"].as_array().unwrap();
        items.iter().find(|one| one["name"] == name).unwrap()["uses"].clone()
    };
    assert_eq!(
        uses("token"),
        json!({"hidden": 1, "items": [
            {"kind": "job", "id": job, "name": "Mine", "nameAr": null},
            {"kind": "connection", "id": mail, "name": "mail", "nameAr": null},
        ]})
    );
    assert_eq!(uses("unused"), json!({"hidden": 0, "items": []}));
    let plain = app.get(&app.user, "/api/v1/secrets").await.expect(200);
    assert!(plain["items"][0].get("uses").is_none(), "{plain}");
    let all = app
        .get(&app.user, "/api/v1/connections?with_uses=true")
        .await
        .expect(200);
    assert_eq!(
        all["items"][0]["uses"],
        json!({"hidden": 0, "items": [
            {"kind": "job", "id": letter, "name": "Letter", "nameAr": null},
            {"kind": "channel", "id": channel, "name": "ops", "nameAr": null},
        ]})
    );

    let path = format!("/api/v1/secrets/{secret}");
    let refused = app.delete(&app.user, &path).await.problem(409);
    let told = refused["detail"].as_str().unwrap();
    for named in ["(Mine)", "(mail)", "1 of other users", "force=true"] {
        assert!(told.contains(named), "{named}: {told}");
    }
    assert!(!told.contains("Theirs"), "{told}");
    app.delete(&app.user, &format!("{path}?force=maybe"))
        .await
        .problem(422);
    app.delete(&app.user, &format!("{path}?force=true"))
        .await
        .expect(204);
    let path = format!("/api/v1/connections/{mail}");
    let refused = app.delete(&app.user, &path).await.problem(409);
    assert!(
        refused["detail"].as_str().unwrap().contains("(Letter)"),
        "{refused}"
    );
    app.delete(&app.user, &format!("{path}?force=true"))
        .await
        .expect(204);
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

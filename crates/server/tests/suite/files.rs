//! Files and software over HTTP: uploads that break and go on, downloads in parts, refusals.

use http::Method;
use orloj_engine::model::Role;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, steady};

const FILES: &str = "/api/v1/files";

async fn put(app: &TestApp, token: &str, path: &str, content: &[u8]) -> Answer {
    app.ask(Method::PUT, path)
        .token(token)
        .raw("application/octet-stream", content.to_vec())
        .send()
        .await
}

/// Announces and uploads; answers the number.
async fn upload(app: &TestApp, token: &str, name: &str, content: &[u8]) -> i64 {
    let body = json!({"name": name, "size": content.len()});
    let file = app.post(token, FILES, body).await.expect(201);
    let path = format!("{FILES}/{}/content", file["id"]);
    put(app, token, &path, content).await.expect(200);
    file["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_file_goes_up_in_parts_and_down_again() {
    let app = TestApp::new().await;
    let bytes: Vec<u8> = (0..2_500_000_u32).map(|at| (at % 253) as u8).collect();
    let body = json!({"name": "app.bin", "size": bytes.len(), "mediaType": "application/x-thing", "description": "a thing"});
    let made = app.post(&app.user, FILES, body).await.expect(201);
    insta::assert_json_snapshot!("announced", steady(made.clone()));
    let content = format!("{FILES}/{}/content", made["id"]);
    app.get(&app.user, &content).await.problem(409);
    let half = put(&app, &app.user, &content, &bytes[..1_100_000])
        .await
        .expect(200);
    assert_eq!(
        (&half["received"], &half["state"]),
        (&json!(1_100_000), &json!("receiving"))
    );
    // From the beginning again, and from beyond: refused with the place to go on.
    let twice = put(&app, &app.user, &content, &bytes).await.problem(409);
    assert!(
        twice["detail"].as_str().unwrap().contains("1100000"),
        "{twice}"
    );
    put(&app, &app.user, &format!("{content}?offset=2000000"), b"")
        .await
        .problem(409);
    put(&app, &app.user, &format!("{content}?offset=x"), b"")
        .await
        .problem(422);
    let whole = put(
        &app,
        &app.user,
        &format!("{content}?offset=1100000"),
        &bytes[1_100_000..],
    )
    .await
    .expect(200);
    insta::assert_json_snapshot!("ready", steady(whole.clone()));
    let all = app.get(&app.user, &content).await;
    assert_eq!(all.status, 200);
    assert!(all.bytes == bytes);
    assert!(all.header("content-disposition").starts_with("attachment;"));
    assert_eq!(
        all.header("etag"),
        format!("\"{}\"", whole["sha256"].as_str().unwrap())
    );
    let part = app
        .ask(Method::GET, &content)
        .token(&app.user)
        .header("range", "bytes=1048570-1048585")
        .send()
        .await;
    assert_eq!(part.status, 206);
    assert_eq!(
        part.header("content-range"),
        "bytes 1048570-1048585/2500000"
    );
    assert!(part.bytes == bytes[1_048_570..=1_048_585]);
    let beyond = app
        .ask(Method::GET, &content)
        .token(&app.user)
        .header("range", "bytes=2500000-")
        .send()
        .await;
    assert_eq!(beyond.status, 416);
    let (_, other) = app.person("other", Role::User).await;
    for path in [content.clone(), format!("{FILES}/{}", made["id"])] {
        app.get(&other, &path).await.problem(404);
        app.delete(&other, &format!("{FILES}/{}", made["id"]))
            .await
            .problem(404);
    }
    put(&app, &other, &content, b"x").await.problem(404);
    let list = app.get(&app.user, FILES).await.expect(200);
    assert_eq!(
        (&list["total"], &list["usedBytes"]),
        (&json!(1), &json!(2_500_000))
    );
}

#[tokio::test]
async fn a_file_in_use_stays() {
    let app = TestApp::new().await;
    let file = upload(&app, &app.user, "tools.deb", b"content").await;
    let body = json!({"name": "Tools", "platforms": {"linux": {"file": file, "install": "dpkg -i \"$ORLOJ_FILE\"", "detect": "dpkg -s tools"}}, "dependencies": [24]});
    let tools = app
        .post(&app.user, "/api/v1/software", body)
        .await
        .expect(201);
    insta::assert_json_snapshot!("software", steady(tools.clone()));
    let path = format!("{FILES}/{file}");
    let refusal = app.delete(&app.user, &path).await.problem(409);
    assert!(
        refusal["detail"].as_str().unwrap().contains("(Tools)"),
        "{refusal}"
    );
    let changed = app
        .ask(Method::PATCH, &format!("/api/v1/software/{}", tools["id"]))
        .token(&app.user)
        .json(&json!({"version": "2", "platforms": {"linux": {"packages": {"apt": ["hello"]}}}}))
        .send()
        .await
        .expect(200);
    assert_eq!(changed["dependencies"], json!([24]));
    app.delete(&app.user, &path).await.expect(204);
    app.delete(&app.user, "/api/v1/software/24")
        .await
        .problem(409);
    let pointers = async |body: Value| {
        let problem = app
            .post(&app.user, "/api/v1/software", body)
            .await
            .problem(422);
        problem["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        pointers(json!({"name": "x", "platforms": {}})).await,
        "/platforms"
    );
    assert_eq!(
        pointers(json!({"name": "x", "platforms": {"linux": {"packages": {"apt": ["--purge"]}}}}))
            .await,
        "/platforms/linux/packages/apt"
    );
    assert_eq!(
        pointers(json!({"name": "x", "platforms": {"linux": {"install": "i", "detect": "d", "file": 424_242}}})).await,
        "/platforms/linux/file"
    );
    let all = app.get(&app.viewer, "/api/v1/software").await.expect(200);
    assert!(
        all["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|entry| entry["isBuiltin"] == true)
    );
}

#[tokio::test]
async fn a_group_has_a_list_or_a_rule() {
    let app = TestApp::new().await;
    let (_, other) = app.person("other", Role::User).await;
    let path = "/api/v1/groups";
    let rule = json!({"any": [{"field": "facts.os", "op": "eq", "value": "linux"}, {"field": "tags", "op": "in", "value": ["web"]}]});
    let made = app
        .post(
            &app.user,
            path,
            json!({"name": "Servers", "color": "#1c7ed6", "rule": rule}),
        )
        .await
        .expect(201);
    insta::assert_json_snapshot!("group", steady(made.clone()));
    let one = format!("{path}/{}", made["id"]);
    app.get(&other, &one).await.problem(404);
    app.get(&other, &format!("{one}/devices"))
        .await
        .problem(404);
    let members = app
        .post(
            &app.viewer,
            &format!("{path}/preview"),
            json!({"rule": rule}),
        )
        .await
        .expect(200);
    assert_eq!(members, json!({"items": [], "total": 0}));
    for (body, pointer) in [
        (json!({"name": "x", "rule": rule, "devices": []}), "/rule"),
        (
            json!({"name": "x", "rule": {"field": "name", "op": "like"}}),
            "/rule",
        ),
        (
            json!({"name": "x", "rule": {"field": "owner", "op": "exists"}}),
            "/rule/field",
        ),
        (json!({"name": "x", "devices": [424_242]}), "/devices"),
        (json!({"name": "x", "rules": rule}), "/rules"),
    ] {
        let problem = app.post(&app.user, path, body.clone()).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    app.post(&app.user, path, json!({"name": "Servers"}))
        .await
        .problem(409);
    let changed = app
        .ask(Method::PATCH, &one)
        .token(&app.user)
        .json(&json!({"devices": [], "color": null}))
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&changed["devices"], &changed["rule"]),
        (&json!([]), &json!(null))
    );
    app.delete(&app.user, &one).await.expect(204);
}

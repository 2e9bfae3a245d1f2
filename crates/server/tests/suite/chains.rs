//! Jobs that run after other jobs, over HTTP.

use http::Method;
use orloj_engine::model::Role;
use serde_json::{Value, json};

use crate::app::TestApp;

fn echo(name: &str, after: Value) -> Value {
    json!({ "nameEn": name, "taskFunctionKey": "echo", "manual": true, "after": after })
}

#[tokio::test]
async fn a_chain_is_made_read_and_taken_away() {
    let app = TestApp::new().await;
    let (_, other) = app.person("other", Role::User).await;
    let jobs = "/api/v1/scheduler/jobs";
    let first = app.post(&app.user, jobs, echo("first", Value::Null)).await;
    let first = first.expect(201);
    assert_eq!(first["after"], Value::Null);
    let parent = json!({ "jobId": first["id"], "on": "success", "alias": "first" });
    let after = json!({ "parents": [parent], "mode": "all", "withinSeconds": 60 });
    let made = app
        .post(&app.user, jobs, echo("second", after.clone()))
        .await;
    let second = made.expect(201);
    assert_eq!(second["after"], after);

    let chain = format!("{jobs}/{}/chain", first["id"]);
    let seen = app.get(&app.user, &chain).await.expect(200);
    assert_eq!(
        (&seen["jobId"], &seen["truncated"]),
        (&first["id"], &json!(false))
    );
    let [above, below] = seen["jobs"].as_array().unwrap().as_slice() else {
        panic!("{seen}");
    };
    assert_eq!(
        (&above["id"], &above["isDescendant"]),
        (&first["id"], &json!(false))
    );
    assert_eq!(
        (&below["id"], &below["isDescendant"], &below["after"]),
        (&second["id"], &json!(true), &after)
    );
    app.get(&other, &chain).await.problem(404);
    app.get(&app.user, &format!("{jobs}/9999/chain"))
        .await
        .problem(404);

    // A stranger's job, a circle, a member that nobody knows.
    let refused = app.post(&other, jobs, echo("spy", after.clone())).await;
    let refused = refused.problem(422);
    assert_eq!(refused["errors"][0]["pointer"], "/after/parents/0/jobId");
    let put = |id: &Value, body: Value| {
        app.ask(Method::PUT, &format!("{jobs}/{id}"))
            .token(&app.user)
            .json(&body)
            .send()
    };
    let circle = json!({ "parents": [{ "jobId": second["id"], "on": "failure" }] });
    let refused = put(&first["id"], json!({ "after": circle })).await;
    let refused = refused.problem(422);
    assert_eq!(refused["errors"][0]["pointer"], "/after/parents");
    let refused = put(&first["id"], json!({ "after": { "jobs": [] } })).await;
    refused.problem(422);

    let kept = put(&second["id"], json!({ "nameEn": "last" })).await;
    assert_eq!(
        kept.expect(200)["after"],
        after,
        "left out, it stays as it is"
    );
    let gone = put(&second["id"], json!({ "after": null })).await;
    assert_eq!(gone.expect(200)["after"], Value::Null);
    let seen = app.get(&app.user, &chain).await.expect(200);
    assert_eq!(seen["jobs"].as_array().unwrap().len(), 1);
}

//! Jobs through the native API, from the seeds' own requests on.

use http::Method;
use serde_json::json;

use crate::app::{TestApp, steady};

const JOBS: &str = "/api/v1/scheduler/jobs";

#[tokio::test]
async fn the_seeds_interval_job() {
    let app = TestApp::new().await;
    let body = json!({
        "taskFunctionId": 1,
        "nameEn": "HRIS Sync",
        "nameAr": "مزامنة الموارد البشرية",
        "intervalMinutes": 30,
        "priority": 5,
        "maxInstances": 1,
        "isEnabled": true
    });
    let answer = app.post(&app.admin, JOBS, body).await;
    assert_eq!(answer.header("etag"), "\"v1\"");
    insta::assert_json_snapshot!(steady(answer.expect(201)));
}

#[tokio::test]
async fn the_seeds_cron_job() {
    let app = TestApp::new().await;
    let body = json!({"taskFunctionId": 2, "cronExpression": "0 2 * * *", "isEnabled": true});
    insta::assert_json_snapshot!(steady(app.post(&app.admin, JOBS, body).await.expect(201)));
}

#[tokio::test]
async fn the_seeds_update() {
    let app = TestApp::new().await;
    let body = json!({"taskFunctionId": 1, "intervalMinutes": 30, "nameEn": "HRIS Sync"});
    let id = app.post(&app.admin, JOBS, body).await.expect(201)["id"].clone();
    let update = json!({"intervalMinutes": 60, "priority": 10, "isEnabled": false});
    let job = app
        .put(&app.admin, &format!("{JOBS}/{id}"), update)
        .await
        .expect(200);
    assert_eq!(job["priority"], 10);
    assert_eq!(job["isEnabled"], false);
    assert_eq!(job["nextRunAt"], json!(null));
    assert_eq!(job["nameEn"], "HRIS Sync");
    assert_eq!(job["version"], 2);
    assert_eq!(
        (&job["intervalMinutes"], &job["intervalHours"]),
        (&json!(60), &json!(null))
    );
    let read = app
        .get(&app.admin, &format!("{JOBS}/{id}"))
        .await
        .expect(200);
    assert_eq!(read["intervalMinutes"], 60);
}

#[tokio::test]
async fn intervals_come_back_as_they_were_said() {
    let app = TestApp::new().await;
    let said = json!({"taskFunctionKey": "echo", "intervalMinutes": 90, "intervalSeconds": 30, "tags": ["said"]});
    let job = app.post(&app.user, JOBS, said).await.expect(201);
    let id = job["id"].clone();
    let parts = |job: &serde_json::Value| {
        [
            "intervalDays",
            "intervalHours",
            "intervalMinutes",
            "intervalSeconds",
        ]
        .map(|name| job[name].as_u64())
    };
    assert_eq!(parts(&job), [None, None, Some(90), Some(30)]);
    let path = format!("{JOBS}/{id}");
    let job = app
        .put(
            &app.user,
            &path,
            json!({"intervalHours": 1, "intervalSeconds": null}),
        )
        .await
        .expect(200);
    assert_eq!(parts(&job), [None, Some(1), Some(90), None]);
    let listed = app.get(&app.user, JOBS).await.expect(200)["items"][0].clone();
    assert_eq!(parts(&listed), [None, Some(1), Some(90), None]);
    let exported = app
        .get(&app.user, &format!("{JOBS}/export?tag=said"))
        .await
        .expect(200)[0]
        .clone();
    assert_eq!(parts(&exported), [None, Some(1), Some(90), None]);
    let copy = app
        .post(&app.user, &format!("{path}/duplicate"), json!({}))
        .await
        .expect(201);
    assert_eq!(parts(&copy), [None, Some(1), Some(90), None]);
    let batch = json!({"jobs": [{"taskFunctionKey": "echo", "intervalSeconds": 86_400}]});
    let made = app
        .post(&app.user, &format!("{JOBS}/batch"), batch)
        .await
        .expect(201)["ids"][0]
        .clone();
    assert_eq!(
        parts(
            &app.get(&app.user, &format!("{JOBS}/{made}"))
                .await
                .expect(200)
        ),
        [None, None, None, Some(86_400)]
    );
    let same = app
        .put(
            &app.user,
            &path,
            json!({"intervalHours": null, "intervalMinutes": 150}),
        )
        .await
        .expect(200);
    assert_eq!(parts(&same), [None, None, Some(150), None]);
    assert_eq!(
        same["nextRunAt"], job["nextRunAt"],
        "the same interval in other words keeps its grid"
    );
}

#[tokio::test]
async fn every_kind_of_schedule_comes_back_as_it_was_said() {
    let app = TestApp::new().await;
    let kinds = [
        json!({"intervalDays": 1, "jobTypeName": "interval", "jobTypeId": 1}),
        json!({"cronExpression": "*/5 * * * *", "jobTypeName": "cron", "jobTypeId": 2}),
        json!({"cronFields": {"minute": "0", "hour": "6", "dayOfMonth": "*", "month": "*", "dayOfWeek": "1", "week": "*"}, "jobTypeName": "cron", "jobTypeId": 2}),
        json!({"runAt": "2026-04-01T08:00:00Z", "jobTypeName": "once", "jobTypeId": 3}),
        json!({"recurrence": {"kind": "daily", "times": ["09:00"]}, "jobTypeName": "daily", "jobTypeId": 4}),
        json!({"recurrence": {"kind": "weekly", "times": ["09:00"], "daysOfWeek": ["monday"]}, "jobTypeName": "weekly", "jobTypeId": 5}),
        json!({"recurrence": {"kind": "monthly", "times": ["09:00:30"], "daysOfMonth": [1, -1]}, "jobTypeName": "monthly", "jobTypeId": 6}),
        json!({"manual": true, "jobTypeName": "manual", "jobTypeId": 7}),
    ];
    for kind in kinds {
        let mut body = kind.clone();
        let members = body.as_object_mut().unwrap();
        members.retain(|name, _| !name.starts_with("jobType"));
        members.insert("taskFunctionKey".to_owned(), json!("echo"));
        let job = app.post(&app.user, JOBS, body).await.expect(201);
        for (name, value) in kind.as_object().unwrap() {
            assert_eq!(&job[name], value, "{name} of {kind}");
        }
    }
}

#[tokio::test]
async fn typed_endpoints_take_their_own_kind_only() {
    let app = TestApp::new().await;
    let interval = json!({"taskFunctionId": 1, "intervalHours": 1});
    let cron = json!({"taskFunctionId": 1, "cronExpression": "0 * * * *"});
    app.post(&app.user, &format!("{JOBS}/interval"), interval.clone())
        .await
        .expect(201);
    app.post(&app.user, &format!("{JOBS}/cron"), cron.clone())
        .await
        .expect(201);
    let problem = app
        .post(&app.user, &format!("{JOBS}/interval"), cron)
        .await
        .problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/intervalMinutes");
    let problem = app
        .post(&app.user, &format!("{JOBS}/cron"), interval)
        .await
        .problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/cronExpression");
}

#[tokio::test]
async fn two_kinds_or_none_are_refused_by_name() {
    let app = TestApp::new().await;
    let both = json!({"taskFunctionId": 1, "intervalMinutes": 5, "cronExpression": "0 * * * *"});
    insta::assert_json_snapshot!(
        "both_kinds",
        app.post(&app.user, JOBS, both).await.problem(422)
    );
    let none = json!({"taskFunctionId": 1});
    insta::assert_json_snapshot!(
        "no_kind",
        app.post(&app.user, JOBS, none).await.problem(422)
    );
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    let app = TestApp::new().await;
    for number in 0..5 {
        let body = json!({"taskFunctionKey": "echo", "nameEn": format!("job {number}"), "intervalHours": 1, "priority": number, "isEnabled": number != 2, "tags": ["odd"]});
        app.post(&app.user, JOBS, body).await.expect(201);
    }
    app.post(
        &app.user,
        JOBS,
        json!({"taskFunctionKey": "echo", "cronExpression": "@daily"}),
    )
    .await
    .expect(201);
    let page = app
        .get(&app.user, &format!("{JOBS}?page=2&per_page=2"))
        .await
        .expect(200);
    assert_eq!(
        (
            page["total"].as_i64(),
            page["page"].as_i64(),
            page["perPage"].as_i64(),
            page["totalPages"].as_i64()
        ),
        (Some(6), Some(2), Some(2), Some(3))
    );
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let total = async |query: &str| {
        app.get(&app.user, &format!("{JOBS}?{query}"))
            .await
            .expect(200)["total"]
            .clone()
    };
    assert_eq!(total("is_enabled=false").await, 1);
    assert_eq!(total("job_type_id=1").await, 5);
    assert_eq!(total("job_type_id=2").await, 1);
    assert_eq!(total("job_type=cron").await, 1);
    assert_eq!(total("task_function_id=1").await, 6);
    assert_eq!(total("search=job%203").await, 1);
    assert_eq!(total("tag=odd").await, 5);
    let first = app.get(&app.user, JOBS).await.expect(200)["items"][0]["priority"].clone();
    assert_eq!(first, 4, "higher priority first");
}

#[tokio::test]
async fn updates_keep_clear_and_switch() {
    let app = TestApp::new().await;
    let body = json!({"taskFunctionKey": "echo", "nameEn": "a", "nameAr": "ا", "intervalMinutes": 5, "timeoutSeconds": 9, "tags": ["x"], "priority": 3});
    let id = app.post(&app.user, JOBS, body).await.expect(201)["id"].clone();
    let path = format!("{JOBS}/{id}");
    let job = app
        .put(
            &app.user,
            &path,
            json!({"nameAr": null, "priority": null, "misfireGraceTime": null}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&job["nameEn"], &job["nameAr"]),
        (&json!("a"), &json!(null))
    );
    assert_eq!(
        (&job["priority"], &job["misfireGraceTime"]),
        (&json!(0), &json!(null))
    );
    assert_eq!(
        (&job["timeoutSeconds"], &job["tags"]),
        (&json!(9), &json!(["x"]))
    );
    let job = app
        .put(
            &app.user,
            &path,
            json!({"cronExpression": "0 4 * * *", "timezone": "Africa/Cairo"}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&job["jobTypeName"], &job["intervalMinutes"]),
        (&json!("cron"), &json!(null))
    );
    assert_eq!(job["timezone"], "Africa/Cairo");
    let problem = app
        .put(&app.user, &path, json!({"cronExpression": null}))
        .await
        .problem(422);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("when the job runs")
    );
    let problem = app
        .put(
            &app.user,
            &path,
            json!({"runAt": "2027-01-01T00:00:00Z", "manual": true}),
        )
        .await
        .problem(422);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_stale_version_is_a_conflict() {
    let app = TestApp::new().await;
    let id = app.manual_job(&app.user, "contended").await;
    let path = format!("{JOBS}/{id}");
    let update = |tag: &'static str, name: &'static str| {
        app.ask(Method::PUT, &path)
            .token(&app.user)
            .header("if-match", tag)
            .json(&json!({"nameEn": name}))
            .send()
    };
    let answer = update("\"v1\"", "first").await;
    assert_eq!(answer.header("etag"), "\"v2\"");
    answer.expect(200);
    insta::assert_json_snapshot!(update("\"v1\"", "second").await.problem(409));
    update("nonsense", "third").await.problem(409);
    update("*", "fourth").await.expect(200);
    let stale = app
        .ask(Method::DELETE, &path)
        .token(&app.user)
        .header("if-match", "\"v1\"")
        .send()
        .await;
    stale.problem(409);
    assert_eq!(
        app.get(&app.user, &path).await.expect(200)["nameEn"],
        "fourth"
    );
}

#[tokio::test]
async fn deleted_jobs_are_gone_but_their_history_stays() {
    let app = TestApp::new().await;
    let id = app.manual_job(&app.user, "short-lived").await;
    app.run(&app.user, id).await;
    let answer = app.delete(&app.user, &format!("{JOBS}/{id}")).await;
    assert_eq!((answer.status.as_u16(), answer.bytes.len()), (204, 0));
    insta::assert_json_snapshot!(
        app.get(&app.user, &format!("{JOBS}/{id}"))
            .await
            .problem(404)
    );
    app.delete(&app.user, &format!("{JOBS}/{id}"))
        .await
        .problem(404);
    let history = app
        .get(&app.user, &format!("{JOBS}/{id}/history"))
        .await
        .expect(200);
    assert_eq!(history["total"], 1);
}

#[tokio::test]
async fn the_seeds_actions() {
    let app = TestApp::new().await;
    let body =
        json!({"taskFunctionKey": "echo", "intervalHours": 1, "parameters": {"message": "hi"}});
    let id = app.post(&app.user, JOBS, body).await.expect(201)["id"].clone();
    let path = format!("{JOBS}/{id}/action");
    let act = async |body| app.post(&app.user, &path, body).await.expect(200);
    let done = act(json!({"action": "disable"})).await;
    assert_eq!(
        (&done["success"], &done["job"]["isEnabled"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(done["executionId"], json!(null));
    let done = act(json!({"action": "trigger"})).await;
    assert_eq!(done["message"], "Job triggered successfully");
    assert!(done["executionId"].is_string());
    app.engine.settle().await;
    let done = act(json!({"action": "enable"})).await;
    assert_eq!(done["job"]["nextRunAt"], "2026-03-02T11:00:00Z");
    let done =
        act(json!({"action": "pause", "until": "2026-03-02T12:30:00Z", "reason": "maintenance"}))
            .await;
    assert_eq!(
        (&done["job"]["isPaused"], &done["job"]["pauseReason"]),
        (&json!(true), &json!("maintenance"))
    );
    let done = act(json!({"action": "resume"})).await;
    assert_eq!(
        (&done["job"]["isPaused"], &done["job"]["pauseReason"]),
        (&json!(false), &json!(null))
    );
    let problem = app
        .post(&app.user, &path, json!({"action": "explode"}))
        .await
        .problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/action");
    let problem = app
        .post(&app.user, &path, json!({"action": "enable", "reason": "?"}))
        .await
        .problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/reason");
}

#[tokio::test]
async fn batches_are_all_or_nothing() {
    let app = TestApp::new().await;
    let good = json!({"taskFunctionKey": "echo", "intervalHours": 1});
    let ids = app
        .post(
            &app.user,
            &format!("{JOBS}/batch"),
            json!({"jobs": [good, good, good]}),
        )
        .await
        .expect(201);
    assert_eq!(ids["ids"].as_array().unwrap().len(), 3);
    let bad = json!({"taskFunctionKey": "echo", "cronExpression": "99 * * * *"});
    let problem = app
        .post(
            &app.user,
            &format!("{JOBS}/batch"),
            json!({"jobs": [good, bad]}),
        )
        .await
        .problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/jobs/1/cronExpression");
    let none = json!({"taskFunctionKey": "echo"});
    let problem = app
        .post(
            &app.user,
            &format!("{JOBS}/batch"),
            json!({"jobs": [good, none]}),
        )
        .await
        .problem(422);
    assert!(
        problem["errors"][0]["pointer"]
            .as_str()
            .unwrap()
            .starts_with("/jobs/1")
    );
    assert_eq!(app.get(&app.user, JOBS).await.expect(200)["total"], 3);
    app.post(&app.user, &format!("{JOBS}/batch"), json!({"jobs": []}))
        .await
        .problem(422);
}

#[tokio::test]
async fn bulk_actions_by_ids_and_by_filter() {
    let app = TestApp::new().await;
    let body = json!({"taskFunctionKey": "echo", "intervalHours": 1, "tags": ["nightly"]});
    let first = app.post(&app.user, JOBS, body.clone()).await.expect(201)["id"].clone();
    app.post(&app.user, JOBS, body).await.expect(201);
    let foreign = app.manual_job(&app.admin, "not theirs").await;
    let bulk = async |body| {
        app.post(&app.user, &format!("{JOBS}/bulk"), body)
            .await
            .expect(200)
    };
    let result =
        bulk(json!({"action": "pause", "ids": [first, foreign, 999_999], "reason": "later"})).await;
    assert_eq!(result["done"], json!([first]));
    assert_eq!(result["refused"].as_array().unwrap().len(), 2);
    let result = bulk(json!({"action": "disable", "filter": {"tag": "nightly"}})).await;
    assert_eq!(result["done"].as_array().unwrap().len(), 2);
    let result = bulk(json!({"action": "tag", "filter": {}, "tag": "blue"})).await;
    assert_eq!(result["done"].as_array().unwrap().len(), 2);
    for body in [
        json!({"action": "enable"}),
        json!({"action": "tag", "filter": {}}),
        json!({"action": "enable", "ids": [1], "filter": {}}),
    ] {
        app.post(&app.user, &format!("{JOBS}/bulk"), body)
            .await
            .problem(422);
    }
}

#[tokio::test]
async fn copies_versions_and_export() {
    let app = TestApp::new().await;
    let body = json!({"taskFunctionKey": "echo", "nameEn": "original", "cronExpression": "0 6 * * *", "timezone": "Asia/Riyadh", "parameters": {"message": "x"}, "tags": ["t"]});
    let id = app.post(&app.user, JOBS, body).await.expect(201)["id"].clone();
    app.put(&app.user, &format!("{JOBS}/{id}"), json!({"priority": 7}))
        .await
        .expect(200);
    let copy = app
        .ask(Method::POST, &format!("{JOBS}/{id}/duplicate"))
        .token(&app.user)
        .send()
        .await
        .expect(201);
    assert_eq!(
        (&copy["nameEn"], &copy["isEnabled"], &copy["priority"]),
        (&json!("original (copy)"), &json!(false), &json!(7))
    );
    let versions = app
        .get(&app.user, &format!("{JOBS}/{id}/versions"))
        .await
        .expect(200);
    let numbers: Vec<_> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["version"].as_i64().unwrap())
        .collect();
    assert!(numbers.contains(&1), "{numbers:?}");
    let export = app
        .get(&app.user, &format!("{JOBS}/export?tag=t"))
        .await
        .expect(200);
    insta::assert_json_snapshot!(export);
    for definition in export.as_array().unwrap() {
        app.post(&app.user, JOBS, definition.clone())
            .await
            .expect(201);
    }
}

#[tokio::test]
async fn critical_jobs_are_protected() {
    let app = TestApp::new().await;
    let body = json!({"taskFunctionKey": "echo", "manual": true, "isPrimary": true});
    let id = app.post(&app.admin, JOBS, body.clone()).await.expect(201)["id"].clone();
    app.post(
        &app.admin,
        &format!("{JOBS}/{id}/action"),
        json!({"action": "disable"}),
    )
    .await
    .problem(409);
    app.delete(&app.admin, &format!("{JOBS}/{id}"))
        .await
        .problem(409);
    app.put(
        &app.admin,
        &format!("{JOBS}/{id}"),
        json!({"isEnabled": false}),
    )
    .await
    .problem(409);
    let confirmed = json!({"action": "disable", "confirmPrimary": true});
    app.post(&app.admin, &format!("{JOBS}/{id}/action"), confirmed)
        .await
        .expect(200);
    let answer = app
        .delete(&app.admin, &format!("{JOBS}/{id}?confirm_primary=true"))
        .await;
    assert_eq!(answer.status, 204);
}

//! Calendars over HTTP.

use http::Method;
use orloj_engine::model::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, steady};

fn egypt() -> Value {
    json!({
        "nameEn": "Egypt", "nameAr": "مصر", "timezone": "Africa/Cairo",
        "entries": [
            { "name": "Labour Day", "nameAr": "عيد العمال", "kind": "holiday", "when": { "type": "yearly", "month": 5, "day": 1 } },
            { "name": "Backup", "kind": "blackout", "when": { "type": "weekly", "days": ["friday"], "from": "23:00", "to": "02:00" } },
            { "name": "Audit", "kind": "blackout", "when": { "type": "cron", "expression": "0 8 1 * *", "durationSeconds": 3600 } },
            { "name": "Move", "kind": "blackout", "when": { "type": "span", "from": "2026-06-01T08:00:00Z", "to": "2026-06-02T08:00:00Z" } },
            { "name": "Spring", "kind": "holiday", "when": { "type": "recurrence", "from": "2026-04-13", "rule": "FREQ=YEARLY;COUNT=3" } },
            { "name": "Eid", "kind": "holiday", "when": { "type": "dates", "from": "2026-03-20", "to": "2026-03-22" } },
        ],
    })
}

#[tokio::test]
async fn a_calendar_is_made_read_changed_and_deleted() {
    let app = TestApp::new().await;
    let (_, other) = app.person("other", Role::User).await;
    let made = app.post(&app.user, "/api/v1/calendars", egypt()).await;
    assert_eq!(made.header("etag"), "\"v1\"");
    let made = made.expect(201);
    assert_eq!(
        made["weekend"],
        json!(["friday", "saturday"]),
        "the usual one there"
    );
    insta::assert_json_snapshot!("calendar", steady(made.clone()));
    let path = format!("/api/v1/calendars/{}", made["id"]);
    app.get(&other, &path).await.problem(404);
    assert_eq!(
        app.get(&other, "/api/v1/calendars").await.expect(200)["total"],
        0
    );
    assert_eq!(
        app.get(&app.user, "/api/v1/calendars").await.expect(200)["total"],
        1
    );
    app.post(&app.user, "/api/v1/calendars", egypt())
        .await
        .problem(409);

    let patch = |etag: &'static str, body: Value| {
        app.ask(Method::PATCH, &path)
            .token(&app.user)
            .header("if-match", etag)
            .json(&body)
            .send()
    };
    patch("\"v7\"", json!({"weekend": ["friday"]}))
        .await
        .problem(409);
    let changed = patch(
        "\"v1\"",
        json!({"weekend": ["friday"], "description": "office"}),
    )
    .await
    .expect(200);
    assert_eq!(
        (&changed["version"], &changed["entries"]),
        (&json!(2), &made["entries"])
    );

    let import = json!({"icalendar": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:New Year\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n", "kind": "holiday"});
    let imported = app
        .post(&app.user, &format!("{path}/import"), import)
        .await
        .expect(200);
    assert_eq!(imported["entries"].as_array().unwrap().len(), 7);
    let bad = json!({"icalendar": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYSETPOS=1\nEND:VEVENT\nEND:VCALENDAR\n", "kind": "holiday"});
    let refused = app
        .post(&app.user, &format!("{path}/import"), bad)
        .await
        .problem(422);
    assert!(
        refused["detail"].as_str().unwrap().contains("line 4"),
        "{refused}"
    );
    let days = app
        .get(
            &app.user,
            &format!("{path}/days?from=2026-03-19&to=2026-03-21"),
        )
        .await
        .expect(200);
    insta::assert_json_snapshot!("calendar_days", days);
    app.get(
        &app.user,
        &format!("{path}/days?from=2026-03-19&to=2026-03-18"),
    )
    .await
    .problem(422);
    app.get(&app.user, &format!("{path}/days?from=today&to=2026-03-18"))
        .await
        .problem(422);

    app.delete(&other, &path).await.problem(404);
    app.delete(&app.user, &path).await.expect(204);
    app.get(&app.user, &path).await.problem(404);
}

#[tokio::test]
async fn wrong_calendars_are_refused_by_field() {
    let app = TestApp::new().await;
    for (change, pointer) in [
        (json!({"timezone": "Cairo"}), "/timezone"),
        (json!({"nameEn": ""}), "/nameEn"),
        (
            json!({"weekend": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]}),
            "/weekend",
        ),
        (
            json!({"entries": [{"name": "x", "kind": "holiday", "when": {"type": "weekly", "days": ["friday"], "from": "25:00", "to": "02:00"}}]}),
            "/entries/0/when/from",
        ),
        (
            json!({"entries": [{"name": "x", "kind": "holiday", "when": {"type": "recurrence", "from": "2026-01-01", "rule": "FREQ=HOURLY"}}]}),
            "/entries/0/when/rule",
        ),
        (
            json!({"entries": [{"name": "", "kind": "holiday", "when": {"type": "dates", "from": "2026-01-01"}}]}),
            "/entries/0/name",
        ),
    ] {
        let mut body = egypt();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let problem = app
            .post(&app.user, "/api/v1/calendars", body)
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    for wrong in [
        json!({"type": "weekly"}),
        json!({"type": "fortnightly"}),
        json!({"type": "dates", "from": "2026-13-01"}),
        json!("always"),
    ] {
        let mut body = egypt();
        body["entries"] = json!([{"name": "x", "kind": "holiday", "when": wrong}]);
        let answer = app.post(&app.user, "/api/v1/calendars", body).await;
        answer.problem(422);
    }
}

#[tokio::test]
async fn a_job_says_its_calendars_and_windows() {
    let app = TestApp::new().await;
    let calendar = app
        .post(&app.user, "/api/v1/calendars", egypt())
        .await
        .expect(201)["id"]
        .clone();
    let body = json!({
        "taskFunctionKey": "echo", "nameEn": "Report", "recurrence": {"kind": "daily", "times": ["09:00"]}, "timezone": "Africa/Cairo",
        "parameters": {"message": "hello"},
        "calendars": [{"calendarId": calendar, "rule": "roll_next"}],
        "executionWindows": [{"days": ["sunday", "monday"], "from": "08:00", "to": "17:00"}],
        "outsideWindows": "wait",
    });
    let job = app
        .post(&app.user, "/api/v1/scheduler/jobs", body.clone())
        .await
        .expect(201);
    for member in ["calendars", "executionWindows", "outsideWindows"] {
        assert_eq!(job[member], body[member]);
    }
    // Monday, 2 March 2026, 10:00 UTC is noon in Cairo: Tuesday's run waits for Sunday's window.
    assert_eq!(job["nextRunAt"], "2026-03-08T06:00:00Z");
    let path = format!("/api/v1/scheduler/jobs/{}", job["id"]);
    let exported = app
        .get(&app.user, "/api/v1/scheduler/jobs/export")
        .await
        .expect(200);
    for member in ["calendars", "executionWindows", "outsideWindows"] {
        assert_eq!(exported[0][member], body[member]);
    }
    assert_eq!(
        app.get(&app.user, &format!("/api/v1/calendars/{calendar}"))
            .await
            .expect(200)["jobs"],
        1
    );
    app.delete(&app.user, &format!("/api/v1/calendars/{calendar}"))
        .await
        .problem(409);

    let request = json!({
        "jobId": job["id"], "from": "2026-03-02T00:00:00Z", "until": "2026-03-10T00:00:00Z",
    });
    let preview = app
        .post(&app.viewer, "/api/v1/calendars/preview", request.clone())
        .await;
    preview.problem(404);
    let preview = app
        .post(&app.user, "/api/v1/calendars/preview", request)
        .await
        .expect(200);
    insta::assert_json_snapshot!("calendar_preview", preview);
    let request = json!({
        "cronExpression": "0 9 * * *", "timezone": "Africa/Cairo", "count": 3, "from": "2026-03-19T00:00:00Z",
        "calendars": [{"calendarId": calendar, "rule": "only_business_days"}],
    });
    let next = app
        .post(&app.user, "/api/v1/scheduler/schedules/preview", request)
        .await
        .expect(200);
    let next: Vec<_> = next["nextRuns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["local"].as_str().unwrap()[..10].to_owned())
        .collect();
    assert_eq!(
        next,
        ["2026-03-19", "2026-03-23", "2026-03-24"],
        "Eid and the weekend are passed over"
    );

    // Null puts the defaults back.
    let cleared = app
        .put(
            &app.user,
            &path,
            json!({"calendars": null, "executionWindows": null, "outsideWindows": null}),
        )
        .await
        .expect(200);
    assert_eq!(
        (
            &cleared["calendars"],
            &cleared["executionWindows"],
            &cleared["outsideWindows"]
        ),
        (&json!([]), &json!([]), &json!("skip"))
    );
    assert_eq!(cleared["nextRunAt"], "2026-03-03T07:00:00Z");
    let wrong = json!({"executionWindows": [{"from": "8", "to": "17:00"}]});
    let problem = app.put(&app.user, &path, wrong).await.problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/executionWindows/0/from");
    let wrong = json!({"calendars": [{"calendarId": 999, "rule": "skip"}]});
    let problem = app.put(&app.user, &path, wrong).await.problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/calendars/0/calendarId");
    let wrong = json!({"calendars": [{"calendarId": calendar, "rule": "sometimes"}]});
    app.put(&app.user, &path, wrong).await.problem(422);
}

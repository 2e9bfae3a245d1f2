use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use orloj_tasks::{
    ActiveDay, ArtifactRef, Cause, CauseCount, CleanupReport, Counts, DayCounts, HistoryCleanup,
    JobCounts, JobStatistics, PersonActivity, Services, Statistics, StatisticsRequest, Status,
    Subject, SystemStatistics, UserActivity,
};
use serde_json::{Value, json};

use crate::databases::databases;
use crate::harness::{Host, problems};
use crate::mail_server::{MailServer, Protection};
use crate::shop::host_with;

/// A host that counts, knows connections and keeps files.
#[derive(Default)]
struct Desk {
    connections: Value,
    asked: Mutex<Vec<StatisticsRequest>>,
    kept: Mutex<Vec<(String, Vec<u8>)>>,
}

#[async_trait]
impl Services for Desk {
    async fn cleanup_history(&self, _: &HistoryCleanup) -> Result<CleanupReport, String> {
        Err("not here".to_owned())
    }

    async fn connection(&self, name: &str) -> Result<Value, String> {
        match &self.connections[name] {
            Value::Null => Err("there is no such connection".to_owned()),
            settings => Ok(settings.clone()),
        }
    }

    async fn statistics(&self, request: &StatisticsRequest) -> Result<Statistics, String> {
        self.asked.lock().expect("asked").push(request.clone());
        let counts = |success, failed| Counts {
            success,
            failed,
            missed: 1,
            ..Counts::default()
        };
        let days: Vec<DayCounts> = (1..=7_i64)
            .map(|day| DayCounts {
                day: jiff::civil::date(2026, 2, 20).saturating_add(jiff::Span::new().days(day)),
                counts: counts(day.unsigned_abs() * 10, 2),
            })
            .collect();
        Ok(match request.subject {
            Subject::Jobs => Statistics::Jobs(JobStatistics {
                total_jobs: 1_234,
                active_jobs: 3,
                totals: counts(280, 14),
                days,
                jobs: (0..60)
                    .map(|id| JobCounts {
                        id,
                        name: format!("Backup <b>{id}</b>"),
                        name_ar: Some(format!("نسخ احتياطي {id}")),
                        counts: counts(4, 1),
                        average_ms: Some(75_500),
                        longest_ms: None,
                    })
                    .collect(),
                failures: vec![CauseCount {
                    cause: "network".to_owned(),
                    count: 14,
                    last_at: "2026-02-27T10:00:00Z".parse().expect("an instant"),
                }],
            }),
            Subject::UserActivity => Statistics::UserActivity(UserActivity {
                total_users: 8,
                active_users: 3,
                users: vec![PersonActivity {
                    id: 1,
                    name: "ann".to_owned(),
                    role: "admin".to_owned(),
                    actions: 12,
                    jobs: 2,
                    executions: 40,
                    last_seen_at: None,
                }],
                days: vec![ActiveDay {
                    day: jiff::civil::date(2026, 2, 27),
                    users: 3,
                    actions: 12,
                }],
            }),
            Subject::System => Statistics::System(SystemStatistics {
                total_jobs: 5,
                active_jobs: 3,
                running: 1,
                waiting: 0,
                kept_executions: 1_000_000,
                totals: counts(0, 0),
                days,
                instances: Vec::new(),
            }),
        })
    }

    async fn store_artifact(&self, name: &str, path: &Path) -> Result<ArtifactRef, String> {
        let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
        let size = bytes.len() as u64;
        let mut kept = self.kept.lock().expect("kept");
        kept.push((name.to_owned(), bytes));
        Ok(ArtifactRef {
            id: format!("artifact-{}", kept.len()),
            name: name.to_owned(),
            size,
        })
    }
}

fn desk(connections: Value) -> (Host, Arc<Desk>) {
    let desk = Arc::new(Desk {
        connections,
        ..Desk::default()
    });
    let mut host = Host::new();
    host.services = Arc::<Desk>::clone(&desk);
    (host, desk)
}

/// Runs, and gives the result with the file that was kept.
async fn made(parameters: Value) -> (Value, String, Vec<u8>) {
    let (host, desk) = desk(json!({}));
    let outcome = host.run("report", parameters).await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let (name, bytes) = desk.kept.lock().expect("kept").pop().expect("a file");
    (outcome.result.expect("a result"), name, bytes)
}

#[tokio::test]
async fn statistics_become_json_for_programs() {
    let (result, name, bytes) = made(json!({
        "kind": "user_activity", "range": "last_7d", "format": "json", "timezone": "Africa/Cairo",
    }))
    .await;
    assert_eq!(name, "report-user_activity_20260301T023000Z_00000001.json");
    let document: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(document["from"], "2026-02-22T02:30:00Z");
    assert_eq!(document["until"], "2026-03-01T02:30:00Z");
    assert_eq!(document["timezone"], "Africa/Cairo");
    assert_eq!(document["data"]["users"][0]["name"], "ann");
    assert_eq!(result["summary"]["activityRate"], 37.5);
    assert_eq!(result["data"], document["data"]);
    assert_eq!(result["file"]["artifact"]["id"], "artifact-1");
}

#[tokio::test]
async fn pages_tell_the_numbers_in_both_languages_and_run_nothing() {
    let (_, name, bytes) = made(json!({ "kind": "jobs" })).await;
    assert!(name.ends_with(".html"));
    let page = String::from_utf8(bytes).expect("text");
    for part in [
        "<html lang=\"en\" dir=\"ltr\">",
        "<h1 dir=\"auto\">Job statistics</h1>",
        "From 2026-02-22 02:30 to 2026-03-01 02:30 (UTC)",
        "<dt>Success rate</dt><dd>95.2%</dd>",
        "1,234",
        "Backup &lt;b&gt;7&lt;/b&gt;",
        "0:01:15",
        "<svg ",
        "default-src 'none'",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    for part in ["<script", "<b>", "http://", "https://", "url("] {
        assert!(!page.contains(part), "{part}");
    }
    let arabic =
        json!({ "kind": "jobs", "language": "ar", "charts": false, "title": "تقرير الأسبوع" });
    let page = String::from_utf8(made(arabic).await.2).expect("text");
    for part in ["dir=\"rtl\"", "تقرير الأسبوع", "نسخ احتياطي 7", "الشبكة"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<svg"));
}

#[tokio::test]
async fn pdf_has_as_many_pages_as_it_takes() {
    for (kind, language, pages) in [
        ("jobs", "ar", 3),
        ("jobs", "en", 3),
        ("system", "ar", 1),
        ("user_activity", "en", 1),
    ] {
        let parameters = json!({ "kind": kind, "format": "pdf", "language": language });
        let (result, name, bytes) = made(parameters).await;
        assert!(name.ends_with(".pdf"));
        assert!(bytes.starts_with(b"%PDF-"), "{name}");
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            text.contains(&format!("/Count {pages}")),
            "{kind} {language}"
        );
        assert!(text.contains(&format!("/Lang({language})")), "{kind}");
        assert_eq!(result["file"]["size"], bytes.len());
        if let Some(folder) = std::env::var_os("ORLOJ_KEEP_REPORTS") {
            let path = Path::new(&folder).join(format!("{kind}-{language}.pdf"));
            std::fs::write(path, &bytes).expect("written");
        }
    }
}

#[tokio::test]
async fn a_question_in_sql_is_answered_and_nothing_is_written() {
    for database in databases().await {
        database
            .exec(database.pick([
                "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT, price NUMERIC, at DATETIME, sold BOOLEAN)",
                "CREATE TABLE goods (id int PRIMARY KEY, name text, price numeric(30, 4), at timestamp, sold bool)",
                "CREATE TABLE goods (id int PRIMARY KEY, name text, price decimal(30, 4), at datetime, sold bool)",
            ]))
            .await;
        for id in 1..=5 {
            database
                .exec(&format!(
                    "INSERT INTO goods VALUES ({id}, 'قهوة {id}', {id}.5, '2026-03-0{id} 02:30:00', {})",
                    if database.kind == "postgres" { "true" } else { "1" }
                ))
                .await;
        }
        let settings = json!({ "shop": database.settings, "few": &{
            let mut few = database.settings.clone();
            few["allowedTables"] = json!(["goods"]);
            few
        } });
        let (host, desk) = desk(settings);
        let query = |more: Value| {
            let mut parameters = json!({ "kind": "query", "connection": "shop", "format": "json" });
            for (name, value) in more.as_object().expect("an object") {
                parameters[name] = value.clone();
            }
            parameters
        };
        let sql = "-- all of it\nSELECT id, name, price, at, sold, name AS name, NULL AS nil FROM goods ORDER BY id DESC;";
        let outcome = host
            .run("report", query(json!({ "sql": sql, "rowLimit": 3 })))
            .await;
        assert_eq!(
            outcome.status,
            Status::Success,
            "{}: {outcome:?}",
            database.kind
        );
        assert_eq!(outcome.records_processed, Some(3));
        let data = &outcome.result.as_ref().expect("a result")["data"];
        assert_eq!(data["truncated"], true);
        let row = &data["rows"][0];
        assert_eq!(row["id"], 5, "{}: {data}", database.kind);
        assert_eq!(row["name"], "قهوة 5");
        assert_eq!(row["at"], "2026-03-05 02:30:00");
        assert_eq!(row["nil"], Value::Null);
        assert_eq!(
            row["price"].as_f64(),
            Some(5.5),
            "{}: {data}",
            database.kind
        );

        let chart = json!({
            "sql": "SELECT name, price FROM goods", "format": "html",
            "chart": { "labels": "name", "values": ["price"] },
        });
        let outcome = host.run("report", query(chart)).await;
        assert_eq!(outcome.status, Status::Success, "{outcome:?}");
        let page = desk.kept.lock().expect("kept").pop().expect("a page").1;
        assert!(String::from_utf8_lossy(&page).contains("<rect"));

        for (more, word) in [
            (json!({ "sql": "SELECT * FROM nowhere" }), "database says"),
            (json!({ "sql": "SELECT 1 FROM", }), "database says"),
            (
                json!({ "sql": "WITH gone AS (DELETE FROM goods RETURNING id) SELECT * FROM gone" }),
                "database says",
            ),
            (
                json!({ "sql": "SELECT id FROM goods", "connection": "few" }),
                "open all tables",
            ),
            (
                json!({ "sql": "SELECT id FROM goods", "connection": "none" }),
                "no such connection",
            ),
            (
                json!({ "sql": "SELECT id FROM goods", "format": "html", "chart": { "labels": "x", "values": ["id"] } }),
                "\"x\"",
            ),
        ] {
            let outcome = host.run("report", query(more.clone())).await;
            assert_eq!(outcome.status, Status::Failed, "{}: {more}", database.kind);
            let message = outcome.failure.expect("a failure").message.en;
            assert!(message.contains(word), "{}: {message}", database.kind);
        }
        let endless = database.pick([
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
            "SELECT pg_sleep(60)",
            "SELECT SLEEP(60) FROM goods",
        ]);
        let outcome = host
            .run(
                "report",
                query(json!({ "sql": endless, "timeLimitSeconds": 1 })),
            )
            .await;
        assert_ne!(outcome.status, Status::Success, "{}", database.kind);
        assert_eq!(database.number("SELECT COUNT(*) FROM goods").await, 5);
    }
}

#[tokio::test]
async fn recipients_get_the_report_as_an_attachment() {
    let server = MailServer::start(Protection::None).await;
    let (host, desk) = desk(json!({ "office": {
        "type": "smtp", "host": "127.0.0.1", "port": server.address.port(), "security": "none",
        "from": "Orloj <orloj@example.com>", "allowPrivateAddresses": true,
    } }));
    let to = |recipients: Value| {
        json!({
            "kind": "system", "format": "html", "title": "Weekly",
            "mailConnection": "office", "recipients": recipients,
        })
    };
    let outcome = host.run("report", to(json!(["ann@example.com"]))).await;
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let mail = server.mails().pop().expect("a mail");
    assert_eq!(mail.header("Subject").as_deref(), Some("Weekly"));
    let name = desk.kept.lock().expect("kept")[0].0.clone();
    assert!(mail.data.contains(&name), "{}", mail.data);

    let some = json!(["ann@example.com", "refuse@example.com"]);
    let outcome = host.run("report", to(some)).await;
    assert_eq!(outcome.status, Status::Partial);
    assert_eq!(outcome.errors.len(), 1, "{:?}", outcome.errors);
    let result = outcome.result.expect("a result");
    assert_eq!(result["mail"]["sent"], json!(["ann@example.com"]));
    // The report is kept whoever got it.
    assert_eq!(result["file"]["artifact"]["id"], "artifact-2");
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let host = Host::new();
    for (parameters, pointer) in [
        (json!({}), "/kind"),
        (json!({ "kind": "gossip" }), "/kind"),
        (
            json!({ "kind": "jobs", "range": "custom", "to": "2026-03-01" }),
            "/from",
        ),
        (
            json!({ "kind": "jobs", "range": "custom", "from": "2026-03-02", "to": "2026-03-01" }),
            "/to",
        ),
        (
            json!({ "kind": "jobs", "range": "custom", "from": "some day!!", "to": "2026-03-01" }),
            "/from",
        ),
        (
            json!({ "kind": "jobs", "timezone": "Mars/Base" }),
            "/timezone",
        ),
        (json!({ "kind": "jobs", "format": "docx" }), "/format"),
        (
            json!({ "kind": "jobs", "destination": "folder" }),
            "/destination",
        ),
        (
            json!({ "kind": "jobs", "recipients": ["ann@example.com"] }),
            "/mailConnection",
        ),
        (
            json!({ "kind": "jobs", "mailConnection": "m", "recipients": ["nobody"] }),
            "/recipients/0",
        ),
        (json!({ "kind": "query", "sql": "SELECT 1" }), "/connection"),
        (json!({ "kind": "query", "connection": "c" }), "/sql"),
        (
            json!({ "kind": "query", "connection": "c", "sql": "DROP TABLE goods" }),
            "/sql",
        ),
        (
            json!({ "kind": "query", "connection": "c", "sql": "SELECT 1; SELECT 2" }),
            "/sql",
        ),
        (json!({ "kind": "jobs", "fileName": "../x" }), "/fileName"),
    ] {
        let found = problems(&host, "report", &parameters);
        assert!(
            found.iter().any(|(at, _)| at == pointer),
            "{parameters}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_host_that_tells_nothing_or_keeps_nothing_fails_the_run() {
    let host = Host::new();
    let outcome = host.run("report", json!({ "kind": "jobs" })).await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::InvalidParameters
    );
    let host = host_with(json!({}));
    let outcome = host.run("report", json!({ "kind": "system" })).await;
    assert_eq!(outcome.status, Status::Failed);
}

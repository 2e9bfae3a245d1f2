use orloj_tasks::{Cause, Status};
use serde_json::json;

use crate::databases::databases;
use crate::harness::problems;
use crate::shop::host_with;

#[tokio::test]
async fn every_operation_works_on_every_database() {
    for database in databases().await {
        database
            .exec(
                "CREATE TABLE \"odd name\" (id int PRIMARY KEY, t varchar(200))"
                    .replace('"', database.pick(["\"", "\"", "`"]))
                    .as_str(),
            )
            .await;
        database
            .exec("CREATE TABLE plain (id int PRIMARY KEY)")
            .await;
        database
            .exec("CREATE VIEW seen AS SELECT * FROM plain")
            .await;
        let host = database.host();
        for operation in ["vacuum", "analyze", "reindex", "optimize"] {
            let outcome = host
                .run(
                    "maintenance",
                    json!({ "connection": "shop", "operations": [operation] }),
                )
                .await;
            assert_eq!(
                outcome.status,
                Status::Success,
                "{} {operation}: {outcome:?}",
                database.kind
            );
            let steps = match (database.kind, operation) {
                ("sqlite", "vacuum" | "optimize") => 1,
                _ => 2,
            };
            assert_eq!(outcome.records_affected, Some(steps), "{outcome:?}");
        }
        let outcome = host
            .run("maintenance", json!({
                "connection": "shop", "operations": ["analyze", "reindex"], "tables": ["odd name"],
            }))
            .await;
        assert_eq!(
            (outcome.status, outcome.records_affected),
            (Status::Success, Some(2)),
            "{outcome:?}"
        );
        database.remove().await;
    }
}

#[tokio::test]
async fn space_is_given_back() {
    let database = crate::databases::Database::sqlite();
    database
        .exec("CREATE TABLE t (x TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT printf('%0200d', i) FROM n; DELETE FROM t")
        .await;
    let size = || {
        std::fs::metadata(database.settings["path"].as_str().expect("a path"))
            .expect("a file")
            .len()
    };
    let before = size();
    let outcome = database
        .host()
        .run(
            "maintenance",
            json!({ "connection": "shop", "operations": ["vacuum"] }),
        )
        .await;
    assert_eq!(outcome.status, Status::Success);
    assert!(size() < before / 10, "{before} became {}", size());
}

#[tokio::test]
async fn what_the_connection_does_not_open_is_left_alone() {
    for database in databases().await {
        database.exec("CREATE TABLE mine (id int)").await;
        database.exec("CREATE TABLE theirs (id int)").await;
        let listed = database.settings_with(json!({ "allowedTables": ["mine"] }));
        let analyze = json!({ "connection": "shop", "operations": ["analyze"] });
        let outcome = host_with(listed.clone())
            .run("maintenance", analyze.clone())
            .await;
        assert_eq!(outcome.records_affected, Some(1), "{outcome:?}");
        for (settings, tables) in [
            (listed, json!(["theirs"])),
            (
                database.settings_with(json!({ "readOnly": true })),
                json!(["mine"]),
            ),
            (
                database.settings_with(json!({ "allowedTables": [] })),
                json!([]),
            ),
        ] {
            let mut parameters = analyze.clone();
            parameters["tables"] = tables;
            let outcome = host_with(settings).run("maintenance", parameters).await;
            assert_eq!(
                outcome.failure.expect("a failure").cause,
                Cause::InvalidParameters
            );
        }
        database.remove().await;
    }
}

#[test]
fn each_scope_has_its_own_operations() {
    let host = host_with(json!({}));
    for (parameters, pointer) in [
        (json!({ "operations": ["vacuum"] }), Some("/connection")),
        (
            json!({ "connection": "shop", "operations": ["vacuum", "expired"] }),
            Some("/operations/1"),
        ),
        (
            json!({ "scope": "orloj", "operations": [] }),
            Some("/operations"),
        ),
        (
            json!({ "scope": "orloj", "operations": ["caches"], "keepDays": 0 }),
            Some("/keepDays"),
        ),
        (
            json!({ "scope": "orloj", "operations": ["vacuum", "expired", "temporary", "caches"] }),
            None,
        ),
    ] {
        let found = problems(&host, "maintenance", &parameters);
        let first = found.first().map(|(at, _)| at.as_str());
        assert_eq!(first, pointer, "{parameters}: {found:?}");
    }
}

#[tokio::test]
async fn a_host_without_data_of_its_own_fails_the_run() {
    let host = host_with(json!({}));
    let outcome = host
        .run(
            "maintenance",
            json!({ "scope": "orloj", "operations": ["vacuum", "caches"] }),
        )
        .await;
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.errors.len(), 2);
}

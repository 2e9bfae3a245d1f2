use orloj_tasks::{CancelReason, Cause, Outcome, Status};
use serde_json::{Value, json};

use crate::databases::{Database, databases};
use crate::harness::{Host, problems};
use crate::shop::host_with;

fn cleanup(more: Value) -> Value {
    let mut parameters = json!({ "connection": "shop", "table": "logs", "pauseMs": 0 });
    for (name, value) in more.as_object().expect("an object") {
        parameters[name] = value.clone();
    }
    parameters
}

/// Ten rows: those with an odd number are a bit older than 30 days, the others a bit younger, one has no date.
async fn fill(database: &Database) {
    database
        .exec(database.pick([
            "CREATE TABLE logs (id INTEGER PRIMARY KEY, level TEXT, at DATETIME, seen INTEGER)",
            "CREATE TABLE logs (id int PRIMARY KEY, level varchar(5), at timestamptz, seen bigint)",
            "CREATE TABLE logs (id int PRIMARY KEY, level varchar(20), at datetime, seen bigint)",
        ]))
        .await;
    // The run is due on 1 March 2026 at 02:30, so the limit is 30 January at 02:30.
    let (old, new) = match database.kind {
        "sqlite" => ("'2026-01-30 02:29:59'", "'2026-01-30T02:30:01Z'"),
        "postgres" => ("'2026-01-30 04:29:59+02'", "'2026-01-30 04:30:01+02'"),
        _ => ("'2026-01-30 02:29:59'", "'2026-01-30 02:30:01'"),
    };
    for id in 1..=10 {
        let at = match id {
            10 => "NULL",
            id if id % 2 == 1 => old,
            _ => new,
        };
        let level = if id <= 5 { "info" } else { "100%" };
        database
            .exec(&format!(
                "INSERT INTO logs VALUES ({id}, '{level}', {at}, {id}000)"
            ))
            .await;
    }
}

async fn left(database: &Database) -> i64 {
    database.number("SELECT COUNT(*) FROM logs").await
}

fn counts(outcome: &Outcome) -> (Status, Option<i64>, Option<i64>) {
    (
        outcome.status,
        outcome.records_processed,
        outcome.records_affected,
    )
}

#[tokio::test]
async fn old_rows_go_in_batches_and_a_dry_run_removes_none() {
    for database in databases().await {
        fill(&database).await;
        let host = database.host();
        let age = json!({ "ageColumn": "at", "olderThanDays": 30, "batchSize": 2 });
        let mut dry = cleanup(age.clone());
        dry["dryRun"] = json!(true);
        let outcome = host.run("database_cleanup", dry).await;
        assert_eq!(
            counts(&outcome),
            (Status::Success, Some(5), Some(0)),
            "{}: {outcome:?}",
            database.kind
        );
        let result = outcome.result.expect("a result");
        assert_eq!(result["matching"], 5);
        let mut keys: Vec<i64> = result["sampleKeys"]
            .as_array()
            .expect("keys")
            .iter()
            .filter_map(|key| {
                key.as_i64()
                    .or_else(|| key.as_str().and_then(|text| text.parse().ok()))
            })
            .collect();
        keys.sort_unstable();
        assert_eq!(keys, [1, 3, 5, 7, 9], "{}", database.kind);
        assert_eq!(left(&database).await, 10);

        let outcome = host.run("database_cleanup", cleanup(age)).await;
        assert_eq!(
            counts(&outcome),
            (Status::Success, Some(5), Some(5)),
            "{}: {outcome:?}",
            database.kind
        );
        let result = outcome.result.expect("a result");
        assert_eq!(
            (&result["deleted"], &result["batches"]),
            (&json!(5), &json!(3))
        );
        assert_eq!(left(&database).await, 5);
        assert_eq!(
            database
                .number("SELECT COUNT(*) FROM logs WHERE id IN (2, 4, 6, 8, 10)")
                .await,
            5
        );
        let steps: Vec<u8> = host
            .progress
            .lock()
            .expect("progress")
            .iter()
            .map(|step| step.0)
            .collect();
        assert_eq!(steps, [40, 80, 100]);
        database.remove().await;
    }
}

#[tokio::test]
async fn conditions_choose_and_values_are_never_part_of_the_statement() {
    for database in databases().await {
        fill(&database).await;
        let host = database.host();
        let matching = async |conditions: Value| {
            let outcome = host
                .run(
                    "database_cleanup",
                    cleanup(json!({ "conditions": conditions, "dryRun": true })),
                )
                .await;
            assert_eq!(
                outcome.status,
                Status::Success,
                "{}: {outcome:?}",
                database.kind
            );
            outcome.records_processed.expect("a count")
        };
        let one = |column: &str, operator: &str, value: Value| json!([{ "column": column, "operator": operator, "value": value }]);
        assert_eq!(matching(one("id", "le", json!(3))).await, 3);
        assert_eq!(matching(one("id", "gt", json!("8"))).await, 2);
        assert_eq!(matching(one("id", "in", json!([1, 2, 99]))).await, 2);
        assert_eq!(matching(one("id", "not_in", json!([1, 2]))).await, 8);
        assert_eq!(matching(one("level", "eq", json!("info"))).await, 5);
        assert_eq!(matching(one("level", "ne", json!("info"))).await, 5);
        assert_eq!(matching(one("level", "contains", json!("%"))).await, 5);
        assert_eq!(matching(one("level", "starts_with", json!("in"))).await, 5);
        assert_eq!(matching(one("level", "starts_with", json!("_n"))).await, 0);
        assert_eq!(matching(one("level", "eq", json!("information"))).await, 0);
        assert_eq!(
            matching(json!([{ "column": "at", "operator": "is_null" }])).await,
            1
        );
        assert_eq!(
            matching(json!([
                { "column": "at", "operator": "is_not_null" },
                { "column": "id", "operator": "ge", "value": 9 },
            ]))
            .await,
            1
        );
        for payload in [
            "info' OR '1'='1",
            "info\\' OR 1=1 -- ",
            "\"; DROP TABLE logs; --",
        ] {
            assert_eq!(
                matching(one("level", "eq", json!(payload))).await,
                0,
                "{payload}"
            );
        }
        assert_eq!(left(&database).await, 10);
        database.remove().await;
    }
}

#[tokio::test]
async fn numbers_tell_an_age_when_their_unit_is_said() {
    for database in databases().await {
        fill(&database).await;
        let host = database.host();
        let silent = cleanup(json!({ "ageColumn": "seen", "olderThanDays": 1 }));
        let outcome = host.run("database_cleanup", silent).await;
        assert_eq!(
            outcome.failure.expect("a failure").cause,
            Cause::InvalidParameters
        );
        let outcome = host
            .run(
                "database_cleanup",
                cleanup(json!({
                    "ageColumn": "seen", "olderThanDays": 1, "ageUnit": "seconds",
                    "conditions": [{ "column": "id", "operator": "lt", "value": 4 }],
                })),
            )
            .await;
        assert_eq!(
            counts(&outcome),
            (Status::Success, Some(3), Some(3)),
            "{outcome:?}"
        );
        assert_eq!(left(&database).await, 7);
        database.remove().await;
    }
}

#[tokio::test]
async fn the_row_limit_makes_a_partial_success_and_all_rows_need_the_flag() {
    for database in databases().await {
        fill(&database).await;
        let host = database.host();
        let outcome = host
            .run(
                "database_cleanup",
                cleanup(json!({ "allRows": true, "rowLimit": 4, "batchSize": 3 })),
            )
            .await;
        assert_eq!(
            counts(&outcome),
            (Status::Partial, Some(10), Some(4)),
            "{outcome:?}"
        );
        assert_eq!(outcome.warnings.len(), 1);
        assert_eq!(left(&database).await, 6);
        let outcome = host
            .run("database_cleanup", cleanup(json!({ "allRows": true })))
            .await;
        assert_eq!(counts(&outcome), (Status::Success, Some(6), Some(6)));
        assert_eq!(left(&database).await, 0);
        database.remove().await;
    }
}

#[tokio::test]
async fn tables_outside_the_list_and_read_only_connections_are_refused() {
    for database in databases().await {
        fill(&database).await;
        database
            .exec("CREATE TABLE secrets (id int PRIMARY KEY)")
            .await;
        database
            .exec("CREATE VIEW recent AS SELECT * FROM logs")
            .await;
        let id = json!({ "conditions": [{ "column": "id", "operator": "gt", "value": 0 }] });
        let run = async |settings: Value, table: &str| {
            let mut parameters = cleanup(id.clone());
            parameters["table"] = json!(table);
            let outcome = host_with(settings)
                .run("database_cleanup", parameters)
                .await;
            let failure = outcome.failure.expect("a failure");
            assert_eq!(failure.cause, Cause::InvalidParameters, "{failure:?}");
            assert!(!outcome.retryable);
            failure.message.en
        };
        let listed = database.settings_with(json!({ "allowedTables": ["logs", "recent"] }));
        let hidden = run(listed.clone(), "secrets").await;
        let absent = run(listed.clone(), "nowhere").await;
        assert_eq!(hidden.replace("secrets", "nowhere"), absent);
        run(
            database.settings_with(json!({ "allowedTables": [] })),
            "logs",
        )
        .await;
        run(database.settings_with(json!({ "readOnly": true })), "logs").await;
        assert!(
            run(listed.clone(), "recent")
                .await
                .contains("is not a table")
        );
        run(listed.clone(), "logs WHERE 1=1; DROP TABLE logs; --").await;
        let mut wrong = cleanup(
            json!({ "conditions": [{ "column": "id = 1 OR 1", "operator": "eq", "value": 1 }] }),
        );
        wrong["dryRun"] = json!(true);
        let outcome = host_with(listed).run("database_cleanup", wrong).await;
        assert_eq!(
            outcome.failure.expect("a failure").cause,
            Cause::InvalidParameters
        );
        // Counting through a read-only connection is fine.
        let mut dry = cleanup(id.clone());
        dry["dryRun"] = json!(true);
        let outcome = host_with(database.settings_with(json!({ "readOnly": true })))
            .run("database_cleanup", dry)
            .await;
        assert_eq!(
            counts(&outcome),
            (Status::Success, Some(10), Some(0)),
            "{outcome:?}"
        );
        assert_eq!(left(&database).await, 10);
        database.remove().await;
    }
}

#[tokio::test]
async fn partitions_and_schemas_of_postgres_are_understood() {
    let Some(database) = Database::postgres().await else {
        return;
    };
    database
        .exec(
            "CREATE SCHEMA \"Sales\"; CREATE TABLE \"Sales\".\"Or\"\"ders\" (id int, region text) PARTITION BY LIST (region); \
             CREATE TABLE \"Sales\".a PARTITION OF \"Sales\".\"Or\"\"ders\" FOR VALUES IN ('a'); \
             CREATE TABLE \"Sales\".b PARTITION OF \"Sales\".\"Or\"\"ders\" FOR VALUES IN ('b'); \
             INSERT INTO \"Sales\".\"Or\"\"ders\" SELECT n, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 100) n",
        )
        .await;
    let host = host_with(database.settings_with(json!({ "allowedTables": ["Sales.Or\"ders"] })));
    let outcome = host
        .run(
            "database_cleanup",
            cleanup(json!({
                "table": "Sales.Or\"ders", "batchSize": 7,
                "conditions": [{ "column": "region", "operator": "eq", "value": "b" }],
            })),
        )
        .await;
    assert_eq!(
        counts(&outcome),
        (Status::Success, Some(50), Some(50)),
        "{outcome:?}"
    );
    assert_eq!(
        database
            .number("SELECT COUNT(*) FROM \"Sales\".\"Or\"\"ders\" WHERE region = 'a'")
            .await,
        50
    );
    database.remove().await;
}

#[tokio::test]
async fn a_stopped_run_tells_how_far_it_came() {
    let database = Database::sqlite();
    fill(&database).await;
    let host = database.host();
    let outcome = host
        .run_and_stop(
            "database_cleanup",
            cleanup(json!({ "allRows": true, "batchSize": 1, "pauseMs": 60000 })),
            "1 of 10 rows removed",
            CancelReason::Cancelled,
        )
        .await;
    assert_eq!(counts(&outcome), (Status::Cancelled, Some(10), Some(1)));
    assert_eq!(left(&database).await, 9);
}

#[test]
fn a_whole_table_is_never_meant_by_accident() {
    let host = Host::new();
    let wrong = |more: Value| problems(&host, "database_cleanup", &cleanup(more));
    let of = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    assert_eq!(wrong(json!({})), of("/conditions", "everything"));
    assert_eq!(
        wrong(json!({ "conditions": [] })),
        of("/conditions", "everything")
    );
    assert_eq!(
        wrong(json!({ "ageColumn": "at" })),
        of("/olderThanDays", "required")
    );
    assert_eq!(
        wrong(json!({ "olderThanDays": 3 })),
        of("/ageColumn", "required")
    );
    assert_eq!(
        wrong(json!({ "allRows": true, "ageColumn": "at", "olderThanDays": 3 })),
        of("/allRows", "contradiction")
    );
    assert_eq!(
        wrong(json!({ "allRows": true, "ageUnit": "seconds" })),
        of("/ageUnit", "lonely")
    );
    assert_eq!(wrong(json!({ "allRows": true })), vec![]);
}

/// `cargo nextest run -p orloj-tasks --run-ignored only --no-capture rows_go_while`.
#[tokio::test]
#[ignore = "slow"]
async fn a_million_rows_go_while_readers_go_on() {
    for database in databases().await {
        database
            .exec(database.pick([
                "PRAGMA journal_mode = WAL; CREATE TABLE logs (id INTEGER PRIMARY KEY, level TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001000) INSERT INTO logs SELECT i, 'info' FROM n",
                "CREATE TABLE logs (id int PRIMARY KEY, level text); INSERT INTO logs SELECT i, 'info' FROM generate_series(1, 1001000) i",
                "CREATE TABLE logs (id int PRIMARY KEY, level varchar(200)); INSERT INTO logs SELECT seq, 'info' FROM seq_1_to_1001000",
            ]))
            .await;
        let host = database.host();
        let start = std::time::Instant::now();
        let (mut reads, mut slowest) = (0_u32, std::time::Duration::ZERO);
        let cleaning = host.run(
            "database_cleanup",
            cleanup(json!({
                "batchSize": 10_000,
                "conditions": [{ "column": "id", "operator": "le", "value": 1_000_000 }],
            })),
        );
        let reading = async {
            loop {
                let before = std::time::Instant::now();
                let found = database
                    .number("SELECT COUNT(*) FROM logs WHERE id > 1000990")
                    .await;
                assert_eq!(found, 10);
                slowest = slowest.max(before.elapsed());
                reads += 1;
            }
        };
        let outcome = tokio::select! {
            outcome = cleaning => outcome,
            () = reading => unreachable!(),
        };
        assert_eq!(
            counts(&outcome),
            (Status::Success, Some(1_000_000), Some(1_000_000)),
            "{outcome:?}"
        );
        eprintln!(
            "{}: a million rows in {:?}; {reads} reads meanwhile, the slowest took {slowest:?}",
            database.kind,
            start.elapsed()
        );
        assert_eq!(left(&database).await, 1_000);
        database.remove().await;
    }
}

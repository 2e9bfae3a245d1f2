use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use orloj_tasks::{CancelReason, Cause, Outcome, Status};
use serde_json::{Value, json};

use crate::databases::{Database, databases};
use crate::harness::{Host, problems};
use crate::shop::host_with;

fn export(more: Value) -> Value {
    let mut parameters = json!({ "connection": "shop", "table": "goods", "destination": "folder" });
    for (name, value) in more.as_object().expect("an object") {
        parameters[name] = value.clone();
    }
    parameters
}

async fn fill(database: &Database) {
    database
        .exec(database.pick([
            "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT, price NUMERIC, at DATETIME, sold BOOLEAN, data BLOB)",
            "CREATE TABLE goods (id int PRIMARY KEY, name text, price numeric(30, 4), at timestamptz, sold bool, data bytea, tags json)",
            "CREATE TABLE goods (id int PRIMARY KEY, name text, price decimal(30, 4), at datetime, sold bool, data blob)",
        ]))
        .await;
    let (bytes, more) = match database.kind {
        "postgres" => ("'\\x00ff10'", ", '{\n\"a\": [1, 2]}'"),
        _ => ("x'00ff10'", ""),
    };
    let yes = if database.kind == "postgres" {
        "true"
    } else {
        "1"
    };
    database
        .exec(&format!(
            "INSERT INTO goods VALUES (9, '=1+1', 12.5, '2026-03-01 02:30:00', {yes}, {bytes}{more})"
        ))
        .await;
    let blank = if database.kind == "postgres" {
        ", NULL"
    } else {
        ""
    };
    database
        .exec(&format!(
            "INSERT INTO goods VALUES (10, 'قهوة, \"حلوة\"', -3, NULL, NULL, NULL{blank})"
        ))
        .await;
}

/// Where the host writes, and the file a run wrote there.
fn file_of(host: &Host, outcome: &Outcome) -> PathBuf {
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let path = outcome.result.as_ref().expect("a result")["file"]["path"]
        .as_str()
        .expect("a path")
        .to_owned();
    host.policy.export_dir.clone().expect("a folder").join(path)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn each_format_holds_what_the_table_holds() {
    for database in databases().await {
        fill(&database).await;
        let host = database.host();
        let outcome = host
            .run("data_export", export(json!({ "format": "ndjson" })))
            .await;
        assert_eq!(outcome.records_processed, Some(2));
        let path = file_of(&host, &outcome);
        assert_eq!(
            path.metadata().expect("a file").permissions().mode() & 0o777,
            0o600
        );
        let text = std::fs::read_to_string(&path).expect("a file");
        let lines: Vec<Value> = text
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect();
        let first = &lines[0];
        assert_eq!(first["id"], 9, "{}: {text}", database.kind);
        assert_eq!(first["name"], "=1+1");
        assert_eq!(
            first["price"].to_string(),
            database.pick(["12.5", "12.5", "12.5"])
        );
        assert!(
            first["at"]
                .as_str()
                .expect("a time")
                .starts_with("2026-03-01 02:30:00")
        );
        assert_eq!(
            first["sold"],
            if database.kind == "postgres" {
                json!(true)
            } else {
                json!(1)
            }
        );
        assert_eq!(first["data"], "AP8Q");
        if database.kind == "postgres" {
            assert_eq!(first["tags"], json!({ "a": [1, 2] }));
        }
        assert_eq!(lines[1]["name"], "قهوة, \"حلوة\"");
        assert_eq!(lines[1]["at"], Value::Null);

        let outcome = host
            .run("data_export", export(json!({ "format": "json" })))
            .await;
        let text = std::fs::read(file_of(&host, &outcome)).expect("a file");
        assert_eq!(
            serde_json::from_slice::<Value>(&text).expect("JSON"),
            json!(lines)
        );

        let outcome = host
            .run(
                "data_export",
                export(json!({
                    "columns": ["name", "id"], "sort": [{ "column": "id", "direction": "desc" }],
                })),
            )
            .await;
        assert_eq!(
            std::fs::read_to_string(file_of(&host, &outcome)).expect("a file"),
            "name,id\r\n\"قهوة, \"\"حلوة\"\"\",10\r\n'=1+1,9\r\n",
            "{}",
            database.kind
        );
        database.remove().await;
    }
}

#[tokio::test]
async fn rows_are_chosen_sorted_as_their_type_sorts_and_limited() {
    for database in databases().await {
        fill(&database).await;
        let host = host_with(database.settings_with(json!({ "readOnly": true })));
        let ids = async |more: Value| {
            let mut parameters = export(more);
            parameters["columns"] = json!(["id"]);
            let outcome = host.run("data_export", parameters).await;
            std::fs::read_to_string(file_of(&host, &outcome)).expect("a file")
        };
        // As texts, 10 would stand before 9.
        assert_eq!(
            ids(json!({})).await,
            "id\r\n9\r\n10\r\n",
            "{}",
            database.kind
        );
        assert_eq!(
            ids(json!({ "sort": [{ "column": "price" }] })).await,
            "id\r\n10\r\n9\r\n"
        );
        assert_eq!(ids(json!({ "limit": 1 })).await, "id\r\n9\r\n");
        let one = json!([{ "column": "name", "operator": "eq", "value": "=1+1" }]);
        assert_eq!(ids(json!({ "conditions": one })).await, "id\r\n9\r\n");
        let none = json!([{ "column": "name", "operator": "eq", "value": "' OR 1=1 --" }]);
        assert_eq!(ids(json!({ "conditions": none })).await, "id\r\n");
        database.remove().await;
    }
}

#[tokio::test]
async fn what_is_not_in_the_catalogue_or_on_the_list_is_refused() {
    for database in databases().await {
        fill(&database).await;
        let host = host_with(database.settings_with(json!({ "allowedTables": ["goods"] })));
        for wrong in [
            json!({ "table": "goods; DROP TABLE goods" }),
            json!({ "table": database.pick(["sqlite_master", "pg_catalog.pg_authid", "mysql.user"]) }),
            json!({ "columns": ["id, name"] }),
            json!({ "columns": ["(SELECT 1)"] }),
            json!({ "sort": [{ "column": "1" }] }),
        ] {
            let outcome = host.run("data_export", export(wrong.clone())).await;
            let failure = outcome.failure.unwrap_or_else(|| panic!("{wrong} passes"));
            assert_eq!(failure.cause, Cause::InvalidParameters, "{failure:?}");
        }
        assert!(!host.folder.path().join("out").join("exports").exists());
        database.remove().await;
    }
}

#[tokio::test]
async fn files_stay_in_the_folder_of_their_job_and_old_ones_go() {
    let database = Database::sqlite();
    fill(&database).await;
    let mut host = database.host();
    for wrong in ["../x", "a/b", ".hidden", "", "a.b", "x\0"] {
        assert_eq!(
            problems(&host, "data_export", &export(json!({ "fileName": wrong })))[0].0,
            "/fileName"
        );
    }
    let folder = host.folder.path().join("out/exports/job-17");
    std::fs::create_dir_all(&folder).expect("a folder");
    for old in [
        "week_20260101T000000Z_aaaaaaaa.csv",
        "week_20260201T000000Z_aaaaaaaa.csv",
        "week_x_20260101T000000Z_aaaaaaaa.csv",
        "weekly_20260101T000000Z_aaaaaaaa.csv",
    ] {
        std::fs::write(folder.join(old), "old").expect("a file");
    }
    let parameters = export(json!({ "fileName": "week", "keep": 2, "gzip": true }));
    let outcome = host.run("data_export", parameters.clone()).await;
    let path = file_of(&host, &outcome);
    assert_eq!(outcome.result.expect("a result")["removedFiles"], 1);
    assert_eq!(
        names(&folder),
        [
            "week_20260201T000000Z_aaaaaaaa.csv",
            "week_20260301T023000Z_00000001.csv.gz",
            "week_x_20260101T000000Z_aaaaaaaa.csv",
            "weekly_20260101T000000Z_aaaaaaaa.csv",
        ]
    );
    let unpacked = std::process::Command::new("gzip")
        .arg("-dc")
        .arg(&path)
        .output()
        .expect("gzip");
    assert!(unpacked.status.success() && unpacked.stdout.starts_with(b"id,name,"));
    // The same run again writes the same file.
    host.run("data_export", parameters.clone()).await;
    assert_eq!(names(&folder).len(), 4);

    host.policy.export_dir = None;
    assert_eq!(
        problems(&host, "data_export", &parameters),
        [("/destination".to_owned(), "unavailable".to_owned())]
    );
    let outcome = host.run("data_export", parameters).await;
    assert!(
        outcome
            .failure
            .expect("a failure")
            .message
            .en
            .contains("no folder for exports")
    );
    // For download, the host takes the file; the run's own folder goes away.
    let outcome = host
        .run("data_export", export(json!({ "destination": "download" })))
        .await;
    let result = outcome.result.expect("a result");
    assert_eq!(result["file"]["artifact"]["id"], "artifact-1");
    assert_eq!(result["file"]["artifact"]["size"], result["file"]["size"]);
}

#[tokio::test]
async fn a_stopped_run_leaves_no_file() {
    let database = Database::sqlite();
    database
        .exec("CREATE TABLE goods (id INTEGER PRIMARY KEY); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) INSERT INTO goods SELECT i FROM n")
        .await;
    let host = database.host();
    let canceller = host.canceller.clone();
    let stop = async {
        crate::harness::until("rows are written", || {
            !host.progress.lock().expect("progress").is_empty()
        })
        .await;
        canceller.cancel(CancelReason::TimedOut);
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        outcome = host.run("data_export", export(json!({ "limit": 300_000 }))) => outcome,
        () = stop => unreachable!(),
    };
    assert_eq!(outcome.status, Status::Timeout);
    assert_eq!(
        names(&host.folder.path().join("out/exports/job-17")),
        Vec::<String>::new()
    );
}

/// Peak of resident memory of this process, in KiB.
fn peak() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .expect("a status")
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse().ok())
        .expect("a peak")
}

/// A million rows of 200 bytes would be 200 MB in memory. Takes a while:
/// `cargo nextest run -p orloj-tasks --run-ignored only million`.
#[tokio::test]
#[ignore = "slow"]
async fn a_million_rows_are_exported_in_bounded_memory() {
    for database in databases().await {
        database
            .exec(database.pick([
                "CREATE TABLE goods (id INTEGER PRIMARY KEY, t TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) INSERT INTO goods SELECT i, printf('%0200d', i) FROM n",
                "CREATE TABLE goods (id int PRIMARY KEY, t text); INSERT INTO goods SELECT i, lpad(i::text, 200, '0') FROM generate_series(1, 1000000) i",
                "CREATE TABLE goods (id int PRIMARY KEY, t varchar(200)); INSERT INTO goods SELECT seq, lpad(seq, 200, '0') FROM seq_1_to_1000000",
            ]))
            .await;
        let host = database.host();
        let before = peak();
        let start = std::time::Instant::now();
        let outcome = host
            .run(
                "data_export",
                export(json!({ "limit": 1_000_000, "format": "ndjson" })),
            )
            .await;
        let size = file_of(&host, &outcome).metadata().expect("a file").len();
        assert_eq!(outcome.records_processed, Some(1_000_000));
        assert!(size > 200_000_000);
        eprintln!(
            "{}: {size} bytes in {:?}, peak {} KiB before and {} KiB after",
            database.kind,
            start.elapsed(),
            before,
            peak()
        );
        assert!(peak() < 120 * 1024);
        database.remove().await;
    }
}

/// The text of a file inside a workbook.
fn part(path: &Path, name: &str) -> String {
    let file = std::fs::File::open(path).expect("a file");
    let mut archive = zip::ZipArchive::new(file).expect("an archive");
    let mut text = String::new();
    let mut part = archive.by_name(name).expect("a part");
    std::io::Read::read_to_string(&mut part, &mut text).expect("text");
    text
}

#[tokio::test]
async fn a_workbook_has_numbers_as_numbers_and_no_formulas() {
    for database in databases().await {
        fill(&database).await;
        let host = database.host();
        let outcome = host
            .run("data_export", export(json!({ "format": "xlsx" })))
            .await;
        let path = file_of(&host, &outcome);
        assert!(path.to_string_lossy().ends_with(".xlsx"));
        let sheet = part(&path, "xl/worksheets/sheet1.xml");
        assert!(!sheet.contains("<f>"), "{sheet}");
        assert!(
            sheet.contains("<v>9</v>") && sheet.contains("<v>12.5</v>"),
            "{sheet}"
        );
        assert!(
            sheet.contains("=1+1") && sheet.contains("قهوة, \"حلوة\""),
            "{sheet}"
        );
        assert!(sheet.contains("<t>price</t>"), "{sheet}");
        let bytes = std::fs::read(&path).expect("read");
        let result = outcome.result.expect("a result");
        assert_eq!(result["file"]["size"], bytes.len());
        let folder = path.parent().expect("a folder");
        assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), 1);
        database.remove().await;
    }
}

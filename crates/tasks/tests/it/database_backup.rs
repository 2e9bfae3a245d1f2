use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use orloj_tasks::{CancelReason, Cause, Outcome, Status};
use serde_json::{Value, json};

use crate::databases::{Database, PASSWORD, databases};
use crate::harness::{Host, problems};
use crate::shop::host_with;

fn backup(more: Value) -> Value {
    let mut parameters = json!({ "connection": "shop" });
    for (name, value) in more.as_object().expect("an object") {
        parameters[name] = value.clone();
    }
    parameters
}

async fn fill(database: &Database) {
    database
        .exec(database.pick([
            "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT, data BLOB); CREATE INDEX by_name ON goods (name); PRAGMA journal_mode = WAL",
            "CREATE TABLE goods (id serial PRIMARY KEY, name text, data bytea); CREATE VIEW recent AS SELECT * FROM goods",
            "CREATE TABLE goods (id int PRIMARY KEY AUTO_INCREMENT, name text, data blob) CHARACTER SET utf8mb4",
        ]))
        .await;
    for name in ["قهوة ☕", "a'b\\c\"d", "line\nbreak"] {
        let name = name.replace('\'', "''");
        let name = if database.kind == "mysql" {
            name.replace('\\', "\\\\")
        } else {
            name
        };
        let data = database.pick(["x'00ff27'", "'\\x00ff27'", "x'00ff27'"]);
        database
            .exec(&format!(
                "INSERT INTO goods (name, data) VALUES ('{name}', {data})"
            ))
            .await;
    }
}

/// All of the table in one text.
async fn contents(database: &Database) -> String {
    database
        .text(database.pick([
            "SELECT group_concat(id || ':' || name || ':' || hex(data), '|') FROM (SELECT * FROM goods ORDER BY id)",
            "SELECT string_agg(id || ':' || name || ':' || upper(encode(data, 'hex')), '|' ORDER BY id) FROM goods",
            "SELECT CAST(GROUP_CONCAT(id, ':', name, ':', HEX(data) ORDER BY id SEPARATOR '|') AS CHAR) FROM goods",
        ]))
        .await
}

fn file_of(host: &Host, outcome: &Outcome) -> PathBuf {
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let path = outcome.result.as_ref().expect("a result")["file"]["path"]
        .as_str()
        .expect("a path")
        .to_owned();
    host.policy.export_dir.clone().expect("a folder").join(path)
}

/// Brings the backup into an empty database with the servers' own programs.
async fn restore(path: &Path, into: &Database) {
    let text = |name: &str| {
        let value = &into.settings[name];
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let plain = Command::new("gzip")
        .arg("-dc")
        .arg(path)
        .output()
        .expect("gzip");
    assert!(plain.status.success());
    if into.kind == "sqlite" {
        std::fs::write(text("path"), plain.stdout).expect("a file");
        return;
    }
    let sql = path.with_extension("restored");
    std::fs::write(&sql, plain.stdout).expect("a file");
    let mut command = if into.kind == "postgres" {
        let mut command = Command::new("psql");
        command
            .args([
                "-v",
                "ON_ERROR_STOP=1",
                "-q",
                "-h",
                &text("host"),
                "-p",
                &text("port"),
            ])
            .args(["-U", &text("username"), "-d", &text("database")]);
        command
    } else {
        let mut command = Command::new("mariadb");
        command
            .args(["-h", &text("host"), "-P", &text("port"), "-u", "shop"])
            .env("MYSQL_PWD", PASSWORD)
            .args([
                "--skip-ssl",
                "--default-character-set=utf8mb4",
                &text("database"),
            ]);
        command
    };
    let done = command
        .stdin(Stdio::from(std::fs::File::open(&sql).expect("a file")))
        .output()
        .expect("the program");
    std::fs::remove_file(sql).expect("gone");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[tokio::test]
async fn a_backup_is_restored_and_holds_the_same() {
    for database in databases().await {
        fill(&database).await;
        let before = contents(&database).await;
        let host = host_with(database.settings_with(json!({ "readOnly": true })));
        let outcome = host.run("database_backup", backup(json!({}))).await;
        let path = file_of(&host, &outcome);
        let folder = path.parent().expect("a folder");
        let mut names: Vec<_> = std::fs::read_dir(folder)
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
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        assert_eq!(names, [name.clone(), format!("{name}.sha256")]);
        let checked = Command::new("sha256sum")
            .args(["-c", &format!("{name}.sha256")])
            .current_dir(folder)
            .output()
            .expect("sha256sum");
        assert!(checked.status.success(), "{checked:?}");

        if database.kind == "mysql" {
            // Into a second database of the same server.
            database
                .exec("CREATE DATABASE again CHARACTER SET utf8mb4")
                .await;
            let mut database = database;
            database.settings["database"] = json!("again");
            restore(&path, &database).await;
            assert_eq!(contents(&database).await, before);
            continue;
        }
        let empty = match database.kind {
            "sqlite" => Database::sqlite(),
            _ => Database::postgres().await.expect("PostgreSQL"),
        };
        restore(&path, &empty).await;
        assert_eq!(contents(&empty).await, before, "{}", database.kind);
        database.remove().await;
        empty.remove().await;
    }
}

#[tokio::test]
async fn nothing_secret_stays_or_is_said() {
    let Some(database) = Database::mariadb().await else {
        return;
    };
    fill(&database).await;
    let host = database.host();
    let outcome = host
        .run("database_backup", backup(json!({ "compression": "none" })))
        .await;
    let path = file_of(&host, &outcome);
    let wrong = host_with(database.settings_with(json!({ "password": "canary-7f3a" })));
    let failed = wrong.run("database_backup", backup(json!({}))).await;
    let failure = failed.failure.clone().expect("a failure");
    assert_eq!(failure.cause, Cause::ExitCode(2), "{failure:?}");
    let said = format!("{outcome:?}{failed:?}{:?}{:?}", host.texts(), wrong.texts());
    assert!(
        !said.contains(PASSWORD) && !said.contains("canary-7f3a"),
        "{said}"
    );
    assert!(
        !std::fs::read_to_string(&path)
            .expect("a dump")
            .contains(PASSWORD)
    );
    let left = std::fs::read_dir(wrong.folder.path().join("out/backups/job-17"))
        .expect("a folder")
        .count();
    assert_eq!(left, 0, "a failed backup leaves nothing");
}

#[tokio::test]
async fn a_backup_needs_all_tables_and_keeps_as_many_as_wanted() {
    let database = Database::sqlite();
    fill(&database).await;
    let narrow = host_with(database.settings_with(json!({ "allowedTables": ["goods"] })));
    let outcome = narrow.run("database_backup", backup(json!({}))).await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::InvalidParameters
    );

    let host = database.host();
    let folder = host.folder.path().join("out/backups/job-17");
    std::fs::create_dir_all(&folder).expect("a folder");
    for day in ["20260101", "20260102", "20260103"] {
        let name = format!("shop_{day}T000000Z_aaaaaaaa.sqlite.gz");
        std::fs::write(folder.join(format!("{name}.sha256")), "old").expect("a file");
        std::fs::write(folder.join(name), "old").expect("a file");
    }
    // One file of a run that died, and one of a run that is under way.
    for (name, age) in [("unfinished-a", 90_000), ("unfinished-b", 1_000)] {
        let file = std::fs::File::create(folder.join(name)).expect("a file");
        let written = std::time::SystemTime::UNIX_EPOCH
            + std::fs::metadata(&folder)
                .and_then(|meta| meta.modified())
                .expect("a time")
                .duration_since(std::time::SystemTime::UNIX_EPOCH)
                .expect("a time")
            - std::time::Duration::from_secs(age);
        file.set_modified(written).expect("another time");
    }
    let outcome = host
        .run("database_backup", backup(json!({ "keep": 2 })))
        .await;
    assert_eq!(
        outcome.result.as_ref().expect("a result")["removedBackups"],
        2
    );
    let path = file_of(&host, &outcome);
    assert!(path.ends_with("shop_20260301T023000Z_00000001.sqlite.gz"));
    assert!(
        folder
            .join("shop_20260103T000000Z_aaaaaaaa.sqlite.gz.sha256")
            .exists()
    );
    assert!(!folder.join("unfinished-a").exists());
    std::fs::remove_file(folder.join("unfinished-b")).expect("still there");
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 4);
    let outcome = host
        .run(
            "database_backup",
            backup(json!({ "destination": "download" })),
        )
        .await;
    assert_eq!(
        outcome.result.expect("a result")["file"]["artifact"]["id"],
        "artifact-1"
    );
    assert!(
        host.function("database_backup")
            .check(&backup(json!({})), &host.policy)
            .is_ok()
    );
    assert_eq!(
        problems(&Host::new(), "database_backup", &backup(json!({})))[0].1,
        "unavailable"
    );
    // Stopped before it began.
    host.canceller.cancel(CancelReason::Cancelled);
    let outcome = host
        .run("database_backup", backup(json!({ "keep": 1 })))
        .await;
    assert_eq!(outcome.status, Status::Cancelled);
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 4);
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use orloj_tasks::{CancelReason, Category, Cause, Delivery, LogSource, Status};
use serde_json::{Value, json};

use crate::harness::{Host, problems};

const DESCRIPTION: &str = r#"
key = "own"
command = ["./run.sh", "fixed argument"]
name = { en = "Own", ar = "خاص" }
description = { en = "Does it", ar = "ينفّذه" }
"#;

const SCHEMA: &str = r#"{
  "type": "object", "additionalProperties": false, "required": [],
  "properties": { "size": { "type": "integer", "minimum": 1, "title": "Size" } }
}"#;

fn write(folder: &Path, name: &str, text: &str, mode: u32) {
    fs::create_dir_all(folder).expect("a folder");
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A host with one manifest in the folder `own`.
fn host_with(description: &str, schema: &str, script: &str) -> (Host, Vec<String>) {
    let mut host = Host::new();
    let folder = host.folder.path().join("functions");
    let own = folder.join("own");
    write(&own, "task.toml", description, 0o644);
    write(&own, "schema.json", schema, 0o644);
    write(&own, "run.sh", script, 0o755);
    let errors = host.catalogue.load_manifests(&folder);
    (host, errors.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn the_example_of_the_documentation_works() {
    let mut host = Host::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/task-functions");
    assert_eq!(host.catalogue.load_manifests(&folder), []);
    let info = host.function("disk_usage").info().clone();
    assert_eq!(info.category, Category::Monitoring);
    assert_eq!(info.default_delivery, Delivery::AtLeastOnce);
    assert_eq!(info.default_timeout_seconds, Some(60));
    assert_eq!(problems(&host, "disk_usage", &info.example), []);
    let outcome = host
        .run(
            "disk_usage",
            json!({ "paths": ["/", "/proc"], "warnPercent": 100, "failPercent": 100 }),
        )
        .await;
    assert_eq!(
        outcome.status,
        Status::Success,
        "{outcome:?} {:?}",
        host.texts()
    );
    assert_eq!(outcome.records_processed, Some(2));
    assert!(outcome.result.expect("a result")["usage"][0]["percent"].is_number());
    let outcome = host
        .run("disk_usage", json!({ "paths": ["/no/such/place"] }))
        .await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::ExitCode(2)
    );
    assert_eq!(
        problems(&host, "disk_usage", &json!({ "paths": ["relative"] })),
        [("/paths/0".to_owned(), "pattern".to_owned())]
    );
}

#[tokio::test]
async fn parameters_come_on_standard_input_and_in_a_file() {
    let (host, errors) = host_with(
        DESCRIPTION,
        SCHEMA,
        "#!/bin/sh\ncat; echo\ncat \"$ORLOJ_PARAMETERS\"; echo\necho \"$1\"\nstat -c %a \"$ORLOJ_PARAMETERS\"\ntest -x \"$ORLOJ_TASK_DIR/run.sh\" && echo there\n",
    );
    assert!(errors.is_empty(), "{errors:?}");
    let outcome = host.run("own", json!({ "size": 3 })).await;
    assert_eq!(outcome.status, Status::Success, "{:?}", host.texts());
    assert_eq!(
        host.texts_of(LogSource::Stdout),
        [
            "{\"size\":3}",
            "{\"size\":3}",
            "fixed argument",
            "600",
            "there"
        ]
    );
    let outcome = host.run("own", Value::Null).await;
    assert_eq!(outcome.status, Status::Success);
    let outcome = host.run("own", json!({ "size": 0 })).await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::InvalidParameters
    );
}

#[tokio::test]
async fn a_stop_ends_it() {
    let (host, _) = host_with(
        DESCRIPTION,
        SCHEMA,
        "#!/bin/sh\necho ready\nexec sleep 600\n",
    );
    let outcome = host
        .run_and_stop("own", json!({}), "ready", CancelReason::TimedOut)
        .await;
    assert_eq!(outcome.status, Status::Timeout);
}

#[tokio::test]
async fn a_program_that_vanished_is_a_failure() {
    let (host, _) = host_with(DESCRIPTION, SCHEMA, "#!/bin/sh\n");
    fs::remove_file(host.folder.path().join("functions/own/run.sh")).expect("removed");
    let outcome = host.run("own", json!({})).await;
    assert_eq!(
        outcome.failure.expect("a failure").cause,
        Cause::ExitCode(127)
    );
}

#[test]
fn forms_get_words_even_if_the_author_gave_none() {
    let (host, _) = host_with(DESCRIPTION, SCHEMA, "#!/bin/sh\n");
    let own = host.function("own");
    let ui = &own.info().schema["properties"]["size"]["x-ui"];
    assert_eq!(ui["title"], json!({ "en": "Size", "ar": "Size" }));
}

#[test]
fn a_bad_manifest_is_reported_and_the_good_ones_are_loaded() {
    let with = |line: &str| format!("{line}\n{DESCRIPTION}");
    let cases: Vec<(String, &str, &str)> = vec![
        ("not toml".to_owned(), SCHEMA, "is not a description"),
        (with("unknown = 1"), SCHEMA, "unknown field"),
        (
            DESCRIPTION.replace("\"own\"", "\"Own Key\""),
            SCHEMA,
            "small letters",
        ),
        (
            DESCRIPTION.replace("\"own\"", "\"echo\""),
            SCHEMA,
            "already a task function",
        ),
        (
            DESCRIPTION.replace("خاص", " "),
            SCHEMA,
            "name.ar is missing",
        ),
        (
            DESCRIPTION.replace(", ar = \"ينفّذه\"", ""),
            SCHEMA,
            "missing field",
        ),
        (
            DESCRIPTION.replace("./run.sh", "run.sh"),
            SCHEMA,
            "must begin with",
        ),
        (
            DESCRIPTION.replace("./run.sh", "./none"),
            SCHEMA,
            "No such file",
        ),
        (
            DESCRIPTION.replace("./run.sh", "./../../../../../../../bin/sh"),
            SCHEMA,
            "leads out",
        ),
        (
            DESCRIPTION.replace("./run.sh", "./schema.json"),
            SCHEMA,
            "not executable",
        ),
        (with("timeoutSeconds = 0"), SCHEMA, "timeoutSeconds"),
        (with("category = \"magic\""), SCHEMA, "unknown variant"),
        (with("example = { size = 0 }"), SCHEMA, "/size"),
        (with("exitCodes = { success = [] }"), SCHEMA, "exitCodes"),
        (DESCRIPTION.to_owned(), "{", "is not JSON"),
        (DESCRIPTION.to_owned(), "[]", "must describe an object"),
        (
            DESCRIPTION.to_owned(),
            "{\"type\":\"object\"}",
            "refuse unknown fields",
        ),
        (
            DESCRIPTION.to_owned(),
            "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"a\":{\"type\":\"text\"}}}",
            "is not a schema",
        ),
        (
            DESCRIPTION.to_owned(),
            "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"a\":{\"$ref\":\"file:///etc/passwd\"}}}",
            "is not a schema",
        ),
    ];
    for (description, schema, reason) in cases {
        let mut host = Host::new();
        let folder = host.folder.path().join("functions");
        for name in ["bad", "good"] {
            write(&folder.join(name), "run.sh", "#!/bin/sh\n", 0o755);
        }
        write(&folder.join("bad"), "task.toml", &description, 0o644);
        write(&folder.join("bad"), "schema.json", schema, 0o644);
        write(
            &folder.join("good"),
            "task.toml",
            &DESCRIPTION.replace("\"own\"", "\"good\""),
            0o644,
        );
        let errors = host.catalogue.load_manifests(&folder);
        assert_eq!(errors.len(), 1, "{reason}: {errors:?}");
        let text = errors[0].to_string();
        assert!(
            text.contains(reason) && text.contains("bad"),
            "{reason}: {text}"
        );
        assert!(host.catalogue.get("good").is_some());
        assert!(host.catalogue.get("own").is_none());
        assert_eq!(host.function("echo").info().icon, "megaphone");
    }
}

#[test]
fn what_everybody_can_write_is_not_run() {
    for (name, mode) in [
        ("run.sh", 0o777),
        ("task.toml", 0o666),
        ("schema.json", 0o666),
    ] {
        let (mut host, errors) = host_with(DESCRIPTION, SCHEMA, "#!/bin/sh\n");
        assert!(errors.is_empty());
        let folder = host.folder.path().join("functions");
        fs::set_permissions(
            folder.join("own").join(name),
            fs::Permissions::from_mode(mode),
        )
        .expect("a mode");
        host.catalogue = orloj_tasks::Catalogue::builtin();
        let errors = host.catalogue.load_manifests(&folder);
        assert_eq!(errors.len(), 1, "{name}");
        assert!(errors[0].message.contains("everybody"), "{name}");
    }
}

#[test]
fn no_folder_means_no_manifests() {
    let mut host = Host::new();
    let folder = host.folder.path().join("none");
    assert_eq!(host.catalogue.load_manifests(&folder), []);
    write(
        &folder,
        "README.md",
        "files and hidden folders are left alone",
        0o644,
    );
    fs::create_dir(folder.join(".git")).expect("a folder");
    assert_eq!(host.catalogue.load_manifests(&folder), []);
    fs::create_dir(folder.join("empty")).expect("a folder");
    assert_eq!(host.catalogue.load_manifests(&folder).len(), 1);
}

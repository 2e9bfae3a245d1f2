//! Exports and backups in a real S3 server (moto's), where `TEST_MOTO` names the program
//! `moto_server` or it is on the search path.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use orloj_tasks::{
    Cause, CleanupReport, HistoryCleanup, Outcome, Services, Status, UnsealWith, new_seal_key,
    try_connection, unseal,
};
use serde_json::{Value, json};
use std::io::Read;

use crate::databases::{Database, skipped};
use crate::harness::{Host, problems};

pub(crate) struct Moto {
    child: Child,
    port: u16,
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("TEST_MOTO") {
        return Some(named.into());
    }
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join("moto_server"))
        .find(|file| file.is_file())
}

impl Moto {
    /// A server with the bucket `shop` in it.
    pub(crate) async fn start() -> Option<Self> {
        let Some(program) = program() else {
            skipped("S3", "there is no moto_server (pip install moto[server])");
            return None;
        };
        let port = crate::ports::free_port();
        let child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto_server");
        let moto = Self { child, port };
        let start = Instant::now();
        while moto.put("", b"").await.is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "moto_server does not come up"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Some(moto)
    }

    fn url(&self, key: &str) -> String {
        format!("http://127.0.0.1:{}/shop/{key}", self.port)
    }

    async fn put(&self, key: &str, bytes: &[u8]) -> reqwest::Result<()> {
        reqwest::Client::new()
            .put(self.url(key))
            .body(bytes.to_vec())
            .send()
            .await?
            .error_for_status()
            .map(drop)
    }

    async fn get(&self, key: &str) -> Option<Vec<u8>> {
        // Moto looks whether a request is signed, not how.
        let answer = reqwest::Client::new()
            .get(self.url(key))
            .header("Authorization", "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x")
            .send()
            .await
            .expect("an answer");
        if !answer.status().is_success() {
            return None;
        }
        Some(answer.bytes().await.expect("bytes").to_vec())
    }

    pub(crate) fn settings(&self) -> Value {
        json!({
            "type": "s3", "endpoint": format!("http://127.0.0.1:{}", self.port),
            "bucket": "shop", "accessKeyId": "key", "secretAccessKey": "canary-s3",
            "allowPrivateAddresses": true,
        })
    }
}

/// A host with a database `shop` and a store `store`.
struct Both(Value, Value);

#[async_trait]
impl Services for Both {
    async fn cleanup_history(&self, _: &HistoryCleanup) -> Result<CleanupReport, String> {
        Err("not here".to_owned())
    }

    async fn connection(&self, name: &str) -> Result<Value, String> {
        match name {
            "shop" => Ok(self.0.clone()),
            "store" => Ok(self.1.clone()),
            _ => Err("there is no such connection".to_owned()),
        }
    }
}

fn host(database: &Database, store: Value) -> Host {
    let mut host = Host::new();
    host.services = Arc::new(Both(database.settings.clone(), store));
    host
}

fn to_store(more: Value) -> Value {
    let mut parameters = json!({
        "connection": "shop", "destination": "s3", "storeConnection": "store", "storePrefix": "orloj/nightly",
    });
    for (name, value) in more.as_object().expect("an object") {
        parameters[name] = value.clone();
    }
    parameters
}

fn key_of(outcome: &Outcome) -> String {
    assert_eq!(outcome.status, Status::Success, "{outcome:?}");
    let key = &outcome.result.as_ref().expect("a result")["file"]["key"];
    key.as_str().expect("a key").to_owned()
}

async fn filled(megabytes: u32) -> Database {
    let database = Database::sqlite();
    database
        .exec("CREATE TABLE goods (id INTEGER PRIMARY KEY, data BLOB)")
        .await;
    for id in 0..megabytes {
        database
            .exec(&format!(
                "INSERT INTO goods VALUES ({id}, randomblob(1048576))"
            ))
            .await;
    }
    database
}

#[tokio::test]
async fn a_large_backup_goes_there_in_parts_sealed_and_comes_back_whole() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    let database = filled(20).await;
    let host = host(&database, moto.settings());
    let (private, public) = new_seal_key();
    let outcome = host
        .run(
            "database_backup",
            to_store(json!({ "compression": "none", "encryptFor": [public] })),
        )
        .await;
    let key = key_of(&outcome);
    assert_eq!(
        key,
        "orloj/nightly/backups/job-17/shop_20260301T023000Z_00000001.sqlite.age"
    );
    let sealed = moto.get(&key).await.expect("the object");
    // More than two parts.
    assert!(sealed.len() > 20 * 1_048_576, "{}", sealed.len());
    let line = moto.get(&format!("{key}.sha256")).await.expect("the sum");
    let sum = &outcome.result.as_ref().expect("a result")["file"]["sha256"];
    assert!(String::from_utf8_lossy(&line).starts_with(sum.as_str().expect("a sum")));
    assert!(
        !sealed
            .windows(16)
            .any(|piece| piece == b"SQLite format 3\0"),
        "it can be read without the key"
    );

    let open = |key: &str| {
        let mut plain = Vec::new();
        unseal(sealed.as_slice(), &UnsealWith::KeyFile(key))
            .map(|mut reader| reader.read_to_end(&mut plain))
            .map(|read| {
                read.expect("whole");
                plain
            })
    };
    let plain = open(&format!("# a remark\n{private}\n")).expect("opened");
    let restored = Database::sqlite();
    std::fs::write(restored.path(), &plain).expect("written");
    let question = "SELECT COUNT(*) || ':' || SUM(length(data)) || ':' || hex(substr(group_concat(hex(substr(data, 1, 8)), ''), 1, 64)) FROM (SELECT * FROM goods ORDER BY id)";
    assert_eq!(restored.text(question).await, database.text(question).await);
    // Another key opens nothing, a changed file neither.
    assert!(open(&new_seal_key().0).is_err());
    let mut broken = sealed.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    let mut reader =
        unseal(broken.as_slice(), &UnsealWith::KeyFile(&private)).expect("the head is whole");
    assert!(reader.read_to_end(&mut Vec::new()).is_err());
}

#[tokio::test]
async fn old_files_of_the_same_job_go_away() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    let database = filled(1).await;
    let host = host(&database, moto.settings());
    let folder = "orloj/nightly/backups/job-17";
    for name in [
        "shop_20250101T000000Z_aaaaaaaa.sqlite.gz",
        "shop_20250102T000000Z_aaaaaaaa.sqlite.gz",
        "shop_20250102T000000Z_aaaaaaaa.sqlite.gz.sha256",
        "shop_20250103T000000Z_aaaaaaaa.sqlite.gz",
        "shop_notes.txt",
        "other_20250101T000000Z_aaaaaaaa.sqlite.gz",
    ] {
        moto.put(&format!("{folder}/{name}"), b"x")
            .await
            .expect("put");
    }
    let outcome = host
        .run("database_backup", to_store(json!({ "keep": 2 })))
        .await;
    let key = key_of(&outcome);
    let result = outcome.result.expect("a result");
    assert_eq!(result["removedBackups"], 2, "{:?}", outcome.warnings);
    for (name, is_there) in [
        ("shop_20250101T000000Z_aaaaaaaa.sqlite.gz", false),
        ("shop_20250102T000000Z_aaaaaaaa.sqlite.gz", false),
        ("shop_20250102T000000Z_aaaaaaaa.sqlite.gz.sha256", false),
        ("shop_20250103T000000Z_aaaaaaaa.sqlite.gz", true),
        ("shop_notes.txt", true),
        ("other_20250101T000000Z_aaaaaaaa.sqlite.gz", true),
    ] {
        let found = moto.get(&format!("{folder}/{name}")).await.is_some();
        assert_eq!(found, is_there, "{name}");
    }
    assert!(moto.get(&key).await.is_some());
}

#[tokio::test]
async fn exports_go_there_and_refusals_say_why() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    let database = filled(1).await;
    let export = to_store(json!({ "table": "goods", "columns": ["id"], "format": "csv" }));
    let good = host(&database, moto.settings());
    let key = key_of(&good.run("data_export", export.clone()).await);
    assert_eq!(moto.get(&key).await.expect("the object"), b"id\r\n0\r\n");
    assert!(try_connection(&moto.settings(), &good.policy).await.is_ok());

    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| format!("http://{address}"))
        .expect("a port");
    for (member, value, word) in [
        ("bucket", json!("nowhere"), "404"),
        ("readOnly", json!(true), "read-only"),
        ("allowPrivateAddresses", json!(false), "127.0.0.1"),
        ("endpoint", json!(nobody), "connection"),
        ("type", json!("http"), "object store"),
    ] {
        let mut settings = moto.settings();
        settings[member] = value;
        let tried = try_connection(&settings, &good.policy).await;
        assert!(
            tried.is_err() || member == "readOnly",
            "{member}: {tried:?}"
        );
        let outcome = host(&database, settings)
            .run("data_export", export.clone())
            .await;
        assert_eq!(outcome.status, Status::Failed, "{member}");
        let failure = outcome.failure.expect("a failure");
        assert!(
            failure.message.en.contains(word),
            "{member}: {}",
            failure.message.en
        );
        assert!(
            !failure.message.en.contains("canary"),
            "{}",
            failure.message.en
        );
        if member == "endpoint" {
            assert_eq!(failure.cause, Cause::Network);
        }
    }
}

#[test]
fn destinations_and_keys_that_make_no_sense_are_refused() {
    let host = Host::new();
    for (key, parameters, pointer) in [
        (
            "data_export",
            json!({ "connection": "shop", "table": "goods", "destination": "s3" }),
            "/storeConnection",
        ),
        (
            "data_export",
            json!({ "connection": "shop", "table": "goods", "format": "xlsx", "gzip": true }),
            "/gzip",
        ),
        (
            "database_backup",
            to_store(json!({ "storePrefix": "../x" })),
            "/storePrefix",
        ),
        (
            "database_backup",
            to_store(json!({ "encryptFor": ["age1nothing"] })),
            "/encryptFor/0",
        ),
        (
            "database_backup",
            to_store(json!({ "encryptFor": [new_seal_key().1], "passphrase": "p" })),
            "/passphrase",
        ),
    ] {
        let found = problems(&host, key, &parameters);
        assert!(
            found.iter().any(|(at, _)| at == pointer),
            "{parameters}: {found:?}"
        );
    }
}

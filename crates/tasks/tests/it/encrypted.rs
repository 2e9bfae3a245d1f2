//! Databases over TLS: servers with a certificate of the test's own authority, that refuse whoever comes in clear.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orloj_tasks::{Cause, Outcome, Status};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};

use crate::databases::{Database, skipped};
use crate::ports::free_port;
use crate::shop::host_with;

/// An authority, and a certificate that it gave to `localhost`.
struct Authority {
    /// The authority's certificate, as PEM.
    root: String,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let key = || KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let authority_key = key();
        let mut params = CertificateParams::new(Vec::new()).expect("params");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Of the same name as the server's it would count as made by the server itself.
        params
            .distinguished_name
            .push(DnType::CommonName, "authority");
        let root = params.self_signed(&authority_key).expect("a certificate");
        let issuer = Issuer::new(params, authority_key);
        let server_key = key();
        let server = CertificateParams::new(vec!["localhost".to_owned()])
            .expect("params")
            .signed_by(&server_key, &issuer)
            .expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("cert.pem"), server.pem()).expect("written");
        std::fs::write(folder.path().join("key.pem"), server_key.serialize_pem()).expect("written");
        Self {
            root: root.pem(),
            folder,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[tokio::test]
async fn mariadb_is_reached_over_tls_and_nothing_else() {
    let authority = Authority::new();
    let more = [
        format!("--ssl-cert={}", authority.file("cert.pem").display()),
        format!("--ssl-key={}", authority.file("key.pem").display()),
    ];
    let Some(database) = Database::mariadb_with(&more).await else {
        return;
    };
    fill(&database).await;
    database.exec("ALTER USER shop@'%' REQUIRE SSL").await;
    try_all(database.settings.clone(), &authority).await;
}

#[tokio::test]
async fn postgres_is_reached_over_tls_and_nothing_else() {
    let authority = Authority::new();
    let Some(server) = Postgres::start(&authority).await else {
        return;
    };
    try_all(server.settings(), &authority).await;
}

async fn fill(database: &Database) {
    database
        .exec("CREATE TABLE goods (id int PRIMARY KEY)")
        .await;
    database.exec("INSERT INTO goods VALUES (1), (2)").await;
}

/// Both ways to a database: our own line, and the program for dumps.
async fn try_all(settings: Value, authority: &Authority) {
    let stranger = Authority::new();
    let with = |more: Value| {
        let mut settings = settings.clone();
        settings["host"] = json!("localhost");
        settings["tls"] = json!("verify");
        settings["caCertificate"] = json!(authority.root);
        for (name, value) in more.as_object().expect("an object") {
            settings[name] = value.clone();
        }
        settings
    };
    for (function, parameters) in [
        (
            "data_export",
            json!({ "connection": "shop", "table": "goods", "destination": "folder" }),
        ),
        (
            "database_backup",
            json!({ "connection": "shop", "destination": "folder" }),
        ),
    ] {
        let run = async |settings: Value| -> Outcome {
            host_with(settings).run(function, parameters.clone()).await
        };
        // With the address instead of the name, nobody checks whose certificate it is.
        for good in [
            json!({}),
            json!({ "tls": "require", "caCertificate": null, "host": "127.0.0.1" }),
            json!({ "tls": "prefer", "caCertificate": null, "host": "127.0.0.1" }),
        ] {
            let outcome = run(with(good.clone())).await;
            assert_eq!(
                outcome.status,
                Status::Success,
                "{function}: {good}: {outcome:?}"
            );
        }
        for wrong in [
            json!({ "caCertificate": stranger.root }),
            json!({ "caCertificate": null }),
            json!({ "host": "127.0.0.1" }),
            json!({ "tls": "off", "host": "127.0.0.1" }),
        ] {
            let outcome = run(with(wrong.clone())).await;
            assert_eq!(outcome.status, Status::Failed, "{function}: {wrong}");
            let failure = outcome.failure.expect("a failure");
            assert_ne!(
                failure.cause,
                Cause::Internal,
                "{function}: {wrong}: {failure:?}"
            );
        }
    }
}

/// A server of the test's own that takes nobody without TLS.
struct Postgres {
    folder: tempfile::TempDir,
    port: u16,
    child: Child,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The first process tells the others; killed, it could not.
        if let Ok(pid) = i32::try_from(self.child.id()) {
            let pid = nix::unistd::Pid::from_raw(pid);
            let _ended = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGQUIT);
        }
        drop(self.child.wait());
    }
}

impl Postgres {
    async fn start(authority: &Authority) -> Option<Self> {
        let binaries = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten();
        let binaries = binaries
            .filter_map(Result::ok)
            .map(|version| version.path().join("bin"))
            .filter(|folder| folder.join("postgres").is_file())
            .max();
        let Some(binaries) = binaries else {
            skipped(
                "PostgreSQL over TLS",
                "the package postgresql is not installed",
            );
            return None;
        };
        // PostgreSQL does not run as root; an account of its own owns its files then.
        let account = nix::unistd::Uid::effective()
            .is_root()
            .then(|| nix::unistd::User::from_name("postgres").ok().flatten())
            .map(|account| account.expect("the account postgres"));
        let owned = |path: &Path, mode: u32| {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(path, permissions).expect("permissions");
            if let Some(account) = &account {
                let (uid, gid) = (account.uid.as_raw(), account.gid.as_raw());
                chown(path, Some(uid), Some(gid)).expect("an owner");
            }
        };
        let folder = tempfile::tempdir().expect("a folder");
        owned(folder.path(), 0o700);
        let at = |name: &str| folder.path().join(name);
        for name in ["cert.pem", "key.pem"] {
            std::fs::copy(authority.file(name), at(name)).expect("a copy");
            owned(&at(name), 0o600);
        }
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust\nhostssl all all ::1/128 trust\n";
        std::fs::write(at("hba.conf"), rules).expect("a file");
        owned(&at("hba.conf"), 0o600);
        let command = |program: &str| {
            let mut command = Command::new(binaries.join(program));
            command.current_dir(folder.path()).stdin(Stdio::null());
            if let Some(account) = &account {
                command
                    .uid(account.uid.as_raw())
                    .gid(account.gid.as_raw())
                    .env("HOME", &account.dir);
            }
            command
        };
        let made = command("initdb")
            .args([
                "--auth=trust",
                "--username=shop",
                "--encoding=UTF8",
                "--locale=C",
            ])
            .args(["--no-sync", "--pgdata=data"])
            .output()
            .expect("initdb");
        assert!(made.status.success(), "{made:?}");
        let port = free_port();
        let log = std::fs::File::create(at("log")).expect("a log");
        let settings = [
            format!("port={port}"),
            "listen_addresses=localhost".to_owned(),
            format!("unix_socket_directories={}", folder.path().display()),
            format!("hba_file={}", at("hba.conf").display()),
            format!("ssl_cert_file={}", at("cert.pem").display()),
            format!("ssl_key_file={}", at("key.pem").display()),
            "ssl=on".to_owned(),
            "fsync=off".to_owned(),
            "shared_buffers=16MB".to_owned(),
        ];
        let child = command("postgres")
            .args(["-D", "data"])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("postgres");
        let server = Self {
            folder,
            port,
            child,
        };
        let start = Instant::now();
        let table = "CREATE TABLE goods (id int PRIMARY KEY); INSERT INTO goods VALUES (1), (2)";
        while !server.psql(table) {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "PostgreSQL does not come up: {}",
                std::fs::read_to_string(server.folder.path().join("log")).unwrap_or_default()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Some(server)
    }

    /// One transaction over the socket, past TLS.
    fn psql(&self, sql: &str) -> bool {
        let done = Command::new("psql")
            .args([
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "shop",
                "-d",
                "postgres",
            ])
            .args(["-p", &self.port.to_string(), "-c", sql, "-h"])
            .arg(self.folder.path())
            .output()
            .expect("psql");
        done.status.success()
    }

    fn settings(&self) -> Value {
        json!({
            "type": "postgres", "host": "localhost", "port": self.port, "database": "postgres",
            "username": "shop", "password": "", "allowedTables": ["*"], "allowPrivateAddresses": true,
        })
    }
}

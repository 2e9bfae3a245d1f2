//! Files and software on this very machine: transfers that break, places that are not allowed, what was there before.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use orloj_wire::agent::{
    FileAction, FileRef, FileStep, SoftwareAction, SoftwareOn, SoftwareStep, TICKET_HEADER,
};
use rustls_platform_verifier::ConfigVerifierExt as _;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::fetch::{Source, Trouble};
use super::file::{Kit, run};
use super::program::Programs;
use super::software;

/// A server that has one file and breaks every connection but the last ones.
struct Server {
    address: String,
    /// Bytes that went out in all.
    sent: Arc<AtomicU64>,
}

/// How it behaves.
#[derive(Clone, Copy)]
struct Manner {
    /// Connections that are cut, each after a different part of the rest.
    cuts: u64,
    /// The first whole answer carries other bytes.
    lies_once: bool,
    /// Knows no ranges.
    is_simple: bool,
    status: u16,
}

const HONEST: Manner = Manner {
    cuts: 0,
    lies_once: false,
    is_simple: false,
    status: 200,
};

impl Server {
    async fn start(content: Vec<u8>, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&sent);
        let content = Arc::new(content);
        tokio::spawn(async move {
            for number in 0_u64.. {
                let (mut socket, _) = listener.accept().await.unwrap();
                let content = Arc::clone(&content);
                let counter = Arc::clone(&counter);
                // One after the other: what is cut and what not is decided by the number.
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if socket.read(&mut byte).await.unwrap_or(0) == 0 {
                        break;
                    }
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).to_lowercase();
                assert!(
                    head.contains(&format!("{TICKET_HEADER}: the ticket")),
                    "{head}"
                );
                let from = head
                    .split("range: bytes=")
                    .nth(1)
                    .and_then(|range| range.split('-').next())
                    .map_or(0, |from| from.parse::<usize>().unwrap());
                let from = if manner.is_simple { 0 } else { from };
                let mut body = content[from..].to_vec();
                if manner.lies_once && number == 0 {
                    body.iter_mut().for_each(|byte| *byte ^= 1);
                }
                let total = content.len();
                let status = match (manner.status, from) {
                    (200, 0) => "200 OK".to_owned(),
                    (200, _) => "206 Partial Content".to_owned(),
                    (other, _) => format!("{other} No"),
                };
                let length = body.len();
                if number < manner.cuts {
                    let part = usize::try_from(number * 7_919 % 97).unwrap();
                    body.truncate(length * part / 400);
                }
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\ncontent-range: bytes {from}-{}/{total}\r\nconnection: close\r\n\r\n",
                    total.max(1) - 1
                );
                socket.write_all(answer.as_bytes()).await.unwrap();
                counter.fetch_add(body.len() as u64, Ordering::SeqCst);
                // The agent may have gone away in the middle, which is its right.
                let _ = socket.write_all(&body).await;
                let _ = socket.shutdown().await;
            }
        });
        Self { address, sent }
    }

    fn source(&self) -> Source {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let tls = rustls::ClientConfig::with_platform_verifier().unwrap();
        Source::new(tls, &self.address, "the ticket").unwrap()
    }
}

/// A device: a folder for files, and the agent's own.
struct Device {
    top: tempfile::TempDir,
    roots: Vec<PathBuf>,
}

impl Device {
    fn new() -> Self {
        let top = tempfile::tempdir().unwrap();
        let root = top.path().canonicalize().unwrap().join("srv");
        std::fs::create_dir(&root).unwrap();
        Self {
            top,
            roots: vec![root],
        }
    }

    fn folder(&self) -> &Path {
        &self.roots[0]
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    async fn run(&self, step: &FileStep, source: Option<&Source>) -> Result<String, String> {
        let stop = CancellationToken::new();
        self.run_until(step, source, &stop).await
    }

    async fn run_until(
        &self,
        step: &FileStep,
        source: Option<&Source>,
        stop: &CancellationToken,
    ) -> Result<String, String> {
        let data_dir = self.top.path().join("agent");
        let kit = Kit {
            roots: &self.roots,
            data_dir: &data_dir,
            source,
            told: Arc::new(|_, _| {}),
            stop,
        };
        match run(step, &kit).await {
            Ok(details) => Ok(details["done"].as_str().unwrap().to_owned()),
            Err(Trouble::Failed(why)) => Err(why),
            Err(Trouble::Stopped) => Err("stopped".to_owned()),
        }
    }

    fn step(&self, name: &str, content: &[u8]) -> FileStep {
        FileStep {
            action: FileAction::Deploy,
            file: FileRef {
                id: 7,
                name: name.to_owned(),
                size: content.len() as u64,
                sha256: sum(content),
            },
            folder: self.folder().to_str().unwrap().to_owned(),
            create_folder: true,
            mode: None,
            owner: None,
            group: None,
            keep_previous: true,
            limit_seconds: 60,
        }
    }
}

fn sum(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}

#[tokio::test]
async fn a_transfer_that_breaks_goes_on_and_nothing_half_appears() {
    let device = Device::new();
    let content = bytes(3_000_000);
    let manner = Manner { cuts: 12, ..HONEST };
    let server = Server::start(content.clone(), manner).await;
    let step = device.step("app.bin", &content);
    let done = device.run(&step, Some(&server.source())).await.unwrap();
    assert_eq!(done, "created");
    assert_eq!(
        std::fs::read(device.folder().join("app.bin")).unwrap(),
        content
    );
    assert_eq!(device.names(), ["app.bin"]);
    // It went on instead of beginning anew.
    let sent = server.sent.load(Ordering::SeqCst);
    assert!(sent < 3_000_000 + 12 * 1_000_000, "{sent}");
    let mode = std::fs::metadata(device.folder().join("app.bin")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o644);
    // Once more changes nothing, and needs no server.
    assert_eq!(device.run(&step, None).await.unwrap(), "already_there");
}

#[tokio::test]
async fn a_stopped_transfer_leaves_the_old_file_and_is_taken_up_again() {
    let device = Device::new();
    let content = bytes(2_000_000);
    std::fs::write(device.folder().join("a"), "old").unwrap();
    let stop = CancellationToken::new();
    let manner = Manner {
        cuts: u64::MAX,
        ..HONEST
    };
    let server = Server::start(content.clone(), manner).await;
    let step = device.step("a", &content);
    let sent = Arc::clone(&server.sent);
    let source = server.source();
    let stopping = async {
        while sent.load(Ordering::SeqCst) < 500_000 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(device.run_until(&step, Some(&source), &stop), stopping);
    assert_eq!(ended.unwrap_err(), "stopped");
    assert_eq!(std::fs::read(device.folder().join("a")).unwrap(), b"old");
    let part = device.folder().join(device.names().remove(0));
    assert!(std::fs::metadata(&part).unwrap().len() > 0);
    let had = std::fs::metadata(&part).unwrap().len();
    let server = Server::start(content.clone(), HONEST).await;
    let done = device.run(&step, Some(&server.source())).await.unwrap();
    assert_eq!(done, "replaced");
    assert_eq!(std::fs::read(device.folder().join("a")).unwrap(), content);
    assert_eq!(server.sent.load(Ordering::SeqCst), 2_000_000 - had);
}

#[tokio::test]
async fn wrong_bytes_never_get_the_name() {
    let device = Device::new();
    let content = bytes(100_000);
    let lying = Manner {
        lies_once: true,
        ..HONEST
    };
    let server = Server::start(content.clone(), lying).await;
    let step = device.step("a", &content);
    // What arrived wrong is thrown away and fetched once more.
    assert_eq!(
        device.run(&step, Some(&server.source())).await.unwrap(),
        "created"
    );
    let server = Server::start(bytes(100_001), HONEST).await;
    let other = FileStep {
        file: FileRef {
            name: "b".to_owned(),
            ..device.step("b", &bytes(100_000)[1..]).file
        },
        ..step.clone()
    };
    let why = device
        .run(&other, Some(&server.source()))
        .await
        .unwrap_err();
    assert!(
        why.contains("more than") || why.contains("SHA-256"),
        "{why}"
    );
    assert!(!device.folder().join("b").exists());
    let refusing = Manner {
        status: 404,
        ..HONEST
    };
    let server = Server::start(content.clone(), refusing).await;
    let third = device.step("c", &bytes(50));
    let why = device
        .run(&third, Some(&server.source()))
        .await
        .unwrap_err();
    assert!(why.contains("404"), "{why}");
    assert!(
        device
            .run(&third, None)
            .await
            .unwrap_err()
            .contains("ticket")
    );
    // A server without ranges: from the beginning each time, and right all the same.
    let simple = Manner {
        cuts: 3,
        is_simple: true,
        ..HONEST
    };
    let server = Server::start(content.clone(), simple).await;
    let fourth = FileStep {
        file: FileRef {
            name: "d".to_owned(),
            ..step.file.clone()
        },
        ..step
    };
    assert_eq!(
        device.run(&fourth, Some(&server.source())).await.unwrap(),
        "created"
    );
}

#[tokio::test]
async fn what_was_there_before_comes_back() {
    let device = Device::new();
    let path = device.folder().join("app.conf");
    std::fs::write(&path, "first").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let mut step = device.step("app.conf", b"second");
    let server = Server::start(b"second".to_vec(), HONEST).await;
    assert_eq!(
        device.run(&step, Some(&server.source())).await.unwrap(),
        "replaced"
    );
    // The rights of what was replaced stay, unless others are asked for.
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o640);
    step.mode = Some("0600".to_owned());
    assert_eq!(device.run(&step, None).await.unwrap(), "already_there");
    assert_eq!(mode(), 0o600);
    let undo = FileStep {
        action: FileAction::Undo,
        ..step.clone()
    };
    // Somebody changed it since: nothing of theirs is thrown away.
    std::fs::write(&path, "theirs").unwrap();
    let why = device.run(&undo, None).await.unwrap_err();
    assert!(why.contains("changed since"), "{why}");
    std::fs::write(&path, "second").unwrap();
    assert_eq!(device.run(&undo, None).await.unwrap(), "restored");
    assert_eq!(std::fs::read(&path).unwrap(), b"first");
    assert_eq!(mode(), 0o640);
    assert!(device.run(&undo, None).await.is_err());
    // A file that was new goes.
    let new = device.step("new.conf", b"second");
    assert_eq!(
        device.run(&new, Some(&server.source())).await.unwrap(),
        "created"
    );
    let undo = FileStep {
        action: FileAction::Undo,
        ..new
    };
    assert_eq!(device.run(&undo, None).await.unwrap(), "removed");
    assert_eq!(device.names(), ["app.conf"]);
}

#[tokio::test]
async fn names_and_places_are_kept_within_the_policy() {
    let device = Device::new();
    let server = Server::start(b"x".to_vec(), HONEST).await;
    let source = server.source();
    let step = device.step("a", b"x");
    for name in ["../a", "/etc/a", "", ".", "..", "a/b"] {
        let step = FileStep {
            file: FileRef {
                name: name.to_owned(),
                ..step.file.clone()
            },
            ..step.clone()
        };
        assert!(device.run(&step, Some(&source)).await.is_err(), "{name}");
    }
    let outside = device.top.path().canonicalize().unwrap();
    std::os::unix::fs::symlink(&outside, device.folder().join("out")).unwrap();
    let inside = device.folder().to_str().unwrap().to_owned();
    for folder in [
        outside.to_str().unwrap().to_owned(),
        format!("{inside}/out"),
        format!("{inside}/../other"),
        "C:\\Config".to_owned(),
        "relative".to_owned(),
    ] {
        let step = FileStep {
            folder: folder.clone(),
            ..step.clone()
        };
        assert!(device.run(&step, Some(&source)).await.is_err(), "{folder}");
    }
    let missing = FileStep {
        folder: format!("{inside}/new"),
        create_folder: false,
        ..step.clone()
    };
    assert!(device.run(&missing, Some(&source)).await.is_err());
    let made = FileStep {
        create_folder: true,
        ..missing
    };
    assert_eq!(device.run(&made, Some(&source)).await.unwrap(), "created");
    for (mode, owner) in [(Some("9"), None), (None, Some("nobody-of-that-name"))] {
        let step = FileStep {
            mode: mode.map(str::to_owned),
            owner: owner.map(str::to_owned),
            ..step.clone()
        };
        assert!(device.run(&step, Some(&source)).await.is_err());
    }
    // A link in the place of the file is not followed, and not replaced.
    let victim = outside.join("victim");
    std::fs::write(&victim, "safe").unwrap();
    std::os::unix::fs::symlink(&victim, device.folder().join("a")).unwrap();
    assert!(device.run(&step, Some(&source)).await.is_err());
    assert_eq!(std::fs::read(&victim).unwrap(), b"safe");
    assert!(server.sent.load(Ordering::SeqCst) <= 2);
}

async fn installed(step: &SoftwareStep, stop: &CancellationToken) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |_, _: &str| {};
    let programs = Programs::new(&write, stop, "test");
    let kit = software::Kit {
        programs: &programs,
        system: "linux",
        work_dir: &folder.path().join("work"),
        source: None,
        told: Arc::new(|_, _| {}),
        memory_mb: 100,
        disk_mb: 100,
    };
    match software::run(step, &kit).await {
        Ok(details) => Ok(details["done"].as_str().unwrap().to_owned()),
        Err(Trouble::Failed(why)) => Err(why),
        Err(Trouble::Stopped) => Err("stopped".to_owned()),
    }
}

fn commands(install: &str, uninstall: &str, detect: &str) -> SoftwareStep {
    let on = SoftwareOn {
        install: Some(install.to_owned()),
        uninstall: Some(uninstall.to_owned()),
        detect: Some(detect.to_owned()),
        ..SoftwareOn::default()
    };
    SoftwareStep {
        action: SoftwareAction::Install,
        name: "Thing".to_owned(),
        version: Some("2".to_owned()),
        platforms: [("linux".to_owned(), on)].into(),
        min_memory_mb: None,
        min_disk_mb: None,
        limit_seconds: 60,
    }
}

#[tokio::test]
async fn software_is_recognised_before_and_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let flag = folder.path().join("flag");
    let flag = flag.display();
    let never = CancellationToken::new();
    let mut step = commands(
        &format!("echo \"$ORLOJ_VERSION\" > {flag}"),
        &format!("rm {flag}"),
        &format!("test -f {flag}"),
    );
    assert_eq!(installed(&step, &never).await.unwrap(), "installed");
    assert_eq!(installed(&step, &never).await.unwrap(), "already_there");
    step.action = SoftwareAction::Uninstall;
    assert_eq!(installed(&step, &never).await.unwrap(), "removed");
    assert_eq!(installed(&step, &never).await.unwrap(), "not_there");
    // What a program says of itself does not count.
    let lying = commands("echo done", "true", "false");
    assert!(
        installed(&lying, &never)
            .await
            .unwrap_err()
            .contains("not recognised")
    );
    let failing = commands("exit 7", "true", "false");
    assert!(
        installed(&failing, &never)
            .await
            .unwrap_err()
            .contains("code 7")
    );
    let large = SoftwareStep {
        min_memory_mb: Some(101),
        ..commands("true", "true", "false")
    };
    assert!(
        installed(&large, &never)
            .await
            .unwrap_err()
            .contains("memory")
    );
    let elsewhere = SoftwareStep {
        platforms: Default::default(),
        ..commands("true", "true", "false")
    };
    assert!(installed(&elsewhere, &never).await.is_err());
    for name in ["-y", "hello;id", "hello-", "../x.deb", "a b"] {
        let on = SoftwareOn {
            packages: [
                ("apt".to_owned(), vec![name.to_owned()]),
                ("dnf".to_owned(), vec![name.to_owned()]),
            ]
            .into(),
            ..SoftwareOn::default()
        };
        let step = SoftwareStep {
            platforms: [("linux".to_owned(), on)].into(),
            ..commands("", "", "")
        };
        assert!(installed(&step, &never).await.is_err(), "{name}");
    }
    let stopped = CancellationToken::new();
    stopped.cancel();
    assert_eq!(installed(&failing, &stopped).await.unwrap_err(), "stopped");
}

/// Installs, recognises and removes a real package. Needs root and a package archive.
#[tokio::test]
#[ignore = "changes this machine; run it by hand as root"]
async fn a_real_debian_package_comes_and_goes() {
    let never = CancellationToken::new();
    let on = SoftwareOn {
        packages: [("apt".to_owned(), vec!["hello".to_owned()])].into(),
        ..SoftwareOn::default()
    };
    let mut step = SoftwareStep {
        platforms: [("linux".to_owned(), on)].into(),
        limit_seconds: 600,
        ..commands("", "", "")
    };
    let first = installed(&step, &never).await.unwrap();
    assert!(matches!(first.as_str(), "installed" | "already_there"));
    assert!(Path::new("/usr/bin/hello").is_file());
    assert_eq!(installed(&step, &never).await.unwrap(), "already_there");
    step.action = SoftwareAction::Uninstall;
    assert_eq!(installed(&step, &never).await.unwrap(), "removed");
    assert!(!Path::new("/usr/bin/hello").exists());
}

/// 256 MiB through 50 cuts.
#[tokio::test]
#[ignore = "takes minutes and half a gigabyte"]
async fn a_large_file_through_fifty_cuts() {
    let device = Device::new();
    let content = bytes(256 << 20);
    let manner = Manner { cuts: 50, ..HONEST };
    let server = Server::start(content.clone(), manner).await;
    let step = device.step("large.bin", &content);
    let done = device.run(&step, Some(&server.source())).await.unwrap();
    assert_eq!(done, "created");
    let arrived = std::fs::read(device.folder().join("large.bin")).unwrap();
    assert_eq!(sum(&arrived), step.file.sha256);
    assert_eq!(device.names(), ["large.bin"]);
}

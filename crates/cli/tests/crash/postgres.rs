//! A PostgreSQL server of the harness's own, which may be ended in every way.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use sqlx::{Connection, PgConnection};

/// A server with its own data; ended and removed when dropped.
pub(crate) struct Postgres {
    binaries: PathBuf,
    account: Option<User>,
    folder: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Postgres {
    /// Makes a cluster and starts it; `None` when PostgreSQL is not installed (`cargo xtask test` installs it).
    pub(crate) fn start() -> Option<Self> {
        let Some(binaries) = binaries() else {
            assert!(
                std::env::var_os("CI").is_none(),
                "PostgreSQL is not installed; `cargo xtask test` installs it"
            );
            println!("skipped: PostgreSQL is not installed");
            return None;
        };
        let account = Uid::effective()
            .is_root()
            .then(|| User::from_name("postgres").unwrap().unwrap());
        let folder = std::env::temp_dir().join(format!("orloj-fault-pg-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        if let Some(account) = &account {
            std::os::unix::fs::chown(
                &folder,
                Some(account.uid.as_raw()),
                Some(account.gid.as_raw()),
            )
            .unwrap();
        }
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut postgres = Self {
            binaries,
            account,
            folder,
            port,
            child: None,
        };
        let made = postgres
            .command("initdb")
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(postgres.folder.join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        postgres.go();
        Some(postgres)
    }

    /// The address of the server, with the superuser.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends it by this signal to its first process: `SIGINT` is a fast shutdown, `SIGQUIT` an immediate one, and
    /// `SIGKILL` leaves its other processes to find out.
    pub(crate) fn end(&mut self, signal: Signal) {
        if let Some(mut child) = self.child.take() {
            let _ = kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal);
            child.wait().unwrap();
        }
    }

    /// Starts it again and waits until it answers.
    pub(crate) fn go(&mut self) {
        let patience = Instant::now() + Duration::from_secs(90);
        while Instant::now() < patience {
            if self
                .child
                .as_mut()
                .is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
            {
                // The first time, or the processes of a killed server still hold its memory.
                self.child = Some(self.serve());
            }
            if self.answers() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("PostgreSQL does not come up\n{}", self.said());
    }

    fn serve(&self) -> Child {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join("server.log"))
            .unwrap();
        self.command("postgres")
            .arg("-D")
            .arg(self.folder.join("data"))
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", &format!("port={}", self.port)])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "shared_buffers=32MB", "-c", "max_connections=120"])
            .stdin(Stdio::null())
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap()
    }

    fn answers(&self) -> bool {
        // A port that nobody listens on needs no runtime to find out.
        if TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            return false;
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            match PgConnection::connect(&self.url()).await {
                Ok(connection) => connection.close().await.is_ok(),
                Err(_) => false,
            }
        })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir(&self.folder);
        if let Some(account) = &self.account {
            command
                .uid(account.uid.as_raw())
                .gid(account.gid.as_raw())
                .env("HOME", &account.dir);
        }
        command
    }

    fn said(&self) -> String {
        let mut said = String::new();
        if let Ok(mut log) = std::fs::File::open(self.folder.join("server.log")) {
            let _ = log.read_to_string(&mut said);
        }
        said
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.end(Signal::SIGQUIT);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder with the newest server programs.
fn binaries() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|version| version.join("bin/postgres").is_file())
        .filter_map(|version| Some((number(&version)?, version.join("bin"))))
        .collect();
    found.sort();
    found.pop().map(|(_, folder)| folder)
}

fn number(folder: &Path) -> Option<u32> {
    folder.file_name()?.to_str()?.parse().ok()
}

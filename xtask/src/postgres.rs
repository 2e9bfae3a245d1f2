//! A PostgreSQL server for one run of the tests: own cluster in a temporary folder, free loopback port.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User};

use crate::install;
use crate::shell::{Background, Shell};

/// A running server; stopped and removed when dropped.
pub(crate) struct Postgres {
    // Dropped before the folder is removed: fields drop in this order.
    _server: Background,
    _folder: Folder,
    port: u16,
}

struct Folder(PathBuf);

impl Postgres {
    /// Starts a server in which a test may create databases. What is lost in a power cut is thrown away after the
    /// tests anyway, so nothing is forced onto the disk.
    pub(crate) fn start(shell: &Shell) -> Result<Self> {
        Self::start_with(shell, "fsync=off")
    }

    /// Starts a server that keeps its word after a power cut, as one that is measured must.
    pub(crate) fn start_durable(shell: &Shell) -> Result<Self> {
        Self::start_with(shell, "fsync=on")
    }

    fn start_with(shell: &Shell, durability: &str) -> Result<Self> {
        let binaries = install::package(shell, "postgresql", "the tests on PostgreSQL", binaries)?;
        let account = account()?;
        let folder = Folder::create(account.as_ref())?;
        let data = folder.0.join("data");

        let mut init = as_account(shell, &binaries.join("initdb"), account.as_ref());
        init.args([
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
        ])
        .arg("--no-sync")
        .arg("--pgdata")
        .arg(&data)
        .current_dir(&folder.0);
        shell.read(&mut init)?;

        let port = free_port()?;
        let log = std::fs::File::create(folder.0.join("server.log"))?;
        let mut serve = as_account(shell, &binaries.join("postgres"), account.as_ref());
        serve
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", &format!("port={port}")])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "max_connections=400"])
            .args(["-c", durability])
            .current_dir(&folder.0)
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log));
        let mut server = shell.start("PostgreSQL", &mut serve, Signal::SIGINT)?;
        await_port(shell, port, &mut server).with_context(|| {
            std::fs::read_to_string(folder.0.join("server.log")).unwrap_or_default()
        })?;
        Ok(Self {
            _server: server,
            _folder: folder,
            port,
        })
    }

    /// Its address, with the superuser.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

/// A port of the loopback address that nothing listens on now. It is below those that the kernel
/// lends to outgoing connections, so that no attempt to reach the server takes it meanwhile.
pub(crate) fn free_port() -> Result<u16> {
    let own = std::process::id() * 7;
    (0..12_000_u32)
        .filter_map(|step| u16::try_from(20_000 + (own + step) % 12_000).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("no free loopback port")
}

/// Waits until something listens on the port, or `program` ends.
pub(crate) fn await_port(shell: &Shell, port: u16, program: &mut Background) -> Result<()> {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        program.check_alive()?;
        if shell.interrupted() || Instant::now() > patience {
            bail!("nothing listens on port {port}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The folder with the newest server programs.
fn binaries() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let mut found: Vec<(u32, PathBuf)> = debian
        .filter(|folder| install::is_program(&folder.join("postgres")))
        .map(|folder| (version(&folder), folder))
        .collect();
    found.sort();
    found
        .pop()
        .map(|(_, folder)| folder)
        .or_else(|| Some(install::find("postgres")?.parent()?.to_owned()))
}

fn version(binaries: &Path) -> u32 {
    binaries
        .parent()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str()?.parse().ok())
        .unwrap_or(0)
}

/// PostgreSQL refuses to run as root: then it runs as the account that its package made.
fn account() -> Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let account = User::from_name("postgres")?
        .context("PostgreSQL needs an account `postgres` when root runs the tests")?;
    Ok(Some(account))
}

fn as_account(shell: &Shell, program: &Path, account: Option<&User>) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = shell.command(program);
    if let Some(account) = account {
        command
            .uid(account.uid.as_raw())
            .gid(account.gid.as_raw())
            .env("HOME", &account.dir);
    }
    command
}

impl Folder {
    fn create(account: Option<&User>) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("orloj-postgres-{}", std::process::id()));
        std::fs::create_dir(&path).with_context(|| format!("cannot create {}", path.display()))?;
        let folder = Self(path);
        if let Some(account) = account {
            std::os::unix::fs::chown(
                &folder.0,
                Some(account.uid.as_raw()),
                Some(account.gid.as_raw()),
            )?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover in the temporary folder is not worth a failed run.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

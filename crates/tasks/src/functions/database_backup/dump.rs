//! Dumps by the servers' own programs.
//!
//! The password never stands in an argument or in the environment, where other
//! accounts or core dumps could show it: it is in a file for this run alone.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::context::Context;
use crate::database::{Cell, Dialect, Server, Settings, Tls, Trouble};
use crate::deposit::{Deposit, Pen};
use crate::outcome::Cause;

/// The end of the name of the file with the password.
const LOGIN: &str = "login";
/// Bytes read at a time.
const PIECE: usize = 64 * 1024;
/// Part of the error stream that is kept.
const COMPLAINT: u64 = 8 * 1024;
/// The last bytes of a dump, where the programs say that it is whole.
const TAIL: usize = 512;

/// Runs the program and hands on what it writes.
pub(super) async fn dump(
    context: &Context,
    settings: &Settings,
    server: &Server,
    deposit: &Deposit,
    pen: &Pen,
) -> Result<(), Trouble> {
    let address = settings.address(&context.policy).await?;
    // A certificate is checked against the name; otherwise the judged address is used.
    let host = match address {
        Some(address) if server.tls != Tls::Verify => address.ip().to_string(),
        _ => server.host.clone(),
    };
    let root = match &server.ca_certificate {
        Some(pem) => Some(private_file(&deposit.scratch("ca"), pem)?),
        None => None,
    };
    let mut command = match server.dialect {
        Dialect::Mysql => {
            let tls = agreed(context, settings, server).await?;
            mariadb(server, tls, &host, root.as_deref(), deposit)?
        }
        _ => postgres(server, &host, root.as_deref(), deposit)?,
    };
    command
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| {
        Trouble::internal(format!("the program for dumps cannot be started: {error}"))
    })?;
    let (Some(output), Some(complaints)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Trouble::internal("the program for dumps has no output"));
    };
    // Who writes has signed in: from here on a crash leaves no password behind.
    let login = deposit.scratch(LOGIN);
    let (tail, complaint) = tokio::join!(pour(output, pen, &login), listen(complaints));
    let tail = tail?;
    let status = child.wait().await?;
    for line in complaint.lines() {
        context.log.warn(line);
    }
    if !status.success() {
        let first = complaint.lines().next().unwrap_or("it says nothing");
        return Err(Trouble {
            cause: status.code().map_or(Cause::Other, Cause::ExitCode),
            message: format!("the program for dumps failed: {first}"),
        });
    }
    let whole = String::from_utf8_lossy(&tail);
    if !whole.contains("PostgreSQL database dump complete") && !whole.contains("-- Dump completed")
    {
        return Err(Trouble::internal("the dump is not complete"));
    }
    Ok(())
}

/// Hands on all bytes; gives the last ones.
async fn pour(
    mut output: tokio::process::ChildStdout,
    pen: &Pen,
    login: &Path,
) -> Result<Vec<u8>, Trouble> {
    let mut tail: Vec<u8> = Vec::new();
    loop {
        let mut piece = vec![0; PIECE];
        let count = output.read(&mut piece).await?;
        if tail.is_empty() {
            std::fs::remove_file(login)?;
        }
        if count == 0 {
            return Ok(tail);
        }
        piece.truncate(count);
        tail.extend_from_slice(&piece[count.saturating_sub(TAIL)..]);
        tail.drain(..tail.len().saturating_sub(TAIL));
        if !pen.write(piece).await {
            return Err(Trouble::internal("the backup cannot be written"));
        }
    }
}

/// The beginning of the error stream; the rest is read so that the program goes on.
async fn listen(mut complaints: tokio::process::ChildStderr) -> String {
    let mut kept = Vec::new();
    let read = (&mut complaints)
        .take(COMPLAINT)
        .read_to_end(&mut kept)
        .await;
    if read.is_ok() {
        drop(tokio::io::copy(&mut complaints, &mut tokio::io::sink()).await);
    }
    crate::text_of(&kept)
}

fn postgres(
    server: &Server,
    host: &str,
    root: Option<&Path>,
    deposit: &Deposit,
) -> Result<Command, Trouble> {
    let program = find(&["pg_dump"])
        .ok_or_else(|| Trouble::internal("pg_dump is not installed on this server"))?;
    let escape = |text: &str| text.replace('\\', "\\\\").replace(':', "\\:");
    // Host, port, database and user may be anything: the file is for this run alone.
    let line = format!("*:*:*:*:{}\n", escape(&server.password));
    let secret = private_file(&deposit.scratch(LOGIN), &line)?;
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PGPASSFILE", secret)
        .env("PGHOST", host)
        .env("PGPORT", server.port.to_string())
        .env("PGUSER", &server.username)
        .env("PGDATABASE", &server.database)
        .env("PGCONNECT_TIMEOUT", "15")
        .env("PGAPPNAME", "orloj backup")
        .env(
            "PGSSLMODE",
            match server.tls {
                Tls::Off => "disable",
                Tls::Prefer => "prefer",
                Tls::Require => "require",
                Tls::Verify => "verify-full",
            },
        )
        .args(["--no-password", "--format=plain", "--encoding=UTF8"]);
    match root {
        Some(root) => {
            command.env("PGSSLROOTCERT", root);
        }
        None if server.tls == Tls::Verify => {
            command.env("PGSSLROOTCERT", "/etc/ssl/certs/ca-certificates.crt");
        }
        None => {}
    }
    Ok(command)
}

/// Whether the dump goes over TLS. The program knows no "when the server can", so a line of our own finds out.
async fn agreed(context: &Context, settings: &Settings, server: &Server) -> Result<Tls, Trouble> {
    if server.tls != Tls::Prefer {
        return Ok(server.tls);
    }
    let mut link = settings.open(&context.policy).await?;
    let cipher = link
        .rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'", &[])
        .await?;
    link.close().await;
    let is_encrypted = cipher
        .first()
        .and_then(|row| row.get(1))
        .is_some_and(|cell| {
            !matches!(cell, Cell::Null) && !matches!(cell, Cell::Text(text) if text.is_empty())
        });
    Ok(if is_encrypted { Tls::Require } else { Tls::Off })
}

fn mariadb(
    server: &Server,
    tls: Tls,
    host: &str,
    root: Option<&Path>,
    deposit: &Deposit,
) -> Result<Command, Trouble> {
    let program = find(&["mariadb-dump", "mysqldump"])
        .ok_or_else(|| Trouble::internal("mariadb-dump is not installed on this server"))?;
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut options = format!(
        "[client]\nhost={}\nport={}\nprotocol=tcp\nuser={}\npassword={}\n",
        quoted(host),
        server.port,
        quoted(&server.username),
        quoted(&server.password),
    );
    options.push_str(match tls {
        Tls::Off | Tls::Prefer => "skip-ssl\n",
        Tls::Require => "ssl\n",
        Tls::Verify => "ssl\nssl-verify-server-cert\n",
    });
    // A root switches TLS on, whatever stands before it.
    let root = root.filter(|_| tls == Tls::Verify);
    if let Some(root) = root.and_then(Path::to_str) {
        options.push_str(&format!("ssl-ca={}\n", quoted(root)));
    }
    let secret = private_file(&deposit.scratch(LOGIN), &options)?;
    let mut defaults = std::ffi::OsString::from("--defaults-file=");
    defaults.push(secret);
    let mut command = Command::new(program);
    command
        .env_clear()
        .arg(defaults)
        .args([
            "--single-transaction",
            "--quick",
            "--routines",
            "--triggers",
        ])
        .args(["--events", "--hex-blob", "--no-tablespaces"])
        .args(["--default-character-set=utf8mb4", "--"])
        .arg(&server.database);
    Ok(command)
}

/// A new file that only this account can read.
fn private_file(path: &Path, text: &str) -> Result<PathBuf, Trouble> {
    // Not there, unless an attempt died; whoever could read it then cannot read it now.
    drop(std::fs::remove_file(path));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .write_all(text.as_bytes())?;
    Ok(path.to_owned())
}

/// A program in `PATH`, or the newest one among PostgreSQL's own folders.
fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect();
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable();
    // pg_dump refuses servers newer than itself, so the newest goes first.
    folders.splice(0..0, versions.into_iter().rev().map(|(_, folder)| folder));
    folders
        .iter()
        .flat_map(|folder| names.iter().map(|name| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

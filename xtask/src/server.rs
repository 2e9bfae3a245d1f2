//! A server for one task: debug build, throw-away data, free port, one administrator with a token.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::postgres::{await_port, free_port};
use crate::shell::{Background, Shell};
use crate::web;

/// A running server; stopped and removed when dropped.
pub(crate) struct Server {
    _program: Background,
    folder: Folder,
    port: u16,
}

struct Folder(PathBuf);

impl Server {
    /// Starts the debug build, which must be there.
    pub(crate) fn start(shell: &Shell) -> Result<Self> {
        let folder = Folder(
            shell
                .target()
                .join(format!("xtask-server-{}", std::process::id())),
        );
        std::fs::create_dir_all(&folder.0)?;
        let port = free_port()?;
        let log = std::fs::File::create(folder.0.join("server.log"))?;
        let mut serve = shell.command(web::server_program(&shell.target()));
        serve
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .arg("--data-dir")
            .arg(&folder.0)
            .env("ORLOJ_ADMIN_PASSWORD", "a password of this run only")
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut program = shell.start("the server", &mut serve, Signal::SIGTERM)?;
        await_port(shell, port, &mut program).with_context(|| {
            std::fs::read_to_string(folder.0.join("server.log")).unwrap_or_default()
        })?;
        Ok(Self {
            _program: program,
            folder,
            port,
        })
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it wrote so far.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.0.join("server.log")
    }

    /// A token of its administrator.
    pub(crate) fn token(&self, shell: &Shell) -> Result<String> {
        let mut create = shell.command(web::server_program(&shell.target()));
        create
            .args(["token", "create", "--user", "admin", "--name", "xtask"])
            .arg("--data-dir")
            .arg(&self.folder.0);
        Ok(shell.read(&mut create)?.trim().to_owned())
    }

    /// Its data folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover in the target folder is not worth a failed run.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

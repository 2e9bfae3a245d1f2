//! The real program as a child that can be killed and started again on the same data.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PASSWORD: &str = "a good long password";

/// Where the data are, and how the server is started.
pub(crate) struct Place {
    pub(crate) home: PathBuf,
    pub(crate) database_url: Option<String>,
}

/// A server that is running.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Place {
    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orloj"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("ORLOJ_ADMIN_PASSWORD", PASSWORD)
            .env("ORLOJ_ALLOW_PRIVATE_ADDRESSES", "true")
            .env("ORLOJ_LOG", "warn")
            .envs(
                self.database_url
                    .iter()
                    .map(|url| ("ORLOJ_DATABASE_URL", url)),
            )
            .current_dir(&self.home)
            .stdin(Stdio::null());
        command
    }

    /// Where what every server said is kept.
    fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    /// What the servers said so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Starts a server and waits until it serves.
    pub(crate) fn serve(&self) -> Server {
        let log = append(&self.log());
        let mut child = self
            .program()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("Orloj serves http://") else {
            let _ = child.kill();
            panic!("the server did not come up: {line:?}\n{}", self.said());
        };
        // What it prints later must find a reader.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        Server {
            child,
            address: address.trim_end_matches('/').to_owned(),
        }
    }

    /// A token of the administrator; a server must be running.
    pub(crate) fn token(&self) -> String {
        let output = self
            .program()
            .args(["token", "create", "--user", "admin"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Server {
    /// Ends it without a word, as the kernel would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed half-way must not leave a server behind; one that was killed is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn append(path: &Path) -> std::fs::File {
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap()
}

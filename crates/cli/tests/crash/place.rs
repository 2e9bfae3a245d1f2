//! The real program as children that can be killed, stopped and started again on the same data.

use std::cell::Cell;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::client::Client;

const PASSWORD: &str = "a good long password";
/// Processes of one installation share the key of its secrets.
const SECRET_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// What a process does in its installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// `orloj serve`.
    Serve,
    /// `orloj serve --no-scheduler`.
    Answer,
    /// `orloj scheduler`.
    Schedule,
}

/// Where the data are, and how a process is started.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) home: PathBuf,
    pub(crate) name: String,
    pub(crate) part: Part,
    pub(crate) database_url: Option<String>,
    /// More environment, such as the fault to suffer.
    pub(crate) environment: Vec<(String, String)>,
    /// Words in front of the program, such as `sh -c …`.
    pub(crate) wrapper: Vec<String>,
}

/// A process that is running.
pub(crate) struct Server {
    child: Child,
    /// Where it answers; empty for one that only schedules.
    pub(crate) address: String,
    ended: Cell<bool>,
}

impl Place {
    /// One process on SQLite.
    pub(crate) fn on_sqlite(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
            name: "one".to_owned(),
            part: Part::Serve,
            database_url: None,
            environment: Vec::new(),
            wrapper: Vec::new(),
        }
    }

    /// One of several processes on PostgreSQL.
    pub(crate) fn on_postgres(home: &Path, name: &str, part: Part, url: &str) -> Self {
        Self {
            name: name.to_owned(),
            part,
            database_url: Some(url.to_owned()),
            ..Self::on_sqlite(home)
        }
    }

    /// The same with more in its environment.
    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment
            .push((variable.to_owned(), value.to_owned()));
        self
    }

    /// The folder of its data.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.join(format!("data-{}", self.name))
    }

    fn program(&self) -> Command {
        // Another build of it may be tried, such as the one that is released, or a copy that nobody builds over.
        let program =
            std::env::var_os("ORLOJ_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_orloj").into());
        let mut command = match self.wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("ORLOJ_ADMIN_PASSWORD", PASSWORD)
            .env("ORLOJ_SECRET_KEY", SECRET_KEY)
            .env("ORLOJ_DATA_DIR", self.data())
            .env("ORLOJ_INSTANCE_NAME", &self.name)
            .env("ORLOJ_ALLOW_PRIVATE_ADDRESSES", "true")
            .env("ORLOJ_LOG", "warn")
            .envs(self.environment.iter().cloned())
            .envs(
                self.database_url
                    .iter()
                    .map(|url| ("ORLOJ_DATABASE_URL", url)),
            )
            .current_dir(&self.home)
            .stdin(Stdio::null());
        command
    }

    fn log(&self) -> PathBuf {
        self.home.join(format!("{}.log", self.name))
    }

    /// What the processes of this name said so far.
    pub(crate) fn said(&self) -> String {
        let said = std::fs::read_to_string(self.log()).unwrap_or_default();
        format!("--- {}\n{said}", self.name)
    }

    /// Starts a process and waits until it serves.
    pub(crate) fn start(&self) -> Server {
        match self.try_start() {
            Ok(server) => server,
            Err(said) => panic!("{} did not come up: {said:?}\n{}", self.name, self.said()),
        }
    }

    /// Starts a process; answers what it said instead when it does not come up.
    pub(crate) fn try_start(&self) -> Result<Server, String> {
        let mut command = self.program();
        match self.part {
            Part::Serve => command.args(["serve", "--listen", "127.0.0.1:0"]),
            Part::Answer => command.args(["serve", "--no-scheduler", "--listen", "127.0.0.1:0"]),
            Part::Schedule => command.arg("scheduler"),
        };
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(append(&self.log()))
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut server = Server {
            child,
            address: String::new(),
            ended: Cell::new(false),
        };
        if self.part != Part::Schedule {
            let mut stdout = BufReader::new(stdout);
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            let Some(address) = line.trim().strip_prefix("Orloj serves http://") else {
                return Err(line);
            };
            server.address = address.trim_end_matches('/').to_owned();
            // What it prints later must find a reader.
            std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        }
        Ok(server)
    }

    /// A token of the administrator; a process must have run.
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
    /// A client of it.
    pub(crate) fn client(&self, token: &str) -> Client {
        Client {
            address: self.address.clone(),
            token: token.to_owned(),
        }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a word, as the kernel would.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// Whether it runs; one that has ended by itself is collected.
    pub(crate) fn is_alive(&mut self) -> bool {
        if !self.ended.get() && matches!(self.child.try_wait(), Ok(None)) {
            return true;
        }
        self.ended.set(true);
        false
    }

    #[cfg(feature = "faults")]
    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self) {
        self.child.wait().unwrap();
        self.ended.set(true);
    }

    /// Makes it stand still, or go on.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.process(), signal).unwrap();
    }

    fn process(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    fn end(&mut self) {
        if !self.ended.replace(true) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed half-way must not leave a process behind.
        self.end();
    }
}

fn append(path: &Path) -> std::fs::File {
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap()
}

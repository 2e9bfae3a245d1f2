//! The real program, started as a person would start it: throw-away folder, free port, clean environment.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The output, when the command succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// The output as JSON, when the command succeeded.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// What was said to standard error, when the command ended with this code.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        self.err
    }
}

/// The program with this folder as its home and working folder, and nothing of our environment but the search path.
pub(crate) fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orloj"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .current_dir(home)
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command, input: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that ends without reading its input is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) home: PathBuf,
    pub(crate) url: String,
    /// What it printed before it served.
    pub(crate) setup_link: Option<String>,
    child: Child,
    stderr: Option<std::thread::JoinHandle<String>>,
    _folder: Option<tempfile::TempDir>,
}

impl Server {
    /// A server with an administrator `admin`, in a folder of its own.
    pub(crate) fn start() -> Self {
        Self::start_with(&[("ORLOJ_ADMIN_PASSWORD", PASSWORD)], &[])
    }

    /// A server with this environment and these further arguments, in a folder of its own.
    pub(crate) fn start_with(environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self::start_in(folder.path(), environment, arguments);
        server._folder = Some(folder);
        server
    }

    /// A server whose data are (or will be) in `home`.
    pub(crate) fn start_in(home: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut child = program(home)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let (lines, heard) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let Ok(line) = heard.recv() else {
            let _ = child.wait();
            panic!("the server ended: {}", stderr.join().unwrap());
        };
        let url = line.strip_prefix("Orloj serves ").unwrap().to_owned();
        let needs_setup = environment
            .iter()
            .all(|(name, _)| *name != "ORLOJ_ADMIN_PASSWORD")
            && reads_setup_required(&url);
        let setup_link = needs_setup.then(|| {
            let line = heard.recv().unwrap();
            line.split_once(": ").unwrap().1.to_owned()
        });
        Self {
            home: home.to_owned(),
            url,
            setup_link,
            child,
            stderr: Some(stderr),
            _folder: None,
        }
    }

    /// A command that finds the server's data, and no token.
    pub(crate) fn local(&self, arguments: &[&str]) -> Said {
        run(program(&self.home).args(arguments), "")
    }

    /// A new token of this user.
    pub(crate) fn token(&self, user: &str) -> String {
        let token = self.local(&["token", "create", "--user", user]).ok();
        token.trim().to_owned()
    }

    /// A client with a token of the administrator.
    pub(crate) fn client(&self) -> Client<'_> {
        self.client_of("admin")
    }

    /// A client with a token of this user.
    pub(crate) fn client_of(&self, user: &str) -> Client<'_> {
        Client {
            server: self,
            token: self.token(user),
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, signal).unwrap();
    }

    /// Waits for the end; answers the exit status and the log.
    pub(crate) fn wait(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, self.stderr.take().unwrap().join().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command line with a server and a token.
pub(crate) struct Client<'a> {
    pub(crate) server: &'a Server,
    pub(crate) token: String,
}

impl Client<'_> {
    /// Runs a command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.run_with_input(arguments, "")
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = program(&self.server.home);
        command
            .env("ORLOJ_URL", &self.server.url)
            .env("ORLOJ_TOKEN", &self.token)
            .args(arguments);
        run(&mut command, input)
    }
}

/// The password of `admin`.
pub(crate) const PASSWORD: &str = "a good long password";

/// Whether the server wants its first user, asked over plain HTTP.
fn reads_setup_required(url: &str) -> bool {
    let answer = http(url, "GET /api/v1/session HTTP/1.1", "");
    answer.contains("\"setupRequired\":true")
}

/// One request over plain HTTP; answers the whole answer.
pub(crate) fn http(url: &str, request_line: &str, body: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{request_line}\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

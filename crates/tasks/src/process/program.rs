//! A program that is ready to be started: what, with what, where, within what limits.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::OnceLock;

use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::User;
use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::guard::{GUARD_VARIABLE, ServerLoss};
use crate::context::Context;

/// The program that sets limits and then turns into the real one.
const SHELL: &str = "/bin/sh";

/// Where programs are looked for when the server itself has no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Harmless variables that every program inherits from the server.
const INHERITED: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/// The variable by which the processes of a run are recognised.
pub(super) const FENCE_VARIABLE: &str = "ORLOJ_FENCE";

/// The same for a run whose processes may outlive the server: another name, so that neither the guard nor the next
/// start takes them for leftovers.
const SURVIVING_FENCE_VARIABLE: &str = "ORLOJ_SURVIVING_FENCE";

/// The variable that carries the fence of a run.
pub(super) const fn fence_variable(loss: ServerLoss) -> &'static str {
    match loss {
        ServerLoss::Kill => FENCE_VARIABLE,
        ServerLoss::Survive => SURVIVING_FENCE_VARIABLE,
    }
}

/// Everything needed to start a program.
#[derive(Debug)]
pub(crate) struct Program {
    /// Absolute path.
    pub(crate) executable: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// On top of what is inherited and of the run's own variables.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) directory: PathBuf,
    /// A file to read standard input from; nothing when absent.
    pub(crate) stdin: Option<File>,
    pub(crate) limits: Limits,
    pub(crate) server_loss: ServerLoss,
}

/// Upper bounds for each process of a run; what is absent is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Limits {
    /// Address space in MiB.
    pub(crate) memory_mb: Option<u32>,
    /// Processor time in seconds.
    pub(crate) cpu_seconds: Option<u32>,
    /// Processes and threads of the account.
    pub(crate) processes: Option<u32>,
    /// Open files.
    pub(crate) open_files: Option<u32>,
    /// Size of a written file in MiB.
    pub(crate) file_size_mb: Option<u32>,
}

impl Limits {
    /// The shell text that sets the limits. Only numbers vary.
    fn prologue(self) -> String {
        let mut text = String::from("umask 077; ulimit -c 0; {");
        if let Some(mib) = self.memory_mb {
            text.push_str(&format!(" ulimit -v {} &&", u64::from(mib) * 1024));
        }
        if let Some(seconds) = self.cpu_seconds {
            text.push_str(&format!(" ulimit -t {seconds} &&"));
        }
        if let Some(count) = self.processes {
            // Shells disagree about the letter.
            text.push_str(&format!(
                " {{ ulimit -u {count} 2>/dev/null || ulimit -p {count}; }} &&"
            ));
        }
        if let Some(count) = self.open_files {
            text.push_str(&format!(" ulimit -n {count} &&"));
        }
        if let Some(mib) = self.file_size_mb {
            // The unit is 512 bytes.
            text.push_str(&format!(" ulimit -f {} &&", u64::from(mib) * 2048));
        }
        text.push_str(
            " :; } || { echo 'orloj: a resource limit could not be set' >&2; exit 126; }; exec \"$@\"",
        );
        text
    }
}

impl Program {
    /// Starts the program as leader of a new group, of a new session too where the server has a terminal; both streams
    /// piped.
    pub(super) fn spawn(self, context: &Context) -> io::Result<Box<dyn ChildWrapper>> {
        let here = Surroundings::get();
        let mut command = if here.private && self.limits == Limits::default() {
            Command::new(&self.executable)
        } else {
            let mut command = Command::new(SHELL);
            command
                .arg("-c")
                .arg(self.limits.prologue())
                .arg("orloj")
                .arg(&self.executable);
            command
        };
        command
            .args(&self.arguments)
            .current_dir(&self.directory)
            .env_clear()
            .stdin(self.stdin.map_or_else(Stdio::null, Stdio::from))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        inherit(&mut command, &context.policy.env_allow);
        if let Some(name) = &context.policy.script_run_as {
            let user = account(name)?;
            command
                .uid(user.uid.as_raw())
                .gid(user.gid.as_raw())
                .env("HOME", &user.dir)
                .env("USER", &user.name)
                .env("LOGNAME", &user.name);
        }
        command
            .envs(&self.environment)
            .env("ORLOJ_EXECUTION_ID", &context.execution_id)
            .env("ORLOJ_ATTEMPT", context.attempt.to_string())
            .env("ORLOJ_JOB_ID", context.job_id.to_string())
            .env("ORLOJ_JOB_NAME", context.job_name.replace('\0', "\u{fffd}"))
            .env("ORLOJ_SCHEDULED_AT", context.scheduled_at.to_string())
            .env("ORLOJ_TRIGGERED_BY", context.triggered_by)
            .env("ORLOJ_WORK_DIR", &context.work_dir)
            .env(fence_variable(self.server_loss), &context.fence);
        if let (ServerLoss::Kill, Some(token)) = (self.server_loss, &context.policy.guard) {
            command.env(GUARD_VARIABLE, token);
        }
        if !here.terminal && context.policy.script_run_as.is_none() {
            // A group is enough where there is no terminal to be cut off from, and is what lets the standard library
            // start the program without copying this process first: that copy costs more than all the rest of a run.
            command.process_group(0);
            return Ok(Box::new(command.spawn()?));
        }
        let mut wrapped = CommandWrap::from(command);
        wrapped.wrap(ProcessSession);
        // The wrapper's own wait would wait for the whole group; who waits for
        // whom is decided by the supervisor.
        Ok(wrapped.spawn()?.into_inner())
    }
}

/// What programs inherit from the server without anybody's doing.
#[derive(Debug, Clone, Copy)]
struct Surroundings {
    /// New files are private and nobody's memory is written to disk, as [`Limits::prologue`] would see to.
    private: bool,
    /// There is a terminal that a program could read from and write to.
    terminal: bool,
}

impl Surroundings {
    /// Looked at once: a server does not change them after its start.
    fn get() -> Self {
        static THESE: OnceLock<Surroundings> = OnceLock::new();
        *THESE.get_or_init(|| Self {
            private: umask() == Some(0o077)
                && getrlimit(Resource::RLIMIT_CORE).is_ok_and(|(_, hard)| hard == 0),
            terminal: File::open("/dev/tty").is_ok(),
        })
    }
}

/// There is no way to ask for the mask without setting it, except here.
fn umask() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(line.trim(), 8).ok()
}

/// Whether `name` is usable as the name of an environment variable of a job.
pub(crate) fn is_environment_name(name: &str) -> bool {
    let mut characters = name.chars();
    let starts_well = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    starts_well && characters.all(|next| next.is_ascii_alphanumeric() || next == '_')
}

/// The account that programs run as.
pub(super) fn account(name: &str) -> io::Result<User> {
    User::from_name(name)
        .map_err(io::Error::from)?
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("there is no account \"{name}\" to run programs as"),
            )
        })
}

fn inherit(command: &mut Command, allowed: &[String]) {
    command.env("PATH", DEFAULT_PATH);
    let allowed = INHERITED
        .into_iter()
        .chain(allowed.iter().map(String::as_str));
    for name in allowed {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
}

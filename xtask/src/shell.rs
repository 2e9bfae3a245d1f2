//! Starting programs: from the workspace's folder, visibly, and stopped with this program.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The workspace, and the programs running for it.
pub(crate) struct Shell {
    root: PathBuf,
    running: Running,
}

/// The programs that are running now, for the thread that waits for signals.
#[derive(Clone, Default)]
struct Running {
    pids: Arc<Mutex<Vec<Pid>>>,
    interrupted: Arc<AtomicBool>,
}

/// A program that goes on in the background until this value is dropped.
pub(crate) struct Background {
    name: String,
    child: Child,
    running: Running,
    stop_signal: Signal,
}

impl Shell {
    /// Finds the workspace and begins to listen for Ctrl-C and termination.
    pub(crate) fn new() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask is not inside a workspace")?
            .to_owned();
        let running = Running::default();
        // Caught, not blocked: programs that are started would inherit a blocked signal and never hear of it.
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let watched = running.clone();
        std::thread::spawn(move || {
            for _ in signals.forever() {
                watched.interrupt();
            }
        });
        Ok(Self { root, running })
    }

    /// A file or folder of the workspace.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Where Cargo writes.
    pub(crate) fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(
            || self.path("target"),
            |target| self.root.join(PathBuf::from(target)),
        )
    }

    /// A program, started in the workspace's folder.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// The Cargo that started this program.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        self.command(cargo)
    }

    /// Runs a program to its end, its output as it comes; an error when it fails.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        say(command);
        let status = self.wait(command)?;
        check(command, status)
    }

    /// Runs a program to its end in silence; answers what it wrote to standard output, an error with its complaints when it fails.
    pub(crate) fn read(&self, command: &mut Command) -> Result<String> {
        self.running.refuse_after_interrupt()?;
        let output = command
            .output()
            .with_context(|| format!("cannot start {}", words(command)))?;
        if !output.status.success() {
            bail!(
                "{} failed ({}): {}",
                words(command),
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether a program can be started and likes what it is asked.
    pub(crate) fn works(&self, command: &mut Command) -> bool {
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Runs a program to its end, its output as it comes, and hands every line also to `listen`.
    pub(crate) fn run_listening(
        &self,
        command: &mut Command,
        listen: impl Fn(&str) + Send + Sync,
    ) -> Result<ExitStatus> {
        self.running.refuse_after_interrupt()?;
        say(command);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", words(command)))?;
        let _registration = self.running.register(&child);
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let listen = &listen;
        std::thread::scope(|scope| {
            scope.spawn(move || forward(out, std::io::stdout(), listen));
            scope.spawn(move || forward(err, std::io::stderr(), listen));
        });
        let status = child.wait()?;
        self.running.refuse_after_interrupt()?;
        Ok(status)
    }

    /// Starts a program that goes on until the answer is dropped; `stop_signal` ends it politely.
    pub(crate) fn start(
        &self,
        name: &str,
        command: &mut Command,
        stop_signal: Signal,
    ) -> Result<Background> {
        self.running.refuse_after_interrupt()?;
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", words(command)))?;
        Ok(Background {
            name: name.to_owned(),
            child,
            running: self.running.clone(),
            stop_signal,
        })
    }

    /// Whether Ctrl-C or a termination came.
    pub(crate) fn interrupted(&self) -> bool {
        self.running.interrupted.load(Ordering::SeqCst)
    }

    fn wait(&self, command: &mut Command) -> Result<ExitStatus> {
        self.running.refuse_after_interrupt()?;
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", words(command)))?;
        let _registration = self.running.register(&child);
        let status = child.wait()?;
        self.running.refuse_after_interrupt()?;
        Ok(status)
    }
}

impl Running {
    fn register(&self, child: &Child) -> Registration {
        let pid = pid(child);
        self.lock().push(pid);
        Registration {
            running: self.clone(),
            pid,
        }
    }

    fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        for pid in self.lock().iter() {
            // It may have ended in this moment, which is what is wanted.
            let _ = kill(*pid, Signal::SIGTERM);
        }
    }

    fn refuse_after_interrupt(&self) -> Result<()> {
        if self.interrupted.load(Ordering::SeqCst) {
            bail!("interrupted");
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Pid>> {
        self.pids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Registration {
    running: Running,
    pid: Pid,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.running.lock().retain(|pid| *pid != self.pid);
    }
}

impl Background {
    /// An error when the program has ended by itself.
    pub(crate) fn check_alive(&mut self) -> Result<()> {
        self.running.refuse_after_interrupt()?;
        if let Some(status) = self.child.try_wait()? {
            bail!("{} ended by itself ({status})", self.name);
        }
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = kill(pid(&self.child), self.stop_signal);
        let patience = Instant::now() + Duration::from_secs(20);
        while Instant::now() < patience {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        eprintln!("xtask: {} does not stop; ending it by force", self.name);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX))
}

fn say(command: &Command) {
    eprintln!("\n$ {}", words(command));
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("{} failed ({status})", words(command))
}

/// A command as one would type it.
pub(crate) fn words(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

fn forward(from: Option<impl Read>, mut to: impl Write, listen: &(impl Fn(&str) + Sync)) {
    let Some(from) = from else { return };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from
        .read_until(b'\n', &mut line)
        .is_ok_and(|length| length > 0)
    {
        // Nobody left to read it is no reason to stop the tests.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        listen(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_are_started_hear_signals() {
        let shell = Shell::new().unwrap();
        let mut command = shell.command("sh");
        command.args(["-c", "kill -TERM $$; echo deaf"]);
        assert!(
            shell.read(&mut command).is_err(),
            "it would end well if the signal were blocked"
        );
    }

    #[test]
    fn a_program_in_the_background_ends_when_it_is_dropped() {
        let shell = Shell::new().unwrap();
        let mut command = shell.command("sleep");
        command.arg("600");
        let mut sleep = shell.start("sleep", &mut command, Signal::SIGTERM).unwrap();
        sleep.check_alive().unwrap();
        let pid = pid(&sleep.child);
        drop(sleep);
        assert!(kill(pid, None).is_err(), "the process is gone");
    }
}

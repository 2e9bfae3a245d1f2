//! A program that a step needs: run without questions and without a terminal, ended with the order.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use orloj_wire::agent::Stream;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::sync::CancellationToken;

use super::fetch::Trouble;
use crate::platform::{self, Family};

/// Bytes of output that are looked at afterwards: the last ones.
const TAIL: usize = 64 * 1024;
/// Time between being asked to end and being ended.
const GRACE: Duration = Duration::from_secs(10);
/// How long output is still read after a program has ended: what it left running may hold the pipe for ever.
const REST: Duration = Duration::from_secs(2);

/// A program to be run.
#[derive(Debug)]
pub(super) struct Program {
    path: OsString,
    arguments: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    is_quiet: bool,
}

/// How it ended.
#[derive(Debug)]
pub(super) struct Exit {
    /// Its code; 128 and the number of the signal that ended it.
    pub(super) code: i64,
    /// The end of what it wrote.
    pub(super) output: String,
}

impl Program {
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.into(),
            arguments: Vec::new(),
            env: Vec::new(),
            is_quiet: false,
        }
    }

    pub(super) fn args<A: AsRef<OsStr>>(mut self, all: impl IntoIterator<Item = A>) -> Self {
        self.arguments
            .extend(all.into_iter().map(|one| one.as_ref().to_owned()));
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// What it writes is looked at and not passed on.
    pub(super) fn quiet(mut self) -> Self {
        self.is_quiet = true;
        self
    }
}

/// Told what programs write.
pub(super) type Said<'a> = &'a (dyn Fn(Stream, &str) + Sync);

/// Runs programs for one order.
pub(super) struct Programs<'a> {
    said: Said<'a>,
    stop: &'a CancellationToken,
    mark: &'a str,
}

impl<'a> Programs<'a> {
    pub(super) fn new(said: Said<'a>, stop: &'a CancellationToken, mark: &'a str) -> Self {
        Self { said, stop, mark }
    }

    pub(super) fn stop(&self) -> &CancellationToken {
        self.stop
    }

    /// Whether there is such a program.
    pub(super) fn has(&self, path: &str) -> bool {
        Path::new(path).is_file()
    }

    /// Waits, unless the order is to end.
    pub(super) async fn wait(&self, time: Duration) -> Result<(), Trouble> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = self.stop.cancelled() => Err(Trouble::Stopped),
        }
    }

    /// Runs a program to its end, or to that of the order: then it and all that it started are ended first.
    pub(super) async fn run(&self, program: Program) -> Result<Exit, Trouble> {
        if self.stop.is_cancelled() {
            return Err(Trouble::Stopped);
        }
        let name = program.path.to_string_lossy().into_owned();
        let mut command = tokio::process::Command::new(&program.path);
        command
            .args(&program.arguments)
            .env_clear()
            .envs(platform::base_environment())
            .envs(program.env)
            .env(platform::MARK, self.mark)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut family =
            Family::start(command).map_err(|error| Trouble::Failed(format!("{name}: {error}")))?;
        let (out, err) = family.output();
        let said = (!program.is_quiet).then_some(self.said);
        let mut tails = (Vec::new(), Vec::new());
        let (out_tail, err_tail) = (&mut tails.0, &mut tails.1);
        let reading = async {
            tokio::join!(
                read(out, Stream::Stdout, said, out_tail),
                read(err, Stream::Stderr, said, err_tail)
            );
        };
        let ended = {
            tokio::pin!(reading);
            let mut has_read = false;
            let ended = loop {
                tokio::select! {
                    exit = family.wait() => break Some(exit),
                    () = &mut reading, if !has_read => has_read = true,
                    () = self.stop.cancelled() => break None,
                }
            };
            if ended.is_none() {
                let ending = family.end(GRACE);
                tokio::pin!(ending);
                loop {
                    tokio::select! {
                        () = &mut ending => break,
                        () = &mut reading, if !has_read => has_read = true,
                    }
                }
            }
            if !has_read {
                let _ = tokio::time::timeout(REST, reading).await;
            }
            ended
        };
        let code = match ended {
            None => return Err(Trouble::Stopped),
            Some(Ok(platform::Exit::Code(code))) => code,
            Some(Ok(platform::Exit::Signal(signal))) => 128 + i64::from(signal),
            Some(Err(error)) => return Err(Trouble::Failed(format!("{name}: {error}"))),
        };
        Ok(Exit {
            code,
            output: String::from_utf8_lossy(&[tails.0, tails.1].concat()).into_owned(),
        })
    }
}

/// Reads to the end, passes on line by line, and keeps the tail.
async fn read<R: AsyncRead + Unpin>(
    source: Option<R>,
    stream: Stream,
    said: Option<Said<'_>>,
    tail: &mut Vec<u8>,
) {
    let Some(mut source) = source else {
        return;
    };
    let mut block = vec![0; 8 * 1024];
    let mut line: Vec<u8> = Vec::new();
    loop {
        let count = source.read(&mut block).await.unwrap_or(0);
        let Some(piece) = block.get(..count).filter(|piece| !piece.is_empty()) else {
            break;
        };
        tail.extend_from_slice(piece);
        if tail.len() > 2 * TAIL {
            tail.drain(..tail.len() - TAIL);
        }
        let Some(said) = said else { continue };
        line.extend_from_slice(piece);
        if let Some(end) = line.iter().rposition(|byte| *byte == b'\n') {
            let rest = line.split_off(end + 1);
            said(stream, &String::from_utf8_lossy(&line));
            line = rest;
        } else if line.len() > TAIL {
            said(stream, &String::from_utf8_lossy(&std::mem::take(&mut line)));
        }
    }
    if let Some(said) = said
        && !line.is_empty()
    {
        said(stream, &String::from_utf8_lossy(&line));
    }
}

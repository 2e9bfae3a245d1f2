//! A new password: asked for twice without showing it, or read from standard input.

use std::io::{BufRead, IsTerminal, Write};
use std::os::fd::AsFd;

use anyhow::{Context, Result};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::exit::Failure;

/// The password: the first line of standard input, or what a person types twice.
pub(super) fn read(from_stdin: bool) -> Result<String> {
    let stdin = std::io::stdin();
    let password = if from_stdin {
        line(&mut stdin.lock())?
    } else if stdin.is_terminal() {
        let first = ask("Password: ")?;
        if ask("Once more: ")? != first {
            return Err(Failure::usage("the two are not the same").into());
        }
        first
    } else {
        return Err(Failure::usage("nobody to ask for a password; use --password-stdin").into());
    };
    if password.is_empty() {
        return Err(Failure::usage("the password is empty").into());
    }
    Ok(password)
}

fn ask(question: &str) -> Result<String> {
    let stdin = std::io::stdin();
    let mut stderr = std::io::stderr();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()?;
    let hidden = Hidden::begin(&stdin)?;
    let answer = line(&mut stdin.lock());
    drop(hidden);
    stderr.write_all(b"\n")?;
    answer
}

fn line(from: &mut impl BufRead) -> Result<String> {
    let mut text = String::new();
    from.read_line(&mut text)
        .context("cannot read the password")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The terminal without echo, until dropped.
struct Hidden<'a, T: AsFd> {
    terminal: &'a T,
    before: Termios,
}

impl<'a, T: AsFd> Hidden<'a, T> {
    fn begin(terminal: &'a T) -> Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(terminal, SetArg::TCSAFLUSH, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl<T: AsFd> Drop for Hidden<'_, T> {
    fn drop(&mut self) {
        // A terminal that has gone away has no echo to put back.
        let _ = tcsetattr(self.terminal, SetArg::TCSAFLUSH, &self.before);
    }
}

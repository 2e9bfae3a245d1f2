//! Writing to the terminal or the pipe. A reader that has gone away (`| head`) is no error.

use std::io::{ErrorKind, IsTerminal, Write};

use anyhow::Result;

/// Writes the text and a line break to standard output.
pub(crate) fn line(text: &str) -> Result<()> {
    write_all(text, true)
}

/// Writes the text as it is to standard output.
pub(crate) fn text(text: &str) -> Result<()> {
    write_all(text, false)
}

/// Writes a remark that is not the result, to standard error.
pub(crate) fn remark(text: &str) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Whether a person reads the standard output.
pub(crate) fn is_interactive() -> bool {
    std::io::stdout().is_terminal()
}

fn write_all(text: &str, line_break: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| {
            if line_break {
                out.write_all(b"\n")
            } else {
                Ok(())
            }
        })
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}

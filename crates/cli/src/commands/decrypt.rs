//! `orloj decrypt`: backups that a job encrypted, in clear again. It asks no server.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use orloj_tasks::{UnsealWith, new_seal_key, unseal};

use crate::exit::Failure;
use crate::terminal;

/// Arguments of `decrypt`.
#[derive(Debug, clap::Args)]
pub(crate) struct Decrypt {
    /// The encrypted file
    #[arg(required_unless_present = "new_key")]
    file: Option<PathBuf>,
    /// The clear file, which must not be there yet [default: the name without .age]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// File with the private key
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_stdin")]
    key_file: Option<PathBuf>,
    /// Read the passphrase from standard input
    #[arg(long)]
    passphrase_stdin: bool,
    /// Print a new pair of keys instead: a key file, whose remark is the public key for jobs
    #[arg(long, exclusive = true)]
    new_key: bool,
}

impl Decrypt {
    pub(crate) fn run(self) -> Result<()> {
        if self.new_key {
            let (private, public) = new_seal_key();
            return terminal::text(&format!("# public key: {public}\n{private}\n"));
        }
        let file = self
            .file
            .as_deref()
            .ok_or_else(|| Failure::usage("which file?"))?;
        let output = match &self.output {
            Some(output) => output.clone(),
            None => beside(file)?,
        };
        let key_text;
        let with = match &self.key_file {
            Some(path) => {
                key_text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                UnsealWith::KeyFile(&key_text)
            }
            None if self.passphrase_stdin => UnsealWith::Passphrase(passphrase()?),
            None => {
                return Err(Failure::usage(
                    "give --key-file, or --passphrase-stdin for a backup with a passphrase",
                )
                .into());
            }
        };
        let input = BufReader::new(
            File::open(file).with_context(|| format!("cannot read {}", file.display()))?,
        );
        let reader = unseal(input, &with).map_err(anyhow::Error::msg)?;
        write(reader, &output)?;
        terminal::line(&output.display().to_string())
    }
}

/// The name without its last ending.
fn beside(file: &Path) -> Result<PathBuf> {
    if file.extension().is_some_and(|ending| ending == "age") {
        return Ok(file.with_extension(""));
    }
    Err(
        Failure::usage("the file is not called .age; say with --output where the clear one goes")
            .into(),
    )
}

fn passphrase() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("cannot read the passphrase")?;
    let passphrase = text.trim_end_matches(['\r', '\n']).to_owned();
    if passphrase.is_empty() {
        return Err(Failure::usage("the passphrase is empty").into());
    }
    Ok(passphrase)
}

/// Writes to a new file that only this account can read; a file that cannot be whole goes away again.
fn write(mut reader: impl Read, path: &Path) -> Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let mut writer = BufWriter::new(file);
    let copied = std::io::copy(&mut reader, &mut writer)
        .and_then(|_| writer.flush())
        .and_then(|()| writer.get_ref().sync_all());
    if let Err(error) = copied {
        drop(std::fs::remove_file(path));
        return Err(anyhow::Error::new(error).context("the file is damaged, or cannot be written"));
    }
    Ok(())
}

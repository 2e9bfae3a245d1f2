//! `orloj file download`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use orloj_wire::files::File;

use crate::commands::Api;
use crate::exit::{Code, Failure};

/// Arguments of `file download`.
#[derive(Debug, clap::Args)]
pub(super) struct Download {
    /// Number of the file
    file: i64,
    /// Where to put it [default: its name, in this folder]
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
}

impl Download {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let path = format!("/files/{}", self.file);
        let file: File = api.client.get(&path).read().await?;
        let target = match self.output_file {
            Some(path) => path,
            // What another machine says becomes a name in this folder and nothing else.
            None => Path::new(&file.name)
                .file_name()
                .map(PathBuf::from)
                .context("the file has no name; say --output-file")?,
        };
        if target.exists() {
            let message = format!("{} exists; say --output-file", target.display());
            return Err(Failure::new(Code::Conflict, message).into());
        }
        let mut unfinished = target.clone().into_os_string();
        unfinished.push(".part");
        let unfinished = PathBuf::from(unfinished);
        let saved = api
            .client
            .get(format!("{path}/content"))
            .save(&unfinished)
            .await;
        match saved {
            Ok(size) if size == file.size => {
                std::fs::rename(&unfinished, &target)
                    .with_context(|| format!("cannot write {}", target.display()))?;
                crate::terminal::remark(&format!("saved {} ({size} bytes)", target.display()));
                Ok(())
            }
            saved => {
                // What is there of it is of no use.
                drop(std::fs::remove_file(&unfinished));
                let size = saved?;
                let message = format!("the file broke off after {size} of {} bytes", file.size);
                Err(Failure::new(Code::Unreachable, message).into())
            }
        }
    }
}

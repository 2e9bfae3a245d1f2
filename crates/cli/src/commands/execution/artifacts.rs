//! `orloj execution artifacts [--download NAME]`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use orloj_wire::execution::Artifact;

use super::path;
use crate::commands::Api;
use crate::exit::{Code, Failure};
use crate::output::{Column, column, instant, maybe_instant, wide};

/// Columns of a list of files.
const COLUMNS: &[Column<Artifact>] = &[
    column("NUMBER", |artifact| artifact.id.to_string()),
    column("NAME", |artifact| artifact.name.clone()),
    column("BYTES", |artifact| artifact.size.to_string()),
    column("MADE", |artifact| instant(artifact.created_at)),
    column("GOES", |artifact| maybe_instant(artifact.expires_at)),
    wide("TYPE", |artifact| artifact.media_type.clone()),
    wide("SHA-256", |artifact| artifact.sha256.clone()),
];

/// Arguments of `execution artifacts`.
#[derive(Debug, clap::Args)]
pub(super) struct Artifacts {
    /// UUID or number of the execution
    execution: String,
    /// Download the file of this name or number; of several with the name, the last
    #[arg(short, long, value_name = "NAME")]
    download: Option<String>,
    /// Where to put it [default: its name, in this folder]
    #[arg(long, value_name = "FILE", requires = "download")]
    output_file: Option<PathBuf>,
}

impl Artifacts {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let list = format!("{}/artifacts", path(&self.execution));
        let answer = api.client.get(&list).send().await?;
        let artifacts: Vec<Artifact> = answer.read()?;
        let Some(wanted) = &self.download else {
            return api
                .format
                .list(&artifacts, &answer.value()?, COLUMNS, |artifact| {
                    artifact.id.to_string()
                });
        };
        let found = artifacts
            .iter()
            .rev()
            .find(|artifact| artifact.name == *wanted || artifact.id.to_string() == *wanted);
        let Some(artifact) = found else {
            let message = format!("the execution has no file {wanted:?}");
            return Err(Failure::new(Code::NotFound, message).into());
        };
        let target = match &self.output_file {
            Some(path) => path.clone(),
            // What another machine says becomes a name in this folder and nothing else.
            None => Path::new(&artifact.name)
                .file_name()
                .map(PathBuf::from)
                .context("the file has no name; say --output-file")?,
        };
        let mut unfinished = target.clone().into_os_string();
        unfinished.push(".part");
        let unfinished = PathBuf::from(unfinished);
        if target.exists() {
            let message = format!("{} exists; say --output-file", target.display());
            return Err(Failure::new(Code::Conflict, message).into());
        }
        let request = api.client.get(format!("{list}/{}", artifact.id));
        let size = match request.save(&unfinished).await {
            Ok(size) => size,
            Err(error) => {
                // What is there of it is of no use.
                drop(std::fs::remove_file(&unfinished));
                return Err(error);
            }
        };
        if size != artifact.size {
            drop(std::fs::remove_file(&unfinished));
            let message = format!("the file broke off after {size} of {} bytes", artifact.size);
            return Err(Failure::new(Code::Unreachable, message).into());
        }
        std::fs::rename(&unfinished, &target)
            .with_context(|| format!("cannot write {}", target.display()))?;
        crate::terminal::remark(&format!("saved {} ({size} bytes)", target.display()));
        Ok(())
    }
}

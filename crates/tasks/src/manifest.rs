//! Task functions from a folder: an executable, a `task.toml` and a schema.
//!
//! Each sub-folder of the manifest folder is one function. A manifest that is
//! not right is reported and left out; it never keeps the others, or the server,
//! from working.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::function::{TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::process::{ExitCodes, Limits, Program, ServerLoss, WorkDir, supervise, verdict};
use crate::schema::{ParameterError, Schema, summary};

mod read;
mod schema_file;

/// Why a manifest was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// The folder or file that is not right.
    pub path: PathBuf,
    /// What is not right about it.
    pub message: String,
}

impl ManifestError {
    fn new(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            message: message.into(),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

impl std::error::Error for ManifestError {}

impl Catalogue {
    /// Adds the functions of every manifest below `folder`, in the order of the
    /// folders' names. A folder that does not exist has no manifests. A manifest
    /// cannot take the key of a function that is already there.
    pub fn load_manifests(&mut self, folder: &Path) -> Vec<ManifestError> {
        let (folders, mut errors) = read::sub_folders(folder);
        for folder in folders {
            match read::manifest(&folder) {
                Ok(function) if self.get(&function.info.key).is_some() => {
                    errors.push(ManifestError::new(
                        &folder,
                        format!("there is already a task function \"{}\"", function.info.key),
                    ));
                }
                Ok(function) => {
                    self.register(Arc::new(function));
                }
                Err(error) => errors.push(error),
            }
        }
        errors
    }
}

/// A function whose work an executable does.
#[derive(Debug)]
struct Manifest {
    info: TaskInfo,
    schema: Schema,
    folder: PathBuf,
    executable: PathBuf,
    arguments: Vec<String>,
    codes: ExitCodes,
    limits: Limits,
    server_loss: ServerLoss,
}

#[async_trait]
impl TaskFunction for Manifest {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _policy: &Policy) -> Result<(), Vec<ParameterError>> {
        self.schema.read::<Value>(parameters).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        let parameters: Value = match self.schema.read(parameters) {
            Ok(parameters) => parameters,
            Err(errors) => return Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        };
        let text = parameters.to_string().into_bytes();
        let work_dir = match WorkDir::create(context).await {
            Ok(work_dir) => work_dir,
            Err(error) => {
                return Outcome::failed(
                    Cause::Internal,
                    format!("the work folder could not be made: {error}"),
                );
            }
        };
        let ended = async {
            let file = work_dir.write("parameters.json", 0o600, text).await?;
            let stdin = work_dir.open("parameters.json").await?;
            let environment = [
                ("ORLOJ_PARAMETERS", &file),
                ("ORLOJ_TASK_DIR", &self.folder),
            ]
            .into_iter()
            .map(|(name, path)| (name.to_owned(), path.to_string_lossy().into_owned()))
            .collect();
            let program = Program {
                executable: self.executable.clone(),
                arguments: self.arguments.clone(),
                environment,
                directory: work_dir.path().to_owned(),
                stdin: Some(stdin),
                limits: self.limits,
                server_loss: self.server_loss,
            };
            supervise(context, program).await
        }
        .await;
        let outcome = match ended {
            Ok(ended) => verdict(ended, &self.codes),
            Err(error) => Outcome::failed(
                Cause::Internal,
                format!(
                    "{} could not be started: {error}",
                    self.executable.display()
                ),
            ),
        };
        work_dir.remove().await;
        outcome
    }
}

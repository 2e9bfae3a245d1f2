//! `script`: a text for an interpreter that is installed on the host.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::process::{
    ExitCodes, Limits, Program, ServerLoss, WorkDir, is_environment_name, supervise, verdict,
};
use crate::schema::{ParameterError, Schema, pointer_step, summary};
use crate::text::Text;

mod form;

/// Longest single argument or variable the kernel takes.
const MAX_ARGUMENT: usize = 128 * 1024 - 1;

/// What `script` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    #[serde(default = "default_interpreter")]
    interpreter: String,
    script: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    working_directory: Option<PathBuf>,
    stdin: Option<String>,
    #[serde(default = "default_success_codes")]
    success_exit_codes: Vec<i32>,
    #[serde(default)]
    warning_exit_codes: Vec<i32>,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    on_server_loss: ServerLoss,
}

fn default_interpreter() -> String {
    "sh".to_owned()
}

fn default_success_codes() -> Vec<i32> {
    vec![0]
}

/// The function.
pub(crate) struct Script {
    info: TaskInfo,
    schema: Schema,
}

impl Script {
    pub(crate) fn new() -> Self {
        let schema = form::schema();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "script".to_owned(),
                name: Text::fixed("Script", "نص برمجي"),
                description: Text::fixed(
                    "Runs a script on the server with an installed interpreter: shell, Python, Node.js, Perl and others. Output is followed live; when the run is stopped, everything it started is ended.",
                    "يشغّل نصًا برمجيًا على الخادم بمفسّر مثبَّت مثل الصدفة أو بايثون أو Node.js أو بيرل. يُعرض الخرج مباشرة، وعند الإيقاف تُنهى كل العمليات التي بدأها.",
                ),
                category: Category::Scripting,
                icon: "square-terminal".to_owned(),
                schema,
                default_delivery: Delivery::AtMostOnce,
                grant: Some("script"),
                default_timeout_seconds: None,
                example: json!({
                    "interpreter": "sh",
                    "script": "echo \"Hello $1\"\ndf -h /\n",
                    "args": ["world"],
                    "env": { "STAGE": "test" },
                    "successExitCodes": [0],
                    "limits": { "openFiles": 256 },
                }),
            },
        }
    }

    fn read(
        &self,
        parameters: &Value,
        policy: &Policy,
    ) -> Result<(Parameters, PathBuf), Vec<ParameterError>> {
        let parameters: Parameters = self.schema.read(parameters)?;
        let mut errors = Vec::new();
        let interpreter = policy.interpreter(&parameters.interpreter);
        if interpreter.is_none() {
            errors.push(unknown_interpreter(policy));
        }
        check_texts(&parameters, &mut errors);
        if let Some(folder) = &parameters.working_directory
            && !folder.is_absolute()
        {
            errors.push(ParameterError::new(
                "/workingDirectory",
                "absolute",
                Text::fixed("must be an absolute path", "يجب أن يكون مسارًا مطلقًا"),
            ));
        }
        for (index, code) in parameters.warning_exit_codes.iter().enumerate() {
            if parameters.success_exit_codes.contains(code) {
                errors.push(ParameterError::new(
                    format!("/warningExitCodes/{index}"),
                    "contradiction",
                    Text::fixed("is also listed as a success", "مذكور أيضًا ضمن رموز النجاح"),
                ));
            }
        }
        match interpreter {
            Some(interpreter) if errors.is_empty() => Ok((parameters, interpreter.to_owned())),
            _ => Err(errors),
        }
    }

    async fn execute(context: &Context, parameters: Parameters, interpreter: PathBuf) -> Outcome {
        let directory = match existing_folder(parameters.working_directory.as_deref()).await {
            Ok(directory) => directory,
            Err(message) => return Outcome::failed(Cause::InvalidParameters, message),
        };
        let work_dir = match WorkDir::create(context).await {
            Ok(work_dir) => work_dir,
            Err(error) => {
                return Outcome::failed(
                    Cause::Internal,
                    format!("the work folder could not be made: {error}"),
                );
            }
        };
        let codes = ExitCodes {
            success: parameters.success_exit_codes.clone(),
            warning: parameters.warning_exit_codes.clone(),
        };
        let started = async {
            let script = parameters.script.replace("\r\n", "\n").into_bytes();
            let script = work_dir.write("script", 0o700, script).await?;
            let stdin = match parameters.stdin {
                Some(text) => {
                    work_dir.write("stdin", 0o600, text.into_bytes()).await?;
                    Some(work_dir.open("stdin").await?)
                }
                None => None,
            };
            let mut arguments = vec![script.to_string_lossy().into_owned()];
            arguments.extend(parameters.args);
            let program = Program {
                executable: interpreter,
                arguments,
                environment: parameters.env,
                directory: directory.unwrap_or_else(|| work_dir.path().to_owned()),
                stdin,
                limits: parameters.limits,
                server_loss: parameters.on_server_loss,
            };
            supervise(context, program).await
        }
        .await;
        let outcome = match started {
            Ok(ended) => verdict(ended, &codes),
            Err(error) => Outcome::failed(
                Cause::Internal,
                format!("the script could not be started: {error}"),
            ),
        };
        work_dir.remove().await;
        outcome
    }
}

#[async_trait]
impl TaskFunction for Script {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, policy: &Policy) -> Result<(), Vec<ParameterError>> {
        self.read(parameters, policy).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match self.read(parameters, &context.policy) {
            Ok((parameters, interpreter)) => Self::execute(context, parameters, interpreter).await,
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

fn unknown_interpreter(policy: &Policy) -> ParameterError {
    let known = policy
        .script_interpreters
        .keys()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    ParameterError::new(
        "/interpreter",
        "interpreter",
        Text::new(
            format!("is not available on this server (available: {known})"),
            format!("غير متوفر على هذا الخادم (المتوفر: {known})"),
        ),
    )
}

fn check_texts(parameters: &Parameters, errors: &mut Vec<ParameterError>) {
    let mut text = |pointer: String, value: &str, limit: usize| {
        if value.contains('\0') {
            errors.push(ParameterError::new(
                pointer,
                "nul",
                Text::fixed("must not contain NUL", "يجب ألا يحتوي على محرف NUL"),
            ));
        } else if value.len() > limit {
            errors.push(ParameterError::new(
                pointer,
                "too_long",
                Text::new(
                    format!("must not be longer than {limit} bytes"),
                    format!("يجب ألا يتجاوز الطول {limit} بايت"),
                ),
            ));
        }
    };
    text("/script".to_owned(), &parameters.script, usize::MAX);
    if let Some(stdin) = &parameters.stdin {
        text("/stdin".to_owned(), stdin, usize::MAX);
    }
    for (index, argument) in parameters.args.iter().enumerate() {
        text(format!("/args/{index}"), argument, MAX_ARGUMENT);
    }
    for (name, value) in &parameters.env {
        let room = MAX_ARGUMENT.saturating_sub(name.len() + 1);
        text(format!("/env{}", pointer_step(name)), value, room);
    }
    for name in parameters.env.keys() {
        let pointer = format!("/env{}", pointer_step(name));
        if !is_environment_name(name) {
            errors.push(ParameterError::new(
                pointer,
                "name",
                Text::fixed(
                    "is not a name for a variable: letters, digits and _ only, no digit first",
                    "ليس اسمًا صالحًا لمتغير: أحرف لاتينية وأرقام و _ فقط ولا يبدأ برقم",
                ),
            ));
        } else if name.starts_with("ORLOJ_") {
            errors.push(ParameterError::new(
                pointer,
                "reserved",
                Text::fixed(
                    "is set by Orloj itself and cannot be replaced",
                    "متغير يضبطه أورلوي نفسه ولا يمكن استبداله",
                ),
            ));
        }
    }
}

async fn existing_folder(folder: Option<&Path>) -> Result<Option<PathBuf>, String> {
    let Some(folder) = folder else {
        return Ok(None);
    };
    match tokio::fs::metadata(folder).await {
        Ok(meta) if meta.is_dir() => Ok(Some(folder.to_owned())),
        Ok(_) => Err(format!(
            "the working directory {} is not a folder",
            folder.display()
        )),
        Err(error) => Err(format!(
            "the working directory {} cannot be used: {error}",
            folder.display()
        )),
    }
}

//! `command`: texts for a shell on devices.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::devices::{self, DeviceWork, Targets};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::process::is_environment_name;
use crate::schema::{ParameterError, Schema, pointer_step, summary};
use crate::text::Text;

mod form;

/// All commands together, in bytes.
const MAX_COMMANDS_BYTES: usize = 256 * 1024;

/// What `command` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    command: Option<String>,
    #[serde(default)]
    commands: Vec<String>,
    targets: Targets,
    shell: Option<String>,
    #[serde(default)]
    shells: BTreeMap<String, String>,
    #[serde(default = "yes")]
    stop_on_failure: bool,
    #[serde(default = "five_minutes")]
    timeout_seconds: u32,
    working_directory: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    run_as: Option<String>,
    #[serde(default = "zero")]
    success_exit_codes: Vec<i64>,
}

fn yes() -> bool {
    true
}

fn five_minutes() -> u32 {
    300
}

fn zero() -> Vec<i64> {
    vec![0]
}

/// The function.
pub(crate) struct Command {
    info: TaskInfo,
    schema: Schema,
}

impl Command {
    pub(crate) fn new() -> Self {
        let schema = form::schema();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "command".to_owned(),
                name: Text::fixed("Command on devices", "أمر على الأجهزة"),
                description: Text::fixed(
                    "Runs one or several commands on devices with an agent, one after the other, and follows their output live. Each device does it once, also when it was offline for a while.",
                    "ينفّذ أمرًا أو عدة أوامر متتابعة على الأجهزة التي عليها وكيل ويعرض خرجها مباشرة. ينفّذ كل جهاز ذلك مرة واحدة حتى لو انقطع اتصاله مدة.",
                ),
                category: Category::Devices,
                icon: "terminal".to_owned(),
                schema,
                default_delivery: Delivery::AtMostOnce,
                grant: Some("command"),
                default_timeout_seconds: None,
                example: json!({
                    "command": "df -h /",
                    "targets": { "devices": [1], "offline": "wait", "waitSeconds": 3_600 },
                    "timeoutSeconds": 60,
                }),
            },
        }
    }

    fn read(&self, parameters: &Value) -> Result<(Parameters, Vec<String>), Vec<ParameterError>> {
        let mut parameters: Parameters = self.schema.read(parameters)?;
        let mut errors = Vec::new();
        parameters.targets.check(&mut errors);
        // A list says more than a single one, as the clients of the seed have it.
        let commands = match (&parameters.command, parameters.commands.is_empty()) {
            (_, false) => std::mem::take(&mut parameters.commands),
            (Some(command), true) => vec![command.clone()],
            (None, true) => {
                errors.push(ParameterError::new(
                    "/command",
                    "required",
                    Text::fixed(
                        "give a command, or a list of commands",
                        "اكتب أمرًا أو قائمة أوامر",
                    ),
                ));
                Vec::new()
            }
        };
        check_texts(&parameters, &commands, &mut errors);
        if errors.is_empty() {
            Ok((parameters, commands))
        } else {
            Err(errors)
        }
    }
}

/// The work as the agents get it.
fn work(parameters: Parameters, commands: Vec<String>) -> DeviceWork {
    let count = u32::try_from(commands.len()).unwrap_or(u32::MAX);
    let steps = commands
        .into_iter()
        .map(|command| {
            json!({
                "kind": "command",
                "command": command,
                "shell": parameters.shell,
                "shells": parameters.shells,
                "cwd": parameters.working_directory,
                "env": parameters.env,
                "runAs": parameters.run_as,
                "limitSeconds": parameters.timeout_seconds,
                "successCodes": parameters.success_exit_codes,
            })
        })
        .collect();
    DeviceWork {
        limit_seconds: parameters.timeout_seconds.saturating_mul(count),
        stop_on_failure: parameters.stop_on_failure,
        targets: parameters.targets,
        steps,
    }
}

#[async_trait]
impl TaskFunction for Command {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _: &Policy) -> Result<(), Vec<ParameterError>> {
        self.read(parameters).map(drop)
    }

    fn waits(&self) -> bool {
        true
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match self.read(parameters) {
            Ok((parameters, commands)) => devices::run(context, work(parameters, commands)).await,
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

fn check_texts(parameters: &Parameters, commands: &[String], errors: &mut Vec<ParameterError>) {
    let field = if parameters.command.is_some() && commands.len() == 1 {
        "/command".to_owned()
    } else {
        "/commands".to_owned()
    };
    if commands.iter().map(String::len).sum::<usize>() > MAX_COMMANDS_BYTES {
        errors.push(ParameterError::new(
            field.clone(),
            "too_long",
            Text::new(
                format!("must not be longer than {MAX_COMMANDS_BYTES} bytes in all"),
                format!("يجب ألا يتجاوز الطول الكلي {MAX_COMMANDS_BYTES} بايت"),
            ),
        ));
    }
    let texts = commands
        .iter()
        .map(|text| (field.clone(), text))
        .chain(
            parameters
                .shell
                .iter()
                .map(|text| ("/shell".to_owned(), text)),
        )
        .chain(
            parameters
                .run_as
                .iter()
                .map(|text| ("/runAs".to_owned(), text)),
        )
        .chain(
            parameters
                .working_directory
                .iter()
                .map(|text| ("/workingDirectory".to_owned(), text)),
        )
        .chain(
            parameters
                .env
                .iter()
                .map(|(name, text)| (format!("/env{}", pointer_step(name)), text)),
        );
    for (pointer, text) in texts {
        if text.contains('\0') || (pointer.starts_with("/command") && text.trim().is_empty()) {
            errors.push(ParameterError::new(
                pointer,
                "text",
                Text::fixed(
                    "must not be blank or contain NUL",
                    "يجب ألا يكون فارغًا وألا يحتوي على محرف NUL",
                ),
            ));
        }
    }
    for name in parameters.env.keys() {
        if !is_environment_name(name) || name.starts_with("ORLOJ_") {
            errors.push(ParameterError::new(
                format!("/env{}", pointer_step(name)),
                "name",
                Text::fixed(
                    "is not a name for a variable: letters, digits and _ only, no digit first, not beginning with ORLOJ_",
                    "ليس اسمًا صالحًا لمتغير: أحرف لاتينية وأرقام و _ فقط، ولا يبدأ برقم ولا بـ ORLOJ_",
                ),
            ));
        }
    }
}

//! `software_deployment`: software of the catalogue, or packages by name, installed on devices or removed from them.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::context::Context;
use crate::devices::{self, DeviceWork, Targets, deployment_fields, half_an_hour, targets_field};
use crate::form::{Field, Form};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::Text;

/// What `software_deployment` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    #[serde(default)]
    software: Vec<i64>,
    #[serde(default)]
    packages: Vec<String>,
    targets: Targets,
    #[serde(default)]
    action: Action,
    #[serde(default = "half_an_hour")]
    timeout_seconds: u32,
    /// For people; the run's history is filed under it.
    #[serde(default, rename = "deploymentName")]
    _deployment_name: Option<String>,
}

/// What is to become of the software.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Action {
    /// It is there afterwards.
    #[default]
    Install,
    /// It is not there afterwards.
    Uninstall,
}

/// The function.
pub(crate) struct SoftwareDeployment {
    info: TaskInfo,
    schema: Schema,
}

impl SoftwareDeployment {
    pub(crate) fn new() -> Self {
        let schema = form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "software_deployment".to_owned(),
                name: Text::fixed("Software on devices", "نشر برامج على الأجهزة"),
                description: Text::fixed(
                    "Installs software on devices or removes it: with the package manager of the device or with the commands of the catalogue. What is there already stays as it is, and afterwards it is verified.",
                    "يثبّت البرامج على الأجهزة أو يزيلها بمدير حزم الجهاز أو بأوامر الفهرس. يبقى المثبَّت كما هو، ثم يُتحقق من النتيجة.",
                ),
                category: Category::Devices,
                icon: "package".to_owned(),
                schema,
                default_delivery: Delivery::AtMostOnce,
                grant: Some("command"),
                default_timeout_seconds: None,
                example: json!({
                    "software": [3],
                    "targets": { "devices": [1], "offline": "wait" },
                }),
            },
        }
    }

    fn read(&self, parameters: &Value) -> Result<Parameters, Vec<ParameterError>> {
        let parameters: Parameters = self.schema.read(parameters)?;
        let mut errors = Vec::new();
        parameters.targets.check(&mut errors);
        if parameters.software.is_empty() && parameters.packages.is_empty() {
            errors.push(ParameterError::new(
                "/software",
                "required",
                Text::fixed(
                    "name at least one entry of the catalogue or one package",
                    "اختر برنامجًا واحدًا على الأقل من الفهرس أو حزمة واحدة",
                ),
            ));
        }
        if errors.is_empty() {
            Ok(parameters)
        } else {
            Err(errors)
        }
    }

    async fn work(context: &Context, parameters: Parameters) -> Result<DeviceWork, String> {
        let mut entries = if parameters.software.is_empty() {
            Vec::new()
        } else {
            context
                .services
                .device_software(&parameters.software)
                .await?
        };
        for package in parameters.packages {
            entries.push(json!({
                "name": package,
                "platforms": { "linux": { "packages": { "apt": [package], "dnf": [package] } } },
            }));
        }
        if parameters.action == Action::Uninstall {
            // What is needed stays, and what needs others goes before them.
            entries.retain(|entry| entry["isNeededOnly"] != true);
            entries.reverse();
        }
        let steps: Vec<Value> = entries
            .into_iter()
            .map(|mut entry| {
                if let Some(members) = entry.as_object_mut() {
                    members.remove("isNeededOnly");
                }
                entry["kind"] = json!("software");
                entry["action"] = json!(parameters.action);
                entry["limitSeconds"] = json!(parameters.timeout_seconds);
                entry
            })
            .collect();
        let count = u32::try_from(steps.len()).unwrap_or(u32::MAX);
        Ok(DeviceWork {
            limit_seconds: parameters.timeout_seconds.saturating_mul(count),
            // What comes later may need what failed.
            stop_on_failure: true,
            targets: parameters.targets,
            steps,
        })
    }
}

#[async_trait]
impl TaskFunction for SoftwareDeployment {
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
        let parameters = match self.read(parameters) {
            Ok(parameters) => parameters,
            Err(errors) => return Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        };
        match Self::work(context, parameters).await {
            Ok(work) => devices::run(context, work).await,
            Err(message) => Outcome::failed(Cause::InvalidParameters, message),
        }
    }
}

fn form() -> Value {
    let form = Form::new().group("basic").field(
        "software",
        json!({
            "type": "array",
            "items": { "type": "integer", "minimum": 1 },
            "maxItems": 50,
            "uniqueItems": true,
        }),
        Field::new(
            Text::fixed("Software", "البرامج"),
            Text::fixed(
                "Entries of the catalogue; what they need comes with them.",
                "برامج من الفهرس، ويأتي معها ما تحتاج إليه.",
            ),
        )
        .widget("software"),
    );
    let form = targets_field(form)
        .field(
            "action",
            json!({ "type": "string", "enum": ["install", "uninstall"], "default": "install" }),
            Field::new(
                Text::fixed("Action", "الإجراء"),
                Text::fixed(
                    "install: it is there afterwards. uninstall: it is not; what it needed stays.",
                    "install: يصبح مثبَّتًا. uninstall: يُزال ويبقى ما كان يحتاج إليه.",
                ),
            ),
        )
        .group("advanced")
        .field(
            "packages",
            json!({
                "type": "array",
                "items": { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9+._-]*[A-Za-z0-9._]$|^[A-Za-z0-9][A-Za-z0-9.]*\\+\\+$", "minLength": 2, "maxLength": 128 },
                "maxItems": 50,
                "uniqueItems": true,
            }),
            Field::new(
                Text::fixed("Packages", "الحزم"),
                Text::fixed(
                    "Names of packages for the device's own package manager, beside the catalogue.",
                    "أسماء حزم لمدير حزم الجهاز إضافةً إلى الفهرس.",
                ),
            )
            .ltr(),
        )
        ;
    deployment_fields(
        form,
        Text::fixed("For each entry on each device.", "لكل برنامج على كل جهاز."),
    )
    .schema()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::SoftwareDeployment;
    use crate::function::TaskFunction;
    use crate::policy::Policy;

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let function = SoftwareDeployment::new();
        let pointers = |parameters: Value| -> Vec<String> {
            function
                .check(&parameters, &Policy::default())
                .err()
                .unwrap_or_default()
                .into_iter()
                .map(|error| error.pointer)
                .collect()
        };
        let targets = json!({ "devices": [1] });
        assert_eq!(pointers(function.info().example.clone()), [""; 0]);
        assert_eq!(
            pointers(json!({ "packages": ["hello", "g++"], "targets": targets })),
            [""; 0]
        );
        assert_eq!(pointers(json!({ "targets": targets })), ["/software"]);
        for name in ["-y", "a b", "hello;id", "x/y", "$(id)", "hello-"] {
            assert_eq!(
                pointers(json!({ "packages": [name], "targets": targets })),
                ["/packages/0"],
                "{name}"
            );
        }
    }
}

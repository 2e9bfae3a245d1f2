//! `file_deployment`: files of the store, put into a folder of devices.

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

/// What `file_deployment` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    files: Vec<i64>,
    target_path: String,
    targets: Targets,
    #[serde(default)]
    action: Action,
    #[serde(default = "yes")]
    create_path: bool,
    mode: Option<String>,
    owner: Option<String>,
    group: Option<String>,
    #[serde(default = "yes")]
    keep_previous: bool,
    #[serde(default = "half_an_hour")]
    timeout_seconds: u32,
    /// For people; the run's history is filed under it.
    #[serde(default, rename = "deploymentName")]
    _deployment_name: Option<String>,
}

/// What is to become of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Action {
    /// They are put there.
    #[default]
    Deploy,
    /// What was there before them comes back.
    Undo,
}

const fn yes() -> bool {
    true
}

/// The function.
pub(crate) struct FileDeployment {
    info: TaskInfo,
    schema: Schema,
}

impl FileDeployment {
    pub(crate) fn new() -> Self {
        let schema = form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "file_deployment".to_owned(),
                name: Text::fixed("Files to devices", "نشر ملفات على الأجهزة"),
                description: Text::fixed(
                    "Puts uploaded files into a folder of devices: each appears whole and checked, or not at all. What was there before can be brought back.",
                    "يضع الملفات المرفوعة في مجلد على الأجهزة: يظهر كل ملف كاملًا بعد التحقق منه أو لا يظهر. ويمكن استرجاع ما كان قبله.",
                ),
                category: Category::Devices,
                icon: "file-down".to_owned(),
                schema,
                default_delivery: Delivery::AtMostOnce,
                grant: Some("command"),
                default_timeout_seconds: None,
                example: json!({
                    "files": [1],
                    "targetPath": "/etc/app",
                    "mode": "0644",
                    "targets": { "devices": [1], "offline": "wait" },
                }),
            },
        }
    }

    fn read(&self, parameters: &Value) -> Result<Parameters, Vec<ParameterError>> {
        let parameters: Parameters = self.schema.read(parameters)?;
        let mut errors = Vec::new();
        parameters.targets.check(&mut errors);
        if !is_folder(&parameters.target_path) {
            errors.push(ParameterError::new(
                "/targetPath",
                "path",
                Text::fixed(
                    "must be the full path of a folder, without `.` or `..` in it, such as /etc/app or C:\\App",
                    "يجب أن يكون المسار الكامل لمجلد دون `.` أو `..` فيه، مثل /etc/app أو C:\\App",
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
        let files = context.services.device_files(&parameters.files).await?;
        let steps: Vec<Value> = files
            .into_iter()
            .map(|file| {
                json!({
                    "kind": "file",
                    "action": parameters.action,
                    "file": file,
                    "folder": parameters.target_path,
                    "createFolder": parameters.create_path,
                    "mode": parameters.mode,
                    "owner": parameters.owner,
                    "group": parameters.group,
                    "keepPrevious": parameters.keep_previous,
                    "limitSeconds": parameters.timeout_seconds,
                })
            })
            .collect();
        let count = u32::try_from(steps.len()).unwrap_or(u32::MAX);
        Ok(DeviceWork {
            limit_seconds: parameters.timeout_seconds.saturating_mul(count),
            // One file that does not fit says nothing about the others.
            stop_on_failure: false,
            targets: parameters.targets,
            steps,
        })
    }
}

/// Whether a text is a full path on some system and leads straight down.
fn is_folder(path: &str) -> bool {
    let bytes = path.as_bytes();
    let has_drive =
        bytes.len() >= 3 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && bytes[2] == b'\\';
    let is_full = path.starts_with('/') || has_drive;
    is_full
        && !path.chars().any(char::is_control)
        && path
            .split(['/', '\\'])
            .all(|step| !matches!(step, "." | ".."))
}

#[async_trait]
impl TaskFunction for FileDeployment {
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
    let user = json!({ "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z_][A-Za-z0-9._-]*\\$?$" });
    let form = Form::new()
        .group("basic")
        .required(
            "files",
            json!({
                "type": "array",
                "items": { "type": "integer", "minimum": 1 },
                "minItems": 1,
                "maxItems": 100,
                "uniqueItems": true,
            }),
            Field::new(
                Text::fixed("Files", "الملفات"),
                Text::fixed(
                    "Uploaded files; each keeps its name.",
                    "ملفات مرفوعة يحتفظ كل منها باسمه.",
                ),
            )
            .widget("files"),
        )
        .required(
            "targetPath",
            json!({ "type": "string", "minLength": 1, "maxLength": 4_096, "examples": ["/etc/app", "C:\\App"] }),
            Field::new(
                Text::fixed("Folder", "المجلد"),
                Text::fixed(
                    "Full path of the folder on the devices. The agent's own policy must allow it.",
                    "المسار الكامل للمجلد على الأجهزة، ويجب أن تسمح به سياسة الوكيل.",
                ),
            )
            .ltr(),
        );
    let form = targets_field(form)
        .field(
            "action",
            json!({ "type": "string", "enum": ["deploy", "undo"], "default": "deploy" }),
            Field::new(
                Text::fixed("Action", "الإجراء"),
                Text::fixed(
                    "deploy: put the files there. undo: bring back what was there before the last deployment.",
                    "deploy: وضع الملفات. undo: استرجاع ما كان قبل آخر نشر.",
                ),
            ),
        )
        .field(
            "createPath",
            json!({ "type": "boolean", "default": true }),
            Field::new(
                Text::fixed("Create the folder", "إنشاء المجلد"),
                Text::fixed(
                    "Makes the folder where it is missing.",
                    "يُنشأ المجلد حيث لا يوجد.",
                ),
            ),
        )
        .group("advanced")
        .field(
            "mode",
            json!({ "type": "string", "pattern": "^0?[0-7]{3}$", "examples": ["0644"] }),
            Field::new(
                Text::fixed("Mode", "الأذونات"),
                Text::fixed(
                    "Permissions in octal digits; without them, those of the file that is replaced, else 0644.",
                    "أذونات بأرقام ثمانية؛ وإن تُركت فأذونات الملف المستبدل أو 0644.",
                ),
            )
            .ltr(),
        )
        .field(
            "owner",
            user.clone(),
            Field::new(
                Text::fixed("Owner", "المالك"),
                Text::fixed(
                    "User that the files belong to; the agent must run as root for that.",
                    "المستخدم مالك الملفات؛ ويتطلب تشغيل الوكيل بصلاحية root.",
                ),
            )
            .ltr(),
        )
        .field(
            "group",
            user,
            Field::new(
                Text::fixed("Group", "المجموعة المالكة"),
                Text::fixed(
                    "Group that the files belong to.",
                    "المجموعة مالكة الملفات.",
                ),
            )
            .ltr(),
        )
        .field(
            "keepPrevious",
            json!({ "type": "boolean", "default": true }),
            Field::new(
                Text::fixed("Keep what was there", "الاحتفاظ بالسابق"),
                Text::fixed(
                    "Keeps a copy of what is replaced, so that it can be brought back.",
                    "تُحفظ نسخة مما يُستبدل كي يمكن استرجاعه.",
                ),
            ),
        )
        ;
    deployment_fields(
        form,
        Text::fixed(
            "For each file on each device. What has arrived by then is kept for the next try.",
            "لكل ملف على كل جهاز. ويُحفظ ما وصل حتى انقضائها للمحاولة التالية.",
        ),
    )
    .schema()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FileDeployment, is_folder};
    use crate::function::TaskFunction;
    use crate::policy::Policy;

    #[test]
    fn folders_lead_straight_down() {
        for path in ["/", "/etc/app", "/srv/مجلد", "C:\\Config", "d:\\a b\\c"] {
            assert!(is_folder(path), "{path}");
        }
        for path in [
            "",
            "etc",
            "../a",
            "/a/../b",
            "/a/.",
            "C:",
            "C:a",
            "C:\\..\\x",
            "\\\\host\\share",
            "/a\nb",
            "/a\0",
        ] {
            assert!(!is_folder(path), "{path:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let function = FileDeployment::new();
        let pointers = |parameters: Value| -> Vec<String> {
            function
                .check(&parameters, &Policy::default())
                .err()
                .unwrap_or_default()
                .into_iter()
                .map(|error| error.pointer)
                .collect()
        };
        let fits = function.info().example.clone();
        assert_eq!(pointers(fits.clone()), [""; 0]);
        let with = |name: &str, value: Value| {
            let mut parameters = fits.clone();
            parameters[name] = value;
            pointers(parameters)
        };
        assert_eq!(with("targetPath", json!("etc")), ["/targetPath"]);
        assert_eq!(with("mode", json!("4755")), ["/mode"]);
        assert_eq!(with("owner", json!("root;id")), ["/owner"]);
        assert_eq!(with("files", json!([])), ["/files"]);
        assert_eq!(with("targets", json!({})), ["/targets"]);
    }
}

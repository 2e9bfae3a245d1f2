//! `system_metrics`: how busy the machine is that Orloj runs on.

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::form::{Field, Form};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome, Status};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::Text;

mod disks;
mod proc_files;
mod sample;

use sample::Metrics;

/// How long file systems may take to say how full they are; one whose server is
/// gone never answers.
const DISK_PATIENCE: Duration = Duration::from_secs(10);

/// What `system_metrics` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    #[serde(default = "one")]
    sample_seconds: f64,
    paths: Option<Vec<String>>,
    #[serde(default)]
    warn_above: Thresholds,
    #[serde(default)]
    fail_above: Thresholds,
}

const fn one() -> f64 {
    1.0
}

/// Values that must not be exceeded; what is absent is not watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Thresholds {
    cpu_percent: Option<f64>,
    memory_percent: Option<f64>,
    swap_percent: Option<f64>,
    disk_percent: Option<f64>,
    load_per_core: Option<f64>,
}

/// The function.
pub(crate) struct SystemMetrics {
    info: TaskInfo,
    schema: Schema,
}

impl SystemMetrics {
    pub(crate) fn new() -> Self {
        let schema = form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "system_metrics".to_owned(),
                name: Text::fixed("System metrics", "مؤشرات النظام"),
                description: Text::fixed(
                    "Measures processor, memory, file systems, network and load of the machine Orloj runs on, and warns or fails above thresholds.",
                    "يقيس المعالج والذاكرة وأنظمة الملفات والشبكة والحمل على الجهاز الذي يعمل عليه أورلوي، وينبّه أو يفشل عند تجاوز الحدود.",
                ),
                category: Category::Monitoring,
                icon: "activity".to_owned(),
                schema,
                default_delivery: Delivery::AtLeastOnce,
                grant: None,
                default_timeout_seconds: Some(60),
                example: json!({
                    "sampleSeconds": 1,
                    "warnAbove": { "cpuPercent": 90, "memoryPercent": 85, "diskPercent": 80 },
                    "failAbove": { "diskPercent": 97 },
                }),
            },
        }
    }
}

#[async_trait]
impl TaskFunction for SystemMetrics {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _policy: &Policy) -> Result<(), Vec<ParameterError>> {
        self.schema.read::<Parameters>(parameters).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        let parameters: Parameters = match self.schema.read(parameters) {
            Ok(parameters) => parameters,
            Err(errors) => return Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        };
        let pause = Duration::from_secs_f64(parameters.sample_seconds);
        let before = match sample::counters().await {
            Ok(before) => before,
            Err(message) => return Outcome::failed(Cause::Internal, message),
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            reason = context.cancel.stopped() => return Outcome::stopped(reason),
        }
        let mut notes = Vec::new();
        let measured = tokio::select! {
            measured = measure(&before, parameters.paths.clone(), &mut notes) => measured,
            reason = context.cancel.stopped() => return Outcome::stopped(reason),
        };
        match measured {
            Ok(metrics) => judge(context, &parameters, &metrics, notes),
            Err(message) => Outcome::failed(Cause::Internal, message),
        }
    }
}

async fn measure(
    before: &sample::Counters,
    paths: Option<Vec<String>>,
    notes: &mut Vec<String>,
) -> Result<Metrics, String> {
    let disks = match tokio::time::timeout(DISK_PATIENCE, disks::usage(paths)).await {
        Ok((disks, problems)) => {
            notes.extend(problems);
            disks
        }
        Err(_) => {
            notes.push("the file systems did not answer in time".to_owned());
            Vec::new()
        }
    };
    let after = sample::counters().await?;
    sample::metrics(before, &after, disks).await
}

fn judge(
    context: &Context,
    parameters: &Parameters,
    metrics: &Metrics,
    notes: Vec<String>,
) -> Outcome {
    let text = metrics.one_line();
    context.log.info(text.en.as_ref());
    let warnings = exceeded(metrics, parameters.warn_above);
    let failures = exceeded(metrics, parameters.fail_above);
    for warning in warnings.iter().chain(&notes) {
        context.log.warn(warning.as_str());
    }
    let mut outcome = if failures.is_empty() {
        let status = if warnings.is_empty() && notes.is_empty() {
            Status::Success
        } else {
            Status::Partial
        };
        Outcome {
            status,
            ..Outcome::success(text)
        }
    } else {
        for failure in &failures {
            context.log.error(failure.as_str());
        }
        Outcome {
            errors: failures.clone(),
            ..Outcome::failed(Cause::Other, failures.join("; "))
        }
    };
    outcome.warnings = warnings
        .into_iter()
        .filter(|warning| !failures.contains(warning))
        .chain(notes)
        .collect();
    outcome.records_processed = i64::try_from(metrics.disks.len()).ok();
    outcome.with_result(metrics.describe())
}

/// What is above its threshold, one sentence each. The sentence does not name the
/// threshold, so that the same finding reads the same as warning and as failure.
fn exceeded(metrics: &Metrics, thresholds: Thresholds) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: String, value: Option<f64>, limit: Option<f64>, unit: &str| {
        if let (Some(value), Some(limit)) = (value, limit)
            && value > limit
        {
            found.push(format!("{what} is at {value:.1}{unit}"));
        }
    };
    let all = thresholds;
    compare(
        "the processor".to_owned(),
        metrics.cpu_percent,
        all.cpu_percent,
        " %",
    );
    compare(
        "memory".to_owned(),
        metrics.memory.used_percent(),
        all.memory_percent,
        " %",
    );
    compare(
        "swap space".to_owned(),
        metrics.swap.used_percent(),
        all.swap_percent,
        " %",
    );
    compare(
        "the load per core".to_owned(),
        metrics.load_per_core(),
        all.load_per_core,
        "",
    );
    for disk in &metrics.disks {
        compare(
            format!("the file system {}", disk.path),
            disk.used_percent(),
            all.disk_percent,
            " %",
        );
    }
    found
}

fn form() -> Value {
    Form::new()
        .field(
            "sampleSeconds",
            json!({ "type": "number", "minimum": 0.1, "maximum": 30, "default": 1 }),
            Field::new(
                Text::fixed("Measure for (seconds)", "مدة القياس (ثوانٍ)"),
                Text::fixed(
                    "Processor and network are measured over this time.",
                    "يُقاس المعالج والشبكة خلال هذه المدة.",
                ),
            ),
        )
        .field(
            "paths",
            json!({ "type": "array", "items": { "type": "string", "pattern": "^/", "maxLength": 4096 }, "minItems": 1, "maxItems": 100, "uniqueItems": true }),
            Field::new(
                Text::fixed("Paths", "المسارات"),
                Text::fixed(
                    "Absolute paths whose file systems are measured; without them, all local ones.",
                    "مسارات مطلقة تُقاس أنظمة الملفات التي تقع عليها؛ وبدونها كل الأنظمة المحلية.",
                ),
            )
            .ltr(),
        )
        .field(
            "warnAbove",
            thresholds(),
            Field::new(
                Text::fixed("Warn above", "التنبيه فوق"),
                Text::fixed(
                    "Above these values the run is a partial success with a warning.",
                    "فوق هذه القيم يكون التنفيذ ناجحًا جزئيًا مع تنبيه.",
                ),
            ),
        )
        .field(
            "failAbove",
            thresholds(),
            Field::new(
                Text::fixed("Fail above", "الفشل فوق"),
                Text::fixed(
                    "Above these values the run fails.",
                    "فوق هذه القيم يفشل التنفيذ.",
                ),
            ),
        )
        .schema()
}

fn thresholds() -> Value {
    let percent = || json!({ "type": "number", "minimum": 0, "maximum": 100 });
    Form::new()
        .field(
            "cpuPercent",
            percent(),
            Field::new(
                Text::fixed("Processor (%)", "المعالج (٪)"),
                Text::fixed(
                    "Busy time of all cores together.",
                    "زمن انشغال كل الأنوية معًا.",
                ),
            ),
        )
        .field(
            "memoryPercent",
            percent(),
            Field::new(
                Text::fixed("Memory (%)", "الذاكرة (٪)"),
                Text::fixed(
                    "Memory that is not available for programs.",
                    "الذاكرة غير المتاحة للبرامج.",
                ),
            ),
        )
        .field(
            "swapPercent",
            percent(),
            Field::new(
                Text::fixed("Swap space (%)", "ذاكرة التبديل (٪)"),
                Text::fixed("Swap space in use.", "المستخدَم من ذاكرة التبديل."),
            ),
        )
        .field(
            "diskPercent",
            percent(),
            Field::new(
                Text::fixed("File system (%)", "نظام الملفات (٪)"),
                Text::fixed(
                    "How full the fullest file system may be.",
                    "أقصى امتلاء مسموح لأي نظام ملفات.",
                ),
            ),
        )
        .field(
            "loadPerCore",
            json!({ "type": "number", "minimum": 0, "maximum": 1000 }),
            Field::new(
                Text::fixed("Load per core", "الحمل لكل نواة"),
                Text::fixed(
                    "Average load of the last minute divided by the number of cores.",
                    "متوسط حمل الدقيقة الأخيرة مقسومًا على عدد الأنوية.",
                ),
            ),
        )
        .nested()
}

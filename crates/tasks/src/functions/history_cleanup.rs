//! `history_cleanup`: removes old runs from the scheduler's own history.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::form::{Field, Form};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::services::HistoryCleanup;
use crate::text::Text;

/// Status words of executions that are over.
const FINAL_STATUSES: [&str; 8] = [
    "success",
    "failed",
    "timeout",
    "cancelled",
    "missed",
    "skipped",
    "lost",
    "partial",
];

/// What `history_cleanup` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    #[serde(default = "default_retention")]
    retention_days: u32,
    #[serde(default)]
    statuses: Vec<String>,
    job_id: Option<i64>,
    #[serde(default)]
    dry_run: bool,
}

const fn default_retention() -> u32 {
    30
}

/// The function.
pub(crate) struct HistoryCleanupTask {
    info: TaskInfo,
    schema: Schema,
}

impl HistoryCleanupTask {
    pub(crate) fn new() -> Self {
        let schema = form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "history_cleanup".to_owned(),
                name: Text::fixed("History clean-up", "تنظيف السجل"),
                description: Text::fixed(
                    "Removes finished runs that are older than a number of days from the history, with their log lines.",
                    "يحذف من السجل عمليات التنفيذ المنتهية الأقدم من عدد من الأيام مع أسطر سجلاتها.",
                ),
                category: Category::Maintenance,
                icon: "brush-cleaning".to_owned(),
                schema,
                default_delivery: Delivery::AtLeastOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({ "retentionDays": 30, "statuses": ["success"], "dryRun": false }),
            },
        }
    }
}

#[async_trait]
impl TaskFunction for HistoryCleanupTask {
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
        let request = HistoryCleanup {
            owner: None,
            older_than_days: parameters.retention_days,
            statuses: parameters.statuses,
            job_id: parameters.job_id,
            dry_run: parameters.dry_run,
        };
        let done = tokio::select! {
            done = context.services.cleanup_history(&request) => done,
            reason = context.cancel.stopped() => return Outcome::stopped(reason),
        };
        let report = match done {
            Ok(report) => report,
            Err(message) => return Outcome::failed(Cause::Internal, message),
        };
        let count = i64::try_from(report.executions).unwrap_or(i64::MAX);
        let days = request.older_than_days;
        let text = if request.dry_run {
            Text::new(
                format!("{count} runs older than {days} days would be removed"),
                format!("سيُحذف {count} من عمليات التنفيذ الأقدم من {days} يومًا"),
            )
        } else {
            Text::new(
                format!("{count} runs older than {days} days removed"),
                format!("حُذف {count} من عمليات التنفيذ الأقدم من {days} يومًا"),
            )
        };
        context.log.info(text.en.as_ref());
        let mut outcome = Outcome::success(text).with_result(json!({
            "retentionDays": days,
            "dryRun": request.dry_run,
            "deletedExecutions": report.executions,
            "deletedLocks": report.locks,
            "deletedInstances": report.instances,
        }));
        outcome.records_processed = Some(count);
        outcome.records_affected = Some(if request.dry_run { 0 } else { count });
        outcome
    }
}

fn form() -> Value {
    Form::new()
        .field(
            "retentionDays",
            json!({ "type": "integer", "minimum": 1, "maximum": 3650, "default": 30 }),
            Field::new(
                Text::fixed("Keep for (days)", "مدة الاحتفاظ (أيام)"),
                Text::fixed(
                    "Finished runs older than this are removed.",
                    "تُحذف عمليات التنفيذ المنتهية الأقدم من هذه المدة.",
                ),
            ),
        )
        .field(
            "statuses",
            json!({ "type": "array", "items": { "enum": FINAL_STATUSES }, "uniqueItems": true }),
            Field::new(
                Text::fixed("Only these outcomes", "هذه النتائج فقط"),
                Text::fixed(
                    "Removes only runs that ended in one of these ways; without a choice, all.",
                    "يحذف فقط ما انتهى بإحدى هذه النتائج؛ ودون اختيار يشمل الكل.",
                ),
            ),
        )
        .field(
            "jobId",
            json!({ "type": "integer", "minimum": 1 }),
            Field::new(
                Text::fixed("Only this job", "هذه المهمة فقط"),
                Text::fixed(
                    "Number of the job whose runs are removed; without it, all jobs you may clean.",
                    "رقم المهمة التي تُحذف عمليات تنفيذها؛ وبدونه كل المهام المسموح لك بتنظيفها.",
                ),
            ),
        )
        .field(
            "dryRun",
            json!({ "type": "boolean", "default": false }),
            Field::new(
                Text::fixed("Only count", "العدّ فقط"),
                Text::fixed(
                    "Says how many runs would be removed, and removes none.",
                    "يذكر عدد ما سيُحذف دون حذف شيء.",
                ),
            ),
        )
        .schema()
}

//! `database_cleanup`: removes rows of a table by their age or by conditions.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::context::Context;
use crate::database::{self, Cell, Link, Table, Trouble};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome, Status};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::{Text, apart};

mod parameters;
mod plan;

use parameters::Parameters;
use plan::Plan;

/// A batch that is under way when the run has to stop may take so long to end,
/// so that the number of removed rows is known.
const LAST_BATCH: Duration = Duration::from_secs(5);
/// Rows whose keys a dry run shows.
const SAMPLE: usize = 5;

/// The function.
pub(crate) struct DatabaseCleanup {
    info: TaskInfo,
    schema: Schema,
}

impl DatabaseCleanup {
    pub(crate) fn new() -> Self {
        let schema = parameters::form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "database_cleanup".to_owned(),
                name: Text::fixed("Database clean-up", "تنظيف قاعدة البيانات"),
                description: Text::fixed(
                    "Removes rows of a table that are older than a number of days or satisfy conditions, in small batches so that others can go on working.",
                    "يحذف صفوف جدول أقدم من عدد من الأيام أو تحقق شروطًا معيّنة، على دفعات صغيرة كي يستمر عمل الآخرين.",
                ),
                category: Category::Data,
                icon: "eraser".to_owned(),
                schema,
                default_delivery: Delivery::AtLeastOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({
                    "connection": "shop",
                    "table": "logs",
                    "ageColumn": "created_at",
                    "olderThanDays": 30,
                    "dryRun": true,
                }),
            },
        }
    }

    async fn execute(context: &Context, parameters: &Parameters) -> Result<Outcome, Trouble> {
        let settings = database::settings(context, &parameters.connection).await?;
        if settings.read_only && !parameters.dry_run {
            return Err(Trouble::refused(
                "the connection is read-only, so nothing can be removed through it",
            ));
        }
        let mut link = settings.open(&context.policy).await?;
        let table = database::find_table(&mut link, &settings, &parameters.table).await?;
        let columns = database::permitted_columns(&mut link, &table).await?;
        let plan = Plan::make(
            link.dialect(),
            &table,
            &columns,
            parameters,
            // Not the present: an attempt that repeats another must mean the same rows.
            context.scheduled_at,
        )?;
        let matching = link.count(&plan.count, &plan.values).await?;
        context
            .log
            .info(format!("{matching} rows of {} match", table.shown()));
        let mut work = Work {
            table,
            plan,
            matching,
            removed: 0,
            batches: 0,
        };
        let outcome = if parameters.dry_run {
            work.preview(&mut link).await?
        } else {
            work.remove(&mut link, context, parameters).await
        };
        // A statement that was given up leaves the line unusable; dropping it is enough.
        if outcome.status == Status::Success {
            link.close().await;
        }
        Ok(outcome)
    }
}

#[async_trait]
impl TaskFunction for DatabaseCleanup {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _policy: &Policy) -> Result<(), Vec<ParameterError>> {
        parameters::read(&self.schema, parameters).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match parameters::read(&self.schema, parameters) {
            Ok(parameters) => Box::pin(Self::execute(context, &parameters))
                .await
                .unwrap_or_else(Trouble::outcome),
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

/// One clean-up under way.
struct Work {
    table: Table,
    plan: Plan,
    /// Rows that matched at the start.
    matching: u64,
    removed: u64,
    batches: u64,
}

impl Work {
    async fn preview(&mut self, link: &mut Link) -> Result<Outcome, Trouble> {
        let sample: Vec<Value> = match &self.plan.sample {
            Some(sql) => link
                .rows(sql, &self.plan.values)
                .await?
                .iter()
                .take(SAMPLE)
                .filter_map(|row| row.first().map(Cell::plain))
                .collect(),
            None => Vec::new(),
        };
        let (rows, table) = (self.matching, self.table.shown());
        let text = Text::new(
            format!("{rows} rows of {table} would be removed"),
            format!("سيُحذف {rows} من صفوف الجدول {}", apart(&table)),
        );
        let mut outcome = self.complete(Outcome::success(text), true);
        if let Some(Value::Object(result)) = &mut outcome.result {
            result.insert("sampleKeys".to_owned(), sample.into());
        }
        Ok(outcome)
    }

    async fn remove(
        &mut self,
        link: &mut Link,
        context: &Context,
        parameters: &Parameters,
    ) -> Outcome {
        let goal = self.matching.min(parameters.row_limit);
        let pause = Duration::from_millis(parameters.pause_ms);
        while self.removed < goal {
            let size = parameters.batch_size.min(goal - self.removed);
            let sql = self.plan.delete(size);
            let batch = link.execute(&sql, &self.plan.values);
            tokio::pin!(batch);
            let (done, stop) = tokio::select! {
                done = &mut batch => (Some(done), None),
                reason = context.cancel.stopped() => {
                    (tokio::time::timeout(LAST_BATCH, &mut batch).await.ok(), Some(reason))
                }
            };
            match done {
                Some(Ok(count)) => {
                    self.removed += count;
                    self.batches += 1;
                    if count == 0 {
                        // Others removed or changed the rest.
                        break;
                    }
                }
                Some(Err(error)) => return self.complete(Trouble::from(error).outcome(), false),
                None => context.log.warn(
                    "the last batch was given up; its rows may be removed and are not counted",
                ),
            }
            if let Some(reason) = stop {
                return self.complete(Outcome::stopped(reason), false);
            }
            self.report(context, goal);
            if !pause.is_zero() && self.removed < goal {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    reason = context.cancel.stopped() => {
                        return self.complete(Outcome::stopped(reason), false);
                    }
                }
            }
        }
        self.finish(parameters.row_limit)
    }

    fn report(&self, context: &Context, goal: u64) {
        let percent = u8::try_from(self.removed.saturating_mul(100) / goal.max(1)).unwrap_or(100);
        let note = format!("{} of {goal} rows removed", self.removed);
        context.progress.set(percent, Some(&note));
        context.log.debug(note);
    }

    fn finish(&self, limit: u64) -> Outcome {
        let (rows, table) = (self.removed, self.table.shown());
        let text = Text::new(
            format!("{rows} rows of {table} removed"),
            format!("حُذف {rows} من صفوف الجدول {}", apart(&table)),
        );
        if self.matching <= limit {
            return self.complete(Outcome::success(text), false);
        }
        let mut outcome = Outcome {
            summary: Some(text),
            ..Outcome::of(Status::Partial)
        };
        outcome.warnings.push(format!(
            "the limit of {limit} rows was reached; {} matching rows stay",
            self.matching.saturating_sub(self.removed)
        ));
        self.complete(outcome, false)
    }

    fn complete(&self, mut outcome: Outcome, dry_run: bool) -> Outcome {
        outcome.records_processed = i64::try_from(self.matching).ok();
        outcome.records_affected = i64::try_from(self.removed).ok();
        outcome.with_result(json!({
            "table": self.table.shown(),
            "dryRun": dry_run,
            "matching": self.matching,
            "deleted": self.removed,
            "batches": self.batches,
            "before": self.plan.cutoff.map(|cutoff| cutoff.to_string()),
        }))
    }
}

//! `maintenance`: lets a database tidy up after itself.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::database::{self, Cell, Link, Trouble, table_name, with_connection};
use crate::form::{Field, Form};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Failure, Outcome, Status};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::Text;

mod plan;

use plan::{Step, steps};

/// What `maintenance` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    connection: String,
    operations: Vec<Operation>,
    #[serde(default)]
    tables: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Vacuum,
    Analyze,
    Reindex,
    Optimize,
}

/// The function.
pub(crate) struct Maintenance {
    info: TaskInfo,
    schema: Schema,
}

impl Maintenance {
    pub(crate) fn new() -> Self {
        let schema = form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "maintenance".to_owned(),
                name: Text::fixed("Database maintenance", "صيانة قاعدة البيانات"),
                description: Text::fixed(
                    "Gives back space, renews the statistics by which a database plans its work, and rebuilds indexes.",
                    "يستعيد المساحة الضائعة ويجدّد الإحصاءات التي تخطط بها قاعدة البيانات عملها ويعيد بناء الفهارس.",
                ),
                category: Category::Maintenance,
                icon: "wrench".to_owned(),
                schema,
                default_delivery: Delivery::AtLeastOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({ "connection": "shop", "operations": ["optimize"] }),
            },
        }
    }

    async fn execute(context: &Context, parameters: &Parameters) -> Result<Outcome, Trouble> {
        let settings = database::settings(context, &parameters.connection).await?;
        if settings.read_only {
            return Err(Trouble::refused(
                "the connection is read-only, so nothing can be maintained through it",
            ));
        }
        let mut link = settings.open(&context.policy).await?;
        let mut tables = Vec::new();
        if parameters.tables.is_empty() {
            tables = database::list_tables(&mut link, &settings).await?;
        }
        for name in &parameters.tables {
            tables.push(database::find_table(&mut link, &settings, name).await?);
        }
        let steps = steps(link.dialect(), &parameters.operations, &tables);
        if steps.is_empty() {
            return Err(Trouble::refused("there is no table to maintain"));
        }
        let mut done = Vec::new();
        let mut errors = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let percent = u8::try_from(index * 100 / steps.len()).unwrap_or(100);
            context.progress.set(percent, Some(&step.shown));
            let ended = tokio::select! {
                ended = carry_out(&mut link, step) => ended,
                reason = context.cancel.stopped() => {
                    return Ok(complete(Outcome::stopped(reason), &steps, done, errors));
                }
            };
            match ended {
                Ok(()) => {
                    context.log.info(format!("{}: done", step.shown));
                    done.push(step.shown.clone());
                }
                Err(trouble) => {
                    let message = format!("{}: {}", step.shown, trouble.message);
                    context.log.error(message.as_str());
                    errors.push(message);
                    if trouble.cause == Cause::Network {
                        break;
                    }
                }
            }
        }
        context.progress.set(100, None);
        let text = format!("{} of {} steps done", done.len(), steps.len());
        let outcome = match errors.first() {
            None => Outcome::success(text),
            Some(_) if !done.is_empty() => Outcome {
                summary: Some(text),
                ..Outcome::of(Status::Partial)
            },
            Some(first) => Outcome {
                summary: Some(text),
                failure: Some(Failure {
                    message: first.clone(),
                    cause: Cause::Other,
                    detail: None,
                }),
                retryable: true,
                ..Outcome::of(Status::Failed)
            },
        };
        link.close().await;
        Ok(complete(outcome, &steps, done, errors))
    }
}

#[async_trait]
impl TaskFunction for Maintenance {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _policy: &Policy) -> Result<(), Vec<ParameterError>> {
        self.schema.read::<Parameters>(parameters).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match self.schema.read(parameters) {
            Ok(parameters) => Box::pin(Self::execute(context, &parameters))
                .await
                .unwrap_or_else(Trouble::outcome),
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

async fn carry_out(link: &mut Link, step: &Step) -> Result<(), Trouble> {
    if !step.answers {
        link.execute(&step.sql, &[]).await?;
        return Ok(());
    }
    // MySQL does not fail when it fails; it says so in a row.
    for row in link.rows(&step.sql, &[]).await? {
        if let [_, _, Cell::Text(kind), Cell::Text(message), ..] = row.as_slice()
            && kind.eq_ignore_ascii_case("error")
        {
            return Err(Trouble {
                cause: Cause::Other,
                message: format!("the database says: {}", crate::text_of(message.as_bytes())),
            });
        }
    }
    Ok(())
}

fn complete(
    mut outcome: Outcome,
    steps: &[Step],
    done: Vec<String>,
    errors: Vec<String>,
) -> Outcome {
    outcome.records_processed = i64::try_from(steps.len()).ok();
    outcome.records_affected = i64::try_from(done.len()).ok();
    let outcome = outcome.with_result(json!({ "done": done, "failed": errors }));
    Outcome { errors, ..outcome }
}

fn form() -> Value {
    with_connection(Form::new())
        .required(
            "operations",
            json!({
                "type": "array",
                "items": { "enum": ["vacuum", "analyze", "reindex", "optimize"] },
                "minItems": 1,
                "uniqueItems": true,
            }),
            Field::new(
                Text::fixed("What is done", "ما يُنفَّذ"),
                Text::fixed(
                    "vacuum gives back space, analyze renews statistics, reindex rebuilds indexes, optimize does what the database recommends.",
                    "vacuum يستعيد المساحة، و analyze يجدّد الإحصاءات، و reindex يعيد بناء الفهارس، و optimize ينفّذ ما توصي به قاعدة البيانات.",
                ),
            )
            .ltr(),
        )
        .field(
            "tables",
            json!({ "type": "array", "items": table_name(), "uniqueItems": true, "maxItems": 500 }),
            Field::new(
                Text::fixed("Tables", "الجداول"),
                Text::fixed(
                    "Without a choice, all that the connection opens to jobs.",
                    "دون اختيار تشمل كل ما يتيحه الاتصال للوظائف.",
                ),
            )
            .ltr(),
        )
        .schema()
}

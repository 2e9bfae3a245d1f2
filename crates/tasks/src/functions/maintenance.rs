//! `maintenance`: lets a database tidy up after itself.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::database::{self, Cell, Link, Trouble, table_name, with_optional_connection};
use crate::form::{Field, Form};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Failure, Outcome, Status};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::Text;

mod own;
mod plan;

use plan::{Step, steps};

/// What `maintenance` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    #[serde(default)]
    scope: Scope,
    connection: Option<String>,
    operations: Vec<Operation>,
    #[serde(default)]
    tables: Vec<String>,
    #[serde(default = "a_month")]
    keep_days: u32,
}

const fn a_month() -> u32 {
    30
}

/// What is looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    #[default]
    Connection,
    Orloj,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Vacuum,
    Analyze,
    Reindex,
    Optimize,
    Expired,
    Temporary,
    Caches,
}

impl Operation {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Vacuum => "vacuum",
            Self::Analyze => "analyze",
            Self::Reindex => "reindex",
            Self::Optimize => "optimize",
            Self::Expired => "expired",
            Self::Temporary => "temporary",
            Self::Caches => "caches",
        }
    }

    /// Whether it can be done to a database of others.
    const fn is_for_connections(self) -> bool {
        !matches!(self, Self::Expired | Self::Temporary | Self::Caches)
    }
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
                name: Text::fixed("Maintenance", "الصيانة"),
                description: Text::fixed(
                    "Gives back space, renews the statistics by which a database plans its work, and rebuilds indexes; for Orloj itself it also clears away what has expired.",
                    "يستعيد المساحة الضائعة ويجدّد الإحصاءات التي تخطط بها قاعدة البيانات عملها ويعيد بناء الفهارس؛ وفي Orloj نفسه يزيل أيضًا ما انتهت صلاحيته.",
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
        let connection = match (parameters.scope, &parameters.connection) {
            (Scope::Orloj, _) => {
                return Ok(own::run(context, &parameters.operations, parameters.keep_days).await);
            }
            (Scope::Connection, Some(connection)) => connection,
            (Scope::Connection, None) => return Err(Trouble::refused("a connection is needed")),
        };
        let settings = database::settings(context, connection).await?;
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
        let mut report = Report::new(steps.len());
        for (index, step) in steps.iter().enumerate() {
            let percent = u8::try_from(index * 100 / steps.len()).unwrap_or(100);
            context.progress.set(percent, Some(&step.shown));
            let ended = tokio::select! {
                ended = carry_out(&mut link, step) => ended,
                reason = context.cancel.stopped() => {
                    return Ok(report.complete(Outcome::stopped(reason)));
                }
            };
            match ended {
                Ok(()) => report.done(context, step.shown.clone()),
                Err(trouble) => {
                    report.failed(context, &step.shown, &trouble.message);
                    if trouble.cause == Cause::Network {
                        break;
                    }
                }
            }
        }
        context.progress.set(100, None);
        let outcome = report.outcome();
        link.close().await;
        Ok(report.complete(outcome))
    }

    fn read(&self, parameters: &Value) -> Result<Parameters, Vec<ParameterError>> {
        let parameters: Parameters = self.schema.read(parameters)?;
        if parameters.scope == Scope::Orloj {
            return Ok(parameters);
        }
        let mut errors = Vec::new();
        if parameters.connection.is_none() {
            errors.push(ParameterError::new(
                "/connection",
                "required",
                Text::fixed("is required", "حقل مطلوب"),
            ));
        }
        for (index, operation) in parameters.operations.iter().enumerate() {
            if !operation.is_for_connections() {
                errors.push(ParameterError::new(
                    format!("/operations/{index}"),
                    "scope",
                    own::ONLY_OWN,
                ));
            }
        }
        if errors.is_empty() {
            Ok(parameters)
        } else {
            Err(errors)
        }
    }
}

/// What was done and what was not.
struct Report {
    planned: usize,
    done: Vec<String>,
    errors: Vec<String>,
}

impl Report {
    const fn new(planned: usize) -> Self {
        Self {
            planned,
            done: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn done(&mut self, context: &Context, what: String) {
        context.log.info(format!("{what}: done"));
        self.done.push(what);
    }

    fn failed(&mut self, context: &Context, what: &str, why: &str) {
        let message = format!("{what}: {why}");
        context.log.error(message.as_str());
        self.errors.push(message);
    }

    fn outcome(&self) -> Outcome {
        let (done, planned) = (self.done.len(), self.planned);
        let text = Text::new(
            format!("{done} of {planned} steps done"),
            format!("أُنجز {done} من أصل {planned} من الخطوات"),
        );
        match self.errors.first() {
            None => Outcome::success(text),
            Some(_) if !self.done.is_empty() => Outcome {
                summary: Some(text),
                ..Outcome::of(Status::Partial)
            },
            Some(first) => Outcome {
                summary: Some(text),
                failure: Some(Failure {
                    message: first.as_str().into(),
                    cause: Cause::Other,
                    detail: None,
                }),
                retryable: true,
                ..Outcome::of(Status::Failed)
            },
        }
    }

    fn complete(self, mut outcome: Outcome) -> Outcome {
        outcome.records_processed = i64::try_from(self.planned).ok();
        outcome.records_affected = i64::try_from(self.done.len()).ok();
        let outcome = outcome.with_result(json!({ "done": self.done, "failed": self.errors }));
        Outcome {
            errors: self.errors,
            ..outcome
        }
    }
}

#[async_trait]
impl TaskFunction for Maintenance {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _policy: &Policy) -> Result<(), Vec<ParameterError>> {
        self.read(parameters).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match self.read(parameters) {
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

fn form() -> Value {
    let form = Form::new().field(
        "scope",
        json!({ "enum": ["connection", "orloj"], "default": "connection" }),
        Field::new(
            Text::fixed("What is looked after", "موضوع الصيانة"),
            Text::fixed(
                "connection: the database of a connection; orloj: Orloj's own data (administrators' jobs only).",
                "connection: قاعدة بيانات أحد الاتصالات؛ orloj: بيانات Orloj نفسه (لمهام المديرين فقط).",
            ),
        )
        .ltr(),
    );
    with_optional_connection(form)
        .required(
            "operations",
            json!({
                "type": "array",
                "items": { "enum": ["vacuum", "analyze", "reindex", "optimize", "expired", "temporary", "caches"] },
                "minItems": 1,
                "uniqueItems": true,
            }),
            Field::new(
                Text::fixed("What is done", "ما يُنفَّذ"),
                Text::fixed(
                    "vacuum gives back space, analyze renews statistics, reindex rebuilds indexes, optimize does what the database recommends. For orloj also: expired clears away old sessions and tokens, temporary what dead runs left behind, caches memory and write-ahead log.",
                    "vacuum يستعيد المساحة، و analyze يجدّد الإحصاءات، و reindex يعيد بناء الفهارس، و optimize ينفّذ ما توصي به قاعدة البيانات. وفي orloj أيضًا: expired يزيل الجلسات والرموز القديمة، و temporary ما خلّفته عمليات توقفت، و caches الذاكرة المؤقتة وسجل الكتابة.",
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
                    "دون اختيار تشمل كل ما يتيحه الاتصال للمهام.",
                ),
            )
            .ltr(),
        )
        .field(
            "keepDays",
            json!({ "type": "integer", "minimum": 1, "maximum": 3_650, "default": 30 }),
            Field::new(
                Text::fixed("Days kept", "أيام الاحتفاظ"),
                Text::fixed(
                    "For orloj: sessions not used for so long, tokens expired or revoked so long ago, and files so old go away.",
                    "في orloj: تُزال الجلسات غير المستخدمة منذ هذه المدة والرموز المنتهية أو الملغاة قبلها والملفات الأقدم منها.",
                ),
            ),
        )
        .schema()
}

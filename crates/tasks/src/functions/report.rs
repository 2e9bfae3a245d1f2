//! `report`: what happened in a range of time, as pages for people or data for programs.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::context::Context;
use crate::database::Trouble;
use crate::deposit::{Deposit, Pen};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::functions::email;
use crate::outcome::{Cause, Outcome, Status};
use crate::paper::{Paper, html, pdf};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::statistics::{Statistics, StatisticsRequest, Subject};
use crate::text::{Text, apart};

mod content;
mod parameters;
mod query;
mod range;
mod words;

use parameters::{Format, Kind, Parameters};
use range::Span;

/// Data up to so many bytes stand in the run's result too.
const MAX_INLINE: usize = 32 * 1024;

/// The function.
pub(crate) struct Report {
    info: TaskInfo,
    schema: Schema,
}

impl Report {
    pub(crate) fn new() -> Self {
        let schema = parameters::form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "report".to_owned(),
                name: Text::fixed("Report", "تقرير"),
                description: Text::fixed(
                    "Tells what happened in a range of time: what people did, how jobs fared, how the scheduler is, or the answer to a question in SQL; as HTML or PDF with charts, or as JSON, kept with the run and mailed.",
                    "يلخّص ما جرى خلال مدى زمني: نشاط المستخدمين أو حال المهام أو المجدول أو نتيجة استعلام SQL؛ بصيغة HTML أو PDF مع رسوم بيانية أو بصيغة JSON، ويُحفظ مع عملية التنفيذ ويُرسل بالبريد.",
                ),
                category: Category::Data,
                icon: "chart-column".to_owned(),
                schema,
                default_delivery: Delivery::AtLeastOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({
                    "kind": "jobs",
                    "range": "last_7d",
                    "timezone": "Africa/Cairo",
                    "format": "pdf",
                    "language": "ar",
                }),
            },
        }
    }

    async fn execute(context: &Context, parameters: &Parameters) -> Result<Outcome, Trouble> {
        let span = parameters
            .span(context.scheduled_at)
            .map_err(|(name, text)| Trouble::refused(format!("{name} {text}")))?;
        context.progress.set(5, None);
        let findings = tokio::select! {
            found = Findings::of(context, parameters, &span) => found?,
            reason = context.cancel.stopped() => return Ok(Outcome::stopped(reason)),
        };
        context.progress.set(50, None);
        let data = findings.data();
        let title = parameters
            .title
            .clone()
            .unwrap_or_else(|| parameters.language.pick(&words::title(parameters.kind)));
        let bytes = match parameters.format {
            Format::Json => document(context, parameters, &span, &title, &data),
            Format::Html | Format::Pdf => {
                let paper = paper(context, parameters, &span, title.clone(), &findings)?;
                draw(parameters.format, paper).await?
            }
        };
        context.progress.set(80, None);
        let base = parameters
            .file_name
            .clone()
            .unwrap_or_else(|| format!("report-{}", parameters.kind.as_str()));
        let deposit = Deposit::open(
            context,
            "reports",
            parameters.wanted(),
            &base,
            parameters.format.ending(),
        )
        .await?;
        let pen = Pen::begin(&deposit.unfinished(), false, None)?;
        pen.write(bytes.clone()).await;
        let written = pen.finish().await?;
        let stored = deposit.finish(context, written, false, None).await?;
        let (kind, name) = (parameters.kind.as_str(), &stored.name);
        let text = Text::new(
            format!("report {kind} written to {name}"),
            format!("كُتب التقرير {} في {}", apart(kind), apart(name)),
        );
        context.log.info(text.en.as_ref());
        let (from, until) = (span.from.to_string(), span.until.to_string());
        let mut result = json!({
            "kind": parameters.kind.as_str(),
            "range": parameters.range.as_str(),
            "from": from,
            "until": until,
            "format": parameters.format.as_str(),
            "file": stored.result(),
            "summary": findings.summary(),
        });
        if data.to_string().len() <= MAX_INLINE {
            result["data"] = data;
        }
        let mut outcome = Outcome::success(text);
        if let Some(mailed) = mail(context, parameters, &title, &stored.name, &bytes).await {
            result["mail"] = mailed.result.unwrap_or(Value::Null);
            outcome = judged(outcome, mailed.status, mailed.errors);
        }
        outcome.records_processed = Some(findings.records());
        outcome.records_affected = Some(0);
        context.progress.set(100, None);
        Ok(outcome.with_result(result))
    }
}

/// A report that was made counts as made in part when not everybody got it.
fn judged(mut outcome: Outcome, mailed: Status, errors: Vec<String>) -> Outcome {
    if mailed != Status::Success {
        outcome.status = match mailed {
            Status::Cancelled | Status::Timeout => mailed,
            _ => Status::Partial,
        };
        outcome.errors = errors;
    }
    outcome
}

#[async_trait]
impl TaskFunction for Report {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, policy: &Policy) -> Result<(), Vec<ParameterError>> {
        parameters::read(&self.schema, parameters, policy).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match parameters::read(&self.schema, parameters, &context.policy) {
            Ok(parameters) => Box::pin(Self::execute(context, &parameters))
                .await
                .unwrap_or_else(|trouble| trouble.outcome_of(context)),
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

/// What a report is about, before it has a form.
enum Findings {
    Counted(Box<Statistics>),
    Answered(crate::database::Answer),
}

impl Findings {
    async fn of(context: &Context, parameters: &Parameters, span: &Span) -> Result<Self, Trouble> {
        let subject = match parameters.kind {
            Kind::Query => return Ok(Self::Answered(query::ask(context, parameters).await?)),
            Kind::UserActivity => Subject::UserActivity,
            Kind::System => Subject::System,
            Kind::Jobs => Subject::Jobs,
        };
        let request = StatisticsRequest {
            subject,
            from: span.from,
            until: span.until,
            zone: span.zone.clone(),
        };
        context
            .services
            .statistics(&request)
            .await
            .map(|found| Self::Counted(Box::new(found)))
            .map_err(Trouble::refused)
    }

    /// For programs.
    fn data(&self) -> Value {
        match self {
            Self::Counted(statistics) => json!(statistics),
            Self::Answered(answer) => query::data(answer),
        }
    }

    /// The few numbers that matter most.
    fn summary(&self) -> Value {
        match self {
            Self::Counted(statistics) => match statistics.as_ref() {
                Statistics::UserActivity(activity) => json!({
                    "totalUsers": activity.total_users,
                    "activeUsers": activity.active_users,
                    "activityRate": activity.activity_rate(),
                }),
                Statistics::System(system) => json!({
                    "totalJobs": system.total_jobs,
                    "finished": system.totals.finished(),
                    "successRate": system.totals.success_rate(),
                }),
                Statistics::Jobs(jobs) => json!({
                    "totalJobs": jobs.total_jobs,
                    "finished": jobs.totals.finished(),
                    "successRate": jobs.totals.success_rate(),
                }),
            },
            Self::Answered(answer) => {
                json!({ "rows": answer.rows.len(), "truncated": answer.is_cut })
            }
        }
    }

    fn records(&self) -> i64 {
        let count = match self {
            Self::Counted(statistics) => match statistics.as_ref() {
                Statistics::UserActivity(activity) => activity.users.len(),
                Statistics::System(system) => system.days.len(),
                Statistics::Jobs(jobs) => jobs.jobs.len(),
            },
            Self::Answered(answer) => answer.rows.len(),
        };
        i64::try_from(count).unwrap_or(i64::MAX)
    }
}

/// The file for programs.
fn document(
    context: &Context,
    parameters: &Parameters,
    span: &Span,
    title: &str,
    data: &Value,
) -> Vec<u8> {
    let document = json!({
        "title": title,
        "kind": parameters.kind.as_str(),
        "from": span.from.to_string(),
        "until": span.until.to_string(),
        "timezone": span.zone.iana_name().unwrap_or("UTC"),
        "dueAt": context.scheduled_at.to_string(),
        "jobId": context.job_id,
        "executionId": context.execution_id,
        "data": data,
    });
    let mut bytes = format!("{document:#}").into_bytes();
    bytes.push(b'\n');
    bytes
}

/// The pages for people.
fn paper(
    context: &Context,
    parameters: &Parameters,
    span: &Span,
    title: String,
    findings: &Findings,
) -> Result<Paper, Trouble> {
    let language = parameters.language;
    let (from, until) = span.shown();
    let zone = span.zone.iana_name().unwrap_or("UTC");
    let mut about = vec![language.pick(&words::origin(
        &context.job_name,
        &span.local(context.scheduled_at),
    ))];
    let blocks = match findings {
        Findings::Counted(statistics) => {
            about.insert(0, language.pick(&words::range(&from, &until, zone)));
            content::blocks(statistics, parameters, span)
        }
        Findings::Answered(answer) => query::blocks(answer, parameters)?,
    };
    Ok(Paper {
        language,
        title,
        about,
        blocks,
    })
}

/// Draws on a thread of its own: a long table takes a while.
async fn draw(format: Format, paper: Paper) -> Result<Vec<u8>, Trouble> {
    tokio::task::spawn_blocking(move || match format {
        Format::Pdf => pdf(&paper),
        _ => Ok(html(&paper).into_bytes()),
    })
    .await
    .map_err(|error| Trouble::internal(format!("the pages were not drawn: {error}")))?
    .map_err(Trouble::internal)
}

/// Sends the file to the recipients, if there are any.
async fn mail(
    context: &Context,
    parameters: &Parameters,
    title: &str,
    name: &str,
    bytes: &[u8],
) -> Option<Outcome> {
    let connection = parameters.mail_connection.as_ref()?;
    if parameters.recipients.is_empty() {
        return None;
    }
    let text = parameters.language.pick(&words::mail(title, name));
    let letter = json!({
        "connection": connection,
        "recipients": parameters.recipients,
        "subject": title,
        "text": text,
        "templates": false,
        "attachments": [{
            "filename": name,
            "contentType": parameters.format.content_type(),
            "base64": STANDARD.encode(bytes),
        }],
    });
    Some(email::send(context, &letter).await)
}

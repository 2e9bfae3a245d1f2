//! `server_health_check`: are servers reachable, fast enough, and is their
//! certificate good for a while?

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::context::Context;
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outbound::{AddressRules, TlsSettings};
use crate::outcome::{Cause, Outcome, Status};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::Text;

mod certificate;
mod form;
mod parameters;
mod probe;

use parameters::{FailWhen, Parameters, Target};
use probe::{Finding, Probe, Problem};

/// Servers that are looked at at the same time.
const AT_ONCE: usize = 8;
/// Pause before a server that did not answer is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// The function.
pub(crate) struct ServerHealthCheck {
    info: TaskInfo,
    schema: Schema,
    tls: Arc<TlsSettings>,
}

impl ServerHealthCheck {
    pub(crate) fn new(tls: Arc<TlsSettings>) -> Self {
        let schema = form::schema();
        Self {
            schema: Schema::compile(&schema),
            tls,
            info: TaskInfo {
                key: "server_health_check".to_owned(),
                name: Text::fixed("Server health check", "فحص سلامة الخوادم"),
                description: Text::fixed(
                    "Looks whether servers can be reached: a TCP connection, an HTTP status with its latency, and how long a certificate is still valid.",
                    "يتحقق من إمكانية الوصول إلى الخوادم: اتصال TCP، وحالة HTTP وزمن الاستجابة، ومدة صلاحية الشهادة المتبقية.",
                ),
                category: Category::Monitoring,
                icon: "heart-pulse".to_owned(),
                schema,
                default_delivery: Delivery::AtLeastOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({
                    "targets": [
                        { "name": "Web site", "url": "https://example.com/health" },
                        { "name": "Database", "host": "db.example.com", "port": 5432 },
                        { "name": "Mail", "host": "mail.example.com", "port": 465, "tls": true },
                    ],
                    "timeoutSeconds": 10,
                    "warnLatencyMs": 1500,
                    "certificateWarnDays": 14,
                }),
            },
        }
    }

    async fn execute(&self, context: &Context, parameters: &Parameters) -> Outcome {
        let targets = match self.targets(context, parameters).await {
            Ok(targets) => targets,
            Err(message) => return Outcome::failed(Cause::InvalidParameters, message),
        };
        let probe = Probe {
            rules: AddressRules::new(&context.policy),
            tls: &self.tls,
            timeout: Duration::from_secs(u64::from(parameters.timeout_seconds)),
            verify_tls: parameters.verify_tls,
        };
        let (count, mut done) = (targets.len(), 0_usize);
        let mut findings = Vec::with_capacity(count);
        let mut looking = futures_util::stream::iter(targets)
            .map(|target| look(&probe, target, parameters.attempts))
            .buffered(AT_ONCE);
        loop {
            tokio::select! {
                next = looking.next() => match next {
                    Some(looked) => {
                        done += 1;
                        let percent = u8::try_from(done * 100 / count.max(1)).unwrap_or(100);
                        context.progress.set(percent, Some(looked.target.name()));
                        findings.push(looked);
                    }
                    None => break,
                },
                reason = context.cancel.stopped() => return Outcome::stopped(reason),
            }
        }
        judge(context, parameters, &findings)
    }

    async fn targets(
        &self,
        context: &Context,
        parameters: &Parameters,
    ) -> Result<Vec<Target>, String> {
        let mut targets = parameters.targets.clone();
        if !parameters.server_ids.is_empty() {
            let servers = context.services.servers(&parameters.server_ids).await?;
            for server in servers {
                targets.push(Target::of_server(server)?);
            }
        }
        Ok(targets)
    }
}

#[async_trait]
impl TaskFunction for ServerHealthCheck {
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
            Ok(parameters) => Box::pin(self.execute(context, &parameters)).await,
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

/// A target and what was found.
struct Looked {
    target: Target,
    result: Result<Finding, Problem>,
}

async fn look(probe: &Probe<'_>, target: Target, attempts: u32) -> Looked {
    let mut attempt = 1;
    loop {
        let result = probe.look_at(&target).await;
        let again = attempt < attempts
            && result
                .as_ref()
                .is_err_and(|problem| problem.cause != Cause::InvalidParameters);
        if !again {
            return Looked { target, result };
        }
        tokio::time::sleep(PAUSE).await;
        attempt += 1;
    }
}

fn judge(context: &Context, parameters: &Parameters, looked: &[Looked]) -> Outcome {
    let mut servers = Vec::new();
    let mut warnings = Vec::new();
    let mut errors = Vec::new();
    let mut first_cause = None;
    let mut degraded_count = 0;
    for one in looked {
        let name = one.target.name();
        match &one.result {
            Ok(finding) => {
                let notes = notes(parameters, name, finding);
                let state = if notes.is_empty() { "up" } else { "degraded" };
                degraded_count += usize::from(!notes.is_empty());
                context.log.info(format!("{name}: {}", finding.one_line()));
                notes
                    .iter()
                    .for_each(|note| context.log.warn(note.as_str()));
                warnings.extend(notes);
                servers.push(finding.describe(&one.target, state));
            }
            Err(problem) => {
                let text = format!("{name}: {}", problem.message);
                context.log.error(text.as_str());
                first_cause.get_or_insert(problem.cause);
                errors.push(text);
                servers.push(problem.describe(&one.target));
            }
        }
    }
    let down = errors.len();
    let up = looked.len() - down;
    let total = looked.len();
    let summary = Text::new(
        format!("{up} of {total} servers answered, {degraded_count} with a warning"),
        format!("أجاب {up} من أصل {total} من الخوادم، منها مع تحذير: {degraded_count}"),
    );
    let fails = match parameters.fail_when {
        FailWhen::Any => down > 0,
        FailWhen::All => down > 0 && up == 0,
    };
    let mut outcome = if fails {
        let cause = first_cause.unwrap_or(Cause::Other);
        let mut outcome = Outcome::failed(cause, errors.join("; "));
        outcome.summary = Some(summary);
        outcome.retryable = cause != Cause::InvalidParameters;
        outcome
    } else {
        let status = if errors.is_empty() && warnings.is_empty() {
            Status::Success
        } else {
            Status::Partial
        };
        Outcome {
            status,
            ..Outcome::success(summary)
        }
    };
    outcome.errors = errors;
    outcome.warnings = warnings;
    outcome.records_processed = i64::try_from(looked.len()).ok();
    outcome.with_result(
        json!({ "up": up, "down": down, "degraded": degraded_count, "servers": servers }),
    )
}

/// What deserves a look though the server answered.
fn notes(parameters: &Parameters, name: &str, finding: &Finding) -> Vec<String> {
    let mut notes = Vec::new();
    let latency = finding.latency.as_millis();
    if parameters
        .warn_latency_ms
        .is_some_and(|limit| latency > u128::from(limit))
    {
        notes.push(format!("{name}: the answer took {latency} ms"));
    }
    if let Some(certificate) = &finding.certificate {
        let days = certificate.days_left();
        if days < i64::from(parameters.certificate_warn_days) {
            notes.push(format!("{name}: the certificate ends in {days} days"));
        }
        if !certificate.trusted {
            notes.push(format!("{name}: the certificate is not trusted"));
        }
    }
    notes
}

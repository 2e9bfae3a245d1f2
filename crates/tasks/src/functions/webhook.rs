//! `webhook`: calls a web address and judges the answer.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::context::Context;
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outbound::{AddressRules, TlsSettings};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::template::Filler;
use crate::text::{Text, apart};

mod call;
mod checks;
mod form;
mod parameters;
mod request;

use call::{Answer, CallError, Caller};
use parameters::{Parameters, RetryOn};
use request::Request;

/// Bytes of an unexpected answer that go into the failure's detail.
const DETAIL_BYTES: usize = 2 * 1024;

/// The function.
pub(crate) struct Webhook {
    info: TaskInfo,
    schema: Schema,
    tls: Arc<TlsSettings>,
}

impl Webhook {
    pub(crate) fn new(tls: Arc<TlsSettings>) -> Self {
        let schema = form::schema();
        Self {
            schema: Schema::compile(&schema),
            tls,
            info: TaskInfo {
                key: "webhook".to_owned(),
                name: Text::fixed("Web call", "استدعاء ويب"),
                description: Text::fixed(
                    "Calls a web address with a chosen method, headers and body, repeats it after failures if wanted, and checks the status of the answer. Private addresses are refused unless the administrator opened them.",
                    "يستدعي عنوان ويب بالطريقة والترويسات والمحتوى المختارين، ويعيد المحاولة عند الفشل إن طُلب ذلك، ويتحقق من حالة الرد. العناوين الخاصة مرفوضة ما لم يسمح بها المدير.",
                ),
                category: Category::Http,
                icon: "webhook".to_owned(),
                schema,
                default_delivery: Delivery::AtMostOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({
                    "url": "https://example.com/hooks/nightly",
                    "method": "POST",
                    "headers": { "X-Source": "orloj" },
                    "json": { "job": "{{ job.name }}", "dueAt": "{{ scheduledAt }}" },
                    "expectedStatus": ["200-299"],
                    "timeoutSeconds": 30,
                    "retries": { "count": 3, "initialSeconds": 2, "maxSeconds": 60 },
                }),
            },
        }
    }

    async fn execute(&self, context: &Context, parameters: &Parameters) -> Outcome {
        let filler = Filler::new(&context.template_values(&parameters.params));
        let request = match Request::prepare(parameters, &filler, context) {
            Ok(request) => request,
            Err(message) => return Outcome::failed(Cause::InvalidParameters, message),
        };
        let caller = Caller {
            rules: AddressRules::new(&context.policy),
            tls: &self.tls,
            verify_tls: parameters.verify_tls,
            follow_redirects: parameters.follow_redirects,
            response_cap: parameters.response_cap(&context.policy),
        };
        let attempts = parameters.retries.count + 1;
        let mut attempt = 1;
        loop {
            let result = tokio::select! {
                result = limited(&caller, &request, parameters.timeout()) => result,
                reason = context.cancel.stopped() => return Outcome::stopped(reason),
            };
            report(context, &request, &result, attempt);
            let Some(delay) = parameters.wait_before_next(&result, attempt) else {
                return outcome(parameters, &request, result, attempt);
            };
            context.log.info(format!(
                "attempt {attempt} of {attempts} did not succeed; the next follows in {} s",
                delay.as_secs_f64()
            ));
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                reason = context.cancel.stopped() => return Outcome::stopped(reason),
            }
            attempt += 1;
        }
    }
}

#[async_trait]
impl TaskFunction for Webhook {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, policy: &Policy) -> Result<(), Vec<ParameterError>> {
        checks::read(&self.schema, parameters, policy).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match checks::read(&self.schema, parameters, &context.policy) {
            Ok(parameters) => Box::pin(self.execute(context, &parameters)).await,
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

async fn limited(
    caller: &Caller<'_>,
    request: &Request,
    limit: Duration,
) -> Result<Answer, CallError> {
    tokio::time::timeout(limit, caller.call(request))
        .await
        .unwrap_or_else(|_| {
            Err(CallError {
                cause: Cause::Timeout,
                message: format!("no complete answer within {} s", limit.as_secs_f64()),
            })
        })
}

fn report(context: &Context, request: &Request, result: &Result<Answer, CallError>, attempt: u32) {
    match result {
        Ok(answer) => context.log.info(format!(
            "{} {} answered {} after {} ms (attempt {attempt})",
            request.method,
            request.shown_url(),
            answer.status,
            answer.latency.as_millis(),
        )),
        Err(error) => context.log.warn(format!(
            "{} {} failed: {} (attempt {attempt})",
            request.method,
            request.shown_url(),
            error.message
        )),
    }
}

fn outcome(
    parameters: &Parameters,
    request: &Request,
    result: Result<Answer, CallError>,
    attempts: u32,
) -> Outcome {
    match result {
        Ok(answer) if parameters.expects(answer.status) => {
            let (host, status) = (request.host(), answer.status);
            let latency = answer.latency.as_millis();
            let summary = Text::new(
                format!("{host} answered {status} after {latency} ms"),
                format!(
                    "أجاب {} بالحالة {status} بعد {latency} ملّي ثانية",
                    apart(host)
                ),
            );
            Outcome::success(summary).with_result(answer.describe(attempts))
        }
        Ok(answer) => {
            let status = answer.status;
            let mut outcome = Outcome::failed(
                Cause::HttpStatus(status),
                Text::new(
                    format!(
                        "{} answered with the unexpected status {status}",
                        request.host()
                    ),
                    format!("أجاب {} بحالة غير متوقعة: {status}", apart(request.host())),
                ),
            );
            outcome.retryable = status >= 500 || matches!(status, 408 | 425 | 429);
            let start: String = answer.body.chars().take(DETAIL_BYTES).collect();
            if !start.is_empty() {
                outcome = outcome.with_detail(start);
            }
            outcome.with_result(answer.describe(attempts))
        }
        Err(error) => Outcome::failed(error.cause, error.message).with_result(json!({
            "attempts": attempts,
        })),
    }
}

impl Parameters {
    /// How long to wait before the next attempt; `None` when there is none.
    fn wait_before_next(
        &self,
        result: &Result<Answer, CallError>,
        attempt: u32,
    ) -> Option<Duration> {
        if attempt > self.retries.count {
            return None;
        }
        let wanted = match result {
            Ok(answer) if self.expects(answer.status) => return None,
            Ok(answer) => self.retries.on.iter().any(|on| match on {
                RetryOn::Unexpected => true,
                RetryOn::Status(range) => range.contains(answer.status),
                RetryOn::Network | RetryOn::Timeout => false,
            }),
            Err(error) => match error.cause {
                Cause::Timeout => self.retries.on.contains(&RetryOn::Timeout),
                Cause::Network => self.retries.on.contains(&RetryOn::Network),
                _ => false,
            },
        };
        if !wanted {
            return None;
        }
        let limit = self.retries.max_seconds;
        let doubled =
            self.retries.initial_seconds * 2_f64.powi((attempt - 1).min(30).cast_signed());
        let asked = result
            .as_ref()
            .ok()
            .and_then(|answer| answer.retry_after)
            .unwrap_or(0.0);
        Some(Duration::from_secs_f64(
            doubled.max(asked).clamp(0.0, limit),
        ))
    }
}

//! `email`: sends mail through a mail server that is known as a connection.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::context::Context;
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Failure, Outcome, Status};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::template::Filler;
use crate::text::Text;

mod delivery;
mod form;
mod message;
mod parameters;
mod settings;

use delivery::{Courier, Rejection};
use message::Letter;
use parameters::{Mode, Parameters};
use settings::Settings;

/// The function.
pub(crate) struct Email {
    info: TaskInfo,
    schema: Schema,
}

impl Email {
    pub(crate) fn new() -> Self {
        let schema = form::schema();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "email".to_owned(),
                name: Text::fixed("Mail", "بريد إلكتروني"),
                description: Text::fixed(
                    "Sends mail, as text, HTML or both, with attachments, through a mail server of the connections. Each recipient gets a mail of their own unless told otherwise.",
                    "يرسل بريدًا نصيًا أو HTML أو كليهما مع مرفقات عبر خادم بريد من الاتصالات المعرّفة. يصل لكل مستلم بريد مستقل ما لم يُطلب غير ذلك.",
                ),
                category: Category::Messaging,
                icon: "mail".to_owned(),
                schema,
                default_delivery: Delivery::AtMostOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({
                    "connection": "office-mail",
                    "recipients": ["Ann Example <ann@example.com>", "ops@example.com"],
                    "subject": "{{ job.name }}: nightly report",
                    "text": "The report that was due at {{ scheduledAt }} is ready.\n",
                    "priority": "normal",
                }),
            },
        }
    }

    async fn execute(context: &Context, parameters: &Parameters) -> Outcome {
        let settings = match context.services.connection(&parameters.connection).await {
            Ok(value) => match Settings::read(value) {
                Ok(settings) => settings,
                Err(message) => return Outcome::failed(Cause::InvalidParameters, message),
            },
            Err(message) => return Outcome::failed(Cause::InvalidParameters, message),
        };
        let values = context.template_values(&parameters.params);
        let letter = Letter::write(
            parameters,
            &settings,
            &Filler::new(&values),
            &Filler::html(&values),
        );
        let letter = match letter {
            Ok(letter) => letter,
            Err(message) => return Outcome::failed(Cause::InvalidParameters, message),
        };
        let limit = Duration::from_secs(u64::from(parameters.timeout_seconds));
        let mut courier = Courier::new(&settings, &context.policy, limit);
        let mut report = Report::default();
        let everybody = letter.recipients().len();
        for group in letter.groups(parameters.mode) {
            let sent = tokio::select! {
                sent = courier.deliver(&letter, &group, context) => sent,
                reason = context.cancel.stopped() => {
                    let mut outcome = Outcome::stopped(reason);
                    // Another attempt would send again what is out already.
                    outcome.retryable = outcome.retryable && report.sent.is_empty();
                    return report.complete(outcome);
                }
            };
            report.note(context, &group, sent);
            let done = report.sent.len() + report.failed.len();
            context.progress.set(
                u8::try_from(done * 100 / everybody.max(1)).unwrap_or(100),
                None,
            );
        }
        courier.say_goodbye().await;
        report.outcome()
    }
}

#[async_trait]
impl TaskFunction for Email {
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
            Ok(parameters) => Box::pin(Self::execute(context, &parameters)).await,
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

/// Whether a text is the address of somebody to whom mail can be sent.
pub(crate) fn is_address(text: &str) -> bool {
    parameters::mailbox(text).is_some()
}

/// Sends mail for another function, whose parameters say what this one's would.
pub(crate) async fn send(context: &Context, letter: &Value) -> Outcome {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| Schema::compile(&form::schema()));
    match parameters::read(schema, letter) {
        Ok(parameters) => Box::pin(Email::execute(context, &parameters)).await,
        Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
    }
}

/// Opens a conversation with the mail server of these settings, proves who asks, and ends it.
///
/// # Errors
/// A sentence with what does not work.
pub(crate) async fn try_mail_server(
    settings: Value,
    policy: &Policy,
    limit: Duration,
) -> Result<(), String> {
    let settings = Settings::read(settings)?;
    let mut courier = Courier::new(&settings, policy, limit);
    let opened = courier.open().await;
    courier.say_goodbye().await;
    opened.map_err(|rejection| rejection.message)
}

/// Who got the mail and who did not.
#[derive(Debug, Default)]
struct Report {
    sent: Vec<String>,
    failed: Vec<(String, Rejection)>,
}

impl Report {
    fn note(&mut self, context: &Context, group: &[String], sent: Result<(), Rejection>) {
        for address in group {
            match &sent {
                Ok(()) => {
                    context.log.info(format!("sent to {address}"));
                    self.sent.push(address.clone());
                }
                Err(rejection) => {
                    context
                        .log
                        .error(format!("not sent to {address}: {}", rejection.message));
                    self.failed.push((address.clone(), rejection.clone()));
                }
            }
        }
    }

    fn outcome(self) -> Outcome {
        let (sent, failed) = (self.sent.len(), self.failed.len());
        let total = sent + failed;
        let summary = Text::new(
            format!("sent to {sent} of {total} recipients"),
            format!("أُرسلت إلى {sent} من أصل {total} من المستلمين"),
        );
        let outcome = match self.failed.first() {
            None => Outcome::success(summary),
            // Another attempt would send again what is out already.
            Some(_) if sent > 0 => Outcome {
                summary: Some(summary),
                ..Outcome::of(Status::Partial)
            },
            Some((_, first)) => Outcome {
                summary: Some(summary),
                failure: Some(Failure {
                    message: first.message.as_str().into(),
                    cause: first.cause,
                    detail: None,
                }),
                retryable: self.failed.iter().any(|(_, one)| one.passing),
                ..Outcome::of(Status::Failed)
            },
        };
        self.complete(outcome)
    }

    fn complete(self, mut outcome: Outcome) -> Outcome {
        outcome.records_processed = i64::try_from(self.sent.len() + self.failed.len()).ok();
        outcome.records_affected = i64::try_from(self.sent.len()).ok();
        outcome.errors = self
            .failed
            .iter()
            .map(|(address, rejection)| format!("{address}: {}", rejection.message))
            .collect();
        let failed: Vec<Value> = self
            .failed
            .iter()
            .map(|(address, rejection)| json!({ "address": address, "reason": rejection.message }))
            .collect();
        outcome.with_result(json!({ "sent": self.sent, "failed": failed }))
    }
}

impl Letter {
    /// Who gets a mail together with whom.
    fn groups(&self, mode: Mode) -> Vec<Vec<String>> {
        let everybody = self.recipients();
        match mode {
            Mode::Separate => everybody.into_iter().map(|one| vec![one]).collect(),
            Mode::Together => vec![everybody],
        }
    }
}

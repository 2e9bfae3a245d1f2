//! Brings one notification to one channel, with the task functions that send mail and call web addresses: what holds
//! for jobs (private addresses, connections, secrets) holds here, and there is one way to send.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use orloj_tasks::{Cancel, CancelReason, Canceller, Context, LogSink, Outcome, Progress, Status};
use serde_json::{Value, json};
use sha2::Sha256;

use super::discretion::Discretion;
use super::services::RunServices;
use crate::clock::timestamp;
use crate::engine::Inner;
use crate::model::{Channel, ChannelKind};
use crate::operations::artifacts::Keeping;
use crate::rules::notify_text::{self, Message};

/// A try that takes longer is given up.
const LIMIT_US: i64 = 60_000_000;
/// Longest text kept of what came back.
const MAX_MESSAGE: usize = 1_000;

/// How a try ended.
#[derive(Debug)]
pub(crate) struct Sent {
    pub works: bool,
    pub message: String,
    /// Whether another try can end otherwise.
    pub retryable: bool,
}

impl Sent {
    fn refused(message: String) -> Self {
        Self {
            works: false,
            message,
            retryable: false,
        }
    }
}

/// The task function that sends through a channel of this kind, and what it is told. `body` is what programs get.
pub(crate) fn parameters(
    kind: ChannelKind,
    settings: &Value,
    message: &Message,
    body: &Value,
    recipients: Option<&[String]>,
) -> (&'static str, Value) {
    match kind {
        ChannelKind::Mail => {
            let mut parameters = json!({
                "subject": message.subject,
                "text": message.text,
                "html": message.html,
                "templates": false,
            });
            for name in ["connection", "recipients", "replyTo"] {
                if !settings[name].is_null() {
                    parameters[name] = settings[name].clone();
                }
            }
            if let Some(recipients) = recipients {
                parameters["recipients"] = json!(recipients);
            }
            ("email", parameters)
        }
        ChannelKind::Webhook | ChannelKind::Slack => {
            let mut parameters = json!({
                "method": "POST",
                "body": body.to_string(),
                "headers": { "content-type": "application/json" },
                "templates": false,
            });
            if !settings["url"].is_null() {
                parameters["url"] = settings["url"].clone();
            }
            ("webhook", parameters)
        }
    }
}

/// Sends what a payload says. `uuid` is the same in every try.
pub(crate) async fn send(
    engine: &Arc<Inner>,
    channel: &Channel,
    uuid: &str,
    attempt: i64,
    payload: &Value,
    recipients: Option<&[String]>,
) -> Sent {
    let mut payload = payload.clone();
    payload["channel"] = json!(channel.name);
    let public_url = engine.config.public_url.as_deref();
    let values = notify_text::values(&payload, channel.language, public_url);
    let message = match notify_text::message(&values, channel.language, channel.template.as_ref()) {
        Ok(message) => message,
        Err(reason) => return Sent::refused(reason),
    };
    let discretion = Discretion::new();
    let filled = discretion.fill_in(engine, channel.owner_id, &channel.settings);
    let settings = match filled.await {
        Ok(Some(filled)) => filled,
        Ok(None) => channel.settings.clone(),
        Err(outcome) => return judged(&discretion, outcome),
    };
    let body = match channel.kind {
        ChannelKind::Slack => notify_text::slack(&message, &values),
        ChannelKind::Mail | ChannelKind::Webhook => {
            let mut body = values.clone();
            body["id"] = json!(uuid);
            body["title"] = json!(message.subject);
            body["text"] = json!(message.text);
            body
        }
    };
    let (key, mut parameters) = parameters(channel.kind, &settings, &message, &body, recipients);
    if channel.kind == ChannelKind::Webhook {
        let seconds = engine.clock.now_us() / 1_000_000;
        let text = parameters["body"].as_str().unwrap_or_default();
        let secret = settings["secret"].as_str();
        let headers = signed_headers(uuid, seconds, text, secret);
        for (name, value) in headers {
            parameters["headers"][name] = Value::String(value);
        }
    }
    let Some(function) = engine.catalogue.get(key).map(Arc::clone) else {
        return Sent::refused(format!("the task function `{key}` is not installed"));
    };
    let canceller = Canceller::new();
    let context = context(
        engine,
        channel,
        uuid,
        attempt,
        &discretion,
        canceller.handle(),
    );
    let outcome = tokio::select! {
        outcome = function.run(&context, &parameters) => outcome,
        () = engine.clock.sleep_us(LIMIT_US) => Outcome::stopped(CancelReason::TimedOut),
    };
    judged(&discretion, outcome)
}

/// Headers by which a receiver recognises a repetition and whom it comes from, as Standard Webhooks have them: the
/// signature is over the id, the second and the body, joined by dots.
fn signed_headers(
    id: &str,
    seconds: i64,
    body: &str,
    secret: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
    ];
    let Some(secret) = secret else {
        return headers;
    };
    // A secret with this beginning is base64, as the standard writes them; any other is taken as it is.
    let key = secret
        .strip_prefix("whsec_")
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .unwrap_or_else(|| secret.as_bytes().to_vec());
    // HMAC takes keys of every length.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) {
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        headers.push(("webhook-signature", format!("v1,{signature}")));
    }
    headers
}

fn judged(discretion: &Discretion, outcome: Outcome) -> Sent {
    let outcome = discretion.outcome(outcome);
    let works = matches!(outcome.status, Status::Success | Status::Partial);
    let mut message = outcome
        .failure
        .as_ref()
        .map(|failure| &failure.message)
        .or(outcome.summary.as_ref())
        .map(|text| text.en.clone().into_owned())
        .unwrap_or_default();
    if !outcome.errors.is_empty() && works {
        message = format!("{message}; {}", outcome.errors.join("; "));
    }
    Sent {
        works,
        message: message.chars().take(MAX_MESSAGE).collect(),
        retryable: outcome.retryable || outcome.status == Status::Timeout,
    }
}

fn context(
    engine: &Arc<Inner>,
    channel: &Channel,
    uuid: &str,
    attempt: i64,
    discretion: &Discretion,
    cancel: Cancel,
) -> Context {
    let keeping = Keeping {
        execution_id: 0,
        owner_id: channel.owner_id,
        days: None,
    };
    Context {
        fence: format!("{uuid}-{attempt}"),
        work_dir: engine.config.work_dir.join(uuid),
        execution_id: uuid.to_owned(),
        attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
        job_id: 0,
        job_name: channel.name.clone(),
        scheduled_at: timestamp(engine.clock.now_us()),
        triggered_by: "schedule",
        // What is worth knowing is in the outcome.
        log: LogSink::new(|_| {}),
        cancel,
        services: Arc::new(RunServices::new(
            engine,
            keeping,
            discretion.hidden().clone(),
        )),
        policy: Arc::clone(&engine.config.policy),
        progress: Progress::ignore(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_standards() {
        // The example of the Standard Webhooks specification's reference libraries.
        let headers = signed_headers(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
            Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        );
        assert_eq!(
            headers[2],
            (
                "webhook-signature",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned()
            )
        );
        assert_eq!(signed_headers("x", 1, "", None).len(), 2);
    }
}

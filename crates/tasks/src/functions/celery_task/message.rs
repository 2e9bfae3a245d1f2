//! A task as Celery's message protocol 2 writes it, in the envelope that brokers
//! without messages of their own (Redis) get.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::parameters::Parameters;
use crate::context::Context;
use crate::database::Trouble;

/// Longest description of arguments, which is for people only.
const MAX_DESCRIPTION: usize = 1_000;

/// A task on its way.
pub(super) struct Message {
    /// The task's own id; each attempt is a task of its own.
    pub(super) id: String,
    /// Where an answer goes when it comes back as a message.
    pub(super) reply_to: String,
    /// What Celery needs to know about the task, without the task itself.
    pub(super) headers: Value,
    /// Arguments, named arguments and links, as JSON.
    pub(super) body: String,
}

impl Message {
    pub(super) fn write(context: &Context, parameters: &Parameters) -> Result<Self, Trouble> {
        let id = random_id();
        let expires = match parameters.expires_seconds {
            Some(seconds) => Some(
                context
                    .scheduled_at
                    .checked_add(jiff::SignedDuration::from_secs(i64::from(seconds)))
                    .map_err(|_| Trouble::refused("expiresSeconds is too large"))?
                    .to_string(),
            ),
            None => None,
        };
        let links = json!({ "callbacks": null, "errbacks": null, "chain": null, "chord": null });
        let body = json!([parameters.args, parameters.kwargs, links]).to_string();
        let headers = json!({
            "lang": "py",
            "task": parameters.task,
            "id": id,
            "root_id": id,
            "parent_id": null,
            "group": null,
            "group_index": null,
            "shadow": null,
            "eta": null,
            "expires": expires,
            "retries": 0,
            "timelimit": [null, null],
            "argsrepr": described(&json!(parameters.args)),
            "kwargsrepr": described(&json!(parameters.kwargs)),
            "origin": "orloj",
            "ignore_result": !parameters.wait_for_result,
            "replaced_task_nesting": 0,
            // For whoever looks at the message: which run it comes from.
            "orloj_execution": context.execution_id,
            "orloj_attempt": context.attempt,
        });
        Ok(Self {
            id,
            reply_to: random_id(),
            headers,
            body,
        })
    }

    /// The message with all that goes with it as one text, as Redis keeps it.
    pub(super) fn envelope(&self, queue: &str) -> String {
        json!({
            "body": STANDARD.encode(&self.body),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": self.headers,
            "properties": {
                "correlation_id": self.id,
                "reply_to": self.reply_to,
                "delivery_mode": 2,
                "delivery_info": { "exchange": "", "routing_key": queue },
                "delivery_tag": random_id(),
                "priority": 0,
                "body_encoding": "base64",
            },
        })
        .to_string()
    }
}

fn described(value: &Value) -> String {
    value.to_string().chars().take(MAX_DESCRIPTION).collect()
}

/// A random UUID (version 4).
fn random_id() -> String {
    let bits = (rand::random::<u128>() & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let digits = format!("{bits:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_4() {
        let id = random_id();
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!(["8", "9", "a", "b"].contains(&&id[19..20]), "{id}");
        assert_ne!(id, random_id());
    }
}

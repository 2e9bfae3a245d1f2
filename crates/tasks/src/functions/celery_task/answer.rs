//! What a worker says about a task, whichever way it comes.

use serde::Deserialize;
use serde_json::Value;

use crate::database::Trouble;
use crate::outcome::Cause;

/// Longest answer that is taken, in bytes.
pub(super) const MAX_ANSWER: usize = 1024 * 1024;
/// Words of states after which nothing follows.
const FINAL: [&str; 3] = ["SUCCESS", "FAILURE", "REVOKED"];

/// What is known about a task.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) status: String,
    #[serde(default)]
    pub(super) result: Value,
    #[serde(default)]
    pub(super) traceback: Option<String>,
}

impl Answer {
    /// Reads what a worker wrote.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Trouble> {
        serde_json::from_slice(bytes).map_err(|_| Trouble {
            cause: Cause::Other,
            message: "the task's result is not JSON; the workers must use the serializer json"
                .to_owned(),
        })
    }

    pub(super) fn too_long() -> Trouble {
        Trouble {
            cause: Cause::Other,
            message: "the task's result is larger than 1 MiB".to_owned(),
        }
    }

    pub(super) fn is_final(&self) -> bool {
        FINAL.contains(&self.status.as_str())
    }

    /// How far the task says it is, when it tells `current` and `total`.
    pub(super) fn percent(&self) -> Option<u8> {
        let (current, total) = (
            self.result["current"].as_f64()?,
            self.result["total"].as_f64()?,
        );
        if total <= 0.0 {
            return None;
        }
        let percent = (current * 100.0 / total).clamp(0.0, 100.0);
        format!("{percent:.0}").parse().ok()
    }

    /// The exception in one line.
    pub(super) fn exception(&self) -> String {
        let kind = self.result["exc_type"]
            .as_str()
            .unwrap_or("the task failed");
        let message = match &self.result["exc_message"] {
            Value::String(text) => text.clone(),
            Value::Array(parts) => parts
                .iter()
                .map(|part| {
                    part.as_str()
                        .map_or_else(|| part.to_string(), str::to_owned)
                })
                .collect::<Vec<_>>()
                .join(", "),
            _ => String::new(),
        };
        let text = if message.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}: {message}")
        };
        crate::text_of(text.as_bytes()).chars().take(500).collect()
    }
}

//! What a device can be told to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::file::FileStep;
use super::software::SoftwareStep;

/// One thing to do. A step that the agent does not know makes it refuse the whole order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Step {
    /// Give a text to a shell.
    Command(CommandStep),
    /// Bring software onto the device, or take it away.
    Software(SoftwareStep),
    /// Put a file into a folder, or bring back what was there.
    File(FileStep),
}

/// A text for a shell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandStep {
    /// The text.
    pub command: String,
    /// Name of the shell, one of the device's facts; `None` takes the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// Another shell by system (`linux`, `windows`, `macos`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shells: BTreeMap<String, String>,
    /// Folder to run in; `None` takes a fresh one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Variables beside the few that every command gets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// User to run as; `None` for the agent's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as: Option<String>,
    /// Seconds that it may take.
    pub limit_seconds: u32,
    /// Codes that count as success.
    pub success_codes: Vec<i64>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepResult {
    /// `command`, `software`, `file`.
    pub kind: String,
    /// Whether it went well.
    pub succeeded: bool,
    /// Code with which its program ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// Why, where it did not go well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Milliseconds it took.
    pub duration_ms: u64,
    /// What else there is to say: depends on the kind.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
}

impl Step {
    /// The word for its kind, as policies name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Step::Command(_) => "command",
            Step::Software(_) => "software",
            Step::File(_) => "file",
        }
    }

    /// Seconds that it may take.
    #[must_use]
    pub fn limit_seconds(&self) -> u32 {
        match self {
            Step::Command(step) => step.limit_seconds,
            Step::Software(step) => step.limit_seconds,
            Step::File(step) => step.limit_seconds,
        }
    }
}

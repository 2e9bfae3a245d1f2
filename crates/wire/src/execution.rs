//! Executions and their attempts: the history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::chains::ParentExecution;

/// Where an execution stands. Ids 1-4 are the seeds', 5-10 continue them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusName {
    /// Waits (1).
    Pending,
    /// Runs (2).
    Running,
    /// Ended well (3).
    Success,
    /// Ended badly (4).
    Failed,
    /// Ended by a time limit (5).
    Timeout,
    /// Ended by a person or by `cancel_running` (6).
    Cancelled,
    /// Was due while nothing could run it (7).
    Missed,
    /// A rule said no (8).
    Skipped,
    /// Its process died (9).
    Lost,
    /// Some of it ended well (10).
    Partial,
}

/// What started an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The schedule.
    Schedule,
    /// A person, through the web page or the command line.
    Manual,
    /// A program, through the API.
    Api,
    /// An earlier failure.
    Retry,
    /// Another job's end.
    Dependency,
    /// A person, again.
    Rerun,
}

/// One run of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// Number.
    pub id: i64,
    /// UUID.
    pub execution_id: String,
    /// The job.
    pub job_id: i64,
    /// Name of the job now: English, else Arabic, else its number.
    pub job_name: String,
    /// Arabic name of the job now.
    pub job_name_ar: Option<String>,
    /// Version of the job that ran.
    pub job_version: i64,
    /// Key of the task function that ran.
    pub task_function_key: String,
    /// Owner of the job when it fired.
    pub owner_id: i64,
    /// Name of the owner.
    pub owner_name: String,
    /// The due instant.
    pub scheduled_at: Timestamp,
    /// When its first attempt started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// Run time in milliseconds.
    pub duration_ms: Option<i64>,
    /// Status as a number, 1-10.
    pub status_id: i64,
    /// Status as a word.
    pub status_name: StatusName,
    /// Status in English.
    pub status_name_en: String,
    /// Status in Arabic.
    pub status_name_ar: String,
    /// Why it stands there, where that needs saying.
    pub reason: Option<String>,
    /// What started it.
    pub triggered_by: Trigger,
    /// The user who started it.
    pub triggered_by_id: Option<i64>,
    /// Name of that user, as it is shown.
    pub triggered_by_name: Option<String>,
    /// Executions whose ends started it, for `dependency`.
    #[serde(default)]
    pub parents: Vec<ParentExecution>,
    /// Attempt number, from 1.
    pub attempt: u32,
    /// When the next attempt starts, while waiting for it.
    pub next_attempt_at: Option<Timestamp>,
    /// Instance that ran it.
    pub executor_id: Option<String>,
    /// Host that ran it.
    pub host_name: Option<String>,
    /// Parameters that replaced the job's for this run.
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    pub parameters: Option<Map<String, Value>>,
    /// How far it says it is, 0-100, while running.
    pub progress: Option<u8>,
    /// One line about the outcome.
    pub result_summary: Option<String>,
    /// The same in Arabic; null where that is not another text.
    pub result_summary_ar: Option<String>,
    /// What the task function returned.
    pub result: Option<Value>,
    /// Records looked at.
    pub records_processed: Option<i64>,
    /// Records changed.
    pub records_affected: Option<i64>,
    /// Things worth a look that did not make it fail.
    pub warnings: Vec<String>,
    /// Things that failed.
    pub errors: Vec<String>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// The same in Arabic; null where that is not another text.
    pub error_message_ar: Option<String>,
    /// More about it.
    pub error_traceback: Option<String>,
    /// Lines in its log.
    pub log_lines: i64,
    /// Whether the log was cut because it was too long.
    pub log_truncated: bool,
    /// Files that it made and that are still kept.
    pub artifacts: Vec<Artifact>,
    /// When recorded.
    pub created_at: Timestamp,
}

/// A file that a run made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": 7, "name": "orders_20260302T100000Z_1f3a9c02.csv", "size": 48213, "mediaType": "text/csv; charset=utf-8", "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "createdAt": "2026-03-02T10:00:03Z", "expiresAt": "2026-04-01T10:00:03Z", "href": "/api/v1/scheduler/executions/0195566c-7200-7000-8000-000000000001/artifacts/7"}))]
pub struct Artifact {
    /// Number.
    pub id: i64,
    /// A plain file name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Media type, by the name's ending.
    pub media_type: String,
    /// SHA-256 of the content, as hexadecimal digits.
    pub sha256: String,
    /// When it was kept.
    pub created_at: Timestamp,
    /// When it is removed at the latest, if its execution is not removed before.
    pub expires_at: Option<Timestamp>,
    /// Path of its content.
    pub href: String,
}

/// A page of executions, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionPage {
    /// The executions of this page.
    pub items: Vec<Execution>,
    /// Executions on all pages.
    pub total: u64,
    /// Page number, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per_page: u32,
    /// Number of pages, at least 1.
    pub total_pages: u64,
}

/// A piece of the list of executions, for whoever reads all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionFeed {
    /// The executions, in the order of the list.
    pub items: Vec<Execution>,
    /// The `after` of the next piece; `null` when there is no more.
    pub next: Option<String>,
}

/// One try of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Number, from 1.
    pub number: u32,
    /// Start.
    pub started_at: Option<Timestamp>,
    /// End.
    pub completed_at: Option<Timestamp>,
    /// Status as a number.
    pub status_id: i64,
    /// Status as a word.
    pub status_name: StatusName,
    /// Instance that ran it.
    pub executor_id: Option<String>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// The same in Arabic; null where that is not another text.
    pub error_message_ar: Option<String>,
    /// Word for the cause.
    pub cause: Option<String>,
}

/// A request to cancel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "started by mistake"}))]
pub struct CancelRequest {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// A request to run again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"parameters": {"message": "again"}}))]
pub struct RerunRequest {
    /// Parameters instead of the earlier ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    pub parameters: Option<Map<String, Value>>,
    /// Only on those devices that did not succeed: failed, lost, refused or never reached. For executions that devices
    /// work for; not together with `parameters`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed_devices_only: bool,
}

/// A request to delete old history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"retentionDays": 30}))]
pub struct CleanupRequest {
    /// Executions that ended longer ago than this are deleted. Default 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub retention_days: Option<u32>,
}

/// What was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CleanupResponse {
    /// Number of executions.
    pub deleted_count: u64,
    /// One sentence.
    pub message: String,
}

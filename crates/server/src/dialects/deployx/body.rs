//! What crosses the wire, with the names of DeployX.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeployxTaskType)]
pub(super) enum TaskType {
    Command,
    SoftwareDeployment,
    FileDeployment,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeployxStatus)]
pub(super) enum Status {
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
    Paused,
}

/// How a task comes again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeployxRecurrence)]
pub(super) enum Recurrence {
    #[default]
    Once,
    Daily,
    Weekly,
    Monthly,
    Custom,
}

/// When a recurring task comes again, in UTC.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeployxRecurrenceConfig)]
pub(super) struct RecurrenceConfig {
    /// The same word as `recurrence_type`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Recurrence>,
    /// `HH:MM`, for daily, weekly and monthly; 00:00 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    /// For weekly: 0 is Monday, 6 Sunday; Monday without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) days_of_week: Option<Vec<i64>>,
    /// For monthly: 1 to 31, the 1st without it. Months without the day are passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) day_of_month: Option<i64>,
    /// For custom: five fields; 0 and 7 are Sunday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cron_expression: Option<String>,
    /// No run after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) end_date: Option<String>,
}

/// What a command task does.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeployxCommandPayload)]
pub(super) struct CommandPayload {
    /// One command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<String>,
    /// Several, one after the other; they count instead of the single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commands: Option<Vec<String>>,
    /// Shell of the devices that have it; others take their own.
    #[serde(default = "cmd")]
    #[schema(default = "cmd")]
    pub(super) shell: String,
    /// Kept and answered; it changes nothing.
    #[serde(default = "transactional")]
    #[schema(default = "transactional")]
    pub(super) strategy: String,
    /// Of several commands, those after a failed one are not run.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(super) stop_on_failure: bool,
    /// Kept and answered; it changes nothing.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) config: Map<String, Value>,
}

fn cmd() -> String {
    "cmd".to_owned()
}

fn transactional() -> String {
    "transactional".to_owned()
}

fn yes() -> bool {
    true
}

/// What a software task does.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeployxSoftwarePayload)]
pub(super) struct SoftwarePayload {
    /// Entries of the catalogue.
    #[serde(default)]
    pub(super) software_ids: Vec<i64>,
    #[serde(default)]
    pub(super) deployment_name: Option<String>,
    /// Names of packages beside the catalogue, with commas between them.
    #[serde(default)]
    pub(super) custom_software: Option<String>,
}

/// What a file task does.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeployxFilePayload)]
pub(super) struct FilePayload {
    /// Uploaded files.
    pub(super) file_ids: Vec<i64>,
    /// Full path of a folder.
    pub(super) target_path: String,
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(super) create_path_if_not_exists: bool,
    #[serde(default)]
    pub(super) deployment_name: Option<String>,
}

/// The payloads of a request: the one of the task's type is taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Payloads {
    pub(super) command: Option<CommandPayload>,
    pub(super) software: Option<SoftwarePayload>,
    pub(super) file: Option<FilePayload>,
}

/// A task to be created.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeployxTaskCreate)]
pub(super) struct TaskCreate {
    #[schema(min_length = 1, max_length = 200)]
    pub(super) task_name: String,
    pub(super) task_type: TaskType,
    /// When to run once; a recurring task does not run before. Without an offset it is UTC.
    #[schema(example = "2026-10-26T15:00:00")]
    pub(super) scheduled_time: String,
    #[serde(default)]
    pub(super) recurrence_type: Recurrence,
    #[serde(default)]
    pub(super) recurrence_config: Option<RecurrenceConfig>,
    #[serde(default)]
    pub(super) device_ids: Vec<i64>,
    #[serde(default)]
    pub(super) group_ids: Vec<i64>,
    #[serde(default)]
    pub(super) command_payload: Option<CommandPayload>,
    #[serde(default)]
    pub(super) software_payload: Option<SoftwarePayload>,
    #[serde(default)]
    pub(super) file_payload: Option<FilePayload>,
}

/// What of a task is to be changed.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = DeployxTaskUpdate)]
pub(super) struct TaskUpdate {
    #[schema(min_length = 1, max_length = 200)]
    pub(super) task_name: Option<String>,
    pub(super) scheduled_time: Option<String>,
    pub(super) recurrence_type: Option<Recurrence>,
    pub(super) recurrence_config: Option<RecurrenceConfig>,
    pub(super) status: Option<Status>,
    pub(super) device_ids: Option<Vec<i64>>,
    pub(super) group_ids: Option<Vec<i64>>,
    pub(super) command_payload: Option<CommandPayload>,
    pub(super) software_payload: Option<SoftwarePayload>,
    pub(super) file_payload: Option<FilePayload>,
}

/// A task.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeployxTask)]
pub(super) struct Task {
    pub(super) id: i64,
    pub(super) task_name: String,
    pub(super) task_type: TaskType,
    pub(super) status: Status,
    pub(super) scheduled_time: Timestamp,
    pub(super) recurrence_type: Recurrence,
    pub(super) device_ids: Vec<i64>,
    pub(super) group_ids: Vec<i64>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) last_execution: Option<Timestamp>,
    pub(super) next_execution: Option<Timestamp>,
    pub(super) execution_count: u64,
    pub(super) created_by: i64,
}

/// A task with everything that is known of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeployxTaskDetail)]
pub(super) struct TaskDetail {
    #[serde(flatten)]
    pub(super) task: Task,
    /// As it was given, with its defaults.
    #[schema(value_type = Object)]
    pub(super) payload: Value,
    pub(super) recurrence_config: Option<RecurrenceConfig>,
    pub(super) last_result: Option<ExecutionResult>,
    pub(super) error_message: Option<String>,
    /// The latest ten.
    pub(super) executions: Vec<ExecutionOfTask>,
}

/// What came of an execution.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeployxExecutionResult)]
pub(super) struct ExecutionResult {
    /// Number of the deployment, for `/api/v1/deployments`.
    pub(super) deployment_id: i64,
    /// `command`, `software` or `file`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// In one sentence.
    pub(super) message: Option<String>,
    /// What each device did.
    #[schema(value_type = Option<Object>)]
    pub(super) details: Option<Value>,
}

/// An execution, inside its task.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeployxExecutionOfTask)]
pub(super) struct ExecutionOfTask {
    pub(super) id: i64,
    pub(super) execution_time: Timestamp,
    pub(super) completed_time: Option<Timestamp>,
    pub(super) status: Status,
    pub(super) deployment_id: Option<i64>,
    pub(super) result: Option<ExecutionResult>,
    pub(super) error_message: Option<String>,
}

/// An execution.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeployxExecution)]
pub(super) struct Execution {
    pub(super) task_id: i64,
    #[serde(flatten)]
    pub(super) execution: ExecutionOfTask,
}

/// Numbers over all tasks.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeployxStats)]
pub(super) struct Stats {
    pub(super) total_tasks: usize,
    pub(super) pending_tasks: usize,
    pub(super) running_tasks: usize,
    pub(super) completed_tasks: usize,
    pub(super) failed_tasks: usize,
    /// At most five that are due within seven days, soonest first.
    pub(super) upcoming_tasks: Vec<UpcomingTask>,
}

/// A task that is due soon.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeployxUpcomingTask)]
pub(super) struct UpcomingTask {
    pub(super) id: i64,
    pub(super) task_name: String,
    pub(super) task_type: TaskType,
    pub(super) next_execution: Timestamp,
}

/// That something was done.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeployxDone)]
pub(super) struct Done {
    pub(super) message: String,
}

/// Which tasks are wanted.
#[derive(Clone, Debug, Deserialize, IntoParams)]
pub(super) struct WhichTasks {
    pub(super) task_type: Option<TaskType>,
    pub(super) status: Option<Status>,
    /// Tasks to leave out at the beginning.
    #[param(default = 0)]
    pub(super) skip: Option<u32>,
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub(super) limit: Option<u32>,
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, Deserialize, IntoParams)]
pub(super) struct Span {
    /// Rows to leave out at the beginning.
    #[param(default = 0)]
    pub(super) skip: Option<u32>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub(super) limit: Option<u32>,
}

/// Name and password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeployxLogin)]
pub(super) struct Login {
    /// Name of the user, or the mail address.
    pub(super) username: String,
    pub(super) password: String,
}

/// A bearer token.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = DeployxLoggedIn)]
pub(super) struct LoggedIn {
    /// For the header `Authorization: Bearer …`.
    pub(super) access_token: String,
    /// Always null: log in again.
    pub(super) refresh_token: Option<String>,
    /// Always `bearer`.
    pub(super) token_type: &'static str,
    /// Seconds until the token ends.
    pub(super) expires_in: i64,
    pub(super) user: LoggedInUser,
}

/// Who logged in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeployxUser)]
pub(super) struct LoggedInUser {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) email: Option<String>,
}

impl TaskCreate {
    pub(super) fn payloads(&self) -> Payloads {
        Payloads {
            command: self.command_payload.clone(),
            software: self.software_payload.clone(),
            file: self.file_payload.clone(),
        }
    }
}

impl TaskUpdate {
    pub(super) fn payloads(&self) -> Payloads {
        Payloads {
            command: self.command_payload.clone(),
            software: self.software_payload.clone(),
            file: self.file_payload.clone(),
        }
    }
}

impl TaskType {
    /// All of them.
    pub(super) const ALL: [TaskType; 3] = [
        TaskType::Command,
        TaskType::SoftwareDeployment,
        TaskType::FileDeployment,
    ];

    /// Key of the task function that does it.
    pub(super) fn function(self) -> &'static str {
        match self {
            TaskType::Command => "command",
            TaskType::SoftwareDeployment => "software_deployment",
            TaskType::FileDeployment => "file_deployment",
        }
    }

    /// The type of a task function's jobs.
    pub(super) fn of_function(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.function() == key)
    }

    /// The word in results.
    pub(super) fn short(self) -> &'static str {
        match self {
            TaskType::Command => "command",
            TaskType::SoftwareDeployment => "software",
            TaskType::FileDeployment => "file",
        }
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

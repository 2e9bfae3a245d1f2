//! A task function tried out once, without a job.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A task function to be run once. It is named by number, key, or both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"taskFunctionKey": "echo", "parameters": {"message": "hello"}}))]
pub struct TestRunRequest {
    /// Number of the task function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_function_id: Option<i64>,
    /// Key of the task function, instead of its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub task_function_key: Option<String>,
    /// English name for the history. The task function's name when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub name_en: Option<String>,
    /// Arabic name for the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub name_ar: Option<String>,
    /// Parameters of the task function, checked against its schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    pub parameters: Option<Map<String, Value>>,
    /// Time limit, in seconds. The task function's own when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
}

use serde_json::Value;

/// A task function to be run once, without a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Key of the task function.
    pub task_function: String,
    /// What it is called in the history (English); the task function's name when left out.
    pub name_en: Option<String>,
    /// The same in Arabic.
    pub name_ar: Option<String>,
    /// Its parameters.
    pub parameters: Value,
    /// Time limit in seconds; the task function's own when left out.
    pub timeout_seconds: Option<u32>,
}

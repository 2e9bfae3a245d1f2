//! How a job is run: limits, retries, retention.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What happens to a fire while its job runs at its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It is skipped and recorded.
    #[default]
    Skip,
    /// It waits its turn.
    Queue,
    /// The oldest run is cancelled to make room.
    CancelRunning,
}

/// What a crash in the middle of a run means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Never started twice; the run ends as `lost`.
    AtMostOnce,
    /// Started again as its next attempt.
    AtLeastOnce,
}

/// How the delay between attempts grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// Always the same.
    #[default]
    Fixed,
    /// Delay times attempt number.
    Linear,
    /// Doubles each time.
    Exponential,
}

/// Causes of a failed attempt that a retry policy can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryCause {
    /// Any failure but refused parameters.
    Failed,
    /// The time limit of an attempt.
    Timeout,
    /// The instance died.
    Lost,
    /// A program's exit code.
    ExitCode,
    /// An HTTP status.
    HttpStatus,
    /// No connection.
    Network,
}

/// When and how often a failed execution is tried again. Members left out take their defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"maxAttempts": 3, "delaySeconds": 10.0, "backoff": "exponential", "maxDelaySeconds": 600.0, "jitter": 0.2, "on": ["http_status", "network"]}))]
pub struct RetryPolicy {
    /// Attempts in all, the first included: 1 means no retry.
    #[schema(minimum = 1, maximum = 100)]
    pub max_attempts: u32,
    /// Delay before the second attempt, in seconds.
    #[schema(minimum = 0)]
    pub delay_seconds: f64,
    /// How the delay grows.
    pub backoff: Backoff,
    /// Cap of the delay, in seconds.
    #[schema(minimum = 0)]
    pub max_delay_seconds: f64,
    /// Part of the delay that is random, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub jitter: f64,
    /// Only these causes; empty means every failure, time-out and loss.
    pub on: Vec<RetryCause>,
    /// With `exit_code` in `on`: only these codes; empty means any.
    pub exit_codes: Vec<i32>,
    /// With `http_status` in `on`: only these statuses; empty means any.
    pub http_statuses: Vec<u16>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 1,
            delay_seconds: 10.0,
            backoff: Backoff::Fixed,
            max_delay_seconds: 3_600.0,
            jitter: 0.0,
            on: Vec::new(),
            exit_codes: Vec::new(),
            http_statuses: Vec::new(),
        }
    }
}

/// How long the history of one job is kept, where it differs from the installation's rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"days": 90, "count": 1000, "artifactDays": 14}))]
pub struct Retention {
    /// Days.
    pub days: Option<u32>,
    /// Number of executions.
    pub count: Option<u32>,
    /// Days that files of runs are kept; never longer than their executions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_days: Option<u32>,
}

//! Running processes, and the state of the whole.

use jiff::Timestamp;

use super::{Execution, JobView};

/// How a process runs the scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// With the HTTP API in the same process (`orloj serve`).
    Embedded,
    /// Without the HTTP API (`orloj scheduler`).
    Standalone,
    /// The HTTP API only (`orloj serve --no-scheduler`).
    ApiOnly,
}

/// The life of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceStatus {
    /// Opening and recovering.
    Starting,
    /// Working.
    Running,
    /// Finishing what runs, starting nothing new.
    Stopping,
    /// Ended in order.
    Stopped,
    /// Ended without saying so; another instance noticed.
    Lost,
}

/// A running (or former) Orloj process.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Number of the instance; it is also its epoch: no two starts share one.
    pub id: i64,
    /// The instance's UUID, as the seeds show it.
    pub uuid: String,
    /// Name: mode and host unless configured.
    pub name: String,
    /// Host.
    pub host: String,
    /// Process number.
    pub pid: i64,
    /// How it runs the scheduler.
    pub mode: Mode,
    /// State.
    pub status: InstanceStatus,
    /// Version of Orloj.
    pub version: String,
    /// When started.
    pub started_at: Timestamp,
    /// Last heartbeat.
    pub seen_at: Timestamp,
    /// When ended.
    pub stopped_at: Option<Timestamp>,
    /// Shards it owns now.
    pub shards: u32,
}

/// The state of the whole installation, as `/status` shows it.
#[derive(Clone, Debug)]
pub struct SystemStatus {
    /// Whether some instance schedules.
    pub is_running: bool,
    /// The instance that answers.
    pub instance: Instance,
    /// All instances alive.
    pub instances: Vec<Instance>,
    /// Jobs not deleted, of those the asker sees.
    pub total_jobs: u64,
    /// Of those, enabled and not paused.
    pub enabled_jobs: u64,
    /// Of those, paused.
    pub paused_jobs: u64,
    /// Executions running now.
    pub running_executions: u64,
    /// Executions waiting for a slot, a limit, or a retry.
    pub waiting_executions: u64,
    /// The job that is due next.
    pub next_job: Option<JobView>,
    /// The last five executions.
    pub recent: Vec<Execution>,
    /// How far scheduling has certainly come: every due instant up to here has been decided. A shard in which nothing
    /// is due keeps its old mark, so this may lie well in the past on a healthy server.
    pub watermark: Timestamp,
}

impl Mode {
    /// `embedded`, `standalone`, `api`.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Embedded => "embedded",
            Mode::Standalone => "standalone",
            Mode::ApiOnly => "api",
        }
    }

    /// The mode of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Mode::Embedded, Mode::Standalone, Mode::ApiOnly]
            .into_iter()
            .find(|mode| mode.word() == word)
    }
}

impl InstanceStatus {
    /// `starting`, `running`, `stopping`, `stopped`, `lost`.
    pub fn word(self) -> &'static str {
        match self {
            InstanceStatus::Starting => "starting",
            InstanceStatus::Running => "running",
            InstanceStatus::Stopping => "stopping",
            InstanceStatus::Stopped => "stopped",
            InstanceStatus::Lost => "lost",
        }
    }

    /// The status of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        use InstanceStatus as S;
        [S::Starting, S::Running, S::Stopping, S::Stopped, S::Lost]
            .into_iter()
            .find(|status| status.word() == word)
    }
}

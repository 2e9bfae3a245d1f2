//! Deployments: executions of the task functions that devices work for, seen from the devices.

use serde_json::Value;

use super::device::DeviceOrder;
use super::execution::Execution;

/// A deployment. There is no second record: it is read from its execution and the orders of its devices.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// The execution that it is.
    pub execution: Execution,
    /// Its name for people.
    pub name: String,
    /// What it was given.
    pub parameters: Value,
    /// How its devices stand.
    pub counts: DeviceCounts,
    /// How far it is, 0-100.
    pub progress: u8,
}

/// How many devices stand where. A device that was asked again counts as it stands now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceCounts {
    /// Waiting, for their batch or for the device.
    pub pending: u64,
    /// At work.
    pub running: u64,
    /// Done.
    pub succeeded: u64,
    /// Not done: failed, refused, out of time, lost.
    pub failed: u64,
    /// Cancelled before they were done.
    pub cancelled: u64,
    /// Not there in time; nothing was begun.
    pub unreached: u64,
}

/// A deployment with each device and each step.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentMatrix {
    /// The deployment.
    pub deployment: Deployment,
    /// Its steps, in order.
    pub steps: Vec<DeploymentStep>,
    /// Its devices, by name.
    pub devices: Vec<DeploymentDevice>,
}

/// A step of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentStep {
    /// `command`, `software`, `file`.
    pub kind: String,
    /// The software, the file or the first line of the command.
    pub name: String,
}

/// A device of a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentDevice {
    /// Where it stands in all.
    pub order: DeviceOrder,
    /// Where each of the steps stands.
    pub steps: Vec<StepStanding>,
}

/// Where a step stands on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepStanding {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// Done.
    Success,
    /// Not done.
    Failed,
    /// Never begun, because the device had ended before.
    Skipped,
}

/// A deployment to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDeployment {
    /// Name, 1 to 200 characters.
    pub name: String,
    /// Key of one of the task functions that devices work for.
    pub task_function: String,
    /// Its parameters.
    pub parameters: Value,
}

impl DeviceCounts {
    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        self.pending + self.running + self.succeeded + self.failed + self.cancelled + self.unreached
    }
}

impl StepStanding {
    /// The word: `pending`, `running`, `success`, `failed`, `skipped`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

//! Deployments: made, looked at, tried again, cancelled. Each is an execution of a task function that devices work for;
//! whatever started it, it is here.

use serde_json::{Value, json};

use crate::caller::{Caller, Need};
use crate::error::{Error, Result};
use crate::model::{
    Delivery, Deployment, DeploymentDevice, DeploymentMatrix, Execution, ExecutionFilter, JobDraft,
    NewDeployment, OrderOutcome, Page, Paged, RunRequest, Settings, Trigger,
};
use crate::rules::deployment::{progress, standings, steps};
use crate::rules::uses::FUNCTIONS;
use crate::store::deployments::{self, Sums};

/// Tag of the jobs that are made for single deployments.
const TAG: &str = "deployment";

impl Caller {
    /// A page of the deployments that the caller sees, newest first.
    ///
    /// # Errors
    /// Only when the database does not answer.
    pub async fn deployments(
        &self,
        mut filter: ExecutionFilter,
        page: Page,
    ) -> Result<Paged<Deployment>> {
        filter.is_for_devices = true;
        let page = self.executions(filter, page).await?;
        Ok(Paged {
            items: self.as_deployments(page.items).await?,
            total: page.total,
            page: page.page,
        })
    }

    /// A deployment with each device and each step.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it is somebody else's.
    pub async fn deployment(&self, reference: &str) -> Result<DeploymentMatrix> {
        let execution = self.deployed(reference).await?;
        let db = &self.engine.inner.store.db;
        let sent = deployments::steps(db, execution.id).await?;
        let steps = steps(&sent.unwrap_or_default());
        let devices = self
            .execution_devices(reference)
            .await?
            .into_iter()
            .map(|order| DeploymentDevice {
                steps: standings(&order, steps.len()),
                order,
            })
            .collect();
        let deployment = self
            .as_deployments(vec![execution])
            .await?
            .pop()
            .ok_or_else(|| Error::not_found("deployment"))?;
        Ok(DeploymentMatrix {
            deployment,
            steps,
            devices,
        })
    }

    /// Deploys now: makes a job without a schedule, which keeps what was deployed how, and runs it.
    ///
    /// # Errors
    /// `Invalid` with the fields that do not fit; `Forbidden` without the permission of the task function.
    pub async fn create_deployment(&self, new: NewDeployment) -> Result<Deployment> {
        self.may(Need::Change)?;
        if !FUNCTIONS.contains(&new.task_function.as_str()) {
            return Err(Error::invalid("kind", "must be command, software or file"));
        }
        let draft = JobDraft {
            task_function: new.task_function,
            name_en: Some(new.name),
            name_ar: None,
            description_en: None,
            description_ar: None,
            schedule: orloj_schedule::Spec::new(orloj_schedule::RuleSpec::Manual),
            parameters: new.parameters,
            settings: Settings::with_delivery(Delivery::AtMostOnce),
            tags: vec![TAG.to_owned()],
            is_enabled: true,
            is_primary: false,
        };
        let job = self.create_job(draft).await.map_err(|mut error| {
            for field in &mut error.fields {
                if field.pointer == "/nameEn" {
                    field.pointer = "/name".to_owned();
                }
            }
            error
        })?;
        let execution = self
            .run_job(RunRequest::new(job.job.id, Trigger::Manual))
            .await?;
        self.one(execution).await
    }

    /// Deploys again to those devices that did not succeed: a new deployment of the same job.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` as long as it goes on, and when all devices succeeded.
    pub async fn retry_deployment(
        &self,
        reference: &str,
        only: Option<Vec<i64>>,
    ) -> Result<Deployment> {
        let execution = self.deployed(reference).await?;
        let again = self.rerun_devices(execution, only, "deployment").await?;
        self.one(again).await
    }

    /// Runs again what an ended execution had devices do, for those that did not succeed: failed, lost, refused, or
    /// never reached.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when no devices work for this execution; `Conflict` as long as it goes on, and when all
    /// devices succeeded.
    pub async fn rerun_failed_devices(&self, reference: &str) -> Result<Execution> {
        let execution = self.execution(reference).await?;
        if !FUNCTIONS.contains(&execution.task_function.as_str()) {
            return Err(Error::invalid(
                "failedDevicesOnly",
                "no devices work for this execution; leave it out to run all of it again",
            ));
        }
        self.rerun_devices(execution, None, "execution").await
    }

    /// A run of the same job for the devices that did not succeed, or for `only` these of them. `noun` is what the
    /// caller calls the execution.
    async fn rerun_devices(
        &self,
        execution: Execution,
        only: Option<Vec<i64>>,
        noun: &'static str,
    ) -> Result<Execution> {
        self.may(Need::Run)?;
        if !execution.status.is_final() {
            return Err(Error::conflict(
                noun,
                format!("the {noun} has not ended yet; cancel it first"),
            ));
        }
        let reference = execution.id.to_string();
        let mut devices: Vec<i64> = self
            .execution_devices(&reference)
            .await?
            .into_iter()
            .filter(|order| order.outcome != Some(OrderOutcome::Success))
            .map(|order| order.device_id)
            .collect();
        if let Some(only) = only {
            if let Some(strange) = only.iter().find(|id| !devices.contains(id)) {
                return Err(Error::invalid(
                    "devices",
                    format!("the device {strange} is not one that did not succeed"),
                ));
            }
            devices = only;
        }
        if devices.is_empty() {
            return Err(Error::conflict(
                noun,
                "no device is left that did not succeed; there is nothing to try again",
            ));
        }
        let mut parameters = self.one(execution).await?.parameters;
        parameters["targets"]["devices"] = json!(devices);
        parameters["targets"]["groups"] = json!([]);
        self.rerun_execution(&reference, Some(parameters)).await
    }

    /// Cancels a deployment: devices that have not begun never do, those at work are told to stop.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has ended.
    pub async fn cancel_deployment(
        &self,
        reference: &str,
        reason: Option<String>,
    ) -> Result<Deployment> {
        self.deployed(reference).await?;
        let execution = self.cancel_execution(reference, reason).await?;
        self.one(execution).await
    }

    /// The execution of this reference, which devices must work for.
    async fn deployed(&self, reference: &str) -> Result<Execution> {
        let missing = || Error::not_found("deployment");
        let execution = self.execution(reference).await.map_err(|error| {
            if error.kind == crate::error::Kind::NotFound {
                missing()
            } else {
                error
            }
        })?;
        if FUNCTIONS.contains(&execution.task_function.as_str()) {
            Ok(execution)
        } else {
            Err(missing())
        }
    }

    async fn one(&self, execution: Execution) -> Result<Deployment> {
        self.as_deployments(vec![execution])
            .await?
            .pop()
            .ok_or_else(|| Error::not_found("deployment"))
    }

    async fn as_deployments(&self, executions: Vec<Execution>) -> Result<Vec<Deployment>> {
        let db = &self.engine.inner.store.db;
        let ids: Vec<i64> = executions.iter().map(|execution| execution.id).collect();
        let mut jobs: Vec<i64> = executions
            .iter()
            .map(|execution| execution.job_id)
            .collect();
        jobs.sort_unstable();
        jobs.dedup();
        let sums = deployments::sums(db, &ids).await?;
        let parameters = deployments::parameters(db, &jobs).await?;
        Ok(executions
            .into_iter()
            .map(|execution| {
                let own = execution.parameters.clone();
                let given = own.or_else(|| parameters.get(&execution.job_id).cloned());
                let sums = sums.get(&execution.id).copied().unwrap_or_default();
                shown(execution, given.unwrap_or_else(|| json!({})), sums)
            })
            .collect())
    }
}

fn shown(execution: Execution, parameters: Value, sums: Sums) -> Deployment {
    let name = parameters["deploymentName"]
        .as_str()
        .filter(|name| !name.is_empty())
        .map_or_else(|| execution.job_name.clone(), str::to_owned);
    let counts = sums.counts;
    let ended = counts.total() - counts.pending - counts.running;
    Deployment {
        name,
        parameters,
        progress: if execution.status.is_final() {
            100
        } else {
            progress(ended, counts.total(), sums.said)
        },
        counts,
        execution,
    }
}

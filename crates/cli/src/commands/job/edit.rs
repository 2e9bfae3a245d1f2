//! `orloj job edit`.

use anyhow::Result;
use orloj_wire::job::Job;
use orloj_wire::job_edit::JobUpdate;
use serde_json::Value;

use super::definition::{Definition, complete_interval};
use super::{lookup, show};
use crate::commands::Api;
use crate::exit::Failure;

/// Arguments of `job edit`.
#[derive(Debug, clap::Args)]
pub(super) struct Edit {
    /// Number or name of the job
    job: String,
    #[command(flatten)]
    definition: Definition,
    /// Confirm the change of a critical job
    #[arg(long)]
    confirm_primary: bool,
}

impl Edit {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let job = lookup::job(&api.client, &self.job).await?;
        let mut members = self.definition.members(Some(&job.timezone))?;
        if members.is_empty() {
            return Err(
                Failure::usage("say what to change, for example --cron \"0 3 * * *\"").into(),
            );
        }
        complete_interval(&mut members);
        let body: JobUpdate = serde_json::from_value(Value::Object(members))
            .map_err(|error| Failure::usage(format!("the definition is not valid: {error}")))?;
        let answer = api
            .client
            .put(format!("/scheduler/jobs/{}", job.id))
            .query("confirm_primary", self.confirm_primary.then_some(true))
            // What was looked at is what is changed.
            .header("If-Match", Some(format!("\"v{}\"", job.version)))
            .body(&body)?
            .send()
            .await?;
        let job: Job = answer.read()?;
        show::one(api.format, &job, &answer.value()?)
    }
}

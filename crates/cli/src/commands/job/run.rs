//! `orloj job run [--wait]`.

use anyhow::Result;
use orloj_engine::Clock;
use orloj_wire::action::RunRequest;
use orloj_wire::execution::Execution;

use super::lookup;
use crate::commands::{Api, execution};
use crate::said;

/// Arguments of `job run`.
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// Number or name of the job
    job: String,
    /// A parameter for this run only; JSON values are taken as such, anything else is a text
    #[arg(short, long = "param", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// All parameters of this run as a JSON object, or @FILE with one; they replace the job's
    #[arg(long = "parameters", value_name = "JSON")]
    object: Option<String>,
    /// Run at this instant (or +10m) instead of now
    #[arg(long, value_name = "INSTANT")]
    at: Option<String>,
    /// Calling again with the same key within 24 hours answers the same execution
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Follow the log until the end; exit with 10 unless it is a success
    #[arg(short, long)]
    wait: bool,
}

impl Run {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let job = lookup::job(&api.client, &self.job).await?;
        let mut parameters = said::parameters(&self.parameters, self.object.as_deref())?;
        if self.object.is_none()
            && let Some(given) = parameters.take()
        {
            // Single parameters change the job's; the API takes the whole.
            let mut all = job.parameters.clone();
            all.extend(given);
            parameters = Some(all);
        }
        let at = self
            .at
            .as_deref()
            .map(|text| said::instant(text, Some(&job.timezone), Clock::System.now()))
            .transpose()?;
        let answer = api
            .client
            .post(format!("/scheduler/jobs/{}/run", job.id))
            .header("Idempotency-Key", self.idempotency_key.as_ref())
            .body(&RunRequest { parameters, at })?
            .send()
            .await?;
        let started: Execution = answer.read()?;
        if self.wait {
            return execution::wait(api, &started).await;
        }
        execution::one(api.format, &started, &answer.value()?)
    }
}

//! `orloj job pause|resume|enable|disable`.

use anyhow::Result;
use orloj_engine::Clock;
use orloj_wire::action::{JobAction, JobActionRequest, JobActionResponse};

use super::{lookup, show};
use crate::commands::Api;
use crate::output::Format;
use crate::{said, terminal};

/// Arguments of `job resume` and `job enable`.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Number or name of the job
    job: String,
}

/// Arguments of `job disable`.
#[derive(Debug, clap::Args)]
pub(super) struct Disable {
    /// Number or name of the job
    job: String,
    /// Confirm that a critical job is disabled
    #[arg(long)]
    confirm_primary: bool,
}

/// Arguments of `job pause`.
#[derive(Debug, clap::Args)]
pub(super) struct Pause {
    /// Number or name of the job
    job: String,
    /// End of the pause (an instant, or +2h); without it until `job resume`
    #[arg(long, value_name = "INSTANT")]
    until: Option<String>,
    /// Why, for people
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Which {
    pub(super) async fn run(self, api: &Api, action: JobAction) -> Result<()> {
        act(api, &self.job, request(action)).await
    }
}

impl Disable {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let request = JobActionRequest {
            confirm_primary: self.confirm_primary.then_some(true),
            ..request(JobAction::Disable)
        };
        act(api, &self.job, request).await
    }
}

impl Pause {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let now = Clock::System.now();
        let until = self
            .until
            .as_deref()
            .map(|text| said::instant(text, None, now))
            .transpose()?;
        let request = JobActionRequest {
            until,
            reason: self.reason,
            ..request(JobAction::Pause)
        };
        act(api, &self.job, request).await
    }
}

fn request(action: JobAction) -> JobActionRequest {
    JobActionRequest {
        action,
        parameters: None,
        until: None,
        reason: None,
        confirm_primary: None,
    }
}

async fn act(api: &Api, reference: &str, request: JobActionRequest) -> Result<()> {
    let job = lookup::job(&api.client, reference).await?;
    let answer = api
        .client
        .post(format!("/scheduler/jobs/{}/action", job.id))
        .body(&request)?
        .send()
        .await?;
    let response: JobActionResponse = answer.read()?;
    match api.format {
        Format::Table | Format::Wide => terminal::line(&response.message),
        format => show::one(format, &response.job, &answer.value()?),
    }
}

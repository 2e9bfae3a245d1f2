//! `orloj job create`.

use anyhow::Result;
use orloj_wire::job::Job;
use orloj_wire::job_edit::JobCreate;
use serde_json::Value;

use super::definition::Definition;
use super::show;
use crate::commands::Api;
use crate::exit::Failure;

/// Arguments of `job create`.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    #[command(flatten)]
    definition: Definition,
}

impl Create {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let members = self.definition.members(None)?;
        if members.is_empty() {
            return Err(Failure::usage("say at least --task and a schedule, or -f FILE").into());
        }
        let body: JobCreate = serde_json::from_value(Value::Object(members))
            .map_err(|error| Failure::usage(format!("the definition is not valid: {error}")))?;
        let answer = api
            .client
            .post("/scheduler/jobs")
            .body(&body)?
            .send()
            .await?;
        let job: Job = answer.read()?;
        show::one(api.format, &job, &answer.value()?)
    }
}

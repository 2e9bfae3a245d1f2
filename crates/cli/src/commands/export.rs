//! `orloj export`: jobs as a file that `orloj apply` reads.

use anyhow::Result;
use orloj_wire::job_edit::JobCreate;
use serde_json::{Map, Value, json};

use super::{ApiOptions, apply};
use crate::config::Environment;
use crate::output::{Format, yaml};
use crate::terminal;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// Only jobs with this tag
    #[arg(long)]
    tag: Option<String>,
    #[command(flatten)]
    api: ApiOptions,
}

impl Export {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let api = self.api.open(environment)?;
        let jobs: Vec<JobCreate> = api
            .client
            .get("/scheduler/jobs/export")
            .query("tag", self.tag)
            .read()
            .await?;
        if api.format == Format::Name {
            return jobs
                .iter()
                .filter_map(|job| job.name_en.as_deref().or(job.name_ar.as_deref()))
                .try_for_each(terminal::line);
        }
        let (_, known) = apply::known(&api.client).await?;
        let jobs = jobs
            .iter()
            .map(|job| match serde_json::to_value(job)? {
                Value::Object(members) => Ok(known.named(members)),
                _ => Ok(Map::new()),
            })
            .collect::<Result<Vec<_>>>()?;
        let document = json!({"jobs": jobs});
        match api.format {
            Format::Json => api.format.raw(&document),
            _ => terminal::text(&yaml(&document)?),
        }
    }
}

//! `orloj export`: jobs, calendars, channels and rules as a file that `orloj apply` reads.

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
    /// Only jobs, and of these only those with this tag
    #[arg(long)]
    tag: Option<String>,
    #[command(flatten)]
    api: ApiOptions,
}

impl Export {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let api = self.api.open(environment)?;
        let is_all = self.tag.is_none();
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
        let there = apply::installation(&api.client, false).await?;
        let mut document = Map::new();
        if is_all {
            for (list, kind) in [
                ("calendars", apply::Kind::Calendar),
                ("channels", apply::Kind::Channel),
                ("rules", apply::Kind::Rule),
            ] {
                let items = definitions(&there, kind);
                if !items.is_empty() {
                    document.insert(list.to_owned(), items.into());
                }
            }
        }
        let jobs = jobs
            .iter()
            .map(|job| match serde_json::to_value(job)? {
                Value::Object(members) => Ok(there.known.named(members)),
                _ => Ok(Map::new()),
            })
            .collect::<Result<Vec<_>>>()?;
        document.insert("jobs".to_owned(), json!(jobs));
        let document = Value::Object(document);
        match api.format {
            Format::Json => api.format.raw(&document),
            _ => terminal::text(&yaml(&document)?),
        }
    }
}

/// One's own of a kind. Secrets in clear are left out, and it is said where.
fn definitions(there: &apply::Installation, kind: apply::Kind) -> Vec<Value> {
    let own = there.resources.iter().filter(|one| one.kind == kind);
    own.map(|one| {
        let (members, left_out) = one.definition(&there.known);
        for place in left_out {
            terminal::remark(&format!(
                "{} {:?}: {place} is a secret in clear and was left out; keep it under a name: orloj reads {{\"$secret\": \"name\"}} there",
                kind.word(),
                one.name
            ));
        }
        Value::Object(members)
    })
    .collect()
}

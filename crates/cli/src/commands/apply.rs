//! `orloj apply -f FILE|DIR [--dry-run]`: the jobs of a file exist as written there.

mod next;
mod plan;
mod read;
mod show;

use std::path::PathBuf;

use anyhow::{Context, Result};
use orloj_wire::account::Account;
use orloj_wire::bulk::{JobBatch, JobBatchCreated};
use orloj_wire::job::Job;
use orloj_wire::job_edit::{JobCreate, JobUpdate};
use serde_json::Value;

use super::job::complete_interval;
use super::{Api, ApiOptions, paging};
use crate::client::Client;
use crate::config::Environment;
use crate::exit::Failure;
use plan::{Action, Change};
pub(super) use read::Wanted;

/// Jobs that the API creates at once, all or none.
const BATCH: usize = 1_000;

/// Arguments of `apply`.
#[derive(Debug, clap::Args)]
pub(crate) struct Apply {
    /// File with jobs, folder with such files (*.yaml, *.yml, *.json), or - for standard input
    #[arg(short, long = "file", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Only show what would change, and how the next runs would move
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

impl Apply {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let wanted = read::files(&self.files)?;
        make_so(&self.api.open(environment)?, wanted, self.dry_run).await
    }
}

/// Compares what is wanted with what is there, changes it unless told not to, and shows what changed.
pub(super) async fn make_so(api: &Api, wanted: Vec<Wanted>, dry_run: bool) -> Result<()> {
    let mut changes = plan::plan(wanted, &own_jobs(&api.client).await?)?;
    for change in &mut changes {
        next::look_ahead(&api.client, change).await?;
    }
    if !dry_run {
        carry_out(api, &mut changes).await?;
    }
    show::changes(api.format, &changes, dry_run)
}

/// The jobs of whoever asks. Names are looked up among these only: an administrator's file does not take over the
/// jobs of others.
async fn own_jobs(client: &Client) -> Result<Vec<Job>> {
    let account: Account = client.get("/account").read().await?;
    let listed = paging::fetch::<Job>(|| client.get("/scheduler/jobs"), 0).await?;
    let own = listed
        .items
        .into_iter()
        .filter(|job| job.owner_id == account.user.id)
        .collect();
    Ok(own)
}

async fn carry_out(api: &Api, changes: &mut [Change]) -> Result<()> {
    // New jobs first: they are all created or none, so that a mistake in one of them leaves everything as it was.
    let mut new: Vec<&mut Change> = changes
        .iter_mut()
        .filter(|change| change.action == Action::Create)
        .collect();
    for batch in new.chunks_mut(BATCH) {
        let jobs = batch
            .iter()
            .map(|change| change.definition())
            .collect::<Result<Vec<JobCreate>>>()?;
        let created: JobBatchCreated = api
            .client
            .post("/scheduler/jobs/batch")
            .body(&JobBatch { jobs })?
            .read()
            .await
            .context("nothing was changed")?;
        for (change, id) in batch.iter_mut().zip(created.ids) {
            change.id = Some(id);
        }
    }
    for change in changes
        .iter()
        .filter(|change| change.action == Action::Update)
    {
        update(&api.client, change)
            .await
            .with_context(|| format!("{:?} was not changed", change.name))?;
    }
    Ok(())
}

async fn update(client: &Client, change: &Change) -> Result<()> {
    let (Some(id), Some(version)) = (change.id, change.version) else {
        return Ok(());
    };
    let mut members = change.members.clone();
    complete_interval(&mut members);
    let body: JobUpdate = serde_json::from_value(Value::Object(members))
        .map_err(|error| Failure::usage(format!("{:?}: {error}", change.name)))?;
    client
        .put(format!("/scheduler/jobs/{id}"))
        .header("If-Match", Some(format!("\"v{version}\"")))
        .body(&body)?
        .send()
        .await?;
    Ok(())
}

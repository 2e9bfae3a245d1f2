//! `orloj apply -f FILE|DIR [--dry-run]`: the jobs of a file exist as written there.

mod next;
mod plan;
mod read;
mod references;
mod said;
mod show;

use std::path::PathBuf;

use anyhow::{Context, Result};
use orloj_wire::bulk::{JobBatch, JobBatchCreated};
use orloj_wire::job_edit::{JobCreate, JobUpdate};
use serde_json::Value;

use super::job::complete_interval;
use super::{Api, ApiOptions};
use crate::client::Client;
use crate::config::Environment;
use crate::exit::Failure;
use plan::{Action, Change};
pub(super) use read::Wanted;
pub(super) use references::{References, known};

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
    let (own, mut known) = known(&api.client).await?;
    let mut changes = plan::plan(wanted, &own, &known)?;
    let steps = plan::steps(&changes)?;
    check_references(&changes, &known)?;
    for change in &mut changes {
        next::look_ahead(&api.client, change, &known).await?;
    }
    if !dry_run {
        carry_out(api, &mut changes, &steps, &mut known).await?;
    }
    show::changes(api.format, &changes, dry_run)
}

/// Every name of the files means something, before anything is changed.
fn check_references(changes: &[Change], known: &References) -> Result<()> {
    let mut all = known.clone();
    for change in changes.iter().filter(|change| change.id.is_none()) {
        // A number that nothing has: the job is not there yet.
        all.add_job(&change.name, -1);
    }
    for change in changes {
        all.numbered(&change.name, change.members.clone())?;
    }
    Ok(())
}

async fn carry_out(
    api: &Api,
    changes: &mut [Change],
    steps: &[Vec<usize>],
    known: &mut References,
) -> Result<()> {
    // New jobs first: they are all created or none, so that a mistake in one of them leaves everything as it was.
    let mut created = Vec::new();
    for step in steps {
        for batch in step.chunks(BATCH) {
            if let Err(error) = create(api, changes, batch, known).await {
                let left = take_back(&api.client, &created).await;
                return Err(error.context(match left.as_slice() {
                    [] => "nothing was changed".to_owned(),
                    left => format!("jobs {left:?} were created and could not be deleted again"),
                }));
            }
            created.extend(batch.iter().filter_map(|at| changes.get(*at)?.id));
        }
    }
    for change in changes
        .iter()
        .filter(|change| change.action == Action::Update)
    {
        update(&api.client, change, known)
            .await
            .with_context(|| format!("{:?} was not changed", change.name))?;
    }
    Ok(())
}

/// Creates the jobs of these places, all or none.
async fn create(
    api: &Api,
    changes: &mut [Change],
    batch: &[usize],
    known: &mut References,
) -> Result<()> {
    let jobs = batch
        .iter()
        .filter_map(|at| changes.get(*at))
        .map(|change| change.definition(known))
        .collect::<Result<Vec<JobCreate>>>()?;
    let created: JobBatchCreated = api
        .client
        .post("/scheduler/jobs/batch")
        .body(&JobBatch { jobs })?
        .read()
        .await?;
    for (at, id) in batch.iter().zip(created.ids) {
        if let Some(change) = changes.get_mut(*at) {
            change.id = Some(id);
            known.add_job(&change.name, id);
        }
    }
    Ok(())
}

/// Deletes jobs that were created a moment ago; answers those that are left.
async fn take_back(client: &Client, created: &[i64]) -> Vec<i64> {
    let mut left = Vec::new();
    for id in created.iter().rev() {
        let deleted = client
            .delete(format!("/scheduler/jobs/{id}"))
            .query("confirm_primary", Some(true))
            .send()
            .await;
        if deleted.is_err() {
            left.push(*id);
        }
    }
    left
}

async fn update(client: &Client, change: &Change, known: &References) -> Result<()> {
    let (Some(id), Some(version)) = (change.id, change.version) else {
        return Ok(());
    };
    let mut members = known.numbered(&change.name, change.members.clone())?;
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

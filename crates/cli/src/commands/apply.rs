//! `orloj apply -f FILE|DIR [--dry-run]`: the jobs, calendars, channels and rules of a file exist as written there.

mod next;
mod plan;
mod read;
mod references;
mod resources;
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
pub(super) use read::{Files, Wanted};
use references::References;
pub(super) use references::{Installation, installation};
pub(super) use resources::Kind;
use resources::ResourceChange;

/// Jobs that the API creates at once, all or none.
const BATCH: usize = 1_000;

/// Arguments of `apply`.
#[derive(Debug, clap::Args)]
pub(crate) struct Apply {
    /// File with jobs, calendars, channels and rules, folder with such files (*.yaml, *.yml, *.json), or - for standard input
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

/// What is to be done, all of it.
struct Plan {
    resources: Vec<ResourceChange>,
    jobs: Vec<Change>,
    /// Places of new jobs, in steps of which each needs only the earlier ones.
    steps: Vec<Vec<usize>>,
}

/// What was made in one go, to be deleted again when something in it is refused.
#[derive(Default)]
struct Made {
    jobs: Vec<i64>,
    /// Places among the resources, with numbers.
    resources: Vec<(usize, i64)>,
}

/// Compares what is wanted with what is there, changes it unless told not to, and shows what changed.
pub(super) async fn make_so(api: &Api, wanted: Files, dry_run: bool) -> Result<()> {
    let Installation {
        jobs: own,
        resources: there,
        mut known,
    } = installation(&api.client, wanted.name_users()).await?;
    let resources = resources::plan(&wanted, &there, &known)?;
    let jobs = plan::plan(wanted.jobs, &own, &known)?;
    let steps = plan::steps(&jobs)?;
    let mut plan = Plan {
        resources,
        jobs,
        steps,
    };
    plan.check_references(&known)?;
    let moving = plan.moving_calendars();
    for change in &mut plan.jobs {
        next::look_ahead(&api.client, change, &known, &moving).await?;
    }
    if !dry_run {
        carry_out(&api.client, &mut plan, &mut known).await?;
        for change in &mut plan.jobs {
            next::look_again(&api.client, change, &known).await?;
        }
    }
    show::changes(api.format, &plan.resources, &plan.jobs, dry_run)
}

impl Plan {
    /// Every name of the files means something, before anything is changed.
    fn check_references(&self, known: &References) -> Result<()> {
        let mut all = known.clone();
        // A number that nothing has: these are not there yet.
        for change in self.jobs.iter().filter(|change| change.id.is_none()) {
            all.add_job(&change.name, -1);
        }
        for change in self.new_resources(Kind::Calendar) {
            all.add_calendar(&change.name, -1);
        }
        for change in &self.jobs {
            all.numbered(&change.name, change.members.clone())?;
        }
        self.resources
            .iter()
            .try_for_each(|change| change.check(&all))
    }

    fn new_resources(&self, kind: Kind) -> impl Iterator<Item = &ResourceChange> {
        self.resources
            .iter()
            .filter(move |change| change.kind == kind && change.id.is_none())
    }

    /// Names of the calendars that are made or changed: what is due under them is known only afterwards.
    fn moving_calendars(&self) -> Vec<String> {
        self.resources
            .iter()
            .filter(|change| change.kind == Kind::Calendar && change.action != Action::Unchanged)
            .map(|change| change.name.clone())
            .collect()
    }
}

async fn carry_out(client: &Client, plan: &mut Plan, known: &mut References) -> Result<()> {
    // New things first: they are all created or none, so that a mistake in one of them leaves everything as it was.
    let mut made = Made::default();
    if let Err(error) = create_all(client, plan, known, &mut made).await {
        let left = take_back(client, plan, &made).await;
        return Err(error.context(match left.as_slice() {
            [] => "nothing was changed".to_owned(),
            left => format!(
                "these were created and could not be deleted again: {}",
                left.join(", ")
            ),
        }));
    }
    for change in &plan.resources {
        if change.action == Action::Update {
            change
                .update(client, known)
                .await
                .with_context(|| format!("{} was not changed", change.title()))?;
        }
    }
    for change in &plan.jobs {
        if change.action == Action::Update {
            update(client, change, known)
                .await
                .with_context(|| format!("{:?} was not changed", change.name))?;
        }
    }
    Ok(())
}

/// Creates what is new: first what jobs refer to, rules after the jobs that they are for.
async fn create_all(
    client: &Client,
    plan: &mut Plan,
    known: &mut References,
    made: &mut Made,
) -> Result<()> {
    for kind in [Kind::Calendar, Kind::Channel] {
        create_resources(client, plan, kind, known, made).await?;
    }
    for step in &plan.steps {
        for batch in step.chunks(BATCH) {
            create(client, &mut plan.jobs, batch, known).await?;
            let ids = batch.iter().filter_map(|at| plan.jobs.get(*at)?.id);
            made.jobs.extend(ids);
        }
    }
    create_resources(client, plan, Kind::Rule, known, made).await
}

async fn create_resources(
    client: &Client,
    plan: &mut Plan,
    kind: Kind,
    known: &mut References,
    made: &mut Made,
) -> Result<()> {
    for (at, change) in plan.resources.iter_mut().enumerate() {
        if change.kind != kind || change.action != Action::Create {
            continue;
        }
        let id = change
            .create(client, known)
            .await
            .with_context(|| change.title())?;
        made.resources.push((at, id));
        change.id = Some(id);
        if kind == Kind::Calendar {
            known.add_calendar(&change.name, id);
        }
    }
    Ok(())
}

/// Creates the jobs of these places, all or none.
async fn create(
    client: &Client,
    changes: &mut [Change],
    batch: &[usize],
    known: &mut References,
) -> Result<()> {
    let jobs = batch
        .iter()
        .filter_map(|at| changes.get(*at))
        .map(|change| change.definition(known))
        .collect::<Result<Vec<JobCreate>>>()?;
    let created: JobBatchCreated = client
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

/// Deletes what was created a moment ago, last made first; answers what is left.
async fn take_back(client: &Client, plan: &Plan, made: &Made) -> Vec<String> {
    let mut left = Vec::new();
    let resources = |kinds: &'static [Kind]| {
        let reversed = made.resources.iter().rev();
        reversed.filter_map(move |(at, id)| {
            let change = plan.resources.get(*at)?;
            kinds.contains(&change.kind).then_some((change, *id))
        })
    };
    for (change, id) in resources(&[Kind::Rule]) {
        if !change.take_back(client, id).await {
            left.push(change.title());
        }
    }
    for id in made.jobs.iter().rev() {
        let deleted = client
            .delete(format!("/scheduler/jobs/{id}"))
            .query("confirm_primary", Some(true))
            .send()
            .await;
        if deleted.is_err() {
            left.push(format!("job {id}"));
        }
    }
    for (change, id) in resources(&[Kind::Channel, Kind::Calendar]) {
        if !change.take_back(client, id).await {
            left.push(change.title());
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

//! Chains of jobs: what may run after what, and what a chain looks like.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::caller::Caller;
use crate::error::{Error, FieldError, Result};
use crate::model::{After, Chain, ChainJob, Job, JobView, WaitingEnd};
use crate::rules::chain::circle;
use crate::rules::ids::execution_uuid;
use crate::store::{Tx, chains, jobs};

/// Jobs of a chain in one answer, at most.
const MOST_JOBS: usize = 500;

impl Caller {
    /// Checks what a job is to run after: jobs that are there and that its owner may see, and no circle. `before` is what
    /// it ran after so far: that may stay although it is gone.
    pub(super) async fn check_parents(
        &self,
        tx: &mut Tx,
        job: &Job,
        before: Option<&After>,
    ) -> Result<()> {
        let Some(after) = job.settings.after.as_deref() else {
            return Ok(());
        };
        chains::lock(tx).await?;
        let ids: Vec<i64> = after.parents.iter().map(|parent| parent.job_id).collect();
        let found: HashMap<i64, Job> = jobs::definitions_in(tx, &ids)
            .await?
            .into_iter()
            .map(|stored| (stored.job.id, stored.job))
            .collect();
        for (at, parent) in after.parents.iter().enumerate() {
            let had = before.is_some_and(|before| {
                let mut had = before.parents.iter();
                had.any(|had| had.job_id == parent.job_id)
            });
            let fits = found.get(&parent.job_id).is_some_and(|found| {
                let same = found.owner_id == job.owner_id || self.actor.is_admin();
                !found.is_deleted && self.sees(found.owner_id) && same
            });
            if !had && !fits {
                return Err(field(
                    &format!("/after/parents/{at}/jobId"),
                    format!(
                        "there is no job {} that this job could run after",
                        parent.job_id
                    ),
                    format!(
                        "لا توجد مهمة برقم {} يمكن تشغيل هذه المهمة بعدها",
                        parent.job_id
                    ),
                ));
            }
        }
        let edges = chains::edges(&mut *tx, &ids, true).await?;
        if edges.len() >= chains::MOST_EDGES {
            return Err(field(
                "/after/parents",
                "the chain that leads to these jobs is too long to be followed".to_owned(),
                "سلسلة المهام المؤدية إلى هذه المهام أطول من أن تُتتبَّع".to_owned(),
            ));
        }
        let Some(path) = circle(job.id, &ids, &edges) else {
            return Ok(());
        };
        let names: HashMap<i64, String> = jobs::definitions_in(tx, &path)
            .await?
            .into_iter()
            .filter(|stored| self.sees(stored.job.owner_id))
            .map(|stored| (stored.job.id, stored.job.title()))
            .collect();
        let named: Vec<String> = path
            .iter()
            .map(|id| match names.get(id) {
                Some(name) => format!("{name} ({id})"),
                None => format!("({id})"),
            })
            .collect();
        let path = named.join(" → ");
        Err(field(
            "/after/parents",
            format!("the jobs would run in a circle: {path}; take one of these links out"),
            format!("ستعمل المهام في حلقة: {path}؛ احذف إحدى هذه الوصلات"),
        ))
    }

    /// A job with all that leads to it and follows from it, as far as the caller sees it.
    ///
    /// # Errors
    /// `NotFound` when there is no such job, or it belongs to somebody else.
    pub async fn chain(&self, id: i64) -> Result<Chain> {
        let own = self.job(id).await?;
        let db = &self.engine.inner.store.db;
        let above = chains::edges(db, &[id], true).await?;
        let below = chains::edges(db, &[id], false).await?;
        let ancestors: BTreeSet<i64> = above.iter().map(|(_, parent)| *parent).collect();
        let descendants: BTreeSet<i64> = below.iter().map(|(child, _)| *child).collect();
        let mut ids: Vec<i64> = ancestors.union(&descendants).copied().collect();
        ids.retain(|other| *other != id);
        let truncated = ids.len() >= MOST_JOBS;
        ids.truncate(MOST_JOBS - 1);
        let others = jobs::definitions(db, &ids)
            .await?
            .into_iter()
            .map(|stored| stored.job)
            .filter(|job| self.sees(job.owner_id))
            .collect();
        let mut views: BTreeMap<i64, JobView> = BTreeMap::new();
        views.insert(id, own);
        for view in self.views(others).await? {
            views.insert(view.job.id, view);
        }
        let shown: Vec<i64> = views.keys().copied().collect();
        let mut waiting: HashMap<i64, Vec<WaitingEnd>> = HashMap::new();
        for (child, arrival, status) in chains::waiting(db, &shown).await? {
            let (Some(status), true) = (status, views.contains_key(&arrival.parent_id)) else {
                continue;
            };
            waiting.entry(child).or_default().push(WaitingEnd {
                job_id: arrival.parent_id,
                execution: execution_uuid(arrival.execution_id, arrival.created_at),
                status,
                finished_at: crate::clock::timestamp(arrival.finished_at),
            });
        }
        let jobs = views
            .into_values()
            .map(|view| {
                let job = view.job;
                let after = job.settings.after.clone().map(|mut after| {
                    after
                        .parents
                        .retain(|parent| shown.contains(&parent.job_id));
                    *after
                });
                ChainJob {
                    id: job.id,
                    title: job.title(),
                    name_ar: job.name_ar.clone(),
                    is_enabled: job.is_enabled,
                    is_paused: view.is_paused,
                    is_deleted: job.is_deleted,
                    is_ancestor: ancestors.contains(&job.id),
                    is_descendant: descendants.contains(&job.id),
                    last_status: view.last_status,
                    last_run_at: view.last_run_at,
                    current_status: view.current_status,
                    current_execution: view.current_execution,
                    after,
                    waiting: waiting.remove(&job.id).unwrap_or_default(),
                }
            })
            .collect();
        Ok(Chain { jobs, truncated })
    }
}

fn field(pointer: &str, message: String, message_ar: String) -> Error {
    Error::invalid_fields(vec![FieldError {
        pointer: pointer.to_owned(),
        message,
        message_ar: Some(message_ar),
    }])
}

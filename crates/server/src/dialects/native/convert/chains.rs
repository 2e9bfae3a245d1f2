//! What runs after what, on its way in and out.

use orloj_engine::model;
use orloj_wire::chains::{After, Chain, ChainJob, ParentExecution, ParentJob, WaitingEnd};

use super::words;

pub(crate) fn to_after(after: model::After) -> After {
    After {
        parents: after
            .parents
            .into_iter()
            .map(|parent| ParentJob {
                job_id: parent.job_id,
                on: words::to_on_end(parent.on),
                alias: parent.alias,
            })
            .collect(),
        mode: words::to_join_mode(after.mode),
        within_seconds: after.within_seconds,
    }
}

pub(crate) fn from_after(after: After) -> Box<model::After> {
    Box::new(model::After {
        parents: after
            .parents
            .into_iter()
            .map(|parent| model::Parent {
                job_id: parent.job_id,
                on: words::from_on_end(parent.on),
                alias: parent.alias,
            })
            .collect(),
        mode: words::from_join_mode(after.mode),
        within_seconds: after.within_seconds,
    })
}

pub(crate) fn to_parents(parents: Vec<model::ParentExecution>) -> Vec<ParentExecution> {
    parents
        .into_iter()
        .map(|parent| ParentExecution {
            execution_id: parent.execution,
            job_id: parent.job_id,
        })
        .collect()
}

/// A chain, seen from one of its jobs.
pub(crate) fn to_chain(id: i64, chain: model::Chain) -> Chain {
    Chain {
        job_id: id,
        jobs: chain.jobs.into_iter().map(to_job).collect(),
        truncated: chain.truncated,
    }
}

fn to_job(job: model::ChainJob) -> ChainJob {
    ChainJob {
        id: job.id,
        name: job.title,
        name_ar: job.name_ar,
        is_enabled: job.is_enabled,
        is_paused: job.is_paused,
        is_deleted: job.is_deleted,
        is_ancestor: job.is_ancestor,
        is_descendant: job.is_descendant,
        last_status: job.last_status.map(words::to_status),
        last_run_at: job.last_run_at,
        current_execution_status: job.current_status.map(words::to_status),
        current_execution_id: job.current_execution,
        after: job.after.map(to_after),
        waiting: job
            .waiting
            .into_iter()
            .map(|end| WaitingEnd {
                job_id: end.job_id,
                execution_id: end.execution,
                status_name: words::to_status(end.status),
                finished_at: end.finished_at,
            })
            .collect(),
    }
}

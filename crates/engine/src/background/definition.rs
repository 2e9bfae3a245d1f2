//! A job as the scheduler holds it: compiled, shared, of one version.

use std::sync::Arc;

use orloj_schedule::{RuleSpec, Schedule};
use serde_json::Value;

use crate::model::{Job, Settings};
use crate::rules::ids::hash_seed;
use crate::store::jobs::Definition as Stored;

/// One version of a job, ready to be fired and run.
#[derive(Debug)]
pub(crate) struct Definition {
    pub id: i64,
    pub version: i64,
    pub shard: i64,
    pub owner_id: i64,
    pub title: String,
    pub task_function: String,
    pub parameters: Value,
    pub settings: Settings,
    pub schedule: Schedule,
    /// Enabled and not deleted.
    pub is_active: bool,
    pub is_deleted: bool,
    pub is_manual: bool,
    /// From, until (exclusive), in microseconds.
    pub pause: Option<(i64, Option<i64>)>,
    pub effective_from: i64,
}

impl Definition {
    /// Compiles a stored job. A schedule that no longer compiles (a zone that vanished from the tz database) is logged
    /// and counts as manual: the job can still be run by hand, and an edit mends it. `None` cannot happen otherwise.
    pub(crate) fn compile(stored: &Stored) -> Option<Arc<Self>> {
        Self::of(&stored.job, stored.shard)
    }

    pub(crate) fn of(job: &Job, shard: i64) -> Option<Arc<Self>> {
        let (schedule, broken) = match job.schedule.compile(hash_seed(job.id)) {
            Ok(schedule) => (schedule, false),
            Err(error) => {
                tracing::error!(job = job.id, %error, "the stored schedule does not compile; the job cannot fire by itself");
                (
                    orloj_schedule::Spec::new(RuleSpec::Manual)
                        .compile(0)
                        .ok()?,
                    true,
                )
            }
        };
        Some(Arc::new(Self {
            id: job.id,
            version: job.version,
            shard,
            owner_id: job.owner_id,
            title: job.title(),
            task_function: job.task_function.clone(),
            parameters: job.parameters.clone(),
            settings: job.settings.clone(),
            is_manual: broken || matches!(job.schedule.rule, RuleSpec::Manual),
            schedule,
            is_active: job.is_enabled && !job.is_deleted,
            is_deleted: job.is_deleted,
            pause: job.pause.as_ref().map(|pause| {
                (
                    pause.since.as_microsecond(),
                    pause.until.map(jiff::Timestamp::as_microsecond),
                )
            }),
            effective_from: job.effective_from.as_microsecond(),
        }))
    }

    /// Whether the schedule can bring anything.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.is_active && !self.is_manual
    }

    /// Why a scheduled run must not start at `now`, if so.
    pub(crate) fn blocked(&self, now: i64) -> Option<&'static str> {
        if self.is_deleted {
            return Some("deleted");
        }
        if !self.is_active {
            return Some("disabled");
        }
        match self.pause {
            Some((since, until)) if since <= now && until.is_none_or(|until| now < until) => {
                Some("paused")
            }
            _ => None,
        }
    }
}

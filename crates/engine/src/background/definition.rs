//! A job as the scheduler holds it: compiled, shared, of one version.

use std::collections::HashMap;
use std::sync::Arc;

use orloj_schedule::{RuleSpec, Timeline};
use serde_json::Value;

use crate::model::{Job, Settings};
use crate::rules::ids::hash_seed;
use crate::rules::timing;
use crate::store::jobs::Definition as Stored;

fn manual() -> Option<Timeline> {
    let schedule = orloj_schedule::Spec::new(RuleSpec::Manual)
        .compile(0)
        .ok()?;
    Some(schedule.free())
}

/// One version of a job, ready to be fired and run.
#[derive(Debug)]
pub(crate) struct Definition {
    pub id: i64,
    pub version: i64,
    /// Version of the shard with which it was last edited, or one of its calendars. Grows with every edit.
    pub edition: i64,
    pub shard: i64,
    pub owner_id: i64,
    pub title: String,
    pub task_function: String,
    pub parameters: Value,
    pub settings: Settings,
    pub timeline: Timeline,
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
        let job = &stored.job;
        let compiled = timing::timeline(
            &job.schedule,
            hash_seed(job.id),
            &job.settings,
            &stored.calendars,
        );
        let (timeline, broken) = match compiled {
            Ok(timeline) => (timeline, false),
            Err(error) => {
                tracing::error!(job = job.id, %error, "the stored schedule does not compile; the job cannot fire by itself");
                (manual()?, true)
            }
        };
        let mut definition = Self::build(job, stored.shard, timeline, broken);
        definition.edition = stored.shard_version;
        Some(Arc::new(definition))
    }

    /// A definition to run by and to stop by, without a schedule: only the armer needs that.
    pub(crate) fn of(job: &Job, shard: i64) -> Option<Arc<Self>> {
        let windows = Settings {
            calendars: Vec::new(),
            ..job.settings.clone()
        };
        let timeline =
            timing::timeline(&job.schedule, hash_seed(job.id), &windows, &HashMap::new());
        let timeline = timeline.ok().or_else(manual)?;
        Some(Arc::new(Self::build(job, shard, timeline, false)))
    }

    fn build(job: &Job, shard: i64, timeline: Timeline, broken: bool) -> Self {
        let effective_from = job.effective_from.as_microsecond();
        Self {
            id: job.id,
            version: job.version,
            edition: 0,
            shard,
            owner_id: job.owner_id,
            title: job.title(),
            task_function: job.task_function.clone(),
            parameters: job.parameters.clone(),
            settings: job.settings.clone(),
            is_manual: broken || matches!(job.schedule.rule, RuleSpec::Manual),
            timeline: timeline.since(effective_from),
            is_active: job.is_enabled && !job.is_deleted,
            is_deleted: job.is_deleted,
            pause: job.pause.as_ref().map(|pause| {
                (
                    pause.since.as_microsecond(),
                    pause.until.map(jiff::Timestamp::as_microsecond),
                )
            }),
            effective_from,
        }
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

//! How jobs look in a terminal.

use anyhow::Result;
use orloj_wire::job::Job;
use orloj_wire::job_edit::JobCreate;
use serde_json::{Map, Value};

use crate::output::{Column, Format, column, instant, maybe, maybe_instant, wide, word};

/// Columns of a list of jobs.
pub(super) const COLUMNS: &[Column<Job>] = &[
    column("ID", |job| job.id.to_string()),
    column("NAME", title),
    column("TASK", |job| job.task_function_key.clone()),
    column("SCHEDULE", |job| job.schedule_text.en.clone()),
    column("STATE", state),
    column("LAST", |job| {
        job.last_status
            .map(|status| word(&status))
            .unwrap_or_default()
    }),
    column("NEXT RUN", |job| maybe_instant(job.next_run_at)),
    wide("ZONE", |job| job.timezone.clone()),
    wide("PRIORITY", |job| job.priority.to_string()),
    wide("LAST RUN", |job| maybe_instant(job.last_run_at)),
    wide("OWNER", |job| job.owner_name.clone()),
    wide("TAGS", |job| job.tags.join(",")),
];

/// Members of one job, below each other.
const MEMBERS: &[Column<Job>] = &[
    column("number", |job| job.id.to_string()),
    column("name", title),
    column("name (Arabic)", |job| maybe(job.name_ar.as_ref())),
    column("description", |job| maybe(job.description_en.as_ref())),
    column("task function", |job| job.task_function_key.clone()),
    column("parameters", |job| {
        if job.parameters.is_empty() {
            return String::new();
        }
        serde_json::to_string(&job.parameters).unwrap_or_default()
    }),
    column("schedule", |job| job.schedule_text.en.clone()),
    column("", |job| job.schedule_text.ar.clone()),
    column("time zone", |job| job.timezone.clone()),
    column("state", state),
    column("pause", |job| {
        let until = job.paused_until.map(|at| format!("until {}", instant(at)));
        let parts: Vec<String> = until.into_iter().chain(job.pause_reason.clone()).collect();
        parts.join(": ")
    }),
    column("next run", |job| maybe_instant(job.next_run_at)),
    column("last run", |job| maybe_instant(job.last_run_at)),
    column("last status", |job| {
        job.last_status
            .map(|status| word(&status))
            .unwrap_or_default()
    }),
    column("live executions", |job| match job.live_executions {
        0 => String::new(),
        some => some.to_string(),
    }),
    column("priority", |job| job.priority.to_string()),
    column("max instances", |job| job.max_instances.to_string()),
    column("misfire grace", |job| match job.misfire_grace_time {
        Some(seconds) => format!("{seconds} s"),
        None => "no bound".to_owned(),
    }),
    column("overlap", |job| word(&job.overlap)),
    column("delivery", |job| word(&job.delivery)),
    column("time limit", |job| {
        job.timeout_seconds
            .map(|seconds| format!("{seconds} s"))
            .unwrap_or_default()
    }),
    column("attempts", |job| job.retry_policy.max_attempts.to_string()),
    column("tags", |job| job.tags.join(", ")),
    column("owner", |job| job.owner_name.clone()),
    column("version", |job| job.version.to_string()),
];

/// Shows one job.
pub(super) fn one(format: Format, job: &Job, raw: &Value) -> Result<()> {
    format.one(job, raw, MEMBERS, |job| job.id.to_string())
}

/// The name to show.
pub(super) fn title(job: &Job) -> String {
    job.name_en
        .clone()
        .or_else(|| job.name_ar.clone())
        .unwrap_or_else(|| format!("{} {}", job.task_function_key, job.id))
}

fn state(job: &Job) -> String {
    if !job.is_enabled {
        "disabled".to_owned()
    } else if job.is_paused {
        "paused".to_owned()
    } else if job.live_executions > 0 {
        "running".to_owned()
    } else {
        "enabled".to_owned()
    }
}

/// The members of a job that a definition can say, as the API says them.
pub(in crate::commands) fn definition_members(job: &Job) -> Result<Map<String, Value>> {
    let Value::Object(members) = serde_json::to_value(job)? else {
        return Ok(Map::new());
    };
    // Every member that a definition has, known from the type itself.
    let known = members
        .into_iter()
        .filter(|(name, _)| {
            let mut probe = Map::new();
            probe.insert(name.clone(), Value::Null);
            serde_json::from_value::<JobCreate>(Value::Object(probe)).is_ok()
        })
        .collect();
    Ok(known)
}

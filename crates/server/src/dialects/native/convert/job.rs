//! Jobs on their way out.

use orloj_engine::model::{JobVersion, JobView, Paged};
use orloj_wire::job::{Job, JobPage};
use orloj_wire::schedule::LocalText;
use orloj_wire::version::JobVersion as WireVersion;

use super::calendars::{to_uses, to_windows};
use super::chains::to_after;
use super::draft::{object, to_create, to_retention, to_retry};
use super::notifications::to_policy;
use super::schedule::{Parts, Said, kind, to_dst};
use super::words;

/// A job. `parts` say how its interval was said.
pub(crate) fn to_job(view: JobView, parts: Option<Parts>) -> Job {
    let job = view.job;
    let said = Said::of(&job.schedule.rule, parts);
    let kind = kind(&job.schedule.rule);
    let (en, ar) = view.schedule_text;
    let pause = job.pause.filter(|_| view.is_paused);
    let settings = job.settings;
    Job {
        id: job.id,
        version: job.version,
        task_function_id: view.task_function_id,
        task_function_key: job.task_function,
        job_type_id: kind.id(),
        job_type_name: words::to_kind(kind),
        name_en: job.name_en,
        name_ar: job.name_ar,
        description_en: job.description_en,
        description_ar: job.description_ar,
        interval_seconds: said.interval.seconds,
        interval_minutes: said.interval.minutes,
        interval_hours: said.interval.hours,
        interval_days: said.interval.days,
        cron_expression: said.cron_expression,
        cron_fields: said.cron_fields,
        run_at: said.run_at,
        recurrence: said.recurrence,
        manual: said.manual,
        timezone: job.schedule.timezone,
        start_at: job.schedule.start_at,
        end_at: job.schedule.end_at,
        dst: to_dst(job.schedule.dst),
        schedule_text: LocalText { en, ar },
        calendars: to_uses(settings.calendars),
        execution_windows: to_windows(settings.execution_windows),
        outside_windows: words::to_outside(settings.outside_windows),
        after: settings.after.map(|after| to_after(*after)),
        parameters: object(job.parameters),
        priority: settings.priority,
        max_instances: settings.max_instances,
        misfire_grace_time: settings.misfire_grace_seconds,
        coalesce: settings.coalesce,
        overlap: words::to_overlap(settings.overlap),
        delivery: words::to_delivery(settings.delivery),
        timeout_seconds: settings.timeout_seconds,
        total_timeout_seconds: settings.total_timeout_seconds,
        retry_policy: to_retry(settings.retry),
        retention: to_retention(settings.retention),
        notifications: settings.notifications.into_iter().map(to_policy).collect(),
        tags: job.tags,
        is_enabled: job.is_enabled,
        is_active: !job.is_deleted,
        is_primary: job.is_primary,
        is_paused: view.is_paused,
        paused_at: pause.as_ref().map(|pause| pause.since),
        paused_until: pause.as_ref().and_then(|pause| pause.until),
        pause_reason: pause.and_then(|pause| pause.reason),
        next_run_at: view.next_run_at,
        last_run_at: view.last_run_at,
        last_status: view.last_status.map(words::to_status),
        live_executions: view.live_executions,
        current_execution_id: view.current_execution,
        current_execution_status: view.current_status.map(words::to_status),
        owner_id: job.owner_id,
        owner_name: view.owner_name,
        created_at: job.created_at,
        updated_at: job.updated_at,
        created_by_id: job.created_by_id,
        updated_by_id: job.updated_by_id,
    }
}

/// A page of jobs.
pub(crate) fn to_page(page: Paged<JobView>, parts: impl Fn(i64) -> Option<Parts>) -> JobPage {
    JobPage {
        total: page.total,
        page: page.page.number,
        per_page: page.page.size,
        total_pages: page.pages(),
        items: page
            .items
            .into_iter()
            .map(|view| {
                let parts = parts(view.job.id);
                to_job(view, parts)
            })
            .collect(),
    }
}

/// A version.
pub(crate) fn to_version(version: JobVersion, parts: Option<Parts>) -> WireVersion {
    WireVersion {
        version: version.version,
        at: version.at,
        by: version.by,
        definition: to_create(version.draft, parts),
    }
}

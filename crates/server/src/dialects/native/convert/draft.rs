//! A body that creates a job becomes the engine's draft, and a draft becomes such a body again (export, versions).

use serde_json::{Map, Value};

use orloj_engine::model::{Delivery, JobDraft, Retention, RetryPolicy, Settings};
use orloj_engine::{Engine, Error, Result};
use orloj_schedule::OutsideWindows;
use orloj_wire::job_edit::JobCreate;
use orloj_wire::settings::{Retention as WireRetention, RetryPolicy as WireRetry};

use super::calendars::{from_uses, from_windows, to_uses, to_windows};
use super::chains::{from_after, to_after};
use super::notifications::{from_policy, to_policy};
use super::schedule::{self, Parts, Said};
use super::words;

/// The parts of the interval that a body says.
pub(crate) fn parts(body: &JobCreate) -> Parts {
    Parts {
        seconds: body.interval_seconds,
        minutes: body.interval_minutes,
        hours: body.interval_hours,
        days: body.interval_days,
    }
}

/// The draft of a new job.
pub(crate) fn from_create(engine: &Engine, body: JobCreate) -> Result<JobDraft> {
    let interval = parts(&body);
    let function = task_function(engine, body.task_function_id, body.task_function_key)?;
    let said = Said {
        interval,
        cron_expression: body.cron_expression,
        cron_fields: body.cron_fields,
        run_at: body.run_at,
        recurrence: body.recurrence,
        manual: body.manual.unwrap_or(false),
    };
    let mut settings = default_settings(engine, &function);
    settings.priority = body.priority.unwrap_or(settings.priority);
    settings.max_instances = body.max_instances.unwrap_or(settings.max_instances);
    settings.misfire_grace_seconds = body
        .misfire_grace_time
        .unwrap_or(settings.misfire_grace_seconds);
    settings.coalesce = body.coalesce.unwrap_or(settings.coalesce);
    settings.overlap = body.overlap.map_or(settings.overlap, words::from_overlap);
    settings.delivery = body
        .delivery
        .map_or(settings.delivery, words::from_delivery);
    settings.timeout_seconds = body.timeout_seconds.or(settings.timeout_seconds);
    settings.total_timeout_seconds = body.total_timeout_seconds;
    settings.retry = body.retry_policy.map(from_retry).unwrap_or_default();
    settings.retention = body.retention.map(from_retention).unwrap_or_default();
    let policies = body.notifications.into_iter().flatten();
    settings.notifications = policies.map(from_policy).collect();
    settings.calendars = body.calendars.map(from_uses).unwrap_or_default();
    settings.execution_windows = from_windows(body.execution_windows.unwrap_or_default())?;
    settings.outside_windows = body
        .outside_windows
        .map_or(settings.outside_windows, words::from_outside);
    settings.after = body.after.map(from_after);
    Ok(JobDraft {
        task_function: function,
        name_en: body.name_en,
        name_ar: body.name_ar,
        description_en: body.description_en,
        description_ar: body.description_ar,
        schedule: schedule::spec(
            said.rule(engine.clock().now())?,
            body.timezone
                .unwrap_or_else(|| engine.config().defaults.timezone.clone()),
            body.dst,
            body.start_at,
            body.end_at,
        )?,
        parameters: Value::Object(body.parameters.unwrap_or_default()),
        settings,
        tags: body.tags.unwrap_or_default(),
        is_enabled: body.is_enabled.unwrap_or(true),
        is_primary: body.is_primary.unwrap_or(false),
    })
}

/// The body that would create a job again.
pub(crate) fn to_create(draft: JobDraft, parts: Option<Parts>) -> JobCreate {
    let said = Said::of(&draft.schedule.rule, parts);
    let settings = draft.settings;
    JobCreate {
        task_function_id: None,
        task_function_key: Some(draft.task_function),
        name_en: draft.name_en,
        name_ar: draft.name_ar,
        description_en: draft.description_en,
        description_ar: draft.description_ar,
        interval_seconds: said.interval.seconds,
        interval_minutes: said.interval.minutes,
        interval_hours: said.interval.hours,
        interval_days: said.interval.days,
        cron_expression: said.cron_expression,
        cron_fields: said.cron_fields,
        run_at: said.run_at,
        recurrence: said.recurrence,
        manual: said.manual.then_some(true),
        timezone: Some(draft.schedule.timezone),
        start_at: draft.schedule.start_at,
        end_at: draft.schedule.end_at,
        dst: (draft.schedule.dst != orloj_schedule::DstPolicy::default())
            .then(|| schedule::to_dst(draft.schedule.dst)),
        calendars: Some(to_uses(settings.calendars)).filter(|uses| !uses.is_empty()),
        execution_windows: Some(to_windows(settings.execution_windows))
            .filter(|windows| !windows.is_empty()),
        outside_windows: (settings.outside_windows != OutsideWindows::default())
            .then(|| words::to_outside(settings.outside_windows)),
        after: settings.after.map(|after| to_after(*after)),
        parameters: Some(object(draft.parameters)).filter(|parameters| !parameters.is_empty()),
        priority: Some(settings.priority),
        max_instances: Some(settings.max_instances),
        misfire_grace_time: Some(settings.misfire_grace_seconds),
        coalesce: Some(settings.coalesce),
        overlap: Some(words::to_overlap(settings.overlap)),
        delivery: Some(words::to_delivery(settings.delivery)),
        timeout_seconds: settings.timeout_seconds,
        total_timeout_seconds: settings.total_timeout_seconds,
        retry_policy: (settings.retry != RetryPolicy::default()).then(|| to_retry(settings.retry)),
        retention: (settings.retention != Retention::default())
            .then(|| to_retention(settings.retention)),
        notifications: (!settings.notifications.is_empty())
            .then(|| settings.notifications.into_iter().map(to_policy).collect()),
        tags: Some(draft.tags).filter(|tags| !tags.is_empty()),
        is_enabled: Some(draft.is_enabled),
        is_primary: draft.is_primary.then_some(true),
    }
}

/// Key of the task function that a body names by number, key, or both.
pub(crate) fn task_function(
    engine: &Engine,
    id: Option<i64>,
    key: Option<String>,
) -> Result<String> {
    let by_id = id
        .map(|id| {
            engine.task_function_key(id).ok_or_else(|| {
                Error::invalid("taskFunctionId", format!("there is no task function {id}; GET /api/v1/scheduler/task-functions lists them"))
            })
        })
        .transpose()?;
    match (by_id, key) {
        (None, None) => Err(Error::invalid(
            "taskFunctionId",
            "say what to run: taskFunctionId or taskFunctionKey",
        )),
        (Some(by_id), Some(key)) if by_id != key => Err(Error::invalid(
            "taskFunctionKey",
            "taskFunctionId and taskFunctionKey name different task functions",
        )),
        (Some(key), _) | (None, Some(key)) => {
            if engine.catalogue().get(&key).is_none() {
                return Err(Error::invalid(
                    "taskFunctionKey",
                    "there is no such task function; GET /api/v1/scheduler/task-functions lists them",
                ));
            }
            Ok(key)
        }
    }
}

/// What a job of this task function gets where its body says nothing.
pub(crate) fn default_settings(engine: &Engine, function: &str) -> Settings {
    let defaults = &engine.config().defaults;
    let function = engine.catalogue().get(function);
    let delivery = function.map_or(Delivery::AtMostOnce, |function| {
        match function.info().default_delivery {
            orloj_tasks::Delivery::AtMostOnce => Delivery::AtMostOnce,
            orloj_tasks::Delivery::AtLeastOnce => Delivery::AtLeastOnce,
        }
    });
    Settings {
        misfire_grace_seconds: defaults.misfire_grace_seconds,
        max_instances: defaults.max_instances,
        timeout_seconds: function.and_then(|function| function.info().default_timeout_seconds),
        ..Settings::with_delivery(delivery)
    }
}

pub(crate) fn from_retry(policy: WireRetry) -> RetryPolicy {
    RetryPolicy {
        max_attempts: policy.max_attempts,
        delay_seconds: policy.delay_seconds,
        backoff: words::from_backoff(policy.backoff),
        max_delay_seconds: policy.max_delay_seconds,
        jitter: policy.jitter,
        on: policy.on.into_iter().map(words::from_cause).collect(),
        exit_codes: policy.exit_codes,
        http_statuses: policy.http_statuses,
    }
}

pub(crate) fn to_retry(policy: RetryPolicy) -> WireRetry {
    WireRetry {
        max_attempts: policy.max_attempts,
        delay_seconds: policy.delay_seconds,
        backoff: words::to_backoff(policy.backoff),
        max_delay_seconds: policy.max_delay_seconds,
        jitter: policy.jitter,
        on: policy.on.into_iter().map(words::to_cause).collect(),
        exit_codes: policy.exit_codes,
        http_statuses: policy.http_statuses,
    }
}

pub(crate) fn from_retention(retention: WireRetention) -> Retention {
    Retention {
        days: retention.days,
        count: retention.count,
        artifact_days: retention.artifact_days,
    }
}

pub(crate) fn to_retention(retention: Retention) -> WireRetention {
    WireRetention {
        days: retention.days,
        count: retention.count,
        artifact_days: retention.artifact_days,
    }
}

/// An object; the engine keeps parameters as objects only.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

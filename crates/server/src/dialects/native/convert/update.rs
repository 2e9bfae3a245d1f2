//! A partial update applied to a draft.

use serde_json::Value;

use orloj_engine::model::JobDraft;
use orloj_engine::{Engine, Error, Result};
use orloj_schedule::RuleSpec;
use orloj_wire::job_edit::JobUpdate;

use super::calendars::{from_uses, from_windows};
use super::chains::from_after;
use super::draft::{default_settings, from_retention, from_retry, task_function};
use super::notifications::from_policy;
use super::schedule::{self, Family, Parts, Said};
use super::words;

/// Replaces `old` by what was sent: the value, or for null the default.
fn set<T>(old: &mut T, sent: Option<Option<T>>, default: impl FnOnce() -> T) {
    if let Some(sent) = sent {
        *old = sent.unwrap_or_else(default);
    }
}

/// The draft after an update, and the parts of its interval where the update changed them.
pub(crate) fn apply(
    engine: &Engine,
    mut draft: JobDraft,
    mut body: JobUpdate,
    parts: Option<Parts>,
) -> Result<(JobDraft, Option<Parts>)> {
    if let Some(function) = changed_function(engine, &body)? {
        draft.task_function = function;
    }
    let changed = apply_schedule(engine, &mut draft, &mut body, parts)?;
    let defaults = default_settings(engine, &draft.task_function);
    set(&mut draft.name_en, body.name_en.map(Some), || None);
    set(&mut draft.name_ar, body.name_ar.map(Some), || None);
    set(
        &mut draft.description_en,
        body.description_en.map(Some),
        || None,
    );
    set(
        &mut draft.description_ar,
        body.description_ar.map(Some),
        || None,
    );
    set(
        &mut draft.parameters,
        body.parameters.map(|sent| sent.map(Value::Object)),
        || Value::Object(serde_json::Map::new()),
    );
    set(&mut draft.tags, body.tags, Vec::new);
    set(&mut draft.is_enabled, body.is_enabled, || true);
    set(&mut draft.is_primary, body.is_primary, || false);
    let settings = &mut draft.settings;
    set(&mut settings.priority, body.priority, || defaults.priority);
    set(&mut settings.max_instances, body.max_instances, || {
        defaults.max_instances
    });
    // Null has a meaning of its own here: without bound.
    set(
        &mut settings.misfire_grace_seconds,
        body.misfire_grace_time.map(Some),
        || None,
    );
    set(&mut settings.coalesce, body.coalesce, || defaults.coalesce);
    set(
        &mut settings.overlap,
        body.overlap.map(|sent| sent.map(words::from_overlap)),
        || defaults.overlap,
    );
    set(
        &mut settings.delivery,
        body.delivery.map(|sent| sent.map(words::from_delivery)),
        || defaults.delivery,
    );
    set(
        &mut settings.timeout_seconds,
        body.timeout_seconds.map(Some),
        || None,
    );
    set(
        &mut settings.total_timeout_seconds,
        body.total_timeout_seconds.map(Some),
        || None,
    );
    set(
        &mut settings.retry,
        body.retry_policy.map(|sent| sent.map(from_retry)),
        Default::default,
    );
    set(
        &mut settings.retention,
        body.retention.map(|sent| sent.map(from_retention)),
        Default::default,
    );
    set(
        &mut settings.notifications,
        body.notifications
            .map(|sent| sent.map(|all| all.into_iter().map(from_policy).collect())),
        Vec::new,
    );
    set(
        &mut settings.calendars,
        body.calendars.map(|sent| sent.map(from_uses)),
        Vec::new,
    );
    if let Some(sent) = body.execution_windows {
        settings.execution_windows = from_windows(sent.unwrap_or_default())?;
    }
    set(
        &mut settings.outside_windows,
        body.outside_windows
            .map(|sent| sent.map(words::from_outside)),
        Default::default,
    );
    if let Some(sent) = body.after {
        settings.after = sent.map(from_after);
    }
    Ok((draft, changed))
}

fn changed_function(engine: &Engine, body: &JobUpdate) -> Result<Option<String>> {
    if matches!(body.task_function_id, Some(None)) {
        return Err(Error::invalid(
            "taskFunctionId",
            "a job needs a task function; it cannot be cleared",
        ));
    }
    if matches!(body.task_function_key, Some(None)) {
        return Err(Error::invalid(
            "taskFunctionKey",
            "a job needs a task function; it cannot be cleared",
        ));
    }
    match (
        body.task_function_id.flatten(),
        body.task_function_key.clone().flatten(),
    ) {
        (None, None) => Ok(None),
        (id, key) => task_function(engine, id, key).map(Some),
    }
}

fn apply_schedule(
    engine: &Engine,
    draft: &mut JobDraft,
    body: &mut JobUpdate,
    parts: Option<Parts>,
) -> Result<Option<Parts>> {
    let spec = &mut draft.schedule;
    let said = Said::of(&spec.rule, parts);
    let new = merge(said.clone(), body)?;
    let changed = (new.interval != said.interval).then_some(new.interval);
    if new != said {
        spec.rule = keep_anchor(&spec.rule, new.rule(engine.clock().now())?);
    }
    let default_timezone = || engine.config().defaults.timezone.clone();
    set(&mut spec.timezone, body.timezone.take(), default_timezone);
    set(
        &mut spec.dst,
        body.dst.take().map(|sent| sent.map(schedule::from_dst)),
        Default::default,
    );
    if let Some(sent) = body.start_at {
        spec.start_at = sent
            .map(|at| schedule::instant("startAt", at))
            .transpose()?;
    }
    if let Some(sent) = body.end_at {
        spec.end_at = sent.map(|at| schedule::instant("endAt", at)).transpose()?;
    }
    Ok(changed)
}

/// An interval said in other words keeps its grid.
fn keep_anchor(old: &RuleSpec, new: RuleSpec) -> RuleSpec {
    match (old, &new) {
        (
            RuleSpec::Interval {
                every_seconds: before,
                ..
            },
            RuleSpec::Interval {
                every_seconds: after,
                ..
            },
        ) if before == after => old.clone(),
        _ => new,
    }
}

/// What is said after the update: members of the present kind are changed one by one, members of another kind replace it.
fn merge(old: Said, body: &mut JobUpdate) -> Result<Said> {
    let sent = Said {
        interval: Parts {
            seconds: body.interval_seconds.flatten(),
            minutes: body.interval_minutes.flatten(),
            hours: body.interval_hours.flatten(),
            days: body.interval_days.flatten(),
        },
        cron_expression: body.cron_expression.clone().flatten(),
        cron_fields: body.cron_fields.clone().flatten(),
        run_at: body.run_at.flatten(),
        recurrence: body.recurrence.clone().flatten(),
        manual: body.manual.flatten().unwrap_or(false),
    };
    if !sent.families().is_empty() {
        let family = sent.family()?;
        if family != Family::Interval || old.interval.total().is_none() {
            return Ok(sent);
        }
    }
    let mut new = old;
    set(
        &mut new.interval.seconds,
        body.interval_seconds.map(Some),
        || None,
    );
    set(
        &mut new.interval.minutes,
        body.interval_minutes.map(Some),
        || None,
    );
    set(
        &mut new.interval.hours,
        body.interval_hours.map(Some),
        || None,
    );
    set(&mut new.interval.days, body.interval_days.map(Some), || {
        None
    });
    set(
        &mut new.cron_expression,
        body.cron_expression.take().map(Some),
        || None,
    );
    set(
        &mut new.cron_fields,
        body.cron_fields.take().map(Some),
        || None,
    );
    set(&mut new.run_at, body.run_at.map(Some), || None);
    set(
        &mut new.recurrence,
        body.recurrence.take().map(Some),
        || None,
    );
    set(&mut new.manual, body.manual, || false);
    new.family()?;
    Ok(new)
}

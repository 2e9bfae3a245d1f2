//! What parents returned, filled into the parameters of a run before it starts.

use std::sync::Arc;

use orloj_tasks::{Cause, Outcome, ParameterError, TaskFunction};
use serde_json::Value;

use super::attempt::Item;
use crate::engine::Inner;
use crate::model::{After, Trigger};
use crate::rules::results::{has_result, result_references, with_results};
use crate::store::chains;
use crate::store::executions::StoredOutcome;

/// The parameters with the results they refer to, judged once more by the task function; `None` when they refer to
/// none. Secrets are filled in before, so that nothing that a parent returned can name one.
///
/// # Errors
/// The outcome of an attempt that cannot begin.
pub(crate) async fn fill_in(
    engine: &Arc<Inner>,
    item: &Item,
    function: &dyn TaskFunction,
    parameters: &Value,
) -> Result<Option<Value>, Outcome> {
    let Some(after) = item.definition.settings.after.as_deref() else {
        return Ok(None);
    };
    if !has_result(parameters) {
        return Ok(None);
    }
    let filled = filled(engine, item, after, parameters).await?;
    match function.check(&filled, &engine.config.policy) {
        Ok(()) => Ok(Some(filled)),
        Err(errors) => Err(Outcome::failed(
            Cause::InvalidParameters,
            format!(
                "the results of earlier jobs do not fit the parameters: {}",
                words(&errors)
            ),
        )),
    }
}

async fn filled(
    engine: &Arc<Inner>,
    item: &Item,
    after: &After,
    parameters: &Value,
) -> Result<Value, Outcome> {
    let wrong = |message: String| Outcome::failed(Cause::InvalidParameters, message);
    let mut values = Vec::new();
    for reference in result_references(parameters) {
        let at = &reference.pointer;
        let found = reference
            .target
            .and_then(|target| Some((target.parent(after)?.job_id, target)));
        let Some((job, target)) = found else {
            return Err(wrong(format!("{at} refers to no parent of this job")));
        };
        let by_parent = item.live.trigger == Trigger::Dependency;
        let stored = chains::outcome_for(&engine.store.db, item.live.id, job, by_parent).await;
        let stored = stored.map_err(|error| Outcome::failed(Cause::Internal, error.message))?;
        let Some(stored) = stored else {
            return Err(wrong(format!("{at}: job {job} has no run with a result")));
        };
        let outcome: StoredOutcome = stored
            .and_then(|stored| serde_json::from_value(stored).ok())
            .unwrap_or_default();
        let value = outcome.result.unwrap_or(Value::Null);
        let Some(value) = value.pointer(&target.path) else {
            return Err(wrong(format!(
                "{at}: the result of job {job} has nothing at `{}`",
                target.path
            )));
        };
        values.push((target, value.clone()));
    }
    Ok(with_results(parameters, &mut |wanted| {
        let known = values.iter().find(|(target, _)| target == wanted);
        known.map(|(_, value)| value.clone())
    }))
}

fn words(errors: &[ParameterError]) -> String {
    let each: Vec<String> = errors
        .iter()
        .take(5)
        .map(|error| format!("{} {}", error.pointer, error.message.en))
        .collect();
    each.join("; ")
}

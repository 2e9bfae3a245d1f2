//! One attempt of an execution, from start to report.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use orloj_tasks::{
    CancelReason, Canceller, Cause, Context, LogSink, LogSource, Outcome, Progress, Text,
};
use serde_json::Value;

use super::definition::Definition;
use super::discretion::Discretion;
use super::dispatch::Event;
use super::logbook::Logbook;
use super::results;
use crate::engine::Inner;
use crate::operations::artifacts::Keeping;
use crate::rules::ids::execution_uuid;
use crate::store::hot::Live;

/// How long a task function has to return after it was told to stop; then it is dropped where it stands.
const STOP_GRACE_US: i64 = 15_000_000;

/// A live execution together with the version of its job that it runs.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub live: Live,
    pub definition: Arc<Definition>,
    /// The owner of its shard has let it through its job's gate and offered it: whoever runs it asks no gate again.
    pub is_admitted: bool,
}

impl Item {
    /// An execution that has still to pass its job's gate.
    pub(crate) fn new(live: Live, definition: Arc<Definition>) -> Self {
        Self {
            live,
            definition,
            is_admitted: false,
        }
    }

    /// Whether it was leased under an earlier number of this instance, which others have taken for dead since.
    pub(crate) fn is_lost(&self, engine: &Inner) -> bool {
        self.live.instance_id != Some(engine.me())
    }
}

/// Runs the attempt of `item` to its end. `limit_us` is its time limit from now on.
pub(crate) async fn run(
    engine: Arc<Inner>,
    item: Item,
    canceller: Canceller,
    book: Logbook,
    limit_us: Option<i64>,
) -> Outcome {
    let function = match engine.catalogue.get(&item.definition.task_function) {
        Some(function) => Arc::clone(function),
        None => {
            let key = &item.definition.task_function;
            let message = Text::new(
                format!("the task function `{key}` is not installed on this instance"),
                format!("وظيفة التنفيذ `{key}` غير مثبتة على نسخة الخادم هذه"),
            );
            return Outcome::failed(Cause::Internal, message);
        }
    };
    let parameters = match item
        .live
        .parameters
        .as_deref()
        .map(serde_json::from_str::<Value>)
    {
        None => None,
        Some(Ok(own)) => Some(own),
        Some(Err(error)) => {
            return Outcome::failed(
                Cause::Internal,
                format!("the stored parameters are not JSON: {error}"),
            );
        }
    };
    let parameters = parameters.as_ref().unwrap_or(&item.definition.parameters);
    let discretion = Discretion::new();
    let filled = discretion.fill_in(&engine, item.definition.owner_id, parameters);
    let filled = match filled.await {
        Ok(filled) => filled,
        Err(outcome) => return outcome,
    };
    let parameters = filled.as_ref().unwrap_or(parameters);
    let filled = results::fill_in(&engine, &item, function.as_ref(), parameters).await;
    let filled = match filled {
        Ok(filled) => filled,
        Err(outcome) => return discretion.outcome(outcome),
    };
    let parameters = filled.as_ref().unwrap_or(parameters);
    let context = context(&engine, &item, &canceller, &book, &discretion);
    if !engine.lease.is_held() || item.is_lost(&engine) {
        // The process stood still between the decision to start and the start.
        return Outcome::stopped(CancelReason::Lost);
    }
    let work = AssertUnwindSafe(function.run(&context, parameters)).catch_unwind();
    tokio::pin!(work);
    let stop = context.cancel.clone();
    let limited = async {
        match limit_us {
            Some(limit) => {
                engine.clock.sleep_us(limit).await;
                canceller.cancel(CancelReason::TimedOut);
            }
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        ended = &mut work => Some(ended),
        () = limited => None,
        () = stop.cancelled() => None,
    };
    let ended = match ended {
        Some(ended) => Some(ended),
        None => tokio::select! {
            ended = &mut work => Some(ended),
            () = engine.clock.sleep_us(STOP_GRACE_US) => None,
        },
    };
    let outcome = match ended {
        Some(Ok(outcome)) => outcome,
        Some(Err(panic)) => {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default();
            let text = discretion.text(text);
            tracing::error!(execution = item.live.id, function = %item.definition.task_function, panic = %text, "a task function panicked");
            Outcome::failed(
                Cause::Internal,
                Text::fixed(
                    "the task function ended by a defect (panic); the server's log has more",
                    "انتهت وظيفة التنفيذ بخلل داخلي؛ التفاصيل في سجل الخادم",
                ),
            )
        }
        None => {
            book.add(
                engine.clock.now_us(),
                "system",
                "did not stop in time and was dropped".to_owned(),
            );
            Outcome::stopped(context.cancel.reason().unwrap_or(CancelReason::TimedOut))
        }
    };
    discretion.finish(&book, engine.clock.now_us());
    discretion.outcome(outcome)
}

fn context(
    engine: &Arc<Inner>,
    item: &Item,
    canceller: &Canceller,
    book: &Logbook,
    discretion: &Discretion,
) -> Context {
    let Live {
        id,
        created_at,
        attempt,
        due_at,
        trigger,
        ..
    } = item.live;
    let uuid = execution_uuid(id, created_at);
    let (clock, lines, events) = (engine.clock.clone(), book.clone(), engine.events.clone());
    let discreet = discretion.clone();
    let log = LogSink::new(move |line| {
        let level = match line.source {
            LogSource::Stdout => "stdout",
            LogSource::Stderr => "stderr",
            _ => line.level.as_str(),
        };
        if let Some(text) = discreet.line(level, line.text)
            && lines.add(clock.now_us(), level, text)
        {
            // An engine that is going down stores what is held at the end of the run.
            let _ = events.send(Event::LogGrew(id));
        }
    });
    let told = Arc::downgrade(engine);
    let discreet = discretion.clone();
    let progress = Progress::new(move |percent, note| {
        if let Some(engine) = told.upgrade() {
            let note = note.map(|note| discreet.text(note.to_owned()));
            engine.progress.set(id, percent, note.as_deref());
        }
    });
    Context {
        fence: attempt_fence(id, created_at, attempt, item.live.instance_id.unwrap_or(0)),
        work_dir: engine.config.work_dir.join(format!("{uuid}-{attempt}")),
        execution_id: uuid,
        attempt,
        job_id: item.live.job_id,
        job_name: item.definition.title.clone(),
        scheduled_at: crate::clock::timestamp(due_at),
        triggered_by: trigger.word(),
        log,
        cancel: canceller.handle(),
        services: Arc::new(super::services::RunServices::new(
            engine,
            Keeping {
                execution_id: id,
                owner_id: item.definition.owner_id,
                days: item.definition.settings.retention.artifact_days,
            },
            discretion.hidden().clone(),
        )),
        policy: Arc::clone(&engine.config.policy),
        progress,
    }
}

/// The mark of one attempt: its processes carry it in their environment. Made of what the row of a lost attempt still
/// says, so that they can be found after a crash.
pub(crate) fn attempt_fence(id: i64, created_at: i64, attempt: u32, instance: i64) -> String {
    format!("{}-{attempt}-{instance}", execution_uuid(id, created_at))
}

/// The word under which retry rules and people know a cause, with its code.
pub(crate) fn cause_word(cause: Cause) -> String {
    match cause {
        Cause::ExitCode(code) => format!("exit_code:{code}"),
        Cause::Signal(signal) => format!("signal:{signal}"),
        Cause::HttpStatus(status) => format!("http_status:{status}"),
        Cause::Timeout => "timeout".to_owned(),
        Cause::Network => "network".to_owned(),
        Cause::InvalidParameters => "invalid_parameters".to_owned(),
        Cause::Internal => "internal".to_owned(),
        Cause::Other => "other".to_owned(),
    }
}

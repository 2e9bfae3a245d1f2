//! What an attempt's end means for its execution: ended, or another attempt. Pure.

use orloj_tasks::{CancelReason, Outcome, Status as TaskStatus, Text};

use super::attempt::{Item, cause_word};
use crate::model::Status;
use crate::rules::retry;
use crate::store::executions::StoredOutcome;
use crate::store::hot::{Ended, Live, Retried};

/// Longest text kept of a summary or a message; the log has the rest.
const MAX_TEXT: usize = 4_096;
const MAX_DETAIL: usize = 65_536;

/// How an attempt ended.
pub(crate) struct End<'a> {
    pub item: &'a Item,
    pub outcome: Outcome,
    /// Why it was told to stop, if it was.
    pub stopped: Option<CancelReason>,
    /// What the canceller said.
    pub cancel_reason: Option<String>,
    pub started_at: i64,
    pub finished_at: i64,
    pub log_lines: i64,
    pub log_truncated: bool,
    /// In [0, 1), for the jitter of retries.
    pub random: f64,
}

/// What follows.
pub(crate) enum Settled {
    Ended(Box<Ended>),
    Retried(Box<Retried>),
}

/// Decides what follows an attempt's end.
pub(crate) fn settle(end: End<'_>) -> Settled {
    let End {
        item,
        outcome,
        stopped,
        cancel_reason,
        started_at,
        finished_at,
        log_lines,
        log_truncated,
        random,
    } = end;
    let settings = &item.definition.settings;
    let status = status(&outcome, stopped);
    let failure = outcome.failure.as_ref();
    let cause = match status {
        Status::Lost => Some("lost".to_owned()),
        Status::Timeout => Some("timeout".to_owned()),
        _ => failure.map(|failure| cause_word(failure.cause)),
    };
    let stopped_early = (status == Status::Lost).then(|| {
        Text::fixed(
            "the server stopped before the run ended",
            "توقف الخادم قبل انتهاء التنفيذ",
        )
    });
    let message = failure.map(|failure| &failure.message);
    let (error_message, error_message_ar) = in_both(message.or(stopped_early.as_ref()));
    let first = item.live.first_started_at.unwrap_or(started_at);
    let ended_attempt = retry::End {
        attempt: item.live.attempt,
        status,
        cause: cause.as_deref(),
        retryable: outcome.retryable || matches!(status, Status::Timeout | Status::Lost),
        delivery: settings.delivery,
        elapsed_us: finished_at - first,
    };
    if let Some(delay) = retry::next_delay_us(
        &settings.retry,
        settings.total_timeout_seconds,
        &ended_attempt,
        random,
    ) {
        return Settled::Retried(Box::new(Retried {
            id: item.live.id,
            attempt: item.live.attempt,
            started_at: Some(started_at),
            finished_at,
            status: status.id(),
            error_message,
            error_message_ar,
            cause,
            first_started_at: Some(first),
            visible_at: finished_at + delay,
            instance_id: item.live.instance_id,
            reason: "retry",
        }));
    }
    let reason = match status {
        Status::Cancelled => Some(cancel_reason.unwrap_or_else(|| "cancelled".to_owned())),
        Status::Lost => Some("server_stopped".to_owned()),
        _ => None,
    };
    let (summary, summary_ar) = in_both(outcome.summary.as_ref());
    Settled::Ended(Box::new(Ended {
        live: item.live.clone(),
        status: status.id(),
        reason,
        finished_at,
        summary,
        summary_ar,
        error_message,
        error_message_ar,
        cause,
        records_processed: outcome.records_processed,
        records_affected: outcome.records_affected,
        outcome: stored(outcome),
        log_lines,
        log_truncated,
    }))
}

/// The end of an execution that never ran.
pub(crate) fn unstarted(live: Live, status: Status, reason: &str, now: i64) -> Ended {
    Ended {
        live,
        status: status.id(),
        reason: Some(reason.to_owned()),
        finished_at: now,
        summary: None,
        summary_ar: None,
        error_message: None,
        error_message_ar: None,
        cause: None,
        records_processed: None,
        records_affected: None,
        outcome: None,
        log_lines: 0,
        log_truncated: false,
    }
}

fn status(outcome: &Outcome, stopped: Option<CancelReason>) -> Status {
    match (outcome.status, stopped) {
        (TaskStatus::Success, _) => Status::Success,
        (TaskStatus::Partial, _) => Status::Partial,
        // A run that was told to stop and then failed, failed because of that.
        (_, Some(CancelReason::Cancelled)) => Status::Cancelled,
        (_, Some(CancelReason::TimedOut)) => Status::Timeout,
        (_, Some(CancelReason::Shutdown | CancelReason::Lost)) => Status::Lost,
        (TaskStatus::Failed, None) => Status::Failed,
        (TaskStatus::Timeout, None) => Status::Timeout,
        (TaskStatus::Cancelled, None) => Status::Cancelled,
    }
}

fn stored(outcome: Outcome) -> Option<String> {
    let detail = outcome
        .failure
        .and_then(|failure| failure.detail)
        .map(|text| clip(&text, MAX_DETAIL));
    let more = StoredOutcome {
        result: outcome.result,
        warnings: outcome.warnings,
        errors: outcome.errors,
        detail,
    };
    if more.result.is_none()
        && more.warnings.is_empty()
        && more.errors.is_empty()
        && more.detail.is_none()
    {
        return None;
    }
    serde_json::to_string(&more).ok()
}

/// What is stored of a text: English, and Arabic where it is another text.
pub(crate) fn in_both(text: Option<&Text>) -> (Option<String>, Option<String>) {
    let Some(text) = text else {
        return (None, None);
    };
    let ar = (text.ar != text.en).then(|| clip(&text.ar, MAX_TEXT));
    (Some(clip(&text.en, MAX_TEXT)), ar)
}

/// The text without NUL (PostgreSQL refuses it), at most `limit` bytes long.
fn clip(text: &str, limit: usize) -> String {
    let text = text.replace('\0', "\u{fffd}");
    match text.char_indices().find(|(at, _)| *at > limit) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

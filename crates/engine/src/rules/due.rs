//! Which due instants run, and what becomes of the others.
//!
//! The engine asks this for every job whose instants come into reach: in normal work that is the next instant a
//! fraction of a second ahead, after an outage it may be thousands. Every instant of the span gets exactly one
//! answer, so the ledger has no holes.

use orloj_schedule::Schedule;

use crate::clock::timestamp;
use crate::model::Disposition;

/// At most so many owed instants of one job run after an outage when the job does not coalesce; the older ones are
/// recorded as coalesced with the reason `backlog_limit`.
pub const BACKLOG_LIMIT: u64 = 10_000;

/// Counting stops here; a range with more instants is recorded with this count.
const COUNT_CAP: u64 = 10_000_000;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The job's schedule.
    pub schedule: &'a Schedule,
    /// Instants at or before this one have been decided or do not count: `max(watermark, effective_from)`.
    pub after: i64,
    /// Instants up to here are to be decided; may lie a little after `now`.
    pub until: i64,
    /// The present instant.
    pub now: i64,
    /// How late an instant may start, in microseconds.
    pub grace: Option<i64>,
    /// Of several owed instants only the latest runs.
    pub coalesce: bool,
    /// A pause: from, until (exclusive).
    pub pause: Option<(i64, Option<i64>)>,
}

/// Instants that do not run, as a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skip {
    /// First instant.
    pub from: i64,
    /// Last instant.
    pub until: i64,
    /// Number of instants.
    pub count: u64,
    /// What was decided.
    pub disposition: Disposition,
    /// Why: a stable word.
    pub reason: &'static str,
}

/// What was decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Instants that become executions, ascending.
    pub run: Vec<i64>,
    /// Instants that do not.
    pub skips: Vec<Skip>,
}

/// Decides every instant of the span.
pub fn decide(question: &Question<'_>) -> Answer {
    let mut answer = Answer::default();
    let Question { after, until, .. } = *question;
    let Some((since, resumed)) = question.pause else {
        running_span(question, after, until, &mut answer);
        return answer;
    };
    let paused_to = resumed.map_or(until, |at| (at - 1).min(until));
    running_span(question, after, until.min(since - 1), &mut answer);
    skip_span(
        question,
        after.max(since - 1),
        paused_to,
        Disposition::Skipped,
        "paused",
        &mut answer,
    );
    if resumed.is_some() {
        running_span(question, after.max(paused_to), until, &mut answer);
    }
    answer
}

/// A part of the span in which the job may run: too old is missed, owed may coalesce, to come is armed.
fn running_span(question: &Question<'_>, after: i64, until: i64, answer: &mut Answer) {
    if after >= until {
        return;
    }
    let now = question.now;
    let oldest = question
        .grace
        .map_or(i64::MIN, |grace| now.saturating_sub(grace));
    let missed_to = oldest.saturating_sub(1).min(until);
    skip_span(
        question,
        after,
        missed_to,
        Disposition::Missed,
        "misfire_grace",
        answer,
    );
    let owed_from = after.max(missed_to);
    let owed_to = now.min(until);
    owed_span(question, owed_from, owed_to, answer);
    let to_come = question
        .schedule
        .between(timestamp(owed_from.max(owed_to)), timestamp(until));
    answer
        .run
        .extend(to_come.map(jiff::Timestamp::as_microsecond));
}

fn owed_span(question: &Question<'_>, after: i64, until: i64, answer: &mut Answer) {
    if after >= until {
        return;
    }
    let schedule = question.schedule;
    let Some(latest) = schedule
        .previous(timestamp(until.saturating_add(1)))
        .map(jiff::Timestamp::as_microsecond)
    else {
        return;
    };
    if latest <= after {
        return;
    }
    if question.coalesce {
        skip_span(
            question,
            after,
            latest - 1,
            Disposition::Coalesced,
            "coalesced",
            answer,
        );
        answer.run.push(latest);
        return;
    }
    let owed = schedule.count_between(timestamp(after), timestamp(until), COUNT_CAP);
    let mut from = after;
    if owed > BACKLOG_LIMIT {
        // Walk back from the newest: the span may hold millions.
        let mut oldest_kept = latest;
        for _ in 1..BACKLOG_LIMIT {
            match schedule.previous(timestamp(oldest_kept)) {
                Some(earlier) => oldest_kept = earlier.as_microsecond(),
                None => break,
            }
        }
        from = oldest_kept - 1;
        skip_span(
            question,
            after,
            from,
            Disposition::Coalesced,
            "backlog_limit",
            answer,
        );
    }
    answer.run.extend(
        schedule
            .between(timestamp(from), timestamp(until))
            .map(jiff::Timestamp::as_microsecond),
    );
}

fn skip_span(
    question: &Question<'_>,
    after: i64,
    until: i64,
    disposition: Disposition,
    reason: &'static str,
    answer: &mut Answer,
) {
    if after >= until {
        return;
    }
    let schedule = question.schedule;
    let first = schedule.next_after_us(after);
    let last = schedule
        .previous(timestamp(until.saturating_add(1)))
        .map(jiff::Timestamp::as_microsecond);
    let (Some(from), Some(last)) = (first, last) else {
        return;
    };
    if from > until || last < from {
        return;
    }
    let count = schedule
        .count_between(timestamp(after), timestamp(until), COUNT_CAP)
        .max(1);
    answer.skips.push(Skip {
        from,
        until: last,
        count,
        disposition,
        reason,
    });
}

//! Which due instants run, and what becomes of the others.
//!
//! The engine asks this for every job whose instants come into reach: in normal work that is the next instant a
//! fraction of a second ahead, after an outage it may be thousands. Every instant of the span gets exactly one
//! answer, so the ledger has no holes.

use orloj_schedule::{Schedule, Timeline};

use super::timing::{self, MOVED_TO_BUSINESS_DAY, WAITS_FOR_WINDOW};
use crate::clock::timestamp;
use crate::model::Disposition;

/// At most so many owed instants of one job run after an outage when the job does not coalesce; the older ones are
/// recorded as coalesced with the reason `backlog_limit`.
pub const BACKLOG_LIMIT: u64 = 10_000;

/// Of a job with calendars or windows at most so many instants are judged one by one.
const MOST_JUDGED: u64 = 200_000;

/// Why a run that is late does not start any more: the execution window it was due in has closed.
pub const WINDOW_CLOSED: &str = "window_closed";

/// Counting stops here; a range with more instants is recorded with this count.
const COUNT_CAP: u64 = 10_000_000;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The job's schedule under its calendars and windows.
    pub timeline: &'a Timeline,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// First instant.
    pub from: i64,
    /// Last instant.
    pub until: i64,
    /// Number of instants.
    pub count: u64,
    /// What was decided.
    pub disposition: Disposition,
    /// Why.
    pub reason: Reason,
}

/// Why instants do not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// A stable word.
    pub word: &'static str,
    /// What stands behind it: calendar and entry.
    pub detail: Option<String>,
}

impl Reason {
    /// Whether the instants run after all, at another time.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        matches!(self.word, MOVED_TO_BUSINESS_DAY | WAITS_FOR_WINDOW)
    }
}

impl From<&'static str> for Reason {
    fn from(word: &'static str) -> Self {
        Self { word, detail: None }
    }
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
    if question.timeline.is_restricted() {
        return decide_restricted(question);
    }
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
        .timeline
        .schedule()
        .between(timestamp(owed_from.max(owed_to)), timestamp(until));
    answer
        .run
        .extend(to_come.map(jiff::Timestamp::as_microsecond));
}

fn owed_span(question: &Question<'_>, after: i64, until: i64, answer: &mut Answer) {
    if after >= until {
        return;
    }
    let schedule = question.timeline.schedule();
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
    let schedule = question.timeline.schedule();
    if let Some((from, until, count)) = instants(schedule, after, until) {
        answer.skips.push(Skip {
            from,
            until,
            count,
            disposition,
            reason: reason.into(),
        });
    }
}

/// The first, the last and the number of the instants after `after` until `until`.
fn instants(schedule: &Schedule, after: i64, until: i64) -> Option<(i64, i64, u64)> {
    let first = schedule.next_after_us(after)?;
    let last = schedule
        .previous(timestamp(until.saturating_add(1)))?
        .as_microsecond();
    if first > until || last < first {
        return None;
    }
    let count = schedule.count_between(timestamp(after), timestamp(until), COUNT_CAP);
    Some((first, last, count.max(1)))
}

/// Leaves instants that have become runs already out of ranges of instants that do not run: after a clock that was ahead and
/// was set back they come into reach a second time. `fired` is ascending.
pub fn without(schedule: &Schedule, skips: Vec<Skip>, fired: &[i64]) -> Vec<Skip> {
    let mut left = Vec::with_capacity(skips.len());
    for skip in skips {
        let inside: Vec<i64> = fired
            .iter()
            .copied()
            .filter(|at| (skip.from..=skip.until).contains(at))
            .collect();
        if inside.is_empty() {
            left.push(skip);
            continue;
        }
        let mut after = skip.from - 1;
        for end in inside.into_iter().chain([skip.until + 1]) {
            if let Some((from, until, count)) = instants(schedule, after, end - 1) {
                left.push(Skip {
                    from,
                    until,
                    count: count.min(skip.count),
                    ..skip.clone()
                });
            }
            after = end;
        }
    }
    left
}

/// The same for a job with calendars or windows: instant by instant, for each has an outcome of its own.
fn decide_restricted(question: &Question<'_>) -> Answer {
    let timeline = question.timeline;
    let mut answer = Answer::default();
    let after = leave_out_the_oldest(question, &mut answer);
    let mut verdicts: Vec<(i64, Verdict)> = Vec::new();
    for decision in timeline.decisions(after, question.until) {
        let lost = decision
            .lost
            .and_then(|outcome| timing::reason(timeline, outcome));
        if let Some((word, detail)) = lost {
            let reason = Reason { word, detail };
            verdicts.push((decision.at, Verdict::Not(Disposition::Skipped, reason)));
        }
        if decision.runs {
            verdicts.push((decision.at, judge(question, decision.at)));
        }
    }
    let owed = verdicts
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Owed))
        .count() as u64;
    let (mut left_out, reason) = if question.coalesce {
        (owed.saturating_sub(1), "coalesced")
    } else {
        (owed.saturating_sub(BACKLOG_LIMIT), "backlog_limit")
    };
    // Only an unbroken row of one reason is one range.
    let mut broken = true;
    for (at, verdict) in verdicts {
        let (disposition, reason) = match verdict {
            Verdict::Owed if left_out > 0 => {
                left_out -= 1;
                (Disposition::Coalesced, reason.into())
            }
            Verdict::Owed | Verdict::ToCome => {
                answer.run.push(at);
                broken = true;
                continue;
            }
            Verdict::Not(disposition, reason) => (disposition, reason),
        };
        match answer.skips.last_mut() {
            Some(last) if !broken && last.disposition == disposition && last.reason == reason => {
                last.until = at;
                last.count += 1;
            }
            _ => answer.skips.push(Skip {
                from: at,
                until: at,
                count: 1,
                disposition,
                reason,
            }),
        }
        broken = false;
    }
    answer
}

enum Verdict {
    /// Due and not run yet.
    Owed,
    /// Due in a moment.
    ToCome,
    Not(Disposition, Reason),
}

fn judge(question: &Question<'_>, at: i64) -> Verdict {
    let paused = question
        .pause
        .is_some_and(|(since, until)| since <= at && until.is_none_or(|until| at < until));
    let oldest = question
        .grace
        .map_or(i64::MIN, |grace| question.now.saturating_sub(grace));
    let closed = |at| {
        let closes = question.timeline.closes_at(at);
        closes.is_some_and(|closes| closes <= question.now)
    };
    if paused {
        Verdict::Not(Disposition::Skipped, "paused".into())
    } else if at < oldest {
        Verdict::Not(Disposition::Missed, "misfire_grace".into())
    } else if closed(at) {
        Verdict::Not(Disposition::Missed, WINDOW_CLOSED.into())
    } else if at <= question.now {
        Verdict::Owed
    } else {
        Verdict::ToCome
    }
}

/// Of a span with more instants than can be judged one by one, the older ones are recorded as one range. Answers the
/// instant after which the others begin.
fn leave_out_the_oldest(question: &Question<'_>, answer: &mut Answer) -> i64 {
    let schedule = question.timeline.schedule();
    let Question { after, until, .. } = *question;
    let (begin, end) = (timestamp(after), timestamp(until));
    if schedule.count_between(begin, end, MOST_JUDGED + 1) <= MOST_JUDGED {
        return after;
    }
    let mut from = until;
    for _ in 0..MOST_JUDGED {
        match schedule.previous(timestamp(from)) {
            Some(earlier) => from = earlier.as_microsecond(),
            None => break,
        }
    }
    let disposition = Disposition::Coalesced;
    skip_span(
        question,
        after,
        from - 1,
        disposition,
        "backlog_limit",
        answer,
    );
    from - 1
}

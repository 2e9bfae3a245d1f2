//! What a rule tells of what happened to a job, and when. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::model::{
    NotificationEvent as Event, NotificationFilter, NotificationPolicy, QuietHours, Status,
};

/// Tries before a delivery is given up.
pub(crate) const MAX_ATTEMPTS: i64 = 10;
const SECOND: i64 = 1_000_000;

/// What a rule remembers of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct State {
    /// Failures in a row.
    pub failures: u32,
    /// When people were last told of each event.
    pub told: BTreeMap<Event, i64>,
    /// Events since then that they were not told of.
    pub unsaid: u32,
    /// When they are told again that the job still fails.
    pub remind_at: Option<i64>,
    /// The last execution of which they were told that it is late, and that it runs for long.
    pub late: i64,
    pub long: i64,
}

/// Something that happened to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// An execution ended.
    Ended {
        execution: i64,
        status: Status,
        due: i64,
        started: Option<i64>,
        finished: i64,
    },
    /// Instants became no execution.
    Missed,
    /// An execution waits since this due instant.
    Waiting { execution: i64, due: i64 },
    /// An execution runs since this instant.
    Running { execution: i64, started: i64 },
    /// Time passed.
    Nothing,
}

/// What is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub event: Event,
    /// Whether it says again what was said.
    pub is_reminder: bool,
    /// Failures in a row.
    pub failures: u32,
    /// Events of which nothing was said since the last notice.
    pub unsaid: u32,
}

/// Whether a rule is for a job.
pub(crate) fn concerns(
    filter: &NotificationFilter,
    job: i64,
    tags: &[String],
    function: &str,
) -> bool {
    (filter.job_ids.is_empty() || filter.job_ids.contains(&job))
        && (filter.tags.is_empty() || filter.tags.iter().any(|tag| tags.contains(tag)))
        && (filter.task_functions.is_empty()
            || filter.task_functions.iter().any(|one| one == function))
}

/// What a rule tells of a happening. `state` becomes what it remembers afterwards.
pub(crate) fn decide(
    policy: &NotificationPolicy,
    state: &mut State,
    happening: &Happening,
    now: i64,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    match *happening {
        Happening::Ended {
            execution,
            status,
            due,
            started,
            finished,
        } => {
            if let Some(started) = started {
                late(policy, state, execution, due, started, now, &mut notices);
                long(
                    policy,
                    state,
                    execution,
                    started,
                    finished,
                    now,
                    &mut notices,
                );
            }
            ended(policy, state, status, now, &mut notices);
        }
        Happening::Missed => tell(policy, state, &[Event::Missed], now, &mut notices),
        Happening::Waiting { execution, due } => {
            late(policy, state, execution, due, now, now, &mut notices);
        }
        Happening::Running { execution, started } => {
            long(policy, state, execution, started, now, now, &mut notices);
        }
        Happening::Nothing => {
            if state.remind_at.is_some_and(|at| at <= now) {
                state.remind_at = next_reminder(policy, now);
                notices.push(Notice {
                    event: Event::Failure,
                    is_reminder: true,
                    failures: state.failures,
                    unsaid: std::mem::take(&mut state.unsaid),
                });
            }
        }
    }
    notices
}

fn ended(
    policy: &NotificationPolicy,
    state: &mut State,
    status: Status,
    now: i64,
    notices: &mut Vec<Notice>,
) {
    match status {
        Status::Failed | Status::Timeout | Status::Lost => {
            state.failures = state.failures.saturating_add(1);
            if state.failures < policy.after_failures.max(1) {
                return;
            }
            let was_silent = notices.len();
            if status == Status::Lost {
                tell(policy, state, &[Event::Lost, Event::Failure], now, notices);
            } else {
                tell(policy, state, &[Event::Failure], now, notices);
            }
            let wants = policy.events.contains(&Event::Failure)
                || (status == Status::Lost && policy.events.contains(&Event::Lost));
            if wants && (notices.len() > was_silent || state.remind_at.is_none()) {
                state.remind_at = next_reminder(policy, now);
            }
        }
        Status::Success => {
            let was_failing = state.failures >= policy.after_failures.max(1);
            state.failures = 0;
            state.remind_at = None;
            if was_failing {
                // A new failure after this one is news again.
                state.told.remove(&Event::Failure);
                state.told.remove(&Event::Lost);
                tell(
                    policy,
                    state,
                    &[Event::Recovery, Event::Success],
                    now,
                    notices,
                );
            } else {
                tell(policy, state, &[Event::Success], now, notices);
            }
        }
        Status::Partial => tell(policy, state, &[Event::Partial], now, notices),
        Status::Missed => tell(policy, state, &[Event::Missed], now, notices),
        Status::Pending | Status::Running | Status::Cancelled | Status::Skipped => {}
    }
}

/// Tells the first of these events that the rule names, unless it was told a moment ago.
fn tell(
    policy: &NotificationPolicy,
    state: &mut State,
    events: &[Event],
    now: i64,
    notices: &mut Vec<Notice>,
) {
    let Some(event) = events.iter().find(|event| policy.events.contains(event)) else {
        return;
    };
    let window = i64::from(policy.dedupe_seconds) * SECOND;
    let before = state.told.get(event).copied();
    if before.is_some_and(|at| now < at.saturating_add(window)) {
        state.unsaid = state.unsaid.saturating_add(1);
        return;
    }
    state.told.insert(*event, now);
    notices.push(Notice {
        event: *event,
        is_reminder: false,
        failures: state.failures,
        unsaid: std::mem::take(&mut state.unsaid),
    });
}

fn late(
    policy: &NotificationPolicy,
    state: &mut State,
    execution: i64,
    due: i64,
    at: i64,
    now: i64,
    notices: &mut Vec<Notice>,
) {
    let limit = policy.late_seconds.map(|limit| i64::from(limit) * SECOND);
    if limit.is_some_and(|limit| at - due > limit) && state.late != execution {
        state.late = execution;
        tell(policy, state, &[Event::Late], now, notices);
    }
}

fn long(
    policy: &NotificationPolicy,
    state: &mut State,
    execution: i64,
    started: i64,
    at: i64,
    now: i64,
    notices: &mut Vec<Notice>,
) {
    let limit = policy
        .running_seconds
        .map(|limit| i64::from(limit) * SECOND);
    if limit.is_some_and(|limit| at - started > limit) && state.long != execution {
        state.long = execution;
        tell(policy, state, &[Event::LongRunning], now, notices);
    }
}

fn next_reminder(policy: &NotificationPolicy, now: i64) -> Option<i64> {
    policy
        .remind_seconds
        .map(|seconds| now + i64::from(seconds) * SECOND)
}

/// A time of day as `HH:MM`.
pub(crate) fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| text.parse::<i8>().ok()).flatten()
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

/// When the quiet hours end that are in force at an instant; `None` when none are, or when they make no sense.
pub(crate) fn quiet_until(quiet: &QuietHours, now: Timestamp) -> Option<Timestamp> {
    let (from, until) = (time_of_day(&quiet.from)?, time_of_day(&quiet.until)?);
    let zone = TimeZone::get(&quiet.timezone).ok()?;
    let here = now.to_zoned(zone.clone());
    let time = here.time();
    let is_quiet = if from < until {
        from <= time && time < until
    } else {
        from <= time || time < until
    };
    if !is_quiet {
        return None;
    }
    let day = if from >= until && time >= from {
        here.date().tomorrow().ok()?
    } else {
        here.date()
    };
    // A local time that the clock change skips is the instant after the gap.
    let end = zone.to_ambiguous_timestamp(day.to_datetime(until));
    end.compatible().ok().filter(|end| *end > now)
}

/// How long to wait after so many failed tries: half a minute, doubled each time, an hour at most. `None` gives up.
pub(crate) fn next_try_us(attempts: i64) -> Option<i64> {
    if attempts >= MAX_ATTEMPTS {
        return None;
    }
    let doubled = 30_i64 << (attempts - 1).clamp(0, 20);
    Some(doubled.min(3_600) * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(events: &[Event]) -> NotificationPolicy {
        NotificationPolicy {
            events: events.to_vec(),
            channels: vec!["mail".to_owned()],
            recipients: Vec::new(),
            after_failures: 1,
            late_seconds: None,
            running_seconds: None,
            dedupe_seconds: 0,
            remind_seconds: None,
            quiet_hours: None,
        }
    }

    fn end(status: Status) -> Happening {
        Happening::Ended {
            execution: 1,
            status,
            due: 0,
            started: Some(0),
            finished: 0,
        }
    }

    /// What is told of these ends, one every second.
    fn told(policy: &NotificationPolicy, ends: &[Status]) -> Vec<Vec<Event>> {
        let mut state = State::default();
        ends.iter()
            .zip(0..)
            .map(|(status, second)| {
                decide(policy, &mut state, &end(*status), second * SECOND)
                    .iter()
                    .map(|notice| notice.event)
                    .collect()
            })
            .collect()
    }

    use Status::{Cancelled, Failed, Lost, Partial, Skipped, Success, Timeout};

    #[test]
    fn failures_recovery_and_what_is_neither() {
        let all = policy(&[Event::Failure, Event::Recovery, Event::Partial]);
        let ends = [
            Success, Failed, Cancelled, Timeout, Partial, Success, Success, Lost, Skipped,
        ];
        assert_eq!(
            told(&all, &ends),
            [
                vec![],
                vec![Event::Failure],
                vec![],
                vec![Event::Failure],
                vec![Event::Partial],
                vec![Event::Recovery],
                vec![],
                vec![Event::Failure],
                vec![]
            ]
        );
        assert_eq!(
            told(
                &policy(&[Event::Lost, Event::Failure, Event::Success]),
                &[Lost, Success, Success]
            ),
            [
                vec![Event::Lost],
                vec![Event::Success],
                vec![Event::Success]
            ]
        );
        assert_eq!(
            told(&policy(&[Event::Lost]), &[Failed, Lost]),
            [vec![], vec![Event::Lost]]
        );
    }

    #[test]
    fn only_the_third_failure_in_a_row_counts() {
        let mut third = policy(&[Event::Failure, Event::Recovery]);
        third.after_failures = 3;
        assert_eq!(
            told(
                &third,
                &[
                    Failed, Failed, Success, Failed, Failed, Failed, Failed, Success
                ]
            ),
            [
                vec![],
                vec![],
                // People were not told of two failures, so there is nothing to take back.
                vec![],
                vec![],
                vec![],
                vec![Event::Failure],
                vec![Event::Failure],
                vec![Event::Recovery]
            ]
        );
    }

    #[test]
    fn the_same_is_not_said_twice_within_the_window_and_what_was_not_said_is_counted() {
        let mut rule = policy(&[Event::Failure, Event::Recovery]);
        rule.dedupe_seconds = 60;
        let mut state = State::default();
        let mut at = |second: i64, status| decide(&rule, &mut state, &end(status), second * SECOND);
        assert_eq!(at(0, Failed).len(), 1);
        assert_eq!(at(30, Failed), []);
        assert_eq!(at(59, Failed), []);
        let again = at(60, Failed);
        assert_eq!((again[0].failures, again[0].unsaid), (4, 2));
        // After a recovery a failure is news.
        assert_eq!(at(61, Success)[0].event, Event::Recovery);
        assert_eq!(at(62, Failed)[0].event, Event::Failure);
    }

    #[test]
    fn a_job_that_stays_broken_is_told_again() {
        let mut rule = policy(&[Event::Failure]);
        rule.dedupe_seconds = 1_000_000;
        rule.remind_seconds = Some(3_600);
        let mut state = State::default();
        assert_eq!(decide(&rule, &mut state, &end(Failed), 0).len(), 1);
        assert_eq!(decide(&rule, &mut state, &end(Failed), 1_800 * SECOND), []);
        assert_eq!(
            decide(&rule, &mut state, &Happening::Nothing, 3_599 * SECOND),
            []
        );
        let again = decide(&rule, &mut state, &Happening::Nothing, 3_600 * SECOND);
        assert!(again[0].is_reminder);
        assert_eq!((again[0].failures, again[0].unsaid), (2, 1));
        assert_eq!(state.remind_at, Some(7_200 * SECOND));
        decide(&rule, &mut state, &end(Success), 7_000 * SECOND);
        assert_eq!(
            decide(&rule, &mut state, &Happening::Nothing, 9_000 * SECOND),
            []
        );
    }

    #[test]
    fn late_and_long_are_told_once_for_each_execution() {
        let mut rule = policy(&[Event::Late, Event::LongRunning]);
        rule.late_seconds = Some(10);
        rule.running_seconds = Some(60);
        let mut state = State::default();
        let mut at =
            |second: i64, happening| decide(&rule, &mut state, &happening, second * SECOND);
        assert_eq!(
            at(
                10,
                Happening::Waiting {
                    execution: 7,
                    due: 0
                }
            ),
            []
        );
        assert_eq!(
            at(
                11,
                Happening::Waiting {
                    execution: 7,
                    due: 0
                }
            )[0]
            .event,
            Event::Late
        );
        assert_eq!(
            at(
                12,
                Happening::Waiting {
                    execution: 7,
                    due: 0
                }
            ),
            []
        );
        let running = Happening::Running {
            execution: 7,
            started: 20 * SECOND,
        };
        assert_eq!(at(80, running), []);
        assert_eq!(at(81, running)[0].event, Event::LongRunning);
        // One that nobody looked at while it waited and ran is told of at its end.
        let over = Happening::Ended {
            execution: 8,
            status: Success,
            due: 100 * SECOND,
            started: Some(111 * SECOND),
            finished: 172 * SECOND,
        };
        let notices: Vec<Event> = at(172, over).iter().map(|notice| notice.event).collect();
        assert_eq!(notices, [Event::Late, Event::LongRunning]);
    }

    #[test]
    fn quiet_hours_over_midnight_and_over_a_clock_change() {
        let quiet = |timezone: &str, from: &str, until: &str| QuietHours {
            timezone: timezone.to_owned(),
            from: from.to_owned(),
            until: until.to_owned(),
            critical_passes: true,
        };
        let until = |quiet: &QuietHours, now: &str| {
            quiet_until(quiet, now.parse().unwrap()).map(|at| at.to_string())
        };
        let night = quiet("Europe/Berlin", "22:00", "07:00");
        assert_eq!(until(&night, "2026-03-02T20:59:59Z"), None);
        assert_eq!(
            until(&night, "2026-03-02T21:00:00Z").unwrap(),
            "2026-03-03T06:00:00Z"
        );
        assert_eq!(
            until(&night, "2026-03-03T05:59:59Z").unwrap(),
            "2026-03-03T06:00:00Z"
        );
        assert_eq!(until(&night, "2026-03-03T06:00:00Z"), None);
        // The night in which the clocks go forward is an hour shorter.
        assert_eq!(
            until(&night, "2026-03-28T21:30:00Z").unwrap(),
            "2026-03-29T05:00:00Z"
        );
        // An end that the clocks skip.
        let short = quiet("Europe/Berlin", "01:00", "02:30");
        assert_eq!(
            until(&short, "2026-03-29T00:30:00Z").unwrap(),
            "2026-03-29T01:30:00Z"
        );
        let noon = quiet("UTC", "12:00", "13:00");
        assert_eq!(
            until(&noon, "2026-03-02T12:30:00Z").unwrap(),
            "2026-03-02T13:00:00Z"
        );
        assert_eq!(until(&noon, "2026-03-02T13:00:00Z"), None);
    }

    #[test]
    fn tries_come_further_apart_and_end() {
        let waits: Vec<i64> = (1..).map_while(next_try_us).map(|us| us / SECOND).collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
    }

    #[test]
    fn filters_narrow_only_where_they_say_something() {
        let filter = NotificationFilter {
            job_ids: Vec::new(),
            tags: vec!["night".to_owned()],
            task_functions: vec!["echo".to_owned(), "email".to_owned()],
        };
        let tags = ["night".to_owned(), "x".to_owned()];
        assert!(concerns(&NotificationFilter::default(), 1, &[], "echo"));
        assert!(concerns(&filter, 1, &tags, "email"));
        assert!(!concerns(&filter, 1, &tags, "script"));
        assert!(!concerns(&filter, 1, &[], "email"));
    }
}

//! Whether and when an execution is tried again.

use crate::model::{Backoff, Delivery, RetryCause, RetryPolicy, Status};

/// Attempts beyond the policy that crashes alone may cause under at-least-once, so that a run which kills its
/// server does not do so for ever.
pub const CRASH_ATTEMPTS: u32 = 5;

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// Its number, from 1.
    pub attempt: u32,
    /// Its status.
    pub status: Status,
    /// Word of the cause with an optional code: `exit_code:3`, `http_status:503`, `network`.
    pub cause: Option<&'a str>,
    /// Whether the task function says that another attempt has a chance.
    pub retryable: bool,
    /// What the job wants after a crash.
    pub delivery: Delivery,
    /// Microseconds since the first attempt started.
    pub elapsed_us: i64,
}

/// The delay before the next attempt in microseconds, or `None` when this attempt was the last.
///
/// `random` is in [0, 1) and spreads the delay by the policy's jitter. A delay that would begin after the total time
/// limit is no delay: the execution ends.
pub fn next_delay_us(
    policy: &RetryPolicy,
    total_timeout_seconds: Option<u32>,
    end: &End<'_>,
    random: f64,
) -> Option<i64> {
    let crashed_again = end.status == Status::Lost && end.delivery == Delivery::AtLeastOnce;
    let delay = if crashed_again
        && end.attempt < policy.max_attempts.max(1).saturating_add(CRASH_ATTEMPTS)
    {
        0
    } else if end.attempt < policy.max_attempts && end.retryable && applies(policy, end) {
        delay_us(policy, end.attempt, random)
    } else {
        return None;
    };
    let within = total_timeout_seconds
        .is_none_or(|limit| end.elapsed_us.saturating_add(delay) < i64::from(limit) * 1_000_000);
    within.then_some(delay)
}

fn applies(policy: &RetryPolicy, end: &End<'_>) -> bool {
    if !matches!(end.status, Status::Failed | Status::Timeout | Status::Lost) {
        return false;
    }
    if policy.on.is_empty() {
        return true;
    }
    let (word, code) = end
        .cause
        .map_or(("", None), |cause| match cause.split_once(':') {
            Some((word, code)) => (word, code.parse::<i64>().ok()),
            None => (cause, None),
        });
    policy.on.iter().any(|cause| match cause {
        RetryCause::Failed => end.status == Status::Failed,
        RetryCause::Timeout => end.status == Status::Timeout,
        RetryCause::Lost => end.status == Status::Lost,
        RetryCause::Network => word == "network",
        RetryCause::ExitCode => {
            word == "exit_code"
                && (policy.exit_codes.is_empty()
                    || code.is_some_and(|code| {
                        policy
                            .exit_codes
                            .iter()
                            .any(|want| i64::from(*want) == code)
                    }))
        }
        RetryCause::HttpStatus => {
            word == "http_status"
                && (policy.http_statuses.is_empty()
                    || code.is_some_and(|code| {
                        policy
                            .http_statuses
                            .iter()
                            .any(|want| i64::from(*want) == code)
                    }))
        }
    })
}

fn delay_us(policy: &RetryPolicy, attempt: u32, random: f64) -> i64 {
    let base = policy.delay_seconds.max(0.0);
    let grown = match policy.backoff {
        Backoff::Fixed => base,
        Backoff::Linear => base * f64::from(attempt),
        // 2^63 seconds is beyond every cap; the exponent is held so that the power stays finite.
        Backoff::Exponential => {
            base * 2f64.powi(i32::try_from(attempt.saturating_sub(1).min(63)).unwrap_or(63))
        }
    };
    let capped = grown.min(policy.max_delay_seconds.max(0.0));
    let jitter = policy.jitter.clamp(0.0, 1.0);
    let spread = capped * (1.0 - jitter * random.clamp(0.0, 1.0));
    // Validation keeps delays below ten years; the cast saturates beyond i64.
    (spread * 1_000_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(attempt: u32, status: Status, cause: Option<&str>) -> End<'_> {
        End {
            attempt,
            status,
            cause,
            retryable: true,
            delivery: Delivery::AtMostOnce,
            elapsed_us: 0,
        }
    }

    fn policy(max_attempts: u32, backoff: Backoff) -> RetryPolicy {
        RetryPolicy {
            max_attempts,
            delay_seconds: 10.0,
            backoff,
            max_delay_seconds: 60.0,
            ..RetryPolicy::default()
        }
    }

    #[test]
    fn delays_grow_as_the_policy_says() {
        let delays = |backoff| {
            (1..5)
                .map(|n| {
                    next_delay_us(
                        &policy(9, backoff),
                        None,
                        &end(n, Status::Failed, None),
                        0.0,
                    )
                    .unwrap()
                        / 1_000_000
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(delays(Backoff::Fixed), [10, 10, 10, 10]);
        assert_eq!(delays(Backoff::Linear), [10, 20, 30, 40]);
        assert_eq!(delays(Backoff::Exponential), [10, 20, 40, 60]);
    }

    #[test]
    fn jitter_only_shortens() {
        let policy = RetryPolicy {
            jitter: 0.5,
            ..policy(3, Backoff::Fixed)
        };
        assert_eq!(
            next_delay_us(&policy, None, &end(1, Status::Failed, None), 0.0),
            Some(10_000_000)
        );
        assert_eq!(
            next_delay_us(&policy, None, &end(1, Status::Failed, None), 1.0),
            Some(5_000_000)
        );
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        assert_eq!(
            next_delay_us(
                &policy(3, Backoff::Fixed),
                None,
                &end(3, Status::Failed, None),
                0.0
            ),
            None
        );
        assert_eq!(
            next_delay_us(
                &policy(1, Backoff::Fixed),
                None,
                &end(1, Status::Failed, None),
                0.0
            ),
            None
        );
    }

    #[test]
    fn success_cancellation_and_hopeless_failures_are_not_tried_again() {
        for status in [Status::Success, Status::Cancelled, Status::Partial] {
            assert_eq!(
                next_delay_us(&policy(3, Backoff::Fixed), None, &end(1, status, None), 0.0),
                None
            );
        }
        let hopeless = End {
            retryable: false,
            ..end(1, Status::Failed, None)
        };
        assert_eq!(
            next_delay_us(&policy(3, Backoff::Fixed), None, &hopeless, 0.0),
            None
        );
    }

    #[test]
    fn causes_choose() {
        let mut only = policy(3, Backoff::Fixed);
        only.on = vec![RetryCause::ExitCode, RetryCause::HttpStatus];
        only.exit_codes = vec![75];
        let tried =
            |cause| next_delay_us(&only, None, &end(1, Status::Failed, Some(cause)), 0.0).is_some();
        assert!(tried("exit_code:75"));
        assert!(!tried("exit_code:1"));
        assert!(tried("http_status:503"));
        assert!(!tried("network"));
    }

    #[test]
    fn the_total_limit_ends_it() {
        let late = End {
            elapsed_us: 25_000_000,
            ..end(1, Status::Failed, None)
        };
        assert_eq!(
            next_delay_us(&policy(3, Backoff::Fixed), Some(30), &late, 0.0),
            None
        );
        assert!(next_delay_us(&policy(3, Backoff::Fixed), Some(40), &late, 0.0).is_some());
    }

    #[test]
    fn a_crash_repeats_only_what_may_be_repeated_and_not_for_ever() {
        let lost = |attempt, delivery| End {
            delivery,
            ..end(attempt, Status::Lost, Some("lost"))
        };
        let one = policy(1, Backoff::Fixed);
        assert_eq!(
            next_delay_us(&one, None, &lost(1, Delivery::AtMostOnce), 0.0),
            None
        );
        assert_eq!(
            next_delay_us(&one, None, &lost(1, Delivery::AtLeastOnce), 0.0),
            Some(0)
        );
        assert_eq!(
            next_delay_us(&one, None, &lost(6, Delivery::AtLeastOnce), 0.0),
            None
        );
    }
}

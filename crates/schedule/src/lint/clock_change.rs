//! What the next change of the clocks does to a schedule.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::Warning;
use crate::schedule::{Rule, Schedule};
use crate::search::ClockRule;
use crate::spec::{Gap, Overlap};
use crate::times::Times;

/// How far ahead people want to hear about it.
const HORIZON_SECONDS: i64 = 2 * 366 * 86_400;

/// A remark on the first change after `now` that falls on a run.
pub(super) fn next(schedule: &Schedule, now: Timestamp) -> Option<Warning> {
    let inner = schedule.inner();
    let Rule::Clock(rule) = &inner.rule else {
        return None;
    };
    if !rule.fixed_time && runs_every_hour(&rule.local.times) {
        return None;
    }
    let zone = inner.zone.time_zone();
    let horizon = now.as_second().saturating_add(HORIZON_SECONDS);
    let bounds = inner.not_before / 1_000_000..=inner.not_after / 1_000_000;
    let mut before = zone.to_offset(now).seconds();
    for change in zone.following(now) {
        let at = change.timestamp().as_second();
        if at > horizon {
            return None;
        }
        let after = change.offset().seconds();
        let (low, high) = (
            at + i64::from(before.min(after)),
            at + i64::from(before.max(after)),
        );
        if bounds.contains(&at) && low < high && rule.local.matches_within(low, high) {
            let span = Span {
                zone: inner.zone.name(),
                from: reading(low)?,
                to: reading(high)?,
            };
            return Some(if after > before {
                span.gap(rule)
            } else {
                span.overlap(rule)
            });
        }
        before = after;
    }
    None
}

/// Every hour runs, so a change of the clock takes away nothing that anybody waits for.
fn runs_every_hour(times: &Times) -> bool {
    matches!(
        times,
        Times::Masks {
            hours: 0x00ff_ffff,
            ..
        }
    )
}

/// A count of local seconds as a date and time.
fn reading(local: i64) -> Option<DateTime> {
    Some(jiff::tz::TimeZone::UTC.to_datetime(Timestamp::from_second(local).ok()?))
}

struct Span<'a> {
    zone: &'a str,
    from: DateTime,
    to: DateTime,
}

impl Span<'_> {
    fn parts(&self) -> (String, String, String) {
        (
            self.from.strftime("%Y-%m-%d").to_string(),
            self.from.strftime("%H:%M").to_string(),
            self.to.strftime("%H:%M").to_string(),
        )
    }

    fn gap(&self, rule: &ClockRule) -> Warning {
        let (date, from, to) = self.parts();
        let (outcome_en, outcome_ar) = match (rule.fixed_time, rule.gap) {
            (true, Gap::RunAfter) => (
                format!("the run happens once, at {to}"),
                format!("ويحدث التشغيل مرة واحدة الساعة {to}"),
            ),
            _ => (
                "runs at these times are left out".to_owned(),
                "ولا يحدث التشغيل في هذه الأوقات".to_owned(),
            ),
        };
        Warning::new(
            "affected_by_dst",
            format!(
                "in {} the clock jumps from {from} to {to} on {date}: {outcome_en}",
                self.zone
            ),
            format!(
                "في {} تتقدم الساعة من {from} إلى {to} بتاريخ {date}، {outcome_ar}",
                self.zone
            ),
        )
    }

    fn overlap(&self, rule: &ClockRule) -> Warning {
        let (date, from, to) = self.parts();
        let (outcome_en, outcome_ar) = match (rule.fixed_time, rule.overlap) {
            (true, Overlap::First) => (
                "a run happens the first time only",
                "ويحدث التشغيل في المرة الأولى فقط",
            ),
            (true, Overlap::Second) => (
                "a run happens the second time only",
                "ويحدث التشغيل في المرة الثانية فقط",
            ),
            _ => ("a run happens both times", "ويحدث التشغيل في المرتين"),
        };
        Warning::new(
            "affected_by_dst",
            format!(
                "in {} the times from {from} to {to} come twice on {date}: {outcome_en}",
                self.zone
            ),
            format!(
                "في {} تتكرر الأوقات من {from} إلى {to} بتاريخ {date}، {outcome_ar}",
                self.zone
            ),
        )
    }
}

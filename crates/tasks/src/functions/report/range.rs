//! From when to when a report looks.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use serde::Deserialize;

/// Ranges that move with the due instant, and the one that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Range {
    #[serde(rename = "last_24h")]
    Last24h,
    #[default]
    #[serde(rename = "last_7d")]
    Last7d,
    #[serde(rename = "last_30d")]
    Last30d,
    #[serde(rename = "last_90d")]
    Last90d,
    ThisMonth,
    PreviousMonth,
    Custom,
}

impl Range {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Last24h => "last_24h",
            Self::Last7d => "last_7d",
            Self::Last30d => "last_30d",
            Self::Last90d => "last_90d",
            Self::ThisMonth => "this_month",
            Self::PreviousMonth => "previous_month",
            Self::Custom => "custom",
        }
    }
}

/// A range in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    /// Not part of it.
    pub(super) until: Timestamp,
    pub(super) zone: TimeZone,
}

/// The longest range.
const MOST: SignedDuration = SignedDuration::from_hours(24 * 400);
/// Hosts count by so many seconds.
const QUARTER: i64 = 900;

impl Span {
    /// The range as of a due instant. `from` and `to` belong to [`Range::Custom`]; a `to` that is a day is part of it.
    ///
    /// # Errors
    /// The member that does not fit, and a sentence about it.
    pub(super) fn of(
        range: Range,
        due: Timestamp,
        zone: &TimeZone,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Self, (&'static str, String)> {
        let outside = |_| ("range", "reaches beyond the calendar".to_owned());
        let now = due.to_zoned(zone.clone());
        let back = |hours: i64| -> Result<(Timestamp, Timestamp), (&'static str, String)> {
            // To the last quarter of an hour, because hosts count by those.
            let end = due.as_second().div_euclid(QUARTER) * QUARTER;
            let until = Timestamp::from_second(end).map_err(outside)?;
            let from = until
                .checked_sub(SignedDuration::from_hours(hours))
                .map_err(outside)?;
            Ok((from, until))
        };
        let month = |shift: i64| -> Result<Timestamp, (&'static str, String)> {
            now.first_of_month()
                .and_then(|first| first.checked_add(shift.months()))
                .and_then(|first| first.start_of_day())
                .map(|start| start.timestamp())
                .map_err(outside)
        };
        let (from, until) = match range {
            Range::Last24h => back(24)?,
            Range::Last7d => back(7 * 24)?,
            Range::Last30d => back(30 * 24)?,
            Range::Last90d => back(90 * 24)?,
            Range::ThisMonth => (month(0)?, month(1)?),
            Range::PreviousMonth => (month(-1)?, month(0)?),
            Range::Custom => {
                let needed = |name| (name, "is needed for the range custom".to_owned());
                let from = from.ok_or_else(|| needed("from"))?;
                let to = to.ok_or_else(|| needed("to"))?;
                (
                    instant(from, zone, false).map_err(|text| ("from", text))?,
                    instant(to, zone, true).map_err(|text| ("to", text))?,
                )
            }
        };
        if from >= until {
            return Err(("to", "must lie after from".to_owned()));
        }
        if until.duration_since(from) > MOST {
            return Err(("from", "must lie at most 400 days before to".to_owned()));
        }
        Ok(Self {
            from,
            until,
            zone: zone.clone(),
        })
    }

    /// The range for people, to the minute, in its zone.
    pub(super) fn shown(&self) -> (String, String) {
        (self.local(self.from), self.local(self.until))
    }

    /// An instant for people, in the zone of the range.
    pub(super) fn local(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    }
}

/// A day, a local time, or an instant with its offset.
fn instant(text: &str, zone: &TimeZone, is_end: bool) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let bad = || {
        "must be a day (2026-03-01), a local time (2026-03-01T08:00:00) or an instant (2026-03-01T08:00:00Z)"
            .to_owned()
    };
    let start = |day: Date| {
        day.to_zoned(zone.clone())
            .map(|start: Zoned| start.timestamp())
            .map_err(|_| bad())
    };
    if text.len() == 10 {
        let day: Date = text.parse().map_err(|_| bad())?;
        return start(if is_end {
            day.tomorrow().map_err(|_| bad())?
        } else {
            day
        });
    }
    let local: DateTime = text.parse().map_err(|_| bad())?;
    local
        .to_zoned(zone.clone())
        .map(|zoned| zoned.timestamp())
        .map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(range: Range, from: Option<&str>, to: Option<&str>) -> Result<Span, String> {
        let zone = TimeZone::get("Africa/Cairo").expect("a zone");
        // Cairo is two hours ahead in March.
        let due = "2026-03-14T22:40:00Z".parse().expect("an instant");
        Span::of(range, due, &zone, from, to).map_err(|(name, _)| name.to_owned())
    }

    fn ends(span: Span) -> (String, String) {
        (span.from.to_string(), span.until.to_string())
    }

    #[test]
    fn ranges_follow_the_due_instant_and_the_zone() {
        for (range, from, until) in [
            (
                Range::Last24h,
                "2026-03-13T22:30:00Z",
                "2026-03-14T22:30:00Z",
            ),
            (
                Range::Last7d,
                "2026-03-07T22:30:00Z",
                "2026-03-14T22:30:00Z",
            ),
            (
                Range::ThisMonth,
                "2026-02-28T22:00:00Z",
                "2026-03-31T22:00:00Z",
            ),
            (
                Range::PreviousMonth,
                "2026-01-31T22:00:00Z",
                "2026-02-28T22:00:00Z",
            ),
        ] {
            assert_eq!(
                ends(span(range, None, None).expect("a range")),
                (from.to_owned(), until.to_owned())
            );
        }
    }

    #[test]
    fn days_local_times_and_instants_are_understood() {
        let custom = |from, to| span(Range::Custom, from, to);
        assert_eq!(
            ends(custom(Some("2026-03-01"), Some("2026-03-01")).expect("a day")),
            (
                "2026-02-28T22:00:00Z".to_owned(),
                "2026-03-01T22:00:00Z".to_owned()
            )
        );
        assert_eq!(
            ends(custom(Some("2026-03-01T10:00:00"), Some("2026-03-01T10:00:00Z")).expect("hours")),
            (
                "2026-03-01T08:00:00Z".to_owned(),
                "2026-03-01T10:00:00Z".to_owned()
            )
        );
        for (from, to, wrong) in [
            (None, Some("2026-03-01"), "from"),
            (Some("2026-03-01"), None, "to"),
            (Some("yesterday"), Some("2026-03-01"), "from"),
            (Some("2026-03-01"), Some("2026-02-30"), "to"),
            (Some("2026-03-02"), Some("2026-03-01"), "to"),
            (Some("2020-03-02"), Some("2026-03-01"), "from"),
        ] {
            assert_eq!(custom(from, to), Err(wrong.to_owned()));
        }
    }
}

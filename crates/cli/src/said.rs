//! What people type for spans of time, instants and parameters.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::exit::Failure;

/// A span of time such as `90s`, `1h30m`, `7d`, `2w`. A bare number is refused, because nobody knows its unit.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let mistake = || format!("{text:?} is no span of time; write it like 90s, 5m, 1h30m, 7d or 2w");
    let mut seconds: u64 = 0;
    let mut number = String::new();
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit: u64 = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(mistake()),
        };
        let count: u64 = number.parse().map_err(|_| mistake())?;
        number.clear();
        seconds = count
            .checked_mul(unit)
            .and_then(|span| seconds.checked_add(span))
            .ok_or_else(mistake)?;
    }
    if !number.is_empty() || seconds == 0 {
        return Err(mistake());
    }
    Ok(Duration::from_secs(seconds))
}

/// An instant: RFC 3339 (`2026-12-01T09:00:00Z`), a wall-clock time in a zone (`2026-12-01 09:00`), or `+10m` from now.
pub(crate) fn instant(text: &str, timezone: Option<&str>, now: Timestamp) -> Result<Timestamp> {
    if let Some(later) = text.strip_prefix('+') {
        let later = span(later).map_err(Failure::usage)?;
        return now
            .checked_add(later)
            .with_context(|| Failure::usage(format!("{text:?} is too far in the future")));
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let mistake = || {
        Failure::usage(format!(
            "{text:?} is no instant; write it like 2026-12-01T09:00:00Z, \"2026-12-01 09:00\" (in the job's time zone) or +10m"
        ))
    };
    let civil: DateTime = text.parse().map_err(|_| mistake())?;
    let name = timezone.unwrap_or("UTC");
    let zone = TimeZone::get(name)
        .map_err(|_| Failure::usage(format!("there is no time zone {name:?}")))?;
    Ok(civil.to_zoned(zone).with_context(mistake)?.timestamp())
}

/// Parameters of a task function, from `name=value` pairs and from one JSON object (or `@file` with one).
///
/// A value that is JSON by itself (`3`, `true`, `["a"]`) is taken as such; anything else is a text.
pub(crate) fn parameters(
    pairs: &[String],
    object: Option<&str>,
) -> Result<Option<Map<String, Value>>> {
    if pairs.is_empty() && object.is_none() {
        return Ok(None);
    }
    let mut parameters = match object {
        None => Map::new(),
        Some(text) => {
            let text = match text.strip_prefix('@') {
                None => text.to_owned(),
                Some(path) => std::fs::read_to_string(path)
                    .with_context(|| Failure::usage(format!("cannot read {path}")))?,
            };
            serde_json::from_str(&text).map_err(|error| {
                Failure::usage(format!("the parameters are no JSON object: {error}"))
            })?
        }
    };
    for pair in pairs {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Failure::usage(format!(
                "{pair:?} is no parameter; write it like name=value"
            ))
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        parameters.insert(name.to_owned(), value);
    }
    Ok(Some(parameters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn spans() {
        assert_eq!(span("90s").unwrap().as_secs(), 90);
        assert_eq!(span("1h30m").unwrap().as_secs(), 5_400);
        assert_eq!(span("2w1d").unwrap().as_secs(), 15 * 86_400);
        for bad in [
            "",
            "5",
            "0s",
            "m",
            "5 m",
            "-5m",
            "5y",
            "99999999999999999999d",
            "9999999999999999d",
        ] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn instants() {
        let now: Timestamp = "2026-11-20T05:00:00Z".parse().unwrap();
        let read = |text, zone| instant(text, zone, now).map(|at| at.to_string());
        assert_eq!(
            read("2026-12-01T09:00:00+02:00", None).unwrap(),
            "2026-12-01T07:00:00Z"
        );
        assert_eq!(
            read("2026-12-01 09:00", Some("Africa/Cairo")).unwrap(),
            "2026-12-01T07:00:00Z"
        );
        assert_eq!(
            read("2026-12-01 09:00", None).unwrap(),
            "2026-12-01T09:00:00Z"
        );
        assert_eq!(read("+10m", None).unwrap(), "2026-11-20T05:10:00Z");
        assert!(read("tomorrow", None).is_err());
        assert!(read("2026-12-01 09:00", Some("Mars")).is_err());
        assert!(read("+9999999999w", None).is_err());
    }

    #[test]
    fn parameters_are_json_where_they_can_be() {
        let pairs = [
            "message=hello".to_owned(),
            "count=3".to_owned(),
            "list=[1,2]".to_owned(),
            "text=\"3\"".to_owned(),
        ];
        let read = parameters(&pairs, Some(r#"{"count": 1, "keep": null}"#))
            .unwrap()
            .unwrap();
        assert_eq!(
            Value::Object(read),
            json!({"count": 3, "keep": null, "message": "hello", "list": [1, 2], "text": "3"})
        );
        assert_eq!(parameters(&[], None).unwrap(), None);
        assert!(parameters(&["novalue".to_owned()], None).is_err());
        assert!(parameters(&[], Some("[1]")).is_err());
    }
}

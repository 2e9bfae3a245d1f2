//! Which part of a representation a `Range` header asks for (RFC 9110, section 14).

use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};

/// What is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything.
    Whole,
    /// From the first byte up to (not including) the second.
    Bytes(u64, u64),
    /// There is no such part.
    None,
}

/// The part that these headers ask for. Several parts at once, units other than bytes and what cannot be read are
/// answered with everything, as the standard allows; so is a part of a representation that is not `etag`'s.
pub(crate) fn wanted(headers: &HeaderMap, size: u64, etag: &str) -> Part {
    let stands = headers
        .get(IF_RANGE)
        .is_none_or(|value| value.as_bytes() == etag.as_bytes());
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok());
    match range.and_then(|range| range.strip_prefix("bytes=")) {
        Some(range) if stands => part(range.trim(), size).unwrap_or(Part::Whole),
        _ => Part::Whole,
    }
}

fn part(range: &str, size: u64) -> Option<Part> {
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number too large for this is beyond every end.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    if first.is_empty() {
        let from = size.saturating_sub(number(last)?);
        return Some(if from < size {
            Part::Bytes(from, size)
        } else {
            Part::None
        });
    }
    let first = number(first)?;
    let last = if last.is_empty() {
        u64::MAX
    } else {
        number(last)?
    };
    if first > last {
        return None;
    }
    Some(if first < size {
        Part::Bytes(first, last.saturating_add(1).min(size))
    } else {
        Part::None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let asked = |range: &str, size| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, range.parse().unwrap());
            wanted(&headers, size, "\"x\"")
        };
        assert_eq!(asked("bytes=0-0", 10), Part::Bytes(0, 1));
        assert_eq!(asked("bytes=3-", 10), Part::Bytes(3, 10));
        assert_eq!(
            asked("bytes=3-99999999999999999999999", 10),
            Part::Bytes(3, 10)
        );
        assert_eq!(asked("bytes=-4", 10), Part::Bytes(6, 10));
        assert_eq!(asked("bytes=-40", 10), Part::Bytes(0, 10));
        assert_eq!(asked("bytes=10-", 10), Part::None);
        assert_eq!(asked("bytes=-0", 10), Part::None);
        assert_eq!(asked("bytes=0-", 0), Part::None);
        for unclear in [
            "bytes=5-3",
            "bytes=1-2,4-5",
            "lines=1-2",
            "bytes=a-b",
            "bytes=-",
            "bytes=+1-2",
        ] {
            assert_eq!(asked(unclear, 10), Part::Whole, "{unclear}");
        }
    }

    #[test]
    fn a_part_of_another_representation_is_not_mixed_in() {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, "bytes=1-2".parse().unwrap());
        headers.insert(IF_RANGE, "\"old\"".parse().unwrap());
        assert_eq!(wanted(&headers, 10, "\"new\""), Part::Whole);
        assert_eq!(wanted(&headers, 10, "\"old\""), Part::Bytes(1, 3));
    }
}

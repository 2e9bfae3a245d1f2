//! One start of one attempt, as somebody outside saw it.

use std::path::Path;

/// A start. Instants are microseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// When, by the witness's clock.
    pub at_us: i64,
    /// Number of the job.
    pub job: i64,
    /// UUID of the execution.
    pub execution: String,
    /// Attempt, from 1.
    pub attempt: u32,
    /// The due instant that the run was told.
    pub due_us: i64,
}

impl Sighting {
    /// A sighting from its parts as text: job, execution, attempt, due instant (RFC 3339).
    pub(crate) fn from_parts(at_us: i64, parts: [&str; 4]) -> Option<Self> {
        let [job, execution, attempt, due] = parts;
        Some(Self {
            at_us,
            job: job.parse().ok()?,
            execution: execution.to_owned(),
            attempt: attempt.parse().ok()?,
            due_us: due.parse::<jiff::Timestamp>().ok()?.as_microsecond(),
        })
    }
}

/// How long one attempt was seen to run: from its report until it let go of its connection or was told that its time is
/// over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The start.
    pub start: Sighting,
    /// The end, by the witness's clock; `None` while it runs.
    pub until_us: Option<i64>,
}

/// Reads the lines that scripts appended: `<microseconds> <job> <execution> <attempt> <due instant>`. A file that is
/// not there holds nothing.
///
/// # Errors
/// When the file cannot be read, or a line is not of this form: a torn line must not pass for "not seen".
pub fn read_file(path: &Path) -> std::io::Result<Vec<Sighting>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    text.lines()
        .map(|line| {
            parse(line).ok_or_else(|| {
                std::io::Error::new(
                    std::io::ErrorKind::InvalidData,
                    format!("not a sighting: {line:?}"),
                )
            })
        })
        .collect()
}

fn parse(line: &str) -> Option<Sighting> {
    let mut words = line.split(' ');
    let at = words.next()?.parse().ok()?;
    let parts = [words.next()?, words.next()?, words.next()?, words.next()?];
    Sighting::from_parts(at, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_becomes_a_sighting_and_a_torn_line_does_not() {
        let line = "1700000000000001 7 0190-uuid 2 2023-11-14T22:13:20Z";
        let sighting = parse(line).unwrap();
        assert_eq!(
            (sighting.job, sighting.attempt, sighting.due_us),
            (7, 2, 1_700_000_000_000_000)
        );
        assert_eq!(parse(&line[..line.len() - 22]), None);
        assert_eq!(parse(""), None);
    }
}

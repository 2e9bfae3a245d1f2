//! Reading the last lines of test runners: nextest, `cargo test`, vitest, node's own.

use std::fmt;

/// Tests counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Ran and were right.
    pub(super) passed: u64,
    /// Ran and were wrong, or did not end.
    pub(super) failed: u64,
    /// Did not run.
    pub(super) skipped: u64,
}

/// The line without colours when it is a summary of one of the runners.
pub(super) fn summary_line(line: &str) -> Option<String> {
    let line = without_colours(line);
    let text = line.trim();
    let is_summary = text.starts_with("Summary [")
        || text.starts_with("test result: ")
        || text.starts_with("Tests  ")
        || node_count(text).is_some();
    is_summary.then(|| text.to_owned())
}

impl Tally {
    /// What the summary lines of one runner add up to.
    pub(super) fn of(lines: &[String]) -> Self {
        let mut sum = Self::default();
        for line in lines {
            sum.add(&Self::of_line(line));
        }
        sum
    }

    fn of_line(line: &str) -> Self {
        let mut tally = Self::default();
        if let Some((word, count)) = node_count(line) {
            tally.count(word, count);
            return tally;
        }
        let mut last_number = None;
        for word in line.split(|c: char| !c.is_alphanumeric()) {
            if let Ok(number) = word.parse::<u64>() {
                last_number = Some(number);
            } else if !word.is_empty()
                && let Some(number) = last_number.take()
            {
                tally.count(word, number);
            }
        }
        tally
    }

    fn count(&mut self, word: &str, number: u64) {
        match word {
            "passed" | "pass" => self.passed += number,
            "failed" | "fail" | "timed" | "cancelled" => self.failed += number,
            "skipped" | "ignored" | "todo" => self.skipped += number,
            _ => {}
        }
    }

    /// Adds another runner's.
    pub(super) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// `# pass 12` or `ℹ pass 12` of node's runner.
fn node_count(text: &str) -> Option<(&str, u64)> {
    let rest = text
        .strip_prefix("# ")
        .or_else(|| text.strip_prefix("ℹ "))?;
    let (word, number) = rest.split_once(' ')?;
    let known = ["pass", "fail", "cancelled", "skipped", "todo"].contains(&word);
    known.then_some((word, number.parse().ok()?))
}

fn without_colours(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // Colours end with the first letter.
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> Tally {
        let lines: Vec<String> = lines.iter().filter_map(|line| summary_line(line)).collect();
        Tally::of(&lines)
    }

    #[test]
    fn reads_nextest() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   3.210s] 41 tests run: 38 passed (2 slow), 2 failed, 1 timed out, 3 skipped";
        assert_eq!(
            tally(&[line]),
            Tally {
                passed: 38,
                failed: 3,
                skipped: 3
            }
        );
    }

    #[test]
    fn adds_up_cargo_test() {
        let one = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        let two = "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.01s";
        assert_eq!(
            tally(&[one, two]),
            Tally {
                passed: 9,
                failed: 2,
                skipped: 1
            }
        );
    }

    #[test]
    fn reads_vitest_and_node() {
        let vitest = "      Tests  1 failed | 9 passed | 2 skipped (12)";
        let node = [
            "ℹ tests 6",
            "ℹ pass 5",
            "ℹ fail 1",
            "ℹ skipped 0",
            "# pass 2",
        ];
        let mut both = tally(&[vitest]);
        both.add(&tally(&node));
        assert_eq!(
            both,
            Tally {
                passed: 16,
                failed: 2,
                skipped: 2
            }
        );
    }

    #[test]
    fn other_lines_are_no_summary() {
        assert_eq!(summary_line("test store::works ... ok"), None);
        assert_eq!(summary_line("# a heading 3"), None);
    }
}

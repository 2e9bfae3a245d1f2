//! A hundred thousand random expressions against two other implementations: croner (Rust) and cronsim (Python).
//!
//! Where the three mean different things on purpose, a predicate below says so, and `docs/reference/schedules.md`
//! says why. Any other difference fails. The Python side runs in the virtual environment that `cargo xtask test`
//! makes; its interpreter comes from `ORLOJ_PYTHON`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::thread;

use crate::grammar::{Dialect, Expression, Uses};
use crate::random::{Random, seed};
use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use orloj_schedule::{RuleSpec, Schedule, Spec};

const SEED: u64 = 0xd1ff_2026;
const EXPRESSIONS: usize = 102_000;
const RUNS: usize = 4;
const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Asia/Beirut",
];

struct Question {
    expression: Expression,
    zone: &'static str,
    start: Timestamp,
}

impl Question {
    fn random(random: &mut Random, dialect: Dialect) -> Self {
        let expression = crate::grammar::expression(random, dialect);
        let (from, span) = (1_704_067_200, 12 * 365 * 86_400);
        let anywhere =
            |random: &mut Random| Timestamp::from_second(from + random.below(span) as i64).unwrap();
        if random.below(2) == 0 {
            return Self {
                expression,
                zone: "UTC",
                start: anywhere(random),
            };
        }
        let zone = ZONES[random.below(ZONES.len() as u64) as usize];
        let tz = TimeZone::get(zone).unwrap();
        let mut start = anywhere(random);
        // Half of them begin shortly before the clocks change.
        if random.below(2) == 0
            && let Some(change) = tz.following(start).next()
        {
            start = Timestamp::from_second(
                change.timestamp().as_second() - 1 - random.below(30 * 3600) as i64,
            )
            .unwrap();
        }
        // cronsim forgets on which pass of a repeated hour it was started.
        while tz
            .to_ambiguous_timestamp(tz.to_datetime(start))
            .is_ambiguous()
        {
            start = Timestamp::from_second(start.as_second() - 3600).unwrap();
        }
        Self {
            expression,
            zone,
            start,
        }
    }

    fn compile(&self) -> Result<Schedule, orloj_schedule::Error> {
        Spec::new(RuleSpec::Cron {
            expression: self.expression.text.clone(),
        })
        .in_zone(self.zone)
        .compile(7)
    }

    fn ours(&self) -> Answer {
        match self.compile() {
            Ok(schedule) => {
                let mut runs = Vec::new();
                let mut t = self.start;
                while runs.len() < RUNS
                    && let Some(next) = schedule.next_after(t)
                {
                    runs.push(next.as_second());
                    t = next;
                }
                Answer::Runs(runs)
            }
            Err(error) if error.code() == "never_fires" => Answer::Never,
            Err(error) => Answer::Refused(error.to_string()),
        }
    }

    /// Whether the clocks of the zone change within a day of an instant.
    fn near_change(&self, instant: i64) -> bool {
        let tz = TimeZone::get(self.zone).unwrap();
        let early = Timestamp::from_second(instant - 90_000).unwrap();
        tz.following(early)
            .next()
            .is_some_and(|change| change.timestamp().as_second() <= instant + 90_000)
    }
}

impl Question {
    /// Whether the clock has just jumped forward at an instant.
    fn gap_ends_at(&self, instant: i64) -> bool {
        let tz = TimeZone::get(self.zone).unwrap();
        let offset = |second| {
            tz.to_offset(Timestamp::from_second(second).unwrap())
                .seconds()
        };
        offset(instant) > offset(instant - 1)
    }

    /// Whether, within the hour before an instant, the clock jumped from one day into the next without a midnight.
    fn midnight_was_skipped_before(&self, instant: i64) -> bool {
        let tz = TimeZone::get(self.zone).unwrap();
        let reading = |second| tz.to_datetime(Timestamp::from_second(second).unwrap());
        (instant - 3600..=instant).any(|second| {
            self.gap_ends_at(second)
                && reading(second - 1).date() < reading(second).date()
                && reading(second).time() > jiff::civil::Time::midnight()
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Runs(Vec<i64>),
    Never,
    Refused(String),
}

impl Answer {
    fn contains(&self, instant: i64) -> bool {
        matches!(self, Self::Runs(runs) if runs.contains(&instant))
    }

    /// The first instant about which two answers disagree.
    fn first_difference(&self, other: &Self) -> Option<i64> {
        match (self, other) {
            (Self::Runs(a), Self::Runs(b)) => {
                let i = a.iter().zip(b).take_while(|(x, y)| x == y).count();
                match (a.get(i), b.get(i)) {
                    (Some(x), Some(y)) => Some(*x.min(y)),
                    (x, y) => x.or(y).copied(),
                }
            }
            _ => None,
        }
    }
}

fn croner_answer(parser: &CronParser, question: &Question) -> Answer {
    let cron: Cron = match parser.parse(&question.expression.text) {
        Ok(cron) => cron,
        Err(error) => return Answer::Refused(error.to_string()),
    };
    let mut at = question
        .start
        .to_zoned(TimeZone::get(question.zone).unwrap());
    let mut runs = Vec::new();
    while runs.len() < RUNS {
        match cron.find_next_occurrence(&at, false) {
            Ok(next) => {
                runs.push(next.timestamp().as_second());
                at = next;
            }
            Err(_) if runs.is_empty() => return Answer::Never,
            Err(_) => break,
        }
    }
    Answer::Runs(runs)
}

/// Why croner may answer differently; see the reference page.
fn known_croner_difference(
    question: &Question,
    ours: &Answer,
    theirs: &Answer,
) -> Option<&'static str> {
    let uses = question.expression.uses;
    if matches!(theirs, Answer::Refused(_)) {
        let unsupported: [(bool, &str); 4] = [
            (uses.open_step, "croner refuses a/n"),
            (uses.wrapped_range, "croner refuses ranges that wrap around"),
            (uses.before_last, "croner refuses L-n"),
            (
                uses.named_special,
                "croner refuses some names before L and #",
            ),
        ];
        return unsupported
            .into_iter()
            .find(|(used, _)| *used)
            .map(|(_, why)| why);
    }
    if uses.last_working_day && (uses.last_day || uses.nearest) {
        return Some("croner merges LW with L and W in one field");
    }
    if uses.decorated_star {
        return Some("croner takes only a bare * as an unrestricted day");
    }
    if uses.sunday_7_last {
        return Some("croner never finds 7L");
    }
    if uses.sunday_to_sunday {
        return Some("croner reads 0-SUN as the whole week");
    }
    let moment = ours.first_difference(theirs)?;
    if question.zone == "UTC" || !question.near_change(moment) {
        return None;
    }
    if !uses.single_time {
        return Some("croner treats only single values as a fixed time");
    }
    if question.gap_ends_at(moment) && theirs.contains(moment) {
        return Some("croner adds a run after a gap that its search stepped into");
    }
    None
}

/// Why cronsim may answer differently; see the reference page.
fn known_cronsim_difference(
    question: &Question,
    ours: &Answer,
    theirs: &Answer,
) -> Option<&'static str> {
    let uses = question.expression.uses;
    if matches!(theirs, Answer::Refused(_)) {
        let unsupported: [(bool, &str); 5] = [
            (uses.question, "cronsim refuses ?"),
            (
                uses.wrapped_range || uses.ends_in_sunday_name,
                "cronsim refuses ranges that wrap around",
            ),
            (uses.before_last, "cronsim refuses L-n"),
            (uses.nearest, "cronsim refuses W"),
            (uses.named_special, "cronsim refuses a name before L"),
        ];
        return unsupported
            .into_iter()
            .find(|(used, _)| *used)
            .map(|(_, why)| why);
    }
    if uses.stepped_single {
        return Some("cronsim reads a-a/n as a/n");
    }
    if uses.weekday_step_reaches_7 {
        return Some("cronsim lets the steps of a weekday reach 7");
    }
    let moment = ours.first_difference(theirs)?;
    if question.zone == "UTC" || !question.near_change(moment) {
        return None;
    }
    if uses.seconds && !uses.starred_time {
        return Some("cronsim has no fixed times in expressions with seconds");
    }
    if uses.starred_time && question.midnight_was_skipped_before(moment) {
        return Some("cronsim begins a day at a midnight that does not exist");
    }
    if question.zone == "Australia/Lord_Howe" && uses.starred_time {
        return Some("cronsim steps by whole hours over a change of half an hour");
    }
    if uses.hidden_open && !uses.starred_time {
        return Some("cronsim looks for a star at the beginning of the field only");
    }
    None
}

#[derive(Default)]
struct Tally {
    equal: usize,
    known: BTreeMap<&'static str, usize>,
    unknown: Vec<String>,
}

impl Tally {
    fn add(
        &mut self,
        question: &Question,
        theirs: &Answer,
        classify: impl Fn(&Question, &Answer, &Answer) -> Option<&'static str>,
    ) {
        let ours = question.ours();
        if ours == *theirs {
            self.equal += 1;
        } else if let Some(why) = classify(question, &ours, theirs) {
            *self.known.entry(why).or_default() += 1;
        } else {
            self.unknown.push(format!(
                "{:?} in {} from {}\n  ours   {ours:?}\n  theirs {theirs:?}\n  {:?}",
                question.expression.text, question.zone, question.start, question.expression.uses
            ));
        }
    }

    fn settle(self, name: &str, seed: u64) {
        println!("{name}: {} equal", self.equal);
        for (why, count) in &self.known {
            println!("{name}: {count:>6}  {why}");
        }
        let shown: Vec<String> = self.unknown.iter().take(12).cloned().collect();
        assert!(
            self.unknown.is_empty(),
            "seed {seed:#x}: {} unclassified differences to {name}, the first of them:\n{}",
            self.unknown.len(),
            shown.join("\n")
        );
    }
}

fn questions(seed: u64, count: usize, dialect: Dialect) -> Vec<Question> {
    let mut random = Random::new(seed);
    (0..count)
        .map(|_| Question::random(&mut random, dialect))
        .collect()
}

fn halves(questions: &[Question]) -> [&[Question]; 2] {
    let (a, b) = questions.split_at(questions.len() / 2);
    [a, b]
}

fn compare_with_croner(seed: u64, count: usize, dialect: Dialect) -> Tally {
    let questions = questions(seed, count, dialect);
    let parser = CronParser::builder().seconds(Seconds::Optional).build();
    let answers: Vec<Answer> = thread::scope(|scope| {
        let parser = &parser;
        let workers = halves(&questions).map(|half| {
            scope.spawn(move || {
                half.iter()
                    .map(|q| croner_answer(parser, q))
                    .collect::<Vec<_>>()
            })
        });
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    let mut tally = Tally::default();
    for (question, theirs) in questions.iter().zip(&answers) {
        tally.add(question, theirs, known_croner_difference);
    }
    tally
}

#[test]
fn a_hundred_thousand_expressions_agree_with_croner() {
    let tally = compare_with_croner(seed(SEED), EXPRESSIONS, Dialect::Shared);
    assert!(
        tally.equal > EXPRESSIONS * 3 / 4,
        "only {} expressions were comparable",
        tally.equal
    );
    tally.settle("croner", seed(SEED));
}

#[test]
fn the_wider_dialect_agrees_with_croner_where_croner_knows_it() {
    compare_with_croner(seed(SEED + 1), 20_000, Dialect::Full)
        .settle("croner (full)", seed(SEED + 1));
}

/// The interpreter, or `None` if the comparison was declined in so many words.
fn python() -> Option<String> {
    if let Ok(python) = std::env::var("ORLOJ_PYTHON") {
        return Some(python);
    }
    if std::env::var("ORLOJ_SKIP_CRONSIM").is_ok_and(|v| v == "1") {
        println!("skipped: ORLOJ_SKIP_CRONSIM=1");
        return None;
    }
    panic!(
        "this test compares with cronsim: set ORLOJ_PYTHON to a Python that has it \
         (`cargo xtask test` does; by hand: `python3 -m venv V && V/bin/pip install cronsim`, then \
         ORLOJ_PYTHON=V/bin/python3), or set ORLOJ_SKIP_CRONSIM=1 to leave it out"
    );
}

fn cronsim_answers(python: &str, questions: &[Question]) -> Vec<Answer> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cronsim_oracle.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run ORLOJ_PYTHON={python}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let answers = thread::scope(|scope| {
        scope.spawn(move || {
            for q in questions {
                writeln!(
                    stdin,
                    "{}\t{}\t{RUNS}\t{}",
                    q.zone,
                    q.start.as_second(),
                    q.expression.text
                )
                .unwrap();
            }
        });
        stdout
            .lines()
            .map(|line| {
                let line = line.unwrap();
                match line.strip_prefix("ok") {
                    Some("") => Answer::Never,
                    Some(runs) => Answer::Runs(
                        runs.split_whitespace()
                            .map(|s| s.parse().unwrap())
                            .collect(),
                    ),
                    // cronsim notices some impossible days while parsing.
                    None if line.starts_with("err Bad day-of-month") => Answer::Never,
                    None => Answer::Refused(line),
                }
            })
            .collect::<Vec<_>>()
    });
    assert!(child.wait().unwrap().success(), "the cronsim oracle failed");
    assert_eq!(
        answers.len(),
        questions.len(),
        "the cronsim oracle lost a line"
    );
    answers
}

fn compare_with_cronsim(python: &str, seed: u64, count: usize, dialect: Dialect) -> Tally {
    let questions = questions(seed, count, dialect);
    let answers: Vec<Answer> = thread::scope(|scope| {
        let workers =
            halves(&questions).map(|half| scope.spawn(move || cronsim_answers(python, half)));
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    let mut tally = Tally::default();
    for (question, theirs) in questions.iter().zip(&answers) {
        // "Bad day-of-month" is also what cronsim says to a text it cannot read.
        let uses: Uses = question.expression.uses;
        let unread = *theirs == Answer::Never
            && (uses.nearest || uses.before_last || uses.wrapped_range || uses.question);
        let theirs = if unread {
            &Answer::Refused("day of month".into())
        } else {
            theirs
        };
        tally.add(question, theirs, known_cronsim_difference);
    }
    tally
}

#[test]
fn a_hundred_thousand_expressions_agree_with_cronsim() {
    let Some(python) = python() else { return };
    let tally = compare_with_cronsim(&python, seed(SEED + 2), EXPRESSIONS, Dialect::Shared);
    assert!(
        tally.equal > EXPRESSIONS * 3 / 4,
        "only {} expressions were comparable",
        tally.equal
    );
    tally.settle("cronsim", seed(SEED + 2));
}

#[test]
fn the_wider_dialect_agrees_with_cronsim_where_cronsim_knows_it() {
    let Some(python) = python() else { return };
    compare_with_cronsim(&python, seed(SEED + 3), 10_000, Dialect::Full)
        .settle("cronsim (full)", seed(SEED + 3));
}

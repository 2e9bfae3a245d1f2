//! The verdict: what was promised against what was seen, decided and recorded.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use crate::{Promise, Sighting, Span, Start};

/// One line of the ledger, which may stand for a range of instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// Number of the job.
    pub job: i64,
    /// First instant.
    pub from_us: i64,
    /// Last instant.
    pub until_us: i64,
    /// Instants it stands for.
    pub count: u64,
    /// `execution`, `missed`, `skipped`, `coalesced`.
    pub disposition: String,
    /// UUID of the execution.
    pub execution: Option<String>,
}

/// One execution of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Number of the job.
    pub job: i64,
    /// UUID.
    pub execution: String,
    /// Its due instant.
    pub due_us: i64,
    /// Word of its status.
    pub status: String,
    /// Its last attempt.
    pub attempt: u32,
}

/// Everything that is known after the dust has settled.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Scheduled jobs whose creation was acknowledged.
    pub promises: Vec<Promise>,
    /// Other jobs whose creation was acknowledged, by number and name.
    pub acknowledged_jobs: Vec<(i64, String)>,
    /// Executions whose request was acknowledged.
    pub acknowledged_runs: Vec<String>,
    /// Every job there is now, by number and name.
    pub jobs: Vec<(i64, String)>,
    /// What the witness saw.
    pub sightings: Vec<Sighting>,
    /// How long runs were seen to run, of jobs that may run once at a time.
    pub spans: Vec<Span>,
    /// The ledgers of the promised jobs.
    pub ledger: Vec<LedgerLine>,
    /// The history.
    pub runs: Vec<Run>,
    /// Instants after this one are not judged.
    pub until_us: i64,
}

/// Counts, and every fault in words.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Instants that had to be accounted for.
    pub expected: u64,
    /// Of them by disposition.
    pub decided: BTreeMap<String, u64>,
    /// Acknowledged jobs and runs that were looked for.
    pub acknowledged: u64,
    /// Executions by status.
    pub executions: BTreeMap<String, u64>,
    /// Starts that were seen.
    pub sightings: u64,
    /// Runs of jobs that may run once at a time.
    pub spans: u64,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, Vec<String>>,
}

/// Judges the evidence.
pub fn check(evidence: &Evidence) -> Report {
    let mut report = Report::default();
    acknowledged(evidence, &mut report);
    ledger(evidence, &mut report);
    starts(evidence, &mut report);
    ends(evidence, &mut report);
    alone(evidence, &mut report);
    report
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, kind: &'static str, what: String) {
        self.faults.entry(kind).or_default().push(what);
    }

    fn count(&self, kind: &str) -> usize {
        self.faults.get(kind).map_or(0, Vec::len)
    }
}

/// Everything acknowledged is there, and nothing was made twice.
fn acknowledged(evidence: &Evidence, report: &mut Report) {
    let there: HashMap<i64, &str> = evidence
        .jobs
        .iter()
        .map(|(id, name)| (*id, name.as_str()))
        .collect();
    let promised = evidence.promises.iter().map(|promise| (promise.job, None));
    let others = evidence
        .acknowledged_jobs
        .iter()
        .map(|(id, name)| (*id, Some(name.as_str())));
    for (job, name) in promised.chain(others) {
        report.acknowledged += 1;
        match (there.get(&job), name) {
            (None, _) => report.fault(
                "lost job",
                format!("job {job} was acknowledged and is not there"),
            ),
            (Some(now), Some(name)) if *now != name => {
                report.fault("lost job", format!("job {job} was {name:?} and is {now:?}"));
            }
            _ => {}
        }
    }
    let mut names = HashSet::new();
    for (job, name) in &evidence.jobs {
        if !names.insert(name) {
            report.fault(
                "double job",
                format!("job {job} has the name {name:?} of another"),
            );
        }
    }
    let runs: HashSet<&str> = evidence
        .runs
        .iter()
        .map(|run| run.execution.as_str())
        .collect();
    for execution in &evidence.acknowledged_runs {
        report.acknowledged += 1;
        if !runs.contains(execution.as_str()) {
            report.fault(
                "lost run",
                format!("execution {execution} was acknowledged and is not there"),
            );
        }
    }
}

/// Every expected instant has exactly one disposition, and no other instant has one.
fn ledger(evidence: &Evidence, report: &mut Report) {
    let mut by_job: HashMap<i64, Vec<&LedgerLine>> = HashMap::new();
    for line in &evidence.ledger {
        by_job.entry(line.job).or_default().push(line);
    }
    for promise in &evidence.promises {
        let mut lines = by_job.remove(&promise.job).unwrap_or_default();
        lines.sort_by_key(|line| line.from_us);
        for at in promise.instants(promise.acknowledged_us, evidence.until_us) {
            report.expected += 1;
            let covering: Vec<&&LedgerLine> = lines
                .iter()
                .filter(|line| line.from_us <= at && at <= line.until_us)
                .collect();
            match covering.as_slice() {
                [line] => *report.decided.entry(line.disposition.clone()).or_default() += 1,
                [] => report.fault("undecided", format!("job {} at {at}", promise.job)),
                many => report.fault(
                    "decided twice",
                    format!("job {} at {at}: {} lines", promise.job, many.len()),
                ),
            }
        }
        for line in lines {
            let instants = promise
                .instants(line.from_us - 1, line.until_us)
                .collect::<Vec<_>>();
            if !instants.iter().all(|at| promise.may_fire_at(*at))
                || instants.first() != Some(&line.from_us)
                || instants.len() as u64 != line.count
            {
                report.fault(
                    "not an instant",
                    format!("{line:?} stands for {} instants", instants.len()),
                );
            }
        }
    }
}

/// Nothing starts early, nothing starts twice, nothing starts that nobody decided.
fn starts(evidence: &Evidence, report: &mut Report) {
    report.sightings = evidence.sightings.len() as u64;
    let starts: HashMap<i64, Start> = evidence
        .promises
        .iter()
        .map(|promise| (promise.job, promise.start))
        .collect();
    let runs: HashMap<&str, &Run> = evidence
        .runs
        .iter()
        .map(|run| (run.execution.as_str(), run))
        .collect();
    let mut attempts = HashSet::new();
    let mut executions = HashSet::new();
    let mut instants: HashMap<(i64, i64), &str> = HashMap::new();
    for seen in &evidence.sightings {
        if seen.at_us < seen.due_us {
            report.fault("early", format!("{seen:?}"));
        }
        match runs.get(seen.execution.as_str()) {
            None => report.fault("unknown start", format!("{seen:?} has no execution")),
            Some(run) if run.job != seen.job || run.due_us != seen.due_us => {
                report.fault("unknown start", format!("{seen:?} is not {run:?}"));
            }
            Some(_) => {}
        }
        if !attempts.insert((seen.execution.as_str(), seen.attempt)) {
            report.fault("double start", format!("{seen:?}: the same attempt again"));
        }
        let first = executions.insert(seen.execution.as_str());
        if !first && starts.get(&seen.job) == Some(&Start::AtMostOnce) {
            report.fault("double start", format!("{seen:?}: at most once, yet again"));
        }
        let execution = instants
            .entry((seen.job, seen.due_us))
            .or_insert(&seen.execution);
        if starts.contains_key(&seen.job) && *execution != seen.execution {
            report.fault("fired twice", format!("{seen:?} beside {execution}"));
        }
    }
    let mut fired = HashSet::new();
    for line in evidence
        .ledger
        .iter()
        .filter(|line| line.execution.is_some())
    {
        if !fired.insert((line.job, line.from_us)) {
            report.fault("fired twice", format!("{line:?}"));
        }
    }
    let reporting: HashSet<i64> = evidence
        .promises
        .iter()
        .filter(|promise| promise.reports)
        .map(|promise| promise.job)
        .collect();
    for run in &evidence.runs {
        if run.status == "success"
            && reporting.contains(&run.job)
            && !executions.contains(run.execution.as_str())
        {
            report.fault("success unseen", format!("{run:?}"));
        }
    }
}

/// Everything came to an end, and is recorded once.
fn ends(evidence: &Evidence, report: &mut Report) {
    let mut later: HashMap<&str, u32> = HashMap::new();
    for seen in &evidence.sightings {
        let attempt = later.entry(&seen.execution).or_default();
        *attempt = seen.attempt.max(*attempt);
    }
    let mut known = HashSet::new();
    for run in &evidence.runs {
        *report.executions.entry(run.status.clone()).or_default() += 1;
        if matches!(run.status.as_str(), "pending" | "running") {
            report.fault("stuck", format!("{run:?}"));
        }
        if let Some(seen) = later.get(run.execution.as_str())
            && *seen > run.attempt
        {
            report.fault("stale end", format!("attempt {seen} was seen, yet {run:?}"));
        }
        if !known.insert(&run.execution) {
            report.fault("recorded twice", format!("{run:?}"));
        }
    }
    for line in &evidence.ledger {
        if let Some(execution) = &line.execution
            && !known.contains(execution)
        {
            report.fault("lost run", format!("{line:?} has no execution"));
        }
    }
}

/// Pairs of runs of the same job that overlap, with the length in microseconds. A run that has not ended lasts until
/// `now_us`.
pub fn overlaps(spans: &[Span], now_us: i64) -> Vec<(Span, Span, i64)> {
    let mut by_job: BTreeMap<i64, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        by_job.entry(span.start.job).or_default().push(span);
    }
    let mut found = Vec::new();
    for mut of_job in by_job.into_values() {
        of_job.sort_by_key(|span| span.start.at_us);
        let mut longest: Option<&Span> = None;
        for span in of_job {
            let end = |span: &Span| span.until_us.unwrap_or(now_us);
            if let Some(earlier) = longest.filter(|earlier| end(earlier) > span.start.at_us) {
                let length = end(earlier).min(end(span)) - span.start.at_us;
                found.push((earlier.clone(), span.clone(), length));
            }
            if longest.is_none_or(|earlier| end(earlier) < end(span)) {
                longest = Some(span);
            }
        }
    }
    found
}

/// Nothing that may run once at a time ran beside itself.
fn alone(evidence: &Evidence, report: &mut Report) {
    report.spans = evidence.spans.len() as u64;
    for (earlier, later, length) in overlaps(&evidence.spans, evidence.until_us) {
        report.fault(
            "overlap",
            format!("{} ms: {earlier:?} and {later:?}", length / 1_000),
        );
    }
}

/// Faults of a kind out of so many; none of `n` bounds the rate below 3/n with 95 per cent confidence.
fn out_of(f: &mut fmt::Formatter<'_>, kind: &str, faults: usize, of: u64) -> fmt::Result {
    write!(f, "\n  {kind}: {faults} of {of}")?;
    if faults == 0 && of > 0 {
        write!(f, " (at most {:.2e})", 3.0 / of as f64)?;
    }
    Ok(())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let executions: u64 = self.executions.values().sum();
        write!(
            f,
            "expected instants {}, decided {:?}; executions {executions} {:?}; starts seen {}; acknowledged {}",
            self.expected, self.decided, self.executions, self.sightings, self.acknowledged
        )?;
        let denominators = [
            ("lost job", self.acknowledged),
            ("lost run", self.acknowledged),
            ("double job", self.acknowledged),
            ("undecided", self.expected),
            ("decided twice", self.expected),
            ("not an instant", self.expected),
            ("fired twice", self.expected),
            ("early", self.sightings),
            ("double start", self.sightings),
            ("unknown start", self.sightings),
            ("success unseen", executions),
            ("recorded twice", executions),
            ("stuck", executions),
            ("stale end", executions),
            ("overlap", self.spans),
        ];
        for (kind, of) in denominators {
            out_of(f, kind, self.count(kind), of)?;
        }
        for (kind, faults) in &self.faults {
            for fault in faults.iter().take(20) {
                write!(f, "\n! {kind}: {fault}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

//! Statistics as pages.

use jiff::Timestamp;

use super::parameters::Parameters;
use super::range::Span;
use super::words;
use crate::paper::{Block, Chart, Colour, Column, Language, Series, Table, grouped};
use crate::statistics::{
    Counts, DayCounts, JobStatistics, Statistics, SystemStatistics, UserActivity,
};
use crate::text::Text;

/// What the numbers become.
pub(super) fn blocks(statistics: &Statistics, parameters: &Parameters, span: &Span) -> Vec<Block> {
    let page = Page {
        language: parameters.language,
        span,
    };
    let mut blocks = match statistics {
        Statistics::UserActivity(activity) => page.users(activity),
        Statistics::System(system) => page.system(system),
        Statistics::Jobs(jobs) => page.jobs(jobs),
    };
    if !parameters.charts {
        blocks.retain(|block| !matches!(block, Block::Chart(_)));
    }
    blocks
}

struct Page<'a> {
    language: Language,
    span: &'a Span,
}

impl Page<'_> {
    fn say(&self, text: &Text) -> String {
        self.language.pick(text)
    }

    fn figures(&self, figures: &[(&Text, String)]) -> Block {
        let named = |(name, value): &(&Text, String)| (self.say(name), value.clone());
        Block::Figures(figures.iter().map(named).collect())
    }

    fn table(&self, title: &Text, columns: &[(&Text, bool)], rows: Vec<Vec<String>>) -> Block {
        Block::Table(Table {
            title: self.say(title),
            columns: columns
                .iter()
                .map(|(title, is_number)| Column {
                    title: self.say(title),
                    is_number: *is_number,
                })
                .collect(),
            rows,
            empty: self.say(&words::NOTHING),
        })
    }

    fn when(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "–".to_owned(), |at| self.span.local(at))
    }

    fn days(&self, days: &[DayCounts]) -> Block {
        let series = |name: &Text, colour, count: fn(&Counts) -> u64| Series {
            name: self.say(name),
            colour,
            values: days.iter().map(|day| count(&day.counts) as f64).collect(),
        };
        Block::Chart(Chart {
            title: self.say(&words::BY_DAY),
            labels: days.iter().map(|day| day.day.to_string()).collect(),
            series: vec![
                series(&words::SUCCESS, Colour::GREEN, |counts| counts.success),
                series(&words::FAILED, Colour::RED, |counts| counts.failed),
                series(&words::PARTIAL, Colour::PLAIN[3], |counts| counts.partial),
                series(&words::MISSED, Colour::AMBER, |counts| counts.missed),
                series(&words::SKIPPED, Colour::GREY, |counts| {
                    counts.skipped + counts.cancelled
                }),
            ],
        })
    }

    /// The days as a table, where a chart would leave programs and screen readers without numbers.
    fn days_table(&self, days: &[DayCounts]) -> Block {
        let busy = days
            .iter()
            .filter(|day| day.counts != Counts::default())
            .map(|day| {
                let mut row = vec![day.day.to_string()];
                row.extend(numbers(&day.counts));
                row
            })
            .collect();
        let mut columns = vec![(&words::DAY, false)];
        columns.extend(NUMBERS.iter().map(|title| (*title, true)));
        self.table(&words::BY_DAY, &columns, busy)
    }

    fn jobs(&self, jobs: &JobStatistics) -> Vec<Block> {
        let mut figures = vec![
            (&words::JOBS, grouped(jobs.total_jobs)),
            (&words::ACTIVE_JOBS, grouped(jobs.active_jobs)),
        ];
        figures.extend(totals(&jobs.totals));
        let rows = jobs
            .jobs
            .iter()
            .map(|job| {
                let name = match (&job.name_ar, self.language) {
                    (Some(name), Language::Ar) => name,
                    _ => &job.name,
                };
                let mut row = vec![name.clone()];
                row.extend(numbers(&job.counts));
                row.extend([
                    percent(job.counts.success_rate()),
                    duration(job.average_ms),
                    duration(job.longest_ms),
                ]);
                row
            })
            .collect();
        let mut columns = vec![(&words::JOB, false)];
        columns.extend(NUMBERS.iter().map(|title| (*title, true)));
        columns.extend([
            (&words::SUCCESS_RATE, true),
            (&words::AVERAGE, true),
            (&words::LONGEST, true),
        ]);
        let causes = jobs
            .failures
            .iter()
            .map(|cause| {
                vec![
                    self.say(&words::cause(&cause.cause)),
                    grouped(cause.count),
                    self.when(Some(cause.last_at)),
                ]
            })
            .collect();
        vec![
            self.figures(&figures),
            self.days(&jobs.days),
            self.table(&words::JOBS, &columns, rows),
            self.table(
                &words::CAUSES,
                &[
                    (&words::CAUSE, false),
                    (&words::COUNT, true),
                    (&words::LAST, false),
                ],
                causes,
            ),
            self.days_table(&jobs.days),
        ]
    }

    fn system(&self, system: &SystemStatistics) -> Vec<Block> {
        let mut figures = vec![
            (&words::JOBS, grouped(system.total_jobs)),
            (&words::ACTIVE_JOBS, grouped(system.active_jobs)),
            (&words::RUNNING, grouped(system.running)),
            (&words::WAITING, grouped(system.waiting)),
            (&words::KEPT, grouped(system.kept_executions)),
        ];
        figures.extend(totals(&system.totals));
        let instances = system
            .instances
            .iter()
            .map(|instance| {
                vec![
                    instance.name.clone(),
                    instance.host.clone(),
                    instance.version.clone(),
                    self.say(&words::state(&instance.status)),
                    self.when(Some(instance.started_at)),
                ]
            })
            .collect();
        vec![
            self.figures(&figures),
            self.days(&system.days),
            self.table(
                &words::INSTANCES,
                &[
                    (&words::INSTANCE, false),
                    (&words::HOST, false),
                    (&words::VERSION, false),
                    (&words::STATUS, false),
                    (&words::SINCE, false),
                ],
                instances,
            ),
            self.days_table(&system.days),
        ]
    }

    fn users(&self, activity: &UserActivity) -> Vec<Block> {
        let figures = [
            (&words::USERS, grouped(activity.total_users)),
            (&words::ACTIVE_USERS, grouped(activity.active_users)),
            (&words::ACTIVITY_RATE, percent(activity.activity_rate())),
        ];
        let chart = Chart {
            title: self.say(&words::ACTIONS_BY_DAY),
            labels: activity
                .days
                .iter()
                .map(|day| day.day.to_string())
                .collect(),
            series: vec![Series {
                name: self.say(&words::ACTIONS),
                colour: Colour::PLAIN[0],
                values: activity.days.iter().map(|day| day.actions as f64).collect(),
            }],
        };
        let rows = activity
            .users
            .iter()
            .map(|person| {
                vec![
                    person.name.clone(),
                    self.say(&words::role(&person.role)),
                    grouped(person.actions),
                    grouped(person.jobs),
                    grouped(person.executions),
                    self.when(person.last_seen_at),
                ]
            })
            .collect();
        let days = activity
            .days
            .iter()
            .filter(|day| day.actions > 0)
            .map(|day| {
                vec![
                    day.day.to_string(),
                    grouped(day.users),
                    grouped(day.actions),
                ]
            })
            .collect();
        vec![
            self.figures(&figures),
            Block::Chart(chart),
            self.table(
                &words::USERS,
                &[
                    (&words::USER, false),
                    (&words::ROLE, false),
                    (&words::ACTIONS, true),
                    (&words::JOBS, true),
                    (&words::EXECUTIONS, true),
                    (&words::LAST_SEEN, false),
                ],
                rows,
            ),
            self.table(
                &words::ACTIONS_BY_DAY,
                &[
                    (&words::DAY, false),
                    (&words::ACTIVE_USERS, true),
                    (&words::ACTIONS, true),
                ],
                days,
            ),
        ]
    }
}

/// What [`numbers`] are called.
static NUMBERS: [&Text; 4] = [
    &words::SUCCESS,
    &words::FAILED,
    &words::MISSED,
    &words::SKIPPED,
];

fn numbers(counts: &Counts) -> [String; 4] {
    [
        grouped(counts.success),
        grouped(counts.failed),
        grouped(counts.missed),
        grouped(counts.skipped),
    ]
}

fn totals(counts: &Counts) -> Vec<(&'static Text, String)> {
    vec![
        (&words::FINISHED, grouped(counts.finished())),
        (&words::SUCCESS_RATE, percent(counts.success_rate())),
        (&words::SUCCESS, grouped(counts.success)),
        (&words::FAILED, grouped(counts.failed)),
        (&words::PARTIAL, grouped(counts.partial)),
        (&words::CANCELLED, grouped(counts.cancelled)),
        (&words::MISSED, grouped(counts.missed)),
        (&words::SKIPPED, grouped(counts.skipped)),
    ]
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1}%"))
}

/// Milliseconds for people.
fn duration(milliseconds: Option<u64>) -> String {
    match milliseconds {
        None => "–".to_owned(),
        Some(ms @ 0..1_000) => format!("{ms} ms"),
        Some(ms @ 1_000..60_000) => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        Some(ms) => {
            let seconds = ms / 1_000;
            format!(
                "{}:{:02}:{:02}",
                seconds / 3_600,
                seconds / 60 % 60,
                seconds % 60
            )
        }
    }
}

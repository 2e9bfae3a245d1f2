//! Numbers over many jobs and executions: dashboard, heat map, calendar, sparklines.
//!
//! Every question is bounded before it reaches the database: by a range of days, by a number of jobs, by the instants
//! that are looked up in schedules.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use orloj_schedule::{Schedule, Timeline};

use crate::caller::{Caller, Need};
use crate::clock::{DAY_US, timestamp};
use crate::error::{Error, Result};
use crate::model::{
    Calendar, CalendarDay, CalendarJob, ComingRun, Dashboard, Disposition, FailureGroup, HeatCell,
    SparkRun, Sparkline, Status, Trigger,
};
use crate::rules::ids::{execution_uuid, hash_seed};
use crate::rules::spread::{Range, spread};
use crate::rules::timing;
use crate::store::Db;
use crate::store::calendars::{self, Compiled};
use crate::store::statistics::{self, Planned, QUARTER_US};
use crate::store::{executions, jobs};

const HOUR_US: i64 = 3_600_000_000;
/// Groups of failures on a dashboard.
const FAILURES: u32 = 8;
/// Instants to come on a dashboard.
const UPCOMING: usize = 200;
/// Jobs that are asked for them; some of them may turn out to be due later.
const UPCOMING_JOBS: u32 = 400;
/// Days of a heat map, at most.
const HEAT_DAYS: u32 = 31;
/// Days of a calendar, at most. Days are up to 25 hours long.
const CALENDAR_DAYS: i64 = 42;
/// Jobs of a calendar.
const CALENDAR_JOBS: u32 = 500;
/// Instants to come that are counted for a job on one day.
const PER_DAY: u64 = 1_440;
/// Instants to come that are counted for a whole calendar.
const PER_CALENDAR: u64 = 500_000;
/// Skipped ranges, and live executions, that a calendar looks at.
const CALENDAR_ROWS: u32 = 50_000;
/// Jobs asked for sparklines at once.
const SPARK_JOBS: usize = 100;
/// Executions of a sparkline.
const SPARK_RUNS: u32 = 20;

impl Caller {
    /// The numbers of a dashboard; the day is the present one in `zone`.
    pub async fn dashboard(&self, zone: &TimeZone) -> Result<Dashboard> {
        self.may(Need::Read)?;
        let db = &self.engine.inner.store.db;
        let owner = self.actor.visible_owner();
        let now = self.engine.inner.clock.now();
        let today = now.to_zoned(zone.clone()).date();
        let (from, until) = (
            beginning(today, zone)?,
            beginning(today.saturating_add(1.day()), zone)?,
        );
        let mut counts: HashMap<Status, u64> = HashMap::new();
        for (_, status, count) in statistics::tallies(db, owner, from, until).await? {
            if let Some(status) = status {
                *counts.entry(status).or_default() += count;
            }
        }
        let of = |wanted: fn(Status) -> bool| -> u64 {
            counts
                .iter()
                .filter(|(status, _)| wanted(**status))
                .map(|(_, count)| count)
                .sum()
        };
        let finished = of(Status::is_finished_run);
        let success = of(|status| status == Status::Success);
        let (total_jobs, active_jobs, _) = jobs::counts(db, owner, now.as_microsecond()).await?;
        Ok(Dashboard {
            total_jobs,
            active_jobs,
            running_now: executions::live_counts(db, owner).await?.0,
            finished_today: finished,
            success_today: success,
            failed_today: of(is_failure),
            missed_today: of(|status| status == Status::Missed),
            success_rate: (finished > 0)
                .then(|| (success as f64 / finished as f64 * 1_000.0).round() / 10.0),
            failures: self.failures(now.as_microsecond() - DAY_US).await?,
            upcoming: self.upcoming(now).await?,
        })
    }

    async fn failures(&self, from: i64) -> Result<Vec<FailureGroup>> {
        let db = &self.engine.inner.store.db;
        let causes = statistics::causes(db, self.actor.visible_owner(), from, FAILURES).await?;
        let mut groups = Vec::with_capacity(causes.len());
        for group in causes {
            // What was removed from the history cannot be looked at any more, so it is not offered.
            let Some(last) = executions::get(db, group.execution_id).await? else {
                continue;
            };
            groups.push(FailureGroup {
                cause: group.cause,
                count: group.count,
                last_at: timestamp(group.last_at),
                execution: last.uuid,
                job_id: last.job_id,
                job_name: last.job_name,
                job_name_ar: last.job_name_ar,
                message: last.outcome.error_message,
                message_ar: last.outcome.error_message_ar,
            });
        }
        Ok(groups)
    }

    /// Due instants of the next hour. Where there are more than can be shown, each job shows its first before any job
    /// shows its second.
    async fn upcoming(&self, now: Timestamp) -> Result<Vec<ComingRun>> {
        let now = now.as_microsecond();
        let until = now + HOUR_US;
        let db = &self.engine.inner.store.db;
        let owner = self.actor.visible_owner();
        let mut runs: Vec<(usize, i64, usize)> = Vec::new();
        let jobs = statistics::due_soon(db, owner, until, UPCOMING_JOBS).await?;
        let calendars = calendars_of(db, &jobs).await?;
        for (index, job) in jobs.iter().enumerate() {
            let Some(timeline) = compiled(job, &calendars) else {
                continue;
            };
            let after = first_possible(job, now);
            for (place, at) in timeline.runs(after, until).take(UPCOMING).enumerate() {
                runs.push((place, at, index));
            }
        }
        runs.sort_unstable();
        runs.truncate(UPCOMING);
        runs.sort_unstable_by_key(|(_, at, index)| (*at, *index));
        Ok(runs
            .into_iter()
            .filter_map(|(_, at, index)| Some((at, jobs.get(index)?)))
            .map(|(at, job)| ComingRun {
                job_id: job.id,
                job_name: job.title.clone(),
                job_name_ar: job.name_ar.clone(),
                at: timestamp(at),
            })
            .collect())
    }

    /// What became of due instants, by hour, of today and the days before it in `zone`; only hours with something.
    pub async fn heatmap(&self, days: u32, zone: &TimeZone) -> Result<Vec<HeatCell>> {
        self.may(Need::Read)?;
        if !(1..=HEAT_DAYS).contains(&days) {
            return Err(Error::invalid("days", "1 to 31 days"));
        }
        let engine = &self.engine.inner;
        let today = engine.clock.now().to_zoned(zone.clone()).date();
        let from = beginning(today.saturating_sub((i64::from(days) - 1).days()), zone)?;
        let until = beginning(today.saturating_add(1.day()), zone)?;
        let owner = self.actor.visible_owner();
        let mut cells: BTreeMap<(Date, i8), HeatCell> = BTreeMap::new();
        for (bucket, status, count) in
            statistics::tallies(&engine.store.db, owner, from, until).await?
        {
            // What a rule kept from running is no activity.
            let Some(status) = status.filter(|status| *status != Status::Skipped) else {
                continue;
            };
            let local = zone.to_datetime(timestamp(bucket * QUARTER_US));
            let cell = cells
                .entry((local.date(), local.hour()))
                .or_insert(HeatCell {
                    day: local.date(),
                    hour: local.hour().unsigned_abs(),
                    total: 0,
                    failed: 0,
                    missed: 0,
                });
            cell.total += count;
            if is_failure(status) {
                cell.failed += count;
            }
            if status == Status::Missed {
                cell.missed += count;
            }
        }
        Ok(cells.into_values().collect())
    }

    /// Jobs by day of `zone` between two instants: what was, from the history, and what comes, from the schedules. At
    /// most 42 days; of the jobs the first 500 in the order of the list, and those deleted since the first day.
    pub async fn calendar(
        &self,
        from: Timestamp,
        to: Timestamp,
        zone: &TimeZone,
    ) -> Result<Calendar> {
        self.may(Need::Read)?;
        let (from, to) = (from.as_microsecond(), to.as_microsecond());
        if from >= to {
            return Err(Error::invalid("to", "must lie after from"));
        }
        if to - from > CALENDAR_DAYS * DAY_US + 2 * HOUR_US {
            return Err(Error::invalid("to", "at most 42 days after from"));
        }
        let engine = &self.engine.inner;
        let db = &engine.store.db;
        let now = engine.clock.now_us();
        let owner = self.actor.visible_owner();
        let mut planned = statistics::calendar_jobs(db, owner, from, CALENDAR_JOBS + 1).await?;
        let present = planned.iter().filter(|job| job.is_active).count();
        let mut sheet = Sheet::new(from, to, zone)?;
        if planned.len() > CALENDAR_JOBS as usize && present > 0 {
            sheet.truncated = true;
            planned.truncate(CALENDAR_JOBS as usize);
        }
        let ids: Vec<i64> = planned.iter().map(|job| job.id).collect();
        if from <= now {
            for row in statistics::by_day(db, &ids, &sheet.edges).await? {
                sheet.add_ended(&row);
            }
        }
        let calendars = calendars_of(db, &planned).await?;
        let schedules: HashMap<i64, Timeline> = planned
            .iter()
            .filter_map(|job| Some((job.id, compiled(job, &calendars)?)))
            .collect();
        let skips = statistics::skips(db, &ids, from, to, CALENDAR_ROWS).await?;
        sheet.truncated |= skips.len() == CALENDAR_ROWS as usize;
        for (job, first, last, disposition, count) in skips {
            let range = Range {
                from: first,
                until: last,
                count,
            };
            let schedule = schedules.get(&job).map(Timeline::schedule);
            sheet.add_skip(job, range, disposition, schedule);
        }
        for (job, due, trigger) in statistics::lives(db, &ids, from, to, CALENDAR_ROWS).await? {
            sheet.add_live(job, due, due > now, trigger == Trigger::Schedule.id());
        }
        let mut left = PER_CALENDAR;
        for job in planned.iter().filter(|job| job.is_active) {
            if let Some(timeline) = schedules.get(&job.id) {
                let after = first_possible(job, now);
                sheet.add_coming(job, timeline, after, now, &mut left);
            }
        }
        Ok(sheet.finish(&planned))
    }

    /// The last executions of jobs, at most 100; jobs that the caller does not see are left out.
    pub async fn sparklines(&self, job_ids: &[i64]) -> Result<Vec<Sparkline>> {
        self.may(Need::Read)?;
        if job_ids.len() > SPARK_JOBS {
            return Err(Error::invalid("job_ids", "at most 100 jobs at once"));
        }
        let db = &self.engine.inner.store.db;
        let owner = self.actor.visible_owner();
        let mut lines: Vec<Sparkline> = Vec::new();
        for run in statistics::last_runs(db, owner, job_ids, SPARK_RUNS).await? {
            if lines.last().is_none_or(|line| line.job_id != run.job_id) {
                lines.push(Sparkline {
                    job_id: run.job_id,
                    runs: Vec::new(),
                });
            }
            let Some(line) = lines.last_mut() else {
                continue;
            };
            if line.runs.len() < SPARK_RUNS as usize {
                line.runs.push(SparkRun {
                    execution: execution_uuid(run.id, run.created_at),
                    status: run.status.unwrap_or(Status::Failed),
                    due_at: timestamp(run.due_at),
                    duration_ms: run
                        .started_at
                        .map(|started| (run.finished_at - started).max(0) / 1_000),
                });
            }
        }
        for line in &mut lines {
            line.runs.reverse();
        }
        Ok(lines)
    }
}

/// A calendar being filled in.
struct Sheet {
    days: Vec<Date>,
    /// Beginnings of the days, and the end of the last; the outer two are where the calendar begins and ends.
    edges: Vec<i64>,
    cells: BTreeMap<(usize, i64), Cell>,
    truncated: bool,
}

/// A job on a day.
#[derive(Clone, Copy, Debug)]
struct Cell {
    total: u64,
    success: u64,
    failed: u64,
    missed: u64,
    skipped: u64,
    upcoming: u64,
    first_at: i64,
    last_at: i64,
}

impl Sheet {
    fn new(from: i64, to: i64, zone: &TimeZone) -> Result<Self> {
        let mut day = timestamp(from).to_zoned(zone.clone()).date();
        let (mut days, mut edges) = (vec![day], vec![from]);
        // At the end of time there is no next day.
        while let Ok(next) = day.tomorrow() {
            let begins = beginning(next, zone)?;
            if begins >= to {
                break;
            }
            day = next;
            days.push(day);
            edges.push(begins);
        }
        edges.push(to);
        Ok(Self {
            days,
            edges,
            cells: BTreeMap::new(),
            truncated: false,
        })
    }

    /// The day of an instant inside the calendar.
    fn day_of(&self, at: i64) -> usize {
        self.edges
            .partition_point(|edge| *edge <= at)
            .saturating_sub(1)
            .min(self.days.len() - 1)
    }

    fn cell(&mut self, day: usize, job: i64, first_at: i64, last_at: i64) -> &mut Cell {
        let cell = self.cells.entry((day, job)).or_insert(Cell {
            total: 0,
            success: 0,
            failed: 0,
            missed: 0,
            skipped: 0,
            upcoming: 0,
            first_at,
            last_at,
        });
        cell.first_at = cell.first_at.min(first_at);
        cell.last_at = cell.last_at.max(last_at);
        cell
    }

    fn add_ended(&mut self, row: &statistics::DayCount) {
        let cell = self.cell(row.day, row.job_id, row.first_at, row.last_at);
        cell.total += row.count;
        match row.status {
            Some(Status::Success) => cell.success += row.count,
            Some(Status::Missed) => cell.missed += row.count,
            Some(Status::Skipped) => cell.skipped += row.count,
            Some(status) if is_failure(status) => cell.failed += row.count,
            _ => {}
        }
    }

    fn add_skip(&mut self, job: i64, range: Range, disposition: i64, schedule: Option<&Schedule>) {
        let counts = spread(schedule, range, &self.edges);
        for (day, count) in counts.into_iter().enumerate().filter(|(_, n)| *n > 0) {
            let (begin, end) = (self.edges[day], self.edges[day + 1] - 1);
            let cell = self.cell(day, job, begin.max(range.from), end.min(range.until));
            cell.total += count;
            if disposition == Disposition::Missed.id() {
                cell.missed += count;
            } else {
                cell.skipped += count;
            }
        }
    }

    fn add_live(&mut self, job: i64, due: i64, is_to_come: bool, is_scheduled: bool) {
        // Scheduled instants to come are counted from the schedule.
        if is_to_come && is_scheduled {
            return;
        }
        let day = self.day_of(due);
        let cell = self.cell(day, job, due, due);
        if is_to_come {
            cell.upcoming += 1;
        } else {
            cell.total += 1;
        }
    }

    fn add_coming(
        &mut self,
        job: &Planned,
        timeline: &Timeline,
        after: i64,
        now: i64,
        left: &mut u64,
    ) {
        let pause = job.pause.filter(|(since, _)| *since > now);
        for day in 0..self.days.len() {
            let (begin, end) = (self.edges[day].max(after + 1), self.edges[day + 1] - 1);
            if begin > end || pause.is_some_and(|(since, _)| since <= begin) {
                continue;
            }
            let cap = PER_DAY.min(*left);
            if timeline.is_restricted() {
                let runs: Vec<i64> = timeline
                    .runs(begin - 1, end)
                    .take(cap.max(1) as usize)
                    .collect();
                let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
                    continue;
                };
                let count = runs.len() as u64;
                *left = left.saturating_sub(count);
                self.truncated |= cap < PER_DAY && count >= cap;
                self.cell(day, job.id, *first, *last).upcoming += count;
                continue;
            }
            let schedule = timeline.schedule();
            let Some(first) = schedule.next_after_us(begin - 1).filter(|at| *at <= end) else {
                continue;
            };
            let count = schedule.count_between(timestamp(begin - 1), timestamp(end), cap);
            *left -= count;
            // A day beyond the budget still shows that something comes.
            self.truncated |= cap < PER_DAY && count == cap;
            let last = schedule
                .previous(timestamp(end + 1))
                .map_or(first, Timestamp::as_microsecond);
            self.cell(day, job.id, first, last).upcoming += count.max(1);
        }
    }

    fn finish(self, planned: &[Planned]) -> Calendar {
        let names: HashMap<i64, &Planned> = planned.iter().map(|job| (job.id, job)).collect();
        let mut days: Vec<CalendarDay> = Vec::new();
        for ((day, job_id), cell) in self.cells {
            let (Some(job), Some(day)) = (names.get(&job_id), self.days.get(day)) else {
                continue;
            };
            if days.last().is_none_or(|last| last.day != *day) {
                days.push(CalendarDay {
                    day: *day,
                    jobs: Vec::new(),
                });
            }
            if let Some(last) = days.last_mut() {
                last.jobs.push(CalendarJob {
                    job_id,
                    job_name: job.title.clone(),
                    job_name_ar: job.name_ar.clone(),
                    total: cell.total,
                    success: cell.success,
                    failed: cell.failed,
                    missed: cell.missed,
                    skipped: cell.skipped,
                    upcoming: cell.upcoming,
                    first_at: timestamp(cell.first_at),
                    last_at: timestamp(cell.last_at),
                });
            }
        }
        for day in &mut days {
            day.jobs.sort_by_key(|job| (job.first_at, job.job_id));
        }
        Calendar {
            days,
            truncated: self.truncated,
        }
    }
}

/// The instant at which a day begins; a day whose midnight the clock jumps over begins right after the gap.
fn beginning(day: Date, zone: &TimeZone) -> Result<i64> {
    day.to_zoned(zone.clone())
        .map(|zoned| zoned.timestamp().as_microsecond())
        .map_err(|_| Error::invalid("from", "lies too far away"))
}

/// The schedule of a job under its calendars and windows.
pub(super) fn compiled(job: &Planned, calendars: &Compiled) -> Option<Timeline> {
    // One that does not compile any more cannot fire either; the log says so when it is read for that.
    let schedule = job.schedule.as_ref()?.compile(hash_seed(job.id)).ok()?;
    let limits = &job.limits;
    timing::under(
        &schedule,
        &limits.calendars,
        &limits.execution_windows,
        limits.outside_windows,
        calendars,
    )
    .map(|timeline| timeline.since(job.effective_from))
    .ok()
}

pub(super) async fn calendars_of(db: &Db, jobs: &[Planned]) -> Result<Compiled> {
    let mut ids: Vec<i64> = jobs
        .iter()
        .flat_map(|job| &job.limits.calendars)
        .map(|usage| usage.calendar_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    calendars::compiled(db, &ids).await
}

/// The instant after which a job may fire again: now, its last change, the end of its pause; never when that has none.
pub(super) fn first_possible(job: &Planned, now: i64) -> i64 {
    let after = now.max(job.effective_from);
    match job.pause {
        // The instant at which a pause ends counts again.
        Some((since, until)) if since <= now => {
            until.map_or(i64::MAX - 1, |until| after.max(until - 1))
        }
        _ => after,
    }
}

fn is_failure(status: Status) -> bool {
    matches!(status, Status::Failed | Status::Timeout | Status::Lost)
}

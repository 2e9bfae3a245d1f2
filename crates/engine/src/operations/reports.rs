//! Numbers for the reports that jobs make, with the rights of the job's owner.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use orloj_tasks::{
    ActiveDay, CauseCount, Counts, DayCounts, InstanceReport, JobCounts, JobStatistics,
    PersonActivity, Statistics, StatisticsRequest, Subject, SystemStatistics, UserActivity,
};

use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{ExecutionFilter, Status};
use crate::store::statistics::{self, QUARTER_US};
use crate::store::{executions, instances, jobs, reports};

/// Lines of a table, at most.
const LINES: usize = 1_000;
/// Causes of failures.
const CAUSES: u32 = 50;
/// The longest range.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 401);

impl Engine {
    /// The answer to a run's question.
    ///
    /// # Errors
    /// `Forbidden` for what people did to all but administrators; `Invalid` for a range that is none.
    pub(crate) async fn statistics_for_run(
        &self,
        run_owner: i64,
        request: &StatisticsRequest,
    ) -> Result<Statistics> {
        // Whoever may clean everybody's history may see everybody's numbers.
        let owner = self.cleanup_scope(run_owner, None).await?;
        if request.until.duration_since(request.from) > LONGEST || request.from >= request.until {
            return Err(Error::invalid(
                "from",
                "must lie at most 400 days before the end",
            ));
        }
        match request.subject {
            Subject::UserActivity if owner.is_some() => Err(Error::forbidden(
                "only an administrator's job may report what people did",
            )),
            Subject::UserActivity => self
                .user_activity(request)
                .await
                .map(Statistics::UserActivity),
            Subject::System => self.system(owner, request).await.map(Statistics::System),
            Subject::Jobs => self
                .job_statistics(owner, request)
                .await
                .map(Statistics::Jobs),
        }
    }

    async fn user_activity(&self, request: &StatisticsRequest) -> Result<UserActivity> {
        let db = &self.inner.store.db;
        let (from, until) = bounds(request);
        let range = from..until;
        let people = reports::people(db, from, until).await?;
        let is_active = |person: &reports::Person| {
            person.actions > 0 || person.signed_in_at.is_some_and(|at| range.contains(&at))
        };
        let accounts = || people.iter().filter(|person| !person.is_disabled);
        let sheet = Days::of(request)?;
        let mut days: Vec<ActiveDay> = sheet
            .days
            .iter()
            .map(|day| ActiveDay {
                day: *day,
                users: 0,
                actions: 0,
            })
            .collect();
        for (index, users, actions) in reports::activity(db, &sheet.edges).await? {
            if let Some(day) = days.get_mut(index) {
                (day.users, day.actions) = (users, actions);
            }
        }
        Ok(UserActivity {
            total_users: count(accounts()),
            active_users: count(accounts().filter(|person| is_active(person))),
            days,
            users: people
                .into_iter()
                .take(LINES)
                .map(|person| PersonActivity {
                    id: person.id,
                    name: person.name,
                    role: person.role,
                    actions: person.actions,
                    jobs: person.jobs,
                    executions: person.executions,
                    last_seen_at: person.last_at.max(person.signed_in_at).map(timestamp),
                })
                .collect(),
        })
    }

    async fn system(
        &self,
        owner: Option<i64>,
        request: &StatisticsRequest,
    ) -> Result<SystemStatistics> {
        let db = &self.inner.store.db;
        let (total_jobs, active_jobs, _) = jobs::counts(db, owner, self.clock().now_us()).await?;
        let (running, waiting) = executions::live_counts(db, owner).await?;
        let kept = statistics::history_size(db, &ExecutionFilter::default(), owner).await?;
        let (totals, days) = self.days(owner, request).await?;
        let instances = instances::list(db, true)
            .await?
            .into_iter()
            .map(|instance| InstanceReport {
                name: instance.name,
                host: instance.host,
                version: instance.version,
                status: instance.status.word().to_owned(),
                started_at: instance.started_at,
            })
            .collect();
        Ok(SystemStatistics {
            total_jobs,
            active_jobs,
            running,
            waiting,
            kept_executions: kept.unwrap_or(0).max(0).unsigned_abs(),
            totals,
            days,
            instances,
        })
    }

    async fn job_statistics(
        &self,
        owner: Option<i64>,
        request: &StatisticsRequest,
    ) -> Result<JobStatistics> {
        let db = &self.inner.store.db;
        let (from, until) = bounds(request);
        let (total_jobs, active_jobs, _) = jobs::counts(db, owner, self.clock().now_us()).await?;
        let (totals, days) = self.days(owner, request).await?;
        let failures = reports::causes(db, owner, from, until, CAUSES)
            .await?
            .into_iter()
            .map(|(cause, count, last_at)| CauseCount {
                cause,
                count,
                last_at: timestamp(last_at),
            })
            .collect();
        Ok(JobStatistics {
            total_jobs,
            active_jobs,
            totals,
            days,
            jobs: self.by_job(owner, from, until).await?,
            failures,
        })
    }

    async fn by_job(&self, owner: Option<i64>, from: i64, until: i64) -> Result<Vec<JobCounts>> {
        let db = &self.inner.store.db;
        let mut lines: Vec<(JobCounts, u64, u64)> = Vec::new();
        for sum in reports::by_job(db, owner, from, until).await? {
            if lines.last().is_none_or(|(line, ..)| line.id != sum.job_id) {
                let line = JobCounts {
                    id: sum.job_id,
                    name: String::new(),
                    name_ar: None,
                    counts: Counts::default(),
                    average_ms: None,
                    longest_ms: None,
                };
                lines.push((line, 0, 0));
            }
            let Some((line, started, duration)) = lines.last_mut() else {
                continue;
            };
            add(&mut line.counts, sum.status, sum.count);
            if sum.started > 0 {
                *started += sum.started;
                *duration += sum.duration;
                line.average_ms = Some(*duration / *started / 1_000);
                line.longest_ms = line.longest_ms.max(Some(sum.longest / 1_000));
            }
        }
        let mut lines: Vec<JobCounts> = lines.into_iter().map(|(line, ..)| line).collect();
        lines.sort_by_key(|line| {
            let Counts {
                failed, success, ..
            } = line.counts;
            (std::cmp::Reverse((failed, success)), line.id)
        });
        lines.truncate(LINES);
        let ids: Vec<i64> = lines.iter().map(|line| line.id).collect();
        let mut names: HashMap<i64, _> = reports::job_names(db, &ids)
            .await?
            .into_iter()
            .map(|(id, en, ar, function)| (id, (en, ar, function)))
            .collect();
        for line in &mut lines {
            let Some((en, ar, function)) = names.remove(&line.id) else {
                continue;
            };
            line.name = en
                .or_else(|| ar.clone())
                .unwrap_or_else(|| format!("{function} {}", line.id));
            line.name_ar = ar;
        }
        Ok(lines)
    }

    /// What became of due instants, in all and day by day.
    async fn days(
        &self,
        owner: Option<i64>,
        request: &StatisticsRequest,
    ) -> Result<(Counts, Vec<DayCounts>)> {
        let (from, until) = bounds(request);
        let sheet = Days::of(request)?;
        let mut days: Vec<DayCounts> = sheet
            .days
            .iter()
            .map(|day| DayCounts {
                day: *day,
                counts: Counts::default(),
            })
            .collect();
        let mut totals = Counts::default();
        let tallies = statistics::tallies(&self.inner.store.db, owner, from, until).await?;
        for (bucket, status, count) in tallies {
            add(&mut totals, status, count);
            if let Some(day) = days.get_mut(sheet.day_of(bucket * QUARTER_US)) {
                add(&mut day.counts, status, count);
            }
        }
        Ok((totals, days))
    }
}

fn count<'a>(people: impl Iterator<Item = &'a reports::Person>) -> u64 {
    u64::try_from(people.count()).unwrap_or(u64::MAX)
}

fn bounds(request: &StatisticsRequest) -> (i64, i64) {
    (
        request.from.as_microsecond(),
        request.until.as_microsecond(),
    )
}

fn add(counts: &mut Counts, status: Option<Status>, count: u64) {
    match status {
        Some(Status::Success) => counts.success += count,
        Some(Status::Failed | Status::Timeout | Status::Lost) => counts.failed += count,
        Some(Status::Partial) => counts.partial += count,
        Some(Status::Cancelled) => counts.cancelled += count,
        Some(Status::Missed) => counts.missed += count,
        Some(Status::Skipped) => counts.skipped += count,
        Some(Status::Pending | Status::Running) | None => {}
    }
}

/// The days of a range.
struct Days {
    days: Vec<Date>,
    /// The beginning of the range, those of the days after it, and the end.
    edges: Vec<i64>,
}

impl Days {
    fn of(request: &StatisticsRequest) -> Result<Self> {
        let (from, until) = bounds(request);
        let mut day = request.from.to_zoned(request.zone.clone()).date();
        let (mut days, mut edges) = (vec![day], vec![from]);
        while let Ok(next) = day.tomorrow() {
            let begins = beginning(next, &request.zone)?.as_microsecond();
            if begins >= until {
                break;
            }
            day = next;
            days.push(day);
            edges.push(begins);
        }
        edges.push(until);
        Ok(Self { days, edges })
    }

    fn day_of(&self, at: i64) -> usize {
        self.edges
            .partition_point(|edge| *edge <= at)
            .saturating_sub(1)
            .min(self.days.len() - 1)
    }
}

fn beginning(day: Date, zone: &TimeZone) -> Result<Timestamp> {
    day.to_zoned(zone.clone())
        .map(|zoned| zoned.timestamp())
        .map_err(|_| Error::invalid("from", "lies too far away"))
}

//! Which other jobs start together with a schedule that is being chosen.

use std::collections::BTreeMap;

use jiff::Timestamp;
use orloj_schedule::Timeline;

use super::statistics::{calendars_of, compiled, first_possible};
use crate::caller::{Caller, Need};
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::model::{BusyMinute, Collisions};
use crate::rules::collisions::{Minutes, minute_begins, minute_of};
use crate::store::statistics;

/// Minutes before and after the first run among which a quieter one is looked for.
const REACH: u32 = 15;
/// Jobs whose schedules are asked. Of more than that a sample is, and the counts are estimates.
const SAMPLE: i64 = 1_000;
/// A schedule that fires more often than this cannot evade others by moving.
const LEAST_GAP_US: i64 = 3_600_000_000;
/// Instants looked at for each run, where calendars and windows keep some from running.
const LOOK_AHEAD: usize = 1_000;
/// Most runs in one question.
const MAX_RUNS: usize = 10;

impl Caller {
    /// How many other jobs that the caller sees start in the minutes of the next `count` runs of a schedule, under its calendars
    /// and windows, after `from`
    /// (or now), and a quieter minute on the same day close to the first of them. `job` is the job that is being edited:
    /// it does not count.
    ///
    /// Only jobs whose next instant may lie before the last of these minutes are looked at; with more than a thousand of
    /// them an evenly spread thousand stands for all.
    pub async fn collisions(
        &self,
        timeline: &Timeline,
        job: Option<i64>,
        from: Option<Timestamp>,
        count: usize,
    ) -> Result<Collisions> {
        self.may(Need::Read)?;
        if !(1..=MAX_RUNS).contains(&count) {
            return Err(Error::invalid("count", "1 to 10 runs"));
        }
        if let Some(id) = job {
            self.job(id).await?;
        }
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut runs: Vec<i64> = Vec::new();
        let mut after = from.map_or(now, Timestamp::as_microsecond).max(now);
        while runs.len() < count {
            let Some(at) = timeline.next_run_us(after, LOOK_AHEAD) else {
                break;
            };
            runs.push(at);
            after = minute_begins(minute_of(at) + 1) - 1;
        }
        let Some(first) = runs.first().copied() else {
            return Ok(Collisions::default());
        };
        let around = runs.iter().enumerate().map(|(place, at)| {
            let reach = if place == 0 { REACH } else { 0 };
            (*at, Minutes::around(minute_of(*at), reach, reach))
        });
        let mut minutes: BTreeMap<i64, Minutes> = around.collect();
        let until = minutes.values().map(Minutes::end_us).max().unwrap_or(first);
        let (others, total) = statistics::due_before(
            &engine.store.db,
            self.actor.visible_owner(),
            until,
            job.unwrap_or(0),
            SAMPLE,
        )
        .await?;
        let calendars = calendars_of(&engine.store.db, &others).await?;
        for other in &others {
            let Some(timeline) = compiled(other, &calendars) else {
                continue;
            };
            let after = first_possible(other, now);
            for minutes in minutes.values_mut() {
                minutes.add(&timeline, after);
            }
        }
        let asked = u64::try_from(others.len()).unwrap_or(u64::MAX).max(1);
        let of_all = |starts: u64| {
            if total > asked {
                (starts.saturating_mul(total) + asked / 2) / asked
            } else {
                starts
            }
        };
        let zone = timeline.schedule().timezone();
        let busy = |at: i64, starts: u64| BusyMinute {
            at: timestamp(at),
            local: timestamp(at)
                .to_zoned(zone.clone())
                .strftime("%Y-%m-%dT%H:%M:%S%:z")
                .to_string(),
            jobs: of_all(starts),
        };
        let is_rare = runs
            .get(1)
            .is_none_or(|second| second - first >= LEAST_GAP_US);
        let day = zone.to_datetime(timestamp(first)).date();
        let quieter = minutes.get(&first).filter(|_| is_rare).and_then(|around| {
            let minute = around.quieter(minute_of(first), |minute| {
                let begins = minute_begins(minute);
                begins > now && zone.to_datetime(timestamp(begins)).date() == day
            })?;
            Some(busy(minute_begins(minute), around.at(minute)))
        });
        Ok(Collisions {
            runs: minutes
                .iter()
                .map(|(at, around)| busy(*at, around.at(minute_of(*at))))
                .collect(),
            quieter,
            is_estimate: total > asked,
        })
    }
}

//! Counts agree with what happened: dashboards, heat maps, calendars, sparklines and the sizes of lists, on both
//! databases, with the clock in the scenario's hand.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use orloj_engine::model::{
    Actor, CalendarJob, Delivery, ExecutionFilter, JobDraft, Page, Role, Settings, Status, Trigger,
};
use orloj_engine::{Caller, Engine, Kind};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::{Value, json};
use support::{Lab, both, run_of};

const SMALL: Page = Page { number: 1, size: 2 };

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn cron(expression: &str) -> Spec {
    Spec::new(RuleSpec::Cron {
        expression: expression.to_owned(),
    })
}

fn manual() -> Spec {
    Spec::new(RuleSpec::Manual)
}

fn draft(name: &str, schedule: Spec, parameters: Value) -> JobDraft {
    JobDraft {
        task_function: "probe".to_owned(),
        name_en: Some(name.to_owned()),
        name_ar: Some("مهمة".to_owned()),
        description_en: None,
        description_ar: None,
        schedule,
        parameters,
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

async fn job(caller: &Caller, name: &str, schedule: Spec, parameters: Value) -> i64 {
    caller
        .create_job(draft(name, schedule, parameters))
        .await
        .unwrap()
        .job
        .id
}

/// Runs a job by hand and waits for the end.
async fn run(lab: &Lab, caller: &Caller, job_id: i64) {
    let started = caller.run_job(run_of(job_id)).await.unwrap();
    ended(lab, &lab.engine, caller, &started.uuid).await;
}

async fn ended(lab: &Lab, engine: &Engine, caller: &Caller, uuid: &str) {
    lab.until(engine, "the run ends", || async {
        caller.execution(uuid).await.unwrap().status.is_final()
    })
    .await;
}

/// Waits until everybody's history has so many rows.
async fn until_history(lab: &Lab, engine: &Engine, rows: u64) {
    let caller = engine.caller(Actor::system());
    lab.until(engine, "the history grows", || async {
        size(&caller, Vec::new()).await >= rows
    })
    .await;
}

async fn size(caller: &Caller, statuses: Vec<Status>) -> u64 {
    let filter = ExecutionFilter {
        statuses,
        ..ExecutionFilter::default()
    };
    caller.executions(filter, SMALL).await.unwrap().total
}

async fn start(lab: &Lab) {
    lab.engine.start().await.unwrap();
    lab.engine.settle().await;
}

async fn stop(engine: &Engine) {
    engine.stop(Duration::from_secs(5)).await;
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn on(caller: &Caller, day: &str, zone: &TimeZone, job: i64) -> Option<CalendarJob> {
    let calendar = caller
        .calendar(at("2026-02-20T00:00:00Z"), at("2026-04-03T00:00:00Z"), zone)
        .await
        .unwrap();
    calendar
        .days
        .into_iter()
        .find(|one| one.day.to_string() == day)?
        .jobs
        .into_iter()
        .find(|one| one.job_id == job)
}

both! {
    async fn the_dashboard_counts_what_its_reader_may_see(lab) {
        start(lab).await;
        let mona = lab.caller("mona", Role::User).await;
        let omar = lab.caller("omar", Role::User).await;
        let good = job(&mona, "good", manual(), json!({})).await;
        let bad = job(&mona, "bad", manual(), json!({ "failTimes": 9, "exitCode": 3 })).await;
        let other = job(&omar, "other", manual(), json!({})).await;
        let disabled = job(&mona, "disabled", manual(), json!({})).await;
        mona.set_job_enabled(disabled, false, false).await.unwrap();
        for _ in 0..3 {
            run(lab, &mona, good).await;
        }
        run(lab, &mona, bad).await;
        run(lab, &omar, other).await;

        let hers = mona.dashboard(&TimeZone::UTC).await.unwrap();
        assert_eq!((hers.total_jobs, hers.active_jobs, hers.running_now), (3, 2, 0));
        assert_eq!((hers.finished_today, hers.success_today, hers.failed_today, hers.missed_today), (4, 3, 1, 0));
        assert_eq!(hers.success_rate, Some(75.0));
        let [group] = hers.failures.as_slice() else { panic!("{:?}", hers.failures) };
        assert_eq!((group.cause.as_str(), group.count, group.job_id, group.job_name.as_str()), ("exit_code", 1, bad, "bad"));
        assert_eq!(mona.execution(&group.execution).await.unwrap().status, Status::Failed);
        assert!(group.message.as_ref().unwrap().contains("failed as told"));

        let his = omar.dashboard(&TimeZone::UTC).await.unwrap();
        assert_eq!((his.total_jobs, his.finished_today, his.success_rate, his.failures.len()), (1, 1, Some(100.0), 0));
        let all = lab.system().dashboard(&TimeZone::UTC).await.unwrap();
        assert_eq!((all.total_jobs, all.finished_today, all.failed_today), (4, 5, 1));
        // It is 10:00 in UTC; in Auckland the next day begins at 11:00 in UTC.
        lab.advance(2 * 3_600);
        assert_eq!(mona.dashboard(&zone("Pacific/Auckland")).await.unwrap().finished_today, 0);
        assert_eq!(mona.dashboard(&TimeZone::UTC).await.unwrap().finished_today, 4);
        lab.advance(25 * 3_600);
        assert!(mona.dashboard(&TimeZone::UTC).await.unwrap().failures.is_empty());
        stop(&lab.engine).await;
    }

    async fn executions_say_whose_they_are_and_who_started_them(lab) {
        start(lab).await;
        let mona = lab.caller("mona", Role::User).await;
        let hers = job(&mona, "hers", manual(), json!({})).await;
        run(lab, &lab.system(), hers).await;
        run(lab, &mona, hers).await;
        let scheduled = job(&lab.system(), "scheduled", cron("* * * * *"), json!({})).await;
        lab.advance(60);
        until_history(lab, &lab.engine, 3).await;
        let items = lab.system().executions(ExecutionFilter::default(), Page { number: 1, size: 10 }).await.unwrap().items;
        let names: Vec<_> = items
            .iter()
            .map(|one| (one.job_id == scheduled, one.owner_name.as_str(), one.triggered_by_name.as_deref()))
            .collect();
        assert_eq!(names, [(true, "system", None), (false, "mona", Some("mona")), (false, "mona", Some("system"))]);
        stop(&lab.engine).await;
    }

    async fn what_comes_is_taken_from_the_schedules_fairly(lab) {
        start(lab).await;
        let mona = lab.caller("mona", Role::User).await;
        let often = job(&mona, "often", cron("* * * * * *"), json!({})).await;
        let quarterly = job(&mona, "quarterly", cron("*/15 * * * *"), json!({})).await;
        let paused = job(&mona, "paused", cron("* * * * *"), json!({})).await;
        mona.pause_job(paused, None, None).await.unwrap();
        let rests = job(&mona, "rests", cron("*/10 * * * *"), json!({})).await;
        mona.pause_job(rests, Some(at("2026-03-02T10:50:00Z")), None).await.unwrap();
        let off = job(&mona, "off", cron("* * * * *"), json!({})).await;
        mona.set_job_enabled(off, false, false).await.unwrap();
        job(&mona, "tomorrow", cron("0 3 * * *"), json!({})).await;
        job(&lab.caller("omar", Role::User).await, "foreign", cron("* * * * *"), json!({})).await;

        let upcoming = mona.dashboard(&TimeZone::UTC).await.unwrap().upcoming;
        assert_eq!(upcoming.len(), 200);
        assert!(upcoming.windows(2).all(|pair| pair[0].at <= pair[1].at));
        let of = |id: i64| upcoming.iter().filter(|run| run.job_id == id).map(|run| run.at).collect::<Vec<_>>();
        assert_eq!(of(quarterly), ["2026-03-02T10:15:00Z", "2026-03-02T10:30:00Z", "2026-03-02T10:45:00Z", "2026-03-02T11:00:00Z"].map(at));
        assert_eq!(of(rests), ["2026-03-02T10:50:00Z", "2026-03-02T11:00:00Z"].map(at));
        assert_eq!((of(often).len(), of(paused).len(), of(off).len()), (194, 0, 0));
        stop(&lab.engine).await;
    }

    async fn missed_and_skipped_instants_are_counted_where_they_lie(lab) {
        start(lab).await;
        let mona = lab.caller("mona", Role::User).await;
        let omar = lab.caller("omar", Role::User).await;
        let minutely = job(&mona, "minutely", cron("* * * * *"), json!({})).await;
        let paused = job(&mona, "paused", cron("0 * * * *"), json!({})).await;
        mona.pause_job(paused, None, None).await.unwrap();
        stop(&lab.engine).await;
        // Off from 10:00 to 12:20:30; the instant of 12:20 is still in time.
        lab.advance(2 * 3_600 + 20 * 60 + 30);
        let engine = lab.reopen(|_| {}).await;
        engine.start().await.unwrap();
        until_history(lab, &engine, 1).await;
        let mona = engine.caller(mona.actor().clone());
        let omar = engine.caller(omar.actor().clone());
        let cells = |list: Vec<orloj_engine::model::HeatCell>| {
            list.into_iter().map(|cell| (cell.day.to_string(), cell.hour, cell.total, cell.failed, cell.missed)).collect::<Vec<_>>()
        };
        let day = "2026-03-02".to_owned();
        assert_eq!(
            cells(mona.heatmap(7, &TimeZone::UTC).await.unwrap()),
            [(day.clone(), 10, 59, 0, 59), (day.clone(), 11, 60, 0, 60), (day.clone(), 12, 21, 0, 20)]
        );
        // Half an hour off: hours of India begin at half past.
        assert_eq!(
            cells(mona.heatmap(1, &zone("Asia/Kolkata")).await.unwrap()),
            [(day.clone(), 15, 29, 0, 29), (day.clone(), 16, 60, 0, 60), (day.clone(), 17, 51, 0, 50)]
        );
        assert!(omar.heatmap(31, &TimeZone::UTC).await.unwrap().is_empty());
        assert!(mona.heatmap(32, &TimeZone::UTC).await.is_err());
        let numbers = mona.dashboard(&TimeZone::UTC).await.unwrap();
        assert_eq!((numbers.missed_today, numbers.finished_today, numbers.success_rate), (139, 1, Some(100.0)));

        let shown = on(&mona, "2026-03-02", &TimeZone::UTC, minutely).await.unwrap();
        // From 12:21 to 23:59 there are 699 minutes to come.
        assert_eq!((shown.total, shown.success, shown.missed, shown.skipped, shown.upcoming), (140, 1, 139, 0, 699));
        assert_eq!((shown.first_at, shown.last_at), (at("2026-03-02T10:01:00Z"), at("2026-03-02T23:59:00Z")));
        let rests = on(&mona, "2026-03-02", &TimeZone::UTC, paused).await.unwrap();
        assert_eq!((rests.total, rests.skipped, rests.upcoming), (2, 2, 0));
        assert!(on(&omar, "2026-03-02", &TimeZone::UTC, minutely).await.is_none());
        assert_eq!(on(&lab_admin(&engine), "2026-03-02", &TimeZone::UTC, minutely).await.unwrap(), shown);
        stop(&engine).await;
    }

    async fn the_calendar_keeps_the_days_of_its_zone(lab) {
        start(lab).await;
        let mona = lab.caller("mona", Role::User).await;
        let daily = job(&mona, "daily", cron("30 23 * * *"), json!({})).await;
        let gone = job(&mona, "gone", manual(), json!({ "failTimes": 9 })).await;
        run(lab, &mona, gone).await;
        mona.delete_job(gone, None, false).await.unwrap();
        // 23:30 in UTC is the next day in Cairo.
        let cairo = zone("Africa/Cairo");
        assert_eq!(on(&mona, "2026-03-02", &cairo, daily).await, None);
        let shown = on(&mona, "2026-03-03", &cairo, daily).await.unwrap();
        assert_eq!((shown.total, shown.upcoming, shown.first_at), (0, 1, at("2026-03-02T23:30:00Z")));
        assert_eq!(shown.job_name_ar.as_deref(), Some("مهمة"));
        let deleted = on(&mona, "2026-03-02", &cairo, gone).await.unwrap();
        assert_eq!((deleted.total, deleted.failed, deleted.upcoming), (1, 1, 0));
        // A job that has no more instants than one, after its last.
        let calendar = mona.calendar(at("2026-03-02T00:00:00Z"), at("2026-04-13T00:00:00Z"), &cairo).await.unwrap();
        assert!(!calendar.truncated);
        assert_eq!(calendar.days.len(), 43, "an instant's day at both ends");
        for (from, to) in [("2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z"), ("2026-03-02T00:00:00Z", "2026-04-14T00:00:00Z")] {
            assert!(mona.calendar(at(from), at(to), &cairo).await.is_err());
        }
        stop(&lab.engine).await;
    }

    async fn sparklines_have_the_last_twenty_runs_of_visible_jobs(lab) {
        start(lab).await;
        let mona = lab.caller("mona", Role::User).await;
        let omar = lab.caller("omar", Role::User).await;
        let minutely = job(&mona, "minutely", cron("* * * * *"), json!({})).await;
        let never = job(&mona, "never", manual(), json!({})).await;
        let foreign = job(&omar, "foreign", manual(), json!({})).await;
        run(lab, &omar, foreign).await;
        for minute in 1..=23 {
            lab.advance(60);
            until_history(lab, &lab.engine, 1 + minute).await;
        }
        let lines = mona.sparklines(&[minutely, never, foreign, 424_242]).await.unwrap();
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((line.job_id, line.runs.len()), (minutely, 20));
        assert_eq!((line.runs[0].due_at, line.runs[19].due_at), (at("2026-03-02T10:04:00Z"), at("2026-03-02T10:23:00Z")));
        assert!(line.runs.iter().all(|run| run.status == Status::Success && run.duration_ms == Some(0)));
        assert_eq!(mona.execution(&line.runs[19].execution).await.unwrap().job_id, minutely);
        assert_eq!(lab.system().sparklines(&[minutely, foreign]).await.unwrap().len(), 2);
        assert!(mona.sparklines(&vec![1; 101]).await.is_err());
        assert!(mona.sparklines(&[]).await.unwrap().is_empty());
        stop(&lab.engine).await;
    }

    async fn pieces_follow_each_other_as_pages_do(lab) {
        start(lab).await;
        let mona = lab.caller("mona", Role::User).await;
        let omar = lab.caller("omar", Role::User).await;
        let own = job(&mona, "own", manual(), json!({})).await;
        let hold = || json!({ "mode": "hold" });
        let held = [job(&mona, "held", manual(), hold()).await, job(&mona, "held too", manual(), hold()).await];
        let other = job(&omar, "other", manual(), json!({})).await;
        // Some at the same instant, so that the number decides; two that live.
        for (job_id, pause) in [(own, 0), (own, 0), (other, 1), (own, 0), (own, 3)] {
            let caller = if job_id == other { &omar } else { &mona };
            run(lab, caller, job_id).await;
            lab.advance(pause);
        }
        for job_id in held {
            mona.run_job(run_of(job_id)).await.unwrap();
        }
        lab.until(&lab.engine, "two run", || async { lab.probe.running() == 2 }).await;
        let system = lab.system();
        let whole = Page { number: 1, size: 100 };
        let ended_ones = ExecutionFilter { statuses: vec![Status::Success], ..ExecutionFilter::default() };
        for (caller, filter, wanted) in [
            (&mona, ExecutionFilter::default(), 6),
            (&omar, ExecutionFilter::default(), 1),
            (&system, ExecutionFilter::default(), 7),
            (&system, ended_ones, 5),
            (&system, ExecutionFilter { job_id: Some(own), ..ExecutionFilter::default() }, 4),
        ] {
            let pages = caller.executions(filter.clone(), whole).await.unwrap().items;
            assert_eq!(pages.len(), wanted);
            for limit in [1, 2, 3, 100] {
                let mut pieces: Vec<String> = Vec::new();
                loop {
                    let after = pieces.last().cloned();
                    let piece = caller.executions_after(filter.clone(), after.as_deref(), limit).await.unwrap();
                    assert!(piece.len() <= usize::try_from(limit).unwrap());
                    if piece.is_empty() {
                        break;
                    }
                    pieces.extend(piece.into_iter().map(|execution| execution.uuid));
                }
                let all: Vec<&String> = pages.iter().map(|execution| &execution.uuid).collect();
                assert_eq!(pieces.iter().collect::<Vec<_>>(), all, "{limit}");
            }
        }
        let of_mona = mona.executions(ExecutionFilter::default(), SMALL).await.unwrap().items[0].uuid.clone();
        let refused = omar.executions_after(ExecutionFilter::default(), Some(&of_mona), 2).await.unwrap_err();
        assert_eq!(refused.kind, Kind::NotFound);
        lab.probe.release(2);
        stop(&lab.engine).await;
    }

    async fn a_page_far_back_is_the_same_with_counts_by_day_and_without(lab) {
        const ROWS: i64 = 14_000;
        const DAY: i64 = 86_400_000_000;
        let newest = lab.now().as_microsecond();
        let due = |n: i64| newest - n * (30 * DAY / ROWS);
        let (failed, success) = (Status::Failed.id(), Status::Success.id());
        // What an older instance writes during an upgrade, which knows nothing of days.
        lab.sql(&format!(
            "INSERT INTO execution (id, created_at, job_id, job_version, owner_id, task_function, due_at, trigger, status, attempt, started_at, finished_at, \
             log_lines, log_truncated) \
             WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g WHERE n < {ROWS} - 1) \
             SELECT n + 1, {newest}, 1, 1, 0, 'echo', {newest} - CAST(n AS BIGINT) * {step}, CASE WHEN n % 2 = 0 THEN {manual} ELSE {schedule} END, \
             CASE WHEN n % 7 = 0 THEN {failed} ELSE {success} END, 1, {newest}, {newest}, 0, FALSE FROM g; \
             INSERT INTO history_size (owner_id, status, lane, count) \
             SELECT o.id, e.status, 0, COUNT(*) FROM execution e, (SELECT 0 AS id UNION ALL SELECT -1) o GROUP BY 1, 2",
            step = 30 * DAY / ROWS,
            manual = Trigger::Manual.id(),
            schedule = Trigger::Schedule.id(),
        )).await;
        let engine = &lab.engine;
        let caller = engine.caller(Actor::system());
        let same = async |counts: &str| {
            for (statuses, trigger) in [
                (Vec::new(), None),
                (vec![Status::Failed], None),
                (Vec::new(), Some(Trigger::Manual)),
                (vec![Status::Failed, Status::Success], Some(Trigger::Schedule)),
            ] {
                let expected: Vec<i64> = (0..ROWS)
                    .filter(|n| statuses.len() != 1 || n % 7 == 0)
                    .filter(|n| trigger.is_none_or(|trigger| (n % 2 == 0) == (trigger == Trigger::Manual)))
                    .collect();
                for number in [1, 2, 99, 250, 251, 252, 300, 349, 350, 351, 400, 600, 699, 700, 701] {
                    let filter = ExecutionFilter { statuses: statuses.clone(), trigger, ..ExecutionFilter::default() };
                    let page = caller.executions(filter, Page { number, size: 20 }).await.unwrap();
                    let found: Vec<i64> = page.items.iter().map(|item| item.due_at.as_microsecond()).collect();
                    let from = (number as usize - 1) * 20;
                    let due: Vec<i64> = expected.iter().skip(from).take(20).map(|n| due(*n)).collect();
                    assert_eq!(found, due, "page {number} of {statuses:?} {trigger:?} {counts}");
                    assert_eq!(page.total, expected.len() as u64, "{statuses:?} {trigger:?} {counts}");
                }
            }
        };
        let counted = "SELECT '' || COALESCE(SUM(count), 0) FROM history_day WHERE owner_id = -1";
        assert_eq!(lab.texts(counted).await, ["0"]);
        same("without counts").await;
        engine.start().await.unwrap();
        lab.until(engine, "they are counted", || async { lab.advance(600); lab.texts(counted).await == [ROWS.to_string()] }).await;
        same("with counts").await;
        // Half of the newest days go, by status: pages go on where they are.
        let from = newest - 10 * DAY;
        lab.sql(&format!("UPDATE execution SET finished_at = 1 WHERE status = {failed} AND due_at > {from}")).await;
        let before = lab.texts(counted).await;
        assert!(caller.cleanup_history(3_650).await.unwrap() > 500);
        assert_ne!(lab.texts(counted).await, before);
        let left = "SELECT owner_id || ' ' || (due_at / 86400000000) || ' ' || status || ' ' || trigger || ' ' || COUNT(*) FROM execution GROUP BY owner_id, due_at / 86400000000, status, trigger ORDER BY 1";
        let kept = "SELECT owner_id || ' ' || day || ' ' || status || ' ' || trigger || ' ' || SUM(count) FROM history_day WHERE owner_id = 0 GROUP BY owner_id, day, status, trigger HAVING SUM(count) <> 0 ORDER BY 1";
        assert_eq!(lab.texts(kept).await, lab.texts(left).await);
        stop(engine).await;
    }

    async fn lists_know_their_size_without_counting(lab) {
        start(lab).await;
        let mona = lab.caller("mona", Role::User).await;
        let good = job(&mona, "good", manual(), json!({})).await;
        let bad = job(&mona, "bad", manual(), json!({ "failTimes": 9 })).await;
        let own = job(&lab.system(), "own", manual(), json!({})).await;
        for id in [good, good, bad] {
            run(lab, &mona, id).await;
        }
        run(lab, &lab.system(), own).await;
        assert_eq!((size(&mona, Vec::new()).await, size(&mona, vec![Status::Failed]).await), (3, 1));
        assert_eq!(size(&lab.system(), vec![Status::Success, Status::Lost]).await, 3);
        let of_owner = |owner| ExecutionFilter { owner_id: Some(owner), ..ExecutionFilter::default() };
        let total = async |caller: &Caller, filter| caller.executions(filter, SMALL).await.unwrap().total;
        let her_id = mona.actor().user_id;
        assert_eq!(total(&lab.system(), of_owner(her_id)).await, 3);
        assert_eq!(total(&mona, of_owner(0)).await, 0);
        stop(&lab.engine).await;
        lab.advance(40 * 86_400);
        // Nothing is removed but what the scenario removes.
        let engine = lab.reopen(|config| config.retention_days = None).await;
        engine.start().await.unwrap();
        let mona = engine.caller(mona.actor().clone());
        let again = mona.run_job(run_of(good)).await.unwrap();
        ended(lab, &engine, &mona, &again.uuid).await;
        assert_eq!(mona.cleanup_history(30).await.unwrap(), 3);
        let everybody = engine.caller(Actor::system());
        assert_eq!((size(&mona, Vec::new()).await, size(&everybody, Vec::new()).await), (1, 2));
        // What is kept beside the history is what the history holds.
        let counted = "SELECT owner_id || ' ' || status || ' ' || SUM(count) FROM history_size WHERE owner_id >= 0 GROUP BY owner_id, status HAVING SUM(count) <> 0 ORDER BY 1";
        let present = "SELECT owner_id || ' ' || status || ' ' || COUNT(*) FROM execution GROUP BY owner_id, status ORDER BY 1";
        assert_eq!(lab.texts(counted).await, lab.texts(present).await);
        let by_day = counted.replace("history_size", "history_day");
        assert_eq!(lab.texts(&by_day).await, lab.texts(present).await);
        stop(&engine).await;
    }
}

fn lab_admin(engine: &Engine) -> Caller {
    engine.caller(Actor::system())
}
